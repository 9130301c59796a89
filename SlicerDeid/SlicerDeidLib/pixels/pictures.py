# SPDX-License-Identifier: Apache-2.0
"""Values to 8-bit pictures, as a person or an OCR engine looks at them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.pixels.prescreen import jumps

TAILS_PERCENT = (0.5, 99.5)  # of the values: between them lies what a viewer would show
STROKES_PERCENT = 99.7  # of the jumps from pixel to pixel lie below what is shown white: letters are few and sharp
SMALL_PX = 800  # long side below which a picture is enlarged before it is read
ENLARGED = 2  # times: letters of 8 pixels come to the height that engines were trained on
AROUND = tuple((row, column) for row in range(3) for column in range(3) if (row, column) != (1, 1))
GRAINY = 0.5  # of the pixels around one that differ from most beside them: there something was measured
MEASURED = 0.001  # of a frame at least; in pages and test patterns none, in the emptiest of eight real images 0.03
RUN_PX = 2  # of the pixels around one that have its value: a stroke has them on two sides
SURROUNDING = 8  # pixels around one
EDGE = 0.15  # of black to white: the step from a letter to its ground, less is hard to see
WIDE_PX = 15  # pixels: an area as wide in both directions is no stroke
GROUNDS = 8  # values that wide areas have: black, white and the bands of a display
EVEN_PX = 31  # pixels: around each, the contrast of a picture is made the same everywhere
EVEN_GREY = 30.0  # of 255: what the usual deviation from the surroundings becomes
LEAST_GREY = 2.0  # of 255: less deviation is noise of a flat ground, and not made stronger
FOREIGN_PERCENT = 99.9  # of the colours lie nearer to a picture's own shades than what is shown black or white
LEAST_FOREIGN = 16.0  # of 255: a distance from them that is shown so at least; lossy compression leaves a few
THIN_PX = 9  # pixels: strokes of letters of up to 40 pixels are thinner
LEAST_THIN = 16.0  # of 255: contrast that is shown white at least


def grey(values: NDArray[np.float32], window: tuple[float, float]) -> NDArray[np.uint8]:
    """Return ``values`` between the ends of ``window`` as 0 to 255; beyond them, black and white."""
    low, high = window
    scaled = np.clip((values - low) * np.float32(255.0 / max(high - low, 1e-6)), 0.0, 255.0)
    picture: NDArray[np.uint8] = np.rint(scaled).astype(np.uint8)
    return picture


def views(seen: NDArray[Any]) -> list[NDArray[np.uint8]]:
    """Return the pictures in which text can show as a person sees it.

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


def sharpness(seen: NDArray[Any]) -> NDArray[np.float32]:
    """Return how much each pixel jumps out of those beside it: second difference; of colours the one that jumps most.

    Parameters
    ----------
    seen : (row, column) array or (row, column, 3) uint8
    """
    planes = [seen] if seen.ndim == 2 else [seen[..., sample] for sample in range(seen.shape[-1])]
    nothing = np.zeros(seen.shape[:2], dtype=np.bool_)
    found: NDArray[np.float32] = np.max([jumps(plane.astype(np.float32), nothing) for plane in planes], axis=0)
    return found


