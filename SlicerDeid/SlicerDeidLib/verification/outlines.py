# SPDX-License-Identifier: Apache-2.0
"""Outlines: what in a region, a segment, a plan or a drawing follows the head and its skin, or may."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from SlicerDeidLib.model.element import tag_text
from SlicerDeidLib.verification.profile import place_text
from SlicerDeidLib.verification.reading import Found

SOP_CLASS, FRAMES = 0x00080016, 0x00280008
SEGMENTATION, PRESENTATION_STATES = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.11."
SKIN = frozenset(
    {0x300A0088, 0x300A0089, 0x300A008A, 0x300A008D, 0x300A008E, 0x300A008F, 0x300A0094, 0x300A012E, 0x300A0130,
     0x300A0131, 0x300A0132, 0x300A0133, 0x300A0626, 0x300A0628, 0x300A0634, 0x30020024, 0x300A00EC, 0x300A0664,
     0x300A0665}
)  # fmt: skip
"""Depths, distances to the skin, and the thickness of a compensator: PS3.3 C.8.8.13 and C.8.8.14, and PS3.6."""
ROIS, CONTOURS, ROI_NUMBER, OF_ROI, ROI_TYPE = 0x30060020, 0x30060039, 0x30060022, 0x30060084, 0x300600A4
OUTER_TYPES = frozenset(
    {"EXTERNAL", "BOLUS", "SUPPORT", "FIXATION", "DOSE_REGION", "IRRAD_VOLUME", "TREATED_VOLUME", "CONTROL"}
)
ROI_NAME, LABEL, MEANING = 0x30060026, 0x00620005, 0x00080104
NAMES = (ROI_NAME, LABEL)
TEXTS = (ROI_NAME, 0x30060028, 0x30060038, 0x30060085, 0x30060088, LABEL, 0x00620006)
CODES = (0x30060086, 0x300600B9, 0x0062000F)  # what a region or segment is, by a code
OUTER = re.compile(r"body|skin|external|outline|face|dose|\d\s*%", re.IGNORECASE)
NAMELESS = re.compile(
    r"(?:left|right|upper|lower|middle|superior|inferior|anterior|posterior|lateral|medial|central|c?gy|[\W\d_])+",
    re.IGNORECASE,
)
LENGTH = re.compile(r"(\d+(?:[.,]\d+)?)[\s_]*(mm|cm)|\+\s*(\d+(?:[.,]\d+)?)(?![\s_\d.,]*[mc]m)", re.IGNORECASE)
PLAN, PROSE = "1.2.840.10008.5.1.4.1.1.481.5", frozenset({"LO", "LT", "ST", "UT"})
SKIN_DISTANCE = re.compile(
    r"\b(?:ssd|fsd|tsd|skin)\W*(?:\w+\W+){0,3}?\d|\d\s*(?:cm|mm)?\s*(?:ssd|fsd|tsd)\b", re.IGNORECASE
)
MANY = 256 * 4  # bytes: coordinates of all drawings of a file, beyond which they could follow the head together
WIDE = 5.0  # mm around a structure
SEGMENTS, SEGMENT_NUMBER, OF_FRAME, OF_SEGMENT = 0x00620002, 0x00620004, 0x0062000A, 0x0062000B
SHARED, PER_FRAME = 0x52009229, 0x52009230
GRAPHIC_DATA, GRAPHIC_TYPE, VALUE_TYPE, COMPOUNDS = 0x00700022, 0x00700023, 0x0040A040, 0x00700209
SHUTTER_SHAPE = 0x00181600
OVERLAY, OVERLAY_DATA = 0xFF00FFFF, 0x60003000
NUMBERS_IN_DRAWING = {"POLYGON": 0, "INTERPOLATED": 0, "ELLIPSOID": 18}  # coordinates; else those of four points


def outlines_in(header: Mapping[int, str], elements: Sequence[Found]) -> Iterator[tuple[str, str]]:
    """Yield where in a file the head's surface shows, and as what."""
    for one in elements:
        what = _shown_by(one)
        if what:
            yield place_text(one.path, one.tag), what
    if _has_stray_contours(elements):
        yield tag_text(CONTOURS), "Contours are of no region that is listed"
    if header.get(SOP_CLASS) == PLAN:
        for one in elements:
            if one.vr in PROSE and SKIN_DISTANCE.search(one.text()):
                yield place_text(one.path, one.tag), "A text tells how far the skin lies"
    if header.get(SOP_CLASS) == SEGMENTATION and _has_stray_frames(header, elements):
        yield tag_text(OF_FRAME), "A frame is of no segment that is listed"
    yield from _drawn(header, elements)


