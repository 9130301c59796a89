# SPDX-License-Identifier: Apache-2.0
"""The audit as its users type it: what was asked for is no fault, what nobody asked for is, and it makes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import pydicom
import pytest
from ctseries import make_patient
from pydicom.dataset import Dataset
from SlicerDeidLib.commandline import commands
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse

AUDIT = ["audit", "out", "--original", "in", "--private", "private"]
THICKNESS = '[[values]]\nattribute = "SliceThickness"\nvalue = "{}"\naction = "{}"\n{}'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with ``in`` (two patients, the second with other values) and ``map.csv``; the working directory."""
    for number in (1, 2):
        make_patient(tmp_path / "in", f"CANARYFOLDER{number}", number=number)
    for path in (tmp_path / "in").rglob("*"):
        if path.is_file():
            dataset = pydicom.dcmread(path)
            dataset.SliceThickness = "3.5" if "CANARYFOLDER1" in path.parts else "1.25"
            dataset.SpacingBetweenSlices = dataset.SliceThickness
            if "CANARYFOLDER1" in path.parts:  # an audit without a report tells originals by their pixels
                dataset.PixelData = dataset.PixelData[::-1]
            dataset.save_as(path)
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S01\nCANARYFOLDER2,S02\n")
    (tmp_path / "key").write_bytes(bytes(range(1, 65)))
    (tmp_path / "key").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str) -> int:
    own = ["--map", "map.csv", "--key", "key", "--private", "private", "--deface", "none", "--text", "off"]
    return execute(parse(["run", "in", "out", *words, *own]))


def images(patient: str) -> list[Dataset]:
    return [pydicom.dcmread(path) for path in sorted(Path("out", patient).rglob("*.dcm"))]


def plant(patient: str, keyword: str, value: str | None) -> None:
    for path in Path("out", patient).rglob("*.dcm"):
        dataset = pydicom.dcmread(path)
        delattr(dataset, keyword)
        if value is not None:
            setattr(dataset, keyword, value)
        dataset.save_as(path)


@pytest.mark.parametrize(
    ("rules", "stays"),
    [
        (THICKNESS.format("3.5", "remove", ""), None),
        (THICKNESS.format("3.5", "replace", 'with = "4"\n'), "4"),
        ('[rules]\nSliceThickness = "Z"\n', None),
        ('[rules]\nSliceThickness = "set 4"\n', "4"),
    ],
)
@pytest.mark.parametrize("has_report", [True, False])
def test_geometry_that_a_decision_or_rule_took_away_is_no_error_of_the_audit(
    project: Path, capsys: pytest.CaptureFixture[str], rules: str, stays: str | None, has_report: bool
) -> None:
    Path("site.toml").write_text(rules)
    assert run("--rules", "site.toml") == 0
    assert {ds.get("SliceThickness") for ds in images("S01")} == {stays if stays is None else float(stays)}
    if not has_report:
        Path("private/report.json").unlink()  # as of a run that was killed before it wrote one
    capsys.readouterr()
    assert execute(parse(AUDIT)) == 0, capsys.readouterr().out
    said = capsys.readouterr().out
    assert "note: pixels" in said
    assert "SliceThickness is not that of the original, as a rule or decision of the run asks." in said


