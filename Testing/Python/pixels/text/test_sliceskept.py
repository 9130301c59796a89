# SPDX-License-Identifier: Apache-2.0
"""Slices of which defacing left a part: the part is read, whole, and nothing besides."""

from __future__ import annotations

import numpy as np
import pytest
from SlicerDeidLib.model.volume import TextBox, Volume
from SlicerDeidLib.pixels.text import slicetext
from SlicerDeidLib.pixels.text.ocr import Word
from SlicerDeidLib.sample.lettering import text_mask

COUNT, SHAPE = 70, (320, 384)  # more slices than share a projection
LINE = text_mask("DOE JOHN", 2)
AIR_HU, WATER_HU, TEXT_HU = -1000, 40, 2500


def volume_of(keep: np.ndarray, line_at: tuple[int, int], on: tuple[int, ...]) -> Volume:
    """Water where something was left, air around it, and a line on some slices."""
    rng = np.random.default_rng(5)
    stored = np.where(keep, WATER_HU + rng.normal(0, 4, keep.shape), AIR_HU)
    for k in on:
        place = stored[k][line_at[0] : line_at[0] + LINE.shape[0], line_at[1] : line_at[1] + LINE.shape[1]]
        place[LINE] = TEXT_HU
    ones, positions = np.ones(COUNT), np.outer(np.arange(COUNT), [0.0, 0.0, 1.0])
    return Volume(
        np.rint(stored).astype(np.int16), ones, 0 * ones, positions, np.array([0.5, 0, 0]), np.array([0, 0.5, 0])
    )


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Put an engine in place that sees what is white as one line; the shapes of the pictures that it was shown."""
    shapes: list[tuple[int, ...]] = []

    def read(picture: np.ndarray) -> tuple[Word, ...]:
        shapes.append(picture.shape)
        rows, columns = np.nonzero(picture > 215)
        if len(rows) < 100 or np.ptp(rows) > np.ptp(columns):
            return ()
        left, right, top, bottom = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
        return (Word(corners, "DOE JOHN", 0.95, 0.9),)

    monkeypatch.setattr(slicetext, "engine", lambda: read)
    return shapes


def boxes_of(volume: Volume, keep: np.ndarray | None) -> list[TextBox]:
    return [box for boxes in slicetext.find_text(volume, keep) for box in boxes]


@pytest.mark.parametrize("line_at", [(150, 200), (101, 151), (185, 223)], ids=["inside", "at a corner", "at the other"])
def test_a_line_on_what_was_left_is_hidden_where_it_stands(
    shown: list[tuple[int, ...]], line_at: tuple[int, int]
) -> None:
    keep = np.zeros((COUNT, *SHAPE), dtype=np.bool_)
    keep[:, 100:200, 150:320] = True
    boxes = boxes_of(volume_of(keep, line_at, (66,)), keep)
    assert {box.frame for box in boxes} == {66}
    hidden = np.zeros(SHAPE, dtype=np.bool_)
    for box in boxes:
        hidden[box.row : box.row + box.height, box.column : box.column + box.width] = True
    rows, columns = (slice(at, at + size) for at, size in zip(line_at, LINE.shape, strict=True))
    assert hidden[rows, columns][LINE].all()
    hidden[rows.start - 8 : rows.stop + 8, columns.start - 8 : columns.stop + LINE.shape[1] // 2] = False
    assert not hidden.any()


def test_no_more_is_read_than_was_left(shown: list[tuple[int, ...]]) -> None:
    keep = np.zeros((COUNT, *SHAPE), dtype=np.bool_)
    keep[:, 100:200, 150:320] = True
    assert not boxes_of(volume_of(keep, (0, 0), ()), keep)
    assert 0 < max(rows * columns for rows, columns in shown) <= 2 * 2 * (100 + 64) * (170 + 64)


def test_slices_of_which_nothing_was_left_are_not_read(shown: list[tuple[int, ...]]) -> None:
    keep = np.zeros((COUNT, *SHAPE), dtype=np.bool_)
    assert not boxes_of(volume_of(keep, (0, 0), ()), keep)
    assert not shown
    keep[66:, 100:200, 150:320] = True
    assert {box.frame for box in boxes_of(volume_of(keep, (150, 200), (68,)), keep)} == {68}
