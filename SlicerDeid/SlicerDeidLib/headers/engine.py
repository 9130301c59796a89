# SPDX-License-Identifier: Apache-2.0
"""HeaderEngine: a whole header de-identified in place, and what was changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

from pydicom.datadict import dictionary_VR

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.headers import act, filemeta
from SlicerDeidLib.headers.ages import TOP_AGE_YEARS
from SlicerDeidLib.headers.codes import (
    CODE_PARTS,
    VALUES,
    is_no_code,
    is_no_scheme,
    is_of_public_scheme,
    is_public_code,
)
from SlicerDeidLib.headers.content import ItemReferences, has_references
from SlicerDeidLib.headers.dates import Shifter, bare_days, days_in, parse_zone
from SlicerDeidLib.headers.decisions import decide
from SlicerDeidLib.headers.freetext.values import TextCleaner
from SlicerDeidLib.headers.intervals import INTERVAL_TAGS, write_interval
from SlicerDeidLib.headers.keptuids import KeptUids
from SlicerDeidLib.headers.numberdates import Days
from SlicerDeidLib.headers.private import NOBODYS, drop_halves
from SlicerDeidLib.headers.search.remembered import NO_ATTRIBUTE, Remembered, parts_of_mark
from SlicerDeidLib.headers.search.sweep import CLEAN, CODED, CONCEPT, UIDS, Family, Sweeper, suspicious_paths, uids_in
from SlicerDeidLib.headers.select import RuleBook, TypeOf, keyword_of
from SlicerDeidLib.headers.stamp import MARKED
from SlicerDeidLib.headers.step import Step
from SlicerDeidLib.headers.steps import Level
from SlicerDeidLib.headers.substitute import invent
from SlicerDeidLib.headers.uidnumbers import UidNumbers
from SlicerDeidLib.model.element import Element, Elements, tag_text
from SlicerDeidLib.model.plan import Subject
from SlicerDeidLib.model.policy import ActionCode, Policy
from SlicerDeidLib.model.protocols import Pseudonyms
from SlicerDeidLib.model.record import Change
from SlicerDeidLib.standard import tables
from SlicerDeidLib.standard.identifying import SHOWN
from SlicerDeidLib.standard.tables import CONTENT_SEQUENCE

__all__ = ["HeaderContext", "HeaderEngine", "deidentify", "engine_of", "leaks"]

_SOP_CLASS_UID = 0x00080016
_BIRTH_DATE, _SEX = 0x00100030, 0x00100040
_ZONE = 0x00080201  # Timezone Offset From UTC
_NEW_IDS = {0x00080050: "SH", 0x00100010: "PN", 0x00100020: "LO"}  # added where the IOD wants them and they are missing
_STUDY_DATE = 0x00080020
_WHOLE = MARKED | {_SOP_CLASS_UID, _BIRTH_DATE, _SEX, _ZONE, act.CHARSET, CONTENT_SEQUENCE}
_OF_INTERVALS = frozenset({_STUDY_DATE, *INTERVAL_TAGS})
_CODE_MEANING, _LONG_CODE = 0x00080104, 0x00080119
_BORN = re.compile(r"(\d{4})[.\-/]?(\d\d)[.\-/]?(\d\d)")  # DA, and as careless devices write it
_MOST_ENGINES = 64  # policies times SOP classes in one process


@dataclass(slots=True)
class HeaderContext:
    """What is the same for all instances of a subject, with what was learnt on the way.

    Attributes
    ----------
    offset : timedelta or None
        The subject's date offset, whole seconds; None is ``pseudonyms.offset(subject.group)``.
    identifiers : frozenset of str
        Original values to search for, besides ``subject.identifiers`` and what each file shows.
    kept : KeptUids or None
        Where the policy keeps UIDs: which of them cannot stay, and which did.
    """

    policy: Policy = field(repr=False)
    pseudonyms: Pseudonyms = field(repr=False)
    subject: Subject
    offset: timedelta | None = field(default=None, repr=False)
    identifiers: frozenset[str] = field(default=frozenset(), repr=False)
    kept: KeptUids | None = field(default=None, repr=False)
    shifter: Shifter = field(init=False, repr=False)
    sweeper: Sweeper = field(init=False, repr=False)
    _family: Family | None = field(init=False, default=None, repr=False)
    own_numbers: UidNumbers = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.shifter = Shifter(self.pseudonyms.offset(self.subject.group) if self.offset is None else self.offset)
        new_ids = (self.subject.deidentification_id, self.subject.accession_number)
        remembered = Remembered(frozenset(self._remembered()), self.pseudonyms.mark)
        self.sweeper = Sweeper(self.subject.identifiers | self.identifiers, new_ids, self._named(), remembered)
        ids = {text for tag, text in self.subject.named if SHOWN.get(tag) == "number"}
        self.own_numbers = UidNumbers(self.subject.identifiers | self.identifiers, ids)

    @property
    def family(self) -> Family:
        """What the instance that was de-identified last showed of its subject; before the first, what is known."""
        self._family = self._family or self.sweeper.family(())
        return self._family

    @family.setter
    def family(self, family: Family) -> None:
        """Remember an instance."""
        self._family = family

    def _named(self) -> Iterator[tuple[str, str]]:
        """Yield what other files of the subject name, and as what it is searched for: nothing that the policy keeps."""
        level = engine_of(self.policy, "").level
        for tag, text in sorted(self.subject.named):
            step = level.step(tag, dictionary_VR(tag))
            if step.shown:
                yield step.shown, text

    def _remembered(self) -> Iterator[bytes]:
        """Yield the digests of what earlier files named: of nothing that the policy keeps."""
        level = engine_of(self.policy, "").level
        for tag, digest in map(parts_of_mark, self.subject.remembered):
            if tag == NO_ATTRIBUTE or level.step(tag, dictionary_VR(tag)).shown:
                yield digest


class HeaderEngine:
    """The rules of one policy, compiled for the instances of one SOP class.

    Parameters
    ----------
    policy : Policy
        Complete and resolved.
    sop_class_uid : str
        Whose IOD says the Types.
    type_of : callable
        The standard's table of Types.

    Attributes
    ----------
    level : Level
        The steps of the top level.
    whole : frozenset of int
        Attributes at the top level that more than their own outcome depends on, or that are written anew.
    """

    def __init__(self, policy: Policy, sop_class_uid: str, type_of: TypeOf = tables.attribute_type) -> None:
        self.policy = policy
        book = RuleBook(policy, sop_class_uid, type_of)
        self.level = Level(book)
        self._keeps_private = book.keeps_private
        self._added = book.added
        self.whole = (
            _WHOLE | _NEW_IDS.keys() | self._added.keys() | (_OF_INTERVALS if policy.intervals else frozenset())
        )

    def deidentify(self, meta: Elements, dataset: Elements, context: HeaderContext) -> Counter[Change]:
        """De-identify file meta information and data set in place; see ``deidentify``."""
        run = self.begin(meta, dataset, context)
        interval = self._interval(dataset, run)
        references = ItemReferences(dataset) if self.policy.content and has_references(dataset) else None
        self.level.walk(dataset, b"", run)
        if references is not None:
            references.renumber(dataset, is_big_endian=run.is_big_endian)
        if interval is not None:
            run.changes += write_interval(dataset, interval, is_big_endian=run.is_big_endian)
        self._add_new_ids(dataset, run)
        self._add_values(dataset, run)
        _write_what_the_map_says(dataset, run)
        code = self.level.step(_BIRTH_DATE, "DA").code
        is_one_for_all = not run.subject.birth_date and code in (ActionCode.D, ActionCode.SET)
        if _BIRTH_DATE in dataset and not is_one_for_all:
            _refuse_old_age(dataset, run)
        context.family = context.sweeper.family(tuple(run.shown))
        self.settle(dataset, run, context.family)
        filemeta.rebuild(meta, dataset)
        return Counter(run.changes)

    def begin(self, meta: Elements, dataset: Elements, context: HeaderContext) -> act.Run:
        """Return what holds for an instance as a whole."""
        run = act.Run(context.subject, context.pseudonyms, context.shifter, _zone_of(dataset))
        run.is_encapsulated, run.is_big_endian = filemeta.is_encapsulated(meta), filemeta.is_big_endian(meta)
        run.days, run.own_numbers, run.kept = self.days_of(dataset), context.own_numbers, context.kept
        return run

    def days_of(self, dataset: Elements) -> Days:
        """Return the dates of a data set, before anything moves; none where no number is looked for among them."""
        return _days_of(dataset) if self._keeps_private else Days()

    def settle(self, dataset: Elements, run: act.Run, family: Family, charset: bytes = b"") -> None:
        """Do what could not be done before all identifiers were known; ``charset``: of a part without its own."""
        invent(run, family)
        _sweep(run, family)
        if self.policy.values:
            decide(self.level, dataset, run, self.policy.values, is_big_endian=run.is_big_endian, charset=charset)
        run.changes += [Change(tag_text(tag), "", "removed", NOBODYS) for tag in drop_halves(run.private)]
        run.let_go()

    def _interval(self, dataset: Elements, run: act.Run) -> int | None:
        """Return how many days after the subject's first study an instance was made, where the policy tells it."""
        first, element = run.subject.first_study, dataset.get(_STUDY_DATE)
        if not self.policy.intervals or first is None or element is None:
            return None
        return next(((day - first).days for day in days_in(element.text())), None)

    def _add_new_ids(self, dataset: Elements, run: act.Run) -> None:
        """Add the identifiers that the IOD wants and the file lacks."""
        for tag, vr in _NEW_IDS.items():
            if tag in dataset or self.level.need(tag) is None:
                continue
            step = self.level.step(tag, vr)
            if step.code is ActionCode.NEW_ID:
                subject = run.subject
                text = subject.accession_number if vr == "SH" else subject.deidentification_id
                dataset[tag] = Element(tag, vr)
                dataset[tag].replace(text.encode("ascii"))
                run.changes.append(step.change("added"))

    def _add_values(self, dataset: Elements, run: act.Run) -> None:
        """Add the values that the policy wants in every data set."""
        for tag, vr in self._added.items():
            if tag not in dataset:
                step = self.level.step(tag, vr)
                dataset[tag] = Element(tag, vr)
                dataset[tag].replace(step.argument.encode("ascii"))
                run.changes.append(step.change("set"))


