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
from SlicerDeidLib.pipeline.earlier import tasks_of
from SlicerDeidLib.pipeline.objects import prune


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def test_objects_are_released_only_when_asked_for(case: Case) -> None:
    case.add(report(text("acute infarct"), image(case.kept[0]), refers=evidence(case.kept[:1])))
    assert {record.modality for record in case.run("images").series if record.files} == {"CT"}
    case.out, case.private = case.folder / "out2", case.folder / "private2"
    assert case.run("clean").released == 2


def test_an_object_is_never_said_to_lack_a_file_beside_its_images(case: Case) -> None:
    case.add(report(text("acute infarct"), image(case.kept[0]), refers=evidence(case.kept[:1])))
    policy = deid.read_policy("research", objects="clean")
    plan = deid.plan(deid.discover(case.source), policy, deid.read_map(case.folder / "map.csv"), key=KEY)
    tasks = [task for task in tasks_of(plan, case.out, beside=["--nifti"]) if task is not None]
    assert {(task.plan.series.modality, task.beside) for task in tasks} == {("CT", ("--nifti",)), ("SR", ())}


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


def test_an_image_without_a_uid_anywhere_in_the_input_withholds_no_object(case: Case) -> None:
    case.add(report(text("acute infarct"), image(case.kept[0]), refers=evidence(case.kept[:1])))
    nameless = pydicom.dcmread(case.paths[0])
    del nameless.SOPInstanceUID
    (case.patient / "other").mkdir()
    nameless.SeriesInstanceUID += ".7"
    nameless.save_as(case.patient / "other" / "1.dcm")
    records = {record.modality: record for record in case.run().series if record.files}
    assert records.keys() == {"CT", "SR"}


def test_an_image_that_says_where_it_stands_in_a_report_is_none_and_loses_that(case: Case) -> None:
    for path in case.paths:
        ds = pydicom.dcmread(path)
        ds.ReferencedContentItemIdentifier = [1, 2]
        ds.save_as(path)
    case.run()
    assert not [ds for ds in case.released("CT") if "ReferencedContentItemIdentifier" in ds]
    assert case.released("CT")


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


def test_a_content_item_that_names_a_withheld_instance_by_its_uid_alone_is_pruned_too(case: Case) -> None:
    items = [text("acute infarct"), *(by_uid(uid) for uid in (case.scout[0], case.kept[0])), image(case.kept[1])]
    case.add(report(*items, refers=evidence(case.kept[:2])))
    case.run()
    (ds,) = case.released("SR")
    left = [one.UID for one in ds.ContentSequence if one.ValueType == "UIDREF"]
    assert len(left) == 1
    assert left[0] in {image.SOPInstanceUID for image in case.released("CT")}


def by_uid(uid: str) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType, item.UID = "CONTAINS", "UIDREF", uid
    item.ConceptNameCodeSequence = code("110180", "Study Instance UID")
    return item


def test_an_object_is_not_done_again_by_itself(case: Case) -> None:
    case.add(report(text("acute infarct"), image(case.kept[0]), refers=evidence(case.kept[:1])))
    policy = deid.read_policy("research", objects="clean")
    index, rows = deid.discover(case.source), deid.read_map(case.folder / "map.csv")
    plan = deid.plan(index, policy, rows, key=KEY, private=case.private)
    places = {one.series.modality: f"S01/{one.series.number}" for one in plan.series if one.instances}
    for modality, is_error in (("SR", True), ("CT", False)):
        again = deid.plan(index, policy, rows, key=KEY, private=case.private, only=[places[modality]])
        assert any("run all series again" in problem.message for problem in again.problems) == is_error
        assert bool(again.errors) == is_error


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
