# SPDX-License-Identifier: Apache-2.0
"""Starts the bench: puts ``qt``, ``ctk`` and a complete ``slicer`` into ``sys.modules``, once per process."""

from __future__ import annotations

import ctypes
import functools
import importlib
import os
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

MODULE_FILE = Path(__file__).resolve().parents[2] / "SlicerDeid" / "SlicerDeid.py"
REAL_PYTHON = "SLICERDEID_SLICER_PYTHON"
_MANY = 1 << 40  # references, more than a process can lose


@functools.cache
def boot() -> types.ModuleType:
    """Return the module ``slicer``, complete; a missing package is an ImportError, never a skipped test."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkOSOpenGLRenderWindow")
    from PySide6 import QtCore, QtWidgets

    _keep_constants()
    from Bench import application, ctkmodule, pythonqt, qtmodule, slicermodules

    pythonqt.collect_messages()
    qt_application = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["SlicerDeidBench"])
    _isolate_settings(QtCore)
    sys.modules["qt"], sys.modules["ctk"] = qtmodule.qt, ctkmodule.ctk
    qtmodule.extra_flags.update(ctkmodule.FLAGS)
    qtmodule.extra_widgets.update(ctkmodule.WIDGETS, qMRMLWidget=application.MRMLWidget)
    qtmodule.extra_widgets["qMRMLNodeComboBox"] = application.MRMLNodeComboBox

    slicer = importlib.import_module("slicer")
    slicer.modules = application.Modules()
    slicer.qMRMLWidget = application.MRMLWidget
    slicer.mrmlScene = slicer.vtkMRMLScene()
    logic = application.new_application_logic(slicer, slicer.mrmlScene)
    slicer.app = application.Application(slicer.mrmlScene, logic, qt_application)
    slicer.util = importlib.import_module("slicer.util")
    _add_python_parts(slicer)
    slicermodules.add_modules(slicer)
    return slicer


def _keep_constants() -> None:
    """Keep None, True and False alive before Python 3.12, where they cannot die.

    PySide takes a reference too many from what signals, properties and ``processEvents`` return, which ends a process
    after some ten thousand of them.
    """
    if sys.version_info < (3, 12):
        for constant in (None, True, False):
            ctypes.c_ssize_t.from_address(id(constant)).value += _MANY  # its count of references stands first


def _isolate_settings(core: Any) -> None:
    """Keep settings in a folder of this process, not in the developer's own."""
    core.QCoreApplication.setOrganizationName("SlicerDeid")
    core.QCoreApplication.setApplicationName("Bench")
    folder = tempfile.TemporaryDirectory(prefix="slicerdeid-bench-settings-")
    _kept.append(folder)
    core.QSettings.setDefaultFormat(core.QSettings.Format.IniFormat)
    core.QSettings.setPath(core.QSettings.Format.IniFormat, core.QSettings.Scope.UserScope, folder.name)


_kept: list[Any] = []


def _add_python_parts(slicer: types.ModuleType) -> None:
    """Add Slicer's own Python: the real files where they are, else our doubles."""
    from Bench import parameternode, scripted

    doubles = {
        "i18n": scripted.i18n,
        "packaging": scripted.packaging,
        "ScriptedLoadableModule": scripted.scripted_loadable_module,
        "parameterNodeWrapper": parameternode.module,
    }
    real = os.environ.get(REAL_PYTHON)
    if real:
        slicer.__path__.append(real)
    for name, make in doubles.items():
        is_real = real and any((Path(real) / f"{name}{end}").exists() for end in (".py", "/__init__.py"))
        made = importlib.import_module(f"slicer.{name}") if is_real else make()
        sys.modules[f"slicer.{name}"] = made
        setattr(slicer, name, made)
