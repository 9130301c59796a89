# SPDX-License-Identifier: Apache-2.0
"""Storing and restoring scene views while a preview is open: none holds anything of it, not even a picture."""

from __future__ import annotations

import numpy as np
import pytest
from previewcases import kept, nodes, preview_again


@pytest.mark.parametrize("isClosed", [False, True])
def test_a_scene_view_that_is_stored_during_a_preview_saves_nothing_of_it(previewed, slicer, tmp_path, isClosed):
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), "the user's own")
    view = slicer.vtkMRMLSceneViewNode()
    slicer.mrmlScene.AddNode(view)
    view.StoreScene()
    if isClosed:
        previewed.ui.closePreviewButton.click()
    slicer.mrmlScene.SetURL(str(tmp_path / "scene.mrml"))
    slicer.mrmlScene.Commit()
    text = (tmp_path / "scene.mrml").read_text(encoding="utf-8")
    assert "review" not in text.partition("<SceneView")[2]
    stored = view.GetStoredScene().GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
    assert stored.GetItemByName("the user's own")
    assert stored.GetNumberOfItems() == 1


@pytest.mark.parametrize("isStoredDuring", [False, True])
def test_restoring_a_scene_view_that_holds_the_scene_closes_the_preview(planned, slicer, until, isStoredDuring):
    own = slicer.util.addVolumeFromArray(np.zeros((4, 8, 8), np.int16), name="the user's own")
    layout = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    layout.SetViewArrangement(layout.SlicerLayoutFourUpView)
    view = slicer.vtkMRMLSceneViewNode()
    slicer.mrmlScene.AddNode(view)
    before = kept(slicer)
    if not isStoredDuring:
        view.StoreScene()
    assert preview_again(planned, until)
    if isStoredDuring:
        view.StoreScene()
    view.RestoreScene()
    slicer.app.processEvents()
    assert not planned.preview.isOpen
    assert planned.ui.previewLabel.text == "The preview was closed: a scene view was restored."
    assert kept(slicer) == before
    assert own.GetScene() is slicer.mrmlScene
    assert layout.GetViewArrangement() == layout.SlicerLayoutFourUpView
    assert layout.GetSaveWithScene()
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    assert not hierarchy.GetItemByName("De-identification preview")
    assert preview_again(planned, until)
    planned.ui.closePreviewButton.click()
    assert kept(slicer) == before


@pytest.fixture
def sceneviews(slicer):
    """Slicer's own scene views, of which one with a picture was stored before there was a preview."""
    picture = picture_of(200)
    logic = slicer.modules.sceneviews.logic()
    logic.CreateSceneView("usual", "", 0, picture)
    return logic, picture


def saved_files(slicer, path):
    """Everything that a bundle of the scene holds, as one text, inner bundles too."""
    import io
    import zipfile

    def read(data):
        with zipfile.ZipFile(data) as bundle:
            for name in bundle.namelist():
                content = bundle.read(name)
                yield name
                yield from read(io.BytesIO(content)) if name.endswith(".mrb") else [content.decode("latin-1")]

    assert slicer.mrmlScene.WriteToMRB(str(path))
    return "\n".join(read(path))


def test_a_scene_view_that_is_stored_during_a_preview_holds_nothing_of_it(sceneviews, planned, slicer, until, tmp_path):
    logic, picture = sceneviews
    layout = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    layout.SetViewArrangement(layout.SlicerLayoutFourUpView)
    before = set(nodes(slicer))
    assert preview_again(planned, until)
    logic.CreateSceneView("during", "", 4, picture)
    assert planned.preview.isOpen
    logic.UpdateNthSceneView(0)  # which restores it too
    assert [logic.GetNthSceneViewName(n) for n in range(2)] == ["usual", "during"]
    lightest = [max(logic.GetNthSceneViewScreenshot(n).GetPointData().GetScalars().GetRange()) for n in range(2)]
    assert lightest == [200, 0]
    saved = saved_files(slicer, tmp_path / "scene.mrb")
    assert "usual" in saved
    for made in ("DeidBefore", "DeidAfter", "Preview: ", "De-identification preview", 'currentViewArrangement="8606"'):
        assert made not in saved
    planned.ui.closePreviewButton.click()
    layout.SetViewArrangement(layout.SlicerLayoutConventionalView)
    assert logic.RestoreSceneView("during")
    assert layout.GetViewArrangement() == layout.SlicerLayoutFourUpView
    assert layout.GetSaveWithScene()
    added = [nodes(slicer)[each] for each in set(nodes(slicer)) - before]
    assert {each.GetClassName() for each in added} <= {"vtkMRMLSequenceNode", "vtkMRMLSequenceStorageNode"}
    assert not any(each.GetName().startswith("Deid") for each in nodes(slicer).values())


def picture_of(value):
    """A small picture of one grey value."""
    import vtk

    picture = vtk.vtkImageData()
    picture.SetDimensions(8, 6, 1)
    picture.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 3)
    picture.GetPointData().GetScalars().Fill(value)
    return picture


@pytest.mark.parametrize("isReplaced", [False, True])
def test_no_picture_that_is_taken_during_a_preview_stays_whatever_layout_is_shown(
    sceneviews, planned, slicer, until, tmp_path, isReplaced
):
    logic, _picture = sceneviews
    layout = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    assert preview_again(planned, until)
    layout.SetViewArrangement(layout.SlicerLayoutFourUpView)
    own = planned.preview._nodes.get("before").GetID()
    selection = slicer.app.applicationLogic().GetSelectionNode()
    selection.SetActiveVolumeID(own)
    slicer.app.applicationLogic().PropagateVolumeSelection()
    if isReplaced:
        logic.ModifyNthSceneView(0, "usual", "", 4, picture_of(77))
        slicer.app.processEvents()
    logic.CreateSceneView("mine", "", 4, picture_of(88))
    slicer.app.processEvents()
    saved = saved_files(slicer, tmp_path / "scene.mrb")
    assert f'"{own}"' not in saved
    planned.ui.closePreviewButton.click()
    lightest = [max(logic.GetNthSceneViewScreenshot(n).GetPointData().GetScalars().GetRange()) for n in range(2)]
    assert lightest == [0 if isReplaced else 200, 0]


def test_a_picture_that_is_replaced_without_a_word_is_black_when_the_preview_closes(sceneviews, planned, slicer, until):
    logic, _picture = sceneviews
    assert preview_again(planned, until)
    logic.SetNthSceneViewScreenshot(0, picture_of(66))
    planned.ui.closePreviewButton.click()
    assert max(logic.GetNthSceneViewScreenshot(0).GetPointData().GetScalars().GetRange()) == 0


def test_a_scene_view_from_before_keeps_its_picture_and_can_be_restored_during_a_preview(
    sceneviews, planned, slicer, until
):
    logic, _picture = sceneviews
    layout = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    before, usual = kept(slicer), layout.GetViewArrangement()
    assert preview_again(planned, until)
    assert logic.RestoreSceneView("usual")
    slicer.app.processEvents()
    assert layout.GetViewArrangement() == usual
    assert logic.GetNthSceneViewScreenshot(0) is not None
    planned.ui.closePreviewButton.click()
    assert kept(slicer) == before
    assert preview_again(planned, until)
    planned.ui.closePreviewButton.click()
    assert kept(slicer) == before
    assert layout.GetViewArrangement() == usual
