# SPDX-License-Identifier: Apache-2.0
"""Dates: read as DICOM and people write them, and compared between original and output, element by element."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from pydicom import datadict

from SlicerDeidLib.standard.tables import OPTION_CODES
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.profile import place_text, row_of
from SlicerDeidLib.verification.reading import Found, ItemPath

INVENTED_YEARS, INVENTED_FRACTIONS = range(1810, 1860), (".101010", ".010101")  # shifted dates reach 1890
CHECK = "dates"
DEVICE_CODE = OPTION_CODES["retain-device-identity"]
REMEMBERED = 1 << 15  # texts: the slices of a series repeat each other
DAY = timedelta(days=1)
DUMMY_DATES = frozenset({"", "19000101", "000000", "19000101000000"})  # what stands where there must be none
BIRTH_DATE = 0x00100030
PUBLIC_DATES = frozenset({0x00080106, 0x00080107})  # versions of context groups, printed in PS3.16
DA = re.compile(r"(\d{4})([.]?)(\d{2})\2(\d{2})")  # PS3.5 6.2, and ACR-NEMA's dots
TM = re.compile(r"(\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.(\d{1,6}))?)?)?")
DT = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?)?(?:[+-]\d{4})?")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
SPELLINGS = (
    (re.compile(r"(?<!\d)((?:19|20)\d\d)([-./]?)(\d\d)\2(\d\d)(?!\d)"), "y-md"),
    (re.compile(r"(?<!\d)(\d{1,2})([-./])(\d{1,2})\2((?:19|20)\d\d)(?!\d)"), "d-my"),
    (
        re.compile(
            r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?[-. ]*([a-z]{3})[a-z]*[-., ]*((?:19|20)\d\d)(?!\d)", re.IGNORECASE
        ),
        "dmy",
    ),
    (
        re.compile(
            r"(?<![a-z])([a-z]{3})[a-z]*[-. ]*(\d{1,2})(?:st|nd|rd|th)?[-., ]+((?:19|20)\d\d)(?!\d)", re.IGNORECASE
        ),
        "mdy",
    ),
)

SHORT = re.compile(r"(?<!\d)(\d{1,2})([-./ _]?)(\d{1,2})\2(\d\d)(?!\d)")
WRITTEN = re.compile(r"(?<!\d)(?<!\d[-./])(\d\d)([-./])(\d\d)\2(\d\d)(?![-./]?\d)")
LONG = re.compile(r"(?<!\d)(\d\d)(\d\d)((?:19|20)\d\d)(?!\d)")  # SPELLINGS want a separator here

Place = tuple[ItemPath, int]


def parse_date(text: str) -> date | None:
    """Read a DA, or the date of a DT; None when it is none."""
    match = DA.fullmatch(text.strip())
    if match:
        return _date(match[1], match[3], match[4])
    match = DT.fullmatch(text.strip())
    return _date(match[1], match[2], match[3]) if match else None


def is_invented_date(text: str) -> bool:
    """Whether a DA or DT lies in the years of pseudonyms: no image is so old, and nobody who was born then lives."""
    day = parse_date(text)
    return day is not None and day.year in INVENTED_YEARS


def parse_time(text: str) -> tuple[time, timedelta] | None:
    """Read a TM and how exact it is (a microsecond, a second, a minute or an hour)."""
    match = TM.fullmatch(text.strip())
    if not match:
        return None
    exactness = timedelta(seconds=1) if match[3] else timedelta(minutes=1) if match[2] else timedelta(hours=1)
    if match[4]:
        exactness = timedelta(microseconds=10 ** (6 - len(match[4])))
    fraction = int((match[4] or "0").ljust(6, "0"))
    try:
        return time(int(match[1]), int(match[2] or 0), int(match[3] or 0), fraction), exactness
    except ValueError:
        return None


@lru_cache(maxsize=REMEMBERED)
def dates_in_text(text: str) -> frozenset[date]:
    """Return every date that a text spells, both readings where day and month can be swapped."""
    found: set[date | None] = set()
    for pattern, order in SPELLINGS:
        for match in pattern.finditer(text):
            found.update(_read_spelling(match, order))
    return frozenset(day for day in found if day is not None)


@lru_cache(maxsize=REMEMBERED)
def short_dates(text: str) -> frozenset[tuple[int, int, int]]:
    """Return every (year of the century, month, day) that two-digit years or eight digits in a row may spell.

    All orders of day, month and year that are in use; without separators only where each has two digits.
    """
    found: set[tuple[int, int, int]] = set()
    for match in SHORT.finditer(text):
        if match[2] or len(match[1] + match[3] + match[4]) == 6:
            first, second, third = int(match[1]), int(match[3]), int(match[4])
            found.update({(third, second, first), (third, first, second), (first, second, third)})
    for match in LONG.finditer(text):
        first, second, third = int(match[1]), int(match[2]), int(match[3]) % 100
        found.update({(third, second, first), (third, first, second)})
    return frozenset(day for day in found if 1 <= day[1] <= 12 and 1 <= day[2] <= 31)


@lru_cache(maxsize=REMEMBERED)
def written_dates(text: str) -> frozenset[tuple[int, int, int]]:
    """Return every (year of the century, month, day) that three numbers of two digits may spell, for a person's own.

    Versions are written so, too: what is found means something only where it is the patient's own date.
    """
    return frozenset(day for match in WRITTEN.finditer(text) for day in short_dates(match.group()))


def _read_spelling(match: re.Match[str], order: str) -> Iterator[date | None]:
    """Yield the dates that one match may mean."""
    if order == "y-md":
        yield _date(match[1], match[3], match[4])
    elif order == "d-my":
        yield _date(match[4], match[3], match[1])
        yield _date(match[4], match[1], match[3])
    else:
        day, month = (match[1], match[2]) if order == "dmy" else (match[2], match[1])
        if month.lower() in MONTHS:
            yield _date(match[3], str(MONTHS.index(month.lower()) + 1), day)


def _date(year: str, month: str, day: str) -> date | None:
    """Return a date, or None where the calendar has none."""
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time that an element, or a date with its time, gives.

    Attributes
    ----------
    exactness : timedelta
        Two moments that are less apart are equal; a day for a date without its time.
    """

    when: datetime
    exactness: timedelta


