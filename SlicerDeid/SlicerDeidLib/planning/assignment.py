# SPDX-License-Identifier: Apache-2.0
"""Assignment: what is known of the patients of an input while their subjects are made."""

from __future__ import annotations

from dataclasses import dataclass, field

from SlicerDeidLib.identity.rows import Match
from SlicerDeidLib.model.instance import Patient
from SlicerDeidLib.model.plan import Problem, Subject

Person = tuple[str, str]
"""Issuer of Patient ID and Patient ID."""


@dataclass
class Assignment:
    """Patients, or the parts of them that rows of the map name, by our number; and what a human must see.

    Attributes
    ----------
    patients : dict of int to Patient
        Each becomes one subject, where a row names it; the other attributes have the same keys.
    match : str
        What the rows name.
    """

    patients: dict[int, Patient] = field(default_factory=dict)
    match: Match = "folder"
    subjects: dict[int, Subject] = field(default_factory=dict)
    people: dict[int, Person] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, severity: str, where: str, message: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(severity, where, message))


def folder_name(patient: Patient, total: int) -> str:
    """Name a patient in messages without the original name."""
    return f"folder {patient.number} of {total}"
