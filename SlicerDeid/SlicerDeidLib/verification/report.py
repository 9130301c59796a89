# SPDX-License-Identifier: Apache-2.0
"""Report: what an audit found and what a run did, as JSON, CSV and one HTML page each."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from SlicerDeidLib.files.whole import write_whole
from SlicerDeidLib.model.plan import Plan
from SlicerDeidLib.model.record import Finding, RunRecord
from SlicerDeidLib.model.structures import STRUCTURES, in_view, removed
from SlicerDeidLib.verification.findings import SEVERITIES, kinds
from SlicerDeidLib.verification.page import Page
from SlicerDeidLib.verification.recorded import (
    REPORT,
    as_decided,
    read_decisions,
    read_report,
    run_as_data,
)
from SlicerDeidLib.verification.standing import JOURNAL, read_standing

PRIVATE_WARNING = (
    "This page names original folders. It belongs to whoever may see the original images; "
    "do not pass it on with the output."
)
REMAINS = (
    "The released data stay pseudonymised personal data for as long as the project's secret, the original images or "
    "pictures with the same pixels exist somewhere."
)
NOT_TESTED = "Whether a person can be recognised from a released head was not tested."
PICTURES = "pictures"  # the folder in the private folder that a run draws into
CHECK_NAMES = {
    "values": "Values of the original",
    "tags": "Elements that should be gone",
    "meta": "File meta information, preamble, trailing bytes",
    "uids": "UIDs",
    "dates": "Dates and times",
    "marks": "What the file says of its de-identification",
    "file-set": "DICOMDIRs",
    "structure": "Folders, names and file times",
    "pixels": "Voxels",
    "nifti": "NIfTI files",
    "record": "The run's own report",
}
STATUS_STYLES = {"released": "good", "held": "note", "refused": "error", "left out": "note"}


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit found.

    Attributes
    ----------
    findings : tuple of Finding
        Worst first.
    measures : dict of str to float
        What was counted (``"files read"``, ``"dates compared"``...).
    checks : tuple of str
        What was looked at, in words.
    """

    findings: tuple[Finding, ...]
    measures: dict[str, float] = field(default_factory=dict)
    checks: tuple[str, ...] = ()

    def count(self, severity: str) -> int:
        """How many findings have a severity, with those that are not listed."""
        return sum(1 + finding.more for finding in self.findings if finding.severity == severity)

    def last_line(self) -> str:
        """Say in one line what was found."""
        files = int(self.measures.get("files read", 0))
        if not self.findings:
            return f"The audit of {files} files found nothing wrong in what it looked at."
        counts = ", ".join(f"{n} {name}{'s' * (n > 1)}" for name in SEVERITIES if (n := self.count(name)))
        return f"The audit of {files} files found: {counts}."

    def as_json(self) -> str:
        """Return all of it for machines."""
        data = {"findings": [asdict(f) for f in self.findings], "measures": self.measures, "checks": self.checks}
        return json.dumps(data | {"summary": self.last_line()}, indent=1, ensure_ascii=False)

    def write(self, folder: Path | str) -> None:
        """Write ``audit.json``, ``audit.csv`` and ``audit.html``, readable by their owner only."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / "audit.json", self.as_json())
        _write(folder / "audit.csv", _as_csv(self.findings))
        _write(folder / "audit.html", _audit_page(self))


def write_run_report(record: RunRecord, plan: Plan, folder: Path | str) -> None:
    """Write ``report.json`` and ``report.html`` of a run into the private folder, readable by their owner only.

    What runs before it made and is still there stands in them as well.

    Notes
    -----
    The only place, besides ``plan --show-originals``, where an original folder name stands beside its new ID.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    data = run_as_data(record, plan, read_report(folder), read_standing(folder))
    _write(folder / REPORT, json.dumps(data, indent=1, ensure_ascii=False))
    _write(folder / "report.html", _run_page(data, folder))


