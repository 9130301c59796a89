# SPDX-License-Identifier: Apache-2.0
"""Values of single elements, decoded leniently: what is malformed or absent becomes None or "", never an exception."""

from __future__ import annotations

import math
import re
from typing import Literal, cast

from SlicerDeidLib.model.element import Element, Elements

_INTEGER = re.compile(r"[+-]?[0-9]{1,12}")  # IS, PS3.5 6.2
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")  # DS, longer ones too


def _leaf(elements: Elements, tag: int) -> Element | None:
    """Return the element unless it is a sequence."""
    element = elements.get(tag)
    return element if element is not None and element.items is None else None


def code_value(elements: Elements, tag: int) -> str:
    """Return a value of a 7-bit VR (UI, CS, DA, AS) without padding; ``""`` when absent."""
    element = _leaf(elements, tag)
    return element.text().strip(" ") if element is not None else ""


def text_value(elements: Elements, tag: int) -> str:
    """Return a text without padding, read as UTF-8 where it is that, else as Latin-1: fit to be compared."""
    return lenient_text(bytes_value(elements, tag)).strip(" \0")


def lenient_text(value: bytes) -> str:
    """Decode as UTF-8 where it is that, else as Latin-1."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def bytes_value(elements: Elements, tag: int) -> bytes:
    """Return a value as it is encoded; empty when absent."""
    element = _leaf(elements, tag)
    return bytes(element.value) if element is not None else b""


def integer(elements: Elements, tag: int) -> int | None:
    """Return the first value of an IS."""
    text = code_value(elements, tag).split("\\", 1)[0].strip(" ")
    return int(text) if _INTEGER.fullmatch(text) else None


def decimals(elements: Elements, tag: int, count: int) -> tuple[float, ...] | None:
    """Return the values of a DS when they are exactly ``count`` finite numbers."""
    parts = [part.strip(" \0") for part in code_value(elements, tag).split("\\")]
    if len(parts) != count or not all(map(_DECIMAL.fullmatch, parts)):
        return None
    numbers = tuple(map(float, parts))
    return numbers if all(map(math.isfinite, numbers)) else None


def word(elements: Elements, tag: int, byte_order: str, *, signed: bool = False) -> int | None:
    """Return the first value of a US or SS."""
    element = _leaf(elements, tag)
    if element is None or len(element.value) < 2 or element.vr not in ("US", "SS", "OW", "UN"):
        return None
    order = cast("Literal['little', 'big']", byte_order)
    return int.from_bytes(bytes(element.value[:2]), order, signed=signed)
