# SPDX-License-Identifier: Apache-2.0
"""Dates as people write them in texts: the expressions that find one date in every usual spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator

from SlicerDeidLib.standard.months import MONTHS

ORDINAL = r"(?:st|nd|rd|th|er|o|a|e)?"
"""Expression for what may follow a day, folded: "13th", "1er", "1º"."""
OF = r"(?:(?:of|de|del|di|den)(?![^\W\d_])[\W_]*)?"
"""Expression for what may stand before a month or year, with the gap behind it."""


def date_digits(value: str) -> Iterator[str]:
    """Yield the dates of a value as YYYYMMDD, without those that earlier de-identification leaves."""
    for one in value.split("\\"):
        match = re.fullmatch(r"(\d{4})[.\-/]?(0[1-9]|1[0-2])[.\-/]?([0-3]\d)", one.strip())
        if match is not None and match[1] not in ("0001", "1900"):
            yield "".join(match.groups())


def date_spellings(date: str) -> list[str]:
    """Return expressions for a date in the usual spellings, with and without separators."""
    year, month, day = date[:4], date[4:6], date[6:]
    month_any, day_any = month if month[0] == "1" else f"0?{month[1]}", day if day[0] != "0" else f"0?{day[1]}"
    years, near, apart = f"(?:{year}|{year[2:]})", r"[\W_]{0,3}", r"[\W_]{1,3}"
    beginnings = sorted({said[:3] for said in MONTHS[int(month) - 1].split()})
    name, day_said = rf"(?:{'|'.join(beginnings)})[^\W\d_]*", day_any + ORDINAL
    return [
        rf"(?<!\d){years}{near}{month}{near}{day}(?!\d)",
        rf"(?<!\d){day}{near}{month}{near}{years}(?!\d)",
        rf"(?<!\d){month}{near}{day}{near}{years}(?!\d)",
        rf"(?<!\d){year}{apart}{month_any}{apart}{day_any}(?!\d)",
        rf"(?<!\d){year}[\W_]*年[\W_]*{month_any}[\W_]*月[\W_]*{day_any}(?!\d)",
        rf"(?<!\d){day_any}{apart}{month_any}{apart}{years}(?!\d)",
        rf"(?<!\d){month_any}{apart}{day_any}{apart}{years}(?!\d)",
        rf"(?<!\d){day_said}[\W_]*{OF}{name}[\W_]*{OF}{years}(?!\d)",
        rf"(?<![^\W\d_]){name}[\W_]*{day_any}(?:(?:st|nd|rd|th)[\W_]*|[\W_]+){OF}{years}(?!\d)",
        rf"(?<!\d){year}[\W_]*{name}[\W_]*{day_said}(?!\d)",
    ]
