# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pixels.text.redact import redact


def test_a_box_becomes_the_median_of_what_surrounds_it_on_its_own_frame_and_the_rest_stays() -> None:
    frames = np.full((2, 20, 30), 7, np.uint16)
    frames[1, :, :] = 40
    frames[:, 8:12, 10:20] = 4000
    before = frames.copy()
    redact(frames, [TextBox(1, 8, 10, 4, 10, "ocr")])
    assert (frames[1] == 40).all()
    assert np.array_equal(frames[0], before[0])


def test_letters_beside_a_box_do_not_colour_it() -> None:
    frames = np.full((1, 20, 30), 7, np.uint8)
    frames[0, 8:12, 10:22] = 255
    redact(frames, [TextBox(0, 8, 10, 4, 10, "ocr")])
    assert (frames[0, 8:12, 10:20] == 7).all()


def test_colour_is_filled_sample_by_sample() -> None:
    frames = np.zeros((1, 20, 30, 3), np.uint8)
    frames[...] = (10, 20, 30)
    frames[0, 8:12, 10:20] = (255, 255, 0)
    redact(frames, [TextBox(0, 8, 10, 4, 10, "ocr")])
    assert (frames == (10, 20, 30)).all()


def test_a_palette_is_filled_with_a_colour_that_stands_around() -> None:
    frames = np.zeros((1, 20, 30), np.uint8)
    frames[0, :, :14], frames[0, :, 14:] = 3, 200
    frames[0, 8:12, 10:20] = 99
    redact(frames, [TextBox(0, 8, 10, 4, 10, "ocr")], is_palette=True)
    assert set(np.unique(frames)) == {3, 200}


def test_a_tilted_line_is_filled_along_its_own_corners() -> None:
    frames = np.full((1, 40, 40), 5, np.uint8)
    frames[0, np.arange(5, 35), np.arange(5, 35)] = 255
    before = frames.copy()
    corners = ((5.0, 2.0), (37.0, 34.0), (34.0, 37.0), (2.0, 5.0))
    redact(frames, [TextBox(0, 2, 2, 36, 36, "ocr", 1.0, corners)])
    assert (frames == 5).all()
    assert (before != frames).sum() == 30


def test_what_defacing_removed_is_neither_filled_nor_asked() -> None:
    frames = np.full((1, 20, 30), 7, np.int16)
    frames[0, :, 15:] = -1000
    keep = frames != -1000
    frames[0, 8:12, 10:15] = 4000
    redact(frames, [TextBox(0, 8, 10, 4, 10, "ocr")], keep=keep)
    assert (frames[0, :, :15] == 7).all()
    assert (frames[0, :, 15:] == -1000).all()


def test_what_a_box_is_filled_with_can_be_chosen_frame_by_frame() -> None:
    frames = np.zeros((2, 20, 30), np.int16)
    boxes = [TextBox(k, 8, 10, 4, 10, "ocr") for k in (0, 1)]
    redact(frames, boxes, fill=lambda frame, value: value + 10 * (frame + 1))
    assert (frames[0, 8:12, 10:20] == 10).all()
    assert (frames[1, 8:12, 10:20] == 20).all()


@pytest.mark.parametrize("box", [(2, 0, 0, 1, 1), (0, -1, 0, 2, 2), (0, 5, 0, 2, 1), (0, 0, 7, 1, 2), (0, 0, 0, 0, 1)])
def test_a_box_outside_the_picture_is_refused(box: tuple[int, int, int, int, int]) -> None:
    stored = np.zeros((2, 6, 8), np.int16)
    with pytest.raises(PixelError, match="outside the picture"):
        redact(stored, [TextBox(*box, "morph")])
    assert not stored.any()
