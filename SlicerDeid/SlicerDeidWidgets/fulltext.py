# SPDX-License-Identifier: Apache-2.0
"""Full text: sentences of the panel, and what a narrow column or a small picture cuts off, with the room they need.

Qt's layouts ask a wrapped label how high it is for a width, but not when they say how much room all of them need: a
panel of many then lays labels upon the tables beside them, or gives them room that the tables want. So a label here has
the height of its text, at every text and width.
"""

from __future__ import annotations

import qt

_LEAST = "leastHeight"  # the property in which a label keeps its least height


class _Widths(qt.QObject):
    """Follows the widths of labels."""

    def eventFilter(self, label: object, event: object) -> bool:
        """Make a label as high as its new width asks for."""
        if event.type() in (qt.QEvent.Resize, qt.QEvent.Show):
            _fit(label)
        return False


_widths: list[_Widths] = []  # made with the first label: not at import, when there may be no application


def showText(label: object, text: str, hint: str = "", least: int | None = None) -> None:
    """Show a text in a label that wraps, and make it as high as that needs, never less than the .ui says.

    Parameters
    ----------
    hint : str
        What stands there, greyed, while there is no text.
    least : int, optional
        Its height in pixels where the text needs less; None: what the .ui says.
    """
    if label.property(_LEAST) is None:
        label.setProperty(_LEAST, label.minimumHeight)
        if not _widths:
            _widths.append(_Widths())
        label.installEventFilter(_widths[0])
        label.textFormat = qt.Qt.PlainText  # or a value that a scene brings could hide what stands beside it
    if least is not None:
        label.setProperty(_LEAST, least)
    label.text = text or hint
    label.enabled = bool(text)
    policy = label.sizePolicy  # which every text sets anew
    policy.setHeightForWidth(False)
    label.sizePolicy = policy
    _fit(label)


def _fit(label: object) -> None:
    label.minimumHeight = label.property(_LEAST)  # or the label would say that it needs what it has
    if label.visible:  # only then its width is known
        label.setFixedHeight(max(label.minimumHeight, label.heightForWidth(label.width)))  # no text needs -1
