# SPDX-License-Identifier: Apache-2.0
"""Single files, whole or not at all: written beside their place, then moved there; nothing is overwritten."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from SlicerDeidLib.errors import OutputError
from SlicerDeidLib.output.staging import FILE_TIME_S, disk_error, write_all


def check_new(paths: Mapping[str, Path]) -> None:
    """Refuse places that are taken, or that are no places, before any work is done.

    Parameters
    ----------
    paths : mapping of str to Path
        What a user calls each file -> where it shall be.

    Raises
    ------
    OutputError
        If one is taken, has no folder, or two are the same.
    """
    if len({path.absolute() for path in paths.values()}) < len(paths):
        raise OutputError(f"{' and '.join(paths)} are the same file; name two.")
    for name, path in paths.items():
        if os.path.lexists(path):
            raise OutputError(f"{name} exists; name a new file.")
        if not path.absolute().parent.is_dir():
            raise OutputError(f"The folder of {name} does not exist; make it first.")


def write_new(files: Mapping[Path, bytes]) -> None:
    """Write several files, all of them or none.

    Raises
    ------
    DiskError
        If one cannot be written, or its place was taken meanwhile.
    """
    staged: dict[Path, Path] = {}
    moved: list[Path] = []
    try:
        for goal, data in files.items():
            staged[goal] = goal.with_name(f".{secrets.token_hex(8)}.partial")
            with staged[goal].open("xb", buffering=0) as stream:
                write_all(stream.fileno(), data)
                os.fsync(stream.fileno())
            os.utime(staged[goal], (FILE_TIME_S, FILE_TIME_S))
        for goal, source in staged.items():
            _move(source, goal)
            moved.append(goal)
    except OSError as error:
        raise disk_error(error) from error
    finally:  # a stop by the user, too
        for path in (*staged.values(), *(moved if len(moved) < len(files) else ())):
            path.unlink(missing_ok=True)


def _move(source: Path, goal: Path) -> None:
    """Move a file to a place that is free: a hard link never replaces what is there, renaming would (POSIX)."""
    try:
        os.link(source, goal)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(goal):
            raise FileExistsError(errno.EEXIST, "in the way") from None
        source.rename(goal)
