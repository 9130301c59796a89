# SPDX-License-Identifier: Apache-2.0
"""MR series on their way through the house: defaced, refused, marked and audited."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import SlicerDeidLib as deid
from mrseries import painted, write_mr_series
from SlicerDeidLib.formats.dicomfile import read
from SlicerDeidLib.formats.dicompixels import assemble
from SlicerDeidLib.sample.mr import HeadMR, MRLattice, make_mr_head

KEY = b"k" * 32
SAGITTAL = MRLattice("sagittal", 104, 2.0, 2.0, 128, 128, 2.0)


def released(folder: Path, head: HeadMR, method: str = "face") -> deid.RunRecord:
    source = folder / "in"
    write_mr_series(source / "CANARYFOLDER1", head)
    (folder / "map.csv").write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S01\n")
    policy = deid.read_policy("research")
    policy = replace(policy, deface=replace(policy.deface, method=method), text=replace(policy.text, mode="off"))
    plan = deid.plan(
        deid.discover(source), policy, deid.read_map(folder / "map.csv"), key=KEY, private=folder / "private"
    )
    return deid.run(plan, folder / "out", is_synced=False)


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


def test_an_mr_is_not_released_unless_its_defacing_is_asked_for_by_name(tmp_path: Path) -> None:
    record = released(tmp_path, make_mr_head(painted("T1"), SAGITTAL), "auto")
    assert (record.released, record.refused) == (0, 1)
    assert "--deface none or face" in record.series[0].reason


def test_an_mr_without_a_head_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    head = make_mr_head(painted("T1"), MRLattice("axial", 12, 5.0, 5.0, 64, 64, 4.0))
    stored = np.random.default_rng(1).integers(0, 200, head.volume.shape).astype(np.uint16)
    record = released(tmp_path, replace(head, volume=replace(head.volume, stored=stored)))
    assert (record.released, record.refused) == (0, 1)
    assert "CANARY" not in record.series[0].reason
    assert not list((tmp_path / "out").rglob("*.dcm"))
