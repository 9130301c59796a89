# SPDX-License-Identifier: Apache-2.0
"""Terms: the values of coded attributes that may be shown, since the standard and no person wrote them.

Sources: PS3.3 C.7.3.1.1.1 (Modality, defined terms, retired ones too), C.7.6.3.1.2 (Photometric Interpretation,
retired ones too), C.7.6.1.1 (Burned In Annotation); PS3.6 Table A-1, edition 2026a (SOP Classes, Transfer Syntaxes).
"""

from __future__ import annotations

UNKNOWN = "unknown"
"""What is shown in place of a value that is no term of the standard."""

_MODALITIES = """
    ANN AR ASMT AU BDUS BI BMD CFM CR CT CTPROTOCOL DG DMS DOC DX ECG EEG EMG EOG EPS ES FID GM HC HD IO IOL IVOCT
    IVUS KER KO LEN LS M3D MG MR NM OAM OCT OP OPM OPT OPTBSV OPTENF OPV OSS OT PA PLAN POS PR PT PX REG RESP RF RG
    RTDOSE RTIMAGE RTINTENT RTPLAN RTRAD RTRECORD RTSEGANN RTSTRUCT RWV SEG SM SMR SR SRF STAIN TEXTUREMAP TG US VA
    XA XAPROTOCOL XC
    AS CD CF CP CS DD DF DM DS EC FA FS LP MA MS OPR ST VF
"""
MODALITIES = frozenset(_MODALITIES.split())
PHOTOMETRIC_INTERPRETATIONS = frozenset(
    (
        "MONOCHROME1",
        "MONOCHROME2",
        "PALETTE COLOR",
        "RGB",
        "XYB",
        "YBR_FULL",
        "YBR_FULL_422",
        "YBR_PARTIAL_420",
        "YBR_ICT",
        "YBR_RCT",
        "ARGB",
        "CMYK",
        "HSV",
        "YBR_PARTIAL_422",
    )
)
BURNED_IN_ANNOTATIONS = frozenset(("YES", "NO"))

