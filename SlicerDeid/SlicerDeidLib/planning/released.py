# SPDX-License-Identifier: Apache-2.0
"""What earlier runs released, held against what a plan would release: no ID, person or offset of dates changes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.identity.rows import MapRow, Match
from SlicerDeidLib.identity.tables import clean
from SlicerDeidLib.model.instance import Patient
from SlicerDeidLib.model.plan import Ledger, Subject
from SlicerDeidLib.planning.assignment import Assignment, Person
from SlicerDeidLib.planning.persons import name_words

_DIGITS = 16  # hexadecimal: 64 bits, no two of a million words alike


def folder_key(patient: Patient, person: Person, pseudonyms: KeyedPseudonyms) -> str:
    """Digest by which the ledger knows a patient folder (or a person whose files lie loose), or a part of it.

    Spaces at an end and the way that accents are encoded do not count, as in the map.
    """
    place = clean(patient.folder) or "\0".join(("loose", *person))
    part = ("accession", patient.accession_number) if patient.accession_number else ()
    return pseudonyms.digest("patient", "\0".join((place, *part)))


def released_person(patient: Patient, most: Person, pseudonyms: KeyedPseudonyms, ledger: Ledger) -> Person:
    """Return the person under whom a folder was released, while it holds images of theirs: late ones outvote nobody."""
    key = folder_key(patient, most, pseudonyms)
    if key not in ledger.released or key not in ledger.people:
        return most
    here = {(i.issuer_of_patient_id, i.patient_id) for series in patient.series for i in series.instances}
    same = [person for person in sorted(here) if patient_digest(person, pseudonyms) == ledger.people[key][0]]
    return most if most in same or not same else same[0]


def person_digests(person: Person, row: MapRow, match: Match, pseudonyms: KeyedPseudonyms) -> list[str]:
    """Return what the ledger remembers of a person: of the Patient ID, of the column Subject, and of the row.

    A row that names a folder is known by the folder's key.
    """
    named = "" if match == "folder" else pseudonyms.digest("row", f"{match}\0{clean(row.old)}")
    return [patient_digest(person, pseudonyms), subject_digest(row, pseudonyms), named]


def subject_digest(row: MapRow, pseudonyms: KeyedPseudonyms) -> str:
    """Digest what the column Subject says; empty where it says nothing."""
    return pseudonyms.digest("subject", row.subject) if row.subject else ""


def patient_digest(person: Person, pseudonyms: KeyedPseudonyms) -> str:
    """Digest issuer and Patient ID; empty where there is no ID."""
    return pseudonyms.digest("person", "\0".join(person)) if person[1] else ""


def released_names(ledger: Ledger) -> dict[str, set[str]]:
    """Return the IDs under which earlier runs released what rows name by what the headers say.

    Their keys are the last of ``person_digests``.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for key in ledger.released & ledger.people.keys():
        for named in filter(None, ledger.people[key][2:]):
            found[named].add(ledger.patients[key][0])
    return found


def check_contents(row: MapRow, where: str, person: list[str], released: list[str], result: Assignment) -> None:
    """Refuse a folder that was released with images of one Patient ID and now holds those of others only.

    The column Subject says nothing here: it speaks of the folder, and within a folder the Patient ID decides.
    """
    if person[0] != released[0]:
        result.problem(
            "error",
            row.where,
            f"{where} was released before with images of another Patient ID, of which it holds none any more; put the "
            "new images into a folder of their own with a row of its own (if it is the same person, a column Subject "
            "can say so).",
        )


