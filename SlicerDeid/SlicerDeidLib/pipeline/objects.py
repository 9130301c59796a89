# SPDX-License-Identifier: Apache-2.0
"""Objects that are no images: references to what is withheld are pruned, outlines of the head dropped."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.headers.content import ItemReferences, has_references
from SlicerDeidLib.model.element import Elements
from SlicerDeidLib.standard.tables import attribute_type

_SOP_CLASS, _INSTANCE = 0x00080016, 0x00081155  # SOP Class UID, Referenced SOP Instance UID
_ROIS, _CONTOURS, _OBSERVATIONS = 0x30060020, 0x30060039, 0x30060080
_ROI_NUMBER, _ROI_NAME, _ROI_TYPE, _OF_ROI = 0x30060022, 0x30060026, 0x300600A4, 0x30060084
_SEGMENTS, _SEGMENT_LABEL, _PROPERTY_TYPE = 0x00620002, 0x00620005, 0x0062000F
_MEANING = 0x00080104
_OUTER_TYPES = frozenset({"EXTERNAL", "SUPPORT", "FIXATION", "BOLUS"})  # RT ROI Interpreted Type, PS3.3 C.8.8.8.1
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def prune(dataset: Elements, withheld: Collection[str], *, is_big_endian: bool) -> None:
    """Remove every reference to a withheld instance, and what is not valid without it.

    Parameters
    ----------
    withheld : collection of str
        Original SOP Instance UIDs of what is not released.

    Raises
    ------
    SeriesRefused
        If nothing that the object speaks of is released.
    """
    before = sum(1 for _ in _referenced(dataset))
    positions = ItemReferences(dataset) if has_references(dataset) else None
    sop_class = dataset[_SOP_CLASS].text() if _SOP_CLASS in dataset else ""
    is_lost = _pruned(dataset, frozenset(withheld), sop_class, ())
    if is_lost or (before and not any(True for _ in _referenced(dataset))):
        raise SeriesRefused("all images that it refers to are withheld")
    if positions is not None:
        positions.renumber(dataset, is_big_endian=is_big_endian)


def _pruned(elements: Elements, withheld: frozenset[str], sop_class: str, path: tuple[int, ...]) -> bool:
    """Prune an item; say whether it refers to what is withheld itself, or lost what it must have."""
    if _INSTANCE in elements and elements[_INSTANCE].text() in withheld:
        return True
    is_lost = False
    for tag, element in list(elements.items()):
        if not element.items:
            continue
        kept = [item for item in element.items if not _pruned(item, withheld, sop_class, (*path, tag))]
        if len(kept) == len(element.items):
            continue
        element.items = kept
        if kept:
            continue
        kind = attribute_type(sop_class, path, tag)
        if kind == "1":
            is_lost = True
        elif kind not in ("2", "2C"):
            del elements[tag]
    return is_lost


def _referenced(elements: Elements) -> Iterator[str]:
    """Yield the instances that a data set refers to."""
    if _INSTANCE in elements:
        yield elements[_INSTANCE].text()
    for element in elements.values():
        for item in element.items or ():
            yield from _referenced(item)


def drop_outlines(dataset: Elements, inner: Collection[str]) -> int:
    """Drop the regions of a structure set that may show the head; return how many.

    Parameters
    ----------
    inner : collection of str
        Words of names of structures inside the body; a name with any other word is unknown.

    Raises
    ------
    SeriesRefused
        If none is left, or a segmentation has one: its pixels cannot be taken apart.
    """
    if _SEGMENTS in dataset:
        if not all(_is_inner_segment(item, inner) for item in dataset[_SEGMENTS].items or ()):
            raise SeriesRefused(
                "a segment may follow the outline of the head, or is not known to be an inner structure"
            )
        return 0
    outer = {
        item[_OF_ROI].text().strip()
        for item in _items(dataset, _OBSERVATIONS)
        if _OF_ROI in item and _text(item, _ROI_TYPE).strip().upper() in _OUTER_TYPES
    }
    rois = _items(dataset, _ROIS)
    unknown = {_text(item, _ROI_NUMBER).strip() for item in rois if not _is_inner(item, inner)}
    for tag, of_roi in ((_ROIS, _ROI_NUMBER), (_CONTOURS, _OF_ROI), (_OBSERVATIONS, _OF_ROI)):
        if tag in dataset:
            items = _items(dataset, tag)
            dataset[tag].items = [one for one in items if _text(one, of_roi).strip() not in outer | unknown]
    if rois and not _items(dataset, _ROIS):
        raise SeriesRefused("no region is left that is known to be an inner structure")
    return len(rois) - len(_items(dataset, _ROIS))


def _is_inner(roi: Elements, inner: Collection[str]) -> bool:
    """Say whether the name of a region is that of an inner structure."""
    return is_inner_name(_text(roi, _ROI_NAME), inner)


def _is_inner_segment(segment: Elements, inner: Collection[str]) -> bool:
    """Say whether label and property type of a segment are those of an inner structure."""
    types = [_text(item, _MEANING) for item in _items(segment, _PROPERTY_TYPE)]
    return is_inner_name(_text(segment, _SEGMENT_LABEL), inner) and all(is_inner_name(one, inner) for one in types)


def is_inner_name(name: str, inner: Collection[str]) -> bool:
    """Say whether a structure is named by words of inner structures alone, one of more than two letters among them.

    Examples
    --------
    >>> is_inner_name("BrainStem_PRV", {"brain", "stem", "prv"}), is_inner_name("Body", {"brain"})
    (True, False)
    """
    words = [word.lower() for word in _WORD.findall(name)]
    return any(len(word) > 2 for word in words) and all(word in inner for word in words)


def _items(elements: Elements, tag: int) -> list[Elements]:
    """Return the items of a sequence."""
    return list(elements[tag].items or ()) if tag in elements else []


def _text(elements: Elements, tag: int) -> str:
    """Return a text; letters beyond ASCII make no word of ours."""
    return elements[tag].text() if tag in elements and elements[tag].items is None else ""
