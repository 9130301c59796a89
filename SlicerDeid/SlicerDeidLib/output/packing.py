# SPDX-License-Identifier: Apache-2.0
"""Zip files of OUT: which files lie in one, and how it is written, the same whatever order they came in."""

from __future__ import annotations

import shutil
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from SlicerDeidLib.files.zips import open_file
from SlicerDeidLib.model.instance import ZIP_SUFFIX

_DATE = (2000, 1, 1, 0, 0, 0)  # of every file in it, as of every released file
_UNIX, _MODE = 3, 0o100644 << 16  # made on, and attributes: APPNOTE 4.4.2 and 4.4.15; fixed, whatever system this is
_CHUNK_BYTES = 1 << 20


def zip_of(target: str) -> str:
    """Return the zip, as a path below OUT, that a released file lies in; empty where it lies loose.

    The first folder is the patient's, whatever it is called.
    """
    if f"{ZIP_SUFFIX}/" not in target:
        return ""
    parts = target.split("/")
    ends = (end for end in range(2, len(parts)) if parts[end - 1].endswith(ZIP_SUFFIX))
    return "/".join(parts[: next(ends, 0)])


def first_zip(targets: Iterable[str]) -> str:
    """Return the first zip that some released files lie in; empty where all lie loose."""
    return next(filter(None, map(zip_of, targets)), "")


def by_zip(targets: Iterable[str]) -> dict[str, list[str]]:
    """Sort paths below OUT by the zips that they lie in; loose ones are left out."""
    found: dict[str, list[str]] = defaultdict(list)
    for target in targets:
        if name := zip_of(target):
            found[name].append(target)
    return found


def write_zip(path: Path, sources: Mapping[str, Path]) -> None:
    """Write a zip that tells nothing but names and bytes, uncompressed, in the order of the names.

    Parameters
    ----------
    sources : mapping of str to Path
        Name in the zip -> the file, which may lie in another zip.

    Raises
    ------
    FormatError
        If one of them is damaged in its zip.
    OSError
        If one cannot be read, or the zip not be written.
    """
    with zipfile.ZipFile(path, "w") as packed:
        for name in sorted(sources):
            with open_file(sources[name]) as opened:
                info = zipfile.ZipInfo(name, _DATE)
                info.create_system, info.external_attr, info.file_size = _UNIX, _MODE, opened.size_bytes
                with packed.open(info, "w") as goal:
                    shutil.copyfileobj(opened.stream, goal, _CHUNK_BYTES)
