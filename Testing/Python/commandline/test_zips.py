# SPDX-License-Identifier: Apache-2.0
"""Zip files on the command line: planned, run, looked at and audited as folders are, by names that tell nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ctseries import make_patient
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse
from zipcases import REFUSED, as_zip, zip_of_files

HEADERS_ONLY = ("--deface", "none", "--text", "off")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with ``in`` (a patient with a series in a zip, and a patient in a zip) and ``map.csv``."""
    make_patient(tmp_path / "in", "CANARYFOLDER1", number=1, series=2)
    make_patient(tmp_path / "in", "CANARYFOLDER2", number=2)
    as_zip(tmp_path / "in" / "CANARYFOLDER1" / "CANARYSUB1")
    as_zip(tmp_path / "in" / "CANARYFOLDER2")
    rows = ["Accession_number,De-identification_ID", "CANARYFOLDER1,S01", "CANARYFOLDER2,S02", ""]
    (tmp_path / "map.csv").write_text("\n".join(rows))
    (tmp_path / "key").write_bytes(bytes(range(1, 65)))
    (tmp_path / "key").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def slicerdeid(*words: str) -> int:
    return execute(parse([*words, "--map", "map.csv", "--key", "key", "--private", "private"]))


def audit(*words: str) -> int:
    return execute(parse(["audit", "out", "--private", "private", "--key", "key", *words]))


def test_zips_are_planned_run_and_audited(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert slicerdeid("plan", "in", *HEADERS_ONLY, "--json") == 0
    planned = json.loads(capsys.readouterr().out)
    assert [one["verdict"] for one in planned["series"]] == ["release"] * 3
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY, "--progress", "json") == 0
    assert sorted(path.name for path in Path("out").rglob("*.zip")) == ["S02.zip", "series-01.zip"]
    assert audit("--original", "in") == 0
    assert execute(parse(["inventory", "out", "--key", "key", "--private", "private"])) == 0


def test_the_audit_finds_a_value_that_was_planted_into_a_zip(project: Path) -> None:
    slicerdeid("run", "in", "out", *HEADERS_ONLY)
    path = Path("out/S02/S02.zip")
    path.write_bytes(path.read_bytes().replace(b"S02 ", b"CAN ", 1))
    assert audit() == 3


@pytest.mark.parametrize("what", REFUSED)
def test_a_zip_that_is_not_opened_is_said_in_a_sentence(
    project: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    make, reason = REFUSED[what]
    make(project / "in" / "CANARYFOLDER1" / "more.zip")
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY) == 0
    said = capsys.readouterr()
    (line,) = [line for line in (said.out + said.err).splitlines() if reason in line]
    assert "folder 1 of 2: 1 file left out: a zip file" in line
    assert audit("--original", "in") in (0, 3)


def test_a_list_of_patients_in_the_input_is_no_patient(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    zip_of_files(project / "in" / "list.xlsx", {"[Content_Types].xml": b"<x/>"})
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY) == 0
    assert "top of the input: 1 file left out: a zip file without images." in capsys.readouterr().err
