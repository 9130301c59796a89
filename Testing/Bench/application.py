# SPDX-License-Identifier: Apache-2.0
"""Doubles of ``slicer.app``, ``slicer.modules``, the module manager and the MRML widgets."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
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
    focusChanged = QtCore.Signal(QtWidgets.QWidget, QtWidgets.QWidget)

    def __init__(self, scene: Any, logic: Any, qt_application: QtWidgets.QApplication) -> None:
        super().__init__()
        self._scene, self._logic, self._qt = scene, logic, qt_application
        self._manager = ModuleManager()
        self._is_testing = True
        self._layout = None
        self.has_main_window = True
        qt_application.aboutToQuit.connect(self.aboutToQuit)
        qt_application.focusChanged.connect(self.focusChanged)

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

    def processEvents(self, *flags: Any) -> None:
        """Let Qt work off what is waiting."""
        self._qt.processEvents(*flags)

    def _temporary(self) -> str:
        return tempfile.gettempdir()

    temporaryPath = QtCore.Property(str, _temporary)

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


class MRMLNodeComboBox(MRMLWidget):
    """``qMRMLNodeComboBox``: chooses a node of some classes; shows none until one is chosen, if ``noneEnabled``.

    As in Slicer, nodes that are hidden from editors are not listed, and a node that leaves the scene is not chosen any
    more.
    """

    currentNodeChanged = QtCore.Signal(object)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = {"nodeTypes": [], "noneEnabled": False, "showChildNodeTypes": True}
        self._nodes: list[Any] = []
        self._observed: list[tuple[Any, int]] = []
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._combo = QtWidgets.QComboBox(self)
        policy = QtWidgets.QSizePolicy.Policy
        self._combo.setSizePolicy(policy.Expanding, policy.Fixed)
        row.addWidget(self._combo)
        self._combo.currentIndexChanged.connect(lambda _index: self.currentNodeChanged.emit(self.currentNode()))

    def className(self) -> str:
        """Return the C++ class's name."""
        return "qMRMLNodeComboBox"

    def setMRMLScene(self, scene: Any) -> None:
        """List a scene's nodes, and follow it."""
        super().setMRMLScene(scene)
        for observed, tag in self._observed:
            observed.RemoveObserver(tag)
        events = (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent)
        self._observed = [(scene, scene.AddObserver(event, lambda _caller, _event: self._list())) for event in events]
        kept = self._observed
        self.destroyed.connect(lambda _gone: [each.RemoveObserver(tag) for each, tag in kept])
        self._list()

    def currentNode(self) -> Any:
        """Return the chosen node, or None."""
        place = self._combo.currentIndex() - bool(self._values["noneEnabled"])
        return self._nodes[place] if 0 <= place < len(self._nodes) else None

    def setCurrentNode(self, node: Any) -> None:
        """Choose a node; one that is not listed chooses none."""
        place = self._nodes.index(node) if node in self._nodes else -1
        self._combo.setCurrentIndex(place + bool(self._values["noneEnabled"]))

    def _list(self) -> None:
        chosen, scene = self.currentNode(), self.mrmlScene()
        kinds = self._values["nodeTypes"]
        found = [scene.GetNthNodeByClass(n, kind) for kind in kinds for n in range(scene.GetNumberOfNodesByClass(kind))]
        self._nodes = [node for node in dict.fromkeys(found) if self._isListed(node)]
        blocked = self._combo.blockSignals(True)
        self._combo.clear()
        self._combo.addItems([*(["None"] if self._values["noneEnabled"] else []), *(n.GetName() for n in self._nodes)])
        self.setCurrentNode(chosen)
        self._combo.blockSignals(blocked)
        if self.currentNode() is not chosen:
            self.currentNodeChanged.emit(self.currentNode())

    def _isListed(self, node: Any) -> bool:
        isKind = self._values["showChildNodeTypes"] or node.GetClassName() in self._values["nodeTypes"]
        return isKind and not node.GetHideFromEditors()

    def _signal(self, signature: str) -> QtCore.SignalInstance:
        if signature == "currentNodeChanged(vtkMRMLNode*)":  # a type that Qt's Python does not know
            return self.currentNodeChanged
        return super()._signal(signature)

    def _set(self, name: str, value: Any) -> None:
        self._values[name] = value
        if self.mrmlScene() is not None:
            self._list()

    nodeTypes = QtCore.Property(
        "QStringList", lambda self: self._values["nodeTypes"], lambda self, v: self._set("nodeTypes", list(v))
    )
    noneEnabled = QtCore.Property(
        bool, lambda self: self._values["noneEnabled"], lambda self, v: self._set("noneEnabled", v)
    )
    showChildNodeTypes = QtCore.Property(
        bool, lambda self: self._values["showChildNodeTypes"], lambda self, v: self._set("showChildNodeTypes", v)
    )
    addEnabled = QtCore.Property(bool, lambda _self: False, lambda _self, _v: None)
    removeEnabled = QtCore.Property(bool, lambda _self: False, lambda _self, _v: None)
    renameEnabled = QtCore.Property(bool, lambda _self: False, lambda _self, _v: None)


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
    loaded.parent.widgetRepresentation = lambda: types.SimpleNamespace(self=lambda: widget)
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
        ("Sequences", slicer.vtkSlicerSequencesLogic),
        ("SceneViews", slicer.vtkSlicerSceneViewsModuleLogic),
    ):
        module_logic = kind()
        module_logic.SetMRMLScene(scene)
        module_logic.SetMRMLApplicationLogic(logic)
        logic.SetModuleLogic(name, module_logic)
        setattr(slicer.modules, name.lower(), types.SimpleNamespace(logic=lambda made=module_logic: made))
    return logic
