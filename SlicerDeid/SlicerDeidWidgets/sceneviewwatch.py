# SPDX-License-Identifier: Apache-2.0
"""SceneViewWatch: keeps an open preview out of the user's scene views, and says when one is restored.

Slicer 5.12 keeps a scene view as sequences of copies, one of every node that displays something or is a view, whether
it is saved with the scene or not, and often a picture of all views beside them. So what is the preview's is taken out
again as soon as a view was stored: else it would be saved, and come back as nodes of the user's own. Whatever layout
was shown, a picture that was taken meanwhile can show a head of the preview.
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
        Returns the number of the layout that the user had before the preview, and whether it goes into saved scenes.
    onRestore : callable
        Called before a scene view is restored that holds the whole scene (vtkMRMLSceneViewNode).
    """

    def __init__(
        self, ownIds: Callable[[], set[str]], usersLayout: Callable[[], tuple[int, bool]], onRestore: Callable[[], None]
    ) -> None:
        self._ownIds, self._usersLayout, self._onRestore = ownIds, usersLayout, onRestore
        self._tags: list[tuple[object, int]] = []
        self._clear: set[tuple[str, int]] = set()  # pictures that show nothing of the preview, by view and time

    def watch(self) -> None:
        """Look after scene views from now on."""
        self.close()
        scene, logic = slicer.mrmlScene, _logic()
        self._tags.append((scene, scene.AddObserver(scene.StartRestoreEvent, lambda *_: self._onRestore())))
        self._clear = {_key(*each) for each in _pictures().items()}
        if logic is not None:
            self._tags.append((logic, logic.AddObserver(logic.SceneViewsModifiedEvent, lambda *_: self._clean())))

    def close(self) -> None:
        """Look no longer; once more at pictures, for one can be taken anew without a word of Slicer's."""
        if self._tags:
            self._blank()
        tags, self._tags = self._tags, []
        for observed, tag in tags:
            observed.RemoveObserver(tag)

    def _clean(self) -> None:
        """Take the preview out of all scene views: its nodes, its layout, and pictures that were taken of it."""
        own = self._ownIds()
        for browser in _browsers():
            for sequence in _sequences(browser):
                proxy = browser.GetProxyNode(sequence)
                if proxy is not None and proxy.GetID() in own:
                    _remove(browser, sequence)
                    continue
                for item in range(sequence.GetNumberOfDataNodes()):
                    self._cleanStored(sequence.GetNthDataNode(item), own)
        self._blank()

    def _cleanStored(self, stored: object, own: set[str]) -> None:
        """Let a stored node show the user's layout, and none of the preview's volumes."""
        if stored.IsA("vtkMRMLLayoutNode") and stored.GetViewArrangement() == LAYOUT_ID:
            layout, isSaved = self._usersLayout()
            stored.SetViewArrangement(layout)
            stored.SetSaveWithScene(isSaved)
        for role in [stored.GetNthNodeReferenceRole(n) for n in range(stored.GetNumberOfNodeReferenceRoles())]:
            for number in reversed(range(stored.GetNumberOfNodeReferences(role))):
                if stored.GetNthNodeReferenceID(role, number) in own:
                    stored.RemoveNthNodeReferenceID(role, number)

    def _blank(self) -> None:
        """Make pictures black that were taken meanwhile; as large as before, for several sizes cannot be saved."""
        for number, picture in _pictures().items():
            if _key(number, picture) not in self._clear:
                black = vtk.vtkImageData()
                black.DeepCopy(picture)
                black.GetPointData().GetScalars().Fill(0)
                _logic().SetNthSceneViewScreenshot(number, black)
        self._clear = {_key(*each) for each in _pictures().items()}


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


def _pictures() -> dict[int, object]:
    """Return the pictures of scene views, by their numbers."""
    logic = _logic()
    numbers = range(0 if logic is None else logic.GetNumberOfSceneViews())
    found = {number: logic.GetNthSceneViewScreenshot(number) for number in numbers}
    return {number: picture for number, picture in found.items() if picture is not None}


def _key(number: int, picture: object) -> tuple[str, int]:
    """Return by what a picture is known again: the name of its view, and when it was taken."""
    return _logic().GetNthSceneViewName(number), picture.GetMTime()


def _remove(browser: object, sequence: object) -> None:
    """Forget a sequence, and take it out of the scene with its storage."""
    browser.RemoveSynchronizedSequenceNode(sequence.GetID())
    for node in (sequence.GetStorageNode(), sequence):
        if node is not None:
            slicer.mrmlScene.RemoveNode(node)
