# SPDX-License-Identifier: Apache-2.0
"""Free texts of a header are cleaned: in every VR, character set and depth, and never longer than they were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from SlicerDeidLib.headers.freetext.values import TextCleaner
from SlicerDeidLib.headers.search.ownwords import OwnWords, is_misspelled
from SlicerDeidLib.headers.stamp import marks_of
from SlicerDeidLib.model.element import Element
from SlicerDeidLib.policies.load import read_policy

NOBODY = TextCleaner(OwnWords())


@pytest.mark.parametrize(
    ("keyword", "text", "kept"),
    [
        ("StudyDescription", "CT HEAD W/O CONTRAST 5mm Grunewald", "CT HEAD W/O CONTRAST 5mm"),  # LO
        ("PatientComments", "fall, rule out SDH. Call Dr. Grunewald", "fall, rule out SDH"),  # LT
        ("AcquisitionContextDescription", "Parkinson disease of Mr Ottokar", "Parkinson disease of"),  # ST
        ("MultienergyAcquisitionDescription", "dual energy 80 kV, Meier", "dual energy 80 kV"),  # UT
        ("ChannelLabel", "ECG Meier", "ECG"),  # SH
        ("ContrastBolusAgent", "Omnipaque 300 mg/ml, Meier", "Omnipaque 300 mg/ml"),
    ],
)
def test_a_listed_text_is_cleaned_whatever_its_vr(
    keyword: str, text: str, kept: str, ct: Dataset, through: Callable
) -> None:
    ct.PatientName = "Grunewald^Ottokar"
    setattr(ct, keyword, text)
    result = through(ct, "research")
    assert result.dataset[keyword].value == kept
    assert result.leaks == []
    assert keyword not in through(ct, "basic").dataset or through(ct, "basic").dataset[keyword].value != kept


def test_each_of_several_values_is_cleaned_and_their_number_stays(ct: Dataset, through: Callable) -> None:
    ct.RequestedContrastAgent, ct.MedicalAlerts = "none", ["diabetes", "Meier", "asthma"]
    assert through(ct, "research").dataset.MedicalAlerts == ["diabetes", "", "asthma"]


@pytest.mark.parametrize("text", ["Meier", "12.3.2019", "王小东", "of the"])
def test_a_text_of_which_nothing_stays_goes_as_the_basic_profile_says(
    text: str, ct: Dataset, through: Callable
) -> None:
    ct.SpecificCharacterSet = "ISO_IR 192"
    ct.SeriesDescription, ct.ProtocolName, ct.ContrastBolusAgent = text, text, text
    result = through(ct, "research")
    assert "SeriesDescription" not in result.dataset
    assert "ProtocolName" not in result.dataset
    assert result.dataset.ContrastBolusAgent == ""  # Type 2 in the CT image's IOD
    assert result.actions("(0008,103E)") == {"removed: no word of it may stay"}


def test_a_text_that_may_stay_is_not_touched_and_not_recorded(ct: Dataset, through: Callable) -> None:
    ct.SeriesDescription = "Head Routine 5.0 H31s"
    result = through(ct, "research")
    assert result.dataset.SeriesDescription == "Head Routine 5.0 H31s"
    assert result.actions("(0008,103E)") == set()


def test_sequences_of_descriptors_stay_with_what_is_clean_in_them(ct: Dataset, through: Callable) -> None:
    request = Dataset()
    request.ScheduledProcedureStepDescription, request.RequestedProcedureID = "CT neck for Meier", "R774189"
    private, public = Dataset(), Dataset()
    private.CodeValue, private.CodingSchemeDesignator, private.CodeMeaning = "77418", "99MEIER", "Neck of Meier"
    public.CodeValue, public.CodingSchemeDesignator, public.CodeMeaning = "69536005", "SCT", "Head"
    request.RequestedProcedureCodeSequence = Sequence([private])
    request.ReasonForRequestedProcedureCodeSequence = Sequence([public])
    ct.RequestAttributesSequence = Sequence([request])
    result = through(ct, "research")
    item = result.dataset.RequestAttributesSequence[0]
    assert item.ScheduledProcedureStepDescription == "CT neck for"
    assert item.RequestedProcedureID == "DEIDENTIFIED"
    assert item.ReasonForRequestedProcedureCodeSequence[0].CodeMeaning == "Head"
    code = item.RequestedProcedureCodeSequence[0]
    assert (code.CodeValue, code.CodingSchemeDesignator) == ("DEIDENTIFIED", "DEIDENTIFIED")
    assert code.CodeMeaning == "Neck of"
    assert b"eier" not in result.data.lower()


def test_text_that_the_images_iod_does_not_have_is_cleaned_and_its_own_is_kept(ct: Dataset, through: Callable) -> None:
    ct.DoseComment = "dose checked by Meier"  # LO, of RT Dose
    ct.DeviceDescription = "catheter of Meier"  # LO, not in the CT image's IOD
    ct.StrainAdditionalInformation = "none, says Meier"  # UT, of this IOD
    ct.ManufacturerModelName = "Meier 64"
    result = through(ct, "research").dataset
    assert result.DoseComment == "dose checked by"
    assert "Meier" not in result.get("DeviceDescription", "")
    assert "Meier" not in result.get("StrainAdditionalInformation", "")
    assert result.ManufacturerModelName == "Meier 64"


def test_prose_goes_as_a_whole_when_that_is_asked_for(ct: Dataset, through: Callable) -> None:
    ct.SeriesDescription, ct.PatientComments, ct.ImageComments = "Axial T2 FLAIR", "headache", "motion"
    policy = replace(read_policy("research"), keep_free_text=False)
    result = through(ct, policy)
    assert result.dataset.SeriesDescription == "Axial T2 FLAIR"
    assert "PatientComments" not in result.dataset
    assert "ImageComments" not in result.dataset
    assert "113105" in marks_of(policy).codes


@pytest.mark.parametrize("vr", ["UT", "UN", "LT"])
def test_an_attribute_newer_than_the_dictionary_is_cleaned(vr: str, ct: Dataset, through: Callable) -> None:
    value = b"patient prefers Meier "
    result = through(ct, "research", plant=lambda e: e.update({0x00100016: Element(0x00100016, vr, value)}))
    assert b"eier" not in result.data
    assert b"patient" in result.data


def test_unknown_bytes_of_a_known_text_are_cleaned_as_that_text(ct: Dataset, through: Callable) -> None:
    value = b"CT neck of Meier"
    result = through(ct, "research", plant=lambda e: e.update({0x0008103E: Element(0x0008103E, "UN", value)}))
    assert result.dataset.SeriesDescription == "CT neck of"


@pytest.mark.parametrize(
    ("charset", "value", "kept"),
    [
        ("ISO_IR 100", "Schädel nativ, Müller".encode("latin_1"), "Schädel nativ".encode("latin_1")),
        ("ISO_IR 192", "Schädel nativ, Müller".encode(), "Schädel nativ".encode()),
        ("ISO_IR 144", "CT голова Кузнецов".encode("iso8859_5"), b"CT"),
        ("ISO_IR 126", "CT Παπαδόπουλος 5mm".encode("iso8859_7"), b"CT 5mm"),
        ("GB18030", "CT 头部 王小东 5mm".encode("gb18030"), b"CT 5mm"),
        ("\\ISO 2022 IR 87", b"CT \x1b$B;3ED\x1b(B axial", b"CT axial"),
        ("\\ISO 2022 IR 149", b"CT \x1b$)C\xb1\xe8\xb5\xbf axial", b"CT axial"),
        ("ISO_IR 13", b"CT \xd4\xcf\xc0\xde axial", b"CT axial"),
        ("", "Schädel nativ".encode("latin_1"), b"nativ"),
        ("nonsense", "CT Schädel".encode("latin_1"), b"CT"),
        ("ISO_IR 100", "CT голова".encode(), b"CT"),
        ("ISO_IR 192", b"C\0T\0 \0H\0e\0a\0d\0", b""),
        ("ISO_IR 192", "CT Ångström nativ".encode(), b"CT nativ"),
        ("ISO_IR 192", "CT ９４ axial ٩٤".encode(), b"CT axial"),
    ],
)
def test_a_text_is_cleaned_in_its_character_set(charset: str, value: bytes, kept: bytes) -> None:
    cleaned = NOBODY.cleaned(value, charset.encode(), "LO")
    assert cleaned == kept
    assert NOBODY.cleaned(cleaned, charset.encode(), "LO") == cleaned


def test_letters_of_two_code_points_are_written_back_as_one_or_not_at_all() -> None:
    decomposed = "Scha\u0308del nativ"
    assert NOBODY.cleaned(decomposed.encode(), b"ISO_IR 192", "LO") == "Schädel nativ".encode()


@pytest.mark.parametrize(
    ("word", "name", "is_same"),
    [
        ("meier", "meyer", True), ("meir", "meier", True), ("meiier", "meier", True), ("meier", "meier", False),
        ("maier", "meyer", False), ("eier", "meier", True), ("meie", "meier", True), ("m", "meier", False),
    ],
)  # fmt: skip
def test_one_letter_wrong_is_a_misspelling(word: str, name: str, is_same: bool) -> None:
    assert is_misspelled(word, name) is is_same
