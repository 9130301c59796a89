# SPDX-License-Identifier: Apache-2.0
"""Small synthetic CT series, valid by the CT Image IOD and full of canary values, for tests of everything but pixels.

Every identifying value holds one of ``CANARIES``; ``Testing/Python/conftest.py`` fails a test whose output shows one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import CTImageStorage, ExplicitVRBigEndian, ExplicitVRLittleEndian

UID_ROOT = "1.2.826.0.1.3680043.8.498.42424242"  # below pydicom's own root, which it gives away for examples
BIRTH_DATE = "19470413"
CANARIES = ("CANARY", "1.3680043.8.498.42424242", BIRTH_DATE)
"""What no log, message, warning or error may hold (upper case; texts are compared in upper case)."""

NATIVE = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"})
MODALITIES = {  # PS3.3 C.7.3.1.1.1: what a series of the class calls itself
    "1.2.840.10008.5.1.4.1.1.4": "MR",
    "1.2.840.10008.5.1.4.1.1.6.1": "US",
    "1.2.840.10008.5.1.4.1.1.7": "OT",
    "1.2.840.10008.5.1.4.1.1.1": "CR",
    "1.2.840.10008.5.1.4.1.1.128": "PT",
    "1.2.840.10008.5.1.4.1.1.20": "NM",
}
PRIVATE_GROUP, PRIVATE_CREATOR = 0x0009, "CANARY CREATOR"


def uid(*parts: object) -> str:
    """Return one UID per combination of ``parts``, the same in every run, with the canary root."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()
    return f"{UID_ROOT}.{int(digest[:16], 16)}"


def head_slice(size: int, k: int, slices: int) -> NDArray[np.int16]:
    """Return slice ``k`` of an ellipsoid of water in air: (size, size) HU."""
    rows, columns = np.mgrid[:size, :size]
    centre, radius = (size - 1) / 2, 0.4 * size
    across = (2 * k - (slices - 1)) / max(slices, 1)
    inside = (rows - centre) ** 2 + (columns - centre) ** 2 < radius**2 * (1 - 0.5 * across**2)
    return np.where(inside, 40, -1000).astype(np.int16)


def make_ct_series(
    folder: Path,
    *,
    slices: int = 4,
    size: int = 64,
    patient_id: str = "CANARYPID1",
    patient_name: str = "CANARYFAMILY^CANARYGIVEN",
    accession_number: str = "CANARYACC1",
    study: int = 1,
    series: int = 1,
    study_date: str = "20190817",
    sop_class_uid: str = CTImageStorage,
    modality: str | None = None,
    image_type: Sequence[str] = ("ORIGINAL", "PRIMARY", "AXIAL"),
    burned_in: str | None = None,
    transfer_syntax_uid: str = ExplicitVRLittleEndian,
    spacing_mm: float = 4.0,
    step_mm: float = 5.0,
    tilt_deg: float = 0.0,
    samples_per_pixel: int = 1,
    pixels: Callable[[int], NDArray[Any]] | None = None,
    file_name: Callable[[int], str] = "IM{:04d}".format,
    set_values: Mapping[str, Any] | None = None,
    change: Callable[[Dataset, int], None] | None = None,
    with_private: bool = True,
    preamble: bytes = b"\0" * 128,
) -> list[Path]:
    """Write one axial series below ``folder`` and return its files, from the lowest slice up.

    Parameters
    ----------
    study, series : int
        Their numbers; the UIDs follow from them and ``patient_id`` (two calls with the same give the same UIDs).
    modality : str, optional
        Default: that of the SOP class, else CT.
    burned_in : str, optional
        BurnedInAnnotation; absent when None.
    tilt_deg : float
        Gantry tilt: rows and columns lean about the x axis, the positions still step along z.
    pixels : callable, optional
        Slice index -> (rows, columns) HU, or (rows, columns, 3) uint8 when ``samples_per_pixel`` is 3.
    file_name : callable
        Slice index (from 0) -> path below ``folder``.
    set_values : mapping
        Keyword -> value for every slice, set last; None deletes.
    change : callable
        Called with every data set and its slice index before it is written.
    """
    paths = []
    for k in range(slices):
        dataset = _image(k, slices, size, samples_per_pixel, pixels)
        _patient_and_study(dataset, patient_id, patient_name, accession_number, study, study_date)
        _series_and_equipment(dataset, patient_id, study, series, modality or MODALITIES.get(sop_class_uid, "CT"))
        _plane(dataset, k, spacing_mm, step_mm, tilt_deg)
        dataset.SOPClassUID = sop_class_uid
        dataset.SOPInstanceUID = uid(patient_id, study, series, k)
        dataset.ImageType = list(image_type)
        if burned_in is not None:
            dataset.BurnedInAnnotation = burned_in
        if with_private:
            _private(dataset)
        for keyword, value in (set_values or {}).items():
            if value is None:
                dataset.pop(keyword, None)
            else:
                setattr(dataset, keyword, value)
        if change is not None:
            change(dataset, k)
        path = folder / file_name(k)
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, dataset, transfer_syntax_uid, preamble)
        paths.append(path)
    return paths


def make_patient(root: Path, folder: str, number: int = 1, series: int = 1, **options: Any) -> list[Path]:
    """Write a patient's folder with ``series`` series, each in its own sub-folder; ``number`` makes the identity."""
    paths = []
    for n in range(1, series + 1):
        identity = {
            "patient_id": f"CANARYPID{number}",
            "patient_name": f"CANARYFAMILY{number}^CANARYGIVEN{number}",
            "accession_number": f"CANARYACC{number}",
        }
        paths += make_ct_series(root / folder / f"CANARYSUB{n}", **{"series": n, **identity, **options})
    return paths


