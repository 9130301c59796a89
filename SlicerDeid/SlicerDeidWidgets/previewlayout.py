# SPDX-License-Identifier: Apache-2.0
"""PreviewLayout: original above, result below, in views of their own; the user's views are not touched."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import qt
import slicer

LAYOUT_ID = 8606  # free in Slicer's vtkMRMLLayoutNode (below 1000) and in the extensions that were looked at
VIEW_GROUP = 8606  # linked among themselves, not with the user's views
_OF_ALL = ("vtkMRMLSubjectHierarchyNode", "vtkMRMLColorNode")  # the scene's: made when somebody first asks for them
_COLORS = {"Axial": (0.953, 0.290, 0.200), "Sagittal": (0.929, 0.835, 0.298)}  # Slicer's own
_ORIENTATIONS = tuple(_COLORS)
_ROWS = ("Before", "After")
_HEAD = "Head"
_CLASSES = {**dict.fromkeys(_ORIENTATIONS, "vtkMRMLSliceNode"), _HEAD: "vtkMRMLViewNode"}
_MAKING_MS = 10  # ms between two views that are made
_DISTANCE = 3.0  # radii of a head from which its camera looks


class PreviewLayout:
    """Shows the preview's views, and the user's own again.

    Parameters
    ----------
    onReady : callable
        Called when all views that were asked for are there.
    onTaken : callable
        Called when the preview of another panel needs the views, which are found by their names: this one is closed.
    """

    _holder: ClassVar[PreviewLayout | None] = None  # who has the views

    def __init__(self, onReady: Callable[[], None], onTaken: Callable[[], None]) -> None:
        self._onReady, self._onTaken = onReady, onTaken
        self._own: list[str] = []
        self._usersLayout: int | None = None
        self._isSaved = True  # whether the user's layout goes into a scene that is saved
        self._making = qt.QTimer()
        self._making.setInterval(_MAKING_MS)
        self._making.connect("timeout()", self._makeNext)

    @property
    def isShown(self) -> bool:
        """Whether the preview's views are there; never without a main window."""
        return self._usersLayout is not None

    @property
    def isReady(self) -> bool:
        """Whether the views can be shown: all are there, or there is no main window."""
        return _layoutNode() is None or self.isShown or not _missing()

    @property
    def usersLayout(self) -> tuple[int, bool]:
        """The number of the layout that the user had, and whether it is saved; the usual where no other is known."""
        return self._usersLayout or slicer.vtkMRMLLayoutNode.SlicerLayoutInitialView, self._isSaved

    def ids(self) -> set[str]:
        """Return the IDs of the views' nodes."""
        return set(self._own)

    def prepare(self) -> None:
        """Make the views one by one while the images are read: each takes long, and Slicer stays usable between.

        Those of another panel's preview are given back first.
        """
        if PreviewLayout._holder not in (None, self):
            PreviewLayout._holder._onTaken()
        PreviewLayout._holder = self
        if not self.isReady:
            self._making.start()

    def show(self) -> None:
        """Show the views, which are all there."""
        layout = _layoutNode()
        if layout is None or self.isShown:
            return
        known = _nodeIds()
        self._usersLayout, self._isSaved = layout.GetViewArrangement(), bool(layout.GetSaveWithScene())
        if not layout.IsLayoutDescription(LAYOUT_ID):
            layout.AddLayoutDescription(LAYOUT_ID, description())
        layout.SetViewArrangement(LAYOUT_ID)
        layout.SetSaveWithScene(False)  # a scene that is saved now must not ask for views that others do not have
        for node in self._sliceNodes():
            composite = _sliceLogic(node).GetSliceCompositeNode()
            composite.SetLinkedControl(True)
            composite.SetHotLinkedControl(True)
        self._take(known)

    def restore(self) -> None:
        """Take the preview's views away; the user's come back, unless they chose a layout meanwhile."""
        self._making.stop()
        if self.isShown:
            layout = _layoutNode()
            if layout.GetViewArrangement() == LAYOUT_ID:
                layout.SetViewArrangement(self._usersLayout)
            layout.SetSaveWithScene(self._isSaved)
            self._usersLayout = None
        for each in reversed(self._own):
            node = slicer.mrmlScene.GetNodeByID(each)
            if node is not None:
                slicer.mrmlScene.RemoveNode(node)
        self._own = []
        if PreviewLayout._holder is self:
            PreviewLayout._holder = None

    def fill(
        self,
        before: object | None,
        after: object | None,
        mask: object | None,
        *,
        place: np.ndarray | None,
        isFitted: bool,
    ) -> None:
        """Show the volume nodes, the mask over the original.

        Parameters
        ----------
        place : (3,) float, optional
            RAS mm where all slices are put; None leaves them where they are.
        isFitted : bool
            Whether the views are fitted to the images first.
        """
        if not self.isShown:
            return
        known = _nodeIds()
        if isFitted:
            self.fit(before or after)
        for row, volume, label in (("Before", before, mask), ("After", after, None)):
            for orientation in _ORIENTATIONS:
                node = self._sliceNode(row, orientation)
                composite = _sliceLogic(node).GetSliceCompositeNode()
                composite.SetBackgroundVolumeID(volume.GetID() if volume is not None else None)
                composite.SetLabelVolumeID(label.GetID() if label is not None else None)
                if place is not None:
                    node.JumpSliceByOffsetting(*place)
        self._take(known)

    def fit(self, volume: object) -> None:
        """Fit all slice views to a volume, whether they show it yet or not: both rows alike."""
        for node in self._sliceNodes():
            width, height, _depth = node.GetDimensions()
            _sliceLogic(node).FitSliceToVolume(volume, width, height)

    def showMask(self, isOutline: bool, opacity: float) -> None:
        """Show the mask as outline or as overlay, or not at all."""
        if not self.isShown:
            return
        for node in self._sliceNodes():
            node.SetUseLabelOutline(isOutline)
            _sliceLogic(node).GetSliceCompositeNode().SetLabelOpacity(opacity)

    def lookAt(self, center: np.ndarray, radius: float) -> None:
        """Look at both heads from the front, a little from the side."""
        if not self.isShown:
            return
        known = _nodeIds()
        cameras = slicer.modules.cameras.logic()
        for row in _ROWS:
            camera = cameras.GetViewActiveCameraNode(self.headNode(row))
            if camera is None:
                continue
            direction = np.array([0.55, 0.82, 0.14])  # RAS: from the front, left and above
            camera.SetFocalPoint(*center)
            camera.SetPosition(*(center + _DISTANCE * radius * direction))
            camera.SetViewUp(0.0, 0.0, 1.0)
            camera.ResetClippingRange()
        self._take(known)

    def headNode(self, row: str) -> object | None:
        """Return the 3-D view node of ``"Before"`` or ``"After"``; None without views."""
        return _viewNode(row, _HEAD) if self.isShown else None

    def sliceIds(self, row: str) -> list[str]:
        """Return the IDs of the slice views of ``"Before"`` or ``"After"``; none without views."""
        return [self._sliceNode(row, each).GetID() for each in _ORIENTATIONS] if self.isShown else []

    def plane(self, row: str) -> np.ndarray | None:
        """Return SliceToRAS of the axial view of ``"Before"`` or ``"After"``, (4, 4), mm; None without views."""
        if not self.isShown:
            return None
        return slicer.util.arrayFromVTKMatrix(self._sliceNode(row, "Axial").GetSliceToRAS())

    def _makeNext(self) -> None:
        """Make one view that is not there yet; the timer stops when all are there."""
        missing = _missing()
        if not missing:
            self._making.stop()
            self._onReady()
            return
        row, kind = missing[0]
        known = _nodeIds()
        node = slicer.mrmlScene.CreateNodeByClass(_CLASSES[kind])
        node.UnRegister(None)
        node.SetLayoutName(_tag(row, kind))
        node.SetName(_tag(row, kind))
        node.SetLayoutLabel(row)
        node.SetViewGroup(VIEW_GROUP)
        if kind == _HEAD:
            node.SetBoxVisible(False)
            node.SetAxisLabelsVisible(False)
            node.SetLinkedControl(True)
        else:
            node.SetLayoutColor(*_COLORS[kind])
        slicer.mrmlScene.AddNode(node)
        if kind != _HEAD:
            node.SetOrientation(kind)
        self._take(known)

    def _sliceNode(self, row: str, orientation: str) -> object:
        return _viewNode(row, orientation)

    def _sliceNodes(self) -> list[object]:
        return [self._sliceNode(row, orientation) for row in _ROWS for orientation in _ORIENTATIONS]

    def _take(self, known: set[str]) -> None:
        """Own what Slicer made for the views (composites, cameras): it is removed again and never saved."""
        for each in sorted(_nodeIds() - known):
            node = slicer.mrmlScene.GetNodeByID(each)
            if not any(map(node.IsA, _OF_ALL)):
                node.SetSaveWithScene(False)
                self._own.append(each)


