# SPDX-License-Identifier: Apache-2.0
"""Decisions of the review on the disk: where one fails, those before it stand and the others go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from SlicerDeidWidgets.background import reasonOf
from SlicerDeidWidgets.messages import panelWords

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
    """

    accepted: int = 0
    rejected: int = 0
    withdrawn: int = 0
    changed: int = 0
    reasons: dict[str, list[str]] = field(default_factory=dict)
    trouble: str = ""

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
        ``"accept"``, of the very files that are shown, ``"reject"`` or ``"withdraw"``.
    """
    from SlicerDeidLib import held_series, released_series
    from SlicerDeidLib.errors import DeidError

    decisions = Decisions()
    left: list[HeldSeries] = []
    try:
        decisions.add(_decide(out, private, what, series, note))
    except (DeidError, OSError) as error:
        look = released_series if what == "withdraw" else held_series
        there = {one.place for one in look(out, private)}
        left = [one for one in series if one.place in there]
        decisions.add(_gone(out, private, what, [one for one in series if one.place not in there], released_series))
        decisions.trouble = "" if left else panelWords(reasonOf(error))  # of what is left it comes again
    for one in left:
        try:
            decisions.add(_decide(out, private, what, [one], note))
        except (DeidError, OSError) as error:
            decisions.reasons.setdefault(panelWords(reasonOf(error)), []).append(one.place)
    return decisions


def _decide(out: str, private: Path | None, what: str, series: list[HeldSeries], note: str) -> Decided:
    from SlicerDeidLib import decide

    return decide(out, private, note=note, **{what: series if what == "accept" else [one.place for one in series]})


def _gone(
    out: str, private: Path | None, what: str, series: list[HeldSeries], released: Callable[..., tuple[HeldSeries, ...]]
) -> Decided:
    """Count what was decided on before it failed, or by somebody else meanwhile."""
    from SlicerDeidLib import Decided

    if what == "reject":
        return Decided(0, len(series), 0, 0)
    if what == "withdraw":
        return Decided(0, 0, len(series), 0)
    there = {(one.place, one.written) for one in released(out, private)}
    accepted = sum((one.place, one.written) in there for one in series)
    return Decided(accepted, 0, 0, len(series) - accepted)
