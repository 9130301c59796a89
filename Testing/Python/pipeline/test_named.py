# SPDX-License-Identifier: Apache-2.0
"""What one series of a patient names is known when another is cleaned."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pydicom
import pytest
import SlicerDeidLib as deid
from ctseries import make_ct_series
from pydicom.dataset import Dataset

NAMED = {
    "ReferringPhysicianName": "ZWOLINSKI^Adelheid",
    "OperatorsName": "OBERKOFLER",
    "InstitutionName": "QUONDAM Hospital",
    "StationName": "WARTCT7",
}


def _released(
    folder: Path, named: dict[str, Any], elsewhere: dict[str, Any], options: Sequence[str] = ()
) -> dict[str, Dataset]:
    """Release a series that names people and places, and another that names none; their first images."""
    make_ct_series(folder / "in" / "F" / "a", slices=1, set_values=named)
    nobody = dict.fromkeys(NAMED, "")
    make_ct_series(folder / "in" / "F" / "b", slices=1, series=2, set_values={**nobody, **elsewhere})
    rules = deid.read_policy("basic", options=options)
    rules = replace(rules, deface=replace(rules.deface, method="none"), text=replace(rules.text, mode="off"))
    plan = deid.plan(deid.discover(folder / "in"), rules, key=b"k" * 32, private=folder / "private")
    deid.run(plan, folder / "out", is_synced=False)
    images = sorted((folder / "out").rglob("*.dcm"), key=lambda path: path.name)
    return dict(zip("ab", map(pydicom.dcmread, images), strict=True))


@pytest.mark.parametrize("text", ["ZWOLINSKI", "Oberkofler", "QUONDAM", "wartct7"])
def test_people_and_places_that_another_series_names_go(tmp_path: Path, text: str) -> None:
    assert "ConvolutionKernel" not in _released(tmp_path, NAMED, {"ConvolutionKernel": text})["b"]


def test_those_that_another_series_names_in_its_sequences_go_too(tmp_path: Path) -> None:
    performed, requested = Dataset(), Dataset()
    performed.InstitutionName = "QUONDAM"
    requested.RequestingPhysician = "ZWOLINSKI"
    inside = {"PerformingPhysicianIdentificationSequence": [performed], "RequestAttributesSequence": [requested]}
    released = _released(tmp_path, inside, {"ConvolutionKernel": "QUONDAM", "FilterType": "ZWOLINSKI"})
    assert "ConvolutionKernel" not in released["b"]
    assert "FilterType" not in released["b"]


def test_what_the_policy_keeps_is_not_looked_for(tmp_path: Path) -> None:
    where = {"InstitutionName": "Quondam Hospital"}
    released = _released(tmp_path, where, {**where, "FilterType": "QUONDAM"}, ["retain-institution-identity"])
    assert [image.InstitutionName for image in released.values()] == ["Quondam Hospital"] * 2
    assert released["b"].FilterType == "QUONDAM"


def test_technical_values_stay_beside_them(tmp_path: Path) -> None:
    values = {
        "ConvolutionKernel": "H30s",
        "ManufacturerModelName": "SOMATOM Definition AS+",
        "SoftwareVersions": "VA48A",
    }
    released = _released(tmp_path, NAMED, values)
    assert {keyword: str(released["b"][keyword].value) for keyword in values} == values


def test_a_serial_scan_that_names_nobody_loses_what_the_other_one_names(tmp_path: Path) -> None:
    words = {"ConvolutionKernel": "OBERKOFLER", "FilterType": "FEATHERSTONE", "StationName": "H30s"}
    nobody = {**dict.fromkeys(NAMED, ""), "PatientName": "", "PatientID": "8837261"}
    known = {**NAMED, "PatientName": "FEATHERSTONE^Wilhelmina", "PatientID": "8837261"}
    make_ct_series(tmp_path / "in" / "F1", slices=1, set_values=known)
    make_ct_series(tmp_path / "in" / "F2", slices=1, study=2, set_values={**nobody, **words})
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nF1,S01\nF2,S01\n")
    rules = deid.with_choices(deid.read_policy("basic"), deface="none", text="off")
    index, rows = deid.discover(tmp_path / "in"), deid.read_map(tmp_path / "map.csv")
    plan = deid.plan(index, rules, rows, key=b"k" * 32, private=tmp_path / "private")
    assert deid.run(plan, tmp_path / "out", is_synced=False).released == 2
    second = pydicom.dcmread(next((tmp_path / "out" / "S01" / "S01-2").rglob("*.dcm")))
    assert "ConvolutionKernel" not in second
    assert "FilterType" not in second


def _run(folder: Path, options: Sequence[str] = ()) -> deid.RunRecord:
    rules = deid.with_choices(deid.read_policy("basic", options=options), deface="none", text="off")
    plan = deid.plan(deid.discover(folder / "in"), rules, key=b"k" * 32, private=folder / "private")
    return deid.run(plan, folder / "out", is_synced=False)


KNOWN = {**NAMED, "PatientName": "FEATHERSTONE^Wilhelmina", "PatientID": "8837261"}
LATER = {**dict.fromkeys(NAMED, ""), "PatientName": "", "PatientID": "8837261"}


@pytest.mark.parametrize(
    "text", ["FEATHERSTONE", "wilhelmina", "Featherston", "OBERKOFLER", "QUONDAM", "Zwolinski A", "WARTCT7", "8837261"]
)
def test_what_named_a_patient_is_known_in_a_later_run_that_shows_it_no_more(tmp_path: Path, text: str) -> None:
    make_ct_series(tmp_path / "in" / "F" / "a", slices=1, set_values=KNOWN)
    assert _run(tmp_path).released == 1
    shutil.rmtree(tmp_path / "in" / "F" / "a")
    words = {"ConvolutionKernel": text, "FilterType": "WEDGE_3", "StudyDescription": f"CT head {text}"}
    make_ct_series(tmp_path / "in" / "F" / "b", slices=1, series=2, set_values={**LATER, **words})
    assert _run(tmp_path, ["clean-descriptors"]).released == 1
    late = pydicom.dcmread(next((tmp_path / "out").rglob("*_002_*.dcm")))
    assert "ConvolutionKernel" not in late
    assert (late.FilterType, late.StudyDescription) == ("WEDGE_3", "CT head")


@pytest.mark.parametrize("folder", ["F", "again"])  # the same one, and another of the same Patient ID
def test_what_named_a_patient_is_known_later_though_nothing_of_it_was_released(tmp_path: Path, folder: str) -> None:
    other = {**KNOWN, "PatientName": "ARGANTONIUS^Bo", "PatientID": "7719"}
    make_ct_series(tmp_path / "in" / "F" / "a", slices=1, set_values={**KNOWN, "PhotometricInterpretation": "FOO"})
    make_ct_series(tmp_path / "in" / "G", slices=1, study=2, set_values=other)
    assert _run(tmp_path).released == 1
    shutil.rmtree(tmp_path / "in" / "F")
    words = {"ConvolutionKernel": "FEATHERSTONE", "FilterType": "WEDGE_3"}
    make_ct_series(tmp_path / "in" / folder / "b", slices=1, series=2, set_values={**LATER, **words})
    before = set((tmp_path / "out").rglob("*.dcm"))
    assert _run(tmp_path).released == 2
    (late,) = map(pydicom.dcmread, set((tmp_path / "out").rglob("*.dcm")) - before)
    assert "ConvolutionKernel" not in late
    assert late.FilterType == "WEDGE_3"


def test_what_named_a_patient_is_known_after_a_run_that_released_nothing_at_all(tmp_path: Path) -> None:
    make_ct_series(tmp_path / "in" / "F" / "a", slices=1, set_values={**KNOWN, "PhotometricInterpretation": "FOO"})
    assert _run(tmp_path).released == 0
    shutil.rmtree(tmp_path / "in" / "F" / "a")
    words = {"ConvolutionKernel": "FEATHERSTONE", "FilterType": "WEDGE_3"}
    make_ct_series(tmp_path / "in" / "F" / "b", slices=1, series=2, set_values={**LATER, **words})
    assert _run(tmp_path).released == 1
    (late,) = map(pydicom.dcmread, (tmp_path / "out").rglob("*_001_*.dcm"))
    assert "ConvolutionKernel" not in late
    assert late.FilterType == "WEDGE_3"


def test_a_run_that_released_nothing_binds_to_no_key_and_its_plan_can_run_again(tmp_path: Path) -> None:
    make_ct_series(tmp_path / "in" / "F" / "a", slices=1, set_values={**KNOWN, "PhotometricInterpretation": "FOO"})
    rules = deid.with_choices(deid.read_policy("basic"), deface="none", text="off")
    index = deid.discover(tmp_path / "in")
    plan = deid.plan(index, rules, key=b"k" * 32, private=tmp_path / "private")
    for _ in range(2):
        assert deid.run(plan, tmp_path / "out", is_synced=False).released == 0
    deid.plan(index, rules, key=b"l" * 32, private=tmp_path / "private")


@pytest.mark.parametrize("is_late", [False, True])
def test_the_maker_of_the_scanner_stays_though_a_doctor_is_called_so(tmp_path: Path, is_late: bool) -> None:
    staff = {**KNOWN, "PerformingPhysicianName": "SIEMENS^A"}
    make_ct_series(tmp_path / "in" / "F" / "a", slices=1, set_values=staff)
    if is_late:
        _run(tmp_path)
        shutil.rmtree(tmp_path / "in" / "F" / "a")
    words = {"Manufacturer": "SIEMENS Healthineers", "ConvolutionKernel": "DR SIEMENS"}
    make_ct_series(tmp_path / "in" / "F" / "b", slices=1, series=2, set_values={**LATER, **words})
    _run(tmp_path)
    (late,) = map(pydicom.dcmread, (tmp_path / "out").rglob("*_002_*.dcm"))
    assert late.Manufacturer == "SIEMENS Healthineers"
    assert "ConvolutionKernel" not in late
    found = deid.audit(tmp_path / "out", original=tmp_path / "in", private=tmp_path / "private").findings
    assert "(0008,0070)" not in {one.tag for one in found}


STRANGER = {**LATER, "PatientBirthDate": "19600417"}


@pytest.mark.parametrize(
    "patient_id",
    [
        *("ANONYMOUS", "Anon", "UNKNOWN", "0", "0000000", "123456", "XXX", "", "0000001", "Unknown Patient", "000-000"),
        *("anon001", "phantom", "---", "0123456789", "TEST123"),
    ],
)
@pytest.mark.parametrize("is_later", [False, True])
def test_folders_share_no_names_by_a_patient_id_that_stands_for_nobody(
    tmp_path: Path, patient_id: str, is_later: bool
) -> None:
    make_ct_series(tmp_path / "in" / "F", slices=1, set_values={**KNOWN, "PatientID": patient_id})
    if is_later:
        _run(tmp_path)
    words = {"PatientID": patient_id, "ConvolutionKernel": "FEATHERSTONE"}
    make_ct_series(tmp_path / "in" / "G", slices=1, study=2, set_values={**STRANGER, **words})
    before = set((tmp_path / "out").rglob("*.dcm"))
    _run(tmp_path)
    kernels = {pydicom.dcmread(path).ConvolutionKernel for path in set((tmp_path / "out").rglob("*.dcm")) - before}
    assert "FEATHERSTONE" in kernels


@pytest.mark.parametrize(
    "same",
    [
        {"PatientBirthDate": "19500203"},
        {"PatientBirthDate": "19500203", "PatientID": "n/a"},
        {"PatientName": "FEATHERSTONE^W", "PatientBirthDate": ""},
    ],
)
def test_a_patient_id_that_stands_for_nobody_joins_folders_of_one_name_or_birth_date(
    tmp_path: Path, same: dict[str, str]
) -> None:
    known = {**KNOWN, "PatientID": "UNKNOWN", "PatientBirthDate": "19500203"}
    make_ct_series(tmp_path / "in" / "F", slices=1, set_values=known)
    words = {"PatientID": "UNKNOWN", "ConvolutionKernel": "OBERKOFLER"}
    make_ct_series(tmp_path / "in" / "G", slices=1, study=2, set_values={**LATER, **words, **same})
    _run(tmp_path)
    images = [pydicom.dcmread(path) for path in (tmp_path / "out").rglob("*.dcm")]
    assert len(images) == 2
    assert all(image.get("ConvolutionKernel") != "OBERKOFLER" for image in images)


@pytest.mark.parametrize(
    "void", [{"PatientName": "Unknown^Patient"}, {"PatientBirthDate": "19000101"}, {"PatientBirthDate": "19500101"}]
)
def test_names_and_birth_dates_that_are_nobody_s_join_no_folders(tmp_path: Path, void: dict[str, str]) -> None:
    make_ct_series(tmp_path / "in" / "F", slices=1, set_values={**KNOWN, "PatientID": "UNKNOWN", **void})
    words = {"PatientID": "UNKNOWN", "ConvolutionKernel": "OBERKOFLER"}
    make_ct_series(tmp_path / "in" / "G", slices=1, study=2, set_values={**STRANGER, **void, **words})
    _run(tmp_path)
    assert "OBERKOFLER" in [pydicom.dcmread(one).get("ConvolutionKernel") for one in (tmp_path / "out").rglob("*.dcm")]


@pytest.mark.parametrize("patient_id", ["1", "7", "77", "123", "0001", "PAT 7"])
def test_a_short_number_is_a_patient_s_own_and_joins_folders(tmp_path: Path, patient_id: str) -> None:
    make_ct_series(tmp_path / "in" / "F", slices=1, set_values={**KNOWN, "PatientID": patient_id})
    words = {"PatientID": patient_id, "ConvolutionKernel": "FEATHERSTONE"}
    make_ct_series(tmp_path / "in" / "G", slices=1, study=2, set_values={**LATER, **words})
    _run(tmp_path)
    images = [pydicom.dcmread(path) for path in (tmp_path / "out").rglob("*.dcm")]
    assert len(images) == 2
    assert all(image.get("ConvolutionKernel") != "FEATHERSTONE" for image in images)


def test_of_what_named_a_patient_the_ledger_tells_nothing(tmp_path: Path) -> None:
    make_ct_series(tmp_path / "in" / "F" / "a", slices=1, set_values=KNOWN)
    _run(tmp_path)
    ledger = (tmp_path / "private" / "ledger.json").read_text().casefold()
    assert not any(word.casefold() in ledger for value in KNOWN.values() for word in value.split("^"))


def test_a_place_of_an_earlier_run_stays_where_the_policy_keeps_it_now(tmp_path: Path) -> None:
    make_ct_series(tmp_path / "in" / "F" / "a", slices=1, set_values=KNOWN)
    _run(tmp_path)
    shutil.rmtree(tmp_path / "in" / "F" / "a")
    words = {"InstitutionName": "QUONDAM Hospital Radiology", "ConvolutionKernel": "OBERKOFLER"}
    make_ct_series(tmp_path / "in" / "F" / "b", slices=1, series=2, set_values={**LATER, **words})
    assert _run(tmp_path, ["retain-institution-identity"]).released == 1
    late = pydicom.dcmread(next((tmp_path / "out").rglob("*_002_*.dcm")))
    assert late.InstitutionName == "QUONDAM Hospital Radiology"
    assert "ConvolutionKernel" not in late


def test_what_a_damaged_file_names_is_known_in_the_others_of_its_folder(tmp_path: Path) -> None:
    make_ct_series(tmp_path / "in" / "F" / "a", slices=1, set_values=KNOWN)
    (torn,) = (tmp_path / "in" / "F" / "a").iterdir()
    torn.write_bytes(torn.read_bytes()[:-100])
    words = {"ConvolutionKernel": "OBERKOFLER", "FilterType": "FEATHERSTONE"}
    make_ct_series(tmp_path / "in" / "F" / "b", slices=1, series=2, set_values={**LATER, **words})
    assert _run(tmp_path).released == 1
    left = pydicom.dcmread(next((tmp_path / "out").rglob("*.dcm")))
    assert "ConvolutionKernel" not in left
    assert "FilterType" not in left
