# SPDX-License-Identifier: Apache-2.0
"""Pixels: no slice lost, no voxel changed but into air, and what the header says of them still true."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.datadict import keyword_for_tag, tag_for_keyword

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.model.element import tag_text
from SlicerDeidLib.standard.readwith import read_with_tags
from SlicerDeidLib.verification.extended import extended_values, is_extended
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.reading import (
    BIG_ENDIAN,
    PIXEL_DATA,
    READ_ERRORS,
    ItemPath,
    Reading,
    silent_pydicom,
)
from SlicerDeidLib.verification.removal import (
    REMOVED,
    TEXT_MASKED,
    Outline,
    check_masked,
    check_said,
    description_of,
)
from SlicerDeidLib.verification.unexamined import is_unexamined

CHECK = "pixels"
AIR_TOLERANCE = 1.0  # rescaled units: stored values are whole numbers, so slopes of 1 round by up to half of one
SMALLEST, LARGEST = 0x00280106, 0x00280107
PIXEL_DATA_TAG = 0x7FE00010
PIXEL_TAG = tag_text(PIXEL_DATA_TAG)
UNKNOWN_PLACES = (
    "Voxels were changed where text was masked, it is said; the private folder, which says where, is not given."
)
WORD_BITS = 16  # Bits Allocated for which unused bits are looked at: 8-bit images have none
KEPT_KEYWORDS = (
    "Rows",
    "Columns",
    "NumberOfFrames",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "RescaleSlope",
    "RescaleIntercept",
    "RescaleType",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "PixelSpacing",
    "ImagerPixelSpacing",
    "NominalScannedPixelSpacing",
    "PixelAspectRatio",
    "SliceThickness",
    "SpacingBetweenSlices",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "GantryDetectorTilt",
    "PatientPosition",
)
"""What the voxels mean and where they lie; none of it may change, nor in functional groups."""
POSITIONS = re.compile(r"[HFLRAP]F[PS]|[HFLRAP]FD[LR]|[LRAP]F[PS]")
"""Defined terms of Patient Position, PS3.3 C.7.3.1.1.2; anything else is a word that somebody typed."""
FUNCTIONAL_GROUPS = (0x52009229, 0x52009230)  # shared, per frame


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one released image differs from its original.

    Attributes
    ----------
    changed : int
        Voxels that differ.
    values : tuple of float
        What changed voxels became, in rescaled units, one value per frame that was changed.
    """

    voxels: int
    changed: int
    values: tuple[float, ...]


def stored_values(reading: Reading) -> NDArray[Any]:
    """Decode the stored values of a file: ``(frames?, rows, columns, samples?)``.

    Raises
    ------
    FormatError
        If the pixel data cannot be decoded.
    """
    try:
        with silent_pydicom():
            dataset = reading.dataset
            others = [tag for tag in PIXEL_DATA - {PIXEL_DATA_TAG} if tag in dataset and PIXEL_DATA_TAG in dataset]
            if others:  # a second image is a finding of its own; pydicom decodes none of two
                dataset = copy(dataset)
                for tag in others:
                    del dataset[tag]
            return extended_values(dataset) if is_extended(dataset) else np.asarray(dataset.pixel_array)
    except READ_ERRORS as error:
        raise FormatError(f"the pixel data cannot be decoded ({type(error).__name__})") from error


def _declared(original: Reading) -> NDArray[Any]:
    """Decode as many frames as the header declares: pydicom takes what lies behind them for more, no run does."""
    values = stored_values(original)
    declared = int(original.dataset.get("NumberOfFrames", 1) or 1)
    single = 3 if int(original.dataset.get("SamplesPerPixel", 1) or 1) > 1 else 2
    if values.ndim == single or len(values) <= declared:
        return values
    return values[0] if declared == 1 else values[:declared]


