# SPDX-License-Identifier: Apache-2.0
"""Questions and rectangles of region rules, refused where they could never fit an image."""

from __future__ import annotations

import math
import re
from functools import cache

from pydicom.datadict import RepeatersDictionary

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.regions import Question, Rectangle
from SlicerDeidLib.policies.importers.rulefile import names_of_attributes
from SlicerDeidLib.policies.selectors import keyword_of

_TAG = re.compile(r"[\[(]?\s*([0-9A-Fa-f]{4})\s*,?\s*([0-9A-Fa-f]{4})\s*[\])]?")
_LARGEST_PX = 0xFFFF  # pixels: Rows and Columns are of VR US


def question(
    place: str,
    name: str,
    test: str,
    value: str = "",
    *,
    is_case_ignored: bool = True,
    is_pattern: bool = False,
) -> Question:
    """Return a question about an attribute, named by its keyword, name or tag.

    Raises
    ------
    PolicyError
        If nothing is called so, or no value can be the answer: the sentence begins with ``place``.
    """
    if is_pattern or test == "matches":
        try:
            re.compile(value)
        except (re.error, OverflowError, RecursionError) as error:
            raise PolicyError(f"{place}: what '{name}' is compared with is no regular expression.") from error
    if test in ("less", "greater") and not _is_number(value):
        raise PolicyError(f"{place}: what '{name}' is compared with is no number.")
    attribute = _attribute(name)
    if attribute is None:
        raise PolicyError(f"{place}: '{name}' is no attribute of PS3.6; correct its name, or write its tag.")
    return Question(attribute, test, value, is_case_ignored=is_case_ignored, is_pattern=is_pattern)


def rectangle(place: str, left: int, top: int, width: int, height: int) -> Rectangle:
    """Return row, column, height and width of a part of an image.

    Raises
    ------
    PolicyError
        If it has no area, or lies outside of every image: the sentence begins with ``place``.
    """
    if width <= 0 or height <= 0:
        raise PolicyError(f"{place}: these coordinates have no area; write left,top,width,height, or right,bottom.")
    if max(left, top) >= _LARGEST_PX:
        raise PolicyError(f"{place}: this region lies outside of every image; an image has {_LARGEST_PX} rows at most.")
    return top, left, height, width


def _attribute(name: str) -> str | None:
    """Return how questions name an attribute: its keyword, or "gggg,eeee"; None when nothing is called so."""
    if match := _TAG.fullmatch(name):
        return f"{match[1]},{match[2]}"
    selector = names_of_attributes().get(name.casefold()) or _repeating_groups().get(name)
    return None if selector is None else keyword_of(selector) or f"{selector[:4]},{selector[4:]}"


@cache
def _repeating_groups() -> dict[str, str]:
    """Return keyword -> selector in the first of its groups, of attributes that stand in several ("6000....")."""
    return {entry[4]: mask.replace("x", "0") for mask, entry in RepeatersDictionary.items() if entry[4]}


def _is_number(text: str) -> bool:
    """Return whether a text is a finite number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
