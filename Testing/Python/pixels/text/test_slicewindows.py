# SPDX-License-Identifier: Apache-2.0
"""Small letters on CT slices, which an engine reads in small windows only."""

from __future__ import annotations

import numpy as np
import pytest
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.text import slicetext
from SlicerDeidLib.pixels.text.ocr import Word
from SlicerDeidLib.pixels.text.windows import SIDE_PX, TIMES
from SlicerDeidLib.sample.lettering import text_mask

COUNT, SIDE = 6, 192
LETTERS = np.pad(text_mask("THUL MARGARETE", 1), ((100, 85), (60, 48)))


def near_sighted(picture: np.ndarray) -> tuple[Word, ...]:
    """An engine that reads the brightest of a small picture as one line, and nothing in a larger one."""
    rows, columns = np.nonzero(picture > 225) if max(picture.shape) <= SIDE_PX * TIMES else ((), ())
    if len(rows) < 100 or np.ptp(rows) > np.ptp(columns):
        return ()
    left, right, top, bottom = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
    return (Word(corners, "THULMARGA", 0.95, 0.9),)


@pytest.mark.parametrize("on", [(2,), tuple(range(COUNT))], ids=["one slice", "all slices"])
def test_small_letters_that_only_show_in_small_windows_are_found_where_they_stand(
    monkeypatch: pytest.MonkeyPatch, on: tuple[int, ...]
) -> None:
    monkeypatch.setattr(slicetext, "engine", lambda: near_sighted)
    stored = np.random.default_rng(4).normal(40, 4, (COUNT, SIDE, SIDE))
    for k in on:
        stored[k][LETTERS] += 300
    ones, positions = np.ones(COUNT), np.outer(np.arange(COUNT), [0.0, 0.0, 5.0])
    volume = Volume(
        np.rint(stored).astype(np.int16), ones, 0 * ones, positions, np.array([0.5, 0, 0]), np.array([0, 0.5, 0])
    )
    boxes = [box for boxes in slicetext.find_text(volume) for box in boxes if box.engine == slicetext.NAME]
    assert sorted({box.frame for box in boxes}) == list(on)
