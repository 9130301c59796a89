# SPDX-License-Identifier: Apache-2.0
"""Make the picture of panel and views for README and the Extensions Index, from the program's own made head only.

::

    python Testing/make_screenshots.py      writes Resources/Screenshots/SlicerDeid-panel.png

Runs the real job in the panel on the bench (Testing/Bench), then shows the made head before (top) and after (bottom).
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
from PIL import Image, ImageDraw, ImageFont  # noqa: E402

TARGET = TESTING.parent / "Resources" / "Screenshots" / "SlicerDeid-panel.png"
PANEL_PX = (500, 960)
GAP_PX = 4
RUN_S = 300  # s: far more than two small series take
BAR_PX = 8
BARS = {"Yellow": (237, 212, 76), "3D": (116, 116, 175)}  # Slicer's own colours of the sagittal and the 3-D view


def main() -> int:
    """Run the job, draw panel and views, write one picture."""
    slicer = boot.boot()
    from SlicerDeidLib.sample.study import write_demo

    with tempfile.TemporaryDirectory(prefix="slicerdeid-") as name:
        folder = Path(name)
        for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            os.environ[variable] = str(folder / variable)
        write_demo(folder)
        panel = run_panel(slicer, folder)
        show_plain_paths(panel, folder)
        picture = views.widget_picture(panel.parent)
        panel.cleanup()
    height = picture.shape[0]
    beside = four_up(slicer, (height - 3 * GAP_PX) // 2)
    gap = np.full((height, GAP_PX, 3), 40, np.uint8)
    views.save_png(np.hstack([picture, gap, beside[:height]]), TARGET)
    print(f"wrote {TARGET}")
    return 0


def run_panel(slicer, folder):
    """Fill the panel in for the demo, press Apply, wait for the end."""
    panel = open_panel(slicer, load_scripted_module(slicer, boot.MODULE_FILE))
    panel.parent.resize(*PANEL_PX)
    panel.parent.show()
    panel.ui.inputPath.currentPath = str(folder / "in")
    panel.ui.mapPath.currentPath = str(folder / "map.xlsx")
    panel.ui.outputPath.currentPath = str(folder / "out")
    panel.ui.privatePath.currentPath = str(folder / "private")
    panel.ui.applyButton.click()
    end = time.monotonic() + RUN_S
    while panel._worker is not None and time.monotonic() < end:
        slicer.app.processEvents()
        time.sleep(0.01)
    if panel._worker is not None or not panel.ui.seriesTable.rowCount:
        raise SystemExit(f"the run did not end well: {panel.ui.log.toPlainText()}")
    slicer.app.processEvents()
    return panel


def show_plain_paths(panel, folder):
    """Show ``/data`` where the run had a temporary folder."""
    lines = (panel.ui.inputPath, panel.ui.mapPath, panel.ui.outputPath, panel.ui.privatePath)
    for line in lines:
        line.blockSignals(True)  # else the panel says that there is no such folder here
        line.currentPath = line.currentPath.replace(str(folder), "/data")
        line.blockSignals(False)
    panel.ui.log.setPlainText(panel.ui.log.toPlainText().replace(str(folder), "/data"))


def four_up(slicer, size):
    """Show the made head, sagittal and in 3-D: above as it was with what is removed, below after it."""
    from SlicerDeidLib.sample.phantom import Lattice, make_head
    from SlicerDeidWidgets.volumes import addNode

    lattice = Lattice(slices=80, spacing_mm=3.0, rows=256, columns=256, pixel_spacing_mm=1.0)
    before = addNode(make_head(lattice).volume, "Head")
    after, mask = sys.modules["SlicerDeid"].SlicerDeidLogic().defaceVolume(before)
    for node in (before, after):
        node.GetDisplayNode().SetAutoWindowLevel(False)
        node.GetDisplayNode().SetWindowLevel(400, 40)
    rows = []
    view_px = (size, size - BAR_PX)
    for words, node, label in (("before", before, mask), ("after", after, None)):
        view = views.SliceView(slicer, "Yellow", view_px)
        sagittal = with_bar(view.show(node, label, 0.3), BARS["Yellow"], words)
        model = views.add_skin(slicer, node)
        head = with_bar(views.ThreeDView(slicer, view_px).show(), BARS["3D"], words)
        slicer.mrmlScene.RemoveNode(model)
        gap = np.full((size, GAP_PX, 3), 40, np.uint8)
        rows += [np.hstack([sagittal, gap, head])]
    return np.vstack([rows[0], np.full((3 * GAP_PX, rows[0].shape[1], 3), 40, np.uint8), rows[1]])


def with_bar(picture, color, words):
    """Put the coloured bar of a Slicer view over a picture, and a word into its corner."""
    bar = np.empty((BAR_PX, picture.shape[1], 3), np.uint8)
    bar[:] = color
    image = Image.fromarray(np.vstack([bar, picture]))
    ImageDraw.Draw(image).text((10, BAR_PX + 6), words, fill="white", font=ImageFont.load_default(size=20))
    return np.asarray(image)


if __name__ == "__main__":
    sys.exit(main())
