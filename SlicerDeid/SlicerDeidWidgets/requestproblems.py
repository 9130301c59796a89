# SPDX-License-Identifier: Apache-2.0
"""What is wrong with single lines of the panel, in one sentence each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from slicer.i18n import tr as _

from SlicerDeidWidgets.places import asPath, isFile, isFolder

MAP_SUFFIXES = (".xlsx", ".xlsm", ".csv", ".tsv")


@dataclass(frozen=True)
class RequestProblem:
    """What must be mended before a run can start.

    Attributes
    ----------
    field : str
        ``"input"``, ``"map"``, ``"output"``, ``"private"``, ``"key"``, ``"policyFile"``, ``"rules"``,
        ``"regions"``, ``"airValue"``, ``"mapColumns"`` or ``"scene"``.
    message : str
        One sentence that says what to do.
    isEmpty : bool
        Whether the field was simply not filled in yet.
    """

    field: str
    message: str
    isEmpty: bool = False


def inputProblem(text: str) -> RequestProblem | None:
    """Say what is wrong with the input folder."""
    if not text.strip():
        return RequestProblem("input", _("Choose the folder that holds one folder per patient."), isEmpty=True)
    path = Path(asPath(text))
    if not path.is_absolute() or not isFolder(path):
        return RequestProblem("input", _("The input folder does not exist."))
    if not os.access(path, os.R_OK | os.X_OK):
        return RequestProblem("input", _("You may not read the input folder."))
    return None


def mapProblem(text: str, isRequired: bool) -> RequestProblem | None:
    """Say what is wrong with the list of patients."""
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
    if not path.is_absolute() or not isFile(path):
        return RequestProblem("map", _("The list of patients does not exist."))
    return None


def fileProblem(text: str, name: str, message: str) -> RequestProblem | None:
    """Say that a file which is named is not there."""
    if not text.strip() or isFile(Path(asPath(text))):
        return None
    return RequestProblem(name, message)


def columnsProblem(text: str) -> RequestProblem | None:
    """Say what is wrong with the names of the list's columns."""
    names = [name.strip() for name in text.split(",")]
    if not text.strip() or (len(names) == 2 and all(names)):
        return None
    return RequestProblem("mapColumns", _("Give the names of the list's two columns with a comma between them."))


def airProblem(text: str) -> RequestProblem | None:
    """Say what is wrong with the air value."""
    try:
        number = float(text) if text.strip() else 0.0
    except ValueError:
        number = float("nan")
    if abs(number) < float("inf"):
        return None
    return RequestProblem("airValue", _("The air value must be a number in HU, or empty for air."))
