# SPDX-License-Identifier: Apache-2.0
"""Patient folders + map -> subjects: who becomes whom, and every conflict."""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

from SlicerDeidLib.identity.newids import holds_number, holds_original
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.identity.rows import MapRow
from SlicerDeidLib.identity.subjects import SubjectMap
from SlicerDeidLib.identity.tables import clean
from SlicerDeidLib.model.instance import Index, Patient
from SlicerDeidLib.model.plan import Ledger, Problem, Subject

ACCESSION_LENGTH = 16  # characters, VR SH (PS3.5 Table 6.2-1)
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without 0/O and 1/I, which people mix up
_RANDOM_LENGTH = 8  # 32^8 IDs: a million patients collide with a chance below 1 : 2

_SHORTEST_NAME = 3  # characters; initials and particles of a name stand in many IDs by chance

Person = tuple[str, str]
"""Issuer of Patient ID and Patient ID."""


@dataclass
class Assignment:
    """Subjects by patient number, and what a human must see."""

    subjects: dict[int, Subject] = field(default_factory=dict)
    people: dict[int, Person] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, severity: str, where: str, message: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(severity, where, message))


def folder_name(patient: Patient, total: int) -> str:
    """Name a patient in messages without the original name."""
    return f"folder {patient.number} of {total}"


def assign(index: Index, subject_map: SubjectMap | None, pseudonyms: KeyedPseudonyms, ledger: Ledger) -> Assignment:
    """Give every patient folder its subject.

    Parameters
    ----------
    ledger : Ledger
        What earlier runs gave away; grown in place with what is new.
    """
    result = Assignment()
    for patient in index.patients:
        if not patient.series:
            where = folder_name(patient, len(index.patients))
            result.problem("warning", where, "The folder holds no image that can be read.")
        person, reason = majority(patient)
        result.people[patient.number] = person
        if patient.folder:
            result.people[patient.number] = _released_person(patient, person, pseudonyms, ledger)
        if reason:
            result.refused[patient.number] = reason
    rows = _match(index, subject_map, result) if subject_map is not None else _draw(index, pseudonyms, ledger, result)
    _name(index, rows, pseudonyms, ledger, result)
    _check_people(result)
    return result


def majority(patient: Patient) -> tuple[Person, str]:
    """Return the person whom most instances of a folder name, and why the folder is refused (a tie)."""
    votes: Counter[Person] = Counter()
    for series in patient.series:
        for instance in series.instances:
            votes[instance.issuer_of_patient_id, instance.patient_id] += 1
    ranked = votes.most_common(2)
    if not ranked:
        return ("", ""), ""
    if len(ranked) == 2 and ranked[0][1] == ranked[1][1]:
        return ranked[0][0], "the folder holds as many images of one Patient ID as of another; separate the patients"
    return ranked[0][0], ""


def _released_person(patient: Patient, most: Person, pseudonyms: KeyedPseudonyms, ledger: Ledger) -> Person:
    """Return the person under whom a folder was released, while it holds images of theirs: late ones outvote nobody."""
    key = _key(patient, {}, pseudonyms)
    if key not in ledger.released or key not in ledger.people:
        return most
    here = {(i.issuer_of_patient_id, i.patient_id) for series in patient.series for i in series.instances}
    same = [person for person in sorted(here) if _patient_digest(person, pseudonyms) == ledger.people[key][0]]
    return most if most in same or not same else same[0]


def _match(index: Index, subject_map: SubjectMap, result: Assignment) -> dict[int, MapRow]:
    """Find each folder's row; folders without row and rows without folder are said."""
    by_name = {clean(row.old): row for row in subject_map.rows}
    total, rows, used, alone = len(index.patients), {}, set(), {}
    for patient in index.patients:
        where = folder_name(patient, total)
        if not patient.folder:
            result.refused[patient.number] = "loose files at the top of the input are in no patient's folder"
            result.problem(
                "warning",
                where,
                "Files at the top of the input belong to no row of the map; put them into a folder named as in the "
                "map.",
            )
            continue
        row = by_name.get(clean(patient.folder))
        if row is None:
            alone[where] = clean(patient.folder)
            result.problem(
                "warning", where, "The folder has no row in the map and is left alone; add a row to release it."
            )
            continue
        if clean(row.old) in used:
            result.problem("error", row.where, f"{where} and another folder differ only by spaces; rename one of them.")
        rows[patient.number] = row
        used.add(clean(row.old))
    for row in subject_map.rows:
        if row.old and clean(row.old) not in used:
            result.problem("warning", row.where, f"The row names no folder of the input; {_hint(row, alone)}.")
    return rows


