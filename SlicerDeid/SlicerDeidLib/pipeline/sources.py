# SPDX-License-Identifier: Apache-2.0
"""The original files, read only as they were when the plan was made."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.formats.dicomfile import DicomFile, read
from SlicerDeidLib.model.instance import Instance


def read_unchanged(root: Path, instance: Instance) -> DicomFile:
    """Read a file that must be as it was when the plan was made; see ``bytes_unchanged``."""
    return read(bytes_unchanged(root, instance))


def bytes_unchanged(root: Path, instance: Instance) -> bytes:
    """Return the bytes of a file that must be as it was when the plan was made.

    Raises
    ------
    SeriesRefused
        If it vanished, cannot be read, or changed.
    """
    path = os.path.join(root, instance.path)  # noqa: PTH118 - a third of a Path's time, once per file
    try:
        status = os.lstat(path)
        is_same = stat.S_ISREG(status.st_mode) and (status.st_size, status.st_mtime_ns) == (
            instance.size_bytes,
            instance.mtime_ns,
        )
        data = _read_whole(path, status.st_size) if is_same else b""
    except OSError as error:
        raise SeriesRefused(f"a file vanished or cannot be read ({type(error).__name__}); plan again") from error
    if not is_same or len(data) != instance.size_bytes:
        raise SeriesRefused("a file changed after the plan was made; plan again")
    return data


def _read_whole(path: str, size_bytes: int) -> bytes:
    """Read a file, and a byte more if it has become longer."""
    with open(path, "rb", buffering=0) as stream:  # noqa: PTH123 - a fifth faster than through a buffer
        data = stream.read(size_bytes + 1)
        return data if len(data) >= size_bytes else data + stream.read()
