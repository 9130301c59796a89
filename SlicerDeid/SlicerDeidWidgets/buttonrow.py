# SPDX-License-Identifier: Apache-2.0
"""ButtonRow: buttons side by side, in two rows or one below the other where the panel is too narrow for their words.

Qt's rows ask for the room of all their buttons, so that longer words of a translation would make the whole panel wider.
"""

from __future__ import annotations

from collections.abc import Sequence

import qt


class ButtonRow(qt.QObject):
    """Lays out buttons by the width that there is.

    Parameters
    ----------
    frame : object
        What holds them, with a grid layout.
    buttons : sequence of object
        In their order.
    """

    def __init__(self, frame: object, buttons: Sequence[object]) -> None:
        qt.QObject.__init__(self)
        self._frame, self._buttons = frame, list(buttons)
        self._laid: tuple[int, list[int]] = (0, [])  # columns, and the widths that the words ask for
        for button in self._buttons:
            policy = button.sizePolicy
            policy.setHorizontalPolicy(qt.QSizePolicy.Ignored)  # or the row could never become narrower than it is
            button.sizePolicy = policy
        self._lay()
        frame.installEventFilter(self)

    def eventFilter(self, _frame: object, event: object) -> bool:
        """Lay the buttons out anew when the width or a button's words are others."""
        if event.type() in (qt.QEvent.Resize, qt.QEvent.LayoutRequest):
            self._lay()
        return False

    def _lay(self) -> None:
        widths = [button.property("sizeHint").width() for button in self._buttons]
        counts = [count for count in range(len(widths), 0, -1) if len(widths) % count == 0]  # of columns, rows are full
        columns = next((each for each in counts if self._needed(widths, each) <= self._frame.width), 1)
        if (columns, widths) == self._laid:
            return
        self._laid = columns, widths
        self._frame.minimumWidth = self._needed(widths, 1)
        grid = self._frame.layout()
        for button in self._buttons:
            grid.removeWidget(button)
        for column in range(len(widths)):
            grid.setColumnStretch(column, max(widths[column::columns]) if column < columns else 0)
        for number, button in enumerate(self._buttons):
            grid.addWidget(button, number // columns, number % columns)

    def _needed(self, widths: list[int], columns: int) -> int:
        """Return how wide so many columns are, each as wide as its widest button."""
        gaps = (columns - 1) * self._frame.layout().property("horizontalSpacing")
        return sum(max(widths[column::columns]) for column in range(columns)) + gaps
