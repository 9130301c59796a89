# SPDX-License-Identifier: Apache-2.0
"""SceneSection: the panel's section for what is open in Slicer: a loaded volume, and the scene that shall be shared."""

from __future__ import annotations

from collections.abc import Callable

from SlicerDeidWidgets import volumes
from SlicerDeidWidgets.loadedview import LoadedView
from SlicerDeidWidgets.sceneview import SceneView

_SCENE = 1  # the place of the page of the scene
_SHARE = 3  # as the .ui gives the sections with tables; the log's is 1


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
        self._ui = ui
        ui.sceneTabs.connect("currentChanged(int)", self._share)
        self._share()

    def forget(self) -> None:
        """Show nothing of a scene that is closed."""
        self.loaded.forget()
        self.scene.forget()

    def _share(self, _index: int = 0) -> None:
        """Give the section the room that its page can use: to the page with the list more than it needs."""
        policy = self._ui.sceneSection.sizePolicy
        policy.setVerticalStretch(_SHARE if self._ui.sceneTabs.currentIndex == _SCENE else 0)
        self._ui.sceneSection.sizePolicy = policy

    def close(self) -> None:
        """Stop for good."""
        self.loaded.close()