def moment(found: Found, number: int, values: Mapping[Place, Found]) -> Moment | None:
    """Read value ``number`` of a DA (with the TM that belongs to it) or of a DT."""
    text = _part(found, number)
    day = parse_date(text)
    if day is None:
        return None
    clock: tuple[time, timedelta] | None = None
    if found.vr == "DT":
        match = DT.fullmatch(text)
        clock = parse_time(match[4]) if match and match[4] else None
    else:
        partner = partner_of(found.tag)
        other = values.get((found.path, partner)) if partner else None
        clock = parse_time(_part(other, number)) if other else None
    if clock is None:
        return Moment(datetime.combine(day, time()), DAY)
    return Moment(datetime.combine(day, clock[0]), clock[1])


def partner_of(tag: int) -> int | None:
    """Return the TM attribute that belongs to a DA attribute, by their keywords in PS3.6, or the other way."""
    keyword = datadict.keyword_for_tag(tag)
    for old, new in (("Date", "Time"), ("Time", "Date")):
        if old in keyword and "DateTime" not in keyword:
            other = datadict.tag_for_keyword(keyword.replace(old, new))
            if other is not None and datadict.dictionary_VR(other) in ("DA", "TM"):
                return other
    return None


def _part(found: Found | None, number: int) -> str:
    """Return one of the values of an element."""
    parts = found.ascii().split("\\") if found else []
    return parts[number].strip() if number < len(parts) else ""


@dataclass(slots=True)
class SubjectDates:
    """By how much the dates of one patient folder moved."""

    exact: Counter[timedelta] = field(default_factory=Counter)
    days: Counter[timedelta] = field(default_factory=Counter)
    clocks: Counter[timedelta] = field(default_factory=Counter)
    public: Counter[timedelta] = field(default_factory=Counter)
    first: dict[tuple[str, timedelta], tuple[str, str]] = field(default_factory=dict)

    def note(self, kind: str, moved: timedelta, file: str, tag: str) -> None:
        """Count one move, and where it was seen first."""
        counters = {"exact": self.exact, "days": self.days, "clocks": self.clocks, "public": self.public}
        counters[kind][moved] += 1
        self.first.setdefault((kind, moved), (file, tag))


def compare_dates(
    before: Mapping[Place, Found],
    after: Mapping[Place, Found],
    mark: str,
    codes: frozenset[str],
    subject: SubjectDates,
    file: str,
    findings: Findings,
) -> None:
    """Compare the dates of one instance with its original, whatever the file says of them; note how far they moved.

    Parameters
    ----------
    mark : str
        What became of the dates: ``"UNMODIFIED"`` where the file claims 113106 for them, ``"MODIFIED"``, else removed.
    codes : frozenset of str
        What the file claims: 113109 keeps dates of devices where the others are gone.
    """
    kept = frozenset(tag for _, tag in after if mark == "REMOVED" and _is_of_device(tag, codes))
    told = frozenset(day for (_, tag), found in before.items() if tag not in kept for day in _days(found))
    originals = frozenset(day for found in before.values() for day in _days(found))
    births = frozenset(day for (_, tag), found in before.items() if tag == BIRTH_DATE for day in _days(found))
    for place, new in after.items():
        old = before.get(place)
        if new.vr not in ("DA", "DT", "TM") or new.ascii() in DUMMY_DATES:
            continue
        tag = place_text(*place)
        if births.intersection(_days(new)):
            findings.add("error", CHECK, file, tag, "This is the patient's date of birth.")
        elif place[1] in kept:
            if told.intersection(_days(new)):
                findings.add("error", CHECK, file, tag, "This date of the device is that of an event that is not told.")
        elif old is None or not old.ascii():
            if mark != "UNMODIFIED" and originals.intersection(_days(new)):
                findings.add("error", CHECK, file, tag, "A date of the original stands where it had none.")
        elif place[1] in PUBLIC_DATES and mark != "UNMODIFIED":
            for was, now in zip(_days(old), _days(new), strict=False):
                subject.note("public", now - was, file, tag)
        elif new.vr != "TM":
            _compare_values(old, new, (before, after), mark, subject, (file, tag), findings)
        elif mark == "MODIFIED" and not new.ascii().endswith(INVENTED_FRACTIONS):
            _compare_lone_time(old, new, before, subject, file, tag)


