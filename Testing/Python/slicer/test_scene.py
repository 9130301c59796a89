# SPDX-License-Identifier: Apache-2.0
"""The scene that shall be shared: what it tells of a patient is shown, taken out, put back, and in no saved byte."""

from __future__ import annotations

import base64
import json
import zipfile
import zlib

import numpy as np
import pytest
from scenecases import state

PLANTED = (
    *("CANARYNAME", "CANARYGIVEN", "CANARYMRN", "19610203", "1961-02-03", "1.2.840.99.7", "CANARYPLACE", "CANARYFILE"),
    *("CANARYNOTE", "CANARYSEGMENT", "CANARYPOINT", "CANARYCELL", "CANARYCOLUMN", "CANARYVIEW", "CANARYFOLDER"),
)


def hierarchy(slicer):
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)


@pytest.fixture
def planted(slicer, tmp_path):
    """A scene as Slicer's DICOM module and a user leave it, with planted values wherever a value can stand."""
    import vtk

    scene, items = slicer.mrmlScene, hierarchy(slicer)
    volume = slicer.util.addVolumeFromArray(
        np.arange(120, dtype=np.int16).reshape(4, 5, 6), np.eye(4), "2: CT head 5mm Canaryname"
    )
    volume.SetAttribute("DICOM.instanceUIDs", "1.2.840.99.7.1 1.2.840.99.7.2")
    volume.SetAttribute("Ward", "CANARYPLACE")
    volume.SetAttribute("DICOM.Modality", "CT")
    volume.SetDescription("tumour left, CANARYNOTE")
    patient = items.CreateSubjectItem(items.GetSceneItemID(), "CANARYNAME^CANARYGIVEN")
    for name, value in {
        "PatientName": "CANARYNAME^CANARYGIVEN",
        "PatientID": "CANARYMRN",
        "PatientBirthDate": "19610203",
        "PatientComments": "CANARYPLACE",
    }.items():
        items.SetItemAttribute(patient, f"DICOM.{name}", value)
    study = items.CreateStudyItem(patient, "CT head Canaryname (1961-02-03)")
    items.SetItemUID(study, "DICOM", "1.2.840.99.7")
    item = items.CreateItem(study, volume)
    items.SetItemUID(item, "DICOM", "1.2.840.99.7.3")
    items.SetItemAttribute(item, "DICOM.Modality", "CT")
    items.CreateFolderItem(items.GetSceneItemID(), "CANARYFOLDER")
    volume.AddDefaultStorageNode()
    volume.GetStorageNode().SetFileName(str(tmp_path / "CANARYFILE" / "CANARYFILE.nrrd"))
    text = scene.AddNewNodeByClass("vtkMRMLTextNode", "CANARYNOTE")
    text.SetText("seen by CANARYNAME")
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")
    for name in ("tumour", "CANARYSEGMENT"):
        segmentation.GetSegmentation().AddEmptySegment("", name)
    points = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "F")
    points.AddControlPoint(1.0, 2.0, 3.0, "CANARYPOINT")
    table = scene.AddNewNodeByClass("vtkMRMLTableNode", "Volume 3 ml")
    cells = table.AddColumn(vtk.vtkStringArray())
    cells.SetName("CANARYCOLUMN")
    for row, value in enumerate(("12.5", "CANARYCELL")):
        table.AddEmptyRow()
        table.SetCellText(row, 0, value)
    parameters = scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "Parameters")
    parameters.SetParameter("lastFolder", "/data/CANARYFOLDER/x")
    parameters.SetParameter("threshold", "120")
    view = slicer.vtkMRMLSequenceBrowserNode()
    logic = slicer.vtkSlicerSceneViewsModuleLogic
    view.SetAttribute(logic.GetSceneViewNodeAttributeName(), logic.GetSceneViewNodeAttributeValue())
    view.SetName("CANARYVIEW")
    scene.AddNode(view)
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "stored CANARYVIEW")
    copy = slicer.vtkMRMLTextNode()
    copy.SetName("CANARYVIEW")
    sequence.SetDataNodeAtValue(copy, "0")
    view.AddSynchronizedSequenceNode(sequence)
    scene.SetURL(str(tmp_path / "CANARYFOLDER.mrml"))
    yield volume
    scene.SetURL("")


