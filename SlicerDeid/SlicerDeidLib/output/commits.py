# SPDX-License-Identifier: Apache-2.0
"""Into OUT and out of it again: finished series are renamed or packed into it whole, and taken back file by file."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.files.zips import members, open_file, size_of
from SlicerDeidLib.output.packing import by_zip, write_zip, zip_of
from SlicerDeidLib.output.staging import (
    FILE_TIME_S,
    StagedFile,
    StagedSeries,
    disk_error,
    staging_folder,
    sync_folder,
    sync_open,
)

if TYPE_CHECKING:
    from io import BytesIO

_TOKEN_LENGTH = 16  # hex digits, as of a series
_UNFINISHED = "unfinished"  # a zip, while it is written in staging


def commit(series: Sequence[tuple[StagedSeries, Sequence[StagedFile]]]) -> None:
    """Bring the files of finished series into OUT; those that are there already (a commit was cut off) are left alone.

    They are renamed. Files that belong into a zip are copied into a new one, with what is in it already, which replaces
    it at once: a zip of several series is written once where they come together.

    Raises
    ------
    DiskError
        If OUT cannot be written; what was moved by this call is moved back first.
    """
    if not series:
        return
    doing = _Commit(series[0][0])
    try:
        for staged, files in series:
            doing.look(staged, files)
        for staged, files in series:
            doing.rename(staged, files)
        doing.pack()
        doing.sync()
    except (OSError, FormatError) as error:
        doing.undo()
        raise disk_error(error) from error
    for staged, _ in series:
        staged.discard()


class _Commit:
    """One commit while it goes, so that it can be undone."""

    def __init__(self, staged: StagedSeries) -> None:
        self._out, self._is_synced = staged.out, staged.is_synced
        self._moved: list[tuple[str, str]] = []
        self._made: list[Path] = []
        self._ready: set[str] = set()
        self._added: dict[str, dict[str, Path]] = {}  # zip -> what comes into it, and where that waits
        self._packed: list[str] = []

    def look(self, staged: StagedSeries, files: Iterable[StagedFile]) -> None:
        """Find what comes into zips; refuse it where another file of that name is in one."""
        for file in files:
            if not (name := zip_of(file[0])):
                continue
            added = self._added.setdefault(name, {})
            if size_of(self._out / file[0]) is None:
                added[file[0]] = staged.folder / file[0]
            elif not _is_as_written(self._out, file):
                raise FileExistsError(errno.EEXIST, "in the way")

    def rename(self, staged: StagedSeries, files: Iterable[StagedFile]) -> None:
        """Rename what lies loose."""
        before, after = f"{staged.folder}{os.sep}", f"{self._out}{os.sep}"  # text: a Path costs as much as the renaming
        for target, size, _ in files:
            if self._added and zip_of(target):
                continue
            source, goal = before + target, after + target
            if os.path.exists(goal):  # noqa: PTH110
                if not os.path.exists(source) and os.stat(goal).st_size == size:  # noqa: PTH110, PTH116
                    continue
                raise FileExistsError(errno.EEXIST, "in the way")
            parent = goal.rpartition("/")[0]
            if parent not in self._ready:
                self._made += _make_folders(Path(goal).parent)
                self._ready.add(parent)
            os.rename(source, goal)  # noqa: PTH104
            self._moved.append((source, goal))

    def pack(self) -> None:
        """Replace the zips."""
        for name, added in self._added.items():
            self._made += _make_folders((self._out / name).parent)
            self._packed.append(name)  # also where it is replaced, but cannot be forced to the disk
            _repack(self._out, name, added, is_synced=self._is_synced)

    def undo(self) -> None:
        """Leave OUT as it was."""
        for name in self._packed:
            with contextlib.suppress(
                OSError, FormatError
            ):  # the disk that took the larger zip does not take the smaller
                self._unpack(name)
        for source, goal in reversed(self._moved):
            os.rename(goal, source)  # noqa: PTH104
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):
                folder.rmdir()

    def _unpack(self, name: str) -> None:
        """Take out of a zip what came into it."""
        try:
            _repack(self._out, name, {}, self._added[name], is_synced=self._is_synced)
        except OSError:  # a disk that takes it, and does not say when it has it
            _repack(self._out, name, {}, self._added[name], is_synced=False)

    def sync(self) -> None:
        """Force the renaming to the disk."""
        if self._is_synced:
            for parent in self._ready:
                sync_folder(Path(parent))


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; return those that were not there, outermost first."""
    missing = [f for f in (folder, *folder.parents) if not f.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _repack(
    out: Path, name: str, added: Mapping[str, Path], dropped: Collection[str] = (), *, is_synced: bool = True
) -> None:
    """Replace a zip of OUT by one with other files in it, in one step; none is left where nothing would be in it.

    Parameters
    ----------
    name : str
        The zip, below OUT.
    added : mapping of str to Path
        Paths below OUT, as if the zip were a folder, and where the files lie.
    dropped : collection of str
        Paths below OUT of what goes.

    Raises
    ------
    FormatError
        If the zip that lies there is damaged.
    OSError
        If it cannot be read or written.
    """
    goal = out / name
    there = {f"{name}/{member.name}": goal / member.name for member in members(goal)} if os.path.lexists(goal) else {}
    sources = {target: path for target, path in there.items() if target not in dropped} | dict(added)
    if sources.keys() == there.keys():
        return
    if not sources:
        goal.unlink()
        return
    waiting = staging_folder(out) / hashlib.sha256(name.encode()).hexdigest()[:_TOKEN_LENGTH]
    fresh = waiting / _UNFINISHED
    waiting.mkdir(parents=True, exist_ok=True)
    try:
        write_zip(fresh, {target.removeprefix(f"{name}/"): path for target, path in sources.items()})
        os.utime(fresh, (FILE_TIME_S, FILE_TIME_S))
        if is_synced:
            with fresh.open("rb+" if os.name == "nt" else "rb") as stream:  # Windows syncs only what can be written
                sync_open(stream.fileno())
        fresh.replace(goal)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    if is_synced:
        sync_folder(goal.parent)


def changed_files(out: Path, files: Iterable[StagedFile]) -> list[str]:
    """Return the targets in ``out`` at which something lies that is not the file as it was written.

    Raises
    ------
    DiskError
        If a file cannot be read.
    """
    try:
        return [file[0] for file in files if _lies(out, file[0]) and not _is_as_written(out, file)]
    except OSError as error:
        raise disk_error(error) from error


def is_missing(out: Path, files: Iterable[StagedFile]) -> bool:
    """Tell whether one of the files does not lie in ``out`` any more."""
    return not all(_lies(out, file[0]) for file in files)


def _lies(out: Path, target: str) -> bool:
    """Tell whether something lies at a place in OUT, or may: in a zip that cannot be read."""
    if os.path.lexists(out / target):
        return True
    name = zip_of(target)
    if not name or not (out / name).is_file():
        return False
    try:
        return any(f"{name}/{member.name}" == target for member in members(out / name))
    except FormatError:
        return True


def _is_as_written(out: Path, file: StagedFile) -> bool:
    target, size, digest = file
    path = out / target
    try:
        return size_of(path) == size and _digest(path) == digest
    except FormatError:
        return False


def _digest(path: Path) -> str:
    with open_file(path) as opened:
        return hashlib.file_digest(cast("BytesIO", opened.stream), "sha256").hexdigest()


def remove_files(out: Path, files: Iterable[StagedFile]) -> None:
    """Delete released files that are still as they were written, and the folders that they leave empty, OUT included.

    Raises
    ------
    DiskError
        If a file cannot be deleted.
    """
    parents: set[Path] = set()
    packed: list[str] = []
    try:
        for file in files:
            path = out / file[0]
            if _is_as_written(out, file):
                if path.exists():
                    path.unlink()
                else:
                    packed.append(file[0])
            parents.update(p for p in path.parents if p == out or out in p.parents)
        for name, targets in by_zip(packed).items():
            _repack(out, name, {}, targets)
        for parent in sorted(parents, key=lambda p: len(p.parts), reverse=True):
            if parent.is_dir() and not any(parent.iterdir()):
                parent.rmdir()
    except (OSError, FormatError) as error:
        raise disk_error(error) from error
