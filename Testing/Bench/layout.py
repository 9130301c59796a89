# SPDX-License-Identifier: Apache-2.0
"""Double of the layout manager: the real vtkMRMLLayoutLogic makes the view nodes, offscreen windows are the widgets.

As in Slicer a view node gets its window as soon as it is in the scene, and loses it when it is removed.
"""

from __future__ import annotations

import types
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import vtk

from Bench.views import HeadWindow, SliceWindow

_GAP_PX = 4


class LayoutManager:
    """What ``slicer.app.layoutManager()`` returns."""

    def __init__(self, slicer: types.ModuleType) -> None:
        self._slicer = slicer
        self._windows: dict[str, Any] = {}
        cameras = slicer.vtkSlicerCamerasModuleLogic()
        cameras.SetMRMLScene(slicer.mrmlScene)
        slicer.modules.cameras = types.SimpleNamespace(logic=lambda: cameras)
        self._links = [slicer.vtkMRMLSliceLinkLogic(), slicer.vtkMRMLViewLinkLogic()]
        for link in self._links:
            link.SetMRMLApplicationLogic(slicer.app.applicationLogic())
            link.SetMRMLScene(slicer.mrmlScene)
        scene = slicer.mrmlScene
        scene.AddObserver(scene.NodeAddedEvent, self._added)
        scene.AddObserver(scene.NodeRemovedEvent, self._removed)
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._logic.SetMRMLScene(scene)

    def layoutLogic(self) -> Any:
        """Return the logic, with the layout node."""
        return self._logic

    def mrmlSliceLogics(self) -> Any:
        """Return the logics of the slice views."""
        return self._slicer.app.applicationLogic().GetSliceLogics()

    @property
    def layout(self) -> int:
        """The number of the layout that is shown."""
        return self._logic.GetLayoutNode().GetViewArrangement()

    def window(self, tag: str) -> Any:
        """Return the window of a view."""
        return self._windows[tag]

    def picture(self, size: tuple[int, int] = (300, 300)) -> np.ndarray:
        """Return what the views of the current layout show, as they lie: (rows, columns, 3) uint8."""
        node = self._logic.GetLayoutNode()
        return self._drawn(ET.fromstring(node.GetLayoutDescription(node.GetViewArrangement())), size)

    def _drawn(self, element: ET.Element, size: tuple[int, int]) -> np.ndarray:
        if element.tag == "view":
            return self._windows[element.get("singletontag")].picture(size)
        pictures = [self._drawn(item[0], size) for item in element.findall("item")]
        isRow = element.get("type") == "horizontal"
        height, width = pictures[0].shape[:2]
        gap = np.full((height, _GAP_PX, 3) if isRow else (_GAP_PX, width, 3), 40, np.uint8)
        parts = [part for picture in pictures for part in (picture, gap)][:-1]
        return np.hstack(parts) if isRow else np.vstack(parts)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _added(self, _scene: Any, _event: str, node: Any) -> None:
        kinds = {"vtkMRMLSliceNode": SliceWindow, "vtkMRMLViewNode": HeadWindow}
        kind = kinds.get(node.GetClassName())
        if kind is not None and node.GetLayoutName() not in self._windows:
            self._windows[node.GetLayoutName()] = kind(self._slicer, node)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _removed(self, _scene: Any, _event: str, node: Any) -> None:
        if node.IsA("vtkMRMLAbstractViewNode"):
            window = self._windows.pop(node.GetLayoutName(), None)
            if window is not None:
                window.close()
