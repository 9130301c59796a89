# SPDX-License-Identifier: Apache-2.0
"""Drawings of reports and presentation states: measurements stay beside a defaced head, free outlines go."""

from __future__ import annotations

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.headers.content import text_of
from SlicerDeidLib.model.element import Elements
from SlicerDeidLib.pipeline.objects import drop_items
from SlicerDeidLib.standard.tables import CONTENT_SEQUENCE

_DATA, _TYPE = 0x00700022, 0x00700023  # Graphic Data, Graphic Type
_VALUE_TYPE = 0x0040A040
_NOTES, _TEXTS, _GRAPHICS, _COMPOUNDS = 0x00700001, 0x00700008, 0x00700009, 0x00700209
_FLOAT = 4  # bytes of a number of VR FL
_MOST_POINTS = {"POINT": 1, "CIRCLE": 2, "ELLIPSE": 4, "ELLIPSOID": 6, "MULTIPOINT": 4, "POLYLINE": 4}
"""What each Graphic Type needs (PS3.3 C.18.6.1.2, C.18.9.1.2, C.10.5); free lines have as many points as the angle
between two lines, the longest of measurements. A POLYGON or an INTERPOLATED curve encloses something: it has none."""
_MOST_TOGETHER = 256
"""Coordinates of all drawings of one object: 128 points, or 64 lines that measure; more can follow a head."""
_SHAPE = 0x00181600  # Shutter Shape
_SHUTTER, _FREE_SHAPES = range(_SHAPE, 0x00181625), ("POLYGONAL", "BITMAP")  # PS3.3 C.7.6.11, C.7.6.15
_OVERLAYS = range(0x6000, 0x6100)  # repeating groups, PS3.5 7.6


def drop_drawings(dataset: Elements, *, is_big_endian: bool) -> int:
    """Drop what may be a drawn outline of the head; return how many drawings.

    Content items (SCOORD, SCOORD3D) and graphic objects with more points than a measurement needs, or all of them where
    they are so many that they could follow the head together; compound graphics, overlays, and shutters that are no
    rectangle or circle.

    Raises
    ------
    SeriesRefused
        If a report holds nothing else.
    """
    before = _drawings(dataset)
    had_content = _has_content(dataset)
    drop_items(dataset, _is_free_outline, is_big_endian=is_big_endian)
    if _numbers(dataset) > _MOST_TOGETHER:
        drop_items(dataset, lambda item: _DATA in item, is_big_endian=is_big_endian)
    if had_content and not _has_content(dataset):
        raise SeriesRefused("nothing is left beside drawn outlines that may show the head")
    _drop_bare_notes(dataset)
    return before - _drawings(dataset) + _drop_masks(dataset)


def _is_free_outline(item: Elements) -> bool:
    """Say whether an item is a drawing that may follow the head."""
    if _DATA not in item:
        return False
    data, most = item[_DATA], _MOST_POINTS.get(text_of(item, _TYPE).strip().upper(), 0)
    numbers = most * (3 if text_of(item, _VALUE_TYPE).strip() == "SCOORD3D" else 2)
    return data.vr != "FL" or len(data.value) > numbers * _FLOAT


def _has_content(dataset: Elements) -> bool:
    """Say whether a document has content items."""
    return CONTENT_SEQUENCE in dataset and bool(dataset[CONTENT_SEQUENCE].items)


def _drop_bare_notes(dataset: Elements) -> None:
    """Drop compound graphics, and graphic annotations without text and graphic: they must have one (PS3.3 C.10.5)."""
    if _NOTES not in dataset:
        return
    for note in dataset[_NOTES].items or ():
        note.pop(_COMPOUNDS, None)
    dataset[_NOTES].items = [note for note in dataset[_NOTES].items or () if _TEXTS in note or _GRAPHICS in note]
    if not dataset[_NOTES].items:
        del dataset[_NOTES]


def _drop_masks(dataset: Elements) -> int:
    """Drop shutters of a free shape, and overlays, which may be the shape of one; return how many."""
    planes = {tag >> 16 for tag in dataset if tag >> 16 in _OVERLAYS}
    is_free = any(shape in text_of(dataset, _SHAPE).upper() for shape in _FREE_SHAPES)
    for tag in [tag for tag in dataset if tag >> 16 in planes or (is_free and tag in _SHUTTER)]:
        del dataset[tag]
    return len(planes) + is_free


def _numbers(elements: Elements) -> int:
    """Count the coordinates of all drawings at any depth."""
    inner = (item for element in elements.values() for item in element.items or ())
    own = len(elements[_DATA].value) // _FLOAT if _DATA in elements else 0
    return own + sum(_numbers(item) for item in inner)


def _drawings(elements: Elements) -> int:
    """Count the drawings at any depth."""
    inner = (item for element in elements.values() for item in element.items or ())
    return (_DATA in elements) + sum(_drawings(item) for item in inner)
