# SPDX-License-Identifier: Apache-2.0
"""What tests of the preview ask of the panel, its nodes and its views."""

from __future__ import annotations

from pathlib import Path

import numpy as np

OUTPUT = Path(__file__).resolve().parent / "Output"
TAGS = tuple(f"Deid{row}{view}" for row in ("Before", "After") for view in ("Axial", "Sagittal", "Head"))


def plant(paths):
    """Put planted values into a study's headers."""
    import pydicom

    for path in paths:
        image = pydicom.dcmread(path)
        image.PatientName, image.PatientID, image.StudyID = "CANARYNAME^A", "CANARYPID", "CANARYSTUDY"
        image.SeriesDescription, image.PatientComments = "CANARYSERIES", "CANARYCOMMENT"
        image.save_as(path)


def select(panel, place):
    row = next(row for row in panel.view.table.rows if row.place == place)
    panel.ui.seriesTree.setCurrentItem(row.item)


def nodes(slicer):
    scene = slicer.mrmlScene
    return {scene.GetNthNode(n).GetID(): scene.GetNthNode(n) for n in range(scene.GetNumberOfNodes())}


def composite(slicer, tag):
    node = slicer.mrmlScene.GetSingletonNode(tag, "vtkMRMLSliceNode")
    return slicer.app.applicationLogic().GetSliceLogic(node).GetSliceCompositeNode()


def values(panel, role):
    import slicer

    return slicer.util.arrayFromVolume(panel.preview._nodes.get(role))


def header_rows(panel):
    table = panel.ui.headerTable
    return [[table.item(r, c).text() for c in range(table.columnCount)] for r in range(table.rowCount)]


def choose(combo, value):
    combo.setCurrentIndex(combo.findData(value))


def views_picture(slicer, name):
    from Bench import views

    picture = slicer.app.layoutManager().picture((320, 320))
    views.save_png(picture, OUTPUT / f"{name}.png")
    return picture


def preview_again(panel, until):
    """Preview a series, and say whether all of it came."""
    select(panel, "HEAD-001/1")
    panel.ui.previewButton.click()
    until(lambda: not panel.preview.isBusy, 120)
    return panel.preview._nodes.get("after") is not None and panel.ui.previewLabel.text.startswith("Result after")


def kept(slicer):
    """The IDs of all nodes but the crosshair, which views make when they need it first."""
    return {each for each, node in nodes(slicer).items() if not node.IsA("vtkMRMLCrosshairNode")}


def draw_box(panel, place, slices):
    """Draw a box over a place (row, column, height, width) of the first to the last slice that are shown."""
    panel.ui.drawBoxButton.click()
    drag_box(panel, place, slices)


def drag_box(panel, place, slices):
    """Drag the box that was drawn last over a place of the image."""
    import slicer
    import vtk

    (*_, box) = slicer.util.getNodesByClass("vtkMRMLMarkupsROINode")
    ijkToRas = vtk.vtkMatrix4x4()
    panel.preview._nodes.get("before").GetIJKToRASMatrix(ijkToRas)
    matrix = slicer.util.arrayFromVTKMatrix(ijkToRas)
    row, column, height, width = place
    middle = [column + (width - 1) / 2, row + (height - 1) / 2, sum(slices) / 2, 1]
    through = slicer.util.arrayFromVTKMatrix(box.GetObjectToNodeMatrix())[:3, 2]
    steps = [*np.linalg.norm(matrix[:3, :2], axis=0), abs(matrix[:3, 2] @ through)]
    box.SetCenter(*(matrix @ middle)[:3])
    box.SetSize(*(steps * np.array([width, height, slices[1] - slices[0] + 1])))
