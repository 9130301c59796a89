# SPDX-License-Identifier: Apache-2.0
"""A medium in a zip: its DICOMDIR is rebuilt in it and tells of what is in it, as one outside of what lies loose."""

from __future__ import annotations

import shutil
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest
import SlicerDeidLib as deid
from ctseries import make_patient
from pydicom.data import get_testdata_file
from pydicom.fileset import FileSet
from SlicerDeidLib.files.zips import members
from SlicerDeidLib.verification.report import write_run_report
from zipcases import as_zip

KEY = b"k" * 32


class Project:
    """A patient with a medium in a zip, a loose series beside it, and a DICOMDIR above both."""

    def __init__(self, folder: Path) -> None:
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        make_patient(self.source, "CANARYFOLDER1", series=3)
        first = self.source / "CANARYFOLDER1"
        (first / "CANARYPACK").mkdir()
        for number in (1, 2):
            (first / f"CANARYSUB{number}").rename(first / "CANARYPACK" / f"CANARYSUB{number}")
        for place in (first, first / "CANARYPACK"):
            shutil.copy(get_testdata_file("DICOMDIR"), place / "DICOMDIR")
        as_zip(first / "CANARYPACK")
        self.map = folder / "map.csv"
        self.map.write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S01\n")

    def run(self, *, dicomdir: str = "rebuild", **options: Any) -> deid.RunRecord:
        policy = deid.with_choices(deid.read_policy("research"), deface="none", text="off")
        rows = deid.read_map(self.map)
        plan = deid.plan(deid.discover(self.source), policy, rows, key=KEY, private=self.private, dicomdir=dicomdir)
        report = lambda record: write_run_report(record, plan, self.private)  # noqa: E731
        return deid.run(plan, self.out, is_synced=False, report=report, **options)

    def unpacked(self, folder: Path) -> Path:
        """Unpack the zip as its receiver does."""
        shutil.rmtree(folder, ignore_errors=True)
        with zipfile.ZipFile(self.out / "S01" / "folder-01.zip") as packed:
            packed.extractall(folder)
        return folder

    def findings(self) -> list[str]:
        report = deid.audit(self.out, original=self.source, private=self.private, key=KEY)
        return [f"{f.path}: {f.message}" for f in report.findings if f.severity == "error" or f.check == "record"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def told(folder: Path) -> int:
    """Return how many images a DICOMDIR tells of, all of which are there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a File ID with characters that CS does not have
        file_set = FileSet(folder / "DICOMDIR")
        file_set._stage["t"].cleanup()  # which it leaves to the garbage collector, with a warning
    assert all(Path(instance.path).is_file() for instance in file_set)
    return len(file_set)


def test_by_default_none_is_written_and_each_is_listed(project: Project) -> None:
    project.run(dicomdir="drop")
    assert not list(project.out.rglob("DICOMDIR"))
    names = [member.name for member in members(project.out / "S01" / "folder-01.zip")]
    assert len(names) == 8
    assert "DICOMDIR" not in names
    assert project.findings() == []


def test_each_tells_of_what_its_reader_can_reach(project: Project, tmp_path: Path) -> None:
    project.run()
    assert told(project.out / "S01") == 4
    assert told(project.unpacked(tmp_path / "unpacked")) == 8
    assert project.findings() == []


def test_it_follows_what_comes_and_goes(project: Project, tmp_path: Path) -> None:
    project.run()
    deid.decide(project.out, project.private, withdraw=["S01/1"])
    assert told(project.unpacked(tmp_path / "unpacked")) == 4
    deid.decide(project.out, project.private, withdraw=["S01/2"])
    assert not (project.out / "S01" / "folder-01.zip").exists()
    project.run()
    assert told(project.out / "S01") == 4
    assert project.findings() == []


def test_a_second_run_writes_nothing_again(project: Project) -> None:
    project.run()
    before = {path: path.stat().st_ino for path in project.out.rglob("*")}
    project.run()
    assert {path: path.stat().st_ino for path in project.out.rglob("*")} == before


def test_one_that_is_redacted_is_read_from_the_zip(project: Project) -> None:
    record = project.run(dicomdir="redact")
    assert len(record.unwritten) == 2  # pydicom's sample names other files
    assert all("does not name" in said for said in record.unwritten)
    assert project.findings() == []


def test_the_audit_says_what_a_dicomdir_in_a_zip_does_not_tell(project: Project) -> None:
    project.run()
    path = project.out / "S01" / "folder-01.zip"
    with zipfile.ZipFile(path) as packed:
        kept = {info: packed.read(info) for info in packed.infolist()}
    with zipfile.ZipFile(path, "w") as packed:
        for number, (info, data) in enumerate(kept.items()):
            if number != 3:
                packed.writestr(info, data)
    assert any(said.startswith("S01/folder-01.zip/DICOMDIR: ") for said in project.findings())
