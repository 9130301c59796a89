# SPDX-License-Identifier: Apache-2.0
"""Pictures in the private folder: one file per series and kind, named by new ID and number."""

from __future__ import annotations

import contextlib
from pathlib import Path

from SlicerDeidLib.files.whole import write_whole
from SlicerDeidLib.output.staging import disk_error

FOLDER = "pictures"
_SUFFIX = ".png"

SeriesKey = tuple[str, int, int]
"""New ID, scan and number of a series."""


def picture_path(private: Path, key: SeriesKey, kind: str) -> Path:
    """Return where a picture lies, or would; ``kind`` is ``"before"`` or ``"after"``."""
    who, scan, number = key
    name = f"{who}{f'-{scan}' if scan else ''}_{number:03d}_{kind}{_SUFFIX}"
    return private / FOLDER / name


def write_picture(private: Path, key: SeriesKey, kind: str, data: bytes) -> None:
    """Write a picture whole or not at all, for its owner only.

    Raises
    ------
    OSError
        If the private folder cannot be written.
    """
    path = picture_path(private, key, kind)
    path.parent.mkdir(mode=0o700, exist_ok=True)  # never the private folder itself
    write_whole(path, data)


def drop_pictures(private: Path, key: SeriesKey) -> None:
    """Delete the pictures of one series, if there are any.

    Raises
    ------
    DiskError
        If one cannot be deleted.
    """
    try:
        for kind in ("before", "after"):
            picture_path(private, key, kind).unlink(missing_ok=True)
    except OSError as error:
        raise disk_error(error, "private") from error
    with contextlib.suppress(OSError):  # others are there, or none ever was
        (private / FOLDER).rmdir()
