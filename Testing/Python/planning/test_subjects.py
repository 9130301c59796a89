# SPDX-License-Identifier: Apache-2.0
"""New IDs that would say who the patient is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ctseries import make_patient
from SlicerDeidLib.discovery.walk import discover
from SlicerDeidLib.identity.subjects import read_map
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


def test_a_subject_named_like_another_persons_id_is_another_person(tmp_path: Path) -> None:
    make_patient(tmp_path / "in", "F1", 1)
    make_patient(tmp_path / "in", "F2", 2)
    text = "Accession_number,De-identification_ID,Subject\nF1,S1,\nF2,S2,S1\n"
    (tmp_path / "map.csv").write_text(text)
    made = plan(discover(tmp_path / "in"), read_policy("research"), read_map(tmp_path / "map.csv"), key=b"k" * 32)
    assert len({series.subject.group for series in made.series}) == 2
