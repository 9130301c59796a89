# SPDX-License-Identifier: Apache-2.0
"""Headers: what the header of a released file must not hold, judged from the output alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from SlicerDeidLib.standard.makers import is_maker
from SlicerDeidLib.standard.tables import OPTION_CODES, attribute_type
from SlicerDeidLib.verification.bulk import check_bulk
from SlicerDeidLib.verification.descriptors import DUMMY
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.invented import is_invented
from SlicerDeidLib.verification.profile import (
    META_IDENTITY,
    is_known,
    is_private,
    is_retained,
    keyword,
    place_text,
    row_of,
)
from SlicerDeidLib.verification.reading import UNREADABLE, Found, Reading
from SlicerDeidLib.verification.registered import is_registered
from SlicerDeidLib.verification.vocabulary import fold, is_vocabulary, tokens

UID = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))+")  # PS3.5 9.1
LONGEST_UID = 64
KEYED_UID = re.compile(r"2\.25\.[1-9]\d{0,38}")  # PS3.5 B.2: an integer of 128 bits
OVERLAY_GROUP, CURVE_GROUP = 0x60, 0x50
GRAPHICS_CODE = OPTION_CODES["clean-graphics"]
RETAIN_UIDS_CODE = OPTION_CODES["retain-uids"]
BULK_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
MANUFACTURER, METHOD_CODES = 0x00080070, 0x00120064
DERIVATION_DESCRIPTION = 0x00082111  # de-identification that changes pixels writes its own, PS3.3 C.7.6.1.1.3
OWN_DERIVATION = re.compile(
    r"(face|head surface|face and head surface) removed(, burned-in text masked)?|burned-in text masked", re.IGNORECASE
)
CODE_VALUE, IDENTITY_REMOVED = 0x00080100, 0x00120062
PATIENT_AGE, TIMEZONE = 0x00101010, 0x00080201
FULL_DATES_CODE = OPTION_CODES["retain-full-dates"]
AGE = re.compile(r"(\d{3})([DWMY])")  # AS, PS3.5 6.2
OLDEST = {"D": 90 * 365, "W": 90 * 52, "M": 90 * 12, "Y": 90}
"""Ages from here on are shown as 090Y: so old are few (45 CFR 164.514(b)(2)(i)(C))."""

OWN_IDS = frozenset({0x00080050, 0x00100010, 0x00100020})
"""AccessionNumber, PatientName and PatientID become the new ID; they are compared with it."""
EMPTIES = frozenset("XZD/")
"""Of the profile's codes (PS3.15 Table E.1-1): removed, empty, dummy; U and K leave something."""
DUMMIES = frozenset({"", "DEIDENTIFIED", "about:blank", "000Y", "19000101", "000000", "19000101000000", "0"})
"""What stands where the IOD asks for a value and there must be none."""

SOP_CLASS, SOP_INSTANCE = 0x00080016, 0x00080018
MEDIA_SOP_CLASS, MEDIA_SOP_INSTANCE = 0x00020002, 0x00020003
STUDY, SERIES, FRAME_OF_REFERENCE = 0x0020000D, 0x0020000E, 0x00200052


def claimed_codes(elements: list[Found]) -> frozenset[str]:
    """Return the code values of the De-identification Method Code Sequence."""
    return frozenset(
        f.ascii() for f in elements if f.tag == CODE_VALUE and len(f.path) == 1 and f.path[0][0] == METHOD_CODES
    )


def top_level(elements: list[Found]) -> dict[int, str]:
    """Return the text of the elements outside any sequence."""
    return {f.tag: f.ascii() for f in elements if not f.path and f.vr not in BULK_VRS}


@dataclass(frozen=True, slots=True)
class _Said:
    """What a file says of itself: the codes it claims, its SOP class, and whether it claims the profile at all."""

    codes: frozenset[str]
    sop_class_uid: str
    is_profile_claimed: bool


def check_header(reading: Reading, elements: list[Found], codes: frozenset[str], name: str, findings: Findings) -> None:
    """Run all checks that need one file only."""
    check_outside(reading, name, findings)
    values = top_level(elements)
    said = _Said(codes, values.get(SOP_CLASS, ""), values.get(IDENTITY_REMOVED) != "NO")
    for found in elements:
        _check_element(found, said, name, findings)
    check_bulk(reading, elements, values.get(SOP_CLASS, ""), name, findings)
    _check_file_uids(values, name, findings)


