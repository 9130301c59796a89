# SPDX-License-Identifier: Apache-2.0
"""SceneViewWatch: keeps an open preview out of the user's scene views, and says when one is restored.

Slicer 5.12 keeps a scene view as sequences of copies, one of every node that displays something or is a view, whether
it is saved with the scene or not, and often a picture of all views beside them. So what is the preview's is taken out
again as soon as a view was stored: else it would be saved, and come back as nodes of the user's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import slicer
import vtk

from SlicerDeidWidgets.previewlayout import LAYOUT_ID


class SceneViewWatch:
    """Watches Slicer's scene views while a preview is open.

    Parameters
    ----------
    ownIds : callable
        Returns the IDs of the preview's nodes and of their display nodes and views.
    usersLayout : callable
        Returns the number of the layout that the user had before the preview.
    onRestore : callable
        Called before a scene view is restored that holds the whole scene (vtkMRMLSceneViewNode).
    """

    def __init__(
        self, ownIds: Callable[[], set[str]], usersLayout: Callable[[], int], onRestore: Callable[[], None]
    ) -> None:
        self._ownIds, self._usersLayout, self._onRestore = ownIds, usersLayout, onRestore
        self._tags: list[tuple[object, int]] = []

    def watch(self) -> None:
        """Look after scene views from now on."""
        self.close()
        scene, logic = slicer.mrmlScene, _logic()
        self._tags.append((scene, scene.AddObserver(scene.StartRestoreEvent, lambda *_: self._onRestore())))
        if logic is not None:
            self._tags.append((logic, logic.AddObserver(logic.SceneViewsModifiedEvent, lambda *_: self._clean())))

    def close(self) -> None:
        """Look no longer."""
        tags, self._tags = self._tags, []
        for observed, tag in tags:
            observed.RemoveObserver(tag)

    def _clean(self) -> None:
        """Take the preview out of all scene views: its nodes, its layout, and pictures that were taken of it."""
        own, first = self._ownIds(), 0
        for browser in _browsers():
            for sequence in _sequences(browser):
                proxy = browser.GetProxyNode(sequence)
                if proxy is not None and proxy.GetID() in own:
                    _remove(browser, sequence)
                elif proxy is not None and proxy.IsA("vtkMRMLLayoutNode"):
                    self._showUsersLayout(browser, sequence, first)
            first += browser.GetNumberOfItems()

    def _showUsersLayout(self, browser: object, sequence: object, first: int) -> None:
        """Let views that were stored with the preview's layout show the user's, without a picture of the preview.

        Parameters
        ----------
        first : int
            The number of the browser's first scene view.
        """
        for item in range(browser.GetNumberOfItems()):
            stored = sequence.GetDataNodeAtValue(browser.GetMasterSequenceNode().GetNthIndexValue(item))
            if stored is not None and stored.GetViewArrangement() == LAYOUT_ID:
                stored.SetViewArrangement(self._usersLayout())
                stored.SetSaveWithScene(True)
                _blank(first + item)


def _logic() -> object | None:
    """Return the logic of Slicer's module Scene Views; None where the module is turned off."""
    module = getattr(slicer.modules, "sceneviews", None)
    return None if module is None else module.logic()


def _browsers() -> Iterator[object]:
    for browser in slicer.util.getNodesByClass("vtkMRMLSequenceBrowserNode"):
        if _logic().IsSceneViewNode(browser) and browser.GetMasterSequenceNode() is not None:
            yield browser


def _sequences(browser: object) -> list[object]:
    found = vtk.vtkCollection()
    browser.GetSynchronizedSequenceNodes(found, True)
    return [found.GetItemAsObject(number) for number in range(found.GetNumberOfItems())]


def _blank(number: int) -> None:
    """Make a scene view's picture black; as large as it was, for pictures of several sizes cannot be saved."""
    picture, black = _logic().GetNthSceneViewScreenshot(number), vtk.vtkImageData()
    if picture is not None:
        black.DeepCopy(picture)
        black.GetPointData().GetScalars().Fill(0)
        _logic().SetNthSceneViewScreenshot(number, black)


def _remove(browser: object, sequence: object) -> None:
    """Forget a sequence, and take it out of the scene with its storage."""
    browser.RemoveSynchronizedSequenceNode(sequence.GetID())
    for node in (sequence.GetStorageNode(), sequence):
        if node is not None:
            slicer.mrmlScene.RemoveNode(node)