_ROOT = "1.2.840.10008."
_STORAGE = _ROOT + "5.1.4.1.1."
_CODECS = _ROOT + "1.2.4."
_STORAGE_CLASSES = """
    1 1.1 1.1.1 1.2 1.2.1 1.3 1.3.1 2 2.1 2.2 3 3.1 4 4.1 4.2 4.3 4.4 5 6 6.1 6.2 6.3 7 7.1 7.2 7.3 7.4 8 9 9.1
    9.1.1 9.1.2 9.1.3 9.1.4 9.2.1 9.3.1 9.4.1 9.4.2 9.5.1 9.6.1 9.6.2 9.7.1 9.7.2 9.7.3 9.7.4 9.8.1 10 11 11.1 11.2
    11.3 11.4 11.5 11.6 11.7 11.8 11.9 11.10 11.11 11.12 12.1 12.1.1 12.2 12.2.1 12.3 12.77 13.1.1 13.1.2 13.1.3
    13.1.4 13.1.5 14.1 14.2 20 30 40 66 66.1 66.2 66.3 66.4 66.5 66.6 67 68.1 68.2 77.1 77.1.1 77.1.1.1 77.1.2
    77.1.2.1 77.1.3 77.1.4 77.1.4.1 77.1.5.1 77.1.5.2 77.1.5.3 77.1.5.4 77.1.5.5 77.1.5.6 77.1.5.7 77.1.5.8 77.1.6
    77.1.7 77.1.8 77.1.9 77.2 78.1 78.2 78.3 78.4 78.5 78.6 78.7 78.8 79.1 80.1 81.1 82.1 88.1 88.2 88.3 88.4 88.11
    88.22 88.33 88.34 88.35 88.40 88.50 88.59 88.65 88.67 88.68 88.69 88.70 88.71 88.72 88.73 88.74 88.75 88.76
    88.77 90.1 91.1 104.1 104.2 104.3 104.4 104.5 128 128.1 129 130 131 200.1 200.2 200.3 200.4 200.5 200.6 200.7
    200.8 201.1 201.2 201.3 201.4 201.5 201.6 481.1 481.2 481.3 481.4 481.5 481.6 481.7 481.8 481.9 481.10 481.11
    481.12 481.13 481.14 481.15 481.16 481.17 481.18 481.19 481.20 481.21 481.22 481.23 481.24 481.25 501.1 501.2.1
    501.2.2 501.3 501.4 501.5 501.6 601.1 601.2
"""
_OTHER_CLASSES = """
    1.1 1.3.10 1.9 1.20.1 1.20.2 1.40 1.42 3.1.2.1.1 3.1.2.1.4 3.1.2.2.1 3.1.2.3.1 3.1.2.3.2 3.1.2.3.3 3.1.2.3.4
    3.1.2.3.5 3.1.2.5.1 3.1.2.5.4 3.1.2.5.5 3.1.2.6.1 5.1.1.1 5.1.1.2 5.1.1.4 5.1.1.4.1 5.1.1.4.2 5.1.1.9 5.1.1.9.1
    5.1.1.14 5.1.1.15 5.1.1.16 5.1.1.16.376 5.1.1.18 5.1.1.18.1 5.1.1.22 5.1.1.23 5.1.1.24 5.1.1.24.1 5.1.1.26
    5.1.1.27 5.1.1.29 5.1.1.30 5.1.1.31 5.1.1.32 5.1.1.33 5.1.1.40 5.1.4.1.2.1.1 5.1.4.1.2.1.2 5.1.4.1.2.1.3
    5.1.4.1.2.2.1 5.1.4.1.2.2.2 5.1.4.1.2.2.3 5.1.4.1.2.3.1 5.1.4.1.2.3.2 5.1.4.1.2.3.3 5.1.4.1.2.4.2 5.1.4.1.2.4.3
    5.1.4.1.2.5.3 5.1.4.20.1 5.1.4.20.2 5.1.4.20.3 5.1.4.31 5.1.4.32 5.1.4.32.1 5.1.4.32.2 5.1.4.32.3 5.1.4.33
    5.1.4.34.1 5.1.4.34.2 5.1.4.34.3 5.1.4.34.4.1 5.1.4.34.4.2 5.1.4.34.4.3 5.1.4.34.4.4 5.1.4.34.6.1 5.1.4.34.6.2
    5.1.4.34.6.3 5.1.4.34.6.4 5.1.4.34.6.5 5.1.4.34.7 5.1.4.34.8 5.1.4.34.9 5.1.4.34.10 5.1.4.37.1 5.1.4.37.2
    5.1.4.37.3 5.1.4.38.1 5.1.4.38.2 5.1.4.38.3 5.1.4.38.4 5.1.4.39.1 5.1.4.39.2 5.1.4.39.3 5.1.4.39.4 5.1.4.41
    5.1.4.42 5.1.4.43.1 5.1.4.43.2 5.1.4.43.3 5.1.4.43.4 5.1.4.44.1 5.1.4.44.2 5.1.4.44.3 5.1.4.44.4 5.1.4.45.1
    5.1.4.45.2 5.1.4.45.3 5.1.4.45.4 10.1 10.2 10.3 10.4
"""
_CODEC_SYNTAXES = """
    50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 70 80 81 90 91 92 93 94 95 100 100.1 101 101.1 102 102.1 103
    103.1 104 104.1 105 105.1 106 106.1 107 108 201 202 203 204 205
"""
_OTHER_SYNTAXES = """
    1.2 1.2.1 1.2.1.98 1.2.1.99 1.2.2 1.2.5 1.2.6.1 1.2.6.2 1.2.7.1 1.2.7.2 1.2.7.3 1.20
"""

SOP_CLASS_UIDS = frozenset(
    (*(_STORAGE + part for part in _STORAGE_CLASSES.split()), *(_ROOT + part for part in _OTHER_CLASSES.split()))
)
TRANSFER_SYNTAX_UIDS = frozenset(
    (*(_CODECS + part for part in _CODEC_SYNTAXES.split()), *(_ROOT + part for part in _OTHER_SYNTAXES.split()))
)


def known(value: str, terms: frozenset[str]) -> str:
    """Return ``value`` when it is empty or one of ``terms``, else ``UNKNOWN``."""
    return value if not value or value in terms else UNKNOWN
