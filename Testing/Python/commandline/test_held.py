# SPDX-License-Identifier: Apache-2.0
"""What waits beside the output: how it is listed, decided on and told apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandcases import HEADERS_ONLY, released, review, slicerdeid, write_map


def test_held_series_are_listed_and_decided_on(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert slicerdeid("run", "in", "out", "--hold", *HEADERS_ONLY) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == (
        "Released 0 of 2 series (0 images); 2 wait to be accepted ('slicerdeid review' lists them); "
        "2 may show a recognisable face (2 of those that wait)."
    )
    assert "held:" not in said.err
    assert not Path("out").exists()
    assert review() == 0
    said = capsys.readouterr().out
    assert said.index("S01/1") < said.index("S02/1")
    assert said.splitlines()[-1] == "2 series wait to be accepted."
    assert review("--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert [series["series"] for series in document["held"]] == ["S01/1", "S02/1"]
    assert all((Path(s["folder"]) / s["files"][0]).is_file() for s in document["held"])
    assert review("--accept", "S01", "--reject", "S02/1", "--note", "seen") == 0
    assert "1 series accepted, 1 rejected, 0 withdrawn." in capsys.readouterr().out
    assert {path.split("/")[1] for path in released()} == {"S01"}
    assert review("--withdraw", "S01") == 0
    assert not Path("out").exists()
    capsys.readouterr()
    assert review() == 0
    said = capsys.readouterr().out
    assert "seen" in said
    assert said.splitlines()[-1] == "0 series wait to be accepted; 2 were rejected or withdrawn."
    assert review("--json") == 0
    rejected = json.loads(capsys.readouterr().out)["rejected"]
    assert rejected == [{"series": "S01/1", "note": ""}, {"series": "S02/1", "note": "seen"}]


def test_what_waits_is_told_apart_by_its_settings_where_they_differ(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slicerdeid("run", "in", "out", "--hold", *HEADERS_ONLY)
    assert review() == 0
    assert "made with" not in capsys.readouterr().out
    slicerdeid("run", "in", "out", "--hold", *HEADERS_ONLY, "--redo", "S02/1", "--text", "report")
    assert review() == 0
    slicerdeid("run", "in", "out", "--hold", *HEADERS_ONLY, "--keep-time-of-day", "--subjects", "S01")
    gone = (
        "note: S01, series 1: what waited of it, made with --keep-time-of-day=no (now yes), went when it was made anew"
    )
    assert gone in " ".join(capsys.readouterr().err.split())
    slicerdeid("run", "in", "out", "--hold", *HEADERS_ONLY, "--subjects", "S01")
    assert review() == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "made with --policy=research --deface=none --text=off" in said
    assert "made with --policy=research --deface=none --text=report" in said
    assert review("--json") == 0
    held = json.loads(capsys.readouterr().out)["held"]
    assert [series["settings"]["--text"] for series in held] == ["off", "report"]


@pytest.mark.parametrize("hold", [[], ["--hold"]])
def test_a_resumed_run_says_again_what_must_be_seen(
    project: Path, capsys: pytest.CaptureFixture[str], hold: list[str]
) -> None:
    slicerdeid("run", "in", "out", *hold, *HEADERS_ONLY)
    first = [line for line in capsys.readouterr().err.splitlines() if "stays recognisable" in line]
    assert len(first) == 1
    (Path("private") / "report.json").unlink()
    slicerdeid("run", "in", "out", *hold, *HEADERS_ONLY, "--progress", "json")
    said = capsys.readouterr()
    assert [line for line in said.err.splitlines() if "stays recognisable" in line] == first
    events = [json.loads(line) for line in said.out.splitlines()]
    found = [(event["patient"], event["message"]) for event in events if event["event"] == "finding"]
    assert [patient for patient, message in found if "stays recognisable" in message] == ["S01", "S02"]
    report = json.loads((Path("private") / "report.json").read_text(encoding="utf-8"))
    assert all("stays recognisable" in " ".join(series["findings"]) for series in report["series"])


def test_an_id_that_begins_with_a_dash_is_named_as_any_other(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_map(project, "CANARYFOLDER1,-N1", "CANARYFOLDER2,-h2")
    said = ["run", "in", "out", "--hold", *HEADERS_ONLY]
    assert slicerdeid(*said, "--subjects", "-N1", "-h2", "--leave-out", "-h2/1") == 0
    assert review("--accept", "-N1", "--note", "-") == 0
    assert {path.split("/")[1] for path in released()} == {"-N1"}
    assert slicerdeid(*said, "--subjects=-h2", "--progress", "none") == 0
    assert review("--reject", "-h2/1", "--withdraw", "-N1/1") == 0
    assert slicerdeid(*said, "--redo", "-N1/1", "--deface", "none", "--keep-time-of-day") == 0
    capsys.readouterr()
    assert review("--json") == 0
    assert [series["series"] for series in json.loads(capsys.readouterr().out)["held"]] == ["-N1/1"]
    with pytest.raises(SystemExit) as ended:
        review("--accept", "--note", "seen")
    assert ended.value.code == 2
    assert "--accept: expected at least one argument" in capsys.readouterr().err


def test_everything_that_waits_is_accepted_at_once(project: Path) -> None:
    slicerdeid("run", "in", "out", "--hold", *HEADERS_ONLY)
    assert review("--accept-all") == 0
    assert len(released()) == 8


def test_a_series_that_does_not_wait_cannot_be_accepted(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slicerdeid("run", "in", "out", "--hold", *HEADERS_ONLY)
    assert review("--accept", "S07") == 2
    assert "names no series" in capsys.readouterr().err
    assert not Path("out").exists()


def test_the_report_says_what_waits(project: Path) -> None:
    slicerdeid("run", "in", "out", "--hold", *HEADERS_ONLY)
    report = json.loads((Path("private") / "report.json").read_text(encoding="utf-8"))
    assert report["counts"] == {
        "released": 0,
        "refused": 0,
        "held": 2,
        "left out": 0,
        "recognisable": 2,
        "unexamined": 0,
    }
    page = (Path("private") / "report.html").read_text(encoding="utf-8")
    assert "2 series wait beside the output" in page
    assert "2 of the series that wait may show a recognisable face." in page
    assert "released series may show" not in page
