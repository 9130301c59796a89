# SPDX-License-Identifier: Apache-2.0
"""What Slicer itself writes for every patient is no finding; the same words are, where a patient is called so."""

from __future__ import annotations

import pytest

MARKUPS = ("Fiducial", "Line", "Angle", "Plane", "ROI", "Curve", "ClosedCurve")


@pytest.fixture
def look(slicer):
    def traces():
        from SlicerDeidWidgets.scenetraces import tracesOf

        return [trace for trace in tracesOf(slicer.mrmlScene) if trace.kind in ("names", "texts")]

    return traces


@pytest.fixture
def known(slicer, scene):
    """Return what lets a patient be called so."""

    def called(name, number="774189"):
        items = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
        patient = items.CreateSubjectItem(items.GetSceneItemID(), name)
        items.SetItemAttribute(patient, "DICOM.PatientID", number)

    return called


def markup(scene, kind, name=""):
    node = scene.AddNewNodeByClass(f"vtkMRMLMarkups{kind}Node", name)
    for n in range(1 if kind in ("Plane", "ROI") else 3):
        node.AddControlPoint(12.0 * n, 3.0, n * n)
    return node


def table(slicer, scene, title, *cells):
    import vtk

    node = scene.AddNewNodeByClass("vtkMRMLTableNode", "Table")
    column = vtk.vtkStringArray()
    column.SetName(title)
    for cell in cells:
        column.InsertNextValue(cell)
    node.AddColumn(column)
    return node


def test_default_names_and_labels_of_markups_stay(scene, look):
    for kind in MARKUPS:
        markup(scene, kind)
        numbered, renamed = markup(scene, kind), markup(scene, kind)
        assert numbered.GetName()[-2:] == "_1"
        renamed.SetName("tumour")
    assert [(trace.where, trace.before) for trace in look()] == []


@pytest.mark.parametrize("label", ["F-0", "F-01", "F-12345", "F 1", "F-1-2", "Q-1", "F-1a", "OC-1", "f-1"])
def test_labels_that_slicer_does_not_make_go(scene, look, label):
    node = markup(scene, "Fiducial")
    node.SetNthControlPointLabel(1, label)
    assert [trace.before for trace in look()] == [label]


def test_labels_go_with_the_name_they_are_made_of(scene, look):
    markup(scene, "Fiducial", "Zqxname")
    assert [trace.before for trace in look()] == ["Zqxname", "Zqxname-1", "Zqxname-2", "Zqxname-3"]


def test_labels_of_a_format_that_somebody_chose_are_looked_at(scene, look):
    node = markup(scene, "Fiducial")
    node.SetControlPointLabelFormat("%N %d")
    assert [trace.before for trace in look()] == ["F-1", "F-2", "F-3"]


@pytest.mark.parametrize("name", ["Oc^Anna", "Oakley^Carl"])
def test_a_default_name_goes_where_the_patient_is_called_so(scene, known, look, name):
    known(name)
    markup(scene, "Curve")
    assert [trace.before for trace in look()] == ["OC", "OC-1", "OC-2", "OC-3"]


def test_a_number_of_the_patient_in_a_label_goes(scene, known, look):
    known("Plantsurname^Anna", "7741")
    node = markup(scene, "Fiducial")
    node.SetNthControlPointLabel(0, "F-7741")
    assert [trace.before for trace in look()] == ["F-7741"]


def test_descriptions_of_slicers_own_stay_and_others_go(slicer, scene, look):
    colors = scene.AddNewNodeByClass("vtkMRMLColorTableNode", "Labels")
    colors.SetTypeToUser()
    assert "editor" in colors.GetDescription()
    assert look() == []
    colors.SetDescription(colors.GetDescription() + " of Zqxname")
    assert len(look()) == 1


def test_a_description_of_slicers_own_goes_where_the_patient_is_called_so(slicer, scene, known, look):
    known("Editor^Anna")
    scene.AddNewNodeByClass("vtkMRMLColorTableNode", "Labels").SetTypeToUser()
    assert [trace.where for trace in look()] == ["ColorTable 1: description"]


@pytest.mark.parametrize(
    ("title", "after"),
    [
        ("Volume [mm3] (1)", None),
        ("Surface area [mm2]", None),
        ("Number of voxels [voxels] (1)", None),
        ("center [HU]", None),
        ("Volume of Zqxname [mm3] (1)", "Volume of [mm3] (1)"),
        ("Zqxname [mm3]", "Column 1"),
        ("Volume [Zqxname]", "Volume"),
        ("Volume [mm3] (774189)", "Volume"),
    ],
)
def test_units_in_brackets_of_a_title_stay(slicer, scene, look, title, after):
    node = table(slicer, scene, title)
    chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode")
    chart.SetYAxisTitle(title)
    for trace in look():
        assert trace.remove()
    assert node.GetColumnName(0) == (after or title)
    assert chart.GetYAxisTitle() == ("" if after == "Column 1" else after or title)
    assert look() == []


def test_units_of_columns_stay(slicer, scene, look):
    node = table(slicer, scene, "Mean")
    node.SetColumnUnitLabel("Mean", "HU")
    assert look() == []
    node.SetColumnUnitLabel("Mean", "Zqxname")
    assert [trace.before for trace in look()] == ["Zqxname"]


@pytest.mark.parametrize(
    "cell", ["[12.25, -3.5, 100.1]", "1 2 3", "1.5e-05 2 3", "-12.5 33.1 8", "(1234.5; 3; 0.25)", "10 20 3", "0"]
)
def test_lists_of_measured_numbers_stay(slicer, scene, known, look, cell):
    known("Plantsurname^Anna")
    table(slicer, scene, "size", cell)
    assert look() == []


@pytest.mark.parametrize(
    "cell",
    [
        "10 12 53",
        "3.2.1961",
        "3 2 1961",
        "1961 2 3",
        "617 555 123",
        "6 1 7 5 5 5 1",
        "030 123 45",
        "7741",
        "[1.5, 774189.5]",
        "12345.5 1",
        "1.5 Zqxname",
    ],
)
def test_lists_that_may_be_a_date_or_a_telephone_number_go(slicer, scene, known, look, cell):
    known("Plantsurname^Anna", "7741")
    table(slicer, scene, "size", cell)
    assert [trace.before for trace in look()] == [cell]
