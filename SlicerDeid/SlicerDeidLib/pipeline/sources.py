# SPDX-License-Identifier: Apache-2.0
"""The original files, read only as they were when the plan was made."""

from __future__ import annotations

import gc
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from SlicerDeidLib.errors import DiskError, SeriesRefused
from SlicerDeidLib.files.zips import open_file
from SlicerDeidLib.formats.dicom.file import DicomFile, read
from SlicerDeidLib.model.instance import Instance

_GROUP_BYTES = 1 << 23  # of files in memory at a time: 16 slices of 512 x 512; of 8 or 32 it is as fast


def read_unchanged(root: Path, instance: Instance) -> DicomFile:
    """Read a file that must be as it was when the plan was made; see ``bytes_unchanged``."""
    return read(bytes_unchanged(root, instance))


def read_all_unchanged(root: Path, instances: Iterable[Instance]) -> list[DicomFile]:
    """Read files as ``read_unchanged``, for somebody who waits in the same process.

    So many objects at once make Python look through all it has for garbage, which held a panel for 240 ms while 200
    files were read; they are no garbage, so it rests meanwhile.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        return [read_unchanged(root, instance) for instance in instances]
    finally:
        if was_on:
            gc.enable()


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
        raise _vanished(error) from error
    if data is None or len(data) != instance.size_bytes:
        raise _changed()
    return data


def refuse_changed(root: Path, instances: Sequence[Instance]) -> None:
    """Refuse to go on with what was read of files that are not as they were any more; reads none of them.

    Raises
    ------
    SeriesRefused
        If one vanished, cannot be read, or changed in size or time.
    FormatError
        If a zip is damaged.
    """
    for instance in instances:
        path = os.path.join(root, instance.path)  # noqa: PTH118 - as above
        try:
            status = _status(path)
            is_same = _is_same(status, instance) if status else _size_and_time(path) == _as_planned(instance)
        except OSError as error:
            raise _vanished(error) from error
        if not is_same:
            raise _changed()


def check_input(root: Path) -> None:
    """Refuse to go on without the input: of a share that drops nothing is left, or an empty folder.

    Raises
    ------
    DiskError
        If the folder is gone or empty, which no series is to blame for.
    """
    try:
        with os.scandir(root) as entries:  # the first one says it, of a million as well
            is_there = any(entries)
    except OSError:
        is_there = False
    if not is_there:
        raise DiskError(
            "The input folder, or all that it held, was moved or deleted while the run went on, or its disk or share "
            "is away; put it back and run the same command again: finished series stay."
        )


def _vanished(error: OSError) -> SeriesRefused:
    return SeriesRefused(f"a file vanished or cannot be read ({type(error).__name__}); plan again")


def _changed() -> SeriesRefused:
    return SeriesRefused("a file changed after the plan was made; plan again")


def _bytes_if_same(path: str, instance: Instance) -> bytes | None:
    """Read a file whose size and time are as they were."""
    status = _status(path)
    if status is None:
        with open_file(Path(path)) as opened:
            is_same = (opened.size_bytes, opened.mtime_ns) == _as_planned(instance)
            return opened.stream.read() if is_same else None
    return _read_whole(path, status.st_size) if _is_same(status, instance) else None


def _status(path: str) -> os.stat_result | None:
    """Return what the disk says of a file; None where there is none, or it lies in a zip."""
    try:
        return os.lstat(path)
    except (NotADirectoryError, FileNotFoundError):  # the latter on Windows
        return None


def _is_same(status: os.stat_result, instance: Instance) -> bool:
    return stat.S_ISREG(status.st_mode) and (status.st_size, status.st_mtime_ns) == _as_planned(instance)


def _size_and_time(path: str) -> tuple[int, int]:
    """Return size and time of a file in a zip."""
    with open_file(Path(path)) as opened:
        return opened.size_bytes, opened.mtime_ns


def _as_planned(instance: Instance) -> tuple[int, int]:
    return instance.size_bytes, instance.mtime_ns


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
