# SPDX-License-Identifier: Apache-2.0
"""Placeholders: what stands in place of a name or a Patient ID that is not known or was taken out.

Sources: what de-identification tools write by default (dicom-anonymizer: ANONYMIZED; CTP: REMOVED; pydicom's example:
id; viewers: anonymous, anon), HL7 v3 NullFlavor (UNK, NI, NA, MSK, ASKU, NASK), and what is typed where a console wants
an ID and nobody has one: 0 or x as often as one likes, another digit often, or the digits in their order.
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
_SHORTEST = 4  # digits: 7, 77 and 123 are patients' numbers in studies
_LONGEST_ID = 64  # characters of VR LO (PS3.5 6.2)

ID_PLACEHOLDERS = (
    PLACEHOLDERS.union(_NO_IDS.split())
    | {_IN_ORDER[:length] for length in range(_SHORTEST, len(_IN_ORDER) + 1)}
    | {sign * length for sign in "0x" for length in range(1, _LONGEST_ID + 1)}
    | {sign * length for sign in "123456789" for length in range(_SHORTEST, _LONGEST_ID + 1)}
)
"""Patient IDs that say nothing of whose a file is; in capitals, or with a capital, neither."""
