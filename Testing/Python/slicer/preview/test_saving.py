# SPDX-License-Identifier: Apache-2.0
"""Saving a scene while a preview is open: nothing of it, nor of the patient, is in any file."""

from __future__ import annotations

import shutil
import time

import pytest
from previewcases import nodes


def test_a_saved_scene_holds_nothing_of_the_preview_nor_of_the_patient(previewed, slicer, tmp_path, caplog, capfd):
    for node in nodes(slicer).values():
        attributes = list(node.GetAttributeNames() or [])
        assert "DICOM.instanceUIDs" not in attributes
        assert "CANARY" not in (node.GetName() or "") + (node.GetDescription() or "") + repr(attributes)
    for role in ("before", "after", "mask", "head before", "head after"):
        assert previewed.preview._nodes.get(role).GetStorageNode() is None
        assert not previewed.preview._nodes.get(role).GetSaveWithScene()
    slicer.mrmlScene.SetURL(str(tmp_path / "scene.mrml"))
    slicer.mrmlScene.Commit()
    saved = (tmp_path / "scene.mrml").read_text(encoding="utf-8")
    assert "CANARY" not in saved
    for made in ("Volume", "Model ", "DeidBefore", "DeidAfter", "ColorTableNode", "Layout "):
        assert f"<{made}" not in saved
        assert f'name="{made}' not in saved
    said = capfd.readouterr()
    assert "CANARY" not in caplog.text + said.out + said.err


def test_all_nodes_lie_in_one_folder_of_the_hierarchy(previewed, slicer):
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    folder = hierarchy.GetItemByName("De-identification preview")
    roles = ("before", "after", "mask", "head before", "head after")
    items = [hierarchy.GetItemByDataNode(previewed.preview._nodes.get(role)) for role in roles]
    assert all(items)
    assert {hierarchy.GetItemParent(item) for item in items} == {folder}


@pytest.fixture
def users(previewed, slicer):
    """Items that the user put into the preview's folder, under one of its nodes, and there a node of the preview."""
    nodes, scene = previewed.preview._nodes, slicer.mrmlScene
    items = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    folder = items.GetItemByName("De-identification preview")
    model = scene.AddNewNodeByClass("vtkMRMLModelNode", "users model")
    made = {
        "model": items.CreateItem(folder, model),
        "folder": items.CreateFolderItem(folder, "users folder"),
        "under ours": items.CreateFolderItem(items.GetItemByDataNode(nodes.get("after")), "users other folder"),
    }
    items.SetItemAttribute(made["model"], "written by", "the user")
    items.SetItemParent(items.GetItemByDataNode(nodes.get("mask")), made["folder"])
    return made


def test_what_the_user_puts_into_the_folder_of_the_preview_is_saved_and_stays(
    users, previewed, slicer, tmp_path, until
):
    scene, path = slicer.mrmlScene, tmp_path / "scene.mrml"
    items = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    scene.SetURL(str(path))
    scene.Commit()
    saved = path.read_text(encoding="utf-8")
    assert saved.count("<SubjectHierarchyItem") == 1 + len(users)  # the scene's own
    assert all(f'name="{name}"' in saved for name in ("users model", "users folder", "users other folder"))
    assert "Preview" not in saved
    until(lambda: items.GetItemByName("De-identification preview"))
    previewed.ui.closePreviewButton.click()
    assert items.GetNumberOfItems() == len(users)
    assert {items.GetItemParent(item) for item in users.values()} == {items.GetSceneItemID()}
    assert items.GetItemAttribute(users["model"], "written by") == "the user"


def test_a_preview_whose_folder_the_user_took_away_is_closed_without_an_error(previewed, slicer, capfd):
    items = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    items.RemoveItem(items.GetItemByName("De-identification preview"), False, True)
    previewed.ui.closePreviewButton.click()
    said = capfd.readouterr()
    assert "Failed to find" not in said.out + said.err


@pytest.mark.parametrize("name", ["scene.mrml", "scene.mrb", "bundle"])
def test_a_scene_that_is_saved_by_anybody_has_no_item_of_the_preview(previewed, slicer, tmp_path, until, name):
    import zipfile

    scene, path = slicer.mrmlScene, tmp_path / name

    def items():
        return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene).GetNumberOfItems()

    def saved():
        if name.endswith(".mrb"):
            assert scene.WriteToMRB(str(path))
            with zipfile.ZipFile(path) as bundle:
                text = next(bundle.read(one).decode() for one in bundle.namelist() if one.endswith(".mrml"))
                return text + "".join(bundle.namelist())
        if name == "bundle":  # a folder, as old scripts make it
            path.mkdir()
            assert scene.SaveSceneToSlicerDataBundleDirectory(str(path))
            return next(path.rglob("*.mrml")).read_text(encoding="utf-8") + "".join(map(str, path.rglob("*")))
        scene.SetURL(str(path))
        scene.Commit()
        return path.read_text(encoding="utf-8")

    before = items()
    assert before >= 6
    for _turn in range(2):  # the second time, too
        text = saved()
        assert text.count("<SubjectHierarchyItem") == 1  # the scene's own
        assert "review" not in text
        assert "SubjectHierarchyVersion" in text  # or Slicer would take it for one of another time
        until(lambda: items() == before)
        assert previewed.preview._nodes.get("before") is not None
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    previewed.preview._nodes.joinHierarchy()  # as pictures that arrive while Slicer asks for names
    assert saved().count("<SubjectHierarchyItem") == 1
    previewed.ui.closePreviewButton.click()
    assert items() == 0
    slicer.app.processEvents()
    assert items() == 0


def test_slicers_dialog_for_saving_which_takes_a_picture_of_the_views_closes_the_preview(previewed, slicer, until):
    import qt

    class qSlicerSaveDataDialogPrivate(qt.QDialog):
        """As Slicer's own, of which the bench has none."""

    layout = slicer.app.layoutManager().layout
    other, dialog = qt.QDialog(), qSlicerSaveDataDialogPrivate()
    other.setModal(True)
    other.show()
    shown = time.monotonic()
    until(lambda: time.monotonic() - shown > 0.2)
    assert previewed.preview.isOpen
    other.close()
    dialog.setModal(True)
    dialog.show()
    until(lambda: not previewed.preview.isOpen, 2)
    assert slicer.mrmlScene.GetNodesByName("Preview: original").GetNumberOfItems() == 0
    assert slicer.app.layoutManager().layout != layout
    assert "Slicer puts a picture of its views into what it saves" in previewed.ui.previewLabel.text
    dialog.close()
