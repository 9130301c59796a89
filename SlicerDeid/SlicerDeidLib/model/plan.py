# SPDX-License-Identifier: Apache-2.0
"""Subject, SeriesPlan, Problem and Plan: what will happen, complete, printable, picklable."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from pathlib import Path

from .instance import Index, Instance, Series
from .policy import Policy

MARK_TAG_BYTES, MARK_DIGEST_BYTES = 4, 5
"""Lengths of a mark's parts: whose tag, and what it was; the ledger holds some 50 per person."""
_FOUND = {"released": "are released already", "waiting": "wait to be accepted"}


class Verdict(Enum):
    """What will happen to a series."""

    RELEASE = "release"
    LEAVE_OUT = "leave out"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who becomes whom: one patient folder and its new ID.

    Attributes
    ----------
    deidentification_id : str
        The new ID: PatientID and the output folder. "folder 17 of 300" where the new ID is refused, since it may name
        the patient; such a plan has an error and is not run.
    accession_number : str
        The new AccessionNumber (at most 16 characters, VR SH).
    group : str
        What all folders of one person share: the input of the date offset.
    scan : int
        0 for a subject with one folder; 1, 2... for serial scans.
    is_over_89 : bool
        Whether any study shows an age of 90 or more: then every study's age becomes ``090Y``.
    key : str
        Keyed digest by which the ledger knows the folder.
    first_study : date or None
        The earliest Study Date of all folders of the person in this input.
    original : str
        The Patient ID or accession number that the map's row names; empty where it names the folder.
    birth_date, sex : str
        What the map says is to be written as Patient's Birth Date (DA) and Patient's Sex; empty where it does not.
    identifiers : frozenset of str
        Original values of the person that no released byte may hold: folders, IDs, accession numbers, names.
    named : frozenset of (int, str)
        People, numbers and places that any header of the person's folders names: tag and value.
    remembered : frozenset of bytes
        Marks of what earlier runs knew of the person and this input does not show.
    """

    folder: str = field(repr=False)
    patient_number: int
    deidentification_id: str
    accession_number: str
    group: str = field(repr=False)
    key: str
    scan: int = 0
    is_over_89: bool = field(default=False, repr=False)
    identifiers: frozenset[str] = field(default=frozenset(), repr=False)
    named: frozenset[tuple[int, str]] = field(default=frozenset(), repr=False)
    remembered: frozenset[bytes] = field(default=frozenset(), repr=False)
    first_study: date | None = field(default=None, repr=False)
    birth_date: str = field(default="", repr=False)
    sex: str = field(default="", repr=False)
    original: str = field(default="", repr=False)

    @property
    def origin(self) -> str:
        """The folder, and what the map's row names where that is something else; an original name."""
        folder = self.folder or "loose files"
        return f"{folder}: {self.original}" if self.original else folder


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """What will happen to one series.

    Attributes
    ----------
    deface, text : str
        The methods that will run: ``"auto"`` lets the pixels decide between none and refusal.
    targets : tuple of str
        One path below OUT (POSIX) per released instance, in the order of ``instances``.
    instances : tuple of Instance
        The instances that will be released.
    left_out : tuple of (Instance, str)
        Single instances that will not be, and why.
    notes : tuple of str
        What the user should know although the series will be released.
    frames : bool
        Whether its images are worked on frame by frame; otherwise its slices make one volume.
    is_unexamined : bool
        Whether nobody will look at its content.
    head : str
        Keyed digest of study and frame of reference: series that share it show one head in one place, and lose what
        any of them loses. Empty where no head is defaced as a volume.
    borrows : bool
        Whether it shows too little of a head by itself, so that its mask comes from other series of the head.
    lender : int or None
        Number of a series of the same study in another frame of reference, where none of its own can give the mask.
    found : str
        ``"released"`` or ``"waiting"`` where an earlier run made it and a run would leave it as it is; else empty.
    made_with : dict of str to str
        What was done to it then, by option of the command line.
    is_otherwise : bool
        Whether what an earlier run made of it is there, and is not what a run would leave: it would make it anew where
        it waits or is not whole, and let it stay, refused, where it was released.
    is_settled : bool
        Whether no other policy would change the verdict: it was chosen to stay out, is another person's, or may lack
        images.
    """

    series: Series
    subject: Subject
    verdict: Verdict
    reason: str = ""
    deface: str = "none"
    text: str = "off"
    instances: tuple[Instance, ...] = ()
    targets: tuple[str, ...] = ()
    left_out: tuple[tuple[Instance, str], ...] = ()
    notes: tuple[str, ...] = ()
    frames: bool = False
    is_unexamined: bool = False
    head: str = ""
    borrows: bool = False
    lender: int | None = None
    found: str = ""
    made_with: dict[str, str] = field(default_factory=dict)
    is_otherwise: bool = False
    is_settled: bool = False

    @property
    def is_to_do(self) -> bool:
        """Whether a run makes it."""
        return self.verdict is Verdict.RELEASE and not self.found


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a human must see first.

    Attributes
    ----------
    severity : str
        ``"error"`` stops the run before anything is written; ``"warning"`` does not.
    where : str
        A new ID, "sheet 'Sheet1', row 12" or "folder 17 of 300"; never an original name.
    message : str
        One sentence.
    """

    severity: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """What earlier runs gave away, so that a released ID, number or folder name never changes.

    With ``--match accession`` the part of a folder with one accession number stands for the folder.

    Attributes
    ----------
    patients : dict of str to (str, int)
        Keyed digest of a patient folder -> (new ID, number of the serial scan or 0).
    series : dict of str to dict of str to int
        Keyed digest of a patient folder -> {keyed digest of Series Instance UID and PatientID: our number}.
    folders : dict of str to dict of str to str
        Keyed digest of a patient folder -> {original sub-folder (POSIX): name below OUT}.
    released : set of str
        Keyed digests of the patient folders of which something was released, or waits: their ID never changes.
    people : dict of str to list of str
        Keyed digest of a patient folder -> keyed digests of the person's Patient ID, of what the column Subject says,
        and of the Patient ID or accession number that the map's row names, each empty where there is none: a released
        ID goes on to nobody else, and a released folder is of nobody else. Once something of the folder was released
        they stay as they were then.
    names : dict of str to list of str
        Keyed digest of a patient folder -> keyed digests of the words of names, birth date and other IDs in it, as they
        were when something of it was released first: one Patient ID may stand for two persons.
    over_89 : set of str
        Keyed digests of the patient folders in which a study shows an age of 90 or more; it then holds for the person.
    images : dict of str to dict of str to list of str
        Keyed digest of a patient folder -> {our number of a series: keyed digests of some of its SOP Instance UIDs}, of
        series that were released or are about to be.
    marks : dict of str to frozenset of bytes
        Keyed digest of a patient folder -> tags, each with a short keyed digest, of the names, numbers and places that
        its files ever named, by which they are known when nothing in the input names them any more.
    owner : str
        Keyed digest of the release's name, and of whether rows name accession numbers: another key or release, or a
        map of the other kind, cannot go on with this ledger. Empty in a new one.
    """

    patients: dict[str, tuple[str, int]] = field(default_factory=dict, repr=False)
    series: dict[str, dict[str, int]] = field(default_factory=dict, repr=False)
    folders: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    released: set[str] = field(default_factory=set, repr=False)
    people: dict[str, list[str]] = field(default_factory=dict, repr=False)
    names: dict[str, list[str]] = field(default_factory=dict, repr=False)
    over_89: set[str] = field(default_factory=set, repr=False)
    images: dict[str, dict[str, list[str]]] = field(default_factory=dict, repr=False)
    marks: dict[str, frozenset[bytes]] = field(default_factory=dict, repr=False)
    owner: str = ""

    def remembering(self, grown: Ledger) -> Ledger:
        """Return this ledger with what a grown one knows of names, and of whose they are; it gives nothing away."""
        return replace(self, marks=dict(grown.marks), people=dict(grown.people))


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole run before it happens.

    Attributes
    ----------
    key : bytes
        The project's secret.
    private : Path or None
        The project's private folder; None lets the run choose it by the output folder.
    ledger : Ledger
        The ledger as it will be once this plan has run.
    ledger_before : Ledger
        The ledger that the plan was made with: a run refuses to write over any other.
    release : str
        Name of the release; two releases share no UID, ID or date offset.
    file_sets : dict of str to tuple of Path, or None
        Folders below OUT (POSIX, ``"."`` for OUT itself) that get a DICOMDIR of what is released below them -> the
        DICOMDIRs below the input that are redacted for it; none: it is written anew. None: OUT holds none, and those
        that an earlier run wrote go.
    only : frozenset of str
        The new IDs of the only subjects that this is a plan of; empty: of all.
    """

    index: Index = field(repr=False)
    policy: Policy = field(repr=False)
    series: tuple[SeriesPlan, ...]
    problems: tuple[Problem, ...]
    key: bytes = field(repr=False)
    private: Path | None = field(default=None, repr=False)
    ledger: Ledger = field(default_factory=Ledger, repr=False)
    ledger_before: Ledger = field(default_factory=Ledger, repr=False)
    release: str = ""
    file_sets: dict[str, tuple[Path, ...]] | None = field(default_factory=dict, repr=False)
    only: frozenset[str] = frozenset()

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that stop the run."""
        return tuple(p for p in self.problems if p.severity == "error")

    def is_of(self, deidentification_id: str) -> bool:
        """Tell whether this is a plan of that subject, too."""
        return not self.only or deidentification_id in self.only

    def count(self, verdict: Verdict) -> int:
        """How many series have ``verdict``."""
        return sum(s.verdict is verdict for s in self.series)

    def summary(self) -> str:
        """Say in one line what will happen."""
        to_do = [series for series in self.series if series.is_to_do]
        subjects = {series.subject.deidentification_id for series in to_do}
        instances = sum(len(series.instances) for series in to_do)
        counts = {word: sum(s.found == found for s in self.series) for found, word in _FOUND.items()}
        found = "".join(f"{count} {word}; " for word, count in counts.items() if count)
        unexamined = sum(s.is_unexamined for s in self.series)
        unseen = f"{unexamined} series hold content that nobody looks at; " if unexamined else ""
        return (
            f"{len(to_do)} of {len(self.series)} series ({instances} instances) of {len(subjects)} "
            f"subjects will be released with policy {self.policy.name}; {found}{self.count(Verdict.REFUSE)} refused, "
            f"{self.count(Verdict.LEAVE_OUT)} left out; {unseen}{len(self.errors)} errors."
        )