def refresh_run_report(folder: Path | str) -> None:
    """Write the report of the last run anew, with what was decided since and the pictures that are there.

    Nothing is written where there is no report; without a journal the series stay as it says.
    """
    folder = Path(folder)
    data = read_report(folder)
    if not data:
        return
    if (folder / JOURNAL).exists():
        data = as_decided(data, read_standing(folder))
        _write(folder / REPORT, json.dumps(data, indent=1, ensure_ascii=False))
    _write(folder / "report.html", _run_page(data, folder))


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner only."""
    write_whole(path, text.encode("utf-8", "backslashreplace"))  # names of old discs


def _as_csv(findings: Iterable[Finding]) -> str:
    """Write findings as a table for a spreadsheet; nothing in it is taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("severity", "check", "path", "tag", "message", "more places"))
    for finding in findings:
        cells = (finding.severity, finding.check, finding.path, finding.tag, finding.message)
        quoted = [f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell for cell in cells]
        writer.writerow([*quoted, finding.more])
    return text.getvalue()


def _audit_page(report: AuditReport) -> str:
    """Write the page of an audit."""
    page = Page("Audit of a de-identified output")
    page.say(report.last_line(), f"lead {'error' if report.count('error') else 'good'}")
    page.say(NOT_TESTED)
    page.heading("What was looked at")
    page.listing(report.checks)
    page.table(("Measure", "Value"), [(name, int(value)) for name, value in sorted(report.measures.items())])
    if report.findings:
        page.heading("What was found, worst first")
    rows = [
        (f.severity, CHECK_NAMES.get(f.check, f.check), f.tag, f.message, places, f.path or "the whole output")
        for f, places in ((kind.first, kind.places) for kind in kinds(report.findings))
    ]
    columns = ("Severity", "Check", "Element", "What is wrong", "Places", "First place")
    page.table(columns, rows, [row[0] for row in rows])
    return page.html()


def _run_page(data: dict[str, Any], folder: Path) -> str:
    """Write the page of a run."""
    page = Page("De-identification run: private report")
    page.say(PRIVATE_WARNING, "keep error")
    counts = data["counts"]
    page.say(
        f"{counts['released']} series released, {counts['refused']} refused, {counts['left out']} left out.", "lead"
    )
    if counts["held"]:
        page.say(f"{counts['held']} series wait beside the output until they are accepted.", "warning")
    for status, words in (("released", "released series"), ("held", "of the series that wait")):
        if count := sum(series["recognisable"] and series["status"] == status for series in data["series"]):
            page.say(f"{count} {words} may show a recognisable face.", "warning")
    if counts.get("unexamined"):
        page.say(f"{counts['unexamined']} released series hold content that nobody looked at.", "warning")
    if data["cancelled"]:
        page.say("The run was stopped; finished series stand, the rest was not done.", "warning")
    page.say(f"Policy {data['policy']} (PS3.15 {data['edition']}). {data['statement']}")
    page.say(f"{REMAINS} {NOT_TESTED}")
    if data["problems"]:
        page.heading("What to look at first")
        rows = [(p["severity"], p["where"], p["message"]) for p in data["problems"]]
        page.table(("Severity", "Where", "What"), rows, [row[0] for row in rows])
    _add_refused(page, data["series"])
    _add_overview(page, data["series"])
    decided = read_decisions(folder)
    page.folded(f"Decisions of the review: {len(decided)}", ("When", "Who", "What", "Series", "Note"), decided)
    for series in data["series"]:
        if series["status"] in ("released", "held"):
            _add_series(page, series)
            _add_pictures(page, series, folder)
    if data["strays"]:
        page.heading("Files that were not copied")
    page.table(("Kind", "Files"), sorted(data["strays"].items()))
    page.folded("Their names", ("File", "Kind", "Why"), data["not copied"])
    page.heading("Versions")
    page.table(("Program", "Version"), sorted(data["versions"].items()))
    return page.html()


