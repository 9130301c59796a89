# SPDX-License-Identifier: Apache-2.0
"""Reports are readable by people and programs, private, and say no more than was measured."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import stat
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pydicom
import pytest
from SlicerDeidLib.model.instance import Index, Instance, Series, Stray
from SlicerDeidLib.model.plan import Plan, Problem, SeriesPlan, Subject, Verdict
from SlicerDeidLib.model.policy import Policy
from SlicerDeidLib.model.record import Change, Finding, RunRecord, SeriesRecord, Status
from SlicerDeidLib.verification.audit import audit
from SlicerDeidLib.verification.report import AuditReport, write_run_report

FORBIDDEN = ("anonym", "complian", "guarantee", "unrecogni", "irreversib")
FINDINGS = (
    Finding("error", "values", "A/A_001_00001.dcm", "(0010,0010)", "One <b>sentence</b> & more."),
    Finding("error", "values", "A/A_001_00002.dcm", "(0010,0010)", "One <b>sentence</b> & more."),
    Finding("warning", "structure", "=A/B.dcm", "", "Another sentence."),
)


class Reader(HTMLParser):
    """Takes the text of a page and every address in it."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.addresses: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


def page(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader


def instance(name: str) -> Instance:
    return Instance(Path(name), "dicom", 10, 0, "1.2", "1.2.840.10008.1.2.1")


def a_run(status: Status = Status.RELEASED, *, is_resumed: bool = False) -> tuple[RunRecord, Plan]:
    subject = Subject("Zorvex Folder", 1, "NEW-1", "NEW-1", "group", "key")
    series = Series(2, "dicom", "CT", "1.2.3", (instance("a/1.dcm"),))
    planned = SeriesPlan(
        series,
        subject,
        Verdict.RELEASE,
        deface="surface",
        text="morph",
        left_out=((instance("a/9.dcm"), "a localizer"),),
        notes=("A note.",),
    )
    policy = Policy("research", "t", "Dates are shifted.", "2026a", (), ("113100",), "MODIFIED", {})
    problems = (Problem("warning", "sheet 'x', row 3", "A row without a folder."),)
    strays = (Stray(Path("a/readme.txt"), "not an image", "It is no image."),)
    plan = Plan(Index(Path("in"), (), strays), policy, (planned,), problems, b"key")
    changes = {} if is_resumed else {Change("(0010,0010)", "PatientName", "new ID", "PS3.15 2026a Table E.1-1"): 28}
    record = SeriesRecord(
        "NEW-1",
        2,
        "CT",
        status,
        reason="" if status is Status.RELEASED else "no plausible head",
        changes=changes,
        files=(("NEW-1/NEW-1_002_00001.dcm", 10, "ab" * 32),) if status is Status.RELEASED else (),
        marks={} if is_resumed else {"RecognizableVisualFeatures": "YES"},
        measures={} if is_resumed else {"cavity_ml": 1234.5},
        is_recognisable=True,
        is_resumed=is_resumed,
    )
    return RunRecord("research", (record,), {"slicerdeid": "0.1.0"}), plan


def test_an_audit_is_written_as_json_csv_and_a_page_that_needs_nothing_else(tmp_path):
    AuditReport(FINDINGS, {"files read": 2}, ("names",)).write(tmp_path)
    data = json.loads((tmp_path / "audit.json").read_text())
    assert [f["check"] for f in data["findings"]] == ["values", "values", "structure"]
    rows = list(csv.reader((tmp_path / "audit.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["severity", "check", "path", "tag", "message", "more places"]
    assert rows[3][2] == "'=A/B.dcm"
    shown = page(tmp_path / "audit.html")
    assert shown.addresses == []
    assert "One <b>sentence</b> & more." in shown.text
    assert shown.text.index("One <b>") < shown.text.index("Another sentence.")
    assert shown.text.count("One <b>") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_reports_are_readable_by_their_owner_only(tmp_path):
    AuditReport(FINDINGS).write(tmp_path)
    write_run_report(*a_run(), tmp_path)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert len(list(tmp_path.iterdir())) == 5


def test_the_last_line_counts_what_was_found():
    assert AuditReport(FINDINGS, {"files read": 2}).last_line() == "The audit of 2 files found: 2 errors, 1 warning."
    assert "nothing wrong in what it looked at" in AuditReport((), {"files read": 2}).last_line()


def test_a_run_is_reported_with_all_that_was_done(tmp_path):
    write_run_report(*a_run(), tmp_path)
    data = json.loads((tmp_path / "report.json").read_text())
    series = data["series"][0]
    assert data["counts"] == {"released": 1, "refused": 0, "held": 0, "left out": 0, "recognisable": 1, "unexamined": 0}
    assert series["original folder"] == "Zorvex Folder"
    assert series["changes"] == [["(0010,0010)", "PatientName", "new ID", "PS3.15 2026a Table E.1-1", 28]]
    assert series["files"] == [["NEW-1/NEW-1_002_00001.dcm", 10, "ab" * 32]]
    assert data["strays"] == {"not an image": 1}
    shown = page(tmp_path / "report.html")
    for words in ("Zorvex Folder", "cavity_ml", "1,234.50", "28 changes", "A note.", "row 3", "may be recognisable"):
        assert words in shown.text
    assert shown.addresses == []


def test_a_report_says_how_much_of_which_structure_was_removed(tmp_path):
    record, plan = a_run()
    measures = {"orbits_ml": 50.0, "orbits_removed_ml": 49.0, "neck_ml": 600.0, "neck_removed_ml": 60.0}
    series = tuple(replace(one, measures={**one.measures, **measures}) for one in record.series)
    write_run_report(replace(record, series=series), plan, tmp_path)
    page = (tmp_path / "report.html").read_text()
    for words in ("orbits with eyes", "98%", "soft tissue of neck", "10%", ">600<", ">60<"):
        assert words in page
    assert "orbits_removed_ml" not in page


def test_serial_scans_that_number_their_series_alike_are_reported_each_with_its_own_folder(tmp_path):
    record, plan = a_run()
    planned, released = plan.series[0], record.series[0]
    plans, records = [], []
    for scan, status in ((1, Status.LEFT_OUT), (2, Status.RELEASED), (3, Status.REFUSED), (4, Status.REFUSED)):
        target = f"NEW-1/NEW-1-{scan}/NEW-1_002_00001.dcm"
        subject = replace(planned.subject, folder=f"Zorvex {scan}", scan=scan)
        why = {"verdict": Verdict.LEAVE_OUT, "reason": "a localizer"} if status is Status.LEFT_OUT else {}
        plans.append(replace(planned, subject=subject, targets=(target,), **why))
        files = ((target, 10, "ab" * 32),) if status is Status.RELEASED else ()
        reason = why.get("reason", f"reason {scan}")
        records.append(replace(released, status=status, reason=reason, files=files, scan=scan))
    order = (0, 2, 1, 3)
    run = replace(record, series=tuple(records[number] for number in order))
    write_run_report(run, replace(plan, series=tuple(plans)), tmp_path)
    write_run_report(run, replace(plan, series=tuple(plans)), tmp_path)
    series = json.loads((tmp_path / "report.json").read_text())["series"]
    assert [s["original folder"] for s in series] == [f"Zorvex {number + 1}" for number in order]
    assert [s["scan"] for s in series] == [number + 1 for number in order]
    assert "NEW-1, scan 2, series 002" in page(tmp_path / "report.html").text


def test_a_refused_series_is_reported_with_its_reason(tmp_path):
    write_run_report(*a_run(Status.REFUSED), tmp_path)
    shown = page(tmp_path / "report.html")
    assert "no plausible head" in shown.text
    assert "Not released" in shown.text


def test_a_resumed_series_keeps_what_was_said_when_it_was_made(tmp_path):
    write_run_report(*a_run(), tmp_path)
    write_run_report(*a_run(is_resumed=True), tmp_path)
    series = json.loads((tmp_path / "report.json").read_text())["series"][0]
    assert series["resumed"]
    assert series["marks"] == {"RecognizableVisualFeatures": "YES"}
    assert series["changes"][0][4] == 28


def test_no_report_claims_more_than_was_done(tmp_path):
    AuditReport(FINDINGS, {"files read": 2}).write(tmp_path)
    AuditReport(()).write(tmp_path / "clean")
    write_run_report(*a_run(), tmp_path)
    text = "".join(path.read_text().lower() for path in tmp_path.rglob("*.*") if path.is_file())
    assert [word for word in FORBIDDEN if word in text] == []
    assert "recognised from a released head was not tested" in text
    assert "pseudonymised personal data" in text


def recorded(case, tmp_path: Path, **marks: str) -> Path:
    record, plan = a_run()
    files = []
    for number in range(1, 5):
        data = case.file(number).read_bytes()
        name = case.file(number).relative_to(case.out).as_posix()
        files.append((name, len(data), hashlib.sha256(data).hexdigest()))
    series = record.series[0]
    codes = {"DeidentificationMethodCodeSequence": "113100 113107 113105", "PatientIdentityRemoved": "YES"}
    new = SeriesRecord(
        series.deidentification_id, 2, "CT", Status.RELEASED, files=tuple(files), marks={**codes, **marks}
    )
    write_run_report(RunRecord("research", (new,), {}), plan, tmp_path / "private")
    return tmp_path / "private"


def test_an_output_that_is_as_recorded_gives_no_finding(case, tmp_path):
    assert audit(case.out, private=recorded(case, tmp_path)).findings == ()


def test_marks_that_differ_from_the_record_are_found(case, tmp_path):
    private = recorded(case, tmp_path, RecognizableVisualFeatures="NO")
    assert {(f.severity, f.check, f.tag) for f in audit(case.out, private=private).findings} == {
        ("error", "record", "(0028,0302)")
    }


def test_files_that_were_changed_lost_or_added_are_found(case, tmp_path):
    private = recorded(case, tmp_path)
    data = bytearray(case.file(1).read_bytes())
    data[-1] ^= 1
    time = case.file(1).stat().st_mtime
    case.file(1).write_bytes(data)
    os.utime(case.file(1), (time, time))
    case.append(b"\0" * 6, 2)
    case.file(4).rename(case.file(4).with_name("DEID-0007_001_00005.dcm"))
    messages = {f.message for f in audit(case.out, private=private).findings if f.check == "record"}
    assert messages == {
        "This file was changed after it was released.",
        "This file has another size than when it was released.",
        "This file was released, but is not there any more.",
        "Neither the journal nor the last run's report names this file.",
    }


def journalled(case, private: Path) -> Path:
    """Write the journal of a run that released all files, after one that withdrew others."""
    private.mkdir(exist_ok=True)
    files = []
    for path in sorted(case.out.rglob("*.dcm")):
        data = path.read_bytes()
        files.append([path.relative_to(case.out).as_posix(), len(data), hashlib.sha256(data).hexdigest()])
    lines = (
        {"event": "output", "folder": "out"},
        {"event": "commit", "token": "a", "files": [["NEW-1/NEW-1_001_00001.dcm", 10, "ab"]]},
        {"event": "released", "token": "a"},
        {"event": "withdrawn", "token": "a"},
        {"event": "commit", "token": "b", "files": files},
        {"event": "released", "token": "b"},
        {"event": "commit", "token": "c", "files": [["NEW-2/NEW-2_001_00001.dcm", 10, "ab"]]},
    )
    (private / "journal.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"event": "rel')
    return private


def test_files_of_an_earlier_run_are_known_by_the_journal(case, tmp_path):
    write_run_report(*a_run(Status.REFUSED), tmp_path / "private")
    private = journalled(case, tmp_path / "private")
    assert audit(case.out, private=private).findings == ()
    case.append(b"\0" * 6, 2)
    case.file(4).unlink()
    messages = {f.message for f in audit(case.out, private=private).findings if f.check == "record"}
    assert messages == {
        "This file has another size than when it was released.",
        "This file was released, but is not there any more.",
    }


def test_a_file_that_no_run_released_is_an_error_where_there_is_a_journal(case, tmp_path):
    private = journalled(case, recorded(case, tmp_path))
    case.file(4).rename(case.file(4).with_name("DEID-0007_001_00005.dcm"))
    findings = [f for f in audit(case.out, private=private).findings if f.check == "record"]
    assert [(f.severity, f.path[-9:]) for f in findings] == [("error", "00004.dcm"), ("error", "00005.dcm")]


def test_a_journal_that_cannot_be_read_is_an_error(case, tmp_path):
    private = recorded(case, tmp_path)
    (private / "journal.jsonl").write_text('{"event": "commit"}\nnot JSON\n')
    assert {(f.severity, f.check) for f in audit(case.out, private=private).findings} == {("error", "record")}


def test_a_private_folder_without_a_report_is_a_warning(case, tmp_path):
    (tmp_path / "private").mkdir()
    assert {(f.severity, f.check) for f in audit(case.out, private=tmp_path / "private").findings} == {
        ("warning", "record")
    }
    (tmp_path / "private" / "report.json").write_text("[1, 2")
    assert len(audit(case.out, private=tmp_path / "private").findings) == 1


def test_findings_of_one_kind_are_cut_and_counted(case):
    from SlicerDeidLib.verification.findings import KEPT_PER_KIND, Findings, kinds
    from SlicerDeidLib.verification.report import AuditReport

    findings = Findings()
    for number in range(KEPT_PER_KIND + 7):
        findings.add("error", "tags", f"{number}.dcm", "(0010,0010)", "Here.")
    assert [f.more for f in findings.all()] == [0] * (KEPT_PER_KIND - 1) + [7]
    assert [(kind.first.path, kind.places) for kind in kinds(findings.all())] == [("0.dcm", KEPT_PER_KIND + 7)]
    assert AuditReport(findings.all()).count("error") == KEPT_PER_KIND + 7


def test_pydicom_is_silent_while_we_read(case, caplog):
    dataset = pydicom.dcmread(case.file(1))
    dataset.save_as(case.file(1))
    data = case.file(1).read_bytes().replace(b"20190301", b"drelwiz!")
    case.file(1).write_bytes(data)
    audit(case.out, original=case.original)
    assert caplog.text == ""
