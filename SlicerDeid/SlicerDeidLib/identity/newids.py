# SPDX-License-Identifier: Apache-2.0
"""The rules on new IDs: what one may look like, and how those of a map may go together."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from SlicerDeidLib.identity.rows import MapRow
from SlicerDeidLib.model.plan import Problem

LONGEST_ID = 64  # characters, PS3.5 6.2: VR LO of PatientID
FORBIDDEN = '\\/:*?"<>|^='  # separators of paths, DICOM values and name parts; wildcards; what Windows refuses
_DEVICE = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|COM[0-9]|LPT[0-9])", re.IGNORECASE)
_SHORT = 3  # characters: a shorter original is searched as a whole word, or "1" would refuse "HEAD-001"
_NO_WORD = re.compile(r"[\W_]+")


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

    Case, accents' encoding, spaces and punctuation do not count. An original of one or two letters or digits is
    looked for as a whole word only.

    >>> holds_original("sub-doe_john", "DOE^JOHN")
    True
    >>> holds_original("HEAD-001", "1")
    False
    """
    folded_new, folded = _folded(new), _folded(original)
    if folded and folded in folded_new and len(folded) >= _SHORT:
        return True
    bare = _NO_WORD.sub("", folded)
    if len(bare) < _SHORT:
        return bool(bare) and bare in _NO_WORD.split(folded_new)
    return bare in _NO_WORD.sub("", folded_new)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


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


def _error(row: MapRow, message: str) -> Problem:
    return Problem("error", row.where, message)


def _warning(row: MapRow, message: str) -> Problem:
    return Problem("warning", row.where, message)


def _row_alone(row: MapRow) -> Iterator[Problem]:
    if not row.old:
        yield _error(row, "The row has a new ID but does not say whose; fill the first column.")
    reason = check_new_id(row.new)
    if reason:
        yield _error(row, f"The new ID cannot be used: {reason}; choose another one.")
    elif holds_original(row.new, row.old):
        yield _error(row, "The new ID contains the original; choose one that does not.")
    elif row.subject and holds_original(row.new, row.subject) and row.subject != row.new:
        yield _warning(row, "The new ID contains what the column Subject says; make sure that it identifies nobody.")


def _grouped(rows: Iterable[MapRow], column: str) -> Iterator[list[MapRow]]:
    """Yield the rows whose column is equal but for case; empty ones are told elsewhere."""
    groups: defaultdict[str, list[MapRow]] = defaultdict(list)
    for row in rows:
        text: str = getattr(row, column)
        if text:
            groups[_folded(text)].append(row)
    return (group for group in groups.values() if len(group) > 1)


def _originals(rows: Sequence[MapRow]) -> Iterator[Problem]:
    """See that an original has one new ID and one subject, and does not differ from another by case only."""
    for first, *others in _grouped(rows, "old"):
        for row in others:
            if row.old != first.old:
                yield _error(row, f"The original differs from {first.where} only in upper and lower case; rename one.")
            elif row.new != first.new or row.subject != first.subject:
                yield _error(row, f"The original stands in {first.where} already, with other entries; keep one row.")
            else:
                yield _warning(row, f"The row repeats {first.where}.")


def _new_ids(rows: Sequence[MapRow]) -> Iterator[Problem]:
    """See that a new ID belongs to one person, and is not somebody's original."""
    originals = {_folded(row.old): row for row in rows if row.old}
    numbered: dict[str, MapRow] = {}
    for first, *others in _grouped(rows, "new"):
        scans = {row.old for row in (first, *others)}
        numbered.update({f"{_folded(first.new)}-{number}": first for number in range(1, len(scans) + 1)})
        yield from _shared(first, [row for row in others if row.old != first.old or row.new != first.new])
    for row in rows:
        other = originals.get(_folded(row.new))
        if other is not None and not holds_original(row.new, row.old):
            yield _error(row, f"The new ID is the original of {other.where}; choose another one.")
        if _folded(row.new) in numbered:
            first = numbered[_folded(row.new)]
            yield _error(row, f"The new ID is what a serial scan of {first.where} will be called; choose another one.")


def _shared(first: MapRow, others: Sequence[MapRow]) -> Iterator[Problem]:
    """Rows that share a new ID."""
    for row in others:
        if row.new != first.new:
            yield _error(row, f"The new ID differs from that of {first.where} only in upper and lower case.")
        elif row.subject != first.subject:
            yield _error(row, f"The new ID is that of {first.where}, but the column Subject says another person.")
        elif not row.subject:
            yield _warning(
                row,
                f"The new ID is that of {first.where}: both are taken for one person only if the headers agree on the "
                "patient's ID, or a column Subject says so.",
            )


def _subjects(rows: Sequence[MapRow]) -> Iterator[Problem]:
    """See that a person has one new ID."""
    for first, *others in _grouped(rows, "subject"):
        for row in others:
            if _folded(row.new) != _folded(first.new) and row.old != first.old:
                yield _warning(row, f"The column Subject says the person of {first.where}, who has another new ID.")
