# SPDX-License-Identifier: Apache-2.0
"""Belonging: whether a private folder is that of the output that is audited, or every file would look wrong by it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from SlicerDeidLib.errors import FormatError, OutputError
from SlicerDeidLib.verification.archives import exists, read_bytes
from SlicerDeidLib.verification.recorded import reported_files
from SlicerDeidLib.verification.standing import read_journal, read_named

MOST_READ = 100  # files, spread over all: a copy of an output has more that are as they were released than are not
FOREIGN = (
    "The private folder that was named for the audit belongs to another output, for its journal or report tells of "
    "other files than those of this one; nothing was audited or written: name the private folder of this output with "
    "--private, or none."
)
"""Of a private folder whose record is of other files."""
CHANGED = (
    "The private folder that was named for the audit belongs to another output, or every file of this one was changed "
    "since it was released: {count} have names that its journal or report tells of, and none is as it was written "
    "then; nothing was audited or written: name the private folder of this output with --private, or none."
)
"""Of a private folder whose record is of files of the same names: another output's of the same IDs, or changed ones."""


def check_belonging(out: Path, private: Path) -> None:
    """Refuse a private folder of another output, before anything is compared with it or written into it.

    It belongs to an output whose place its journal names, and to a copy of that, wherever that lies: then some file is
    as it was released. Where no journal names a place and nothing is recorded, it is nobody's.

    Raises
    ------
    OutputError
        If it is another output's.
    """
    named = read_named(private)
    if named is not None and _place(named) == _place(out):
        return
    journal = read_journal(private)
    recorded = reported_files(private) if journal is None else journal
    there = [name for name in recorded if exists(out / name)]
    if named is None and not recorded:
        return
    if not any(_is_as_released(out / name, *recorded[name]) for name in there[:: len(there) // MOST_READ + 1]):
        raise OutputError(CHANGED.format(count=_counted(len(there))) if there else FOREIGN)


def _counted(files: int) -> str:
    return "1 file" if files == 1 else f"{files} files"


def _place(folder: Path) -> str:
    """Return by what two paths are known to be one."""
    return os.path.normcase(os.path.realpath(folder))


def _is_as_released(path: Path, size: int, digest: str) -> bool:
    try:
        data = read_bytes(path)
    except (FormatError, OSError):
        return False
    return len(data) == size and hashlib.sha256(data).hexdigest() == digest
