# SPDX-License-Identifier: Apache-2.0
"""What a run says of itself is what an audit sees, image by image, also of a run that was killed before its report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import SlicerDeidLib as deid
from ctseries import head_slice, make_ct_series
from SlicerDeidLib.errors import Cancelled
from SlicerDeidLib.model.policy import TextPolicy
from SlicerDeidLib.model.regions import Question, RegionRule
from SlicerDeidLib.pixels.text import slicetext
from SlicerDeidLib.verification.recorded import chosen_attributes, read_report
from SlicerDeidLib.verification.report import refresh_run_report, write_run_report

KEY = b"k" * 32
NAME = "CANARY MARK"  # of the slice that a site's rule fills a part of, whatever is written there
RULE = RegionRule(Question("ImageComments", "equals", NAME), "site", fill=((28, 28, 8, 8),))
FILLED = "S01_001_00003.dcm"


class Filled:
    """A patient whose series has one slice that a site's rule fills a part of, and another series."""

    def __init__(self, folder: Path) -> None:
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        self.map = folder / "map.csv"
        self.map.write_text("Accession_number,De-identification_ID\nA1,S01\n", encoding="utf-8")
        make_ct_series(self.source / "A1" / "ct", pixels=self._pixels, change=self._mark)
        make_ct_series(self.source / "A1" / "other", series=2)

    @staticmethod
    def _pixels(k: int) -> np.ndarray:
        pixels = head_slice(64, k, 4)
        pixels[30:34, 30:34] = 3000 if k == 2 else 50
        return pixels

    @staticmethod
    def _mark(ds: object, k: int) -> None:
        if k == 2:
            ds.ImageComments = NAME  # type: ignore[attr-defined]

    def run(self, *, is_killed: bool = False, is_held: bool = True, is_filled: bool = True) -> None:
        """Release the patient; a run that is killed stops after its first series and writes no report."""
        rules = (RULE,) if is_filled else ()
        policy = deid.read_policy("research")
        policy = replace(policy, deface=replace(policy.deface, method="none"), text=TextPolicy("mask", regions=rules))
        plan = deid.plan(deid.discover(self.source), policy, deid.read_map(self.map), key=KEY, private=self.private)

        def kill(event: dict[str, object]) -> None:
            if event["event"] == "series":
                raise Cancelled(9)

        if is_killed:
            with pytest.raises(Cancelled):
                deid.run(plan, self.out, progress=kill, is_held=is_held, is_synced=False)
        else:
            deid.run(
                plan,
                self.out,
                is_held=is_held,
                is_synced=False,
                report=lambda record: write_run_report(record, plan, self.private),
            )

    def accept(self) -> None:
        deid.decide(self.out, self.private, accept=[one.place for one in deid.held_series(self.out, self.private)])

    def found(self) -> list[str]:
        report = deid.audit(self.out, original=self.source, private=self.private, key=KEY)
        return [one.message for one in report.findings]


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Filled:
    monkeypatch.setattr(slicetext, "engine", lambda: lambda _picture: ())
    return Filled(tmp_path)


def test_where_one_image_of_a_series_was_filled_the_others_say_nothing_of_it_and_the_audit_expects_it(
    case: Filled,
) -> None:
    case.run(is_held=False)
    assert case.found() == []
    (series,) = [one for one in read_report(case.private)["series"] if one["masked"]]
    assert series["marks"]["DerivationDescription"] == "Burned-in text masked"
    ((marks, names),) = series["otherwise"]
    assert "DerivationDescription" not in marks
    assert len(names) == 3
    assert not [name for name in names if name.endswith(FILLED)]
    page = (case.private / "report.html").read_text(encoding="utf-8")
    assert "Marks in 3 of the files" in page


def test_a_file_that_does_not_say_what_the_report_says_of_it_is_found(case: Filled) -> None:
    case.run(is_held=False)
    report = case.private / "report.json"
    report.write_text(report.read_text(encoding="utf-8").replace("Burned-in text masked", "Face removed"))
    assert case.found() == ["DerivationDescription is not what the run's report says."]


def test_after_a_kill_and_the_run_that_goes_on_the_audit_knows_where_text_was_filled(case: Filled) -> None:
    case.run(is_killed=True)
    case.run()
    case.accept()
    refresh_run_report(case.private)
    assert case.found() == []
    assert [one["masked"][0][0] for one in read_report(case.private)["series"] if one["masked"]] == [f"S01/ct/{FILLED}"]


def test_a_killed_run_that_nobody_goes_on_with_is_audited_by_its_journal(case: Filled) -> None:
    case.run(is_killed=True, is_held=False)
    assert case.found() == ["The private folder holds no report of a run that can be read."]


@pytest.mark.parametrize("is_resumed", [False, True])
def test_what_a_report_says_of_files_that_were_made_anew_since_is_not_expected_of_these(
    case: Filled, is_resumed: bool
) -> None:
    case.run(is_filled=False)
    case.run(is_killed=True)
    if is_resumed:
        case.run()
    case.accept()
    assert case.found() == []


def test_a_report_of_files_that_were_taken_back_since_does_not_miss_them(case: Filled) -> None:
    case.run(is_held=False)
    deid.decide(case.out, case.private, withdraw=["S01/2"])
    assert case.found() == []


def test_the_attributes_that_a_map_writes_are_known_without_the_report(case: Filled) -> None:
    case.map.write_text("A1,S01,1990-05-05,M\n", encoding="utf-8")  # DICAT's four columns
    case.run(is_killed=True, is_held=False)
    assert set(chosen_attributes(case.private)) >= {"00100030", "00100040"}
