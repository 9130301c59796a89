# SPDX-License-Identifier: Apache-2.0
"""A plan as its users type it: what is shown, to whom, and that nothing is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandcases import HEADERS_ONLY, review, slicerdeid, write_map
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse


def test_a_plan_writes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(project.rglob("*"))
    assert slicerdeid("plan", "in", *HEADERS_ONLY) == 0
    assert sorted(project.rglob("*")) == before
    assert "2 of 2 series (8 instances) of 2 subjects will be released" in capsys.readouterr().out.replace("\n", " ")


def test_a_plan_as_json_holds_what_the_panel_needs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert slicerdeid("plan", "in", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert [s["deidentification_id"] for s in document["series"]] == ["S01", "S02"]
    counts = {"release": 2, "leave out": 0, "refuse": 0, "released": 0, "waiting": 0}
    assert document["counts"] == counts


@pytest.mark.shows_originals
@pytest.mark.parametrize("shown", [[], ["--show-originals"]])
def test_problems_of_a_plan_name_folders_only_when_asked_for(
    project: Path, capsys: pytest.CaptureFixture[str], shown: list[str]
) -> None:
    write_map(project, "CANARYFOLDER1,S01")
    slicerdeid("plan", "in", "--json", *shown)
    said = capsys.readouterr().out
    (problem,) = [one for one in json.loads(said)["problems"] if one["where"] == "folder 2 of 2"]
    assert problem.get("original_folder", "") == ("CANARYFOLDER2" if shown else "")
    assert ("CANARYFOLDER" in said) == bool(shown)


def test_a_plan_as_json_says_how_much_there_is_to_do(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slicerdeid("plan", "in", "--json", *HEADERS_ONLY)
    for entry in json.loads(capsys.readouterr().out)["series"]:
        assert entry["bytes"] > 4 * 64 * 64 * 2  # four slices and their headers
        assert entry["seconds"] > 0
        assert entry["study"] == 1


def test_a_plan_for_an_output_knows_what_was_released_there(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(project / "data"))
    words = ["--map", "map.csv", "--key", "key", *HEADERS_ONLY]
    assert execute(parse(["run", "in", "out", *words])) == 0
    write_map(project, "CANARYFOLDER1,S09", "CANARYFOLDER2,S02")
    before = sorted(project.rglob("*"))
    assert execute(parse(["plan", "in", *words])) == 0
    assert execute(parse(["plan", "in", "out", *words])) == 2
    assert sorted(project.rglob("*")) == before


@pytest.mark.shows_originals
def test_a_plan_shows_original_folders_only_when_asked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slicerdeid("plan", "in")
    assert "CANARY" not in capsys.readouterr().out
    slicerdeid("plan", "in", "--show-originals")
    assert "CANARYFOLDER1" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--json"]])
@pytest.mark.parametrize("new", ["CANARYFAMILY1", "canarypid2", "H/CANARYACC1", "CANARYFOLDER1"])
def test_a_plan_does_not_show_a_new_id_that_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], new: str, options: list[str]
) -> None:
    write_map(project, f"CANARYFOLDER1,{new}", f"CANARYFOLDER2,{new}")
    assert slicerdeid("plan", "in", *options) == 2
    said = capsys.readouterr().out
    assert "canary" not in said.lower()
    assert "folder 1 of 2" in said
    assert "folder 2 of 2" in said


def test_a_plan_makes_no_key(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project / "config"))
    monkeypatch.setenv("HOME", str(project / "home"))
    assert execute(parse(["plan", "in", "--map", "map.csv", *HEADERS_ONLY])) == 0
    assert not (project / "config").exists()
    assert not (project / "home").exists()


def test_a_plan_counts_what_is_to_be_done_only(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slicerdeid("run", "in", "out", "--hold", *HEADERS_ONLY)
    review("--accept", "S01")
    capsys.readouterr()
    assert slicerdeid("plan", "in", "out", *HEADERS_ONLY) == 0
    said = capsys.readouterr().out
    assert "released already" in next(line for line in said.splitlines() if "S01" in line)
    assert "waits to be accepted" in next(line for line in said.splitlines() if "S02" in line)
    assert said.splitlines()[-1] == "Less than a minute for one process, and 0 MB."
    assert slicerdeid("plan", "in", "out", *HEADERS_ONLY, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["counts"] == {"release": 0, "leave out": 0, "refuse": 0, "released": 1, "waiting": 1}
    assert [series["found"] for series in document["series"]] == ["released", "waiting"]


def test_a_plan_says_that_a_rule_on_a_group_keeps_no_dates(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("site.toml").write_text('[rules]\n"(0008,002x)" = "K"\n')
    words = ["--rules", "site.toml", "--option", "retain-full-dates"]
    assert slicerdeid("plan", "in", *words[:2]) == 0
    assert "note: site.toml, line 2: (0008,002x) does not keep StudyDate" in capsys.readouterr().err
    assert slicerdeid("plan", "in", *words) == 0
    assert "note: " not in capsys.readouterr().err
    execute(parse(["policy", "check", "site.toml"]))
    assert "note: site.toml, line 2: (0008,002x) does not keep StudyDate" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["plan", "run"])
@pytest.mark.parametrize(
    ("folders", "said"),
    [
        (["in", "in/out", "--private", "own"], "The output folder must not lie in the input folder"),
        (["in", "out", "--private", "out/own"], "The private folder must not lie in the input or output folder"),
    ],
)
def test_folders_that_lie_in_each_other_are_said_before_a_file_is_read(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    folders: list[str],
    said: str,
) -> None:
    monkeypatch.setattr("SlicerDeidLib.discover", lambda *_given: pytest.fail("the input was read"))
    before = sorted(project.rglob("*"))
    assert execute(parse([command, *folders, "--map", "map.csv", "--key", "key", *HEADERS_ONLY])) == 2
    assert said in capsys.readouterr().err.replace("\n", " ")
    assert sorted(project.rglob("*")) == before