@pytest.fixture
def open_tab(panel):
    panel.ui.sceneSection.collapsed = False
    panel.ui.sceneTabs.setCurrentIndex(1)
    for name in ("dataSection", "optionsSection", "seriesSection"):
        getattr(panel.ui, name).collapsed = True
    return panel


def saved_bytes(path):
    """Everything in a bundle: names, files, and what is compressed in them."""
    found = [path.read_bytes()]
    with zipfile.ZipFile(path) as bundle:
        for name in bundle.namelist():
            data = bundle.read(name)
            found += [name.encode(), data]
            start = data.find(b"\x1f\x8b\x08")
            if start >= 0:
                found.append(zlib.decompressobj(31).decompress(data[start:]))
    return b"\n".join(found)


def rows(panel):
    tree = panel.ui.sceneTree
    groups = [tree.topLevelItem(n) for n in range(tree.topLevelItemCount)]
    return {group.text(0): [group.child(n) for n in range(group.childCount())] for group in groups}


@pytest.fixture
def told(slicer, planted):
    """The same scene, which also names the patient where Slicer keeps titles, units, labels and parameters."""
    scene = slicer.mrmlScene
    chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", "Chart")
    for write in (chart.SetTitle, chart.SetXAxisTitle, chart.SetYAxisTitle):
        write("size CANARYNAME")
    chart.SetFontType("CANARYNAME")
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "Sequence")
    sequence.SetIndexName("CANARYNAME")
    sequence.SetIndexUnit("CANARYNAME")
    one = slicer.vtkMRMLTextNode()
    one.SetName("t")
    for value in ("1.5", "CANARYNAME"):
        sequence.SetDataNodeAtValue(one, value)
    line = scene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", "L")
    line.SetControlPointLabelFormat("CANARYNAME %d")
    view = scene.AddNewNodeByClass("vtkMRMLViewNode", "View2")
    view.SetLayoutLabel("CANARYNAME")
    parameters = scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "Others")
    parameters.SetModuleName("CANARYNAME")
    parameters.SetParameter("of CANARYNAME", "1")
    colors = scene.AddNewNodeByClass("vtkMRMLColorTableNode", "Labels")
    colors.SetTypeToUser()
    colors.SetNumberOfColors(2)
    colors.SetColor(1, "CANARYNAME", 1.0, 0.0, 0.0)
    entry = slicer.vtkCodedEntry()
    entry.SetValueSchemeMeaning("1", "DCM", "CANARYNAME")
    planted.SetVoxelValueQuantity(entry)
    yield sequence
    for node in (chart, sequence, line, view, parameters, colors):
        scene.RemoveNode(node)


@pytest.mark.parametrize("folder", ["", "elsewhere"])  # of the scene, below which Slicer names files
def test_titles_units_labels_and_names_of_parameters_tell_nothing_after_it(slicer, open_tab, told, tmp_path, folder):
    slicer.mrmlScene.SetRootDirectory(str(tmp_path / folder) if folder else "")
    before = state(slicer)
    assert before.upper().count("CANARYNAME") > 10
    open_tab.ui.sceneLookButton.click()
    open_tab.ui.sceneCleanButton.click()
    assert "CANARYNAME" not in state(slicer).upper()
    values = {told.GetNthIndexValue(n) for n in range(told.GetNumberOfDataNodes())}
    assert "1.5" in values
    assert len(values) == 2
    open_tab.ui.sceneUndoButton.click()
    assert sorted(state(slicer).splitlines()) == sorted(before.splitlines())


