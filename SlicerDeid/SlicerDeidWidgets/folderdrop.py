# SPDX-License-Identifier: Apache-2.0
"""FolderDrop: folders and lists can be dropped onto the panel from the system's file browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import qt

if TYPE_CHECKING:
    from SlicerDeidWidgets.optionsform import OptionsForm


class FolderDrop(qt.QObject):
    """Takes what is dropped onto a widget.

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
        widget.acceptDrops = True
        widget.installEventFilter(self)

    def eventFilter(self, watched: object, event: object) -> bool:
        """Accept files and folders; all else is the widget's."""
        if event.type() not in (qt.QEvent.DragEnter, qt.QEvent.Drop) or not event.mimeData().hasUrls():
            return False
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if not paths:
            return False
        if event.type() == qt.QEvent.Drop:
            for path in paths:
                self._form.take(path)
        event.acceptProposedAction()
        return True
