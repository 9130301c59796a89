# SPDX-License-Identifier: Apache-2.0
"""Matching: whom a row of the map names, by folder, by Patient ID or by accession number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from SlicerDeidLib.identity.rows import MapRow, Match
from SlicerDeidLib.identity.subjects import SubjectMap
from SlicerDeidLib.identity.tables import clean
from SlicerDeidLib.model.instance import Index, Patient, Series
from SlicerDeidLib.planning.assignment import Assignment, Person, folder_name


@dataclass(frozen=True, slots=True)
class _Way:
    """One way of matching.

    Attributes
    ----------
    original : callable
        Patient, and the person whose images they are -> what the map may call them; empty where nothing is.
    kind, holder : str
        What the map's first column names, and what a folder with such a one is called.
    nameless, rowless : str
        What is said of images that no row can name, and of those that none does.
    """

    original: Callable[[Patient, Person], str]
    kind: str
    holder: str
    nameless: str
    rowless: str


_WAYS: Mapping[Match, _Way] = {
    "folder": _Way(
        lambda patient, _: patient.folder,
        "folder",
        "{}",
        "Files at the top of the input belong to no row of the map; put them into a folder named as in the map, or "
        "name patients by what the headers say (--match).",
        "The folder has no row in the map and is left alone; add a row to release it.",
    ),
    "patient-id": _Way(
        lambda _, person: person[1],
        "Patient ID",
        "the Patient ID of {}",
        "No Patient ID is that of most of its images, and they are left alone; separate the patients, or match by "
        "folder.",
        "The Patient ID of its images has no row in the map, and they are left alone; add a row to release them.",
    ),
    "accession": _Way(
        lambda patient, _: patient.accession_number,
        "accession number",
        "an accession number of {}",
        "It holds images without an accession number, which no row of the map can name; they are left alone.",
        "It holds images with an accession number that has no row in the map; they are left alone: add a row to "
        "release them.",
    ),
}
_TORN = "It holds a series whose images have several accession numbers, or one and none; such a series is left alone."


def parts_of(index: Index, match: Match) -> dict[int, Patient]:
    """Return what one row each may name, by a number from 1: patients, or their images of one accession number.

    A series in which accession numbers differ is in no part.
    """
    if match != "accession":
        return dict(enumerate(index.patients, start=1))
    parts = []
    for patient in index.patients:
        by_number: dict[str, list[Series]] = {}
        for series in patient.series:
            found = _accession_numbers(series)
            if len(found) == 1:
                by_number.setdefault(found.pop(), []).append(series)
        parts += [
            replace(patient, series=tuple(series), accession_number=number)
            for number, series in sorted(by_number.items())
        ]
    return dict(enumerate(parts, start=1))


def match_rows(index: Index, subject_map: SubjectMap, result: Assignment) -> dict[int, MapRow]:
    """Find the row of each patient or part; what has no row, and rows that name nothing, are said."""
    way = _WAYS[subject_map.match]
    by_name = {clean(row.old): row for row in subject_map.rows if row.old}
    total, rows, alone = len(index.patients), {}, []
    said: dict[tuple[str, str], None] = {}  # once for all accession numbers of a folder
    used: dict[str, list[int]] = defaultdict(list)
    folders = {clean(patient.folder) for patient in index.patients}
    for number, patient in result.patients.items():
        where, name = folder_name(patient, total), clean(way.original(patient, result.people[number]))
        if subject_map.match == "folder" and name not in by_name and clean(patient.label) not in folders:
            name = clean(patient.label)  # a zip without .zip, where no folder is called so
        if name not in by_name:
            said[where, way.rowless if name else way.nameless] = None
            alone.append((way.holder.format(where), name))
        else:
            rows[number] = by_name[name]
            used[name].append(number)
    if subject_map.match == "accession":
        torn = [p for p in index.patients if any(len(_accession_numbers(series)) > 1 for series in p.series)]
        said.update({(folder_name(patient, total), _TORN): None for patient in torn})
    for where, message in said:
        result.problem("warning", where, message)
    for row in subject_map.rows:
        if row.old and clean(row.old) not in used:
            hint = _hint(row, alone)
            result.problem("warning", row.where, f"The row names no {way.kind} of the input; {hint}.")
    if subject_map.match == "folder":
        _refuse_twins(rows, used, total, result)
    else:
        _refuse_disputed(index, used, subject_map.match, result)
    if subject_map.match == "accession":
        _refuse_split_studies(rows, result)
    return rows


def _accession_numbers(series: Series) -> set[str]:
    return {clean(instance.accession_number) for instance in series.instances}


def _refuse_twins(rows: Mapping[int, MapRow], used: Mapping[str, list[int]], total: int, result: Assignment) -> None:
    """Find folders whose names are one to the map."""
    for numbers in used.values():
        for number in numbers[1:]:
            where = folder_name(result.patients[number], total)
            message = f"{where} and another folder differ only by spaces or .zip; rename one of them."
            result.problem("error", rows[number].where, message)


def _refuse_disputed(index: Index, used: Mapping[str, list[int]], match: Match, result: Assignment) -> None:
    """Refuse what one row names of two persons: the headers say whose it is, and they do not agree."""
    holders: dict[str, set[str]] = defaultdict(set)
    if match == "accession":  # in one folder too, where the part is the majority's
        for instance in (i for patient in index.patients for s in patient.series for i in s.instances if i.patient_id):
            holders[clean(instance.accession_number)].add(instance.patient_id)
    for name, numbers in used.items():
        if len(holders[name]) > 1 or len({result.people[number] for number in numbers}) > 1:
            for number in numbers:
                reason = f"its {_WAYS[match].kind} is also that of images of another patient; separate them"
                result.refused[number] = reason


def _refuse_split_studies(rows: Mapping[int, MapRow], result: Assignment) -> None:
    """Refuse studies that several accession numbers would put under different new IDs: their UID would join these."""
    studies = {n: {one.study_instance_uid for s in result.patients[n].series for one in s.instances} for n in rows}
    ids: dict[str, set[str]] = defaultdict(set)
    for number, row in rows.items():
        for uid in studies[number]:
            ids[uid].add(row.new)
    for number in rows:
        if any(len(ids[uid]) > 1 for uid in studies[number] if uid):
            reason = "its study has several accession numbers, to which the map gives different new IDs; give them one"
            result.refused.setdefault(number, reason)


def _hint(row: MapRow, alone: Sequence[tuple[str, str]]) -> str:
    """Say what may have happened to a row that names nothing.

    Parameters
    ----------
    alone : sequence of (str, str)
        What has no row: how messages call it, and its name.
    """
    old = clean(row.old)
    meant = dict.fromkeys(
        where
        for where, name in alone
        if old.isdecimal() and len(name) > len(old) and name.lstrip("0") == old.lstrip("0")
    )
    if not meant:
        return "nothing is done for it"
    return (
        f"{' and '.join(meant)} would be it but for leading zeros, which a cell loses that holds a number: format the "
        "column as text and enter it again"
    )
