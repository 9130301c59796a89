# SPDX-License-Identifier: Apache-2.0
"""Folders and lists are dropped onto the panel."""

from __future__ import annotations

import pytest


def drop(widget, paths):
    """Drop files onto a widget as a file browser does; returns whether it was accepted."""
    from PySide6 import QtCore, QtGui, QtWidgets

    data = QtCore.QMimeData()
    data.setUrls([QtCore.QUrl.fromLocalFile(str(path)) for path in paths])
    action, button = QtCore.Qt.DropAction.CopyAction, QtCore.Qt.MouseButton.LeftButton
    place, none = QtCore.QPoint(5, 5), QtCore.Qt.KeyboardModifier.NoModifier
    for event in (
        QtGui.QDragEnterEvent(QtCore.QPointF(place), action, data, button, none),
        QtGui.QDropEvent(QtCore.QPointF(place), action, data, button, none),
    ):
        event.ignore()
        QtWidgets.QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_folders_and_a_list_can_be_dropped(panel, study):
    study["output"].mkdir()
    window = panel.parent.layout().itemAt(0).widget()
    assert drop(window, [study["input"], study["map"], study["output"]])
    lines = panel.ui.inputPath, panel.ui.mapPath, panel.ui.outputPath
    assert [line.currentPath for line in lines] == [str(study[name]) for name in ("input", "map", "output")]
    assert panel.ui.applyButton.enabled
    assert not drop(window, [])


def test_of_two_folders_the_empty_one_is_the_output_and_of_two_full_ones_none(filled, study, tmp_path):
    window = filled.parent.layout().itemAt(0).widget()
    empty, full = tmp_path / "a", tmp_path / "b"
    for folder in (empty, full / "A1"):
        folder.mkdir(parents=True)
    assert drop(window, [empty, full])
    assert [filled.ui.inputPath.currentPath, filled.ui.outputPath.currentPath] == [str(full), str(empty)]
    (empty / "x").mkdir()
    assert drop(window, [empty, full])
    assert [filled.ui.inputPath.currentPath, filled.ui.outputPath.currentPath] == [str(empty), ""]
    assert filled.ui.statusLabel.text == (
        "Both folders hold files: the first is the input now. Choose the output yourself."
    )
    assert not filled.ui.applyButton.enabled
    assert filled.ui.mapPath.currentPath == str(study["map"])


def test_the_folders_of_many_patients_are_not_taken_for_input_and_output(filled, tmp_path):
    before = filled.form.paths()
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    assert not drop(filled.parent.layout().itemAt(0).widget(), folders)
    assert filled.form.paths() == before
    assert filled.ui.statusLabel.text == (
        "Nothing was taken: 3 folders were dropped. Drop the folder that holds those of the patients, or two: the "
        "input, and an empty one for the output."
    )


@pytest.mark.parametrize("names", [("b.csv", "a.xlsx"), ("notes.txt", "b.csv"), ("b.csv", "notes.txt")])
def test_of_several_files_one_list_is_taken_and_it_is_said_that_the_others_are_not(filled, tmp_path, names):
    files = [tmp_path / name for name in names]
    for file in files:
        file.write_text("Accession_number,De-identification_ID\n", encoding="utf-8")
    (tmp_path / "b").mkdir()
    window = filled.parent.layout().itemAt(0).widget()
    assert drop(window, [*files, tmp_path / "b"])
    assert filled.ui.mapPath.currentPath == str(tmp_path / "b.csv")
    assert filled.ui.outputPath.currentPath == str(tmp_path / "b")
    assert filled.ui.statusLabel.text == "2 files were dropped: one is the list now, the others were not taken."


def test_of_files_dropped_beside_too_many_folders_none_is_taken(filled, study, tmp_path):
    before = filled.form.paths()
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    assert not drop(filled.ui.mapPath, [study["map"], *folders])
    assert filled.form.paths() == before
    assert filled.ui.statusLabel.text.startswith("Nothing was taken: 3 folders were dropped.")


def test_two_full_folders_and_two_lists_are_said_both(filled, tmp_path):
    for name in ("a/A1", "b/B1"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("", encoding="utf-8")
    assert drop(filled.parent.layout().itemAt(0).widget(), [tmp_path / name for name in ("a", "b", "a.csv", "b.csv")])
    assert filled.ui.statusLabel.text == (
        "Both folders hold files: the first is the input now. Choose the output yourself. "
        "2 files were dropped: one is the list now, the others were not taken."
    )


def test_a_file_that_is_no_list_is_said_to_be_none(filled, tmp_path):
    (tmp_path / "image.dcm").write_bytes(b"")
    assert drop(filled.parent.layout().itemAt(0).widget(), [tmp_path / "image.dcm"])
    assert filled.ui.statusLabel.text == "The list must be an .xlsx, .xlsm, .csv or .tsv file."


def test_a_folder_dropped_onto_a_path_replaces_it(filled, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    before = filled.ui.outputPath.currentPath
    assert drop(filled.ui.inputPath, [other])
    assert filled.ui.inputPath.currentPath == str(other)
    assert filled.ui.outputPath.currentPath == before
    assert drop(filled.ui.privatePath, [other])
    assert filled.ui.privatePath.currentPath == str(other)


def test_nothing_can_be_dropped_while_a_run_goes_on(filled, fake, until, tmp_path):
    (tmp_path / "other").mkdir()
    window = filled.parent.layout().itemAt(0).widget()
    filled.logic.program = fake("wait")
    filled.ui.applyButton.click()
    until(lambda: filled.view.table.rows)
    before = filled.form.paths()
    for widget in (window, filled.ui.inputPath):
        assert not drop(widget, [tmp_path / "other"])
    assert filled.form.paths() == before
    assert filled.view.table.rows
    filled.ui.cancelButton.click()
    until(lambda: filled._worker is None)
