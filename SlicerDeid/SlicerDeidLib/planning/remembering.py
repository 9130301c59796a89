# SPDX-License-Identifier: Apache-2.0
"""What earlier runs knew of a person and this input shows no more: a late series may hold the name word for word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from SlicerDeidLib.headers.search.remembered import NO_ATTRIBUTE, forms_of, mark_of, parts_of_mark
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.plan import Ledger, Subject
from SlicerDeidLib.planning.assignment import Assignment
from SlicerDeidLib.planning.released import patient_digest, word_digest
from SlicerDeidLib.standard.identifying import SHOWN
from SlicerDeidLib.standard.placeholders import PLACEHOLDER_WORDS, USUAL_DATES, stands_for_nobody


def remember(pseudonyms: KeyedPseudonyms, ledger: Ledger, result: Assignment) -> None:
    """Let the ledger hold marks of what the folders of a person name, and each subject what this input does not.

    Folders are one person's where they have a new ID, a Subject or a Patient ID in common; one that is a placeholder
    counts beside a name or a birth date only. Of what is another's no more is lost than a word.
    """
    mark = _Marker(pseudonyms)
    now = {number: frozenset(_marks(subject, mark)) for number, subject in result.subjects.items()}
    for number, subject in result.subjects.items():
        ledger.marks[subject.key] = ledger.marks.get(subject.key, frozenset()) | now[number]
    owners: dict[str, set[str]] = defaultdict(set)
    nobody = frozenset(patient_digest(one, pseudonyms) for one in result.people.values() if stands_for_nobody(one[1]))
    void = frozenset(word_digest(word, pseudonyms) for word in PLACEHOLDER_WORDS | USUAL_DATES)
    said = {key: frozenset(_said(key, ledger, nobody, void)) for key in ledger.marks}
    for key, several in said.items():
        for one in several:
            owners[one].add(key)
    for number, subject in result.subjects.items():
        mine = ledger.marks.keys() & {subject.key}
        related = mine.union(*(owners[one] for one in said[subject.key]))
        shown = {digest for _, digest in map(parts_of_mark, now[number])}
        known = frozenset().union(*(ledger.marks[key] for key in related))
        remembered = frozenset(one for one in known if parts_of_mark(one)[1] not in shown)
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


def _marks(subject: Subject, mark: _Marker) -> Iterator[bytes]:
    """Yield the marks of all that is known of a subject."""
    for identifier in subject.identifiers:
        yield from (mark_of(NO_ATTRIBUTE, mark(form)) for form in forms_of("label", identifier))
    for tag, text in subject.named:
        yield from (mark_of(tag, mark(form)) for form in forms_of(SHOWN[tag], text))


def _said(key: str, ledger: Ledger, nobody: frozenset[str], void: frozenset[str]) -> Iterator[str]:
    """Yield what says whose a folder is: new ID, digests of Subject and Patient ID, a name beside a placeholder."""
    if key in ledger.patients:
        yield ledger.patients[key][0]
    for said in filter(None, ledger.people.get(key, [])[:2]):
        if said not in nobody:
            yield said
        else:
            yield from (f"nobody {word}" for word in ledger.names.get(key, ()) if word not in void)
