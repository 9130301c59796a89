# SPDX-License-Identifier: Apache-2.0
"""Build the clinical vocabulary in ``SlicerDeidLib/standard/data``, or check it.

    python Testing/build_vocabulary.py            writes vocabulary.json anew
    python Testing/build_vocabulary.py --check    writes nothing; exit 1 when the file differs

Sources: the meanings of the coded concepts that the installed pydicom carries (PS3.16 and what it refers to), its names
of attributes and UIDs, the defined terms of ``SlicerDeidLib.headers.terms``, and seven lists in
``Testing/data``. Words of the sources that are also names of persons, places or breeds are in ``excluded_words.txt``.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import re
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from build_standard_tables import REPOSITORY, TARGET, check, file_text
from pydicom._dicom_dict import DicomDictionary
from pydicom._uid_dict import UID_dictionary
from pydicom.sr._concepts_dict import concepts

sys.path.insert(0, str(REPOSITORY / "SlicerDeid"))

from SlicerDeidLib.headers.terms import DEFINED_TERMS

LISTS = REPOSITORY / "Testing" / "data"
PLAIN_LISTS = ("radiology_words.txt", "diagnosis_words.txt")
NAME = "vocabulary.json"
SCHEMES = ("DCM", "SCT", "RADLEX", "FMA", "NEU", "BARI", "NCIt", "UMLS", "UCUM")
"""Coding schemes whose meanings are clinical terms. LOINC names authors of tables, the others drugs and animals."""

NO_CLINICAL_TERMS = frozenset({7480, 7481, 7486, 7490})  # CIDs of breeds, their registries and animal suppliers
SHORTEST = (
    4  # letters: shorter words of the sources are mostly names somewhere; those needed are in radiology_words.txt
)
WORD = re.compile(r"[^\W\d_]+")


def main(arguments: list[str] | None = None) -> int:
    """Write or check the file; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when the file differs")
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args(arguments)
    text = build()
    if options.check:
        return check({NAME: text}, options.target)
    (options.target / NAME).write_text(text, encoding="utf-8", newline="\n")
    print(f"{NAME}: {len(text)} bytes")
    return 0


def build() -> str:
    """Return the vocabulary as JSON."""
    by_hand = {word for name in PLAIN_LISTS for word in listed(name)}
    accented = {word for name in PLAIN_LISTS for word in spelled(name) if not word.isascii()}
    excluded = set(listed("excluded_words.txt"))
    anatomy, adjectives, others = map(set, sections("words_in_context.txt"))
    eponyms, before, after = sections("eponyms.txt")
    surnames, rare, towns = sections("plain_names.txt")
    words = {word for word in by_hand if word.isalnum()} | set(words_of_sources())
    data = {
        "words": sorted(words - excluded - anatomy - adjectives - others - set(eponyms)),
        "anatomy": sorted(anatomy),
        "adjectives": sorted(adjectives),
        "others": sorted(others),
        "accented": sorted(accented),
        "excluded": sorted(excluded),
        "compounds": sorted(word.replace("_", " ") for word in by_hand if not word.isalnum()),
        "eponyms": sorted(eponyms),
        "after_eponym": sorted(before),
        "before_eponym": sorted(after),
        "surnames": sorted(surnames),
        "rare_surnames": sorted(rare),
        "towns": sorted(towns),
        "scales": scales({word for word in by_hand if not word.isalnum()}),
    }
    head = {
        "table": "Clinical vocabulary: words that may stay in a cleaned text",
        "edition": f"as in pydicom {importlib.metadata.version('pydicom')}; lists written by hand: 2026-11",
        "source": "meanings of coded concepts, names of attributes and UIDs: pydicom; radiology_words.txt, "
        "diagnosis_words.txt, "
        "words_in_context.txt, excluded_words.txt, eponyms.txt, plain_names.txt, scales.txt: SlicerDeid, Testing/data",
        "licence": "pydicom: MIT; facts of the DICOM standard, NEMA; lists: Apache-2.0",
    }
    return file_text(head, "data", data)


ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x")
RANGE = re.compile(r"(?P<first>[a-z0-9]+)(?:-(?P<last>[a-z0-9]+))?(?:\[(?P<then>[^]]*)\])?")
NO_NUMBERS = (1.0, 0.0)  # ends of an empty range


