# SPDX-License-Identifier: Apache-2.0
"""Whole or not at all: a series is written beside OUT and renamed into it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from SlicerDeidLib.errors import DiskError, FormatError
from SlicerDeidLib.files.whole import FULL

FILE_TIME_S = 946_684_800  # 2000-01-01T00:00:00Z: released files all carry this time, so that none tells when
_TOKEN = re.compile(r"[0-9a-f]{16}")
_DIGESTED_BYTES = 1 << 21  # of files whose digests are made together: 4 slices of 512 x 512
_MOST_WAITING_BYTES = 1 << 23  # memory: of files whose digests are not made yet; a larger one waits alone
_MOST_SYNCED = 4  # files on their way to the disk at a time: 1.6 ms per slice (ext4); one 6.2, eight 1.6
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_MODE = 0o666  # that of open(); the umask says what becomes of it
_NOT_KNOWN = frozenset({errno.EINVAL, errno.ENOSYS, errno.ENOTSUP})  # what fsync(2) says where it cannot be done
_EARLIER = ".earlier"  # how the folder of what waited ends while another series takes its place

StagedFile = tuple[str, int, str]
"""Path below OUT (POSIX), size in bytes, SHA-256."""


def staging_folder(out: Path) -> Path:
    """Return the staging folder of ``out``: beside it, so that renaming stays on one file system."""
    return out.with_name(f".{out.name}.partial")


def held_folder(out: Path) -> Path:
    """Return where finished series of ``out`` wait to be accepted: beside it, de-identified."""
    return out.with_name(f".{out.name}.held")


@dataclass(frozen=True, slots=True)
class StagedSeries:
    """The staging folder of one series; it can be sent to another process.

    Attributes
    ----------
    token : str
        16 hex digits that identify the series in staging and journal.
    is_synced : bool
        Whether every file is forced to the disk before it counts as written.
    is_held : bool
        Whether the series is finished and waits to be accepted.
    """

    out: Path = field(repr=False)
    token: str
    is_synced: bool = True
    is_held: bool = False

    @property
    def folder(self) -> Path:
        """Where this series' files wait."""
        return (held_folder if self.is_held else staging_folder)(self.out) / self.token

    def hold(self) -> None:
        """Let the finished series wait to be accepted, in place of what waits there.

        Raises
        ------
        DiskError
            If the place beside OUT cannot be written; what waits there stays.
        """
        goal = held_folder(self.out) / self.token
        try:
            goal.parent.mkdir(exist_ok=True)
            if goal.exists():
                self.drop_earlier()
                goal.rename(self._earlier)
            self.folder.rename(goal)
            if self.is_synced:
                sync_folder(goal.parent)
        except OSError as error:
            self.put_earlier_back()
            raise disk_error(error) from error
        self.drop_earlier()

    @property
    def _earlier(self) -> Path:
        return held_folder(self.out) / f"{self.token}{_EARLIER}"

    def drop_earlier(self) -> None:
        """Delete what waited where this series does now."""
        shutil.rmtree(self._earlier, ignore_errors=True)

    def put_earlier_back(self) -> None:
        """Let what waited wait again, where nothing took its place."""
        goal = held_folder(self.out) / self.token
        with contextlib.suppress(OSError):
            if self._earlier.exists() and not goal.exists():
                self._earlier.rename(goal)
            goal.parent.rmdir()  # where nothing waits

    def is_whole(self, files: Iterable[StagedFile]) -> bool:
        """Tell whether all files wait here with their sizes."""
        try:
            return all((self.folder / target).stat().st_size == size for target, size, _ in files)
        except OSError:
            return False

    def discard(self) -> None:
        """Take back what was staged or held."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.is_held:
            with contextlib.suppress(OSError):  # others wait there, or nothing ever did
                held_folder(self.out).rmdir()


class SeriesWriter:
    """Writes the files of one series; beside that, while the next are worked on, their digests are made.

    They reach the disk beside it too, several at a time: a file system brings their entries there together, which takes
    a quarter of the time of one after the other (ext4). A context: when it ends, nothing is done beside any more.

    Parameters
    ----------
    staged : StagedSeries
        Where the files wait.
    """

    def __init__(self, staged: StagedSeries) -> None:
        self._folder, self._is_synced = f"{staged.folder}{os.sep}", staged.is_synced
        self._beside = ThreadPoolExecutor(1)  # hashing lets other threads work
        self._syncing = ThreadPoolExecutor(_MOST_SYNCED)
        self._synced: deque[Future[None]] = deque()
        self._files: list[tuple[str, int]] = []
        self._digests: list[str] = []
        self._digested: deque[tuple[int, Future[list[str]]]] = deque()  # how many bytes, and when they are done
        self._next: list[Sequence[bytes | memoryview]] = []
        self._next_bytes = self._waiting_bytes = 0
        self._folders: set[str] = set()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give up what is not begun."""
        self._beside.shutdown(cancel_futures=True)
        self._syncing.shutdown()  # each closes its file, also where another failed

    def write(self, target: str, chunks: Sequence[bytes | memoryview]) -> None:
        """Write one file.

        Raises
        ------
        DiskError
            If the disk is full or cannot be written.
        """
        path, parent = self._folder + target, target.rpartition("/")[0]
        self._files.append((target, self._digest(chunks)))
        try:
            if parent not in self._folders:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
                self._folders.add(parent)
            descriptor = os.open(path, _NEW_FILE, _MODE)
            with contextlib.ExitStack() as broken:
                broken.callback(os.close, descriptor)
                for chunk in chunks:
                    write_all(descriptor, chunk)
                broken.pop_all()
            self._close(descriptor, path)
        except OSError as error:
            raise disk_error(error) from error

    def _close(self, descriptor: int, path: str) -> None:
        """End a file, where it is synced beside the next ones."""
        if not self._is_synced:
            _end_file(descriptor, path, is_synced=False)
            return
        self._synced.append(self._syncing.submit(_end_file, descriptor, path, is_synced=True))
        while len(self._synced) > _MOST_SYNCED:
            self._synced.popleft().result()

    def _digest(self, chunks: Sequence[bytes | memoryview]) -> int:
        """Let the digest of a file be made, with those of others when they are enough to wake a thread for."""
        size = sum(map(len, chunks))
        self._next.append(chunks)
        self._next_bytes += size
        if self._next_bytes >= _DIGESTED_BYTES:
            self._begin_next()
        return size

    def _begin_next(self) -> None:
        self._digested.append((self._next_bytes, self._beside.submit(_sha256_each, self._next)))
        self._waiting_bytes += self._next_bytes
        self._next, self._next_bytes = [], 0
        while len(self._digested) > 1 and self._waiting_bytes > _MOST_WAITING_BYTES:
            self._end_first()

    def _end_first(self) -> None:
        size, digests = self._digested.popleft()
        self._digests += digests.result()
        self._waiting_bytes -= size

    def files(self) -> tuple[StagedFile, ...]:
        """Return what was written.

        Raises
        ------
        DiskError
            If it does not reach the disk.
        """
        try:
            while self._synced:
                self._synced.popleft().result()
        except OSError as error:
            raise disk_error(error) from error
        self._begin_next()
        while self._digested:
            self._end_first()
        return tuple((*file, digest) for file, digest in zip(self._files, self._digests, strict=True))


