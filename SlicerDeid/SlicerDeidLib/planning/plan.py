# SPDX-License-Identifier: Apache-2.0
"""Index + policy + map -> Plan: everything is decided here, nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from SlicerDeidLib.errors import OutputError
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.identity.secret import read_key
from SlicerDeidLib.identity.subjects import SubjectMap
from SlicerDeidLib.model.instance import Index, Patient, Series
from SlicerDeidLib.model.plan import Ledger, Plan, Problem, SeriesPlan, Subject, Verdict
from SlicerDeidLib.model.policy import Policy
from SlicerDeidLib.output.ledger import read_ledger
from SlicerDeidLib.planning.assignment import Assignment, Person, folder_name
from SlicerDeidLib.planning.layout import Layout
from SlicerDeidLib.planning.persons import STRANGER
from SlicerDeidLib.planning.releasedimages import ReleasedImages
from SlicerDeidLib.planning.subjects import assign
from SlicerDeidLib.planning.verdicts import judge

_TORN = frozenset({"damaged", "unreadable"})


def plan(
    index: Index,
    policy: Policy,
    subject_map: SubjectMap | None = None,
    *,
    key: bytes | None = None,
    private: Path | None = None,
    release: str = "",
    subjects: Collection[str] = (),
    leave_out: Collection[str] = (),
) -> Plan:
    """Decide what will happen to every series.

    Parameters
    ----------
    subject_map : SubjectMap, optional
        Who becomes whom; without it every folder gets a random ID, drawn once per private folder.
    key : bytes, optional
        The project's secret; None reads (or makes) the user's own.
    private : Path, optional
        The project's private folder, whose ledger holds IDs and numbers of earlier runs.
    subjects : collection of str
        Only these new IDs; empty means all.
    leave_out : collection of str
        Series that stay out: ``"ID/SERIES"``, of serial scans ``"ID/SCAN/SERIES"``.

    Raises
    ------
    OutputError, KeyFileError
        If the ledger or the key cannot be read. Conflicts in the map do not raise: they are ``Plan.problems``.
    """
    secret = read_key(None) if key is None else key
    pseudonyms = KeyedPseudonyms(secret, release, policy.keep_time_of_day)
    before = read_ledger(private)
    is_split = subject_map is not None and subject_map.match == "accession"
    whole, split = (pseudonyms.digest("release", name) for name in (release, f"{release}\0accession"))
    ledger = _own(before, *((split, whole) if is_split else (whole, split)))
    assignment = assign(index, subject_map, pseudonyms, ledger)
    problems = list(assignment.problems)
    duplicates = _duplicates(index)
    torn = frozenset(stray.path.parent for stray in index.strays if stray.kind in _TORN)
    images = ReleasedImages(ledger, pseudonyms)
    series_plans: list[SeriesPlan] = []
    for number, patient in assignment.patients.items():
        subject = assignment.subjects.get(number)
        if subject is None or (subjects and subject.deidentification_id not in subjects):
            continue
        reason, person = assignment.refused.get(number, ""), assignment.people[number]
        series_plans += _plan_patient(
            patient, subject, reason, person, policy, duplicates, torn, pseudonyms, images, ledger, leave_out
        )
    problems += _unknown_subjects(subjects, assignment)
    problems += _unknown_series(leave_out, series_plans)
    problems += _stray_problems(index)
    return Plan(index, policy, tuple(series_plans), tuple(problems), secret, private, ledger, before, release)


def _plan_patient(
    patient: Patient,
    subject: Subject,
    refused: str,
    person: Person,
    policy: Policy,
    duplicates: frozenset[str],
    torn: frozenset[Path],
    pseudonyms: KeyedPseudonyms,
    images: ReleasedImages,
    ledger: Ledger,
    leave_out: Collection[str],
) -> list[SeriesPlan]:
    """Plan all series of one patient, or of what a row names of one."""
    layout = Layout(patient, subject, ledger.folders.setdefault(subject.key, {}))
    numbers = ledger.series.setdefault(subject.key, {})
    plans = []
    for series in _numbered(patient, numbers, pseudonyms):
        if place_of(subject, series) in leave_out:
            plans.append(SeriesPlan(series, subject, Verdict.LEAVE_OUT, "it was chosen to stay out"))
            continue
        reason = refused or _stranger(series, person) or _incomplete(series, torn)
        if reason:
            plans.append(SeriesPlan(series, subject, Verdict.REFUSE, reason))
            continue
        judgement = judge(series, policy, duplicates)
        if judgement.verdict is Verdict.RELEASE:
            reason = images.take(subject.key, series.number, judgement.instances)
        if reason:
            plans.append(SeriesPlan(series, subject, Verdict.REFUSE, reason))
            continue
        targets = tuple(
            layout.target(series, number, layout.folder_parts(instance.path.parts))
            for number, instance in enumerate(judgement.instances, start=1)
        )
        plans.append(
            SeriesPlan(
                series,
                subject,
                judgement.verdict,
                judgement.reason,
                judgement.deface,
                judgement.text,
                tuple(judgement.instances),
                targets,
                tuple(judgement.left_out),
                tuple(judgement.notes),
                judgement.frames,
            )
        )
    return plans


def place_of(subject: Subject, series: Series) -> str:
    """Return how a series is named without any original value: ``"ID/SERIES"`` or ``"ID/SCAN/SERIES"``."""
    scan = f"/{subject.scan}" if subject.scan else ""
    return f"{subject.deidentification_id}{scan}/{series.number}"


def _numbered(patient: Patient, numbers: dict[str, int], pseudonyms: KeyedPseudonyms) -> list[Series]:
    """Give each series its number: the one it had in an earlier run, else the next free one."""
    numbered = []
    for series in patient.series:
        first = series.instances[0]
        digest = pseudonyms.digest(
            "series", "\0".join((series.series_instance_uid, first.issuer_of_patient_id, first.patient_id))
        )
        number = numbers.setdefault(digest, max(numbers.values(), default=0) + 1)
        numbered.append(replace(series, number=number))
    return sorted(numbered, key=lambda series: series.number)


def _stranger(series: Series, person: Person) -> str:
    """Say why a series of another person than the folder's is refused."""
    if any((i.issuer_of_patient_id, i.patient_id) != person for i in series.instances):
        return STRANGER
    return ""


