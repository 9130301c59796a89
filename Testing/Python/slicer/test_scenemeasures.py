# SPDX-License-Identifier: Apache-2.0
"""Texts of measurements, plots, legends and snapshots are looked at as names are; Slicer's own stay."""

from __future__ import annotations

import pytest
from scenecases import state


def taken_and_put_back(slicer, traces):
    """Take out what is found, see that the name is gone, and put it back; return how much it was."""
    found = traces()  # makes the subject hierarchy
    before = state(slicer)
    assert "Zqxname" in before
    assert all(trace.remove() for trace in found)
    assert "Zqxname" not in state(slicer)
    assert traces() == []
    assert all(trace.restore() for trace in reversed(found))
    assert sorted(state(slicer).splitlines()) == sorted(before.splitlines())
    return len(found)


@pytest.mark.parametrize("kind", ["PlotChart", "PlotSeries"])
def test_names_of_plots_go_and_come_back(slicer, scene, traces, kind):
    scene.AddNewNodeByClass(f"vtkMRML{kind}Node", "of Zqxname")
    scene.AddNewNodeByClass(f"vtkMRML{kind}Node")
    scene.AddNewNodeByClass(f"vtkMRML{kind}Node")
    assert taken_and_put_back(slicer, traces) == 1


def test_descriptions_of_snapshots_and_formats_of_legends_go_and_come_back(slicer, scene, traces):
    scene.RegisterNodeClass(slicer.vtkMRMLAnnotationSnapshotNode())
    snapshot = scene.AddNewNodeByClass("vtkMRMLAnnotationSnapshotNode", "Snapshot")
    snapshot.SetSnapshotDescription("Zqxname")
    snapshot.SetHideFromEditors(True)
    scene.RegisterNodeClass(slicer.vtkMRMLColorLegendDisplayNode())
    legend = scene.AddNewNodeByClass("vtkMRMLColorLegendDisplayNode", "Legend")
    legend.SetLabelFormat("Zqxname %.1f")
    assert taken_and_put_back(slicer, traces) == 2


@pytest.fixture
def line(slicer, scene):
    node = scene.AddNewNodeByClass("vtkMRMLMarkupsLineNode")
    node.SetName("tumour")
    for n in range(2):
        node.AddControlPoint(12.0 * n, 0.0, 0.0)
    return node


@pytest.fixture
def measured(slicer, line):
    measurement = slicer.vtkMRMLStaticMeasurement()
    measurement.SetName("size")
    measurement.SetUnits("mm2")
    measurement.SetValue(3.5)
    line.AddMeasurement(measurement)
    return measurement


def said(measurement):
    texts = measurement.GetName(), measurement.GetUnits(), measurement.GetDescription(), measurement.GetPrintFormat()
    codes = (getattr(measurement, f"Get{kind}Code")() for kind in ("Quantity", "Units", "Method", "Derivation"))
    return (*texts, *(code and code.GetAsPrintableString() for code in codes))


@pytest.mark.parametrize("what", ["Name", "Units", "Description", "PrintFormat"])
def test_texts_of_measurements_go_and_come_back(line, measured, traces, what):
    getattr(measured, f"Set{what}")("Zqxname")
    before, (found,) = said(measured), traces()
    assert found.remove()
    assert "Zqxname" not in line.GetDescription() + str(said(measured))
    assert measured.GetName()
    assert traces() == []
    assert found.restore()
    assert said(measured) == before
    line.RemoveAllMeasurements()
    assert not found.remove()


@pytest.mark.parametrize("kind", ["Quantity", "Units", "Method", "Derivation"])
def test_codes_of_measurements_go_and_come_back(slicer, measured, traces, kind):
    code = slicer.vtkCodedEntry()
    code.SetValueSchemeMeaning("11", "99X", "Zqxname")
    getattr(measured, f"Set{kind}Code")(code)
    before, (found,) = said(measured), traces()
    assert found.remove()
    assert "Zqxname" not in str(said(measured))
    assert found.restore()
    assert said(measured) == before


def test_a_description_that_no_measurement_makes_goes(line, measured, traces):
    measured.SetUnits("Zqxname")
    line.SetDescription("of Zqxname")
    assert [trace.before for trace in traces()] == ["of Zqxname", "Zqxname"]


def test_what_slicer_measures_itself_stays(slicer, scene, measured, traces):
    for what, coding in (("Quantity", ("118565006", "SCT", "Volume")), ("Units", ("mm3", "UCUM", "cubic millimeter"))):
        code = slicer.vtkCodedEntry()
        code.SetValueSchemeMeaning(*coding)
        getattr(measured, f"Set{what}Code")(code)
    for kind in ("Line", "Angle", "Plane", "ROI", "Curve", "ClosedCurve"):
        node = scene.AddNewNodeByClass(f"vtkMRMLMarkups{kind}Node")
        node.SetName("tumour")
        assert node.GetNumberOfMeasurements()
    assert traces() == []


def test_a_measurement_of_slicers_own_goes_where_the_patient_is_called_so(slicer, scene, line, traces):
    items = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    items.CreateSubjectItem(items.GetSceneItemID(), "Length^Anna")
    assert any(trace.where.endswith("name of a measurement") for trace in traces())
