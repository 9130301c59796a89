# SPDX-License-Identifier: Apache-2.0
"""Enhanced images on their way through the house: one mask for all frames at one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import SlicerDeidLib as deid
from enhancedseries import Place, write_enhanced
from mrseries import painted
from SlicerDeidLib.formats.dicom.file import read
from SlicerDeidLib.formats.dicom.pixels import decode
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.sample import phantom
from SlicerDeidLib.sample.mr import HeadMR, MRLattice, make_mr_head

KEY = b"k" * 32
COARSE = phantom.Lattice(slices=44, spacing_mm=5.0, rows=160, columns=160, pixel_spacing_mm=1.6)


@cache
def head_mr() -> HeadMR:
    return make_mr_head(painted("T1"), MRLattice())


@cache
def head_ct() -> phantom.HeadCT:
    return phantom.make_head(COARSE)


def planned(folder: Path, method: str) -> deid.Plan:
    (folder / "map.csv").write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S01\n")
    policy = deid.read_policy("research")
    policy = replace(policy, deface=replace(policy.deface, method=method), text=replace(policy.text, mode="off"))
    source = deid.discover(folder / "in")
    return deid.plan(source, policy, deid.read_map(folder / "map.csv"), key=KEY, private=folder / "private")


def released(folder: Path, volumes: Sequence[Volume], method: str = "face", **made: Any) -> list[list[Place]]:
    """Write volumes as enhanced images and run; return what the frames of each file show."""
    parts = write_enhanced(folder / "in" / "CANARYFOLDER1", volumes, **made)
    record = deid.run(planned(folder, method), folder / "out", is_synced=False)
    assert (record.released, record.refused) == (1, 0), [series.reason for series in record.series]
    report = deid.audit(folder / "out", original=folder / "in", private=folder / "private")
    assert [finding.message for finding in report.findings if finding.severity == "error"] == []
    return parts


def pixels(folder: Path) -> list[np.ndarray]:
    return [decode(read(path.read_bytes())) for path in sorted(folder.rglob("*")) if path.is_file()]


def test_frames_of_two_time_points_lose_the_face_alike_and_keep_the_brain(tmp_path: Path) -> None:
    head = head_mr()
    parts = released(tmp_path, [head.volume], repetitions=2, files=2)
    changes: dict[int, list[np.ndarray]] = {}
    for part, before, after in zip(parts, pixels(tmp_path / "in"), pixels(tmp_path / "out"), strict=True):
        for (_, _, k), old, new in zip(part, before, after, strict=True):
            np.testing.assert_array_equal(old, head.volume.stored[k])
            changes.setdefault(k, []).append(new == 0)
            assert not (new != old)[head.intracranial[k]].any()
            assert set(np.unique(new[new != old])) <= {0}
    face = np.concatenate([changes[k][0][head.face[k]] for k in changes])
    assert face.mean() > 0.6
    assert all(np.array_equal(*pair) for pair in changes.values())


def test_functional_groups_stay_but_for_what_names_the_patient(tmp_path: Path) -> None:
    released(tmp_path, [head_mr().volume])
    (path,) = (tmp_path / "out").rglob("*.dcm")
    assert b"CANARY" not in path.read_bytes()
    after = pydicom.dcmread(path)
    before = pydicom.dcmread(next((tmp_path / "in").rglob("CANARY*/*")))
    assert after.ImageType[0] == "DERIVED"
    for new, old in zip(after.PerFrameFunctionalGroupsSequence, before.PerFrameFunctionalGroupsSequence, strict=True):
        assert new.PlanePositionSequence == old.PlanePositionSequence
        assert new.PlaneOrientationSequence == old.PlaneOrientationSequence
        content = new.FrameContentSequence[0]
        assert content.DimensionIndexValues == old.FrameContentSequence[0].DimensionIndexValues
        assert new.MRImageFrameTypeSequence[0].FrameType[0] == "DERIVED"


def test_an_enhanced_ct_is_defaced_without_being_asked_by_name(tmp_path: Path) -> None:
    head = head_ct()
    (part,) = released(tmp_path, [head.volume], "auto")
    (after,) = pixels(tmp_path / "out")
    (path,) = (tmp_path / "out").rglob("*.dcm")
    assert pydicom.dcmread(path).RecognizableVisualFeatures == "NO"
    lost = np.zeros(head.volume.shape, dtype=bool)
    for (_, _, k), new in zip(part, after, strict=True):
        lost[k] = new != head.volume.stored[k]
    assert lost[head.face].mean() > 0.9
    assert not lost[head.intracranial].any()


def test_the_preview_shows_what_a_run_writes(tmp_path: Path) -> None:
    (part,) = released(tmp_path, [head_mr().volume], repetitions=2)
    plan = planned(tmp_path, "face")
    shown = deid.preview(plan, plan.series[0])
    (after,) = pixels(tmp_path / "out")
    for (_, time, k), frame in zip(part, after, strict=True):
        if time == 0:
            np.testing.assert_array_equal(shown.after[k], frame)
    assert not np.array_equal(shown.after, shown.before.stored)


def moved(volume: Volume) -> np.ndarray:
    return np.stack([volume.stored, np.roll(volume.stored, 3, axis=1)])


@pytest.mark.parametrize(
    ("volumes", "made", "reason"),
    [
        (lambda: [head_mr().volume], {"repetitions": 2, "stored": moved}, "the head moves"),
        (lambda: [head_mr().volume, _coronal()], {}, "no plausible brain"),
    ],
    ids=["a head that moves", "a stack in another direction without a head"],
)
def test_what_one_mask_cannot_serve_is_refused(tmp_path: Path, volumes: Any, made: dict[str, Any], reason: str) -> None:
    found = volumes()
    made = {name: value(found[0]) if callable(value) else value for name, value in made.items()}
    write_enhanced(tmp_path / "in" / "CANARYFOLDER1", found, **made)
    record = deid.run(planned(tmp_path, "face"), tmp_path / "out", is_synced=False)
    assert (record.released, record.refused) == (0, 1)
    assert reason in record.series[0].reason
    assert not list((tmp_path / "out").rglob("*.dcm"))


def _coronal() -> Volume:
    """A stack in another direction whose slices show nothing but noise."""
    volume = make_mr_head(painted("T1"), MRLattice("coronal", 12, 5.0, 5.0, 128, 128, 2.0)).volume
    return replace(volume, stored=np.random.default_rng(1).integers(0, 200, volume.shape).astype(np.uint16))


@pytest.mark.real_data
def test_a_real_enhanced_mr_loses_its_face(real_data: Path, tmp_path: Path) -> None:
    source = tmp_path / "in" / "CANARYFOLDER1"
    source.mkdir(parents=True)
    (original,) = (real_data / "neurolabusc_dcm_qa_xa30/In").glob("5_*/*.dcm")
    (source / "1.dcm").write_bytes(original.read_bytes())
    record = deid.run(planned(tmp_path, "face"), tmp_path / "out", is_synced=False)
    (series,) = record.series
    assert (record.released, series.reason) == (1, "")
    assert series.measures["facial_skin_kept"] <= 0.02
    assert series.measures["facial_relief"] <= 0.2
    report = deid.audit(tmp_path / "out", original=tmp_path / "in", private=tmp_path / "private")
    assert [finding.message for finding in report.findings if finding.severity == "error"] == []
