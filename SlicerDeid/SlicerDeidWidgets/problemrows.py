# SPDX-License-Identifier: Apache-2.0
"""ProblemRows: what a plan warns of and what stops it, on top of the table of series.

What is said of hundreds of folders is one row with its count, and the folders stand below it.
"""

from __future__ import annotations

from slicer.i18n import tr as _

from SlicerDeidWidgets.fulltext import legibleName
from SlicerDeidWidgets.messages import panelWords
from SlicerDeidWidgets.tablecells import added, color, write
from SlicerDeidWidgets.tablerow import NAME, RESULT, WHY
from SlicerDeidWidgets.widerows import WideRow, WideRows

_EACH = 3  # of which the same is said have a row of their own


class ProblemRows:
    """Adds rows to a QTreeWidget.

    Parameters
    ----------
    tree : qt.QTreeWidget
        The table.
    wide : WideRows
        Its rows that use the whole width.
    """

    def __init__(self, tree: object, wide: WideRows) -> None:
        self._tree, self._wide = tree, wide
        self._alone: list[tuple[WideRow, str, str]] = []  # row, place, the folder's own name
        self._gathered: list[tuple[object, str, str]] = []

    def clear(self) -> None:
        """Know of no row any more."""
        self._alone, self._gathered = [], []

    def show(self, problems: list[dict], isNamed: bool) -> None:
        """Add a row for each problem, those that stop a run first; one for many of which the same is said."""
        alike: dict[tuple[bool, str], list[dict]] = {}
        for problem in problems:
            key = problem.get("severity") != "error", panelWords(problem.get("message", ""))
            alike.setdefault(key, []).append(problem)
        for (isWarning, message), several in sorted(alike.items(), key=lambda one: one[0][0]):
            kind, status = (_("warning"), "left out") if isWarning else (_("problem"), "refused")
            if len(several) > _EACH:
                self._gather(several, [kind, message], status)
                continue
            for problem in several:
                where = panelWords(problem.get("where", ""))
                wide = self._wide.add(added(self._tree, [where, "", "", "", kind, message]), isWrapped=True)
                color(wide.item, status, NAME)
                self._alone.append((wide, where, legibleName(problem.get("original_folder", ""))))
        self.name(isNamed)

    def name(self, isNamed: bool) -> None:
        """Say where each problem is, with the folder's own name where that is wished for."""
        for wide, where, original in self._alone:
            self._wide.say(wide, where, wide.item.text(RESULT), wide.item.text(WHY), original if isNamed else "")
        for item, where, original in self._gathered:
            write(item, NAME, WideRow.named(where, original if isNamed else ""))

    def _gather(self, several: list[dict], said: list[str], status: str) -> None:
        title = _("{count} times").format(count=len(several))
        wide = self._wide.add(added(self._tree, [title, "", "", "", *said]), isWrapped=True)
        color(wide.item, status, NAME)
        self._wide.say(wide, title, *said)
        for problem in several:
            where = panelWords(problem.get("where", ""))
            self._gathered.append((added(wide.item, [where]), where, legibleName(problem.get("original_folder", ""))))
