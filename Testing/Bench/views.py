# SPDX-License-Identifier: Apache-2.0
"""Slice and 3-D views of Slicer, rendered offscreen to pictures by the real displayable managers.

The slice view's image is no displayable manager: in Slicer a CTK widget maps the slice logic's output to the window,
here a ``vtkImageMapper`` does. A view needs no main window and no display.
"""

from __future__ import annotations

import types
from pathlib import Path
from typing import Any

import numpy as np
import vtk
from vtk.util import numpy_support

SLICE_MANAGERS = (
    "vtkMRMLModelSliceDisplayableManager",
    "vtkMRMLSegmentationsDisplayableManager2D",
    "vtkMRMLCrosshairDisplayableManager",
    "vtkMRMLOrientationMarkerDisplayableManager",
)
THREE_D_MANAGERS = (
    "vtkMRMLCameraDisplayableManager",
    "vtkMRMLViewDisplayableManager",
    "vtkMRMLModelDisplayableManager",
)
_MOST_OF_ONE_COLOR = 0.98  # of a picture that shows something: an empty panel has 0.7, a head in the air 0.8


def _window(size: tuple[int, int]) -> tuple[Any, Any]:
    """Make an offscreen window and a renderer in it."""
    window = vtk.vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0)
    window.SetSize(*size)
    interactor = vtk.vtkGenericRenderWindowInteractor()
    interactor.SetRenderWindow(window)
    renderer = vtk.vtkRenderer()
    window.AddRenderer(renderer)
    interactor.Initialize()
    return window, renderer


def _pixels(window: Any) -> np.ndarray:
    """Return what the window shows: (rows, columns, 3) uint8, first row on top."""
    window.Render()
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.ReadFrontBufferOff()
    grab.Update()
    image = grab.GetOutput()
    columns, rows, _ = image.GetDimensions()
    flat = numpy_support.vtk_to_numpy(image.GetPointData().GetScalars())
    return flat.reshape(rows, columns, 3)[::-1].copy()


