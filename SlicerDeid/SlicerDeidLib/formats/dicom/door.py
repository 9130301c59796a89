# SPDX-License-Identifier: Apache-2.0
"""The door of DICOM: is it one, and what is it? Only the head of a file is read."""

from __future__ import annotations

import contextlib
import re
from datetime import date
from pathlib import Path

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.files.zips import Opened, open_file
from SlicerDeidLib.formats.dicom.examination import EXAMINATION_TAGS, examination_of
from SlicerDeidLib.formats.dicom.file import DicomFile, looks_like_elements, read_head, read_head_of
from SlicerDeidLib.formats.dicom.identifiers import (
    IDENTIFIER_TAGS,
    NAMING_SEQUENCES,
    identifiers_of,
    named_in,
    study_numbers_of,
)
from SlicerDeidLib.formats.dicom.syntax import PIXEL_TAGS
from SlicerDeidLib.formats.dicom.terms import (
    BURNED_IN_ANNOTATIONS,
    MODALITIES,
    PHOTOMETRIC_INTERPRETATIONS,
    SOP_CLASS_UIDS,
    TRANSFER_SYNTAX_UIDS,
    known,
)
from SlicerDeidLib.formats.dicom.values import code_value, decimals, integer, text_value, word
from SlicerDeidLib.model.element import Elements
from SlicerDeidLib.model.instance import Instance, Vector
from SlicerDeidLib.standard.identifying import NAMING_TAGS

_SOP_CLASS = 0x00080016
_INDEXED = (
    IDENTIFIER_TAGS
    | EXAMINATION_TAGS
    | NAMING_SEQUENCES
    | NAMING_TAGS
    | {  # every tag that an Instance is made of
        0x00080008,
        0x00080016,
        0x00080018,
        0x00080020,
        0x00080021,
        0x00080022,
        0x00080023,
        0x00080050,
        0x00080060,
        0x00100020,
        0x00100021,
        0x00100030,
        0x00101010,
        0x0020000D,
        0x0020000E,
        0x00200013,
        0x00200032,
        0x00200037,
        0x00200052,
        0x00280002,
        0x00280004,
        0x00280008,
        0x00280010,
        0x00280011,
        0x00280030,
        0x00280100,
        0x00280301,
    }
)
_AGE = re.compile(r"([0-9]{1,3})([DWMY])")
_DATE = re.compile(r"([0-9]{4})\.?([0-9]{2})\.?([0-9]{2})")  # DA, and ACR-NEMA's form with points
_DAYS = {"D": 1.0, "W": 7.0, "M": 30.4375, "Y": 365.25}  # mean length of an AS unit
_STUDY_DATES = (0x00080020, 0x00080021, 0x00080022, 0x00080023)  # Study, Series, Acquisition, Content Date
_BIRTH_DATE = 0x00100030
_STOPS = (0x7FE00000, 0x00400000, 0x00200000, 0x00110000)  # before pixels, requests, the image, and all but the patient
_UNSET = frozenset({date(1, 1, 1), date(1900, 1, 1), date(1970, 1, 1), date(1980, 1, 1)})  # of .NET, SQL, Unix, DOS


