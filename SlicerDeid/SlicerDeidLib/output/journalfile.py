# SPDX-License-Identifier: Apache-2.0
"""JournalFile: the file of a journal, lines of JSON, each forced to the disk."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

from SlicerDeidLib.errors import OutputError
from SlicerDeidLib.output.staging import disk_error, write_all

_FILE = "journal.jsonl"
_PRIVATE_MODE = 0o600


class JournalFile:
    """The file of a journal in the private folder; it is made by its first line, and by no other."""

    def __init__(self, private: Path) -> None:
        self.path = journal_path(private)
        self._is_there = self.path.exists()

    def lines(self, *, is_read_only: bool) -> list[str]:
        """Return the lines; a last line that was cut off by a kill is removed, so that the next one starts clean."""
        try:
            data = self.path.read_bytes()
            whole = data[: data.rfind(b"\n") + 1]
            if whole != data and not is_read_only:
                os.truncate(self.path, len(whole))
        except OSError as error:
            raise OutputError(
                f"The journal in the private folder cannot be read ({type(error).__name__}); check its permissions."
            ) from error
        return whole.decode("utf-8", "replace").splitlines()

    def append(self, line: dict[str, object]) -> None:
        """Write one line whole, or not at all.

        Raises
        ------
        DiskError
            If it cannot be written, or the file is not where it was.
        """
        data = (json.dumps(line) + "\n").encode()
        making = 0 if self._is_there else os.O_CREAT
        try:
            descriptor = os.open(self.path, os.O_WRONLY | making | os.O_APPEND, _PRIVATE_MODE)
            self._is_there = True
            try:
                before = os.fstat(descriptor).st_size
                try:
                    write_all(descriptor, data)
                    os.fsync(descriptor)
                except OSError:
                    os.ftruncate(descriptor, before)
                    raise
            finally:
                os.close(descriptor)
        except OSError as error:
            raise disk_error(error, "private") from error

    def check_there(self) -> None:
        """Refuse to go on when the file is not where it was.

        Raises
        ------
        DiskError
            If it is missing.
        """
        if self._is_there and not self.path.exists():
            raise disk_error(FileNotFoundError(errno.ENOENT, "moved"), "private")


def journal_path(private: Path) -> Path:
    """Return where the file of a private folder's journal is, or would be."""
    return private / _FILE


def named_output(private: Path) -> Path | None:
    """Return the OUT that the journal of a private folder is of; None where there is none."""
    path = JournalFile(private).path
    data = path.read_bytes() if path.exists() else b""
    named = [line for line in data[: data.rfind(b"\n") + 1].splitlines() if b'"event": "output"' in line]
    return Path(json.loads(named[-1])["folder"]) if named else None


def has_releases(private: Path) -> bool:
    """Tell whether a private folder's journal names a series that was about to be released, or waits to be.

    Raises
    ------
    OSError
        If it is there but cannot be read.
    """
    path = JournalFile(private).path
    data = path.read_bytes() if path.exists() else b""
    return any(event in data for event in (b'"event": "commit"', b'"event": "hold"', b'"event": "held"'))
