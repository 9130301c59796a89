# SPDX-License-Identifier: Apache-2.0
"""A plan through an executor: every series staged, committed and journalled; a run can be stopped and resumed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from SlicerDeidLib.errors import PlanError
from SlicerDeidLib.identity.secret import default_private
from SlicerDeidLib.model.plan import Plan, SeriesPlan, Verdict
from SlicerDeidLib.model.protocols import Executor
from SlicerDeidLib.model.record import RunRecord, SeriesRecord, Status
from SlicerDeidLib.output.entry import Entry
from SlicerDeidLib.output.journal import Journal
from SlicerDeidLib.output.ledger import read_ledger
from SlicerDeidLib.output.locks import locked
from SlicerDeidLib.output.pictures import drop_pictures
from SlicerDeidLib.output.staging import clear_staging, disk_error
from SlicerDeidLib.pipeline.byproducts import ByProducts, releasing
from SlicerDeidLib.pipeline.earlier import Earlier, State, tasks_of
from SlicerDeidLib.pipeline.executors import WorkerDied, serial
from SlicerDeidLib.pipeline.filesets import file_sets_of, write_file_sets
from SlicerDeidLib.pipeline.finishing import Finishing
from SlicerDeidLib.pipeline.heads import batched, place_key, share_masks
from SlicerDeidLib.pipeline.masks import NO_MASKS, MaskStore
from SlicerDeidLib.pipeline.objects import withheld_by
from SlicerDeidLib.pipeline.renewals import Renewals
from SlicerDeidLib.pipeline.series import Outcome, SeriesTask, record_of, release_series
from SlicerDeidLib.pipeline.sources import check_input
from SlicerDeidLib.pipeline.versions import stated_versions
from SlicerDeidLib.planning.paths import check_folders, check_space

Progress = Callable[[dict[str, object]], None]
"""Called with one event: ``{"event": "series", "done": 3, "total": 12, ...}``; no identifying value in it."""

Done = tuple[SeriesTask, Outcome]

_STAYS = "; what was made of it before stays as it is"


def run(
    plan: Plan,
    out: Path | str,
    *,
    executor: Executor[SeriesTask, Outcome] = serial,
    progress: Progress | None = None,
    report: Callable[[RunRecord], object] | None = None,
    is_overwrite: bool = False,
    is_held: bool = False,
    is_redone: bool = False,
    is_synced: bool = True,
    pictures: str = "none",
    nifti: bool = False,
    mask_seg: bool = False,
) -> RunRecord:
    """Do what a plan says.

    Parameters
    ----------
    out : Path
        The output folder; made when the first series is released.
    executor : callable of the shape of ``map``
        ``serial``, or what ``processes(n)`` gives.
    report : callable, optional
        Called with the record at the end, also when the run was stopped or could not go on.
    is_overwrite : bool
        Delete what the project's journal names from ``out`` first, of the plan's subjects where it is a plan of some.
    is_held : bool
        Let finished series wait beside ``out`` until ``decide`` accepts them.
    is_redone : bool
        Do the plan's series again; their settings for heads and text stay theirs. What was made of one before is taken
        back when it is made again, and stays when it is refused. Without it, what waits with other settings goes when
        it is made again or refused, and what lies in ``out`` stays.
    is_synced : bool
        Force every file to the disk before it counts as released.
    pictures, nifti, mask_seg : str, bool, bool
        As in ``ByProducts``.

    Raises
    ------
    PlanError
        If the plan has errors, or the ledger is not the one it was made with; nothing is written.
    OutputError
        If the output cannot be written; finished series stay and the run can be resumed.
    Cancelled
        If the user stopped it (raised by the caller's signal handler); finished series stay.
    """
    _refuse_errors(plan, is_contradictory=is_redone and is_overwrite)
    out, private = check_folders(plan.index.root, Path(out), plan.private or default_private(Path(out)))
    wanted = ByProducts(private, pictures, nifti, mask_seg)
    release = releasing(wanted)
    with locked(private, out):
        ways = {"is_held": is_held, "is_redone": is_redone, "is_synced": is_synced}
        going = _Run(plan, out, private, progress, wanted.beside, release, **ways)
        try:
            going.go(executor, is_overwrite=is_overwrite)
        finally:
            record = going.record()
            _report(report, record, private)
        return record


def _refuse_errors(plan: Plan, *, is_contradictory: bool) -> None:
    if is_contradictory:
        raise PlanError("--redo makes single series again and leaves the others, --overwrite starts anew: choose one.")
    if plan.errors:
        first = plan.errors[0]
        raise PlanError(f"{first.where}: {first.message} ({len(plan.errors)} errors in all; nothing was written.)")


def _report(report: Callable[[RunRecord], object] | None, record: RunRecord, private: Path) -> None:
    """Let the report be written, and say in a sentence when the disk does not take it."""
    if report is None or not record.series or not private.is_dir():  # it was moved away: no other one is made
        return
    try:
        report(record)
    except OSError as error:
        raise disk_error(error, "private") from error


class _Run:
    """One run while it goes."""

    def __init__(
        self,
        plan: Plan,
        out: Path,
        private: Path,
        progress: Progress | None,
        beside: Sequence[str],
        release: Callable[[SeriesTask], Outcome],
        *,
        is_held: bool,
        is_redone: bool,
        is_synced: bool,
    ) -> None:
        self._plan, self._out, self._private = plan, out, private
        self._progress = progress
        self._is_redone = is_redone
        self._is_synced = is_synced
        self._journal = Journal(private, out)
        self._finishing = Finishing(
            self._journal, plan, private, is_held=is_held, is_redone=is_redone, is_synced=is_synced
        )
        self._records: list[SeriesRecord] = []
        self._unwritten: list[str] = []
        self._awaited: set[str] = set()  # what is made in this run and is not yet
        self._release = release
        self._withheld = withheld_by(plan)
        self._renewals = Renewals(plan)
        self._tasks = tasks_of(plan, out, is_synced=is_synced, beside=beside)
        self._earlier = Earlier(self._journal, out, self._tasks, is_redone=is_redone, is_held=is_held)

    def record(self) -> RunRecord:
        """Return what happened up to now."""
        is_whole = len(self._records) == len(self._plan.series)
        records, unwritten = tuple(self._records), tuple(self._unwritten)
        return RunRecord(self._plan.policy.name, records, stated_versions(), not is_whole, unwritten)

    def go(self, executor: Executor[SeriesTask, Outcome], *, is_overwrite: bool) -> None:
        """Walk through all series; what can refuse the whole run comes before anything is written or deleted."""
        self._refuse_stale_ledger()
        self._journal.check_alone()
        again = list(self._earlier.torn())
        if is_overwrite:
            again = [entry for entry in self._journal.released.values() if self._plan.is_of(entry.key[0])]
        self._check_space(again, is_all=is_overwrite)
        self._journal.check_unchanged([*again, *self._earlier.replaced()])
        plan: dict[str, object] = {"event": "plan", "done": 0, "total": len(self._plan.series)}
        try:
            self._tell(plan | ({"deleting": True} if is_overwrite else {}))  # stopped from here on, less is there
            self._clear(again, is_overwrite=is_overwrite)
            self._finishing.remember()
            if is_overwrite:
                self._tell(plan)
            to_do = list(self._to_do())
            late: list[Done] = []
            self._awaited = {task.staged.token for task in to_do}
            self._renewals.remember(one for one in self._finished() if one.token not in self._awaited)
            images = [task for task in to_do if not task.is_object]
            self._renewals.expect((task, self._earlier.made(task.staged.token)) for task in images)
            for batch in batched(self._plan, images):
                shared = self._with_masks(batch, executor)
                self._finishing.expect(shared)
                late += self._release_images(shared, executor)
            self._release_late(late, executor)
            self._release_objects([task for task in to_do if task.is_object], executor)
            self._journal.check_there()
        finally:
            for record in self._finishing.end():
                self._record(record)
            self._write_file_sets(is_anew=is_overwrite and not self._plan.only)

    def _clear(self, again: Sequence[Entry], *, is_overwrite: bool) -> None:
        """Take back what is to be made anew, series by series, and what earlier runs left in staging."""
        self._journal.take_back(again)
        for token in list(self._earlier.stale()):
            self._journal.drop(token)
        if is_overwrite:
            self._drop_all()
        clear_staging(self._out)
        if is_overwrite:
            MaskStore(self._private).clear({one.head for one in self._plan.series} if self._plan.only else None)

    def _write_file_sets(self, *, is_anew: bool) -> None:
        """Write the DICOMDIRs that this plan and, unless all begins anew, those before it asked for."""
        directories = self._journal.directories
        wanted, self._unwritten = file_sets_of(self._plan, {} if is_anew else directories.wanted)
        if self._journal.released or self._journal.held:
            directories.want(wanted)
        self._unwritten += write_file_sets(self._journal, self._out, is_synced=self._is_synced)

    def _with_masks(self, tasks: list[SeriesTask], executor: Executor[Any, Any]) -> list[SeriesTask]:
        """Tell each series what the others of its head lose."""
        released = [entry.key for entry in self._journal.released.values()]
        masks = share_masks(self._plan, [t.plan for t in tasks], executor, MaskStore(self._private), released)
        return [replace(task, others=masks.get(place_key(task.plan), NO_MASKS)) for task in tasks]

    def _release_images(self, tasks: Sequence[SeriesTask], executor: Executor[SeriesTask, Outcome]) -> list[Done]:
        """Release images; return those that cannot be finished before it is known which UIDs they must not name."""
        late = []
        informed = [self._renewals.informed(task) for task in tasks]
        for task, outcome in zip(informed, executor(self._release, informed), strict=True):
            if isinstance(outcome, Outcome):
                finished = [one for one in self._finished() if self._is_redone or one.token not in self._awaited]
                outcome = self._renewals.checked(task, outcome, finished)
                self._renewals.learn(task.plan, outcome.record.renewed)
                if self._renewals.may_be_stale(task, outcome):
                    late.append((task, outcome))
                    continue
            self._finish(task, outcome)
        return late

    def _release_late(self, late: Sequence[Done], executor: Executor[SeriesTask, Outcome]) -> None:
        """Finish the images that waited; those that name an image by a UID that it has no longer are made once more."""
        self._finishing.expect([task for task, _ in late])
        stale = []
        for task, outcome in late:
            if self._renewals.is_stale(task, outcome):
                task.staged.discard()
                stale.append(self._renewals.informed(task))
            else:
                self._finish(task, outcome)
        for task, again in zip(stale, executor(self._release, stale), strict=True):
            self._finish(task, again)

    def _release_objects(self, tasks: Sequence[SeriesTask], executor: Executor[SeriesTask, Outcome]) -> None:
        """Release objects; those that refer to others are finished when it is known which of these are withheld."""
        others = frozenset(instance.sop_instance_uid for task in tasks for instance in task.plan.instances)
        waiting: dict[str, tuple[SeriesTask, Outcome]] = {}
        to_do = list(tasks)
        self._finishing.expect(to_do)
        while to_do:
            informed = map(self._renewals.informed, to_do)
            ready = [replace(task, withheld=frozenset(self._withheld)) for task in informed]
            for task, outcome in zip(ready, executor(release_series, ready), strict=True):
                refers = isinstance(outcome, Outcome) and not outcome.references.isdisjoint(others)
                if refers and outcome.record.status is Status.RELEASED:
                    self._withhold(task.plan, outcome.record.files)
                    waiting[task.staged.token] = task, outcome
                else:
                    waiting.pop(task.staged.token, None)
                    self._finish(task, outcome)
            to_do = [
                task
                for task, outcome in waiting.values()
                if not outcome.references.isdisjoint(self._withheld - task.withheld)
            ]
            for task in to_do:
                task.staged.discard()
        for task, outcome in waiting.values():
            self._finish(task, outcome)

    def _refuse_stale_ledger(self) -> None:
        """Refuse a plan that does not know what was released since it was made: it could give an ID away twice.

        Fewer may be bound to their IDs than the plan knows: what a kill left unfinished was taken back since.
        """
        now, before, grown = read_ledger(self._private), self._plan.ledger_before, self._plan.ledger
        known = (before, before.remembering(grown), grown)
        if not any(now.released <= one.released and replace(now, released=one.released) == one for one in known):
            raise PlanError(
                "The private folder's ledger is not the one that this plan was made with: another run released "
                "something since, or the plan was made without this private folder; plan again with it, and run that."
            )

    def _check_space(self, again: Sequence[Entry], *, is_all: bool) -> None:
        """Refuse the run when what is still to be written is more than there is room for."""
        tasks = (task for task in self._tasks if task is not None)
        to_write = (task.plan for task in tasks if is_all or self._earlier.state(task) is State.TO_DO)
        check_space(to_write, self._out, sum(size for entry in again for _, size, _ in entry.files))

    def _drop_all(self) -> None:
        """Forget all that waits of the plan's subjects, and what was rejected and is to be made anew."""
        is_made = {task.staged.token for task in self._tasks if task is not None}
        for token, entry in list(self._journal.held.items()):
            if self._plan.is_of(entry.key[0]):
                self._journal.drop(token)
        for token in list(self._journal.rejected):
            if token in is_made or not self._plan.only:
                self._journal.drop(token)
        self._earlier = Earlier(self._journal, self._out, self._tasks)

    def _to_do(self) -> Iterator[SeriesTask]:
        """Yield what is to be done; record what is refused, left out or done already."""
        for planned, task in zip(self._plan.series, self._tasks, strict=True):
            if task is None:
                status = Status.REFUSED if planned.verdict is Verdict.REFUSE else Status.LEFT_OUT
                self._record(record_of(planned, status, planned.reason))
                continue
            state, made = self._earlier.state(task), self._earlier.made(task.staged.token)
            if state is State.TO_DO:
                yield task
            elif state is State.OTHER or made is None:
                self._withhold(planned, ())
                status = Status.REFUSED if made else Status.LEFT_OUT
                self._record(record_of(planned, status, self._earlier.reason(task)))
            else:
                self._withhold(planned, made.files)
                status = Status.RELEASED if state is State.RELEASED else Status.HELD
                self._record(record_of(planned, status, self._earlier.kept(task), made=made))

    def _finished(self) -> list[Entry]:
        """Return what lies in OUT or waits."""
        return [*self._journal.released.values(), *self._journal.held.values()]

    def _finish(self, task: SeriesTask, outcome: Outcome | WorkerDied) -> None:
        """Bring one series to its place, or record why not."""
        self._awaited.discard(task.staged.token)
        if isinstance(outcome, WorkerDied):
            task.staged.discard()
            outcome = Outcome(record_of(task.plan, Status.REFUSED, outcome.reason))
        record = outcome.record
        if record.status is Status.REFUSED:
            check_input(self._plan.index.root)
        made = self._earlier.made(task.staged.token)
        if record.status is Status.RELEASED:
            self._withhold(task.plan, record.files)
            record = replace(record, reason=self._earlier.gone(task))
            others = (self._renewals.others_of(task, uids) for uids in (outcome.stayed, outcome.followed))
            arrived = self._finishing.release(task, record, *others, is_made=made is not None)
        else:
            if made and not self._is_redone:  # it waited with settings that are not asked for any more
                self._journal.drop(made.token)
                made = None
            self._withhold(task.plan, made.files if made else ())
            self._renewals.learn(task.plan, made.renewed if made else ())
            arrived = self._finishing.refuse(task, is_made=made is not None)
            arrived.append(replace(record, reason=record.reason + _STAYS) if made else record)
            if not made:
                drop_pictures(self._private, record.key)  # of an earlier run: they show what is there no more
        for one in arrived:
            self._record(one)

    def _withhold(self, planned: SeriesPlan, files: Iterable[tuple[str, int, str]]) -> None:
        """Remember the images of a series that are not among its released files: objects must not refer to them."""
        written = {path for path, _, _ in files}
        pairs = zip(planned.instances, planned.targets, strict=True)
        self._withheld.update(instance.sop_instance_uid for instance, target in pairs if target not in written)

    def _record(self, record: SeriesRecord) -> None:
        self._records.append(record)
        where: dict[str, object] = {
            "done": len(self._records),
            "total": len(self._plan.series),
            "patient": record.deidentification_id,
            "scan": record.scan,
            "series": record.series_number,
        }
        how = {
            "modality": record.modality,
            "status": record.status.value,
            "reason": record.reason,
            "files": len(record.files),
        }
        self._tell({"event": "series", **where, **how})
        for finding in record.findings:
            self._tell({"event": "finding", **where, "message": finding})

    def _tell(self, event: dict[str, object]) -> None:
        if self._progress is not None:
            self._progress(event)