def test_geometry_that_nobody_asked_to_go_is_an_error_beside_what_was_asked_for(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("site.toml").write_text(THICKNESS.format("3.5", "remove", ""))
    assert run("--rules", "site.toml") == 0
    assert {ds.SliceThickness for ds in images("S02")} == {1.25}, "which nobody decided about"
    plant("S02", "SliceThickness", None)
    plant("S01", "SpacingBetweenSlices", "3")
    capsys.readouterr()
    assert execute(parse(AUDIT)) == 3
    found = [line for line in capsys.readouterr().out.splitlines() if "differs from the original" in line]
    assert ["S02" in line and "SliceThickness" in line for line in found] == [False, True]
    assert all(line.startswith("error: pixels: S0") for line in found)


def test_no_record_of_a_run_excuses_geometry_that_no_rule_can_take_away(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run() == 0
    plant("S01", "PixelSpacing", "2\\2")
    journal = Path("private/journal.jsonl")
    journal.write_text(journal.read_text().replace('"taken": []', '"taken": ["(0028,0030)"]'))
    capsys.readouterr()
    assert execute(parse(AUDIT)) == 3
    assert "PixelSpacing differs from the original." in capsys.readouterr().out


def everything(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_an_audit_makes_no_private_folder_that_was_named_and_is_lost(
    project: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    assert run() == 0
    shutil.rmtree("private")
    before = everything(project)
    capsys.readouterr()
    assert execute(parse([*AUDIT, *words])) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "The private folder that was named for the audit is not there; put it back" in said.err
    assert everything(project) == before


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_an_audit_makes_no_private_folder_where_none_was_named(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setattr(commands, "default_private", lambda out: project / "by default")
    assert run() == 0
    before = everything(project)
    capsys.readouterr()
    assert execute(parse(["audit", "out", *words])) == 0
    said = capsys.readouterr()
    assert "no report of the audit was written; put the folder back, or name it with --private." in said.err
    assert "Audit report" not in said.out
    assert "The audit of 8 files found" in said.out
    assert everything(project) == before


def test_an_audit_writes_into_an_empty_private_folder_that_was_made_for_it(project: Path) -> None:
    assert run() == 0
    Path("of the audit").mkdir()
    assert execute(parse(["audit", "out", "--private", "of the audit"])) == 0
    assert Path("of the audit/audit.html").exists()


@pytest.fixture
def other(project: Path) -> Path:
    """An output beside ``out``, of the same patients under the same IDs, and its private folder ``other private``."""
    assert run() == 0
    words = ["run", "in", "other", "--map", "map.csv", "--key", "key", "--private", "other private", "--release", "two"]
    assert execute(parse([*words, "--deface", "none", "--text", "off"])) == 0
    return project


FOREIGN = "The private folder that was named for the audit belongs to another output"


@pytest.mark.parametrize(
    ("words", "gone"), [([], ()), (["--json"], ("report.json",)), (["--original", "in"], ("ledger.json",))]
)
def test_the_private_folder_of_another_output_is_refused_and_nothing_is_written_into_it(
    other: Path, capsys: pytest.CaptureFixture[str], words: list[str], gone: tuple[str, ...]
) -> None:
    for name in gone:
        Path("other private", name).unlink()
    before = everything(other)
    capsys.readouterr()
    assert execute(parse(["audit", "out", "--private", "other private", *words])) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"slicerdeid: {FOREIGN}")
    assert said.err.count(".") == said.err.count("\n") == 1, "one sentence"
    assert "--private" in said.err
    assert everything(other) == before


def test_a_private_folder_whose_series_of_another_output_all_wait_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run() == 0
    words = ["run", "in", "other", "--map", "map.csv", "--key", "key", "--private", "other private", "--hold"]
    assert execute(parse([*words, "--deface", "none", "--text", "off"])) == 0
    assert execute(parse(["audit", "out", "--private", "other private"])) == 2
    assert FOREIGN in capsys.readouterr().err


def test_of_another_outputs_private_folder_whose_journal_was_purged_the_report_tells(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--subjects", "S01") == 0
    words = ["run", "in", "other", "--map", "map.csv", "--key", "key", "--private", "other private"]
    assert execute(parse([*words, "--subjects", "S02", "--deface", "none", "--text", "off"])) == 0
    assert execute(parse(["purge", "other", "--private", "other private", "--what", "journal"])) == 0
    assert execute(parse(["audit", "out", "--private", "other private"])) == 2
    assert FOREIGN in capsys.readouterr().err
    assert execute(parse(["audit", "other", "--private", "other private"])) == 0


def test_a_report_of_another_outputs_files_of_the_same_names_is_known_as_its(
    other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute(parse(["purge", "other", "--private", "other private", "--what", "journal"])) == 0
    before = everything(other)
    capsys.readouterr()
    assert execute(parse(["audit", "out", "--private", "other private"])) == 2
    assert f"{FOREIGN}, or every file of this one was changed since it was released: 8 files" in capsys.readouterr().err
    assert everything(other) == before
    assert execute(parse(["audit", "other", "--private", "other private"])) == 0


def save_anew(paths: Iterable[Path]) -> None:
    """Do what somebody does who opens images and changes a little."""
    for path in paths:
        dataset = pydicom.dcmread(path)
        dataset.SliceThickness = "2"
        dataset.save_as(path)


def test_a_copy_of_which_every_file_was_changed_is_refused_in_words_that_say_so(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run() == 0
    shutil.copytree("out", "elsewhere")
    save_anew(Path("elsewhere").rglob("*.dcm"))
    capsys.readouterr()
    assert execute(parse(["audit", "elsewhere", "--private", "private"])) == 2
    assert "or every file of this one was changed since it was released: 8 files have names" in capsys.readouterr().err


@pytest.mark.parametrize("is_moved", [True, False])
def test_a_copy_of_an_output_is_audited_with_its_private_folder_wherever_it_lies(
    other: Path, capsys: pytest.CaptureFixture[str], is_moved: bool
) -> None:
    (shutil.move if is_moved else shutil.copytree)("out", "elsewhere")
    save_anew(sorted(Path("elsewhere").rglob("*.dcm"))[:-1])
    capsys.readouterr()
    assert execute(parse(["audit", "elsewhere", "--private", "private"])) == 3
    assert "than when it was released." in capsys.readouterr().out
    assert Path("private/audit.html").exists()


def test_an_output_of_which_every_file_was_changed_is_audited_where_it_was_made(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run() == 0
    for patient in ("S01", "S02"):
        plant(patient, "SliceThickness", "2")
    capsys.readouterr()
    assert execute(parse(AUDIT)) == 3
    assert "than when it was released." in capsys.readouterr().out
