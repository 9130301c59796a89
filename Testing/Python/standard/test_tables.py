# SPDX-License-Identifier: Apache-2.0
"""The standard as tables: what they hold, against facts that were not read from their sources."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from importlib import resources

import pytest
from pydicom.datadict import dictionary_has_tag, dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.sr._cid_dict import cid_concepts
from pydicom.sr.codedict import codes
from SlicerDeidLib.standard import tables

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
MAMMOGRAPHY = "1.2.840.10008.5.1.4.1.1.1.2"
FILES = (
    "confidentiality.json",
    "attribute_types.json",
    "deidentification_codes.json",
    "structured_content.json",
    "safe_private.json",
)


def tag(keyword: str) -> int:
    found = tag_for_keyword(keyword)
    assert found is not None
    return int(found)


def rows() -> dict[str, tables.ConfidentialityRow]:
    return {row.selector: row for row in tables.confidentiality_rows()}


def type_at(sop_class: str, *keywords: str) -> str | None:
    *path, last = keywords
    return tables.attribute_type(sop_class, tuple(tag(k) for k in path), tag(last))


@pytest.mark.parametrize("name", FILES)
def test_each_file_names_its_origin_and_its_checksum_holds(name: str) -> None:
    text = resources.files("SlicerDeidLib.standard").joinpath("data", name).read_text(encoding="utf-8")
    table = json.loads(text)
    data = next(table[key] for key in ("rows", "data", "codes") if key in table)
    assert all(table[key] for key in ("table", "edition", "source", "licence"))
    assert tables.checksum_of(data) == table["sha256"]


def test_a_changed_cell_breaks_the_checksum() -> None:
    text = resources.files("SlicerDeidLib.standard").joinpath("data", "confidentiality.json").read_text("utf-8")
    table = json.loads(text)
    table["rows"][0][4] = "K"
    assert tables.checksum_of(table["rows"]) != table["sha256"]


def test_the_files_stay_small() -> None:
    folder = resources.files("SlicerDeidLib.standard").joinpath("data")
    assert sum(len(folder.joinpath(name).read_bytes()) for name in FILES) < 350_000


def test_table_e_1_1_has_655_rows_of_edition_2026a() -> None:
    assert tables.edition() == "2026a"
    assert len(tables.confidentiality_rows()) == 655
    assert Counter(row.since for row in tables.confidentiality_rows()) == {"2024b": 621, "2026a": 34}


def test_actions_are_as_many_as_in_an_independent_reading_of_2026c() -> None:
    """dicom-anonymizer 2.1.0 lists 655 selectors of 2026c: ours, without the private row, with Display URI."""
    read_elsewhere = {
        "D": 93, "Z": 42, "X": 415, "U": 55, "Z/D": 6, "X/Z": 11, "X/D": 23, "X/Z/D": 8, "X/Z/U*": 2,
    }  # fmt: skip
    assert Counter(row.basic for row in tables.confidentiality_rows()) == read_elsewhere


@pytest.mark.parametrize(
    ("selector", "keyword", "basic", "options"),
    [
        ("00100010", "PatientName", "Z", {}),
        ("00080050", "AccessionNumber", "Z", {}),
        ("00100020", "PatientID", "Z/D", {}),
        ("0020000d", "StudyInstanceUID", "U", {"retain-uids": "K"}),
        ("00080020", "StudyDate", "Z", {"retain-full-dates": "K", "retain-modified-dates": "C"}),
        ("00101010", "PatientAge", "X", {"retain-patient-characteristics": "K"}),
        ("00181000", "DeviceSerialNumber", "X/Z/D", {"retain-device-identity": "K"}),
        ("00080080", "InstitutionName", "X/Z/D", {"retain-institution-identity": "K"}),
        ("0008103e", "SeriesDescription", "X", {"clean-descriptors": "C"}),
        ("50xxxxxx", "CurveData", "X", {"clean-graphics": "C"}),
        ("60xx3000", "OverlayData", "X", {"clean-graphics": "C"}),
        ("60xx4000", "OverlayComments", "X", {"clean-graphics": "C"}),
        ("private", "", "X", {"retain-safe-private": "C"}),
        ("00880200", "IconImageSequence", "X", {}),
        ("00100011", "PersonNamesToUseSequence", "X", {}),
        ("300a0054", "TableTopPositionAlignmentUID", "U", {"retain-uids": "K"}),
    ],
)
def test_a_row_says_what_the_standard_prints(selector: str, keyword: str, basic: str, options: dict[str, str]) -> None:
    row = rows()[selector]
    assert (row.keyword, row.basic, row.options) == (keyword, basic, options)


def test_selectors_are_unique_and_of_a_known_form() -> None:
    selectors = [row.selector for row in tables.confidentiality_rows()]
    assert len(set(selectors)) == len(selectors)
    patterns = {s for s in selectors if s != "private" and not all(c in "0123456789abcdef" for c in s)}
    assert patterns == {"50xxxxxx", "60xx3000", "60xx4000"}


def test_no_note_or_line_break_stays_in_a_name() -> None:
    assert not [row.name for row in tables.confidentiality_rows() if "\n" in row.name or "see Note" in row.name]


def test_keywords_and_vrs_are_those_of_the_dictionary() -> None:
    for row in tables.confidentiality_rows():
        if row.selector.isalnum() and "x" not in row.selector and row.selector != "private":
            number = int(row.selector, 16)
            if dictionary_has_tag(number):
                assert (row.keyword, row.vr) == (keyword_for_tag(number), dictionary_VR(number))


def test_attributes_newer_than_the_dictionary_have_keywords_made_as_ps3_6_makes_them() -> None:
    assert rows()["00100042"].keyword == "SexParametersForClinicalUseCategoryComment"
    assert rows()["0040b036"].keyword == "SegmentDefinitionDateTime"
    assert rows()["0040b036"].vr == "DT"


def test_every_date_that_can_be_modified_can_also_be_retained() -> None:
    for row in tables.confidentiality_rows():
        assert ("retain-full-dates" in row.options) == ("retain-modified-dates" in row.options)


def test_rows_say_only_what_columns_may_say() -> None:
    for row in tables.confidentiality_rows():
        assert set(row.options) <= set(tables.OPTIONS)
        assert set(row.options.values()) <= {"K", "C"}


@pytest.mark.parametrize(
    ("sop_class", "keywords", "expected"),
    [
        (CT, ("PatientName",), "2"),
        (CT, ("PatientBirthDate",), "2"),
        (CT, ("StudyInstanceUID",), "1"),
        (CT, ("StudyDate",), "2"),
        (CT, ("SeriesDate",), "3"),
        (CT, ("KVP",), "2"),
        (CT, ("RescaleSlope",), "1"),
        (CT, ("FrameOfReferenceUID",), "1"),
        (CT, ("InstitutionName",), "3"),
        (CT, ("PatientAge",), "3"),
        (CT, ("ClinicalTrialSponsorName",), "1"),
        (CT, ("ContrastBolusAgent",), "2"),
        (CT, ("EchoTime",), None),
        (MR, ("EchoTime",), "2"),
        (MR, ("KVP",), None),
        (CT, ("ReferencedStudySequence", "ReferencedSOPInstanceUID"), "1"),
        (CT, ("ReferencedStudySequence",), "3"),
        (CT, ("SourceImageSequence", "PurposeOfReferenceCodeSequence", "CodeMeaning"), "1"),
        (CT, ("SourceImageSequence", "PatientName"), None),
        (CT, ("RequestAttributesSequence", "RequestedProcedureID"), "1C"),
        (ENHANCED_CT, ("DeviceSerialNumber",), "1"),
        (CT, ("DeviceSerialNumber",), "3"),
        (ENHANCED_CT, ("AcquisitionDateTime",), "1C"),
        (
            ENHANCED_CT,
            ("PerFrameFunctionalGroupsSequence", "FrameContentSequence", "FrameReferenceDateTime"),
            "1C",
        ),
        (ENHANCED_CT, ("SharedFunctionalGroupsSequence", "PixelMeasuresSequence", "PixelSpacing"), "1C"),
    ],
)
def test_a_type_is_that_of_ps3_3(sop_class: str, keywords: tuple[str, ...], expected: str | None) -> None:
    assert type_at(sop_class, *keywords) == expected


def test_the_strictest_type_of_several_modules_wins() -> None:
    """General Equipment asks nothing of the model's name (3), Enhanced General Equipment a value (1)."""
    assert type_at(CT, "ManufacturerModelName") == "3"
    assert type_at(ENHANCED_CT, "ManufacturerModelName") == "1"


