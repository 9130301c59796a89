# SPDX-License-Identifier: Apache-2.0
"""The original files, read only as they were when the plan was made."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.files.zips import open_file
from SlicerDeidLib.formats.dicom.file import DicomFile, read
from SlicerDeidLib.model.instance import Instance

_GROUP_BYTES = 1 << 23  # of files in memory at a time: 16 slices of 512 x 512; of 8 or 32 it is as fast


def read_unchanged(root: Path, instance: Instance) -> DicomFile:
    """Read a file that must be as it was when the plan was made; see ``bytes_unchanged``."""
    return read(bytes_unchanged(root, instance))


def bytes_unchanged(root: Path, instance: Instance) -> bytes:
    """Return the bytes of a file, or of one in a zip, that must be as it was when the plan was made.

    Raises
    ------
    SeriesRefused
        If it vanished, cannot be read, or changed.
    FormatError
        If it is damaged in a zip.
    """
    path = os.path.join(root, instance.path)  # noqa: PTH118 - a third of a Path's time, once per file
    try:
        data = _bytes_if_same(path, instance)
    except OSError as error:
        raise SeriesRefused(f"a file vanished or cannot be read ({type(error).__name__}); plan again") from error
    if data is None or len(data) != instance.size_bytes:
        raise SeriesRefused("a file changed after the plan was made; plan again")
    return data


def _bytes_if_same(path: str, instance: Instance) -> bytes | None:
    """Read a file whose size and time are as they were."""
    try:
        status = os.lstat(path)
    except (NotADirectoryError, FileNotFoundError):  # the latter on Windows
        with open_file(Path(path)) as opened:
            is_same = (opened.size_bytes, opened.mtime_ns) == (instance.size_bytes, instance.mtime_ns)
            return opened.stream.read() if is_same else None
    if not stat.S_ISREG(status.st_mode) or (status.st_size, status.st_mtime_ns) != (
        instance.size_bytes,
        instance.mtime_ns,
    ):
        return None
    return _read_whole(path, status.st_size)


def _read_whole(path: str, size_bytes: int) -> bytes:
    """Read a file, and a byte more if it has become longer."""
    with open(path, "rb", buffering=0) as stream:  # noqa: PTH123 - a fifth faster than through a buffer
        data = stream.read(size_bytes + 1)
        return data if len(data) >= size_bytes else data + stream.read()


def grouped(instances: Sequence[Instance]) -> Iterator[list[Instance]]:
    """Yield files that are read together, worked on together and written together.

    A processor that does the same with several headers in turn has at hand what it needs for it, which the pixels of
    one file drive out: that halves the time of a header.
    """
    group: list[Instance] = []
    size_bytes = 0
    for instance in instances:
        size_bytes += instance.size_bytes
        if group and size_bytes > _GROUP_BYTES:
            yield group
            group, size_bytes = [], instance.size_bytes
        group.append(instance)
    if group:
        yield group
