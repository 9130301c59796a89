# SPDX-License-Identifier: Apache-2.0
"""Words that a sub-folder's name may keep: they say what an image is, never whose."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_SHORT_NUMBER = re.compile(r"\d{1,3}")  # a series or slice number; four digits can be a year or the end of an ID
_WORD = re.compile(r"[^\W_]+")
_SEPARATORS = re.compile(r"[ _.+\-()]*")


@cache
def _vocabulary() -> frozenset[str]:
    """Read ``data/folder_words.txt``: one word a line, ``#`` starts a comment."""
    text = files("SlicerDeidLib.planning").joinpath("data/folder_words.txt").read_text("utf-8")
    lines = (line.split("#")[0].strip().casefold() for line in text.splitlines())
    return frozenset(word for line in lines for word in line.split())


def is_clinical(name: str) -> bool:
    """Tell whether every word of a folder's name is clinical vocabulary or a short number.

    >>> is_clinical("CT_HEAD 5mm"), is_clinical("Smith CT")
    (True, False)
    """
    words = _WORD.findall(name)
    if not words or _SEPARATORS.fullmatch(_WORD.sub("", name)) is None or not name.isascii():
        return False
    return all(_is_known(word.casefold()) for word in words)


def _is_known(word: str) -> bool:
    return bool(_SHORT_NUMBER.fullmatch(word)) or word in _vocabulary() or bool(re.fullmatch(r"\d{1,3}mm", word))