def scales(compounds: set[str]) -> dict[str, list[dict[str, object]]]:
    """Return the scales of ``scales.txt`` by the last word of their names."""
    found: dict[str, list[dict[str, object]]] = {}
    for line in (LISTS / "scales.txt").read_text(encoding="utf-8").splitlines():
        if line.split("#")[0].strip():
            names, grades, beside = map(folded, line.split("#")[0].split("|"))
            written = grades.split()
            ends = next((tuple(map(float, one.split(".."))) for one in written if ".." in one), NO_NUMBERS)
            scale = {
                "grades": sorted({grade for one in written if ".." not in one for grade in expanded(one)}),
                "numbers": list(ends),
                "beside": sorted(set(beside.split()) - {"*"}),
                "alone": "*" in beside.split(),
            }
            for name in map(str.strip, names.split(",")):
                if name in compounds or name.replace("-", "_") in compounds:  # one token, with a hyphen or a blank
                    for last in {name, name.replace("-", " ")}:
                        found.setdefault(last, []).append({"before": [], **scale})
                    continue
                *before, last = name.split("-")
                found.setdefault(last, []).append({"before": before, **scale})
    return dict(sorted(found.items()))


def expanded(grades: str) -> Iterator[str]:
    """Yield the grades of a range: ``4[a-c]`` is 4, 4a, 4b and 4c."""
    match = RANGE.fullmatch(grades)
    if match is None:  # a number with a point
        yield grades
        return
    first, last = match["first"], match["last"] or match["first"]
    if first in ROMAN and last in ROMAN:
        ones = list(ROMAN[ROMAN.index(first) : ROMAN.index(last) + 1])
    elif first.isdigit() and last.isdigit():
        ones = [str(number) for number in range(int(first), int(last) + 1)]
    else:
        ones = letters(f"{first}-{last}") if match["last"] else [first]
    for one in ones:
        yield one
        yield from (one + then for then in letters(match["then"] or ""))


def letters(ranges: str) -> list[str]:
    """Return the characters of ranges: ``a-cx`` is a, b, c and x."""
    found = []
    for match in re.finditer(r"(.)(?:-(.))?", ranges):
        found += [chr(code) for code in range(ord(match[1]), ord(match[2] or match[1]) + 1)]
    return found


def words_of_sources() -> Iterator[str]:
    """Yield the words of what pydicom carries and of the defined terms, folded, with repetitions."""
    texts = [entry[2] for entry in DicomDictionary.values()] + [entry[0] for entry in UID_dictionary.values()]
    texts += [term.decode("ascii") for term in DEFINED_TERMS]
    for scheme in SCHEMES:
        for codes in concepts[scheme].values():
            texts += [str(m) for m, cids in codes.values() if not (cids and NO_CLINICAL_TERMS.issuperset(cids))]
    for text in texts:
        for word in WORD.findall(folded(text)):
            if len(word) >= SHORTEST and word.isascii():
                yield word


def listed(name: str) -> Iterator[str]:
    """Yield the words of a list, folded."""
    return map(folded, spelled(name))


def spelled(name: str) -> Iterator[str]:
    """Yield the words of a list in small letters, with their accents; ``#`` starts a comment."""
    for line in (LISTS / name).read_text(encoding="utf-8").splitlines():
        yield from unicodedata.normalize("NFC", line.split("#")[0].lower()).split()


def sections(name: str) -> list[list[str]]:
    """Return the words of a list with ``[section]`` lines, section by section."""
    found: list[list[str]] = []
    for word in listed(name):
        if word.startswith("["):
            found.append([])
        else:
            found[-1].append(word)
    return found


def folded(text: str) -> str:
    """Return text in lower case without accents, as ``SlicerDeidLib.headers.search.identifiers.folded`` compares it."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


if __name__ == "__main__":
    sys.exit(main())
