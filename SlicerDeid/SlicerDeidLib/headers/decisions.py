# SPDX-License-Identifier: Apache-2.0
"""Decisions about single values: what a site keeps, replaces or removes once for all patients."""

from __future__ import annotations

from collections.abc import Mapping

from pydicom.config import RAISE
from pydicom.valuerep import validate_value

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.headers import act
from SlicerDeidLib.headers.charset import codecs_of, likely_readings
from SlicerDeidLib.headers.private import creator_of, is_private
from SlicerDeidLib.headers.step import Step
from SlicerDeidLib.headers.steps import Level
from SlicerDeidLib.headers.values import BULK_VRS, PIXEL_TAGS, is_number
from SlicerDeidLib.model.binarynumbers import numbers_text, packed_numbers
from SlicerDeidLib.model.element import Element, Elements, tag_text
from SlicerDeidLib.model.policy import Action, ActionCode
from SlicerDeidLib.model.record import DECIDED

Decisions = Mapping[str, Mapping[str, Action]]
"""Attribute, as ``attribute_key`` names it -> value, as ``value_text`` reads it -> K, X or SET."""


def attribute_key(tag: int, elements: Elements) -> str:
    """Return how decisions name an attribute: its tag, of a private one with its creator and x for its block.

    >>> attribute_key(0x00081090, {})
    '00081090'
    >>> attribute_key(0x00191008, {0x00190010: Element(0x00190010, "LO", b"ACME ")})
    '0019xx08 ACME'
    """
    group, element = tag >> 16, tag & 0xFFFF
    if not group & 1 or element < 0x1000:
        return f"{tag:08x}"
    return f"{group:04x}xx{element & 0xFF:02x} {creator_of(tag, elements)}".rstrip()


def value_text(element: Element, charset: bytes, *, is_big_endian: bool = False) -> str | None:
    """Return a value as a person reads it, without padding; None for a sequence and for bytes of unknown meaning.

    Parameters
    ----------
    charset : bytes
        Specific Character Set that governs it.
    is_big_endian : bool
        Whether binary numbers are in big endian.
    """
    if element.items is not None or element.vr in BULK_VRS or element.tag in PIXEL_TAGS:
        return None
    value = bytes(element.value)
    if is_number(element.vr):
        return numbers_text(element.vr, value, is_big_endian=is_big_endian)
    return likely_readings(value, codecs_of(charset))[0].strip(" \0")


def decide(
    level: Level,
    elements: Elements,
    run: act.Run,
    decisions: Decisions,
    *,
    is_big_endian: bool = False,
    charset: bytes = b"",
) -> None:
    """Replace and remove, in a de-identified data set and its items, the values that a site has decided about.

    Raises
    ------
    SeriesRefused
        If an attribute cannot hold what its value is to be replaced by.
    """
    own = elements.get(act.CHARSET)
    charset = charset if own is None else bytes(own.value)
    place, gone = act.Place(run, elements, charset), []
    for tag, element in elements.items():
        if element.items is not None:
            inner = level.step_at(element, elements).level
            for item in element.items:
                assert inner is not None  # a sequence that stays has been walked
                decide(inner, item, run, decisions, is_big_endian=is_big_endian, charset=charset)
            continue
        chosen = decisions.get(attribute_key(tag, elements))
        if not chosen:
            continue
        action = chosen.get(value_text(element, charset, is_big_endian=is_big_endian) or "")
        if action is None or action.code is ActionCode.K:
            continue
        if _done(level.step_at(element, elements), level, element, place, action):
            gone.append(tag)
    for tag in gone:
        del elements[tag]


def _done(step: Step, level: Level, element: Element, place: act.Place, action: Action) -> bool:
    """Do what was decided about one value; return whether the element must go."""
    if action.code is ActionCode.SET:
        written = _written(element, action.argument, is_big_endian=place.run.is_big_endian)
        if written is None:
            raise SeriesRefused(f"site rules replace a value of {tag_text(element.tag)} by what it cannot hold")
        element.replace(written)
        place.run.changes.append(step.change("set"))
        return False
    return act.go(step, element, place, DECIDED, level.need(element.tag) or ActionCode.X)


def _written(element: Element, text: str, *, is_big_endian: bool) -> bytes | None:
    """Return what replaces a value; None where its VR, which rules do not know of a private one, cannot hold that."""
    if is_number(element.vr):
        packed = packed_numbers(element.vr, text, is_big_endian=is_big_endian)
        return packed if packed is not None and len(packed) == len(element.value) else None
    if is_private(element.tag):
        try:
            for one in text.split("\\"):
                validate_value(element.vr, one, RAISE)
        except ValueError:
            return None
    return text.encode("ascii")
