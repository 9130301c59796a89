# SPDX-License-Identifier: Apache-2.0
"""Words that a sub-folder's name may keep: they say what an image is, never whose."""

from __future__ import annotations

import re
from importlib.resources import files

_SHORT_NUMBER = re.compile(r"\d{1,3}")  # a series or slice number; four digits can be a year or the end of an ID
_THICKNESS = re.compile(r"\d{1,2}mm")
_WORD = re.compile(r"[^\W_]+")
_SEPARATORS = re.compile(r"[ _.+\-()]*")


def _vocabulary() -> frozenset[str]:
    """Read ``data/folder_words.txt``: one word a line, ``#`` starts a comment."""
    text = files("SlicerDeidLib.planning").joinpath("data/folder_words.txt").read_text("utf-8")
    lines = (line.split("#")[0].strip().casefold() for line in text.splitlines())
    return frozenset(word for line in lines for word in line.split())


CLINICAL_WORDS = _vocabulary()
"""In lower case."""


def is_clinical(name: str) -> bool:
    """Tell whether every word of a folder's name is clinical vocabulary, but for one short number.

    Several numbers can be a date, a telephone number or an ID.

    >>> is_clinical("CT_HEAD 5mm"), is_clinical("Smith CT"), is_clinical("17.08.51")
    (True, False, False)
    """
    words = [word.casefold() for word in _WORD.findall(name)]
    if not words or not name.isascii() or name[0] in " ." or name[-1] in " .":  # Windows drops them
        return False
    if _SEPARATORS.fullmatch(_WORD.sub("", name)) is None:
        return False
    others = [word for word in words if word not in CLINICAL_WORDS and not _THICKNESS.fullmatch(word)]
    thicknesses = sum(bool(_THICKNESS.fullmatch(word)) for word in words)
    return thicknesses <= 1 and len(others) <= 1 and all(_SHORT_NUMBER.fullmatch(word) for word in others)


def numbers_in(name: str) -> int:
    """Count the words of a folder's name that are numbers or hold one; "t1" and "5mm" are none.

    >>> numbers_in("Series 12"), numbers_in("T1w 5mm"), numbers_in("2019-08-17")
    (1, 0, 3)
    """
    words = [word.casefold() for word in _WORD.findall(name)]
    return sum(
        any(map(str.isdigit, word)) and word not in CLINICAL_WORDS and not _THICKNESS.fullmatch(word) for word in words
    )


def has_thickness(name: str) -> bool:
    """Tell whether a word of a folder's name is a thickness, such as "5mm"."""
    return any(_THICKNESS.fullmatch(word.casefold()) for word in _WORD.findall(name))
