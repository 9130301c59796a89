# SPDX-License-Identifier: Apache-2.0
"""Renewals: other pixels mean another SOP Instance UID also where UIDs stay, wherever a subject's files say it.

Which images these are is known when their pixels were worked on: of defaced ones not before their head was looked for,
of others not before text was found in them. A series that refers to one of another, or to a later one of its own, waits
until all images are finished; where it kept the UID of one that was given another, it is made once more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
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


def keeps_instances(policy: Policy) -> bool:
    """Say whether a policy lets SOP Instance UIDs stay as they are."""
    return engine_of(policy, "").level.step(_SOP_INSTANCE_UID, "UI").act is keep_uid


def may_change(planned: SeriesPlan) -> bool:
    """Say whether a step may give images of a series other pixels."""
    return planned.verdict is Verdict.RELEASE and (planned.deface != "none" or planned.text != "off")


def changing(plan: Plan) -> dict[tuple[str, str], list[str]]:
    """Return of each person's studies which series may become other images, and how: references depend on it."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for planned in filter(may_change, plan.series):
        found[study_of(planned)].append("\0".join((planned.series.series_instance_uid, planned.deface, planned.text)))
    return found


def study_of(planned: SeriesPlan) -> tuple[str, str]:
    """Return whose study a series belongs to, and which."""
    return planned.subject.group, planned.series.instances[0].study_instance_uid


class Renewals:
    """The images of a run that have other SOP Instance UIDs than their originals, where the policy keeps UIDs.

    Where it maps them, nothing is asked here and nothing waits.
    """

    def __init__(self, plan: Plan) -> None:
        self._is_needed = keeps_instances(plan.policy)
        self._uid = KeyedPseudonyms(plan.key, plan.release).uid
        self._images: defaultdict[str, set[str]] = defaultdict(set)
        for planned in plan.series:
            self._images[planned.subject.group].update(one.sop_instance_uid for one in planned.series.instances)
        self._known: defaultdict[str, set[str]] = defaultdict(set)
        self._open: defaultdict[str, set[str]] = defaultdict(set)

    def expect(self, tasks: Iterable[SeriesTask]) -> None:
        """Say which images are about to be released: of these it is not known yet."""
        for task in tasks:
            if self._is_needed and may_change(task.plan):
                self._open[task.plan.subject.group].update(one.sop_instance_uid for one in task.plan.instances)

    def informed(self, task: SeriesTask) -> SeriesTask:
        """Tell a task which images are known to have others by now."""
        known = self._known[task.plan.subject.group]
        return replace(task, renewed=frozenset(known)) if self._is_needed else task

    def learn(self, planned: SeriesPlan, renewed: Iterable[str]) -> None:
        """Take in what became of the images of a series: the paths of those that have others."""
        paths = frozenset(renewed)
        pairs = zip(planned.instances, planned.targets, strict=True)
        self._known[planned.subject.group].update(one.sop_instance_uid for one, path in pairs if path in paths)
        self._open[planned.subject.group].difference_update(one.sop_instance_uid for one in planned.instances)

    def named(self, task: SeriesTask, stayed: Collection[str]) -> tuple[str, ...]:
        """Return, as pseudonyms, by which UIDs that stayed a series names other images of its patient."""
        if not self._is_needed:
            return ()
        own = {one.sop_instance_uid for one in task.plan.instances}
        return tuple(sorted(map(self._uid, self._images[task.plan.subject.group].intersection(stayed) - own)))

    def checked(self, task: SeriesTask, outcome: Outcome, finished: Iterable[Entry]) -> Outcome:
        """Return an outcome, refused where finished series name its images by UIDs that these would lose now."""
        paths = frozenset(outcome.record.renewed)
        pairs = zip(task.plan.instances, task.plan.targets, strict=True)
        lost = {self._uid(one.sop_instance_uid) for one, path in pairs if path in paths}
        if not lost or all(lost.isdisjoint(entry.named) for entry in finished if entry.token != task.staged.token):
            return outcome
        task.staged.discard()
        return replace(outcome, record=record_of(task.plan, Status.REFUSED, NAMED))

    def may_be_stale(self, task: SeriesTask, outcome: Outcome) -> bool:
        """Say whether a series kept the UID of an image that has another, or may get one yet."""
        return self.is_stale(task, outcome) or not outcome.stayed.isdisjoint(self._open[task.plan.subject.group])

    def is_stale(self, task: SeriesTask, outcome: Outcome) -> bool:
        """Say whether a series kept the UID of an image that has another."""
        return not outcome.stayed.isdisjoint(self._known[task.plan.subject.group])
