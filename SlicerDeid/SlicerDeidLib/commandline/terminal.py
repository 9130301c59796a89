# SPDX-License-Identifier: Apache-2.0
"""What a person sees in the terminal: tables, the bar, JSON lines, the last line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from SlicerDeidLib.model.legible import legible_name, legible_text
from SlicerDeidLib.model.plan import Plan, SeriesPlan, Verdict
from SlicerDeidLib.model.record import RunRecord, SeriesRecord, Status
from SlicerDeidLib.output.entry import is_image
from SlicerDeidLib.pipeline.settings import said
from SlicerDeidLib.planning.assignment import folder_name
from SlicerDeidLib.planning.forecast import seconds
from SlicerDeidLib.planning.paths import output_bytes

if TYPE_CHECKING:  # which would load numpy to name a policy
    from SlicerDeidLib.pipeline.review import HeldSeries

_MOST_PLACES = 5  # named in a sentence about many series; the report names all
_THERE = (Status.RELEASED, Status.HELD)
_PIPE_COLUMNS = 160  # characters: a table in a file is not folded to 80

Event = dict[str, object]


def console(*, is_error: bool = False) -> Console:
    """Return a console that does not fold tables when nobody watches."""
    stream = sys.stderr if is_error else sys.stdout
    return Console(stderr=is_error, width=None if stream.isatty() else _PIPE_COLUMNS, highlight=False, markup=False)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Build a plain table."""
    built = Table(title=title, title_justify="left", header_style="bold", pad_edge=False)
    for column in columns:
        built.add_column(column, overflow="fold")
    for row in rows:
        built.add_row(*map(legible_text, row))
    return built


def show_plan(plan: Plan, *, is_original_shown: bool) -> None:
    """Print what would happen, problems last, where the eye rests."""
    out = console()
    columns = ["New ID", "Series", "Modality", "Images", "What will happen", "Why, and what to know"]
    if is_original_shown:
        columns.insert(1, "Original")
    rows = []
    for planned in plan.series:
        row = [planned.subject.deidentification_id, str(planned.series.number), planned.series.modality]
        row += [str(len(planned.series.instances)), what_happens(planned), "; ".join(reasons(planned))]
        if is_original_shown:
            row.insert(1, legible_name(planned.subject.origin))
        rows.append(row)
    out.print(table(f"Plan with policy {plan.policy.name}", columns, rows))
    if is_original_shown:
        total = len(plan.index.patients)
        for patient in plan.index.patients:
            name = legible_name(patient.folder) or "loose files at the top"
            say(out, f"folder {patient.number} of {total}: {name}")
    for problem in plan.problems:
        say(out, f"{problem.severity}: {problem.where}: {problem.message}")
    say(out, plan.policy.statement)
    say(out, plan.summary())
    say(out, forecast(plan))


def what_happens(planned: SeriesPlan) -> str:
    """Say in a few words what will happen to a series."""
    if planned.verdict is not Verdict.RELEASE:
        return {Verdict.REFUSE: "refused", Verdict.LEAVE_OUT: "left out"}[planned.verdict]
    if planned.found:
        return {"released": "released already", "waiting": "waits to be accepted"}[planned.found]
    steps = ["headers"]
    if planned.deface != "none":
        steps.append(f"deface {planned.deface}")
    if planned.text != "off":
        steps.append(f"text {planned.text}")
    return f"release {len(planned.instances)}: " + ", ".join(steps)


def reasons(planned: SeriesPlan) -> list[str]:
    """Say why, and what to know, in sentences without originals."""
    counted: dict[str, int] = {}
    for _, reason in planned.left_out:
        counted[reason] = counted.get(reason, 0) + 1
    left_out = (
        [f"{count} left out: {reason}" for reason, count in counted.items()]
        if planned.verdict is Verdict.RELEASE
        else []
    )
    return [text for text in (planned.reason, *planned.notes, *left_out) if text]


def plan_as_json(plan: Plan, *, is_original_shown: bool) -> str:
    """Write the plan for machines."""
    series = []
    studies: dict[str, dict[str, int]] = {}
    for planned in plan.series:
        entry: dict[str, object] = {
            "deidentification_id": planned.subject.deidentification_id,
            "scan": planned.subject.scan,
            "series": planned.series.number,
            "modality": planned.series.modality,
            "study": _study_number(planned, studies),
            "instances": len(planned.series.instances),
            "released": len(planned.instances),
            "verdict": planned.verdict.value,
            "found": planned.found,
            "otherwise": planned.is_otherwise,
            "reason": planned.reason,
            "deface": planned.made_with.get("--deface", planned.deface),
            "text": planned.made_with.get("--text", planned.text),
            "notes": reasons(planned),
            "unexamined": planned.is_unexamined,
            "bytes": output_bytes(planned),  # of what is found too: it may be started anew
            "seconds": round(seconds(planned), 2),
        }
        if is_original_shown:
            entry["original_folder"] = planned.subject.folder
            entry["original"] = planned.subject.original
        series.append(entry)
    problems = [{"severity": p.severity, "where": p.where, "message": p.message} for p in plan.problems]
    if is_original_shown:
        total = len(plan.index.patients)
        folders = {folder_name(patient, total): patient.folder for patient in plan.index.patients}
        for problem in problems:
            named = (folders.get(place, "") for place in problem["where"].split("; "))
            problem["original_folder"] = "; ".join(filter(None, named))
    counts = {verdict.value: plan.count(verdict) for verdict in Verdict}
    counts["release"] = sum(planned.is_to_do for planned in plan.series)
    counts |= {found: sum(planned.found == found for planned in plan.series) for found in ("released", "waiting")}
    document = {"policy": plan.policy.name, "statement": plan.policy.statement, "counts": counts}
    return json.dumps({**document, "series": series, "problems": problems}, indent=1)


