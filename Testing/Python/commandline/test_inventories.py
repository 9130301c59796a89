# SPDX-License-Identifier: Apache-2.0
"""What the inventory saves can be decided about, is read by the next run, and is done: nothing else is saved."""

from __future__ import annotations

import csv
import json
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest
from ctseries import make_patient
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse

EXPLICIT, BIG_ENDIAN, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2"
INSTEAD = {  # what replaces a value, by its VR
    "AS": "001Y", "CS": "OTHER", "DS": "9.5", "FD": "9.5", "FL": "9.5", "IS": "9", "LO": "something else",
    "LT": "other", "SH": "else", "ST": "other words", "US": "9", "UL": "9", "UT": "other",
}  # fmt: skip
Key = tuple[str, str]  # attribute, creator


def values_of(dataset: Dataset) -> Iterator[tuple[Key, str, str]]:
    """Yield attribute, VR and value of a data set and of all that is nested in it, as pydicom reads them."""
    for element in dataset:
        if element.tag == 0x7FE00010 or element.tag.is_private_creator:
            continue
        if element.VR == "SQ":
            for item in element.value:
                yield from values_of(item)
            continue
        value = element.value
        text = "\\".join(str(one) for one in value) if element.VM > 1 else str(value)
        key = (element.keyword, "")
        if element.tag.is_private:
            key = (f"({element.tag.group:04x},xx{element.tag.element & 0xFF:02x})", element.private_creator)
        yield key, element.VR, text