def _incomplete(series: Series, torn: frozenset[Path]) -> str:
    """Say why a series that lies beside a damaged file is refused."""
    if any(instance.path.parent in torn for instance in series.instances):
        return (
            "a file in its folder is damaged or cannot be read, so it may lack an image; mend the file or take it away"
        )
    return ""


def _duplicates(index: Index) -> frozenset[str]:
    """Return SOP Instance UIDs that stand in more than one file (identical copies are gone already)."""
    counts = Counter(
        instance.sop_instance_uid
        for patient in index.patients
        for series in patient.series
        for instance in series.instances
        if instance.sop_instance_uid
    )
    return frozenset(uid for uid, count in counts.items() if count > 1)


def _unknown_subjects(subjects: Collection[str], assignment: Assignment) -> list[Problem]:
    known = {subject.deidentification_id for subject in assignment.subjects.values()}
    return [
        Problem(
            "error",
            "--subjects",
            f"{len(missing)} of the named subjects are new IDs of no folder; check their spelling.",
        )
        for missing in [set(subjects) - known]
        if missing
    ]


def _unknown_series(leave_out: Collection[str], series_plans: Sequence[SeriesPlan]) -> list[Problem]:
    missing = set(leave_out) - {place_of(planned.subject, planned.series) for planned in series_plans}
    message = f"{len(missing)} of the named series are none of the plan; name them as ID/SERIES."
    return [Problem("error", "--leave-out", message)] if missing else []


def _stray_problems(index: Index) -> list[Problem]:
    """Count the strays per folder and reason."""
    total = len(index.patients)
    names = {patient.number: folder_name(patient, total) for patient in index.patients}
    counts = Counter((stray.patient_number, stray.reason) for stray in index.strays)
    return [
        Problem(
            "warning", names.get(number, "top of the input"), f"{count} file{'s' * (count > 1)} left out: {reason}."
        )
        for (number, reason), count in sorted(counts.items())
    ]


def _own(ledger: Ledger, owner: str, other: str) -> Ledger:
    """Return a copy to grow, if it belongs to this key, release and way of matching.

    Parameters
    ----------
    owner, other : str
        Whom it must serve, and whom it would if accession numbers named parts of folders, or did not: what is one
        subject then is several.

    Raises
    ------
    OutputError
        If it belongs to others: nothing in it would be recognised, and everybody released a second time.
    """
    if ledger.owner == other:
        raise OutputError(
            "The private folder belongs to a map that is matched otherwise: choose the --match that it was made with "
            "(accession, or one of the others), or another output and private folder."
        )
    if ledger.owner not in ("", owner):
        raise OutputError(
            "The private folder belongs to another key or release; name the key and release that it was made with, "
            "or another output and private folder."
        )
    return Ledger(
        dict(ledger.patients),
        {key: dict(numbers) for key, numbers in ledger.series.items()},
        {key: dict(names) for key, names in ledger.folders.items()},
        set(ledger.released),
        {key: list(digests) for key, digests in ledger.people.items()},
        {key: list(words) for key, words in ledger.names.items()},
        set(ledger.over_89),
        {key: dict(series) for key, series in ledger.images.items()},
        owner,
    )
