# SPDX-License-Identifier: Apache-2.0
"""Sample data for Slicer's module Sample Data: heads and a study that the program makes itself when they are asked for.

Nothing is downloaded, and no person was ever scanned for them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from SlicerDeidWidgets import packages
from SlicerDeidWidgets.volumes import addNode

CATEGORY = "De-identification"
HEAD_CT, HEAD_MR, STUDY = "MadeHeadCT", "MadeHeadMR", "MadeStudy"
_MADE = "made:"  # no address: the program makes what is asked for
_PAINTED_MM = 1.5  # mm: finer than what the sample MR samples


def register(iconPath: str) -> None:
    """Offer the samples in Sample Data, at every start of Slicer."""
    if not hasattr(slicer.modules, "sampledata"):  # an application made of Slicer may leave it out
        return
    from SampleData import SampleDataLogic

    makers = {HEAD_CT: makeHeadCt, HEAD_MR: makeHeadMr, STUDY: openStudy}
    for name, make in makers.items():
        SampleDataLogic.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=name,
            uris=_MADE + name,
            fileNames=name,
            nodeNames=name,
            customDownloader=_withPackages(make),
            thumbnailFileName=iconPath,
        )


def makeHeadCt() -> object:
    """Add a made head CT to the scene; returns its volume node."""
    from SlicerDeidLib.sample.phantom import make_head
    from SlicerDeidLib.sample.study import DEMO_LATTICES

    with slicer.util.WaitCursor():
        return _shown(addNode(make_head(DEMO_LATTICES[0]).volume, _("Made head CT")))


def makeHeadMr() -> object:
    """Add a made head MR (T1, sagittal) to the scene; returns its volume node."""
    from SlicerDeidLib.sample.mr import CONTRASTS, make_mr_head, paint

    with slicer.util.WaitCursor():
        return _shown(addNode(make_mr_head(paint(CONTRASTS["T1"], _PAINTED_MM)).volume, _("Made head MR")))


def openStudy() -> Path:
    """Write a study of two patients with a list, and name both in the panel; returns the folder.

    It lies in Slicer's own temporary folder.

    Raises
    ------
    RuntimeError
        While the panel works on other folders.
    """
    from SlicerDeidLib.sample.study import write_demo

    slicer.util.selectModule("SlicerDeid")
    panel = slicer.modules.slicerdeid.widgetRepresentation().self()
    if not panel.form.isEnabled:
        raise RuntimeError(_("The panel works on other folders now: open the made study when that is done."))
    folder = Path(tempfile.mkdtemp(prefix="made-study-", dir=slicer.app.temporaryPath))
    with slicer.util.WaitCursor():
        demo = write_demo(folder)
    panel.form.showPaths({"input": demo.input, "map": demo.map, "output": folder / "out", "private": ""})
    return folder


def _withPackages(make: Callable[[], object]) -> Callable[[object], object]:
    """Return what a sample's button calls, with the sample: make it, when what is needed for it is there."""

    def press(_source: object) -> object:
        if not packages.areThere():
            slicer.util.errorDisplay(packages.sentence())
            return None
        try:
            return make()
        except RuntimeError as error:
            slicer.util.errorDisplay(str(error))
            return None

    return press


def _shown(node: object) -> object:
    slicer.util.setSliceViewerLayers(background=node, fit=True)
    return node
