# SPDX-License-Identifier: Apache-2.0
"""The options that commands share: who becomes whom, what is done to headers and pixels, what stays private."""

from __future__ import annotations

import argparse
from typing import TypeAlias

from SlicerDeidLib.commandline.kinds import OPTIONS, air_of, depth_of, option_of, path_of, two_names_of

MATCHES = ("folder", "accession", "patient-id")
DEFACE_METHODS = ("auto", "none", "surface", "face", "surface+face", "skullstrip")
STRIP_ENGINES = ("own", "synthstrip", "hd-bet")
FACE_ANSWERS = ("withhold", "keep", "deface", "leave-out")
TEXT_KEEPS = ("nothing", "harmless")
TEXT_MODES = ("mask", "thorough", "morph", "report", "drop", "off")

PICTURES = ("none", "after", "both")
PURGED = ("pictures", "reports", "masks", "reviews", "values", "regions", "journal", "ledger", "key")
OBJECTS = ("images", "clean", "all")
DICOMDIR_CHOICES = ("drop", "rebuild", "redact")
PRIVATE_CHOICES = ("remove", "safe", "keep")
METHODS = (
    "surface: peel skin and fat, which may leave a recognisable face; face: remove the face, leave ears and scalp; "
    "surface+face: both; skullstrip: keep only what lies inside the skull (CT; MR with an installed engine)"
)

Group: TypeAlias = "argparse._ActionsContainer"


def add_choices(command: argparse.ArgumentParser) -> None:
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
    who.add_argument(
        "--subjects", metavar="ID", nargs="+", action="extend", default=[], help="only these patients (new IDs)"
    )
    who.add_argument(
        "--leave-out",
        metavar="ID/SERIES",
        nargs="+",
        action="extend",
        default=[],
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
    add_option(what)
    what.add_argument(
        "--objects",
        choices=OBJECTS,
        default="images",
        help=(
            "clean: also structured reports, key object selections, presentation states, segmentations, structure "
            "sets, radiotherapy plans and registrations, their content cleaned, without outlines of the head beside "
            "defaced images; with --deface none also radiotherapy doses and parametric maps, which show the head; all: "
            "also what nobody can clean (documents, waveforms, spectra; with --deface none models, surfaces, raw data, "
            "video, private objects): headers are cleaned, nobody looks at the content, which stays as it is (default: "
            "images)"
        ),
    )
    what.add_argument(
        "--dicomdir",
        choices=DICOMDIR_CHOICES,
        default="drop",
        help=(
            "drop: the output holds none; rebuild: where the input has a DICOMDIR, one of what is released is written "
            "in its place, which programs that use DCMTK may not follow; redact: the input's own, each value of each "
            "record replaced at equal length, records of what is not released blank and out of use; where a new name "
            "or number is longer than its place none is written, which is said (default: drop)"
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


def add_option(to: Group) -> None:
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
            "which nothing of the patient is found, but bytes (VR OB, OW, UN) only where a rule names the attribute "
            "itself; the profile is not claimed (default: the policy's)"
        ),
    )


def _add_pixel_steps(command: argparse.ArgumentParser) -> None:
    what = command.add_argument_group("what is done to pixels")
    what.add_argument(
        "--deface",
        choices=DEFACE_METHODS,
        help=(
            "auto: surface+face for heads in CT, face for heads in MR, nothing where the pixels show that no face "
            f"can be in view; {METHODS}; none: leave the head as it is (default: the policy's, auto)"
        ),
    )
    add_depth(what)  # default: the policy's
    add_engine(what)
    what.add_argument(
        "--face-protocols",
        choices=FACE_ANSWERS,
        help=(
            "what happens to series that were made for the face itself (orbits, sinuses, temporal bones, teeth and "
            "jaws, facial nerve, facial trauma) and would be defaced. withhold: they are refused with this question; "
            "keep: they are released undefaced, marked as recognisable, for controlled access; deface: they lose what "
            "they were made for; leave-out: they stay out (default: the policy's, withhold)"
        ),
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
            "and MR, harmless for ultrasound, X-ray and mammograms); words of your own stand in [text] of --rules"
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


def add_beside(command: argparse.ArgumentParser) -> None:
    """Add what is released beside the images."""
    command.add_argument(
        "--nifti",
        action="store_true",
        help=(
            "release volumes as NIfTI too, beside their images: _defaced.nii.gz with _defaced_mask.nii.gz (1: what "
            "stays of the head), or .nii.gz where nothing was defaced; needs nibabel: pip install slicerdeid[nifti]"
        ),
    )
    command.add_argument(
        "--mask-seg",
        action="store_true",
        help=(
            "release the mask of every defaced series as DICOM Segmentation too, beside its images: _defaced_mask.dcm "
            "(one segment: what stays of the head); needs highdicom: pip install slicerdeid[seg]"
        ),
    )


def add_depth(to: Group, default_mm: float | None = None) -> None:
    """Add how much is removed, and what takes its place."""
    to.add_argument(
        "--depth",
        metavar="MM",
        type=depth_of,
        default=default_mm,
        help="how deep skin and fat are peeled, 4 to 50 mm (default: 8)",
    )
    to.add_argument(
        "--air-value",
        metavar="V",
        type=air_of,
        help="what removed voxels become: HU for CT, stored value for MR (default: air)",
    )


def add_engine(to: Group, default: str | None = None) -> None:
    """Add who finds the brain for ``skullstrip``."""
    to.add_argument(
        "--skullstrip-engine",
        choices=STRIP_ENGINES,
        default=default,
        help=(
            "who finds the brain for skullstrip. own: this program, in CT; synthstrip: SynthStrip's network, in CT and "
            "MR, its weights from $SLICERDEID_SYNTHSTRIP or $FREESURFER_HOME/models; hd-bet: HD-BET's, in MR, its "
            "weights from $SLICERDEID_HDBET or where hd-bet keeps them; nothing is downloaded (default: own)"
        ),
    )
    to.add_argument(
        "--no-csf",
        action="store_true",
        help="skullstrip in MR with synthstrip: without the fluid around the brain",
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
