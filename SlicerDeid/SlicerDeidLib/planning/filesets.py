# SPDX-License-Identifier: Apache-2.0
"""File-sets: where a DICOMDIR will lie below OUT, since the input has one there."""

from __future__ import annotations

from collections.abc import Mapping

from SlicerDeidLib.formats.dicomdir import DICOMDIR
from SlicerDeidLib.model.instance import Index
from SlicerDeidLib.model.plan import Ledger, Subject
from SlicerDeidLib.planning.layout import Layout

CHOICES = ("drop", "rebuild")
"""What happens to a DICOMDIR: none is written, or one of what is released in its place."""


def file_sets(index: Index, subjects: Mapping[int, Subject], ledger: Ledger) -> tuple[str, ...]:
    """Return the folders below OUT (POSIX, ``"."`` for OUT itself) that stand for those in which a DICOMDIR lies.

    Parameters
    ----------
    subjects : mapping of int to Subject
        Who is planned, by the number of the folder.
    ledger : Ledger
        As it is when all folders of these subjects have been named.
    """
    found: set[str] = set()
    patients = {patient.number: patient for patient in index.patients}
    for stray in index.strays:
        if stray.kind != DICOMDIR:
            continue
        if not stray.patient_number:
            found.add(".")
        elif stray.patient_number in subjects:
            subject = subjects[stray.patient_number]
            layout = Layout(patients[stray.patient_number], subject, ledger.folders[subject.key])
            folder = layout.folder(layout.folder_parts(stray.path.parts))
            found |= {folder} if folder else set()
    return tuple(sorted(found))
