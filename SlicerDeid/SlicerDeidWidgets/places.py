# SPDX-License-Identifier: Apache-2.0
"""Places: what a line of the panel that holds a path means, and what can be found there without a traceback."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname


def asPath(text: str) -> str:
    """Return a path as it was meant: without the quotes of Windows' "Copy as path", from a ``file:`` address, ``~``."""
    if text.startswith("file:"):
        return url2pathname(urlsplit(text.strip()).path)
    return os.path.expanduser(text.strip().strip('"'))  # noqa: PTH111 - Path's raises where there is no such user


def freeBytes(text: str) -> float | None:
    """Return how much room the disk of a folder has, which need not be there yet; None where that is not known."""
    path = Path(asPath(text)) if text.strip() else None
    nearest = None if path is None else next((folder for folder in (path, *path.parents) if isThere(folder)), None)
    return None if nearest is None else float(shutil.disk_usage(nearest).free)


def hasUnfinished(text: str) -> bool:
    """Say whether beside an output lies what a run leaves that was ended in the middle of a series."""
    return any(map(isFolder, beside(Path(asPath(text)))[:1]))


def hasResults(text: str) -> bool:
    """Say whether an output holds something, or something waits beside it."""
    path = Path(asPath(text))
    if not path.name:
        return False
    folders = [each for each in (path, *beside(path)[1:]) if isFolder(each)]
    return any(os.access(each, os.R_OK) and any(each.iterdir()) for each in folders)


def liesIn(path: Path, *folders: str) -> bool:
    """Say whether a path is one of some folders of the panel, or lies in one; a line without a path is none."""
    return any(isInside(path, Path(asPath(text))) for text in folders if text.strip())


def beside(path: Path) -> list[Path]:
    """Return where series of an output are made, and where finished ones wait; nothing for what is no folder's name."""
    return [path.with_name(f".{path.name}.{kind}") for kind in ("partial", "held")] if path.name else []


def touches(first: Path, second: Path) -> bool:
    """Say whether two folders are one, or one lies in the other."""
    return isInside(first, second) or isInside(second, first)


def isInside(path: Path, folder: Path) -> bool:
    """Say whether ``path`` is ``folder`` or lies in it; links and letter case are looked through."""
    inner, outer = (Path(os.path.normcase(os.path.realpath(each))) for each in (path, folder))
    return inner == outer or outer in inner.parents


def stamp(text: str) -> tuple[int, int] | None:
    """Return by what a file is known to be the same; None where there is none."""
    path = Path(asPath(text))
    if not text.strip() or not isFile(path):
        return None
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


def isEmpty(text: str) -> bool:
    """Say whether a folder may be looked into and holds nothing."""
    path = Path(text)
    return isFolder(path) and os.access(path, os.R_OK) and not any(path.iterdir())


def isThere(path: Path) -> bool:
    """Say whether something is there; where one may not look, or a name is too long, nothing is.

    Path's own words raise then, and Slicer's log would quote the path.
    """
    return os.path.exists(path)  # noqa: PTH110


def isFolder(path: Path) -> bool:
    """Say whether a folder is there, as ``isThere``."""
    return os.path.isdir(path)  # noqa: PTH112


def isFile(path: Path) -> bool:
    """Say whether a file is there, as ``isThere``."""
    return os.path.isfile(path)  # noqa: PTH113


def canWrite(path: Path) -> bool:
    """Say whether ``path``, or the nearest folder above it that exists, may be written to."""
    nearest = next((folder for folder in (path, *path.parents) if isThere(folder)), None)
    return nearest is not None and isFolder(nearest) and os.access(nearest, os.W_OK)
