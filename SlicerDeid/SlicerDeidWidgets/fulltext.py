# SPDX-License-Identifier: Apache-2.0
"""Full text: sentences of panel and message boxes, and what narrow columns cut off, with the room they need.

Qt's layouts ask a wrapped label how high it is for a width, but not when they say how much room all of them need: a
panel of many then lays labels upon the tables beside them, or gives them room that the tables want. So a label here has
the height of its text, at every text and width. And Qt wraps between words only, so that one long word (a path, a
folder's name) makes the whole panel as wide as itself: here long words may wrap within. What is invisible in a name and
changes what it reads is written as letters, here and in whatever tables and log show.
"""

from __future__ import annotations

import html
import re

import qt
import slicer

_LEAST, _TEXT = "leastHeight", "wholeText"  # the properties in which a label keeps its least height and its text
_LONG_LETTERS, _PIECE_LETTERS = 24, 12  # a word that may wrap within, and how far apart: 24 wide letters are 270 pixels
_TIP = "<qt>"  # begins a tool tip that is HTML
_BREAK = "\u200b"  # the zero-width space of Unicode: a line may end there, nothing is seen
_LONG_WORD = re.compile(rf"\S{{{_LONG_LETTERS + 1},}}")
_PIECE = re.compile(rf"[^\W_]{{1,{_PIECE_LETTERS}}}[\W_]{{0,3}}|[\W_]{{1,{_PIECE_LETTERS}}}")


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
    label.setProperty(_TEXT, text or hint)
    label.text = wrappable(legible(text or hint))
    label.enabled = bool(text)
    policy = label.sizePolicy  # which every text sets anew
    policy.setHeightForWidth(False)
    label.sizePolicy = policy
    _fit(label)


def shownText(label: object) -> str:
    """Return what ``showText`` showed last in a label, hint or text."""
    return label.property(_TEXT) or ""


def legible(text: str) -> str:
    """Return a text as it is read: see ``SlicerDeidLib.model.legible``."""
    from SlicerDeidLib.model.legible import legible_text

    return legible_text(text)


def legibleName(name: str) -> str:
    """Return a name as it is read within a sentence or a row, as ``legible``."""
    from SlicerDeidLib.model.legible import legible_name

    return legible_name(name)


def wrappable(text: str) -> str:
    """Return a text whose long words may wrap, if they must, behind what is no letter, or every few letters."""
    return _LONG_WORD.sub(lambda word: _BREAK.join(_PIECE.findall(word.group())), text)


def tip(text: str) -> str:
    """Return a tool tip that wraps: Qt shows plain text on one line, and what looks like HTML as HTML."""
    lines = html.escape(wrappable(legible(text)), quote=False).replace("\n", "<br>")
    return f"{_TIP}{lines}</qt>" if text else ""


def isAgreed(question: str) -> bool:
    """Ask in a message box, in which long words wrap too and nothing is taken for HTML; say whether OK was pressed."""
    return slicer.util.confirmOkCancelDisplay(tip(question))


def wrapTips(ui: object) -> None:
    """Let the tool tips of the .ui wrap, and those of combo boxes say in full what is chosen, which may be cut off.

    Parameters
    ----------
    ui : object
        The widgets of the .ui by name.
    """
    for widget in vars(ui).values():
        if widget.className() == "QComboBox":
            _tellChoice(widget, widget.toolTip)
        elif not widget.toolTip.startswith(_TIP):
            widget.toolTip = tip(widget.toolTip)


def _tellChoice(combo: object, own: str) -> None:
    def tell() -> None:
        combo.toolTip = tip("\n".join(filter(None, [combo.currentText, own])))

    combo.connect("currentIndexChanged(int)", tell)
    tell()


def _fit(label: object) -> None:
    label.minimumHeight = label.property(_LEAST)  # or the label would say that it needs what it has
    if label.visible:  # only then its width is known
        label.setFixedHeight(max(label.minimumHeight, label.heightForWidth(label.width)))  # no text needs -1
