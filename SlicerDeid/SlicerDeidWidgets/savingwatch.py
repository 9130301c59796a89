# SPDX-License-Identifier: Apache-2.0
"""SavingWatch: says when the scene is saved, by its user or by a script, as a file or as a bundle.

The scene itself does not: it has an event for that (``StartSaveEvent``), which nothing in Slicer 5.12 invokes. But the
subject hierarchy notes its version in an attribute whenever it is written, just before it writes its items. So the
attribute is taken away, and when it is there again the scene is being saved.
"""

from __future__ import annotations

from collections.abc import Callable

import qt
import vtk

_VERSION = "SubjectHierarchyVersion"  # the attribute; a hierarchy that was never saved has none


class SavingWatch:
    """Watches one subject hierarchy at a time.

    Parameters
    ----------
    onBegin, onEnd : callable
        Called before the items are written, and when the scene is saved; then nothing is watched any more.
    """

    def __init__(self, onBegin: Callable[[], None], onEnd: Callable[[], None]) -> None:
        self._onBegin, self._onEnd = onBegin, onEnd
        self._hierarchy: object | None = None
        self._tag = 0

    def watch(self, hierarchy: object) -> None:
        """Call when this hierarchy (vtkMRMLSubjectHierarchyNode) is saved next."""
        self.close()
        hierarchy.RemoveAttribute(_VERSION)
        self._hierarchy, self._tag = hierarchy, hierarchy.AddObserver(vtk.vtkCommand.ModifiedEvent, self._look)

    def close(self) -> None:
        """Watch nothing."""
        hierarchy, self._hierarchy = self._hierarchy, None
        if hierarchy is not None:
            hierarchy.RemoveObserver(self._tag)

    def _look(self, hierarchy: object, _event: str) -> None:
        if hierarchy.GetAttribute(_VERSION):
            self.close()
            self._onBegin()
            qt.QTimer.singleShot(0, self._onEnd)
