# SPDX-License-Identifier: Apache-2.0
"""Names of head finders, text finders and brain finders -> "module:object", imported at first use."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.protocols import HeadFinder, TextFinder
from SlicerDeidLib.pixels.head.stripengines import BrainFinder

HEAD_FINDERS = {
    **dict.fromkeys(("surface", "face", "surface+face"), "SlicerDeidLib.pixels.head.finders:find_head"),
    "skullstrip": "SlicerDeidLib.pixels.head.strip:find_head",
}
BRAIN_FINDERS = {
    "synthstrip": "SlicerDeidLib.pixels.head.synthstrip:find_brain",
    "hd-bet": "SlicerDeidLib.pixels.head.hdbet:find_brain",
}
TEXT_FINDERS = {
    "mask": "SlicerDeidLib.pixels.text.slicetext:find_text",
    "morph": "SlicerDeidLib.pixels.text.smalltext:find_text",
}


def names() -> tuple[str, ...]:
    """Return the names of all finders, heads first."""
    return (*HEAD_FINDERS, *TEXT_FINDERS)


def head_finder(name: str) -> HeadFinder:
    """Import and return the head finder ``name``.

    Raises
    ------
    PixelError
        When there is none of that name.
    """
    return cast(HeadFinder, _found(HEAD_FINDERS, name, "defacing method"))


def text_finder(name: str) -> TextFinder:
    """Import and return the text finder ``name``.

    Raises
    ------
    PixelError
        When there is none of that name.
    """
    return cast(TextFinder, _found(TEXT_FINDERS, name, "text mode"))


def brain_finder(name: str) -> BrainFinder:
    """Import and return what finds the brain for the skull-strip engine ``name``.

    Raises
    ------
    PixelError
        When there is none of that name.
    """
    return cast(BrainFinder, _found(BRAIN_FINDERS, name, "skull-strip engine"))


def _found(finders: dict[str, str], name: str, kind: str) -> Any:
    """Import what ``finders`` has under ``name``."""
    if name not in finders:
        raise PixelError(f"there is no {kind} {name!r}; there is {', '.join(finders)}")
    module, _, attribute = finders[name].partition(":")
    return getattr(import_module(module), attribute)
