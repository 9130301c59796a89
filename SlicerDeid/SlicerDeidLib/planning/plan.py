# SPDX-License-Identifier: Apache-2.0
"""Index + policy + map -> Plan: everything is decided here, nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from SlicerDeidLib.errors import OutputError
from SlicerDeidLib.formats.dicom.dicomdir import DICOMDIR
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.identity.secret import read_key
from SlicerDeidLib.identity.subjects import SubjectMap
from SlicerDeidLib.model.instance import Index, Patient, Series
from SlicerDeidLib.model.plan import Ledger, Plan, Problem, SeriesPlan, Subject, Verdict
from SlicerDeidLib.model.policy import Policy
from SlicerDeidLib.output.ledger import read_ledger
from SlicerDeidLib.planning.assignment import Assignment, Person, folder_name
from SlicerDeidLib.planning.faceprotocols import face_problems
from SlicerDeidLib.planning.filesets import check_choice, file_sets
from SlicerDeidLib.planning.heads import with_heads
from SlicerDeidLib.planning.layout import Layout
from SlicerDeidLib.planning.persons import STRANGER
from SlicerDeidLib.planning.releasedimages import ReleasedImages
from SlicerDeidLib.planning.replanning import duplicates_of, judged_series
from SlicerDeidLib.planning.stripping import strip_problems
from SlicerDeidLib.planning.subjects import assign

_INSTEAD = {
    "drop": "; --dicomdir rebuild writes one of what is released in its place",
    "rebuild": "; one of what is released is written in its place, which programs that use DCMTK may not follow",
    "redact": "; it is written at equal length with what the released files say, unless that has no space in it",
}
_TORN = frozenset({"damaged", "unreadable", "zip"})


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
    dicomdir: str = "drop",
    only: Collection[str] = (),
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
    dicomdir : str
        ``"drop"``: OUT holds none; ``"rebuild"``: where the input has a DICOMDIR, OUT gets one of what is released;
        ``"redact"``: it gets the input's own, each value replaced at equal length.
    only : collection of str
        Only these series; empty means all.

    Raises
    ------
    PlanError, OutputError, KeyFileError
        If ``dicomdir`` is another word, or the ledger or key cannot be read; conflicts in the map are in ``problems``.
    """
    check_choice(dicomdir)
    secret = read_key(None) if key is None else key
    pseudonyms = KeyedPseudonyms(secret, release, policy.keep_time_of_day)
    before = read_ledger(private)
    ledger = _own_of(before, release, subject_map, pseudonyms)
    assignment = assign(index, subject_map, pseudonyms, ledger)
    planner = _Planner(index, policy, pseudonyms, ledger, frozenset(leave_out), frozenset(only))
    wanted = frozenset(subjects) or frozenset(place.split("/")[0] for place in only)
    series_plans = planner.plan_patients(assignment, wanted)
    problems = [
        *assignment.problems,
        *_unknown_subjects(subjects, assignment),
        *_series_problems(leave_out, only, series_plans, policy),
        *_stray_problems(index, _INSTEAD[dicomdir]),
    ]
    media = file_sets(index, (one.subject for one in series_plans), ledger, dicomdir)
    return Plan(
        index, policy, tuple(series_plans), tuple(problems), secret, private, ledger, before, release, media, wanted
    )


