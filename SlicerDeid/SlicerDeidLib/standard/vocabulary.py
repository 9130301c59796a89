# SPDX-License-Identifier: Apache-2.0
"""The clinical vocabulary: words that may stay in a cleaned text.

Package data made by ``Testing/build_vocabulary.py``; the file names its edition, sources and licence and carries a
checksum of its data. It is read at first use. Words are in lower case, without accents.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale, classification or measure, and what its grades are.

    Attributes
    ----------
    before : tuple of str
        Words of its name before the last: ``("hunt",)`` of Hunt and Hess.
    grades : frozenset of str
        In small letters.
    least, most : float
        Ends of the numbers that are grades too; none where the least is the larger.
    beside : frozenset of str
        Words of which one stands near, since the name is a surname as well; empty where it is none.
    is_alone : bool
        Whether a grade that is no single letter is enough instead.
    """

    before: tuple[str, ...]
    grades: frozenset[str]
    least: float
    most: float
    beside: frozenset[str]
    is_alone: bool


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of the table, by what must stand beside them.

    Attributes
    ----------
    words : frozenset of str
        Words that name nobody.
    anatomy, adjectives, others : frozenset of str
        Words that are names as well (hand, young, stone): they stay beside one of ``words`` only.
    accented : frozenset of str
        Words of the lists as they are written with accents, in small letters.
    excluded : frozenset of str
        Names that are not formed of a word and an ending, though they look so ("Chambers").
    compounds : tuple of str
        Abbreviations with punctuation (``w/o``, ``c+``), longest first.
    eponyms : frozenset of str
        Surnames in names of diseases and structures.
    after_eponym, before_eponym : frozenset of str
        What must stand after one ("Parkinson disease"), or before it and "of" ("circle of Willis").
    surnames : frozenset of str
        Those of ``words`` that are surnames as well ("weeks").
    rare_surnames : frozenset of str
        Those that hardly ever name anybody ("marker"), so that they go beside a word for a person only.
    towns : frozenset of (str, str)
        Two of ``words`` that are the name of a town ("twin", "falls").
    scales : dict of str to tuple of Scale
        Scales whose name ends with a word.
    in_context : frozenset of str
        All words that stay beside another word only.
    named : frozenset of str
        All words that are names of persons as well.
    """

    words: frozenset[str]
    anatomy: frozenset[str]
    adjectives: frozenset[str]
    others: frozenset[str]
    accented: frozenset[str]
    excluded: frozenset[str]
    compounds: tuple[str, ...]
    eponyms: frozenset[str]
    after_eponym: frozenset[str]
    before_eponym: frozenset[str]
    surnames: frozenset[str]
    rare_surnames: frozenset[str]
    towns: frozenset[tuple[str, str]]
    scales: dict[str, tuple[Scale, ...]]
    in_context: frozenset[str]
    named: frozenset[str]


def _scale(data: dict[str, Any]) -> Scale:
    """Return a scale of the file."""
    return Scale(
        before=tuple(data["before"]),
        grades=frozenset(data["grades"]),
        least=data["numbers"][0],
        most=data["numbers"][1],
        beside=frozenset(data["beside"]),
        is_alone=data["alone"],
    )


@cache
def vocabulary() -> Vocabulary:
    """Return the clinical vocabulary."""
    text = resources.files(__package__).joinpath("data", "vocabulary.json").read_text(encoding="utf-8")
    data = json.loads(text)["data"]
    anatomy, adjectives, others, surnames, rare = (
        frozenset(data[key]) for key in ("anatomy", "adjectives", "others", "surnames", "rare_surnames")
    )
    return Vocabulary(
        words=frozenset(data["words"]),
        anatomy=anatomy,
        adjectives=adjectives,
        others=others,
        accented=frozenset(data["accented"]),
        excluded=frozenset(data["excluded"]),
        compounds=tuple(sorted(data["compounds"], key=len, reverse=True)),
        eponyms=frozenset(data["eponyms"]),
        after_eponym=frozenset(data["after_eponym"]),
        before_eponym=frozenset(data["before_eponym"]),
        surnames=surnames,
        rare_surnames=rare,
        scales={word: tuple(map(_scale, scales)) for word, scales in data["scales"].items()},
        towns=frozenset((first, second) for first, second in (town.split("_") for town in data["towns"])),
        in_context=anatomy | adjectives | others,
        named=anatomy | adjectives | others | surnames | rare,
    )