def _write_what_the_map_says(dataset: Elements, run: act.Run) -> None:
    """Write the birth date and sex that the map gives a subject.

    Raises
    ------
    SeriesRefused
        If that is the patient's own birth date.
    """
    births = {value.strip(b" \0") for kind, value, _ in run.shown if kind == "birth"}
    if run.subject.birth_date.encode("ascii") in births:
        raise SeriesRefused(
            "the birth date that the map gives the subject is the patient's own; write another, or none"
        )
    for tag, vr, text in ((_BIRTH_DATE, "DA", run.subject.birth_date), (_SEX, "CS", run.subject.sex)):
        if text:
            dataset[tag] = Element(tag, vr)
            dataset[tag].replace(text.encode("ascii"))
            run.changes.append(Change(tag_text(tag), keyword_of(tag), "set", "map"))


def _refuse_old_age(dataset: Elements, run: act.Run) -> None:
    """Refuse a birth date from which an age over 89 follows, unless it is one for all.

    Raises
    ------
    SeriesRefused
        If the study, as it was or as it is written, was 90 years or more after it.
    """
    studies = set(days_in(dataset[_STUDY_DATE].text())) if _STUDY_DATE in dataset else set()
    if run.subject.first_study is not None:
        studies.add(run.subject.first_study)
    births = [tuple(map(int, one)) for one in _BORN.findall(dataset[_BIRTH_DATE].text())]
    if any(_years(birth, study) >= TOP_AGE_YEARS for birth in births for study in studies):
        raise SeriesRefused(
            "the birth date that would be written tells an age over 89 years; let the map or the rule write a later "
            "one, or none"
        )