def description() -> str:
    """Return the layout in the words of vtkMRMLLayoutNode."""
    rows = []
    for row in _ROWS:
        views = (
            f'<view class="{viewClass}" singletontag="{_tag(row, kind)}"/>' for kind, viewClass in _CLASSES.items()
        )
        items = "".join(f"<item>{view}</item>" for view in views)
        rows.append(f'<item><layout type="horizontal">{items}</layout></item>')
    return f'<layout type="vertical">{"".join(rows)}</layout>'


def _tag(row: str, kind: str) -> str:
    return f"Deid{row}{kind}"


def _missing() -> list[tuple[str, str]]:
    return [(row, kind) for row in _ROWS for kind in _CLASSES if _viewNode(row, kind) is None]


def _viewNode(row: str, kind: str) -> object | None:
    return slicer.mrmlScene.GetSingletonNode(_tag(row, kind), _CLASSES[kind])


def _layoutNode() -> object | None:
    if slicer.app.layoutManager() is None:
        return None
    return slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLLayoutNode")  # its logic knows none while a scene is restored


def _sliceLogic(node: object) -> object:
    return slicer.app.applicationLogic().GetSliceLogic(node)


def _nodeIds() -> set[str]:
    scene = slicer.mrmlScene
    return {scene.GetNthNode(n).GetID() for n in range(scene.GetNumberOfNodes())}
