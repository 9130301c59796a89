# SPDX-License-Identifier: Apache-2.0
"""The command line as its users type it: exit codes, what is said, what is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

import pydicom
import pytest
from ctseries import make_ct_series, make_patient
from openpyxl import Workbook
from SlicerDeidLib.commandline import commands, inventories
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse

LIBRARY = Path(__file__).resolve().parents[3] / "SlicerDeid"
HEADERS_ONLY = ["--deface", "none", "--text", "off"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with ``in`` (two patients) and ``map.csv``; it is the working directory, key and data lie in it."""
    make_patient(tmp_path / "in", "CANARYFOLDER1", number=1)
    make_patient(tmp_path / "in", "CANARYFOLDER2", number=2)
    write_map(tmp_path, "CANARYFOLDER1,S01", "CANARYFOLDER2,S02")
    (tmp_path / "key").write_bytes(bytes(range(1, 65)))
    (tmp_path / "key").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_map(folder: Path, *rows: str) -> None:
    (folder / "map.csv").write_text("\n".join(["Accession_number,De-identification_ID", *rows]) + "\n")


def slicerdeid(*words: str) -> int:
    return execute(parse([*words, "--map", "map.csv", "--key", "key", "--private", "private"]))


def released() -> list[str]:
    return sorted(p.as_posix() for p in Path("out").rglob("*") if p.is_file())


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


def test_series_that_are_chosen_stay_out(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert slicerdeid("run", "in", "out", "--leave-out", "S02/1", *HEADERS_ONLY) == 0
    assert [folder.name for folder in (project / "out").iterdir()] == ["S01"]
    assert "left out: S02, series 1: it was chosen to stay out" in capsys.readouterr().err
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY) == 0  # and can be released later
    assert sorted(folder.name for folder in (project / "out").iterdir()) == ["S01", "S02"]


def test_a_series_that_nobody_knows_cannot_stay_out(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert slicerdeid("run", "in", "out", "--leave-out", "S02/7", *HEADERS_ONLY) == 2
    assert "none of the plan" in capsys.readouterr().err


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


def start(
    project: Path, *words: str, count: int = 21, stdin: int | BinaryIO = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    """Start a real process on an input that takes it a while."""
    for number in range(3, count):
        make_patient(project / "in", f"CANARYFOLDER{number}", number=number, size=256)
    write_map(project, *(f"CANARYFOLDER{n},S{n:02d}" for n in range(1, count)))
    command = [sys.executable, "-m", "SlicerDeidLib", "run", "in", "out", "--map", "map.csv", "--key", "key"]
    command += ["--private", "private", *HEADERS_ONLY, *words]
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY)}
    return subprocess.Popen(
        command, cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=stdin
    )


def wait_for_releases(project: Path, count: int = 8) -> None:
    for _ in range(6000):  # two minutes: a busy machine takes its time
        if sum(1 for p in (project / "out").rglob("*.dcm")) >= count:
            return
        time.sleep(0.02)
    raise AssertionError("the run released nothing in time")