def _years(birth: tuple[int, ...], day: date) -> int:
    """Return how many whole years after a birth a day is; 1900-01-01 and the like count too."""
    return day.year - birth[0] - ((day.month, day.day) < birth[1:])


def deidentify(meta: Elements, dataset: Elements, context: HeaderContext) -> Counter[Change]:
    """De-identify a header in place.

    Parameters
    ----------
    meta, dataset : Elements
        The file meta information and the data set, as read. Pixel data is not touched.
    context : HeaderContext
        One per series; it remembers what its instances have in common.

    Returns
    -------
    Counter of Change
        What was done, and in how many places.

    Raises
    ------
    FormatError
        If the data set does not say its SOP class or instance.

    Notes
    -----
    The Types are those of the data set's own SOP class. When all else (marks, pixels) has been written,
    ``leaks(meta, dataset, context)`` must be empty.
    """
    class_uid = dataset[_SOP_CLASS_UID].text() if _SOP_CLASS_UID in dataset else ""
    return engine_of(context.policy, class_uid).deidentify(meta, dataset, context)


def leaks(meta: Elements, dataset: Elements, context: HeaderContext) -> list[str]:
    """Return where the header that was de-identified last still holds an identifier of its subject.

    Returns
    -------
    list of str
        Tag paths, ``"(0040,0275)>(0040,0007)"``; anything here means that the series must be refused.

    Raises
    ------
    SeriesRefused
        If an encapsulated document holds more, or deeper, than can be searched.
    """
    return suspicious_paths(meta, dataset, context.family)


