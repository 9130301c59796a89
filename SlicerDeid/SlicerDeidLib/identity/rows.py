# SPDX-License-Identifier: Apache-2.0
"""MapRow: one row of the map."""

from __future__ import annotations

from dataclasses import dataclass, field


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
    """

    old: str = field(repr=False)
    new: str = field(repr=False)
    subject: str = field(default="", repr=False)
    where: str = ""