def check_outside(reading: Reading, name: str, findings: Findings) -> None:
    """Look at the bytes before and behind the data set."""
    if any(reading.data[:128]):
        findings.add("error", "meta", name, "", "The preamble is not zero.")
    if reading.end < len(reading.data):
        findings.add("error", "meta", name, "", "Bytes stand behind the data set.")
    tags = [span.tag for span in reading.spans]
    if tags != sorted(set(tags)):
        findings.add("error", "structure", name, "", "The elements of the data set are not in ascending order.")


def _check_element(found: Found, said: _Said, name: str, findings: Findings) -> None:
    """Judge one element by its tag."""
    tag, where, codes = found.tag, place_text(found.path, found.tag), said.codes
    group = tag >> 16
    if found.vr == UNREADABLE:
        findings.add("error", "structure", name, where, "This element is damaged and cannot be read.")
    if group == 0x0002:
        if tag in META_IDENTITY:
            findings.add("error", "meta", name, where, f"The file meta information holds {keyword(tag)}.")
        return
    if is_private(tag):
        return  # judged by itself
    if tag & 0xFFFF == 0:
        findings.add("warning", "tags", name, where, "A group length is present.")
    elif group >> 8 == CURVE_GROUP and not group & 1:
        findings.add("error", "tags", name, where, "A curve is present.")
    elif group >> 8 == OVERLAY_GROUP and GRAPHICS_CODE not in codes:
        findings.add("error", "tags", name, where, "An overlay is present.")
    elif not is_known(tag):
        findings.add("error", "tags", name, where, "An element that the standard does not know is present.")
    else:
        _check_listed(found, said, name, where, findings)
        _check_telling(found, codes, name, where, findings)


def _check_telling(found: Found, codes: frozenset[str], name: str, where: str, findings: Findings) -> None:
    """Judge ages, and the time zone, which says where the patient was and what the true hour is."""
    if found.tag == TIMEZONE and FULL_DATES_CODE not in codes:
        findings.add("error", "tags", name, where, "The time zone is present.")
    if found.tag != PATIENT_AGE:
        return
    for age in filter(None, (part.strip() for part in found.ascii().split("\\"))):
        match = AGE.fullmatch(age)
        if match is None:
            findings.add("error", "values", name, where, "PatientAge is no age as the standard writes it.")
        elif age != "090Y" and int(match[1]) >= OLDEST[match[2]]:
            findings.add("error", "values", name, where, "An age of 90 years or more is not shown as 090Y.")


def _check_listed(found: Found, said: _Said, name: str, where: str, findings: Findings) -> None:
    """Judge an element that Table E.1-1 may name; a file that does not claim the profile may hold more."""
    row, codes = row_of(found.tag), said.codes
    severity = "error" if said.is_profile_claimed else "warning"
    if found.vr == "UI":
        for uid in found.ascii().split("\\"):
            if uid and (not UID.fullmatch(uid) or len(uid) > LONGEST_UID):
                findings.add("error", "uids", name, where, f"{keyword(found.tag)} is not a valid UID.")
            elif row is not None and uid and not _is_replaced(uid) and RETAIN_UIDS_CODE not in codes:
                findings.add("error", "uids", name, where, f"{keyword(found.tag)} was not replaced by a keyed UID.")
    elif row is not None and row.basic == "X" and not is_retained(row, codes):
        if not _may_stand(found, said.sop_class_uid):
            message = f"{keyword(found.tag)} is present, which the Basic Profile removes and no claimed option keeps."
            findings.add(severity, "tags", name, where, message)
    elif found.tag not in OWN_IDS and not _says_nothing(found) and _is_replaced_by_profile(found, codes):
        message = f"{keyword(found.tag)} holds a value, which the Basic Profile takes out and no claimed option keeps."
        findings.add(severity, "tags", name, where, message)


def _is_replaced_by_profile(found: Found, codes: frozenset[str]) -> bool:
    """Whether the profile leaves nothing, or a dummy, of this element or of a sequence that it lies in."""
    rows = (row_of(tag) for tag in (found.tag, *(tag for tag, _ in found.path)))
    return any(row is not None and set(row.basic) <= EMPTIES and not is_retained(row, codes) for row in rows)


