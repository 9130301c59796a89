# SPDX-License-Identifier: Apache-2.0
"""SceneSection: the panel's section for what is open in Slicer: a loaded volume, and the scene that shall be shared."""

from __future__ import annotations

from collections.abc import Callable

from SlicerDeidWidgets import volumes
from SlicerDeidWidgets.loadedview import LoadedView
from SlicerDeidWidgets.sceneview import SceneView


class SceneSection:
    """Holds the two.

    Parameters
    ----------
    ui : object
        The widgets of the .ui by name.
    canRun : callable
        Says whether the library can be used.
    closePreview : callable
        Called before something else is put into Slicer's views.
    """

    def __init__(self, ui: object, canRun: Callable[[], bool], closePreview: Callable[[], None]) -> None:
        self.loaded = LoadedView(ui, canRun, closePreview)
        self.scene = SceneView(ui, canRun, volumes.ownNames())

    def forget(self) -> None:
        """Show nothing of a scene that is closed."""
        self.loaded.forget()
        self.scene.forget()

    def close(self) -> None:
        """Stop for good."""
        self.loaded.close()
