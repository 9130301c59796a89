# SPDX-License-Identifier: Apache-2.0
"""What the standard itself defines stays, whatever the patient is called."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedMRImageStorage
from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.headers.codes import is_public_code
from SlicerDeidLib.headers.search.sweep import Sweeper, suspicious_paths
from SlicerDeidLib.headers.stamp import marks_of, stamp
from SlicerDeidLib.model.element import Element, Elements


def code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def elements_of(value: str, scheme: str, meaning: str) -> Elements:
    texts = {0x00080100: value, 0x00080102: scheme, 0x00080104: meaning}
    return {tag: Element(tag, "LO", text.encode()) for tag, text in texts.items()}


@pytest.mark.parametrize(
    ("value", "scheme", "meaning", "is_public"),
    [
        ("69536005", "SCT", "Head", True),
        ("69536005", "SCT", " head ", True),
        ("T-D1100", "SRT", "Head", True),
        ("121311", "DCM", "Localizer", True),
        ("mm", "UCUM", "mm", True),
        ("69536005", "SCT", "Head of Canary", False),
        ("69536005", "99CANARY", "Head", False),
        ("4711", "SCT", "Head", False),
        ("", "", "", False),
    ],
)
def test_a_code_is_public_with_its_own_meaning_only(value: str, scheme: str, meaning: str, is_public: bool) -> None:
    assert is_public_code(elements_of(value, scheme, meaning)) is is_public


@pytest.mark.parametrize("name", ["Head^A", "Brain^B", "Localizer^C"])
def test_a_public_code_stays_and_is_no_leak(name: str, ct: Dataset, through: Callable) -> None:
    ct.PatientName = name
    ct.AnatomicRegionSequence = [code("69536005", "SCT", "Head"), code("12738006", "SCT", "Brain")]
    ct.DerivationCodeSequence = [code("121311", "DCM", "Localizer"), code("121311", "99X", "Localizer of x")]
    result = through(ct, "research")
    assert [item.CodeMeaning for item in result.dataset.AnatomicRegionSequence] == ["Head", "Brain"]
    assert result.dataset.DerivationCodeSequence[0].CodeMeaning == "Localizer"
    swept = result.dataset.DerivationCodeSequence[1].CodeMeaning == "DEIDENTIFIED"
    assert swept is (name == "Localizer^C")
    assert result.leaks == []


@pytest.mark.parametrize(
    ("name", "keyword", "value"),
    [
        ("Monochrome2^A", "PhotometricInterpretation", "MONOCHROME2"),
        ("Palette^Color", "PhotometricInterpretation", "PALETTE COLOR"),
        ("Linear^A", "VOILUTFunction", "LINEAR"),
        ("Spiral^A", "AcquisitionType", "SPIRAL"),
        ("Brainstem^A", "BodyPartExamined", "BRAIN"),
        ("Modified^A", "LongitudinalTemporalInformationModified", "MODIFIED"),
    ],
)
def test_a_defined_term_stays_and_is_no_leak(
    name: str, keyword: str, value: str, ct: Dataset, through: Callable
) -> None:
    ct.PatientName = name
    setattr(ct, keyword, value)
    result = through(ct, "research")
    assert result.dataset[keyword].value == value
    assert result.leaks == []


def test_a_term_of_enhanced_images_stays(ct: Dataset, through: Callable) -> None:
    ct.SOPClassUID, ct.PatientName, ct.PhotometricInterpretation = EnhancedMRImageStorage, "Linear^A", "MONOCHROME2"
    ct.RectilinearPhaseEncodeReordering = "REVERSE_LINEAR"
    assert through(ct, "research").dataset.RectilinearPhaseEncodeReordering == "REVERSE_LINEAR"


def test_a_value_that_only_holds_a_term_is_swept(ct: Dataset, through: Callable) -> None:
    ct.PatientName, ct.ScanOptions, ct.FilterType = "Linear^A", "LINEAR_ANNA", "OF LINEAR"
    result = through(ct, "research").dataset
    assert "ScanOptions" not in result
    assert "FilterType" not in result


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("PhotometricInterpretation", "LINEAR_ANNA"),
        ("RescaleIntercept", "-8837261"),
        ("PixelSpacing", [8837261, 1]),
        ("ImagePositionPatient", [8837261, 1, 2]),
    ],
)
def test_a_value_that_an_image_is_read_with_is_not_replaced_but_refuses_the_series(
    keyword: str, value: object, ct: Dataset, through: Callable
) -> None:
    ct.PatientName, ct.PatientID = "Linear^A", "8837261"
    setattr(ct, keyword, value)
    with pytest.raises(SeriesRefused, match=f"read with {keyword}, whose value cannot stay, since it is equal to one"):
        through(ct, "research")


@pytest.mark.parametrize("name", ["MODIFIED", "CLEAN", "PROFILE", "LONGITUDINAL", "DEIDENTIFICATION", "RESEARCH"])
def test_our_own_marks_are_no_leak(name: str, context_of: Callable) -> None:
    dataset: Elements = {}
    stamp(dataset, marks_of(context_of("research").policy, recognizable_visual_features="YES"))
    family = Sweeper((), ()).family((("name", f"{name}^{name}".encode(), b""),))
    assert suspicious_paths({}, dataset, family) == []


def test_uids_of_public_schemes_stay_where_they_name_one_and_nowhere_else(ct: Dataset, through: Callable) -> None:
    scheme = Dataset()
    scheme.CodingSchemeDesignator, scheme.CodingSchemeUID = "SCT", "2.16.840.1.113883.6.96"
    own = Dataset()
    own.CodingSchemeDesignator, own.CodingSchemeUID = "99CANARY", "1.2.826.0.1.3680043.8.498.42424242.8"
    ct.CodingSchemeIdentificationSequence = [scheme, own]
    region = code("69536005", "SCT", "Head")
    region.ContextUID = "1.2.840.10008.6.1.308"
    ct.AnatomicRegionSequence = [region]
    ct.StudyInstanceUID, ct.SeriesInstanceUID = "2.16.840.1.113883.6.96", "1.2.840.10008.6.1.308"
    ct.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2.1951.817.77.4189"
    ct.FrameOfReferenceUID = "1.2.840.10008.1.4.1.1"
    result = through(ct, "research").dataset
    schemes = [item.CodingSchemeUID for item in result.CodingSchemeIdentificationSequence]
    assert schemes[0] == "2.16.840.1.113883.6.96"
    assert schemes[1].startswith("2.25.")
    assert result.AnatomicRegionSequence[0].ContextUID == "1.2.840.10008.6.1.308"
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        assert result[keyword].value.startswith("2.25.")
    assert result.FrameOfReferenceUID == "1.2.840.10008.1.4.1.1"  # well known, PS3.6 Table A-2
    assert result.SOPClassUID == ct.SOPClassUID


@pytest.mark.parametrize(
    ("scheme", "is_kept"),
    [("KOWALCZYK", False), ("Zwolinski", False), ("99ACME", True), ("LOCAL", True), ("MAYOASRG", True), ("SCT", True)],
)
def test_a_code_of_a_scheme_that_is_called_like_a_person_goes(
    ct: Dataset, through: Callable, scheme: str, is_kept: bool
) -> None:
    ct.AnatomicRegionSequence = [code("4711", scheme, "Head")]
    (left,) = through(ct, "basic").dataset.AnatomicRegionSequence
    assert (left.get("CodingSchemeDesignator") == scheme) is is_kept
    assert (left.get("CodeValue") == "4711") is is_kept
