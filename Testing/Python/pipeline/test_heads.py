# SPDX-License-Identifier: Apache-2.0
"""Series of one head lose what any of them loses; what shows too little takes the mask of the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import SlicerDeidLib as deid
from headseries import kept, make_series
from SlicerDeidLib.model.record import SeriesRecord, Status
from SlicerDeidLib.pipeline.heads import batched
from SlicerDeidLib.sample.study import SampleStudy


class Head:
    """One patient's series, and the runs over them."""

    def __init__(self, folder: Path) -> None:
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        self.made: dict[str, SampleStudy] = {}
        self.map = folder / "map.csv"
        self.map.write_text("Accession_number,De-identification_ID\nA,S01\n")

    def add(self, name: str, **how: Any) -> None:
        self.made[name] = make_series(self.source / "A", name, **how)

    def plan(self, method: str = "auto", **options: Any) -> deid.Plan:
        policy = deid.read_policy("research")
        policy = replace(policy, deface=replace(policy.deface, method=method), text=replace(policy.text, mode="off"))
        index = deid.discover(self.source)
        return deid.plan(index, policy, deid.read_map(self.map), key=b"k" * 32, private=self.private, **options)

    def run(self, method: str = "auto", **options: Any) -> dict[str, SeriesRecord]:
        plan = self.plan(method, **options)
        records = {one.series_number: one for one in deid.run(plan, self.out, is_synced=False).series}
        return {one.series.instances[0].path.parent.name: records[one.series.number] for one in plan.series}

    def kept(self, name: str, record: SeriesRecord) -> np.ndarray:
        return kept(self.made[name], record, self.out)

    def lost(self, name: str, record: SeriesRecord) -> int:
        return int((self.made[name].head.intracranial & ~self.kept(name, record)).sum())

    def face_left(self, name: str, record: SeriesRecord) -> float:
        """Return the fraction of the facial skin that is left."""
        head = self.made[name].head
        skin = head.skin & head.face
        return float(self.kept(name, record)[skin].mean())


def test_where_masks_are_shared_the_first_patients_are_finished_before_the_last_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("SlicerDeidLib.pipeline.heads.BATCH", 2)

    def batches(heads: list[str], patients: str) -> list[int]:
        planned = [
            SimpleNamespace(head=h, subject=SimpleNamespace(key=p)) for h, p in zip(heads, patients, strict=True)
        ]
        plan: Any = SimpleNamespace(series=planned)
        tasks: Any = [SimpleNamespace(plan=one) for one in planned]
        return [len(batch) for batch in batched(plan, tasks)]

    assert batches(["a", "a", "a", "b", "c", "", "d"], "AAABCCD") == [3, 3, 1]
    assert batches(["a", "b", "c", ""], "ABCC") == [4]


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> tuple[Head, dict[str, SeriesRecord]]:
    head = Head(tmp_path_factory.mktemp("head"))
    for name in ("thick", "four", "ten"):
        head.add(name)
    records = head.run()
    return head, records


def test_a_few_slices_take_their_mask_from_another_series_of_the_head(
    head: tuple[Head, dict[str, SeriesRecord]],
) -> None:
    made, records = head
    for name in ("four", "ten"):
        assert records[name].status is Status.RELEASED, records[name].reason
        assert any("its mask comes from other series" in finding for finding in records[name].findings)
        assert made.face_left(name, records[name]) < 0.001
        assert made.lost(name, records[name]) == 0


def test_what_the_private_folder_keeps_of_a_head_names_nobody(head: tuple[Head, dict[str, SeriesRecord]]) -> None:
    made, _ = head
    (path,) = (made.private / "heads").iterdir()
    assert not {"A", "S01"} & set(path.stem.split("-"))
    assert path.stat().st_mode & 0o077 == 0


def test_a_preview_shows_what_the_run_wrote(head: tuple[Head, dict[str, SeriesRecord]]) -> None:
    made, records = head
    plan = made.plan()
    few = next(one for one in plan.series if one.borrows and len(one.instances) == 4)
    shown = deid.preview(plan, few)
    assert shown.mask is not None
    written = made.kept("four", records["four"])
    np.testing.assert_array_equal(shown.after == shown.before.stored, written)


