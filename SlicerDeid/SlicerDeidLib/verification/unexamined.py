# SPDX-License-Identifier: Apache-2.0
"""Unexamined: objects at whose content nobody looked, this audit included, and that must not claim more."""

from __future__ import annotations

from collections.abc import Mapping

from SlicerDeidLib.model.element import tag_text
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.reading import Found
from SlicerDeidLib.verification.registered import is_registered

CHECK = "objects"
STORAGE = "1.2.840.10008.5.1.4.1.1."
SOP_CLASS = 0x00080016
DOCUMENT, WAVEFORM, SPECTRA = 0x00420011, 0x54001010, 0x56000020
CONTENTS = frozenset({DOCUMENT, WAVEFORM, SPECTRA})
"""Encapsulated Document, Waveform Data, Spectroscopy Data: what stands there says nothing that could be looked for."""
_CLASSES = """
    4.2 9.1 9.1.1 9.1.2 9.1.3 9.1.4 9.2.1 9.3.1 9.4.1 9.4.2 9.5.1 9.6.1 9.6.2 9.7.1 9.7.2 9.7.3 9.7.4 9.8.1 10 11 11.6
    11.7 11.8 11.9 11.10 11.11 66 66.2 66.3 66.5 66.6 68.1 68.2 77.1.1.1 77.1.2.1 77.1.4.1 78.1 78.2 78.3 78.4 78.5 78.6
    78.7 78.8 79.1 80.1 90.1 91.1 104.1 104.2 104.3 104.4 104.5 131 481.4 481.6 481.7 481.8 481.9 481.10 481.11 481.12
    481.13 481.14 481.15 481.16 481.17 481.18 481.19 481.20 481.21 481.22 481.25
"""
CLASSES = frozenset(STORAGE + part for part in _CLASSES.split()).union(
    f"1.2.840.10008.5.1.4.34.{number}"
    for number in (1, 7, 10)  # instructions of a delivery
)
"""Spectra, waveforms, lookup tables, volumetric presentation states, raw data, fiducials, surfaces, results of image
analysis, video, measurements of the eye, documents and models, plans and records of radiotherapy (PS3.6 Table A-1)."""
MARKS = {
    0x00120062: ("YES", "Patient Identity Removed is YES for content that nobody looked at."),
    0x00280301: ("NO", "Burned In Annotation is NO for content that nobody looked at."),
    0x00280302: ("NO", "Recognizable Visual Features is NO for content that nobody looked at."),
}


def is_unexamined(sop_class_uid: str) -> bool:
    """Say whether nobody looks at the content of a class: none of images, reports and what is drawn on images."""
    return sop_class_uid in CLASSES or not is_registered(sop_class_uid)


def is_content(found: Found) -> bool:
    """Say whether an element is content at which nobody looks."""
    return found.tag in CONTENTS


def check_unexamined(header: Mapping[int, str], name: str, findings: Findings) -> None:
    """Say of an object that its content was not looked at; its marks must not say otherwise."""
    if not is_unexamined(header.get(SOP_CLASS, "")):
        return
    message = "Nobody looked at the content of this object, nor did this audit; its header alone was checked."
    findings.add("warning", CHECK, name, tag_text(SOP_CLASS), message)
    for tag, (claim, wrong) in MARKS.items():
        if header.get(tag) == claim:
            findings.add("error", CHECK, name, tag_text(tag), wrong)
