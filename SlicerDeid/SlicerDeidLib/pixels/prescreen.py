# SPDX-License-Identifier: Apache-2.0
"""Can there be text on this slice? A scanner cannot make jumps of one pixel; drawn text is made of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.pixels.air import PADDING_HU

Mask = NDArray[np.bool_]

JUMP_HU = 600.0  # HU of second difference: no clean head slice has many, metal aside (measured on three heads)
TILE_PX = 32  # pixels: a tile holds two letters of any size that can be read
TILE_COUNT = 40  # pixels of a tile that jump: two letters have more, a speck of noise or a calcification fewer
AROUND = np.ones((3, 3))


def jumps(values: NDArray[np.float32], ignored: Mask) -> NDArray[np.float32]:
    """Return the second difference of a slice, the larger of both directions: (j, i) float32, in the slice's unit.

    Parameters
    ----------
    ignored : (j, i) bool
        What is no picture: padding, removed voxels. Its neighbours do not count either.
    """
    padded = np.pad(values, 1, mode="edge")
    twice = 2.0 * values
    across = np.abs(twice - padded[1:-1, :-2] - padded[1:-1, 2:])
    along = np.abs(twice - padded[:-2, 1:-1] - padded[2:, 1:-1])
    found: NDArray[np.float32] = np.maximum(across, along)
    if ignored.any():
        found[ndimage.binary_dilation(ignored, AROUND)] = 0.0
    return found


def is_padding(values: NDArray[np.float32]) -> Mask:
    """Return which pixels of a CT slice lie far below air."""
    padding: Mask = values < PADDING_HU
    return padding


def fired_tiles(jump: NDArray[np.float32]) -> Mask:
    """Return the tiles in which there can be text: (tile row, tile column) bool; the last ones may be cut."""
    fired: Mask = tile_counts(jump) >= TILE_COUNT
    return fired


def tile_counts(jump: NDArray[np.float32], least: float = JUMP_HU) -> NDArray[np.intp]:
    """Return how many pixels of each tile jump by more than ``least``: (tile row, tile column)."""
    rows, columns = (-(-size // TILE_PX) for size in jump.shape)
    strong = np.zeros((rows * TILE_PX, columns * TILE_PX), dtype=np.bool_)
    strong[: jump.shape[0], : jump.shape[1]] = jump > least
    counts: NDArray[np.intp] = strong.reshape(rows, TILE_PX, columns, TILE_PX).sum(axis=(1, 3))
    return counts
