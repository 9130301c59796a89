# SPDX-License-Identifier: Apache-2.0
"""What earlier runs made of the series of a plan: what is still to be done, and what stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path

from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.plan import Plan, Problem, SeriesPlan, Verdict
from SlicerDeidLib.model.policy import Policy
from SlicerDeidLib.model.regions import rules_of
from SlicerDeidLib.output.entry import Entry
from SlicerDeidLib.output.journal import Journal
from SlicerDeidLib.output.journalfile import journal_path, named_output
from SlicerDeidLib.output.staging import StagedSeries
from SlicerDeidLib.pipeline.fingerprints import Fingerprints
from SlicerDeidLib.pipeline.objects import withheld_by
from SlicerDeidLib.pipeline.renewals import MAY_BE_NAMED, Renewals
from SlicerDeidLib.pipeline.series import SeriesTask
from SlicerDeidLib.pipeline.settings import BESIDE, differences, differences_beside, settings_of

REJECTED = (
    "it was rejected in a review; choose other settings, or make it once more to be looked at, with --redo and --hold"
)
_STAYS = (
    "it stays in the output as it was released before, {}; name another output folder, {}or start anew with --overwrite"
)
_REDONE = "make it again with --redo, "
_BY_OTHER_RULES = (
    "from other images, by other rules, with settings that show in other series only, or before a study showed an age "
    "of 90"
)
_KEPT = (
    "it stays as it was made before, with {}: to have it otherwise, make it again with --redo, or start anew with "
    "--overwrite"
)
_GOES = "what waits of it, {}, goes when it is made anew"
_GONE = (
    "it was released before and is not whole in the output folder any more: it is made anew; if it was moved away, put "
    "it back first"
)
_WENT = "what waited of it, {}, went when it was made anew"

_TOKEN_LENGTH = 16  # hex digits: 64 bits, no collision among a million series


class State(Enum):
    """What a run finds of a series that its plan releases."""

    TO_DO = "to do"
    RELEASED = "released"
    WAITING = "waiting"
    REJECTED = "rejected"
    OTHER = "released with other settings"


def with_found(plan: Plan, out: Path | str | None = None, *, beside: Collection[str] = ()) -> Plan:
    """Say of each series of a plan what earlier runs made of it, as a run would find it; nothing is changed.

    Where the output holds what the run would refuse (results of earlier runs of which no journal tells, or what this
    project did not write), that is an error of the plan.

    Parameters
    ----------
    out : Path, optional
        The output folder; None: the one that the plan's private folder belongs to, if it belongs to any.
    beside : collection of str
        The options that ask for files beside the images: ``"--nifti"``, ``"--mask-seg"``.

    Raises
    ------
    OutputError
        If the journal cannot be read, or belongs to another output.
    """
    if plan.private is None:
        return plan
    private, place = plan.private.resolve(), named_output(plan.private) if out is None else Path(out).resolve()
    if place is None:
        return plan
    before = _size(private)
    journal = Journal(private, place, is_read_only=True)
    if (reason := journal.why_not_alone()) and before == _size(private):  # else a run releases something just now
        plan = replace(plan, problems=(*plan.problems, Problem("error", "output folder", reason)))
    if not private.is_dir():
        return plan
    tasks = tasks_of(plan, place, beside=beside)
    earlier, renewals = Earlier(journal, place, tasks), Renewals(plan)
    finished = [*journal.released.values(), *journal.held.values()]

    def with_state(planned: SeriesPlan, task: SeriesTask | None) -> SeriesPlan:
        if task is None:
            return planned
        if earlier.state(task) is State.TO_DO and renewals.may_be_refused(task, finished):
            planned = replace(planned, notes=(*planned.notes, MAY_BE_NAMED))
        return _with_state(planned, earlier, task)

    found = map(with_state, plan.series, tasks)
    return replace(plan, series=tuple(found))


def _size(private: Path) -> int:
    """Return how many bytes the journal of a private folder has; every step of a run makes it longer."""
    path = journal_path(private)
    return path.stat().st_size if path.exists() else 0


def _with_state(planned: SeriesPlan, earlier: Earlier, task: SeriesTask) -> SeriesPlan:
    state, made = earlier.state(task), earlier.made(task.staged.token)
    if reason := earlier.reason(task):
        verdict = Verdict.REFUSE if state is State.OTHER else Verdict.LEAVE_OUT
        # what is noted is of one that is made
        return replace(planned, verdict=verdict, reason=reason, notes=(), is_otherwise=state is State.OTHER)
    if made is None:
        return planned
    if state is State.TO_DO:
        note = _GOES.format(earlier.cause(task, made)) if earlier.is_waiting(task) else _GONE
        return replace(planned, notes=(*planned.notes, note), is_otherwise=True)
    others = differences(made.settings, settings_of(task))
    notes = (earlier.kept(task) or f"made with {others}",) if others else planned.notes
    return replace(planned, found=state.value, made_with=made.settings, notes=notes)


def tasks_of(plan: Plan, out: Path, *, is_synced: bool = True, beside: Collection[str] = ()) -> list[SeriesTask | None]:
    """Return the task of each series of a plan, None where it is not released; ``beside`` as in ``with_found``."""
    pseudonyms = KeyedPseudonyms(plan.key, plan.release, plan.policy.keep_time_of_day)
    fingerprints = Fingerprints(plan, pseudonyms, sorted(withheld_by(plan)))

    def task(planned: SeriesPlan) -> SeriesTask:
        first = planned.instances[0]
        person = planned.subject.key, planned.series.series_instance_uid, first.issuer_of_patient_id, first.patient_id
        token = pseudonyms.digest("staging", "\0".join((*person, plan.release)))[:_TOKEN_LENGTH]
        made = SeriesTask(
            planned,
            _policy_of(plan.policy, planned),
            plan.key,
            plan.release,
            plan.index.root,
            StagedSeries(out, token, is_synced),
            fingerprints.of_output(planned),
            fingerprints.of_source(planned),
            around=fingerprints.around(planned),
        )
        can_have = () if made.is_object or planned.frames else BESIDE
        return replace(made, beside=tuple(option for option in can_have if option in beside))

    return [task(planned) if planned.verdict is Verdict.RELEASE else None for planned in plan.series]


def _policy_of(policy: Policy, planned: SeriesPlan) -> Policy:
    """Return a policy without the regions of other series."""
    regions = rules_of(policy.text.regions, planned.series.series_instance_uid)
    is_same = len(regions) == len(policy.text.regions)
    return policy if is_same else replace(policy, text=replace(policy.text, regions=regions))


class Earlier:
    """What a journal tells of the tasks of a plan, before anything is done.

    Parameters
    ----------
    is_redone, is_held : bool
        Whether the series are to be done again: then what was made before stays until they are made; and whether they
        wait then: so that one is made again that was rejected, even as it was.
    """

    def __init__(
        self,
        journal: Journal,
        out: Path,
        tasks: Sequence[SeriesTask | None],
        *,
        is_redone: bool = False,
        is_held: bool = False,
    ) -> None:
        self._journal, self._out, self._is_redone, self._is_held = journal, out, is_redone, is_held
        self._states = {task.staged.token: self._state(task) for task in tasks if task is not None}

    def state(self, task: SeriesTask) -> State:
        """Return what there is of a task's series."""
        return self._states[task.staged.token]

    def made(self, token: str) -> Entry | None:
        """Return what was made of a series and is there: released, or waiting."""
        return self._journal.released.get(token) or self._journal.held.get(token)

    def is_waiting(self, task: SeriesTask) -> bool:
        """Say whether what was made of a task's series waits, whole or not."""
        return task.staged.token in self._journal.held

    def reason(self, task: SeriesTask) -> str:
        """Return why a task's series is neither made nor found made; empty where it is."""
        state, made = self.state(task), self.made(task.staged.token)
        if state is State.REJECTED:
            return REJECTED
        if state is not State.OTHER or made is None:
            return ""
        others = differences(made.settings, settings_of(task))
        if not others:
            return _STAYS.format(_BY_OTHER_RULES, "")
        return _STAYS.format(f"made with {others}", _REDONE)

    def cause(self, task: SeriesTask, made: Entry) -> str:
        """Return why what is there of a task's series is made anew: what it was made with, or from."""
        if others := differences(made.settings, settings_of(task)):
            return f"made with {others}"
        return "not whole any more" if self._is_made_by(made, task) else f"made {_BY_OTHER_RULES}"

    def kept(self, task: SeriesTask) -> str:
        """Return what is said of a series that stays though other files are asked for beside its images.

        Empty where the same are.
        """
        made = self.made(task.staged.token)
        now = settings_of(task)
        if made is None or not differences_beside(made.settings, now):
            return ""
        return _KEPT.format(differences(made.settings, now))

    def gone(self, task: SeriesTask) -> str:
        """Return what is said when a task's series is made anew, and what waited of it goes without having been asked.

        Empty where nothing waits of it, or it was named to be done again.
        """
        waiting = self._journal.held.get(task.staged.token)
        return "" if waiting is None or self._is_redone else _WENT.format(self.cause(task, waiting))

    def _state(self, task: SeriesTask) -> State:
        token = task.staged.token
        released, held, rejected = (
            known.get(token) for known in (self._journal.released, self._journal.held, self._journal.rejected)
        )
        if held is not None:
            is_there = self._is_whole(held) and self._is_made_by(held, task)
            return State.WAITING if is_there else State.TO_DO
        if released is not None and not self._is_made_by(released, task):
            return State.TO_DO if self._is_redone else State.OTHER
        if released is not None:
            return State.RELEASED if self._journal.is_whole(released) else State.TO_DO
        if rejected is None or not self._is_made_by(rejected, task):
            return State.TO_DO
        return State.TO_DO if self._is_redone and self._is_held else State.REJECTED

    def _is_made_by(self, earlier: Entry, task: SeriesTask) -> bool:
        """Say whether a task would make again what is there, or what has settings of its own."""
        is_own = not self._is_redone and bool(earlier.source) and earlier.source == task.source
        is_around = all(task.around.get(series, done) == done for series, done in earlier.around.items())
        return (earlier.fingerprint == task.fingerprint and is_around) or is_own

    def _is_whole(self, held: Entry) -> bool:
        return StagedSeries(self._out, held.token, is_held=True).is_whole(held.files)

    def torn(self) -> Iterator[Entry]:
        """Yield what was released of the plan's series, is no longer whole in OUT, and does not stay until it is."""
        to_do = (token for token, state in self._states.items() if state is State.TO_DO)
        yield from (self._journal.released[t] for t in to_do if t in self._journal.released and not self._is_redone)

    def stale(self) -> Iterator[str]:
        """Yield what waits and is not whole: it can be accepted no more."""
        yield from (token for token, held in self._journal.held.items() if not self._is_whole(held))

    def replaced(self) -> Iterator[Entry]:
        """Yield what is taken back from OUT once its series is done again."""
        released = self._journal.released
        is_to_do = (token for token, state in self._states.items() if state is State.TO_DO)
        yield from (released[token] for token in is_to_do if self._is_redone and token in released)
