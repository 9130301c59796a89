# SPDX-License-Identifier: Apache-2.0
"""Names of head finders and text finders -> "module:object", imported at first use."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.protocols import HeadFinder, TextFinder

HEAD_FINDERS = {
    **dict.fromkeys(("surface", "face", "surface+face"), "SlicerDeidLib.pixels.finders:find_head"),
    "skullstrip": "SlicerDeidLib.pixels.skull:find_head",
}
TEXT_FINDERS = {
    "mask": "SlicerDeidLib.pixels.slicetext:find_text",
    "morph": "SlicerDeidLib.pixels.smalltext:find_text",
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


def _found(finders: dict[str, str], name: str, kind: str) -> Any:
    """Import what ``finders`` has under ``name``."""
    if name not in finders:
        raise PixelError(f"there is no {kind} {name!r}; there is {', '.join(finders)}")
    module, _, attribute = finders[name].partition(":")
    return getattr(import_module(module), attribute)