def add_values(dataset: Dataset, slice_number: int) -> None:
    """Give an image values of every kind: nested, private, numbers in binary, letters that TOML must quote."""
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.Manufacturer = 'Scanners "Ü" & Co'
    dataset.SeriesDescription = "axial head CT"
    dataset.PatientSex, dataset.PatientAge = "F", "045Y"
    dataset.SingleCollimationWidth = 0.625
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "24725-4", "LN", "CT Head"
    dataset.ProcedureCodeSequence = Sequence([code])
    block = dataset.private_block(0x0019, "ACME", create=True)
    for offset, vr, value in (
        (0x08, "LO", "axial mode"), (0x09, "US", 7), (0x0A, "DS", "3.5"), (0x0B, "FD", 2.5), (0x0C, "CS", "MODE_A"),
        (0x0D, "UN", b"\1\2\3\4"), (0x0E, "IS", "12\\13"),
    ):  # fmt: skip
        block.add_new(offset, vr, value)
    inner = Dataset()
    inner.private_block(0x0019, "ACME", create=True).add_new(0x20, "LO", "axial head")
    block.add_new(0x10, "SQ", Sequence([inner]))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A patient with values of every kind, and rules that keep private attributes; it is the working directory."""
    make_patient(tmp_path / "in", "CANARYFOLDER1", change=add_values)
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S01\n")
    (tmp_path / "private.toml").write_text('[rules]\nprivate = "K"\n"(0019,100D)" = "K"\n')
    (tmp_path / "key").write_bytes(bytes(range(1, 65)))
    (tmp_path / "key").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def slicerdeid(*words: str) -> int:
    common = ["--map", "map.csv", "--key", "key", "--private", "private", "--deface", "none", "--text", "off"]
    return execute(parse([*words, *common, "--rules", "private.toml"]))


def released(folder: str) -> set[tuple[Key, str]]:
    paths = [path for path in Path(folder).rglob("*.dcm") if path.is_file()]
    assert len(paths) == 4
    return {(key, text) for path in paths for key, _, text in values_of(pydicom.dcmread(path))}


def saved() -> list[dict[str, Any]]:
    return tomllib.loads(Path("decisions.toml").read_text(encoding="utf-8"))["values"]


def number_or_text(text: str) -> Any:
    """Compare 3.50 and 3.5 as equal, and words as they are."""
    try:
        return tuple(float(one) for one in text.split("\\"))
    except ValueError:
        return text


def holds(found: set[tuple[Key, str]], key: Key, value: str) -> bool:
    return any(k == key and number_or_text(text) == number_or_text(value) for k, text in found)


@pytest.mark.parametrize(
    ("action", "syntax"),
    [("keep", EXPLICIT), ("remove", EXPLICIT), ("replace", EXPLICIT), ("replace", BIG_ENDIAN), ("replace", IMPLICIT)],
)
def test_every_decision_that_is_saved_is_read_and_done(project: Path, action: str, syntax: str) -> None:
    shutil.rmtree(project / "in")
    make_patient(project / "in", "CANARYFOLDER1", change=add_values, transfer_syntax_uid=syntax)
    vrs = {k: vr for path in Path("in").rglob("*") if path.is_file() for k, vr, _ in values_of(pydicom.dcmread(path))}
    assert slicerdeid("inventory", "in", "--save", "decisions.toml") == 0
    decided, lines = saved(), []
    for one in decided:
        key = (one["attribute"], one.get("creator", ""))
        one["action"] = action
        if action == "replace":
            parts = one["value"].count("\\") + 1
            one["with"] = "O" if key[0] == "PatientSex" else "\\".join([INSTEAD[vrs[key]]] * parts)
        lines += ["[[values]]", *(f"{name} = {json.dumps(text, ensure_ascii=False)}" for name, text in one.items())]
    Path("decisions.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert slicerdeid("run", "in", "out", "--rules", "decisions.toml", "--strict") == 0
    found = released("out")
    assert {one["creator"] for one in decided if "creator" in one} == ({"ACME"} if syntax != IMPLICIT else set())
    assert {"CodeMeaning", "SingleCollimationWidth", "Manufacturer"} <= {one["attribute"] for one in decided}
    for one in decided:
        key = (one["attribute"], one.get("creator", ""))
        assert holds(found, key, one["value"]) == (action == "keep"), key
        assert action != "replace" or holds(found, key, one["with"]), key


def test_what_no_decision_can_change_is_not_saved_and_said_with_its_reason(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert slicerdeid("inventory", "in", "--save", "decisions.toml", "--csv", "values.csv") == 0
    said = capsys.readouterr().out
    names = {one["attribute"] for one in saved()}
    assert not names & {"Rows", "Modality", "ImagePositionPatient", "(0019,xx0d)"}
    (line,) = [line for line in said.splitlines() if line.startswith("Not among them: ") and "Rows" in line]
    assert line.endswith(": the image cannot be read without it, so no rule may change or remove it.")
    assert "Not among them: (0019,xx0D): these bytes have no reading" in said
    rows = list(csv.DictReader(Path("values.csv").read_text(encoding="utf-8-sig").splitlines()))
    reasons = {row["Name"]: row["Cannot be decided about"] for row in rows}
    assert reasons["Rows"].startswith("the image cannot be read without it")
    assert reasons["Manufacturer"] == ""


def test_dates_that_stay_are_listed_and_no_file_is_saved_that_a_run_refuses(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = ["--option", "retain-full-dates"]
    assert slicerdeid("inventory", "in", *kept, "--save", "decisions.toml") == 0
    said = capsys.readouterr().out
    assert "StudyDate" in said
    assert "StudyDate" not in {one["attribute"] for one in saved()}
    assert ": dates and times move before values are decided about" in said
    assert slicerdeid("run", "in", "out", *kept, "--rules", "decisions.toml") == 0


def test_prose_that_stays_is_listed_until_the_program_writes_its_own(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in Path("in").rglob("*"):
        if path.is_file():
            image = pydicom.dcmread(path)
            image.DerivationDescription = "axial head CT"
            image.save_as(path)
    assert slicerdeid("inventory", "in") == 0
    assert f"{Tag(0x00082111)}".upper().replace(", ", ",") in capsys.readouterr().out.upper()


@pytest.mark.parametrize("given", ["nine", "70000", "1\\2"])
def test_a_series_is_refused_whose_value_cannot_hold_what_replaces_it(
    project: Path, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    decision = {"attribute": "(0019,xx09)", "creator": "ACME", "value": "7", "action": "replace", "with": given}
    lines = [f"{name} = {json.dumps(text)}" for name, text in decision.items()]
    Path("decisions.toml").write_text("\n".join(["[[values]]", *lines]))
    assert slicerdeid("run", "in", "out", "--rules", "decisions.toml") == 3
    assert "site rules replace a value of (0019,1009) by what it cannot hold" in capsys.readouterr().err
    assert not Path("out").exists()


@pytest.mark.parametrize("given", ["wide", "1e999", "0.5\\0.5"])
def test_a_number_of_the_standard_is_replaced_by_numbers_only(
    project: Path, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    decision = {"attribute": "SingleCollimationWidth", "value": "0.625", "action": "replace", "with": given}
    lines = [f"{name} = {json.dumps(text)}" for name, text in decision.items()]
    Path("decisions.toml").write_text("\n".join(["[[values]]", *lines]))
    command = parse(["run", "in", "out", "--rules", "decisions.toml"])
    assert execute(command) == 2
    assert "'with' must be as many numbers as 'value', of VR FD." in capsys.readouterr().err


@pytest.mark.parametrize("target", ["in", "nowhere/values.csv"])
def test_a_table_that_could_not_be_written_is_said_before_the_work(
    project: Path, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert slicerdeid("inventory", "in", "--csv", target) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "--csv names a folder" in said.err
