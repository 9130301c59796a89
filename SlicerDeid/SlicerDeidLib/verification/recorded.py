# SPDX-License-Identifier: Apache-2.0
"""Recorded: a run's own report as data, written for people and programs, and compared with what lies in OUT."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from pydicom import datadict

from SlicerDeidLib.model.element import tag_text
from SlicerDeidLib.model.plan import Plan, SeriesPlan
from SlicerDeidLib.model.record import RunRecord, SeriesRecord
from SlicerDeidLib.verification.archives import exists, read_bytes
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.headers import claimed_codes, top_level
from SlicerDeidLib.verification.reading import read_header, walk
from SlicerDeidLib.verification.structure import DICOMDIR, Place

CHECK = "record"
REPORT = "report.json"
JOURNAL = "journal.jsonl"  # what all runs released and withdrew, a line of JSON each
SET = "set"  # the action of a change for which a human gave the value
FORMAT = 1  # version of the layout of report.json
CODES_KEYWORD = "DeidentificationMethodCodeSequence"


def run_as_data(record: RunRecord, plan: Plan, earlier: dict[str, Any]) -> dict[str, Any]:
    """Return a run as plain data.

    Parameters
    ----------
    earlier : dict
        The report that lies there already: series that were finished then keep what was said of them.
    """
    before = {(s["patient"], s["scan"], s["series"]): s for s in earlier.get("series", ())}
    planned = {(s.subject.deidentification_id, s.subject.scan, s.series.number): s for s in plan.series}
    return {
        "format": FORMAT,
        "policy": record.policy,
        "statement": plan.policy.statement,
        "edition": plan.policy.edition,
        "kept by own rules": list(plan.policy.weaker_than_basic),
        "release": plan.release,
        "versions": record.versions,
        "cancelled": record.is_cancelled,
        "counts": {
            "released": record.released,
            "refused": record.refused,
            "held": record.held,
            "left out": record.left_out,
            "recognisable": record.recognisable,
            "unexamined": record.unexamined,
        },
        "problems": [
            *({"severity": p.severity, "where": p.where, "message": p.message} for p in plan.problems),
            *({"severity": "warning", "where": "--dicomdir", "message": said} for said in record.unwritten),
        ],
        "strays": dict(Counter(stray.kind for stray in plan.index.strays)),
        "not copied": [[s.path.as_posix(), s.kind, s.reason] for s in plan.index.strays],
        "series": [series_as_data(s, planned.get(s.key), before.get(s.key)) for s in record.series],
    }


def series_as_data(record: SeriesRecord, plan: SeriesPlan | None, earlier: dict[str, Any] | None) -> dict[str, Any]:
    """Return one series as plain data; what a resumed series was when it was made comes from the report before."""
    is_made = earlier is not None and earlier["status"] in ("released", "held")  # not refused when it was done again
    made = earlier if record.is_resumed and earlier is not None and is_made else {}
    return {
        "patient": record.deidentification_id,
        "series": record.series_number,
        "modality": record.modality,
        "status": record.status.value,
        "reason": record.reason,
        "resumed": record.is_resumed,
        "deface": plan.deface if plan else "",
        "text": plan.text if plan else "",
        "original folder": plan.subject.folder if plan else "",
        "origin": plan.subject.origin if plan else "",
        "named": plan.subject.original if plan else "",
        "scan": record.scan,
        "left out": [[i.path.as_posix(), why] for i, why in plan.left_out] if plan else [],
        "notes": list(plan.notes) if plan else [],
        "findings": made.get("findings", list(record.findings)),
        "recognisable": record.is_recognisable,
        "unexamined": record.is_unexamined,
        "marks": made.get("marks", dict(record.marks)),
        "measures": made.get("measures", dict(record.measures)),
        "masked": made.get("masked", [list(place) for place in record.masked]),
        "changes": made.get("changes", _changes(record)),
        "files": [list(file) for file in record.files],
    }


def _changes(record: SeriesRecord) -> list[list[Any]]:
    """Return what was done to the header, the most frequent first."""
    hits = sorted(record.changes.items(), key=lambda item: (-item[1], item[0].path, item[0].action))
    return [[c.path, c.keyword, c.action, c.source, count] for c, count in hits]


def read_report(private: Path) -> dict[str, Any]:
    """Read the report of the last run; empty where there is none or it cannot be read."""
    try:
        data = json.loads((private / REPORT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) and data.get("format") == FORMAT else {}


def has_record(private: Path) -> bool:
    """Say whether a private folder holds what a run wrote of itself."""
    return any((private / name).exists() for name in (REPORT, JOURNAL))


def masked_places(private: Path | None) -> dict[str, list[list[int]]]:
    """Return where the run says that it filled text: frame, row, column, height, width by path below the output.

    A file that the report names and in which no text was filled has an empty list; one that it does not name, none.
    """
    series = read_report(private).get("series", []) if private is not None else []
    places: dict[str, list[list[int]]] = {file[0]: [] for one in series for file in one.get("files", [])}
    for path, *place in (entry for one in series for entry in one.get("masked", [])):
        places.setdefault(path, []).append(place)
    return places


def chosen_attributes(private: Path) -> tuple[str, ...]:
    """Return the selectors that a human decided about, as the last run's report says.

    Of those the policy keeps more than the profile by a rule of its own, or a rule or the map says what is written.
    """
    report = read_report(private)
    changes = (change for series in report.get("series", []) for change in series.get("changes", []))
    written = (path.rpartition(">")[2] for path, _, action, _, _ in changes if action == SET)
    mapped = dict.fromkeys(tag.strip("()").replace(",", "").lower() for tag in written)
    return (*report.get("kept by own rules", []), *mapped)


def original_folders(private: Path | None) -> dict[tuple[str, ...], tuple[str, str]]:
    """Return where each released series came from, by patient, scan and number as in OUT.

    That is the original folder, and the Patient ID or accession number by which the map names it, if it does so.
    """
    series = read_report(private).get("series", []) if private is not None else []
    return {
        (s["patient"], f"{s['patient']}-{s['scan']}" if s.get("scan") else "", f"{s['series']:03d}"): (
            s["original folder"],
            s.get("named", ""),
        )
        for s in series
        if "original folder" in s
    }


def read_journal(private: Path) -> dict[str, tuple[int, str]] | None:
    """Return the size and SHA-256 of every file that any run released, by its path below the output.

    None where there is no journal, or it holds a line that cannot be read.
    """
    begun: dict[str, list[tuple[str, int, str]]] = {}
    released: dict[str, list[tuple[str, int, str]]] = {}
    directories: dict[str, tuple[str, int, str]] = {}
    try:
        for line in (private / JOURNAL).read_text(encoding="utf-8").splitlines(keepends=True):
            if not line.endswith("\n"):
                break  # cut off by a kill; the next run takes it away
            entry = json.loads(line)
            event, token = entry["event"], entry.get("token", "")
            if event == "commit":
                begun[token] = [(str(name), int(size), str(digest)) for name, size, digest in entry["files"]]
            elif event == "released":
                released[token] = begun.get(token, [])
            elif event in ("withdrawn", "rejected", "held"):
                released.pop(token, None)
            elif event == "directory":
                name, size, digest = entry["file"]
                directories[entry["folder"]] = str(name), int(size), str(digest)
            elif event == "no directory":
                directories.pop(entry["folder"], None)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    files = [file for entry in released.values() for file in entry]
    return {name: (size, digest) for name, size, digest in [*files, *directories.values()]}


def check_recorded(out: Path, private: Path, places: Sequence[Place], findings: Findings) -> None:
    """Compare the files of OUT with what the journal and the last run's report say was released."""
    report, journal = read_report(private), read_journal(private)
    if not report:
        findings.add("warning", CHECK, "", "", "The private folder holds no report of a run that can be read.")
    if journal is None and (private / JOURNAL).exists():
        findings.add("error", CHECK, "", "", "The journal in the private folder cannot be read.")
    if not report and not journal:
        return
    released = [series for series in report.get("series", []) if series["status"] == "released"]
    made = [series for series in report.get("series", []) if series["status"] in ("released", "held")]
    marks = {name: series["marks"] for series in made for name, _, _ in series["files"]}
    reported = {name: (size, digest) for series in released for name, size, digest in series["files"]}
    recorded = reported | (journal or {})
    for place in places:
        if place.name not in recorded:
            message = "Neither the journal nor the last run's report names this file."
            findings.add("warning" if journal is None else "error", CHECK, place.name, "", message)
            continue
        _check_file(place, *recorded.pop(place.name), marks.get(place.name, {}), findings)
    for name in recorded:
        if PurePosixPath(name).name == DICOMDIR and not exists(out / name):
            message = "This DICOMDIR is not there; the next run or review writes it again."
            findings.add("warning", CHECK, name, "", message)
        elif not exists(out / name):
            findings.add("error", CHECK, name, "", "This file was released, but is not there any more.")


def _check_file(place: Place, size: int, digest: str, marks: dict[str, str], findings: Findings) -> None:
    """Compare one file with its record."""
    try:
        data = read_bytes(place.path)
    except OSError:
        return  # said when the file was read by itself
    if len(data) != size:
        findings.add("error", CHECK, place.name, "", "This file has another size than when it was released.")
    elif hashlib.sha256(data).hexdigest() != digest:
        findings.add("error", CHECK, place.name, "", "This file was changed after it was released.")
    dataset = read_header(place.path)
    if dataset is None:
        return  # said when the file was read by itself
    elements = list(walk(dataset))
    values, codes = top_level(elements), claimed_codes(elements)
    for keyword, expected in marks.items():
        tag = datadict.tag_for_keyword(keyword)
        found = " ".join(sorted(codes)) if keyword == CODES_KEYWORD else values.get(int(tag or 0), "")
        if tag is not None and " ".join(sorted(expected.split())) != " ".join(sorted(found.split())):
            message = f"{keyword} is not what the run's report says."
            findings.add("error", CHECK, place.name, tag_text(int(tag)), message)
