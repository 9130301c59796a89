# SPDX-License-Identifier: Apache-2.0
"""Structure: folders, file names and file times of an output, against the contract."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from SlicerDeidLib.verification.archives import SUFFIX, archive_of, check_archive, is_archive, names_in
from SlicerDeidLib.verification.dates import dates_in_text, short_dates
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.reading import has_dicom_prefix, read_header
from SlicerDeidLib.verification.vocabulary import is_vocabulary, tokens

CHECK = "structure"
DICOMDIR = "DICOMDIR"
NIFTI = ".nii.gz"
NIFTI_NUMBERS = re.compile(r"_(\d{3,})()(?:_defaced(?:_mask)?)?\.nii\.gz")
NUMBERS = re.compile(r"_(\d{3,})_(\d{5,})\.dcm")
MASK = "_defaced_mask"
MASK_NUMBERS = re.compile(rf"_(\d{{3,}}{MASK})()\.dcm")  # a series of its own
MOST_DIGITS = 6  # an ID, a telephone number or a date with its separators; "2 mm", "H30", "512" have fewer
THREE_NUMBERS = re.compile(r"(?<!\d)\d{1,2}([ ._/-])\d{1,2}\1\d{1,2}(?!\d)")
LINK, EMPTY = "A symbolic link", "An empty folder"
DEVICE, UNLISTED = "A pipe, socket or device", "A folder that cannot be listed"
BROKEN = "A zip that is damaged, or cannot be trusted,"
OUR_FOLDER = re.compile(r"[a-z]+-\d{2,}")  # "series-01": a sub-folder whose name could not be kept


@dataclass(frozen=True, slots=True)
class Place:
    """One DICOM file of the output, or NIfTI file beside some, and what its place says.

    Attributes
    ----------
    name : str
        Path below the output, POSIX.
    patient, series, instance : str
        Folder name and the two running numbers; empty where the name does not follow the contract.
    scan : str
        Folder name of one of a patient's serial scans, each of which numbers its series anew; else empty.
    own : str
        The path without our running numbers and without the new ID: what could still come from the original.
    archive : str
        The zip that it lies in, as a path below the output; empty where it lies in none.
    """

    path: Path = field(repr=False)
    name: str
    patient: str
    series: str
    instance: str
    scan: str
    own: str
    archive: str = ""

    @property
    def group(self) -> tuple[str, str, str]:
        """What the files of one numbered series share: patient, scan and series number."""
        return self.patient, self.scan, self.series

    @property
    def is_dicomdir(self) -> bool:
        """Whether it is named as the directory of a File-set, PS3.10 8.6."""
        return self.path.name == DICOMDIR

    @property
    def is_nifti(self) -> bool:
        """Whether it is named as an image or mask in NIfTI, made from the images of a series."""
        return self.path.name.endswith(NIFTI)

    @property
    def is_mask(self) -> bool:
        """Whether it is named as a mask in DICOM, made from the images of a series."""
        return self.path.name.endswith(f"{MASK}.dcm")


def files_below(root: Path, say: Callable[[Path, str], None] = lambda _path, _what: None) -> Iterator[Path]:
    """Yield all regular files below a folder in the order of their names; nothing else is opened or followed.

    A zip with DICOM files counts as a folder; what is in it is yielded, not itself.

    Parameters
    ----------
    say : callable
        Called with the path of everything else that lies there and with what it is: ``LINK``, ``DEVICE``, ``EMPTY``,
        ``UNLISTED`` or ``BROKEN``.
    """
    for folder, folders, files in os.walk(root, onerror=lambda error: say(Path(error.filename), UNLISTED)):
        folders.sort()
        here = Path(folder)
        for name in sorted(files) + [f for f in folders if (here / f).is_symlink()]:
            path = here / name
            if path.is_symlink():
                say(path, LINK)
            elif not path.is_file():  # opening a pipe would wait for its writer for ever
                say(path, DEVICE)
            elif not is_archive(path):
                yield path
            else:
                yield from _files_in(path, say)
        if not files and not folders and here != root:
            say(here, EMPTY)


def _files_in(path: Path, say: Callable[[Path, str], None]) -> list[Path]:
    """Return the files in a zip; itself where none of them is DICOM: it may be a text document."""
    try:
        files = [path / name for name in names_in(path)]
    except OSError:
        say(path, BROKEN)
        return []
    return files if any(read_header(file) is not None for file in files) else [path]


def check_structure(root: Path, findings: Findings) -> Iterator[Place]:
    """Yield the DICOM and NIfTI files of an output in order; say what else lies there, and which names are wrong."""
    times: set[int] = set()
    seen: dict[tuple[str, str, str], list[int]] = {}

    def say(path: Path, what: str) -> None:
        findings.add("error", CHECK, _name(path, root), "", f"{what} lies in the output.")

    judged: set[Path] = set()
    for path in files_below(root, say):
        name = _name(path, root)
        archive = archive_of(path)
        try:
            is_dicom = has_dicom_prefix(path)
            times.add((archive or path).stat().st_mtime_ns)
            if archive is not None and archive not in judged:
                judged.add(archive)
                check_archive(archive, _name(archive, root), findings)
        except OSError as error:
            findings.add("error", CHECK, name, "", f"This file cannot be read ({type(error).__name__}).")
            continue
        if not is_dicom and not name.endswith(NIFTI):
            findings.add("error", CHECK, name, "", "This file is no DICOM file, or its beginning is damaged.")
            continue
        place = _place(path, name, "" if archive is None else _name(archive, root), findings)
        if place.instance:
            seen.setdefault(place.group, []).append(int(place.instance))
        yield place
    if len(times) > 1:
        findings.add("warning", CHECK, "", "", "The files do not all carry the same modification time.")
    for (patient, *_), numbers in seen.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            findings.add(
                "warning", CHECK, patient, "", "The instances of a series are not numbered from 1 without a gap."
            )


def _place(path: Path, name: str, archive: str, findings: Findings) -> Place:
    """Read what a file's place says, and judge it."""
    parts = PurePosixPath(name).parts
    patient = parts[0] if len(parts) > 1 and archive != parts[0] else ""
    is_dicomdir = parts[-1] == DICOMDIR
    if not patient and not is_dicomdir:
        findings.add("error", CHECK, name, "", "This file lies outside any patient folder.")
    scan = parts[1] if len(parts) > 2 and _is_scan(parts[1], patient) else ""
    folders = _folders(parts[2 if scan else 1 : -1], archive, scan or patient)
    for part in folders:
        if not OUR_FOLDER.fullmatch(part) and not all(is_vocabulary(token) for token in tokens(part)):
            message = "A sub-folder is named by words that are no clinical vocabulary."
            findings.add("warning", CHECK, name, "", message)
        if not OUR_FOLDER.fullmatch(part) and _tells(part):
            message = "The name of a sub-folder holds a date, an ID or several numbers."
            findings.add("error", CHECK, name, "", message)
    if _tells_together(folders):
        message = "The names of sub-folders make a date, an ID or several numbers together."
        findings.add("error", CHECK, name, "", message)
    is_named_by_id = bool(patient) and parts[-1].startswith(f"{patient}_")
    pattern, rest = (NIFTI_NUMBERS, ".nii.gz") if parts[-1].endswith(NIFTI) else (NUMBERS, "_<instance>.dcm")
    own_part = parts[-1].removeprefix(patient)
    match = (pattern.fullmatch(own_part) or MASK_NUMBERS.fullmatch(own_part)) if is_named_by_id else None
    if match is None and not is_dicomdir:
        message = f"This file is not named <De-identification_ID>_<series>{rest}."
        findings.add("error", CHECK, name, "", message)
    own = "/".join(folders) if match or is_dicomdir else name
    return Place(path, name, patient, match[1] if match else "", match[2] if match else "", scan, own, archive)


