# SPDX-License-Identifier: Apache-2.0
"""File-sets: where a DICOMDIR will lie below OUT, since the input has one there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from SlicerDeidLib.errors import PlanError
from SlicerDeidLib.formats.dicom.dicomdir import DICOMDIR
from SlicerDeidLib.model.instance import Index
from SlicerDeidLib.model.plan import Ledger, Subject
from SlicerDeidLib.planning.layout import Layout

CHOICES = ("drop", "rebuild", "redact")
"""What happens to a DICOMDIR: none is written; one of what is released in its place; or itself, at equal length."""


def check_choice(choice: str) -> None:
    """Refuse what cannot be asked for a DICOMDIR.

    Raises
    ------
    PlanError
        If it is none of ``CHOICES``.
    """
    if choice not in CHOICES:
        raise PlanError(f"For a DICOMDIR can be asked {', '.join(CHOICES[:-1])} or {CHOICES[-1]}, not '{choice}'.")


def file_sets(
    index: Index, planned: Iterable[Subject], ledger: Ledger, choice: str
) -> dict[str, tuple[Path, ...]] | None:
    """Return the folders below OUT (POSIX, ``"."`` for OUT itself) that stand for those in which a DICOMDIR lies.

    Returns
    -------
    dict of str to tuple of Path, or None
        The folder -> the DICOMDIRs below the input that are redacted for it; none where one is written anew. None where
        all are dropped.

    Parameters
    ----------
    planned : iterable of Subject
        Whose series are planned; one may come more than once.
    ledger : Ledger
        As it is when all folders of these subjects have been named.
    """
    if choice == "drop":
        return None
    found: dict[str, tuple[Path, ...]] = {}
    subjects: dict[int, dict[str, Subject]] = defaultdict(dict)  # of a folder that accession numbers part, several
    for subject in planned:
        subjects[subject.patient_number][subject.key] = subject
    patients = {patient.number: patient for patient in index.patients}
    for stray in index.strays:
        if stray.kind != DICOMDIR:
            continue
        if not stray.patient_number:
            found["."] = (*found.get(".", ()), stray.path)
            continue
        for key, subject in subjects[stray.patient_number].items():
            unnamed = replace(patients[stray.patient_number], series=())  # all names are given by now
            layout = Layout(unnamed, subject, ledger.folders[key])
            folder = layout.folder(layout.folder_parts(stray.path.parts))
            if folder:
                found[folder] = (*found.get(folder, ()), stray.path)
    return {folder: paths if choice == "redact" else () for folder, paths in sorted(found.items())}
