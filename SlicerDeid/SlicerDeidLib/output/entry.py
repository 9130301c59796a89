# SPDX-License-Identifier: Apache-2.0
"""Entry: what the journal remembers of one series that was made, and what its files are by their names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from SlicerDeidLib.model.record import MaskedPlace
from SlicerDeidLib.output.packing import first_zip
from SlicerDeidLib.output.staging import StagedFile

MASK_SEG = "_defaced_mask.dcm"
"""How the name of a mask in DICOM ends."""


def is_dicom(target: str) -> bool:
    """Tell whether a released file is a DICOM file."""
    return target.endswith(".dcm")


def is_image(target: str) -> bool:
    """Tell whether a released file is a DICOM file, and not made from some (NIfTI, a mask)."""
    return is_dicom(target) and not target.endswith(MASK_SEG)


@dataclass(frozen=True, slots=True)
class Entry:
    """One series that was released, or waits, or was rejected.

    Attributes
    ----------
    token : str
        Which series (keyed digest).
    fingerprint : str
        Of everything that its output depends on: policy, methods, instances, targets.
    is_recognisable : bool
        Whether a head in it may be recognised.
    key : (str, int, int)
        New ID, scan and number, which name the series.
    source : str
        Of a series that was done again with settings of its own for heads and text: digest of all else that it depends
        on. Runs that differ in those settings only leave it as it is. Empty otherwise.
    measures, findings : dict, tuple
        As in ``SeriesRecord``: what a person decides by.
    subject : str
        Keyed digest by which the ledger knows the patient's folder.
    settings : dict of str to str
        What it was made with, by option of the command line (``pipeline.settings``): a person decides by it, where
        heads of different runs wait, and later runs say what of it is other.
    renewed : tuple of str
        As in ``SeriesRecord``: what a later run makes refers to these images by their new UIDs.
    named, followed : tuple of str
        Of the UIDs in it that are not of its own images: the mapped ones of those that stayed as they were, and those
        that were mapped, since the images have other pixels. Empty where all UIDs are mapped.
    masked : tuple
        As in ``SeriesRecord``: an audit knows by it which voxels may have become anything, also where a run was killed
        before it wrote its report.
    chosen : tuple of str
        Attributes of which a rule or the map says what is written (``"(0010,0040)"``), as they were written.
    taken : tuple of str
        Attributes whose value a decision or a rule of the site took away: an audit does not miss them.
    around : dict of str to str
        What was done to the other series of its study, by a keyed digest of each; empty where all UIDs are mapped.
    """

    token: str
    fingerprint: str
    files: tuple[StagedFile, ...] = field(repr=False)
    is_recognisable: bool = False
    key: tuple[str, int, int] = ("", 0, 0)
    source: str = ""
    measures: dict[str, float] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    subject: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    renewed: tuple[str, ...] = ()
    named: tuple[str, ...] = field(default=(), repr=False)
    masked: tuple[MaskedPlace, ...] = ()
    chosen: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()
    followed: tuple[str, ...] = field(default=(), repr=False)
    around: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def place(self) -> str:
        """The series' name: ``"ID/SERIES"``, of serial scans ``"ID/SCAN/SERIES"``."""
        return "/".join(str(part) for part in self.key if part != 0)

    @classmethod
    def from_json(cls, line: dict[str, Any]) -> Entry:
        """Read an entry as ``Journal`` wrote it."""
        who, scan, number = line["key"]
        return cls(
            str(line["token"]),
            str(line["fingerprint"]),
            tuple((str(target), int(size), str(digest)) for target, size, digest in line["files"]),
            bool(line["is_recognisable"]),
            (str(who), int(scan), int(number)),
            str(line["source"]),
            {str(name): float(value) for name, value in line["measures"].items()},
            tuple(map(str, line["findings"])),
            str(line["subject"]),
            {str(option): str(value) for option, value in line["settings"].items()},
            tuple(map(str, line["renewed"])),
            tuple(map(str, line["named"])),
            tuple(
                (str(target), int(frame), int(row), int(column), int(height), int(width))
                for target, frame, row, column, height, width in line["masked"]
            ),
            tuple(map(str, line["chosen"])),
            tuple(map(str, line["taken"])),
            tuple(map(str, line["followed"])),
            {str(series): str(done) for series, done in line["around"].items()},
        )


def packed_together(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Sort series by the zip that they share; what lies loose is by itself."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(first_zip(target for target, _, _ in entry.files) or entry.token, []).append(entry)
    return list(found.values())
