# SPDX-License-Identifier: Apache-2.0
"""A sinus series beside a head series: withheld, then answered for, and the head stays as it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pydicom
import pytest
import SlicerDeidLib as deid
from SlicerDeidLib.planning.faceprotocols import WITHHELD
from SlicerDeidLib.sample.phantom import Lattice
from SlicerDeidLib.sample.study import write_map, write_study
from SlicerDeidLib.verification.report import write_run_report

SMALL = Lattice(slices=48, rows=96, columns=96, pixel_spacing_mm=2.6)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sinus")
    for number, protocol in ((1, "HEAD"), (2, "HeadSinus")):
        study = write_study(folder / "in" / "A1" / protocol, lattice=SMALL, seed=number, has_text=False)
        for path in study.paths:
            dataset = pydicom.dcmread(path)
            dataset.ProtocolName = protocol
            dataset.save_as(path)
    write_map(folder / "map.xlsx", [("A1", "HEAD-001")])
    return folder


def ran(source: Path, to: Path, answer: str) -> tuple[deid.RunRecord, dict[str, Any]]:
    policy = deid.with_choices(deid.read_policy("research"), text="off", face_protocols=answer)
    plan = deid.plan(
        deid.discover(source / "in"), policy, deid.read_map(source / "map.xlsx"), key=b"k" * 32, private=to / "private"
    )
    record = deid.run(
        plan, to / "out", is_synced=False, report=lambda record: write_run_report(record, plan, to / "private")
    )
    report = json.loads((to / "private" / "report.json").read_text())
    report["series"].sort(key=lambda one: one["series"])
    return record, report


def test_what_was_withheld_is_released_undefaced_only_when_that_is_asked_for(source: Path, tmp_path: Path) -> None:
    record, report = ran(source, tmp_path, "withhold")
    assert (record.released, record.refused, record.recognisable) == (1, 1, 0)
    assert any("1 series of the face itself is withheld" in problem["message"] for problem in report["problems"])
    assert [one["reason"].startswith(WITHHELD) for one in report["series"]] == [False, True]
    assert WITHHELD in (tmp_path / "private" / "report.html").read_text()

    record, report = ran(source, tmp_path, "keep")
    assert (record.released, record.refused, record.recognisable) == (2, 0, 1)
    first, second = sorted(record.series, key=lambda one: one.series_number)
    assert first.is_resumed  # the answer is about the other series
    assert any("recognisable" in finding for finding in second.findings)
    assert second.marks["RecognizableVisualFeatures"] == "YES"
    assert any("kept undefaced" in note for note in report["series"][1]["notes"])
    settings = {one.place: one.settings for one in deid.released_series(tmp_path / "out", tmp_path / "private")}
    assert [settings[place].get("--face-protocols") for place in sorted(settings)] == [None, "keep"]
    released = [pydicom.dcmread(tmp_path / "out" / name) for name, _, _ in second.files]
    assert {one.RecognizableVisualFeatures for one in released} == {"YES"}
    originals = {pydicom.dcmread(path).PixelData for path in (source / "in").rglob("HeadSinus/*.dcm")}
    assert {one.PixelData for one in released} == originals


def test_asked_to_be_defaced_it_is_defaced(source: Path, tmp_path: Path) -> None:
    record, report = ran(source, tmp_path, "deface")
    assert (record.released, record.recognisable) == (2, 0)
    assert {one.marks["RecognizableVisualFeatures"] for one in record.series} == {"NO"}
    assert any("defaced all the same" in note for note in report["series"][1]["notes"])


def test_asked_to_be_left_out_it_is_left_out(source: Path, tmp_path: Path) -> None:
    record, report = ran(source, tmp_path, "leave-out")
    assert (record.released, record.left_out, record.refused) == (1, 1, 0)
    assert "stays out" in report["series"][1]["reason"]
