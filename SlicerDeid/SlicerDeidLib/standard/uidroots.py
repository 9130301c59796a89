# SPDX-License-Identifier: Apache-2.0
"""UID roots: what was registered for makers of devices and software, and stands in every UID that they make.

Sources: the makers' DICOM conformance statements, pydicom's private dictionaries and its tables of known UIDs, and the
UIDs of the published test data of pydicom, dcm4che, fo-dicom, dcmqi and Orthanc. How a root is registered: PS3.5
Annex C. Numbers for private enterprises (1.3.6.1.4.1) are those of IANA's register.
"""

from __future__ import annotations

_ROOTS = """
    1.2.124.113532 1.2.156.112605 1.2.156.14702 1.2.246.352 1.2.276.0.7230010 1.2.392.200036 1.2.392.200039
    1.2.392.200046 1.2.392.200103 1.2.40.0.13 1.2.410.200010 1.2.752.24 1.2.826.0.1.3680043 1.2.840.10008 1.2.840.113564
    1.2.840.113619 1.2.840.113654 1.2.840.113663 1.2.840.113680 1.2.840.113681 1.2.840.113704 1.2.840.113708
    1.2.840.113745 1.2.840.113845 1.3.12.2.1107 1.3.46.670589 1.3.51 1.3.6.1.4.1.14519 1.3.6.1.4.1.19376
    1.3.6.1.4.1.25403 1.3.6.1.4.1.30071 1.3.6.1.4.1.5962 1.3.6.1.4.1.9590 2.16.840.1.114059
"""
UID_ROOTS = frozenset(_ROOTS.split())
"""Roots, as dotted numbers."""


def behind_root(uid: str) -> str:
    """Return what a UID has behind a registered root; all of it where none is known.

    >>> behind_root("1.3.12.2.1107.5.2.32"), behind_root("1.2.3.4")
    ('5.2.32', '1.2.3.4')
    """
    at = uid.find(".", uid.find(".") + 1)
    while at > 0:
        if uid[:at] in UID_ROOTS:
            return uid[at + 1 :]
        at = uid.find(".", at + 1)
    return uid
