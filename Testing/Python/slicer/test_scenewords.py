# SPDX-License-Identifier: Apache-2.0
"""Places where Slicer writes words of its own: others in them are found, taken out and put back, and its own stay."""

from __future__ import annotations

import numpy as np
import pytest
from scenecases import state

TERM = (
    "Segmentation category and type - 3D Slicer General Anatomy list~SCT^85756007^Tissue~{}~^^"
    "~Anatomic codes - DICOM master list~^^~^^"
)


def segmentation(scene, segmentId=""):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")
    inside = node.GetSegmentation()
    return node, inside.GetSegment(inside.AddEmptySegment(segmentId, "tumour"))


@pytest.mark.parametrize(
    ("key", "value"),
    [("Seen by Zqxname", "1"), ("DICOM.Modality", "Zqxname"), ("Level", "Zqxname"), ("ModuleName", "Zqxname")],
)
def test_attributes_that_hold_no_word_of_slicer_go_and_come_back(slicer, scene, traces, key, value):
    volume = slicer.util.addVolumeFromArray(np.zeros((4, 5, 6), np.int16), np.eye(4), "CT head")
    camera = scene.AddNewNodeByClass("vtkMRMLCameraNode", "Camera")
    items = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    folder = items.CreateFolderItem(items.GetSceneItemID(), "CT")
    items.SetItemAttribute(folder, key, value)
    for node in (volume, camera):
        node.SetAttribute(key, value)
    before, found = state(slicer), traces()
    assert [trace.before for trace in found] == [value] * 3
    assert all(trace.remove() for trace in found)
    assert "Zqxname" not in state(slicer)
    assert all(trace.restore() for trace in reversed(found))
    assert sorted(state(slicer).splitlines()) == sorted(before.splitlines())


def test_what_slicer_writes_there_stays(slicer, scene, traces):
    volume = slicer.util.addVolumeFromArray(np.zeros((4, 5, 6), np.int16), np.eye(4), "CT head")
    volume.SetAttribute("DICOM.Modality", "RTDOSE")
    volume.SetAttribute("Level", "Folder")
    one = slicer.vtkMRMLTextNode()
    one.SetName("t")
    scene.AddNewNodeByClass("vtkMRMLSequenceNode", "Sequence").SetDataNodeAtValue(one, "1")
    for _n in range(2):
        scene.AddNewNodeByClass("vtkMRMLROINode")
    scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode")
    _node, segment = segmentation(scene)
    segment.SetTag("Segmentation.Status", "inprogress")
    segment.SetTag(segment.GetTerminologyEntryTagName(), TERM.format("SCT^71133005^Couinaud hepatic segment I"))
    kept = [trace.where for trace in traces() if "Text" not in trace.where]
    assert kept == []


@pytest.mark.parametrize("segmentId", ["", "Zqxname"])
@pytest.mark.parametrize("coded", ["SCT^85756007^Zqxname", "SCT^Zqxname^Tissue", "Zqxname^1^Tissue"])
def test_terms_states_and_conversions_of_segments_hold_codes_only(scene, traces, segmentId, coded):
    node, segment = segmentation(scene, segmentId)
    segment.SetTag("Segmentation.Status", "Zqxname")
    segment.SetTag(segment.GetTerminologyEntryTagName(), TERM.format(coded))
    node.GetSegmentation().SetConversionParameter("Smoothing factor", "Zqxname")
    before, ids, found = str(segment), list(node.GetSegmentation().GetSegmentIDs()), traces()
    assert len(found) == (4 if segmentId else 3)
    assert all(trace.remove() for trace in found)
    assert not segment.HasTag("Segmentation.Status")
    assert not segment.HasTag(segment.GetTerminologyEntryTagName())
    assert node.GetSegmentation().GetConversionParameter("Smoothing factor") == "0.5"
    assert traces() == []
    assert all(trace.restore() for trace in reversed(found))
    assert list(node.GetSegmentation().GetSegmentIDs()) == ids
    assert str(segment).partition("Tags:")[2] == before.partition("Tags:")[2]
    assert node.GetSegmentation().GetConversionParameter("Smoothing factor") == "Zqxname"


def test_terms_of_colors_hold_codes_only(slicer, scene, traces):
    colors = scene.AddNewNodeByClass("vtkMRMLColorTableNode", "Colors")
    colors.SetTypeToUser()
    colors.SetNumberOfColors(3)
    colors.SetDescription("")
    for n, coded in ((1, "SCT^Zqxname^Zqxname"), (2, "SCT^85756007^Tissue")):
        colors.SetColor(n, "tumour", 1.0, 0.0, 0.0)
        colors.SetTerminologyFromString(n, TERM.format(coded))
    before = [colors.GetTerminologyAsString(n) for n in range(3)]
    (found,) = traces()
    assert found.remove()
    assert "Zqxname" not in colors.GetTerminologyAsString(1)
    assert colors.GetTerminologyAsString(2) == before[2]
    assert found.restore()
    assert [colors.GetTerminologyAsString(n) for n in range(3)] == before


