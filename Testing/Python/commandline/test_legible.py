# SPDX-License-Identifier: Apache-2.0
"""Folders whose names hold what no eye sees: they turn nothing around, and a terminal obeys nothing in them."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from pathlib import Path

import pytest
from ctseries import make_patient
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse
from SlicerDeidLib.model.legible import LEFT_TO_RIGHT_MARK, legible_name, legible_text

SEEN = {
    "override": ("a\u202egpj.b", r"a\u202egpj.b"),
    "embedding": ("a\u202ab\u202c", r"a\u202ab\u202c"),
    "isolate": ("a\u2067b\u2069", r"a\u2067b\u2069"),
    "mark": ("a\u200eb\u200f", r"a\u200eb\u200f"),
    "zero width": ("a\u200bb\u200dc\ufeff", r"a\u200bb\u200dc\ufeff"),
    "soft hyphen": ("a\u00adb", r"a\xadb"),
    "filler": ("a\u3164b\u2800", r"a\u3164b\u2800"),
    "selector": ("a\ufe0fb\U000e0041", r"a\ufe0fb\U000e0041"),
    "escape": ("a\x1b[2Jb\x07", r"a\x1b[2Jb\x07"),
    "line": ("a\r\nb\u2028c", r"a\r\nb\u2028c"),
    "no text": ("a\udcffb", r"a\udcffb"),
    "letters": ("Müller^Ł Ōsaka 大阪 -_(1)", "Müller^Ł Ōsaka 大阪 -_(1)"),
}


@pytest.mark.parametrize("kind", SEEN)
def test_every_letter_of_a_name_is_seen(kind: str) -> None:
    name, seen = SEEN[kind]
    assert legible_name(name) == seen


def test_a_sentence_keeps_its_lines_and_the_end_of_a_name() -> None:
    sentence = "\nholds ".join(map(legible_name, ("שלום", "a\u202eb")))
    assert legible_text(sentence) == sentence == f"שלום{LEFT_TO_RIGHT_MARK}\nholds a\\u202eb"
    assert legible_text("a\tb\u202e") == r"a\tb\u202e"


def test_no_letter_of_unicode_that_is_a_control_or_a_format_is_left() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    left = {unicodedata.category(letter) for letter in legible_name(every).rstrip(LEFT_TO_RIGHT_MARK)}
    assert not left & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with ``in``: two patients in folders with such names; the working directory."""
    names = ["a\u202egpj", "b\x1b[2J\n\u200b"]
    if sys.platform == "linux":
        names.append(os.fsdecode(b"c\xff"))
    for number, name in enumerate(names, 1):
        make_patient(tmp_path / "in", name, number=number)
    (tmp_path / "key").write_bytes(bytes(range(1, 65)))
    (tmp_path / "key").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def slicerdeid(command: str, *words: str) -> int:
    own = ["--key", "key", "--private", "private", "--deface", "none", "--text", "off"]
    return execute(parse([command, "in", *words, *own]))


def unseen(text: str) -> set[str]:
    """What of a text is not seen, besides the ends of its lines."""
    return {letter for letter in text if legible_text(letter) != letter}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.shows_originals
def test_plan_and_report_show_such_names_by_their_letters(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert slicerdeid("plan", "--show-originals") == 0
    said = capsys.readouterr()
    assert unseen(said.out + said.err) == set()
    assert r"a\u202egpj" in said.out
    assert r"b\x1b[2J\n\u200b" in said.out
    assert slicerdeid("run", "out") == 0
    page = Path("private", "report.html").read_text(encoding="utf-8")
    assert unseen(page) == set()
    assert r"a\u202egpj" in page


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.shows_originals
def test_programs_get_such_names_as_they_are(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert slicerdeid("plan", "--show-originals", "--json") == 0
    series = json.loads(capsys.readouterr().out)["series"]
    assert {one["original_folder"] for one in series} == {path.name for path in Path("in").iterdir()}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_an_audit_shows_the_name_of_a_stranger_in_the_output_by_its_letters(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert slicerdeid("run", "out") == 0
    Path("out", "gpj\u202e.\x1b[31mexe").write_bytes(b"")
    capsys.readouterr()
    assert execute(parse(["audit", "out", "--private", "private"])) == 3
    said = capsys.readouterr()
    assert unseen(said.out + said.err) == set()
    assert r"gpj\u202e.\x1b[31mexe" in said.out
    assert unseen(Path("private", "audit.html").read_text(encoding="utf-8")) == set()
