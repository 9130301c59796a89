# SPDX-License-Identifier: Apache-2.0
"""Rules of the site's own as its users type them: they are done, and the audit knows them."""

from __future__ import annotations

import json
from pathlib import Path

import pydicom
import pytest
from commandcases import HEADERS_ONLY, released, slicerdeid
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse

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


def test_boxes_that_were_drawn_for_the_private_folder_are_warned_of_unless_they_are_named(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("private").mkdir()
    Path("private/regions.toml").write_text('[[region]]\nseries = "CANARYUID"\nfill = [[0, 0, 9, 9]]\n')
    warning = "warning: private folder: boxes were drawn in previews and are not filled"
    for words in (["plan", "in"], ["run", "in", "out"]):
        assert slicerdeid(*words, *HEADERS_ONLY) == 0
        captured = capsys.readouterr()
        said = " ".join((captured.out + captured.err).split())
        assert warning in said
        assert "CANARY" not in said
    assert slicerdeid("plan", "in", "--deface", "none", "--regions", "private/../private/regions.toml") == 0
    assert warning not in " ".join(capsys.readouterr().out.split())
