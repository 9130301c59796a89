# SPDX-License-Identifier: Apache-2.0
"""Structure names: whether what a region or segment says of itself is said of a structure inside the body."""

from __future__ import annotations

import re
from collections.abc import Iterator

from SlicerDeidLib.model.policy import StructureWords

SMALL_MARGIN = 5.0  # mm, a usual planning margin (PRV05 of TG-263): less than scalp and skull between brain and air
_TOKEN = re.compile(r"\d+(?:[.,]\d+)?|\+|[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_MILLIMETRES = {"mm": 1.0, "cm": 10.0}
_PLUS = ("+", "plus")


def is_inner_name(name: str, words: StructureWords) -> bool:
    """Say whether a name is that of an inner structure: known words alone, one of them a name, without a wide margin.

    Examples
    --------
    >>> words = StructureWords(frozenset({"brain", "stem"}), frozenset({"prv", "cm", "left"}))
    >>> [is_inner_name(name, words) for name in ("BrainStem_PRV05", "Left", "Body", "Brain+5cm")]
    [True, False, False, False]
    """
    return is_inner_text(name, words) and not words.names.isdisjoint(_tokens(name))


def is_inner_text(text: str, words: StructureWords) -> bool:
    """Say whether a text speaks of nothing but inner structures: an empty one does, one with an unknown word does not.

    Letters beyond ASCII and control characters make no word of ours, and a percentage is that of a dose.
    """
    if not text.isascii() or not text.isprintable() or "%" in text:
        return False
    tokens = _tokens(text)
    known = words.names | words.beside
    is_known = all(token in known for token in tokens if token[0].isalpha())
    return is_known and sum(_margins(tokens)) <= SMALL_MARGIN


def _tokens(text: str) -> list[str]:
    """Return numbers, signs of addition and words, in lower case; those in one (``BrainStem``) apart."""
    return [token.lower() for token in _TOKEN.findall(text)]


def _margins(tokens: list[str]) -> Iterator[float]:
    """Yield every length in mm; an addition without a unit may be in cm, a unit without a number may be of any."""
    for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False):
        if token in _MILLIMETRES:
            yield _number(before) * _MILLIMETRES[token] if before[:1].isdigit() else float("inf")
        elif token[0].isdigit() and after not in _MILLIMETRES and before in (*_PLUS, "prv"):
            yield _number(token) * (_MILLIMETRES["cm"] if before in _PLUS else 1.0)


def _number(token: str) -> float:
    """Return a number that is written with a point or a comma."""
    return float(token.replace(",", "."))