@pytest.fixture
def inside(slicer, planted):
    """The same scene with values where no node shows them: IDs and tags of segments, fields of a model."""
    import vtk
    from vtk.util import numpy_support

    scene = slicer.mrmlScene
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")
    node.CreateDefaultDisplayNodes()
    labels = slicer.vtkOrientedImageData()
    labels.SetDimensions(3, 3, 3)
    labels.AllocateScalars(vtk.VTK_SHORT, 1)
    values = numpy_support.vtk_to_numpy(labels.GetPointData().GetScalars())
    values[:] = np.arange(27) % 3
    for value, segmentId in ((1, "CANARYSEGMENT"), (2, "")):
        segment = node.GetSegmentation().GetSegment(node.GetSegmentation().AddEmptySegment(segmentId, "tumour"))
        segment.AddRepresentation("Binary labelmap", labels)
        segment.SetLabelValue(value)
    first = node.GetSegmentation().GetSegment("CANARYSEGMENT")
    first.SetTag("Note", "seen by CANARYNAME")
    first.SetTag("Segmentation.Status", "inprogress")
    node.GetDisplayNode().SetSegmentOpacity3D("CANARYSEGMENT", 0.25)
    editor = scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode", "Editor")
    editor.SetAndObserveSegmentationNode(node)
    editor.SetSelectedSegmentID("CANARYSEGMENT")
    source = vtk.vtkSphereSource()
    source.Update()
    mesh = source.GetOutput()
    told = vtk.vtkStringArray()
    told.SetName("CANARYCOLUMN")
    for text in ("left", "CANARYNOTE"):
        told.InsertNextValue(text)
    mesh.GetFieldData().AddArray(told)
    depth = vtk.vtkFloatArray()
    depth.SetName("of CANARYNAME")
    depth.SetNumberOfTuples(mesh.GetNumberOfPoints())
    depth.Fill(1.5)
    mesh.GetPointData().AddArray(depth)
    model = scene.AddNewNodeByClass("vtkMRMLModelNode", "Model")
    model.SetAndObserveMesh(mesh)
    yield node, model
    for each in (editor, model, node):
        scene.RemoveNode(each)


def test_what_stands_inside_segments_and_models_tells_nothing_after_it(slicer, open_tab, inside, tmp_path):
    node, model = inside
    display, fields = node.GetDisplayNode(), model.GetMesh().GetFieldData()
    earlier, before = node.GetSegmentation(), state(slicer)
    segment = earlier.GetSegment("CANARYSEGMENT")
    open_tab.ui.sceneLookButton.click()
    open_tab.ui.sceneCleanButton.click()
    ids = list(node.GetSegmentation().GetSegmentIDs())
    assert ids == ["Segment_1", earlier.GetNthSegmentID(1)]
    assert node.GetSegmentation().GetSegment("Segment_1").GetLabelValue() == 1
    assert display.GetSegmentOpacity3D("Segment_1") == 0.25
    assert not segment.HasTag("Note")
    assert segment.HasTag("Segmentation.Status")
    assert fields.GetAbstractArray(0).GetValue(0) == "left"
    assert model.GetMesh().GetPointData().GetNumberOfArrays() == 2
    open_tab.ui.scenePath.currentPath = str(tmp_path / "shared.mrb")
    open_tab.ui.sceneSaveButton.click()
    assert open_tab.ui.sceneLabel.text.startswith("Saved as shared.mrb")
    data = saved_bytes(tmp_path / "shared.mrb").upper()
    assert not [value for value in PLANTED if value.encode() in data]
    assert not [value for value in PLANTED if value in state(slicer).upper()]
    for storage in (node.GetStorageNode(), model.GetStorageNode()):
        slicer.mrmlScene.RemoveNode(storage)
    open_tab.ui.sceneUndoButton.click()
    assert node.GetSegmentation() is earlier
    assert display.GetSegmentOpacity3D("CANARYSEGMENT") == 0.25
    assert segment.HasTag("Note")
    assert fields.GetAbstractArray(0).GetName() == "CANARYCOLUMN"
    assert fields.GetAbstractArray(0).GetValue(1) == "CANARYNOTE"
    assert before.count("CANARYSEGMENT") == state(slicer).count("CANARYSEGMENT")


def test_nothing_is_offered_before_one_has_looked(slicer, open_tab, picture):
    ui = open_tab.ui
    assert not ui.sceneCleanButton.enabled
    assert not ui.sceneUndoButton.enabled
    assert not ui.sceneSaveButton.enabled
    picture(open_tab.parent, "scene-1-first")


