# SPDX-License-Identifier: Apache-2.0
"""NIfTI beside the released images: what is in it, and that it comes and goes with its series; the audit reads it."""

from __future__ import annotations

import gzip
import os
import shutil
import struct
import sys
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
import SlicerDeidLib as deid
from SlicerDeidLib.errors import FormatError, PlanError
from SlicerDeidLib.formats.nifti import packed_volume
from SlicerDeidLib.model.record import Finding
from SlicerDeidLib.sample.phantom import HeadCT, Lattice, make_head
from SlicerDeidLib.sample.study import write_map, write_study
from SlicerDeidLib.verification.audit import audit
from SlicerDeidLib.verification.report import write_run_report

TILTED = Lattice(
    slices=48, rows=96, columns=96, pixel_spacing_mm=2.6, tilt_degrees=10.0, is_descending=True, padding_value=-2000
)
KEY = b"k" * 32
IMAGE, MASK = "HEAD-001/HEAD 1/HEAD-001_001_defaced.nii.gz", "HEAD-001/HEAD 1/HEAD-001_001_defaced_mask.nii.gz"


class Project:
    """One made head, and the way through the house."""

    def __init__(self, folder: Path) -> None:
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        self.map = folder / "map.xlsx"

    def make(self, lattice: Lattice = TILTED) -> HeadCT:
        study = write_study(self.source / "A1" / "HEAD 1", lattice=lattice, has_text=False)
        write_map(self.map, [("A1", "HEAD-001")])
        return study.head

    def plan(self, deface: str = "auto") -> deid.Plan:
        policy = deid.with_choices(deid.read_policy("research"), text="morph", deface=deface)
        subjects = deid.read_map(self.map)
        return deid.plan(deid.discover(self.source), policy, subjects, key=KEY, private=self.private)

    def run(self, deface: str = "auto", **options: object) -> deid.RunRecord:
        plan = self.plan(deface)

        def report(record: deid.RunRecord) -> None:
            write_run_report(record, plan, self.private)

        return deid.run(plan, self.out, is_synced=False, nifti=True, report=report, **options)  # type: ignore[arg-type]

    def niftis(self) -> list[str]:
        return sorted(p.relative_to(self.out).as_posix() for p in self.out.rglob("*.nii.gz"))

    def errors(self) -> list[Finding]:
        report = audit(self.out, original=self.source, private=self.private, key=KEY)
        return [finding for finding in report.findings if finding.severity == "error"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, HeadCT]:
    """A finished run; not to be changed."""
    folder = tmp_path_factory.mktemp("niftis")
    project = Project(folder)
    head = project.make()
    assert project.run().released == 1
    return folder, head


@pytest.fixture
def copy(made: tuple[Path, HeadCT], tmp_path: Path) -> Project:
    """The output of that run by itself, to be spoiled."""
    shutil.copytree(made[0], tmp_path / "copy")
    return Project(tmp_path / "copy")


def image_at(project: Project, points: np.ndarray) -> np.ndarray:
    """Return the values of the image at LPS places (n, 3), by what its header says."""
    image = nibabel.load(project.out / IMAGE)
    ras = points * [-1.0, -1.0, 1.0]
    places = np.rint(nibabel.affines.apply_affine(np.linalg.inv(image.affine), ras)).astype(int)
    return np.asarray(image.dataobj)[tuple(places.T)]


def test_a_defaced_series_has_its_image_and_its_mask_beside_it(made: tuple[Path, HeadCT]) -> None:
    project = Project(made[0])
    assert project.niftis() == [IMAGE, MASK]
    assert project.errors() == []


