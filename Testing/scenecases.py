# SPDX-License-Identifier: Apache-2.0
"""What a scene holds, as text, and how it is emptied to its last item: for tests on the bench."""

from __future__ import annotations


def state(slicer):
    """All that a scene file says."""
    slicer.mrmlScene.SetSaveToXMLString(1)
    slicer.mrmlScene.Commit()
    slicer.mrmlScene.SetSaveToXMLString(0)
    return slicer.mrmlScene.GetSceneXMLString()


def empty(slicer):
    """Take out all nodes, and the items of the hierarchy that have none: clearing a scene leaves folders there."""
    import vtk

    slicer.mrmlScene.Clear()
    items, made = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene), vtk.vtkIdList()
    items.GetItemChildren(items.GetSceneItemID(), made, True)
    for item in [made.GetId(n) for n in range(made.GetNumberOfIds())]:
        items.RemoveItem(item)
