# SPDX-License-Identifier: Apache-2.0
"""Whole: files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path

OWNER_ONLY, BY_MASK = 0o600, 0o666  # permissions: for the owner, and as the user's mask leaves them
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Numbers of the errors of a disk that takes no more."""


def write_whole(path: Path, data: bytes, *, mode: int = OWNER_ONLY) -> None:
    """Write a file beside its place and move it there; what is no file (a pipe) is written into.

    Parameters
    ----------
    mode : int
        Its permissions (POSIX), less the user's mask.

    Raises
    ------
    OSError
        If it cannot be written: then what was there stays, and nothing half-written does.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    path = path.resolve()  # what a link leads to
    fresh = path.with_name(f"{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), mode)
    is_moved = False
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        is_moved = True
    finally:  # a stop by the user, too
        if not is_moved:
            fresh.unlink(missing_ok=True)
