# SPDX-License-Identifier: Apache-2.0
"""Doubles of ``slicer.ScriptedLoadableModule``, ``slicer.i18n`` and ``slicer.packaging``: the part the module uses.

Imported by ``boot`` when ``slicer`` itself is complete.
"""

from __future__ import annotations

import importlib.metadata
import logging
import types
import unittest
from pathlib import Path
from typing import Any

import slicer
from packaging.requirements import Requirement

from Bench.qtmodule import qt


class ScriptedLoadableModule:
    """What Slicer shows in its module list."""

    def __init__(self, parent: Any) -> None:
        self.parent = parent
        self.moduleName = type(self).__name__
        icon = Path(parent.path).parent / "Resources" / "Icons" / f"{self.moduleName}.png"
        if icon.is_file():
            parent.icon = qt.QIcon(str(icon))

    def resourcePath(self, name: str) -> str:
        """Return the path of a file in ``Resources`` beside the module."""
        return str(Path(self.parent.path).parent / "Resources" / name)


class ScriptedLoadableModuleWidget:
    """The panel: ``parent`` is a widget with a layout."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.parent = parent
        self.layout = parent.layout()
        slicer.app.moduleManager().connect("moduleAboutToBeUnloaded(QString)", self._unloaded)

    def _unloaded(self, name: str) -> None:
        if name == self.moduleName:
            self.cleanup()
            slicer.app.moduleManager().disconnect("moduleAboutToBeUnloaded(QString)", self._unloaded)

    def resourcePath(self, name: str) -> str:
        """Return the path of a file in ``Resources`` beside the module."""
        return str(Path(slicer.util.modulePath(self.moduleName)).parent / "Resources" / name)

    def setup(self) -> None:
        """Build the widgets."""

    def cleanup(self) -> None:
        """End what the panel began."""


class ScriptedLoadableModuleLogic:
    """What works without the panel."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Logic")

    def getParameterNode(self) -> Any:
        """Return the scene's parameter node of this module; made when there is none."""
        node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        if node is None:
            node = slicer.vtkMRMLScriptedModuleNode()
            node.SetSingletonTag(self.moduleName)
            node.SetModuleName(self.moduleName)
            node.SetName(slicer.mrmlScene.GenerateUniqueName(self.moduleName))
            node = slicer.mrmlScene.AddNode(node)
        node.SetAttribute("ModuleName", self.moduleName)  # closing a scene takes it away
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    """The test that runs inside Slicer."""

    def runTest(self) -> None:
        """Run all tests."""

    def delayDisplay(self, message: str, requestedDelay: int | None = None, msec: int | None = None) -> None:
        """Say where the test is."""
        slicer.util.delayDisplay(message, autoCloseMsec=0)


_CLASSES = (
    ScriptedLoadableModule,
    ScriptedLoadableModuleWidget,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
)


def scripted_loadable_module() -> types.ModuleType:
    """Make the module ``slicer.ScriptedLoadableModule``."""
    module = types.ModuleType("slicer.ScriptedLoadableModule")
    module.__all__ = [each.__name__ for each in _CLASSES]
    for each in _CLASSES:
        setattr(module, each.__name__, each)
    return module


def i18n() -> types.ModuleType:
    """Make the module ``slicer.i18n``: the source language is returned."""
    module = types.ModuleType("slicer.i18n")
    module.tr = lambda text, context=None: text
    module.translate = lambda context, text: text
    return module


def load_requirements(path: str | Path) -> list[Requirement]:
    """Read a requirements file; comments and options of pip are skipped."""
    lines = (line.strip() for line in Path(path).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]


def pip_check(requirement: Requirement) -> bool:
    """Say whether a requirement is met."""
    if requirement.marker is not None and not requirement.marker.evaluate():
        return True
    try:
        return requirement.specifier.contains(importlib.metadata.version(requirement.name), prereleases=True)
    except importlib.metadata.PackageNotFoundError:
        return False


def packaging() -> types.ModuleType:
    """Make the module ``slicer.packaging``: checks and asks as Slicer 5.12 does, but never installs.

    ``installed`` collects what the user agreed to install.
    """
    module = types.ModuleType("slicer.packaging")
    module.installed, module.load_requirements, module.pip_check = [], load_requirements, pip_check

    def pip_ensure(requirements: list[Requirement], *, requester: str | None = None, **_options: Any) -> None:
        missing = [each for each in requirements if not module.pip_check(each)]
        if missing and slicer.app.testingEnabled():
            logging.info("Testing mode is enabled: skipping pip_ensure")
        elif missing:
            text = f"{len(missing)} Python packages need to be installed."
            if not slicer.util.confirmOkCancelDisplay(text, requester):
                raise RuntimeError("User declined package installation")
            module.installed += [each.name for each in missing]

    module.pip_ensure = pip_ensure
    return module
