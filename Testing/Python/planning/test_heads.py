# SPDX-License-Identifier: Apache-2.0
"""Which series show one head, by study and frame of reference, and which take their mask from others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import SlicerDeidLib as deid
from ctseries import make_ct_series
from pydicom.dataset import Dataset


def planned(root: Path, method: str = "auto", **options: Any) -> tuple[deid.SeriesPlan, ...]:
    policy = deid.read_policy("research")
    policy = replace(policy, deface=replace(policy.deface, method=method))
    rows = root / "map.csv"
    rows.write_text("Accession_number,De-identification_ID\nCANARYFOLDER,S01\n")
    return deid.plan(deid.discover(root), policy, deid.read_map(rows), key=b"k" * 32, **options).series


def add(root: Path, number: int, frame: str | None = "2.25.1", **options: Any) -> None:
    values = {"FrameOfReferenceUID": frame}
    make_ct_series(root / "CANARYFOLDER" / f"s{number}", series=number, set_values=values, **{"slices": 6} | options)


def test_series_of_one_study_in_one_frame_of_reference_show_one_head(tmp_path: Path) -> None:
    add(tmp_path, 1)
    add(tmp_path, 2)
    add(tmp_path, 3, frame="2.25.2")
    add(tmp_path, 4, study=2)
    add(tmp_path, 5, frame=None)
    one, two, other, later, unknown = planned(tmp_path)
    assert one.head
    assert one.head == two.head
    assert len({one.head, other.head, later.head, unknown.head}) == 4
    assert not unknown.head
    assert "series 2" in one.notes[-1]
    assert not any("one head with" in note for note in (*other.notes, *later.notes, *unknown.notes))


@pytest.mark.parametrize(("slices", "step_mm", "borrows"), [(4, 5.0, True), (5, 5.0, False), (8, 7.5, True)])
def test_few_or_distant_slices_take_their_mask_from_a_finer_series(
    tmp_path: Path, slices: int, step_mm: float, borrows: bool
) -> None:
    add(tmp_path, 1)
    add(tmp_path, 2, slices=slices, step_mm=step_mm)
    one, two = planned(tmp_path)
    assert not one.borrows
    assert two.borrows is borrows
    assert ("its mask comes from series 1" in two.notes[-1]) is borrows


def test_without_a_finer_series_there_is_nothing_to_borrow(tmp_path: Path) -> None:
    add(tmp_path, 1, slices=3)
    add(tmp_path, 2, slices=4)
    assert not any(series.borrows for series in planned(tmp_path))


def test_without_one_in_its_own_frame_of_reference_the_finest_series_of_the_study_lends_its_mask(
    tmp_path: Path,
) -> None:
    add(tmp_path, 1, slices=3)
    add(tmp_path, 2, frame="2.25.2")
    add(tmp_path, 3, frame="2.25.3", slices=9)
    add(tmp_path, 4, frame="2.25.4", study=2, slices=20)
    few, *others = planned(tmp_path)
    assert (few.lender, few.borrows) == (3, True)
    assert "series 3 of the same study, which lies in another frame" in few.notes[-1]
    assert all(other.lender is None for other in others)


def test_few_slices_at_many_times_are_few_slices(tmp_path: Path) -> None:
    def again(dataset: Dataset, k: int) -> None:
        dataset.ImagePositionPatient = [0.0, 0.0, 5.0 * (k % 3)]

    add(tmp_path, 1)
    add(tmp_path, 2, slices=30, change=again)
    _, two = planned(tmp_path)
    assert two.borrows
    assert any("10 images at each place" in note for note in two.notes)


@pytest.mark.parametrize("method", ["none", "skullstrip"])
def test_heads_that_are_not_cut_share_nothing(tmp_path: Path, method: str) -> None:
    add(tmp_path, 1)
    add(tmp_path, 2)
    assert not any(series.head for series in planned(tmp_path, method))


def test_what_is_left_out_by_choice_belongs_to_the_head(tmp_path: Path) -> None:
    add(tmp_path, 1)
    add(tmp_path, 2)
    one, two = planned(tmp_path, leave_out=("S01/2",))
    assert two.verdict is deid.Verdict.LEAVE_OUT
    assert one.head == two.head
