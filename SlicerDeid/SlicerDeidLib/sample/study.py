# SPDX-License-Identifier: Apache-2.0
"""The sample study: a made head CT as a DICOM series with invented identity, text burned in, and its map."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import OutputError
from SlicerDeidLib.sample.lettering import draw_corners
from SlicerDeidLib.sample.persons import PERSONS, SamplePerson
from SlicerDeidLib.sample.phantom import HeadCT, Lattice, make_head

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

TEXT_HU = 3071  # the brightest of a 12 bit scanner
PRIVATE_CREATOR = "SAMPLE SCANNER 1.0"
_CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
_ROWS_PER_LETTER_PIXEL = 256  # px, so that letters are about 3 % of the picture high

DEMO_LATTICES = (
    Lattice(slices=96, spacing_mm=2.5, rows=320, columns=320, pixel_spacing_mm=0.8),
    Lattice(
        slices=44, spacing_mm=5.0, lowest_mm=-85.0, rows=256, columns=256, pixel_spacing_mm=0.98, tilt_degrees=12.0,
        is_descending=True, padding_value=-2000,
    ),
)  # fmt: skip
DEMO_NEW_IDS = ("HEAD-001", "HEAD-002")


class SampleStudy(NamedTuple):
    """What was written, and what is true of it.

    Attributes
    ----------
    paths : tuple of Path
        One file per slice, in the order of the volume.
    head : HeadCT
        The head; ``head.volume.stored`` holds the burned-in text.
    text : (k, j, i) bool
        Pixels of the burned-in text.
    """

    paths: tuple[Path, ...]
    head: HeadCT
    text: NDArray[np.bool_]


class Demo(NamedTuple):
    """Where the demo's input lies."""

    input: Path
    map: Path


def write_demo(folder: Path) -> Demo:
    """Write ``folder/in`` with two patients and ``folder/map.xlsx`` that names them.

    Raises
    ------
    OutputError
        When either exists already, or the folder cannot be written.
    """
    demo = Demo(folder / "in", folder / "map.xlsx")
    for path in demo:
        if path.exists():
            raise OutputError(f"The demo would overwrite '{path.name}' in its folder; name an empty or a new folder.")
    try:
        demo.input.mkdir(parents=True)
        for number, (person, lattice) in enumerate(zip(PERSONS, DEMO_LATTICES, strict=True), 1):
            write_study(demo.input / person.accession_number / "HEAD 1", person, lattice, seed=number)
        write_map(demo.map, [(p.accession_number, new) for p, new in zip(PERSONS, DEMO_NEW_IDS, strict=True)])
    except OSError as error:
        raise OutputError(f"The demo could not be written: {error.strerror}.") from error
    return demo


def write_map(path: Path, rows: list[tuple[str, str]]) -> None:
    """Write an Excel map of accession numbers and new IDs, both as text."""
    from openpyxl import Workbook  # only the demo needs it

    book = Workbook()
    sheet = book.active
    sheet.title = "Map"
    for row in [("Accession_number", "De-identification_ID"), *rows]:
        sheet.append(row)
    for cells in sheet.iter_rows():
        for cell in cells:
            cell.number_format = "@"  # Excel's text format: leading zeros stay
    book.save(path)


def write_study(
    folder: Path,
    person: SamplePerson = PERSONS[0],
    lattice: Lattice | None = None,
    *,
    seed: int = 1,
    has_text: bool = True,
    has_holder: bool = True,
) -> SampleStudy:
    """Write one CT series of a made head into ``folder``.

    Parameters
    ----------
    folder : Path
        Made with its parents; files are called ``IM0001.dcm`` and so on.
    person : SamplePerson
        Whose identity headers and pixels carry.
    lattice : Lattice, optional
        Where the head is sampled.
    seed : int
        Of noise and UIDs.
    has_text, has_holder : bool
        Whether text is burned in, and whether the table is in the picture.
    """
    head = make_head(lattice, seed=seed, has_holder=has_holder)
    text = np.zeros(head.volume.shape, bool)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for k in range(head.volume.shape[0]):
        if has_text:
            text[k] = _burn_in(head, k, person)
        path = folder / f"IM{k + 1:04d}.dcm"
        _instance(head, k, person, seed).save_as(path, enforce_file_format=True)
        paths.append(path)
    return SampleStudy(tuple(paths), head, text)