def _managers(slicer: types.ModuleType, factory_class: Any, names: tuple[str, ...], renderer: Any, node: Any) -> Any:
    factory = factory_class.GetInstance()
    for name in names:
        if not factory.IsDisplayableManagerRegistered(name):
            factory.RegisterDisplayableManager(name)
    node.SetInteractionNode(slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLInteractionNode"))
    group = slicer.vtkMRMLDisplayableManagerGroup()
    group.Initialize(factory, renderer)
    group.SetMRMLDisplayableNode(node)
    return group


class SliceWindow:
    """The window of a slice node.

    Parameters
    ----------
    node : vtkMRMLSliceNode
        In the scene.
    """

    def __init__(self, slicer: types.ModuleType, node: Any, size: tuple[int, int] = (400, 400)) -> None:
        self.node, self._size = node, size
        self._window, renderer = _window(size)
        self.logic = slicer.vtkMRMLSliceLogic()
        self.logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        self.logic.SetMRMLScene(slicer.mrmlScene)
        self.logic.SetSliceNode(node)
        self._logics = slicer.app.applicationLogic().GetSliceLogics()
        self._logics.AddItem(self.logic)
        self._mapper = vtk.vtkImageMapper()
        self._mapper.SetColorWindow(255)
        self._mapper.SetColorLevel(127.5)
        actor = vtk.vtkActor2D()
        actor.SetMapper(self._mapper)
        actor.GetProperty().SetDisplayLocationToBackground()
        renderer.AddViewProp(actor)
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory
        self._group = _managers(slicer, factory, SLICE_MANAGERS, renderer, node)
        self.logic.ResizeSliceNode(*size)

    def picture(self, size: tuple[int, int]) -> np.ndarray:
        """Return what the window shows; black where it shows nothing."""
        if size != self._size:
            self._size = size
            self._window.SetSize(*size)
            self.logic.ResizeSliceNode(*size)
        self.logic.UpdatePipeline()
        connection = self.logic.GetImageDataConnection()  # another one with every set of layers
        if connection is None:
            return np.zeros((size[1], size[0], 3), np.uint8)
        self._mapper.SetInputConnection(connection)
        return _pixels(self._window)

    def close(self) -> None:
        """Let go of the node."""
        self._logics.RemoveItem(self.logic)
        self._window.Finalize()


class SliceView:
    """One of Red, Yellow and Green, in a window of its own.

    Parameters
    ----------
    color : str
        ``"Red"`` (axial), ``"Yellow"`` (sagittal) or ``"Green"`` (coronal).
    """

    def __init__(self, slicer: types.ModuleType, color: str, size: tuple[int, int] = (400, 400)) -> None:
        logic = slicer.vtkMRMLSliceLogic()
        logic.SetMRMLScene(slicer.mrmlScene)
        self.node = logic.AddSliceNode(slicer.mrmlScene.GenerateUniqueName(color))  # one node per view
        self.node.SetOrientation({"Red": "Axial", "Yellow": "Sagittal", "Green": "Coronal"}[color])
        self._size, self._window = size, SliceWindow(slicer, self.node, size)

    def show(self, background: Any, label: Any = None, label_opacity: float = 0.5) -> np.ndarray:
        """Show a volume node, and a label map over it, fitted; return the picture (rows, columns, 3)."""
        composite = self._window.logic.GetSliceCompositeNode()
        composite.SetBackgroundVolumeID(background.GetID())
        composite.SetLabelVolumeID(label.GetID() if label is not None else None)
        composite.SetLabelOpacity(label_opacity)
        self._window.logic.FitSliceToAll()
        return self._window.picture(self._size)


class HeadWindow:
    """The window of a 3-D view node."""

    def __init__(self, slicer: types.ModuleType, node: Any, size: tuple[int, int] = (400, 400)) -> None:
        self.node, self._size = node, size
        self._window, self.renderer = _window(size)
        factory = slicer.vtkMRMLThreeDViewDisplayableManagerFactory
        self._group = _managers(slicer, factory, THREE_D_MANAGERS, self.renderer, node)

    def picture(self, size: tuple[int, int]) -> np.ndarray:
        """Return what the window shows."""
        if size != self._size:
            self._size = size
            self._window.SetSize(*size)
        self.renderer.ResetCameraClippingRange()
        return _pixels(self._window)

    def close(self) -> None:
        """Let go of the node."""
        self._group.SetMRMLDisplayableNode(None)
        self._window.Finalize()


class ThreeDView:
    """A 3-D view in a window of its own."""

    def __init__(self, slicer: types.ModuleType, size: tuple[int, int] = (400, 400)) -> None:
        logic = slicer.vtkMRMLViewLogic()
        logic.SetMRMLScene(slicer.mrmlScene)
        self.node = logic.AddViewNode(
            slicer.mrmlScene.GenerateUniqueName("Bench")
        )  # a view of its own has its own camera
        self.node.SetBoxVisible(False)
        self.node.SetAxisLabelsVisible(False)
        self._camera = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLCameraNode")
        self._camera.SetLayoutName(self.node.GetLayoutName())
        self._size, self._window = size, HeadWindow(slicer, self.node, size)
        self._direction = slicer.vtkMRMLCameraNode.Anterior

    def show(self, azimuth_deg: float = 35.0) -> np.ndarray:
        """Return the picture of all models from the front, turned by ``azimuth_deg``: (rows, columns, 3)."""
        renderer = self._window.renderer
        self._camera.RotateTo(self._direction)
        renderer.GetActiveCamera().Azimuth(azimuth_deg)
        renderer.ResetCamera()
        renderer.GetActiveCamera().Zoom(1.4)
        return self._window.picture(self._size)


def add_skin(slicer: types.ModuleType, volume: Any, threshold: float = -300.0) -> Any:
    """Add the isosurface of a volume node as a model node.

    Parameters
    ----------
    threshold : float
        HU half-way between air and skin.
    """
    contour = vtk.vtkFlyingEdges3D()
    smooth = vtk.vtkImageGaussianSmooth()
    smooth.SetInputConnection(volume.GetImageDataConnection())
    smooth.SetStandardDeviation(0.7)  # voxels: takes the steps between slices out of the picture
    contour.SetInputConnection(smooth.GetOutputPort())
    contour.SetValue(0, threshold)
    contour.ComputeScalarsOff()
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    to_ras = vtk.vtkTransform()
    to_ras.SetMatrix(matrix)
    moved = vtk.vtkTransformPolyDataFilter()
    moved.SetTransform(to_ras)
    moved.SetInputConnection(contour.GetOutputPort())
    normals = vtk.vtkPolyDataNormals()
    normals.SetInputConnection(moved.GetOutputPort())
    normals.Update()
    model = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLModelNode", "Head")
    model.SetAndObservePolyData(normals.GetOutput())
    model.CreateDefaultDisplayNodes()
    model.GetDisplayNode().SetColor(0.87, 0.72, 0.62)
    return model


def save_png(picture: np.ndarray, path: Path) -> None:
    """Write (rows, columns, 3) uint8 as PNG.

    Raises
    ------
    ValueError
        If the picture, as it is read again, shows next to nothing.
    """
    from PIL import Image

    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
    with Image.open(path) as written:
        colours = np.asarray(written.convert("RGBA")).view(np.uint32).ravel()  # a number each: they sort at once
    _, counts = np.unique(colours, return_counts=True)
    if counts.max() > _MOST_OF_ONE_COLOR * len(colours):
        raise ValueError(f"{path.name} is blank")


def widget_picture(widget: Any) -> np.ndarray:
    """Return what a widget looks like: (rows, columns, 3) uint8."""
    from PySide6 import QtGui

    image = widget.grab().toImage().convertToFormat(QtGui.QImage.Format.Format_RGB888)
    rows, columns, stride = image.height(), image.width(), image.bytesPerLine()
    flat = np.frombuffer(image.constBits(), np.uint8, rows * stride)
    return flat.reshape(rows, stride)[:, : columns * 3].reshape(rows, columns, 3).copy()
