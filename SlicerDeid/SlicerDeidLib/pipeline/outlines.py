# SPDX-License-Identifier: Apache-2.0
"""Outlines of the head and its skin: regions and segments that are not known to be inner, and distances to the skin."""

from __future__ import annotations

import re
from collections.abc import Iterator

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.formats.dicom.fragments import is_counted
from SlicerDeidLib.model.element import Element, Elements
from SlicerDeidLib.model.policy import StructureWords
from SlicerDeidLib.pipeline.structurenames import is_inner_name, is_inner_text

_SOP_CLASS, _SEGMENTATION, _MEANING = 0x00080016, "1.2.840.10008.5.1.4.1.1.66.4", 0x00080104
_ROIS, _CONTOURS, _OBSERVATIONS = 0x30060020, 0x30060039, 0x30060080
_ROI_NUMBER, _ROI_NAME, _ROI_TYPE, _OF_ROI = 0x30060022, 0x30060026, 0x300600A4, 0x30060084
_ROI_TEXTS = (0x30060028, 0x30060038)  # ROI Description, ROI Generation Description
_OBSERVATION_TEXTS = (0x30060085, 0x30060088)  # ROI Observation Label and Description
_PROPERTY_TYPE = 0x0062000F
_WHAT_IT_IS = (0x30060086, 0x300600B9, _PROPERTY_TYPE)  # RT ROI Identification Code and Additional RT ROI Ident. Code
_INNER_TYPES = frozenset(
    {"", "ORGAN", "PTV", "CTV", "GTV", "AVOIDANCE", "CAVITY", "CONTRAST_AGENT", "MARKER", "ISOCENTER", "REGISTRATION"}
)
"""RT ROI Interpreted Type, PS3.3 C.8.8.8.1: others are outlines of the body and of what lies on it, or isodoses."""
_SEGMENTS, _SEGMENT_NUMBER, _SEGMENT_LABEL, _SEGMENT_DESCRIPTION = 0x00620002, 0x00620004, 0x00620005, 0x00620006
_OF_FRAME, _OF_SEGMENT = 0x0062000A, 0x0062000B  # Segment Identification Sequence, Referenced Segment Number
_SHARED, _PER_FRAME, _FRAMES = 0x52009229, 0x52009230, 0x00280008
_ROWS, _COLUMNS, _BITS, _PIXELS = 0x00280010, 0x00280011, 0x00280100, 0x7FE00010
_NUMBER = re.compile(r"[+-]?\d{1,10}(?:\.0*)?")
DISTANCES = frozenset(
    {0x300A0088, 0x300A0089, 0x300A008A, 0x300A008D, 0x300A008E, 0x300A008F, 0x300A0094, 0x300A012E, 0x300A0130,
     0x300A0131, 0x300A0132, 0x300A0133, 0x300A0626, 0x300A0628, 0x300A0634, 0x30020024, 0x00181111, 0x00400306}
)  # fmt: skip
"""Depths of and distances to Beam Dose Points, their averages (retired in PS3.6), Surface Entry Point, Source to
Surface Distance and those of External Contour (PS3.3 C.8.8.13, C.8.8.14), and what PS3.6 has of radiations, of machines
and of X-ray sources, of Type 3: from every direction of an arc they draw a section of the skin."""
_PROSE_VRS = frozenset({"LO", "LT", "ST", "UC", "UT"})
_TO_SKIN = r"(?<![^\W_])(?:[fst]sd|skin|surface|depth|bolus|haut|tiefe)(?![^\W\d_])"
_DISTANCE = re.compile(rf"{_TO_SKIN}.{{0,40}}?\d|\d.{{0,20}}?{_TO_SKIN}", re.IGNORECASE | re.DOTALL)
"""A number beside a word for the distance to the skin, as people write it into the texts of plans."""
COMPENSATORS = (0x300A00E3, 0x300A02EA, 0x300A0662, 0x300A0668, 0x300800C0)
"""What makes up for missing tissue, as thick as the skin is far; of ions and as it was recorded too."""


def drop_distances(dataset: Elements) -> int:
    """Drop from a plan how far the skin lies, and texts that say it; return how many distances, points and texts.

    Raises
    ------
    SeriesRefused
        If a beam has a compensator, whose thickness is a relief of the skin.
    """
    if any(_items(dataset, tag) for tag in COMPENSATORS):
        raise SeriesRefused("a compensator of a beam follows the outline of the head")
    there = [tag for tag, element in dataset.items() if tag in DISTANCES or _tells_distance(element)]
    for tag in there:
        del dataset[tag]
    inner = (item for element in dataset.values() for item in element.items or ())
    return len(there) + sum(drop_distances(item) for item in inner)


def _tells_distance(element: Element) -> bool:
    """Say whether a text tells how far the skin lies: "SSD 91 cm"; the meaning of a code is the standard's."""
    is_prose = element.vr in _PROSE_VRS and element.tag != _MEANING and element.items is None
    return is_prose and _DISTANCE.search(element.text()) is not None


def drop_outlines(dataset: Elements, words: StructureWords) -> int:
    """Drop the regions of a structure set that may show the head; return how many.

    Parameters
    ----------
    words : StructureWords
        Of structures inside the body; what has any other word is unknown.

    Raises
    ------
    SeriesRefused
        If none is left, or a segmentation has one: its pixels cannot be taken apart.
    """
    if _text(dataset, _SOP_CLASS) == _SEGMENTATION or _SEGMENTS in dataset:
        _refuse_outer_segments(dataset, words)
        return 0
    inner = _inner_regions(dataset, words)
    dropped = []
    for tag, of_roi in ((_ROIS, _ROI_NUMBER), (_CONTOURS, _OF_ROI), (_OBSERVATIONS, _OF_ROI)):
        items = _items(dataset, tag)
        kept = [item for item in items if _number(item, of_roi) in inner]
        if tag in dataset:
            dataset[tag].items = kept
        dropped.append(len(items) - len(kept))
    if any(dropped) and not inner:
        raise SeriesRefused("no region is left that is known to be an inner structure")
    return max(dropped)


