# SPDX-License-Identifier: Apache-2.0
"""Strangers: what lies in OUT, or in its zips, that this project did not write."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.files.zips import members
from SlicerDeidLib.output.packing import by_zip


def count_strangers(out: Path, known: Collection[str]) -> int:
    """Count what OUT holds besides some files: files, in zips too, links, empty folders.

    Folders of those files are ours, also where a deletion was cut off that emptied them.

    Parameters
    ----------
    known : collection of str
        Paths below OUT (POSIX); what lies in zips as if these were folders.
    """
    zips = by_zip(known)
    parents = {target.rpartition("/")[0] for target in known}
    ours = {out, *(folder for one in parents for folder in (out / one / "file").parents)}
    count = 0
    for folder, folders, files in os.walk(out):
        here = Path(folder)
        count += sum((here / name).is_symlink() for name in folders)
        count += sum(_strangers_at(here / name, out, known, zips) for name in files)
        count += not folders and not files and here not in ours
    return count


def _strangers_at(path: Path, out: Path, known: Collection[str], zips: Collection[str]) -> int:
    """Count what is not ours at one place, in a zip of ours too."""
    name = path.relative_to(out).as_posix()
    if path.is_symlink() or (name not in known and name not in zips):
        return 1
    if name not in zips:
        return 0
    try:
        return sum(f"{name}/{member.name}" not in known for member in members(path))
    except (FormatError, OSError):  # changed, not strange: said before anything in it is touched
        return 0