_engines: dict[tuple[int, str], HeaderEngine] = {}


def engine_of(policy: Policy, sop_class_uid: str) -> HeaderEngine:
    """Return the engine of a policy and SOP class, compiled once per process."""
    key = (id(policy), sop_class_uid)
    engine = _engines.get(key)
    if engine is None or engine.policy is not policy:
        if len(_engines) >= _MOST_ENGINES:
            _engines.clear()
        engine = _engines[key] = HeaderEngine(policy, sop_class_uid)
    return engine


def _zone_of(dataset: Elements) -> timedelta | None:
    """Return the time zone of the data set's dates, when it says one."""
    return parse_zone(dataset[_ZONE].text()) if _ZONE in dataset else None


def _days_of(dataset: Elements) -> Days:
    """Return the dates of a data set, before anything moves, among which numbers are looked for."""
    births: set[date] = set()
    events: set[date] = set()
    waiting = [dataset]
    while waiting:
        for tag, element in waiting.pop().items():
            if element.items is not None:
                waiting += element.items
            elif element.vr in ("DA", "DT"):
                (births if tag == _BIRTH_DATE else events).update(days_in(element.text()))
    return Days(frozenset(events), frozenset(births))


def _sweep(run: act.Run, family: Family) -> None:
    """Clean the free texts, let the other texts go that hold something of the subject, and the numbers that are its."""
    for step, element, place in run.texts:
        if _goes(step, element, place, run, family):
            del place.elements[element.tag]
    for step, element, place in run.numbers:
        value = bare_days(bytes(element.value)) if step.vr in ("DA", "DT") else element.value
        if family.holds_written(value) and act.go(step, element, place, act.SWEPT, step.fallback):
            del place.elements[element.tag]
    for step, element, place in run.packed:
        is_own = element.tag in place.elements and family.holds_packed(step.vr, element.value)
        if is_own and act.go(step, element, place, act.SWEPT, step.fallback):
            del place.elements[element.tag]


def _goes(step: Step, element: Element, place: act.Place, run: act.Run, family: Family) -> bool:
    """Clean or sweep a kept text in place; say whether it must be removed. Codes of public schemes keep their words."""
    is_public = step.tag in CODE_PARTS and is_public_code(place.elements)
    if step.closeness == CLEAN:
        return not is_public and act.clean(step, element, place, family.cleaner)
    has_no_code = step.tag in VALUES and is_no_code(place.elements)
    if not is_public and (has_no_code or (step.tag in CODE_PARTS and is_no_scheme(place.elements))):
        return act.go(step, element, place, act.NO_CODE, step.fallback)
    is_strict = step.closeness == CODED or (step.closeness == CONCEPT and not _is_explained(place, family.cleaner))
    if is_strict and not is_of_public_scheme(place.elements):
        return act.go(step, element, place, act.PRIVATE_CODE, step.fallback)
    if is_public or not _holds(element.value, run, family, place.charset, step.closeness):
        return False
    holds = partial(_holds, run=run, family=family, charset=place.charset, closeness=step.closeness)
    return act.go_in_parts(step, element, place, act.SWEPT, holds)


def _is_explained(place: act.Place, cleaner: TextCleaner) -> bool:
    """Say whether the meaning of a code says in clinical words alone what it is, and its value is a short one.

    Codes of private schemes name what is measured; a code that its meaning does not explain may be anything.
    """
    meaning = place.elements.get(_CODE_MEANING)
    if meaning is None or _LONG_CODE in place.elements or not len(meaning.value):
        return False
    original = bytes(meaning.value)
    return cleaner.cleaned(original, place.charset, "LO") == original.rstrip(b" \0")


def _holds(value: bytes | memoryview, run: act.Run, family: Family, charset: bytes, closeness: str) -> bool:
    """Say whether a kept value holds an identifier of the subject, or a UID that the file shows."""
    if not run.uids.isdisjoint(uids_in(value)):
        return True
    return closeness != UIDS and family.holds(bytes(value), charset, closeness)
