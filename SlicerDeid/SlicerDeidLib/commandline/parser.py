# SPDX-License-Identifier: Apache-2.0
"""What a user may type: commands, options, help. Imports argparse only, so that ``--help`` is quick."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TypeAlias

from SlicerDeidLib import __version__
from SlicerDeidLib.commandline.kinds import OPTIONS, air_of, depth_of, option_of, path_of, positive_of, two_names_of

MATCHES = ("folder", "accession", "patient-id")
DEFACE_METHODS = ("auto", "none", "surface", "face", "surface+face")
TEXT_KEEPS = ("nothing", "harmless")
TEXT_MODES = ("mask", "thorough", "morph", "report", "drop", "off")

OBJECTS = ("images", "clean")
PRIVATE_CHOICES = ("remove", "safe", "keep")
_DESCRIPTION = "De-identify folders of medical images: headers, faces and burned-in text."
_EPILOG = """exit codes:
  0  the run completed; refused series are listed on stderr and in the report
  1  it could not complete; run the same command again to resume
  2  the command, the map or the policy is wrong; nothing was written
  3  nothing was released, or something was refused under --strict; audit: something is wrong
  130, 143  stopped by Ctrl-C or SIGTERM; finished series stay"""


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
    _add_audit(commands)
    _add_inventory(commands)
    _add_policy(commands)
    return parser.parse_args(words)


Group: TypeAlias = "argparse._ActionsContainer"
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
    _add_choices(plan)
    plan.add_argument("--json", action="store_true", help="print the plan as JSON")
    plan.add_argument(
        "--show-originals", action="store_true", help="also print original folder names, and what the map names in them"
    )


def _add_run(commands: Commands) -> None:
    run = commands.add_parser("run", help="de-identify IN into OUT")
    run.add_argument("input", metavar="IN", type=path_of, help="folder that holds one folder per patient")
    run.add_argument("output", metavar="OUT", type=path_of, help="folder for the de-identified images; outside IN")
    _add_choices(run)
    run.add_argument(
        "--workers",
        metavar="N",
        type=positive_of,
        help="processes on this machine (default: one per core, fewer when memory is short)",
    )
    run.add_argument(
        "--progress",
        choices=("bar", "json", "none"),
        default="bar",
        help="json: one JSON object per line on stdout; closing stdin stops the run",
    )
    run.add_argument(
        "--hold",
        action="store_true",
        help="finished series wait beside OUT, de-identified, until 'slicerdeid review' accepts them",
    )
    run.add_argument("--strict", action="store_true", help="exit 3 when anything was refused")
    run.add_argument(
        "--overwrite",
        action="store_true",
        help="start anew: delete what this project wrote into OUT before (default: resume)",
    )


def _add_choices(command: argparse.ArgumentParser) -> None:
    """Add the options that plan and run share."""
    _add_who(command)
    _add_what(command)
    _add_pixel_steps(command)
    _add_where(command)


def _add_who(command: argparse.ArgumentParser) -> None:
    who = command.add_argument_group("who becomes whom")
    who.add_argument(
        "--map",
        metavar="FILE",
        type=path_of,
        help=(
            ".xlsx, .xlsm, .csv or .tsv with the columns Accession_number and De-identification_ID (default: "
            "random IDs, drawn once)"
        ),
    )
    who.add_argument("--map-columns", metavar="OLD,NEW", type=two_names_of, help="other names of the two columns")
    who.add_argument(
        "--match",
        choices=MATCHES,
        default="folder",
        help=(
            "what the map's first column names. folder: the patients' folders; accession, patient-id: the accession "
            "number or the Patient ID that the headers say, of loose files too (default: folder)"
        ),
    )
    who.add_argument("--subjects", metavar="ID", nargs="+", default=(), help="only these patients (new IDs)")
    who.add_argument(
        "--leave-out",
        metavar="ID/SERIES",
        nargs="+",
        default=(),
        help="these series stay out, by new ID and number in the plan; of serial scans ID/SCAN/SERIES",
    )


def _add_what(command: argparse.ArgumentParser) -> None:
    what = command.add_argument_group("what is done to headers")
    what.add_argument(
        "--policy",
        metavar="NAME|FILE",
        default="research",
        help="a policy of 'slicerdeid policy list' or a TOML file (default: research)",
    )
    _add_option(what)
    what.add_argument(
        "--objects",
        choices=OBJECTS,
        default="images",
        help=(
            "clean: also structured reports, key object selections, presentation states, segmentations and structure "
            "sets, their content cleaned, without outlines of the head beside defaced images (default: images)"
        ),
    )
    what.add_argument(
        "--rules",
        metavar="FILE",
        type=path_of,
        action="append",
        default=[],
        help=(
            "site rules over the policy, repeatable, later wins: TOML, a recipe of pydicom/deid, a script of the RSNA "
            "or CTP, DICAT's fields_to_zap.xml, a keep-list or redact-list of keywords"
        ),
    )
    what.add_argument(
        "--keep-free-text",
        choices=("yes", "no"),
        default="yes",
        help=(
            "yes: of prose (comments, histories) clinical words and quantities stay where the policy cleans it; no: "
            "prose goes as a whole, only descriptions of one line are cleaned (default: yes)"
        ),
    )
    what.add_argument("--keep-time-of-day", action="store_true", help="shift dates by whole days only")


def _add_option(to: Group) -> None:
    """Add what goes over the options of a policy."""
    to.add_argument(
        "--option",
        metavar="NAME",
        type=option_of,
        action="append",
        default=[],
        help="an option of PS3.15 Annex E over the policy; repeatable: " + ", ".join(OPTIONS),
    )
    to.add_argument(
        "--private-attributes",
        choices=PRIVATE_CHOICES,
        help=(
            "remove: all private attributes go; safe: those stay that PS3.15 Table E.3.10-1 lists; keep: all stay in "
            "which nothing of the patient is found, and the profile is not claimed (default: the policy's)"
        ),
    )


def _add_pixel_steps(command: argparse.ArgumentParser) -> None:
    what = command.add_argument_group("what is done to pixels")
    what.add_argument(
        "--deface",
        choices=DEFACE_METHODS,
        help=(
            "auto: surface+face for heads in CT, face for heads in MR, nothing where the pixels show that no face "
            "can be in view; surface: peel "
            "skin and fat, which may leave a recognisable face; face: remove the face, leave ears and scalp; none: "
            "leave the head as it is (default: the policy's, auto)"
        ),
    )
    what.add_argument(
        "--depth", metavar="MM", type=depth_of, help="how deep skin and fat are peeled, 4 to 50 mm (default: 8)"
    )
    what.add_argument(
        "--air-value",
        metavar="V",
        type=air_of,
        help="what removed voxels become: HU for CT, stored value for MR (default: air)",
    )
    what.add_argument(
        "--text",
        choices=TEXT_MODES,
        help=(
            "what happens to burned-in text. mask: read the images, fill every word; thorough: the same with every "
            "slice read, in more views; report: find it, leave it; drop: leave images with text out; morph: fill small "
            "bright objects outside the head of CT slices, read nothing; off: leave it (default: the policy's, mask)"
        ),
    )
    what.add_argument(
        "--text-keep",
        choices=TEXT_KEEPS,
        help=(
            "nothing: all text is filled; harmless: measurements, L and R, window values stay (default: nothing for CT "
            "and MR, harmless for ultrasound, X-ray and mammograms)"
        ),
    )
    what.add_argument(
        "--regions",
        metavar="FILE",
        type=path_of,
        action="append",
        default=[],
        help=(
            "rectangles to fill, or to keep, whatever is written there, by device and size: a TOML table, a pixel "
            "script of CTP or a recipe of pydicom/deid; repeatable"
        ),
    )
    what.add_argument(
        "--keep-imagetype", action="store_true", help="value 1 of Image Type stays ORIGINAL after pixels were changed"
    )


def _add_where(command: argparse.ArgumentParser) -> None:
    where = command.add_argument_group("what stays private")
    where.add_argument(
        "--private",
        metavar="DIR",
        type=path_of,
        help=(
            "where journal, ledger and report go (default: a folder of this project in your application data; run"
            " prints it)"
        ),
    )
    where.add_argument(
        "--key",
        metavar="FILE",
        type=path_of,
        help="the project's secret (default: made once in your configuration folder)",
    )
    where.add_argument("--release", metavar="NAME", default="", help="two releases share no UID, ID or date offset")


def _add_review(commands: Commands) -> None:
    review = commands.add_parser("review", help="list what waits beside OUT; accept, reject or withdraw series")
    review.add_argument("output", metavar="OUT", type=path_of, help="the output folder of a run with --hold")
    decisions = {
        "--accept": "these go into OUT: whole patients or single series",
        "--reject": "these are deleted; the same settings do not make them again",
        "--withdraw": "these were released and are taken out of OUT again",
    }
    for name, meaning in decisions.items():
        review.add_argument(name, metavar="ID[/SERIES]", nargs="+", default=(), help=meaning)
    review.add_argument("--accept-all", action="store_true", help="everything that waits goes into OUT")
    review.add_argument("--note", metavar="TEXT", default="", help="why; it is kept in the private folder")
    review.add_argument("--private", metavar="DIR", type=path_of, help="the project's private folder")
    review.add_argument("--json", action="store_true", help="print the list as JSON")


def _add_audit(commands: Commands) -> None:
    audit = commands.add_parser("audit", help="read a finished output anew and report what is wrong with it")
    audit.add_argument("output", metavar="OUT", type=path_of, help="a finished output folder")
    audit.add_argument(
        "--original", metavar="IN", type=path_of, help="the input it was made from: its values are searched in OUT"
    )
    audit.add_argument(
        "--private", metavar="DIR", type=path_of, help="the project's private folder; the audit report is written there"
    )
    audit.add_argument("--key", metavar="FILE", type=path_of, help="the project's secret: UIDs are computed again")


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
            "add the marked values to site rules in TOML, each with the decision keep: change it to remove or replace, "
            "and name the file with --rules"
        ),
    )
    _add_choices(inventory)


def _add_policy(commands: Commands) -> None:
    policy = commands.add_parser("policy", help="list the policies, show one as a table, or check a file")
    actions = policy.add_subparsers(dest="action", metavar="list|show|check", required=True)
    actions.add_parser("list", help="name the built-in policies")
    show = actions.add_parser("show", help="show what a policy does with every attribute")
    show.add_argument("name", metavar="NAME|FILE", help="a built-in policy or a TOML file")
    _add_option(show)
    check = actions.add_parser(
        "check",
        help="find every contradiction of a policy or rule file with its master and the standard; exit 2 if any",
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
