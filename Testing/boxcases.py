# SPDX-License-Identifier: Apache-2.0
"""What tests of boxes drawn in a preview do and ask."""

from __future__ import annotations

import numpy as np
from previewcases import select, values

PLACE = (20, 12, 8, 30)  # row, column, height, width, pixels
INSIDE = np.s_[:, 20:28, 12:42]


def show_again(panel, plans):
    """Show the plan again: other paths emptied the table."""
    type(panel.view.table).showPlan(panel.view.table, *plans)


def preview(panel, until, place):
    select(panel, place)
    panel.ui.previewButton.click()
    settle(panel, until)


def settle(panel, until):
    until(lambda: not panel.preview.isBusy)


def boxes(slicer):
    return slicer.util.getNodesByClass("vtkMRMLMarkupsROINode")


def drag(panel, until, place=PLACE, slices=(0, 3)):
    """Drag the box that was drawn last over a place of the image, and wait until it counts."""
    move(panel, place, slices)
    settle(panel, until)


def move(panel, place=PLACE, slices=(0, 3)):
    """Move it, and do not wait."""
    import slicer

    (*_, box) = boxes(slicer)
    row, column, height, width = place
    matrix = slicer.util.arrayFromVTKMatrix(_ijkToRas(panel))
    middle = [column + (width - 1) / 2, row + (height - 1) / 2, sum(slices) / 2, 1]
    steps = np.linalg.norm(matrix[:3, :3], axis=0)
    box.SetCenter(*(matrix @ middle)[:3])
    box.SetSize(*(steps * [width, height, slices[1] - slices[0] + 1]))


def _ijkToRas(panel):
    import vtk

    matrix = vtk.vtkMatrix4x4()
    panel.preview._nodes.get("before").GetIJKToRASMatrix(matrix)
    return matrix


def draw(panel, until, *place):
    panel.ui.drawBoxButton.click()
    drag(panel, until, *place)


def rules(tmp_path):
    import SlicerDeidLib as deid

    path = tmp_path / "private" / "regions.toml"
    return deid.read_region_rules(path) if path.exists() else ()


def changed(panel):
    return values(panel, "after") != values(panel, "before")


def only(inside):
    mask = np.zeros((4, 64, 64), bool)
    mask[inside] = True
    return mask
