# SPDX-License-Identifier: Apache-2.0
"""Placeholders: what stands in place of a name or a Patient ID that is not known or was taken out.

Sources: what de-identification tools write by default (dicom-anonymizer: ANONYMIZED; CTP: REMOVED; pydicom's example:
id; viewers: anonymous, anon), HL7 v3 NullFlavor (UNK, NI, NA, MSK, ASKU, NASK), and what is typed where a console wants
an ID and nobody has one: one digit or x as often as one likes, or the digits in their order.
"""

from __future__ import annotations

_LEFT_BEHIND = "deidentified anonymous anonymized anonymised anonym removed unknown none null"
PLACEHOLDERS = frozenset(_LEFT_BEHIND.split())
"""What earlier de-identification leaves in place of a name, in small letters."""

_NO_IDS = """
    anon deid de-identified id no-id noid n/a na ni unk msk asku nask patient patientid PatientID test unidentified xxx
    ? - .
"""
_IN_ORDER = "1234567890"
_SHORTEST_ORDER = 3  # digits: 12 is a patient's number in a study
_LONGEST_ID = 64  # characters of VR LO (PS3.5 6.2)
_REPEATED = "0123456789x"

ID_PLACEHOLDERS = (
    PLACEHOLDERS.union(_NO_IDS.split())
    | {_IN_ORDER[:length] for length in range(_SHORTEST_ORDER, len(_IN_ORDER) + 1)}
    | {sign * length for sign in _REPEATED for length in range(1, _LONGEST_ID + 1)}
)
"""Patient IDs that say nothing of whose a file is; in capitals, or with a capital, neither."""
