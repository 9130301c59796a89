# SPDX-License-Identifier: Apache-2.0
"""Doubles of Slicer's modules Sample Data and DICOM, as far as other modules use them to offer something there.

Written after what their sources show: a sample's addresses and names are texts or lists of one length, and its button
calls ``customDownloader`` with the sample; the export dialog asks every registered plugin class what it can export, and
then gives one plugin all chosen exportables with their directory set.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

from PySide6 import QtCore

from Bench.pythonqt import PythonQtObject


class SampleDataSource:
    """One sample."""

    def __init__(self, **fields: Any) -> None:
        for name in ("uris", "fileNames", "nodeNames"):
            value = fields[name]
            if not isinstance(value, str | list):
                raise TypeError(f"{name} must be a text or a list")
            setattr(self, name, [value] if isinstance(value, str) else value)
        if not len(self.uris) == len(self.fileNames) == len(self.nodeNames):
            raise ValueError("All fields of a sample must have the same length")
        self.sampleName = fields["sampleName"]
        self.thumbnailFileName = fields["thumbnailFileName"]
        self.customDownloader = fields["customDownloader"]


class SampleDataLogic:
    """Keeps the samples in ``slicer.modules.sampleDataSources``, by category."""

    @staticmethod
    def registerCustomSampleDataSource(category: str = "Custom", **fields: Any) -> None:
        """Add a sample."""
        modules = sys.modules["slicer"].modules
        if not hasattr(modules, "sampleDataSources"):
            modules.sampleDataSources = {}
        known = modules.sampleDataSources.setdefault(category, [])
        source = SampleDataSource(**fields)
        if source.sampleName not in [each.sampleName for each in known]:
            known.append(source)


class DICOMPlugin:
    """The base class of plugins."""

    def __init__(self) -> None:
        self.loadType = "Generic DICOM"
        self.tags: dict[str, str] = {}

    def examineForImport(self, _fileLists: list[list[str]]) -> list[Any]:
        """Return what can be loaded."""
        return []

    def examineForExport(self, _subjectHierarchyItemID: int) -> list[Any]:
        """Return what can be exported."""
        return []


class qSlicerDICOMExportable(PythonQtObject, QtCore.QObject):
    """One thing that can be exported."""

    _is_double = True

    def __init__(self) -> None:
        super().__init__()
        self._values = {
            **dict.fromkeys(("name", "tooltip", "pluginClass", "directory"), ""),
            "subjectHierarchyItemID": 0,
            "confidence": 0.0,
        }

    def __getattribute__(self, name: str) -> Any:
        values = QtCore.QObject.__getattribute__(self, "__dict__").get("_values", {})
        return values[name] if name in values else super().__getattribute__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "_values":
            QtCore.QObject.__setattr__(self, name, value)
        elif name not in self._values or type(value) is not type(self._values[name]):
            raise AttributeError(f"qSlicerDICOMExportable takes no {name} of type {type(value).__name__}")
        else:
            self._values[name] = value


def export(item: int, plugin_class: str, folder: Path) -> str:
    """Do what the export dialog does when a user chooses a plugin and presses Export; returns the error it shows."""
    plugins = sys.modules["slicer"].modules.dicomPlugins
    found = [each for known in plugins.values() for each in known().examineForExport(item)]
    chosen = [each for each in found if each.pluginClass == plugin_class]
    for each in chosen:
        each.directory = str(folder)
    return plugins[chosen[0].pluginClass]().export(chosen)


class Database:
    """``slicer.dicomDatabase``: knows the file of each instance."""

    def __init__(self, files: dict[str, Path]) -> None:
        self._files = files

    def fileForInstance(self, uid: str) -> str:
        """Return a file, or an empty text."""
        return str(self._files.get(uid, ""))


def add_modules(slicer: types.ModuleType) -> None:
    """Put the modules where other modules import them from."""
    for name, content in {
        "SampleData": (SampleDataSource, SampleDataLogic),
        "DICOMLib": (DICOMPlugin,),
    }.items():
        module = types.ModuleType(name, __doc__)
        for each in content:
            setattr(module, each.__name__, each)
        sys.modules[name] = module
    slicer.modules.sampledata, slicer.modules.dicom = types.SimpleNamespace(), types.SimpleNamespace()
    slicer.qSlicerDICOMExportable = qSlicerDICOMExportable
