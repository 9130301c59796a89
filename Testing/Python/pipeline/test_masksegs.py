# SPDX-License-Identifier: Apache-2.0
"""The mask as DICOM Segmentation beside the released images: what it says, and that it shows nothing removed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import highdicom
import pydicom
import pytest
import SlicerDeidLib as deid
from pydicom.data import get_testdata_file
from SlicerDeidLib.commandline.terminal import last_line
from SlicerDeidLib.errors import PlanError
from SlicerDeidLib.model.record import Finding
from SlicerDeidLib.sample.phantom import HeadCT, Lattice
from SlicerDeidLib.sample.study import write_map, write_study
from SlicerDeidLib.verification.audit import audit
from SlicerDeidLib.verification.report import write_run_report

TILTED = Lattice(
    slices=48, rows=96, columns=96, pixel_spacing_mm=2.6, tilt_degrees=10.0, is_descending=True, padding_value=-2000
)
KEY = b"k" * 32
MASK = "HEAD-001/HEAD 1/HEAD-001_001_defaced_mask.dcm"


class Project:
    """One made head, and the way through the house."""

    def __init__(self, folder: Path) -> None:
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        self.map = folder / "map.xlsx"

    def make(self) -> HeadCT:
        study = write_study(self.source / "A1" / "HEAD 1", lattice=TILTED, has_text=False)
        write_map(self.map, [("A1", "HEAD-001")])
        return study.head

    def run(self, deface: str = "auto", dicomdir: str = "drop", **options: object) -> deid.RunRecord:
        policy = deid.with_choices(deid.read_policy("research"), text="off", deface=deface)
        subjects = deid.read_map(self.map)
        plan = deid.plan(deid.discover(self.source), policy, subjects, key=KEY, private=self.private, dicomdir=dicomdir)

        def report(record: deid.RunRecord) -> None:
            write_run_report(record, plan, self.private)

        return deid.run(plan, self.out, is_synced=False, mask_seg=True, report=report, **options)  # type: ignore[arg-type]

    def masks(self) -> list[str]:
        return sorted(p.relative_to(self.out).as_posix() for p in self.out.rglob("*_mask.dcm"))

    def errors(self) -> list[Finding]:
        report = audit(self.out, original=self.source, private=self.private, key=KEY)
        return [finding for finding in report.findings if finding.severity == "error"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, HeadCT]:
    """A finished run; not to be changed."""
    project = Project(tmp_path_factory.mktemp("masks"))
    head = project.make()
    record = project.run()
    assert last_line(record) == f"Released 1 of 1 series ({TILTED.slices} images)."  # the mask is none
    return project, head


def test_a_defaced_series_has_its_mask_beside_it_and_the_audit_finds_nothing_wrong(
    made: tuple[Project, HeadCT],
) -> None:
    project, _ = made
    assert project.masks() == [MASK]
    assert project.errors() == []


def test_removed_tissue_and_outside_air_are_alike_and_the_brain_stays(made: tuple[Project, HeadCT]) -> None:
    project, head = made
    mask = highdicom.seg.segread(project.out / MASK)
    images = [pydicom.dcmread(path) for path in project.out.rglob("HEAD-001_001_0*.dcm")]
    places = {image.SOPInstanceUID: float(image.ImagePositionPatient[2]) for image in images}
    stays = mask.get_pixels_by_source_instance(sorted(places, key=places.__getitem__), ignore_spatial_locations=True,
        assert_missing_frames_are_empty=True)[..., 0].astype(bool)  # fmt: skip
    stays = stays[::-1] if head.volume.positions[0, 2] > head.volume.positions[-1, 2] else stays
    assert stays[head.intracranial].all()
    assert stays[~head.body].mean() < 1e-3  # air in the nose behind the cut
    assert stays[head.skin].mean() < 0.05
    assert not stays[head.volume.stored == -2000].any()


def test_it_tells_no_time_and_says_what_its_images_say(made: tuple[Project, HeadCT]) -> None:
    project, _ = made
    mask = pydicom.dcmread(project.out / MASK)
    image = pydicom.dcmread(next(project.out.rglob("HEAD-001_001_0*.dcm")))
    assert not {"InstanceCreationDate", "ContributingEquipmentSequence"} & set(mask.dir())
    assert (mask.ContentDate, mask.ContentTime) == (image.StudyDate, "000000")
    for keyword in ("PatientID", "StudyInstanceUID", "FrameOfReferenceUID", "PatientIdentityRemoved",
                    "DeidentificationMethodCodeSequence", "RecognizableVisualFeatures"):  # fmt: skip
        assert mask[keyword].value == image[keyword].value


def test_the_same_images_give_the_same_file(made: tuple[Project, HeadCT]) -> None:
    project, _ = made
    before = (project.out / MASK).read_bytes()
    project.run(is_overwrite=True)
    assert (project.out / MASK).read_bytes() == before


def test_the_audit_finds_a_mask_that_shows_what_was_removed_and_one_without_its_images(
    made: tuple[Project, HeadCT], tmp_path: Path
) -> None:
    project, _ = made
    shutil.copytree(project.out, tmp_path / "out")
    path = tmp_path / "out" / MASK
    mask = pydicom.dcmread(path)
    mask.PixelData = bytes(len(mask.PixelData) // 2) + mask.PixelData[len(mask.PixelData) // 2 :]
    mask.save_as(path)
    shutil.copy(path, path.with_name("HEAD-001_007_defaced_mask.dcm"))
    said = [finding.message for finding in audit(tmp_path / "out").findings if finding.severity == "error"]
    assert any("tells apart" in message for message in said)
    assert any("beside no image" in message for message in said)


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dicom3tools are not installed")
def test_an_independent_program_finds_no_error_in_it(made: tuple[Project, HeadCT]) -> None:
    done = subprocess.run(["dciodvfy", "-new", made[0].out / MASK], capture_output=True, text=True, check=False)
    assert [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")] == []


def test_it_waits_is_accepted_listed_and_withdrawn_with_its_series(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.make()
    shutil.copy(get_testdata_file("DICOMDIR"), project.source / "A1" / "dicomdir")  # asks for one in its place
    assert project.run(dicomdir="rebuild", is_held=True).held == 1
    assert not project.out.exists()
    (waiting,) = deid.held_series(project.out, project.private)
    assert len(waiting.files) == 48
    assert deid.decide(project.out, project.private, accept=["HEAD-001"]).accepted == 1
    assert project.masks() == [MASK]
    assert len(list(project.out.rglob("DICOMDIR"))) == 1
    assert project.errors() == []
    assert deid.decide(project.out, project.private, withdraw=["HEAD-001"]).withdrawn == 1
    assert not project.out.exists()


def test_what_is_not_defaced_has_none(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.make()
    assert project.run("none").released == 1
    assert project.masks() == []


def test_without_highdicom_the_run_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "highdicom", None)
    project = Project(tmp_path)
    project.make()
    with pytest.raises(PlanError, match="slicerdeid\\[seg\\]"):
        project.run()
    assert not project.out.exists()
    assert not project.private.exists()
