# SPDX-License-Identifier: Apache-2.0
"""The command line as its users type it: exit codes, what is said, what is left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest
from commandcases import HEADERS_ONLY, LIBRARY, released, slicerdeid, write_map
from ctseries import make_ct_series, make_patient
from openpyxl import Workbook
from SlicerDeidLib.commandline import commands, inventories
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse


def test_a_run_ends_with_zero_and_says_where_the_private_folder_is(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY) == 0
    said = capsys.readouterr()
    assert "private" in said.out
    assert said.out.splitlines()[-1] == "Released 2 of 2 series (8 images); 2 may show a recognisable face."
    assert "stays recognisable" in said.err
    assert len(released()) == 8
    assert (Path("private") / "report.html").exists()


def test_auto_refuses_what_may_be_a_head_and_ends_with_three(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert slicerdeid("run", "in", "out") == 3
    assert "under controlled access only, with --deface none by name" in capsys.readouterr().err.replace("\n", " ")
    assert not Path("out").exists()


def test_strict_ends_with_three_when_something_was_refused(project: Path) -> None:
    make_ct_series(Path("in/CANARYFOLDER1/x"), series=5, burned_in="YES", patient_id="CANARYPID1")
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY) == 0
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY, "--strict") == 3


def test_series_that_are_chosen_stay_out(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert slicerdeid("run", "in", "out", "--leave-out", "S02/1", *HEADERS_ONLY) == 0
    assert [folder.name for folder in (project / "out").iterdir()] == ["S01"]
    assert "left out: S02, series 1: it was chosen to stay out" in capsys.readouterr().err
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY) == 0  # and can be released later
    assert sorted(folder.name for folder in (project / "out").iterdir()) == ["S01", "S02"]


def test_a_series_that_nobody_knows_cannot_stay_out(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert slicerdeid("run", "in", "out", "--leave-out", "S02/7", *HEADERS_ONLY) == 2
    assert "none of the plan" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run", "nothing", "out"], "input folder does not exist"),
        (["run", "in", "in/out"], "must not lie in"),
        (["run", "in", "out", "--policy", "nonsense"], "nonsense"),
        (["plan", "in", "--subjects", "S99"], ""),
    ],
)
def test_wrong_words_end_with_two_and_write_nothing(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    assert slicerdeid(*words) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert not Path("out").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["run", "in"],
        ["run", "in", "out", "--deface", "skin"],
        ["plan", "in", "--depth", "0"],
        ["plan", "in", "--workers", "2"],
        ["plan", ""],
        ["run", "in", ""],
        ["run", "in", "out", "--private", ""],
        ["audit", ""],
        [],
    ],
)
def test_options_that_do_not_exist_are_refused_with_two(words: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        parse(words)
    assert stop.value.code == 2


def test_a_bad_map_ends_with_two_and_a_sentence(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_map(project, "CANARYFOLDER1,S 01?")
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY) == 2
    assert not Path("out").exists()
    assert capsys.readouterr().err.count("slicerdeid: ") == 1


def test_json_progress_is_one_object_a_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY, "--progress", "json") == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["plan", "series", "finding", "series", "finding", "done"]
    assert events[-1]["exit"] == 0
    assert events[-1]["released"] == 2


def test_json_progress_names_no_folder_and_the_terminal_says_the_private_one(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    private = project / "of Somebody"
    words = ["run", "in", "out", "--map", "map.csv", "--key", "key", "--private", str(private), *HEADERS_ONLY]
    assert execute(parse([*words, "--progress", "json"])) == 0
    said = capfd.readouterr()
    assert "Somebody" not in said.out
    assert str(project) not in said.out
    assert f"(private): {private}" in said.err


def test_json_progress_says_errors_too(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert slicerdeid("run", "nothing", "out", "--progress", "json") == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["exit"] == 2


def test_the_audit_of_a_clean_output_ends_with_zero(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY) == 0
    assert execute(parse(["audit", "out", "--original", "in", "--private", "private"])) == 0, capsys.readouterr()


def test_the_audit_of_two_scans_of_one_patient_ends_with_zero(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_patient(project / "in", "CANARYFOLDER3", number=1, study=2)
    write_map(project, "CANARYFOLDER1,S01", "CANARYFOLDER2,S02", "CANARYFOLDER3,S01")
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY) == 0
    assert execute(parse(["audit", "out", "--original", "in", "--private", "private"])) == 0, capsys.readouterr()
    report = json.loads(Path("private/report.json").read_text(encoding="utf-8"))
    scans = {(series["patient"], series["scan"]): series["original folder"] for series in report["series"]}
    assert scans == {("S01", 1): "CANARYFOLDER1", ("S01", 2): "CANARYFOLDER3", ("S02", 0): "CANARYFOLDER2"}


def test_a_second_audit_says_what_the_first_one_said(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "default_private", lambda out: project / "by default")
    (project / "by default").mkdir()  # which no audit makes
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY) == 0
    said = []
    for _ in range(2):
        capsys.readouterr()
        assert execute(parse(["audit", "out", "--original", "in"])) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert "warning: record" not in said[0]
    assert (project / "by default" / "audit.html").exists()


def test_a_run_names_nothing_that_it_did_not_write(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_map(project, "SOMEBODY-ELSE,S01")
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY) == 3
    assert "(private)" not in capsys.readouterr().out
    assert not Path("private/report.json").exists()


def test_the_audit_finds_a_planted_name_and_ends_with_three(project: Path) -> None:
    import pydicom

    slicerdeid("run", "in", "out", *HEADERS_ONLY)
    path = Path(released()[0])
    dataset = pydicom.dcmread(path)
    dataset.ImageComments = "CANARYFAMILY1"
    dataset.save_as(path)
    assert execute(parse(["audit", "out", "--original", "in", "--private", "private"])) == 3


def test_an_audit_for_machines_prints_what_it_wrote(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slicerdeid("run", "in", "out", *HEADERS_ONLY)
    capsys.readouterr()
    assert execute(parse(["audit", "out", "--original", "in", "--private", "private", "--json"])) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((project / "private" / "audit.json").read_text(encoding="utf-8"))
    assert printed["summary"].startswith("The audit of ")


def test_a_policy_is_shown_with_what_is_asked_for_besides(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(parse(["policy", "show", "basic", "--option", "clean-descriptors"])) == 0
    assert "no options; with clean-descriptors" in capsys.readouterr().out


def test_policies_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(parse(["policy", "list"])) == 0
    assert "research" in capsys.readouterr().out
    assert execute(parse(["policy", "show", "basic"])) == 0
    assert "(0010,0010)" in capsys.readouterr().out
    assert execute(parse(["policy", "show", "nonsense"])) == 2


def test_a_folder_name_that_is_no_utf8_ends_in_the_report(project: Path) -> None:
    stray = os.fsencode(project / "in" / "CANARYFOLDER1") + b"/M\xfcller.txt"
    Path(os.fsdecode(stray)).write_text("x")
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY) == 0
    assert json.loads((Path("private") / "report.json").read_text())["strays"]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_letters_that_a_terminal_lacks_are_written_in_other_words(project: Path, encoding: str) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Bücher\N{SNOWMAN}"
    for row in (("Accession_number", "De-identification_ID"), ("CANARYFOLDER1", "S01"), ("CANARYFOLDER1", "S01")):
        sheet.append(row)
    book.save(project / "map.xlsx")
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY), "PYTHONIOENCODING": encoding}
    command = [sys.executable, "-m", "SlicerDeidLib", "plan", "in", "--map", "map.xlsx", "--key", "key", *HEADERS_ONLY]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"\\u2603" in done.stdout


@pytest.mark.parametrize("words", [["--depth", "abc"], ["--air-value", "nan"], ["--depth", "2"]])
def test_numbers_that_are_none_are_refused_in_words(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["plan", "in", *words])
    assert "must be" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "comments"), [([], "headache, rule out SDH"), (["--keep-free-text", "no"], None)])
def test_free_text_is_cleaned_or_goes_as_a_whole(project: Path, words: list[str], comments: str | None) -> None:
    texts = {"SeriesDescription": "CT NECK CANARYFAMILY1 5mm", "PatientComments": "headache, rule out SDH, Dr CANARYX"}
    make_patient(project / "in", "CANARYFOLDER1", number=1, set_values=texts)
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY, *words) == 0
    dataset = pydicom.dcmread(next(Path("out/S01").rglob("*.dcm")))
    assert dataset.SeriesDescription == "CT NECK 5mm"
    assert dataset.get("PatientComments") == comments
    assert "113105" in [item.CodeValue for item in dataset.DeidentificationMethodCodeSequence]
    assert execute(parse(["audit", "out", "--original", "in", "--private", "private"])) == 0


@pytest.mark.parametrize("text", ["CT of Xavierson", "seen 2019", "94 yo", "see www.head", "Dr Head", "48 22 91 7"])
def test_the_audit_finds_in_a_cleaned_text_what_is_not_clean(project: Path, text: str) -> None:
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY) == 0
    path = next(Path("out").rglob("*.dcm"))
    dataset = pydicom.dcmread(path)
    dataset.SeriesDescription = text
    dataset.save_as(path)
    assert execute(parse(["audit", "out"])) == 3


def test_the_inventory_lists_what_stays_and_saves_decisions(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["inventory", "in", *HEADERS_ONLY, "--csv", "values.csv", "--save", "decisions.toml", "--fewer-than", "2"]
    assert slicerdeid(*words) == 0
    said = capsys.readouterr().out
    assert "Manufacturer" in said
    assert "subjects;" in said
    table = Path("values.csv").read_text(encoding="utf-8-sig").splitlines()
    assert table[0] == "Subjects,Images,Rare,Attribute,Name,Value,Cannot be decided about"
    assert [int(line.split(",")[0]) for line in table[1:]] == sorted(int(line.split(",")[0]) for line in table[1:])
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY, "--rules", "decisions.toml") == 0
    capsys.readouterr()
    assert execute(parse(["inventory", "out"])) == 0
    assert "Manufacturer" in capsys.readouterr().out
    assert execute(parse(["audit", "out", "--original", "in", "--private", "private"])) == 0


def test_a_value_that_was_replaced_once_for_all_is_no_fault_of_the_audit(project: Path) -> None:
    Path("site.toml").write_text(
        '[[values]]\nattribute = "Modality"\nvalue = "CT"\naction = "keep"\n'
        '[[values]]\nattribute = "Manufacturer"\nvalue = "MAKER"\naction = "replace"\nwith = "A maker of scanners"\n'
    )
    for path in Path("in").rglob("*"):
        if path.is_file():
            dataset = pydicom.dcmread(path)
            dataset.Manufacturer = "MAKER"
            dataset.save_as(path)
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY, "--rules", "site.toml") == 0
    assert pydicom.dcmread(released()[0]).Manufacturer == "A maker of scanners"
    assert execute(parse(["audit", "out", "--original", "in", "--private", "private"])) == 0


@pytest.mark.parametrize(("cell", "written"), [("=1+1", "'=1+1"), ("-1024.5", "-1024.5"), ("@x", "'@x"), ("CT", "CT")])
def test_no_cell_of_the_inventory_is_a_formula(cell: str, written: str) -> None:
    assert inventories._as_text(cell) == written
