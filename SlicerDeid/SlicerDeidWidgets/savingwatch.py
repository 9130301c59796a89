# SPDX-License-Identifier: Apache-2.0
"""SavingWatch: says when the user saves the scene.

The scene itself does not: it has an event for that (``StartSaveEvent``), which nothing in Slicer 5.12 invokes. So the
dialog is looked for in which a user saves. What a script saves is not seen.
"""

from __future__ import annotations

from collections.abc import Callable

import qt
import slicer

_DIALOG = "qSlicerSaveDataDialog"
_LOOK_MS = 200  # whether the dialog is gone


class SavingWatch:
    """Looks for Slicer's dialog whenever another field gets the keys.

    Parameters
    ----------
    onBegin, onEnd : callable
        Called when the dialog opens, before anything is saved, and when it is gone.
    """

    def __init__(self, onBegin: Callable[[], None], onEnd: Callable[[], None]) -> None:
        self._onBegin, self._onEnd = onBegin, onEnd
        self._gone = qt.QTimer()
        self._gone.setInterval(_LOOK_MS)
        self._gone.connect("timeout()", self._lookWhetherGone)
        slicer.app.connect("focusChanged(QWidget*,QWidget*)", self._look)

    def close(self) -> None:
        """Look no more."""
        self._gone.stop()
        slicer.app.disconnect("focusChanged(QWidget*,QWidget*)", self._look)

    def _look(self, *_widgets: object) -> None:
        dialog = qt.QApplication.activeModalWidget()
        if dialog is not None and dialog.className() == _DIALOG and not self._gone.active:
            self._gone.start()
            self._onBegin()

    def _lookWhetherGone(self) -> None:
        """Wait until no dialog is open: a question on top of the dialog is one too."""
        if qt.QApplication.activeModalWidget() is None:
            self._gone.stop()
            self._onEnd()