def finish(project: Path) -> None:
    """Resume, and find everything in place."""
    code = slicerdeid("run", "in", "out", *HEADERS_ONLY)
    assert code == 0
    assert len(released()) == 20 * 4
    assert not list(project.glob(".*partial"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_cleanly_and_the_run_can_be_resumed(project: Path, number: int, code: int) -> None:
    process = start(project, "--workers", "2")
    wait_for_releases(project)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, (out, err)
    assert b"Traceback" not in err
    assert len(released()) % 4 == 0
    assert not list(project.glob(".*partial"))
    finish(project)


def test_a_second_signal_and_a_closed_stdin_leave_nothing_behind(project: Path) -> None:
    process = start(project, "--workers", "2", "--progress", "json")
    wait_for_releases(project)
    assert process.stdin is not None
    process.send_signal(signal.SIGTERM)
    process.stdin.close()
    process.stdin = None
    for _ in range(5):
        time.sleep(0.03)
        process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode in (143, -signal.SIGTERM)  # what comes after the clean-up ends it at once
    assert len(released()) % 4 == 0
    assert not list(project.glob(".*partial"))


def test_closing_stdin_stops_a_run_with_json_progress(project: Path) -> None:
    process = start(project, "--workers", "1", "--progress", "json")
    wait_for_releases(project)
    assert process.stdin is not None
    process.stdin.close()
    process.stdin = None
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert len(released()) % 4 == 0
    finish(project)


def test_a_pipe_on_stdin_that_is_closed_from_the_start_stops_a_run_with_json_progress(project: Path) -> None:
    process = start(project, "--workers", "1", "--progress", "json")
    out, _ = process.communicate(timeout=60)  # closes it at once
    assert process.returncode == 130
    assert b'"exit": 130' in out
    assert len(released()) % 4 == 0
    finish(project)


@pytest.mark.parametrize("is_file", [False, True])
def test_stdin_without_another_end_stops_no_run(project: Path, is_file: bool) -> None:
    nothing = project / "nothing"
    nothing.touch()
    with (nothing if is_file else Path(os.devnull)).open("rb") as stdin:
        process = start(project, "--workers", "1", "--progress", "json", stdin=stdin)
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert b'"exit": 0' in out
    assert len(released()) == 20 * 4


def test_kill_nine_leaves_nothing_half_written_after_the_next_run(project: Path) -> None:
    process = start(project, "--workers", "1")
    wait_for_releases(project)
    process.kill()
    process.communicate(timeout=60)
    finish(project)


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


def test_a_plan_makes_no_key(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project / "config"))
    monkeypatch.setenv("HOME", str(project / "home"))
    assert execute(parse(["plan", "in", "--map", "map.csv", *HEADERS_ONLY])) == 0
    assert not (project / "config").exists()
    assert not (project / "home").exists()


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


RECIPE = "FORMAT dicom\n%header\nPSEUDO ReferringPhysicianName FULL_NAME\nPSEUDO InstitutionName HEALTH_INSTITUTION\n"


def test_site_rules_are_done_and_the_audit_agrees(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("site.dicom").write_text(RECIPE + "%filter blacklist\nLABEL x\ncontains Modality CT\n")
    Path("late.toml").write_text('[rules]\nStudyID = "hash"\n')
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY, "--rules", "site.dicom", "--rules", "late.toml") == 0
    assert "note: site.dicom, line 5: filters are not applied" in capsys.readouterr().err
    dataset = pydicom.dcmread(released()[0])
    assert str(dataset.ReferringPhysicianName).startswith("Ficto")
    assert dataset.InstitutionName.startswith("Ficti")
    assert dataset.DeidentificationMethod[1] == "policy research with site rules"
    assert execute(parse(["audit", "out", "--original", "in", "--private", "private"])) == 0


def test_what_a_rule_of_the_site_keeps_is_a_warning_of_the_audit_when_the_report_says_so(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("site.toml").write_text('[rules]\nStudyDate = "K"\nStudyTime = "K"\n')
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY, "--policy", "basic", "--rules", "site.toml") == 0
    assert execute(parse(["audit", "out", "--original", "in", "--private", "private"])) == 0
    assert "warning: dates" in capsys.readouterr().out
    report = json.loads(Path("private/report.json").read_text())
    Path("private/report.json").write_text(json.dumps({**report, "kept by own rules": []}))
    assert execute(parse(["audit", "out", "--original", "in", "--private", "private"])) == 3


def test_a_rule_that_keeps_a_date_beside_shifted_ones_ends_with_two(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("site.toml").write_text('[rules]\nStudyDate = "K"\n')
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY, "--rules", "site.toml") == 2
    assert "site.toml, line 2: StudyDate is kept beside dates that are shifted" in capsys.readouterr().err
    assert not Path("out").exists()


def test_the_policy_that_the_manual_shows_is_done_and_the_audit_agrees(project: Path) -> None:
    text = (Path(__file__).parents[3] / "Resources" / "Manual" / "policies.md").read_text(encoding="utf-8")
    shown = text.split("```toml\nname = ", 1)[1].split("```")[0]
    Path("ours.toml").write_text(f"name = {shown}")
    assert execute(parse(["policy", "check", "ours.toml", "--against", "research"])) == 0
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY, "--policy", "ours.toml") == 0
    dataset = pydicom.dcmread(released()[0])
    assert dataset.ClinicalTrialProtocolName == "Our Trial"
    assert str(dataset.ReferringPhysicianName).startswith("Ficto")
    assert execute(parse(["audit", "out", "--original", "in", "--private", "private"])) == 0


def test_a_plan_says_that_a_rule_on_a_group_keeps_no_dates(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("site.toml").write_text('[rules]\n"(0008,002x)" = "K"\n')
    words = ["--rules", "site.toml", "--option", "retain-full-dates"]
    assert slicerdeid("plan", "in", *words[:2]) == 0
    assert "note: site.toml, line 2: (0008,002x) does not keep StudyDate" in capsys.readouterr().err
    assert slicerdeid("plan", "in", *words) == 0
    assert "note: " not in capsys.readouterr().err
    execute(parse(["policy", "check", "site.toml"]))
    assert "note: site.toml, line 2: (0008,002x) does not keep StudyDate" in capsys.readouterr().err


def test_rules_that_nobody_knows_end_with_two_and_name_file_and_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("site.dicom").write_text(RECIPE + "VANISH PatientName\n")
    assert slicerdeid("plan", "in", "--rules", "site.dicom") == 2
    assert "site.dicom, line 5: 'VANISH' is no action" in capsys.readouterr().err


def test_birth_date_and_sex_of_dicats_table_are_written_and_the_audit_knows(project: Path) -> None:
    Path("map.csv").write_text("'/data/CANARYFOLDER1/','S01','1981-01-01','F'\n/data/CANARYFOLDER2,S02,,\n")
    assert slicerdeid("run", "in", "out", *HEADERS_ONLY) == 0
    first, last = (pydicom.dcmread(released()[number]) for number in (0, -1))
    assert (first.PatientBirthDate, first.PatientSex) == ("19810101", "F")
    assert last.PatientBirthDate != "19810101"
    assert execute(parse(["audit", "out", "--original", "in", "--private", "private"])) == 0


def test_a_contradiction_ends_the_check_with_two(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("site.dicom").write_text("FORMAT dicom\n%header\nKEEP PatientName\nREMOVE SOPInstanceUID\nBLANK StationName\n")
    assert execute(parse(["policy", "check", "site.dicom", "--against", "research"])) == 2
    said = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in said[:2]] == ["site.dicom, line 3", "site.dicom, line 4"]
    assert said[-1].startswith("site.dicom: ")
    Path("fine.toml").write_text('[rules]\nStudyID = "pseudo ID_NUMERICAL"\n')
    assert execute(parse(["policy", "check", "fine.toml"])) == 0
    assert capsys.readouterr().out == "fine.toml: no contradiction.\n"
    assert execute(parse(["policy", "check", "nothing.toml"])) == 2


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


def review(*words: str) -> int:
    return execute(parse(["review", "out", *words, "--private", "private"]))


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


def terminal_of(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return what a command prints."""
    capsys.readouterr()
    execute(parse(words))
    return capsys.readouterr().out


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
