# SPDX-License-Identifier: Apache-2.0
"""What earlier runs knew of a person and this input shows no more: a late series may hold the name word for word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from SlicerDeidLib.headers.remembered import forms_of
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.plan import Ledger, Subject
from SlicerDeidLib.planning.assignment import Assignment
from SlicerDeidLib.standard.identifying import SHOWN


def remember(pseudonyms: KeyedPseudonyms, ledger: Ledger, result: Assignment) -> None:
    """Let the ledger hold marks of what the folders of a person name, and each subject what this input does not.

    Folders are one person's where they have a new ID, a Patient ID or a Subject in common: of what is another's no
    more is lost than a word.
    """
    mark = _Marker(pseudonyms)
    now = {number: frozenset(map(mark, _forms(subject))) for number, subject in result.subjects.items()}
    for number, subject in result.subjects.items():
        ledger.marks[subject.key] = ledger.marks.get(subject.key, frozenset()) | now[number]
    owners: dict[str, set[str]] = defaultdict(set)
    for key in ledger.marks:
        for said in _said(key, ledger):
            owners[said].add(key)
    for number, subject in result.subjects.items():
        related = frozenset().union(*(owners[said] for said in _said(subject.key, ledger)))
        remembered = frozenset().union(*(ledger.marks[key] for key in related)) - now[number]
        if remembered:
            result.subjects[number] = replace(subject, remembered=remembered)


class _Marker:
    """Digests each form once: staff and places are those of many patients."""

    def __init__(self, pseudonyms: KeyedPseudonyms) -> None:
        self._pseudonyms = pseudonyms
        self._known: dict[str, bytes] = {}

    def __call__(self, form: str) -> bytes:
        if form not in self._known:
            self._known[form] = self._pseudonyms.mark(form)
        return self._known[form]


def _forms(subject: Subject) -> frozenset[str]:
    """Return the normal forms of all that is known of a subject."""
    known = {("label", identifier) for identifier in subject.identifiers}
    known |= {(SHOWN[tag], text) for tag, text in subject.named}
    return frozenset().union(*(forms_of(kind, text) for kind, text in known))


def _said(key: str, ledger: Ledger) -> Iterator[str]:
    """Yield what says whose a folder is: its new ID, and digests of Patient ID and Subject."""
    if key in ledger.patients:
        yield ledger.patients[key][0]
    yield from filter(None, ledger.people.get(key, [])[:2])
