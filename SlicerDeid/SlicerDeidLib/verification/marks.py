# SPDX-License-Identifier: Apache-2.0
"""Marks: whether a file says of its de-identification what may be said, and nothing more."""

from __future__ import annotations

from collections.abc import Sequence

from SlicerDeidLib.model.element import tag_text
from SlicerDeidLib.standard.tables import OPTION_CODES, deidentification_codes
from SlicerDeidLib.verification.beside import HEAD_CLASSES
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.headers import DUMMIES, METHOD_CODES, OWN_IDS, claimed_codes, top_level
from SlicerDeidLib.verification.invented import is_invented
from SlicerDeidLib.verification.profile import keyword, place_text
from SlicerDeidLib.verification.reading import Found

CHECK = "marks"
BASIC_CODE, PIXEL_CODE, FEATURES_CODE = "113100", "113101", "113102"  # CID 7050
IDENTITY_REMOVED, METHOD = 0x00120062, 0x00120063
BURNED_IN, RECOGNIZABLE, DATES = 0x00280301, 0x00280302, 0x00280303
MODALITY, HEAD_MODALITIES = 0x00080060, frozenset({"CT", "MR"})  # of which a face can be rendered
SOP_CLASS, IMAGE_TYPE = 0x00080016, 0x00080008
CODE_VALUE, SCHEME, MEANING = 0x00080100, 0x00080102, 0x00080104
PATIENT_ID, ACCESSION, PATIENT_NAME = 0x00100020, 0x00080050, 0x00100010
LONGEST_ACCESSION = 16  # characters, VR SH
DATE_CODES = {
    "MODIFIED": OPTION_CODES["retain-modified-dates"],
    "UNMODIFIED": OPTION_CODES["retain-full-dates"],
    "REMOVED": "",
}


def check_marks(elements: list[Found], name: str, findings: Findings) -> None:
    """Compare the marks of one file with each other by the truth table of the contract."""
    values, codes = top_level(elements), claimed_codes(elements)
    _check_codes(elements, name, findings)

    def say(tag: int, message: str, severity: str = "error") -> None:
        findings.add(severity, CHECK, name, tag_text(tag), message)

    if not values.get(METHOD) and not codes:
        say(METHOD, "No method of de-identification is named.")
    if (values.get(IDENTITY_REMOVED) == "YES") != (BASIC_CODE in codes):
        say(IDENTITY_REMOVED, "Patient Identity Removed is YES exactly when 113100 is claimed; here it is not so.")
    if (values.get(BURNED_IN) == "NO") != (PIXEL_CODE in codes):
        say(BURNED_IN, "Burned In Annotation is NO exactly when 113101 is claimed; here it is not so.")
    if FEATURES_CODE in codes and values.get(RECOGNIZABLE) != "NO":
        say(RECOGNIZABLE, "113102 is claimed, but Recognizable Visual Features is not NO.")
    elif FEATURES_CODE not in codes and values.get(RECOGNIZABLE) == "NO":
        say(RECOGNIZABLE, "Nothing is said to be recognisable without 113102; no face must be in view.", "warning")
    elif not values.get(RECOGNIZABLE) and (
        values.get(MODALITY) in HEAD_MODALITIES or values.get(SOP_CLASS) in HEAD_CLASSES
    ):
        say(RECOGNIZABLE, "Nothing says whether a face is recognisable.", "warning")
    _check_date_marks(values.get(DATES, ""), codes, say_tag=DATES, name=name, findings=findings)


def _check_date_marks(value: str, codes: frozenset[str], *, say_tag: int, name: str, findings: Findings) -> None:
    """Compare (0028,0303) with the two codes that speak of dates, where the profile is claimed."""
    claimed = codes & {code for code in DATE_CODES.values() if code}
    if value not in DATE_CODES:
        message = "Longitudinal Temporal Information Modified is missing or has no defined value."
        findings.add("error", CHECK, name, tag_text(say_tag), message)
    elif claimed != ({DATE_CODES[value]} - {""}) and BASIC_CODE in codes:
        message = "Longitudinal Temporal Information Modified does not fit the codes that are claimed."
        findings.add("error", CHECK, name, tag_text(say_tag), message)


