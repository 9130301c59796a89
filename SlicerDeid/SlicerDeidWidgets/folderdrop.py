# SPDX-License-Identifier: Apache-2.0
"""FolderDrop: folders and lists can be dropped onto the panel, or onto a path, from the system's file browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qt
import slicer

if TYPE_CHECKING:
    from SlicerDeidWidgets.optionsform import OptionsForm


class FolderDrop(qt.QObject):
    """Takes what is dropped onto a widget, or onto one of the form's paths, which it replaces.

    Parameters
    ----------
    widget : qt.QWidget
        The panel.
    form : OptionsForm
        Where the paths go.
    """

    def __init__(self, widget: object, form: OptionsForm) -> None:
        qt.QObject.__init__(self)
        self._form = form
        for line in form.pathLines.values():
            for inner in slicer.util.findChildren(line, className="QLineEdit"):
                inner.acceptDrops = False  # or it would put the address amid its text
        for each in (widget, *form.pathLines.values()):
            each.acceptDrops = True
            each.installEventFilter(self)

    def eventFilter(self, watched: object, event: object) -> bool:
        """Accept files and folders while paths can be chosen; all else is the widget's."""
        if event.type() not in (qt.QEvent.DragEnter, qt.QEvent.Drop) or not event.mimeData().hasUrls():
            return False
        if not self._form.isEnabled:  # Qt asks the panel for what it keeps from a disabled section
            return False
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if not paths:
            return False
        names = [name for name, line in self._form.pathLines.items() if line == watched]
        if event.type() == qt.QEvent.Drop and not self._form.take(paths, names[0] if names else ""):
            event.ignore()
        else:
            event.acceptProposedAction()
        return True
