# SPDX-License-Identifier: Apache-2.0
"""Standing: what the journal of a private folder says lies in OUT or waits; who was killed wrote no report of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

JOURNAL = "journal.jsonl"  # what all runs released and withdrew, a line of JSON each
Key = tuple[str, int, int]
"""New ID, scan and number of a series."""
Standing = dict[Key, tuple[str, dict[str, Any]]]
"""How each series that is there ended (``"released"``, ``"held"``), and the journal's line that names its files."""
UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError)
"""What a journal raises that cannot be read, or holds a line that cannot."""


def read_journal(private: Path) -> dict[str, tuple[int, str]] | None:
    """Return the size and SHA-256 of every file that any run released, by its path below the output.

    None where there is no journal, or it holds a line that cannot be read.
    """
    directories: dict[str, tuple[str, int, str]] = {}
    try:
        made = [line["files"] for status, line in _made(private) if status == "released"]
        for line in _lines(private):
            if line["event"] == "directory":
                name, size, digest = line["file"]
                directories[line["folder"]] = str(name), int(size), str(digest)
            elif line["event"] == "no directory":
                directories.pop(line["folder"], None)
        files = [*(file for files in made for file in files), *directories.values()]
        return {str(name): (int(size), str(digest)) for name, size, digest in files}
    except UNREADABLE:
        return None


def read_named(private: Path) -> Path | None:
    """Return the output whose journal a private folder holds; None where it names none, or cannot be read."""
    try:
        named = [line["folder"] for line in _lines(private) if line["event"] == "output"]
        return Path(named[-1]) if named else None
    except UNREADABLE:
        return None


def read_standing(private: Path) -> Standing:
    """Return which series the journal says are there; nothing where there is no journal.

    Raises
    ------
    OSError, ValueError, LookupError, TypeError, AttributeError
        If it cannot be read, or holds a line that cannot.
    """
    made = _made(private) if (private / JOURNAL).exists() else ()
    return {key_of(line): (status, line) for status, line in made}


def made_lines(private: Path) -> list[dict[str, Any]] | None:
    """Return the journal's lines that name the files of the series that are there.

    None where there is no journal, or it holds a line that cannot be read.
    """
    try:
        return [line for _, line in _made(private)]
    except UNREADABLE:
        return None


def key_of(line: dict[str, Any]) -> Key:
    """Return which series a line of the journal speaks of."""
    who, scan, number = line["key"]
    return str(who), int(scan), int(number)


def _made(private: Path) -> Iterable[tuple[str, dict[str, Any]]]:
    """Return how each series that is there ended, and the line that names its files."""
    begun: dict[str, dict[str, Any]] = {}
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for line in _lines(private):
        event, token = line["event"], line.get("token", "")
        if event == "commit":
            begun[token] = line
        elif event == "released" and token in begun:
            found[token] = "released", begun[token]
        elif event == "held":
            found[token] = "held", line
        elif event in ("withdrawn", "rejected"):
            found.pop(token, None)
    return found.values()


def _lines(private: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of the journal."""
    for line in (private / JOURNAL).read_text(encoding="utf-8").splitlines(keepends=True):
        if not line.endswith("\n"):
            return  # cut off by a kill; the next run takes it away
        yield json.loads(line)