def test_formats_and_names_of_components_hold_clinical_words_only(slicer, scene, traces):
    import vtk

    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "Browser")
    browser.SetIndexDisplayFormat("of Zqxname %.3f")
    source = vtk.vtkSphereSource()
    source.Update()
    mesh = source.GetOutput()
    array = vtk.vtkFloatArray()
    array.SetName("depth")
    array.SetNumberOfComponents(3)
    array.SetNumberOfTuples(mesh.GetNumberOfPoints())
    array.Fill(1.5)
    for n, name in enumerate(("X", "Y", "Zqxname")):
        array.SetComponentName(n, name)
    mesh.GetPointData().AddArray(array)
    scene.AddNewNodeByClass("vtkMRMLModelNode", "Model").SetAndObserveMesh(mesh)
    found = traces()
    assert all(trace.remove() for trace in found)
    assert browser.GetIndexDisplayFormat() == "%.2f"
    assert [array.GetComponentName(n) for n in range(3)] == ["X", "Y", "3"]
    assert all(trace.restore() for trace in reversed(found))
    assert browser.GetIndexDisplayFormat() == "of Zqxname %.3f"
    assert array.GetComponentName(2) == "Zqxname"


def test_views_that_are_called_as_the_patient_are_listed_and_cannot_be_taken_out(slicer, scene, panel, tmp_path):
    ui = panel.ui
    items = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    items.CreateSubjectItem(items.GetSceneItemID(), "Plantsurname^Anna")
    view = scene.CreateNodeByClass("vtkMRMLViewNode")
    view.SetLayoutName("Plantsurname")
    view.SetName("View")
    scene.AddNode(view)
    ui.sceneLookButton.click()
    groups = [ui.sceneTree.topLevelItem(n) for n in range(ui.sceneTree.topLevelItemCount)]
    (left,) = (group for group in groups if group.text(0).startswith("Left in the bundle"))
    assert left.child(0).text(0) == "Name or ID of a view"
    assert left.child(0).text(2) == "(stays)"
    ui.sceneCleanButton.click()
    assert "press Look again" not in ui.sceneLabel.text
    ui.scenePath.currentPath = str(tmp_path / "shared.mrb")
    ui.sceneSaveButton.click()
    assert ui.sceneLabel.text.startswith("Not saved: ")
    assert not list(tmp_path.iterdir())


def test_a_node_that_shows_a_sequence_is_ready_with_it(slicer, scene, panel):
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "Sequence")
    for n in range(2):
        one = slicer.vtkMRMLTextNode()
        one.SetName("of Zqxname")
        one.SetText(f"of Zqxname {n}")
        sequence.SetDataNodeAtValue(one, "12 Zqxname" if n else "0")
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "Browser")
    browser.AddSynchronizedSequenceNode(sequence)
    slicer.modules.sequences.logic().UpdateAllProxyNodes()
    browser.SetSelectedItemNumber(1)
    browser.SetIndexDisplayFormat("of Zqxname %.2f")  # changing it, Slicer shows the frame anew
    assert "Zqxname" in browser.GetProxyNode(sequence).GetText()
    panel.ui.sceneLookButton.click()
    panel.ui.sceneCleanButton.click()
    assert "Zqxname" not in state(slicer)
    assert "press Look again" not in panel.ui.sceneLabel.text
    assert "Name a bundle and press Save." in panel.ui.sceneLabel.text


@pytest.mark.parametrize("name", ["Labels", "Otherplant"])  # saved, and refused
def test_files_that_nodes_name_are_the_same_after_save(slicer, scene, panel, tmp_path, name):
    ui = panel.ui
    items = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    items.CreateSubjectItem(items.GetSceneItemID(), "Otherplant^Anna")
    colors = scene.AddNewNodeByClass("vtkMRMLColorTableNode", "Labels")
    colors.SetTypeToUser()
    colors.SetNumberOfColors(2)
    unit = scene.AddNode(slicer.vtkMRMLUnitNode())
    unit.SetSuffix(name)  # where nothing but the last look finds it
    ui.sceneLookButton.click()
    ui.sceneCleanButton.click()
    ui.scenePath.currentPath = str(tmp_path / "shared.mrb")
    ui.sceneSaveButton.click()
    assert ui.sceneLabel.text.startswith("Saved" if name == "Labels" else "Not saved")
    storages = slicer.util.getNodesByClass("vtkMRMLStorageNode")
    assert [storage.GetFileName() or "" for storage in storages] == [""] * len(storages)
    ui.sceneLookButton.click()
    assert ui.sceneLabel.text.startswith("Nothing was found")
