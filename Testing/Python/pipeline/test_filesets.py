# SPDX-License-Identifier: Apache-2.0
"""A DICOMDIR in the output tells of all that is released below it and of nothing else, whatever happens."""

from __future__ import annotations

import os
import shutil
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
import SlicerDeidLib as deid
from ctseries import make_patient
from pydicom.data import get_testdata_file
from pydicom.fileset import FileSet
from SlicerDeidLib.errors import OutputError, PlanError
from SlicerDeidLib.output import directories, journal, journalfile
from SlicerDeidLib.verification.report import write_run_report

KEY = b"k" * 32


class Project:
    """Two patients with a CD each, which lies in a folder of folders."""

    def __init__(self, folder: Path) -> None:
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        make_patient(self.source, "CANARYFOLDER1", number=1, series=2)
        make_patient(self.source, "CANARYFOLDER2", number=2)
        for place in (".", "CANARYFOLDER1", "CANARYFOLDER2"):
            shutil.copy(get_testdata_file("DICOMDIR"), self.source / place / "dicomdir")
        self.map = folder / "map.csv"
        self.map.write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S01\nCANARYFOLDER2,S02\n")

    def run(self, *, dicomdir: str = "rebuild", subjects: tuple[str, ...] = (), **options: Any) -> deid.RunRecord:
        policy = deid.with_choices(deid.read_policy("research"), deface="none", text="off")
        plan = deid.plan(
            deid.discover(self.source),
            policy,
            deid.read_map(self.map),
            key=KEY,
            private=self.private,
            subjects=subjects,
            dicomdir=dicomdir,
        )
        report = lambda record: write_run_report(record, plan, self.private)  # noqa: E731
        return deid.run(plan, self.out, is_synced=False, report=report, **options)

    def decide(self, **what: Any) -> deid.Decided:
        return deid.decide(self.out, self.private, **what)

    def told(self) -> dict[str, int]:
        """How many images each DICOMDIR tells of: all of them there, and its very ones."""
        return {p.parent.relative_to(self.out).as_posix(): images_of(p) for p in sorted(self.out.rglob("DICOMDIR"))}

    def findings(self) -> list[str]:
        report = deid.audit(self.out, original=self.source, private=self.private, key=KEY)
        return [f"{f.path}: {f.message}" for f in report.findings if f.severity == "error" or f.check == "record"]


