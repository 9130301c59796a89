# SPDX-License-Identifier: Apache-2.0
"""The panel as a whole: the real .ui and the real module, on a program that speaks as the real one."""

from __future__ import annotations

import pytest
from panelsaid import log, rows, settle, show_plan


def test_an_empty_panel_says_what_comes_first(panel, picture):
    assert not panel.ui.applyButton.enabled
    assert not panel.ui.planButton.enabled
    assert not panel.ui.cancelButton.enabled
    assert "one folder per patient" in panel.ui.statusLabel.text
    assert panel.ui.rowLabel.text.startswith("Show plan fills this table")
    picture(panel.parent, "panel-1-empty")


def test_apply_can_be_pressed_when_the_three_paths_are_valid(filled, picture):
    assert filled.ui.statusLabel.text == "Ready."
    assert filled.ui.applyButton.enabled
    assert filled.ui.planButton.enabled
    picture(filled.parent, "panel-2-ready")


def test_the_plan_needs_no_output_folder(filled):
    filled.ui.outputPath.currentPath = ""
    assert filled.ui.planButton.enabled
    assert not filled.ui.applyButton.enabled


def test_the_panel_is_filled_by_what_is_open_and_the_empty_table_by_a_line(filled):
    import qt
    from panelsaid import settle

    ui = filled.ui
    settle()
    assert ui.rowLabel.height < 30
    for section in (ui.dataSection, ui.optionsSection, ui.seriesSection):
        section.collapsed = True
    ui.sceneSection.collapsed = False
    lists = {}
    for page in (0, 1):
        ui.sceneTabs.setCurrentIndex(page)
        settle()
        bottom = ui.log.mapTo(filled.parent, qt.QPoint(0, ui.log.height)).y()
        assert bottom > filled.parent.height - 60
        lists[page] = ui.log.height
    assert ui.sceneTree.height > lists[1]
    assert lists[0] > lists[1]


def test_the_event_loop_keeps_turning_during_a_run(filled, fake, until, ticking):
    filled.logic.program = fake("run")
    with ticking("short run"):
        filled.ui.applyButton.click()
        until(lambda: filled._worker is None)


def test_closing_slicer_ends_the_run(filled, fake, until, slicer):
    filled.logic.program = fake("wait")
    filled.ui.applyButton.click()
    until(lambda: len(rows(filled)) == 1)
    worker = filled._worker
    slicer.app.aboutToQuit.emit()
    assert not worker.isRunning


def test_unloading_the_module_ends_the_run(filled, fake, until, slicer):
    filled.logic.program = fake("wait")
    filled.ui.applyButton.click()
    until(lambda: len(rows(filled)) == 1)
    worker = filled._worker
    slicer.app.moduleManager().moduleAboutToBeUnloaded.emit("SlicerDeid")
    assert not worker.isRunning


def test_the_user_who_declines_the_packages_is_told(filled, slicer, monkeypatch):
    monkeypatch.setattr(slicer.packaging, "pip_check", lambda requirement: False)
    monkeypatch.setattr(slicer.app.__class__, "testingEnabled", lambda self: False)
    asked = []
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda text, title: asked.append((text, title)) or False)
    filled.ui.applyButton.click()
    assert filled._worker is None
    assert asked[0][1] == "Deid"
    assert "packages" in log(filled)


def test_packages_are_asked_for_on_first_apply_only(filled, slicer, monkeypatch, fake, until):
    calls = []
    monkeypatch.setattr(slicer.packaging, "pip_ensure", lambda requirements, **options: calls.append(options))
    filled.logic.program = fake("run")
    assert not calls
    filled.ui.applyButton.click()
    until(lambda: filled._worker is None)
    assert calls == [{"requester": "Deid"}]


def test_the_advanced_section_unfolds(filled, picture):
    assert not filled.ui.privatePath.isVisible()
    filled.ui.advancedSection.collapsed = False
    filled.parent.resize(560, 1560)
    picture(filled.parent, "panel-11-advanced")
    assert filled.ui.privatePath.isVisible()


def test_every_control_explains_itself(panel):
    controls = [name for name in vars(panel.ui) if name.endswith(("Path", "Combo", "Edit", "Check", "Button", "Spin"))]
    assert len(controls) > 25
    silent = [name for name in controls if not getattr(panel.ui, name).toolTip]
    assert silent == []


def overlapping(widget):
    """Pairs of visible widgets of one parent that lie upon each other."""
    from itertools import combinations

    from PySide6 import QtWidgets

    found, waiting = [], [widget]
    while waiting:
        parent = waiting.pop()
        if isinstance(parent, (QtWidgets.QAbstractItemView, QtWidgets.QComboBox, QtWidgets.QTabWidget)):
            waiting += parent.findChildren(QtWidgets.QWidget, "qt_tabwidget_stackedwidget")
            continue
        children = [each for each in QtWidgets.QWidget.children(parent) if isinstance(each, QtWidgets.QWidget)]
        shown = [each for each in children if QtWidgets.QWidget.isVisible(each)]
        for one, other in combinations(shown, 2):
            if QtWidgets.QWidget.geometry(one).intersects(QtWidgets.QWidget.geometry(other)):
                found.append((one.name, other.name))
        waiting += shown
    return found


@pytest.mark.parametrize("section", ["advanced", "preview", "review", "scene"])
def test_nothing_lies_upon_something_else_at_the_least_height(panel, slicer, section):
    from PySide6 import QtWidgets
    from SlicerDeidWidgets.fulltext import showText

    ui = panel.ui
    getattr(ui, f"{section}Section").collapsed = False
    ui.sceneTabs.setCurrentIndex(1)
    settle()
    showText(ui.sceneLabel, "Found: Patients and studies 9, Paths of files 2, Texts and parameters 7. Untick. " * 2)
    showText(ui.previewLabel, "With these settings this series is refused: no head could be found in it, choose.")
    showText(ui.reviewLabel, "1 to 1 of 1 that were rejected or withdrawn: their files are gone; do them again below.")
    settle()
    panel.parent.resize(560, QtWidgets.QWidget.minimumSizeHint(panel.parent).height())
    settle()
    assert overlapping(panel.parent) == []


def test_the_text_of_a_row_lies_below_the_table_however_long_it_is(filled, fake, until, slicer):
    from PySide6 import QtWidgets

    show_plan(filled, fake, until)
    tree = filled.ui.seriesTree
    (row,) = [row for row in filled.view.table.rows if row.status == "refused"]
    row.item.setText(5, "no plausible mask could be made of this series, and none could be borrowed; " * 6)
    tree.setCurrentItem(row.item)

    def fits():
        """Give the panel the least height that it asks for, as the scroll area does in which Slicer puts it."""
        filled.parent.resize(560, QtWidgets.QWidget.minimumSizeHint(filled.parent).height())
        slicer.app.processEvents()
        return overlapping(filled.parent) == []

    until(fits)
    assert filled.ui.rowLabel.height > 76
