# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ballhead import Lattice, make_ball_head
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.air import fill_air, padding_mask, stored_air

SHORT = tuple(np.arange(-30.0, 31.0, 10.0))


def flat(values: np.ndarray, *, padding: tuple[int, int] | None = None, unit: str = "HU", **more: object) -> Volume:
    ones = np.ones(len(values))
    positions = np.outer(5.0 * np.arange(len(values)), [0.0, 0.0, 1.0])
    given = {"slope": ones, "intercept": 0 * ones, **more}
    return Volume(
        values, positions=positions, i_step=np.array([1.0, 0, 0]), j_step=np.array([0, 1.0, 0]), padding=padding,
        unit=unit, **given,
    )  # fmt: skip


def test_air_is_stored_by_each_slices_own_rescale() -> None:
    volume = flat(
        np.zeros((3, 4, 4), np.int16), slope=np.array([1.0, 2.0, 0.5]), intercept=np.array([0.0, -24.0, -1000.0])
    )
    air = stored_air(volume, None)
    assert air.tolist() == [-1000, -488, 0]
    assert air.dtype == np.int16
    assert stored_air(volume, -900.0).tolist() == [-900, -438, 200]


def test_an_air_value_that_cannot_be_stored_is_refused_in_one_sentence() -> None:
    volume = flat(np.zeros((2, 4, 4), np.uint16), stored_range=(0, 4095))
    with pytest.raises(PixelError, match="air value -1000 cannot be stored") as caught:
        stored_air(volume, None)
    assert "0 to 4095" in caught.value.reason


def test_the_default_is_moved_to_the_nearest_air_that_the_type_can_hold_and_a_chosen_value_is_not() -> None:
    volume = flat(np.zeros((2, 4, 4), np.uint16), intercept=np.full(2, -950.0), stored_range=(0, 4095))
    assert stored_air(volume, None).tolist() == [0, 0]
    with pytest.raises(PixelError, match="cannot be stored"):
        stored_air(volume, -1000.0)


def test_other_images_are_filled_with_a_stored_value() -> None:
    signed = flat(np.zeros((2, 4, 4), np.int16), unit="")
    assert stored_air(signed, None).tolist() == [0, 0]
    assert stored_air(signed, 12.0).tolist() == [12, 12]


def test_filling_changes_what_is_not_kept_and_nothing_else() -> None:
    stored = np.arange(48, dtype=np.int16).reshape(3, 4, 4)
    before = stored.copy()
    keep = np.random.default_rng(0).random(stored.shape) > 0.5
    fill_air(stored, keep, np.array([-1, -2, -3], np.int16))
    assert np.array_equal(stored[keep], before[keep])
    for k in range(3):
        assert (stored[k][~keep[k]] == -1 - k).all()


def test_filling_names_the_slices_that_it_changes() -> None:
    stored = np.zeros((4, 4, 4), np.int16)
    keep = np.ones(stored.shape, np.bool_)
    keep[1:3, 2, 2] = False
    stored[1, 2, 2] = -1000  # is air already
    assert fill_air(stored, keep, np.full(4, -1000, np.int16)) == {2}


@pytest.mark.parametrize("declared", [None, (-2000, -2000), (-1500, -1500)])
@pytest.mark.parametrize("padding_hu", [-1500, -2000, -3024])
def test_padding_outside_the_field_of_view_is_found_declared_or_not(
    padding_hu: int, declared: tuple[int, int] | None
) -> None:
    head = make_ball_head(Lattice(heights_mm=SHORT, padding_hu=padding_hu, declared=declared, noise_hu=10))
    found = padding_mask(head.volume)
    assert not found[~head.padding[0]].any()
    assert found.sum() > 0.8 * head.padding[0].sum()  # where the circle meets the edge of the picture, some goes


def test_a_declared_value_that_is_tissue_or_clipped_air_is_no_padding() -> None:
    head = make_ball_head(Lattice(heights_mm=SHORT, declared=(30, 30)))
    assert not padding_mask(head.volume).any()
    clipped = make_ball_head(Lattice(heights_mm=SHORT, declared=(-1000, -1000)))
    found = padding_mask(clipped.volume)
    rows, columns = np.indices(found.shape) - (np.array(found.shape)[:, None, None] - 1) / 2
    assert (np.hypot(rows / 54.5, columns / 54.5)[found] > 1).all()  # nothing of the outline of the head
    assert found[0, 0]


def test_padding_that_follows_the_head_does_not_stay() -> None:
    head = make_ball_head(Lattice(heights_mm=tuple(np.arange(-80.0, 81.0, 10.0))))
    stored = head.volume.stored.copy()
    stored[~head.body] = -2000
    found = padding_mask(replace(head.volume, stored=stored))
    rows, columns = np.indices(found.shape) - (np.array(found.shape)[:, None, None] - 1) / 2
    assert (np.hypot(rows / 54.5, columns / 54.5)[found] > 1).all()


def test_letters_burned_into_the_padding_do_not_stay_readable() -> None:
    head = make_ball_head(Lattice(heights_mm=SHORT, padding_hu=-2000))
    stored = head.volume.stored.copy()
    letters = np.zeros(stored.shape[1:], bool)
    letters[2:9, 2], letters[2, 2:7], letters[5, 2:6] = True, True, True
    letters[2:9, 10] = True
    stored[:, letters] = 3000
    found = padding_mask(replace(head.volume, stored=stored))
    assert not found[2:9, 2:11].any()
    assert found[-1, -1]


def test_of_an_image_without_numbers_in_hu_no_padding_is_believed() -> None:
    values = np.full((3, 60, 60), 5, np.int16)
    values[:, :, :2] = -7
    assert not padding_mask(flat(values, unit="")).any()
    assert not padding_mask(flat(values, unit="", padding=(-7, -7))).any()


def test_letters_that_are_nearly_padding_do_not_stay_either() -> None:
    head = make_ball_head(Lattice(heights_mm=SHORT, padding_hu=-2000))
    stored = head.volume.stored.copy()
    stored[:, 2:9, 3] -= 300
    assert stored[:, 2:9, 3].max() < -1100
    found = padding_mask(replace(head.volume, stored=stored))
    assert not found[2:9, 3].any()
    assert found[-1, -1]


def test_padding_that_follows_a_head_alike_on_every_slice_does_not_draw_it() -> None:
    rows, columns = np.indices((200, 200)) - 99.5
    stored = np.full((6, 200, 200), -2000, np.int16)  # a thin slab from which a program took table and air away
    stored[:, (abs(rows) < 60) & (abs(columns) < 45)] = 40  # the farthest corner is 74.3 pixels from the middle
    found = padding_mask(flat(stored))
    assert not found[np.hypot(rows, columns) < 73].any()
    assert found[:30, :30].all()