def _folders(parts: Sequence[str], archive: str, root: str) -> list[str]:
    """Return the names of sub-folders; of a zip without ``.zip``, and not of the one that is the patient's own."""
    is_named = bool(archive) and archive.endswith(SUFFIX)
    names = list(parts)
    if is_named and (own := PurePosixPath(archive).name) in names:
        names[names.index(own)] = own.removesuffix(SUFFIX)
    return names[1:] if is_named and names[:1] == [root] else names


def _is_scan(folder: str, patient: str) -> bool:
    """Whether a folder is one of a patient's serial scans: named by the new ID and the scan's number."""
    number = folder.removeprefix(f"{patient}-")
    return number != folder and number.isdecimal()


def _tells(folder: str) -> bool:
    """Whether a folder's name holds what may be a date or an ID: many digits, or three numbers that make a date."""
    if sum(map(str.isdigit, folder)) >= MOST_DIGITS or dates_in_text(folder):
        return True
    return any(short_dates(match.group()) for match in THREE_NUMBERS.finditer(folder))


def _tells_together(folders: Sequence[str]) -> bool:
    """Whether nested folders make a date or an ID of numbers that follow each other: 2019/08/17, 001/23/456."""
    runs: list[list[str]] = [[]]
    for number, folder in enumerate(folders):
        is_next = folders[number - 1][-1:].isdigit() and folder[:1].isdigit() if number else True
        if not is_next or OUR_FOLDER.fullmatch(folders[number - 1]):
            runs.append([])
        runs[-1].append(folder)
    return any(_tells("".join(run)) or _tells("-".join(run)) for run in runs if len(run) > 1)


def _name(path: Path, root: Path) -> str:
    """Return a path below ``root`` with forward slashes."""
    return path.relative_to(root).as_posix()


def relative_name(path: Path, root: Path) -> PurePosixPath:
    """Return a path below ``root`` with forward slashes."""
    return PurePosixPath(path.relative_to(root).as_posix())
