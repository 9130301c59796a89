# SPDX-License-Identifier: Apache-2.0
"""Objects made from images: references to what is withheld are pruned, outlines of the head and its skin dropped."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.headers.content import ItemReferences, has_references
from SlicerDeidLib.model.element import Elements
from SlicerDeidLib.model.plan import Plan, Verdict
from SlicerDeidLib.standard.tables import attribute_type

_SOP_CLASS, _INSTANCE = 0x00080016, 0x00081155  # SOP Class UID, Referenced SOP Instance UID
_ROIS, _CONTOURS, _OBSERVATIONS = 0x30060020, 0x30060039, 0x30060080
_ROI_NUMBER, _ROI_NAME, _ROI_TYPE, _OF_ROI = 0x30060022, 0x30060026, 0x300600A4, 0x30060084
_SEGMENTS, _SEGMENT_LABEL, _PROPERTY_TYPE = 0x00620002, 0x00620005, 0x0062000F
_MEANING = 0x00080104
_OUTER_TYPES = frozenset({"EXTERNAL", "SUPPORT", "FIXATION", "BOLUS"})  # RT ROI Interpreted Type, PS3.3 C.8.8.8.1
_DISTANCES = frozenset(
    {0x300A0088, 0x300A0089, 0x300A008A, 0x300A0094, 0x300A012E, 0x300A0130, 0x300A0131, 0x300A0132, 0x300A0133}
)
"""Depths of and distances to Beam Dose Points, Surface Entry Point, Source to Surface Distance and those of External
Contour (PS3.3 C.8.8.13, C.8.8.14), of Type 3: from every direction of an arc they draw a section of the skin."""
_COMPENSATORS = 0x300A00E3  # what makes up for missing tissue: as thick as the skin is far
_DOSE, _PLAN = "1.2.840.10008.5.1.4.1.1.481.2", "1.2.840.10008.5.1.4.1.1.481.5"
_PLAN_OF, _STRUCTURES_OF = 0x300C0002, 0x300C0060  # Referenced RT Plan and Structure Set Sequence
_HISTOGRAMS = (_STRUCTURES_OF, 0x30040040, 0x30040042, 0x30040050)  # the RT DVH module, PS3.3 C.8.8.4
_BASES = frozenset({(_DOSE, _PLAN_OF), (_PLAN, _STRUCTURES_OF)})
"""Of Type 1C, but what a dose or plan was made for: where it was, it must be."""
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
    before = sum(1 for _ in referenced(dataset))
    positions = ItemReferences(dataset) if has_references(dataset) else None
    sop_class = dataset[_SOP_CLASS].text() if _SOP_CLASS in dataset else ""
    if sop_class == _DOSE and any(_is_withheld(item, withheld) for item in _items(dataset, _STRUCTURES_OF)):
        for tag in _HISTOGRAMS:
            dataset.pop(tag, None)
    is_lost = _pruned(dataset, frozenset(withheld), sop_class, ())
    if is_lost or (before and not any(True for _ in referenced(dataset))):
        raise SeriesRefused("what it refers to is withheld")
    if positions is not None:
        positions.renumber(dataset, is_big_endian=is_big_endian)


def _pruned(elements: Elements, withheld: frozenset[str], sop_class: str, path: tuple[int, ...]) -> bool:
    """Prune an item; say whether it refers to what is withheld itself, or lost what it must have."""
    if _is_withheld(elements, withheld):
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
        if kind == "1" or (not path and (sop_class, tag) in _BASES):
            is_lost = True
        elif kind not in ("2", "2C"):
            del elements[tag]
    return is_lost


def _is_withheld(item: Elements, withheld: Collection[str]) -> bool:
    """Say whether an item refers to what is withheld."""
    return _INSTANCE in item and item[_INSTANCE].text() in withheld


def referenced(elements: Elements) -> Iterator[str]:
    """Yield the instances that a data set refers to, by their SOP Instance UIDs."""
    if _INSTANCE in elements:
        yield elements[_INSTANCE].text()
    for element in elements.values():
        for item in element.items or ():
            yield from referenced(item)


def drop_distances(dataset: Elements) -> int:
    """Drop from a plan how far the skin lies; return how many distances and points.

    Raises
    ------
    SeriesRefused
        If a beam has a compensator, whose thickness is a relief of the skin.
    """
    if _COMPENSATORS in dataset and dataset[_COMPENSATORS].items:
        raise SeriesRefused("a compensator of a beam follows the outline of the head")
    there = [tag for tag in dataset if tag in _DISTANCES]
    for tag in there:
        del dataset[tag]
    inner = (item for element in dataset.values() for item in element.items or ())
    return len(there) + sum(drop_distances(item) for item in inner)


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


def withheld_by(plan: Plan) -> set[str]:
    """Return the SOP Instance UIDs of all that a plan does not release of its patients, with and without a row."""
    numbers = {series.subject.patient_number for series in plan.series}
    patients = (patient for patient in plan.index.patients if patient.number in numbers)
    found = {i.sop_instance_uid for patient in patients for series in patient.series for i in series.instances}
    return found - {i.sop_instance_uid for s in plan.series if s.verdict is Verdict.RELEASE for i in s.instances}