def _hint(row: MapRow, alone: dict[str, str]) -> str:
    """Say what may have happened to a row without folder.

    Parameters
    ----------
    alone : dict of str to str
        Folders without row: what messages call them, and their names.
    """
    old = clean(row.old)
    meant = [
        where
        for where, name in alone.items()
        if old.isdecimal() and len(name) > len(old) and name.lstrip("0") == old.lstrip("0")
    ]
    if not meant:
        return "nothing is done for it"
    return (
        f"{' and '.join(meant)} would be it but for leading zeros, which a cell loses that holds a number: format the "
        "column as text and enter it again"
    )


def _draw(index: Index, pseudonyms: KeyedPseudonyms, ledger: Ledger, result: Assignment) -> dict[int, MapRow]:
    """Draw random IDs for folders without a map: once, and remembered."""
    taken = {new for new, _ in ledger.patients.values()}
    rows = {}
    for patient in index.patients:
        if not patient.folder and not result.people[patient.number][1]:
            result.refused[patient.number] = "loose files without a Patient ID cannot be grouped; put them into folders"
            continue
        known = ledger.patients.get(_key(patient, result.people, pseudonyms))
        new = known[0] if known else _fresh_id(taken)
        taken.add(new)
        rows[patient.number] = MapRow("", new, "", folder_name(patient, len(index.patients)))
    return rows


