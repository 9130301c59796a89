# SPDX-License-Identifier: Apache-2.0
"""MR series on their way through the house: defaced, refused, marked and audited."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SlicerDeidLib as deid
from madebrain import ENGINE, use_made_engine
from mrseries import painted, write_mr_series
from SlicerDeidLib.errors import PlanError
from SlicerDeidLib.formats.dicom.file import read
from SlicerDeidLib.formats.dicom.pixels import assemble
from SlicerDeidLib.planning import stripping
from SlicerDeidLib.sample.mr import HeadMR, MRLattice, make_mr_head

KEY = b"k" * 32
SAGITTAL = MRLattice("sagittal", 104, 2.0, 2.0, 128, 128, 2.0)


def planned(folder: Path, head: HeadMR, method: str, engine: str = "own", *, name: str = "research") -> deid.Plan:
    source = folder / "in"
    write_mr_series(source / "CANARYFOLDER1", head)
    (folder / "map.csv").write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S01\n")
    policy = deid.read_policy(name)
    text = policy.text if policy.text.is_required else replace(policy.text, mode="off")
    policy = replace(policy, deface=replace(policy.deface, method=method, engine=engine), text=text)
    return deid.plan(
        deid.discover(source), policy, deid.read_map(folder / "map.csv"), key=KEY, private=folder / "private"
    )


def released(folder: Path, head: HeadMR, method: str = "face") -> deid.RunRecord:
    return deid.run(planned(folder, head, method), folder / "out", is_synced=False)


def test_a_sagittal_mr_head_is_released_without_its_face_and_with_its_brain(tmp_path: Path) -> None:
    head = make_mr_head(painted("T1"), SAGITTAL)
    record = released(tmp_path, head)
    (series,) = record.series
    assert (record.released, record.refused, series.reason) == (1, 0, "")
    assert "the face is removed, ears and scalp stay" in series.findings
    assert not series.is_recognisable
    files = sorted((tmp_path / "out").rglob("*.dcm"))
    volume, _ = assemble([read(path.read_bytes()) for path in files])
    before, after = head.volume.stored, volume.stored
    changed = before != after
    assert changed[head.face].mean() > 0.6
    assert not changed[head.intracranial].any()
    assert set(np.unique(after[changed])) == {0}
    dataset = pydicom.dcmread(files[len(files) // 2])
    assert dataset.ImageType[0] == "DERIVED"
    assert "Face removed" in dataset.DerivationDescription
    assert "RecognizableVisualFeatures" not in dataset
    report = deid.audit(tmp_path / "out", original=tmp_path / "in", private=tmp_path / "private")
    assert [finding.message for finding in report.findings if finding.severity == "error"] == []


def test_an_mr_head_loses_its_face_without_being_asked(tmp_path: Path) -> None:
    plan = planned(tmp_path, make_mr_head(painted("T1"), SAGITTAL), "auto")
    (note,) = [note for note in plan.series[0].notes if "face" in note]
    assert note.startswith("a head loses its face (orbits")
    assert "surface" not in note
    (series,) = deid.run(plan, tmp_path / "out", is_synced=False).series
    assert series.reason == ""
    assert "the face is removed, ears and scalp stay" in series.findings


@pytest.mark.parametrize("policy", ["safe-harbor", "open-science"])
def test_a_policy_that_wants_the_surface_gone_takes_no_mr_without_its_face_alone(policy: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, make_mr_head(painted("T1"), SAGITTAL), "auto", name=policy)
    assert plan.series[0].verdict is deid.Verdict.REFUSE
    assert "'auto' is 'face' for this kind of image; --deface skullstrip" in plan.series[0].reason


def test_an_mr_without_a_head_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    head = make_mr_head(painted("T1"), MRLattice("axial", 12, 5.0, 5.0, 64, 64, 4.0))
    stored = np.random.default_rng(1).integers(0, 200, head.volume.shape).astype(np.uint16)
    record = released(tmp_path, replace(head, volume=replace(head.volume, stored=stored)))
    assert (record.released, record.refused) == (0, 1)
    assert "CANARY" not in record.series[0].reason
    assert not list((tmp_path / "out").rglob("*.dcm"))


def test_an_engine_without_its_weights_is_said_in_the_plan_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLICERDEID_SYNTHSTRIP", str(tmp_path))
    plan = planned(tmp_path, make_mr_head(painted("T1"), SAGITTAL), "skullstrip", "synthstrip")
    (problem,) = [problem for problem in plan.problems if problem.severity == "error"]
    assert problem.where == "--skullstrip-engine"
    assert problem.message.startswith("The skull-strip engine synthstrip needs") or "weights" in problem.message
    with pytest.raises(PlanError):
        deid.run(plan, tmp_path / "out", is_synced=False)
    assert not (tmp_path / "out").exists()


def test_an_mr_head_is_stripped_by_an_engine_and_says_by_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = make_mr_head(painted("T1"), SAGITTAL)
    use_made_engine(monkeypatch, head.volume, head.intracranial)
    monkeypatch.setattr(stripping, "weights_of", lambda engine, no_csf: tmp_path)
    plan = planned(tmp_path, head, "skullstrip", "synthstrip")
    assert any("the brain that SynthStrip finds stays" in note for note in plan.series[0].notes)
    record = deid.run(plan, tmp_path / "out", is_synced=False)
    (series,) = record.series
    assert (record.released, series.reason) == (1, "")
    assert f"the brain was found by {ENGINE}" in series.findings
    files = sorted((tmp_path / "out").rglob("*.dcm"))
    volume, _ = assemble([read(path.read_bytes()) for path in files])
    assert not (head.volume.stored != volume.stored)[head.intracranial].any()
    assert not volume.stored[head.face].any()
    dataset = pydicom.dcmread(files[len(files) // 2])
    assert f"brain found by {ENGINE}" in dataset.DerivationDescription
    assert dataset.RecognizableVisualFeatures == "NO"
    report = deid.audit(tmp_path / "out", original=tmp_path / "in", private=tmp_path / "private")
    assert [finding.message for finding in report.findings if finding.severity == "error"] == []
