# SPDX-License-Identifier: Apache-2.0
"""What each command does, and the exit code it ends with."""

from __future__ import annotations

import argparse
import itertools
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import SlicerDeidLib as deid  # noqa: N813 - as users write it
from SlicerDeidLib.commandline import stopping, terminal
from SlicerDeidLib.errors import (
    Cancelled,
    DeidError,
    FormatError,
    KeyFileError,
    MapError,
    OutputError,
    PixelError,
    PlanError,
    PolicyError,
    SeriesRefused,
)
from SlicerDeidLib.files.whole import FULL
from SlicerDeidLib.identity.secret import default_private, read_key, read_or_draw_key
from SlicerDeidLib.model.legible import legible_name, legible_text
from SlicerDeidLib.model.plan import Plan
from SlicerDeidLib.model.policy import Policy
from SlicerDeidLib.model.record import RunRecord
from SlicerDeidLib.pipeline.drawn import with_unnamed
from SlicerDeidLib.planning.paths import check_folders
from SlicerDeidLib.policies.choices import with_choices
from SlicerDeidLib.policies.datechecks import pattern_notes
from SlicerDeidLib.policies.regionrules import read_region_rules

if TYPE_CHECKING:
    from SlicerDeidLib.pipeline.series import Outcome, SeriesTask

COMPLETED, NOT_COMPLETED, WRONG, NOTHING = 0, 1, 2, 3  # the contract's exit codes
_SIGNAL_BASE = 128  # POSIX: a program stopped by signal n ends with 128 + n
_BYTES_PER_SERIES = 6  # times the pixels' bytes: the file, the stored values, the masks
_HEADERS_OF_A_POOL = 1000  # images whose headers take as long as starting processes does, measured


def execute(arguments: argparse.Namespace) -> int:
    """Run one command; errors become one sentence on stderr and an exit code."""
    commands = {
        "demo": _demo,
        "plan": _plan,
        "run": _run,
        "review": _review,
        "purge": _purge,
        "audit": _audit,
        "inventory": _inventory,
        "deface": _deface,
        "policy": _policy,
    }
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
        if error.errno in FULL:
            sentence = "The disk that was written to is full; make room there and run the same command again."
    if stopping.asked():  # whatever broke on the way out, the reason is the stop
        code = _SIGNAL_BASE + stopping.asked()
        sentence = "Stopped; finished series stay, run the same command again to resume."
    print(legible_text(f"slicerdeid: {sentence}"), file=sys.stderr)
    if is_json:
        terminal.print_event({"event": "done", "exit": code, "message": sentence})
    return code


def _policy_of(arguments: argparse.Namespace) -> Policy:
    """Read the policy and put the command line's own choices over it."""
    sites = [deid.read_rules(path) for path in arguments.rules]
    for note in (note for site in sites for note in site.notes):
        print(f"note: {note}", file=sys.stderr)
    policy = deid.read_policy(
        arguments.policy, arguments.option, sites, arguments.private_attributes, arguments.objects
    )
    for note in pattern_notes(policy):
        print(f"note: {note}", file=sys.stderr)
    return with_choices(
        policy,
        deface=arguments.deface,
        depth_mm=arguments.depth,
        air_value=arguments.air_value,
        engine=arguments.skullstrip_engine,
        no_csf=arguments.no_csf,
        face_protocols=arguments.face_protocols,
        text=arguments.text,
        text_keep=arguments.text_keep,
        regions=[rule for path in arguments.regions for rule in read_region_rules(path)],
        keep_free_text=arguments.keep_free_text == "yes",
        keep_time_of_day=arguments.keep_time_of_day,
        keep_image_type=arguments.keep_imagetype,
    )


def _found(arguments: argparse.Namespace) -> deid.Index:
    with terminal.reading(getattr(arguments, "progress", "bar")) as tell:
        return deid.discover(arguments.input, tell)


def _map_of(arguments: argparse.Namespace) -> deid.SubjectMap | None:
    if arguments.map is not None:
        return deid.read_map(arguments.map, arguments.map_columns, arguments.match)
    if arguments.match != "folder":
        raise MapError("--match says what the first column of a map names, and there is none; name it with --map.")
    return None


def _make_plan(
    arguments: argparse.Namespace, private: Path | None, key: bytes, index: deid.Index | None = None
) -> Plan:
    policy = _policy_of(arguments)
    subject_map = _map_of(arguments)
    index = index or _found(arguments)
    return deid.plan(
        index,
        policy,
        subject_map,
        key=key,
        private=private,
        release=arguments.release,
        subjects=arguments.subjects,
        leave_out=arguments.leave_out,
        dicomdir=arguments.dicomdir,
        only=getattr(arguments, "redo", ()),
    )