def test_an_empty_scene_tells_nothing(slicer, open_tab):
    open_tab.ui.sceneLookButton.click()
    assert open_tab.ui.sceneLabel.text.startswith("Nothing was found; the scene can be saved")
    assert not open_tab.ui.sceneCleanButton.enabled


def test_what_the_scene_tells_is_shown_with_counts_before_anything_changes(slicer, open_tab, planted, picture):
    before = state(slicer)
    open_tab.ui.sceneLookButton.click()
    found = rows(open_tab)
    kinds = ("Patients and studies", "Stored views", "Paths of files", "Names", "Texts and parameters", "Attributes")
    assert {name.split(" (")[0] for name in found} == set(kinds)
    assert all(name.endswith(f"({len(each)})") for name, each in found.items())
    assert state(slicer) == before
    assert "Volumes (1) stay as they are" in open_tab.ui.sceneLabel.text
    group = open_tab.ui.sceneTree.topLevelItem(0)
    open_tab.ui.sceneTree.setCurrentItem(group.child(0))
    assert open_tab.ui.sceneDetailLabel.text == "Patient 1: now CANARYNAME^CANARYGIVEN; then Patient 1"
    picture(open_tab.parent, "scene-2-found")
    open_tab.ui.sceneTree.setCurrentItem(group)
    assert open_tab.ui.sceneDetailLabel.text == "Select a line to read it in full."


def test_no_scene_is_saved_into_a_folder_of_the_panel(open_tab, tmp_path):
    ui = open_tab.ui
    ui.sceneLookButton.click()
    ui.sceneCleanButton.click()
    ui.outputPath.currentPath = str(tmp_path / "out")
    (tmp_path / "out" / "HEAD-001").mkdir(parents=True)
    try:
        ui.scenePath.currentPath = str(tmp_path / "out" / "HEAD-001" / "shared.mrb")
        ui.sceneSaveButton.click()
        assert "is one of the panel's" in ui.sceneLabel.text
        assert list((tmp_path / "out" / "HEAD-001").iterdir()) == []
    finally:
        ui.outputPath.currentPath = ""


def test_a_saved_bundle_holds_no_planted_value_and_no_picture(slicer, open_tab, planted, tmp_path, picture):
    ui = open_tab.ui
    ui.sceneLookButton.click()
    ui.sceneCleanButton.click()
    assert planted.GetName() == "2: CT head 5mm"
    assert planted.GetDescription() == "tumour left"
    assert planted.GetAttribute("DICOM.Modality") == "CT"
    assert slicer.util.getNode("Parameters").GetParameter("threshold") == "120"
    assert slicer.util.getNode("Volume 3 ml").GetCellText(0, 0) == "12.5"
    assert not ui.sceneSaveButton.enabled
    ui.scenePath.currentPath = str(tmp_path / "shared")
    ui.sceneSaveButton.click()
    assert ui.sceneLabel.text == "Saved as shared.mrb, without a picture of the views."
    picture(open_tab.parent, "scene-3-saved")
    path = tmp_path / "shared.mrb"
    data = saved_bytes(path)
    for value in PLANTED:
        for spelling in (value, value.lower(), value.capitalize()):
            assert spelling.encode() not in data, spelling
    with zipfile.ZipFile(path) as bundle:
        assert not [name for name in bundle.namelist() if name.lower().endswith((".png", ".jpg"))]
    ui.sceneSaveButton.click()
    assert "already" in ui.sceneLabel.text


def test_taking_back_restores_every_byte_of_the_scene(slicer, open_tab, planted, picture):
    before = state(slicer)
    url = slicer.mrmlScene.GetURL()
    open_tab.ui.sceneLookButton.click()
    open_tab.ui.sceneCleanButton.click()
    assert state(slicer) != before
    open_tab.ui.sceneUndoButton.click()
    assert sorted(state(slicer).split("\n")) == sorted(before.split("\n"))
    assert slicer.mrmlScene.GetURL() == url
    assert not open_tab.ui.sceneUndoButton.enabled
    picture(open_tab.parent, "scene-4-taken-back")


