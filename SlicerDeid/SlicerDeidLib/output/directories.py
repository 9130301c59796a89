# SPDX-License-Identifier: Apache-2.0
"""Directories: which DICOMDIRs lie in OUT, as the journal remembers them, and where there are to be some."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from zlib import compress, decompress

from SlicerDeidLib.output.commits import commit, remove_files
from SlicerDeidLib.output.staging import StagedFile, StagedSeries

_WANTED, _ADDED, _REMOVED = "file sets", "directory", "no directory"
EVENTS = frozenset({_WANTED, _ADDED, _REMOVED})
"""What lines of the journal about them are called."""


@dataclass(frozen=True, slots=True)
class Medium:
    """A DICOMDIR of the input that is redacted at equal length.

    Attributes
    ----------
    blank : bytes
        The DICOMDIR without any value.
    targets : dict of int to str
        Where a record begins in it -> path below OUT (POSIX) of its file, where that is or may be released.
    """

    blank: bytes = field(repr=False)
    targets: dict[int, str]

    def as_json(self) -> dict[str, object]:
        """Return it as the journal writes it."""
        return {"blank": b64encode(compress(self.blank)).decode(), "targets": self.targets}

    @classmethod
    def from_json(cls, line: dict[str, Any]) -> Medium:
        """Read what the journal wrote."""
        targets = {int(offset): str(target) for offset, target in line["targets"].items()}
        return cls(decompress(b64decode(line["blank"])), targets)

    def joined(self, earlier: Medium | None) -> Medium:
        """Return it with what an earlier run knew of the same DICOMDIR."""
        if earlier is None or earlier.blank != self.blank:
            return self
        return Medium(self.blank, earlier.targets | self.targets)


@dataclass(frozen=True, slots=True)
class Directory:
    """One DICOMDIR that lies in OUT, or is about to.

    Attributes
    ----------
    basis : str
        Digest of the files that it tells of, and of the DICOMDIR that it was redacted from.
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
        self.wanted: dict[str, Medium | None] = {}
        self.known: dict[str, Directory] = {}

    def take(self, line: dict[str, Any]) -> None:
        """Take in one line of the journal."""
        if line["event"] == _WANTED:
            media = line.get("media", {})  # there where something is redacted
            folders = map(str, line["folders"])
            self.wanted = {one: Medium.from_json(media[one]) if one in media else None for one in folders}
        elif line["event"] == _ADDED:
            target, size, digest = line["file"]
            self.known[str(line["folder"])] = Directory((str(target), int(size), str(digest)), str(line["basis"]))
        else:
            self.known.pop(str(line["folder"]), None)

    def files(self) -> list[StagedFile]:
        """Return the DICOMDIRs themselves."""
        return [directory.file for directory in self.known.values()]

    def want(self, folders: Mapping[str, Medium | None]) -> None:
        """Say which folders are to hold a DICOMDIR, and of which one of the input it is redacted, if of any."""
        wanted = dict(folders)
        if wanted != self.wanted:
            media = {folder: medium.as_json() for folder, medium in wanted.items() if medium is not None}
            self._append({"event": _WANTED, "folders": sorted(wanted), **({"media": media} if media else {})})
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
        commit([(staged, [directory.file])])

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