def _inner_regions(dataset: Elements, words: StructureWords) -> set[int | None]:
    """Return the numbers of the regions of which everything is said of an inner structure."""
    said = [(_number(roi, _ROI_NUMBER), _is_inner_region(roi, words)) for roi in _items(dataset, _ROIS)]
    observed = [(_number(one, _OF_ROI), _is_inner_observation(one, words)) for one in _items(dataset, _OBSERVATIONS)]
    if (None, False) in observed:  # nobody knows of which region
        return set()
    outer = {number for number, is_inner in (*said, *observed) if not is_inner}
    return {number for number, _ in said} - outer - {None}


def _is_inner_region(roi: Elements, words: StructureWords) -> bool:
    """Say whether name and descriptions of a region are those of an inner structure."""
    return is_inner_name(_text(roi, _ROI_NAME), words) and _is_inner_item(roi, _ROI_TEXTS, words)


def _is_inner_observation(observation: Elements, words: StructureWords) -> bool:
    """Say whether type, label, description and codes of an observation are those of an inner structure."""
    is_inner_type = _text(observation, _ROI_TYPE).strip().upper() in _INNER_TYPES
    return is_inner_type and _is_inner_item(observation, _OBSERVATION_TEXTS, words)


def _is_inner_item(item: Elements, texts: tuple[int, ...], words: StructureWords) -> bool:
    """Say whether texts and codes of an item speak of inner structures only."""
    codes = (_text(code, _MEANING) for tag in _WHAT_IT_IS for code in _items(item, tag))
    return all(is_inner_text(_text(item, tag), words) for tag in texts) and all(
        is_inner_name(meaning, words) for meaning in codes
    )


def _refuse_outer_segments(dataset: Elements, words: StructureWords) -> None:
    """Refuse a segmentation of which a segment, or a frame, is not known to be of an inner structure."""
    segments = _items(dataset, _SEGMENTS)
    for segment in segments:
        is_named = is_inner_name(_text(segment, _SEGMENT_LABEL), words)
        if not is_named or not _is_inner_item(segment, (_SEGMENT_DESCRIPTION,), words):
            raise SeriesRefused(
                "a segment may follow the outline of the head, or is not known to be an inner structure"
            )
    listed = {_bytes(segment, _SEGMENT_NUMBER) for segment in segments} - {b""}
    named = list(_segments_of_frames(dataset))
    if not named or not listed.issuperset(named):
        raise SeriesRefused("a frame is of no segment that is listed, and may follow the outline of the head")


def refuse_hidden_frames(dataset: Elements, transfer_syntax_uid: str, *, is_big_endian: bool) -> None:
    """Refuse a segmentation whose pixels go on, or may, behind its last frame (PS3.5 8.1.1).

    Compressed ones are counted where their codestreams are cleaned, if that is done in their transfer syntax.

    Raises
    ------
    SeriesRefused
        If there are more, or nobody can say how many there are or should be.
    """
    if _text(dataset, _SOP_CLASS) != _SEGMENTATION or _PIXELS not in dataset:
        return
    if dataset[_PIXELS].undefined_length:
        if not is_counted(transfer_syntax_uid):
            raise SeriesRefused("its frames cannot be counted in this compression, and one may follow the head")
        return
    bits = _number(dataset, _FRAMES) or 0
    for tag in (_ROWS, _COLUMNS, _BITS):
        bits *= int.from_bytes(_bytes(dataset, tag)[:2], "big" if is_big_endian else "little")
    if len(dataset[_PIXELS].value) > (bits + 15) // 16 * 2:  # padded to even length
        raise SeriesRefused("pixels behind the last frame are of no segment, and may follow the outline of the head")


def _segments_of_frames(dataset: Elements) -> Iterator[bytes]:
    """Yield the segment that each frame names, by itself or with all others; empty for a frame that names none.

    Numbers are compared as they are encoded: all of one file are encoded alike.
    """
    shared = [number for item in _items(dataset, _SHARED) for number in _named_segments(item)]
    frames = [_named_segments(item) for item in _items(dataset, _PER_FRAME)]
    yield from shared
    yield from (number for frame in frames for number in frame)
    if not shared and (not all(frames) or len(frames) != _number(dataset, _FRAMES)):
        yield b""


def _named_segments(group: Elements) -> list[bytes]:
    """Return the segments that a functional group names."""
    return [_bytes(item, _OF_SEGMENT) for item in _items(group, _OF_FRAME)]


def _items(elements: Elements, tag: int) -> list[Elements]:
    """Return the items of a sequence."""
    return list(elements[tag].items or ()) if tag in elements else []


def _text(elements: Elements, tag: int) -> str:
    """Return a text; letters beyond ASCII make no word of ours."""
    return elements[tag].text() if tag in elements and elements[tag].items is None else ""


def _bytes(elements: Elements, tag: int) -> bytes:
    """Return a value as it is encoded; empty where there is none."""
    return bytes(elements[tag].value) if tag in elements else b""


def _number(elements: Elements, tag: int) -> int | None:
    """Return an integer, however it is written (``+2``, ``02``); None where there is none."""
    text = _text(elements, tag).strip()
    return int(float(text)) if _NUMBER.fullmatch(text) else None
