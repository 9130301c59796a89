# SPDX-License-Identifier: Apache-2.0
"""Content items: what the Clean Structured Content Option keeps, cleans and removes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ComprehensiveSRStorage, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from SlicerDeidLib.model.policy import Policy
from SlicerDeidLib.policies.load import read_policy

UID = "1.2.826.0.1.3680043.8.498.42424242.77"
CONTENT = "clean-structured-content"


@cache
def policy(name: str = "research", *options: str) -> Policy:
    return read_policy(name, (CONTENT, *options))


def code(value: str, scheme: str = "DCM", meaning: str = "Finding") -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Sequence([item])


def item(kind: str, concept: str = "", scheme: str = "DCM", **values: Any) -> Dataset:
    made = Dataset()
    made.RelationshipType, made.ValueType = "CONTAINS", kind
    if concept:
        made.ConceptNameCodeSequence = code(concept, scheme)
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def number(value: str, units: str = "a") -> Sequence:
    measured = Dataset()
    measured.MeasurementUnitsCodeSequence, measured.NumericValue = code(units, "UCUM", "years"), value
    return Sequence([measured])


def reference() -> Sequence:
    made = Dataset()
    made.ReferencedSOPClassUID, made.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", UID
    return Sequence([made])


def report(*items: Dataset) -> Dataset:
    ds = Dataset()
    ds.SOPClassUID = ComprehensiveSRStorage
    ds.SOPInstanceUID = "1.2.826.0.1.3680043.8.498.42424242.1"
    ds.StudyInstanceUID = "1.2.826.0.1.3680043.8.498.42424242.2"
    ds.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.42424242.3"
    ds.Modality, ds.PatientName, ds.PatientID = "SR", "Canary^Bird", "CANARY-4711"
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ContentSequence = Sequence(items)
    return ds


def test_text_of_any_concept_is_cleaned_at_any_depth(through: Callable) -> None:
    inner = item("TEXT", "121071", TextValue="seen by Canary, acute infarct")
    outer = item(
        "CONTAINER", "121070", ContentSequence=Sequence([item("CONTAINER", ContentSequence=Sequence([inner]))])
    )
    unlisted = item("TEXT", "110804", TextValue="no fracture, call Quavexthul")
    result = through(report(outer, unlisted), policy())
    first, second = result.dataset.ContentSequence
    assert first.ContentSequence[0].ContentSequence[0].TextValue == "seen by, acute infarct"
    assert second.TextValue == "no fracture"
    assert not result.leaks


def test_what_the_table_removes_goes_with_all_below_it(through: Callable) -> None:
    below = item("TEXT", "121071", TextValue="acute infarct")
    gone = [
        item("TEXT", "121022", TextValue="A77123"),
        item("PNAME", "121036", PersonName="Canary^Mother"),
        item("CONTAINER", "121000", ContentSequence=Sequence([below])),
        item("IMAGE", "121200", ReferencedSOPSequence=reference()),
        item("NUM", "C54627", "NCIt", MeasuredValueSequence=number("12")),
    ]
    result = through(report(*gone, item("TEXT", "121071", TextValue="infarct")), policy())
    assert [one.TextValue for one in result.dataset.ContentSequence] == ["infarct"]
    assert result.actions("(0040,A730)") == {"item removed"}


def test_a_document_of_which_no_item_stays_has_no_content_sequence(through: Callable) -> None:
    result = through(report(item("TEXT", "121022", TextValue="A77123")), policy())
    assert "ContentSequence" not in result.dataset


def test_what_an_item_that_goes_says_is_searched_for_elsewhere(through: Callable) -> None:
    ds = report(item("TEXT", "121022", TextValue="ACC-774411"), item("PNAME", "121036", PersonName="Hand^Foot"))
    ds.StudyDescription = "Hand ACC-774411 CT head"
    result = through(ds, policy())
    assert result.dataset.StudyDescription == "CT head"


def test_names_become_dummies_and_references_are_mapped(through: Callable) -> None:
    items = [
        item("PNAME", "121008", PersonName="Canary^Doctor"),
        item("PNAME", "999999", PersonName="Canary^Stranger"),
        item("UIDREF", "112040", UID=UID),
        item("IMAGE", "121112", ReferencedSOPSequence=reference()),
        item("IMAGE", ReferencedSOPSequence=reference()),
        item("TEXT", "121030", TextValue="CANARY-4711"),
    ]
    first, second, uid, image, other, identifier = through(report(*items), policy()).dataset.ContentSequence
    assert {str(first.PersonName), str(second.PersonName), identifier.TextValue} == {"DEIDENTIFIED"}
    assert uid.UID.startswith("2.25.")
    assert image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == uid.UID
    assert other.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == uid.UID


def test_dates_move_with_the_subject_and_go_without_the_option(through: Callable) -> None:
    items = [
        item("DATETIME", "121125", DateTime="20240301120000"),
        item("DATE", "111060", Date="20240301"),
        item("DATETIME", "999999", DateTime="20240301120000"),
    ]
    ds = report(*items)
    ds.StudyDate, ds.StudyTime = "20240301", "120000"
    moved = through(ds, policy()).dataset
    assert moved.ContentSequence[0].DateTime == moved.StudyDate + moved.StudyTime == moved.ContentSequence[2].DateTime
    gone = through(ds, policy("basic")).dataset
    assert [one.get("Date") or one.get("DateTime") for one in gone.ContentSequence] == ["19000101", "19000101000000"]


def test_options_keep_what_they_speak_of(through: Callable) -> None:
    items = [
        item("TEXT", "121013", TextValue="Vexomat 9"),
        item("TEXT", "121009", TextValue="Klinik Zormox"),
        item("UIDREF", "112040", UID=UID),
        item("DATETIME", "121125", DateTime="20240301120000"),
        item("NUM", "121033", MeasuredValueSequence=number("97")),
    ]
    options = ["device-identity", "institution-identity", "uids", "full-dates", "patient-characteristics"]
    ds = report(*items)
    assert "ContentSequence" in through(ds, policy("basic")).dataset
    result = through(ds, policy("basic", *(f"retain-{option}" for option in options))).dataset
    name, place, uid, date, age = result.ContentSequence
    assert (name.TextValue, place.TextValue, uid.UID) == ("Vexomat 9", "Klinik Zormox", UID)
    assert date.DateTime == "20240301120000"
    assert age.MeasuredValueSequence[0].NumericValue == 90


@pytest.mark.parametrize(
    ("years", "units", "left"), [("89", "a", 89), ("90", "a", 90), ("104", "a", 90), ("1100", "mo", None)]
)
def test_ages_of_90_years_and_more_are_one(through: Callable, years: str, units: str, left: int | None) -> None:
    ds = report(item("NUM", "121033", MeasuredValueSequence=number(years, units)), item("CODE", "121032"))
    ages = [one for one in through(ds, policy()).dataset.ContentSequence if one.ValueType == "NUM"]
    assert [one.MeasuredValueSequence[0].NumericValue for one in ages] == ([] if left is None else [left])


def test_no_preciser_number_tells_the_age_that_is_bounded(through: Callable) -> None:
    measured = number("97")
    measured[0].FloatingPointValue = 97.25
    measured[0].RationalNumeratorValue, measured[0].RationalDenominatorValue = 389, 4
    (age,) = through(report(item("NUM", "121033", MeasuredValueSequence=measured)), policy()).dataset.ContentSequence
    assert {element.keyword for element in age.MeasuredValueSequence[0]} == {
        "MeasurementUnitsCodeSequence",
        "NumericValue",
    }


@pytest.mark.parametrize(("years", "left"), [("56", 56), ("97", 90)])
def test_an_age_in_an_acquisition_context_stays_an_age(ct: Dataset, through: Callable, years: str, left: int) -> None:
    age = number(years)[0]
    age.ConceptNameCodeSequence, age.FloatingPointValue = code("121033"), float(years)
    ct.AcquisitionContextSequence = Sequence([age])
    (kept,) = through(ct, policy()).dataset.AcquisitionContextSequence
    assert kept.NumericValue == left
    assert "FloatingPointValue" not in kept


@pytest.mark.parametrize(("concept", "scheme"), [("397669002", "SCT"), ("30525-0", "LN")])
def test_an_age_of_another_scheme_is_bounded_too(through: Callable, concept: str, scheme: str) -> None:
    ages = [item("NUM", concept, scheme, MeasuredValueSequence=number(years)) for years in ("56", "97")]
    result = through(report(*ages), policy()).dataset.ContentSequence
    assert [one.MeasuredValueSequence[0].NumericValue for one in result] == [56, 90]


def test_a_measured_value_hides_no_second_age_beside_it(through: Callable) -> None:
    age = item("NUM", "121033", MeasuredValueSequence=number("97"), NumericValue="97")
    (kept,) = through(report(age), policy()).dataset.ContentSequence
    assert kept.MeasuredValueSequence[0].NumericValue == 90
    assert "NumericValue" not in kept


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
@pytest.mark.parametrize(
    ("units", "values"),
    [
        ("a", {"NumericValue": "97"}),
        ("mo", {"NumericValue": "1164"}),
        ("wk", {"NumericValue": ["1", "5061"]}),
        ("d", {"FloatingPointValue": 35429.25}),
        ("a", {"RationalNumeratorValue": 389, "RationalDenominatorValue": 4}),
        ("a", {"NumericValue": "97", "TextValue": "very old"}),
    ],
)
def test_nothing_says_90_years_and_more_whatever_it_is_called(
    through: Callable, units: str, values: dict[str, object], syntax: str
) -> None:
    made = item("NUM", "112031", **values)
    made.MeasurementUnitsCodeSequence = code(units, "UCUM", "of time")
    younger = item("NUM", "112031", NumericValue="42")
    younger.MeasurementUnitsCodeSequence = code("a", "UCUM", "years")
    (kept,) = through(report(made, younger), policy(), syntax=syntax).dataset.ContentSequence
    assert kept.NumericValue == 42


def test_an_age_of_a_subject_who_is_over_89_in_another_study_is_90(through: Callable) -> None:
    ds = report(item("NUM", "121033", MeasuredValueSequence=number("88")))
    age = through(ds, policy(), is_over_89=True).dataset.ContentSequence[0]
    assert age.MeasuredValueSequence[0].NumericValue == 90


def test_the_older_codes_of_snomed_mean_the_same(through: Callable) -> None:
    old = item("DATETIME", "DF-0070B", "SRT", DateTime="20240301120000")
    assert "ContentSequence" not in through(report(old), policy("basic")).dataset


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_references_by_position_follow_their_items(through: Callable, syntax: str) -> None:
    gone = item("TEXT", "121022", TextValue="A77123")
    target = item("TEXT", "121071", TextValue="infarct")
    by_position = Dataset()
    by_position.RelationshipType, by_position.ReferencedContentItemIdentifier = "INFERRED FROM", [1, 2, 2]
    to_nothing = Dataset()
    to_nothing.RelationshipType, to_nothing.ReferencedContentItemIdentifier = "INFERRED FROM", [1, 1]
    box = item("CONTAINER", "121070", ContentSequence=Sequence([gone, target]))
    conclusion = item("TEXT", "121077", TextValue="stroke", ContentSequence=Sequence([to_nothing, by_position]))
    result = through(report(gone, box, conclusion), policy(), syntax=syntax).dataset
    references = result.ContentSequence[1].ContentSequence
    assert [list(one.ReferencedContentItemIdentifier) for one in references] == [[1, 1, 1]]


def test_a_code_of_a_private_scheme_stays_when_its_meaning_explains_it(through: Callable) -> None:
    plain = item("CODE")
    plain.ConceptNameCodeSequence = code("LV1", "99LAB", "Lesion volume")
    plain.ConceptCodeSequence = code("ZX-77", "99LAB", "Quavexthul")
    kept = through(report(plain), policy()).dataset.ContentSequence[0]
    assert kept.ConceptNameCodeSequence[0].CodeValue == "LV1"
    assert kept.ConceptCodeSequence[0].CodeValue == "DEIDENTIFIED"
    plain.ConceptNameCodeSequence = code("CANARY-4711", "99LAB", "Lesion volume")
    assert b"CANARY" not in through(report(plain), policy()).data


def test_an_item_with_a_value_of_another_type_hides_nothing(through: Callable) -> None:
    odd = item("CODE", "121071", TextValue="Canary was here", PersonName="Canary^B", UID=UID)
    result = through(report(odd), policy())
    assert b"anary" not in result.data
    assert UID.encode() not in result.data


def test_an_acquisition_context_is_cleaned_too(ct: Dataset, through: Callable) -> None:
    taken = Dataset()
    taken.ConceptNameCodeSequence, taken.TextValue = code("109056"), "Zormox protocol rest"
    name = Dataset()
    name.ConceptNameCodeSequence, name.PersonName = code("121435"), "Canary^C"
    ct.AcquisitionContextSequence = Sequence([taken, name])
    result = through(ct, policy()).dataset
    assert [one.TextValue for one in result.AcquisitionContextSequence] == ["protocol rest"]
    assert "AcquisitionContextSequence" not in through(ct, "research").dataset


def test_without_the_option_a_document_keeps_one_empty_item(through: Callable) -> None:
    ds = report(item("TEXT", "121071", TextValue="acute infarct"), item("TEXT", "121071", TextValue="more"))
    (only,) = through(ds, "research").dataset.ContentSequence
    assert only.TextValue == "DEIDENTIFIED"


def test_graphic_annotations_stay_with_cleaned_text_and_overlays_go(ct: Dataset, through: Callable) -> None:
    text = Dataset()
    text.UnformattedTextValue, text.BoundingBoxAnnotationUnits = "infarct, see Quavexthul", "PIXEL"
    drawing = Dataset()
    drawing.GraphicData, drawing.GraphicType = [1.0, 2.0, 3.0, 4.0], "POLYLINE"
    layer = Dataset()
    layer.GraphicLayer, layer.TextObjectSequence = "FINDINGS", Sequence([text])
    layer.GraphicObjectSequence = Sequence([drawing])
    ct.GraphicAnnotationSequence = Sequence([layer])
    ct.add_new(0x60003000, "OW", b"CANARY")
    result = through(ct, read_policy("research", ["clean-graphics"]))
    kept = result.dataset.GraphicAnnotationSequence[0]
    assert kept.TextObjectSequence[0].UnformattedTextValue == "infarct, see"
    assert list(kept.GraphicObjectSequence[0].GraphicData) == [1.0, 2.0, 3.0, 4.0]
    assert b"CANARY" not in result.data
    assert b"infarct" not in through(ct, "research").data


REPORTS = (
    "QIICR_dcmqi/sr-example/sr.dcm",
    "dcm4che_dcm4che-test-data/report_dfl",
    "fo-dicom_fo-dicom/Test Data/test_SR.dcm",
)


@pytest.mark.parametrize("name", REPORTS)
def test_real_reports_keep_their_numbers_and_public_codes(real_data: Path, through: Callable, name: str) -> None:
    ds = dcmread(real_data / name)
    result = through(ds, policy())
    before, after = list(nodes(ds)), list(nodes(result.dataset))
    assert not result.leaks
    assert values(after, "NUM") == values(before, "NUM")
    public = [one for one in values(before, "CODE") if one[0] in ("DCM", "SCT", "SRT", "UCUM")]
    assert [one for one in values(after, "CODE") if one[0] in ("DCM", "SCT", "SRT", "UCUM")] == public
    assert len(after) >= len(before) - 2


def nodes(ds: Dataset) -> Iterator[Dataset]:
    for one in ds.get("ContentSequence") or ():
        yield one
        yield from nodes(one)


def values(items: list[Dataset], kind: str) -> list[tuple[str, str]]:
    found = [one for one in items if one.get("ValueType") == kind]
    if kind == "NUM":
        return [("", str(one.MeasuredValueSequence[0].NumericValue)) for one in found]
    return [(c.CodingSchemeDesignator, c.CodeValue) for one in found for c in one.ConceptCodeSequence]


@pytest.mark.parametrize("name", ["open-science", "high", "basic", "research"])
@pytest.mark.parametrize(("units", "years"), [("a", "97"), ("258707000", "97"), ("{years}", "97"), ("h", "850000")])
def test_no_policy_that_bounds_ages_tells_one_in_an_item(through: Callable, name: str, units: str, years: str) -> None:
    items = [item("NUM", concept, MeasuredValueSequence=number(years, units)) for concept in ("121033", "112031")]
    left = through(report(*items, item("CODE", "121071")), policy(name)).dataset.ContentSequence
    assert left[-1].ValueType == "CODE"
    numbers = [one.MeasuredValueSequence[0].NumericValue for one in left if "MeasuredValueSequence" in one]
    assert numbers in ([], [90])


def test_an_age_that_is_told_in_steps_does_not_stay_whole_in_an_item(through: Callable) -> None:
    ds = report(item("NUM", "121033", MeasuredValueSequence=number("57")), item("CODE", "121071"))
    assert [one.ValueType for one in through(ds, policy("open-science")).dataset.ContentSequence] == ["CODE"]