def test_every_voxel_lies_where_its_slice_says_and_has_its_value(made: tuple[Path, HeadCT]) -> None:
    project = Project(made[0])
    random = np.random.default_rng(1)
    for path in sorted(project.out.rglob("*.dcm"))[::7]:
        dataset = pydicom.dcmread(path)
        rows, columns = random.integers(0, 96, (2, 40))
        right, down = np.array(dataset.ImageOrientationPatient, float).reshape(2, 3) * 2.6
        points = np.array(dataset.ImagePositionPatient, float) + columns[:, None] * right + rows[:, None] * down
        values = dataset.pixel_array[rows, columns] * dataset.RescaleSlope + dataset.RescaleIntercept
        assert np.array_equal(image_at(project, points), values)


def test_the_header_tells_nothing_but_geometry(made: tuple[Path, HeadCT]) -> None:
    for name in (IMAGE, MASK):
        packed = (made[0] / "out" / name).read_bytes()
        data = gzip.decompress(packed)
        assert not any(packed[3:8])
        assert not any(data[4:32] + data[148:252] + data[328:344] + data[348:352])
        header = nibabel.load(made[0] / "out" / name).header
        assert (int(header["sform_code"]), int(header["qform_code"])) == (1, 0)  # sheared: no qform says that


def test_the_mask_has_removed_tissue_and_outside_air_as_one_label(made: tuple[Path, HeadCT]) -> None:
    folder, head = made
    mask = np.asarray(nibabel.load(folder / "out" / MASK).dataobj)
    assert set(np.unique(mask)) == {0, 1}
    stays = mask.transpose(2, 1, 0)[::-1]  # the made head descends
    assert stays[head.intracranial].all()
    assert stays[~head.body].mean() < 1e-3  # air in the nose behind the cut
    assert stays[head.skin].mean() < 0.05
    assert not stays[head.volume.stored == -2000].any()