def test_every_overlay_group_is_looked_up_as_the_first() -> None:
    assert tables.attribute_type(CT, (), 0x60000010) == "1"
    assert tables.attribute_type(CT, (), 0x601E0010) == "1"
    assert tables.attribute_type(CT, (), 0x60003000) == tables.attribute_type(CT, (), 0x60FE3000)


@pytest.mark.parametrize("sop_class", ["", "1.2.3", "1.2.840.10008.1.1"])
def test_a_class_that_is_not_in_the_tables_has_no_attributes(sop_class: str) -> None:
    assert tables.attribute_type(sop_class, (), tag("PatientName")) is None
    assert not tables.is_known_class(sop_class)


def test_private_and_impossible_places_have_no_type() -> None:
    assert tables.attribute_type(CT, (), 0x00290010) is None
    assert tables.attribute_type(CT, (tag("PatientName"),), tag("PatientID")) is None
    assert tables.attribute_type(CT, (0x00290010, 0x00291010), tag("PatientID")) is None
    assert tables.is_known_class(CT)


def test_every_image_needs_its_instance_uid() -> None:
    table = json.loads(resources.files("SlicerDeidLib.standard").joinpath("data", FILES[1]).read_text("utf-8"))
    media = "1.2.840.10008.1.3.10"  # a directory is no instance
    for sop_class in table["data"]["sop_classes"].keys() - {media}:
        assert tables.attribute_type(sop_class, (), tag("SOPInstanceUID")) == "1", sop_class


def test_codes_are_those_of_pydicom() -> None:
    known = {c.value: c.meaning for c in (getattr(codes.CID7050, k) for k in cid_concepts[7050]["DCM"])}
    assert tables.deidentification_codes() == known
    assert len(known) == 13


def test_each_option_has_the_code_that_carries_its_name() -> None:
    meanings = tables.deidentification_codes()
    first_words = {
        "retain-full-dates": "Retain Longitudinal Temporal Information Full Dates Option",
        "retain-modified-dates": "Retain Longitudinal Temporal Information Modified Dates Option",
    }
    for option in tables.OPTIONS:
        meaning = first_words.get(option, option.replace("-", " ") + " option")
        assert meanings[tables.OPTION_CODES[option]].lower() == meaning.lower()


def test_reading_the_tables_needs_no_pydicom() -> None:
    program = (
        "import sys; from SlicerDeidLib.standard import tables as t; t.confidentiality_rows(); "
        f"t.attribute_type({CT!r}, (), 0x00100010); t.deidentification_codes(); sys.exit('pydicom' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": _library()}, check=False)
    assert result.returncode == 0


def _library() -> str:
    return str(resources.files("SlicerDeidLib").joinpath(".."))
