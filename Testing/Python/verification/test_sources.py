# SPDX-License-Identifier: Apache-2.0
"""What the maker of a device calls its private elements names no patient; what else stands there does."""

from __future__ import annotations

import pydicom
import pytest
from faults import claim, found, setter
from pydicom.dataset import FileDataset
from SlicerDeidLib.verification.audit import audit
from SlicerDeidLib.verification.profile import Kind
from SlicerDeidLib.verification.sources import Source

CREATORS = ("GEMS_IDEN_01", "GEMS_PATI_01", "ACME_ACQU_01", "Gwoh_Iden_Pati")


def give_creators(case, *creators: str) -> None:
    """Let private blocks of these creators stand in all originals, before what names the patient and behind it."""
    for path in case.original.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        for group in (0x0009, 0x0051):
            for number, creator in enumerate(creators, start=0x20):
                dataset.add_new(group << 16 | number, "LO", creator)
        dataset.save_as(path)


def test_parts_of_private_creators_inside_words_are_no_finding(case):
    def change(dataset: FileDataset) -> None:
        dataset.ImageComments, dataset.StationName = "Patient moved, image acquired late", "DEIDENTIFIED"
        dataset.ConvolutionKernel = "acquired"

    give_creators(case, *CREATORS)
    case.change_all(change)
    assert {entry for entry in found(case, original=case.original) if entry[1] == "values"} == set()


def test_a_private_creator_that_stays_is_no_finding_beside_such_words(case):
    def change(dataset: FileDataset) -> None:
        dataset.ImageComments = "Patient moved, image acquired late"
        dataset.add_new(0x00190010, "LO", "GEMS_ACQU_01")
        dataset.add_new(0x00191023, "DS", "3.75")
        claim(dataset, "113111", "Retain Safe Private Option")

    for path in case.original.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.add_new(0x00190010, "LO", "GEMS_ACQU_01")
        dataset.add_new(0x00191023, "DS", "3.75")
        dataset.save_as(path)
    case.change_all(change)
    assert found(case, original=case.original) == set()


@pytest.mark.parametrize("kernel", ["GEMS_PATI_01", "pati", "x PATI 3"])
def test_a_private_creator_as_a_word_of_its_own_is_found(case, kernel):
    give_creators(case, *CREATORS)
    case.change_all(setter("ConvolutionKernel", kernel))
    assert ("error", "values", "(0018,1210)") in found(case, original=case.original)


@pytest.mark.parametrize("kernel", ["Quavexthul", "xQUAVEXTHULx", "NuzjudNuzjud", "agwohaxa"])
def test_a_private_creator_that_holds_the_name_of_a_person_or_place_hides_it_nowhere(case, kernel):
    give_creators(case, "Quavexthul", "NUZJUD 01", "Gwohax_1")
    case.change_all(setter("ConvolutionKernel", kernel))
    assert ("error", "values", "(0018,1210)") in found(case, original=case.original)


def test_a_dummy_that_holds_the_patients_name_is_the_programs_own_word(case):
    for path in case.original.rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.PatientName = "Dentif^Iden"
        dataset.save_as(path)
    case.change_all(setter("StationName", "DEIDENTIFIED"))
    assert {entry for entry in found(case, original=case.original) if entry[1] == "values"} == set()
    case.change_all(setter("StationName", "Dentif"))
    assert ("error", "values", "(0008,1010)") in found(case, original=case.original)


def test_a_message_names_a_private_element_once(case):
    case.change_all(setter("ConvolutionKernel", "Bryngwo"))
    messages = {f.message for f in audit(case.out, original=case.original).findings}
    assert messages == {"A value of (0009,1001) of the original stands in (0018,1210)."}


@pytest.mark.parametrize("codec", ["ascii", "utf_16_le"])
def test_letters_beside_a_part_of_a_creator_are_seen_in_texts_of_two_bytes_too(codec):
    creator, needle = Source(0x00090010, Kind.LISTED), "pati".encode(codec)
    assert creator.is_meant(needle, "x PATI_1".encode(codec))
    assert not creator.is_meant(needle, "Patient".encode(codec))
    assert not creator.is_meant(needle, "occupati".encode(codec))