def _study_number(planned: SeriesPlan, studies: dict[str, dict[str, int]]) -> int:
    """Return the number of a series' study within its folder, from 1, in the order of the series."""
    numbers = studies.setdefault(planned.subject.key, {})
    uid = planned.series.instances[0].study_instance_uid
    return numbers.setdefault(uid, len(numbers) + 1)


def forecast(plan: Plan) -> str:
    """Say roughly how much there is to do and to write."""
    to_do = [planned for planned in plan.series if planned.is_to_do]
    minutes = round(sum(map(seconds, to_do)) / 60)
    megabytes = sum(map(output_bytes, to_do)) / 1e6
    duration = f"Roughly {minutes:,} min" if minutes else "Less than a minute"
    return f"{duration} for one process, and {megabytes:,.0f} MB."


def show_held(waiting: Sequence[HeldSeries], rejected: Sequence[HeldSeries]) -> None:
    """List what waits to be accepted, the most doubtful first, and what was rejected."""
    out = console()
    columns, rows = ("Series", "Images", "Doubt", "Where to look", "What to know"), []
    is_mixed = any(s.settings != waiting[0].settings for s in waiting)  # of several runs
    for s in waiting:
        known = [f"made with {said(s.settings)}", *s.findings] if is_mixed else s.findings
        rows.append((s.place, str(len(s.files)), f"{s.doubt:.2f}", str(s.folder), "; ".join(known)))
    if rejected:
        notes = [(s.place, s.note) for s in rejected]
        title = "Rejected or withdrawn: 'slicerdeid run ... --hold --redo ID/SERIES' makes them again"
        out.print(table(title, ("Series", "Note"), notes))
    if rows:
        out.print(table("Waiting to be accepted, the most doubtful first", columns, rows))
    more = f"; {len(rejected)} were rejected or withdrawn" if rejected else ""
    say(out, f"{len(waiting)} series wait to be accepted{more}.")


def held_as_json(waiting: Sequence[HeldSeries], rejected: Sequence[HeldSeries]) -> str:
    """Write what waits, and what was rejected, for machines."""
    series = [
        {
            "series": s.place,
            "folder": str(s.folder),
            "files": list(s.files),
            "doubt": round(s.doubt, 3),
            "measures": s.measures,
            "findings": list(s.findings),
            "recognisable": s.is_recognisable,
            "settings": s.settings,
        }
        for s in waiting
    ]
    return json.dumps({"held": series, "rejected": [{"series": s.place, "note": s.note} for s in rejected]}, indent=1)


@contextmanager
def reading(kind: str) -> Iterator[Callable[[int], None] | None]:
    """Yield the function that takes the number of files read; None where nobody watches."""
    if kind != "bar" or not sys.stderr.isatty():
        yield None
        return
    with console(is_error=True).status("Reading the input ...") as status:
        yield lambda count: status.update(f"Reading the input: {count} files ...")


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Yield the function that takes how much is done and of how much; None where nobody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(is_error=True)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def progress(kind: str) -> Iterator[Callable[[Event], None]]:
    """Yield the function that takes a run's events."""
    if kind == "json":
        yield print_event
    elif kind == "none" or not sys.stderr.isatty():
        yield lambda _event: None
    else:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console(is_error=True)) as bar:
            task = bar.add_task("series", total=None)
            yield lambda event: bar.update(task, completed=_number(event, "done"), total=_number(event, "total"))


def _number(event: Event, name: str) -> float | None:
    value = event.get(name)
    return float(value) if isinstance(value, int) else None


def print_event(event: Event) -> None:
    """Print one event as one line of JSON on stdout."""
    print(json.dumps(event), flush=True)


def say_problems(plan: Plan) -> None:
    """List on stderr what a human must know before the run."""
    err = console(is_error=True)
    for problem in plan.problems:
        say(err, f"{problem.severity}: {problem.where}: {problem.message}")


def say_refusals(records: Sequence[SeriesRecord]) -> None:
    """List on stderr what was not released, and of what was its findings and what went for it, alike ones together."""
    err = console(is_error=True)
    found: dict[str, list[str]] = {}
    for record in records:
        if record.status not in _THERE:
            say(err, f"{record.status.value}: {record.place}: {record.reason}")
        gone = [record.reason] if record.reason and record.status in _THERE else []
        for finding in (*record.findings, *gone):
            found.setdefault(finding, []).append(record.place)
    for finding, places in found.items():
        where = "; ".join(places[:_MOST_PLACES])
        more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
        say(err, f"note: {where}{more}: {finding}")


def say(out: Console, sentence: str) -> None:
    """Print a sentence: folded between words in a terminal, as one line elsewhere."""
    out.print(legible_text(sentence), soft_wrap=not out.is_terminal)


def last_line(record: RunRecord) -> str:
    """Say how a run ended."""
    released = (series.files for series in record.series if series.status is Status.RELEASED)
    images = sum(is_image(name) for files in released for name, _, _ in files)
    parts = [f"Released {record.released} of {len(record.series)} series ({images} images)"]
    if record.refused:
        parts.append(f"{record.refused} refused")
    if record.held:
        parts.append(f"{record.held} wait to be accepted ('slicerdeid review' lists them)")
    if record.left_out:
        parts.append(f"{record.left_out} left out")
    resumed = sum(series.is_resumed for series in record.series)
    if resumed:
        parts.append(f"{resumed} were finished before")
    if record.recognisable:
        waiting = f" ({record.recognisable_held} of those that wait)" if record.held else ""
        parts.append(f"{record.recognisable} may show a recognisable face{waiting}")
    if record.unexamined:
        parts.append(f"{record.unexamined} hold content that nobody looked at")
    return "; ".join(parts) + "."
