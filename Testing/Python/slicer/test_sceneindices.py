# SPDX-License-Identifier: Apache-2.0
"""The index of a sequence: times stay as they are; what tells of a patient goes, and the order of the frames stays."""

from __future__ import annotations

import pytest


@pytest.fixture
def sequence(slicer, scene):
    """Return what makes a sequence; the frames are called by their place in it."""

    def make(values, kind="NumericIndex"):
        node = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "Sequence")
        node.SetIndexType(getattr(node, kind))
        for n, value in enumerate(values):
            frame = slicer.vtkMRMLTextNode()
            frame.SetName("t")
            frame.SetText(str(n))
            node.SetDataNodeAtValue(frame, value)
        return node

    return make


@pytest.fixture
def known(slicer, scene):
    items = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    patient = items.CreateSubjectItem(items.GetSceneItemID(), "Plantsurname^Anna")
    items.SetItemAttribute(patient, "DICOM.PatientID", "774189")
    items.SetItemAttribute(patient, "DICOM.PatientBirthDate", "19610203")


@pytest.fixture
def look(slicer):
    def traces():
        from SlicerDeidWidgets.scenetraces import tracesOf

        return [trace for trace in tracesOf(slicer.mrmlScene) if trace.where.endswith("value of the index")]

    return traces


def indices(node):
    return [node.GetNthIndexValue(n) for n in range(node.GetNumberOfDataNodes())]


def frames(node):
    return [node.GetNthDataNode(n).GetText() for n in range(node.GetNumberOfDataNodes())]


@pytest.mark.parametrize(
    "values",
    [
        [f"{n * 1500.5:.1f}" for n in range(14)],
        [str(n * 1_523_417) for n in range(20)],
        [str(19_500_000 + n * 52_341) for n in range(100)],
        ["-12345.678", "-0.5", "0", "1e-05", "102033.5", "1523412"],
    ],
)
def test_times_stay_whatever_their_unit(sequence, known, look, values):
    sequence(values)
    assert look() == []


@pytest.mark.parametrize(
    ("values", "stays"),
    [
        (["0.0", "1500.5", "774189", "900000.5"], {0, 1, 3}),
        (["774188", "774189", "774190"], {0, 2}),
        (["774188", "774189"], {0}),
        (["774189", "774190"], {1}),
        (["1", "2", "3", "19700505", "19710607"], {0, 1, 2}),
        (["1.5", "2.5", "19610203"], {0, 1}),
        (["20200101120000", "20200101120102.5"], set()),
        (["1600000000.125", "1600000001.125"], set()),
        (["1600000000125", "1600000001125"], set()),
        (["Zqxname", "1.5", "3"], {1, 2}),
        (["0.5", "12 Zqxname", "0098123456"], {0}),
    ],
)
def test_what_tells_of_a_patient_goes_and_the_order_stays(sequence, known, look, values, stays):
    node = sequence(values)
    before, order = indices(node), frames(node)
    found = look()
    assert [trace.before for trace in found] == [value for n, value in enumerate(values) if n not in stays]
    assert all(trace.remove() for trace in found)
    assert frames(node) == order
    after = indices(node)
    assert {n for n, value in enumerate(after) if value in values} == stays
    assert [float(value) for value in after] == sorted({float(value) for value in after})
    assert look() == []
    assert all(trace.restore() for trace in reversed(found))
    assert indices(node) == before
    assert frames(node) == order


def test_texts_as_indices_are_looked_at_as_texts(sequence, look):
    node = sequence(["rest", "Zqxname", "1"], "TextIndex")
    found = look()
    assert [(trace.before, trace.after) for trace in found] == [("Zqxname", "2")]
    assert found[0].remove()
    assert indices(node) == ["rest", "2", "1"]


def test_what_no_number_lies_beside_goes_behind_the_others_and_never_stays(slicer, sequence, look):
    node = sequence(["left", "Zqxname", "right", "5"], "TextIndex")
    node.SetIndexType(node.NumericIndex)  # all texts are zero now
    found = look()
    assert [trace.before for trace in found] == ["Zqxname"]
    assert all(trace.remove() for trace in found)
    assert sorted(indices(node)) == ["5", "6", "left", "right"]
    assert all(trace.restore() for trace in found)
    assert sorted(indices(node)) == ["5", "Zqxname", "left", "right"]