def images_of(dicomdir: Path) -> int:
    """Load a File-set as a reader does, and every image that it names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a File ID with characters that CS does not have
        file_set = FileSet(dicomdir)
        reached = {Path(instance.path).resolve() for instance in file_set}
        for instance in file_set:
            image = instance.load()
            assert image.SOPInstanceUID == instance.SOPInstanceUID
            assert (image.PatientID, image.StudyInstanceUID) == (instance.PatientID, instance.StudyInstanceUID)
            assert image.file_meta.TransferSyntaxUID == instance.TransferSyntaxUID
        file_set._stage["t"].cleanup()  # which it leaves to the garbage collector, with a warning
    assert reached == {path.resolve() for path in dicomdir.parent.rglob("*.dcm")}
    return len(reached)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_dicomdir_lies_where_one_lay_and_tells_of_all_below_it(project: Project) -> None:
    project.run()
    assert project.told() == {".": 12, "S01": 8, "S02": 4}
    assert project.findings() == []


def test_no_dicomdir_is_written_unless_it_is_asked_for(project: Project) -> None:
    project.run(dicomdir="drop")
    assert project.told() == {}
    with pytest.raises(PlanError, match="drop, rebuild or redact"):
        project.run(dicomdir="copy")


def test_an_independent_program_reads_the_same_files(project: Project) -> None:
    program = shutil.which("dcdirdmp")
    if program is None:
        pytest.skip("dcdirdmp (Debian package dicom3tools) is not installed")
    project.run()
    told = subprocess.run([program, "-p", project.out / "DICOMDIR"], capture_output=True, text=True, check=True)
    names = sorted(path.relative_to(project.out).as_posix() for path in project.out.rglob("*.dcm"))
    assert sorted((told.stdout + told.stderr).split()) == names


def test_no_value_of_the_medium_is_in_it(project: Project) -> None:
    project.run()
    for path in project.out.rglob("DICOMDIR"):
        data = path.read_bytes()
        assert b"CANARY" not in data.upper()
        assert not any(value in data for value in (b"Doe", b"77654033", b"98890234", b"1.3.6.1.4.1.5962"))


def test_what_waits_is_told_of_when_it_is_accepted_and_not_after_it_is_withdrawn(project: Project) -> None:
    project.run(is_held=True)
    assert project.told() == {}
    project.decide(accept=["S01"])
    assert project.told() == {".": 8, "S01": 8}
    project.decide(accept=["S02"], reject=[])
    assert project.told() == {".": 12, "S01": 8, "S02": 4}
    project.decide(withdraw=["S01/1"])
    assert project.told() == {".": 8, "S01": 4, "S02": 4}
    assert project.findings() == []
    project.decide(withdraw=["S01", "S02"])
    assert not project.out.exists()


def test_patients_that_join_later_are_told_of(project: Project) -> None:
    project.run(subjects=("S01",))
    assert project.told() == {".": 8, "S01": 8}
    project.run(subjects=("S02",))
    assert project.told() == {".": 12, "S01": 8, "S02": 4}


def test_a_run_that_does_nothing_leaves_it_alone_and_another_choice_takes_it_away(project: Project) -> None:
    project.run()
    before = {path: path.stat().st_ino for path in project.out.rglob("DICOMDIR")}
    data = {path: path.read_bytes() for path in before}
    project.run()
    assert {path: path.stat().st_ino for path in project.out.rglob("DICOMDIR")} == before
    project.run(is_overwrite=True)
    assert {path: path.read_bytes() for path in project.out.rglob("DICOMDIR")} == data
    project.run(dicomdir="drop")
    assert project.told() == {}
    assert project.findings() == []


def test_one_that_somebody_deleted_is_written_again_and_one_that_was_changed_stops_the_run(project: Project) -> None:
    project.run()
    (project.out / "S01" / "DICOMDIR").unlink()
    assert any("next run or review" in finding for finding in project.findings())
    project.run()
    assert project.told() == {".": 12, "S01": 8, "S02": 4}
    (project.out / "S02" / "DICOMDIR").write_bytes(b"mine")
    for change in (lambda: project.run(is_overwrite=True), lambda: project.decide(withdraw=["S01"])):
        with pytest.raises(OutputError, match="S02/DICOMDIR"):
            change()
    assert (project.out / "S02" / "DICOMDIR").read_bytes() == b"mine"


class Killed(BaseException):
    """What no part of the program catches."""


def killed_after(steps: int, patch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Let everything that changes OUT or the journal fail from a step on, as after a kill."""
    count = 0

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count > steps:
                raise Killed
            return function(*args, **options)

        return step

    for module in (directories, journal):
        for name in ("remove_files", "commit"):
            patch.setattr(module, name, counted(getattr(module, name)))
    patch.setattr(journalfile.JournalFile, "append", counted(journalfile.JournalFile.append))
    patch.setattr(os, "rename", counted(os.rename))
    return lambda: count


@pytest.mark.parametrize("what", ["run", "withdraw"])
def test_a_kill_at_any_step_leaves_none_that_tells_of_what_is_not_there(tmp_path: Path, what: str) -> None:
    start = tmp_path / "start"
    project = Project(start)
    project.run(subjects=("S01",))
    steps, is_killed = 0, True
    while is_killed:
        steps += 1
        shutil.rmtree(project.out)
        shutil.rmtree(project.private)
        project.run(subjects=("S01",))
        work = project.run if what == "run" else (lambda: project.decide(withdraw=["S01/2"]))
        with pytest.MonkeyPatch.context() as patch:
            killed_after(steps, patch)
            try:
                work()
                is_killed = False
            except Killed:
                pass
        project.told()
        project.run()
        first = len(list((project.out / "S01").rglob("*.dcm")))
        assert project.told() == {".": first + 4, "S01": first, "S02": 4}
        assert first == 8 or what == "withdraw"
        assert project.findings() == []
    assert steps > 10