def write(path: Path, dataset: Dataset, transfer_syntax_uid: str, preamble: bytes = b"\0" * 128) -> None:
    """Write ``dataset``, whose pixels are little-endian and native, in the given transfer syntax."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = transfer_syntax_uid if transfer_syntax_uid in NATIVE else ExplicitVRLittleEndian
    meta.SourceApplicationEntityTitle = "CANARYAE"
    is_little = transfer_syntax_uid != ExplicitVRBigEndian
    file = FileDataset(str(path), dataset, preamble=preamble, file_meta=meta, is_little_endian=is_little)
    if transfer_syntax_uid not in NATIVE:
        file.compress(transfer_syntax_uid, generate_instance_uid=False)
    if not is_little and dataset.BitsAllocated == 16:
        file.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    dcmwrite(path, file, enforce_file_format=True)


def _patient_and_study(ds: Dataset, patient_id: str, name: str, accession: str, study: int, date: str) -> None:
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.PatientName, ds.PatientID = name, patient_id
    ds.PatientBirthDate, ds.PatientSex, ds.PatientAge = BIRTH_DATE, "F", "072Y"
    ds.PatientAddress = "CANARY STREET 1"
    ds.AccessionNumber, ds.StudyID = accession, "CANARYSTUDY"
    ds.StudyInstanceUID = uid(patient_id, study)
    ds.StudyDate, ds.StudyTime = date, "101112.000000"
    ds.ReferringPhysicianName = "CANARYDOCTOR^A"
    ds.StudyDescription = "Head CT of CANARYFAMILY"


def _series_and_equipment(ds: Dataset, patient_id: str, study: int, series: int, modality: str) -> None:
    ds.Modality, ds.SeriesNumber = modality, series
    ds.SeriesInstanceUID = uid(patient_id, study, series)
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = uid(patient_id, study, "frame"), None
    ds.SeriesDate = ds.ContentDate = ds.AcquisitionDate = ds.StudyDate
    ds.SeriesTime = ds.ContentTime = ds.AcquisitionTime = "101500.000000"
    ds.SeriesDescription, ds.PatientPosition = "axial 5 mm", "HFS"
    ds.OperatorsName, ds.InstitutionName = "CANARYOPERATOR^B", "CANARY HOSPITAL"
    ds.Manufacturer, ds.ManufacturerModelName, ds.StationName = "Synthetic", "Phantom 1", "CANARYSTATION"
    ds.DeviceSerialNumber, ds.Laterality = "CANARYSERIAL", None
    request = Dataset()
    request.ScheduledProcedureStepID, request.RequestedProcedureID = "CANARYSTEP", "CANARYPROC"
    request.ScheduledProcedureStepDescription = "Head of CANARYFAMILY"
    ds.RequestAttributesSequence = [request]
    source = Dataset()
    source.ReferencedSOPClassUID = CTImageStorage
    source.ReferencedSOPInstanceUID = uid(patient_id, study, "referenced")
    ds.ReferencedImageSequence = [source]


def _plane(ds: Dataset, k: int, spacing_mm: float, step_mm: float, tilt_deg: float) -> None:
    tilt = np.deg2rad(tilt_deg)
    half = -spacing_mm * (ds.Columns - 1) / 2
    ds.ImageOrientationPatient = [1, 0, 0, 0, round(float(np.cos(tilt)), 8), round(float(np.sin(tilt)), 8)]
    ds.ImagePositionPatient = [half, half, k * step_mm]
    ds.SliceLocation, ds.SliceThickness, ds.PixelSpacing = k * step_mm, step_mm, [spacing_mm, spacing_mm]
    ds.InstanceNumber, ds.AcquisitionNumber, ds.KVP = k + 1, 1, 120
    ds.GantryDetectorTilt, ds.ConvolutionKernel = tilt_deg, "STANDARD"
    at = datetime(2019, 8, 17, 10, 15, tzinfo=UTC) + timedelta(seconds=k)
    ds.AcquisitionDateTime = ds.StudyDate + at.strftime("%H%M%S")


def _image(k: int, slices: int, size: int, samples: int, pixels: Callable[[int], NDArray[Any]] | None) -> Dataset:
    ds = Dataset()
    if samples == 3:
        values = pixels(k) if pixels else np.repeat((head_slice(size, k, slices) > 0)[..., None] * np.uint8(90), 3, 2)
        ds.PhotometricInterpretation, ds.PlanarConfiguration = "RGB", 0
        bits, stored = 8, values.astype(np.uint8)
    else:
        values = pixels(k) if pixels else head_slice(size, k, slices)
        ds.PhotometricInterpretation, ds.RescaleType = "MONOCHROME2", "HU"
        ds.RescaleIntercept, ds.RescaleSlope = -1024, 1
        bits, stored = 16, (values + 1024).astype("<u2")
    ds.Rows, ds.Columns, ds.SamplesPerPixel = *stored.shape[:2], samples
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = bits, bits, bits - 1, 0
    ds.PixelData = stored.tobytes()
    ds["PixelData"].VR = "OW" if bits == 16 else "OB"
    return ds


def _private(ds: Dataset) -> None:
    block = ds.private_block(PRIVATE_GROUP, PRIVATE_CREATOR, create=True)
    block.add_new(0x01, "LO", "CANARYPRIVATE")
    item = Dataset()
    item.PatientName = "CANARYNESTED^C"
    block.add_new(0x02, "SQ", [item])
