# SPDX-License-Identifier: Apache-2.0
"""Directories: which DICOMDIRs lie in OUT, as the journal remembers them, and where there are to be some."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from SlicerDeidLib.output.staging import StagedFile, StagedSeries, remove_files

_WANTED, _ADDED, _REMOVED = "file sets", "directory", "no directory"
EVENTS = frozenset({_WANTED, _ADDED, _REMOVED})
"""What lines of the journal about them are called."""


@dataclass(frozen=True, slots=True)
class Directory:
    """One DICOMDIR that lies in OUT, or is about to.

    Attributes
    ----------
    basis : str
        Digest of the files that it tells of.
    """

    file: StagedFile = field(repr=False)
    basis: str


class Directories:
    """The DICOMDIRs of one OUT, by their folders (POSIX, ``"."`` for OUT itself).

    A DICOMDIR is taken out of OUT before any file below its folder comes or goes, and written anew at the end
    (``pipeline/filesets.py``), so that none ever tells of what is not there.

    Parameters
    ----------
    append : callable
        Writes one line of the journal to the disk.
    """

    def __init__(self, out: Path, append: Callable[[dict[str, object]], None]) -> None:
        self._out = out
        self._append = append
        self.wanted: frozenset[str] = frozenset()
        self.known: dict[str, Directory] = {}

    def take(self, line: dict[str, Any]) -> None:
        """Take in one line of the journal."""
        if line["event"] == _WANTED:
            self.wanted = frozenset(map(str, line["folders"]))
        elif line["event"] == _ADDED:
            target, size, digest = line["file"]
            self.known[str(line["folder"])] = Directory((str(target), int(size), str(digest)), str(line["basis"]))
        else:
            self.known.pop(str(line["folder"]), None)

    def files(self) -> list[StagedFile]:
        """Return the DICOMDIRs themselves."""
        return [directory.file for directory in self.known.values()]

    def want(self, folders: Iterable[str]) -> None:
        """Say which folders are to hold a DICOMDIR."""
        wanted = frozenset(folders)
        if wanted != self.wanted:
            self._append({"event": _WANTED, "folders": sorted(wanted)})
            self.wanted = wanted

    def add(self, folder: str, directory: Directory, staged: StagedSeries) -> None:
        """Rename a DICOMDIR into OUT, in place of the one that lies there.

        Raises
        ------
        DiskError
            If OUT cannot be written.
        """
        self.remove(folder)
        self._append({"event": _ADDED, "folder": folder, **asdict(directory)})
        self.known[folder] = directory
        staged.commit([directory.file])

    def remove(self, folder: str) -> None:
        """Delete the DICOMDIR of a folder, if there is one and it is still as it was written."""
        if folder in self.known:
            remove_files(self._out, [self.known[folder].file])
            self._append({"event": _REMOVED, "folder": folder})
            del self.known[folder]

    def remove_above(self, files: Iterable[StagedFile]) -> None:
        """Delete every DICOMDIR that lies above one of the files."""
        folders = {file[0].rpartition("/")[0] for file in files}
        for folder in {parent.as_posix() for one in folders for parent in PurePosixPath(one, "file").parents}:
            self.remove(folder)
