# SPDX-License-Identifier: Apache-2.0
"""What a user may type: commands, options, help. Imports argparse only, so that ``--help`` is quick."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TypeAlias

from SlicerDeidLib import __version__
from SlicerDeidLib.commandline.kinds import path_of, positive_of
from SlicerDeidLib.commandline.options import (
    DEFACE_METHODS,
    METHODS,
    PICTURES,
    PURGED,
    add_beside,
    add_choices,
    add_depth,
    add_engine,
    add_option,
)

_DESCRIPTION = "De-identify folders of medical images: headers, faces and burned-in text."
_EPILOG = """exit codes:
  0  the run completed; refused series are listed on stderr and in the report
  1  it could not complete; run the same command again to resume
  2  the command, the map or the policy is wrong; nothing was written
  3  nothing was released, or something was refused under --strict; audit: something is wrong
  130, 143  stopped by Ctrl-C or SIGTERM; finished series stay"""

_NAMING = ("--subjects", "--leave-out", "--redo", "--accept", "--reject", "--withdraw")  # options that take new IDs


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Turn words into arguments; ends the program with exit code 2 and one sentence where they are wrong."""
    parser = argparse.ArgumentParser(
        prog="slicerdeid",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"slicerdeid {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_demo(commands)
    _add_plan(commands)
    _add_run(commands)
    _add_review(commands)
    _add_purge(commands)
    _add_audit(commands)
    _add_inventory(commands)
    _add_deface(commands)
    _add_policy(commands)
    return parser.parse_args(_with_dashes(words))


def _with_dashes(words: Sequence[str]) -> list[str]:
    """Tie new IDs to their options: argparse takes one that begins with a dash for an option."""
    tied: list[str] = []
    naming = ""
    for word in words:
        if word.startswith("--") or word == "-h":
            naming = word if word in _NAMING else ""
            tied.append(word)
        elif naming:
            tied[-1:] = [f"{naming}={word}"] if tied[-1] == naming else [tied[-1], f"{naming}={word}"]
        else:
            tied.append(word)
    return tied


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add_demo(commands: Commands) -> None:
    demo = commands.add_parser("demo", help="make a small head-CT study, run the main job on it, say where to look")
    demo.add_argument(
        "folder",
        metavar="DIR",
        nargs="?",
        type=path_of,
        help="where to (default: slicerdeid-demo, or the next free name)",
    )


def _add_plan(commands: Commands) -> None:
    plan = commands.add_parser("plan", help="show what would happen, and every problem; writes nothing")
    plan.add_argument("input", metavar="IN", type=path_of, help="folder that holds one folder per patient")
    plan.add_argument(
        "output",
        metavar="OUT",
        nargs="?",
        type=path_of,
        help="the folder that a run would write: IDs and numbers of its earlier runs are taken into account",
    )
    add_choices(plan)
    add_beside(plan)
    plan.add_argument("--json", action="store_true", help="print the plan as JSON")
    plan.add_argument(
        "--show-originals", action="store_true", help="also print original folder names, and what the map names in them"
    )


def _add_run(commands: Commands) -> None:
    run = commands.add_parser("run", help="de-identify IN into OUT")
    run.add_argument("input", metavar="IN", type=path_of, help="folder that holds one folder per patient")
    run.add_argument("output", metavar="OUT", type=path_of, help="folder for the de-identified images; outside IN")
    add_choices(run)
    run.add_argument(
        "--workers",
        metavar="N",
        type=positive_of,
        help="processes on this machine (default: one per core, fewer when memory is short or little is to be done)",
    )
    run.add_argument(
        "--progress",
        choices=("bar", "json", "none"),
        default="bar",
        help="json: one JSON object a line; a pipe on stdin stops the run when it is closed, also from the start on",
    )
    run.add_argument(
        "--hold",
        action="store_true",
        help="finished series wait beside OUT, de-identified, until 'slicerdeid review' accepts them",
    )
    run.add_argument(
        "--pictures",
        choices=PICTURES,
        default="after",
        help=(
            "pictures for the private report: the head from three sides and slices. after: of what is released; both: "
            "also of the original, which show the face: 'slicerdeid purge' deletes them (default: after)"
        ),
    )
    add_beside(run)
    redone = "do only these series, again; what is chosen for heads and text stays theirs in later runs"
    run.add_argument("--redo", metavar="ID/SERIES", nargs="+", action="extend", default=[], help=redone)
    run.add_argument("--strict", action="store_true", help="exit 3 when anything was refused")
    run.add_argument(
        "--overwrite",
        action="store_true",
        help="start anew: delete what this project wrote into OUT, with --subjects of these only (default: resume)",
    )


def _add_review(commands: Commands) -> None:
    review = commands.add_parser(
        "review", help="list what waits beside OUT and what was rejected; accept, reject or withdraw"
    )
    review.add_argument("output", metavar="OUT", type=path_of, help="the output folder of a run with --hold")
    decisions = {
        "--accept": "these go into OUT: whole patients or single series",
        "--reject": "these are deleted; the same settings make them again with --redo and --hold only",
        "--withdraw": "these were released and are taken out of OUT again",
    }
    for name, meaning in decisions.items():
        review.add_argument(name, metavar="ID[/SERIES]", nargs="+", action="extend", default=[], help=meaning)
    review.add_argument("--accept-all", action="store_true", help="everything that waits goes into OUT")
    review.add_argument("--note", metavar="TEXT", default="", help="why; it is kept in the private folder")
    review.add_argument("--private", metavar="DIR", type=path_of, help="the project's private folder")
    review.add_argument("--json", action="store_true", help="print the list as JSON")


def _add_purge(commands: Commands) -> None:
    purge = commands.add_parser(
        "purge",
        help="delete what identifies from the private folder: pictures and reports; more when it is named",
        description=(
            "Delete what identifies from the private folder of an output, and say what went and what is still there. "
            "The output stays. Without its report the audit does not know where text was filled; without masks series "
            "that come later do not know what others of their head lost; without journal or ledger the output "
            "can be neither resumed nor withdrawn."
        ),
    )
    purge.add_argument(
        "output", metavar="OUT", type=path_of, help="the output folder that the private folder belongs to"
    )
    purge.add_argument(
        "--what",
        choices=PURGED,
        nargs="+",
        default=PURGED[:2],
        help="what goes (default: pictures and reports); the key goes only when its file is named with --key",
    )
    purge.add_argument("--private", metavar="DIR", type=path_of, help="the project's private folder")
    purge.add_argument("--key", metavar="FILE", type=path_of, help="the key file that goes with --what key")


def _add_audit(commands: Commands) -> None:
    audit = commands.add_parser("audit", help="read a finished output anew and report what is wrong with it")
    audit.add_argument("output", metavar="OUT", type=path_of, help="a finished output folder")
    audit.add_argument(
        "--original", metavar="IN", type=path_of, help="the input it was made from: its values are searched in OUT"
    )
    audit.add_argument(
        "--private",
        metavar="DIR",
        type=path_of,
        help="the private folder of this output, which must be there; the audit report is written there",
    )
    audit.add_argument("--key", metavar="FILE", type=path_of, help="the project's secret: UIDs are computed again")
    audit.add_argument("--json", action="store_true", help="print what was found as JSON")


def _add_inventory(commands: Commands) -> None:
    inventory = commands.add_parser(
        "inventory",
        help="list every distinct value of every attribute that stays, the rarest first",
        description=(
            "List every distinct value of every attribute that would stay of an input, or that stands in an output, "
            "private and nested ones too, the rarest first. Nothing is released."
        ),
    )
    inventory.add_argument("input", metavar="IN|OUT", type=path_of, help="an input, or a finished output folder")
    inventory.add_argument(
        "--fewer-than", metavar="N", type=positive_of, default=5, help="mark values in fewer subjects (default: 5)"
    )
    inventory.add_argument("--csv", metavar="FILE", type=path_of, help="write the table there")
    inventory.add_argument(
        "--save",
        metavar="FILE",
        type=path_of,
        help=(
            "add the marked values about which rules can decide to site rules in TOML, each with the decision keep: "
            "change it to remove or replace, and name the file with --rules; why the others are not in it is said"
        ),
    )
    add_choices(inventory)


def _add_deface(commands: Commands) -> None:
    deface = commands.add_parser(
        "deface",
        help="deface one head CT or MR in NIfTI",
        description=(
            "Deface one head CT (in HU) or MR in NIfTI. The voxels that stay are as they were stored; descriptions, "
            "file names and extensions of the header go. Burned-in text is not looked for. Exit code 3: refused, "
            "nothing was written. Needs nibabel: pip install slicerdeid[nifti]."
        ),
    )
    deface.add_argument("input", metavar="IN.nii.gz", type=path_of, help="a NIfTI file, .nii or .nii.gz, 3-D or 4-D")
    deface.add_argument("output", metavar="OUT.nii.gz", type=path_of, help="the defaced image; a new file")
    deface.add_argument(
        "--method",
        choices=[method for method in DEFACE_METHODS if method != "none"],
        required=True,
        help=f"auto: surface+face for CT, face for MR; {METHODS}; MR has face, and skullstrip with an installed engine",
    )
    add_depth(deface, default_mm=8.0)
    add_engine(deface, default="own")
    deface.add_argument(
        "--mask-out",
        metavar="MASK.nii.gz",
        type=path_of,
        help="also write what stays: 1 for the head that was kept, 0 for what was removed and the air around it",
    )


def _add_policy(commands: Commands) -> None:
    policy = commands.add_parser("policy", help="list the policies, show one as a table, or check a file")
    actions = policy.add_subparsers(dest="action", metavar="list|show|check", required=True)
    actions.add_parser("list", help="name the built-in policies")
    show = actions.add_parser("show", help="show what a policy does with every attribute")
    show.add_argument("name", metavar="NAME|FILE", help="a built-in policy or a TOML file")
    add_option(show)
    check = actions.add_parser(
        "check",
        help=(
            "find every contradiction of a policy or rule file with its master and the standard, of lines on one "
            "attribute in the one that is in effect; exit 2 if any"
        ),
    )
    check.add_argument("name", metavar="FILE", help="a policy, or site rules in any language that --rules reads")
    check.add_argument(
        "--against",
        metavar="MASTER",
        help=(
            "the master policy, by name or file (default: the Basic Profile with the options that the policy takes; "
            "for site rules, those of research)"
        ),
    )
