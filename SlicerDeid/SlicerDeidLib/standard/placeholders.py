# SPDX-License-Identifier: Apache-2.0
"""Placeholders: what stands in place of a name or a Patient ID that is not known or was taken out.

Sources: what de-identification tools write by default (dicom-anonymizer: ANONYMIZED; CTP: REMOVED; pydicom's example:
id; viewers: anonymous, anon), HL7 v3 NullFlavor (UNK, NI, NA, MSK, ASKU, NASK), what a field is called, also in
German, French, Spanish and Italian, who is examined where nobody is (phantom, test, QA), and what is typed where a
console wants an ID and nobody has one: 0 or x as often as one likes, another digit often, digits in their order, the
first of all numbers of a hospital.
"""

from __future__ import annotations

import re

_LEFT_BEHIND = "deidentified anonymous anonymized anonymised anonym removed unknown none null"
PLACEHOLDERS = frozenset(_LEFT_BEHIND.split())
"""What earlier de-identification leaves in place of a name, in small letters."""

_NUMBERED = "anon deid demo dummy example phantom qa qc sample test testing"
_COUNTED = PLACEHOLDERS.union(_NUMBERED.split()) - {"unknown"}
_VOID = """
    asku available blank confidential daily default deidentification deleted emergency empty hidden id identifier
    janedoe johndoe masked missing mrn msk na name nask ni nil no noid not number pat patient patientid qualityassurance
    redacted subject temp temporary tmp undefined unassigned unidentified unk unknown unnamed unspecified void
    anonimizado anonimo anonyme desconocido ignoto inconnu namenlos paciente patiente paziente sconosciuto unbekannt
"""
PLACEHOLDER_WORDS = _COUNTED.union(_VOID.split())
"""Words of names and IDs that say nothing of anybody, in small letters."""
USUAL_DATES = frozenset({"18991230", *(f"{year}0101" for year in range(1800, 2100))})
"""Dates of birth that are written where none is known, or no day: of programs' calendars, and New Year's Day."""

_RUNS = re.compile(r"[^\W\d_]+|\d+")
_ASCENDING, _DESCENDING = "01234567890", "9876543210"
_SHORTEST = 4  # digits: 7, 77 and 123 are patients' numbers in studies
_SHORTEST_FROM_ZERO = 6  # digits: 0123 is the 123rd of a study
_MOST_COUNTED = 3  # digits: behind a word, more are somebody's number
_FIRST = re.compile("0{5,}1")  # of a hospital: shorter ones are of a study


def stands_for_nobody(patient_id: str) -> bool:
    """Say whether a Patient ID says nothing of whose a file is.

    Examples
    --------
    >>> [stands_for_nobody(one) for one in ("N/A", "Unknown Patient", "anon001", "0000001", "---")]
    [True, True, True, True, True]
    >>> [stands_for_nobody(one) for one in ("1", "77", "0001", "Patient 7", "unknown 48213", "PAT-X")]
    [False, False, False, False, False, False]
    """
    runs = _RUNS.findall(patient_id.casefold())
    words = {run for run in runs if not run.isdecimal()}
    letters, digits = ("".join(run for run in runs if run.isdecimal() is kind) for kind in (False, True))
    if not (PLACEHOLDER_WORDS.issuperset(words) or letters in PLACEHOLDER_WORDS or set(letters) == {"x"}):
        return False
    if not digits or _is_typed(digits):
        return True
    return len(digits) <= _MOST_COUNTED and not _COUNTED.isdisjoint(words)


def _is_typed(digits: str) -> bool:
    """Say whether digits are such as are typed where a number is wanted and none is known."""
    kinds = set(digits)
    if kinds == {"0"} or (len(kinds) == 1 and len(digits) >= _SHORTEST) or _FIRST.fullmatch(digits):
        return True
    shortest = _SHORTEST_FROM_ZERO if digits[0] == "0" else _SHORTEST
    if len(digits) < shortest:
        return False
    if _ASCENDING.startswith(digits) or _ASCENDING[1:].startswith(digits) or _DESCENDING.startswith(digits):
        return True
    return _DESCENDING.endswith(digits) or _DESCENDING[:-1].endswith(digits)
