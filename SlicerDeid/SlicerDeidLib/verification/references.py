# SPDX-License-Identifier: Apache-2.0
"""References: what objects say of instances that were withheld."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.profile import place_text
from SlicerDeidLib.verification.reading import Found
from SlicerDeidLib.verification.unexamined import SOP_CLASS, is_unexamined

INSTANCE, MODALITY = 0x00080018, 0x00080060
REFERENCES = (0x00081155, 0x0040A124)  # Referenced SOP Instance UID, UID of a content item
OBJECTS = frozenset({"SR", "KO", "PR", "SEG", "RTSTRUCT", "RTPLAN", "RTDOSE", "REG", "RWV"})


@dataclass(slots=True)
class References:
    """The instances of an output, and those that its objects name.

    Attributes
    ----------
    released : set of str
        SOP Instance UIDs.
    named : list of (str, str, str)
        UID, file and place in it.
    """

    released: set[str] = field(default_factory=set, repr=False)
    named: list[tuple[str, str, str]] = field(default_factory=list, repr=False)

    def add(self, header: Mapping[int, str], elements: list[Found], name: str) -> None:
        """Take one file of the output."""
        self.released.add(header.get(INSTANCE, ""))
        if header.get(MODALITY) in OBJECTS or is_unexamined(header.get(SOP_CLASS, "")):
            found = (one for one in elements if one.tag in REFERENCES)
            self.named += [(one.ascii(), name, place_text(one.path, one.tag)) for one in found]

    def judge(self, originals: Collection[str], backward: Mapping[str, str], findings: Findings) -> None:
        """Say what refers to an instance of the original that the output does not hold.

        Parameters
        ----------
        originals : collection of str
            SOP Instance UIDs.
        backward : mapping of str to str
            UID of the output -> that of the original.
        """
        for uid, name, where in self.named:
            if backward.get(uid, uid) in originals and uid not in self.released:
                findings.add("error", "uids", name, where, "This refers to an instance that was withheld.")
