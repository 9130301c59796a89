# SPDX-License-Identifier: Apache-2.0
"""Where things go, under which names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from SlicerDeidLib.model.instance import Instance, Patient, Series
from SlicerDeidLib.model.plan import Subject
from SlicerDeidLib.planning.folderwords import is_clinical
from SlicerDeidLib.planning.layout import LONGEST_PATH, Layout


def patient_of(*paths: str) -> Patient:
    instances = tuple(Instance(Path("Doe") / path, "dicom", 1, 1, "1.2", "1.2") for path in paths)
    return Patient(1, "Doe", (Series(1, "dicom", "CT", "1.2.3", instances),))


def subject_of(new: str = "P1", scan: int = 0, identifiers: frozenset[str] = frozenset({"Doe"})) -> Subject:
    return Subject("Doe", 1, new, new, new, "key", scan=scan, identifiers=identifiers)


def target_of(layout: Layout, patient: Patient, number: int = 1) -> str:
    (series,) = patient.series
    return layout.target(series, number, layout.folder_parts(series.instances[number - 1].path.parts))


def test_the_structure_is_kept_and_clinical_names_stay() -> None:
    patient = patient_of("CT HEAD/thin 1mm/a")
    assert target_of(Layout(patient, subject_of(), {}), patient) == "P1/CT HEAD/thin 1mm/P1_001_00001.dcm"


def test_other_names_become_numbers() -> None:
    patient = patient_of("Dr Smith 20190817/x/a", "Dr Smith 20190817/y/b")
    layout = Layout(patient, subject_of(), {})
    assert target_of(layout, patient, 1) == "P1/folder-01/series-01/P1_001_00001.dcm"
    assert target_of(layout, patient, 2) == "P1/folder-01/series-02/P1_001_00002.dcm"


def zipped(patient: Patient, *zips: str) -> Patient:
    return replace(patient, zips=frozenset(map(Path, zips)))


def test_a_zip_is_a_folder_whose_name_ends_as_one() -> None:
    patient = zipped(
        patient_of("CT HEAD.ZIP/thin/a", "Dr Smith.zip/b", "head/c"), "Doe/CT HEAD.ZIP", "Doe/Dr Smith.zip"
    )
    layout = Layout(patient, subject_of(), {})
    assert [target_of(layout, patient, number) for number in (1, 2, 3)] == [
        "P1/CT HEAD.zip/thin/P1_001_00001.dcm",
        "P1/series-01.zip/P1_001_00002.dcm",
        "P1/head/P1_001_00003.dcm",
    ]


@pytest.mark.parametrize("name", ["head.zip", "1.zip", "CT 5mm.zip", "zip.ZIP"])
def test_a_folder_that_is_called_as_a_zip_is_none(name: str) -> None:
    patient = patient_of(f"{name}/a")
    assert target_of(Layout(patient, subject_of(), {}), patient) == "P1/series-01/P1_001_00001.dcm"


def test_a_zip_and_a_folder_never_have_one_name_when_it_is_unpacked() -> None:
    patient = zipped(patient_of("head/a", "head.zip/b"), "Doe/head.zip")
    layout = Layout(patient, subject_of(), {})
    assert [target_of(layout, patient, number).split("/")[1] for number in (1, 2)] == ["head", "series-01.zip"]


def test_a_patient_in_a_zip_has_one_named_by_the_new_id() -> None:
    patient = zipped(patient_of("CT/a"), "Doe")
    assert target_of(Layout(patient, subject_of(), {}), patient) == "P1/P1.zip/CT/P1_001_00001.dcm"
    assert target_of(Layout(patient, subject_of(scan=2), {}), patient) == "P1/P1-2/P1-2.zip/CT/P1_001_00001.dcm"


def test_a_folder_that_became_a_zip_is_named_anew() -> None:
    names: dict[str, str] = {}
    patient = patient_of("x/a")
    assert target_of(Layout(patient, subject_of(), names), patient) == "P1/series-01/P1_001_00001.dcm"
    packed = zipped(patient, "Doe/x")
    assert target_of(Layout(packed, subject_of(), names), packed) == "P1/series-01.zip/P1_001_00001.dcm"


def test_a_path_in_a_zip_that_is_too_long_stays_in_a_zip() -> None:
    patient = zipped(patient_of(f"x.zip/{'/'.join(['head'] * 60)}/a"), "Doe/x.zip")
    assert target_of(Layout(patient, subject_of(), {}), patient) == "P1/series-01.zip/P1_001_00001.dcm"


def test_serial_scans_get_a_sub_folder_each() -> None:
    patient = patient_of("a")
    assert target_of(Layout(patient, subject_of(scan=2), {}), patient) == "P1/P1-2/P1_001_00001.dcm"


def test_a_clinical_word_that_is_this_patients_name_goes() -> None:
    patient = patient_of("Head/a")
    layout = Layout(patient, subject_of(identifiers=frozenset({"head"})), {})
    assert target_of(layout, patient) == "P1/series-01/P1_001_00001.dcm"


@pytest.mark.parametrize(
    "folders",
    ["2019/08/17/CT", "19/08/17", "CT 19/08/17", "Series 1/Scan 08/Series 17", "001/23", "13/04 bone", "13mm/4mm"],
)
def test_at_most_one_number_stays_over_the_whole_path(folders: str) -> None:
    patient = patient_of(f"{folders}/a")
    written = target_of(Layout(patient, subject_of(), {}), patient).split("/")[1:-1]
    assert len(written) == folders.count("/") + 1
    kept = [new for new, old in zip(written, folders.split("/"), strict=True) if new == old]
    assert sum(any(map(str.isdigit, name)) for name in kept) <= 1
    assert not {"08", "17", "001", "23", "CT 19"} & set(kept)


def test_the_outer_one_of_two_numbered_names_stays() -> None:
    patient = patient_of("Visit 1/Series 3/bone 1mm/a")
    written = target_of(Layout(patient, subject_of(), {}), patient)
    assert written == "P1/Visit 1/folder-01/bone 1mm/P1_001_00001.dcm"


@pytest.mark.parametrize(
    ("folders", "own"),
    [
        ("Series 123/axial/Series 456", "00123456"),
        ("HEAD 13/CT 04/AX 47", "19470413"),
        ("HEAD 47/CT 11", "4711"),
        ("HEAD/SCAN", "Headscan"),
    ],
)
def test_what_identifies_only_in_the_joined_path_goes(folders: str, own: str) -> None:
    patient = patient_of(f"{folders}/a")
    layout = Layout(patient, subject_of(identifiers=frozenset({own})), {})
    written = target_of(layout, patient).split("/")[1:-1]
    assert not set(written) & set(folders.split("/"))


def test_a_number_below_a_numbered_name_of_an_earlier_run_goes() -> None:
    known: dict[str, str] = {}
    Layout(patient_of("Visit 19/a"), subject_of(), known)
    patient = patient_of("Visit 19/a", "Visit 19/Series 8/b")
    layout = Layout(patient, subject_of(), known)
    assert target_of(layout, patient, 1).startswith("P1/Visit 19/P1_")
    assert target_of(layout, patient, 2).startswith("P1/Visit 19/series-01/")


def test_names_that_differ_by_case_only_stay_apart() -> None:
    patient = patient_of("CT/a", "ct/b", "series-01/c", "zzz/d")
    layout = Layout(patient, subject_of(), {})
    folders = {target_of(layout, patient, n).rsplit("/", 1)[0].casefold() for n in (1, 2, 3, 4)}
    assert len(folders) == 4


def test_names_given_before_stay_when_folders_join() -> None:
    known: dict[str, str] = {}
    Layout(patient_of("zzz/a"), subject_of(), known)
    patient = patient_of("aaa/a", "zzz/b")
    layout = Layout(patient, subject_of(), known)
    assert target_of(layout, patient, 2).startswith("P1/series-01/")
    assert target_of(layout, patient, 1).startswith("P1/series-02/")


def test_a_path_that_is_too_long_is_shortened() -> None:
    patient = patient_of("/".join(["CT HEAD contrast"] * 20) + "/a")
    assert len(target_of(Layout(patient, subject_of(), {}), patient)) <= LONGEST_PATH


@pytest.mark.parametrize("name", ["CT_HEAD", "Series 12", "thin 1mm", "axial+contrast", "T1w", "pre-post"])
def test_clinical_folder_names(name: str) -> None:
    assert is_clinical(name)


@pytest.mark.parametrize(
    "name",
    [
        "Smith",
        "20190817",
        "CT Smith",
        "1234",
        "17.08.51",
        "CT 04 03",
        "123.456.789-00",
        "1mm 2mm",
        "Kopf Müller",
        "a@b",
        "...",
        "CT;HEAD",
        "ＣＴ",
    ],
)
def test_folder_names_that_may_identify(name: str) -> None:
    assert not is_clinical(name)
