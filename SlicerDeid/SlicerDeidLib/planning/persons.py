# SPDX-License-Identifier: Apache-2.0
"""Whose images a folder holds: the person whom most of them name, and whether they can be one person's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from SlicerDeidLib.identity.tables import clean
from SlicerDeidLib.model.instance import Instance, Patient
from SlicerDeidLib.planning.assignment import Person

STRANGER = "its Patient ID is not that of the folder's other images: it may be another patient's"
STRANGERS = "neither a name nor a birth date in common: is this one person?"
_WORD = re.compile(r"[^\W_]+")


def majority(patient: Patient) -> tuple[Person, str]:
    """Return the person whom most instances of a folder name; on a tie nobody, and why the folder is refused."""
    votes: Counter[Person] = Counter()
    for series in patient.series:
        for instance in series.instances:
            votes[instance.issuer_of_patient_id, instance.patient_id] += 1
    ranked = votes.most_common(2)
    if not ranked:
        return ("", ""), ""
    if len(ranked) == 2 and ranked[0][1] == ranked[1][1]:
        return ("", ""), "the folder holds as many images of one Patient ID as of another; separate the patients"
    return ranked[0][0], ""


def shows(patient: Patient, person: Person) -> bool:
    """Tell whether an image names a person."""
    return any((i.issuer_of_patient_id, i.patient_id) == person for series in patient.series for i in series.instances)


def name_words(instances: Iterable[Instance]) -> frozenset[str]:
    """Return the words of the names, the birth date and the other IDs that images show; initials do not count."""
    values = {value for instance in instances for value in instance.identifiers}
    return frozenset(word for value in values for word in _WORD.findall(clean(value).casefold()) if len(word) > 1)


def holds_strangers(patient: Patient, person: Person) -> bool:
    """Tell whether series that name one Patient ID, or none, fall apart into some that have no name in common.

    A series without names says nothing. A third one that shares a name with each of two others joins them: people
    change their names.
    """
    groups: list[frozenset[str]] = []
    for series in patient.series:
        words = name_words(i for i in series.instances if (i.issuer_of_patient_id, i.patient_id) == person)
        if words:
            joined = [group for group in groups if not group.isdisjoint(words)]
            groups = [group for group in groups if group.isdisjoint(words)]
            groups.append(words.union(*joined))
    return len(groups) > 1
