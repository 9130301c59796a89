# SPDX-License-Identifier: Apache-2.0
"""Zip files through the whole house: a zip that came in goes out as a zip of the same content, de-identified."""

from __future__ import annotations

import os
import shutil
import signal
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import SlicerDeidLib as deid
from ctseries import make_patient
from SlicerDeidLib.errors import Cancelled, DiskError, OutputError
from SlicerDeidLib.model.record import Status
from SlicerDeidLib.output.staging import FILE_TIME_S, held_folder, staging_folder
from SlicerDeidLib.pipeline.series import Outcome, SeriesTask
from zipcases import as_zip, files_below, pack_two, zip_of_files

KEY = b"k" * 32


class Project:
    """An input of two patients and the way through the house."""

    def __init__(self, folder: Path) -> None:
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        self.map = folder / "map.csv"
        make_patient(self.source, "CANARYFOLDER1", number=1, series=3)
        make_patient(self.source, "CANARYFOLDER2", number=2)
        self.map.write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S01\nCANARYFOLDER2,S02\n")

    def pack(self) -> None:
        """Pack two series of the first patient into one zip, and the second patient as a whole."""
        pack_two(self.source / "CANARYFOLDER1")
        as_zip(self.source / "CANARYFOLDER2")

    def plan(self, **options: Any) -> deid.Plan:
        rules = deid.read_policy("research")
        rules = replace(rules, deface=replace(rules.deface, method="none"), text=replace(rules.text, mode="off"))
        return deid.plan(
            deid.discover(self.source), rules, deid.read_map(self.map), key=KEY, private=self.private, **options
        )

    def run(self, **options: Any) -> deid.RunRecord:
        return deid.run(self.plan(), self.out, **{"is_synced": False, **options})

    def files(self) -> dict[str, bytes]:
        return files_below(self.out)

    def decide(self, **what: Any) -> deid.Decided:
        return deid.decide(self.out, self.private, **what)

    def audit(self) -> list[str]:
        """Return what an audit without the original says that is wrong."""
        return [f"{f.path}: {f.message}" for f in deid.audit(self.out).findings]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def packed(project: Project) -> Project:
    project.pack()
    return project


def test_a_study_in_a_zip_is_released_byte_for_byte_as_a_loose_one(project: Project, tmp_path: Path) -> None:
    project.run()
    loose = {name.rpartition("/")[2]: data for name, data in project.files().items()}
    project.pack()
    project.out, project.private = tmp_path / "out2", tmp_path / "private2"
    assert project.run().released == 4
    files = project.files()
    assert {name.rpartition("/")[2]: data for name, data in files.items()} == loose
    assert sorted(path.relative_to(project.out).as_posix() for path in project.out.rglob("*.zip")) == [
        "S01/folder-01.zip",
        "S02/S02.zip",
    ]
    assert [name for name in files if name.endswith("_00001.dcm")] == [
        "S01/folder-01.zip/series-01/S01_001_00001.dcm",
        "S01/folder-01.zip/series-02/S01_002_00001.dcm",
        "S01/series-01/S01_003_00001.dcm",
        "S02/S02.zip/series-01/S02_001_00001.dcm",
    ]
    assert project.audit() == []


def test_no_name_of_a_zip_is_told(packed: Project) -> None:
    events: list[dict[str, object]] = []
    record = packed.run(progress=events.append)
    said = f"{record}{events}{packed.plan()}{(packed.private / 'journal.jsonl').read_text()}"
    assert "CANARY" not in said.upper()
    for path in packed.out.rglob("*.zip"):
        assert b"CANARY" not in path.read_bytes().upper()


def test_a_clinical_name_of_a_zip_stays(project: Project) -> None:
    (project.source / "CANARYFOLDER1" / "CANARYSUB1").rename(project.source / "CANARYFOLDER1" / "CT HEAD 5mm")
    as_zip(project.source / "CANARYFOLDER1" / "CT HEAD 5mm", "CT HEAD 5mm.ZIP")
    (project.source / "CANARYFOLDER1" / "CANARYSUB2").rename(project.source / "CANARYFOLDER1" / "CT.zip")
    project.run()
    assert (project.out / "S01" / "CT HEAD 5mm.zip").is_file()
    assert not (project.out / "S01" / "CT.zip").exists()
    assert project.audit() == []