def _end_file(descriptor: int, path: str, *, is_synced: bool) -> None:
    """Give a file its time, force it to the disk and close it: all by what wrote it, since it may not open twice."""
    try:
        os.utime(path, (FILE_TIME_S, FILE_TIME_S))
        if is_synced:
            sync_open(descriptor)
    finally:
        os.close(descriptor)
    if os.name == "nt":  # there, closing gives what was written the time of its closing
        os.utime(path, (FILE_TIME_S, FILE_TIME_S))


def sync_open(descriptor: int) -> None:
    """Force an open file or folder to the disk.

    Raises
    ------
    OSError
        If it cannot be; of the number ``ENOTSUP`` where the file system does not know how.
    """
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno in _NOT_KNOWN:
            raise OSError(errno.ENOTSUP, "cannot be synced") from error
        raise


def _sha256_each(files: Iterable[Iterable[bytes | memoryview]]) -> list[str]:
    return [_sha256(chunks) for chunks in files]


def _sha256(chunks: Iterable[bytes | memoryview]) -> str:
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of ``data``: one call may write less (over 2 GiB, or a disk nearly full)."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to the disk, where the system can (POSIX)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        sync_open(descriptor)
    finally:
        os.close(descriptor)


def disk_error(error: OSError | FormatError, folder: str = "output") -> DiskError:
    """Say in a sentence why the ``"output"`` or ``"private"`` folder could not be written."""
    if isinstance(error, FormatError):
        return DiskError(
            "A zip file in the output folder is not as this project wrote it; put back what was released or move it "
            "away, and run the same command again."
        )
    if folder == "private" and error.errno == errno.ENOENT:
        return DiskError(
            "The private folder was moved or deleted while the run went on; put it back and run the same command "
            "again: finished series stay."
        )
    if error.errno == errno.EEXIST:
        return DiskError(
            "A file that this run did not write is in the way in the output folder; move it away and run the same "
            "command again."
        )
    if error.errno == errno.ENOTSUP:
        return DiskError(
            f"The {folder} folder lies on a disk or share that does not say when a file has reached it, so that nobody "
            "could tell what of a run that was cut off is whole; name a folder on another disk."
        )
    if error.errno in FULL:
        return DiskError(
            f"The disk of the {folder} folder is full; make room and run the same command again: finished series stay."
        )
    return DiskError(
        f"The {folder} folder cannot be written ({type(error).__name__}); check permissions and run the same "
        "command again."
    )


def is_token(name: str) -> bool:
    """Tell whether a folder in staging, or where series wait, is named as that of a series."""
    return _TOKEN.fullmatch(name) is not None


def clear_staging(out: Path, *, is_ended: bool = False) -> None:
    """Remove what an interrupted run left in staging: only what is named as ours; at the end the folder too."""
    folder = staging_folder(out)
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if is_token(entry.name):
            shutil.rmtree(entry, ignore_errors=True)
    if is_ended:
        (folder / "run.lock").unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # somebody else's file in it: it stays
            folder.rmdir()
