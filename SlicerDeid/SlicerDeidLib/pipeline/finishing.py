# SPDX-License-Identifier: Apache-2.0
"""Finished series on their way into OUT, or to where they wait: the ledger first, then the journal, then the files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from SlicerDeidLib.model.plan import Ledger, Plan
from SlicerDeidLib.model.record import SeriesRecord, Status
from SlicerDeidLib.output.entry import Entry
from SlicerDeidLib.output.journal import Journal
from SlicerDeidLib.output.ledger import write_ledger
from SlicerDeidLib.output.packing import first_zip
from SlicerDeidLib.output.staging import disk_error
from SlicerDeidLib.pipeline.series import SeriesTask
from SlicerDeidLib.pipeline.settings import settings_of


@dataclass(frozen=True, slots=True)
class _Ready:
    """One finished series whose zip is not complete yet; the journal knows it."""

    entry: Entry
    record: SeriesRecord


class Finishing:
    """Brings finished series to their place; those of one zip together, when the last of them is finished.

    What is finished is in the journal before it is in OUT, and its files wait in staging: who carries the journal to
    its end (``Journal.recover``) packs it.

    Parameters
    ----------
    private : Path
        The project's private folder, where the ledger lies.
    is_held, is_redone, is_synced : bool
        As in ``run``.
    """

    def __init__(
        self, journal: Journal, plan: Plan, private: Path, *, is_held: bool, is_redone: bool, is_synced: bool
    ) -> None:
        self._journal, self._plan, self._private = journal, plan, private
        self._ledger = plan.ledger
        self._is_held, self._is_redone, self._is_synced = is_held, is_redone, is_synced
        self._is_begun = False  # the ledger is written, so that the next release is bound by it
        self._bound: set[str] = set()  # whom it binds then
        self._is_withdrawn = False  # something that it says then holds no more
        self._expected: Counter[str] = Counter()
        self._ready: dict[str, list[_Ready]] = {}

    def remember(self) -> None:
        """Let the ledger know whom the input names, though nothing may be released: that binds nobody to an ID.

        Raises
        ------
        DiskError
            If the ledger cannot be written.
        """
        before = self._plan.ledger_before
        if self._ledger.marks != before.marks:
            self._write_ledger(before.remembering(self._ledger))

    def expect(self, tasks: Iterable[SeriesTask]) -> None:
        """Say which series are worked on next: a zip is complete when none of these is missing in it."""
        self._expected = Counter(first_zip(task.plan.targets) for task in tasks)

    def release(
        self,
        task: SeriesTask,
        record: SeriesRecord,
        named: tuple[str, ...],
        followed: tuple[str, ...],
        *,
        is_made: bool,
    ) -> list[SeriesRecord]:
        """Take a finished series; return the records of what is at its place now.

        Parameters
        ----------
        named, followed : tuple of str
            As in ``Entry``.
        is_made : bool
            Whether it takes the place of what was made of it before.

        Raises
        ------
        DiskError
            If the output or the ledger cannot be written.
        """
        self._begin()
        self._ledger.released.add(task.plan.subject.key)
        entry = Entry(
            task.staged.token,
            task.fingerprint,
            record.files,
            record.is_recognisable,
            record.key,
            task.source if self._is_redone else "",
            dict(record.measures),
            record.findings,
            task.plan.subject.key,
            settings_of(task),
            record.renewed,
            named,
            record.masked,
            record.chosen,
            record.taken,
            followed,
            dict(task.around),
        )
        if self._is_held:
            self._journal.hold(entry, task.staged)
            return [replace(record, status=Status.HELD)]
        name = first_zip(task.plan.targets)
        if is_made:
            self._journal.hold(entry, task.staged)
            self._journal.accept([entry])
            return [record, *self._arrive(name)]
        self._journal.begin(entry)
        if not name:
            self._journal.release([entry], is_synced=self._is_synced)
            return [record]
        self._ready.setdefault(name, []).append(_Ready(entry, record))
        return self._arrive(name)

    def refuse(self, task: SeriesTask, *, is_made: bool) -> list[SeriesRecord]:
        """Take a series that will not be released; its zip may be complete without it."""
        if not is_made:  # then its images may be released from elsewhere
            images = self._ledger.images.get(task.plan.subject.key, {})
            self._is_withdrawn |= images.pop(str(task.plan.series.number), None) is not None
        return [] if self._is_held else self._arrive(first_zip(task.plan.targets))

    def _arrive(self, name: str) -> list[SeriesRecord]:
        """Count a series of a zip; pack what waits for the last one."""
        self._expected[name] -= 1
        if self._expected[name] > 0 or name not in self._ready:
            return []
        ready: Sequence[_Ready] = self._ready.pop(name)
        self._journal.release([one.entry for one in ready], is_synced=self._is_synced)
        return [one.record for one in ready]

    def end(self) -> list[SeriesRecord]:
        """Carry the journal to its end, and write the ledger; return the records of what waited for others of its zip.

        Raises
        ------
        DiskError
            If the output or the ledger cannot be written.
        """
        self._journal.recover()
        is_other = self._is_withdrawn or self._ledger.released != self._bound
        if self._is_begun and is_other:  # what released nothing binds nothing; whom it named is known already
            self._write_ledger(self._ledger)
        return [one.record for several in self._ready.values() for one in several]

    def _begin(self) -> None:
        """Bind all subjects of the plan before the first release; of them, whom the journal tells nothing of is free.

        So the ledger, which grows with the subjects, is written a few times in a run and not with every one of them.
        """
        if not self._is_begun:
            self._journal.name_output(self._plan.ledger_before.released)
            self._bound = self._ledger.released | {planned.subject.key for planned in self._plan.series}
            self._write_ledger(replace(self._ledger, released=self._bound))
            self._is_begun, self._is_withdrawn = True, False

    def _write_ledger(self, ledger: Ledger) -> None:
        try:
            write_ledger(self._private, ledger)
        except OSError as error:
            raise disk_error(error, "private") from error
