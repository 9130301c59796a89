# SPDX-License-Identifier: Apache-2.0
"""MapRow: one row of the map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Match = Literal["folder", "accession", "patient-id"]
"""What the first column of a map names: patient folders, or accession numbers or Patient IDs of the headers."""


@dataclass(frozen=True, slots=True)
class MapRow:
    """One row of the map; texts are trimmed and in NFC.

    Attributes
    ----------
    old : str
        The patient folder's name, accession number or patient ID.
    new : str
        The new ID. Not in the ``repr`` either: a slip of the keyboard puts the original there.
    subject : str
        What the column Subject says; empty without it.
    where : str
        ``"sheet 'Map', row 12"`` or ``"line 12"``.
    birth_date, sex : str
        What DICAT's table says is to be written as Patient's Birth Date (DA) and Patient's Sex (M, F or O); mostly
        empty.
    columns : tuple of str
        Places of original, new ID and subject in the row, ``"column B"``; empty for a row that no map holds.
    """

    old: str = field(repr=False)
    new: str = field(repr=False)
    subject: str = field(default="", repr=False)
    where: str = ""
    columns: tuple[str, str, str] = ("", "", "")
    birth_date: str = field(default="", repr=False)
    sex: str = field(default="", repr=False)

    @property
    def old_where(self) -> str:
        """``"sheet 'Map', row 12, column A"``."""
        return self._at(0)

    @property
    def new_where(self) -> str:
        """``"sheet 'Map', row 12, column B"``."""
        return self._at(1)

    @property
    def subject_where(self) -> str:
        """``"sheet 'Map', row 12, column C"``."""
        return self._at(2)

    def _at(self, column: int) -> str:
        return f"{self.where}, {self.columns[column]}" if self.columns[column] else self.where
