# SPDX-License-Identifier: Apache-2.0
"""Objects that are no images: released when asked for, without references to what is withheld and without outlines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pydicom
import pytest
import SlicerDeidLib as deid
from objectcases import (
    KEY,
    KO,
    PR,
    PREFIX,
    RT,
    SEG,
    Case,
    as_file,
    code,
    evidence,
    image,
    made,
    read_back,
    report,
    sop,
    text,
)
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.formats.dicomfile import DicomFile
from SlicerDeidLib.pipeline.objects import drop_outlines, is_inner_name, prune
from SlicerDeidLib.policies.dispositions import inner_structures


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_objects_are_released_only_when_asked_for(case: Case) -> None:
    case.add(report(text("acute infarct"), image(case.kept[0]), refers=evidence(case.kept[:1])))
    assert {record.modality for record in case.run("images").series if record.files} == {"CT"}
    case.out, case.private = case.folder / "out2", case.folder / "private2"
    assert case.run("clean").released == 2


def test_references_survive_and_those_to_what_is_withheld_are_pruned(case: Case) -> None:
    items = [text("acute infarct"), image(case.scout[0]), image(case.kept[0]), image(case.kept[1])]
    case.add(report(*items, refers=evidence(case.kept[:2], case.scout[:1])))
    case.run()
    (ds,) = case.released("SR")
    out = {str(image.SOPInstanceUID) for image in case.released("CT")}
    (study,) = ds.CurrentRequestedProcedureEvidenceSequence
    series = study.ReferencedSeriesSequence
    listed = [one.ReferencedSOPInstanceUID for each in series for one in each.ReferencedSOPSequence]
    shown = [
        one.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for one in ds.ContentSequence if one.ValueType == "IMAGE"
    ]
    assert len(listed) == len(shown) == 2
    assert {*listed, *shown} <= out
    assert ds.ContentSequence[0].TextValue == "acute infarct"
    assert ds.StudyInstanceUID == study.StudyInstanceUID


def test_a_key_object_selection_of_withheld_images_only_is_refused(case: Case) -> None:
    case.add(report(image(case.scout[0]), refers=evidence(case.scout[:1]), sop_class=KO))
    record = next(record for record in case.run().series if record.modality == "KO")
    assert record.reason == "what it refers to is withheld"
    assert not case.released("KO")


def test_images_that_are_refused_while_they_are_worked_on_are_withheld_too(case: Case) -> None:
    case.add(report(image(case.kept[0]), refers=evidence(case.kept[:1]), sop_class=KO))
    records = {record.modality: record for record in case.run(deface="surface", text="off").series}
    assert not records["CT"].files
    assert records["KO"].reason == "what it refers to is withheld"


def test_a_presentation_state_keeps_its_drawings_and_says_no_names(case: Case) -> None:
    ds = made(PR, "PR", 51)
    series = Dataset()
    series.SeriesInstanceUID, series.ReferencedImageSequence = f"{PREFIX}.9.1", Sequence([sop(case.kept[0])])
    ds.ReferencedSeriesSequence = Sequence([series])
    ds.ContentLabel, ds.ContentCreatorName = "FINDINGS", "CANARYFAMILY^CANARYREADER"
    words, drawing, graphic = Dataset(), Dataset(), Dataset()
    words.UnformattedTextValue = "infarct, see CANARYFAMILY"
    drawing.GraphicData, drawing.GraphicType = [1.0, 2.0, 3.0, 4.0], "POLYLINE"
    graphic.GraphicLayer, graphic.TextObjectSequence = "LAYER1", Sequence([words])
    graphic.GraphicObjectSequence = Sequence([drawing])
    ds.GraphicAnnotationSequence = Sequence([graphic])
    case.add(ds)
    case.run()
    (left,) = case.released("PR")
    reference = left.ReferencedSeriesSequence[0].ReferencedImageSequence[0]
    assert reference.ReferencedSOPInstanceUID in {str(image.SOPInstanceUID) for image in case.released("CT")}
    assert left.GraphicAnnotationSequence[0].TextObjectSequence[0].UnformattedTextValue == "infarct, see"
    assert list(left.GraphicAnnotationSequence[0].GraphicObjectSequence[0].GraphicData) == [1, 2, 3, 4]


def test_the_second_run_does_nothing_again_and_the_audit_finds_nothing(case: Case) -> None:
    items = [text("acute infarct"), image(case.scout[0]), image(case.kept[0])]
    case.add(report(*items, refers=evidence(case.kept[:2], case.scout[:1])))
    case.run()
    again = case.run()
    assert all(record.is_resumed for record in again.series if record.files)
    found = deid.audit(case.out, original=case.source, key=KEY).findings
    assert not [(f.check, f.tag, f.message) for f in found if f.severity == "error"]


# outlines


def structure_set(*regions: tuple[str, str]) -> DicomFile:
    ds = made(RT, "RTSTRUCT", 52)
    rois, contours, observations = [], [], []
    for number, (name, kind) in enumerate(regions, 1):
        roi, contour, observation = Dataset(), Dataset(), Dataset()
        roi.ROINumber, roi.ROIName = number, name
        contour.ReferencedROINumber = number
        observation.ReferencedROINumber, observation.RTROIInterpretedType = number, kind
        rois.append(roi), contours.append(contour), observations.append(observation)
    ds.StructureSetROISequence, ds.ROIContourSequence = Sequence(rois), Sequence(contours)
    ds.RTROIObservationsSequence = Sequence(observations)
    return as_file(ds)


def test_outlines_of_the_head_and_unknown_ones_are_dropped() -> None:
    regions = [("BODY", "EXTERNAL"), ("BrainStem", "ORGAN"), ("Lens_L", "ORGAN"), ("Eyes", "ORGAN"), ("GTV 1", "GTV"),
               ("Skin", ""), ("Face", ""), ("Zormox", ""), ("Brain", "EXTERNAL"), ("x", "")]  # fmt: skip
    file = structure_set(*regions)
    assert drop_outlines(file.dataset, inner_structures()) == 8
    left = read_back(file)
    assert [roi.ROIName for roi in left.StructureSetROISequence] == ["BrainStem", "GTV 1"]
    assert [one.ReferencedROINumber for one in left.ROIContourSequence] == [2, 5]
    assert [one.ReferencedROINumber for one in left.RTROIObservationsSequence] == [2, 5]


def test_a_structure_set_of_outlines_only_is_refused() -> None:
    with pytest.raises(SeriesRefused, match="no region is left"):
        drop_outlines(structure_set(("External", ""), ("Mandible", "ORGAN")).dataset, inner_structures())


@pytest.mark.parametrize(
    ("label", "meaning", "is_fine"), [("Brain", "Brain", True), ("Brain", "Skin", False), ("Head", "Brain", False)]
)
def test_a_segmentation_is_refused_when_a_segment_may_follow_the_head(label: str, meaning: str, is_fine: bool) -> None:
    ds = made(SEG, "SEG", 53)
    segment = Dataset()
    segment.SegmentNumber, segment.SegmentLabel = 1, label
    segment.SegmentedPropertyTypeCodeSequence = code("12738006", meaning, "SCT")
    ds.SegmentSequence = Sequence([segment])
    if is_fine:
        assert drop_outlines(as_file(ds).dataset, inner_structures()) == 0
    else:
        with pytest.raises(SeriesRefused, match="segment"):
            drop_outlines(as_file(ds).dataset, inner_structures())


@pytest.mark.parametrize(
    ("name", "is_inner"),
    [("SpinalCord", True), ("left kidney", True), ("PTV_60Gy", True), ("CTV-high", True), ("External", False),
     ("BODY", False),
     ("Orbit_R", False), ("", False), ("L", False), ("Müller", False), ("Brain of Miller", False), ("ear left", False)],
)  # fmt: skip
def test_names_of_inner_structures_are_known(name: str, is_inner: bool) -> None:
    assert is_inner_name(name, inner_structures()) is is_inner


def test_beside_undefaced_images_all_regions_stay(case: Case) -> None:
    ds = read_back(structure_set(("BODY", "EXTERNAL"), ("Brain", "ORGAN")))
    case.add(ds)
    case.run(deface="none")
    (left,) = case.released("RTSTRUCT")
    assert len(left.StructureSetROISequence) == 2


def test_a_pruned_item_moves_the_positions_that_others_refer_to() -> None:
    by_position = Dataset()
    by_position.RelationshipType, by_position.ReferencedContentItemIdentifier = "INFERRED FROM", [1, 3]
    finding = text("stroke")
    finding.ContentSequence = Sequence([by_position])
    ds = report(image("1.2.3"), finding, image("1.2.4"))
    file = as_file(ds)
    prune(file.dataset, {"1.2.3"}, is_big_endian=False)
    left = read_back(file)
    assert [one.ValueType for one in left.ContentSequence] == ["TEXT", "IMAGE"]
    assert list(left.ContentSequence[0].ContentSequence[0].ReferencedContentItemIdentifier) == [1, 2]


def test_real_objects_lose_nothing_that_was_valid(real_data: Path, tmp_path: Path) -> None:
    """Reports and segmentations with their images: the references of every object lead to what is released."""
    import shutil

    patient = tmp_path / "in" / "P1"
    shutil.copytree(real_data / "QIICR_dcmqi" / "ct-3slice", patient / "ct")
    shutil.copy(real_data / "pydicom_pydicom-data" / "liver.dcm", patient / "liver.dcm")
    policy = deid.read_policy("research", objects="clean")
    policy = replace(policy, deface=replace(policy.deface, method="none"), text=replace(policy.text, mode="off"))
    plan = deid.plan(deid.discover(tmp_path / "in"), policy, key=KEY, private=tmp_path / "private")
    record = deid.run(plan, tmp_path / "out", is_synced=False)
    assert record.released == 2
    found: dict[str, list[Any]] = {}
    for path in (tmp_path / "out").rglob("*.dcm"):
        ds = pydicom.dcmread(path)
        found.setdefault(ds.Modality, []).append(ds)
    images = {ds.SOPInstanceUID for ds in found["CT"]}
    (seg,) = found["SEG"]
    series = seg.ReferencedSeriesSequence[0]
    assert {one.ReferencedSOPInstanceUID for one in series.ReferencedInstanceSequence} <= images
    sources = [one.DerivationImageSequence[0].SourceImageSequence[0] for one in seg.PerFrameFunctionalGroupsSequence]
    assert {one.ReferencedSOPInstanceUID for one in sources} <= images
    assert seg.FrameOfReferenceUID == found["CT"][0].FrameOfReferenceUID
    assert seg.pixel_array.any()