def _burn_in(head: HeadCT, k: int, person: SamplePerson) -> NDArray[np.bool_]:
    """Draw name, ID and date into the corners of slice ``k``."""
    image = head.volume.stored[k]
    date = f"{person.study_date[:4]}-{person.study_date[4:6]}-{person.study_date[6:]}"
    corners = (
        (person.name, person.patient_id),
        (date, f"BORN {person.birth_date}"),
        (person.accession_number,),
        (f"KV 120  IM {k + 1}",),
    )
    scale = max(1, image.shape[0] // _ROWS_PER_LETTER_PIXEL)
    return draw_corners(image, corners, TEXT_HU - head.lattice.intercept, scale)


def _uid(person: SamplePerson, seed: int, role: str) -> str:
    """Return a UID that is the same for the same sample."""
    digest = hashlib.sha256(f"{person.name} {seed} {role}".encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def _instance(head: HeadCT, k: int, person: SamplePerson, seed: int) -> Dataset:
    """Return slice ``k`` as a CT image."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import UID

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(_CT_IMAGE)
    meta.MediaStorageSOPInstanceUID = UID(_uid(person, seed, f"instance {k}"))
    meta.TransferSyntaxUID = UID(_EXPLICIT_LITTLE)
    meta.ImplementationVersionName = "SAMPLE 1"
    meta.SourceApplicationEntityTitle = person.station
    image = Dataset()
    image.file_meta = meta
    image.SpecificCharacterSet = "ISO_IR 100"
    image.SOPClassUID = _CT_IMAGE
    image.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    _patient_and_study(image, person, seed)
    _series_and_equipment(image, person, seed)
    _nested(image, person, seed)
    _private(image, person)
    _plane(image, head, k)
    _pixels(image, head, k)
    return image


def _patient_and_study(image: Dataset, person: SamplePerson, seed: int) -> None:
    image.PatientName = person.name
    image.PatientID = person.patient_id
    image.PatientBirthDate = person.birth_date
    image.PatientSex = person.sex
    image.PatientAge = person.age
    image.PatientWeight = "70"
    image.PatientAddress = person.address
    image.PatientComments = person.comment
    image.OtherPatientNames = person.name.replace("^", "^ALSO")
    image.AccessionNumber = person.accession_number
    image.StudyID = person.accession_number[-5:]
    image.StudyInstanceUID = _uid(person, seed, "study")
    image.StudyDescription = f"CT head of {person.name.replace('^', ' ')}"
    for moment in ("Study", "Series", "Acquisition", "Content"):
        setattr(image, f"{moment}Date", person.study_date)
        setattr(image, f"{moment}Time", person.study_time)
    image.ReferringPhysicianName = person.physician


def _series_and_equipment(image: Dataset, person: SamplePerson, seed: int) -> None:
    image.Modality = "CT"
    image.SeriesInstanceUID = _uid(person, seed, "series")
    image.SeriesNumber = 2
    image.SeriesDescription = "HEAD 1"
    image.ProtocolName = "HEAD SEQUENCE"
    image.BodyPartExamined = "HEAD"
    image.PatientPosition = "HFS"
    image.OperatorsName = person.technician
    image.Manufacturer = "SAMPLE"
    image.ManufacturerModelName = "Analytic head"
    image.InstitutionName = person.institution
    image.InstitutionAddress = person.address
    image.StationName = person.station
    image.DeviceSerialNumber = f"SN-{person.station}"
    image.SoftwareVersions = "1"
    image.DateOfLastCalibration = person.study_date
    image.FrameOfReferenceUID = _uid(person, seed, "frame of reference")
    image.PositionReferenceIndicator = ""
    image.AcquisitionNumber = 1
    image.KVP = "120"
    image.XRayTubeCurrent = "250"
    image.ExposureTime = "1000"
    image.ConvolutionKernel = "STANDARD"


def _nested(image: Dataset, person: SamplePerson, seed: int) -> None:
    """Put identity into items of sequences, two levels deep."""
    from pydicom.dataset import Dataset

    other = Dataset()
    other.PatientID = f"OLD-{person.patient_id}"
    other.TypeOfPatientID = "TEXT"
    image.OtherPatientIDsSequence = [other]
    doctor = Dataset()
    doctor.InstitutionName = person.institution
    doctor.PersonIdentificationCodeSequence = [_code("DR-1", "99SAMPLE", person.physician.replace("^", " ").strip())]
    image.ReferringPhysicianIdentificationSequence = [doctor]
    request = Dataset()
    request.AccessionNumber = person.accession_number
    request.RequestedProcedureID = person.accession_number[-5:]
    request.ScheduledProcedureStepID = person.accession_number[-5:]
    request.ScheduledProcedureStepDescription = f"Head of {person.name.replace('^', ' ')}"
    request.ReferencedStudySequence = [_reference("1.2.840.10008.3.1.2.3.1", _uid(person, seed, "study"))]
    image.RequestAttributesSequence = [request]
    image.ProcedureCodeSequence = [_code("24725-4", "LN", "CT Head")]


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _reference(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class_uid, sop_instance_uid
    return item


def _private(image: Dataset, person: SamplePerson) -> None:
    """Put identity into private elements, one of them in an item of a private sequence."""
    from pydicom.dataset import Dataset

    block = image.private_block(0x0009, PRIVATE_CREATOR, create=True)
    block.add_new(0x01, "LO", f"{person.name} {person.patient_id}")
    block.add_new(0x02, "OB", person.name.encode("ascii") + b"\0" * (len(person.name) % 2))
    item = Dataset()
    item.PatientName = person.name
    block.add_new(0x03, "SQ", [item])


def _plane(image: Dataset, head: HeadCT, k: int) -> None:
    """Write the geometry of slice ``k``; values of at most 16 characters, as VR DS asks."""
    volume, lattice = head.volume, head.lattice
    image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    image.InstanceNumber = k + 1
    image.ImagePositionPatient = [_decimal(v) for v in volume.positions[k]]
    cosines = np.concatenate([volume.i_step, volume.j_step]) / lattice.pixel_spacing_mm
    image.ImageOrientationPatient = [_decimal(v) for v in cosines]
    image.PixelSpacing = [_decimal(lattice.pixel_spacing_mm)] * 2
    image.SliceThickness = _decimal(lattice.spacing_mm)
    image.SliceLocation = _decimal(float(lattice.heights_mm()[k]))
    image.GantryDetectorTilt = _decimal(lattice.tilt_degrees)


def _decimal(value: float) -> str:
    return f"{value + 0.0:.6f}".rstrip("0").rstrip(".")


def _pixels(image: Dataset, head: HeadCT, k: int) -> None:
    """Write the stored values of slice ``k``."""
    stored, lattice = head.volume.stored[k], head.lattice
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.Rows, image.Columns = stored.shape
    image.BitsAllocated, image.BitsStored, image.HighBit = 16, 16, 15
    image.PixelRepresentation = 1
    if lattice.padding_value is not None:
        image.PixelPaddingValue = lattice.padding_value
    measured = stored if lattice.padding_value is None else stored[stored != lattice.padding_value]
    image.SmallestImagePixelValue, image.LargestImagePixelValue = int(measured.min()), int(measured.max())
    image.RescaleIntercept, image.RescaleSlope, image.RescaleType = str(lattice.intercept), "1", "HU"
    image.WindowCenter, image.WindowWidth = "40", "80"
    image.PixelData = stored.astype("<i2").tobytes()