def _shown_by(found: Found) -> str:
    """Say what of the head's surface an element shows by itself; empty for nothing."""
    if found.tag in SKIN and found.raw.strip(b" \0"):
        return "A distance tells where the skin lies"
    if found.tag == ROI_TYPE and found.ascii().upper() in OUTER_TYPES:
        return "A region is the outline of the head"
    is_code = found.tag == MEANING and bool(found.path) and found.path[-1][0] in CODES
    if found.tag not in TEXTS and not is_code:
        return ""
    said = found.text()
    if OUTER.search(said) or _is_wide(said) or (found.tag in NAMES and NAMELESS.fullmatch(said)):
        return "A region is named like the outline of the head"
    return ""


def _is_wide(name: str) -> bool:
    """Say whether a name speaks of a wide margin; one without a unit may be in cm."""
    lengths = ((number or bare, unit) for number, unit, bare in LENGTH.findall(name))
    return any(float(number.replace(",", ".")) * (1 if unit.lower() == "mm" else 10) > WIDE for number, unit in lengths)


def _has_stray_contours(elements: Sequence[Found]) -> bool:
    """Say whether there are contours whose number no region has."""
    listed = {_number(one) for one in elements if one.tag == ROI_NUMBER and _lies_in(one, ROIS)}
    return not _said_in(elements, CONTOURS, OF_ROI, _number) <= listed - {None}


def _has_stray_frames(header: Mapping[int, str], elements: Sequence[Found]) -> bool:
    """Say whether frames of a segmentation are of no segment that is listed."""
    listed = {one.raw for one in elements if one.tag == SEGMENT_NUMBER and _lies_in(one, SEGMENTS)}
    named = [one for one in elements if one.tag == OF_SEGMENT and one.path and one.path[-1][0] == OF_FRAME]
    frames = {one.path[0] for one in named if _lies_in(one, PER_FRAME)}
    is_short = not any(_lies_in(one, SHARED) for one in named) and str(len(frames)) != header.get(FRAMES, "")
    return is_short or not {one.raw for one in named} <= listed


def _said_in(elements: Sequence[Found], sequence: int, tag: int, value: Callable[[Found], object]) -> set[object]:
    """Return what the items of a sequence say by an attribute; None for one that says nothing."""
    said: dict[int, object] = {}
    for one in elements:
        if _lies_in(one, sequence):
            said.setdefault(one.path[0][1], None)
            if one.tag == tag and len(one.path) == 1:
                said[one.path[0][1]] = value(one)
    return set(said.values())


def _lies_in(found: Found, sequence: int) -> bool:
    """Say whether an element lies in a sequence of the top level."""
    return bool(found.path) and found.path[0][0] == sequence


def _number(found: Found) -> int | None:
    """Return an integer as a reader takes it."""
    try:
        return int(found.ascii())
    except ValueError:
        return None


def _drawn(header: Mapping[int, str], elements: Sequence[Found]) -> Iterator[tuple[str, str]]:
    """Yield the drawings that have more points than a measurement, and the masks of presentation states."""
    kinds = {one.path: one.ascii() for one in elements if one.tag == GRAPHIC_TYPE}
    solid = {one.path for one in elements if one.tag == VALUE_TYPE and one.ascii() == "SCOORD3D"}
    is_state = header.get(SOP_CLASS, "").startswith(PRESENTATION_STATES)
    if sum(len(one.raw) for one in elements if one.tag == GRAPHIC_DATA) > MANY:
        yield tag_text(GRAPHIC_DATA), "Drawings are so many that they can follow the head together"
    for one in elements:
        if one.tag == GRAPHIC_DATA:
            most = NUMBERS_IN_DRAWING.get(kinds.get(one.path, ""), 12 if one.path in solid else 8)
            if len(one.raw) > 4 * most or any(tag == COMPOUNDS for tag, _ in one.path):
                yield place_text(one.path, one.tag), "A drawing can be the outline of the head"
        elif is_state and not one.path and _is_mask(one):
            yield tag_text(one.tag), "A mask can be the outline of the head"


def _is_mask(found: Found) -> bool:
    """Say whether an element is a plane of bits, or tells of a shutter that has the shape of one or of a polygon."""
    if found.tag & OVERLAY == OVERLAY_DATA:
        return True
    return found.tag == SHUTTER_SHAPE and not {"POLYGONAL", "BITMAP"}.isdisjoint(found.ascii().split("\\"))