def sniff(path: Path) -> bool:
    """Say whether a file is DICOM: prefix ``DICM``, or a data set without it that names a SOP class.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with open_file(path) as opened:
        start = opened.stream.read(132)
    if start[128:] == b"DICM":
        return True
    if not looks_like_elements(start):
        return False
    try:
        head = read_head(path, _SOP_CLASS + 1)
    except FormatError:
        return False
    return code_value(head.dataset, _SOP_CLASS).startswith("1.")


def index(path: Path, root: Path) -> Instance:
    """Read what planning needs to know of one file.

    Malformed values become None, 0 or ``""``; a malformed NumberOfFrames 0; coded values that the standard does not
    know ``"unknown"``, so that nothing else of them is shown.

    Parameters
    ----------
    path, root : Path
        The file, and the folder that ``Instance.path`` is relative to.

    Raises
    ------
    FormatError
        If the file is not DICOM, or is truncated or malformed.
    OSError
        If it cannot be read.
    """
    with open_file(path) as opened:
        file = _indexed(path, opened)
    dataset, order = file.dataset, file.byte_order
    row_cosines, column_cosines = _orientation(dataset)
    spacing = decimals(dataset, 0x00280030, 2)
    return Instance(
        path=path.relative_to(root),
        format="dicom",
        size_bytes=opened.size_bytes,
        mtime_ns=opened.mtime_ns,
        sop_class_uid=known(code_value(dataset, _SOP_CLASS) or code_value(file.meta, 0x00020002), SOP_CLASS_UIDS),
        transfer_syntax_uid=known(file.transfer_syntax_uid, TRANSFER_SYNTAX_UIDS),
        modality=known(code_value(dataset, 0x00080060).upper(), MODALITIES),
        sop_instance_uid=code_value(dataset, 0x00080018),
        series_instance_uid=code_value(dataset, 0x0020000E),
        study_instance_uid=code_value(dataset, 0x0020000D),
        frame_of_reference_uid=code_value(dataset, 0x00200052),
        accession_number=text_value(dataset, 0x00080050),
        patient_id=text_value(dataset, 0x00100020),
        issuer_of_patient_id=text_value(dataset, 0x00100021),
        patient_age_years=_age_years(dataset),
        study_date=_study_date(dataset),
        image_type=_values(dataset, 0x00080008),
        instance_number=integer(dataset, 0x00200013),
        rows=word(dataset, 0x00280010, order) or 0,
        columns=word(dataset, 0x00280011, order) or 0,
        number_of_frames=_number_of_frames(dataset),
        samples_per_pixel=_samples(dataset, order),
        bits_allocated=word(dataset, 0x00280100, order) or 0,
        photometric_interpretation=known(code_value(dataset, 0x00280004).upper(), PHOTOMETRIC_INTERPRETATIONS),
        burned_in_annotation=known(code_value(dataset, 0x00280301).upper(), BURNED_IN_ANNOTATIONS),
        position=_vector(decimals(dataset, 0x00200032, 3)),
        row_cosines=row_cosines,
        column_cosines=column_cosines,
        pixel_spacing=(spacing[0], spacing[1]) if spacing else None,
        has_pixel_data=file.next_tag in PIXEL_TAGS,
        identifiers=identifiers_of(dataset),
        study_numbers=study_numbers_of(dataset),
        named=named_in(dataset),
        examination=examination_of(dataset),
    )


def _indexed(path: Path, opened: Opened) -> DicomFile:
    """Read what is indexed; of a damaged file, whom it names."""
    try:
        return read_head_of(opened.stream, opened.size_bytes, only=_INDEXED)
    except FormatError as error:
        raise FormatError(error.reason, _named_before_fault(path)) from error


def _named_before_fault(path: Path) -> frozenset[tuple[int, str]]:
    """Return what the header of a damaged file names, read as far as it can be."""
    for stop in _STOPS:
        with contextlib.suppress(FormatError):
            return named_in(read_head(path, stop).dataset)
    return frozenset()


def _values(dataset: Elements, tag: int) -> tuple[str, ...]:
    """Return all values of a CS, upper case."""
    text = code_value(dataset, tag).upper()
    return tuple(part.strip(" ") for part in text.split("\\")) if text else ()


def _vector(numbers: tuple[float, ...] | None) -> Vector | None:
    """Return three numbers as a vector."""
    return (numbers[0], numbers[1], numbers[2]) if numbers else None


def _orientation(dataset: Elements) -> tuple[Vector | None, Vector | None]:
    """Return the two halves of ImageOrientationPatient."""
    numbers = decimals(dataset, 0x00200037, 6)
    return (_vector(numbers[:3]), _vector(numbers[3:])) if numbers else (None, None)


def _number_of_frames(dataset: Elements) -> int:
    """Return NumberOfFrames: 1 when absent or empty, 0 when malformed."""
    if not code_value(dataset, 0x00280008):
        return 1
    return max(integer(dataset, 0x00280008) or 0, 0)


def _samples(dataset: Elements, byte_order: str) -> int:
    """Return SamplesPerPixel: 1 when absent, 0 when malformed."""
    return (word(dataset, 0x00280002, byte_order) or 0) if 0x00280002 in dataset else 1


def _age_years(dataset: Elements) -> int | None:
    """Return the whole years of PatientAge, or from birth to the first date of the study."""
    age = _AGE.fullmatch(code_value(dataset, 0x00101010).upper().split("\\")[0].strip(" "))
    if age:
        number, unit = int(age[1]), age[2]
        return number if unit == "Y" else int(number * _DAYS[unit] / _DAYS["Y"])
    birth = _date(code_value(dataset, _BIRTH_DATE))
    study = next((day for tag in _STUDY_DATES if (day := _date(code_value(dataset, tag)))), None)
    if birth is None or study is None or study < birth:
        return None
    return study.year - birth.year - ((study.month, study.day) < (birth.month, birth.day))


def _study_date(dataset: Elements) -> date | None:
    """Return Study Date, unless no clock was set for it."""
    day = _date(code_value(dataset, _STUDY_DATES[0]))
    return None if day in _UNSET else day


def _date(text: str) -> date | None:
    """Return a DA's day."""
    match = _DATE.fullmatch(text)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None