def test_what_is_unticked_stays(slicer, open_tab, planted):
    import qt

    open_tab.ui.sceneLookButton.click()
    texts = next(each for name, each in rows(open_tab).items() if name.startswith("Texts"))
    kept = next(item for item in texts if item.text(1) == "CANARYSEGMENT")
    kept.setCheckState(0, qt.Qt.Unchecked)
    open_tab.ui.sceneCleanButton.click()
    segmentation = slicer.util.getNode("Segmentation").GetSegmentation()
    assert [segmentation.GetNthSegment(n).GetName() for n in range(2)] == ["tumour", "CANARYSEGMENT"]
    assert "1 left as they are" in open_tab.ui.sceneLabel.text


def test_a_scene_that_tells_more_than_before_is_not_saved(slicer, open_tab, planted, tmp_path, picture):
    open_tab.ui.sceneLookButton.click()
    open_tab.ui.sceneCleanButton.click()
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode", "CANARYNAME")
    open_tab.ui.scenePath.currentPath = str(tmp_path / "shared.mrb")
    open_tab.ui.sceneSaveButton.click()
    assert "press Look again" in open_tab.ui.sceneLabel.text
    assert not open_tab.ui.sceneSaveButton.enabled
    assert not (tmp_path / "shared.mrb").exists()
    picture(open_tab.parent, "scene-5-changed")


def test_a_place_that_cannot_be_written_to_is_said(slicer, open_tab, planted, tmp_path):
    open_tab.ui.sceneLookButton.click()
    open_tab.ui.sceneCleanButton.click()
    (tmp_path / "none").write_bytes(b"no folder")
    open_tab.ui.scenePath.currentPath = str(tmp_path / "none" / "shared.mrb")
    open_tab.ui.sceneSaveButton.click()
    assert "could not be saved" in open_tab.ui.sceneLabel.text


def test_a_scene_that_is_closed_is_forgotten(slicer, open_tab, planted):
    open_tab.ui.sceneLookButton.click()
    open_tab.ui.sceneCleanButton.click()
    slicer.mrmlScene.Clear()
    assert not open_tab.ui.sceneUndoButton.enabled
    assert open_tab.ui.sceneTree.topLevelItemCount == 0


def test_what_the_module_makes_keeps_its_names(slicer, open_tab):
    slicer.util.addVolumeFromArray(np.zeros((4, 5, 6), np.int16), np.eye(4), "Defaced_1")
    open_tab.ui.sceneLookButton.click()
    assert not rows(open_tab)


@pytest.fixture
def named(slicer, planted):
    """The same scene, which also names the patient where few look: columns, colors that were loaded, roles, cameras."""
    import vtk

    scene = slicer.mrmlScene
    table = scene.AddNewNodeByClass("vtkMRMLTableNode", "Sizes")
    for name in ("size", "Canaryname size"):
        table.AddColumn(vtk.vtkStringArray()).SetName(name)
    for row in range(3):
        table.AddEmptyRow()
        table.SetCellText(row, 0, str(row + 1))
        table.SetCellText(row, 1, ("Canaryname cyst", "Canaryname node", "Canaryname node")[row])
    table.SetColumnDescription("size", "of Canaryname")
    table.SetColumnTitle("size", "Canaryname")
    table.SetColumnUnitLabel("size", "Canaryname")
    table.SetColumnProperty("size", "remark", "Canaryname")
    table.SetColumnProperty("size", "of Canaryname", "1")
    colors = slicer.vtkMRMLColorTableNode()
    colors.SetTypeToFile()
    colors.SetNumberOfColors(2)
    colors.SetColor(0, "Canaryname", 0.0, 0.0, 0.0, 1.0)
    colors.SetName("colors")
    scene.AddNode(colors)
    series = scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", "Series")
    series.SetAndObserveTableNodeID(table.GetID())
    series.SetXColumnName("size")
    series.SetYColumnName("Canaryname size")
    planted.SetNodeReferenceID("Canaryname", table.GetID())
    camera = scene.AddNewNodeByClass("vtkMRMLCameraNode", "Camera of it")
    camera.SetLayoutName("Canaryname")
    line = scene.AddNewNodeByClass("vtkMRMLMarkupsLineNode", "L")
    measured = slicer.vtkMRMLStaticMeasurement()
    measured.SetName("Canaryname")
    line.AddMeasurement(measured)
    legend = slicer.vtkMRMLColorLegendDisplayNode()
    legend.SetName("legend")
    scene.AddNode(legend)
    legend.SetTitleText("size Canaryname")
    source = vtk.vtkSphereSource()
    source.Update()
    depth = vtk.vtkFloatArray()
    depth.SetName("size Canaryname")
    depth.SetNumberOfTuples(source.GetOutput().GetNumberOfPoints())
    source.GetOutput().GetPointData().AddArray(depth)
    model = scene.AddNewNodeByClass("vtkMRMLModelNode", "Model")
    model.SetAndObservePolyData(source.GetOutput())
    model.CreateDefaultDisplayNodes()
    model.GetDisplayNode().SetActiveScalarName("size Canaryname")
    yield table, series
    for node in (table, series, camera, colors, line, legend, model):
        scene.RemoveNode(node)


