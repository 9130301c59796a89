# SPDX-License-Identifier: Apache-2.0
"""RunRequest: the paths and options of one run, checked at once and turned into a command line."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from slicer.i18n import tr as _

MAP_SUFFIXES = (".xlsx", ".xlsm", ".csv", ".tsv")
PEELING = frozenset({"auto", "surface", "surface+face"})  # the ways of defacing that a depth belongs to


@dataclass(frozen=True)
class RequestProblem:
    """What must be mended before a run can start.

    Attributes
    ----------
    field : str
        ``"input"``, ``"map"``, ``"output"``, ``"private"`` or ``"airValue"``.
    message : str
        One sentence that says what to do.
    isEmpty : bool
        Whether the field was simply not filled in yet.
    """

    field: str
    message: str
    isEmpty: bool = False


@dataclass(frozen=True)
class RunRequest:
    """One run as the user asked for it. Paths are text as typed; they stay in this object.

    Attributes
    ----------
    mapPath : str
        Empty: random new IDs are drawn once.
    airValue : str
        A number in HU, or empty for air.
    workers : int
        Processes; 0 lets the program choose.
    """

    inputPath: str = field(repr=False)
    outputPath: str = field(repr=False)
    mapPath: str = field(default="", repr=False)
    privatePath: str = field(default="", repr=False)
    policy: str = "research"
    deface: str = "auto"
    depth: float = 8.0
    airValue: str = ""
    text: str = "mask"
    release: str = ""
    workers: int = 0
    keepTimeOfDay: bool = False
    keepImageType: bool = False

    def problems(self, isMapRequired: bool = False) -> list[RequestProblem]:
        """Return what is wrong with paths and options, in the order of the panel; reads no file."""
        found = [
            _inputProblem(self.inputPath),
            _mapProblem(self.mapPath, isMapRequired),
            self._outputProblem(),
            self._privateProblem(),
            _airProblem(self.airValue),
        ]
        return [each for each in found if each is not None]

    def planArguments(self) -> list[str]:
        """Return the command line that shows what would happen, as JSON."""
        return ["plan", asPath(self.inputPath), *self._choices(), "--json"]

    def runArguments(self) -> list[str]:
        """Return the command line of the run."""
        words = ["run", asPath(self.inputPath), asPath(self.outputPath), *self._choices(), "--progress", "json"]
        return [*words, "--workers", str(self.workers)] if self.workers else words

    def _choices(self) -> list[str]:
        words = ["--policy", self.policy, "--deface", self.deface, "--text", self.text]
        if self.deface in PEELING:
            words.append(f"--depth={self.depth:g}")
        if self.airValue.strip():
            words.append(f"--air-value={float(self.airValue):g}")
        if self.release.strip():
            words.append(f"--release={self.release.strip()}")
        if self.mapPath:
            words += ["--map", asPath(self.mapPath)]
        if self.privatePath:
            words += ["--private", asPath(self.privatePath)]
        words += ["--keep-time-of-day"] if self.keepTimeOfDay else []
        words += ["--keep-imagetype"] if self.keepImageType else []
        return words

    def _outputProblem(self) -> RequestProblem | None:
        if not self.outputPath.strip():
            return RequestProblem("output", _("Choose the folder for the de-identified images."), isEmpty=True)
        path = Path(asPath(self.outputPath))
        if not path.is_absolute():
            return RequestProblem("output", _("Give the whole path of the output folder."))
        if path.exists() and not path.is_dir():
            return RequestProblem("output", _("The output is a file; choose a folder."))
        if self.inputPath.strip() and touches(path, Path(asPath(self.inputPath))):
            message = _("The output folder must not lie in the input folder, nor the input folder in it.")
            return RequestProblem("output", message)
        if self.mapPath.strip() and isInside(Path(asPath(self.mapPath)), path):
            message = _("The map lies in the output folder, which will hold nothing but images; choose another folder.")
            return RequestProblem("output", message)
        if not _canWrite(path):
            return RequestProblem("output", _("You may not write into the output folder; choose another one."))
        return None

    def _privateProblem(self) -> RequestProblem | None:
        if not self.privatePath.strip():
            return None
        path = Path(asPath(self.privatePath))
        if not path.is_absolute() or (path.exists() and not path.is_dir()):
            return RequestProblem("private", _("The private folder is no folder; give its whole path."))
        others = [Path(asPath(p)) for p in (self.inputPath, self.outputPath) if p.strip()]
        if any(isInside(path, other) for other in others):
            return RequestProblem("private", _("The private folder must not lie in the input or output folder."))
        return None


def asPath(text: str) -> str:
    """Return a path as it was meant: without the quotes of Windows' "Copy as path", from a ``file:`` address, ``~``."""
    if text.startswith("file:"):
        return url2pathname(urlsplit(text.strip()).path)
    return os.path.expanduser(text.strip().strip('"'))  # noqa: PTH111 - Path's raises where there is no such user


def touches(first: Path, second: Path) -> bool:
    """Say whether two folders are one, or one lies in the other."""
    return isInside(first, second) or isInside(second, first)


def isInside(path: Path, folder: Path) -> bool:
    """Say whether ``path`` is ``folder`` or lies in it; links and letter case are looked through."""
    inner, outer = (Path(os.path.normcase(os.path.realpath(each))) for each in (path, folder))
    return inner == outer or outer in inner.parents


def _inputProblem(text: str) -> RequestProblem | None:
    if not text.strip():
        return RequestProblem("input", _("Choose the folder that holds one folder per patient."), isEmpty=True)
    path = Path(asPath(text))
    if not path.is_absolute() or not path.is_dir():
        return RequestProblem("input", _("The input folder does not exist."))
    if not os.access(path, os.R_OK | os.X_OK):
        return RequestProblem("input", _("You may not read the input folder."))
    return None


def _mapProblem(text: str, isRequired: bool) -> RequestProblem | None:
    if not text.strip():
        message = _("Choose the list of patients: columns Accession_number and De-identification_ID.")
        return RequestProblem("map", message, isEmpty=True) if isRequired else None
    path = Path(asPath(text))
    if path.name.startswith("~$"):
        return RequestProblem("map", _("This is Excel's lock file; choose the list itself."))
    if path.suffix.lower() == ".xls":
        return RequestProblem("map", _("Old Excel files (.xls) cannot be read; save the list as .xlsx."))
    if path.suffix.lower() not in MAP_SUFFIXES:
        return RequestProblem("map", _("The list must be an .xlsx, .xlsm, .csv or .tsv file."))
    if not path.is_absolute() or not path.is_file():
        return RequestProblem("map", _("The list of patients does not exist."))
    return None


def _airProblem(text: str) -> RequestProblem | None:
    try:
        number = float(text) if text.strip() else 0.0
    except ValueError:
        number = float("nan")
    if abs(number) < float("inf"):
        return None
    return RequestProblem("airValue", _("The air value must be a number in HU, or empty for air."))


def _canWrite(path: Path) -> bool:
    """Say whether ``path``, or the nearest folder above it that exists, may be written to."""
    nearest = next((folder for folder in (path, *path.parents) if folder.exists()), None)
    return nearest is not None and nearest.is_dir() and os.access(nearest, os.W_OK)
