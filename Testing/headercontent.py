# SPDX-License-Identifier: Apache-2.0
"""Header content: what a made image says of itself besides its identity, and which attributes hold identity."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from plant_elements import TEXTS
from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

OPTIONAL_TEXTS = tuple(
    keyword
    for keyword, _vr, longest in TEXTS
    if longest <= 64 and keyword not in ("IssuerOfPatientID", "InstitutionName", "RequestedProcedureDescription")
)
"""Attributes of PS3.15 Table E.1-1 whose values identify as a whole."""

OPTIONAL_DATES = (
    "AcquisitionDateTime",
    "AdmittingDate",
    "DateOfLastCalibration",
    "DateOfSecondaryCapture",
    "EndAcquisitionDateTime",
    "InstanceCreationDate",
    "IssueDateOfImagingServiceRequest",
    "LastMenstrualDate",
    "PerformedProcedureStepEndDate",
    "PerformedProcedureStepStartDate",
    "PerformedProcedureStepStartDateTime",
    "ScheduledProcedureStepStartDate",
    "StartAcquisitionDateTime",
)
_COMMON = {
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
    "Manufacturer": "SIEMENS",
    "ManufacturerModelName": "Sensation 64",
    "PatientPosition": "HFS",
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "BitsAllocated": 16,
    "BitsStored": 12,
    "HighBit": 11,
    "PixelRepresentation": 0,
    "WindowCenter": "40",
    "WindowWidth": "80",
    "ImageOrientationPatient": ["1", "0", "0", "0", "0.95", "-0.31"],
    "PixelSpacing": ["0.48", "0.48"],
    "BodyPartExamined": "HEAD",
    "SeriesNumber": "4",
}
_TECHNIQUE = {
    "CT": {
        "KVP": ("80", "100", "120", "140"),
        "XRayTubeCurrent": ("200", "310"),
        "ExposureTime": ("750", "1000"),
        "ConvolutionKernel": ("H31s", "H60f", "STANDARD"),
        "SliceThickness": ("1", "2.5", "5"),
        "GantryDetectorTilt": ("0", "-18.5"),
        "ReconstructionDiameter": ("230", "250"),
        "RescaleIntercept": ("-1024",),
        "RescaleSlope": ("1",),
        "FilterType": ("HEAD FILTER",),
    },
    "MR": {
        "RepetitionTime": ("500", "4500.5"),
        "EchoTime": ("12", "98"),
        "FlipAngle": ("90", "150"),
        "MagneticFieldStrength": ("1.5", "3"),
        "ScanningSequence": ("SE", "GR"),
        "SequenceVariant": ("SK", "SP"),
        "ScanOptions": ("FS", "PFP"),
        "MRAcquisitionType": ("2D", "3D"),
        "EchoTrainLength": ("1", "11"),
        "NumberOfAverages": ("1", "2"),
        "PixelBandwidth": ("130", "250"),
        "SliceThickness": ("1", "4"),
    },
}


def fill_image(dataset: Dataset, modality: str, pixels: NDArray[np.uint16], place: int) -> None:
    """Describe the pixels and the place of one image of a series."""
    dataset.Modality = modality
    for keyword, value in _COMMON.items():
        setattr(dataset, keyword, value)
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.InstanceNumber = str(place + 1)
    dataset.ImagePositionPatient = ["-120", "-115.5", str(5 * place)]
    dataset.ReferringPhysicianName, dataset.StudyID, dataset.PositionReferenceIndicator = "", "", ""
    dataset.Laterality = ""


def fill_technique(dataset: Dataset, modality: str, chance: random.Random) -> Iterator[tuple[tuple[int, ...], object]]:
    """Set how the image was made; yield the elements that every study needs, and their values."""
    for keyword, values in _TECHNIQUE[modality].items():
        setattr(dataset, keyword, chance.choice(values))
    dataset.PatientAge = f"{chance.randrange(18, 89):03d}Y"
    for keyword in (*_TECHNIQUE[modality], *_COMMON, "PatientAge", "InstanceNumber", "ImagePositionPatient", "Rows"):
        yield (tag_for_keyword(keyword) or 0,), dataset[keyword].value