def check_released(
    row: MapRow, person: list[str], owners: set[str], now: set[str], ledger: Ledger, result: Assignment
) -> bool:
    """Hold a new ID against those that earlier runs released: none goes on to another person, or looks like another.

    Parameters
    ----------
    owners, now
        The ledger's keys of the folders that were released under this ID, and of all folders of this run; the map's own
        rules compare those.

    Returns
    -------
    bool
        Whether this person may have the ID.
    """
    new = row.new.casefold()
    is_same = not owners.isdisjoint(now) or any(
        a and a == b for key in owners for a, b in zip(person[:2], ledger.people.get(key, []), strict=False)
    )
    for other in ledger.released - now:
        released, scan = ledger.patients[other]
        if new == released.casefold():
            if row.new != released:
                message = "differs from one released before only in upper and lower case; choose another one."
            elif not is_same:
                message = (
                    "was released for another folder before, and neither the Patient IDs nor the column Subject say "
                    "that it is the same person; choose another one."
                )
            else:
                continue
        elif scan and new == f"{released}-{scan}".casefold():
            message = "is what a serial scan released before is called; choose another one."
        else:
            continue
        result.problem("error", row.new_where, f"The De-identification_ID {message}")
        return False
    return True


def check_names(
    folders: list[tuple[MapRow, str, Patient]],
    owners: set[str],
    pseudonyms: KeyedPseudonyms,
    ledger: Ledger,
    result: Assignment,
) -> None:
    """Say a folder that has neither name nor birth date in common with the others of its ID, now and in the ledger.

    The column Subject says that they are one person although their headers differ.

    Parameters
    ----------
    folders : list of (MapRow, str, Patient)
        Row, the ledger's key and patient of the folders with one new ID.
    owners : set of str
        The ledger's keys of the folders that were released under that ID.
    """
    known = {word for key in owners for word in ledger.names.get(key, ())}
    for row, key, patient in folders:
        words = _name_digests(patient, pseudonyms)
        if words and known and known.isdisjoint(words) and not row.subject:
            result.problem(
                "warning",
                row.new_where,
                "The images under this ID have one Patient ID but no name and no birth date in common: is this one "
                "person?",
            )
        known.update(words)
        if key not in ledger.released:
            ledger.names[key] = words
        else:
            ledger.names.setdefault(key, words)


def _name_digests(patient: Patient, pseudonyms: KeyedPseudonyms) -> list[str]:
    words = name_words(instance for series in patient.series for instance in series.instances)
    return [word_digest(word, pseudonyms) for word in sorted(words)]


def word_digest(word: str, pseudonyms: KeyedPseudonyms) -> str:
    """Digest a word of a name, a birth date or another ID, as the ledger has them."""
    return pseudonyms.digest("name", word)[:_DIGITS]


def next_scan(new: str, *, is_serial: bool, ledger: Ledger) -> int:
    """Return 0 for the only folder of an ID, else the number after those that have it already."""
    scans = [scan for known, scan in ledger.patients.values() if known == new]
    return max(len(scans), *scans) + 1 if scans else int(is_serial)


def date_group(row: MapRow, subject: str, released: set[str], result: Assignment) -> str:
    """Return what the dates of a row's folder move by: what those moved by that were released under its ID before.

    Parameters
    ----------
    subject : str
        The ledger's digest of what the column Subject says.
    released : set of str
        Those digests of the folders that were released under this ID, as they were then.
    """
    if "" in released:
        return f"id {row.new}"
    if released and subject not in released:
        result.problem(
            "error",
            row.subject_where,
            "The De-identification_ID was released with another value in the column Subject, by which the dates of "
            "this person moved; write it as it was then.",
        )
    return f"subject {row.subject}" if row.subject else f"id {row.new}"


def check_groups(rows: dict[int, MapRow], result: Assignment) -> None:
    """Find a Subject with several new IDs, of which some were released before the map named it."""
    groups: dict[str, set[str]] = defaultdict(set)
    places: dict[str, list[str]] = defaultdict(list)
    for number, subject in result.subjects.items():
        if rows[number].subject:
            groups[rows[number].subject].add(subject.group)
            places[rows[number].subject].append(rows[number].subject_where)
    for name, where in places.items():
        if len(groups[name]) > 1:
            result.problem(
                "warning",
                "; ".join(where),
                "The column Subject says one person, but a new ID of theirs was released without it: the dates under "
                "that ID move by another offset than those under the other.",
            )