def test_it_waits_is_accepted_and_withdrawn_with_its_series(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.make(replace(TILTED, tilt_degrees=0.0))
    assert project.run(is_held=True).held == 1
    assert not project.out.exists()
    (waiting,) = deid.held_series(project.out, project.private)
    assert {Path(name).suffix for name in waiting.files} == {".dcm"}
    assert deid.decide(project.out, project.private, accept=["HEAD-001"]).accepted == 1
    assert project.niftis() == [IMAGE, MASK]
    assert project.errors() == []
    record = project.run()
    assert [series.is_resumed for series in record.series] == [True]
    (project.out / IMAGE).unlink()
    assert any(finding.path == IMAGE for finding in project.errors())
    assert [series.is_resumed for series in project.run().series] == [False]  # made again as a whole
    assert project.niftis() == [IMAGE, MASK]
    assert deid.decide(project.out, project.private, withdraw=["HEAD-001"]).withdrawn == 1
    assert not project.out.exists()


class Killed(BaseException):
    """What no part of the program catches."""


@pytest.mark.parametrize("renamed", [0, 1, 8])
def test_a_kill_while_it_is_released_leaves_it_whole_in_the_end(tmp_path: Path, renamed: int) -> None:
    project = Project(tmp_path)
    project.make(replace(TILTED, slices=8, lowest_mm=20.0))
    rename, count = os.rename, 0

    def killed(source: str | Path, target: str | Path) -> None:
        nonlocal count
        count += Path(target).suffix in (".dcm", ".gz")
        if count > renamed:
            raise Killed
        rename(source, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "rename", killed)
        with pytest.raises(Killed):
            project.run("none")
    assert project.run("none").released == 1
    assert project.niftis() == ["HEAD-001/HEAD 1/HEAD-001_001.nii.gz"]
    assert len(list(project.out.rglob("*.dcm"))) == 8
    assert project.errors() == []


def test_what_is_not_defaced_has_an_image_and_no_mask(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.make(replace(TILTED, slices=8, lowest_mm=20.0))
    assert project.run("none").released == 1
    assert project.niftis() == ["HEAD-001/HEAD 1/HEAD-001_001.nii.gz"]
    assert project.errors() == []


def test_unevenly_spaced_slices_are_released_without_and_that_is_said(tmp_path: Path) -> None:
    project = Project(tmp_path)
    heights = (0.0, 4.0, 8.0, 15.0, 22.0)
    project.make(replace(TILTED, positions_mm=heights, is_descending=False))
    (series,) = project.run("none").series
    assert any("no NIfTI file was made of it" in finding for finding in series.findings)
    assert project.niftis() == []


def test_without_nibabel_the_run_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nibabel", None)
    project = Project(tmp_path)
    project.make(replace(TILTED, slices=4))
    with pytest.raises(PlanError, match="slicerdeid\\[nifti\\]"):
        project.run()
    assert not project.out.exists()
    assert not project.private.exists()


def test_slices_that_are_scaled_each_by_its_own_are_no_nifti() -> None:
    head = make_head(Lattice(slices=4, rows=16, columns=16, pixel_spacing_mm=10.0))
    with pytest.raises(FormatError, match="scaled"):
        packed_volume(replace(head.volume, slope=np.arange(4) + 1.0), "x.nii.gz")


@pytest.mark.parametrize(
    ("start", "value", "said"),
    [(148, b"CANARYNAME", "holds words"), (328, b"x", "holds words"), (348, b"\1", "holds words"),
     (352 + 2 * 40_000, struct.pack("<h", 77), "other voxels")],
)  # fmt: skip
def test_the_audit_finds_what_a_nifti_must_not_hold(copy: Project, start: int, value: bytes, said: str) -> None:
    path = copy.out / IMAGE
    data = bytearray(gzip.decompress(path.read_bytes()))
    data[start : start + len(value)] = value
    path.write_bytes(gzip.compress(bytes(data), mtime=0))
    assert any(said in finding.message for finding in found(copy))


def test_the_audit_finds_the_name_that_a_packer_wrote_and_what_stands_behind_the_end(copy: Project) -> None:
    path = copy.out / IMAGE
    data = gzip.decompress(path.read_bytes())
    with path.open("wb") as stream, gzip.GzipFile("CANARYNAME", "wb", fileobj=stream) as file:
        file.write(data)
    assert any("name or a time" in finding.message for finding in found(copy))
    path.write_bytes(gzip.compress(data, mtime=0) + b"CANARY")
    assert any("behind the end" in finding.message for finding in found(copy))
    path.write_bytes(b"\x1f\x8b\x08" + bytes(20))
    assert any("cannot be read" in finding.message for finding in found(copy))


def test_the_audit_finds_a_mask_that_shows_what_was_removed(made: tuple[Path, HeadCT], copy: Project) -> None:
    _, head = made
    path = copy.out / MASK
    data = bytearray(gzip.decompress(path.read_bytes()))
    labels = np.frombuffer(data, np.uint8, offset=352).reshape(48, 96, 96)
    shown = labels * (~head.intracranial[::-1])  # tells brain from skull
    path.write_bytes(gzip.compress(bytes(data[:352]) + shown.astype(np.uint8).tobytes(), mtime=0))
    assert any("tells apart" in finding.message for finding in found(copy))
    path.write_bytes(gzip.compress(bytes(data[:352]) + (labels * 2).tobytes(), mtime=0))
    assert any("labels" in finding.message for finding in found(copy))


def test_the_audit_finds_a_nifti_without_its_images_and_one_of_another_name(copy: Project) -> None:
    shutil.copy(copy.out / IMAGE, copy.out / "HEAD-001" / "HEAD 1" / "HEAD-001_007_defaced.nii.gz")
    shutil.copy(copy.out / IMAGE, copy.out / "HEAD-001" / "HEAD 1" / "mine.nii.gz")
    said = [finding.message for finding in found(copy)]
    assert any("beside no image" in message for message in said)
    assert any("not named" in message for message in said)


def found(project: Project) -> list[Finding]:
    """Return the errors that the output shows by itself."""
    return [finding for finding in audit(project.out).findings if finding.severity == "error"]
