# SPDX-License-Identifier: Apache-2.0
"""Make the pictures of panel and preview for README and the Extensions Index, from the program's own made head only.

::

    python Testing/make_screenshots.py      writes SlicerDeid-panel, -preview and -review to Resources/Screenshots

Shows the plan of the demo in the panel on the bench (Testing/Bench), previews its first series in Slicer's views, and
runs it to show the review.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

TESTING = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTING), str(TESTING.parent / "SlicerDeid")]

import numpy as np  # noqa: E402
from Bench import boot, views  # noqa: E402
from Bench.application import load_scripted_module, open_panel  # noqa: E402

TARGET = TESTING.parent / "Resources" / "Screenshots"
PANEL_PX = (520, 1180)
VIEW_PX = (380, 380)
GAP_PX = 4
PREVIEW_S = 600  # s: far more than one small series takes


def main() -> int:
    """Show plan, preview and review, draw panel and views, write three pictures."""
    slicer = boot.boot()
    from SlicerDeidLib.sample.study import write_demo

    with tempfile.TemporaryDirectory(prefix="slicerdeid-") as name:
        folder = Path(name)
        for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            os.environ[variable] = str(folder / variable)
        write_demo(folder)
        panel = preview(slicer, folder)
        show_plain_paths(panel, folder)
        picture = views.widget_picture(panel.parent)
        shown = slicer.app.layoutManager().picture(VIEW_PX)
        height = picture.shape[0]
        small = narrow(slicer, panel, (340, (height - GAP_PX) // 2))
        reviewed = review(slicer, panel, folder)
        panel.cleanup()
    gap = np.full((height, GAP_PX, 3), 40, np.uint8)
    beside = np.hstack([picture[: len(small)], gap[: len(small)], small])
    for target, made in (("preview", shown), ("panel", beside), ("review", reviewed)):
        views.save_png(made, TARGET / f"SlicerDeid-{target}.png")
        print(f"wrote SlicerDeid-{target}.png")
    return 0


def preview(slicer, folder):
    """Fill the panel in for the demo, show the plan, preview the first series."""
    panel = open_panel(slicer, load_scripted_module(slicer, boot.MODULE_FILE))
    panel.parent.resize(*PANEL_PX)
    panel.parent.show()
    panel.ui.inputPath.currentPath = str(folder / "in")
    panel.ui.mapPath.currentPath = str(folder / "map.xlsx")
    panel.ui.outputPath.currentPath = str(folder / "out")
    panel.ui.privatePath.currentPath = str(folder / "private")
    panel.ui.planButton.click()
    wait(slicer, lambda: panel._worker is None)
    panel.ui.seriesTree.setCurrentItem(panel.view.table.rows[0].item)
    panel.ui.previewButton.click()
    wait(slicer, lambda: not panel.preview.isBusy)
    if not panel.ui.previewLabel.text.startswith("Result"):
        raise SystemExit(f"the preview did not end well: {panel.ui.previewLabel.text}")
    panel.ui.previewLabel.text = (
        "Result: no text was found in what stays."  # how long it took says nothing about other machines
    )
    slicer.app.processEvents()
    return panel


def review(slicer, panel, folder):
    """Run the demo, and draw the heads that wait beside their originals."""
    panel.ui.closePreviewButton.click()
    for line, name in ((panel.ui.inputPath, "in"), (panel.ui.mapPath, "map.xlsx"), (panel.ui.outputPath, "out")):
        line.currentPath = str(folder / name)
    panel.ui.privatePath.currentPath = str(folder / "private")
    panel.ui.applyButton.click()
    wait(slicer, lambda: panel._worker is None)
    panel.ui.reviewOriginalCheck.checked = True
    wait(slicer, lambda: not panel.review.heads.isBusy)
    panel.ui.reviewList.item(0).setSelected(True)
    for section in (panel.ui.dataSection, panel.ui.optionsSection, panel.ui.seriesSection, panel.ui.previewSection):
        section.collapsed = True
    slicer.app.processEvents()
    return views.widget_picture(panel.ui.reviewSection)


def narrow(slicer, panel, size):
    """Draw the views narrower than they are, with the head in their middle."""
    nodes, layout = panel.preview._nodes, panel.preview._layout
    slicer.app.layoutManager().picture(size)
    axial = slicer.mrmlScene.GetSingletonNode("DeidBeforeAxial", "vtkMRMLSliceNode")
    sagittal = slicer.mrmlScene.GetSingletonNode("DeidBeforeSagittal", "vtkMRMLSliceNode")
    places = {name: node.GetSliceOffset() for name, node in (("Axial", axial), ("Sagittal", sagittal))}
    layout.fit(nodes.get("before"))
    for row in ("Before", "After"):
        for name, offset in places.items():
            slicer.mrmlScene.GetSingletonNode(f"Deid{row}{name}", "vtkMRMLSliceNode").SetSliceOffset(offset)
    center, radius = nodes.sphere("head before")
    layout.lookAt(center, 1.5 * radius)
    return slicer.app.layoutManager().picture(size)


def wait(slicer, condition):
    """Let Qt work until something is true."""
    end = time.monotonic() + PREVIEW_S
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("it took too long")
        slicer.app.processEvents()
        time.sleep(0.01)


def show_plain_paths(panel, folder):
    """Show ``/data`` where the run had a temporary folder."""
    lines = (panel.ui.inputPath, panel.ui.mapPath, panel.ui.outputPath, panel.ui.privatePath)
    for line in lines:
        line.blockSignals(True)  # else the panel says that there is no such folder here
        line.currentPath = line.currentPath.replace(str(folder), "/data")
        line.blockSignals(False)
    panel.ui.log.setPlainText(panel.ui.log.toPlainText().replace(str(folder), "/data"))


if __name__ == "__main__":
    sys.exit(main())