def share_ages(rows: dict[int, MapRow], pseudonyms: KeyedPseudonyms, ledger: Ledger, result: Assignment) -> None:
    """Let every folder of a person know that one study, of this run or an earlier one, shows an age of 90 or more.

    Intervals between the studies would tell it. The ledger remembers the folder, so that it holds for later ones too.
    """
    for subject in result.subjects.values():
        if subject.is_over_89:
            ledger.over_89.add(subject.key)
        elif subject.key not in ledger.released:
            ledger.over_89.discard(subject.key)
    ids = {ledger.patients[key][0] for key in ledger.over_89 & ledger.patients.keys()}
    names = {ledger.people[key][1] for key in ledger.over_89 & ledger.people.keys()} - {""}
    old = {
        subject.group
        for number, subject in result.subjects.items()
        if rows[number].new in ids or subject_digest(rows[number], pseudonyms) in names
    }
    for number, subject in result.subjects.items():
        if subject.group in old:
            result.subjects[number] = replace(subject, is_over_89=True)


def share_originals(result: Assignment) -> None:
    """Let every folder of a person know whom and what the others name: a scan may show the name of an earlier one."""
    alike: dict[str, list[Subject]] = defaultdict(list)
    for subject in result.subjects.values():
        alike[subject.group].append(subject)
    for number, subject in result.subjects.items():
        several = alike[subject.group]
        if len(several) > 1:
            identifiers = frozenset().union(*(one.identifiers for one in several))
            named = frozenset().union(*(one.named for one in several))
            result.subjects[number] = replace(subject, identifiers=identifiers, named=named)


def share_first_studies(patients: Mapping[int, Patient], result: Assignment) -> None:
    """Let every folder of a person know the day of the first study of all of them."""
    first: dict[str, date] = {}
    for number, subject in result.subjects.items():
        days = [one.study_date for series in patients[number].series for one in series.instances if one.study_date]
        if days:
            first[subject.group] = min(*days, first.get(subject.group, days[0]))
    for number, subject in result.subjects.items():
        result.subjects[number] = replace(subject, first_study=first.get(subject.group))


def check_accession_numbers(rows: dict[int, MapRow], ledger: Ledger, result: Assignment) -> None:
    """Find a serial scan whose accession number (``ID-2``) is an ID of this run or of an earlier one."""
    places: dict[str, set[str]] = {ledger.patients[key][0].casefold(): set() for key in ledger.released}
    for row in rows.values():
        places.setdefault(row.new.casefold(), set()).add(row.new_where)
    sharing = Counter(row.new for row in set(rows.values()))
    for number, subject in result.subjects.items():
        row = rows[number]
        name = f"{row.new}-{subject.scan}".casefold()
        if not subject.scan or name not in places:
            continue
        if not places[name] or not 1 < sharing[row.new] >= subject.scan:  # else the map's own rules have said it
            result.problem(
                "error",
                "; ".join(sorted({row.new_where, *places[name]})),
                "A serial scan of one De-identification_ID would be called what another De-identification_ID is; "
                "choose another one for that which was not released yet.",
            )


def check_people(rows: dict[int, MapRow], pseudonyms: KeyedPseudonyms, ledger: Ledger, result: Assignment) -> None:
    """Find one Patient ID under two new IDs, of this run or of earlier ones."""
    earlier: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for key in (ledger.released & ledger.people.keys()) - {subject.key for subject in result.subjects.values()}:
        earlier[ledger.people[key][0]].add((ledger.patients[key][0], ledger.people[key][1]))
    owners: dict[Person, set[str]] = defaultdict(set)
    groups: dict[Person, set[str]] = defaultdict(set)
    for number, subject in result.subjects.items():
        person = result.people[number]
        if not person[1]:
            continue
        owners[person].add(subject.deidentification_id)
        groups[person].add(subject.group)
        digest, said, _ = person_digests(person, rows[number], result.match, pseudonyms)
        for new, said_earlier in earlier[digest]:
            if new != rows[number].new and (not said or said != said_earlier):
                owners[person].add(new)
                groups[person].add(f"id {new}")
    for person, ids in owners.items():
        if len(ids) > 1 and len(groups[person]) > 1:
            result.problem(
                "warning",
                ", ".join(sorted(ids)),
                "One Patient ID stands under several new IDs; check the map: is this one person?",
            )
