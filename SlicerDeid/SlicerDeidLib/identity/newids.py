# SPDX-License-Identifier: Apache-2.0
"""The rules on new IDs: what one may look like, and how those of a map may go together."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from SlicerDeidLib.identity.rows import MapRow
from SlicerDeidLib.identity.writtendates import Day, holds_day, read_days
from SlicerDeidLib.model.plan import Problem

LONGEST_ID = 64  # characters, PS3.5 6.2: VR LO of PatientID
FORBIDDEN = '\\/:*?"<>|^='  # separators of paths, DICOM values and name parts; wildcards; what Windows refuses
_DEVICE = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|COM[0-9]|LPT[0-9])", re.IGNORECASE)
_SHORT = 3  # characters: a shorter original is searched as a whole word, or "1" would refuse "HEAD-001"
_NO_WORD = re.compile(r"[\W_]+")
_NAME_PARTS = re.compile(r"[\^=,]")  # of a PN (PS3.5 6.2.1), and of "family name, given name"
# letters that Unicode does not take apart, as plain letters; after casefold, which makes "ss" of the sharp s
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t"}
)
# how German, Danish, Norwegian, Swedish, Finnish and Croatian names are written without their letters
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "đ": "dj"})
_LONG_NUMBER = re.compile(r"(?<!\d)0*([1-9]\d{4,})(?!\d)")  # five digits: what a header's number counts alone from
_DIGITS = re.compile(r"\d+")
_PAIRS = re.compile(r"aa|([aou])e")
_REMEMBERED = 1 << 12  # originals: one is held against many names of folders


def check_new_id(new: str) -> str | None:
    """Return why a new ID is refused, None when it may be used; the reason never holds the ID.

    >>> check_new_id("HEAD-001") is None
    True
    >>> check_new_id("HEAD/001")
    "it holds '/'"
    """
    if not new.strip():
        return "it is empty"
    if len(new) > LONGEST_ID:
        return f"it is longer than {LONGEST_ID} characters"
    if not new.isascii():
        return "it holds characters other than plain (7-bit) letters, digits and signs"
    if any(ord(character) < 32 or ord(character) == 127 for character in new):
        return "it holds a control character"
    for character in FORBIDDEN:
        if character in new:
            return f"it holds '{character}'"
    if new[-1] in ". " or new[0] == " ":
        return "it begins with a space, or ends in a dot or a space"
    if _DEVICE.fullmatch(new.split(".")[0].rstrip(" ")):
        return "it is the name of a device on Windows"
    return None


def holds_original(new: str, original: str) -> bool:
    """Tell whether a new ID contains an original name, ID or accession number.

    Case, accents, spaces and punctuation do not count: "MULLER" and "MUELLER" are "Müller", "Sorensen" is "Sørensen".
    Each part of a name with ``^``, ``=`` or a comma is looked for by itself as well. An original of one or two letters
    or digits is looked for as a whole word only.

    >>> holds_original("sub-doe_john", "DOE^JOHN")
    True
    >>> holds_original("HEAD-001", "1")
    False

    Numbers count without the zeros and letters before them and the signs within them, dates in any usual spelling.

    >>> holds_original("X-1234567", "001-23-4567")
    True
    >>> holds_original("H-17Aug1951", "19510817")
    True
    """
    spelled = spellings(new)
    if holds_number(new, original):
        return True
    parts = [part for part in _NAME_PARTS.split(original) if len(_NO_WORD.sub("", part)) >= _SHORT]
    return any(
        _holds(folded_new, folded)
        for text in (original, *parts)
        for folded_new, folded in zip(spelled, spellings(text), strict=False)  # a short text has no third one
    )


def _holds(folded_new: str, folded: str) -> bool:
    if folded and folded in folded_new and len(folded) >= _SHORT:
        return True
    bare = _NO_WORD.sub("", folded)
    if len(bare) < _SHORT:
        return bool(bare) and bare in _NO_WORD.split(folded_new)
    return bare in _NO_WORD.sub("", folded_new)


def holds_number(new: str, original: str) -> bool:
    """Tell whether a new ID contains a number of five digits and more, or a date, of an original."""
    numbers, days = _numbers(original)
    runs = _DIGITS.findall(_NO_WORD.sub("", new))
    if any(number in run for number in numbers for run in runs):
        return True
    return bool(days) and holds_day(_without_marks(_caseless(new)), days)


def long_numbers(original: str) -> frozenset[str]:
    """Return the numbers of five digits and more in an original, without leading zeros."""
    return _numbers(original)[0]


@lru_cache(maxsize=_REMEMBERED)
def _numbers(original: str) -> tuple[frozenset[str], frozenset[Day]]:
    """Return the long numbers of an original, as it groups its digits and without its separators, and its dates."""
    numbers = _LONG_NUMBER.findall(original) + _LONG_NUMBER.findall(_NO_WORD.sub("", original))
    return frozenset(numbers), read_days(_without_marks(_caseless(original)))


def spellings(text: str) -> tuple[str, ...]:
    """Return a text with accents left out, with them written out, and with what looks written out taken back."""
    caseless = _caseless(text)
    written_out = _without_marks(caseless.translate(_WRITTEN_OUT))
    taken_back = _PAIRS.sub(lambda pair: pair[0][0], written_out)
    plain = (_without_marks(caseless), written_out)
    return (*plain, taken_back) if len(_NO_WORD.sub("", taken_back)) >= _SHORT else plain


def _without_marks(text: str) -> str:
    if text.isascii():
        return text
    taken_apart = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)
    # Mn: accents; put together again, or a Hangul syllable would count as three letters
    return unicodedata.normalize("NFC", "".join(c for c in taken_apart if unicodedata.category(c) != "Mn"))


def _caseless(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def check_map(rows: Sequence[MapRow]) -> tuple[Problem, ...]:
    """Return every problem of a map, by row; an error stops a run before anything is written.

    Notes
    -----
    Rows that share one new ID are serial scans of one person. Where the column Subject does not say so, a warning
    asks the planning to compare the patients' IDs in the headers.
    """
    problems = [problem for row in rows for problem in _row_alone(row)]
    problems += _originals(rows)
    problems += _new_ids(rows)
    problems += _subjects(rows)
    return tuple(problems)


def _error(where: str, message: str) -> Problem:
    return Problem("error", where, message)


def _warning(where: str, message: str) -> Problem:
    return Problem("warning", where, message)


def _row_alone(row: MapRow) -> Iterator[Problem]:
    if not row.old:
        yield _error(row.old_where, "The row has a new ID but does not say whose; fill the first column.")
    reason = check_new_id(row.new)
    if reason:
        yield _error(row.new_where, f"The new ID cannot be used: {reason}; choose another one.")
    elif holds_original(row.new, row.old):
        yield _error(row.new_where, "The new ID contains the original; choose one that does not.")
    elif row.subject and holds_original(row.new, row.subject) and row.subject != row.new:
        yield _warning(
            row.new_where, "The new ID contains what the column Subject says; make sure that it identifies nobody."
        )


def _grouped(rows: Iterable[MapRow], column: str) -> Iterator[list[MapRow]]:
    """Yield the rows whose column is equal but for case; empty ones are told elsewhere."""
    groups: defaultdict[str, list[MapRow]] = defaultdict(list)
    for row in rows:
        text: str = getattr(row, column)
        if text:
            groups[_caseless(text)].append(row)
    return (group for group in groups.values() if len(group) > 1)


def _originals(rows: Sequence[MapRow]) -> Iterator[Problem]:
    """See that an original has one new ID and one subject, and does not differ from another by case only."""
    for first, *others in _grouped(rows, "old"):
        for row in others:
            if row.old != first.old:
                yield _error(
                    row.old_where, f"The original differs from {first.where} only in upper and lower case; rename one."
                )
            elif row.new != first.new or row.subject != first.subject:
                yield _error(
                    row.old_where,
                    f"The original is that of {first.where}, with another new ID or subject; keep one row, and if two "
                    "folders differ only by spaces or invisible characters at an end, rename one.",
                )
            else:
                yield _warning(row.old_where, f"The row repeats {first.where}.")


def _new_ids(rows: Sequence[MapRow]) -> Iterator[Problem]:
    """See that a new ID belongs to one person, and is not somebody's original."""
    originals = {_caseless(row.old): row for row in rows if row.old}
    numbered: dict[str, MapRow] = {}
    for first, *others in _grouped(rows, "new"):
        scans = {row.old for row in (first, *others)}
        numbered.update({f"{_caseless(first.new)}-{number}": first for number in range(1, len(scans) + 1)})
        yield from _shared(first, [row for row in others if row.old != first.old or row.new != first.new])
    for row in rows:
        other = originals.get(_caseless(row.new))
        if other is not None and not holds_original(row.new, row.old):
            yield _error(row.new_where, f"The new ID is the original of {other.where}; choose another one.")
        if _caseless(row.new) in numbered:
            first = numbered[_caseless(row.new)]
            yield _error(
                row.new_where, f"The new ID is what a serial scan of {first.where} will be called; choose another one."
            )


def _shared(first: MapRow, others: Sequence[MapRow]) -> Iterator[Problem]:
    """Rows that share a new ID."""
    for row in others:
        if row.new != first.new:
            yield _error(row.new_where, f"The new ID differs from that of {first.where} only in upper and lower case.")
        elif row.subject != first.subject:
            yield _error(
                row.new_where, f"The new ID is that of {first.where}, but the column Subject says another person."
            )
        elif not row.subject:
            yield _warning(
                row.new_where,
                f"The new ID is that of {first.where}: both are taken for one person only if the headers agree on the "
                "patient's ID, or a column Subject says so.",
            )


def _subjects(rows: Sequence[MapRow]) -> Iterator[Problem]:
    """See that a person has one new ID."""
    for first, *others in _grouped(rows, "subject"):
        for row in others:
            if _caseless(row.new) != _caseless(first.new) and row.old != first.old:
                yield _warning(
                    row.subject_where, f"The column Subject says the person of {first.where}, who has another new ID."
                )
