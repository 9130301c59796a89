# SPDX-License-Identifier: Apache-2.0
"""A mask as DICOM Segmentation (PS3.3 A.51), written by highdicom from the headers of the images that it lies on."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import EngineMissing, FormatError
from SlicerDeidLib.formats.dicom.file import read, write
from SlicerDeidLib.formats.dicom.write import Chunk
from SlicerDeidLib.formats.silence import silenced

_LOGGERS = ("highdicom", "pydicom")
MAKER, MODEL = "SlicerDeid", "SlicerDeid"
LABEL = "What stays of the head"
_SERIES_NUMBER = 9900  # above what scanners count to; several segmentations of a study may share it
_ANATOMY, _HEAD = ("91723000", "SCT", "Anatomical structure"), ("69536005", "SCT", "Head")  # CID 7150, CID 4031
_DATE, _TIME = "20000101", "000000"  # of images without a date, as of released files: it tells nothing
_TIMES = (
    *("InstanceCreationDate", "InstanceCreationTime", "SeriesDate", "SeriesTime"),
    "ContributingEquipmentSequence",  # highdicom's own entry: to the second
)
"""What would say when the mask was made."""
_MARKS = (
    *("PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence"),
    *("LongitudinalTemporalInformationModified", "RecognizableVisualFeatures", "BurnedInAnnotation"),
    "DerivationDescription",
)
"""What the images say of their de-identification, and a mask made from them says too."""


def require() -> None:
    """Refuse what needs highdicom where it is not installed.

    Raises
    ------
    EngineMissing
        As above.
    """
    _highdicom()


def packed_segmentation(
    slices: Sequence[bytes],
    labels: NDArray[np.bool_],
    implementation: tuple[str, str],
    version: str,
    new_uid: Callable[[str], str],
) -> list[Chunk]:
    """Return the bytes of a segmentation with one segment, what stays of the head.

    The same images give the same file: it says nowhere when it was made.

    Parameters
    ----------
    slices : sequence of bytes
        The released single-frame images as files, in the order of the volume's slices.
    labels : (k, j, i) bool
        What belongs to the segment.
    implementation : (str, str)
        Implementation Class UID and Version Name, as in all files that are released.
    version : str
        Of this program.
    new_uid : callable
        Makes a UID of a word, the same of the same word.

    Raises
    ------
    EngineMissing
        If highdicom is not installed.
    FormatError
        If a segmentation cannot say it of these images: they lack a frame of reference or the mask is empty.
    """
    highdicom = _highdicom()
    from pydicom import dcmread

    with silenced(*_LOGGERS):
        images = [dcmread(io.BytesIO(data), stop_before_pixels=True) for data in slices]
    if not images[0].get("FrameOfReferenceUID"):
        raise FormatError("its images name no frame of reference, without which a segmentation lies nowhere")
    if not labels.any():
        raise FormatError("nothing of the head is left that a segmentation could show")
    with silenced(*_LOGGERS):
        made = _made(highdicom, images, labels, version, new_uid)
    for keyword in _MARKS:
        if keyword in images[0]:
            made[keyword] = images[0][keyword]
    made.ContentDate, made.ContentTime = images[0].get("StudyDate") or _DATE, _TIME
    for keyword in _TIMES:
        if keyword in made:
            del made[keyword]
    _tie_dimensions(made, new_uid("dimensions"))
    made.file_meta.ImplementationClassUID, made.file_meta.ImplementationVersionName = implementation
    stream = io.BytesIO()
    made.save_as(stream)
    return write(read(stream.getvalue()))


def _made(
    highdicom: Any, images: Sequence[Any], labels: NDArray[np.bool_], version: str, new_uid: Callable[[str], str]
) -> Any:
    from pydicom.sr.codedict import codes

    described = highdicom.seg.SegmentDescription(
        segment_number=1,
        segment_label=LABEL,
        segmented_property_category=highdicom.sr.CodedConcept(*_ANATOMY),
        segmented_property_type=highdicom.sr.CodedConcept(*_HEAD),
        algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=highdicom.AlgorithmIdentificationSequence(
            name=MAKER, family=codes.cid7162.MorphologicalOperations, version=version
        ),
    )
    return highdicom.seg.Segmentation(
        source_images=images,
        pixel_array=labels.astype(np.uint8),
        segmentation_type=highdicom.seg.SegmentationTypeValues.BINARY,
        segment_descriptions=[described],
        series_instance_uid=new_uid("series"),
        series_number=_SERIES_NUMBER,
        sop_instance_uid=new_uid("instance"),
        instance_number=1,
        manufacturer=MAKER,
        manufacturer_model_name=MODEL,
        software_versions=version,
        device_serial_number="0",
        content_label="HEAD",
        content_description=LABEL,
    )


def _tie_dimensions(made: Any, uid: str) -> None:
    """Name the dimensions by a UID that is the same each time."""
    for keyword in ("DimensionOrganizationSequence", "DimensionIndexSequence"):
        for item in made.get(keyword, ()):
            item.DimensionOrganizationUID = uid


def _highdicom() -> Any:
    """Import highdicom at its first use: few need it, and it is an extra."""
    try:
        import highdicom
    except ImportError as error:
        raise EngineMissing(
            "Segmentations are written by highdicom, which is not installed: pip install slicerdeid[seg]"
        ) from error
    return highdicom
