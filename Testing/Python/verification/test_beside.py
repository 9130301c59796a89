# SPDX-License-Identifier: Apache-2.0
"""Plans, doses, maps and PET in an audit: what is planted into a clean release is found, in each of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SlicerDeidLib as deid
from objectcases import (
    KEY,
    PR,
    RT,
    SEG,
    Case,
    evidence,
    image,
    made,
    make_pet_series,
    parametric_map,
    radiotherapy,
    report,
    text,
)
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence
from SlicerDeidLib.verification.beside import Beside
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.headers import top_level
from SlicerDeidLib.verification.reading import read

Plant = Callable[[Dataset], None]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    made = Case(tmp_path_factory.mktemp("objects"))
    for ds in radiotherapy(made):
        made.add(ds)
    values = np.random.default_rng(3).normal(1.0, 0.2, (1, 32, 32)).astype("<f4")
    values[0, 0] = np.nan
    made.add(parametric_map(values, made.kept[0]))
    make_pet_series(made.patient / "pet")
    made.run()
    return made


def change(case: Case, out: Path, modality: str, plant: Plant) -> None:
    shutil.copytree(case.out, out)
    for path in sorted(out.rglob("*.dcm")):
        ds = pydicom.dcmread(path)
        if ds.Modality == modality:
            plant(ds)
            ds.save_as(path)
            return


def errors(case: Case, out: Path) -> list[str]:
    report = deid.audit(out, original=case.source, key=KEY)
    return [f"{one.tag} {one.message}" for one in report.findings if one.severity == "error"]


def test_a_clean_release_of_all_of_them_has_no_error(case: Case) -> None:
    assert errors(case, case.out) == []
    assert {ds.Modality for ds in map(pydicom.dcmread, case.out.rglob("*.dcm"))} == {
        "CT", "RTSTRUCT", "RTPLAN", "RTDOSE", "MR", "PT"}  # fmt: skip


def beam(text: str) -> Plant:
    return lambda ds: setattr(ds.BeamSequence[0], "BeamName", text)


def drug(keyword: str, value: str) -> Plant:
    return lambda ds: setattr(ds.RadiopharmaceuticalInformationSequence[0], keyword, value)


def top(keyword: str, value: object) -> Plant:
    return lambda ds: setattr(ds, keyword, value)


def voxel(ds: Dataset) -> None:
    values = ds.pixel_array.copy()
    values[16, 16] += 1
    ds.FloatPixelData = values.tobytes()


def original_plan(ds: Dataset) -> None:
    ds.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID = "1.2.826.0.1.3680043.8.498.4242.61.1"


def dose_voxel(ds: Dataset) -> None:
    ds.PixelData = b"\1\0\0\0" + ds.PixelData[4:]


@pytest.mark.parametrize(
    ("modality", "plant", "said"),
    [
        ("RTPLAN", beam("Canaryfamily"), "(300A,00C2)"),
        ("RTPLAN", beam("Quavexthul"), "not in the clinical vocabulary"),
        ("RTPLAN", top("ReviewerName", "Quavexthul^Q"), "(300E,0008)"),
        ("RTPLAN", top("RTPlanDate", "20030903"), "(300A,0006)"),
        ("RTDOSE", top("DoseComment", "as Quavexthul said"), "(3004,0006)"),
        ("RTDOSE", original_plan, "(0008,1155)"),
        ("RTDOSE", dose_voxel, "(7FE0,0010)"),
        ("MR", top("ContentDescription", "CANARYFAMILY"), "(0070,0081)"),
        ("MR", top("ContentCreatorName", "Quavexthul^Q"), "(0070,0084)"),
        ("MR", voxel, "(7FE0,0010)"),
        ("PT", drug("RadiopharmaceuticalStartTime", "091530.00"), "(0018,1072)"),
        ("PT", drug("RadiopharmaceuticalStartDateTime", "20190817091530.00"), "(0018,1078)"),
        ("PT", drug("Radiopharmaceutical", "FDG of CANARYFAMILY"), "(0018,0031)"),
        ("PT", top("DeviceSerialNumber", "4711"), "(0018,1000)"),
    ],
)
def test_what_is_planted_is_found(case: Case, tmp_path: Path, modality: str, plant: Plant, said: str) -> None:
    change(case, tmp_path / "out", modality, plant)
    found = errors(case, tmp_path / "out")
    assert any(said in one for one in found), found


# a head that shows beside one that was removed


def test_what_shows_a_head_beside_a_defaced_one_is_found(case: Case, tmp_path: Path) -> None:
    out = tmp_path / "out"
    change(case, out, "CT", top("DerivationDescription", "Face and head surface removed"))
    said = [one for one in deid.audit(out).findings if one.check == "objects"]
    shown = {(one.severity, one.tag) for one in said}
    assert shown == {("warning", "(0008,0016)"), ("error", "(300A,00B0)>(300A,0111)>(300A,0130)")}
    assert sum(one.severity == "warning" for one in said) == 2 + len(list((case.patient / "pet").iterdir()))


def test_the_outline_of_the_head_beside_a_defaced_one_is_found(case: Case, tmp_path: Path) -> None:
    def outline(ds: Dataset) -> None:
        observation = Dataset()
        observation.ObservationNumber, observation.ReferencedROINumber = 1, 1
        observation.RTROIInterpretedType, observation.ROIInterpreter = "EXTERNAL", ""
        ds.RTROIObservationsSequence = Sequence([observation])

    change(case, tmp_path / "one", "RTSTRUCT", outline)
    assert not any(one.check == "objects" for one in deid.audit(tmp_path / "one").findings)
    path = next(path for path in (tmp_path / "one").rglob("*.dcm") if pydicom.dcmread(path).Modality == "CT")
    ds = pydicom.dcmread(path)
    ds.DerivationDescription = "Face removed"
    ds.save_as(path)
    tags = {one.tag for one in deid.audit(tmp_path / "one").findings if one.check == "objects"}
    assert "(3006,0080)>(3006,00A4)" in tags


def test_nobody_says_whether_a_head_shows_in_a_dose(case: Case, tmp_path: Path) -> None:
    change(case, tmp_path / "out", "RTDOSE", lambda ds: delattr(ds, "RecognizableVisualFeatures"))
    said = [one.message for one in deid.audit(tmp_path / "out").findings if one.tag == "(0028,0302)"]
    assert "Nothing says whether a face is recognisable." in said


# outlines of every kind


def code(meaning: str) -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "1", "SCT", meaning
    return Sequence([item])


def regions(name: str, *numbers: str | None, **said: object) -> Dataset:
    """Return a structure set of one region, and contours of numbers."""
    ds, roi, seen = made(RT, "RTSTRUCT", 80), Dataset(), Dataset()
    roi.ROINumber, roi.ROIName, seen.ReferencedROINumber = 1, name, 1
    for keyword, value in said.items():
        setattr(seen, keyword, value)
    contours = []
    for number in numbers:
        contour = Dataset()
        contour.ROIDisplayColor = [255, 0, 0]
        if number is not None:
            contour.ReferencedROINumber = number
        contours.append(contour)
    ds.StructureSetROISequence, ds.ROIContourSequence = Sequence([roi]), Sequence(contours)
    ds.RTROIObservationsSequence = Sequence([seen])
    return ds


def segmentation(listed: list[int], frames: list[int], label: str = "Brain", count: int = 2) -> Dataset:
    ds = made(SEG, "SEG", 81)
    ds.NumberOfFrames, ds.SegmentSequence, ds.PerFrameFunctionalGroupsSequence = count, Sequence(), Sequence()
    for number in listed:
        segment = Dataset()
        segment.SegmentNumber, segment.SegmentLabel = number, label
        ds.SegmentSequence.append(segment)
    for number in frames:
        group, named = Dataset(), Dataset()
        named.ReferencedSegmentNumber = number
        group.SegmentIdentificationSequence = Sequence([named])
        ds.PerFrameFunctionalGroupsSequence.append(group)
    return ds


def with_pixels(ds: Dataset, size: int) -> Dataset:
    """Give a segmentation of two frames of 10 x 10 bits some pixels."""
    ds.Rows, ds.Columns, ds.BitsAllocated, ds.SamplesPerPixel, ds.PixelData = 10, 10, 1, 1, bytes(size)
    ds.PhotometricInterpretation, ds["PixelData"].VR = "MONOCHROME2", "OB"
    return ds


def drawn(kind: str, numbers: int, value_type: str = "SCOORD") -> Dataset:
    item = Dataset()
    item.ValueType, item.GraphicType, item.GraphicData = value_type, kind, [0.5] * numbers
    return report(item, number=82)


def state(keyword: str, value: object) -> Dataset:
    ds = made(PR, "PR", 83)
    setattr(ds, keyword, value)
    return ds


def compound() -> Dataset:
    note, line = Dataset(), Dataset()
    line.GraphicData, note.CompoundGraphicSequence = [1.0, 2.0], Sequence([line])
    return state("GraphicAnnotationSequence", Sequence([note]))


def plan(keyword: str) -> Dataset:
    point, ds = Dataset(), made("1.2.840.10008.5.1.4.1.1.481.5", "RTPLAN", 84)
    setattr(point, keyword, 912.5)
    ds.BeamSequence = Sequence([point])
    return ds


def overlay() -> Dataset:
    ds = made(PR, "PR", 83)
    ds.add_new(0x60003000, "OW", bytes(8))
    return ds


@pytest.mark.parametrize(
    "ds",
    [regions("Brain", "1", "+1"), segmentation([1], [1, 1]),
     with_pixels(segmentation([1], [1, 1]), 26), drawn("POLYLINE", 8), drawn("POLYLINE", 12, "SCOORD3D"),
     drawn("ELLIPSOID", 18, "SCOORD3D"), state("ShutterShape", "RECTANGULAR"), regions("PTV+3mm", "1"),
     plan("SourceAxisDistance")],
)  # fmt: skip
def test_what_follows_no_head_is_not_found(ds: FileDataset, tmp_path: Path) -> None:
    assert found_in(ds, tmp_path) == []


@pytest.mark.parametrize(
    "ds",
    [
        *(regions("Brain", number) for number in ("99", None)),
        *(regions(name, "1") for name in ("Low dose 10 Gy", "5 Gy", "Brain+5cm", "PTV + 2", "Upper left", "PTV 95%")),
        regions("Brain", "1", RTROIInterpretedType="DOSE_REGION"),
        regions("Brain", "1", ROIObservationLabel="Face skin"),
        regions("Brain", "1", RTROIIdentificationCodeSequence=code("Skin")),
        segmentation([1], [1, 2]),
        segmentation([], [1, 1]),
        segmentation([1], [1]),
        segmentation([1], [1, 1], label="Skin"),
        with_pixels(segmentation([1], [1, 1]), 40),
        drawn("POLYLINE", 10),
        drawn("POLYGON", 8),
        drawn("POLYGON", 12, "SCOORD3D"),
        state("ShutterShape", ["RECTANGULAR", "POLYGONAL"]),
        compound(),
        overlay(),
        plan("AverageBeamDosePointSSD"),
        plan("AverageBeamDosePointDepth"),
        plan("SourceToPatientSurfaceDistance"),
    ],
)
def test_whatever_may_follow_a_head_is_found(ds: FileDataset, tmp_path: Path) -> None:
    assert len(found_in(ds, tmp_path)) == 1


def found_in(ds: FileDataset, folder: Path) -> list[str]:
    """Return what an audit says of an object beside a defaced head."""
    ds.save_as(folder / "object.dcm", enforce_file_format=True)
    reading = read(folder / "object.dcm")
    elements = reading.elements()
    beside, findings = Beside({"P1"}), Findings()
    beside.add("P1", top_level(elements), elements, len(reading.surplus()), "object.dcm")
    beside.judge(findings)
    assert all(one.severity == "error" for one in findings.all())
    return [one.message for one in findings.all()]


def test_a_reference_to_a_withheld_instance_is_found(tmp_path: Path) -> None:
    case = Case(tmp_path)
    named = Dataset()
    named.RelationshipType, named.ValueType, named.UID = "CONTAINS", "UIDREF", case.kept[0]
    named.ConceptNameCodeSequence = code("Image")
    case.add(report(text("acute infarct"), named, image(case.kept[1]), refers=evidence(case.kept[:2])))
    case.run()
    assert errors(case, case.out) == []
    path = next(path for path in case.out.rglob("*.dcm") if pydicom.dcmread(path).SOPInstanceUID == uid_of(case))
    path.unlink()
    assert any("(0040,A124) This refers to an instance that was withheld" in one for one in errors(case, case.out))


def uid_of(case: Case) -> str:
    (ds,) = case.released("SR")
    return str(next(item.UID for item in ds.ContentSequence if item.ValueType == "UIDREF"))