def _add_refused(page: Page, all_series: list[dict[str, Any]]) -> None:
    """Add what was not released, and why."""
    rows = [
        (s["status"], s["patient"], s["series"], s["modality"], s["reason"], s["origin"])
        for s in sorted(all_series, key=lambda s: s["status"], reverse=True)
        if s["status"] not in ("released", "held")
    ]
    if rows:
        page.heading("Not released")
        columns = ("Status", "New ID", "Series", "Modality", "Why", "Original")
        page.table(columns, rows, [STATUS_STYLES[row[0]] for row in rows])


def _add_overview(page: Page, all_series: list[dict[str, Any]]) -> None:
    """Add one line per patient."""
    page.heading("Patients")
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for series in all_series:
        counts[(series["patient"], series["origin"])][series["status"]] += 1
        counts[(series["patient"], series["origin"])]["files"] += len(series["files"])
    columns = ("New ID", "Original", "Released", "Waiting", "Refused", "Left out", "Files")
    names = ("released", "held", "refused", "left out", "files")
    page.table(columns, [(*who, *(count[name] for name in names)) for who, count in sorted(counts.items())])


def _add_series(page: Page, series: dict[str, Any]) -> None:
    """Add what was done to one released series."""
    scan = f", scan {series['scan']}" if series["scan"] else ""
    page.heading(f"{series['patient']}{scan}, series {series['series']:03d} ({series['modality']})", 3)
    done = f"{len(series['files'])} files; defacing: {series['deface']}; burned-in text: {series['text']}."
    page.say(done + (" Finished by an earlier run." if series["resumed"] else ""))
    if series["recognisable"]:
        page.say("A face may be recognisable in this series.", "warning")
    if series.get("unexamined"):
        page.say("Nobody looked at the content of this series.", "warning")
    page.listing(dict.fromkeys([*series["findings"], *series["notes"]]))
    page.folded("Left out", ("File", "Why"), series["left out"])
    otherwise = series.get("otherwise", [])
    said = "Marks in the other files" if otherwise else "Marks in the files"
    for marks, names in otherwise:
        page.folded(f"Marks in {len(names)} of the files", ("Attribute", "Value"), sorted(marks.items()))
    page.folded(said, ("Attribute", "Value"), sorted(series["marks"].items()))
    measures = series["measures"]
    _add_structures(page, measures)
    rest = measures.keys() - {name(one) for one in STRUCTURES for name in (in_view, removed)}
    page.folded("Measures", ("Measure", "Value"), [(k, float(measures[k])) for k in sorted(rest)])
    total = sum(change[4] for change in series["changes"])
    columns = ("Attribute", "Keyword", "What was done", "Rule", "Places")
    page.folded(f"Header: {total} changes", columns, series["changes"])


def _add_structures(page: Page, measures: dict[str, float]) -> None:
    """Say what of the head's structures went with the face."""
    rows = [
        (words, float(measures[in_view(name)]), float(measures.get(removed(name), 0.0)))
        for name, words in STRUCTURES.items()
        if measures.get(in_view(name))
    ]
    if rows:
        page.say("Structures of the head, estimated by their place and density:")
        shares = (f"{gone / whole:.0%}" for _, whole, gone in rows)
        columns = ("Structure", "In view (ml)", "Removed (ml)", "Part")
        table = [
            (words, _ml(whole), _ml(gone), share) for (words, whole, gone), share in zip(rows, shares, strict=True)
        ]
        page.table(columns, table)


def _ml(volume: float) -> float:
    """Return an estimated volume no more exactly than it is known."""
    return round(volume) if volume >= 10 else round(volume, 1)


def _add_pictures(page: Page, series: dict[str, Any], folder: Path) -> None:
    """Show the pictures of a series that lie in the private folder."""
    scan = f"-{series['scan']}" if series["scan"] else ""
    captions = {
        "before": "The original, from three sides, and slices of it. 'slicerdeid purge' deletes this picture.",
        "after": "As released, from three sides, and slices; what lies outside the red line was removed.",
    }
    for kind, caption in captions.items():
        name = f"{PICTURES}/{series['patient']}{scan}_{series['series']:03d}_{kind}.png"
        if (folder / name).is_file():
            page.picture(name, caption)
