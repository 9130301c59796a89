# SPDX-License-Identifier: Apache-2.0
"""Decisions of the review on the disk: where one fails, those before it stand and the others go on."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from SlicerDeidWidgets.background import reasonOf
from SlicerDeidWidgets.messages import panelWords
from SlicerDeidWidgets.reviewwords import REJECTED, RELEASED, WAITING, again

if TYPE_CHECKING:
    from SlicerDeidLib import Decided, HeldSeries


@dataclass
class Decisions:
    """What became of decisions.

    Attributes
    ----------
    accepted, rejected, withdrawn, changed : int
        As in ``Decided``.
    reasons : dict of str to list of str
        Why others failed: the sentence, and the places of the series.
    trouble : str
        What went wrong after the last of them was decided on; empty: nothing.
    there : dict of str to int
        How many series lie in the output, wait, and are rejected then, by ``reviewwords.kinds``.
    """

    accepted: int = 0
    rejected: int = 0
    withdrawn: int = 0
    changed: int = 0
    reasons: dict[str, list[str]] = field(default_factory=dict)
    trouble: str = ""
    there: dict[str, int] = field(default_factory=dict)

    def add(self, done: Decided) -> None:
        """Count what the library did."""
        self.accepted += done.accepted
        self.rejected += done.rejected
        self.withdrawn += done.withdrawn
        self.changed += done.changed


def decideAll(out: str, private: Path | None, what: str, series: list[HeldSeries], note: str) -> Decisions:
    """Decide on series, all in one go; where that fails, on each that is left by itself.

    Parameters
    ----------
    what : str
        ``"accept"``, ``"reject"`` or ``"withdraw"``, each of the very files that are shown.

    Raises
    ------
    DeidError, OSError
        If nothing was decided, and nothing can be: the private folder is gone, or the disk cannot be read.
    """
    from SlicerDeidLib import held_series, rejected_series, released_series
    from SlicerDeidLib.errors import DeidError

    decisions = Decisions()
    left: list[HeldSeries] = []
    try:
        decisions.add(_decide(out, private, what, series, note))
    except (DeidError, OSError) as error:
        look = released_series if what == "withdraw" else held_series
        found = look(out, private)
        if found and not any(one.written for one in found):
            raise  # no journal tells of them: nothing was decided
        there = {_files(one) for one in found}
        left = [one for one in series if _files(one) in there]
        decisions.add(_gone(out, private, what, [one for one in series if _files(one) not in there]))
        decisions.trouble = "" if left else panelWords(reasonOf(error), again(what))  # of what is left it comes again
    for one in left:
        try:
            decisions.add(_decide(out, private, what, [one], note))
        except (DeidError, OSError) as error:
            decisions.reasons.setdefault(panelWords(reasonOf(error), again(what)), []).append(one.place)
    _report(out, private)
    looks = {WAITING: held_series, RELEASED: released_series, REJECTED: rejected_series}
    decisions.there = {kind: len(look(out, private)) for kind, look in looks.items()}
    return decisions


def _report(out: str, private: Path | None) -> None:
    """Let the private report tell of the decisions when all are made: it is long, and written as a whole."""
    from SlicerDeidLib import default_private, held_series, refresh_run_report
    from SlicerDeidLib.errors import DeidError

    with contextlib.suppress(DeidError, OSError):  # the decisions stand, and the next run tells of them
        if not held_series(out, private):
            refresh_run_report(private or default_private(Path(out)))


def _decide(out: str, private: Path | None, what: str, series: list[HeldSeries], note: str) -> Decided:
    from SlicerDeidLib import decide

    return decide(out, private, note=note, **{what: series})


def _gone(out: str, private: Path | None, what: str, series: list[HeldSeries]) -> Decided:
    """Count what was decided on before it failed; others were made anew, or decided on otherwise, meanwhile."""
    from SlicerDeidLib import Decided, rejected_series, released_series

    look = released_series if what == "accept" else rejected_series
    there = {_files(one) for one in look(out, private)}
    done = sum(_files(one) in there for one in series)
    counts = {"accept": (done, 0, 0), "reject": (0, done, 0), "withdraw": (0, 0, done)}
    return Decided(*counts[what], len(series) - done)


def _files(series: HeldSeries) -> tuple:
    """Return what a series is known by: one that is made anew in the same place is another."""
    return series.place, series.written
