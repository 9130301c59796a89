# SPDX-License-Identifier: Apache-2.0
"""Descriptors: whether the texts of a file that claims 113105 hold nothing but what a cleaned text may hold.

The words are looked up in the same table that the cleaner reads, how a text is taken apart and what is refused besides
is said here once more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache

from SlicerDeidLib.standard.tables import OPTION_CODES
from SlicerDeidLib.standard.vocabulary import vocabulary
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.folded import grouped_numbers
from SlicerDeidLib.verification.profile import place_text, row_of
from SlicerDeidLib.verification.reading import Found
from SlicerDeidLib.verification.vocabulary import fold

CHECK = "values"
CLEAN_CODE = OPTION_CODES["clean-descriptors"]
ONE_LINE, PROSE = frozenset({"LO", "SH"}), frozenset({"LT", "ST", "UC", "UT"})
DERIVATION_DESCRIPTION = 0x00082111  # written anew by what changed the pixels
TEXT_VALUE = 0x0040A160
LONG_CODE, SCHEME = 0x00080119, 0x00080102
NUMBERED = ("DCM", "SCT")  # whose codes are numbers, those of SNOMED's extensions of up to 18 digits
TYPED = frozenset(
    {0x00209453, 0x00700081, 0x30040006, 0x300600C8, 0x300A0009, 0x300A0043, 0x300A00C2, 0x300A00CC, 0x300A00FE,
     0x300A010A, 0x300A0183, 0x300A0194, 0x300A01A4, 0x300A01B8, 0x300A021C, 0x300A0236, 0x300A0244}
)  # fmt: skip
"""Short texts of plans, doses and maps that people type, and Table E.1-1 does not name: names, labels, comments."""
DUMMY = "DEIDENTIFIED"  # stands where the IOD asks for a value and no word could stay
REMEMBERED = 1 << 15  # texts: the slices of a series repeat each other
SHORT = 2  # letters: units and parts of protocol names
UNITS = frozenset({"kvp", "mas", "msec", "sec", "mgy", "msv", "mbq", "gbq", "kbq", "mci", "mmol", "mcg", "mmhg", "kev",
                   "mev", "fps", "bpm", "deg", "khz", "mhz", "hrs", "mos", "ans", "gycm", "ctdi", "ctd", "ivol", "vol",
                   "iii", "vii", "viii", "xii"})  # fmt: skip
ENDINGS = ("s", "es", "d", "ed", "ing", "ly")
SHORTEST_STEM = 5  # letters: what a prefix may stand before
PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_]+")
LONGEST_NUMBER = 5  # digits in a row, however grouped: of IDs and telephone numbers there are more
PROTOCOL = re.compile(  # parameters and kernels, whose numbers are neither years nor ages
    r"\b(?:(?:FOV|TE|TR|TI|ETL|NEX|WL|WW)[ =:]?\d+(?:[.,]\d+)?|[BHQUST][rlnpvcfeu]\d\d[a-z]?|b\d{1,2}0{1,2})\b"
)
SIGNS = {
    "an address on a network": re.compile(r"@|://|\bwww\.", re.IGNORECASE),
    "a year": re.compile(r"(?<![\d.,x])(?:19|20)\d\d(?![\d.,x]|\s?[a-zµ%])", re.IGNORECASE),
    "an age of 90 years or more": re.compile(
        r"(?<![\d.,x/])(?:9\d|1[01]\d|12[0-5])(?:[\s-]*(?:years?|yrs?|y/?o?)\b|(?![\d.,x/-]|\s?[a-zµ%°]))",
        re.IGNORECASE,
    ),
    "a title with a name": re.compile(r"\b(?:Dr|Prof|Mr|Mrs|Ms|Herr|Frau)\b\.?\s+[A-Z][a-z]"),
}


def check_descriptors(elements: list[Found], codes: frozenset[str], name: str, findings: Findings) -> None:
    """Judge every text that the option cleans."""
    if CLEAN_CODE not in codes:
        return
    coded = {found.path for found in elements if found.tag == SCHEME and found.text().strip() in NUMBERED}
    for found in elements:
        if found.tag == LONG_CODE and found.path in coded and found.text().strip().isdecimal():
            continue
        if is_cleaned(found) and found.raw.strip(b" \0"):
            for what in judge(found.text()):
                findings.add(
                    "error", CHECK, name, place_text(found.path, found.tag), f"This cleaned text holds {what}."
                )


def is_cleaned(found: Found) -> bool:
    """Say whether a text is one that the option, or being prose that Table E.1-1 does not name, has cleaned."""
    if found.tag == DERIVATION_DESCRIPTION or found.tag >> 16 == 0x0012:  # what de-identification says of itself
        return False
    row = row_of(found.tag)
    if row is None:
        is_text = found.vr in PROSE or (found.vr in ONE_LINE and found.tag in TYPED)
        return is_text and found.tag != TEXT_VALUE  # whose concept name says whether it is cleaned
    return found.vr in ONE_LINE | PROSE and "clean-descriptors" in row.options


@lru_cache(maxsize=REMEMBERED)
def judge(text: str) -> tuple[str, ...]:
    """Return what a cleaned text must not hold, in words."""
    if text.strip() == DUMMY:
        return ()
    bare = PROTOCOL.sub(" ", text)
    said = [what for what, sign in SIGNS.items() if sign.search(bare)]
    if any(len(number) > LONGEST_NUMBER for number in grouped_numbers(text) if not is_series(text)):
        said.append("a long number")
    if not all(is_clinical(word) for word in PARTS.findall(_plain(text))):
        said.append("a word that is not in the clinical vocabulary")
    return tuple(said)


def is_series(text: str) -> bool:
    """Say whether the numbers of a text are thicknesses and sizes, which may follow one another."""
    return bool(re.search(r"\d\.\d|\dx\d", text))


def is_clinical_text(text: str) -> bool:
    """Say whether every word of a text is in the clinical vocabulary, and its numbers are short."""
    are_short = all(len(digits) < LONGEST_NUMBER for digits in re.findall(r"\d+", text))
    return are_short and all(is_clinical(word) for word in PARTS.findall(_plain(text)))


def is_plainly_clinical(text: str) -> bool:
    """Say the same more strictly: no word is merely too short to name anybody, but a single letter."""
    words = [_plain(fold(word)) for word in PARTS.findall(_plain(text))]
    return is_clinical_text(text) and all(len(word) == 1 or word.isdigit() or word in _words() for word in words)


def is_clinical(word: str) -> bool:
    """Say whether a word is in the clinical vocabulary, or too short to name anybody."""
    folded = _plain(fold(word))
    if len(folded) <= SHORT or folded in UNITS or folded in _words():
        return True
    return folded not in vocabulary().excluded and any(part in _words() for part in _stems(folded))


def _stems(word: str) -> Iterator[str]:
    """Yield what a word may be formed of: without an ending, without what stands before a word of some length."""
    for ending in ENDINGS:
        yield word.removesuffix(ending)
    for start in range(2, len(word) - SHORTEST_STEM + 1):
        yield word[start:]


@cache
def _words() -> frozenset[str]:
    """Return the words of the table, however they may stay, and the parts of its compounds."""
    table = vocabulary()
    mixed = {word for word in table.words if not word.isalpha()}
    parts = {part for word in (*table.compounds, *mixed) for part in re.findall(r"[^\W\d_]+", word)}
    return table.words | table.in_context | table.eponyms | parts


def _plain(word: str) -> str:
    """Return a word without its accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