def save(panel, path):
    panel.ui.scenePath.currentPath = str(path)
    panel.ui.sceneSaveButton.click()
    return panel.ui.sceneLabel.text


def test_columns_colors_roles_and_cameras_tell_nothing_after_it(slicer, open_tab, named, tmp_path):
    table, series = named
    before = state(slicer)
    open_tab.ui.sceneLookButton.click()
    open_tab.ui.sceneCleanButton.click()
    assert series.GetXColumnName() == "size"
    assert series.GetYColumnName() == table.GetColumnName(1) == "size"
    model = slicer.util.getNode("Model")
    assert model.GetDisplayNode().GetActiveScalarName() == model.GetPolyData().GetPointData().GetArrayName(1) == "size"
    assert slicer.util.getNode("legend").GetTitleText() == "size"
    assert save(open_tab, tmp_path / "shared.mrb").startswith("Saved as shared.mrb")
    assert b"CANARYNAME" not in saved_bytes(tmp_path / "shared.mrb").upper()
    open_tab.ui.sceneUndoButton.click()
    assert " values put back as they were." in open_tab.ui.sceneLabel.text
    assert "not found" not in open_tab.ui.sceneLabel.text
    assert table.GetColumnTitle("size") == table.GetColumnUnitLabel("size") == "Canaryname"
    assert before.upper().count("CANARYNAME") == state(slicer).upper().count("CANARYNAME")


@pytest.mark.parametrize("spelling", ["CanaryGiven CanaryName", "03.02.1961", "no. CANARYMRN", "x%20canaryname"])
def test_what_is_known_of_the_patient_and_stands_where_nobody_looks_is_not_saved(
    slicer, open_tab, planted, tmp_path, spelling
):
    import qt

    open_tab.ui.sceneLookButton.click()
    open_tab.ui.sceneCleanButton.click()
    unit = slicer.mrmlScene.AddNode(slicer.vtkMRMLUnitNode())
    unit.SetSuffix(spelling)
    said = save(open_tab, tmp_path / "shared.mrb")
    assert said.startswith("Not saved: ")
    assert "'Unit: " in said
    assert spelling not in said
    assert not list(tmp_path.iterdir())
    (found,) = rows(open_tab).values()
    assert not open_tab.ui.sceneCleanButton.enabled
    for item in found:
        item.setCheckState(0, qt.Qt.Unchecked)
    assert save(open_tab, tmp_path / "shared.mrb").startswith("Saved as shared.mrb")
    slicer.mrmlScene.RemoveNode(unit)


def test_a_bundle_is_not_named_after_the_patient(slicer, open_tab, planted, tmp_path):
    open_tab.ui.sceneLookButton.click()
    open_tab.ui.sceneCleanButton.click()
    assert save(open_tab, tmp_path / "Canaryname.mrb").startswith("Not saved: ")
    assert not list(tmp_path.iterdir())


