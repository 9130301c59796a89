# SPDX-License-Identifier: Apache-2.0
"""New IDs that would say who the patient is."""

from __future__ import annotations

from pathlib import Path

import pytest
from ctseries import make_patient
from SlicerDeidLib.discovery.walk import discover
from SlicerDeidLib.identity.subjects import read_map
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
