# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage
from skimage.draw import polygon2mask
from SlicerDeidLib.model.staying import HARMLESS, NOTHING
from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pixels.pictures import sharpness
from SlicerDeidLib.pixels.text import frametext
from SlicerDeidLib.pixels.text.inklines import lines
from SlicerDeidLib.pixels.text.ocr import Word
from SlicerDeidLib.sample.lettering import text_mask

SHAPE = (160, 240)
AT = np.s_[50:110, 40:220]


def measured(depth: int, seed: int = 1, noise: float = 0.02) -> np.ndarray:
    """Return a frame as a detector stores it: slow shades, with noise, of 8 or more bits."""
    rows, columns = np.indices(SHAPE)
    shades = 0.4 + 0.3 * np.sin(rows / 40) * np.cos(columns / 50)
    grain = np.random.default_rng(seed).normal(0, noise, SHAPE)
    return np.rint((shades + grain).clip(0.05, 0.95) * (2**depth - 1)).astype(np.uint8 if depth == 8 else np.uint16)


def signs(scale: int = 1) -> np.ndarray:
    """Return a line in a script that nobody can read: every second letter upside down."""
    letters = text_mask("EHSK AUPR", scale)
    for number in range(0, 9, 2):
        columns = slice(6 * scale * number, 6 * scale * (number + 1))
        letters[:, columns] = letters[::-1, columns]
    return letters


def with_line(frame: np.ndarray, letters: np.ndarray, value: object) -> tuple[np.ndarray, np.ndarray]:
    where = np.zeros(SHAPE, dtype=bool)
    where[60 : 60 + letters.shape[0], 50 : 50 + letters.shape[1]] = letters
    drawn = frame.copy()
    drawn[where] = value
    return drawn, where


def found_in(frame: np.ndarray) -> list[Word]:
    return lines(frame, sharpness(frame))


def hidden_by(found: list[Word]) -> np.ndarray:
    hidden = np.zeros(SHAPE, dtype=bool)
    for word in found:
        left, top, right, bottom = word.corners[[0, 2]].astype(int).ravel()
        hidden[top:bottom, left:right] = True
    return hidden


@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize("depth", [8, 12, 16])
def test_letters_of_one_value_are_a_line_whatever_their_script_size_and_depth(depth: int, scale: int) -> None:
    frame = measured(depth)
    drawn, letters = with_line(frame, signs(scale)[:, :180], round(0.85 * (2**depth - 1)))
    hidden = hidden_by(found_in(drawn))
    assert hidden[letters].all()
    assert hidden.sum() < 3 * signs(scale)[:, :180].size


def test_letters_that_run_upwards_are_a_line() -> None:
    drawn, letters = with_line(measured(12), np.rot90(signs()), 3500)
    assert hidden_by(found_in(drawn))[letters].all()


@pytest.mark.parametrize("degrees", [-12, 8, 78, 102])
def test_letters_that_slant_are_a_line_and_little_else_goes(degrees: int) -> None:
    letters = signs(2)
    letters = letters[:, : np.flatnonzero(letters.any(axis=0))[-1] + 1]
    row = np.zeros((240, 240), dtype=bool)
    row[110 : 110 + letters.shape[0], 60 : 60 + letters.shape[1]] = letters
    turned = ndimage.rotate(row, degrees, reshape=False, order=0)
    frame = np.tile(measured(12), (2, 1))[:240]
    frame[turned] = 3500
    hidden = np.zeros(frame.shape, dtype=bool)
    for word in found_in(frame):
        hidden |= polygon2mask(frame.shape, word.corners[:, ::-1])
    assert hidden[turned].mean() >= 0.99
    assert hidden.sum() < 2 * letters.size


def test_letters_of_a_colour_that_nothing_else_has_are_a_line_in_grey_shades() -> None:
    grey = np.repeat(measured(8)[..., None], 3, axis=-1)
    drawn, letters = with_line(grey, signs(), (255, 255, 0))
    assert hidden_by(found_in(drawn))[letters].all()


