# SPDX-License-Identifier: Apache-2.0
"""Leaving a preview, for another module, other folders or for good: the user's scene and layout come back."""

from __future__ import annotations

import time

import numpy as np
import pytest
from previewcases import TAGS, choose, composite, header_rows, nodes, select


def test_the_users_scene_and_layout_come_back(planned, slicer, until):
    manager = slicer.app.layoutManager()
    own = slicer.util.addVolumeFromArray(np.zeros((4, 8, 8), np.int16), name="the user's own")
    red = composite(slicer, "Red")
    red.SetBackgroundVolumeID(own.GetID())
    layout = manager.layoutLogic().GetLayoutNode()
    layout.SetViewArrangement(layout.SlicerLayoutConventionalView)
    offset = slicer.mrmlScene.GetSingletonNode("Red", "vtkMRMLSliceNode").GetSliceOffset()
    before = set(nodes(slicer))
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy)
    assert manager.layout not in (layout.SlicerLayoutConventionalView, 0)
    assert red.GetBackgroundVolumeID() == own.GetID()
    planned.ui.closePreviewButton.click()
    assert set(nodes(slicer)) == before
    assert manager.layout == layout.SlicerLayoutConventionalView
    assert layout.GetSaveWithScene()
    assert red.GetBackgroundVolumeID() == own.GetID()
    assert slicer.mrmlScene.GetSingletonNode("Red", "vtkMRMLSliceNode").GetSliceOffset() == offset
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    assert not hierarchy.GetItemByName("De-identification preview")


@pytest.mark.parametrize("isSaved", [False, True])
def test_a_layout_that_was_not_saved_with_scenes_is_not_saved_afterwards_either(planned, slicer, until, isSaved):
    layout = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    layout.SetSaveWithScene(isSaved)
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy)
    assert not layout.GetSaveWithScene()
    planned.ui.closePreviewButton.click()
    try:
        assert layout.GetSaveWithScene() == isSaved
    finally:
        layout.SetSaveWithScene(True)


@pytest.mark.parametrize("isWaitedFor", [False, True])
@pytest.mark.parametrize("first", ["planned", "other"])
def test_a_second_panels_preview_closes_the_first_and_either_leaves_nothing(
    planned, slicer, module, until, plans, first, isWaitedFor
):
    from Bench.application import open_panel

    other = open_panel(slicer, module)
    for name in ("inputPath", "mapPath"):
        getattr(other.ui, name).currentPath = getattr(planned.ui, name).currentPath
    choose(other.ui.defaceCombo, "surface")
    choose(other.ui.textCombo, "off")
    other.view.table.showPlan(*plans)
    layout = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    users, before = layout.GetViewArrangement(), set(nodes(slicer))
    for panel in (planned, other):
        select(panel, "HEAD-001/1")
        panel.ui.previewButton.click()
        if isWaitedFor or panel is other:
            until(lambda panel=panel: not panel.preview.isBusy)
    assert not planned.preview.isOpen
    assert "another panel shows one" in planned.ui.previewLabel.text
    assert other.preview._nodes.get("after") is not None
    assert composite(slicer, "DeidAfterAxial").GetBackgroundVolumeID() == other.preview._nodes.get("after").GetID()
    panels = (planned, other) if first == "planned" else (other, planned)
    for panel in panels:
        panel.preview.close()
    assert layout.GetViewArrangement() == users
    assert layout.GetSaveWithScene()
    assert set(nodes(slicer)) == before
    other.cleanup()
    other.parent.close()
    other.parent.deleteLater()


def test_another_module_gets_the_users_scene_and_layout_and_the_preview_comes_again(planned, slicer, until):
    layout = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    users = layout.GetViewArrangement()
    before = set(nodes(slicer))
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy, 60)
    shown, said = layout.GetViewArrangement(), planned.ui.previewLabel.text
    assert shown != users
    planned.ui.depthSlider.value = 12.0  # not yet asked for when the module is left
    planned.exit()
    assert not planned.preview.isBusy
    assert layout.GetViewArrangement() == users
    assert set(nodes(slicer)) - before == set()
    planned.enter()
    until(lambda: not planned.preview.isBusy, 60)
    assert layout.GetViewArrangement() == shown
    assert planned.preview._nodes.get("after") is not None
    assert planned.ui.previewLabel.text.split()[0] == said.split()[0]
    planned.ui.closePreviewButton.click()
    planned.exit()
    planned.enter()
    assert not planned.preview.isBusy
    assert layout.GetViewArrangement() == users


def test_closing_the_scene_ends_the_preview(previewed, slicer):
    slicer.mrmlScene.Clear()
    assert not previewed.preview.isOpen
    assert not any(slicer.mrmlScene.GetSingletonNode(tag, "vtkMRMLSliceNode") for tag in TAGS)
    assert header_rows(previewed) == []


def test_a_layout_that_the_user_chose_meanwhile_stays(previewed, slicer):
    layout = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    layout.SetViewArrangement(layout.SlicerLayoutOneUpRedSliceView)
    previewed.ui.closePreviewButton.click()
    assert slicer.app.layoutManager().layout == layout.SlicerLayoutOneUpRedSliceView
    assert layout.GetSaveWithScene()


@pytest.mark.parametrize("line", ["inputPath", "mapPath", "outputPath", "keyPath"])
def test_other_paths_take_the_preview_away(previewed, slicer, tmp_path, line):
    getattr(previewed.ui, line).currentPath = str(tmp_path / "other")
    assert not previewed.preview.isOpen
    assert not any(slicer.mrmlScene.GetSingletonNode(tag, "vtkMRMLSliceNode") for tag in TAGS)
    assert "it showed a series of other folders" in previewed.ui.previewLabel.text
    assert not previewed.ui.previewButton.enabled
    assert header_rows(previewed) == []


def test_closing_slicer_gives_the_users_layout_back(previewed, slicer):
    slicer.app.aboutToQuit.emit()
    assert slicer.app.layoutManager().layout != 8606


def test_closing_in_the_middle_leaves_nothing(planned, slicer, until):
    before = set(nodes(slicer))
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: planned.preview._nodes.get("before") is not None, 60)
    planned.ui.closePreviewButton.click()
    time.sleep(0.3)
    slicer.app.processEvents()
    assert set(nodes(slicer)) == before
    assert not planned.preview.isBusy
