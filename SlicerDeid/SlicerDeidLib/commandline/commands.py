# SPDX-License-Identifier: Apache-2.0
"""What each command does, and the exit code it ends with."""

from __future__ import annotations

import argparse
import itertools
import secrets
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import SlicerDeidLib as deid  # noqa: N813 - as users write it
from SlicerDeidLib.commandline import stopping, terminal
from SlicerDeidLib.errors import (
    Cancelled,
    DeidError,
    KeyFileError,
    MapError,
    OutputError,
    PlanError,
    PolicyError,
)
from SlicerDeidLib.identity.secret import default_key_path, default_private, read_key
from SlicerDeidLib.model.plan import Plan, Verdict
from SlicerDeidLib.model.policy import Policy
from SlicerDeidLib.model.record import RunRecord
from SlicerDeidLib.policies.regionrules import read_region_rules

if TYPE_CHECKING:
    from SlicerDeidLib.pipeline.series import Outcome, SeriesTask

COMPLETED, NOT_COMPLETED, WRONG, NOTHING = 0, 1, 2, 3  # the contract's exit codes
_SIGNAL_BASE = 128  # POSIX: a program stopped by signal n ends with 128 + n
_BYTES_PER_SERIES = 6  # times the pixels' bytes: the file, the stored values, the masks


def execute(arguments: argparse.Namespace) -> int:
    """Run one command; errors become one sentence on stderr and an exit code."""
    commands = {"demo": _demo, "plan": _plan, "run": _run, "audit": _audit, "policy": _policy}
    is_json = getattr(arguments, "progress", "") == "json"
    code, sentence = NOT_COMPLETED, "Stopped."
    try:
        with stopping.cancellable(is_stdin_watched=is_json or getattr(arguments, "json", False)):
            return commands[arguments.command](arguments)
    except (MapError, PolicyError, PlanError, KeyFileError, OutputError) as error:
        code, sentence = WRONG, error.reason
    except DeidError as error:
        code, sentence = NOT_COMPLETED, error.reason
    except Cancelled:
        pass
    except BrokenPipeError:
        return NOT_COMPLETED
    except OSError as error:
        code = NOT_COMPLETED
        sentence = f"A file or folder could not be used ({type(error).__name__}); check permissions and names."
    if stopping.asked():  # whatever broke on the way out, the reason is the stop
        code = _SIGNAL_BASE + stopping.asked()
        sentence = "Stopped; finished series stay, run the same command again to resume."
    print(f"slicerdeid: {sentence}", file=sys.stderr)
    if is_json:
        terminal.print_event({"event": "done", "exit": code, "message": sentence})
    return code


def _policy_of(arguments: argparse.Namespace) -> Policy:
    """Read the policy and put the command line's own choices over it."""
    policy = deid.read_policy(arguments.policy, arguments.option)
    deface = policy.deface
    if arguments.deface is not None:
        deface = replace(deface, method=arguments.deface)
    if arguments.depth is not None:
        deface = replace(deface, depth_mm=arguments.depth)
    if arguments.air_value is not None:
        deface = replace(deface, air_value=arguments.air_value)
    text = policy.text
    if arguments.text is not None:
        text = replace(text, mode=arguments.text)
    if arguments.text_keep is not None:
        text = replace(text, keep=arguments.text_keep)
    text = replace(text, regions=tuple(rule for path in arguments.regions for rule in read_region_rules(path)))
    if text.regions and not text.is_filled:
        raise PolicyError(f"--regions fills what is written, and --text {text.mode} leaves it; choose mask or thorough")
    return replace(
        policy,
        deface=deface,
        text=text,
        keep_free_text=policy.keep_free_text and arguments.keep_free_text == "yes",
        keep_time_of_day=policy.keep_time_of_day or arguments.keep_time_of_day,
        keep_image_type=policy.keep_image_type or arguments.keep_imagetype,
    )


def _make_plan(arguments: argparse.Namespace, private: Path | None, key: bytes) -> Plan:
    policy = _policy_of(arguments)
    subject_map = deid.read_map(arguments.map, arguments.map_columns) if arguments.map is not None else None
    with terminal.reading(getattr(arguments, "progress", "bar")) as tell:
        index = deid.discover(arguments.input, tell)
    return deid.plan(
        index, policy, subject_map, key=key, private=private, release=arguments.release, subjects=arguments.subjects
    )


def _plan(arguments: argparse.Namespace) -> int:
    has_key = arguments.key is not None or default_key_path().exists()
    plan = _make_plan(arguments, arguments.private, read_key(arguments.key) if has_key else secrets.token_bytes(32))
    if arguments.json:
        print(terminal.plan_as_json(plan, is_original_shown=arguments.show_originals))
    else:
        terminal.show_plan(plan, is_original_shown=arguments.show_originals)
        if arguments.map is None:
            print("Without a map the run draws random IDs; those shown here are examples.")
    return WRONG if plan.errors else COMPLETED


