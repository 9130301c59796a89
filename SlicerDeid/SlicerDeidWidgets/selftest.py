# SPDX-License-Identifier: Apache-2.0
"""What the self test inside Slicer does, on what the program makes itself: a whole run, a preview, a loaded volume."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from SlicerDeidWidgets import scenetraces
from SlicerDeidWidgets.volumes import addNode

_PREVIEW_S = 300.0  # s: a small series takes a few
_PAUSE_S = 0.01  # s: what is waited for works in threads beside the application's
_CANARY = "CANARY^PATIENT"


def wholeRun(logic: object) -> None:
    """A made study goes in, a de-identified one comes out."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _writeStudy(folder)
        paths = {"mapPath": folder / "map.xlsx", "privatePath": folder / "private"}
        outcome = logic.run(logic.newRequest(folder / "in", folder / "out", **paths))
        assert outcome.exitCode == 0
        assert len(list((folder / "out" / "HEAD-001").rglob("*.dcm"))) == 48


def preview(panel: object) -> None:
    """The panel plans a made study and shows its series before and after; closing takes both away."""
    panel.enter()  # as when the user opens the module: a scene that was cleared has no options
    before = slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLVolumeNode")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _writeStudy(folder)
        paths = {"input": folder / "in", "map": folder / "map.xlsx", "output": folder / "out"}
        paths["private"] = folder / "private"
        panel.form.showPaths(paths)
        panel.ui.textCombo.setCurrentIndex(panel.ui.textCombo.findData("off"))
        panel.onPlanButton()
        _wait(lambda: panel.ui.planButton.enabled)
        panel.ui.seriesTree.setCurrentItem(panel.ui.seriesTree.topLevelItem(0).child(0))
        panel.onPreviewButton()
        _wait(lambda: not panel.preview.isBusy)
        names = (_("Preview: original"), _("Preview: result"))
        original, result = (slicer.util.arrayFromVolume(slicer.util.getNode(name)) for name in names)
        assert original.shape == result.shape
        assert (original != result).any()
        panel.preview.close()
        panel.form.showPaths(dict.fromkeys(paths, ""))
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") == before


def loadedVolume(logic: object) -> None:
    """A made head loses its face and keeps its brain."""
    from SlicerDeidLib.sample.phantom import Lattice, make_head

    head = make_head(Lattice(rows=128, columns=128, pixel_spacing_mm=2.0))
    node = addNode(head.volume, "Head")
    defaced, mask = logic.defaceVolume(node)
    before, after = slicer.util.arrayFromVolume(node), slicer.util.arrayFromVolume(defaced)
    assert (before == after)[head.intracranial].all()
    assert (before != after)[head.skin].mean() > 0.5
    segment = mask.GetSegmentation().GetNthSegmentID(0)
    replaced = slicer.util.arrayFromSegmentBinaryLabelmap(mask, segment, defaced)
    assert not (before != after)[replaced == 0].any()
    assert not replaced[head.intracranial].any()


def scene() -> None:
    """What a scene tells of a patient is found, taken out and put back."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    item = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), _CANARY)
    traces = scenetraces.tracesOf(slicer.mrmlScene)
    for trace in traces:
        trace.remove()
    assert hierarchy.GetItemName(item) != _CANARY
    for trace in reversed(traces):
        trace.restore()
    assert hierarchy.GetItemName(item) == _CANARY


def _writeStudy(folder: Path) -> None:
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_map, write_study

    write_study(folder / "in" / "A1", lattice=Lattice(rows=128, columns=128, pixel_spacing_mm=2.0))
    write_map(folder / "map.xlsx", [("A1", "HEAD-001")])


def _wait(isDone: Callable[[], bool]) -> None:
    end = time.monotonic() + _PREVIEW_S
    while not isDone():
        assert time.monotonic() < end
        slicer.app.processEvents()
        time.sleep(_PAUSE_S)