class _Planner:
    """What is the same for all patients of a plan."""

    def __init__(
        self,
        index: Index,
        policy: Policy,
        pseudonyms: KeyedPseudonyms,
        ledger: Ledger,
        leave_out: frozenset[str],
        only: frozenset[str],
    ) -> None:
        self._policy, self._duplicates = policy, duplicates_of(index)
        self._torn = frozenset(stray.path.parent for stray in index.strays if stray.kind in _TORN)
        self._pseudonyms, self._ledger = pseudonyms, ledger
        self._leave_out, self._only = leave_out, only
        self._images = ReleasedImages(ledger, pseudonyms)

    def plan_patients(self, assignment: Assignment, wanted: Collection[str]) -> list[SeriesPlan]:
        """Plan all series of those who have a new ID, or of ``wanted`` alone."""
        planned: list[SeriesPlan] = []
        for number, patient in assignment.patients.items():
            subject = assignment.subjects.get(number)
            if subject is not None and (not wanted or subject.deidentification_id in wanted):
                refused, person = assignment.refused.get(number, ""), assignment.people[number]
                planned += self._plan_patient(patient, subject, refused, person)
        return planned

    def _plan_patient(self, patient: Patient, subject: Subject, refused: str, person: Person) -> list[SeriesPlan]:
        """Plan all series of one patient, or of what a row names of one."""
        layout = Layout(patient, subject, self._ledger.folders.setdefault(subject.key, {}))
        numbers = self._ledger.series.setdefault(subject.key, {})
        planned = []
        for series in _numbered(patient, numbers, self._pseudonyms):
            place = place_of(subject, series)
            if place in self._leave_out or (self._only and place not in self._only):
                reason = "it was chosen to stay out"
                planned.append(SeriesPlan(series, subject, Verdict.LEAVE_OUT, reason, is_settled=True))
            elif reason := refused or _stranger(series, person) or _incomplete(series, self._torn):
                planned.append(SeriesPlan(series, subject, Verdict.REFUSE, reason, is_settled=True))
            else:
                planned.append(self._judged(series, subject, layout))
        return with_heads(planned, self._policy, self._pseudonyms)

    def _judged(self, series: Series, subject: Subject, layout: Layout) -> SeriesPlan:
        """Plan a series of which nothing is known that keeps it from being released."""
        planned = judged_series(series, subject, self._policy, self._duplicates, self._images)
        targets = tuple(
            layout.target(series, number, layout.folder_parts(instance.path.parts))
            for number, instance in enumerate(planned.instances, start=1)
        )
        return replace(planned, targets=targets)


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


def _series_problems(
    leave_out: Collection[str], only: Collection[str], series_plans: Sequence[SeriesPlan], policy: Policy
) -> list[Problem]:
    """Return what is wrong with the series that are named, asked about others, and missing for them."""
    return [
        *_unknown_series("--leave-out", leave_out, series_plans),
        *_redone_problems(only, series_plans, policy),
        *face_problems(series_plans),
        *strip_problems(series_plans, policy.deface),
    ]


def _unknown_series(option: str, named: Collection[str], series_plans: Sequence[SeriesPlan]) -> list[Problem]:
    missing = set(named) - {place_of(planned.subject, planned.series) for planned in series_plans}
    message = f"{len(missing)} of the named series are none of the plan; name them as ID/SERIES."
    return [Problem("error", option, message)] if missing else []


def _redone_problems(only: Collection[str], series_plans: Sequence[SeriesPlan], policy: Policy) -> list[Problem]:
    """Refuse what is none of the plan, and objects by themselves: what they may tell depends on images beside them."""
    objects = [
        planned
        for planned in series_plans
        if place_of(planned.subject, planned.series) in only
        and any(policy.dispositions[one.sop_class_uid].objects != "images" for one in planned.instances)
    ]
    message = f"{len(objects)} of the named series hold no images but what was made from them; run all series again."
    return _unknown_series("--redo", only, series_plans) + ([Problem("error", "--redo", message)] if objects else [])


def _stray_problems(index: Index, of_dicomdirs: str) -> list[Problem]:
    """Count the strays per folder and reason."""
    total = len(index.patients)
    names = {patient.number: folder_name(patient, total) for patient in index.patients}
    instead = {DICOMDIR: of_dicomdirs}
    counts = Counter((stray.patient_number, stray.reason + instead.get(stray.kind, "")) for stray in index.strays)
    return [
        Problem(
            "warning", names.get(number, "top of the input"), f"{count} file{'s' * (count > 1)} left out: {reason}."
        )
        for (number, reason), count in sorted(counts.items())
    ]


def _own_of(ledger: Ledger, release: str, subject_map: SubjectMap | None, pseudonyms: KeyedPseudonyms) -> Ledger:
    """Return a copy to grow, if it belongs to this key, release and way of matching.

    Raises
    ------
    OutputError
        If it belongs to others: nothing in it would be recognised, and everybody released a second time.
    """
    whole, split = (pseudonyms.digest("release", name) for name in (release, f"{release}\0accession"))
    is_split = subject_map is not None and subject_map.match == "accession"  # then one subject is several
    owner, other = (split, whole) if is_split else (whole, split)
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
        dict(ledger.marks),
        owner,
    )
