# SPDX-License-Identifier: Apache-2.0
"""What reaches the log of a program that takes every record, as Slicer does: of us and of every package we use."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse
from SlicerDeidLib.files.silentlocks import FileLock
from SlicerDeidLib.sample.persons import PERSONS
from SlicerDeidLib.sample.phantom import Lattice
from SlicerDeidLib.sample.study import write_map, write_study

FOLDER, PATIENT = "Kowalczyk_Anna", "Aaltonen_Toivo"  # of the project, of a patient
PERSON = replace(PERSONS[0], name="Zwicky^Q", patient_id="PL-77531", accession_number="PL-88642")
PLANTED = ("KOWALCZYK", "AALTONEN", "ZWICKY", "PL-", "77531", "88642")


@pytest.fixture
def everything() -> Iterator[list[logging.LogRecord]]:
    """All records from here on, with the root logger open to all and no logger left closed by a test before."""
    records: list[logging.LogRecord] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    root, kept = logging.getLogger(), Kept()
    level = root.level
    root.setLevel(1)
    root.addHandler(kept)
    yield records
    root.removeHandler(kept)
    root.setLevel(level)


def test_no_folder_and_no_value_reaches_a_log_at_any_level(
    everything: list[logging.LogRecord], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top = tmp_path / FOLDER
    small = Lattice(slices=24, spacing_mm=8.0, rows=128, columns=128, pixel_spacing_mm=2.0)
    write_study(top / "in" / PATIENT, PERSON, small)
    write_map(top / "map.xlsx", [(PATIENT, "HEAD-001")])
    monkeypatch.chdir(top)
    (top / "key").write_bytes(bytes(range(64)))
    (top / "key").chmod(0o600)
    source, out, private, key = (str(top / name) for name in ("in", "out", "private", "key"))
    private_and_key = ["--private", private, "--key", key]
    how = ["--map", str(top / "map.xlsx"), "--deface", "surface", *private_and_key]
    made = ["--hold", "--workers", "1", "--pictures", "both", "--nifti", "--mask-seg"]
    for words in (
        ["plan", source, out, *how],
        ["run", source, out, *how, *made, "--text", "report"],
        ["run", source, out, *how, *made, "--text", "off"],  # anew, in place of what waits
        ["review", out, "--private", private],
        ["review", out, "--private", private, "--accept", "HEAD-001"],
        ["audit", out, "--original", source, *private_and_key],
        ["review", out, "--private", private, "--withdraw", "HEAD-001"],
        ["inventory", source, *how],
    ):
        assert execute(parse(words)) in {0, 3}, words[0]
    said = [f"{record.name} {record.pathname} {record.getMessage()} {record.exc_info}" for record in everything]
    assert [name for name in PLANTED for text in said if name in text.upper()] == []


def test_a_lock_that_another_holds_reaches_no_log_either(everything: list[logging.LogRecord], tmp_path: Path) -> None:
    with FileLock(tmp_path / "Kowalczyk_Anna.lock"), pytest.raises(TimeoutError):
        FileLock(tmp_path / "Kowalczyk_Anna.lock").acquire(timeout=0)
    assert [record.getMessage() for record in everything if "Kowalczyk" in record.getMessage()] == []
