# SPDX-License-Identifier: Apache-2.0
"""What lies outside a defaced head, read from its finished voxels: removed tissue and outside air are one value."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.model.volume import Volume

SAMPLED_PX = 5  # pixels: the value of the air is found on every fifth row and column


def outside_air(volume: Volume) -> NDArray[np.bool_]:
    """Return what removed tissue, outside air and padding cover: (k, j, i) bool.

    Single voxels of the head that happen to have the value of the air are no outside; where several of them lie
    together (the air in a sinus, when it has exactly that value) they are.
    """
    stored = volume.stored
    padded = _padding(stored, volume.padding)
    coarse = np.s_[:, ::SAMPLED_PX, ::SAMPLED_PX]
    values, counts = np.unique(stored[coarse][~padded[coarse]], return_counts=True)
    if not len(values):
        return padded
    air = values[counts.argmax()]
    return np.stack([padding | _grounds(plane == air) for plane, padding in zip(stored, padded, strict=True)])


def _padding(stored: NDArray[Any], padding: tuple[int, int] | None) -> NDArray[np.bool_]:
    if padding is None:
        return np.zeros(stored.shape, dtype=np.bool_)
    inside: NDArray[np.bool_] = (stored >= padding[0]) & (stored <= padding[1])
    return inside


def _grounds(plane: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a plane without its specks."""
    solid = ndimage.binary_opening(np.pad(plane, 1, mode="edge"))[1:-1, 1:-1]
    grounds: NDArray[np.bool_] = plane & ndimage.binary_dilation(solid)
    return grounds
