# SPDX-License-Identifier: Apache-2.0
"""Commands as their users type them, in the working directory that ``commandline/conftest.py`` makes."""

from __future__ import annotations

from pathlib import Path

import pytest
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse

LIBRARY = Path(__file__).resolve().parents[1] / "SlicerDeid"
HEADERS_ONLY = ["--deface", "none", "--text", "off"]


def write_map(folder: Path, *rows: str) -> None:
    (folder / "map.csv").write_text("\n".join(["Accession_number,De-identification_ID", *rows]) + "\n")


def slicerdeid(*words: str) -> int:
    return execute(parse([*words, "--map", "map.csv", "--key", "key", "--private", "private"]))


def released() -> list[str]:
    return sorted(p.as_posix() for p in Path("out").rglob("*") if p.is_file())


def review(*words: str) -> int:
    return execute(parse(["review", "out", *words, "--private", "private"]))


def terminal_of(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a command prints."""
    capsys.readouterr()
    execute(parse(words))
    return capsys.readouterr().out
