# SPDX-License-Identifier: Apache-2.0
"""SaveDialogWatch: says when Slicer's own dialog for saving opens, which puts a picture of the views into the file."""

from __future__ import annotations

from collections.abc import Callable

import qt

_DIALOG = "SaveDataDialog"  # in what Slicer 5.12 calls it: qSlicerSaveDataDialogPrivate
_LOOK_MS = 50  # quicker than a hand that opens the dialog and presses Save


class SaveDialogWatch:
    """Looks whether the dialog is open: nothing tells, and the picture is taken before the scene is written.

    Parameters
    ----------
    onOpen : callable
        Called when it is; then nothing is watched any more.
    """

    def __init__(self, onOpen: Callable[[], None]) -> None:
        self._onOpen = onOpen
        self._timer = qt.QTimer()
        self._timer.setInterval(_LOOK_MS)
        self._timer.connect("timeout()", self._look)

    def watch(self) -> None:
        """Call when the dialog is opened next."""
        self._timer.start()

    def close(self) -> None:
        """Watch nothing."""
        self._timer.stop()

    def _look(self) -> None:
        dialog = qt.QApplication.activeModalWidget()
        if dialog is not None and _DIALOG in dialog.className():
            self.close()
            self._onOpen()