def _says_nothing(found: Found) -> bool:
    """Whether a value is empty, a dummy, a pseudonym, or in a code that takes only the standard's words."""
    if found.vr in BULK_VRS or not found.raw.strip(b" \0"):
        return not any(found.raw.strip(b" \0"))
    if found.vr == "CS" and found.path:
        return is_vocabulary(found.text())
    return _is_dummy(found) or is_invented(found)


def _may_stand(found: Found, sop_class_uid: str) -> bool:
    """Whether an element is empty or a dummy because its Type asks for it, or says in plain words what was done."""
    if found.tag == DERIVATION_DESCRIPTION:
        return all(is_vocabulary(token) for token in tokens(found.text()))
    if found.vr == "SQ":
        return False
    needed = attribute_type(sop_class_uid, tuple(tag for tag, _ in found.path), found.tag)
    if found.raw.strip(b" \0"):
        return found.text().strip() == DUMMY and needed in ("1", "1C")
    return needed in ("2", "2C")


def _is_replaced(uid: str) -> bool:
    """Whether a UID is a keyed one, or one of the standard's own that names no person."""
    return is_registered(uid) or KEYED_UID.fullmatch(uid) is not None


def _check_file_uids(values: dict[int, str], name: str, findings: Findings) -> None:
    """Compare file meta information and data set."""
    for outer, inner in ((MEDIA_SOP_INSTANCE, SOP_INSTANCE), (MEDIA_SOP_CLASS, SOP_CLASS)):
        if values.get(outer, "") != values.get(inner, ""):
            message = f"{keyword(outer)} differs from {keyword(inner)}."
            findings.add("error", "uids", name, place_text((), outer), message)
    for tag in (SOP_INSTANCE, STUDY, SERIES):
        if not values.get(tag):
            findings.add("error", "uids", name, place_text((), tag), f"{keyword(tag)} is missing or empty.")


@dataclass(slots=True)
class Hierarchy:
    """Which UID belongs to which, over the whole output."""

    series_of_group: dict[tuple[str, ...], str] = field(default_factory=dict)
    group_of_series: dict[str, tuple[str, ...]] = field(default_factory=dict)
    study_of_series: dict[str, str] = field(default_factory=dict)
    frame_of_series: dict[str, str] = field(default_factory=dict)
    patient_of_study: dict[str, str] = field(default_factory=dict)
    instances: set[str] = field(default_factory=set)

    def add(self, group: tuple[str, ...], values: dict[int, str], name: str, findings: Findings) -> None:
        """Take one file of a numbered series (its patient's folder first); say where it contradicts those before."""
        study, series, instance = (values.get(tag, "") for tag in (STUDY, SERIES, SOP_INSTANCE))
        patient = group[0]
        expected = (
            (self.series_of_group.setdefault(group, series), series, SERIES, "A numbered series holds two UIDs."),
            (self.group_of_series.setdefault(series, group), group, SERIES, "A series UID stands in two series."),
            (self.study_of_series.setdefault(series, study), study, STUDY, "A series belongs to two studies."),
            (self.patient_of_study.setdefault(study, patient), patient, STUDY, "A study stands in two folders."),
        )  # fmt: skip
        for known, now, tag, message in expected:
            if known != now:
                findings.add("error", "uids", name, place_text((), tag), message)
        frame = values.get(FRAME_OF_REFERENCE, "")
        if self.frame_of_series.setdefault(series, frame) != frame:
            message = "One series holds two frames of reference."
            findings.add("warning", "uids", name, place_text((), FRAME_OF_REFERENCE), message)
        if instance in self.instances:
            findings.add(
                "error", "uids", name, place_text((), SOP_INSTANCE), "One SOP Instance UID stands in two files."
            )
        self.instances.add(instance)


def is_own_word(found: Found) -> bool:
    """Whether an element holds what is written whatever a patient is called.

    A run writes a coded method, whose texts the marks' check compares with CID 7050, a sentence of Derivation
    Description, and dummies; a scanner writes its maker.
    """
    if found.tag == MANUFACTURER and is_maker(fold(found.text())):
        return True
    if found.path and found.path[0][0] == METHOD_CODES:
        return True
    if found.tag == DERIVATION_DESCRIPTION and not found.path:
        return OWN_DERIVATION.fullmatch(found.text()) is not None
    return found.vr not in BULK_VRS and _is_dummy(found)


def _is_dummy(found: Found) -> bool:
    """Whether all values of an element are empty or dummies."""
    return all(part.strip(" \0") in DUMMIES for part in found.text().split("\\"))
