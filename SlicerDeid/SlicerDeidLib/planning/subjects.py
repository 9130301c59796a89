# SPDX-License-Identifier: Apache-2.0
"""Patient folders + map -> subjects: who becomes whom, and every conflict."""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from dataclasses import replace

from SlicerDeidLib.identity.newids import check_map
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.identity.rows import MapRow, Match
from SlicerDeidLib.identity.subjects import SubjectMap
from SlicerDeidLib.identity.tables import clean
from SlicerDeidLib.model.instance import Index, Patient
from SlicerDeidLib.model.plan import Ledger, Problem, Subject
from SlicerDeidLib.planning.assignment import Assignment, Person, folder_name
from SlicerDeidLib.planning.matching import match_rows, parts_of
from SlicerDeidLib.planning.newidchecks import NewIdChecks
from SlicerDeidLib.planning.persons import STRANGER, STRANGERS, holds_strangers, majority, shows
from SlicerDeidLib.planning.released import (
    check_accession_numbers,
    check_contents,
    check_groups,
    check_names,
    check_people,
    check_released,
    date_group,
    folder_key,
    next_scan,
    person_digests,
    released_names,
    released_person,
    share_ages,
    share_first_studies,
    share_originals,
)
from SlicerDeidLib.planning.remembering import remember

ACCESSION_LENGTH = 16  # characters, VR SH (PS3.5 Table 6.2-1)
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without 0/O and 1/I, which people mix up
_RANDOM_LENGTH = 8  # 32^8 IDs: a million patients collide with a chance below 1 : 2


def assign(index: Index, subject_map: SubjectMap | None, pseudonyms: KeyedPseudonyms, ledger: Ledger) -> Assignment:
    """Give every patient folder, or what else the map names, its subject.

    Parameters
    ----------
    ledger : Ledger
        What earlier runs gave away; grown in place with what is new.
    """
    match: Match = subject_map.match if subject_map is not None else "folder"
    result = Assignment(parts_of(index, match), match)
    if subject_map is not None:
        result.problems += check_map(subject_map.rows)
        result.problems += [Problem("warning", "map", note) for note in subject_map.notes]
    _find_people(index, pseudonyms, ledger, result)
    checks = NewIdChecks(index, subject_map.rows if subject_map is not None else ())
    if subject_map is not None:
        rows = match_rows(index, subject_map, result)
        _check_new_ids(rows, checks, pseudonyms, ledger, result)
    else:
        rows = _draw(index, checks, pseudonyms, ledger, result)
    _name(index, rows, checks, pseudonyms, ledger, result)
    _hide_refused(index, rows, result)
    check_people(rows, pseudonyms, ledger, result)
    return result


def _find_people(index: Index, pseudonyms: KeyedPseudonyms, ledger: Ledger, result: Assignment) -> None:
    """Say whose images each patient is, and what cannot be one person's; of a folder all parts are one person's."""
    parts: dict[int, list[int]] = defaultdict(list)
    for number, part in result.patients.items():
        parts[part.number].append(number)
    for patient in index.patients:
        where, numbers = folder_name(patient, len(index.patients)), parts[patient.number]
        if not patient.series:
            result.problem("warning", where, "The folder holds no image that can be read.")
        most, reason = majority(patient)
        people = [released_person(result.patients[n], most, pseudonyms, ledger) for n in numbers if patient.folder]
        person = next((found for found in people if found != most), most)
        if not patient.folder and not person[1]:
            reason = "loose files without a Patient ID cannot be grouped; put them into folders"
        elif not reason and holds_strangers(patient, person):
            if person[1]:
                result.problem("warning", where, f"The images of the folder have one Patient ID but {STRANGERS}.")
            else:
                reason = f"its images have no Patient ID and {STRANGERS}; separate the patients"
        for number in numbers:
            part = result.patients[number]
            result.people[number] = person if shows(part, person) else majority(part)[0]
            if reason or result.people[number] != person:
                result.refused[number] = reason or STRANGER


def _check_new_ids(
    rows: dict[int, MapRow],
    checks: NewIdChecks,
    pseudonyms: KeyedPseudonyms,
    ledger: Ledger,
    result: Assignment,
) -> None:
    """Say which new IDs of a map show a patient; a warning where the ID is out already, as it cannot change."""
    for number, patient in result.patients.items():
        row = rows.get(number)
        reason = checks.refusal(patient.number, row) if row is not None else None
        if row is None or reason is None:
            continue
        key = folder_key(patient, result.people[number], pseudonyms)
        if key in ledger.released and ledger.patients[key][0] == row.new:
            message = (
                "The new ID shows a patient, but was released before and stays; start a new output if it must not."
            )
            result.problem("warning", row.new_where, message)
        else:
            result.problem("error", row.new_where, f"The new ID cannot be used: {reason}.")


def _draw(
    index: Index, checks: NewIdChecks, pseudonyms: KeyedPseudonyms, ledger: Ledger, result: Assignment
) -> dict[int, MapRow]:
    """Draw random IDs for folders without a map: once, and remembered."""
    keys = _keys(result, pseudonyms)
    here = set(keys.values())
    taken = {new for key, (new, _) in ledger.patients.items() if key not in here}
    rows: dict[int, MapRow] = {}
    names = Counter(clean(patient.folder) for patient in index.patients)
    for number, patient in result.patients.items():
        if patient.folder and names[clean(patient.folder)] > 1:
            message = "The folder's name and another one's differ only by spaces or encoding; rename one of them."
            result.problem("error", folder_name(patient, len(index.patients)), message)
        key = keys[number]
        new = ledger.patients[key][0] if key in ledger.patients else _fresh_id()
        row = MapRow("", new, "", folder_name(patient, len(index.patients)))
        # by chance a drawn ID may hold three letters of a name
        while key not in ledger.released and (row.new in taken or checks.refusal(patient.number, row)):
            row = replace(row, new=_fresh_id())
        taken.add(row.new)
        rows[number] = row
    return rows