def _is_of_device(tag: int, codes: frozenset[str]) -> bool:
    """Whether a file claims the option that keeps this date as one of a device."""
    row = row_of(tag)
    return DEVICE_CODE in codes and row is not None and row.options.get("retain-device-identity") == "K"


def _days(found: Found) -> Iterator[date]:
    """Yield the days of a DA or DT."""
    if found.vr in ("DA", "DT"):
        for part in found.ascii().split("\\"):
            if (day := parse_date(part)) is not None:
                yield day


def _compare_values(
    old: Found,
    new: Found,
    both: tuple[Mapping[Place, Found], Mapping[Place, Found]],
    mark: str,
    subject: SubjectDates,
    where: tuple[str, str],
    findings: Findings,
) -> None:
    """Compare the values of one DA or DT."""
    for number in range(len(new.ascii().split("\\"))):
        then, now = moment(old, number, both[0]), moment(new, number, both[1])
        if then is None or now is None or now.when.year in INVENTED_YEARS:
            continue
        findings.count("dates compared")
        is_same = now.when == then.when or (now.exactness >= DAY and now.when.date() == then.when.date())
        if mark == "UNMODIFIED":
            if not is_same:
                findings.add("error", CHECK, *where, "This date is not that of the original, as the file says it is.")
            continue
        if is_same:
            findings.add("error", CHECK, *where, "This date is the same as in the original.")
        if mark == "MODIFIED":
            _note_move(then, now, subject, *where)


def _note_move(then: Moment, now: Moment, subject: SubjectDates, file: str, tag: str) -> None:
    """Note a move with what is known about its exactness."""
    exactness = max(then.exactness, now.exactness)
    if exactness <= timedelta(seconds=1):
        subject.note("exact", now.when - then.when, file, tag)
    else:
        subject.note("days", timedelta(days=(now.when.date() - then.when.date()).days), file, tag)


def _compare_lone_time(
    old: Found, new: Found, before: Mapping[Place, Found], subject: SubjectDates, file: str, tag: str
) -> None:
    """Note by how much a time moved that has no date beside it: known modulo 24 h only."""
    partner = partner_of(old.tag)
    if partner is not None and (beside := before.get((old.path, partner))) is not None and beside.ascii():
        return
    then, now = parse_time(old.ascii().split("\\")[0]), parse_time(new.ascii().split("\\")[0])
    if then and now and max(then[1], now[1]) <= timedelta(seconds=1):
        day = date(2000, 1, 1)
        subject.note("clocks", (datetime.combine(day, now[0]) - datetime.combine(day, then[0])) % DAY, file, tag)


def judge_dates(folder: str, subject: SubjectDates, findings: Findings) -> None:
    """Find the moves that differ from the one of the whole subject."""
    if not subject.exact and not subject.days:
        return
    offset = subject.exact.most_common(1)[0][0] if subject.exact else None
    for moved in subject.exact:
        if moved != offset:
            _differs("exact", moved, subject, findings)
    whole_days = {moved for moved in subject.days if offset is None or not _is_near(moved, offset)}
    if offset is not None or max(whole_days) - min(whole_days) > DAY:
        for moved in sorted(whole_days):
            _differs("days", moved, subject, findings)
    for moved in subject.clocks:
        if offset is not None and moved != offset % DAY:
            _differs("clocks", moved, subject, findings)
    for moved in subject.public:
        if moved and offset is not None and _is_near(moved, offset):
            file, tag = subject.first[("public", moved)]
            findings.add(
                "error", CHECK, file, tag, "A date that anybody can look up moved along and tells by how much."
            )
    if offset is not None and offset == timedelta(0):
        _, tag = subject.first[("exact", offset)]  # a rule of the site may keep just this one
        findings.add("error", CHECK, folder, tag, "The dates of this patient did not move.")


def _is_near(days: timedelta, offset: timedelta) -> bool:
    """Whether a date without its time may have moved by ``offset``: by its whole days, or one more."""
    return timedelta(days=offset.days) <= days <= timedelta(days=offset.days + 1)


def _differs(kind: str, moved: timedelta, subject: SubjectDates, findings: Findings) -> None:
    """Say that something moved by another offset, and where it was seen first."""
    file, tag = subject.first[(kind, moved)]
    findings.add("error", CHECK, file, tag, "This date or time moved by another offset than the rest of the patient's.")