def _plan(arguments: argparse.Namespace) -> int:
    private = arguments.private
    if private is None and arguments.output is not None:
        private = default_private(arguments.output)
    if private is not None and arguments.output is not None:
        check_folders(arguments.input, arguments.output, private)
    plan = with_unnamed(_make_plan(arguments, private, read_or_draw_key(arguments.key)), arguments.regions)
    beside = [
        option for option, is_asked in (("--nifti", arguments.nifti), ("--mask-seg", arguments.mask_seg)) if is_asked
    ]
    plan = deid.with_found(plan, arguments.output, beside=beside)
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
    check_folders(arguments.input, arguments.output, private)  # before a million files are read
    plan = with_unnamed(_make_plan(arguments, private, read_key(arguments.key)), arguments.regions)
    terminal.say_problems(plan)
    with terminal.progress(arguments.progress) as tell, _executor(plan, arguments) as executor:
        record = deid.run(
            plan,
            arguments.output,
            executor=executor,
            progress=stopping.watched(tell),
            report=lambda record: write_run_report(record, plan, private),
            is_overwrite=arguments.overwrite,
            is_held=arguments.hold,
            is_redone=bool(arguments.redo),
            pictures=arguments.pictures,
            nifti=arguments.nifti,
            mask_seg=arguments.mask_seg,
        )
    return _close_run(record, private, arguments)


def _executor(plan: Plan, arguments: argparse.Namespace) -> AbstractContextManager[deid.Executor[SeriesTask, Outcome]]:
    """Choose processes where they pay, and where pixels may be decoded: a decoder that crashes takes its process."""
    to_do = [series for series in plan.series if series.is_to_do]
    images = [instance for series in to_do for instance in series.instances]
    is_looking = arguments.nifti or any((series.deface, series.text) != ("none", "off") for series in to_do)
    is_decoding = is_looking or any(image.is_compressed for image in images)
    largest = max((sum(i.rows * i.columns * 4 for i in s.instances) for s in to_do), default=0)
    count = arguments.workers or deid.worker_count(len(to_do), largest * _BYTES_PER_SERIES)
    is_worth = bool(arguments.workers) or is_decoding or len(images) > _HEADERS_OF_A_POOL
    return deid.processes(count) if count > 1 and is_worth else nullcontext(deid.serial)


def _close_run(record: RunRecord, private: Path, arguments: argparse.Namespace) -> int:
    """Say what happened, choose the exit code."""
    terminal.say_refusals(record.series)
    for sentence in record.unwritten:
        print(sentence, file=sys.stderr)
    written = (
        "Report, journal and ledger" if record.released + record.held else "Report"
    )  # the others come with the first release
    place = [legible_text(f"{written} (private): {private}")] if record.series else []
    code = (
        NOTHING
        if not record.released + record.held or (arguments.strict and (record.refused or record.unwritten))
        else COMPLETED
    )
    if arguments.progress == "json":
        for line in place:
            print(line, file=sys.stderr)  # in no event: a path may name a patient
        terminal.print_event(
            {
                "event": "done",
                "exit": code,
                "released": record.released,
                "refused": record.refused,
                "held": record.held,
                "left_out": record.left_out,
                "recognisable": record.recognisable,
                "recognisable_held": record.recognisable_held,
                "unexamined": record.unexamined,
                "message": terminal.last_line(record),
            }
        )
    else:
        print(*place, terminal.last_line(record), sep="\n")
    return code


def _review(arguments: argparse.Namespace) -> int:
    """List what waits, or decide on it."""
    out, private = arguments.output, arguments.private
    accept = [series.place for series in deid.held_series(out, private)] if arguments.accept_all else arguments.accept
    if accept or arguments.reject or arguments.withdraw:
        done = deid.decide(
            out,
            private,
            accept=accept,
            reject=arguments.reject,
            withdraw=arguments.withdraw,
            note=arguments.note,
        )
        deid.refresh_run_report(private or default_private(out))
        print(f"{done.accepted} series accepted, {done.rejected} rejected, {done.withdrawn} withdrawn.")
        for sentence in done.unwritten:
            print(sentence, file=sys.stderr)
        return COMPLETED
    listed = deid.held_series(out, private), deid.rejected_series(out, private)
    if arguments.json:
        print(terminal.held_as_json(*listed))
    else:
        terminal.show_held(*listed)
    return COMPLETED


