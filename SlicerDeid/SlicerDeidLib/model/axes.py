# SPDX-License-Identifier: Apache-2.0
"""Which axes of an array are a head's slices, rows and columns, where no header says so."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import FormatError

_SQUARE = 0.01  # cosine between rows and columns: rounding in single precision is far below, a fitted shear above
_STEEPEST = 0.7  # cosine of 45 degrees between slices' normal and their stack, beyond any gantry tilt


def upright_axes(steps: NDArray[np.float64]) -> tuple[int, int, int]:
    """Choose slices, rows and columns: the axes nearest to the head's long axis, to front and back, to left and right.

    Parameters
    ----------
    steps : (3, 3) float64
        One column for each axis of the array: LPS vector in mm from a voxel to its neighbour.

    Raises
    ------
    FormatError
        If rows and columns are not square; only the stack of slices may be sheared, as a tilted gantry does it.

    Examples
    --------
    >>> sagittal = np.array([[0.9, 0.0, 0.0], [0.0, 0.0, 0.5], [0.0, -0.5, 0.0]])
    >>> upright_axes(sagittal)
    (1, 2, 0)
    """
    unit = steps / np.linalg.norm(steps, axis=0)
    slices, rows, columns = max(
        permutations(range(3)), key=lambda axes: sum(abs(unit[2 - n, axis]) for n, axis in enumerate(axes))
    )
    normal = np.cross(unit[:, rows], unit[:, columns])
    if abs(unit[:, rows] @ unit[:, columns]) > _SQUARE or abs(normal @ unit[:, slices]) < _STEEPEST:
        raise FormatError("the image's directions are sheared, as after a registration; take it as it was scanned")
    return slices, rows, columns
