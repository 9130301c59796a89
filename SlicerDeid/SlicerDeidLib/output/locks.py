# SPDX-License-Identifier: Apache-2.0
"""Locks of a project and of its staging; what was made for them alone goes with them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from SlicerDeidLib.errors import OutputError
from SlicerDeidLib.files.silentlocks import FileLock, Timeout
from SlicerDeidLib.output.staging import clear_staging, staging_folder

_LOCK = "run.lock"
_FILE_MODE, _FOLDER_MODE = 0o600, 0o700


@contextmanager
def locked(private: Path, out: Path) -> Iterator[None]:
    """Hold the locks of a project and of its staging, so that two runs never write one OUT.

    Folders that are missing are made; what was made for the locks alone goes again at the end, so that a run that is
    refused leaves nothing.

    Raises
    ------
    OutputError
        If another run holds one of them, or a folder or lock cannot be made.
    """
    staging = staging_folder(out)
    made = [folder for place in (private, staging) for folder in (place, *place.parents) if not os.path.lexists(folder)]
    locks = [FileLock(folder / _LOCK, mode=_FILE_MODE) for folder in (private, staging)]
    try:
        _take(locks, private, staging)
        yield
    finally:
        _give_back(locks, private, out, made)


def _take(locks: Iterable[FileLock], private: Path, staging: Path) -> None:
    """Make the folders of the locks, and take these."""
    try:
        private.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
    except OSError as error:
        raise OutputError(
            f"The private folder cannot be made ({type(error).__name__}); name another with --private."
        ) from error
    try:
        staging.mkdir(parents=True, exist_ok=True)
        for lock in locks:
            lock.acquire(timeout=0)
    except Timeout as error:
        raise OutputError("Another run is writing this output folder; wait for it or stop it.") from error
    except OSError as error:
        raise OutputError(
            f"The private folder or the place beside the output folder cannot be written ({type(error).__name__}); "
            "check their permissions."
        ) from error


def _give_back(locks: Sequence[FileLock], private: Path, out: Path, made: Iterable[Path]) -> None:
    """Release the locks that are held, and take away what held nothing else."""
    of_private, of_staging = locks
    is_ended = of_staging.is_locked
    with suppress(OSError):  # Windows deletes it when it is released
        if of_private.is_locked and {entry.name for entry in private.iterdir()} <= {_LOCK}:
            (private / _LOCK).unlink()  # still held: nobody takes a lock that is about to go
    for lock in locks:
        lock.release()
    if is_ended:
        clear_staging(out, is_ended=True)
    for folder in made:
        with suppress(OSError):  # something lies in it
            folder.rmdir()
