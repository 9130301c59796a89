# SPDX-License-Identifier: Apache-2.0
"""New IDs held against everything that names a patient of the input: the folder's own, and every other."""

from __future__ import annotations

from collections.abc import Iterable

from SlicerDeidLib.headers.search.commonwords import COMMON_WORDS, NAME_PARTICLES
from SlicerDeidLib.identity.newids import holds_number, holds_original
from SlicerDeidLib.identity.originals import Originals
from SlicerDeidLib.identity.rows import MapRow
from SlicerDeidLib.model.instance import Index, Patient
from SlicerDeidLib.planning.folderwords import CLINICAL_WORDS
from SlicerDeidLib.standard.placeholders import PLACEHOLDERS

_SHORTEST_NAME = 3  # characters; initials and particles of a name stand in many IDs by chance
_PLAIN = COMMON_WORDS | PLACEHOLDERS | NAME_PARTICLES | CLINICAL_WORDS


class NewIdChecks:
    """What new IDs may not hold.

    Parameters
    ----------
    rows : iterable of MapRow
        All rows of the map; their originals count although their folders may not be there.
    """

    def __init__(self, index: Index, rows: Iterable[MapRow] = ()) -> None:
        rows = tuple(rows)
        self._identifiers = {patient.number: _identifiers(patient) for patient in index.patients}
        self._numbers = {patient.number: _study_numbers(patient) for patient in index.patients}
        self._mapped = {row.old.casefold() for row in rows}
        self._originals = Originals(_PLAIN, (row.new for row in rows))
        for patient in index.patients:
            self._add(patient)
        here = {name.casefold() for patient in index.patients for name in (patient.folder, patient.label)}
        for number, row in enumerate(rows, start=1):
            if row.old.casefold() not in here:
                self._originals.add(-number, row.old)
                self._originals.add_label(-number, row.old)

    def _add(self, patient: Patient) -> None:
        for value in self._identifiers[patient.number]:
            self._originals.add(patient.number, value)
        for value in {value for s in patient.series for i in s.instances for value in i.identifiers}:
            self._originals.add_name(patient.number, value)
        self._originals.add_label(patient.number, patient.label)

    def identifiers(self, number: int) -> frozenset[str]:
        """Return a patient's own identifiers: folder, IDs, accession numbers, names, birth date."""
        return self._identifiers[number]

    def refusal(self, number: int, row: MapRow) -> str | None:
        """Return why a patient's new ID is refused; None when it may be used, or the map alone says why not."""
        if holds_original(row.new, row.old):
            return None
        owners = self._originals.owners(row.new)
        if (
            number in owners
            or any(holds_original(row.new, value) for value in self._identifiers[number])
            or any(holds_number(row.new, value) for value in self._numbers[number])
        ):
            return (
                "it contains a name, an ID, the birth date or a date of the study of the headers or of the folder; "
                "choose another one"
            )
        if owners and row.new.casefold() not in self._mapped:
            return (
                "it is or contains a name, an ID or the folder of another patient; see that the map's columns are not "
                "shifted, or choose another one"
            )
        return None


def _identifiers(patient: Patient) -> frozenset[str]:
    instances = [instance for series in patient.series for instance in series.instances]
    values = {patient.label} | {i.patient_id for i in instances} | {i.accession_number for i in instances}
    shown = {value for i in instances for value in i.identifiers if len(value) >= _SHORTEST_NAME}
    return frozenset(value for value in values | shown if value)


def _study_numbers(patient: Patient) -> frozenset[str]:
    return frozenset(value for s in patient.series for i in s.instances for value in i.study_numbers)