def _purge(arguments: argparse.Namespace) -> int:
    """Delete by-products, and say what went and what is still there."""
    private = arguments.private or default_private(arguments.output)
    done = deid.purge(arguments.output, private, arguments.what, arguments.key)
    deid.refresh_run_report(private)
    for kind, count in done.items():
        print(f"{kind}: {count} file{'s' * (count != 1)} deleted." if count else f"{kind}: there is nothing to delete.")
    left = sorted(entry.name for entry in private.iterdir()) if private.is_dir() else []
    print(f"Still in the private folder: {', '.join(map(legible_name, left)) or 'nothing'}.")
    return COMPLETED


def _audit(arguments: argparse.Namespace) -> int:
    from SlicerDeidLib.commandline import audits

    key = read_key(arguments.key) if arguments.key is not None else None
    private = arguments.private or default_private(arguments.output)
    return NOTHING if audits.audit(arguments, private, key).count("error") else COMPLETED


def _inventory(arguments: argparse.Namespace) -> int:
    from SlicerDeidLib.commandline import inventories
    from SlicerDeidLib.pipeline.inventory import is_output

    if arguments.csv is not None:
        inventories.check_file(arguments.csv)
    index = _found(arguments)
    source: deid.Index | Plan = index
    if not is_output(index):
        source = _make_plan(arguments, arguments.private, read_or_draw_key(arguments.key), index)
    with terminal.counting("images") as tell:
        found = deid.inventory(source, rare_below=arguments.fewer_than, progress=tell)
    inventories.show(found)
    if arguments.csv is not None:
        inventories.write_csv(found, arguments.csv)
    if arguments.save is not None:
        added = deid.save_decisions(arguments.save, inventories.decisions_of(found))
        print(f"{added} values were added to {arguments.save.name}; decide there, and name it with --rules.")
        inventories.say_undecidable(found)
    return COMPLETED if found.images else NOTHING


def _deface(arguments: argparse.Namespace) -> int:
    try:
        mask = deid.deface_nifti(
            arguments.input,
            arguments.output,
            method=arguments.method,
            depth_mm=arguments.depth,
            air_value=arguments.air_value,
            engine=arguments.skullstrip_engine,
            no_csf=arguments.no_csf,
            mask=arguments.mask_out,
        )
    except (FormatError, PixelError, SeriesRefused) as error:
        print(legible_text(f"slicerdeid: refused, nothing was written: {error.reason}"), file=sys.stderr)
        return NOTHING
    if mask is None:
        print("No face can be in view; the voxels are as they were.")
    else:
        by = f" ({mask.engine})" if mask.engine else ""
        print(f"Defaced with {mask.method}{by}: {mask.measures['removed_ml']:.0f} ml of the head were removed.")
    if mask is not None and mask.method == "surface":
        print("The peel may leave a recognisable face: look at it.")
    print("The file's header names nobody any more; its name and the files beside it are yours to look at.")
    return COMPLETED


def _policy(arguments: argparse.Namespace) -> int:
    from SlicerDeidLib.policies.describe import claims, policy_rows
    from SlicerDeidLib.policies.load import policy_names

    out = terminal.console()
    if arguments.action == "list":
        rows = [(name, deid.read_policy(name).title) for name in policy_names()]
        out.print(terminal.table("Policies", ("Name", "What it is"), rows))
        return COMPLETED
    if arguments.action == "check":
        return _check_policy(arguments)
    policy = deid.read_policy(arguments.name, arguments.option, private=arguments.private_attributes)
    columns = ("Attribute", "Name", "What happens", "Source")
    besides = f"; with {', '.join(arguments.option)}" if arguments.option else ""
    out.print(terminal.table(f"Policy {policy.name}: {policy.title}{besides}", columns, policy_rows(policy)))
    terminal.say(out, policy.statement)
    terminal.say(out, f"Pictures: defacing {policy.deface.method}, text {policy.text.mode}. Claims: {claims(policy)}.")
    return COMPLETED


def _check_policy(arguments: argparse.Namespace) -> int:
    from SlicerDeidLib.policies.review import notes, review

    found = review(arguments.name, arguments.against)
    for note in notes(arguments.name, arguments.against):
        print(legible_text(f"note: {note}"), file=sys.stderr)
    for contradiction in found:
        print(legible_text(str(contradiction)))
    count = f"{len(found)} contradiction{'s' * (len(found) != 1)}"
    print(f"{legible_name(Path(arguments.name).name)}: {count if found else 'no contradiction'}.")
    return WRONG if found else COMPLETED


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
