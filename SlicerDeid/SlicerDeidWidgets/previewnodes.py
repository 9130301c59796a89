# SPDX-License-Identifier: Apache-2.0
"""PreviewNodes: original, result, mask, both heads and drawn boxes in the scene, for as long as a preview is open.

Their names say nothing of the patient; they have no storage node and no attribute, are not saved with the scene, lie in
one folder of the subject hierarchy, and go away again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _

from SlicerDeidWidgets.previewarrays import REPLACED, TEXT, imageOf
from SlicerDeidWidgets.savingwatch import SavingWatch

_SKIN_COLOR = (0.87, 0.72, 0.62)
_BOX_COLOR, _BOX_FILL = (1.0, 0.85, 0.1), 0.15  # as text in the mask; opacity
_COLORS = {REPLACED: (0.93, 0.26, 0.21), TEXT: (1.0, 0.85, 0.1)}
WINDOWS = {"soft": (400.0, 40.0), "brain": (80.0, 40.0), "bone": (2000.0, 500.0), "air": (1400.0, -300.0)}  # HU


class PreviewNodes:
    """The nodes of one preview."""

    def __init__(self) -> None:
        self._nodes: dict[str, object] = {}
        self._folder = 0
        self._saving = SavingWatch(self.leaveHierarchy, self.joinHierarchy)
        self._isSyncing = False

    def get(self, name: str) -> object | None:
        """Return a node by its role: ``"before"``, ``"after"``, ``"mask"``, ``"head before"``, ``"head after"``."""
        return self._nodes.get(name)

    def ids(self) -> set[str]:
        """Return the IDs of all nodes and of what displays them."""
        return {each.GetID() for node in self._nodes.values() for each in [node, *_displays(node)]}

    def showVolume(self, role: str, values: np.ndarray, ijkToRas: np.ndarray, window: tuple[float, float]) -> None:
        """Show the original (``"before"``) or the result (``"after"``)."""
        name = {"before": _("Preview: original"), "after": _("Preview: result")}[role]
        node = self._nodes.get(role) or self._volumeNode(role, "vtkMRMLScalarVolumeNode", name, ijkToRas)
        display = node.GetDisplayNode()
        if node.GetImageData() is None:  # the window is set first, or Slicer looks through the whole image for one
            display.SetAutoWindowLevel(False)
            display.SetWindowLevel(*window)
            display.AddObserver(vtk.vtkCommand.ModifiedEvent, self._syncWindows)
        node.SetAndObserveImageData(imageOf(values))

    def showMask(self, labels: np.ndarray, ijkToRas: np.ndarray) -> None:
        """Show what was replaced and where text was found."""
        node = self._nodes.get("mask")
        if node is None:
            name = _("Preview: what was replaced")
            node = self._volumeNode("mask", "vtkMRMLLabelMapVolumeNode", name, ijkToRas)
            node.GetDisplayNode().SetAndObserveColorNodeID(self._colors().GetID())
        node.SetAndObserveImageData(imageOf(labels))

    def showHead(self, role: str, surface: object, viewNode: object | None) -> None:
        """Show a head's surface (vtkPolyData), ``"head before"`` or ``"head after"``, in one 3-D view only."""
        node = self._nodes.get(role)
        if node is None:
            name = {"head before": _("Preview: head"), "head after": _("Preview: defaced head")}[role]
            node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", name)
            node.CreateDefaultDisplayNodes()
            display = node.GetDisplayNode()
            display.SetColor(*_SKIN_COLOR)
            display.SetVisibility2D(False)
            if viewNode is not None:
                display.AddViewNodeID(viewNode.GetID())
            self._own(role, node)
        node.SetAndObservePolyData(surface)

    def addBox(
        self, role: str, center: np.ndarray, axes: np.ndarray, size: np.ndarray, viewIds: Sequence[str]
    ) -> object:
        """Show a box that can be dragged, in some views only; its place as ``boxOf`` returns it."""
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = axes, center
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsROINode", _("Preview: box"))
        node.SetAndObserveObjectToNodeMatrix(slicer.util.vtkMatrixFromArray(matrix))
        node.SetSize(*size)
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        for viewId in viewIds:
            display.AddViewNodeID(viewId)
        display.SetSelectedColor(*_BOX_COLOR)
        display.SetColor(*_BOX_COLOR)
        display.SetFillOpacity(_BOX_FILL)
        display.SetPropertiesLabelVisibility(False)
        display.SetHandlesInteractive(True)
        display.SetRotationHandleVisibility(False)  # a box of pixels lies as they do
        self._own(role, node)
        return node

    def boxOf(self, role: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return a box: its center (RAS, mm), its directions as columns, and its size along these (mm)."""
        node = self._nodes[role]
        matrix = slicer.util.arrayFromVTKMatrix(node.GetObjectToWorldMatrix())
        return matrix[:3, 3], matrix[:3, :3], np.array(node.GetSize())

    def isThere(self, role: str) -> bool:
        """Say whether a node is still in the scene, from which the user may delete it, and has a place."""
        node = self._nodes[role]
        return bool(slicer.mrmlScene.IsNodePresent(node)) and node.GetNumberOfControlPoints() > 0

    def removeBox(self, role: str) -> None:
        """Take a box out of the scene."""
        node = self._nodes.pop(role)
        hierarchy = _hierarchy()
        item = hierarchy.GetItemByDataNode(node) if self._folder and hierarchy is not None else 0
        if item:
            hierarchy.RemoveItem(item, False, False)  # first: it would stay, and stand for the next node at its address
        if slicer.mrmlScene.IsNodePresent(node):
            _remove(node)

    def sphere(self, role: str) -> tuple[np.ndarray, float]:
        """Return middle (RAS, mm) and radius of a head's surface."""
        bounds = np.zeros(6)
        self._nodes[role].GetRASBounds(bounds)
        low, high = bounds[::2], bounds[1::2]
        return (low + high) / 2, float(np.linalg.norm(high - low)) / 2

    def setWindow(self, window: tuple[float, float]) -> None:
        """Show both volumes with a window and level."""
        node = self._nodes.get("before")
        if node is not None:
            node.GetDisplayNode().SetWindowLevel(*window)

    def leaveHierarchy(self) -> None:
        """Take the items out of the subject hierarchy, which saves all it has, of nodes that are not saved too.

        Only our own: what the user put under them moves up to where the folder was, wherever he put ours himself.
        """
        self._saving.close()
        hierarchy, (folder, self._folder) = _hierarchy(), (self._folder, 0)
        if not folder or hierarchy is None:
            return
        there = vtk.vtkIdList()
        hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), there, True)
        for item in [*(hierarchy.GetItemByDataNode(node) for node in self._nodes.values()), folder]:
            if there.IsId(item) >= 0:  # the user may have taken it away
                hierarchy.RemoveItem(item, False, False)  # the nodes stay, and what lies under the item
        for view in slicer.util.getNodesByClass("vtkMRMLSceneViewNode"):
            _leave(view)

    def joinHierarchy(self) -> None:
        """Put the nodes into a folder of the subject hierarchy."""
        for node in self._nodes.values():
            self._file(node)

    def remove(self) -> None:
        """Take all nodes out of the scene."""
        self.leaveHierarchy()  # first: an item whose node is gone would stay
        nodes, self._nodes = self._nodes, {}
        for node in reversed(list(nodes.values())):
            _remove(node)

    def _volumeNode(self, role: str, nodeClass: str, name: str, ijkToRas: np.ndarray) -> object:
        """Add a volume node that holds no image yet."""
        node = slicer.mrmlScene.AddNewNodeByClass(nodeClass, name)
        node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(ijkToRas))
        node.CreateDefaultDisplayNodes()
        self._own(role, node)
        return node

    def _own(self, role: str, node: object) -> None:
        """Take a node over."""
        self._nodes[role] = node
        for each in [node, *_displays(node)]:
            each.SetSaveWithScene(False)
            each.SetUndoEnabled(False)
        self._file(node)

    def _file(self, node: object) -> None:
        """Put a node into the folder."""
        hierarchy = _hierarchy()
        if hierarchy is None or node.IsA("vtkMRMLColorNode"):
            return
        if not self._folder:
            self._folder = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), _("De-identification preview"))
            self._saving.watch(hierarchy)
        item = hierarchy.GetItemByDataNode(node)
        if item:
            hierarchy.SetItemParent(item, self._folder)
        else:
            hierarchy.CreateItem(self._folder, node)

    def _colors(self) -> object:
        """Return the mask's colours."""
        node = self._nodes.get("colors")
        if node is None:
            node = slicer.vtkMRMLColorTableNode()
            node.SetName(_("Preview: colours"))
            node.SetTypeToUser()
            node.SetHideFromEditors(True)
            node.SetNumberOfColors(TEXT + 1)
            node.SetColor(0, _("nothing"), 0.0, 0.0, 0.0, 0.0)
            node.SetColor(REPLACED, _("replaced by air"), *_COLORS[REPLACED], 1.0)
            node.SetColor(TEXT, _("text"), *_COLORS[TEXT], 1.0)
            slicer.mrmlScene.AddNode(node)
            self._own("colors", node)
        return node

    def _syncWindows(self, caller: object, _event: str) -> None:
        """Give the other volume the window that the user gave one of them."""
        nodes = [self._nodes[role] for role in ("before", "after") if role in self._nodes]
        if self._isSyncing:
            return
        self._isSyncing = True
        for display in (node.GetDisplayNode() for node in nodes):
            if display is not caller:
                display.SetWindowLevel(caller.GetWindow(), caller.GetLevel())
        self._isSyncing = False


def _leave(view: object) -> None:
    """Take the preview's folder out of a scene view: nothing tells when one is stored, which copies the hierarchy."""
    stored = view.GetStoredScene()
    hierarchy = None if stored is None else stored.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
    folder = 0 if hierarchy is None else hierarchy.GetItemByName(_("De-identification preview"))
    if not folder:
        return
    inside = vtk.vtkIdList()
    hierarchy.GetItemChildren(folder, inside, False)
    ours = [inside.GetId(n) for n in range(inside.GetNumberOfIds())]
    for item in [*(item for item in ours if hierarchy.GetItemDataNode(item) is None), folder]:
        hierarchy.RemoveItem(item, False, False)


def _remove(node: object) -> None:
    """Take a node out of the scene with what displays it."""
    for display in _displays(node):
        slicer.mrmlScene.RemoveNode(display)
    slicer.mrmlScene.RemoveNode(node)


def _displays(node: object) -> list[object]:
    if not node.IsA("vtkMRMLDisplayableNode"):
        return []
    found = (node.GetNthDisplayNode(n) for n in range(node.GetNumberOfDisplayNodes()))
    return [display for display in found if display is not None]


def _hierarchy() -> object | None:
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