def strokes(jump: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the picture of a frame's sharp lines: drawn text of any contrast, without what shades under it.

    Parameters
    ----------
    jump : (row, column) float32
        As ``sharpness`` returns it.
    """
    return grey(jump, (0.0, max(1.0, float(np.percentile(jump, STROKES_PERCENT)))))


def drawn(seen: NDArray[Any]) -> NDArray[np.uint8]:
    """Return the picture of what a program drew: narrow shapes of exactly one value or colour with sharp edges.

    Noise, grain and shades of a measured image are not of one value from a pixel to the next; text that was written
    over them is, but for the blurred rim of its letters. Lossy compression takes that away.

    Parameters
    ----------
    seen : (row, column) array or (row, column, 3) uint8

    Returns
    -------
    (row, column) uint8
        0 or 255.
    """
    values = as_numbers(seen)
    same = _same(values)
    samples = (seen if seen.ndim == 3 else seen[..., None]).astype(np.float32)
    step = np.zeros(values.shape, dtype=np.float32)
    beside = np.pad(samples, ((1, 1), (1, 1), (0, 0)), mode="edge")
    rows, columns = values.shape
    for row, column in AROUND:
        np.maximum(step, np.abs(beside[row : row + rows, column : column + columns] - samples).max(axis=-1), out=step)
    narrow = (same >= RUN_PX) & (ndimage.maximum_filter(step, 3) >= EDGE * spread(seen))
    wide = ndimage.minimum_filter(same == SURROUNDING, WIDE_PX - 2)
    grounds, counts = np.unique(values[wide], return_counts=True)
    for ground in grounds[np.argsort(-counts)[:GROUNDS]]:
        own = values == ground
        narrow &= ~(own & ndimage.maximum_filter(wide & own, 2 * WIDE_PX + 1))
    picture: NDArray[np.uint8] = narrow.astype(np.uint8) * np.uint8(255)
    return picture


def is_measured(seen: NDArray[Any]) -> bool:
    """Tell whether a part of a frame has grain, as all measured images have; what a program drew has none.

    Parameters
    ----------
    seen : (row, column) array or (row, column, 3) uint8
    """
    grain = _same(as_numbers(seen)) < RUN_PX
    return float((ndimage.uniform_filter(grain.astype(np.float32), WIDE_PX) > GRAINY).mean()) >= MEASURED


def as_numbers(seen: NDArray[Any]) -> NDArray[Any]:
    """Return one number per pixel: the grey value, or one for each colour."""
    if seen.ndim == 2:
        return seen
    numbers: NDArray[Any] = seen.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], dtype=np.int32)
    return numbers


def _same(values: NDArray[Any]) -> NDArray[np.int8]:
    """Return how many of the eight pixels around each have its value: (row, column)."""
    rows, columns = values.shape
    around = np.pad(values, 1, mode="edge")
    same = np.zeros(values.shape, dtype=np.int8)
    for row, column in AROUND:
        same += around[row : row + rows, column : column + columns] == values
    return same


def spread(seen: NDArray[Any]) -> float:
    """Return how far white is from black for a viewer, in the values of ``seen``."""
    if seen.dtype == np.uint8:
        return 255.0
    low, high = np.percentile(seen, TAILS_PERCENT)
    return max(1.0, float(high - low))


def even(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture's deviations from what surrounds each pixel, as strong everywhere.

    Parameters
    ----------
    picture : (row, column) or (row, column, 3) uint8
    """
    values = (picture if picture.ndim == 2 else picture.max(axis=-1)).astype(np.float32)
    deviation = values - ndimage.uniform_filter(values, EVEN_PX)
    usual = ndimage.uniform_filter(np.abs(deviation), 2 * EVEN_PX + 1) + np.float32(LEAST_GREY)
    return grey(deviation / usual, (-128.0 / EVEN_GREY, 127.0 / EVEN_GREY))


def chroma(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return how far each pixel of a picture in colour is from grey: what is measured mostly is grey.

    Parameters
    ----------
    picture : (row, column, 3) uint8
    """
    coloured: NDArray[np.uint8] = picture.max(axis=-1) - picture.min(axis=-1)
    return coloured


def thin(picture: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return what is thinner than ``THIN_PX`` and lighter, and what is darker, than what surrounds it: two pictures.

    The residues of opening and closing (top-hat transforms). Borders between wide areas, beside which an engine sees no
    small letters, are in neither.

    Parameters
    ----------
    picture : (row, column) or (row, column, 3) uint8
    """
    light, dark = (picture, picture) if picture.ndim == 2 else (picture.max(axis=-1), picture.min(axis=-1))
    size = (THIN_PX, THIN_PX)
    found = []
    for values in (light - ndimage.grey_opening(light, size), ndimage.grey_closing(dark, size) - dark):
        found.append(
            grey(values.astype(np.float32), (0.0, max(LEAST_THIN, float(np.percentile(values, STROKES_PERCENT)))))
        )
    return found


def foreign_colours(picture: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return how far, and to which side, each colour is from the shades of one colour that a picture is made of.

    Grey images, stains and maps are shades along one line in the space of colours, the first principal component; what
    a program draws has a colour of its own, and shows in the second or third one, though it be as bright as its ground.

    Parameters
    ----------
    picture : (row, column, 3) uint8

    Returns
    -------
    list of (row, column) uint8
        Two: the third component and the second, with 128 for what is of those shades.
    """
    colours = picture.reshape(-1, 3).astype(np.float32)
    colours -= np.median(colours, axis=0)
    _, axes = np.linalg.eigh(np.cov(colours, rowvar=False))  # the widest one last
    pictures = []
    for axis in axes.T[:-1]:
        distance = (colours @ axis.astype(np.float32)).reshape(picture.shape[:2])
        reach = max(LEAST_FOREIGN, float(np.percentile(np.abs(distance), FOREIGN_PERCENT)))
        pictures.append(grey(distance, (-reach, reach)))
    return pictures


def enlarged(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int]:
    """Return a small picture enlarged, and by how much; a large one as it is.

    Parameters
    ----------
    picture : (row, column) or (row, column, 3) uint8
    """
    if max(picture.shape[:2]) >= SMALL_PX:
        return picture, 1
    return larger(picture, ENLARGED), ENLARGED


def larger(picture: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """Return a picture ``times`` as large, smooth between its pixels; the same one for 1."""
    if times == 1:
        return picture
    factors = (times, times) + (1,) * (picture.ndim - 2)
    zoomed: NDArray[np.uint8] = ndimage.zoom(picture, factors, order=1, grid_mode=True, mode="nearest")
    return zoomed


def inverted(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture with light and dark exchanged."""
    return np.uint8(255) - picture
