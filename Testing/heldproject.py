# SPDX-License-Identifier: Apache-2.0
"""A project for tests of the review: a few small series that wait beside OUT."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import SlicerDeidLib as deid
from ctseries import make_patient
from SlicerDeidLib.verification.report import write_run_report

KEY = b"k" * 32


class Project:
    """Two patients with three series, and runs that let them wait.

    Attributes
    ----------
    source, out, private, map : Path
        What a run is given.
    """

    def __init__(self, folder: Path) -> None:
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        make_patient(self.source, "CANARYFOLDER1", number=1, series=2)
        make_patient(self.source, "CANARYFOLDER2", number=2)
        self.map = folder / "map.csv"
        self.map.write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S01\nCANARYFOLDER2,S02\n")

    def plan(self, *, keep_time_of_day: bool = False, subjects: Collection[str] = ()) -> deid.Plan:
        """Return what ``run`` does."""
        policy = deid.with_choices(
            deid.read_policy("research"), deface="none", text="off", keep_time_of_day=keep_time_of_day
        )
        index, rows = deid.discover(self.source), deid.read_map(self.map)
        return deid.plan(index, policy, rows, key=KEY, private=self.private, subjects=subjects)

    def run(
        self,
        *,
        is_held: bool = True,
        keep_time_of_day: bool = False,
        subjects: Collection[str] = (),
        **options: Any,
    ) -> deid.RunRecord:
        """Run all of it, or some patients."""
        plan = self.plan(keep_time_of_day=keep_time_of_day, subjects=subjects)
        report = lambda record: write_run_report(record, plan, self.private)  # noqa: E731
        return deid.run(plan, self.out, is_held=is_held, is_synced=False, report=report, **options)

    def redo(
        self, *places: str, keep_time_of_day: bool = False, is_held: bool = True, **options: Any
    ) -> deid.RunRecord:
        """Do series again with other settings for text."""
        policy = deid.with_choices(
            deid.read_policy("research"), deface="none", text="morph", keep_time_of_day=keep_time_of_day
        )
        index, rows = deid.discover(self.source), deid.read_map(self.map)
        plan = deid.plan(index, policy, rows, key=KEY, private=self.private, only=places)
        report = lambda record: write_run_report(record, plan, self.private)  # noqa: E731
        return deid.run(plan, self.out, is_held=is_held, is_redone=True, is_synced=False, report=report, **options)

    def reported(self) -> dict[str, str]:
        """Return how each series ended, by its place, as the private report says."""
        report = json.loads((self.private / "report.json").read_text())
        return {f"{one['patient']}/{one['series']}": one["status"] for one in report["series"]}

    def decide(self, **what: Any) -> deid.Decided:
        """Decide on series."""
        return deid.decide(self.out, self.private, **what)

    def waiting(self) -> list[str]:
        """Return the places of what waits."""
        return [series.place for series in deid.held_series(self.out, self.private)]

    def released(self) -> list[str]:
        """Return the files of OUT."""
        return sorted(p.relative_to(self.out).as_posix() for p in self.out.rglob("*") if p.is_file())
