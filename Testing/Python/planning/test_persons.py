# SPDX-License-Identifier: Apache-2.0
"""Whose images a folder holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from ctseries import make_ct_series
from SlicerDeidLib.discovery.walk import discover
from SlicerDeidLib.model.plan import Plan, Verdict
from SlicerDeidLib.planning.plan import plan
from SlicerDeidLib.policies.load import read_policy


def planned(folder: Path, *people: tuple[str, str], patient_id: str = "CANARYPID1") -> Plan:
    """Plan one folder with a series of each person: name and birth date."""
    for number, (name, birth) in enumerate(people, start=1):
        values = {"PatientBirthDate": birth}
        target = folder / "in" / "F" / str(number)
        make_ct_series(
            target, slices=2, size=16, series=number, patient_id=patient_id, patient_name=name, set_values=values
        )
    return plan(discover(folder / "in"), read_policy("research"), key=b"k" * 32)


ANNA, BERT = ("Alpha^Anna", "19500101"), ("Beta^Bert", "19600101")


def test_two_people_without_patient_id_in_one_folder_are_refused(tmp_path: Path) -> None:
    made = planned(tmp_path, ANNA, BERT, patient_id="")
    assert {series.verdict for series in made.series} == {Verdict.REFUSE}
    assert all("no Patient ID and neither a name nor a birth date" in series.reason for series in made.series)


def test_two_people_with_one_patient_id_in_one_folder_are_said(tmp_path: Path) -> None:
    made = planned(tmp_path, ANNA, BERT)
    assert [p.severity for p in made.problems if "neither a name nor a birth date" in p.message] == ["warning"]


@pytest.mark.parametrize("other", [("Alpha^A.", ""), ("", "19500101"), ("Gamma^Anna", "19500101"), ("", "")])
def test_one_person_may_change_a_name_or_leave_it_out(tmp_path: Path, other: tuple[str, str]) -> None:
    made = planned(tmp_path, ANNA, other, patient_id="")
    assert not any("neither a name" in series.reason for series in made.series)


def test_a_series_that_shares_a_name_with_each_of_two_others_joins_them(tmp_path: Path) -> None:
    made = planned(tmp_path, ANNA, ("Beta^Anna", ""), BERT, patient_id="")
    assert not any("neither a name" in series.reason for series in made.series)
