# SPDX-License-Identifier: Apache-2.0
"""Vocabulary: the words of the DICOM standard's own dictionaries, which name no person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import cast

from pydicom._dicom_dict import DicomDictionary
from pydicom._uid_dict import UID_dictionary

from SlicerDeidLib.verification.foreign import is_syllabic

WORD = re.compile(r"[^\W\d_]+")
REMEMBERED = 1 << 15  # tokens: the slices of a series repeat each other
TOKEN = re.compile(r"[^\s^=\\,;:/|()\[\]{}<>\"_]+")
SCHEMES = ("DCM", "SCT", "RADLEX", "FMA", "UCUM", "NCIt")
"""Coding schemes whose meanings are clinical terms. LOINC and drug names are left out: they hold no anatomy."""

# Words of acquisition protocols that the standard's concepts do not spell out. Origin: the CID tables' abbreviations
# in everyday use on scanner consoles (kernels, phases, planes).
PROTOCOL_WORDS = frozenset(
    [
        "abdomen",
        "axial",
        "bone",
        "brain",
        "chest",
        "coronal",
        "cranium",
        "default",
        "dicom",
        "filter",
        "head",
        "helical",
        "image",
        "images",
        "kernel",
        "localizer",
        "masked",
        "mip",
        "mode",
        "mpr",
        "neck",
        "none",
        "pelvis",
        "plain",
        "post",
        "pre",
        "recon",
        "routine",
        "sagittal",
        "scout",
        "series",
        "sharp",
        "smooth",
        "soft",
        "standard",
        "study",
        "surview",
        "test",
        "thick",
        "thin",
        "topogram",
        "unknown",
        "with",
        "without",
    ]
)


@cache
def words() -> frozenset[str]:
    """Return all words of attribute names, UID names and coded concepts, folded."""
    texts = [entry[2] for entry in DicomDictionary.values()]
    texts += [entry[0] for entry in UID_dictionary.values()]
    for scheme in SCHEMES:
        texts += [str(entry[0]) for entries in _entries(scheme) for entry in entries.values()]
    return PROTOCOL_WORDS | {fold(word) for text in texts for word in WORD.findall(text)}


def _entries(scheme: str) -> Iterator[dict[str, tuple[str, list[int]]]]:
    """Yield per keyword of a coding scheme its codes: value -> (meaning, context groups)."""
    from pydicom.sr._concepts_dict import concepts  # all of its modules take a tenth of a run's start

    yield from cast("dict[str, dict[str, tuple[str, list[int]]]]", concepts[scheme]).values()


@lru_cache(maxsize=REMEMBERED)
def is_vocabulary(token: str) -> bool:
    """Whether every word of a token is a word of the standard, and its numbers are short.

    Words of one or two letters count as such, but not in scripts that write a name with so many.
    """
    letters = WORD.findall(token)
    digits = re.findall(r"\d+", token)
    is_short = all(len(d) <= 4 for d in digits)
    return is_short and all((len(w) <= 2 and not is_syllabic(w)) or fold(w) in words() for w in letters)


def fold(text: str) -> str:
    """Fold case and composition, so that equal words compare equal."""
    return unicodedata.normalize("NFC", text).casefold()


def tokens(text: str) -> Iterator[str]:
    """Yield what stands between spaces, carets and punctuation."""
    for match in TOKEN.finditer(text):
        token = match.group().strip(".-+*'!?#")
        if token:
            yield token
