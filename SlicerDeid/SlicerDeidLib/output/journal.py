# SPDX-License-Identifier: Apache-2.0
"""The journal in the private folder: what was released, so that a run can be resumed and taken back."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from SlicerDeidLib.errors import DiskError, OutputError
from SlicerDeidLib.files.zips import size_of
from SlicerDeidLib.output.commits import changed_files, commit, remove_files
from SlicerDeidLib.output.directories import EVENTS, Directories
from SlicerDeidLib.output.entry import Entry, is_dicom, packed_together
from SlicerDeidLib.output.journalfile import JournalFile, named_output
from SlicerDeidLib.output.packing import zip_of
from SlicerDeidLib.output.staging import StagedFile, StagedSeries, held_folder
from SlicerDeidLib.output.strangers import FOREIGN, MOVED, count_strangers, why_lost, why_strange


class Journal:
    """The releases of one OUT, oldest first; lines of JSON, each forced to the disk.

    ``commit`` is written before the first file is renamed into OUT and ``released`` after the last, ``hold`` before a
    series is renamed to where it waits and ``held`` when what it replaces is gone, ``rejected`` and ``leaving`` before
    the first file is deleted, so that what was cut off in between is carried to its end. The file is made by the first
    release: a run that is refused leaves the private folder free for another OUT.

    Parameters
    ----------
    is_read_only : bool
        Whether nothing is carried to its end: for a look without the locks, while another process may be at work.
    is_copied : bool
        Whether ``out`` may be a copy of the OUT that the file names: for a look at what lies there.
    """

    def __init__(self, private: Path, out: Path, *, is_read_only: bool = False, is_copied: bool = False) -> None:
        self._file = JournalFile(private)
        self._out = out
        self.released: dict[str, Entry] = {}
        self.held: dict[str, Entry] = {}
        self.rejected: dict[str, Entry] = {}
        self._ever: set[str] = set()  # the subjects of whom something was released, be it there or not
        self.directories = Directories(out, self._file.append)
        self._begun: dict[str, Entry] = {}
        self._holding: dict[str, Entry] = {}  # about to wait, in place of what was made of it before
        self._unwanted: dict[str, Entry] = {}  # rejected, and perhaps not deleted yet
        self._leaving: dict[str, Entry] = {}  # about to be taken back, and perhaps not deleted yet
        self._arrived: set[str] = set()  # brought into OUT by this process, and lying there
        self._is_read_only = is_read_only
        self._folder = ""  # the OUT that the file names
        if self._file.path.exists():
            self._read(is_copied=is_copied)
        if not is_read_only:
            self.recover()

    def _read(self, *, is_copied: bool) -> None:
        is_used = False
        for number, line in enumerate(self._file.lines(is_read_only=self._is_read_only), start=1):
            try:
                is_used |= self._take(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise OutputError(
                    f"Line {number} of the journal in the private folder is damaged, or of another version of this "
                    "program; restore it from a backup, or go on with that version."
                ) from error
        if is_used and not is_copied and self._folder != str(self._out):
            raise OutputError(FOREIGN)

    def _take(self, line: dict[str, Any]) -> bool:
        """Take in one line; tell whether it is about a series."""
        if line["event"] == "output":
            self._folder = str(line["folder"])
            self._ever = set(map(str, line["released"]))
            return False
        if line["event"] in EVENTS:
            self.directories.take(line)
            return False
        token = str(line["token"])
        if line["event"] == "commit":
            self._begun[token] = Entry.from_json(line)
            self._unwanted.pop(token, None)
        elif line["event"] == "hold":
            self._holding[token] = Entry.from_json(line)
            self._unwanted.pop(token, None)
        elif line["event"] == "held":
            self._waits(Entry.from_json(line))
        elif line["event"] == "kept":
            self._holding.pop(token, None)
        elif line["event"] == "rejected":
            self._refuse(token)
        elif line["event"] == "leaving":
            self._leaving[token] = self.released.get(token) or self.held.get(token) or self._begun[token]
        elif line["event"] == "released":
            if token in self._begun:  # said twice when a stop came between the line and the memory of it
                self._lies(self._begun[token])
        else:
            self._forget(token)
        return True

    def _forget(self, token: str) -> None:
        """Know nothing of a series any more."""
        decided, doing = (self.released, self.held, self.rejected), (self._begun, self._holding)
        for known in (*decided, *doing, self._unwanted, self._leaving):
            known.pop(token, None)
        self._arrived.discard(token)

    def _waits(self, entry: Entry) -> None:
        """Know of a series that it waits, whatever was made of it before."""
        self._forget(entry.token)
        self.held[entry.token] = entry

    def _lies(self, entry: Entry) -> None:
        """Know of a series that it lies in OUT, whatever was made of it before."""
        self._forget(entry.token)
        self.released[entry.token] = entry
        self._ever.add(entry.subject)

    def _refuse(self, token: str) -> None:
        """Know of a series that it was rejected, and what of it may still be there."""
        entry = self.released.get(token) or self.held.get(token) or self.rejected[token]
        self._forget(token)
        self.rejected[token] = self._unwanted[token] = entry

    @property
    def bound(self) -> set[str]:
        """Which subjects keep the ID: something was released ever, or waits; what was only rejected binds nothing."""
        about = (self.held, self._holding, self._begun)
        return self._ever | {entry.subject for known in about for entry in known.values()}

    def recover(self) -> None:
        """Carry to their end what was cut off: deletions, and commits, which are taken back where a file is gone."""
        for entry in list(self._unwanted.values()):
            self._delete(entry)
        self._take_out(list(self._leaving.values()))
        for entry in list(self._holding.values()):
            self._go_on_holding(entry)
        whole = []
        for entry in list(self._begun.values()):
            staged = self._staged(entry)
            if all((staged.folder / t).exists() or size_of(self._out / t) is not None for t, _, _ in entry.files):
                whole.append(entry)
            else:
                self.take_back([entry])
        self._carry_out(whole)

    def _staged(self, entry: Entry, *, is_synced: bool = True) -> StagedSeries:
        """Return where the files of a series wait that is about to be released."""
        return StagedSeries(self._out, entry.token, is_synced, is_held=self.held.get(entry.token) == entry)

    def _carry_out(self, entries: Iterable[Entry], *, is_synced: bool = True) -> None:
        """Bring the files of series that were begun into OUT; those that share a zip together, which is packed once."""
        for several in packed_together(entries):
            self.check_there()
            commit([(self._staged(entry, is_synced=is_synced), entry.files) for entry in several])
            for entry in several:
                self._file.append({"event": "released", "token": entry.token})
                self._lies(entry)
                self._arrived.add(entry.token)

    def _go_on_holding(self, entry: Entry) -> None:
        """Let a series wait where it, or a part of what it replaces, was moved; keep that where the series is gone."""
        staged, waiting = (StagedSeries(self._out, entry.token, is_held=is_held) for is_held in (False, True))
        if staged.is_whole(entry.files):
            staged.hold()
        if waiting.is_whole(entry.files) and not changed_files(waiting.folder, entry.files):
            waiting.drop_earlier()
            self._replace(entry)
        else:
            waiting.put_earlier_back()
            self._keep(entry.token)

    def begin(self, entry: Entry) -> None:
        """Say that the files of ``entry`` are about to be renamed into OUT."""
        self.name_output()
        self.directories.remove_above(entry.files)
        self._file.append({"event": "commit", **asdict(entry)})
        self._begun[entry.token] = entry

    def release(self, entries: Sequence[Entry], *, is_synced: bool = True) -> None:
        """Bring finished series that were begun into OUT.

        Raises
        ------
        DiskError
            If OUT cannot be written; those that are not in it then are withdrawn.
        """
        try:
            self._carry_out(entries, is_synced=is_synced)
        except DiskError:
            for entry in (one for one in entries if one.token in self._begun):
                self.withdraw(entry.token)
            raise

    def hold(self, entry: Entry, staged: StagedSeries) -> None:
        """Let a finished series wait to be accepted, in place of what was made of it before, which goes only now.

        Raises
        ------
        DiskError
            If the place beside OUT cannot be written: then what was made before stays. If something cannot be deleted
            from OUT: then the next one goes on with it.
        """
        self.check_there()
        self.name_output()
        self._file.append({"event": "hold", **asdict(entry)})
        self._holding[entry.token] = entry
        try:
            staged.hold()
        except DiskError:
            self._keep(entry.token)
            raise
        self._replace(entry)

    def check_there(self) -> None:
        """Refuse to go on when the private folder, OUT, or the place where series wait, is not where it was.

        Raises
        ------
        DiskError
            If one is missing.
        """
        self._file.check_there()
        if self.held and not held_folder(self._out).is_dir():
            raise DiskError(MOVED.format("place beside the output folder where finished series wait"))
        if self._arrived and not self._out.is_dir():
            raise DiskError(MOVED.format("output folder"))

    def _replace(self, entry: Entry) -> None:
        """Take back from OUT what was released of a series that waits now, and say that it waits."""
        earlier = self.released.get(entry.token)
        if earlier is not None:
            self.directories.remove_above(earlier.files)
            remove_files(self._out, earlier.files)
        self.mark_held(entry)

    def _keep(self, token: str) -> None:
        """Say that what was made of a series before stays."""
        self._file.append({"event": "kept", "token": token})
        self._holding.pop(token, None)

    def mark_held(self, entry: Entry) -> None:
        """Say that a finished series waits to be accepted."""
        self.name_output()
        self._file.append({"event": "held", **asdict(entry)})
        self._waits(entry)

    def accept(self, entries: Sequence[Entry]) -> None:
        """Bring series that wait into OUT.

        Raises
        ------
        DiskError
            If OUT cannot be written; those that are not in it then go on waiting.
        """
        for entry in entries:
            self.begin(entry)
        try:
            self._carry_out(entries)
        except DiskError:
            for entry in (one for one in entries if one.token in self._begun):
                self.mark_held(entry)
            raise

    def reject(self, entry: Entry) -> None:
        """Delete a series that waits, or take a released one back; the same settings will not make it again."""
        self._file.append({"event": "rejected", "token": entry.token})
        self._refuse(entry.token)
        self._delete(entry)

    def _delete(self, entry: Entry) -> None:
        """Delete what is left of a rejected series, in OUT and beside it."""
        self.directories.remove_above(entry.files)
        remove_files(self._out, entry.files)
        StagedSeries(self._out, entry.token, is_held=True).discard()
        self._unwanted.pop(entry.token, None)

    def drop(self, token: str) -> None:
        """Delete a series that waits, and forget what was decided of it."""
        if token in self.held:
            self._take_out([self.held[token]])
        else:
            StagedSeries(self._out, token, is_held=True).discard()
            self.withdraw(token)

    def name_output(self, released: Collection[str] = ()) -> None:
        """Say which OUT this is the journal of: before the first line about a series.

        Parameters
        ----------
        released : collection of str
            The subjects of whom something was released that no line tells of: a journal can be purged.
        """
        if self._folder != str(self._out):
            self._file.append({"event": "output", "folder": str(self._out), "released": sorted(released)})
            self._folder, self._ever = str(self._out), set(released)

    def withdraw(self, token: str) -> None:
        """Say that the files of a series are no longer in OUT."""
        self._file.append({"event": "withdrawn", "token": token})
        self._forget(token)

    def is_whole(self, entry: Entry) -> bool:
        """Tell whether all files of ``entry`` are in OUT with their sizes."""
        try:
            return all(size_of(self._out / target) == size for target, size, _ in entry.files)
        except OSError:
            return False

    def check_unchanged(self, entries: Iterable[Entry]) -> None:
        """Refuse to take series back of which somebody changed a file, or the DICOMDIR: before anything is deleted.

        Raises
        ------
        OutputError
            If a file is not what was released; it names the first, whose path is de-identified.
        """
        released = [file for entry in entries for file in entry.files]
        changed = changed_files(self._out, released + self.directories.files())
        if changed:
            raise OutputError(
                f"Released files were changed since ({len(changed)}; the first is {changed[0]} in the output folder): "
                "put back what was released or move them away, and run the same command again; nothing was deleted."
            )

    def take_back(self, entries: Sequence[Entry]) -> None:
        """Delete the files of series from OUT, those that are still as they were written: one series after the other.

        What is cut off in the middle of one is carried to its end, and the others stay whole.
        """
        for several in packed_together(entries):
            self._take_out(several)

    def _take_out(self, entries: Sequence[Entry]) -> None:
        """Say that series leave, and delete their files in OUT, or where they wait, until nothing is there."""
        for entry in (one for one in entries if one.token not in self._leaving):
            self._file.append({"event": "leaving", "token": entry.token})
            self._leaving[entry.token] = entry
        for waiting in (StagedSeries(self._out, one.token, is_held=True) for one in entries if one.token in self.held):
            waiting.discard()
            if waiting.folder.exists():
                raise DiskError(
                    "Series that wait beside the output folder cannot be deleted; close what has their files open, or "
                    "check permissions, and run the same command again."
                )
        files = [
            file for entry in entries for file in entry.files
        ]  # of one that waited if its way into OUT was cut off
        self.directories.remove_above(files)
        remove_files(self._out, files)
        for entry in entries:
            self.withdraw(entry.token)

    def files_below(self, folder: str) -> list[StagedFile]:
        """Return the released DICOM files below a folder of OUT that are there, in the order of their names.

        A zip is a folder here when it is the one named; what is in others cannot be reached from without.
        """
        archive = zip_of(f"{folder}/")
        files = (file for entry in self.released.values() for file in entry.files if is_dicom(file[0]))
        below = (file for file in files if folder == "." or file[0].startswith(f"{folder}/"))
        return sorted(f for f in below if zip_of(f[0]) == archive and size_of(self._out / f[0]) is not None)

    def check_alone(self) -> None:
        """Refuse an OUT that holds what the journal does not name, or results of a journal that is not there.

        Raises
        ------
        OutputError
            As above.
        """
        if reason := self.why_not_alone():
            raise OutputError(reason)

    def why_not_alone(self) -> str:
        """Return why a run refuses OUT, as ``check_alone`` says it; empty where it does not."""
        if reason := why_lost(self._file.path, self._out):
            return reason
        return why_strange(self.strangers() if self._out.exists() else 0)

    def strangers(self) -> int:
        """Count what OUT holds besides the files that this journal names: files, links, empty folders."""
        about = (self.released, self._begun, self._unwanted, self._leaving)  # a look may come in the middle of a run
        known = {target for entries in about for entry in entries.values() for target, _, _ in entry.files}
        return count_strangers(self._out, known | {target for target, _, _ in self.directories.files()})


def bound_subjects(private: Path) -> set[str] | None:
    """Return whom the journal of a private folder binds to their IDs; None where there is none.

    Raises
    ------
    OutputError
        If it cannot be read.
    """
    out = named_output(private)
    return None if out is None else Journal(private, out, is_read_only=True).bound