@pytest.mark.parametrize("name", ["cut", "text", "loop", "lost"])
def test_a_damaged_dicomdir_is_replaced_like_any_other(project: Project, name: str) -> None:
    path = project.source / "CANARYFOLDER1" / "dicomdir"
    if name == "cut":
        path.write_bytes(path.read_bytes()[:3000])
    elif name == "text":
        path.write_bytes(bytes(128) + b"DICM" + b"nonsense" * 9)
    else:
        damaged = pydicom.dcmread(path)
        for record in damaged.DirectoryRecordSequence:
            record.OffsetOfTheNextDirectoryRecord = record.seq_item_tell if name == "loop" else 7
        damaged.save_as(path)
    assert project.run().released == 3
    assert project.told() == {".": 12, "S01": 8, "S02": 4}


def test_directories_of_a_medium_that_are_no_dicomdir_are_left_out(project: Project) -> None:
    shutil.copy(project.source / "dicomdir", project.source / "CANARYFOLDER2" / "DIRFILE")
    (project.source / "CANARYFOLDER2" / "dicomdir").unlink()
    project.run()
    assert project.told() == {".": 12, "S01": 8}


def change(path: Path, edit: Callable[[pydicom.Dataset], None]) -> None:
    dataset = pydicom.dcmread(path)
    edit(dataset)
    dataset.save_as(path)


def records(dataset: pydicom.Dataset, kind: str) -> list[pydicom.Dataset]:
    return [record for record in dataset.DirectoryRecordSequence if record.DirectoryRecordType == kind]


def plant_name(dataset: pydicom.Dataset) -> None:
    records(dataset, "PATIENT")[0].PatientName = "S02"  # of the same length: the offsets stay right


def plant_comment(dataset: pydicom.Dataset) -> None:
    records(dataset, "IMAGE")[-1].ImageComments = "says more"  # of the last one: the offsets stay right


def point_elsewhere(dataset: pydicom.Dataset) -> None:
    records(dataset, "IMAGE")[0].ReferencedFileID = records(dataset, "IMAGE")[1].ReferencedFileID


def turn_in_a_circle(dataset: pydicom.Dataset) -> None:
    first = records(dataset, "IMAGE")[0]
    first.OffsetOfTheNextDirectoryRecord = first.seq_item_tell


def lead_nowhere(dataset: pydicom.Dataset) -> None:
    records(dataset, "STUDY")[0].OffsetOfReferencedLowerLevelDirectoryEntity += 2


def name_the_set(dataset: pydicom.Dataset) -> None:
    dataset.file_meta.PrivateInformation, dataset.file_meta.PrivateInformationCreatorUID = b"me", "1.2.3"


def rename_an_image(dataset: pydicom.Dataset) -> None:
    uid = records(dataset, "IMAGE")[0].ReferencedSOPInstanceUIDInFile
    records(dataset, "IMAGE")[0].ReferencedSOPInstanceUIDInFile = uid[:-1] + str((int(uid[-1]) + 1) % 10)


@pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's, of File IDs
@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (plant_name, "A record says what no file below it says"),
        (plant_comment, "A record says what no file below it says"),
        (point_elsewhere, "Two records point to one file"),
        (point_elsewhere, "is missing in it"),
        (turn_in_a_circle, "lead twice"),
        (lead_nowhere, "lead where no record is"),
        (name_the_set, "file meta information holds PrivateInformation"),
        (rename_an_image, "ReferencedSOPInstanceUIDInFile is not that of the file"),
    ],
)
def test_the_audit_finds_what_is_wrong_with_it(
    project: Project, edit: Callable[[pydicom.Dataset], None], message: str
) -> None:
    project.run()
    change(project.out / "S01" / "DICOMDIR", edit)
    assert any(message in finding and "S01/DICOMDIR" in finding for finding in project.findings())


def test_the_audit_misses_no_image_that_it_does_not_tell_of(project: Project) -> None:
    project.run()
    next((project.out / "S02").rglob("*.dcm")).unlink()
    found = project.findings()
    assert any("S02/DICOMDIR" in finding and "points to a file that is not there" in finding for finding in found)
    assert any(finding.startswith("DICOMDIR:") for finding in found)


def test_the_audit_finds_the_mediums_own_dicomdir(project: Project) -> None:
    project.run()
    shutil.copy(project.source / "dicomdir", project.out / "S01" / "DICOMDIR")
    assert any("S01/DICOMDIR: A value of PatientName" in finding for finding in project.findings())
