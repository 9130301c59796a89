# SPDX-License-Identifier: Apache-2.0
"""File-sets: where a DICOMDIR will lie below OUT, since the input has one there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from SlicerDeidLib.errors import PlanError
from SlicerDeidLib.formats.dicomdir import DICOMDIR
from SlicerDeidLib.model.instance import Index
from SlicerDeidLib.model.plan import Ledger, Subject
from SlicerDeidLib.planning.layout import Layout

CHOICES = ("drop", "rebuild")
"""What happens to a DICOMDIR: none is written, or one of what is released in its place."""


def is_dicomdir_rebuilt(choice: str) -> bool:
    """Tell whether a choice asks for a DICOMDIR.

    Raises
    ------
    PlanError
        If it is none of ``CHOICES``.
    """
    if choice not in CHOICES:
        raise PlanError(f"For a DICOMDIR can be asked {' or '.join(CHOICES)}, not '{choice}'.")
    return choice == "rebuild"


def file_sets(index: Index, planned: Iterable[Subject], ledger: Ledger) -> tuple[str, ...]:
    """Return the folders below OUT (POSIX, ``"."`` for OUT itself) that stand for those in which a DICOMDIR lies.

    Parameters
    ----------
    planned : iterable of Subject
        Whose series are planned; one may come more than once.
    ledger : Ledger
        As it is when all folders of these subjects have been named.
    """
    found: set[str] = set()
    subjects: dict[int, dict[str, Subject]] = defaultdict(dict)  # of a folder that accession numbers part, several
    for subject in planned:
        subjects[subject.patient_number][subject.key] = subject
    patients = {patient.number: patient for patient in index.patients}
    for stray in index.strays:
        if stray.kind != DICOMDIR:
            continue
        if not stray.patient_number:
            found.add(".")
            continue
        for key, subject in subjects[stray.patient_number].items():
            unnamed = replace(patients[stray.patient_number], series=())  # all names are given by now
            layout = Layout(unnamed, subject, ledger.folders[key])
            folder = layout.folder(layout.folder_parts(stray.path.parts))
            found |= {folder} if folder else set()
    return tuple(sorted(found))