def test_a_scene_that_tells_nothing_can_be_saved(slicer, open_tab, tmp_path):
    slicer.util.addVolumeFromArray(np.zeros((4, 5, 6), np.int16), np.eye(4), "CT head")
    open_tab.ui.sceneLookButton.click()
    assert save(open_tab, tmp_path / "shared.mrb").startswith("Saved as shared.mrb")
    assert "does not say what its patient is called" in open_tab.ui.sceneLabel.text


def test_a_bundle_is_named_with_its_folder(slicer, open_tab, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    open_tab.ui.sceneLookButton.click()
    assert "whole path" in save(open_tab, "shared")
    assert not list(tmp_path.iterdir())


def test_labels_go_back_to_their_own_points(slicer, open_tab, planted):
    points = slicer.util.getNode("F")
    points.RemoveAllControlPoints()
    for label in ("Maier lesion", "Huber nodule", "Bone", "Canaryname"):
        points.AddControlPoint(0.0, 0.0, 0.0, label)
    open_tab.ui.sceneLookButton.click()
    open_tab.ui.sceneCleanButton.click()
    points.RemoveNthControlPoint(0)
    points.SetNthControlPointLabel(2, "mine")
    open_tab.ui.sceneUndoButton.click()
    assert [points.GetNthControlPointLabel(n) for n in range(3)] == ["Huber nodule", "Bone", "mine"]
    assert "2 were not found any more" in open_tab.ui.sceneLabel.text


def test_cells_go_back_into_their_own_rows(slicer, open_tab, named):
    table, _series = named
    open_tab.ui.sceneLookButton.click()
    open_tab.ui.sceneCleanButton.click()
    table.RemoveRow(0)
    open_tab.ui.sceneUndoButton.click()
    cells = [[table.GetCellText(row, column) for column in range(2)] for row in range(2)]
    assert cells == [["2", "Canaryname node"], ["3", "Canaryname node"]]
    assert "1 were not found any more" in open_tab.ui.sceneLabel.text


def test_rows_that_cannot_be_told_apart_are_left_when_one_was_taken_out(slicer, open_tab, named):
    table, _series = named
    table.RemoveColumn(0)
    open_tab.ui.sceneLookButton.click()
    open_tab.ui.sceneCleanButton.click()
    table.RemoveRow(1)
    open_tab.ui.sceneUndoButton.click()
    assert [table.GetCellText(row, 0) for row in range(2)] == ["Canaryname cyst", "node"]
    assert "2 were not found any more" in open_tab.ui.sceneLabel.text


def test_segments_that_were_added_or_deleted_meanwhile_stay_so(slicer, open_tab, inside):
    node, _model = inside
    open_tab.ui.sceneLookButton.click()
    open_tab.ui.sceneCleanButton.click()
    kept, gone = node.GetSegmentation().GetSegmentIDs()
    node.GetSegmentation().AddEmptySegment("", "new")
    node.GetSegmentation().RemoveSegment(gone)
    open_tab.ui.sceneUndoButton.click()
    segmentation = node.GetSegmentation()
    assert kept == "Segment_1"
    assert segmentation.GetNthSegmentID(0) == "CANARYSEGMENT"
    assert [segmentation.GetNthSegment(n).GetName() for n in range(2)] == ["tumour", "new"]


def test_what_was_changed_between_look_and_make_ready_is_left_and_said(slicer, open_tab, planted, tmp_path):
    open_tab.ui.sceneLookButton.click()
    planted.SetDescription("seen again by CANARYNAME")
    open_tab.ui.sceneCleanButton.click()
    assert planted.GetDescription() == "seen again by CANARYNAME"
    assert "1 were changed since you looked" in open_tab.ui.sceneLabel.text
    assert "press Look again" in save(open_tab, tmp_path / "shared.mrb")
    assert not open_tab.ui.sceneSaveButton.enabled


def test_nothing_planted_reaches_a_log(slicer, open_tab, planted, caplog, capfd):
    open_tab.ui.sceneLookButton.click()
    open_tab.ui.sceneCleanButton.click()
    said = caplog.text + "".join(capfd.readouterr()) + open_tab.ui.sceneLabel.text + open_tab.ui.log.plainText
    assert not [value for value in PLANTED if value in said]


def test_what_is_known_is_listed_however_a_module_wrote_it(slicer, open_tab, tmp_path):
    items = hierarchy(slicer)
    items.CreateSubjectItem(items.GetSceneItemID(), "Müller^Jörg")
    parameters = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "Parameters")
    parameters.SetParameter("cases", json.dumps([{"who": "Müller, Jörg"}]))
    parameters.SetParameter("packed", base64.b64encode("of Müller".encode()).decode())
    open_tab.ui.sceneLookButton.click()
    texts = next(each for name, each in rows(open_tab).items() if name.startswith("Texts"))
    assert {item.text(0).split(": ")[1] for item in texts} == {"cases", "packed"}
    open_tab.ui.sceneCleanButton.click()
    assert list(parameters.GetParameterNames()) == []
    assert save(open_tab, tmp_path / "shared.mrb").startswith("Saved as shared.mrb")
    slicer.mrmlScene.RemoveNode(parameters)


