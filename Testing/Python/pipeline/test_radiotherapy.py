# SPDX-License-Identifier: Apache-2.0
"""Plans and doses: references, texts, dates and what shows the skin, on pydicom's own plan and dose."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pydicom
import pytest
from iodcheck import faults
from objectcases import KO, Case, as_file, evidence, image, own, radiotherapy, read_back, report, sop, validator_errors
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.pipeline.objects import prune
from SlicerDeidLib.pipeline.outlines import COMPENSATORS, DISTANCES, drop_distances
from SlicerDeidLib.verification.outlines import SOP_CLASS, outlines_in
from SlicerDeidLib.verification.reading import read


@pytest.fixture
def case(tmp_path: Path) -> Case:
    made = Case(tmp_path)
    for ds in radiotherapy(made):
        made.add(ds)
    return made


def reasons(case: Case, **settings: str) -> dict[str, str]:
    return {record.modality: record.reason for record in case.run(**settings).series if not record.files}


def test_plan_and_dose_refer_to_each_other_and_to_the_images_as_before(case: Case) -> None:
    before = pydicom.dcmread(case.patient / "objects" / "RTDOSE62.dcm")
    case.run()
    (structures,), (plan,), (dose,) = (case.released(kind) for kind in ("RTSTRUCT", "RTPLAN", "RTDOSE"))
    frame = structures.ReferencedFrameOfReferenceSequence[0]
    contours = frame.RTReferencedStudySequence[0].RTReferencedSeriesSequence[0].ContourImageSequence
    images = case.released("CT")
    assert {one.ReferencedSOPInstanceUID for one in contours} == {one.SOPInstanceUID for one in images}
    assert frame.FrameOfReferenceUID == images[0].FrameOfReferenceUID
    assert plan.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID == structures.SOPInstanceUID
    assert dose.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == plan.SOPInstanceUID
    assert dose.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID == structures.SOPInstanceUID
    assert list(dose.DVHSequence[0].DVHData) == [0.5, 30.0, 0.5, 12.0]
    assert dose.DVHSequence[0].DVHReferencedROISequence[0].ReferencedROINumber == 1
    np.testing.assert_array_equal(dose.pixel_array, before.pixel_array)
    assert (dose.DoseGridScaling, dose.GridFrameOffsetVector) == (before.DoseGridScaling, before.GridFrameOffsetVector)
    assert case.found() == []


def test_names_go_from_plan_and_dose_and_clinical_words_stay(case: Case) -> None:
    case.run()
    (plan,), (dose,) = case.released("RTPLAN"), case.released("RTDOSE")
    assert plan.BeamSequence[0].BeamName == "LAO boost"
    assert plan.PatientSetupSequence[0].SetupTechniqueDescription == "pillow of"
    assert dose.DoseComment == "brain dose, for"
    assert not plan.ReviewerName
    assert not plan.OperatorsName
    for ds in (plan, dose):
        assert "CANARY" not in str(ds).upper()


def test_plan_and_dose_lose_nothing_that_their_iods_require(case: Case) -> None:
    case.run()
    for kind in ("RTPLAN", "RTDOSE"):
        (after,) = case.released(kind)
        (path,) = (case.patient / "objects").glob(f"{kind}*.dcm")
        assert faults(after) <= faults(pydicom.dcmread(path))


def test_a_validator_finds_no_error_that_was_not_there(case: Case) -> None:
    case.run()
    for kind in ("RTPLAN", "RTDOSE"):
        (source,) = (case.patient / "objects").glob(f"{kind}*.dcm")
        (made,) = (path for path in case.out.rglob("*.dcm") if pydicom.dcmread(path).Modality == kind)
        assert validator_errors(made) <= validator_errors(source)


def test_the_dates_of_a_plan_move_as_those_of_the_images(case: Case) -> None:
    before = pydicom.dcmread(case.patient / "objects" / "RTPLAN61.dcm")
    case.run()
    (plan,) = case.released("RTPLAN")
    days = [
        np.datetime64(f"{d[:4]}-{d[4:6]}-{d[6:8]}T{t[:2]}:{t[2:4]}:{t[4:6]}")
        for ds in (before, plan)
        for d, t in ((ds.RTPlanDate, ds.RTPlanTime), (ds.StudyDate, ds.StudyTime))
    ]
    assert days[0] - days[1] == days[2] - days[3]
    assert days[0] != days[2]


def test_a_dose_is_left_out_beside_defaced_images_for_it_ends_at_the_skin(case: Case) -> None:
    for method in ("auto", "face"):
        case.anew(method)
        assert "doses end where the body ends" in reasons(case, deface=method)["RTDOSE"]
        assert case.released("RTDOSE") == []
    case.anew("none")
    record = next(record for record in case.run().series if record.modality == "RTDOSE")
    assert record.is_recognisable
    assert case.released("RTDOSE")[0].RecognizableVisualFeatures == "YES"


def test_a_plan_beside_defaced_images_does_not_say_how_far_the_skin_is() -> None:
    ds = pydicom.dcmread(pydicom.data.get_testdata_file("rtplan.dcm"))
    point = ds.BeamSequence[0].ControlPointSequence[0]
    point.SurfaceEntryPoint = [1.0, 2.0, 3.0]
    file = as_file(ds)
    assert drop_distances(file.dataset) == 2
    left = read_back(file).BeamSequence[0].ControlPointSequence[0]
    assert "SourceToSurfaceDistance" not in left
    assert "SurfaceEntryPoint" not in left
    assert left.IsocenterPosition == point.IsocenterPosition


@pytest.mark.parametrize(
    ("text", "goes"),
    [
        ("isocentric, SSD 91 cm", True),
        ("SSD: 91.3", True),
        ("91 cm SSD", True),
        ("3 cm below the skin", True),
        ("skin to isocentre = 87 mm", True),
        ("Tiefe 5 cm", True),
        ("3 fields, 30 Gy", False),
        ("mask, head rest B", False),
        ("skin marks are seen", False),
    ],
)
def test_a_text_of_a_plan_that_tells_how_far_the_skin_is_goes_beside_defaced_images(
    text: str, goes: bool, tmp_path: Path
) -> None:
    ds = pydicom.dcmread(pydicom.data.get_testdata_file("rtplan.dcm"))
    before = drop_distances(as_file(ds).dataset)
    ds.RTPlanDescription = ds.BeamSequence[0].BeamDescription = text
    file = as_file(ds)
    assert drop_distances(file.dataset) == before + 2 * goes
    left = read_back(file)
    assert ("RTPlanDescription" in left, "BeamDescription" in left.BeamSequence[0]) == (not goes, not goes)
    ds.save_as(tmp_path / "plan.dcm")
    said = [what for _, what in outlines_in({SOP_CLASS: ds.SOPClassUID}, read(tmp_path / "plan.dcm").elements())]
    assert ("A text tells how far the skin lies" in said) == (goes and ("SSD" in text or "skin to" in text))


def test_every_distance_to_the_skin_that_the_dictionary_knows_goes_from_a_plan() -> None:
    said = re.compile(r"SSD|Skin|Surface|ExternalContour|Beam ?DosePoint(?!Sequence)|ToPatient|ToEntrance")
    therapy = {tag for tag, row in DicomDictionary.items() if tag >> 16 in (0x3002, 0x300A, 0x300C, 0x3008) and
               said.search(row[4]) and row[0] in ("DS", "FL", "FD")}  # fmt: skip
    assert therapy <= DISTANCES
    assert {0x300A008D, 0x300A008E, 0x300A008F, 0x300A0131} < therapy


def test_averaged_distances_go_wherever_they_stand_in_a_plan() -> None:
    ds = pydicom.dcmread(pydicom.data.get_testdata_file("rtplan.dcm"))
    averages = Dataset()
    averages.AverageBeamDosePointDepth, averages.AverageBeamDosePointEquivalentDepth = 50.5, 49.5
    averages.AverageBeamDosePointSSD, averages.AverageBeamDosePointSourceToExternalContourDistance = 912.25, 911.0
    averages.CumulativeMetersetWeight = 1
    ds.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamDoseVerificationControlPointSequence = [averages]
    file = as_file(ds)
    assert drop_distances(file.dataset) == 5  # one Source to Surface Distance was there
    beam = read_back(file).FractionGroupSequence[0].ReferencedBeamSequence[0]
    (left,) = beam.BeamDoseVerificationControlPointSequence
    assert [element.keyword for element in left] == ["CumulativeMetersetWeight"]


def test_a_compensator_of_ions_or_as_it_was_recorded_is_one_too() -> None:
    for tag in COMPENSATORS:
        ds = pydicom.dcmread(pydicom.data.get_testdata_file("rtplan.dcm"))
        ds.BeamSequence[0].add_new(tag, "SQ", [Dataset()])
        with pytest.raises(SeriesRefused, match="compensator"):
            drop_distances(as_file(ds).dataset)


def test_a_plan_with_a_compensator_is_refused_beside_defaced_images() -> None:
    ds = pydicom.dcmread(pydicom.data.get_testdata_file("rtplan.dcm"))
    compensator = Dataset()
    compensator.CompensatorNumber, compensator.CompensatorThicknessData = 1, [1.0, 2.0]
    ds.BeamSequence[0].CompensatorSequence = Sequence([compensator])
    with pytest.raises(SeriesRefused, match="compensator"):
        drop_distances(as_file(ds).dataset)


def test_a_dose_without_its_structure_set_loses_its_histograms_alone(case: Case) -> None:
    ds = pydicom.dcmread(case.patient / "objects" / "RTDOSE62.dcm")
    file = as_file(ds)
    prune(file.dataset, {ds.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID}, is_big_endian=False)
    left = read_back(file)
    assert "DVHSequence" not in left
    assert "ReferencedStructureSetSequence" not in left
    assert len(left.ReferencedRTPlanSequence) == 1


def test_a_refusal_goes_on_from_structures_to_plan_dose_and_note(case: Case) -> None:
    path = case.patient / "objects" / "RTSTRUCT60.dcm"
    ds = pydicom.dcmread(path)
    study = ds.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
    study.RTReferencedSeriesSequence[0].ContourImageSequence = Sequence([sop(case.scout[0])])
    del study.ReferencedSOPClassUID, study.ReferencedSOPInstanceUID
    ds.save_as(path)
    dose = pydicom.dcmread(case.patient / "objects" / "RTDOSE62.dcm").SOPInstanceUID
    case.add(report(image(dose), image(case.kept[0]), refers=evidence([dose, case.kept[0]]), sop_class=KO))
    found = reasons(case)
    assert {found[kind] for kind in ("RTSTRUCT", "RTPLAN", "RTDOSE")} == {"what it refers to is withheld"}
    (note,) = case.released("KO")
    shown = [one.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for one in note.ContentSequence]
    listed = note.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert shown == [listed[0].ReferencedSOPInstanceUID]
    assert shown[0] in {one.SOPInstanceUID for one in case.released("CT")}
    assert case.found() == []


def test_plan_and_dose_in_one_series_are_released_together_and_the_dose_says_what_it_shows(case: Case) -> None:
    for path in (case.patient / "objects").glob("RT[PD]*.dcm"):
        ds = pydicom.dcmread(path)
        ds.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.4242.77"
        ds.save_as(path)
    record = next(record for record in case.run().series if len(record.files) == 2 and record.modality != "CT")
    assert record.is_recognisable
    assert "a head in this series stays recognisable" in record.findings[0]
    (plan,), (dose,) = case.released("RTPLAN"), case.released("RTDOSE")
    assert (dose.RecognizableVisualFeatures, "RecognizableVisualFeatures" in plan) == ("YES", False)
    case.anew("auto")
    records = [record for record in case.run(deface="auto").series if record.modality.startswith("RT")]
    assert (sum(record.left_out for record in records), case.released("RTDOSE")) == (1, [])


@pytest.mark.parametrize(
    "name", ["rtdose_1frame", "rtdose_expb", "rtdose_expb_1frame", "rtdose_rle", "rtdose_rle_1frame"]
)
def test_a_dose_stays_what_it_is_in_every_encoding(tmp_path: Path, name: str) -> None:
    case = Case(tmp_path)
    (case.patient / "objects").mkdir()
    before = own(pydicom.dcmread(pydicom.data.get_testdata_file(f"{name}.dcm")), 62)
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.481.5", "1.2.3.4"
    before.ReferencedRTPlanSequence = Sequence([reference])
    before.save_as(case.patient / "objects" / "dose.dcm")
    case.run()
    (after,) = case.released("RTDOSE")
    np.testing.assert_array_equal(after.pixel_array, before.pixel_array)
    assert after.file_meta.TransferSyntaxUID == before.file_meta.TransferSyntaxUID
    assert case.found() == []
