# SPDX-License-Identifier: Apache-2.0
"""Instance, Series, Patient, Stray and Index: what was found. Whatever may identify has ``repr=False``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from SlicerDeidLib.model.examination import Examination

Vector = tuple[float, float, float]


ZIP_SUFFIX = ".zip"
"""How the names of zip files end."""
_NATIVE = frozenset(  # PS3.5 A.1 to A.3 and A.5: transfer syntaxes that leave pixels as they are
    {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"}
)


@dataclass(frozen=True, slots=True)
class Instance:
    """One SOP instance in one file, as far as planning needs it. Header values, decoded and stripped.

    Attributes
    ----------
    path : Path
        The file, below the index's root (relative); in a zip as if that were a folder.
    size_bytes, mtime_ns : int
        As found, in a zip the time of that; a file that differs when it is read was changed in between.
    position, row_cosines, column_cosines : Vector or None
        ImagePositionPatient (mm, LPS) and the two halves of ImageOrientationPatient: ``row_cosines`` points along a
        row (growing column index i). None where absent or in functional groups.
    pixel_spacing : (float, float) or None
        mm between rows (j), mm between columns (i).
    image_type : tuple of str
        All values of ImageType, upper case.
    patient_age_years : int or None
        From PatientAge, or from birth and study date; None where neither can be read.
    study_date : date or None
        Study Date; None where it is none, or one that a clock shows that was never set.
    identifiers : frozenset of str
        What names the patient besides ``patient_id``: the parts of PatientName, OtherPatientNames, PatientBirthName and
        PatientMotherBirthName, PatientBirthDate (YYYYMMDD), OtherPatientIDs and those of its sequence.
    study_numbers : frozenset of str
        StudyID, and the dates of study, series, acquisition and content (YYYYMMDD).
    named : frozenset of (int, str)
        People, numbers and places that the header names: the tag, and the value in every likely reading.
    examination : Examination
        What descriptions and codes say was examined.
    sop_class_uid, transfer_syntax_uid, modality, photometric_interpretation, burned_in_annotation : str
        Terms of the standard; ``"unknown"`` for any other value, which could be free text.
    """

    path: Path = field(repr=False)
    format: str
    size_bytes: int
    mtime_ns: int
    sop_class_uid: str
    transfer_syntax_uid: str
    modality: str = ""
    sop_instance_uid: str = field(default="", repr=False)
    series_instance_uid: str = field(default="", repr=False)
    study_instance_uid: str = field(default="", repr=False)
    frame_of_reference_uid: str = field(default="", repr=False)
    accession_number: str = field(default="", repr=False)
    patient_id: str = field(default="", repr=False)
    issuer_of_patient_id: str = field(default="", repr=False)
    patient_age_years: int | None = field(default=None, repr=False)
    study_date: date | None = field(default=None, repr=False)
    identifiers: frozenset[str] = field(default=frozenset(), repr=False)
    study_numbers: frozenset[str] = field(default=frozenset(), repr=False)
    named: frozenset[tuple[int, str]] = field(default=frozenset(), repr=False)
    image_type: tuple[str, ...] = field(default=(), repr=False)
    instance_number: int | None = None
    rows: int = 0
    columns: int = 0
    number_of_frames: int = 1
    samples_per_pixel: int = 1
    bits_allocated: int = 0
    photometric_interpretation: str = ""
    burned_in_annotation: str = ""
    position: Vector | None = None
    row_cosines: Vector | None = None
    column_cosines: Vector | None = None
    pixel_spacing: tuple[float, float] | None = None
    has_pixel_data: bool = True
    examination: Examination = field(default_factory=Examination, repr=False)

    @property
    def is_compressed(self) -> bool:
        """Whether its transfer syntax compresses pixels."""
        return self.transfer_syntax_uid not in _NATIVE


@dataclass(frozen=True, slots=True)
class Series:
    """The instances of one Series Instance UID within one patient, in their output order.

    Attributes
    ----------
    number : int
        Our own running number within the patient, from 1, in path order.
    instances : tuple of Instance
        By position along the slice normal, then InstanceNumber, then path.
    """

    number: int
    format: str
    modality: str
    series_instance_uid: str = field(repr=False)
    instances: tuple[Instance, ...]


@dataclass(frozen=True, slots=True)
class Patient:
    """One folder or zip directly below the input, which is one patient; or the part of it that a row of the map names.

    Attributes
    ----------
    number : int
        From 1, in the order of the folder names; how messages name a folder ("folder 17 of 300").
    folder : str
        The folder's original name; ``""`` for loose files at the top, which are grouped by PatientID.
    accession_number : str
        The one of all images, in a part that is matched by it; else empty.
    zips : frozenset of Path
        Which of its folders are zip files, or is itself: paths below the index's root.
    """

    number: int
    folder: str = field(repr=False)
    series: tuple[Series, ...]
    accession_number: str = field(default="", repr=False)
    zips: frozenset[Path] = field(default=frozenset(), repr=False)

    @property
    def label(self) -> str:
        """What its folder is called, a zip without ``.zip``."""
        return zip_stem(self.folder) if Path(self.folder) in self.zips else self.folder


@dataclass(frozen=True, slots=True)
class Stray:
    """A file that will not be de-identified, and why.

    Attributes
    ----------
    kind : str
        ``"not an image"``, ``"DICOMDIR"``, ``"zip"``, ``"symbolic link"``, ``"empty"``, ``"unreadable"``,
        ``"damaged"``, ``"duplicate"``.
    reason : str
        A sentence without any original name.
    patient_number : int
        Whose folder it lies in; 0 for the top.
    named : frozenset of (int, str)
        What the header of a damaged file names, as ``Instance.named``.
    """

    path: Path = field(repr=False)
    kind: str
    reason: str
    patient_number: int = 0
    named: frozenset[tuple[int, str]] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Index:
    """All that was found below ``root``."""

    root: Path = field(repr=False)
    patients: tuple[Patient, ...]
    strays: tuple[Stray, ...] = ()


def zip_stem(name: str) -> str:
    """Return the name of a zip without ``.zip``, in capitals or not."""
    return name[: -len(ZIP_SUFFIX)] if name.lower().endswith(ZIP_SUFFIX) and len(name) > len(ZIP_SUFFIX) else name
