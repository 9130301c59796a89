# SPDX-License-Identifier: Apache-2.0
"""Numbers that tell of a patient are found in tables and models; what is counted and measured stays."""

from __future__ import annotations

import numpy as np
import pytest


def _array(values, name="length"):
    from vtk.util import numpy_support

    array = numpy_support.numpy_to_vtk(np.asarray(values), deep=True)
    array.SetName(name)
    return array


@pytest.fixture
def look(slicer):
    """Return the traces of a scene that are numbers."""

    def traces():
        from SlicerDeidWidgets.scenetraces import tracesOf

        found = tracesOf(slicer.mrmlScene)
        return [trace for trace in found if trace.where.endswith(("column of numbers", "numbers of a field"))]

    return traces


@pytest.fixture
def known(slicer, scene):
    items = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    patient = items.CreateSubjectItem(items.GetSceneItemID(), "Plantsurname^Anna")
    items.SetItemAttribute(patient, "DICOM.PatientID", "774189")


@pytest.mark.parametrize(
    "values", [np.int32([774189201, 0]), np.int64([19610203, 19700505]), [7741892.0, 7741893.0], np.uint32([98123456])]
)
def test_record_numbers_and_dates_are_found_in_any_type(scene, look, values):
    table = scene.AddNewNodeByClass("vtkMRMLTableNode", "Volume")
    table.AddColumn(_array(values))
    assert len(look()) == 1


@pytest.mark.parametrize(
    "values",
    [
        np.int32([1, 2, 300]),
        [1234567.5, 7654321.25],
        np.int32([1523412, 20, 431, 5000]),
        [np.nan, np.inf, 1e30],
        np.int32([100000000]),
        np.float32([]),
        np.arange(90_000, 90_010),
    ],
)
def test_what_is_counted_and_measured_stays(scene, look, values):
    table = scene.AddNewNodeByClass("vtkMRMLTableNode", "Volume")
    table.AddColumn(_array(values))
    assert look() == []


def test_a_number_of_the_patient_is_found_among_many(scene, known, look):
    table = scene.AddNewNodeByClass("vtkMRMLTableNode", "Volume")
    table.AddColumn(_array(np.int32([12, 3, 99_111, 774_189, 41, 7, 9, 10])))
    table.AddColumn(_array(np.int32([12, 3, 99_111, 774_188, 41, 7, 9, 10]), "height"))
    assert [trace.before for trace in look()] == ["99111; 774189"]


def test_a_column_goes_and_comes_back_to_its_place(scene, look):
    table = scene.AddNewNodeByClass("vtkMRMLTableNode", "Volume")
    for name, values in {"size": [1, 2], "length": [774189201, 774189202], "height": [3, 4]}.items():
        table.AddColumn(_array(np.int32(values), name))
    table.SetColumnUnitLabel("length", "mm")
    (trace,) = look()
    assert trace.remove()
    assert not trace.remove()
    assert [table.GetColumnName(n) for n in range(table.GetNumberOfColumns())] == ["size", "height"]
    assert trace.restore()
    assert not trace.restore()
    assert [table.GetColumnName(n) for n in range(table.GetNumberOfColumns())] == ["size", "length", "height"]
    assert table.GetCellText(1, 1) == "774189202"
    assert table.GetColumnUnitLabel("length") == "mm"
    assert trace.remove()
    table.RemoveRow(0)
    assert not trace.restore()


def test_numbers_of_a_model_become_zero_and_come_back(scene, look):
    import vtk

    source = vtk.vtkSphereSource()
    source.Update()
    mesh = source.GetOutput()
    numbers = _array(np.full(mesh.GetNumberOfPoints(), 774189201, np.int32), "depth")
    mesh.GetPointData().AddArray(numbers)
    mesh.GetCellData().AddArray(_array(np.arange(mesh.GetNumberOfCells()) + 5_000_000, "vtkOriginalCellIds"))
    mesh.GetCellData().AddArray(_array(np.full(mesh.GetNumberOfCells(), 19610203.0), "height"))
    model = scene.AddNewNodeByClass("vtkMRMLModelNode", "Model")
    model.SetAndObserveMesh(mesh)
    found = look()
    assert [(trace.before, trace.after) for trace in found] == [("774189201", "0"), ("19610203", "0")]
    assert all(trace.remove() for trace in found)
    assert mesh.GetPointData().GetArray("depth").GetRange() == (0.0, 0.0)
    assert look() == []
    assert all(trace.restore() for trace in found)
    assert mesh.GetPointData().GetArray("depth").GetRange() == (774189201.0, 774189201.0)
    found[0].remove()
    numbers.SetValue(0, 1)
    assert not found[0].restore()
