# SPDX-License-Identifier: Apache-2.0
"""New IDs that would say who the patient is."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ctseries import make_ct_series, make_patient
from SlicerDeidLib.discovery.walk import discover
from SlicerDeidLib.errors import PlanError
from SlicerDeidLib.identity.subjects import read_map
from SlicerDeidLib.model.plan import Plan, Verdict
from SlicerDeidLib.model.record import RunRecord
from SlicerDeidLib.pipeline.run import run
from SlicerDeidLib.planning.plan import plan
from SlicerDeidLib.policies.load import read_policy


@pytest.mark.shows_originals
@pytest.mark.parametrize("new", ["X-CANARYFAMILY1", "canarypid1", "S-CANARYACC1", "B19500203"])
def test_a_new_id_that_holds_a_name_an_id_or_the_birth_date_is_an_error(tmp_path: Path, new: str) -> None:
    make_patient(tmp_path / "in", "F", set_values={"PatientBirthDate": "19500203"})
    (tmp_path / "map.csv").write_text(f"Accession_number,De-identification_ID\nF,{new}\n")
    made = plan(discover(tmp_path / "in"), read_policy("research"), read_map(tmp_path / "map.csv"), key=b"k" * 32)
    assert [problem.message for problem in made.errors if "new ID cannot be used" in problem.message]


@pytest.mark.shows_originals
@pytest.mark.parametrize("new", ["A/1", "CANARYPID1", "canarypid1/"])
def test_a_bad_new_id_is_said_once_and_with_its_column(tmp_path: Path, new: str) -> None:
    make_patient(tmp_path / "in", "CANARYPID1")
    (tmp_path / "map.csv").write_text(f"Accession_number,De-identification_ID\nCANARYPID1,{new}\n")
    made = plan(discover(tmp_path / "in"), read_policy("research"), read_map(tmp_path / "map.csv"), key=b"k" * 32)
    assert [problem.where for problem in made.errors] == ["line 2, column 2"]


@pytest.mark.shows_originals
def test_a_new_id_that_only_the_headers_show_bad_is_said_with_its_column(tmp_path: Path) -> None:
    make_patient(tmp_path / "in", "F", set_values={"PatientName": "Mueller^Anne"})
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nF,X-MULLER\n")
    made = plan(discover(tmp_path / "in"), read_policy("research"), read_map(tmp_path / "map.csv"), key=b"k" * 32)
    assert [problem.where for problem in made.errors] == ["line 2, column 2"]


@pytest.mark.shows_originals
@pytest.mark.parametrize("new", ["B03021950", "H-020350", "X-774189"])
def test_a_new_id_with_the_digits_of_a_birth_date_or_a_number_is_an_error(tmp_path: Path, new: str) -> None:
    make_patient(tmp_path / "in", "F", patient_id="PID0774189", set_values={"PatientBirthDate": "19500203"})
    (tmp_path / "map.csv").write_text(f"Accession_number,De-identification_ID\nF,{new}\n")
    made = plan(discover(tmp_path / "in"), read_policy("research"), read_map(tmp_path / "map.csv"), key=b"k" * 32)
    assert [problem.where for problem in made.errors] == ["line 2, column 2"]


@pytest.mark.shows_originals
@pytest.mark.parametrize(
    "new", ["H-17Aug1951", "H-1234567", "X-Maiden-1", "H-Elder", "H-778899", "H-20190817", "X-OLDNAME"]
)
def test_a_new_id_with_what_else_the_headers_tell_of_the_patient_is_an_error(tmp_path: Path, new: str) -> None:
    names = {"PatientBirthName": "Maiden^A", "PatientMotherBirthName": "Elder", "OtherPatientNames": "Oldname^B"}
    values = {"PatientBirthDate": "19510817", "StudyID": "778899", **names}
    make_patient(tmp_path / "in", "F", patient_id="001-23-4567", study_date="20190817", set_values=values)
    (tmp_path / "map.csv").write_text(f"Accession_number,De-identification_ID\nF,{new}\n")
    made = plan(discover(tmp_path / "in"), read_policy("research"), read_map(tmp_path / "map.csv"), key=b"k" * 32)
    assert [problem.where for problem in made.errors] == ["line 2, column 2"]


@pytest.mark.parametrize(("study_id", "new"), [("1", "HEAD-1"), ("CT", "CT-7"), ("1234", "H-1234")])
def test_a_short_study_id_says_nothing(tmp_path: Path, study_id: str, new: str) -> None:
    make_patient(tmp_path / "in", "F", set_values={"StudyID": study_id})
    (tmp_path / "map.csv").write_text(f"Accession_number,De-identification_ID\nF,{new}\n")
    made = plan(discover(tmp_path / "in"), read_policy("research"), read_map(tmp_path / "map.csv"), key=b"k" * 32)
    assert not made.errors


def _shifted(tmp_path: Path, *rows: str) -> list[tuple[str, str]]:
    """Plan two folders with a map; the errors by their place."""
    make_patient(tmp_path / "in", "ACC11", 1)
    make_patient(tmp_path / "in", "ACC22", 2)
    (tmp_path / "map.csv").write_text("\n".join(["Accession_number,De-identification_ID", *rows]) + "\n")
    made = plan(discover(tmp_path / "in"), read_policy("research"), read_map(tmp_path / "map.csv"), key=b"k" * 32)
    return [(problem.where, problem.message) for problem in made.errors]


@pytest.mark.shows_originals
@pytest.mark.parametrize("other", ["ACC22,HEAD-2", None])
@pytest.mark.parametrize("new", ["CANARYPID2", "CANARYGIVEN2", "H-CANARYACC2", "HEAD-ACC22", "ACC22"])
def test_a_new_id_that_is_or_holds_another_patients_identifier_is_an_error(
    tmp_path: Path, new: str, other: str | None
) -> None:
    ((where, message),) = _shifted(tmp_path, f"ACC11,{new}", *filter(None, [other]))
    assert where == "line 2, column 2"
    assert "another patient" in message or "original of line 3" in message
    assert new not in message


@pytest.mark.shows_originals
def test_an_original_of_a_row_whose_folder_is_not_there_counts_too(tmp_path: Path) -> None:
    assert [where for where, _ in _shifted(tmp_path, "ACC11,HEAD-ACC33", "ACC33,HEAD-3")] == ["line 2, column 2"]


def test_short_and_plain_folders_refuse_no_ordinary_id(tmp_path: Path) -> None:
    for number, folder in enumerate(["1", "CT", "patient", "HEAD 2"], start=1):
        make_patient(tmp_path / "in", folder, number, patient_id=str(number), accession_number="0")
    rows = "1,HEAD-002\nCT,PATIENT-1\npatient,CT-2\nHEAD 2,SUB-1\n"
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\n" + rows)
    made = plan(discover(tmp_path / "in"), read_policy("research"), read_map(tmp_path / "map.csv"), key=b"k" * 32)
    assert not made.errors


@pytest.mark.shows_originals
def test_a_name_in_the_folder_counts_when_the_header_has_none(tmp_path: Path) -> None:
    make_patient(tmp_path / "in", "Smith_John_CT", patient_name="ANON", patient_id="X1")
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nSmith_John_CT,Smith-01\n")
    made = plan(discover(tmp_path / "in"), read_policy("research"), read_map(tmp_path / "map.csv"), key=b"k" * 32)
    assert [problem.where for problem in made.errors] == ["line 2, column 2"]


def test_an_id_is_drawn_again_when_it_holds_a_name_by_chance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_patient(tmp_path / "in", "F1", 1, patient_name="Lee^Ann")
    make_patient(tmp_path / "in", "F2", 2, patient_name="Kim^Eva")
    drawn = iter(["XXLEE234", "KKKK2222", "KKKK2222", "EVA22222", "MMMM2222"])
    monkeypatch.setattr("SlicerDeidLib.planning.subjects._fresh_id", lambda: next(drawn))
    made = plan(discover(tmp_path / "in"), read_policy("research"), key=b"k" * 32)
    assert not made.errors
    assert [series.subject.deidentification_id for series in made.series] == ["KKKK2222", "MMMM2222"]


def _planned(tmp_path: Path, number: int, row: str, *, is_run: bool = False) -> list[str]:
    """Plan, and run if asked, one patient on top of what earlier ones released; the errors."""
    source = tmp_path / f"in{number}"
    make_patient(source, f"F{number}", number)
    (tmp_path / "map.csv").write_text(f"Accession_number,De-identification_ID,Subject\nF{number},{row}\n")
    policy = read_policy("research")
    policy = replace(policy, deface=replace(policy.deface, method="none"), text=replace(policy.text, mode="off"))
    private = tmp_path / "private"
    made = plan(discover(source), policy, read_map(tmp_path / "map.csv"), private=private, key=b"k" * 32)
    if is_run:
        run(made, tmp_path / "out", is_synced=False)
    return [problem.message for problem in made.errors]


@pytest.mark.parametrize("row", ["HEAD-1,", "head-1,", "HEAD-1,S2"])
def test_an_id_that_was_released_goes_on_to_nobody_else(tmp_path: Path, row: str) -> None:
    assert _planned(tmp_path, 1, "HEAD-1,S1", is_run=True) == []
    assert len(_planned(tmp_path, 2, row)) == 1


def test_a_later_scan_of_the_person_of_a_released_id_is_numbered(tmp_path: Path) -> None:
    assert _planned(tmp_path, 1, "HEAD-1,S1", is_run=True) == []
    assert _planned(tmp_path, 2, "HEAD-1,S1", is_run=True) == []
    assert len(_planned(tmp_path, 3, "HEAD-1-2,S3")) == 1


def _warned(tmp_path: Path, folders: list[str], rows: list[str]) -> list[tuple[str, str]]:
    """Plan folders with a map; the warnings by their place."""
    for number, folder in enumerate(folders, 1):
        make_patient(tmp_path / "in", folder, number)
    (tmp_path / "map.csv").write_text("\n".join(["Accession_number,De-identification_ID", *rows]) + "\n")
    made = plan(discover(tmp_path / "in"), read_policy("research"), read_map(tmp_path / "map.csv"), key=b"k" * 32)
    return [(problem.where, problem.message) for problem in made.problems]


@pytest.mark.parametrize(("row", "is_hinted"), [("4815", True), ("04815", True), ("000004815", False), ("815", False)])
def test_a_row_that_lost_its_leading_zeros_is_told_so(tmp_path: Path, row: str, is_hinted: bool) -> None:
    said = dict(_warned(tmp_path, ["F1", "0004815"], ["F1,A-1", f"{row},A-2"]))
    assert ("leading zeros" in said["line 3"]) is is_hinted
    assert ("folder 1 of 2" in said["line 3"]) is is_hinted
    assert "names no folder" in said["line 3"]
    assert "4815" not in said["line 3"]


def test_a_folder_that_has_its_row_is_no_hint(tmp_path: Path) -> None:
    said = dict(_warned(tmp_path, ["0004815"], ["0004815,A-1", "4815,A-2"]))
    assert "leading zeros" not in said["line 3"]


@pytest.mark.parametrize("second", ["F1,A-1", "F1,A-2"])
def test_a_row_that_repeats_another_ones_folder_names_a_folder(tmp_path: Path, second: str) -> None:
    said = _warned(tmp_path, ["F1"], ["F1,A-1", second, "F9,A-9", ",A-8"])
    assert [where for where, message in said if "names no folder" in message] == ["line 4"]
    assert {where for where, _ in said} >= {"line 3, column 1", "line 5, column 1"}


class Released:
    """One folder of which something was released, and what becomes of it later."""

    def __init__(self, tmp_path: Path) -> None:
        self.source, self._private, self._out = tmp_path / "in", tmp_path / "private", tmp_path / "out"
        self._map = tmp_path / "map.csv"
        self.folder("F1", 1)
        self.go("F1,HEAD-1")

    def folder(self, name: str, person: int, **options: Any) -> None:
        make_patient(self.source, name, person, **options)

    def replace(self, name: str, person: int) -> None:
        shutil.rmtree(self.source / name)
        self.folder(name, person)

    def plan(self, *rows: str) -> Plan:
        """Plan with a map of these rows; without one where there are none."""
        self._map.write_text("\n".join(["Accession_number,De-identification_ID,Subject", *rows]) + "\n")
        subject_map = read_map(self._map) if rows else None
        policy = read_policy("research")
        policy = replace(policy, deface=replace(policy.deface, method="none"), text=replace(policy.text, mode="off"))
        return plan(discover(self.source), policy, subject_map, private=self._private, key=b"k" * 32)

    def go(self, *rows: str) -> RunRecord:
        return self.run(self.plan(*rows))

    def run(self, made: Plan) -> RunRecord:
        return run(made, self._out, is_synced=False)


@pytest.fixture
def released(tmp_path: Path) -> Released:
    return Released(tmp_path)


@pytest.mark.parametrize("row", ["F1,HEAD-1", "F1,HEAD-1,S1"])
def test_a_released_folder_that_holds_another_person_now_is_an_error(released: Released, row: str) -> None:
    released.replace("F1", 2)
    (error,) = released.plan(row).errors
    assert error.where == "line 2"
    assert "folder 1 of 1 was released before with images of another Patient ID" in error.message


def test_whose_a_released_folder_is_stays_known_over_later_runs(released: Released) -> None:
    released.replace("F1", 1)
    released.go("F1,HEAD-1")
    shutil.rmtree(released.source / "F1")
    (released.source / "F1").mkdir()
    assert not released.plan("F1,HEAD-1").errors
    released.folder("F1", 2)
    with pytest.raises(PlanError):
        released.go("F1,HEAD-1")
    assert len(released.plan("F1,HEAD-1").errors) == 1


def test_a_larger_late_study_with_another_patient_id_does_not_take_a_released_folder_over(released: Released) -> None:
    make_ct_series(released.source / "F1" / "late", slices=9, patient_id="CANARYPID77", study=5)
    made = released.plan("F1,HEAD-1")
    assert not made.errors
    assert [(len(s.series.instances), s.verdict) for s in made.series] == [(4, Verdict.RELEASE), (9, Verdict.REFUSE)]
    assert "another patient" in made.series[1].reason


def test_a_late_study_of_the_released_person_joins_the_folder(released: Released) -> None:
    released.folder("F1", 1, series=2)
    made = released.plan("F1,HEAD-1")
    assert not made.errors
    assert {s.verdict for s in made.series} == {Verdict.RELEASE}


def test_images_of_a_rewritten_patient_id_join_in_a_folder_of_their_own(released: Released) -> None:
    released.folder("F1b", 2)
    made = released.plan("F1,HEAD-1,S1", "F1b,HEAD-1,S1")
    assert not made.errors
    assert {s.subject.deidentification_id for s in made.series} == {"HEAD-1"}


def test_a_folder_of_which_nothing_was_released_may_change_its_person(released: Released) -> None:
    released.folder("F2", 2)
    for path in (released.source / "F2").rglob("*0"):
        path.write_bytes(path.read_bytes()[:-100])
    assert released.go("F1,HEAD-1", "F2,HEAD-2").refused == 1
    released.replace("F2", 3)
    assert not released.plan("F1,HEAD-1", "F2,HEAD-2").errors


@pytest.mark.shows_originals
def test_a_released_id_that_a_late_folder_makes_an_identifier_stays_and_is_said(released: Released) -> None:
    released.folder("F2", 2, patient_id="HEAD-1")
    made = released.plan("F1,HEAD-1", "F2,HEAD-2")
    assert not made.errors
    assert [p.where for p in made.problems if "shows a patient" in p.message] == ["line 2, column 2"]


def groups(made: Plan) -> set[str]:
    assert not made.errors
    return {series.subject.group for series in made.series}


def test_a_subject_that_the_map_names_after_a_release_leaves_the_dates_offset_as_it_was(released: Released) -> None:
    before = groups(released.plan("F1,HEAD-1"))
    released.folder("F2", 2)
    for _ in range(2):  # the second time the ledger has seen the Subject
        assert groups(released.plan("F1,HEAD-1,S1", "F2,HEAD-1,S1")) == before
        record = released.go("F1,HEAD-1,S1", "F2,HEAD-1,S1")
        assert (record.released, record.refused) == (2, 0)
    shutil.rmtree(released.source / "F1")
    released.folder("F3", 3)
    assert groups(released.plan("F2,HEAD-1,S1", "F3,HEAD-1,S1")) == before


def test_a_late_scan_without_its_released_folder_moves_by_the_same_offset(released: Released) -> None:
    before = groups(released.plan("F1,HEAD-1"))
    shutil.rmtree(released.source / "F1")
    released.folder("F2", 1, study=2)
    assert groups(released.plan("F2,HEAD-1,S1")) == before


@pytest.mark.parametrize(("row", "where"), [("F2,HEAD-2", "line 3, column 3"), ("F2,HEAD-2,S3", "line 3, column 3")])
def test_a_subject_that_is_taken_away_or_changed_after_a_release_is_an_error(
    released: Released, row: str, where: str
) -> None:
    released.folder("F2", 2)
    released.go("F1,HEAD-1", "F2,HEAD-2,S2")
    (error,) = released.plan("F1,HEAD-1", row).errors
    assert error.where == where
    assert "write it as it was" in error.message


def test_a_subject_may_change_while_nothing_of_it_was_released(released: Released) -> None:
    released.folder("F2", 2, burned_in="YES")
    assert released.go("F1,HEAD-1", "F2,HEAD-2,S2").refused == 1
    assert groups(released.plan("F1,HEAD-1", "F2,HEAD-2,S3")) == {"id HEAD-1", "subject S3"}


def test_ids_of_one_subject_that_move_by_two_offsets_are_said(released: Released) -> None:
    released.folder("F2", 2)
    made = released.plan("F1,HEAD-1,S1", "F2,HEAD-2,S1")
    assert len(groups(made)) == 2
    assert [p.where for p in made.problems if "another offset" in p.message] == ["line 2, column 3; line 3, column 3"]
    assert not [p for p in released.plan("F1,HEAD-1,S1").problems if "another offset" in p.message]


def test_a_subject_named_like_another_persons_id_is_another_person(tmp_path: Path) -> None:
    make_patient(tmp_path / "in", "F1", 1)
    make_patient(tmp_path / "in", "F2", 2)
    text = "Accession_number,De-identification_ID,Subject\nF1,S1,\nF2,S2,S1\n"
    (tmp_path / "map.csv").write_text(text)
    made = plan(discover(tmp_path / "in"), read_policy("research"), read_map(tmp_path / "map.csv"), key=b"k" * 32)
    assert len({series.subject.group for series in made.series}) == 2


def test_a_plan_older_than_another_run_is_refused_and_that_runs_releases_stay_known(released: Released) -> None:
    released.folder("F2", 2)
    released.folder("F3", 3)
    first, second = released.plan("F1,HEAD-1", "F2,HEAD-2"), released.plan("F3,HEAD-3")
    released.run(first)
    with pytest.raises(PlanError, match="plan again"):
        released.run(second)
    shutil.rmtree(released.source / "F2")
    assert len(released.plan("F3,HEAD-2").errors) == 1
    assert released.go("F3,HEAD-3").released == 1


def test_a_plan_can_run_again(released: Released) -> None:
    made = released.plan("F1,HEAD-1")
    assert [released.run(made).released for _ in range(2)] == [1, 1]


def ages(made: Plan) -> list[bool]:
    assert not made.errors
    return [series.subject.is_over_89 for series in made.series]


@pytest.mark.parametrize("row", ["F9,HEAD-9,S9", "F9,HEAD-10,S9", "F9,HEAD-9"])
def test_an_age_of_90_is_remembered_of_a_person_over_runs(released: Released, row: str) -> None:
    released.folder("F8", 8, set_values={"PatientAge": "091Y"})
    first = "F8,HEAD-9,S9" if "S9" in row else "F8,HEAD-9"
    assert ages(released.plan("F1,HEAD-1", first)) == [False, True]
    released.go("F1,HEAD-1", first)
    shutil.rmtree(released.source / "F8")
    released.folder("F9", 8, study=2, set_values={"PatientAge": "088Y"})
    assert ages(released.plan("F1,HEAD-1", row)) == [False, True]


def test_an_age_of_90_of_which_nothing_was_released_goes_with_its_images(released: Released) -> None:
    released.folder("F2", 2, burned_in="YES", set_values={"PatientAge": "091Y"})
    released.go("F1,HEAD-1", "F2,HEAD-2")
    released.replace("F2", 3)
    assert ages(released.plan("F1,HEAD-1", "F2,HEAD-2")) == [False, False]


def test_a_serial_scan_is_not_called_what_a_released_id_is(released: Released) -> None:
    released.folder("FX", 9)
    released.go("F1,HEAD-1", "FX,HEAD-2-1")
    shutil.rmtree(released.source / "FX")
    released.folder("F2", 2)
    released.folder("F3", 2, study=2)
    (error,) = released.plan("F1,HEAD-1", "F2,HEAD-2", "F3,HEAD-2").errors
    assert error.where == "line 3, column 2"
    assert "serial scan" in error.message


@pytest.mark.parametrize("is_first_there", [False, True])
def test_a_late_serial_scan_is_not_called_what_another_row_says(released: Released, is_first_there: bool) -> None:
    if not is_first_there:
        shutil.rmtree(released.source / "F1")
    released.folder("F2", 1, study=2)
    released.folder("F3", 3)
    first = ["F1,HEAD-1"] if is_first_there else []
    (error,) = released.plan(*first, "F2,HEAD-1", "F3,HEAD-1-2").errors
    assert "serial scan" in error.message


@pytest.mark.parametrize("has_map", [True, False])
@pytest.mark.parametrize(("before", "after"), [("F\u00fcl", "Fu\u0308l"), ("F2", "F2 ")])
def test_a_folder_renamed_by_spaces_or_encoding_stays_the_released_one(
    released: Released, before: str, after: str, has_map: bool
) -> None:
    rows = ("F1,HEAD-1", f"{before},HEAD-2") if has_map else ()
    shutil.rmtree(released.source / "F1")
    released.folder(before, 2)
    assert released.go(*rows).released == 1
    (released.source / before).rename(released.source / after)
    record = released.go(*rows)
    assert [series.is_resumed for series in record.series] == [True]


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no name with a space at its end")
@pytest.mark.parametrize("rows", [["F1,HEAD-1"], []])
def test_two_folders_that_differ_by_a_space_are_an_error(released: Released, rows: list[str]) -> None:
    released.folder("F1 ", 2)
    assert released.plan(*rows).errors


def several_ids(made: Plan) -> list[str]:
    return [problem.where for problem in made.problems if "several new IDs" in problem.message]


def test_a_person_whom_an_earlier_run_released_under_another_id_is_said(released: Released) -> None:
    shutil.rmtree(released.source / "F1")
    released.folder("F2", 1, study=2)
    assert several_ids(released.plan("F2,HEAD-2")) == ["HEAD-1, HEAD-2"]
    assert several_ids(released.plan("F2,HEAD-1")) == []
    released.replace("F2", 2)
    assert several_ids(released.plan("F2,HEAD-2")) == []


def test_two_ids_of_a_person_whom_the_column_subject_says_are_fine(released: Released) -> None:
    released.folder("F2", 2)
    released.go("F1,HEAD-1", "F2,HEAD-2,S2")
    shutil.rmtree(released.source / "F2")
    released.folder("F3", 2, study=2)
    assert several_ids(released.plan("F1,HEAD-1", "F3,HEAD-3,S2")) == []
    assert several_ids(released.plan("F1,HEAD-1", "F3,HEAD-3")) == ["HEAD-2, HEAD-3"]


def refusals(made: Plan) -> list[bool]:
    """Say of each series whether it is refused because its images are out already."""
    assert not made.errors
    return [series.verdict is Verdict.REFUSE and "released before" in series.reason for series in made.series]


@pytest.mark.parametrize("row", ["F2,HEAD-2", "F2,HEAD-1", ""])
def test_images_of_a_renamed_folder_are_not_released_again(released: Released, row: str) -> None:
    (released.source / "F1").rename(released.source / "F2")
    next((released.source / "F2").rglob("*0")).unlink()
    make_ct_series(released.source / "F2" / "late", patient_id="CANARYPID1", study=2)
    rows = [row] if row else []
    for _ in range(2):
        assert sorted(refusals(released.plan(*rows))) == [False, True]
        record = released.go(*rows)
        assert (record.released, record.refused) == (1, 1)


def test_images_whose_patient_id_was_corrected_are_not_released_again(released: Released) -> None:
    shutil.rmtree(released.source / "F1")

    def correct(dataset: Any, _: int) -> None:
        dataset.PatientID = "CANARYPID1X"

    released.folder("F1", 1, change=correct)
    assert len(released.plan("F1,HEAD-1").errors) == 1
    (released.source / "F1").rename(released.source / "F2")
    assert refusals(released.plan("F2,HEAD-1-A")) == [True]


def test_images_that_a_run_refused_may_be_released_from_another_folder(released: Released) -> None:
    released.folder("F1", 1, series=2)
    for path in (released.source / "F1" / "CANARYSUB2").rglob("*0"):
        path.write_bytes(path.read_bytes()[:-100])
    assert released.go("F1,HEAD-1").refused == 1
    shutil.rmtree(released.source / "F1")
    released.folder("F2", 1, series=2)
    shutil.rmtree(released.source / "F2" / "CANARYSUB1")
    assert refusals(released.plan("F2,HEAD-1")) == [False]


def doubts(made: Plan) -> list[str]:
    assert not made.errors
    return [problem.where for problem in made.problems if "is this one person" in problem.message]


OTHER = {"PatientName": "Other^Person", "PatientBirthDate": "19990909"}


def test_one_patient_id_with_another_name_and_birth_date_is_said(released: Released) -> None:
    released.folder("F2", 1, study=2, set_values=OTHER)
    assert doubts(released.plan("F1,HEAD-1", "F2,HEAD-1")) == ["line 3, column 2"]
    shutil.rmtree(released.source / "F1")
    assert doubts(released.plan("F2,HEAD-1")) == ["line 2, column 2"]
    (released.source / "F2").rename(released.source / "F1")
    assert doubts(released.plan("F1,HEAD-1")) == ["line 2, column 2"]


@pytest.mark.parametrize(
    "values",
    [
        {"PatientName": "CANARYMARRIED^CANARYGIVEN1", "PatientBirthDate": "19990909"},
        {"PatientName": "Other^Person"},
        {"PatientName": None, "PatientBirthDate": None},
    ],
)
def test_a_changed_name_or_birth_date_alone_is_no_doubt(released: Released, values: dict[str, Any]) -> None:
    released.folder("F2", 1, study=2, set_values=values)
    assert doubts(released.plan("F1,HEAD-1", "F2,HEAD-1")) == []


def test_the_column_subject_settles_the_doubt(released: Released) -> None:
    released.folder("F2", 1, study=2, set_values=OTHER)
    assert doubts(released.plan("F1,HEAD-1,S1", "F2,HEAD-1,S1")) == []
