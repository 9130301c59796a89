# SPDX-License-Identifier: Apache-2.0
"""TextFinder "morph": small bright objects outside the largest object of a CT are text."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.model.staying import NOTHING, Staying
from SlicerDeidLib.model.volume import TextBox, Volume
from SlicerDeidLib.pixels.air import AIR_HU
from SlicerDeidLib.pixels.body import outer_air
from SlicerDeidLib.pixels.distance import closed, distance_to, largest, touching
from SlicerDeidLib.pixels.grid import GRID_MM, analysis_values, grid_around, sample
from SlicerDeidLib.pixels.planes import slices_of
from SlicerDeidLib.pixels.strokes import still_strokes

ENGINE = "morph"
OBJECT_HU = -250.0  # HU: between air, foam and clothes, and fat
OBJECT_MARGIN_MM = 3.0  # mm around the largest object: the 2 mm grid's diagonal, so that its rim is never text
NOTCH_MM = 8.0  # mm radius: what letters taken off the object leave in it still belongs to it
STROKE_PX = 15  # pixels: what is wider than that in both directions is no stroke of a letter
CONTRAST_HU = 80.0  # HU above the surroundings: text is written some 100 HU above air, or brighter
BRIGHT_HU = (500.0, 2000.0)  # HU above air: saturated letters still stand alone where they cross a holder or tube
NOISE_FACTOR = 5.0  # times the noise of the air: speckles of noisy air are no text
LARGEST_AREA_PX = 2000  # pixels: a word of large letters that touch; tables, holders and tubes are larger
LARGEST_HEIGHT_PX = 64  # pixels: the tallest letters on a 512 x 512 image
LARGEST_WIDTH_PX = 200  # pixels: a word whose letters touch; a table top is wider
SMALLEST_AREA_PX = 4  # pixels of a word: less is a speckle
WORD_GAP_PX = (2, 8)  # rows, columns between the letters of a word
PADDING_PX = 2  # pixels around a word: the blurred rim of its letters

Box = tuple[slice, slice]


def find_text(
    volume: Volume,
    keep: NDArray[np.bool_] | None = None,
    *,
    staying: Staying = NOTHING,
    is_thorough: bool = False,
) -> Iterator[tuple[TextBox, ...]]:
    """Find burned-in text on CT slices: small objects that stand out from the air around the largest object.

    Parameters
    ----------
    volume : Volume
        CT, HU.
    keep : (k, j, i) bool, optional
        Where the body is, when that is known; otherwise the largest object of the volume (with the table, where it
        touches) and the air it encloses are taken for it. Boxes never reach into it.

    staying, is_thorough
        Mean nothing to a way that reads nothing.

    Yields
    ------
    tuple of TextBox
        Once, of all slices, in their order.

    Notes
    -----
    After the seeds' morphological way: keep the largest object, small objects under a threshold are text. Text that
    touches the largest object, lies on it, or is as large as an object cannot be found this way; neither is text on
    a holder. Beads, markers and bits of tubing in the air are found as well, and may go.
    """
    del staying, is_thorough  # nothing is read here
    if volume.unit != "HU":
        return
    boxes: list[TextBox] = []
    strokes = still_strokes(volume)
    for k, (body, rim) in enumerate(_bodies(volume, keep, strokes)):
        letters = _letters(analysis_values(volume, k), rim)
        sure = strokes & ~body & ~letters
        for rows, columns in (*_words(letters, rim), *_words(sure, body)):
            size = rows.stop - rows.start, columns.stop - columns.start
            boxes.append(TextBox(k, rows.start, columns.start, *size, ENGINE))
    yield tuple(boxes)


def _bodies(
    volume: Volume, keep: NDArray[np.bool_] | None, strokes: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Yield, slice by slice, where the body is and where its rim may be: (j, i) bool each."""
    if keep is not None:
        yield from ((plane, plane) for plane in keep)
        return
    # letters that touch the object once would otherwise belong to it on every slice
    sampled = sample(volume, grid_around(volume), strokes)
    found = largest((sampled.values > OBJECT_HU) & sampled.is_scanned)
    enclosed = touching(~outer_air(found, sampled.is_scanned), found)
    if strokes.any():
        enclosed = closed(enclosed, NOTCH_MM)
    distance = distance_to(enclosed & sampled.is_scanned, 2 * OBJECT_MARGIN_MM)
    for plane in slices_of(volume, sampled.grid, distance, default=2 * OBJECT_MARGIN_MM):
        yield plane <= GRID_MM, plane <= OBJECT_MARGIN_MM


