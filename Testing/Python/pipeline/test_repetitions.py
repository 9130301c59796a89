# SPDX-License-Identifier: Apache-2.0
"""Series with several images at one place: one mask for all, or a refusal in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import SlicerDeidLib as deid
from headseries import Made, make_perfusion, make_series
from SlicerDeidLib.model.record import SeriesRecord, Status
from SlicerDeidLib.pipeline.repetitions import seen_together
from SlicerDeidLib.sample.phantom import Lattice, make_head


class Perfusion:
    """One patient's perfusion series, and a run over it."""

    def __init__(self, folder: Path, **how: Any) -> None:
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        self.series = self.source / "A" / "perfusion"
        self.images: list[Made] = make_perfusion(self.series, **how)
        self.map = folder / "map.csv"
        self.map.write_text("Accession_number,De-identification_ID\nA,S01\n")

    def plan(self, method: str = "auto", text: str = "off") -> deid.Plan:
        policy = deid.read_policy("research")
        policy = replace(policy, deface=replace(policy.deface, method=method), text=replace(policy.text, mode=text))
        index = deid.discover(self.source)
        return deid.plan(index, policy, deid.read_map(self.map), key=b"k" * 32, private=self.private)

    def run(self, method: str = "auto", text: str = "off") -> dict[str, SeriesRecord]:
        plan = self.plan(method, text)
        records = {one.series_number: one for one in deid.run(plan, self.out, is_synced=False).series}
        return {one.series.instances[0].path.parent.name: records[one.series.number] for one in plan.series}

    def released(self, record: SeriesRecord) -> dict[int, np.ndarray]:
        """Return the pixels of released images by their instance number."""
        files = [pydicom.dcmread(self.out / name) for name, _, _ in record.files]
        return {int(ds.InstanceNumber): ds.pixel_array for ds in files}


@pytest.fixture(scope="module")
def perfusion(tmp_path_factory: pytest.TempPathFactory) -> tuple[Perfusion, SeriesRecord]:
    made = Perfusion(tmp_path_factory.mktemp("perfusion"))
    return made, made.run()["perfusion"]


def test_all_time_points_lose_the_face_alike_and_keep_the_brain(perfusion: tuple[Perfusion, SeriesRecord]) -> None:
    made, record = perfusion
    assert record.status is Status.RELEASED, record.reason
    after = made.released(record)
    assert len(after) == len(made.images) == 4 * 44
    lost: dict[int, list[np.ndarray]] = {}
    faces = []
    for number, head, k in made.images:
        changed = after[number] != head.volume.stored[k]
        assert not changed[head.intracranial[k]].any()
        assert set(np.unique(after[number][changed])) <= {24}  # -1000 HU
        lost.setdefault(k, []).append(after[number] == 24)
        faces.append(changed[head.face[k] & head.skin[k]])
    assert np.concatenate(faces).mean() > 0.999
    for several in lost.values():
        removed = np.logical_and.reduce(several)
        assert all((one & ~removed).mean() < 0.001 for one in several)  # air that had this value already


def test_the_plan_says_that_images_at_one_place_share_a_mask(perfusion: tuple[Perfusion, SeriesRecord]) -> None:
    made, record = perfusion
    (planned,) = made.plan().series
    assert any("4 images at each place" in note for note in planned.notes)
    assert record.measures["repetitions"] == 4


def test_the_audit_finds_nothing_wrong_with_it(perfusion: tuple[Perfusion, SeriesRecord]) -> None:
    made, _ = perfusion
    report = deid.audit(made.out, original=made.source, private=made.private)
    assert [finding.message for finding in report.findings if finding.severity == "error"] == []


def test_the_preview_shows_what_the_run_wrote_of_the_first(perfusion: tuple[Perfusion, SeriesRecord]) -> None:
    made, record = perfusion
    plan = made.plan()
    shown = deid.preview(plan, plan.series[0])
    after = made.released(record)
    first = [image for image in made.images if image.head is made.images[0].head]
    assert shown.after.shape == first[0].head.volume.shape
    for number, _, k in first:
        np.testing.assert_array_equal(shown.after[k], after[number])


def test_a_head_that_moves_between_the_time_points_is_refused(tmp_path: Path) -> None:
    record = Perfusion(tmp_path, moved_mm=5.0).run()["perfusion"]
    assert record.status is Status.REFUSED
    assert "the head moves" in record.reason
    assert not list(tmp_path.rglob("out/**/*.dcm"))


def test_time_points_that_do_not_cover_the_same_places_are_refused(tmp_path: Path) -> None:
    record = Perfusion(tmp_path, lost=[(1, 20)], times=2).run()["perfusion"]
    assert record.status is Status.REFUSED
    assert "imaged more often" in record.reason


def test_time_points_of_four_slices_take_their_mask_from_another_series(tmp_path: Path) -> None:
    made = Perfusion(tmp_path, name="four", times=5)
    make_series(made.source / "A", "thick")
    records = made.run()
    assert records["perfusion"].status is Status.RELEASED, records["perfusion"].reason
    assert any("its mask comes from other series" in finding for finding in records["perfusion"].findings)
    after = made.released(records["perfusion"])
    assert len(after) == 20
    for number, head, k in made.images:
        assert not (after[number] != head.volume.stored[k])[head.intracranial[k]].any()
        assert (after[number] == head.volume.stored[k])[head.face[k] & head.skin[k]].sum() <= 2


def test_the_mean_is_looked_at_where_it_can_be_told() -> None:
    volumes = [make_head(Lattice(slices=3, rows=64, columns=64, pixel_spacing_mm=4.0), seed=n).volume for n in (1, 2)]
    mean = seen_together(volumes)
    assert mean.stored.dtype == volumes[0].stored.dtype
    assert np.abs(mean.stored - (volumes[0].stored + volumes[1].stored.astype(float)) / 2).max() <= 0.5
    assert seen_together(volumes[:1]) is volumes[0]
    other = replace(volumes[1], intercept=volumes[1].intercept + 1)
    assert seen_together([volumes[0], other]) is volumes[0]
    mr = [replace(volume, unit="") for volume in volumes]
    assert seen_together(mr) is mr[0]