@given(st.integers(0, 1000), st.sampled_from([8, 12, 16]), st.sampled_from([0.01, 0.05, 0.2]))
def test_what_was_measured_has_no_line(seed: int, depth: int, noise: float) -> None:
    assert found_in(measured(depth, seed, noise)) == []


def test_a_map_of_few_values_has_no_line_since_all_of_it_is_drawn() -> None:
    labels = np.zeros(SHAPE, dtype=np.uint8)
    labels[30:130, 30:200] = 1
    labels[60:67, 50 : 50 + signs().shape[1]][signs()] = 2  # vessels
    assert found_in(labels) == []


def ruler() -> np.ndarray:
    ticks = np.zeros((12, 150), dtype=bool)
    ticks[-6:, ::5] = ticks[:, ::25] = True
    return ticks


def region_of_interest() -> np.ndarray:
    dashes = np.zeros((60, 150), dtype=bool)
    dashes[[0, -1], :] = np.arange(150) % 6 < 4
    dashes[:, [0, -1]] = (np.arange(60) % 6 < 4)[:, None]
    return dashes


def arrow() -> np.ndarray:
    shape = np.zeros((11, 60), dtype=bool)
    shape[5] = True
    for step in range(6):
        shape[[5 - step, 5 + step], 59 - step] = True
    return shape


def measured_length() -> np.ndarray:
    """Return two marks and a dotted line between them that slants."""
    shape = np.zeros((30, 80), dtype=bool)
    for row, column in ((6, 6), (23, 73)):
        shape[row - 5 : row + 6, column] = shape[row, column - 5 : column + 6] = True
    along = np.arange(12, 68)
    shape[np.rint(6 + 17 * (along - 6) / 67).astype(int), along] = along % 6 < 4
    return shape


def curve() -> np.ndarray:
    trace = np.zeros((40, 160), dtype=bool)
    rows = np.rint(20 - 18 * np.sin(np.arange(160) / 12)).astype(int)
    trace[rows, np.arange(160)] = True
    return trace


@pytest.mark.parametrize(
    "shape",
    [ruler(), region_of_interest(), arrow(), measured_length(), curve()],
    ids=["ruler", "roi", "arrow", "measured length", "curve"],
)
def test_what_a_program_drew_besides_letters_is_no_line(shape: np.ndarray) -> None:
    drawn, _ = with_line(measured(12), shape, 3500)
    assert found_in(drawn) == []


def test_a_clipped_end_of_the_values_is_no_line() -> None:
    frame = measured(12, noise=0.1)
    assert found_in(frame.clip(700, 2400)) == []


def boxes_of(frame: np.ndarray, monkeypatch: pytest.MonkeyPatch, *answer: Word, keeps: bool) -> tuple[TextBox, ...]:
    """Return what is filled where an engine reads ``answer`` in whatever it is shown."""
    monkeypatch.setattr(frametext, "engine", lambda: lambda _picture: answer)
    return frametext.find_text(frame, 0, staying=HARMLESS if keeps else NOTHING)


@pytest.mark.parametrize("keeps", [False, True])
def test_a_line_of_one_value_is_filled_though_no_engine_sees_it(keeps: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, letters = with_line(measured(12), signs(), 3500)
    boxes = boxes_of(drawn, monkeypatch, keeps=keeps)
    hidden = np.zeros(SHAPE, dtype=bool)
    for box in boxes:
        hidden[box.row : box.row + box.height, box.column : box.column + box.width] = True
    assert hidden[letters].all()


def test_a_line_of_one_value_that_is_read_as_a_measurement_stays_where_measurements_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn, _ = with_line(measured(12), text_mask("DIST 12.5"), 3500)
    left, top, right, bottom = (2 * n for n in (49, 59, 103, 68))  # a frame as small is read at twice its size
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=float)
    read = Word(corners, "DIST 12.5 mm", 0.95)
    assert boxes_of(drawn, monkeypatch, read, keeps=True) == ()
    assert boxes_of(drawn, monkeypatch, read, keeps=False)