def _letters(values: NDArray[np.float32], body: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Small bright objects in the air, (j, i) bool: narrow, and small above one of the levels at least."""
    letters = np.zeros_like(body)
    air = values[~body & (values > AIR_HU)]
    if air.size < values.size / 1000:
        air = values[~body]
    if air.size == 0:
        return letters
    level = float(np.median(air))
    noise = 1.4826 * float(np.median(np.abs(air - level)))  # of a normal distribution
    opened = ndimage.maximum_filter(ndimage.minimum_filter(values, STROKE_PX), STROKE_PX)
    for contrast in (max(CONTRAST_HU, NOISE_FACTOR * noise), *BRIGHT_HU):
        bright = values > level + contrast
        narrow = bright & (values - opened > contrast)
        if not (narrow & ~body).any():
            continue
        rim = _touching(bright | body, body)  # partial volume around the body in thick slices
        letters |= _small_objects(narrow, rim)
    return letters


def _touching(bright: NDArray[np.bool_], body: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the objects of ``bright`` that hold a pixel of ``body``."""
    labels, count = ndimage.label(bright, np.ones((3, 3)))
    is_touching = np.zeros(count + 1, dtype=np.bool_)
    is_touching[labels[body]] = True
    is_touching[0] = False
    touching_: NDArray[np.bool_] = is_touching[labels]
    return touching_


def _small_objects(bright: NDArray[np.bool_], body: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the objects of ``bright`` that are as small as a word and do not touch the body."""
    labels, count = ndimage.label(bright, np.ones((3, 3)))
    is_small = np.bincount(labels.ravel(), minlength=count + 1) <= LARGEST_AREA_PX
    for label, (rows, columns) in enumerate(ndimage.find_objects(labels), start=1):
        is_small[label] &= rows.stop - rows.start <= LARGEST_HEIGHT_PX
        is_small[label] &= columns.stop - columns.start <= LARGEST_WIDTH_PX
    is_small[labels[body]] = False
    is_small[0] = False
    small: NDArray[np.bool_] = is_small[labels]
    return small


def _words(letters: NDArray[np.bool_], body: NDArray[np.bool_]) -> Iterator[Box]:
    """Yield boxes that hold all letters, joined to words where that does not touch the body."""
    if not letters.any():
        return
    gap = 2 * WORD_GAP_PX[0] + 1, 2 * WORD_GAP_PX[1] + 1
    words, _ = ndimage.label(ndimage.maximum_filter(letters, gap), np.ones((3, 3)))
    words[~letters] = 0
    for word, box in enumerate(ndimage.find_objects(words), start=1):
        if box is not None and int((words[box] == word).sum()) >= SMALLEST_AREA_PX:
            yield from _clear_boxes(words == word, box, body)


def _clear_boxes(word: NDArray[np.bool_], box: Box, body: NDArray[np.bool_]) -> Iterator[Box]:
    """Yield ``box``, padded if that stays clear of the body; halved where even the bare box does not."""
    padded = _padded(box, word.shape)
    if not body[padded].any():
        yield padded
    elif not body[box].any():
        yield box
    else:
        for half in _halves(box):
            rest = _shrunk(word, half)
            if rest is not None:
                yield from _clear_boxes(word, rest, body)


def _padded(box: Box, shape: tuple[int, ...]) -> Box:
    """Widen ``box`` by ``PADDING_PX`` within the image."""
    rows, columns = (
        slice(max(0, part.start - PADDING_PX), min(size, part.stop + PADDING_PX))
        for part, size in zip(box, shape, strict=True)
    )
    return rows, columns


def _halves(box: Box) -> tuple[Box, Box]:
    """Cut ``box`` across its longer side."""
    rows, columns = box
    if columns.stop - columns.start > rows.stop - rows.start:
        middle = (columns.start + columns.stop) // 2
        return (rows, slice(columns.start, middle)), (rows, slice(middle, columns.stop))
    middle = (rows.start + rows.stop) // 2
    return (slice(rows.start, middle), columns), (slice(middle, rows.stop), columns)


def _shrunk(word: NDArray[np.bool_], box: Box) -> Box | None:
    """Return the smallest box around the letters within ``box``; None where there are none."""
    rows, columns = np.nonzero(word[box])
    if rows.size == 0:
        return None
    top, left = box[0].start, box[1].start
    return (
        slice(top + int(np.min(rows)), top + int(np.max(rows)) + 1),
        slice(left + int(np.min(columns)), left + int(np.max(columns)) + 1),
    )
