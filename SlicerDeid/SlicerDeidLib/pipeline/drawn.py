# SPDX-License-Identifier: Apache-2.0
"""Boxes that a user draws on the slices of a preview, as region rules of its series or of its device, and back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.regions import attribute_text
from SlicerDeidLib.model.plan import Plan, Problem
from SlicerDeidLib.model.regions import IMAGE, SERIES, All, AnyOf, Condition, Question, Rectangle, RegionRule

DRAWN_FILE = "regions.toml"
"""Where boxes are kept, in the private folder."""
_MODEL = "ManufacturerModelName"
_DEVICE, _SIZE = ("Manufacturer", _MODEL), ("Rows", "Columns")
_SOURCE = "drawn"
Device = tuple[Question, ...]
"""Manufacturer, model and size, in the order of a table of regions."""


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """What is filled in some slices of a preview.

    Attributes
    ----------
    place : Rectangle
        Row, column, height, width, pixels.
    slices : (int, int) or None
        The first and the last slice of the preview; None: all images of the series, shown or not.
    is_site : bool
        Whether it is filled in all images of the same device and size instead.
    """

    place: Rectangle
    slices: tuple[int, int] | None = None
    is_site: bool = False


@dataclass(frozen=True, slots=True)
class ShownImages:
    """Of which images the slices of a preview are.

    Attributes
    ----------
    series : str
        Series Instance UID.
    slices : tuple of tuple of str
        SOP Instance UIDs by slice, of several images at one place all; of an image with many frames each slice is one.
    devices : tuple of Device
        Of all images, each once; empty where one of them names none.
    """

    series: str = field(repr=False)
    slices: tuple[tuple[str, ...], ...] = field(repr=False)
    devices: tuple[Device, ...] = field(repr=False)

    def boxes(self, rules: Iterable[RegionRule]) -> tuple[DrawnBox, ...]:
        """Return what rules fill that were made of boxes on these images, each once."""
        found = []
        for rule in filter(self._is_drawn, rules):
            is_site = not rule.series
            found += [DrawnBox(place, None if is_site else self._slices_of(rule), is_site) for place in rule.fill]
        return tuple(dict.fromkeys(found))

    def rules(self, rules: Iterable[RegionRule], boxes: Iterable[DrawnBox]) -> tuple[RegionRule, ...]:
        """Return rules with these boxes in place of those that were drawn on these images before."""
        others = [rule for rule in rules if not self._is_drawn(rule)]
        made = [RegionRule(one, _SOURCE, (box.place,)) for box in boxes for one in self._conditions(box)]
        return (*others, *made)

    def snapped(self, boxes: Iterable[DrawnBox]) -> tuple[DrawnBox, ...]:
        """Return boxes as they come back from rules, each once: of an image with many frames all are filled."""
        return self.boxes(self.rules((), boxes))

    def _is_drawn(self, rule: RegionRule) -> bool:
        """Say whether a rule was made of boxes on these images: not of some of the series that are gone."""
        is_own = rule.series == self.series or any(rule.condition == All(device) for device in self.devices)
        return is_own and not rule.keep and (not rule.images or self._slices_of(rule) is not None)

    def _conditions(self, box: DrawnBox) -> list[Condition]:
        if box.is_site:  # or what shows it on images of another size would not be filled
            return [All(device) for device in self.devices]
        parts: list[Condition] = [Question(SERIES, "equals", self.series)]
        if box.slices is not None:
            first, last = box.slices
            uids = dict.fromkeys(uid for several in self.slices[first : last + 1] for uid in several)
            parts.append(AnyOf(tuple(Question(IMAGE, "equals", uid) for uid in uids)))
        return [All(tuple(parts))]

    def _slices_of(self, rule: RegionRule) -> tuple[int, int] | None:
        """Return the slices of the images that a rule names; None where it names none, so that all are meant."""
        uids = rule.images
        numbers = [
            number for number, several in enumerate(self.slices) if uids.intersection(uid.lower() for uid in several)
        ]
        return (numbers[0], numbers[-1]) if numbers else None


def device_of(file: DicomFile) -> Device:
    """Return what an image says of its device and its size; nothing where it names no model."""
    said = {name: attribute_text(file, name) for name in (*_DEVICE, *_SIZE)}
    is_named = bool(said[_MODEL])  # a maker alone has many, some of which may show a head there
    return tuple(Question(name, "equals", value) for name, value in said.items() if value and is_named)


def shown_images(
    series: str, uids: Sequence[str], places: Iterable[Sequence[int]], devices: Collection[Device]
) -> ShownImages:
    """Say of which images the slices of a preview are.

    Parameters
    ----------
    series : str
        Series Instance UID.
    uids : sequence of str
        SOP Instance UIDs.
    places : iterable of sequence of int
        For each slice, which of ``uids`` are its images.
    devices : collection of Device
        Of all images, each once.
    """
    slices = tuple(tuple(uids[number] for number in several) for several in places)
    return ShownImages(series, slices, tuple(devices) if all(devices) else ())


def with_unnamed(plan: Plan, named: Iterable[Path]) -> Plan:
    """Warn where boxes were drawn for a plan's private folder, and the files of regions that are named lack theirs."""
    if plan.private is None:
        return plan
    path = plan.private.resolve() / DRAWN_FILE
    if not path.exists() or path in (one.resolve() for one in named):
        return plan
    sentence = f"boxes were drawn in previews and are not filled: name {DRAWN_FILE} in that folder with --regions"
    return replace(plan, problems=(*plan.problems, Problem("warning", "private folder", sentence)))
