# SPDX-License-Identifier: Apache-2.0
"""Enumerated values: what a coded attribute of one value may say at all; PS3.3 knows others as defined terms only.

Sources: PS3.3 2026a C.7.1.1 and C.7.2.2 (patient), C.7.3.1 and C.7.6.1 (series and image), C.7.6.16.2 (frames), C.8.3.1
and C.8.13 (MR), C.8.11.7 (mammograms), C.17.2 (reports), C.10.4 (presentation), C.8.8.16 (approval). Attributes that
the program itself writes, or with which an image is read, are not in here: no rule sets them.
"""

from __future__ import annotations

_YES_NO = "YES NO"
_VALUES = {
    "00100040": "M F O",  # Patient's Sex
    "00102203": "ALTERED UNALTERED",  # Patient's Sex Neutered
    "001021a0": "YES NO UNKNOWN",  # Smoking Status
    "00080068": "FOR-PRESENTATION FOR-PROCESSING",  # Presentation Intent Type
    "00180023": "2D 3D",  # MR Acquisition Type
    "00189004": "PRODUCT RESEARCH SERVICE",  # Content Qualification
    "00200060": "R L",  # Laterality
    "00200062": "R L U B",  # Image Laterality
    "00209072": "R L U B",  # Frame Laterality
    "00280300": _YES_NO,  # Quality Control Image
    "0040a491": "PARTIAL COMPLETE",  # Completion Flag
    "0040a493": "UNVERIFIED VERIFIED",  # Verification Flag
    "0040a496": "PRELIMINARY FINAL",  # Preliminary Flag
    "0040a050": "SEPARATE CONTINUOUS",  # Continuity Of Content
    "300e0002": "APPROVED UNAPPROVED REJECTED",  # Approval Status
}


def enumerated_values(selector: str) -> tuple[str, ...]:
    """Return the values that the standard has for a selector's attribute; empty where any may stand.

    >>> enumerated_values("00100040"), enumerated_values("00081030")
    (('M', 'F', 'O'), ())
    """
    return tuple(value.replace("-", " ") for value in _VALUES.get(selector, "").split())
