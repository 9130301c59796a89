# SPDX-License-Identifier: Apache-2.0
"""Values to 8-bit pictures, as a person or an OCR engine looks at them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

TAILS_PERCENT = (0.5, 99.5)  # of the values: between them lies what a viewer would show
SMALL_PX = 800  # long side below which a picture is enlarged before it is read
ENLARGED = 2  # times: letters of 8 pixels come to the height that engines were trained on


def grey(values: NDArray[np.float32], window: tuple[float, float]) -> NDArray[np.uint8]:
    """Return ``values`` between the ends of ``window`` as 0 to 255; beyond them, black and white."""
    low, high = window
    scaled = np.clip((values - low) * np.float32(255.0 / max(high - low, 1e-6)), 0.0, 255.0)
    picture: NDArray[np.uint8] = np.rint(scaled).astype(np.uint8)
    return picture


def views(seen: NDArray[Any]) -> list[NDArray[np.uint8]]:
    """Return the pictures in which text can show.

    Parameters
    ----------
    seen : (row, column) array or (row, column, 3) uint8
        Grey values or colours.

    Returns
    -------
    list of (row, column) or (row, column, 3) uint8
        What is of 8 bits as it is; otherwise a picture of usual contrast, and one of the whole range.
    """
    if seen.dtype == np.uint8:
        return [seen]
    usual = tuple(float(value) for value in np.percentile(seen, TAILS_PERCENT))
    whole = float(seen.min()), float(seen.max())
    return [grey(seen.astype(np.float32), (low, high)) for low, high in dict.fromkeys((usual, whole))]


def enlarged(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """Return a small picture enlarged, and by how much; a large one as it is.

    Parameters
    ----------
    picture : (row, column) or (row, column, 3) uint8
    """
    if max(picture.shape[:2]) >= SMALL_PX:
        return picture, 1
    factors = (ENLARGED, ENLARGED) + (1,) * (picture.ndim - 2)
    larger: NDArray[np.uint8] = ndimage.zoom(picture, factors, order=1, grid_mode=True, mode="nearest")
    return larger, ENLARGED


def inverted(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture with light and dark exchanged."""
    return np.uint8(255) - picture
