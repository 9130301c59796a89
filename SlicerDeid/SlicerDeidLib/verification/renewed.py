# SPDX-License-Identifier: Apache-2.0
"""Renewed: where UIDs stay, images with other pixels than their originals must have others, and nothing else may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from SlicerDeidLib.standard.tables import OPTION_CODES
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.profile import place_text
from SlicerDeidLib.verification.reading import Found

CHECK = "uids"
INSTANCE = 0x00080018
RETAIN_UIDS_CODE = OPTION_CODES["retain-uids"]
LIKE_ITS_ORIGINAL = "The pixels are not those of the original, but the SOP Instance UID is."
UNLIKE_ITS_ORIGINAL = "The pixels are those of the original, but the SOP Instance UID is not, though UIDs stay."
NAMES_THE_ORIGINAL = "This names an image by the UID of its original, whose pixels were others."


@dataclass(slots=True)
class Renewed:
    """The UIDs of an output that keeps UIDs.

    Attributes
    ----------
    became : dict of str to str
        SOP Instance UID of an original -> that of its image with other pixels.
    said : dict of str to (str, str)
        Every UID -> one file and place that holds it.
    """

    became: dict[str, str] = field(default_factory=dict, repr=False)
    said: dict[str, tuple[str, str]] = field(default_factory=dict, repr=False)

    def add(self, elements: Sequence[Found], codes: frozenset[str], name: str) -> None:
        """Take one file of the output."""
        if RETAIN_UIDS_CODE not in codes:
            return
        for found in elements:
            if found.vr == "UI":
                for uid in found.ascii().split("\\"):
                    self.said.setdefault(uid, (name, place_text(*found.place)))

    def compare(
        self, was: str, now: str, codes: frozenset[str], name: str, findings: Findings, *, is_changed: bool
    ) -> None:
        """Compare the SOP Instance UIDs of an image and its original."""
        if RETAIN_UIDS_CODE not in codes or not was or not now:
            return
        findings.count("UIDs compared")
        if is_changed and was == now:
            findings.add("error", CHECK, name, place_text((), INSTANCE), LIKE_ITS_ORIGINAL)
        elif is_changed:
            self.became[was] = now
        elif was != now:
            findings.add("error", CHECK, name, place_text((), INSTANCE), UNLIKE_ITS_ORIGINAL)

    def judge(self, findings: Findings) -> None:
        """Say what still names an image by the UID that only its original has."""
        for uid in self.said.keys() & self.became.keys():
            findings.add("error", CHECK, *self.said[uid], NAMES_THE_ORIGINAL)
