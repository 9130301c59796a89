# SPDX-License-Identifier: Apache-2.0
"""Actions with arguments: read as they are written, refused where they cannot be done."""

from __future__ import annotations

import pytest
from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.policy import PSEUDONYM_VRS, Action, ActionCode
from SlicerDeidLib.policies.actions import read_action
from SlicerDeidLib.policies.selectors import selector_of, vr_of


def action(keyword: str, text: str) -> Action:
    selector = selector_of(keyword)
    assert selector is not None
    return read_action(text, selector, keyword)


@pytest.mark.parametrize(
    ("keyword", "text", "expected"),
    [
        ("ClinicalTrialSiteID", "pseudo ID_NUMERICAL", Action(ActionCode.PSEUDO, None, "ID_NUMERICAL")),
        ("InstitutionName", "pseudo HEALTH_INSTITUTION", Action(ActionCode.PSEUDO, None, "HEALTH_INSTITUTION_CA")),
        ("ConsultingPhysicianName", "pseudo FULL_NAME", Action(ActionCode.PSEUDO, None, "FULL_NAME")),
        ("StudyDate", "pseudo DATE", Action(ActionCode.PSEUDO, None, "DATE")),
        ("PatientAge", "bin 5 top 89", Action(ActionCode.BIN, None, "5 89")),
        ("PatientWeight", "bin 2.5", Action(ActionCode.BIN, None, "2.5")),
        ("PatientWeight", "top 150", Action(ActionCode.TOP, None, "150")),
        ("PatientID", "hash", Action(ActionCode.HASH, None, "16")),
        ("PatientID", "hash 64", Action(ActionCode.HASH, None, "64")),
        ("ClinicalTrialProtocolName", "set Our Trial", Action(ActionCode.SET, None, "Our Trial")),
        ("ClinicalTrialSponsorName", "add Sponsor", Action(ActionCode.ADD, None, "Sponsor")),
        ("StudyDate", "shift", Action(ActionCode.SHIFT, ActionCode.Z)),
    ],
)  # fmt: skip
def test_actions_are_read_as_they_are_written(keyword: str, text: str, expected: Action) -> None:
    assert action(keyword, text) == expected


@pytest.mark.parametrize(
    ("keyword", "text", "words"),
    [
        ("PatientID", "pseudo", "this class of pseudonyms is not known"),
        ("PatientID", "pseudo id_numerical", "this class of pseudonyms is not known"),
        ("StudyDate", "pseudo FULL_NAME", "and this attribute's are not"),
        ("PatientName", "pseudo DATE", "and this attribute's are not"),
        ("private", "pseudo UID", "and this attribute's are not"),
        ("RequestAttributesSequence", "pseudo UID", "and this attribute's are not"),
        ("PatientAge", "bin", "write 'bin WIDTH'"),
        ("PatientAge", "bin 0", "write 'bin WIDTH'"),
        ("PatientAge", "bin -5", "write 'bin WIDTH'"),
        ("PatientAge", "bin 2.5", "whole numbers"),
        ("PatientAge", "top 90", "89 years"),
        ("PatientAge", "set 095Y", "all told as 090Y"),
        ("PatientName", "bin 5", "cannot be done to 'PatientName'"),
        ("PatientID", "hash 4", "16 to 64 characters"),
        ("AccessionNumber", "hash 17", "16 to 16 characters"),
        ("PatientID", "hash six", "whole number"),
        ("StudyID", "X now", "takes nothing behind it"),
        ("StudyDate", "set yesterday", "not one of VR DA"),
        ("InstitutionName", "set", "to leave nothing"),
        ("InstitutionName", "set Zoë", "letters without accents"),
        ("PatientPosition", "set HFS\\FFS", "holds one value"),
        ("PatientPosition", "set head first", "at most 16 capital letters, digits, spaces and underscores"),
        ("PatientOrientation", "set L\\P\\H", "holds at most 2 values"),
        ("InstitutionName", "set " + "1" * 65, "not one of VR LO"),
        ("PatientID", "set Anonymous", "would make them one; write new-id."),
        ("PatientName", "add Anonymous", "would make them one; write new-id."),
        ("SOPInstanceUID", "set 1.2.3", "cannot be done"),
        ("StudyInstanceUID", "add 1.2.3", "cannot be done"),
        ("vr:LO", "add Trial", "for one attribute"),
        ("PatientID", "D", "would make them one; write new-id."),
        ("AccessionNumber", "D", "would make them one; write new-id."),
        ("PatientName", "Z/D", "would make them one; write new-id."),
        ("PatientID", "X", "or none, would make them one; write new-id."),
        ("PixelData", "X", "the image cannot be read without it"),
        ("Rows", "X", "the image cannot be read without it"),
        ("Modality", "set MR", "the image cannot be read without it"),
        ("SOPClassUID", "Z", "the image cannot be read without it"),
        ("RescaleSlope", "round 5", "the image cannot be read without it"),
        ("PatientIdentityRemoved", "set NO", "the program itself says this"),
        ("PatientID", "pseudonym UID", "is not known"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_sentence(keyword: str, text: str, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        action(keyword, text)
    assert words in caught.value.reason
    assert "'" + keyword + "'" in caught.value.reason


@pytest.mark.parametrize("keyword", ["PatientName", "AccessionNumber"])
def test_a_name_or_accession_number_may_be_empty_beside_a_patient_id(keyword: str) -> None:
    assert action(keyword, "Z").code is ActionCode.Z


@pytest.mark.parametrize("keyword", ["Rows", "Modality", "PixelData"])
def test_what_an_image_is_read_with_may_be_named_to_be_kept(keyword: str) -> None:
    assert action(keyword, "K").code is ActionCode.K


@pytest.mark.parametrize("kind", [*PSEUDONYM_VRS, "HEALTH_INSTITUTION"])
def test_a_class_of_pseudonyms_is_taken_by_every_vr_that_it_fits_and_no_other(kind: str) -> None:
    fitting = PSEUDONYM_VRS.get(kind, PSEUDONYM_VRS["HEALTH_INSTITUTION_CA"])
    for vr in (*PSEUDONYM_VRS["ID_NUMERICAL"], "AS", "DA", "DT", "OB", "SQ", "TM", "UI", "UL", "UR"):
        selector = f"vr:{vr}"
        assert vr_of(selector) == vr
        if vr in fitting:
            assert read_action(f"pseudo {kind}", selector, vr).code is ActionCode.PSEUDO
        else:
            with pytest.raises(PolicyError):
                read_action(f"pseudo {kind}", selector, vr)