def date_mark(values: dict[int, str], codes: frozenset[str]) -> str:
    """Return how far the dates may be what they were: ``"UNMODIFIED"`` needs mark and code, all else must differ."""
    mark = values.get(DATES, "")
    if mark == "UNMODIFIED":
        return mark if DATE_CODES[mark] in codes else "MODIFIED"
    return "REMOVED" if mark == "REMOVED" else "MODIFIED"


def _check_codes(elements: list[Found], name: str, findings: Findings) -> None:
    """Compare the coded methods with CID 7050."""
    items: dict[int, dict[int, str]] = {}
    for found in elements:
        if len(found.path) == 1 and found.path[0][0] == METHOD_CODES:
            items.setdefault(found.path[0][1], {})[found.tag] = found.ascii()
    known = deidentification_codes()
    for item in items.values():
        if item.get(SCHEME) != "DCM" or known.get(item.get(CODE_VALUE, "")) != item.get(MEANING):
            message = "An item of the De-identification Method Code Sequence is not in CID 7050 as it stands."
            findings.add("error", CHECK, name, tag_text(METHOD_CODES), message)


def check_identity(elements: list[Found], folder: str, name: str, findings: Findings) -> None:
    """Compare PatientID, PatientName and AccessionNumber with the folder's name, which is the new ID."""
    values = top_level(elements)
    accession = values.get(ACCESSION, "")
    serial = accession.removeprefix(f"{folder}-")
    is_short_form = len(folder) + 2 > LONGEST_ACCESSION and accession.isalnum() and accession.upper() == accession
    is_made_from = is_short_form or (serial != accession and serial.isdecimal())
    for found in elements:
        value = found.ascii()
        if found.tag not in OWN_IDS or value == folder or is_invented(found):
            continue
        if found.path:
            if value not in DUMMIES | {accession}:
                message = f"{keyword(found.tag)} in a sequence is not the new ID."
                findings.add("error", CHECK, name, place_text(*found.place), message)
        elif found.tag == PATIENT_NAME and value:
            message = "PatientName is neither empty nor the name of the patient's folder."
            findings.add("error", CHECK, name, tag_text(PATIENT_NAME), message)
        elif found.tag == ACCESSION and not is_made_from:
            message = f"{keyword(ACCESSION)} is neither the name of the patient's folder nor made from it."
            findings.add("error" if value else "warning", CHECK, name, tag_text(ACCESSION), message)
        elif found.tag == PATIENT_ID:
            message = "PatientID is not the name of the patient's folder."
            findings.add("error" if value else "warning", CHECK, name, tag_text(PATIENT_ID), message)
    for tag in OWN_IDS - {PATIENT_NAME} - values.keys():
        message = f"{keyword(tag)} is missing: the folder alone says whose this is."
        findings.add("warning", CHECK, name, tag_text(tag), message)


def check_removal_claimed(codes: frozenset[str], *, is_changed: bool, name: str, findings: Findings) -> None:
    """Compare what is claimed of the face with what became of the voxels of the series."""
    if FEATURES_CODE in codes and not is_changed:
        message = "113102 is claimed, but no voxel of the series was changed."
        findings.add("error", CHECK, name, tag_text(RECOGNIZABLE), message)


def check_derived(names: Sequence[str], findings: Findings) -> None:
    """Say of a series that the Image Type of files whose pixels were changed, which are named, is not DERIVED."""
    if names:
        message = "The pixels were changed, but value 1 of Image Type is ORIGINAL."
        findings.add("warning", CHECK, names[0], tag_text(IMAGE_TYPE), message)


def is_original(values: dict[int, str]) -> bool:
    """Say whether value 1 of Image Type is ORIGINAL."""
    return values.get(IMAGE_TYPE, "").split("\\")[0] == "ORIGINAL"
