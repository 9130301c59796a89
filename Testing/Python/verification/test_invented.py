# SPDX-License-Identifier: Apache-2.0
"""The audit takes pseudonyms for what they are, and finds those that contradict each other or hold the original."""

from __future__ import annotations

import pydicom
import pytest
from faults import codes, found
from pydicom.dataset import FileDataset
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.policy import PSEUDONYM_VRS
from SlicerDeidLib.verification.invented import is_invented
from SlicerDeidLib.verification.reading import Found

PSEUDONYMS = KeyedPseudonyms(bytes(range(32)))
KEPT = {
    "ReferringPhysicianName": ("FULL_NAME", "PN"),
    "StudyID": ("ID_NUMERICAL", "SH"),
    "StudyDate": ("DATE", "DA"),
    "StudyTime": ("TIME", "TM"),
    "AcquisitionDateTime": ("DATETIME", "DT"),
    "PatientBirthDate": ("DATE", "DA"),
}


def never(_part: str) -> bool:
    return False


def element(vr: str, text: str) -> Found:
    return Found((), 0x00081010, vr, text.encode("latin-1"), ("latin_1",))


def with_pseudonyms(dataset: FileDataset) -> None:
    for keyword, (kind, vr) in KEPT.items():
        setattr(dataset, keyword, PSEUDONYMS.invent(kind, keyword, vr, never))


@pytest.mark.parametrize(
    ("kind", "vr"), [(k, vr) for k, vrs in PSEUDONYM_VRS.items() if k != "UID" for vr in sorted(vrs)]
)
def test_every_pseudonym_says_what_it_is(kind: str, vr: str) -> None:
    for number in range(200):
        for own in (never, lambda part: part in ("BC", "Hospital", "101010")):
            assert is_invented(element(vr, PSEUDONYMS.invent(kind, str(number), vr, own)))


@pytest.mark.parametrize(
    ("vr", "text"),
    [
        ("PN", "Fictor^Anna"),
        ("PN", "Miller^Fictolanu"),
        ("LO", "Fictilamano General Hospital"),
        ("LO", "Fictilamano\\St Mary"),
        ("LO", "99001234567"),
        ("SH", "H1234567"),
        ("DA", "20240229"),
        ("DA", "19000101"),
        ("TM", "101010"),
        ("IS", "20240229"),
    ],
)
def test_what_a_person_could_be_called_is_no_pseudonym(vr: str, text: str) -> None:
    assert not is_invented(element(vr, text))


def test_a_release_with_pseudonyms_has_no_fault(case) -> None:
    case.change_all(with_pseudonyms)
    assert found(case, original=case.original) == found(case)
    assert not [finding for finding in found(case, original=case.original) if finding[0] == "error"]


def test_one_original_that_became_two_pseudonyms_is_found(case) -> None:
    case.change_all(with_pseudonyms)
    case.change(lambda dataset: setattr(dataset, "ReferringPhysicianName", "Fictobabebibo^Fictababebi"), 2)
    assert ("warning", "pseudonyms", "(0008,0090)") in found(case, original=case.original)


def test_a_pseudonym_that_holds_a_part_of_the_original_is_found(case) -> None:
    for path in case.original.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.ReferringPhysicianName = "Fictobabebibo^Anna"
        dataset.save_as(path)
    case.change_all(lambda dataset: setattr(dataset, "ReferringPhysicianName", "Fictobabebibo^Fictababebi"))
    assert ("error", "pseudonyms", "(0008,0090)") in found(case, original=case.original)


def test_what_a_file_holds_that_does_not_claim_the_profile_is_a_warning(case) -> None:
    def weaken(dataset: FileDataset) -> None:
        dataset.PatientIdentityRemoved = "NO"
        codes(dataset, "113100")
        dataset.RequestingService = "Fictilamano Clinic"

    case.change_all(weaken)
    assert {finding for finding in found(case, original=case.original) if finding[1] == "tags"} == {
        ("warning", "tags", "(0032,1033)")
    }
