# SPDX-License-Identifier: Apache-2.0
"""The bench behaves as real PythonQt and CTK were seen to behave, so that wrong code does not pass on it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTING = Path(__file__).resolve().parents[2]


def test_properties_are_attributes(slicer):
    import qt

    button = qt.QPushButton("text")
    assert button.text == "text"
    button.name = "apply"
    assert button.objectName == "apply"
    with pytest.raises(TypeError, match="not callable"):
        button.text()


def test_a_slot_gets_the_arguments_it_takes(slicer):
    import qt

    button, got = qt.QPushButton(), []
    button.connect("clicked(bool)", lambda checked: got.append(checked))
    button.connect("clicked(bool)", lambda: got.append("none"))
    button.click()
    assert got == [False, "none"]


def test_a_disconnected_slot_is_silent(slicer):
    import qt

    button, got = qt.QPushButton(), []
    slot = got.append
    button.connect("clicked(bool)", slot)
    assert button.disconnect("clicked(bool)", slot)
    assert not button.disconnect("clicked(bool)", slot)
    button.click()
    assert got == []


def test_a_signal_that_does_not_exist_is_an_error(slicer):
    import qt

    with pytest.raises(AttributeError, match="no signal pathChanged"):
        qt.QPushButton().connect("pathChanged(QString)", print)


def test_a_new_attribute_on_a_widget_is_an_error(slicer):
    import qt

    with pytest.raises(AttributeError):
        qt.QPushButton().colour = 3


def test_none_in_a_text_becomes_the_word(slicer):
    import qt

    label = qt.QLabel()
    label.text = None
    assert label.text == "None"


def test_whole_numbers_are_cut_and_texts_are_refused(slicer):
    import qt

    spin = qt.QSpinBox()
    spin.value = 3.7
    assert spin.value == 3
    with pytest.raises(AttributeError):
        spin.value = "4"


def test_a_path_line_is_empty_until_it_is_set(slicer):
    import ctk

    line, got = ctk.ctkPathLineEdit(), []
    line.connect("currentPathChanged(QString)", got.append)
    assert line.currentPath == ""
    line.currentPath = "/a/b"
    line.currentPath = ""
    assert got == ["/a/b", ""]


def test_a_ui_with_an_unknown_widget_is_an_error(slicer):
    import qt

    ui = b'<ui version="4.0"><widget class="qMRMLNoSuchWidget" name="x"/></ui>'
    buffer = qt.QBuffer()
    buffer.setData(ui)
    buffer.open(qt.QIODevice.ReadOnly)
    with pytest.raises(LookupError, match="qMRMLNoSuchWidget"):
        qt.QUiLoader().load(buffer)


def test_an_exception_in_a_slot_is_kept_for_the_test(slicer):
    import qt
    from Bench import pythonqt

    button = qt.QPushButton()
    button.connect("clicked(bool)", lambda: 1 / 0)
    button.click()
    assert "ZeroDivisionError" in pythonqt.slot_errors.pop()


def test_an_exception_in_an_observer_is_kept_for_the_test(slicer, capfd):
    import vtk
    from Bench import pythonqt

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode")
    node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda _caller, _event: 1 / 0)
    node.SetText("changed")
    node.RemoveAllObservers()
    assert "ZeroDivisionError" in pythonqt.slot_errors[0]
    assert "ZeroDivisionError" in capfd.readouterr().err
    pythonqt.slot_errors.clear()


def test_parameters_are_checked_and_kept_in_the_scene(slicer, module):
    logic = module.python.SlicerDeidLogic()
    node = logic.getParameterNode()
    node.depth = 5.5
    assert logic.getParameterNode().depth == 5.5
    with pytest.raises(ValueError, match="range"):
        node.depth = 0.0
    with pytest.raises(ValueError, match="one of"):
        node.deface = "skin"
    with pytest.raises(TypeError):
        node.depth = "8"


def test_connecting_a_whole_panel_returns_no_tag_and_no_tag_disconnects_nothing(slicer, module, panel):
    node = panel.logic.getParameterNode()
    panel.exit()
    assert node.connectGui(panel.ui) is None
    node.disconnectGui(None)
    panel.ui.depthSlider.value = 9.0
    assert node.depth == 9.0
    other = panel.logic.getParameterNode()
    tag = other.connectParametersToGui({"workers": panel.ui.workersSpin})
    other.disconnectGui(tag)
    panel.ui.depthSlider.value = 8.0
    node.parameterNode.RemoveAllObservers()  # without a tag nothing else ends the connection


def test_slicers_own_python_files_are_used_where_a_folder_is_named(tmp_path):
    (tmp_path / "i18n.py").write_text("def tr(text, context=None):\n    return text.upper()\n", encoding="utf-8")
    code = "from Bench.boot import boot; boot(); from slicer.i18n import tr; print(tr('real'))"
    environment = {**os.environ, "SLICERDEID_SLICER_PYTHON": str(tmp_path), "PYTHONPATH": str(TESTING)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.split()[-1] == "REAL"


def test_constants_cannot_die_of_the_references_that_qt_takes(slicer):
    assert min(map(sys.getrefcount, (None, True, False))) > 1 << 30
