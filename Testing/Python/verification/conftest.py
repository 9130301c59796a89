# SPDX-License-Identifier: Apache-2.0
"""A small CT study with an invented identity, and a clean release of it, both made by pydicom alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

SLICES = 4
SIZE = 16
OFFSET = timedelta(days=-1234, seconds=-5678)
NEW_ID = "DEID-0007"
START = datetime(2019, 3, 12, 14, 5, 9)
FOLDER = "Quavexthul_Zormox 48151623"
FILE_TIME = 946684800


def original_slice(number: int) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.3680043.8.498.77770000.{number}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = "1.2.276.0.7230010.3.0.3.6.2"
    meta.ImplementationVersionName = "SCANNER_12"
    meta.SourceApplicationEntityTitle = "JUDFIJSCAN"
    dataset = FileDataset(None, {}, file_meta=meta, preamble=b"Drelwizkog".ljust(128, b"\0"))
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID = "1.2.826.0.1.3680043.8.498.11112222.1"
    dataset.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.11112222.2"
    dataset.FrameOfReferenceUID = "1.2.826.0.1.3680043.8.498.11112222.3"
    for name, seconds in (("Study", 0), ("Series", 60), ("Content", 61 + number)):
        when = START + timedelta(seconds=seconds)
        setattr(dataset, f"{name}Date", when.strftime("%Y%m%d"))
        setattr(dataset, f"{name}Time", when.strftime("%H%M%S"))
    dataset.AcquisitionDateTime = (START + timedelta(seconds=70)).strftime("%Y%m%d%H%M%S.000000")
    dataset.DateOfLastCalibration = "20190301"
    dataset.AccessionNumber, dataset.StudyID, dataset.Modality = "ACC4815162", "7", "CT"
    dataset.InstitutionName, dataset.ReferringPhysicianName = "Gwohax Klinik", "Nuzjud^Yphmox"
    dataset.OperatorsName, dataset.ReferringPhysicianTelephoneNumbers = "Gruenlöwski^A", "0201 5557788"
    dataset.Manufacturer, dataset.StudyDescription = "SCANNERWERKE", "CT HEAD Quavexthul 12.03.2019"
    dataset.PatientName, dataset.PatientID = "Quavexthul^Lee", "PQ-993311"
    dataset.PatientBirthDate, dataset.PatientSex = "19610505", "F"
    dataset.BodyPartExamined, dataset.KVP = "HEAD", "120"
    dataset.SliceThickness, dataset.PositionReferenceIndicator = "2.5", "OM"
    request = Dataset()
    request.RequestedProcedureID, request.ScheduledProcedureStepDescription = "RP-551177", "Drelmox HEAD"
    dataset.RequestAttributesSequence = Sequence([request])
    reference = Dataset()
    reference.ReferencedSOPClassUID = CTImageStorage
    reference.ReferencedSOPInstanceUID = "1.2.826.0.1.3680043.8.498.77770000.0"
    dataset.ReferencedImageSequence = Sequence([reference])
    dataset.add_new((0x0009, 0x0010), "LO", "ZORWERKE")
    dataset.add_new((0x0009, 0x1001), "LO", "Bryngwo text")
    dataset.SeriesNumber, dataset.AcquisitionNumber, dataset.InstanceNumber = 2, 1, number + 1
    dataset.ImagePositionPatient = [-10, -20, 2.5 * number]
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows = dataset.Columns = SIZE
    dataset.PixelSpacing = [1, 1]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 16, 15, 1
    dataset.RescaleIntercept, dataset.RescaleSlope = "-1024", "1"
    voxels = np.random.default_rng(number).integers(0, 2000, (SIZE, SIZE), dtype=np.int16)
    dataset.PixelData = voxels.tobytes()
    return dataset


def new_uid(uid: str) -> str:
    return f"2.25.{int.from_bytes(uid.encode()) % 2**120 + 2**100}"


def release(dataset: FileDataset) -> None:
    """De-identify as the contract says, in the plainest way."""
    meta = dataset.file_meta
    del meta.SourceApplicationEntityTitle
    meta.ImplementationClassUID, meta.ImplementationVersionName = "2.25.1234567890", "SLICERDEID"
    dataset.preamble = bytes(128)
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID"):
        setattr(dataset, keyword, new_uid(dataset[keyword].value))
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    item = dataset.ReferencedImageSequence[0]
    item.ReferencedSOPInstanceUID = new_uid(item.ReferencedSOPInstanceUID)
    for name in ("Study", "Series", "Content"):
        when = datetime.strptime(dataset[f"{name}Date"].value + dataset[f"{name}Time"].value, "%Y%m%d%H%M%S") + OFFSET
        setattr(dataset, f"{name}Date", when.strftime("%Y%m%d"))
        setattr(dataset, f"{name}Time", when.strftime("%H%M%S"))
    moved = datetime.strptime(dataset.AcquisitionDateTime, "%Y%m%d%H%M%S.%f") + OFFSET
    dataset.AcquisitionDateTime = moved.strftime("%Y%m%d%H%M%S.%f")
    moved = datetime.strptime(dataset.DateOfLastCalibration, "%Y%m%d") + OFFSET
    dataset.DateOfLastCalibration = moved.strftime("%Y%m%d")
    dataset.AccessionNumber = dataset.PatientID = NEW_ID
    for keyword in ("StudyID", "ReferringPhysicianName", "PatientName", "PatientBirthDate", "PatientSex"):
        setattr(dataset, keyword, "")
    dataset.StudyDescription = "CT HEAD"
    for keyword in (
        "InstitutionName",
        "RequestAttributesSequence",
        "OperatorsName",
        "ReferringPhysicianTelephoneNumbers",
    ):
        delattr(dataset, keyword)
    dataset.remove_private_tags()
    mark(dataset)


def mark(dataset: Dataset) -> None:
    meanings = {
        "113100": "Basic Application Confidentiality Profile",
        "113105": "Clean Descriptors Option",
        "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
    }
    items = []
    for code, meaning in meanings.items():
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", meaning
        items.append(item)
    dataset.PatientIdentityRemoved, dataset.DeidentificationMethod = "YES", "research"
    dataset.DeidentificationMethodCodeSequence = Sequence(items)
    dataset.LongitudinalTemporalInformationModified = "MODIFIED"
    dataset.RecognizableVisualFeatures = "YES"


@dataclass(frozen=True)
class Case:
    """An input and its release."""

    original: Path
    out: Path

    def file(self, number: int = 1) -> Path:
        return self.out / NEW_ID / "CT HEAD" / f"{NEW_ID}_001_{number:05d}.dcm"

    def change(self, change: Callable[[FileDataset], object], number: int = 1) -> None:
        """Damage one released file."""
        path = self.file(number)
        dataset = pydicom.dcmread(path)
        change(dataset)
        dataset.save_as(path, enforce_file_format=True)
        os.utime(path, (FILE_TIME, FILE_TIME))

    def change_all(self, change: Callable[[FileDataset], object]) -> None:
        for number in range(1, SLICES + 1):
            self.change(change, number)

    def append(self, data: bytes, number: int = 1) -> None:
        with self.file(number).open("ab") as file:
            file.write(data)
        os.utime(self.file(number), (FILE_TIME, FILE_TIME))

    def add_scan(self) -> None:
        """Make the release the first of two scans of one patient: each numbers its series anew, one offset for both."""
        folder, second = self.out / NEW_ID, self.original / "Ombrixal second 48151"
        shutil.copytree(next(self.original.iterdir()), second)
        (folder / "CT HEAD").rename(folder / f"{NEW_ID}-1")
        shutil.copytree(folder / f"{NEW_ID}-1", folder / f"{NEW_ID}-2" / "CT HEAD")
        for root, made in ((second, str), (folder / f"{NEW_ID}-2", new_uid)):
            for number, path in enumerate(sorted(root.rglob("*.dcm"))):
                dataset = pydicom.dcmread(path)
                dataset.StudyInstanceUID, dataset.SeriesInstanceUID = made("1.2.826.0.1.3.1"), made("1.2.826.0.1.3.2")
                dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = made(f"1.2.826.0.1.4.{number}")
                dataset.AccessionNumber = f"{NEW_ID}-2" if made is new_uid else "ACC77"
                voxels = np.random.default_rng(number + 50).integers(0, 2000, (SIZE, SIZE), dtype=np.int16)
                dataset.PixelData = voxels.tobytes()
                dataset.save_as(path)
                os.utime(path, (FILE_TIME, FILE_TIME))


@pytest.fixture
def case(tmp_path: Path) -> Case:
    made = Case(tmp_path / "in", tmp_path / "out")
    source = made.original / FOLDER / "CT HEAD"
    source.mkdir(parents=True)
    made.file().parent.mkdir(parents=True)
    for number in range(SLICES):
        dataset = original_slice(number)
        dataset.save_as(source / f"Thulhax_{number:03d}.dcm", enforce_file_format=True)
        release(dataset)
        dataset.save_as(made.file(number + 1), enforce_file_format=True)
        os.utime(made.file(number + 1), (FILE_TIME, FILE_TIME))
    return made
