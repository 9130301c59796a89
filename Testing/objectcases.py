# SPDX-License-Identifier: Apache-2.0
"""Objects made from images (reports, plans, doses, maps) and PET, full of canary values, and a patient who has them."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SlicerDeidLib as deid
from ctseries import make_ct_series
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian
from SlicerDeidLib.formats.dicom.file import DicomFile, read, write

KEY = b"k" * 32
CT, SR, KO, PR, RT, SEG, MAP, PET = (
    f"1.2.840.10008.5.1.4.1.1.{part}" for part in ("2", "88.33", "88.59", "11.1", "481.3", "66.4", "30", "128")
)
PREFIX = "1.2.826.0.1.3680043.8.498.4242"


def code(value: str, meaning: str, scheme: str = "DCM") -> Sequence:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return Sequence([item])


def sop(uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CT, uid
    return item


def evidence(*series: list[str]) -> Sequence:
    items = []
    for number, uids in enumerate(series):
        item = Dataset()
        item.SeriesInstanceUID = f"{PREFIX}.9.{number}"
        item.ReferencedSOPSequence = Sequence([sop(uid) for uid in uids])
        items.append(item)
    study = Dataset()
    study.StudyInstanceUID, study.ReferencedSeriesSequence = f"{PREFIX}.8", Sequence(items)
    return Sequence([study])


def image(uid: str) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType, item.ReferencedSOPSequence = "CONTAINS", "IMAGE", Sequence([sop(uid)])
    return item


def text(words: str) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType, item.TextValue = "CONTAINS", "TEXT", words
    item.ConceptNameCodeSequence = code("121071", "Finding")
    return item


def made(sop_class: str, modality: str, number: int) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, sop_class
    meta.MediaStorageSOPInstanceUID = f"{PREFIX}.{number}.1"
    ds = FileDataset(io.BytesIO(), {}, file_meta=meta, preamble=bytes(128))
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = sop_class, meta.MediaStorageSOPInstanceUID, modality
    ds.StudyInstanceUID, ds.SeriesInstanceUID = f"{PREFIX}.8", f"{PREFIX}.{number}.2"
    ds.PatientID, ds.PatientName = "CANARYPID1", "CANARYFAMILY^CANARYGIVEN"
    ds.StudyDate, ds.StudyTime, ds.AccessionNumber = "20190817", "120000", "CANARYACC1"
    ds.SeriesNumber, ds.InstanceNumber = number, 1
    return ds


def report(*items: Dataset, refers: Sequence | None = None, sop_class: str = SR, number: int = 50) -> FileDataset:
    ds = made(sop_class, "SR" if sop_class == SR else "KO", number)
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence, ds.ContentSequence = code("113000", "Of Interest"), Sequence(items)
    if refers is not None:
        ds.CurrentRequestedProcedureEvidenceSequence = refers
    return ds


class Case:
    """One patient: a CT series, a localizer that is refused, and objects that refer to both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        self.patient = self.source / "CANARYFOLDER1"
        self.paths = make_ct_series(self.patient / "ct")
        others = make_ct_series(self.patient / "scout", series=2, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"))
        self.kept, self.scout = ([pydicom.dcmread(p).SOPInstanceUID for p in group] for group in (self.paths, others))
        (folder / "map.csv").write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S01\n")

    def add(self, ds: FileDataset) -> None:
        path = self.patient / "objects" / f"{ds.Modality}{ds.SeriesNumber}.dcm"
        path.parent.mkdir(exist_ok=True)
        ds.save_as(path, enforce_file_format=True)

    def run(
        self,
        objects: str = "clean",
        deface: str = "none",
        text: str = "off",
        options: tuple[str, ...] = (),
        key: bytes = KEY,
        release: str = "",
    ) -> deid.RunRecord:
        policy = deid.read_policy("research", options, objects=objects)
        policy = replace(policy, deface=replace(policy.deface, method=deface), text=replace(policy.text, mode=text))
        subject_map = deid.read_map(self.folder / "map.csv")
        index = deid.discover(self.source)
        plan = deid.plan(index, policy, subject_map, key=key, private=self.private, release=release)
        return deid.run(plan, self.out, is_synced=False)

    def anew(self, name: str) -> None:
        """Let the next run write elsewhere."""
        self.out, self.private = self.folder / f"out-{name}", self.folder / f"private-{name}"

    def found(self, severity: str = "error") -> list[str]:
        """Return what an audit of the output says."""
        report = deid.audit(self.out, original=self.source, key=KEY)
        return [one.message for one in report.findings if one.severity == severity]

    def released(self, modality: str) -> list[FileDataset]:
        found = [pydicom.dcmread(path) for path in sorted(self.out.rglob("*.dcm"))]
        return [ds for ds in found if ds.Modality == modality]


def as_file(ds: FileDataset) -> DicomFile:
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return read(out.getvalue())


def read_back(file: DicomFile) -> FileDataset:
    return pydicom.dcmread(io.BytesIO(b"".join(bytes(chunk) for chunk in write(file))))


def radiotherapy(case: Case) -> tuple[FileDataset, FileDataset, FileDataset]:
    """Return a structure set of a case's images, and pydicom's own plan and dose, which refer to one another."""
    structures = made(RT, "RTSTRUCT", 60)
    structures.StructureSetLabel, structures.StructureSetDate = "STRUCTURES", "20190818"
    regions = Dataset()
    regions.ROINumber, regions.ROIName = 1, "BrainStem"
    structures.StructureSetROISequence = Sequence([regions])
    frame, study, series = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID, series.ContourImageSequence = f"{PREFIX}.9.1", Sequence([sop(u) for u in case.kept])
    study.ReferencedSOPClassUID, study.ReferencedSOPInstanceUID = "1.2.840.10008.3.1.2.3.1", f"{PREFIX}.8"
    study.RTReferencedSeriesSequence = Sequence([series])
    frame.FrameOfReferenceUID = pydicom.dcmread(case.paths[0]).FrameOfReferenceUID
    frame.RTReferencedStudySequence = Sequence([study])
    structures.ReferencedFrameOfReferenceSequence = Sequence([frame])
    plan, dose = (own(pydicom.dcmread(get_testdata_file(name)), number) for name, number in
                  (("rtplan.dcm", 61), ("rtdose.dcm", 62)))  # fmt: skip
    plan.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID = structures.SOPInstanceUID
    plan.BeamSequence[0].BeamName = "LAO boost Canaryplanner"
    plan.PatientSetupSequence[0].SetupTechniqueDescription = "pillow of CANARYFAMILY"
    plan.OperatorsName, plan.ReviewerName = "CANARYOPERATOR^B", "CANARYDOCTOR^A"
    of_plan = Dataset()
    of_plan.ReferencedSOPClassUID, of_plan.ReferencedSOPInstanceUID = plan.SOPClassUID, plan.SOPInstanceUID
    of_plan.ReferencedFractionGroupSequence = dose.ReferencedRTPlanSequence[0].ReferencedFractionGroupSequence
    dose.ReferencedRTPlanSequence = Sequence([of_plan])
    dose.DoseComment = "brain dose, for Canaryplanner"
    histogram, of_roi = Dataset(), Dataset()
    of_roi.DVHROIContributionType, of_roi.ReferencedROINumber = "INCLUDED", 1
    histogram.DVHReferencedROISequence = Sequence([of_roi])
    histogram.DVHType, histogram.DoseUnits, histogram.DoseType = "CUMULATIVE", "GY", "PHYSICAL"
    histogram.DVHDoseScaling, histogram.DVHVolumeUnits, histogram.DVHNumberOfBins = 1, "CM3", 2
    histogram.DVHData = [0.5, 30.0, 0.5, 12.0]
    dose.DVHSequence = Sequence([histogram])
    structure_set = Dataset()
    structure_set.ReferencedSOPClassUID, structure_set.ReferencedSOPInstanceUID = RT, structures.SOPInstanceUID
    dose.ReferencedStructureSetSequence = Sequence([structure_set])
    return structures, plan, dose


def own(ds: FileDataset, number: int) -> FileDataset:
    """Let an object of somebody else be of the invented patient."""
    ds.PatientID, ds.PatientName = "CANARYPID1", "CANARYFAMILY^CANARYGIVEN"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = f"{PREFIX}.8", f"{PREFIX}.{number}.2"
    ds.SeriesNumber = number
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"{PREFIX}.{number}.1"
    return ds


def parametric_map(frames: np.ndarray, *sources: str) -> FileDataset:
    """Return a map of floating point numbers, computed from CT slices."""
    ds = made(MAP, "MR", 63)
    ds.ImageType = ["DERIVED", "PRIMARY", "DIFFUSION", "NONE"]
    ds.SeriesDate, ds.ContentDate, ds.ContentTime = "20190817", "20190817", "121500"
    ds.ContentLabel, ds.ContentDescription = "ADC", "diffusion, made by Canaryplanner"
    ds.BurnedInAnnotation, ds.RecognizableVisualFeatures = "NO", "NO"
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.NumberOfFrames, ds.Rows, ds.Columns = frames.shape
    ds.BitsAllocated = frames.dtype.itemsize * 8
    setattr(ds, "FloatPixelData" if ds.BitsAllocated == 32 else "DoubleFloatPixelData", frames.tobytes())
    groups = []
    for source in sources:
        derivation, group = Dataset(), Dataset()
        derivation.SourceImageSequence = Sequence([sop(source)])
        group.DerivationImageSequence = Sequence([derivation])
        groups.append(group)
    ds.PerFrameFunctionalGroupsSequence = Sequence(groups)
    return ds


def make_pet_series(folder: Path, injected: str = "091530.00", scanned: str = "101500.000000") -> list[Path]:
    """Write a PET series whose injection was ``injected``; activities are as at the start of the scan."""
    drug = Dataset()
    drug.Radiopharmaceutical, drug.RadionuclideTotalDose, drug.RadionuclideHalfLife = "FDG", "3.7e8", "6586.2"
    drug.RadiopharmaceuticalStartTime, drug.RadiopharmaceuticalStopTime = injected, injected
    drug.RadiopharmaceuticalStartDateTime = f"20190817{injected}"
    drug.RadionuclideCodeSequence = code("C-111A1", "^18^Fluorine", "SRT")
    values = {
        "SeriesTime": scanned,
        "AcquisitionTime": scanned,
        "Units": "BQML",
        "CountsSource": "EMISSION",
        "SeriesType": ["STATIC", "IMAGE"],
        "CorrectedImage": ["DECY", "ATTN", "SCAT"],
        "DecayCorrection": "START",
        "DecayFactor": "1.05",
        "CollimatorType": "NONE",
        "FrameReferenceTime": "120000",
        "ActualFrameDuration": "240000",
        "NumberOfSlices": 4,
        "ImageIndex": 1,
        "PatientWeight": "71.5",
        "RescaleIntercept": "0",
        "RescaleSlope": "2.5",
        "RescaleType": "BQML",
        "RadiopharmaceuticalInformationSequence": Sequence([drug]),
        "PatientOrientationCodeSequence": code("F-10450", "recumbent", "SRT"),
        "PatientGantryRelationshipCodeSequence": code("F-10470", "headfirst", "SRT"),
        "DecayCorrectionDateTime": f"20190817{scanned}",
    }
    return make_ct_series(folder, series=9, sop_class_uid=PET, set_values=values)


def validator_errors(path: Path) -> set[str]:
    """Return what dciodvfy finds wrong; skips the test where it is not installed."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (Debian package dicom3tools) is not installed")
    said = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False, errors="replace")
    return {line for line in said.stderr.splitlines() if line.startswith("Error")}