def _keys(result: Assignment, pseudonyms: KeyedPseudonyms) -> dict[int, str]:
    """Return the ledger's key of each patient or part."""
    return {n: folder_key(patient, result.people[n], pseudonyms) for n, patient in result.patients.items()}


def _fresh_id() -> str:
    """Draw an ID: random, not derived from anything (45 CFR 164.514(c))."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))


def _name(
    index: Index,
    rows: dict[int, MapRow],
    checks: NewIdChecks,
    pseudonyms: KeyedPseudonyms,
    ledger: Ledger,
    result: Assignment,
) -> None:
    """Turn rows into subjects: serial scans numbered, released IDs held fast."""
    patients = {number: result.patients[number] for number in rows}
    sharing: dict[str, list[int]] = defaultdict(list)
    for number, row in rows.items():
        sharing[row.new].append(number)
    keys = {number: key for number, key in _keys(result, pseudonyms).items() if number in rows}
    for key in set(ledger.patients) - ledger.released:
        del ledger.patients[key]
    for key in ledger.people.keys() - ledger.released - set(keys.values()):  # of whom only the marks are still known
        ledger.names.pop(key, None)
        ledger.over_89.discard(key)
        ledger.images.pop(key, None)
    now = set(keys.values())
    owners: dict[str, set[str]] = defaultdict(set)
    for key in ledger.released:
        owners[ledger.patients[key][0]].add(key)
    named = released_names(ledger)
    for new, numbers in sharing.items():
        sure = [n for n in numbers if n not in result.refused]
        _check_serial([rows[n] for n in sure], [result.people[n] for n in sure], result)
        subjects = {ledger.people[key][1] for key in owners[new] & ledger.people.keys()}
        check_names([(rows[n], keys[n], patients[n]) for n in numbers], owners[new], pseudonyms, ledger, result)
        for number in numbers:
            key, row = keys[number], rows[number]
            where = folder_name(patients[number], len(index.patients))
            person = person_digests(result.people[number], row, result.match, pseudonyms)
            is_own = check_released(row, person, owners[new], now, ledger, result)
            if key not in ledger.released:
                ledger.people[key] = person
            elif patients[number].series:
                check_contents(row, where, person, ledger.people.setdefault(key, person), result)
            known = ledger.patients.get(key)
            if (known and known[0] != new and key in ledger.released) or named.get(person[2], set()) - {new}:
                result.problem(
                    "error",
                    row.where,
                    f"{where} was released under another ID before, or waits to be: a released ID never changes; what "
                    "only waits can be rejected first.",
                )
                continue
            if known is None or known[0] != new:
                ledger.patients.pop(key, None)
                ledger.patients[key] = (new, next_scan(new, is_serial=len(numbers) > 1, ledger=ledger))
            group = date_group(row, person[1], subjects if is_own else set(), result)
            scan = ledger.patients[key][1]
            result.subjects[number] = _subject(patients[number], row, group, scan, key, checks, pseudonyms, result)
    check_groups(rows, result)
    check_accession_numbers(rows, ledger, result)
    share_ages(rows, pseudonyms, ledger, result)
    _share(index, patients, pseudonyms, ledger, result)


def _share(
    index: Index, patients: dict[int, Patient], pseudonyms: KeyedPseudonyms, ledger: Ledger, result: Assignment
) -> None:
    """Let every folder of a person know what the others, damaged files and earlier runs name."""
    _add_damaged(index, result)
    share_originals(result)
    remember(pseudonyms, ledger, result)
    share_first_studies(patients, result)


def _add_damaged(index: Index, result: Assignment) -> None:
    """Let each subject know whom and what the damaged files of its folder name."""
    named: dict[int, set[tuple[int, str]]] = defaultdict(set)
    for stray in index.strays:
        named[stray.patient_number].update(stray.named)
    for number, subject in result.subjects.items():
        if found := named.get(subject.patient_number if subject.folder else 0):
            result.subjects[number] = replace(subject, named=subject.named | found)


def _hide_refused(index: Index, rows: dict[int, MapRow], result: Assignment) -> None:
    """Call a folder by its number where its new ID is refused: the ID may name the patient, and plans are shown."""
    places = {place for p in result.problems if p.severity == "error" for place in p.where.split("; ")}
    refused = {row.new for row in rows.values() if row.columns[1] and row.new_where in places}
    for number, subject in result.subjects.items():
        if subject.deidentification_id in refused:
            name = folder_name(result.patients[number], len(index.patients))
            result.subjects[number] = replace(subject, deidentification_id=name, accession_number="")


def _check_serial(rows: list[MapRow], people: list[Person], result: Assignment) -> None:
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
            "The De-identification_ID stands for several folders whose Patient IDs differ; "
            "give each its own ID, or add a column Subject that says they are one person.",
        )


def _subject(
    patient: Patient,
    row: MapRow,
    group: str,
    scan: int,
    key: str,
    checks: NewIdChecks,
    pseudonyms: KeyedPseudonyms,
    result: Assignment,
) -> Subject:
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
        is_over_89=any((i.patient_age_years or 0) > 89 for series in patient.series for i in series.instances),
        original="" if result.match == "folder" else row.old,
        identifiers=checks.identifiers(patient.number),
        named=frozenset(one for series in patient.series for i in series.instances for one in i.named),
        birth_date=row.birth_date,
        sex=row.sex,
    )
