# SPDX-License-Identifier: Apache-2.0
"""Strangers: what lies in OUT, or in its zips, that this project did not write."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.files.zips import members
from SlicerDeidLib.model.instance import ZIP_SUFFIX
from SlicerDeidLib.output.packing import by_zip
from SlicerDeidLib.output.staging import held_folder, is_token

_OURS = re.compile(r"_\d{3,}_\d{5,}\.dcm")  # how the name of a released image ends
LOST = (
    "The output folder holds series that this program released, or such wait beside it, and the private folder has no "
    "journal of them: put back the private folder that belongs to them, or name it with --private; to begin anew, name "
    "another output folder."
)
"""Of results that lie or wait where no journal tells of them."""
FOREIGN = "The private folder belongs to another output folder; name that one, or another private folder."
"""Of a journal that tells of another place."""
MOVED = "The {} was moved or deleted while the run went on; put it back and run the same command again."
"""Of a folder that holds what this very process finished."""


def why_lost(journal: Path, out: Path) -> str:
    """Return why nothing can be gone on with where results lie and no journal tells of them; empty where it can.

    Who began anew would release them once more, under other IDs perhaps, and never take these back.

    Parameters
    ----------
    journal : Path
        Where the file of the journal is, or was.
    """
    if journal.exists():
        return ""
    return LOST if is_waiting(out) or any(map(_OURS.search, _names(out))) else ""


def why_strange(count: int) -> str:
    """Return why nothing goes into an OUT that holds so many strangers; empty where there are none."""
    what = "1 file, link or empty folder" if count == 1 else f"{count} files, links or empty folders"
    sentence = (
        f"The output folder holds {what} that this project did not write (hidden ones count too); move that away, or "
        "name an empty folder."
    )
    return sentence if count else ""


def is_waiting(out: Path) -> bool:
    """Tell whether finished series wait beside OUT."""
    held = held_folder(out)
    return held.is_dir() and any(is_token(entry.name) for entry in held.iterdir())


def _names(out: Path) -> Iterator[str]:
    """Yield the names of the files of OUT, in its zips too."""
    for folder, _, files in os.walk(out):
        for name in files:
            yield name
            if name.endswith(ZIP_SUFFIX):
                with contextlib.suppress(FormatError, OSError):
                    yield from (member.name for member in members(Path(folder) / name))


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
