# SPDX-License-Identifier: Apache-2.0
"""What one slice or frame alone shows of many: by how much its value exceeds those of all others at its place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Largest:
    """The largest and the second largest value at each pixel of the slices or frames that were taken.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.
    lowest : float
        What no value lies below.

    Attributes
    ----------
    first : (row, column) float32
        The largest value.
    of_slice : (row, column) int16
        Which slice or frame has it.
    """

    def __init__(self, shape: tuple[int, ...], lowest: float) -> None:
        self.first = np.full(shape, lowest, dtype=np.float32)
        self._second = self.first.copy()
        self.of_slice = np.zeros(shape, dtype=np.int16)

    def take(self, values: NDArray[np.float32], number: int) -> None:
        """Take the values of one more slice or frame, (row, column)."""
        self.of_slice[values > self.first] = number
        np.maximum(self._second, np.minimum(self.first, values), out=self._second)
        np.maximum(self.first, values, out=self.first)

    def alone(self) -> NDArray[np.float32]:
        """Return by how much the largest exceeds the rest: what only one slice shows, anatomy goes on in the next."""
        return np.where(np.isfinite(self._second), self.first - self._second, np.float32(0.0))