def test_a_mask_that_cannot_be_read_refuses_the_series(tmp_path: Path) -> None:
    head = Head(tmp_path)
    head.add("four")
    head.add("thick")
    head.run("face", leave_out=("S01/2",))
    (path,) = (head.private / "heads").iterdir()
    path.write_bytes(path.read_bytes()[:1000])
    head.add("ten")
    assert "delete the folder 'heads'" in head.run("face", leave_out=("S01/2",))["ten"].reason


def test_a_series_that_joins_later_loses_what_was_lost_and_changes_nothing(
    head: tuple[Head, dict[str, SeriesRecord]],
) -> None:
    made, first = head
    before = {path: path.read_bytes() for path in made.out.rglob("*.dcm")}
    made.add("tilted")
    late = made.run()
    assert {path: path.read_bytes() for path in before} == before
    assert all(late[name].is_resumed for name in first)
    assert late["tilted"].measures["joined_series"] == 1
    assert late["tilted"].measures["still_shown_ml"] < 1.0
    assert made.lost("tilted", late["tilted"]) == 0
    assert made.face_left("tilted", late["tilted"]) < 0.001


def test_a_face_in_two_series_is_judged_together(tmp_path: Path) -> None:
    head = Head(tmp_path)
    head.add("upper")
    head.add("lower")
    records = head.run()
    assert [record.reason for record in records.values()] == ["", ""]
    assert any("several series together" in finding for finding in records["lower"].findings)
    for name, record in records.items():
        assert head.lost(name, record) == 0
        assert head.face_left(name, record) < 0.001


@pytest.mark.parametrize(
    ("name", "turned_degrees", "moved_mm"),
    [("ten", (15.0, 0.0, 0.0), (0.0, 30.0, 0.0)), ("slab", (5.0, -8.0, 12.0), (20.0, 10.0, -25.0))],
)
def test_thick_slices_of_another_frame_of_reference_take_a_mask_that_was_laid_upon_them(
    tmp_path: Path, name: str, turned_degrees: tuple[float, float, float], moved_mm: tuple[float, float, float]
) -> None:
    head = Head(tmp_path)
    head.add(name, frame="2.25.8", turned_degrees=turned_degrees, moved_mm=moved_mm)
    head.add("thick")
    record = head.run()[name]
    assert record.status is Status.RELEASED, record.reason
    assert any("series 2, which lies in another frame of reference" in finding for finding in record.findings)
    assert head.lost(name, record) == 0
    assert head.face_left(name, record) < 0.02


def test_slices_that_cannot_be_laid_upon_another_series_safely_are_refused_with_the_reason(tmp_path: Path) -> None:
    head = Head(tmp_path)
    head.add("four", frame="2.25.8", turned_degrees=(15.0, 0.0, 0.0))
    head.add("thick")
    record = head.run()["four"]
    assert record.status is Status.REFUSED
    assert "how the head lies cannot be told safely" in record.reason


def test_a_series_without_a_plausible_mask_is_laid_upon_nothing(tmp_path: Path) -> None:
    head = Head(tmp_path)
    head.add("four", frame="2.25.8")
    head.add("lower")
    record = head.run()["four"]
    assert record.status is Status.REFUSED
    assert "no plausible mask was found in series 2 either" in record.reason


def test_a_few_slices_alone_or_of_another_frame_of_reference_are_refused(tmp_path: Path) -> None:
    head = Head(tmp_path)
    head.add("four")
    head.add("thick", frame="2.25.8")
    records = head.run("face")
    assert records["thick"].status is Status.RELEASED
    assert "joined_series" not in records["thick"].measures
    assert records["four"].status is Status.REFUSED


def test_a_series_that_is_left_out_still_gives_its_mask(tmp_path: Path) -> None:
    head = Head(tmp_path)
    head.add("four")
    head.add("thick")
    records = head.run("face", leave_out=("S01/2",))
    assert records["thick"].status is Status.LEFT_OUT
    assert records["four"].status is Status.RELEASED


def test_few_slices_of_a_head_that_lies_elsewhere_are_refused(tmp_path: Path) -> None:
    head = Head(tmp_path)
    head.add("four", moved_mm=(0.0, 30.0, 0.0))
    head.add("thick")
    records = head.run("face")
    assert records["four"].status is Status.REFUSED
    assert records["thick"].status is Status.RELEASED
