# SPDX-License-Identifier: Apache-2.0
"""Doubles of ``slicer.app``, ``slicer.modules``, the module manager and the MRML widgets."""

from __future__ import annotations

import ctypes
import importlib.util
import sys
import types
from pathlib import Path
from typing import Any

import vtk
from PySide6 import QtCore, QtWidgets

from Bench.pythonqt import PythonQtObject, doubled


class ModuleManager(PythonQtObject, QtCore.QObject):
    """Says when a module is about to be unloaded."""

    moduleAboutToBeUnloaded = QtCore.Signal(str)


class Application(PythonQtObject, QtCore.QObject):
    """What scripted modules ask of ``slicer.app``."""

    aboutToQuit = QtCore.Signal()
    startupCompleted = QtCore.Signal()

    def __init__(self, scene: Any, logic: Any, qt_application: QtWidgets.QApplication) -> None:
        super().__init__()
        self._scene, self._logic, self._qt = scene, logic, qt_application
        self._manager = ModuleManager()
        self._is_testing = True
        self._layout = None
        self.has_main_window = True
        qt_application.aboutToQuit.connect(self.aboutToQuit)

    def mrmlScene(self) -> Any:
        """Return the scene."""
        return self._scene

    def applicationLogic(self) -> Any:
        """Return the logic that knows the module logics."""
        return self._logic

    def layoutManager(self) -> Any:
        """Return the layout manager; made when it is first asked for, None without a main window."""
        if self._layout is None and self.has_main_window:
            from Bench.layout import LayoutManager

            self._layout = LayoutManager(sys.modules["slicer"])
        return self._layout if self.has_main_window else None

    def moduleManager(self) -> ModuleManager:
        """Return the module manager."""
        return self._manager

    def processEvents(self) -> None:
        """Let Qt work off what is waiting.

        PySide takes a reference to None too many from each call; before Python 3.12, where None is immortal, that ends
        the process after some ten thousand calls, so it is given back.
        """
        self._qt.processEvents()
        if sys.version_info < (3, 12):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(None))

    def testingEnabled(self) -> bool:
        """Whether Slicer was started with ``--testing``."""
        return self._is_testing

    def settings(self) -> QtCore.QSettings:
        """Return the application's settings."""
        return doubled(QtCore.QSettings)()

    def setOverrideCursor(self, cursor: Any) -> None:
        """Show another mouse cursor."""
        self._qt.setOverrideCursor(cursor)

    def restoreOverrideCursor(self) -> None:
        """Show the usual mouse cursor again."""
        self._qt.restoreOverrideCursor()


class MRMLWidget(PythonQtObject, QtWidgets.QWidget):
    """``qMRMLWidget``: a widget that knows the scene."""

    mrmlSceneChanged = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene = None

    def className(self) -> str:
        """Return the C++ class's name."""
        return "qMRMLWidget"

    def setMRMLScene(self, scene: Any) -> None:
        """Set the scene and say so."""
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)

    def mrmlScene(self) -> Any:
        """Return the scene."""
        return self._scene


class Modules(types.SimpleNamespace):
    """``slicer.modules``: the loaded modules by lower-case name."""


def load_scripted_module(slicer: types.ModuleType, path: Path) -> types.SimpleNamespace:
    """Load a scripted module from its file as Slicer does at start: import, module object, ``slicer.modules``.

    Returns
    -------
    SimpleNamespace
        ``python`` (the imported file), ``instance`` (the module object), ``parent`` (what Slicer's C++ would hold).
    """
    name = path.stem
    sys.path.insert(0, str(path.parent))  # Slicer puts every module's folder there
    spec = importlib.util.spec_from_file_location(name, path)
    python = importlib.util.module_from_spec(spec)
    sys.modules[name] = python
    spec.loader.exec_module(python)
    parent = types.SimpleNamespace(path=str(path), name=name)
    setattr(slicer.modules, name.lower(), parent)
    instance = getattr(python, name)(parent)
    return types.SimpleNamespace(python=python, instance=instance, parent=parent)


def open_panel(slicer: types.ModuleType, loaded: types.SimpleNamespace) -> Any:
    """Make the module's panel in a window of its own, as Slicer does when the module is first chosen."""
    window = MRMLWidget()
    QtWidgets.QVBoxLayout(window)
    window.setMRMLScene(slicer.mrmlScene)
    name = loaded.instance.moduleName
    widget = getattr(loaded.python, f"{name}Widget")(window)
    widget.setup()
    widget.enter()
    setattr(slicer.modules, f"{name}Widget", widget)
    return widget


def new_application_logic(slicer: types.ModuleType, scene: Any) -> Any:
    """Make the application logic with the module logics that ``slicer.util`` and the views need."""
    logic = slicer.vtkSlicerApplicationLogic()
    logic.SetMRMLScene(scene)
    logic.GetColorLogic().SetMRMLScene(scene)
    logic.GetColorLogic().AddDefaultColorNodes()
    logic.SetSliceLogics(vtk.vtkCollection())
    logic.SetViewLogics(vtk.vtkCollection())
    for factory in (
        slicer.vtkMRMLSliceViewDisplayableManagerFactory,
        slicer.vtkMRMLThreeDViewDisplayableManagerFactory,
    ):
        factory.GetInstance().SetMRMLApplicationLogic(logic)
    interaction = slicer.vtkMRMLInteractionNode()
    interaction.SetSingletonTag("Singleton")
    scene.AddNode(interaction)
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene, True)
    for name, kind in (
        ("Volumes", slicer.vtkSlicerVolumesLogic),
        ("Models", slicer.vtkSlicerModelsLogic),
        ("Segmentations", slicer.vtkSlicerSegmentationsModuleLogic),
    ):
        module_logic = kind()
        module_logic.SetMRMLScene(scene)
        module_logic.SetMRMLApplicationLogic(logic)
        logic.SetModuleLogic(name, module_logic)
        setattr(slicer.modules, name.lower(), types.SimpleNamespace(logic=lambda made=module_logic: made))
    return logic
