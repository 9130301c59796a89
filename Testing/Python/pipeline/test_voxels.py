# SPDX-License-Identifier: Apache-2.0
"""The pixel steps of one series, without its files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from SlicerDeidLib.errors import PixelError, SeriesRefused
from SlicerDeidLib.model.policy import DefacePolicy, TextPolicy
from SlicerDeidLib.model.volume import HeadMask, Volume
from SlicerDeidLib.pipeline.masks import HeadMasks
from SlicerDeidLib.pipeline.voxels import Treated, filled, masked, treat_volume
from SlicerDeidLib.pixels import registry
from SlicerDeidLib.pixels.head import finders

OFF = TextPolicy(mode="off")


def trunk(width_mm: float = 360.0) -> Volume:
    y, x = (np.mgrid[:125, :125] - 62.0) * 4.0
    plane = np.where((2 * x / width_mm) ** 2 + (2 * y / 260.0) ** 2 < 1, 20, -1000).astype(np.int16)
    ones = np.ones(4)
    positions = np.outer(5.0 * np.arange(4), [0.0, 0.0, 1.0])
    return Volume(np.stack([plane] * 4), ones, 0 * ones, positions, np.array([4.0, 0, 0]), np.array([0, 4.0, 0]))


def treated(volume: Volume, method: str) -> Any:
    return treat_volume(volume, [0, 1, 2, 3], DefacePolicy(method, 8.0), OFF)


@pytest.mark.parametrize("method", ["auto", "surface", "face", "surface+face", "skullstrip"])
def test_a_trunk_is_released_untouched_as_without_a_face(method: str) -> None:
    volume = trunk()
    result = treated(volume, method)
    assert result.is_face_excluded
    assert result.after is volume.stored


@pytest.mark.parametrize("in_place", [False, True])
def test_air_is_put_into_the_volume_itself_only_when_nobody_looks_at_it_again(in_place: bool) -> None:
    volume, keep = trunk(), np.ones((4, 125, 125), dtype=np.bool_)
    keep[2, 60:] = False
    before = volume.stored.copy()
    result = filled(Treated(volume, volume.stored, [0, 1, 2, 3], mask=HeadMask(keep, "face")), None, in_place=in_place)
    assert (result.after is volume.stored) == in_place
    assert np.array_equal(volume.stored, before) != in_place
    assert np.array_equal(result.after, np.where(keep, before, -1000))
    assert result.changed == {2}


@pytest.mark.parametrize("method", ["auto", "surface", "face", "surface+face", "skullstrip"])
def test_what_may_be_a_head_is_refused_where_no_head_can_be_found(method: str) -> None:
    with pytest.raises(SeriesRefused, match=r"(no brain|the brain could not).*a face may be in view.*--deface none"):
        treated(trunk(200.0), method)


def test_a_head_that_could_not_be_defaced_is_never_taken_for_a_trunk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(volume: Volume, policy: DefacePolicy, known: object) -> HeadMask:
        raise PixelError("the face could not be removed")

    monkeypatch.setattr(registry, "head_finder", lambda name: refusing)
    with pytest.raises(PixelError, match="the face could not be removed"):
        treated(trunk(), "auto")


def test_auto_removes_face_and_surface_of_a_head(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def finding(volume: Volume, policy: DefacePolicy, known: object) -> HeadMask:
        asked.append(policy.method)
        return HeadMask(np.ones(volume.shape, dtype=bool), policy.method)

    monkeypatch.setattr(registry, "head_finder", lambda name: finding)
    assert treated(trunk(), "auto").mask.method == "surface+face"
    assert asked == ["surface+face"]


def test_a_method_chosen_by_name_is_asked_before_a_face_is_excluded(monkeypatch: pytest.MonkeyPatch) -> None:
    volume = trunk()
    keep = np.ones(volume.shape, dtype=bool)
    keep[:, :5] = False
    monkeypatch.setattr(registry, "head_finder", lambda name: lambda volume, policy, known: HeadMask(keep, name))
    result = treated(replace(volume, stored=volume.stored + 5), "surface")
    assert not result.is_face_excluded
    assert (result.after[:, :5] == -1000).all()


@pytest.mark.parametrize("laid", [None, 2])
def test_a_borrowed_mask_that_was_refused_takes_no_part_in_judging_a_series_by_itself(
    monkeypatch: pytest.MonkeyPatch, laid: int | None
) -> None:
    def refusing(volume: Volume, policy: DefacePolicy, masks: object) -> HeadMask:
        raise PixelError("the head lies elsewhere")

    asked = []

    def finding(volume: Volume, policy: DefacePolicy, known: object, masks: Any = ()) -> HeadMask:
        asked.append(len(masks))
        return HeadMask(np.ones(volume.shape, dtype=bool), policy.method)

    monkeypatch.setattr(finders, "find_borrowed", refusing)
    monkeypatch.setattr(finders, "find_head", finding)
    monkeypatch.setattr(HeadMasks, "read", lambda _others: [object()])
    others = HeadMasks({2: b""}, borrows=True, laid=laid)
    masked(trunk(), [0, 1, 2, 3], DefacePolicy("surface+face", 8.0), others=others)
    assert asked == [0]


@pytest.mark.parametrize("borrows", [False, True])
def test_a_head_that_is_found_in_no_way_is_refused_with_both_reasons(
    monkeypatch: pytest.MonkeyPatch, borrows: bool
) -> None:
    def failing(reason: str) -> Any:
        def find(*_: object) -> HeadMask:
            raise PixelError(reason)

        return find

    monkeypatch.setattr(finders, "find_borrowed", failing("the head lies elsewhere"))
    monkeypatch.setattr(finders, "find_head", failing("the brain could not be told"))
    monkeypatch.setattr(HeadMasks, "read", lambda _others: [object()])
    with pytest.raises(PixelError, match="brain could not be told; by the other series of its head: the head lies"):
        masked(trunk(), [0, 1, 2, 3], DefacePolicy("surface+face", 8.0), others=HeadMasks({2: b""}, borrows=borrows))


def test_an_mr_in_which_no_head_is_found_is_refused_with_its_own_reason_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object) -> HeadMask:
        raise PixelError("the brain could not be told")

    monkeypatch.setattr(finders, "find_head", failing)
    monkeypatch.setattr(HeadMasks, "read", lambda _others: [object()])
    mr = replace(trunk(), unit="")
    with pytest.raises(PixelError, match=r"^the brain could not be told$"):
        masked(mr, [0, 1, 2, 3], DefacePolicy("face", 8.0), others=HeadMasks({2: b""}))
