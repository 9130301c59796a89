# SPDX-License-Identifier: Apache-2.0
"""The review's pages: patients with the most doubtful head first, and no patient on two pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from SlicerDeidLib import HeldSeries


def patientOf(series: HeldSeries) -> str:
    """Return whose series it is: the new ID."""
    return series.place.split("/")[0]


def byPatient(series: Iterable[HeldSeries]) -> tuple[HeldSeries, ...]:
    """Put the series of a patient together, where the first of them stands."""
    of: dict[str, list[HeldSeries]] = {}
    for one in series:
        of.setdefault(patientOf(one), []).append(one)
    return tuple(one for several in of.values() for one in several)


def starts(series: Sequence[HeldSeries], size: int) -> list[int]:
    """Return where pages begin that hold ``size`` series at most; all of a patient, where these are more."""
    found, end = [0], 0
    for _patient, several in groupby(series, patientOf):
        count = len(list(several))
        if end > found[-1] and end + count - found[-1] > size:
            found.append(end)
        end += count
    return found


def whole(chosen: Iterable[HeldSeries], page: Iterable[HeldSeries]) -> list[HeldSeries]:
    """Return all series of a page that are of the patients of the chosen ones."""
    patients = set(map(patientOf, chosen))
    return [one for one in page if patientOf(one) in patients]
