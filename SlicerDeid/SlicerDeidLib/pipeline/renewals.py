# SPDX-License-Identifier: Apache-2.0
"""Renewals: other pixels mean another SOP Instance UID also where UIDs stay, wherever a subject's files say it.

Which images these are is known when their pixels were worked on: of defaced ones not before their head was looked for,
of others not before text was found in them. A series that refers to one of another, or to a later one of its own, waits
until all images are finished; where it kept the UID of one that was given another, it is made once more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from SlicerDeidLib.headers.engine import engine_of
from SlicerDeidLib.headers.keptuids import keep_uid
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.plan import Plan, SeriesPlan, Verdict
from SlicerDeidLib.model.policy import Policy
from SlicerDeidLib.model.record import Status
from SlicerDeidLib.output.entry import Entry
from SlicerDeidLib.pipeline.series import Outcome, SeriesTask, record_of

_SOP_INSTANCE_UID = 0x00080018
NAMED = (
    "its images get other UIDs with their other pixels, and finished series name them by their own; start anew "
    "with --overwrite, or leave its pixels as they are"
)
"""Of a series that is made after others of its patient, where UIDs are kept."""
FOLLOWED = (
    "its images would have their own UIDs again, and finished series name them by those that they got with other "
    "pixels; change its pixels as before, or start anew with --overwrite"
)
"""Of a series that is made again after others of its patient, where UIDs are kept."""
MAY_BE_NAMED = "finished series name its images by their own UIDs: it is refused if these become others with the pixels"
"""Of a planned series that finished ones of its patient name."""


def keeps_instances(policy: Policy) -> bool:
    """Say whether a policy lets SOP Instance UIDs stay as they are."""
    return engine_of(policy, "").level.step(_SOP_INSTANCE_UID, "UI").act is keep_uid


def may_change(planned: SeriesPlan) -> bool:
    """Say whether a step may give images of a series other pixels."""
    return planned.verdict is Verdict.RELEASE and (planned.deface != "none" or planned.text != "off")


def study_of(planned: SeriesPlan) -> tuple[str, str]:
    """Return whose study a series belongs to, and which."""
    return planned.subject.group, planned.series.instances[0].study_instance_uid


class Renewals:
    """The images of a run that have other SOP Instance UIDs than their originals, where the policy keeps UIDs.

    Images are told by the mapped ones of their UIDs. Where the policy maps them, nothing is asked here and nothing
    waits.
    """

    def __init__(self, plan: Plan) -> None:
        self._is_needed = keeps_instances(plan.policy)
        self._uid = KeyedPseudonyms(plan.key, plan.release).uid
        self._groups = {planned.subject.key: planned.subject.group for planned in plan.series}
        self._known: defaultdict[str, set[str]] = defaultdict(set)
        self._open: defaultdict[str, set[str]] = defaultdict(set)

    def remember(self, finished: Iterable[Entry]) -> None:
        """Take in what earlier runs made that is not made again."""
        for entry in finished:
            if entry.subject in self._groups:
                self._known[self._groups[entry.subject]].update(entry.renewed)

    def expect(self, tasks: Iterable[tuple[SeriesTask, Entry | None]]) -> None:
        """Say which images are about to be made, and what is there of them: of these it is not known yet.

        Those that cannot change any more count where they did before: what is there stays if the series is refused.
        """
        for task, made in tasks:
            if self._is_needed and (may_change(task.plan) or (made is not None and made.renewed)):
                self._open[task.plan.subject.group].update(self._of(task.plan))

    def informed(self, task: SeriesTask) -> SeriesTask:
        """Tell a task which images are known to have others by now."""
        known = self._known[task.plan.subject.group]
        return replace(task, renewed=frozenset(known)) if self._is_needed else task

    def learn(self, planned: SeriesPlan, renewed: Iterable[str]) -> None:
        """Take in what became of the images of a series: the new UIDs of those that have others."""
        self._known[planned.subject.group].update(renewed)
        self._open[planned.subject.group].difference_update(self._of(planned))

    def others_of(self, task: SeriesTask, uids: Iterable[str]) -> tuple[str, ...]:
        """Return, of mapped UIDs that a series met, those that are not of its own images: by them it names others."""
        return tuple(sorted(set(uids) - self._of(task.plan))) if self._is_needed else ()

    def checked(self, task: SeriesTask, outcome: Outcome, finished: Iterable[Entry]) -> Outcome:
        """Return an outcome, refused where finished series name its images by UIDs that these would not have now."""
        if not self._is_needed or outcome.record.status is not Status.RELEASED:
            return outcome
        others = [entry for entry in finished if entry.token != task.staged.token]
        renewed, reason = set(outcome.record.renewed), ""
        if any(not renewed.isdisjoint(entry.named) for entry in others):
            reason = NAMED
        elif any(not (self._of(task.plan) - renewed).isdisjoint(entry.followed) for entry in others):
            reason = FOLLOWED
        if not reason:
            return outcome
        task.staged.discard()
        return replace(outcome, record=record_of(task.plan, Status.REFUSED, reason))

    def may_be_refused(self, task: SeriesTask, finished: Iterable[Entry]) -> bool:
        """Say whether finished series name the images of one that may get other pixels."""
        if not self._is_needed or not may_change(task.plan) or task.is_object:
            return False
        own = self._of(task.plan)
        return any(entry.token != task.staged.token and not own.isdisjoint(entry.named) for entry in finished)

    def may_be_stale(self, task: SeriesTask, outcome: Outcome) -> bool:
        """Say whether a series kept the UID of an image that has another, or may get one yet."""
        return self.is_stale(task, outcome) or not outcome.stayed.isdisjoint(self._open[task.plan.subject.group])

    def is_stale(self, task: SeriesTask, outcome: Outcome) -> bool:
        """Say whether a series kept the UID of an image that has another."""
        return not outcome.stayed.isdisjoint(self._known[task.plan.subject.group])

    def _of(self, planned: SeriesPlan) -> set[str]:
        """Return the mapped UIDs of the images of a series."""
        return {self._uid(one.sop_instance_uid) for one in planned.instances}