def _fresh_id(taken: set[str]) -> str:
    """Draw an ID: random, not derived from anything (45 CFR 164.514(c))."""
    while (new := "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))) in taken:
        pass
    return new


def _key(patient: Patient, people: dict[int, Person], pseudonyms: KeyedPseudonyms) -> str:
    """Digest by which the ledger knows a patient folder (or a person whose files lie loose)."""
    return pseudonyms.digest("patient", patient.folder or "\0".join(("loose", *people[patient.number])))


def _name(
    index: Index, rows: dict[int, MapRow], pseudonyms: KeyedPseudonyms, ledger: Ledger, result: Assignment
) -> None:
    """Turn rows into subjects: serial scans numbered, released IDs held fast."""
    patients = {patient.number: patient for patient in index.patients if patient.number in rows}
    sharing: dict[str, list[int]] = defaultdict(list)
    for number, row in rows.items():
        sharing[row.new].append(number)
    keys = {number: _key(patient, result.people, pseudonyms) for number, patient in patients.items()}
    for key in set(ledger.patients) - ledger.released - set(keys.values()):
        del ledger.patients[key]
        ledger.people.pop(key, None)
    now = set(keys.values())
    owners: dict[str, set[str]] = defaultdict(set)
    for key in ledger.released:
        owners[ledger.patients[key][0]].add(key)
    for new, numbers in sharing.items():
        _check_serial(new, [rows[n] for n in numbers], [result.people[n] for n in numbers], result)
        subjects = {ledger.people[key][1] for key in owners[new] & ledger.people.keys()}
        for number in numbers:
            key, row = keys[number], rows[number]
            where = folder_name(patients[number], len(index.patients))
            person = _person_digests(result.people[number], row, pseudonyms)
            is_own = _check_released(row, person, owners[new], now, ledger, result)
            if key not in ledger.released:
                ledger.people[key] = person
            elif patients[number].series:
                _check_contents(row, where, person, ledger.people.setdefault(key, person), result)
            known = ledger.patients.get(key)
            if known and known[0] != new and key in ledger.released:
                result.problem(
                    "error", row.where, f"{where} was released under another ID before; a released ID never changes."
                )
                continue
            if known is None or known[0] != new:
                ledger.patients.pop(key, None)
                ledger.patients[key] = (new, _scan(new, is_serial=len(numbers) > 1, ledger=ledger))
            group = _group(row, person[1], subjects if is_own else set(), result)
            scan = ledger.patients[key][1]
            result.subjects[number] = _subject(patients[number], row, group, scan, key, pseudonyms, result)
    _check_groups(rows, result)
    _share_age(result)


def _person_digests(person: Person, row: MapRow, pseudonyms: KeyedPseudonyms) -> list[str]:
    """Return what the ledger remembers of a person: of the Patient ID, and of the column Subject."""
    return [_patient_digest(person, pseudonyms), pseudonyms.digest("subject", row.subject) if row.subject else ""]


def _patient_digest(person: Person, pseudonyms: KeyedPseudonyms) -> str:
    return pseudonyms.digest("person", "\0".join(person)) if person[1] else ""


def _check_contents(row: MapRow, where: str, person: list[str], released: list[str], result: Assignment) -> None:
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


def _check_released(
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
        a and a == b for key in owners for a, b in zip(person, ledger.people.get(key, []), strict=False)
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


def _scan(new: str, *, is_serial: bool, ledger: Ledger) -> int:
    """Return 0 for the only folder of an ID, else the number after those that have it already."""
    scans = [scan for known, scan in ledger.patients.values() if known == new]
    return max(len(scans), *scans) + 1 if scans else int(is_serial)


def _check_serial(new: str, rows: list[MapRow], people: list[Person], result: Assignment) -> None:
    """Allow several folders for one ID only when headers or the column Subject say that they are one person."""
    if len(rows) < 2:
        return
    says_subject = all(row.subject for row in rows) and len({row.subject for row in rows}) == 1
    says_header = len(set(people)) == 1 and bool(people[0][1])
    if not says_subject and not says_header:
        where = "; ".join(row.new_where for row in rows)
        result.problem(
            "error",
            where,
            f"The De-identification_ID {new} stands for several folders whose Patient IDs differ; "
            "give each its own ID, or add a column Subject that says they are one person.",
        )


def _group(row: MapRow, subject: str, released: set[str], result: Assignment) -> str:
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


def _check_groups(rows: dict[int, MapRow], result: Assignment) -> None:
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


def _subject(
    patient: Patient, row: MapRow, group: str, scan: int, key: str, pseudonyms: KeyedPseudonyms, result: Assignment
) -> Subject:
    instances = [instance for series in patient.series for instance in series.instances]
    values = {patient.folder} | {i.patient_id for i in instances} | {i.accession_number for i in instances}
    shown = {value for i in instances for value in i.identifiers if len(value) >= _SHORTEST_NAME}
    identifiers = frozenset(value for value in values | shown if value)
    numbers = {value for i in instances for value in i.study_numbers}
    # what the row alone shows is the map's to say
    if not holds_original(row.new, row.old) and (
        any(holds_original(row.new, value) for value in identifiers)
        or any(holds_number(row.new, value) for value in numbers)
    ):
        result.problem(
            "error",
            row.new_where,
            "The new ID cannot be used: it contains a name, an ID, the birth date or a date of the study of the "
            "headers; choose another one.",
        )
    accession = f"{row.new}-{scan}" if scan else row.new
    if len(accession) > ACCESSION_LENGTH:
        result.problem(
            "warning",
            row.new_where,
            f"The new ID is longer than {ACCESSION_LENGTH} characters, so AccessionNumber gets a keyed short form.",
        )
        accession = pseudonyms.short(accession, ACCESSION_LENGTH)
    return Subject(
        folder=patient.folder,
        patient_number=patient.number,
        deidentification_id=row.new,
        accession_number=accession,
        group=group,
        key=key,
        scan=scan,
        is_over_89=any((i.patient_age_years or 0) > 89 for i in instances),
        identifiers=identifiers,
    )


def _share_age(result: Assignment) -> None:
    """Let every folder of a person know that one study shows an age of 90 or more: intervals would tell it."""
    old = {s.group for s in result.subjects.values() if s.is_over_89}
    for number, subject in result.subjects.items():
        if subject.group in old and not subject.is_over_89:
            result.subjects[number] = replace(subject, is_over_89=True)


def _check_people(result: Assignment) -> None:
    """Find one Patient ID under two new IDs."""
    owners: dict[Person, set[str]] = defaultdict(set)
    groups: dict[Person, set[str]] = defaultdict(set)
    for number, subject in result.subjects.items():
        person = result.people[number]
        if person[1]:
            owners[person].add(subject.deidentification_id)
            groups[person].add(subject.group)
    for person, ids in owners.items():
        if len(ids) > 1 and len(groups[person]) > 1:
            result.problem(
                "warning",
                ", ".join(sorted(ids)),
                "One Patient ID stands under several new IDs; check the map: is this one person?",
            )
