# SPDX-License-Identifier: Apache-2.0
"""Beside: what an output holds of a head in one object that it removed from the images of another series."""

from __future__ import annotations

from dataclasses import dataclass, field

from SlicerDeidLib.model.element import tag_text
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.headers import OWN_DERIVATION
from SlicerDeidLib.verification.outlines import SEGMENTATION, SOP_CLASS, outlines_in
from SlicerDeidLib.verification.reading import PLAIN_PIXEL_DATA, Found

CHECK = "objects"
STORAGE = "1.2.840.10008.5.1.4.1.1."
HEAD_CLASSES = frozenset(STORAGE + part for part in ("128", "130", "5", "20", "30", "481.2"))
"""PET, nuclear medicine, parametric maps and doses: each can show the head that it was made of."""
DERIVATION = 0x00082111
REMOVED = "removed"  # what Derivation Description says of a defaced image


@dataclass(slots=True)
class Beside:
    """What is known of each patient: whether images were defaced, and what shows the head.

    Attributes
    ----------
    defaced : set of str
        Patient folders.
    shown : dict of str to list of (str, str, str, str)
        Patient folder -> severity, file, place in it and what shows there.
    """

    defaced: set[str] = field(default_factory=set)
    shown: dict[str, list[tuple[str, str, str, str]]] = field(default_factory=dict)

    def add(self, patient: str, header: dict[int, str], elements: list[Found], surplus: int, name: str) -> None:
        """Take one file of the output, behind whose pixels there are ``surplus`` bytes."""
        said = header.get(DERIVATION, "")
        if OWN_DERIVATION.fullmatch(said) and REMOVED in said.lower():
            self.defaced.add(patient)
        found = self.shown.setdefault(patient, [])
        if header.get(SOP_CLASS) in HEAD_CLASSES:
            found.append(("warning", name, tag_text(SOP_CLASS), "This image can show the head"))
        found += [("error", name, where, what) for where, what in outlines_in(header, elements)]
        if header.get(SOP_CLASS) == SEGMENTATION and surplus > 1:  # one can be the padding
            found.append(("error", name, tag_text(PLAIN_PIXEL_DATA), "Pixels stand behind the last frame"))

    def judge(self, findings: Findings) -> None:
        """Say what shows a head beside images from which it was removed."""
        for patient in sorted(self.defaced & self.shown.keys()):
            for severity, name, where, what in self.shown[patient]:
                message = f"{what}, which was removed from other images of this patient."
                findings.add(severity, CHECK, name, where, message)