def differs(new: NDArray[Any], old: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where stored values differ; what is no number differs from numbers only."""
    unequal: NDArray[np.bool_] = new != old
    return unequal if new.dtype.kind != "f" else unequal & ~(np.isnan(new) & np.isnan(old))


def pixel_bytes(reading: Reading) -> bytes:
    """Return the pixel data element's value as it lies in the file."""
    return next((reading.data[s.value : s.end] for s in reading.spans if s.tag in PIXEL_DATA), b"")


def check_unused_bits(reading: Reading, name: str, findings: Findings) -> None:
    """Look at the bits above High Bit, in which retired overlays hide (PS3.5 8.1.2); native pixel data only."""
    span = next((s for s in reading.spans if s.tag == PIXEL_DATA_TAG), None)
    try:
        allocated, high_bit = (int(reading.dataset.get(keyword)) for keyword in ("BitsAllocated", "HighBit"))
    except READ_ERRORS:
        return
    if span is None or span.is_undefined_length or allocated != WORD_BITS or not 0 <= high_bit < WORD_BITS - 1:
        return
    order = ">" if reading.transfer_syntax_uid == BIG_ENDIAN else "<"
    words = np.frombuffer(reading.data, f"{order}u2", (span.end - span.value) // 2, span.value)
    unused = words >> (high_bit + 1)
    is_extended = (words >> high_bit) == (1 << (WORD_BITS - high_bit)) - 1  # the sign of a negative value
    if np.any((unused != 0) & ~is_extended):
        message = "Bits above the stored ones are in use; they may hold an overlay."
        findings.add("warning", CHECK, name, PIXEL_TAG, message)


def compare_pixels(
    new: Reading,
    old: Reading,
    name: str,
    masked: Sequence[Sequence[int]] | None,
    outline: Outline | None,
    findings: Findings,
) -> Comparison | None:
    """Compare a released image with its original; None where there is nothing to compare.

    Parameters
    ----------
    masked : sequence of (frame, row, column, height, width) or None
        Where the run says that it filled text: there voxels may have become anything. None where it is not known.
    outline : Outline or None
        Of the series, where it is said that face and surface were removed.
    """
    if not pixel_bytes(new) and not pixel_bytes(old):
        return None
    try:
        after = stored_values(new)
        before = after if pixel_bytes(new) == pixel_bytes(old) else _declared(old)
    except FormatError as error:
        if pixel_bytes(new) == pixel_bytes(old) and is_unexamined(new.dataset.get("SOPClassUID", "")):
            return None
        findings.add("error", CHECK, name, PIXEL_TAG, f"This image cannot be compared: {error.reason}.")
        return None
    if after.shape != before.shape:
        findings.add("error", CHECK, name, PIXEL_TAG, "The image has another size than its original.")
        return None
    if before is not after or not _has_same_extremes(new, old):  # what the input said wrongly is no fault of ours
        _check_extremes(new, after, name, findings)
    size = int(new.dataset.Rows), int(new.dataset.Columns), int(new.dataset.get("SamplesPerPixel", 1) or 1)
    frames = before.reshape(-1, *size), after.reshape(-1, *size)
    changed = differs(*frames)
    check_said(new, old, name, findings, is_changed=bool(changed.any()))
    check_masked(changed, masked or (), name, findings)
    if outline is not None and size[2] == 1:
        slope, intercept = _rescale(old)
        for frame, is_changed in zip(frames[0], changed, strict=True):
            outline.take(frame[..., 0] * slope + intercept, is_changed[..., 0], name, findings)
    number = int(np.count_nonzero(changed))
    return Comparison(after.size, number, tuple(_changed_values(new, frames[1], changed, name, masked, findings)))


def _changed_values(
    new: Reading,
    after: NDArray[Any],
    changed: NDArray[np.bool_],
    name: str,
    masked: Sequence[Sequence[int]] | None,
    findings: Findings,
) -> Iterator[float]:
    """Yield per frame the one value that changed voxels have outside of filled text; say where there are several."""
    slope, intercept = _rescale(new)
    said = description_of(new)
    is_only_text = TEXT_MASKED in said and REMOVED not in said
    for frame, row, column, height, width in masked or ():
        if frame < len(changed):
            changed[frame, row : row + height, column : column + width] = False
    for frame, is_changed in zip(after, changed, strict=True):
        values = np.unique(frame[is_changed])
        if TEXT_MASKED in said and masked is None and (len(values) > 1 or (is_only_text and len(values))):
            findings.add("warning", CHECK, name, PIXEL_TAG, UNKNOWN_PLACES)
        elif is_only_text and len(values):
            message = "Voxels were changed outside the text that was masked."
            findings.add("error", CHECK, name, PIXEL_TAG, message)
        elif len(values) > 1:
            message = "Voxels were changed into more than one value; only removed voxels may change, all into air."
            findings.add("error", CHECK, name, PIXEL_TAG, message)
        elif len(values):
            yield float(values[0]) * slope + intercept


def _rescale(reading: Reading) -> tuple[float, float]:
    """Return slope and intercept, 1 and 0 where the header has none."""
    try:
        with silent_pydicom():
            slope, intercept = reading.dataset.get("RescaleSlope"), reading.dataset.get("RescaleIntercept")
            return float(1 if slope is None else slope), float(0 if intercept is None else intercept)
    except READ_ERRORS:
        return 1.0, 0.0


def check_kept(new: Reading, old: Reading, name: str, altered: frozenset[str], findings: Findings) -> None:
    """Compare what the header says about the meaning of stored values, where there are any.

    Parameters
    ----------
    altered : frozenset of str
        Attributes (``"(0018,0050)"``) of which the run says that somebody's own rule or decision took or wrote the
        value. No rule changes what an image cannot be read without, so of that it excuses nothing.
    """
    if not pixel_bytes(new) and not pixel_bytes(old):
        return

    def say(keyword: str, message: str) -> None:
        tag = tag_for_keyword(keyword) or 0
        if tag_text(tag) in altered and tag not in read_with_tags():
            wanted = f"{keyword} is not that of the original, as a rule or decision of the run asks."
            findings.add("note", CHECK, name, tag_text(tag), wanted)
        else:
            findings.add("error", CHECK, name, "", message)

    with silent_pydicom():
        for keyword in KEPT_KEYWORDS:
            said = str(new.dataset.get(keyword, "")), str(old.dataset.get(keyword, ""))
            is_right = keyword == "PhotometricInterpretation" and _is_same_colour(*said)
            is_right |= keyword == "PatientPosition" and not said[0] and not POSITIONS.fullmatch(said[1])
            if said[0] != said[1] and not is_right:
                say(keyword, f"{keyword} differs from the original.")
        if any(tag in old.dataset for tag in FUNCTIONAL_GROUPS):
            after, before = _grouped(new), _grouped(old)
            changed = (keyword_for_tag(place[1]) for place in before if after.get(place) != before[place])
            for keyword in sorted(set(changed)):
                say(keyword, f"{keyword} differs from the original in a functional group.")


def _is_same_colour(after: str, before: str) -> bool:
    """Tell whether luminance and chrominance became red, green and blue, or colours that pixels shared one for each."""
    return (after == "RGB" and before.startswith("YBR_")) or (after, before) == ("YBR_FULL", "YBR_FULL_422")


def _grouped(reading: Reading) -> dict[tuple[ItemPath, int], bytes]:
    """Return the kept values in functional groups by where they stand."""
    return {
        found.place: found.raw.strip(b" \0")
        for found in reading.elements()
        if found.path and found.path[0][0] in FUNCTIONAL_GROUPS and keyword_for_tag(found.tag) in KEPT_KEYWORDS
    }


def _has_same_extremes(new: Reading, old: Reading) -> bool:
    with silent_pydicom():
        return all(new.dataset.get(tag) == old.dataset.get(tag) for tag in (SMALLEST, LARGEST))


def _check_extremes(new: Reading, after: NDArray[Any], name: str, findings: Findings) -> None:
    """Compare the smallest and largest pixel value that the header names with the pixels."""
    for tag, actual in ((SMALLEST, after.min()), (LARGEST, after.max())):
        if tag not in new.dataset:
            continue
        with silent_pydicom():
            said = new.dataset[tag].value
        if said is not None and int(said) != int(actual):
            message = "The smallest or largest pixel value in the header is not that of the pixels."
            findings.add("error", CHECK, name, tag_text(tag), message)


def judge_series(name: str, values: list[float], findings: Findings) -> None:
    """Check that removed voxels became the same air in every slice of a series."""
    if values and max(values) - min(values) > AIR_TOLERANCE:
        message = "Removed voxels did not become the same value in all slices of a series."
        findings.add("error", CHECK, name, PIXEL_TAG, message)


def judge_count(name: str, released: int, original: int, findings: Findings) -> None:
    """Check that no slice was lost or added."""
    if released != original:
        message = f"The series has {released} instances, its original {original}."
        findings.add("warning" if released < original else "error", CHECK, name, "", message)


def judge_compared(name: str, missing: int, repeated: int, findings: Findings) -> None:
    """Say of how many images of a series the original could not be told."""
    if repeated:
        message = "Several images of this series have one place and one number; they were not compared."
        findings.add("warning", CHECK, name, "", message)
    elif missing:
        message = f"The original of {missing} images of this series could not be told; they were not compared."
        findings.add("error", CHECK, name, "", message)