@pytest.mark.parametrize(
    "value",
    [
        *("12.03.2021", "Mar 12, 2021", "2021-3-12", "+49 30 1234567", "anna@clinic.org", "0098123456"),
        *(
            '["/Study of X/x.nrrd"]',
            '["/X.nrrd"]',
            "Patients/X",
            "see D:\\X",
            "file:///x",
            "\\\\server\\share\\x",
            "a,/X1",
        ),
        *("%2Fhome%2FX%2F", "read by Kowalczyk"),
    ],
)
def test_what_tells_by_its_form_is_listed_in_parameters_and_attributes(slicer, open_tab, value):
    scene = slicer.mrmlScene
    parameters = scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "Parameters")
    parameters.SetParameter("setting", value)
    for key, usual in {"unit": "mm/s", "ratio": "1/2", "weights": "T1/T2", "none": "n/a", "n": "512 512 300"}.items():
        parameters.SetParameter(key, usual)
    camera = scene.AddNewNodeByClass("vtkMRMLCameraNode", "Camera")
    camera.SetAttribute("remark", value)
    parameters.SetParameter("camera", camera.GetID())
    open_tab.ui.sceneLookButton.click()
    found = [item.text(0).split(": ")[1] for items in rows(open_tab).values() for item in items]
    assert sorted(found) == ["remark", "setting"]
    for node in (parameters, camera):
        scene.RemoveNode(node)


def test_what_a_module_calls_the_patients_name_is_known_in_the_whole_scene(slicer, open_tab):
    scene = slicer.mrmlScene
    parameters = scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode", "Parameters")
    parameters.SetParameter("patientName", "Canaryname")
    parameters.SetParameter("patient_id", "7741")
    parameters.SetParameter("case", "canaryname 7741")
    scene.AddNewNodeByClass("vtkMRMLCameraNode", "Camera of Canaryname")
    open_tab.ui.sceneLookButton.click()
    assert sum(len(items) for items in rows(open_tab).values()) == 4
    open_tab.ui.sceneCleanButton.click()
    assert "does not say what its patient" not in open_tab.ui.sceneLabel.text
    assert "CANARYNAME" not in state(slicer).upper()
    for node in (parameters, scene.GetFirstNodeByClass("vtkMRMLCameraNode")):
        scene.RemoveNode(node)


def test_the_event_loop_turns_while_a_large_scene_is_looked_at(slicer, open_tab, monkeypatch):
    import qt
    import vtk

    assert "untick" in open_tab.ui.sceneTree.toolTip
    table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", "Volume")
    cells = vtk.vtkStringArray()
    cells.SetName("size")
    for row in range(400):
        cells.InsertNextValue(f"lesion {row} of the left lobe, seen {row} days later")
    table.AddColumn(cells)
    turns = []
    monkeypatch.setattr(slicer.app, "processEvents", turns.append)
    open_tab.ui.sceneLookButton.click()
    assert len(turns) > 3
    assert set(turns) == {qt.QEventLoop.ExcludeUserInputEvents}
    slicer.mrmlScene.RemoveNode(table)
