# SPDX-License-Identifier: Apache-2.0
"""Patients that are told apart by their accession numbers, from the plan to the audit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from commandcases import HEADERS_ONLY, LIBRARY, released, slicerdeid, terminal_of, write_map
from ctseries import make_ct_series
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse


@pytest.fixture
def by_accession(project: Path) -> Path:
    """Two accession numbers in one folder, another in loose files, and the map that names them."""
    for study in (1, 2):
        place = project / "in" / "CANARYFOLDER3" / f"CANARYSTUDY{study}"
        make_ct_series(place, patient_id="CANARYPID3", accession_number=f"CANARYACC3-{study}", study=study)
    make_ct_series(project / "in", patient_id="CANARYPID4", accession_number="CANARYACC4")
    write_map(project, "CANARYACC3-1,S03", "CANARYACC3-2,S03", "CANARYACC4,S04")
    return project


MATCH = ["--match", "accession"]


def test_a_match_without_a_map_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(parse(["plan", "in", "--key", "key", *MATCH])) == 2
    assert "--map" in capsys.readouterr().err


def test_a_run_by_accession_number_waits_is_accepted_and_audited(
    by_accession: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY, *MATCH, "--hold") == 0
    assert released() == []
    assert "S03/2/1" in terminal_of(["review", "out", "--private", "private"], capsys)
    assert execute(parse(["review", "out", "--private", "private", "--accept", "S03/2", "S04"])) == 2
    assert execute(parse(["review", "out", "--private", "private", "--accept", "S03/2/1", "S04"])) == 0
    assert "Decisions of the review" in Path("private/report.html").read_text(encoding="utf-8")
    assert {path.split("/")[1] for path in released()} == {"S03", "S04"}
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY, *MATCH) == 0
    assert len(released()) == 8
    assert execute(parse(["review", "out", "--private", "private", "--accept-all"])) == 0
    assert len(released()) == 12
    said = terminal_of(["audit", "out", "--original", "in", "--private", "private", "--key", "key"], capsys)
    assert "error" not in said
    assert "original of this series" not in said
    report = json.loads(Path("private/report.json").read_text(encoding="utf-8"))
    assert {series["origin"] for series in report["series"]} == {
        "CANARYFOLDER3: CANARYACC3-1",
        "CANARYFOLDER3: CANARYACC3-2",
        "loose files: CANARYACC4",
    }


@pytest.mark.shows_originals
def test_a_plan_shows_what_the_map_names_only_when_asked(
    by_accession: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["plan", "in", "--map", "map.csv", "--key", "key", *MATCH]
    assert "CANARY" not in terminal_of(words, capsys)
    assert "loose files: CANARYACC4" in terminal_of([*words, "--show-originals"], capsys)
    shown = json.loads(terminal_of([*words, "--json", "--show-originals"], capsys))
    assert [s["original"] for s in shown["series"]] == ["CANARYACC3-1", "CANARYACC3-2", "CANARYACC4"]


def test_an_inventory_counts_what_the_map_names(by_accession: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(parse(["inventory", "in", "--map", "map.csv", "--key", "key", *HEADERS_ONLY, *MATCH])) == 0
    assert "12 images" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt", reason="POSIX kills without a word")
def test_a_run_by_accession_number_that_is_killed_is_resumed(by_accession: Path) -> None:
    words = ["run", "in", "out", "--map", "map.csv", "--key", "key", "--private", "private", *HEADERS_ONLY, *MATCH]
    program = [sys.executable, "-m", "SlicerDeidLib", *words, "--progress", "json", "--workers", "1"]
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY)}
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True) as run:
        assert run.stdout is not None
        next(line for line in run.stdout if '"event": "series"' in line)
        run.kill()
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY, *MATCH) == 0
    report = json.loads(Path("private/report.json").read_text(encoding="utf-8"))
    assert [series["status"] for series in report["series"]] == ["released"] * 3
    assert any(series["resumed"] for series in report["series"])
    assert len(released()) == 12
    assert execute(parse(["audit", "out", "--original", "in", "--private", "private"])) == 0
