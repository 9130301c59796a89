# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from ballhead import BallHead, Lattice, make_ball_head
from SlicerDeidLib.model.volume import TextBox, Volume
from SlicerDeidLib.pixels.air import outside_as_air
from SlicerDeidLib.pixels.text.redact import redact
from SlicerDeidLib.pixels.text.smalltext import find_text

E = np.array([[1, 1, 1, 1], [1, 0, 0, 0], [1, 1, 1, 0], [1, 0, 0, 0], [1, 1, 1, 1]], dtype=bool)
H = np.array([[1, 0, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1], [1, 0, 0, 1], [1, 0, 0, 1]], dtype=bool)
GAP = np.zeros((5, 2), dtype=bool)
WORD = np.hstack([H, GAP, E, GAP, H, GAP, E])


def boxes_in(volume: Volume, keep: np.ndarray | None = None) -> tuple[TextBox, ...]:
    return tuple(box for boxes in find_text(volume, keep) for box in boxes)


@cache
def head(noise_hu: float = 10.0, padding_hu: float | None = None, extras: frozenset[str] = frozenset()) -> BallHead:
    heights = tuple(np.arange(-30.0, 91.0, 10.0))
    return make_ball_head(
        Lattice(heights, (1.0, 1.0), (220, 220), noise_hu=noise_hu, padding_hu=padding_hu, extras=extras)
    )


def written(made: BallHead, places: list[tuple[int, int]], hu: float, scale: int = 1) -> tuple[Volume, np.ndarray]:
    word = np.kron(WORD, np.ones((scale, scale), dtype=bool))
    text = np.zeros(made.volume.shape, dtype=bool)
    for row, column in places:
        text[:, row : row + word.shape[0], column : column + word.shape[1]] |= word
    stored = made.volume.stored.copy()
    stored[text] = hu
    return replace(made.volume, stored=stored), text


def covered(boxes: tuple[TextBox, ...], shape: tuple[int, int, int]) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    for box in boxes:
        mask[box.frame, box.row : box.row + box.height, box.column : box.column + box.width] = True
    return mask


CORNERS = [(4, 4), (4, 150), (205, 4), (205, 150)]


@pytest.mark.parametrize("hu", [3071, 0, -850])
@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("padding_hu", [None, -2000])
def test_text_in_the_corners_is_found_on_every_slice(hu: float, scale: int, padding_hu: float | None) -> None:
    made = head(padding_hu=padding_hu)
    volume, text = written(made, CORNERS, hu, scale)
    boxes = boxes_in(volume)
    mask = covered(boxes, volume.shape)
    assert (text & ~mask).sum() == 0
    assert not (mask & made.body).any()
    assert {box.frame for box in boxes} == set(range(len(volume.stored)))
    assert {box.engine for box in boxes} == {"morph"}
    assert mask.sum() < 8 * text.sum()  # boxes of words, not of the picture


def test_redaction_takes_the_text_and_leaves_the_head_bit_identical() -> None:
    volume, text = written(head(), CORNERS, 3071)
    out = volume.stored.copy()
    redact(out, boxes_in(volume), fill=outside_as_air(volume, None))
    assert (out[text] == -1000).all()
    assert np.array_equal(out[head().body], volume.stored[head().body])


def test_text_right_beside_the_head_gets_boxes_that_stay_clear_of_it() -> None:
    made = head()
    volume, text = written(made, [(45, 36)], 2000)
    near = text & ~covered(boxes_in(volume), volume.shape)
    mask = covered(boxes_in(volume), volume.shape)
    assert mask.any()
    assert not (mask & made.body & ~text).any()  # where letters cover the body, there is no tissue left
    distance = np.hypot(made.points[..., 0], made.points[..., 1])
    assert not (near & (distance > 96)).any()


def test_without_text_a_clean_series_has_no_boxes() -> None:
    assert boxes_in(head().volume) == ()
    assert boxes_in(head(padding_hu=-3024).volume) == ()
    assert boxes_in(replace(head().volume, unit="")) == ()


def test_a_table_and_a_holder_are_no_text() -> None:
    made = head(extras=frozenset({"table", "holder"}))
    found = covered(boxes_in(made.volume), made.volume.shape) & made.extra
    assert not found[made.points[..., 2] < 50].any()  # above it, only a sliver of the holder is left


def test_saturated_letters_across_a_table_are_found() -> None:
    made = head(extras=frozenset({"table"}))
    volume, text = written(made, [(204, 100)], 3000)  # the table's upper edge crosses the letters
    assert (text & made.extra).any()
    assert (text & ~covered(boxes_in(volume), volume.shape)).sum() == 0


def test_air_inside_the_body_is_not_searched() -> None:
    made = head()
    stored = made.volume.stored.copy()
    cave = made.radius < 40
    stored[cave] = -1000
    speck = made.radius < 2
    stored[speck] = 500
    assert boxes_in(replace(made.volume, stored=stored)) == ()


def test_a_known_body_is_respected() -> None:
    volume, text = written(head(), CORNERS, 3071)
    body = head().body.copy()
    body[:, :20, :60] = True
    mask = covered(boxes_in(volume, body), volume.shape)
    assert not (mask & body).any()
    assert (text & ~mask & ~body).sum() == 0


def test_letters_that_touch_the_body_on_some_slices_are_found_on_all_others() -> None:
    made = head()
    volume, text = written(made, [(40, 10)], 3071, 3)
    touched = (text & made.body).any(axis=(1, 2))
    assert touched.any()
    assert not touched.all()
    mask = covered(boxes_in(volume), volume.shape)
    assert not (text & ~mask)[~touched].any()
    near = np.hypot(made.points[..., 0], made.points[..., 1]) < 98
    assert not (text & ~mask & ~made.body & ~near).any()
    assert not (mask & made.body & ~text).any()
