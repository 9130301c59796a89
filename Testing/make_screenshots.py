# SPDX-License-Identifier: Apache-2.0
"""Make the pictures of panel and preview for README and the Extensions Index, from the program's own made head only.

::

    python Testing/make_screenshots.py      writes SlicerDeid-panel, -preview, -review, -loaded and -scene
                                            to Resources/Screenshots

Shows the plan of the demo in the panel on the bench (Testing/Bench), previews its first series in Slicer's views, runs
it to show the review, defaces the sample head as a loaded volume, and lists what a scene tells that was made for it.
"""

from __future__ import annotations

import argparse
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
SLICE_PX = (300, 300)
GAP_PX = 4
PREVIEW_S = 600  # s: far more than one small series takes


def main() -> int:
    """Show every part of the panel, draw it and the views, write the pictures."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
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
        loaded, scene = open_in_slicer(slicer, panel)
        panel.cleanup()
    gap = np.full((height, GAP_PX, 3), 40, np.uint8)
    beside = np.hstack([picture[: len(small)], gap[: len(small)], small])
    made_pictures = {"preview": shown, "panel": beside, "review": reviewed, "loaded": loaded, "scene": scene}
    for target, made in made_pictures.items():
        views.save_png(made, TARGET / f"SlicerDeid-{target}.png")
        print(f"wrote SlicerDeid-{target}.png")
    return 0


def preview(slicer, folder):
    """Fill the panel in for the demo, show the plan, preview the first series."""
    from PySide6 import QtWidgets

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
    panel.parent.resize(PANEL_PX[0], QtWidgets.QWidget.heightForWidth(panel.parent, PANEL_PX[0]))  # as Slicer does
    slicer.app.processEvents()
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


def open_in_slicer(slicer, panel):
    """Deface the sample head as a loaded volume, and look through a scene that holds an invented patient."""
    from SlicerDeidWidgets.samples import makeHeadCt

    ui = panel.ui
    ui.reviewSection.collapsed, ui.sceneSection.collapsed = True, False
    node = makeHeadCt()
    ui.loadedVolumeCombo.setCurrentNode(node)
    ui.loadedDefaceButton.click()
    wait(slicer, lambda: not panel.scene.loaded.isBusy)
    defaced, mask = slicer.util.getNode("Defaced"), slicer.util.getNode("Replaced by air")
    if not ui.loadedLabel.text.startswith("Done"):
        raise SystemExit(f"the volume was not defaced: {ui.loadedLabel.text}")
    ui.loadedLabel.text = "Done: 'Defaced' and 'Replaced by air' were added. Look at the head before you share it."
    slicer.app.processEvents()
    pictures = [views.widget_picture(ui.sceneSection)]
    for shown in (node, defaced):
        shown.GetDisplayNode().SetAutoWindowLevel(False)
        shown.GetDisplayNode().SetWindowLevel(400.0, 40.0)
        mask.GetDisplayNode().SetVisibility(shown is node)
        pictures.append(views.SliceView(slicer, "Yellow", SLICE_PX).show(shown))
    height = max(len(picture) for picture in pictures)
    loaded = np.hstack([padded(picture, height) for picture in pictures])
    plant(slicer, node)
    ui.sceneTabs.setCurrentIndex(1)
    ui.sceneLookButton.click()
    slicer.app.processEvents()
    return loaded, views.widget_picture(ui.sceneSection)


def plant(slicer, node):
    """Let the scene tell of an invented patient what Slicer's DICOM module would."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Example^Erika")
    for name, value in {
        "PatientName": "Example^Erika",
        "PatientID": "EX-000123",
        "PatientBirthDate": "19500101",
    }.items():
        hierarchy.SetItemAttribute(patient, f"DICOM.{name}", value)
    study = hierarchy.CreateStudyItem(patient, "CT head (20200102)")
    hierarchy.SetItemUID(study, "DICOM", "2.25.12345678901234567890")
    hierarchy.CreateItem(study, node)
    node.SetName("2: CT head 5mm Example")
    node.AddDefaultStorageNode()
    node.GetStorageNode().SetFileName("/".join(("", "home", "erika", "example", "head.nrrd")))


def padded(picture, height):
    """Return a picture in the middle of a dark column of some height."""
    above = (height - len(picture)) // 2
    return np.pad(picture, ((above, height - len(picture) - above), (0, 0), (0, 0)), constant_values=40)


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
