# SPDX-License-Identifier: Apache-2.0
"""Content that nobody looks at: documents, waveforms, models, raw data; it is released as it is or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.formats.dicom.syntax import PIXEL_TAGS
from SlicerDeidLib.model.element import Elements
from SlicerDeidLib.model.policy import Disposition
from SlicerDeidLib.planning.verdicts import HIDDEN_PIXELS

_CONTENT = frozenset(
    {0x00420011, 0x54001010, 0x56000010, 0x56000020, 0x00660016, 0x00660023, 0x00660040, 0x00640009, 0x7FE00010}
)
"""Encapsulated Document, Waveform Data, First Order Phase Correction Angle and Spectroscopy Data, Point Coordinates
Data, Triangle and Long Primitive Point Index List, Vector Grid Data, Pixel Data: PS3.3 C.24.2, C.10.9, C.8.14.4,
C.27.1, C.20.3 and C.7.6.3."""


_SOP_CLASS, _MIME_TYPE = 0x00080016, 0x00420012  # of Encapsulated Document
_MIME_TYPES = {
    "1.2.840.10008.5.1.4.1.1.104.1": "application/pdf",
    "1.2.840.10008.5.1.4.1.1.104.2": "text/xml",
    "1.2.840.10008.5.1.4.1.1.104.3": "model/stl",
    "1.2.840.10008.5.1.4.1.1.104.4": "model/obj",
    "1.2.840.10008.5.1.4.1.1.104.5": "model/mtl",
}
"""What documents of each class are, PS3.3 A.45.1 to A.104.1: what one may show is decided by its class."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What an object holds besides its header.

    Attributes
    ----------
    known : tuple of bytes
        Values of the content that the standard has, in the order of the file.
    private : int
        How many private elements there are, in which all other content stands: PS3.3 A.37 has none for raw data.
    """

    known: tuple[bytes | memoryview, ...]
    private: int


def contents_of(dataset: Elements) -> Contents:
    """Return what an object holds besides its header."""
    found = list(_walked(dataset))
    private = sum(tag >> 16 & 1 and tag & 0xFFFF >= 0x1000 for tag, _ in found)
    return Contents(tuple(value for tag, value in found if tag in _CONTENT), private)


def _walked(elements: Elements) -> Iterator[tuple[int, bytes | memoryview]]:
    """Yield tag and value of every element that holds one, at any depth."""
    for tag, element in elements.items():
        if element.items is None and len(element.value):
            yield tag, element.value
        for item in element.items or ():
            yield from _walked(item)


def refuse_lost_contents(before: Contents, after: Contents) -> None:
    """Refuse an object whose header could not be cleaned without its content.

    Raises
    ------
    SeriesRefused
        If content was taken out or changed, for it holds something of the patient or a rule removes it; if nothing is
        left of an object that held private elements alone.
    """
    if before.known != after.known:
        raise SeriesRefused(
            "its content holds an identifier of the patient or is removed by the policy, and cannot be cleaned"
        )
    if before.private and not after.private and not after.known:
        raise SeriesRefused(
            "nothing of it would be left: its content stands in private attributes, which the policy removes"
        )


def refuse_hidden_pixels(dataset: Elements, disposition: Disposition) -> None:
    """Refuse an object that holds pixels, which no object of its kind does: no step would look at them.

    Raises
    ------
    SeriesRefused
        As above; what is released undefaced by name may show anything.
    """
    if not disposition.may_hold_pixels and any(tag in dataset for tag in PIXEL_TAGS):
        raise SeriesRefused(HIDDEN_PIXELS)


def refuse_other_content(dataset: Elements) -> None:
    """Refuse a document that is of another kind than its class: nobody looks whether it shows a head.

    Raises
    ------
    SeriesRefused
        If its MIME type is missing or not that of its class alone.
    """
    expected = _MIME_TYPES.get(_text(dataset, _SOP_CLASS))
    if expected is not None and _text(dataset, _MIME_TYPE).lower() != expected:
        raise SeriesRefused(f"its MIME type is not {expected}, so it may hold something else than its kind does")


def _text(dataset: Elements, tag: int) -> str:
    return dataset[tag].text().strip() if tag in dataset else ""