def _run(arguments: argparse.Namespace) -> int:
    from SlicerDeidLib.verification.report import write_run_report

    private = arguments.private or default_private(arguments.output)
    plan = _make_plan(arguments, private, read_key(arguments.key))
    terminal.say_problems(plan)
    with terminal.progress(arguments.progress) as tell:
        record = deid.run(
            plan,
            arguments.output,
            executor=_executor(plan, arguments.workers),
            progress=stopping.watched(tell),
            report=lambda record: write_run_report(record, plan, private),
            is_overwrite=arguments.overwrite,
        )
    return _close_run(record, private, arguments)


def _executor(plan: Plan, workers: int | None) -> deid.Executor[SeriesTask, Outcome]:
    """Choose processes where they pay."""
    released = [series for series in plan.series if series.verdict is Verdict.RELEASE]
    largest = max((sum(i.rows * i.columns * 4 for i in s.instances) for s in released), default=0)
    count = workers or deid.worker_count(len(released), largest * _BYTES_PER_SERIES)
    return deid.processes(count) if count > 1 else deid.serial


def _close_run(record: RunRecord, private: Path, arguments: argparse.Namespace) -> int:
    """Say what happened, choose the exit code."""
    terminal.say_refusals(record.series)
    written = "Report, journal and ledger" if record.released else "Report"  # the others come with the first release
    place = [f"{written} (private): {private}"] if record.series else []
    code = NOTHING if not record.released or (arguments.strict and record.refused) else COMPLETED
    if arguments.progress == "json":
        for line in place:
            print(line, file=sys.stderr)  # in no event: a path may name a patient
        left_out = len(record.series) - record.released - record.refused
        terminal.print_event(
            {
                "event": "done",
                "exit": code,
                "released": record.released,
                "refused": record.refused,
                "left_out": left_out,
                "recognisable": record.recognisable,
                "message": terminal.last_line(record),
            }
        )
    else:
        print(*place, terminal.last_line(record), sep="\n")
    return code


def _audit(arguments: argparse.Namespace) -> int:
    from SlicerDeidLib.verification.recorded import has_record

    key = read_key(arguments.key) if arguments.key is not None else None
    private = arguments.private or default_private(arguments.output)
    # the default folder may hold nothing but the audit before
    known = private if private.is_dir() and (arguments.private is not None or has_record(private)) else None
    report = deid.audit(arguments.output, original=arguments.original, private=known, key=key)
    report.write(private)
    for finding in report.findings:
        parts = (finding.severity, finding.check, " ".join((finding.path, finding.tag)).strip(), finding.message)
        print(": ".join(part for part in parts if part))
    print(f"Audit report (private): {private}")
    print(report.last_line())
    return NOTHING if any(finding.severity == "error" for finding in report.findings) else COMPLETED


def _policy(arguments: argparse.Namespace) -> int:
    from SlicerDeidLib.policies.describe import policy_rows
    from SlicerDeidLib.policies.load import policy_names

    out = terminal.console()
    if arguments.action == "list":
        rows = [(name, deid.read_policy(name).title) for name in policy_names()]
        out.print(terminal.table("Policies", ("Name", "What it is"), rows))
        return COMPLETED
    policy = deid.read_policy(arguments.name)
    columns = ("Attribute", "Name", "What happens", "Source")
    out.print(terminal.table(f"Policy {policy.name}: {policy.title}", columns, policy_rows(policy)))
    terminal.say(out, policy.statement)
    return COMPLETED


def _demo(arguments: argparse.Namespace) -> int:
    from SlicerDeidLib.commandline.parser import parse
    from SlicerDeidLib.sample.study import write_demo

    folder = arguments.folder or _free_folder()
    if folder.exists() and any(folder.iterdir()):
        raise OutputError("The folder for the demo is not empty; name another one.")
    print("Making a head with a face, with names in its headers and text in its pictures ...", flush=True)
    write_demo(folder)
    words = ["run", str(folder / "in"), str(folder / "out"), "--map", str(folder / "map.xlsx")]
    words += ["--private", str(folder / "private")]
    print("Running: slicerdeid " + " ".join(words), flush=True)
    code = _run(parse(words))
    print(f"Compare {folder / 'in'} with {folder / 'out'}; open {folder / 'private' / 'report.html'} in a browser.")
    return code


def _free_folder() -> Path:
    """Return the first name for the demo's folder that is not taken."""
    names = (f"slicerdeid-demo{f'-{number}' if number > 1 else ''}" for number in itertools.count(1))
    return next(path for name in names if not (path := Path(name)).exists())
