# SPDX-License-Identifier: Apache-2.0
"""Header-only runs through the whole house: what is released, refused, resumed and left behind."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pydicom
import pytest
import SlicerDeidLib as deid
from ctseries import make_ct_series, make_patient
from SlicerDeidLib.errors import Cancelled, DiskError, OutputError, PlanError, SeriesRefused
from SlicerDeidLib.output import journal
from SlicerDeidLib.output.ledger import read_ledger
from SlicerDeidLib.output.staging import FILE_TIME_S, SeriesWriter, staging_folder

KEY = b"k" * 32


class Project:
    """An input of two patients, its map, and the way through the house."""

    def __init__(self, folder: Path) -> None:
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        self.map = folder / "map.csv"
        make_patient(self.source, "CANARYFOLDER1", number=1, series=2)
        make_patient(self.source, "CANARYFOLDER2", number=2)
        self.write_map({"CANARYFOLDER1": "S01", "CANARYFOLDER2": "S02"})

    def write_map(self, rows: dict[str, str]) -> None:
        lines = [f"{old},{new}" for old, new in rows.items()]
        self.map.write_text("\n".join(["Accession_number,De-identification_ID", *lines]) + "\n")

    def plan(self, policy: str = "research", **options: Any) -> deid.Plan:
        from dataclasses import replace

        rules = deid.read_policy(policy)
        rules = replace(rules, deface=replace(rules.deface, method="none"), text=replace(rules.text, mode="off"))
        return deid.plan(
            deid.discover(self.source), rules, deid.read_map(self.map), key=KEY, private=self.private, **options
        )

    def run(self, **options: Any) -> deid.RunRecord:
        return deid.run(self.plan(), self.out, is_synced=False, **options)

    def files(self) -> list[str]:
        return sorted(p.relative_to(self.out).as_posix() for p in self.out.rglob("*") if p.is_file())


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_run_releases_every_series_under_its_new_names(project: Project) -> None:
    record = project.run()
    assert (record.released, record.refused, len(record.series)) == (3, 0, 3)
    names = project.files()
    assert len(names) == 12
    assert names[0] == "S01/series-01/S01_001_00001.dcm"
    assert names[-1] == "S02/series-01/S02_001_00004.dcm"
    assert not staging_folder(project.out).exists()
    assert {(project.out / name).stat().st_mtime for name in names} == {FILE_TIME_S}


def test_the_output_names_the_new_id_and_marks_what_was_done(project: Project) -> None:
    project.run()
    dataset = pydicom.dcmread(project.out / project.files()[0])
    assert (dataset.PatientID, dataset.AccessionNumber, str(dataset.PatientName)) == ("S01", "S01", "S01")
    assert dataset.PatientIdentityRemoved == "YES"
    assert dataset.RecognizableVisualFeatures == "YES"
    assert dataset.LongitudinalTemporalInformationModified == "MODIFIED"
    codes = [item.CodeValue for item in dataset.DeidentificationMethodCodeSequence]
    assert "113100" in codes
    assert not {"113101", "113102"} & set(codes)


def test_pixels_stay_bit_identical_without_pixel_steps(project: Project) -> None:
    project.run()
    original = pydicom.dcmread(next((project.source / "CANARYFOLDER2").rglob("*0")))
    released = pydicom.dcmread(project.out / "S02/series-01/S02_001_00001.dcm")
    assert original.PixelData == released.PixelData


def test_no_byte_of_out_and_no_event_holds_a_canary(project: Project) -> None:
    events: list[dict[str, object]] = []
    project.run(progress=events.append)
    for name in project.files():
        assert b"CANARY" not in (project.out / name).read_bytes().upper()
    assert "CANARY" not in str(events).upper()
    assert events[0] == {"event": "plan", "done": 0, "total": 3}
    assert [event["done"] for event in events if event["event"] == "series"] == [1, 2, 3]


def test_two_runs_give_the_same_bytes_under_one_key(project: Project, tmp_path: Path) -> None:
    project.run()
    first = {name: (project.out / name).read_bytes() for name in project.files()}
    project.out, project.private = tmp_path / "out2", tmp_path / "private2"
    project.run()
    assert {name: (project.out / name).read_bytes() for name in project.files()} == first


def test_two_releases_share_no_uid(project: Project, tmp_path: Path) -> None:
    project.run()
    uids = {pydicom.dcmread(project.out / name).SOPInstanceUID for name in project.files()}
    project.out, project.private = tmp_path / "out2", tmp_path / "private2"
    deid.run(project.plan(release="second"), project.out, is_synced=False)
    assert uids.isdisjoint(pydicom.dcmread(project.out / name).SOPInstanceUID for name in project.files())


def test_a_second_run_does_nothing_again(project: Project) -> None:
    project.run()
    before = {name: (project.out / name).stat().st_ino for name in project.files()}
    record = project.run()
    assert record.released == 3
    assert all(series.is_resumed for series in record.series)
    assert {name: (project.out / name).stat().st_ino for name in project.files()} == before


def test_patients_that_join_later_leave_the_released_ones_alone(project: Project) -> None:
    project.run()
    make_patient(project.source, "CANARYFOLDER0", number=3)
    make_patient(project.source, "CANARYFOLDER1", number=1, series=3)
    project.write_map({"CANARYFOLDER0": "S00", "CANARYFOLDER1": "S01", "CANARYFOLDER2": "S02"})
    record = project.run()
    assert [(s.deidentification_id, s.series_number, s.is_resumed) for s in sorted(record.series, key=str)] == [
        ("S00", 1, False),
        ("S01", 1, True),
        ("S01", 2, True),
        ("S01", 3, False),
        ("S02", 1, True),
    ]


def test_a_released_id_never_changes(project: Project) -> None:
    project.run()
    project.write_map({"CANARYFOLDER1": "S09", "CANARYFOLDER2": "S02"})
    with pytest.raises(PlanError, match="released under another ID"):
        project.run()


def test_an_id_of_which_nothing_was_released_may_be_mended(project: Project) -> None:
    for path in (project.source / "CANARYFOLDER2").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-100])
    project.run()
    project.write_map({"CANARYFOLDER1": "S01", "CANARYFOLDER2": "S03"})
    assert not project.plan().errors


def test_a_series_released_with_other_settings_is_refused_and_overwrite_starts_anew(project: Project) -> None:
    project.run()
    plan = project.plan(policy="basic")
    record = deid.run(plan, project.out, is_synced=False)
    assert record.released == 0
    assert "released before, made with --policy=research (now basic); name another output" in record.series[0].reason
    record = deid.run(project.plan(policy="basic"), project.out, is_overwrite=True, is_synced=False)
    assert record.released == 3
    assert pydicom.dcmread(project.out / project.files()[0]).LongitudinalTemporalInformationModified == "REMOVED"


@pytest.mark.parametrize("is_held", [False, True])
@pytest.mark.parametrize("deleted", [1, 3, 4, 6, 10])
def test_starting_anew_that_is_stopped_while_it_deletes_leaves_series_whole_or_gone(
    project: Project, monkeypatch: pytest.MonkeyPatch, deleted: int, is_held: bool
) -> None:
    project.run(is_held=is_held)
    unlink, left = os.unlink, [deleted]

    def stopping(path: Any, **options: Any) -> None:
        is_file = str(path).endswith(".dcm")
        if is_file and left[0] == 0:
            left[0] = -1
            raise Cancelled(2)
        left[0] -= is_file
        unlink(path, **options)

    monkeypatch.setattr(os, "unlink", stopping)
    with pytest.raises(Cancelled):
        project.run(is_overwrite=True, is_held=is_held)
    monkeypatch.undo()
    waiting = deid.held_series(project.out, project.private)
    assert len(waiting) == is_held * (2 - deleted // 4)
    assert all(len(list(one.folder.rglob("*.dcm"))) == len(one.files) == 4 for one in waiting)
    assert len(list(project.out.rglob("*.dcm"))) == (not is_held) * 4 * (2 - deleted // 4)
    record = project.run(is_held=is_held)
    assert [one.status.value for one in record.series] == ["held" if is_held else "released"] * 3


def test_starting_anew_says_that_it_deletes_before_it_does_and_when_it_has(project: Project) -> None:
    project.run()
    told: list[tuple[object, int]] = []
    project.run(is_overwrite=True, progress=lambda event: told.append((event, len(list(project.out.rglob("*.dcm"))))))
    plan = {"event": "plan", "done": 0, "total": 3}
    assert told[:2] == [(plan | {"deleting": True}, 12), (plan, 0)]


def test_starting_anew_with_some_subjects_leaves_all_others_as_they_are(project: Project) -> None:
    project.run(is_held=True)
    deid.decide(project.out, project.private, accept=["S02"])
    untouched = {name: (project.out / name).stat().st_ino for name in project.files()}
    assert [one.place for one in deid.held_series(project.out, project.private)] == ["S01/1", "S01/2"]
    record = deid.run(project.plan(policy="basic", subjects=["S01"]), project.out, is_overwrite=True, is_synced=False)
    assert [(one.deidentification_id, one.status.value) for one in record.series] == [("S01", "released")] * 2
    assert {name: (project.out / name).stat().st_ino for name in project.files() if name in untouched} == untouched
    assert not deid.held_series(project.out, project.private)
    record = deid.run(project.plan(policy="basic", subjects=["S02"]), project.out, is_overwrite=True, is_synced=False)
    assert record.released == 1
    assert project.run().refused == 3


def test_files_that_are_not_ours_in_out_stop_the_run(project: Project) -> None:
    project.out.mkdir()
    (project.out / "thesis.doc").write_text("x")
    with pytest.raises(OutputError, match="holds 1 file, link or empty folder"):
        project.run()
    assert [p.name for p in project.out.iterdir()] == ["thesis.doc"]


@pytest.mark.parametrize(
    ("source", "out", "private"),
    [
        ("a", "a", "p"),
        ("a", "a/b", "p"),
        ("a/b", "a", "p"),
        ("a", "b", "a/p"),
        ("a", "b", "b/p"),
        (".b.held", "b", "p"),  # where finished series of OUT wait
        (".b.partial/in", "b", "p"),  # where they are made
        ("a", "b", ".b.held"),
        ("a", "b", ".b.partial/p"),
    ],
)
def test_folders_that_lie_in_each_other_stop_the_run(
    project: Project, tmp_path: Path, source: str, out: str, private: str
) -> None:
    shutil.copytree(project.source, tmp_path / "x" / source)
    project.source, project.out, project.private = (
        tmp_path / "x" / source,
        tmp_path / "x" / out,
        tmp_path / "x" / private,
    )
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError, match="must not lie in"):
        project.run()
    assert sorted(tmp_path.rglob("*")) == before


def test_an_input_to_which_the_place_where_series_wait_is_linked_stops_the_run(
    project: Project, tmp_path: Path
) -> None:
    (tmp_path / ".out.held").symlink_to(project.source)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError, match="must not lie in"):
        project.run()
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_that_changes_after_the_plan_refuses_its_series_only(project: Project) -> None:
    plan = project.plan()
    victim = next((project.source / "CANARYFOLDER2").rglob("*0"))
    victim.write_bytes(victim.read_bytes() + b"\0\0")
    record = deid.run(plan, project.out, is_synced=False)
    assert (record.released, record.refused) == (2, 1)
    assert not (project.out / "S02").exists()
    assert "changed after the plan" in next(s.reason for s in record.series if s.deidentification_id == "S02")


def test_a_file_that_vanishes_after_the_plan_refuses_its_series_only(project: Project) -> None:
    plan = project.plan()
    next((project.source / "CANARYFOLDER2").rglob("*0")).unlink()
    record = deid.run(plan, project.out, is_synced=False)
    assert (record.released, record.refused) == (2, 1)
    assert not (project.out / "S02").exists()


def test_a_full_disk_stops_the_run_keeps_finished_series_and_can_be_resumed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0
    write = os.write

    def fills_up(descriptor: int, data: Any) -> int:
        nonlocal written
        if len(data) > 5000:
            written += 1
            if written > 6:
                raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", fills_up)
    with pytest.raises(DiskError, match="disk of the output folder is full"):
        project.run()
    assert len(project.files()) == 4
    assert not staging_folder(project.out).exists()
    monkeypatch.undo()
    record = project.run()
    assert record.released == 3
    assert [series.is_resumed for series in record.series].count(True) == 1


@pytest.mark.parametrize("at", [1, 3, 5, 12])
def test_a_run_stopped_at_any_file_leaves_whole_series_only(
    project: Project, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    count = 0
    write = SeriesWriter.write

    def stops(self: SeriesWriter, target: str, chunks: Any) -> Any:
        nonlocal count
        count += 1
        if count == at:
            raise Cancelled(2)
        return write(self, target, chunks)

    monkeypatch.setattr(SeriesWriter, "write", stops)
    with pytest.raises(Cancelled):
        project.run()
    assert len(project.files()) % 4 == 0
    assert not staging_folder(project.out).exists()
    monkeypatch.undo()
    assert project.run().released == 3


def test_an_unexpected_error_in_one_series_refuses_it_by_its_type_only(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from SlicerDeidLib.pipeline import seriesheaders

    def breaks(*_: object) -> None:
        raise KeyError("CANARYVALUE")

    monkeypatch.setattr(seriesheaders, "stamp", breaks)
    record = project.run()
    assert record.refused == 3
    assert "KeyError" in record.series[0].reason
    assert "CANARY" not in record.series[0].reason
    assert not project.out.exists()


def test_processes_do_the_same_as_one(project: Project, tmp_path: Path) -> None:
    project.run()
    first = {name: (project.out / name).read_bytes() for name in project.files()}
    project.out, project.private = tmp_path / "out2", tmp_path / "private2"
    with deid.processes(2) as executor:
        record = project.run(executor=executor)
    assert record.released == 3
    assert {name: (project.out / name).read_bytes() for name in project.files()} == first


def test_one_uid_in_two_differing_files_refuses_the_series(project: Project) -> None:
    first = next((project.source / "CANARYFOLDER2").rglob("*0"))
    dataset = pydicom.dcmread(first)
    dataset.SliceThickness = 99
    dataset.save_as(first.with_name("twin"))
    record = project.run()
    assert next(s.reason for s in record.series if s.deidentification_id == "S02").startswith("one SOP Instance UID")


def test_serial_scans_of_one_person_get_numbers_and_one_offset(tmp_path: Path) -> None:
    project = Project(tmp_path)
    shutil.rmtree(project.source)
    for folder, study, date in (("CANARYFOLDER1", 1, "20190817"), ("CANARYFOLDER2", 2, "20200103")):
        make_ct_series(project.source / folder, study=study, study_date=date)
    project.write_map({"CANARYFOLDER1": "S01", "CANARYFOLDER2": "S01"})
    record = project.run()
    assert sorted(series.place for series in record.series) == ["S01, scan 1, series 1", "S01, scan 2, series 1"]
    assert {name.rsplit("/", 1)[0] for name in project.files()} == {"S01/S01-1", "S01/S01-2"}
    first, second = (pydicom.dcmread(project.out / f"S01/S01-{n}/S01_001_00001.dcm") for n in (1, 2))
    assert (first.AccessionNumber, second.AccessionNumber) == ("S01-1", "S01-2")
    assert (first.PatientID, second.PatientID) == ("S01", "S01")
    from datetime import datetime

    stamps = [datetime.strptime(d.StudyDate + d.StudyTime[:6], "%Y%m%d%H%M%S") for d in (first, second)]
    assert (stamps[1] - stamps[0]).days == 139


def test_one_id_for_two_people_is_an_error_before_anything_is_written(project: Project) -> None:
    project.write_map({"CANARYFOLDER1": "S01", "CANARYFOLDER2": "S01"})
    with pytest.raises(PlanError, match="Patient IDs differ"):
        project.run()
    assert not project.out.exists()


def test_a_folder_without_row_is_left_alone_and_said(project: Project) -> None:
    project.write_map({"CANARYFOLDER1": "S01", "NOBODY": "S07"})
    plan = project.plan()
    messages = [problem.message for problem in plan.problems]
    assert any("no row in the map" in message for message in messages)
    assert any("names no folder" in message for message in messages)
    assert {s.subject.deidentification_id for s in plan.series} == {"S01"}


def test_a_strangers_series_is_refused_and_a_tie_refuses_the_folder(project: Project) -> None:
    make_ct_series(project.source / "CANARYFOLDER1" / "x", slices=2, patient_id="CANARYPID9", series=7)
    plan = project.plan()
    assert [s.verdict for s in plan.series if "another patient" in s.reason] == [deid.Verdict.REFUSE]
    make_ct_series(project.source / "CANARYFOLDER2" / "x", slices=4, patient_id="CANARYPID9", series=8)
    plan = project.plan()
    refused = [s for s in plan.series if s.subject.deidentification_id == "S02"]
    assert {s.verdict for s in refused} == {deid.Verdict.REFUSE}


def test_only_named_subjects_are_done(project: Project) -> None:
    plan = project.plan(subjects=["S02"])
    assert {s.subject.deidentification_id for s in plan.series} == {"S02"}
    assert project.plan(subjects=["S77"]).errors


def test_without_a_map_random_ids_are_drawn_once(project: Project) -> None:
    def plan() -> deid.Plan:
        from dataclasses import replace

        rules = deid.read_policy("research")
        rules = replace(rules, deface=replace(rules.deface, method="none"), text=replace(rules.text, mode="off"))
        return deid.plan(deid.discover(project.source), rules, key=KEY, private=project.private)

    first = deid.run(plan(), project.out, is_synced=False)
    second = deid.run(plan(), project.out, is_synced=False)
    assert second.released == 3
    assert all(s.is_resumed for s in second.series)
    assert {s.deidentification_id for s in first.series} == {s.deidentification_id for s in second.series}


def test_an_age_of_ninety_shows_in_no_study_of_that_person(tmp_path: Path) -> None:
    project = Project(tmp_path)
    shutil.rmtree(project.source)
    for folder, study, age in (("CANARYFOLDER1", 1, "088Y"), ("CANARYFOLDER2", 2, "091Y")):
        make_ct_series(project.source / folder, study=study, set_values={"PatientAge": age, "PatientBirthDate": ""})
    project.write_map({"CANARYFOLDER1": "S01", "CANARYFOLDER2": "S01"})
    project.run()
    ages = {pydicom.dcmread(project.out / name).PatientAge for name in project.files()}
    assert ages == {"090Y"}


def test_a_plan_survives_pickling_and_shows_no_secret(project: Project) -> None:
    import pickle

    plan = project.plan()
    again = pickle.loads(pickle.dumps(plan))
    assert again.series == plan.series
    assert "CANARY" not in repr(plan).upper()
    assert "kkkk" not in repr(plan)


def test_another_key_or_release_cannot_go_on_with_a_project(project: Project) -> None:
    project.run()
    with pytest.raises(OutputError, match="another key or release"):
        project.plan(release="second")


def test_a_private_folder_of_another_output_is_refused_and_deletes_nothing(project: Project, tmp_path: Path) -> None:
    project.run()
    other = tmp_path / "other"
    target = other / "S01" / "series-01" / "S01_001_00001.dcm"
    target.parent.mkdir(parents=True)
    target.write_text("of somebody else")
    with pytest.raises(OutputError, match="another output folder"):
        deid.run(project.plan(), other, is_synced=False)
    assert target.read_text() == "of somebody else"


@pytest.mark.parametrize("keep_bytes", [200, 4000])
def test_a_damaged_image_refuses_the_series_in_its_folder(project: Project, keep_bytes: int) -> None:
    victim = next((project.source / "CANARYFOLDER2").rglob("*0"))
    victim.write_bytes(victim.read_bytes()[:keep_bytes])
    record = project.run()
    assert (record.released, record.refused) == (2, 1)
    assert not (project.out / "S02").exists()


def test_a_finished_project_needs_no_room_again(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.run()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 0))
    assert project.run().released == 3


def test_too_little_room_is_said_before_anything_is_written(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 0))
    with pytest.raises(OutputError, match=r"has -?[\d,]+ kB free and the run needs [\d,]+ kB"):
        project.run(report=lambda _record: (project.private / "report").touch())
    assert not project.out.exists()
    assert not project.private.exists()


@pytest.mark.parametrize("is_private_there", [False, True])
def test_a_run_that_is_refused_for_what_lies_in_out_writes_nothing(project: Project, is_private_there: bool) -> None:
    project.out.mkdir()
    (project.out / "thesis.doc").touch()
    if is_private_there:
        project.private.mkdir()
    before = sorted(project.out.parent.rglob("*"))
    with pytest.raises(OutputError, match="did not write"):
        project.run()
    assert sorted(project.out.parent.rglob("*")) == before
    (project.out / "thesis.doc").unlink()
    assert project.run().released == 3


def test_a_private_disk_that_fills_up_under_the_report_is_said_in_a_sentence(project: Project) -> None:
    def full(_record: deid.RunRecord) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DiskError, match="disk of the private folder is full"):
        project.run(report=full)
    assert len(project.files()) == 12


@pytest.mark.parametrize("is_overwrite", [False, True])
def test_a_released_file_that_grew_stops_the_run_and_deletes_nothing(project: Project, is_overwrite: bool) -> None:
    project.run()
    names = project.files()
    grown = project.out / names[1]
    grown.write_bytes(grown.read_bytes() + b"more")
    for _ in range(2):
        with pytest.raises(OutputError, match=rf"the first is {names[1]} .* nothing was deleted"):
            project.run(is_overwrite=is_overwrite)
        assert project.files() == names
    grown.unlink()
    assert project.run(is_overwrite=is_overwrite).released == 3
    assert project.files() == names


def test_a_released_file_edited_beside_a_lost_one_stops_the_run_and_deletes_nothing(project: Project) -> None:
    project.run()
    lost, edited, *others = project.files()
    (project.out / lost).unlink()
    data = (project.out / edited).read_bytes()
    (project.out / edited).write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(OutputError, match="changed since"):
        project.run()
    assert project.files() == [edited, *others]
    (project.out / edited).write_bytes(data)
    assert project.run().released == 3
    assert project.files() == [lost, edited, *others]


def test_starting_anew_counts_the_room_that_it_makes(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.run()
    size = sum((project.out / name).stat().st_size for name in project.files())
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, size // 5))
    assert project.run(is_overwrite=True).released == 3
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, -size // 2))
    names = project.files()
    with pytest.raises(OutputError, match=r"has -?[\d,]+ kB free and the run needs [\d,]+ kB"):
        project.run(is_overwrite=True)
    assert project.files() == names


def test_a_refused_run_leaves_the_private_folder_free_for_another_output(project: Project, tmp_path: Path) -> None:
    project.out.mkdir()
    (project.out / "thesis.doc").write_text("x")
    with pytest.raises(OutputError, match="name an empty folder"):
        project.run()
    project.out = tmp_path / "empty"
    assert project.run().released == 3


def test_a_run_that_released_nothing_binds_no_release(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> None:
        raise SeriesRefused("no")

    with monkeypatch.context() as patched:
        patched.setattr("SlicerDeidLib.pipeline.seriesheaders.deidentify", refuses)
        record = deid.run(project.plan(release="mistyped"), project.out, is_synced=False)
    assert (record.released, record.refused) == (0, 3)
    assert project.run().released == 3


def test_numbers_given_in_a_later_run_are_remembered_before_the_release(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.run()
    make_patient(project.source, "CANARYFOLDER2", number=2, series=2)
    plan = project.plan()

    def breaks(*_: object) -> None:
        raise DiskError("full")

    monkeypatch.setattr(journal, "commit", breaks)
    with pytest.raises(DiskError):
        deid.run(plan, project.out, is_synced=False)
    assert read_ledger(project.private).series == plan.ledger.series


def test_a_pipe_in_place_of_an_image_is_not_opened(project: Project) -> None:
    plan = project.plan()
    victim = next((project.source / "CANARYFOLDER2").rglob("*0"))
    victim.unlink()
    os.mkfifo(victim)
    assert deid.run(plan, project.out, is_synced=False).refused == 1


def test_a_stopped_run_reports_what_it_did(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    reported: list[deid.RunRecord] = []
    write = SeriesWriter.write

    def stops(self: SeriesWriter, target: str, chunks: Any) -> Any:
        if "S02" in target:
            raise Cancelled(2)
        return write(self, target, chunks)

    monkeypatch.setattr(SeriesWriter, "write", stops)
    with pytest.raises(Cancelled):
        project.run(report=reported.append)
    assert reported[0].is_cancelled
    assert reported[0].released == 2
