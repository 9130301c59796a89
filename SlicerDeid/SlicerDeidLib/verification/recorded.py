# SPDX-License-Identifier: Apache-2.0
"""Recorded: a run's own report as data, written for people and programs, and compared with what lies in OUT."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from pydicom import datadict

from SlicerDeidLib.model.element import tag_text
from SlicerDeidLib.model.plan import Plan, SeriesPlan
from SlicerDeidLib.model.record import RunRecord, SeriesRecord, Status
from SlicerDeidLib.verification.archives import exists, read_bytes
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.headers import claimed_codes, top_level
from SlicerDeidLib.verification.reading import read_header, walk
from SlicerDeidLib.verification.standing import JOURNAL, Key, Standing, key_of, made_lines, read_journal
from SlicerDeidLib.verification.structure import DICOMDIR, Place

CHECK = "record"
REPORT = "report.json"
DECISIONS = "reviews.jsonl"  # who decided what, and when, a line of JSON each
MADE = (Status.RELEASED.value, Status.HELD.value)
TAKEN_BACK = "the journal names it no more: it was rejected, or withdrawn, or the journal was deleted"
GONE = {"status": Status.LEFT_OUT.value, "reason": TAKEN_BACK, "files": []}
FORMAT = 1  # version of the layout of report.json
CODES_KEYWORD = "DeidentificationMethodCodeSequence"


def run_as_data(record: RunRecord, plan: Plan, earlier: dict[str, Any], standing: Standing) -> dict[str, Any]:
    """Return a run as plain data, with what runs before it made and is still there.

    Parameters
    ----------
    earlier : dict
        The report that lies there already: series that were finished then keep what was said of them.
    standing : dict
        What ``read_standing`` returns, after the run.
    """
    before = {_key(s): s for s in earlier.get("series", ())}
    planned = {(s.subject.deidentification_id, s.subject.scan, s.series.number): s for s in plan.series}
    series = [series_as_data(s, planned.get(s.key), before.get(s.key)) for s in record.series]
    done = {_key(one) for one in series if one["status"] in MADE}
    kept = {key: _as_it_stands(before.get(key), *found) for key, found in standing.items() if key not in done}
    if plan.only:
        kept |= _said_before(before, {_key(one): one["status"] for one in series}, kept)
    in_vain = [one for one in series if _key(one) in kept and one["status"] == Status.REFUSED.value]
    series = [one for one in series if _key(one) not in kept] + list(kept.values())
    own = [*plan.policy.weaker_than_basic, *(earlier.get("kept by own rules", ()) if kept else ())]
    return {
        "format": FORMAT,
        "policy": record.policy,
        "statement": plan.policy.statement,
        "edition": plan.policy.edition,
        "kept by own rules": list(dict.fromkeys(own)),
        "release": plan.release,
        "versions": record.versions,
        "cancelled": record.is_cancelled,
        "counts": _counts(series),
        "problems": [
            *({"severity": p.severity, "where": p.where, "message": p.message} for p in plan.problems),
            *({"severity": "warning", "where": "--dicomdir", "message": said} for said in record.unwritten),
            *({"severity": "warning", "where": _place(one), "message": one["reason"]} for one in in_vain),
        ],
        "strays": dict(Counter(stray.kind for stray in plan.index.strays)),
        "not copied": [[s.path.as_posix(), s.kind, s.reason] for s in plan.index.strays],
        "series": series,
    }


def _key(series: dict[str, Any]) -> Key:
    return series["patient"], series["scan"], series["series"]


def _place(series: dict[str, Any]) -> str:
    scan = f", scan {series['scan']}" if series["scan"] else ""
    return f"{series['patient']}{scan}, series {series['series']}"


def _counts(series: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Count how series ended, and what a human must know of them."""
    states = Counter(one["status"] for one in series)
    return {status.value: states[status.value] for status in Status} | {
        said: sum(one[said] for one in series) for said in ("recognisable", "unexamined")
    }


def _as_it_stands(said: dict[str, Any] | None, status: str, line: dict[str, Any]) -> dict[str, Any]:
    """Return a series that an earlier run made: what its report said, else what the journal tells."""
    files = [list(file) for file in line["files"]]
    if said is not None and said["files"] == files:
        return said | {"status": status, "reason": "", "resumed": True}
    who, scan, number = key_of(line)
    made = SeriesRecord(
        who,
        number,
        "",
        Status(status),
        measures=line["measures"],
        files=tuple((name, size, digest) for name, size, digest in files),
        findings=tuple(line["findings"]),
        is_recognisable=line["is_recognisable"],
        masked=tuple(map(tuple, line["masked"])),
        is_resumed=True,
        scan=scan,
    )
    data = series_as_data(made, None, None)
    if said is None:
        data.pop("original folder")  # nobody knows
        return data
    return data | {name: said[name] for name in ("modality", "original folder", "origin", "named")}


def as_decided(report: dict[str, Any], standing: Standing) -> dict[str, Any]:
    """Return a run's report with what became since, in a review, of the series that it made."""
    made = (one for one in report["series"] if one["status"] in MADE)
    now = {_key(one): {"status": standing[_key(one)][0]} if _key(one) in standing else GONE for one in made}
    series = [one | now.get(_key(one), {}) for one in report["series"]]
    return report | {"series": series, "counts": _counts(series)}