def test_a_zip_is_the_same_whatever_order_its_series_came_in(packed: Project, tmp_path: Path) -> None:
    packed.run()
    first = {path.name: path.read_bytes() for path in packed.out.rglob("*.zip")}
    packed.out, packed.private = tmp_path / "out2", tmp_path / "private2"
    deid.run(packed.plan(leave_out=["S01/1"]), packed.out, is_synced=False)
    assert {path.name: path.read_bytes() for path in packed.out.rglob("*.zip")} != first
    packed.run()
    assert {path.name: path.read_bytes() for path in packed.out.rglob("*.zip")} == first
    assert {path.stat().st_mtime for path in packed.out.rglob("*.zip")} == {FILE_TIME_S}
    assert not staging_folder(packed.out).exists()


@pytest.mark.parametrize(("limit", "value"), [("ZIP64_LIMIT", 9000), ("ZIP_FILECOUNT_LIMIT", 3)])
def test_zips_beyond_the_limits_of_old_ones_are_written_read_and_clean(
    packed: Project, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    """Files and zips of more than 2 GiB, and more than 65 535 files, stand-ins for which are smaller ones."""
    monkeypatch.setattr(zipfile, limit, value)
    packed.run()
    assert len(packed.files()) == 16
    assert packed.audit() == []
    monkeypatch.undo()
    assert all(series.is_resumed for series in packed.run().series)
    assert packed.audit() == []


def test_another_program_reads_the_zips(packed: Project) -> None:
    packed.run()
    for path in packed.out.rglob("*.zip"):
        with zipfile.ZipFile(path) as opened:
            assert opened.testzip() is None
            assert {info.date_time for info in opened.infolist()} == {(2000, 1, 1, 0, 0, 0)}


def test_a_second_run_does_nothing_again(packed: Project) -> None:
    packed.run()
    before = {path: path.stat().st_ino for path in packed.out.rglob("*")}
    assert all(series.is_resumed for series in packed.run().series)
    assert {path: path.stat().st_ino for path in packed.out.rglob("*")} == before


def test_a_zip_that_went_away_is_made_again(packed: Project) -> None:
    packed.run()
    before = packed.files()
    (packed.out / "S01" / "folder-01.zip").unlink()
    resumed = {series.place: series.is_resumed for series in packed.run().series}
    assert [place for place, is_resumed in resumed.items() if not is_resumed] == ["S01, series 1", "S01, series 2"]
    assert packed.files() == before


def test_what_somebody_put_into_a_zip_of_ours_keeps_the_run_from_going_on(packed: Project) -> None:
    packed.run()
    with zipfile.ZipFile(packed.out / "S02" / "S02.zip", "a") as opened:
        opened.writestr("notes.txt", "x")
    with pytest.raises(OutputError, match="holds 1 file, link or empty folder"):
        packed.run()
    assert any("no DICOM file" in said for said in packed.audit())
    assert any("tells more than names and bytes" in said for said in packed.audit())


@pytest.mark.parametrize("is_damaged", [False, True])
def test_a_zip_that_somebody_changed_is_not_written_over(packed: Project, is_damaged: bool) -> None:
    packed.run()
    path = packed.out / "S02" / "S02.zip"
    data = bytearray(path.read_bytes())
    data[2000] ^= 1
    path.write_bytes(data[:-30] if is_damaged else data)
    with pytest.raises(OutputError, match="changed since"):
        packed.run(is_overwrite=True)
    assert path.read_bytes() == (data[:-30] if is_damaged else data)


def test_overwriting_makes_the_same_zips_anew(packed: Project) -> None:
    packed.run()
    before = packed.files()
    assert packed.run(is_overwrite=True).released == 4
    assert packed.files() == before


def test_series_that_wait_are_loose_and_are_packed_when_they_are_accepted(packed: Project) -> None:
    packed.run(is_held=True)
    assert not packed.out.exists()
    held = deid.held_series(packed.out, packed.private)
    assert all((one.folder / name).is_file() for one in held for name in one.files)
    assert packed.decide(accept=["S01/1", "S02"], reject=["S01/2"]).accepted == 2
    assert [name for name in packed.files() if name.endswith("1.dcm")] == [
        "S01/folder-01.zip/series-01/S01_001_00001.dcm",
        "S02/S02.zip/series-01/S02_001_00001.dcm",
    ]
    assert packed.decide(accept=["S01/3"]).accepted == 1
    assert not held_folder(packed.out).exists()
    assert not staging_folder(packed.out).exists()
    assert packed.audit() == []


def test_a_withdrawn_series_leaves_its_zip_and_takes_the_last_one_with_it(packed: Project) -> None:
    packed.run()
    before = packed.files()
    assert packed.decide(withdraw=["S01/2", "S02"]).withdrawn == 2
    assert packed.files() == {
        name: data for name, data in before.items() if "/S01_002_" not in name and "S02" not in name
    }
    assert not (packed.out / "S02").exists()
    assert packed.decide(withdraw=["S01"]).withdrawn == 2
    assert not packed.out.exists()


def test_finished_series_in_zips_are_listed_and_looked_at(packed: Project) -> None:
    packed.run()
    for private in (packed.private, packed.private / "none"):
        listed = deid.released_series(packed.out, private)
        assert sorted(one.place for one in listed) == ["S01/1", "S01/2", "S01/3", "S02/1"]
        assert all(len(one.files) == 4 for one in listed)
        for one in listed:
            assert deid.open_finished(one).preview.before.shape[0] == 4


def test_late_series_join_the_zip_of_the_earlier_ones(packed: Project, tmp_path: Path) -> None:
    path = packed.source / "CANARYFOLDER1" / "CANARYPACK.zip"
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as opened:
        early = {info.filename: opened.read(info) for info in opened.infolist() if "CANARYSUB1/" in info.filename}
    zip_of_files(path, {name: data for name, data in early.items() if not name.endswith("/")})
    packed.run()
    before = packed.files()
    path.write_bytes(whole)
    assert packed.run().released == 4
    assert len(packed.files()) == len(before) + 4
    assert before.items() <= packed.files().items()


@pytest.mark.parametrize(("first_bytes", "reason"), [(1 << 16, "a file in its folder"), (4096, "a file in a zip")])
def test_a_damaged_image_in_a_zip_refuses_its_series_only(
    packed: Project, monkeypatch: pytest.MonkeyPatch, first_bytes: int, reason: str
) -> None:
    """A small one is seen while it is planned, one that is longer than what the plan needs when it is read whole."""
    monkeypatch.setattr("SlicerDeidLib.formats.dicom.file._FIRST_BYTES", first_bytes)
    path = packed.source / "CANARYFOLDER1" / "CANARYPACK.zip"
    with zipfile.ZipFile(path) as opened:
        infos = opened.infolist()
        contents = {info.filename: opened.read(info) for info in infos if not info.is_dir()}
    zip_of_files(path, contents, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    image = next(value for name, value in contents.items() if name.endswith("CANARYSUB1/IM0002"))
    data[data.index(image) + len(image) - 10] ^= 1
    path.write_bytes(data)
    record = packed.run()
    (refused,) = (series for series in record.series if series.status is Status.REFUSED)
    assert refused.place == "S01, series 1"
    assert refused.reason.startswith(f"{reason} is damaged")
    assert record.released == 3


def test_a_zip_that_changed_after_the_plan_refuses_its_series(packed: Project) -> None:
    plan = packed.plan()
    path = packed.source / "CANARYFOLDER2.zip"
    with zipfile.ZipFile(path, "a") as opened:
        opened.writestr("notes.txt", "x")
    record = deid.run(plan, packed.out, is_synced=False)
    assert [s.reason for s in record.series if s.status is Status.REFUSED] == [
        "a file changed after the plan was made; plan again"
    ]


def test_series_beside_a_zip_that_is_not_opened_are_refused(packed: Project) -> None:
    (packed.source / "CANARYFOLDER1" / "CANARYSUB3" / "more.zip").write_bytes(b"PK\x03\x04rest")
    refused = [s.series.number for s in packed.plan().series if s.verdict is deid.Verdict.REFUSE]
    assert refused == [3]


def test_the_map_may_name_a_zip_with_its_ending_and_a_folder_of_that_name_comes_first(packed: Project) -> None:
    packed.map.write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S01\nCANARYFOLDER2.zip,S02\n")
    assert {s.subject.deidentification_id for s in packed.plan().series} == {"S01", "S02"}
    make_patient(packed.source, "CANARYFOLDER2", number=5)
    packed.map.write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S01\nCANARYFOLDER2,S02\n")
    assert {s.subject.folder for s in packed.plan().series} == {"CANARYFOLDER1", "CANARYFOLDER2"}


def test_a_new_id_that_holds_the_name_of_a_zip_is_refused(packed: Project) -> None:
    packed.map.write_text(
        "Accession_number,De-identification_ID\nCANARYFOLDER1,S01\nCANARYFOLDER2.zip,XCANARYFOLDER2\n"
    )
    assert [problem.where for problem in packed.plan().errors] != []


def test_a_full_disk_while_a_zip_is_written_leaves_the_earlier_one(
    packed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from SlicerDeidLib.output import commits

    deid.run(packed.plan(leave_out=["S01/2"]), packed.out, is_synced=False)
    before = packed.files()

    def full(path: Path, sources: object) -> None:
        path.write_bytes(b"PK")
        raise OSError(28, "full")

    monkeypatch.setattr(commits, "write_zip", full)
    with pytest.raises(DiskError, match="is full"):
        packed.run()
    assert packed.files() == before
    monkeypatch.undo()
    assert packed.run().released == 4
    assert not staging_folder(packed.out).exists()


def test_room_is_needed_for_a_zip_and_for_what_goes_into_it(packed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(packed.source)
    sizes = sum(i.size_bytes for s in packed.plan().series for i in s.instances)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=int(1.3 * sizes)))
    with pytest.raises(OutputError, match="make room"):
        packed.run()


def test_several_processes_make_the_same_zips(packed: Project, tmp_path: Path) -> None:
    packed.run()
    first = {path.name: path.read_bytes() for path in packed.out.rglob("*.zip")}
    packed.out, packed.private = tmp_path / "out2", tmp_path / "private2"
    with deid.processes(2) as executor:
        assert packed.run(executor=executor).released == 4
    assert {path.name: path.read_bytes() for path in packed.out.rglob("*.zip")} == first


def test_a_zip_is_written_once_in_a_run(packed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    from SlicerDeidLib.output import commits

    written = []
    write_zip = commits.write_zip
    monkeypatch.setattr(commits, "write_zip", lambda path, sources: written.append(path) or write_zip(path, sources))
    packed.run()
    assert len(written) == 2
    packed.run(is_overwrite=True)
    assert len(written) == 4


def stopping(function: Callable[[SeriesTask], Outcome], tasks: Iterable[SeriesTask]) -> Iterator[Outcome]:
    """Work as the serial executor does, and stop when one series was finished."""
    first, *_ = tasks
    yield function(first)
    raise Cancelled(2)


def test_a_run_that_is_stopped_packs_what_is_finished(packed: Project) -> None:
    records: list[deid.RunRecord] = []
    with pytest.raises(Cancelled):
        packed.run(executor=stopping, report=records.append)
    assert [(series.place, series.status) for series in records[0].series] == [("S01, series 1", Status.RELEASED)]
    assert {name.rpartition("/")[0] for name in packed.files()} == {"S01/folder-01.zip/series-01"}
    assert not staging_folder(packed.out).exists()
    assert [series.is_resumed for series in packed.run().series].count(True) == 1


def dying(function: Callable[[SeriesTask], Outcome], tasks: Iterable[SeriesTask]) -> Iterator[Outcome]:
    """Work as the serial executor does, and be killed when one series was finished."""
    first, *_ = tasks
    yield function(first)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a process is killed in a copy of this one")
def test_of_a_run_that_is_killed_nothing_that_is_finished_is_made_again(packed: Project) -> None:
    child = os.fork()
    if child == 0:
        try:
            packed.run(executor=dying)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert not packed.out.exists()
    assert [series.is_resumed for series in packed.run().series].count(True) == 1
    assert len(packed.files()) == 16


def test_nifti_files_lie_beside_their_images_in_the_zip(packed: Project) -> None:
    packed.run(nifti=True)
    assert [name for name in packed.files() if name.endswith(".nii.gz")] == [
        "S01/folder-01.zip/series-01/S01_001.nii.gz",
        "S01/folder-01.zip/series-02/S01_002.nii.gz",
        "S01/series-01/S01_003.nii.gz",
        "S02/S02.zip/series-01/S02_001.nii.gz",
    ]
    assert packed.audit() == []


def test_the_inventory_of_an_output_counts_what_is_in_zips(packed: Project) -> None:
    packed.run()
    found = deid.inventory(deid.discover(packed.out))
    assert (found.subjects, found.images, found.unread) == (2, 16, 0)
    assert deid.inventory(packed.plan()).images == 16


def test_a_series_in_a_zip_can_be_previewed_and_looked_at_beside_its_original(packed: Project) -> None:
    policy = deid.with_choices(deid.read_policy("research"), deface="none", text="off")
    rows = deid.read_map(packed.map)
    packed.run()
    finished = {one.place: one for one in deid.released_series(packed.out, packed.private)}
    for folder, number, place in (("CANARYFOLDER1", 2, "S01/2"), ("CANARYFOLDER2.zip", 1, "S02/1")):
        options = {"private": packed.private, "key": KEY}
        *_, shown = deid.open_preview(packed.source, folder, number, policy, rows, **options).looks()
        original = deid.open_original(packed.source, place, policy, rows, **options).original()
        beside = deid.open_finished(finished[place], original)
        assert beside.has_original
        assert (shown.before.stored == original.stored).all()
        assert (beside.preview.after == original.stored).all()
