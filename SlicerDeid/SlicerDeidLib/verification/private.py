# SPDX-License-Identifier: Apache-2.0
"""Private attributes of a release: only those of Table E.3.10-1, with their VR, without UIDs, words and dates."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta

from SlicerDeidLib.standard.tables import OPTION_CODES, safe_private
from SlicerDeidLib.verification.dates import parse_date
from SlicerDeidLib.verification.descriptors import judge
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.profile import BYTE_VRS, DATE_VRS, is_private, place_text
from SlicerDeidLib.verification.reading import BIG_ENDIAN, Found, ItemPath, Reading
from SlicerDeidLib.verification.registered import is_registered

CHECK = "private"
SAFE_CODE, UIDS_CODE, BASIC_CODE = OPTION_CODES["retain-safe-private"], OPTION_CODES["retain-uids"], "113100"
FULL_DATES_CODE = OPTION_CODES["retain-full-dates"]
KEYED_UID = re.compile(r"2\.25\.[1-9]\d{0,38}")
PROSE = frozenset({"LO", "LT", "ST", "UC", "UT"})
NUMBERS = {"FD": "d", "SL": "i", "UL": "I", "SV": "q", "UV": "Q"}
DAY_SECONDS = 86_400
UNITS = ((datetime(1970, 1, 1), DAY_SECONDS), (datetime(1970, 1, 1), DAY_SECONDS * 1000), (datetime(1970, 1, 1), 1),
         (datetime(1899, 12, 30), 1), (datetime(1858, 11, 17), 1))  # fmt: skip
"""Origin of a count of time, and how many of its units a day has."""
LEAST = 10_000  # smaller numbers count no days since 1997

Place = tuple[ItemPath, int]


def is_creator(tag: int) -> bool:
    """Whether an element names the maker of private elements."""
    return is_private(tag) and 0x10 <= tag & 0xFFFF <= 0xFF


def check_private(elements: list[Found], codes: frozenset[str], name: str, findings: Findings) -> None:
    """Judge every private element of one file by what the file claims."""
    creators = creators_of(elements)
    used: set[Place] = set()
    for found in elements:
        if not is_private(found.tag) or is_creator(found.tag):
            continue
        where = place_text(found.path, found.tag)
        block = _block(found)
        used.add(block)
        if SAFE_CODE in codes:
            for what in _wrong(found, creators.get(block, ""), codes):
                findings.add("error", CHECK, name, where, what)
        elif BASIC_CODE in codes:
            findings.add("error", CHECK, name, where, "A private element is present.")
    if used and not {SAFE_CODE, BASIC_CODE} & codes:
        message = "Private elements are present; the file claims no profile that would remove them."
        findings.add("warning", CHECK, name, "", message)
    for path, tag in creators.keys() - used:
        severity = "warning" if SAFE_CODE in codes or BASIC_CODE not in codes else "error"
        findings.add(severity, CHECK, name, place_text(path, tag), "A private creator is present without its elements.")


def creators_of(elements: Iterable[Found]) -> dict[Place, str]:
    """Return the private creators of a file by where they stand."""
    return {f.place: f.text().strip() for f in elements if is_creator(f.tag)}


def _block(found: Found) -> Place:
    """Return where the creator of a private element stands."""
    return found.path, found.tag & 0xFFFF0000 | (found.tag & 0xFFFF) >> 8


def _wrong(found: Found, creator: str, codes: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong with a private element of a file that claims 113111."""
    listed = safe_private().get((creator, found.tag >> 16, found.tag & 0xFF))
    if listed is None:
        yield "A private element is present that Table E.3.10-1 does not list."
        return
    vr = listed if found.vr == "UN" else found.vr
    if vr != listed or vr in BYTE_VRS:
        yield "A private element is present that is no value of the VR that Table E.3.10-1 has."
    elif vr == "UI":
        uids = found.ascii().split("\\")
        if UIDS_CODE not in codes and not all(not u or is_registered(u) or KEYED_UID.fullmatch(u) for u in uids):
            yield "A private UID was not replaced by a keyed UID."
    elif vr in PROSE:
        for what in judge(found.text()):
            yield f"The text of a private element holds {what}."


def is_kept_private(found: Found, codes: frozenset[str]) -> bool:
    """Whether a private value may stay as it was: the file claims 113111, or no profile at all; never a UID or date."""
    is_inside = is_private(found.tag) or any(is_private(tag) for tag, _ in found.path)
    return is_inside and found.vr not in DATE_VRS | {"UI"} and (SAFE_CODE in codes or BASIC_CODE not in codes)


def compare_private(
    reading: Reading,
    before: Mapping[Place, Found],
    after: Mapping[Place, Found],
    codes: frozenset[str],
    name: str,
    findings: Findings,
) -> None:
    """Find numbers of private elements that are as they were and count to a day of the original."""
    if FULL_DATES_CODE in codes:
        return
    days = {d for f in before.values() if f.vr in ("DA", "DT") for p in f.ascii().split("\\") if (d := parse_date(p))}
    order = ">" if reading.transfer_syntax_uid == BIG_ENDIAN else "<"
    creators = creators_of(after.values())
    for place, new in after.items():
        old = before.get(place)
        if not is_private(new.tag) or old is None or old.raw != new.raw:
            continue
        listed = safe_private().get((creators.get(_block(new), ""), new.tag >> 16, new.tag & 0xFF), "")
        vr = listed if new.vr == "UN" else new.vr
        if any(_counts_to(number, days) for number in _numbers(new, vr, order)):
            message = "A number of a private element is as in the original and is one of its dates."
            findings.add("error", CHECK, name, place_text(*place), message)


def _numbers(found: Found, vr: str, order: str) -> Iterator[float]:
    """Yield the numbers of an element."""
    if vr in ("DS", "IS"):
        for part in found.ascii().split("\\"):
            try:
                yield float(part)
            except ValueError:
                continue
    elif vr in NUMBERS and not len(found.raw) % struct.calcsize(NUMBERS[vr]):
        yield from (number for (number,) in struct.iter_unpack(order + NUMBERS[vr], found.raw))


def _counts_to(number: float, days: set[date]) -> bool:
    """Whether a number is a day, written or counted."""
    if not LEAST <= number < 1e15:
        return False
    written = parse_date(f"{number:.0f}") if number == number // 1 and 8 <= len(f"{number:.0f}") <= 14 else None
    if written in days:
        return True
    for origin, per_day in UNITS:
        try:
            if (origin + timedelta(days=number / per_day)).date() in days:
                return True
        except OverflowError:
            continue
    return False