def read_decisions(private: Path) -> list[list[str]]:
    """Return when who decided what about which series of a review, and the note; nothing where no one did."""
    decisions = []
    try:
        lines = (private / DECISIONS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
    for line in lines:
        with contextlib.suppress(ValueError, LookupError, TypeError):  # cut off by a kill
            found = json.loads(line)
            decisions.append([str(found[name]) for name in ("when", "who", "what", "series", "note")])
    return decisions


def _said_before(
    before: dict[Key, dict[str, Any]], now: dict[Key, str], kept: dict[Key, dict[str, Any]]
) -> dict[Key, dict[str, Any]]:
    """Return the series that a run of some did not look at, as they were: refused, left out, or taken back since."""
    return {
        key: said | GONE if said["status"] in MADE else said
        for key, said in before.items()
        if key not in kept and now.get(key, Status.LEFT_OUT.value) == Status.LEFT_OUT.value
    }


def series_as_data(record: SeriesRecord, plan: SeriesPlan | None, earlier: dict[str, Any] | None) -> dict[str, Any]:
    """Return one series as plain data; what a resumed series was when it was made comes from the report before."""
    files = [list(file) for file in record.files]
    is_same = earlier is not None and earlier["files"] == files  # not as it was before a run that wrote no report
    made = earlier if record.is_resumed and earlier is not None and is_same else {}
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
        "otherwise": made.get("otherwise", [[marks, list(names)] for marks, names in record.otherwise]),
        "measures": made.get("measures", dict(record.measures)),
        "chosen": made.get("chosen", list(record.chosen)),
        "taken": made.get("taken", list(record.taken)),
        "masked": made.get("masked", [list(place) for place in record.masked]),
        "changes": made.get("changes", _changes(record)),
        "files": files,
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


def reported_files(private: Path) -> dict[str, tuple[int, str]]:
    """Return the size and SHA-256 of every file that the last run's report says was released, as ``read_journal``."""
    series = read_report(private).get("series", [])
    released = [one["files"] for one in series if one["status"] == Status.RELEASED.value]
    return {name: (size, digest) for files in released for name, size, digest in files}


def has_record(private: Path) -> bool:
    """Say whether a private folder holds what a run wrote of itself."""
    return any((private / name).exists() for name in (REPORT, JOURNAL))


def masked_places(private: Path | None) -> dict[str, list[list[int]]]:
    """Return where a run says that it filled text: frame, row, column, height, width by path below the output.

    A file that it names and in which no text was filled has an empty list; one that it does not name, none.
    """
    series = _said_of_made(private) if private is not None else []
    places: dict[str, list[list[int]]] = {file[0]: [] for one in series for file in one.get("files", [])}
    for path, *place in (entry for one in series for entry in one.get("masked", [])):
        places.setdefault(path, []).append(place)
    return places


def chosen_attributes(private: Path) -> tuple[str, ...]:
    """Return the selectors that a human decided about, as the run says.

    Of those the policy keeps more than the profile by a rule of its own, or a rule or the map says what is written.
    """
    written = (tag for one in _said_of_made(private) for tag in one.get("chosen", []))
    mapped = dict.fromkeys(tag.strip("()").replace(",", "").lower() for tag in written)
    return (*read_report(private).get("kept by own rules", []), *mapped)


def altered_attributes(private: Path | None) -> dict[str, frozenset[str]]:
    """Return of which attributes somebody's own rules or decisions took or wrote the value, by path below the output.

    ``{"S01/S01_001_00001.dcm": {"(0018,0050)"}}``.
    """
    series = _said_of_made(private) if private is not None else []
    altered = ((one, frozenset((*one.get("chosen", ()), *one.get("taken", ())))) for one in series)
    return {file[0]: tags for one, tags in altered for file in one.get("files", [])}


def _said_of_made(private: Path) -> list[dict[str, Any]]:
    """Return what is said of each series that was made: by the journal, or where it was deleted by the last report."""
    lines = made_lines(private)
    return read_report(private).get("series", []) if lines is None else lines


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


def check_recorded(out: Path, private: Path, places: Sequence[Place], findings: Findings) -> None:
    """Compare the files of OUT with what the journal and the last run's report say was released."""
    report, journal = read_report(private), read_journal(private)
    if not report:
        findings.add("warning", CHECK, "", "", "The private folder holds no report of a run that can be read.")
    if journal is None and (private / JOURNAL).exists():
        findings.add("error", CHECK, "", "", "The journal in the private folder cannot be read.")
    if not report and not journal:
        return
    made = [series for series in report.get("series", []) if series["status"] in MADE]
    marks = {(name, digest): said for series in made for name, digest, said in _marks_of(series)}
    recorded = reported_files(private) if journal is None else journal
    for place in places:
        if place.name not in recorded:
            message = "Neither the journal nor the last run's report names this file."
            findings.add("warning" if journal is None else "error", CHECK, place.name, "", message)
            continue
        size, digest = recorded.pop(place.name)
        _check_file(place, size, digest, marks.get((place.name, digest), {}), findings)
    for name in recorded:
        if PurePosixPath(name).name == DICOMDIR and not exists(out / name):
            message = "This DICOMDIR is not there; the next run or review writes it again."
            findings.add("warning", CHECK, name, "", message)
        elif not exists(out / name):
            findings.add("error", CHECK, name, "", "This file was released, but is not there any more.")


def _marks_of(series: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield the files of a series, what their digest was, and which marks they have, as the report says."""
    otherwise = {name: marks for marks, names in series.get("otherwise", []) for name in names}
    for name, _, digest in series["files"]:
        yield name, digest, otherwise.get(name, series["marks"])


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
