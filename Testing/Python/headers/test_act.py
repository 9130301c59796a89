# SPDX-License-Identifier: Apache-2.0
"""What each action code does to each kind of value."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedCTImageStorage, ImplicitVRLittleEndian
from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.model.element import Element
from SlicerDeidLib.model.policy import Action, ActionCode, Rule
from SlicerDeidLib.policies.load import read_policy

UID = "1.2.826.0.1.3680043.8.498.42424242.5"


def setter(*elements: Element) -> Callable[[dict[int, Element]], None]:
    return lambda dataset: dataset.update({element.tag: element for element in elements})


def test_removed_emptied_and_dummy_values(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    ct.StationName, ct.InstitutionName, ct.ReferringPhysicianName = "CANARY", "CANARY", "CANARY^A"
    ct.KVP, ct.Rows = "120.5", 512
    result = through(
        ct,
        policy_of(("00081010", "X"), ("00080080", "D"), ("00080090", "Z"), ("00180060", "D"), ("00280010", "D")),
    )
    ds = result.dataset
    assert "StationName" not in ds
    assert ds.InstitutionName == "DEIDENTIFIED"
    assert ds.ReferringPhysicianName == ""
    assert ds.KVP == 0
    assert ds.Rows == 0
    assert result.actions("(0008,1010)") == {"removed"}
    assert result.actions("(0008,0080)") == {"dummy"}
    assert result.actions("(0008,0090)") == {"emptied"}


def test_a_rule_on_a_sequence_removes_its_items(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    item = Dataset()
    item.CodeMeaning = "CANARY"
    ct.ProcedureCodeSequence = Sequence([item])
    ct.RequestAttributesSequence = Sequence([item])
    ct.AnatomicRegionSequence = Sequence([item])
    result = through(ct, policy_of(("00081032", "X"), ("00400275", "Z"), ("00082218", "D")))
    assert b"CANARY" not in result.data
    assert "ProcedureCodeSequence" not in result.dataset
    assert result.dataset.RequestAttributesSequence == []
    assert len(result.dataset.AnatomicRegionSequence) == 1
    assert result.dataset.AnatomicRegionSequence[0].CodeMeaning == "DEIDENTIFIED"  # Type 1 in a code item


def test_a_dummy_sequence_has_what_its_iod_needs_and_nothing_else(
    ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    ct.SOPClassUID = EnhancedCTImageStorage
    purpose = Dataset()
    purpose.CodeValue, purpose.CodingSchemeDesignator, purpose.CodeMeaning = "CANARY1", "99CANARY", "CANARY"
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = EnhancedCTImageStorage, UID
    item.PurposeOfReferenceCodeSequence = Sequence([purpose])
    item.ImageComments = "CANARY"
    ct.ReferencedImageEvidenceSequence = Sequence([item])
    ct.ReferencedPerformedProcedureStepSequence = Sequence([item, item])
    result = through(ct, policy_of(("00081111", "X/Z/D")))
    steps = result.dataset.ReferencedPerformedProcedureStepSequence
    assert len(steps) == 1
    assert steps[0].ReferencedSOPClassUID == EnhancedCTImageStorage
    assert steps[0].ReferencedSOPInstanceUID.startswith("2.25.")
    assert set(steps[0].keys()) == {0x00081150, 0x00081155}


def test_a_kept_sequence_is_walked_to_any_depth(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    inner: Dataset = Dataset()
    inner.PatientName = "CANARY^DEEP"
    for _ in range(20):
        outer = Dataset()
        outer.ReferencedSeriesSequence = Sequence([inner, Dataset()])
        inner = outer
    ct.ReferencedStudySequence = Sequence([inner])
    result = through(ct, policy_of(("00100010", "X")))
    assert b"CANARY" not in result.data
    (change,) = [change for change in result.changes if change.keyword == "PatientName"]
    assert change.path == "(0008,1110)" + ">(0008,1115)" * 20 + ">(0010,0010)"


def test_each_uid_of_a_value_is_mapped_and_references_stay_consistent(
    ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    reference = Dataset()
    reference.ReferencedSOPClassUID = ct.SOPClassUID
    reference.ReferencedSOPInstanceUID = ct.SOPInstanceUID
    ct.ReferencedImageSequence = Sequence([reference])
    ct.IrradiationEventUID = [UID, ct.StudyInstanceUID]
    result = through(ct, policy_of(("vr:UI", "U")))
    ds = result.dataset
    assert ds.SOPInstanceUID == ds.file_meta.MediaStorageSOPInstanceUID
    assert ds.SOPInstanceUID == ds.ReferencedImageSequence[0].ReferencedSOPInstanceUID
    assert ds.IrradiationEventUID[1] == ds.StudyInstanceUID
    assert ds.IrradiationEventUID[0] != ds.StudyInstanceUID
    assert ds.SOPClassUID == ct.SOPClassUID == ds.ReferencedImageSequence[0].ReferencedSOPClassUID
    assert b"42424242" not in result.data


def test_new_ids_go_where_they_fit(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    rules = (("00100010", "new-id"), ("00100020", "new-id"), ("00080050", "new-id"), ("00200010", "new-id"))
    ct.PatientName, ct.PatientID, ct.AccessionNumber, ct.StudyID = "CANARY^A", "CANARYPID", "CANARYACC", "1"
    result = through(ct, policy_of(*rules), deidentification_id="A-LONG-NEW-ID-OF-MANY-LETTERS", accession_number="S1")
    ds = result.dataset
    assert ds.PatientName == ds.PatientID == "A-LONG-NEW-ID-OF-MANY-LETTERS"
    assert ds.AccessionNumber == ds.StudyID == "S1"


def test_new_ids_are_added_where_the_file_has_none(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    result = through(ct, policy_of(("00100010", "new-id"), ("00100020", "new-id"), ("00080050", "new-id")))
    assert result.dataset.PatientID == result.dataset.AccessionNumber == "STROKE-001"
    assert result.actions("(0010,0020)") == {"added"}


@pytest.mark.parametrize(
    ("age", "is_over_89", "kept"),
    [
        ("047Y", False, "047Y"),
        ("089Y", False, "089Y"),
        ("090Y", False, "090Y"),
        ("101Y", False, "090Y"),
        ("047Y", True, "090Y"),
        ("010M", True, "090Y"),
        ("999D", False, "999D"),
    ],
)
def test_ages_of_ninety_and_more_are_one(
    age: str, is_over_89: bool, kept: str, ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    ct.PatientAge = age
    assert through(ct, policy_of(("00101010", "age")), is_over_89=is_over_89).dataset.PatientAge == kept


@pytest.mark.parametrize(("raw", "kept"), [(b"47Y ", "047Y"), (b"047y", "047Y"), (b"", ""), (b"ninety", None)])
def test_ages_as_careless_devices_write_them(
    raw: bytes, kept: str | None, ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    result = through(ct, policy_of(("00101010", "age")), plant=setter(Element(0x00101010, "AS", raw)))
    assert result.dataset.get("PatientAge") == kept


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        (0x00180060, "DS", b"CANARY"),
        (0x00180060, "DS", b"120\\CANARY"),
        (0x00181151, "IS", b"12 CANARY "),
        (0x00181140, "CS", b"CANARY, A. "),
        (0x00181140, "CS", b"CANARYCANARYcanary"),
        (0x00080060, "CS", b"CT; CANARY"),
        (0x00181149, "IS", b"1947-04-13"),
        (0x0020000E, "UI", b"CANARY"),
        (0x00189073, "FD", b"CANARY!"),
        (0x00100040, "CS", b"CANARY"),
    ],
)
def test_words_in_a_number_or_code_do_not_stay(
    tag: int, vr: str, value: bytes, ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    result = through(ct, policy_of(), plant=setter(Element(tag, vr, value)))
    assert value not in result.data
    assert b"CANARY" not in result.data
    assert result.actions(f"({tag >> 16:04X},{tag & 0xFFFF:04X})") == {"removed: not valid for its VR"}


def test_of_several_codes_that_must_be_there_only_the_bad_ones_go(
    ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    planted = Element(0x00080008, "CS", b"ORIGINAL\\PRIMARY\\seen by Canary, A.")
    result = through(ct, policy_of(), plant=setter(planted))
    assert result.dataset.ImageType == ["ORIGINAL", "PRIMARY", "DEIDENTIFIED"]


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        (0x00180060, "DS", b"120.000000000000000001"),
        (0x00200032, "DS", b"-1.5e-12\\ 2 \\+3. "),
        (0x00181110, "DS", b"1,5 "),
        (0x00181151, "IS", b"240.0 "),
        (0x00181151, "IS", b"\\\\12"),
        (0x00181140, "CS", b"cw"),
        (0x00080008, "CS", b"ORIGINAL\\PRIMARY\\AXIAL\\CT_SOM5 SPI DUAL "),
        (0x00080008, "CS", b"DERIVED\\SECONDARY\\REFORMATTED_AVERAGE_OF_SLICES"),
        (0x00100040, "CS", b"M "),
        (0x00280010, "US", b""),
    ],
)
def test_numbers_and_codes_as_real_scanners_write_them_stay(
    tag: int, vr: str, value: bytes, ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    result = through(ct, policy_of(), plant=setter(Element(tag, vr, value)))
    assert value in result.data
    assert not result.changes


def test_the_sex_is_male_female_other_or_nothing(ct: Dataset, through: Callable) -> None:
    result = through(ct, "research", plant=setter(Element(0x00100040, "CS", b"MALE")))
    assert result.dataset.PatientSex == ""
    ct.PatientSex = "F"
    assert through(ct, "research").dataset.PatientSex == "F"


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, "1.2.840.10008.1.2.1"])
def test_an_attribute_with_the_wrong_vr_is_treated_as_its_own(
    syntax: str, ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    wrong = setter(
        Element(0x00080020, "LO", b"20240301"),
        Element(0x0020000D, "SH", UID.encode()),
        Element(0x00180060, "LO", b"CANARY"),
        Element(0x00081115, "LO", b"CANARY"),
        Element(0x00080030, "UN", b"120000"),
    )
    policy = policy_of(("00080020", "shift"), ("00080030", "shift"), ("0020000d", "U"))
    result = through(ct, policy, syntax=syntax, plant=wrong)
    assert b"CANARY" not in result.data
    assert UID.encode() not in result.data
    assert result.dataset["StudyDate"].VR == "DA"
    assert result.dataset.StudyDate < "20240301"
    assert result.dataset["StudyTime"].VR == "TM"
    assert result.dataset["StudyInstanceUID"].VR == "UI"


def test_actions_that_a_value_cannot_take_remove_it(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    ct.Rows, ct.Manufacturer, ct.StudyDate = 4711, "CANARY", "20240301"
    policy = policy_of(("00280010", "shift"), ("00080070", "age"), ("00080020", "new-id"))
    result = through(ct, policy)
    assert b"CANARY" not in result.data
    assert b"20240301" not in result.data
    assert result.dataset.Rows == 0
    assert result.dataset.Manufacturer == ""
    assert result.dataset.StudyDate == ""


def test_a_picture_inside_the_header_is_not_kept(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    icon = Dataset()
    icon.Rows = icon.Columns = 4
    icon.BitsAllocated = 8
    icon.PixelData = b"CANARYCANARYCANA"
    icon["PixelData"].VR = "OB"
    ct.IconImageSequence = Sequence([icon])
    ct.PixelData = b"PIXELS"
    ct["PixelData"].VR = "OB"
    ct.BitsAllocated = 8
    result = through(ct, policy_of())
    assert b"CANARY" not in result.data
    assert b"PIXELS" in result.data


@pytest.mark.parametrize("tag", [0x00080005, 0x7FE00010, 0x00281201])
def test_a_sequence_where_none_belongs_does_not_stay(
    tag: int, ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    planted = Element(tag, "SQ", items=[{0x00080104: Element(0x00080104, "LO", b"CANARY")}])
    assert b"CANARY" not in through(ct, policy_of(), plant=setter(planted)).data


@pytest.mark.parametrize("vr", ["AS", "LO", "CS", "DA", "UI"])
def test_a_text_where_numbers_belong_does_not_stay(
    vr: str, ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    assert b"CANARY" not in through(ct, policy_of(), plant=setter(Element(0x00280106, vr, b"CANARY"))).data
    with pytest.raises(
        SeriesRefused, match="the image is read with Rows, whose value cannot stay, since it is not valid"
    ):
        through(ct, policy_of(), plant=setter(Element(0x00280010, vr, b"CANARY")))


@pytest.mark.parametrize(
    ("address", "is_kept"),
    [
        ("http://snomed.info/sct/900000000000207008", True),
        ("https://loinc.org", True),
        ("https://dicom.nema.org/medical/dicom", True),
        ("http://qurstrom.pl/x", False),
        ("https://pacs.qurstrom.org/p/1", False),
        ("http://loinc.org.qurstrom.pl", False),
        ("http://loinc.org@qurstrom.pl", False),
        ("http://loinc.org/p?name=qurstrom", False),
        ("urn:oid:1.2.826.0.1.999", False),
    ],
)
def test_only_addresses_of_public_coding_schemes_stay(
    ct: Dataset, through: Callable, address: str, is_kept: bool
) -> None:
    scheme = Dataset()
    scheme.CodingSchemeDesignator, scheme.CodingSchemeURL = "LN", address
    ct.CodingSchemeIdentificationSequence = Sequence([scheme])
    (left,) = through(ct, "research").dataset.CodingSchemeIdentificationSequence
    assert ("CodingSchemeURL" in left) == is_kept


@pytest.mark.parametrize("selector", ["00101010", "standard", "vr:AS"])
def test_no_rule_keeps_an_age_over_89(selector: str, ct: Dataset, through: Callable, policy_of: Callable) -> None:
    for age, kept in (("095Y", "090Y"), ("061Y", "061Y")):
        ct.PatientAge = age
        assert through(ct, policy_of((selector, "K"))).dataset.PatientAge == kept


def test_an_option_that_keeps_ages_keeps_none_over_89(ct: Dataset, through: Callable) -> None:
    for age, kept in (("095Y", "090Y"), ("061Y", "061Y")):
        ct.PatientAge = age
        policy = read_policy("basic", options=["retain-patient-characteristics"])
        assert through(ct, policy).dataset.PatientAge == kept


@pytest.mark.parametrize(("birth", "is_refused"), [("19000101", True), ("19290314", True), ("19290316", False)])
@pytest.mark.parametrize("by", ["map", "kept"])
def test_no_birth_date_is_written_that_tells_an_age_over_89(
    ct: Dataset, through: Callable, policy_of: Callable, birth: str, is_refused: bool, by: str
) -> None:
    ct.StudyDate, ct.PatientBirthDate = "20190315", birth if by == "kept" else "19600606"
    policy, said = policy_of(("00100030", "Z" if by == "map" else "K")), birth if by == "map" else ""
    if is_refused:
        with pytest.raises(SeriesRefused, match="over 89"):
            through(ct, policy, birth_date=said)
    else:
        assert through(ct, policy, birth_date=said).dataset.PatientBirthDate == birth


def test_a_birth_date_that_is_one_for_all_tells_no_age(ct: Dataset, through: Callable, policy_of: Callable) -> None:
    ct.StudyDate, ct.PatientBirthDate = "20190315", "19600606"
    assert through(ct, policy_of(("00100030", "D"))).dataset.PatientBirthDate == "19000101"
    constant = Rule("00100030", Action(ActionCode.SET, None, "19010101"), "test")
    assert through(ct, policy_of(constant)).dataset.PatientBirthDate == "19010101"
