# SPDX-License-Identifier: Apache-2.0
"""Closing and reloading: whatever goes on when the module is taken away, nothing of it goes on afterwards."""

from __future__ import annotations

import gc
import threading
import time

import numpy as np
import pytest
from PySide6 import QtCore

THREADS = ("preview", "review", "decisions", "values", "loaded volume", "audit")


def timers():
    """All timers that are running, once Python has let go of what nobody holds any more."""
    gc.collect()
    return {id(each): each for each in gc.get_objects() if isinstance(each, QtCore.QTimer) and each.isActive()}


def threads():
    return {each.name for each in threading.enumerate() if each.name.startswith(THREADS)}


def followers(panel, scene):
    """What the scene calls in a panel."""
    brought = panel.form._brought
    calls = {
        scene.StartCloseEvent: (panel, panel._onSceneStartClose),
        scene.EndCloseEvent: (panel, panel._onSceneEndClose),
        scene.StartImportEvent: (brought, brought._onStartImport),
        scene.EndImportEvent: (brought, brought._onEnd),
        scene.StartRestoreEvent: (brought, brought._onStartRestore),
        scene.EndRestoreEvent: (brought, brought._onEnd),
    }
    return [call for event, (owner, call) in calls.items() if owner.hasObserver(scene, event, call)]


def reload(slicer):
    """Take the module away as Slicer does before it loads it anew."""
    slicer.app.moduleManager().moduleAboutToBeUnloaded.emit("SlicerDeid")


def test_nothing_goes_on_after_the_module_was_reloaded(slicer, module, study, fake, until, monkeypatch):
    import SlicerDeidLib
    from Bench.application import open_panel

    known, threads_before = set(timers()), threads()
    isFree = threading.Event()
    monkeypatch.setattr(SlicerDeidLib, "discover", lambda *_arguments: isFree.wait(30))
    monkeypatch.setattr(SlicerDeidLib, "held_series", lambda *_arguments: isFree.wait(30) and ())
    panel = open_panel(slicer, module)
    panel.parent.show()
    panel.ui.inputPath.currentPath = str(study["input"] / "gone")  # is looked for again and again
    panel.ui.inputPath.currentPath = str(study["input"])
    panel.ui.mapPath.currentPath = str(study["map"])
    panel.ui.outputPath.currentPath = str(study["output"])
    panel.ui.valuesListButton.click()
    panel.review.heads.refresh()
    panel.logic.program = fake("wait")
    panel.ui.applyButton.click()
    until(lambda: panel._worker is not None and panel.view.table.rows)
    assert set(timers()) - known
    assert len(followers(panel, slicer.mrmlScene)) == 6
    assert threads() - threads_before
    worker = panel._worker
    reload(slicer)
    assert not worker.isRunning
    assert [each.interval for key, each in timers().items() if key not in known] == []
    assert followers(panel, slicer.mrmlScene) == []
    isFree.set()  # the step that was going on comes to its end, and nobody hears of it
    until(lambda: threads() <= threads_before)
    slicer.app.processEvents()
    slicer.mrmlScene.Clear()
    panel.parent.close()
    panel.parent.deleteLater()


def test_the_module_works_after_it_was_reloaded(slicer, module, study, fake, until):
    from Bench.application import open_panel

    first = open_panel(slicer, module)
    reload(slicer)
    first.parent.close()
    first.parent.deleteLater()
    panel = open_panel(slicer, module)
    panel.parent.show()
    for name in ("input", "map", "output"):
        getattr(panel.ui, f"{name}Path").currentPath = str(study[name])
    panel.logic.program = fake("run")
    panel.ui.applyButton.click()
    until(lambda: panel._worker is None)
    assert "3 series released, 1 refused" in panel.ui.log.toPlainText()
    reload(slicer)
    panel.parent.close()
    panel.parent.deleteLater()


@pytest.fixture
def planned(filled, fake, until, monkeypatch):
    """A panel that shows a plan of two series, whose previews take as long as the test wants."""
    from panelsaid import show_plan

    show_plan(filled, fake, until)
    return filled


class Opened:
    """A preview that waits, and then shows a head of one value."""

    def __init__(self, wish, gates):
        self.wish, self.gate, self.value = wish, gates[wish.number], 100 * wish.number

    def images(self):
        return None

    def looks(self, _policy):
        from SlicerDeidLib.model.volume import Preview, Volume

        values = np.full((4, 8, 8), self.value, np.int16)
        positions = np.array([[0.0, 0.0, 2.0 * k] for k in range(4)])
        right, back = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
        volume = Volume(values, np.ones(4), np.zeros(4), positions, right, back, unit="")
        yield Preview("text", True, volume, values)


@pytest.fixture
def gates(monkeypatch):
    """By the number of a series what its preview waits for."""
    from SlicerDeidWidgets.previewwishes import SeriesWish

    gates = {1: threading.Event(), 2: threading.Event()}

    def opened(wish):
        found = Opened(wish, gates)
        assert found.gate.wait(30)
        return found

    monkeypatch.setattr(SeriesWish, "open", opened)
    yield gates
    for gate in gates.values():
        gate.set()


def preview(panel, number):
    row = next(row for row in panel.view.table.rows if row.number == number)
    panel.ui.seriesTree.setCurrentItem(row.item)
    panel.ui.previewButton.click()


def shown(panel, slicer):
    node = panel.preview._nodes.get("after")
    return None if node is None else int(slicer.util.arrayFromVolume(node)[0, 0, 0])


@pytest.mark.parametrize("isFirstSlower", [False, True])
def test_of_two_previews_right_after_each_other_the_second_is_shown(planned, slicer, until, gates, isFirstSlower):
    preview(planned, 1)
    preview(planned, 2)
    order = (2, 1) if isFirstSlower else (1, 2)
    for number in order:
        gates[number].set()
        time.sleep(0.1)
        slicer.app.processEvents()
    until(lambda: not planned.preview.isBusy)
    assert shown(planned, slicer) == 200
    planned.ui.closePreviewButton.click()
    assert shown(planned, slicer) is None


def test_a_scene_that_is_closed_while_a_preview_is_computed_stays_empty(planned, slicer, until, gates):
    preview(planned, 1)
    time.sleep(0.05)
    slicer.app.processEvents()
    slicer.mrmlScene.Clear()
    gates[1].set()
    time.sleep(0.2)
    slicer.app.processEvents()
    assert not planned.preview.isOpen
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") == 0
    assert planned.ui.previewLabel.text == "Select a series in the table and press Preview."
    preview(planned, 1)
    until(lambda: not planned.preview.isBusy)
    assert shown(planned, slicer) == 100
