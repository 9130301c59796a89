# SPDX-License-Identifier: Apache-2.0
"""Row: what the table knows of one series, and says of it at first."""

from __future__ import annotations

from dataclasses import dataclass, field

from slicer.i18n import tr as _

NAME, STUDY, KIND, IMAGES, RESULT, WHY = range(6)  # columns


@dataclass
class Row:
    """One series of the table.

    Attributes
    ----------
    patient, scan, number : str, int, int
        By which plan and events name a series.
    folder, original : str
        The patient's own folder, and the accession number or Patient ID by which the list names it, if it does so; for
        the screen and for previews only.
    status : str
        ``"release"``, ``"released"``, ``"held"``, ``"refused"`` or ``"left out"``.
    isTickable : bool
        Whether it has a box: it is to be released, or was and could be started anew, and this table saw no run since.
    isWanted : bool
        Whether its box is ticked, where it has one.
    reason : str
        What plan and run say of it; a decision of the review stands before it and replaces none of it.
    """

    patient: str
    scan: int
    number: int
    status: str
    folder: str = field(default="", repr=False)
    needsAttention: bool = False
    seconds: float = 0.0
    bytes: int = 0
    original: str = field(default="", repr=False)
    isTickable: bool = False
    isWanted: bool = True
    reason: str = ""
    item: object = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """The series as the command line names it."""
        return f"{self.patient}/{self.scan}/{self.number}" if self.scan else f"{self.patient}/{self.number}"

    @property
    def why(self) -> str:
        """What the table says of it."""
        return self.item.text(WHY)

    @property
    def identity(self) -> tuple:
        """By which the same series is known in another plan."""
        return self.place, self.folder, self.original

    @property
    def isTicked(self) -> bool:
        """Whether the user wants it released."""
        return self.isTickable and self.isWanted


def needsAttention(entry: dict) -> bool:
    """Say whether a human should look at a planned series: it is refused, or part of it is left out."""
    return entry.get("verdict") == "refuse" or (
        entry.get("verdict") == "release" and entry.get("released", 0) < entry.get("instances", 0)
    )


def steps(entry: dict) -> list[str]:
    """Say what will be done to a series that is released."""
    if entry.get("verdict") != "release":
        return []
    steps = [entry["deface"]] if entry.get("deface", "none") != "none" else []  # first what differs: columns are narrow
    steps += [_("text")] if entry.get("text", "off") != "off" else []
    return [", ".join([*steps, _("headers")])]
