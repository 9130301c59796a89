# SPDX-License-Identifier: Apache-2.0
"""What tests of boxes drawn in a preview do and ask."""

from __future__ import annotations

import numpy as np
from previewcases import drag_box, select, values

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
    drag_box(panel, place, slices)
    settle(panel, until)


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
