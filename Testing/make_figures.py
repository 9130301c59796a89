# SPDX-License-Identifier: Apache-2.0
"""Make the figures of README's tutorial, from the program's own made head only.

::

    python Testing/make_figures.py      writes slice-before, slice-after and head-before-after to Resources/Screenshots
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

TESTING = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTING), str(TESTING.parent / "SlicerDeid")]

import numpy as np  # noqa: E402
import SlicerDeidLib as deid  # noqa: E402
from Bench import boot, views  # noqa: E402
from PIL import Image  # noqa: E402
from SlicerDeidLib.sample.phantom import Lattice, make_head  # noqa: E402
from SlicerDeidLib.sample.study import write_study  # noqa: E402

TARGET = TESTING.parent / "Resources" / "Screenshots"
LATTICE = Lattice(slices=110, spacing_mm=2.0, rows=256, columns=256, pixel_spacing_mm=1.0)
SLICE = 0.52  # of the stack: the level of the eyes
WINDOW_HU = (-1024.0, 500.0)  # shows air, tissue and letters alike
SIDE_PX = 480


def main() -> int:
    """Make the head, deface it, write three pictures."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    slicer = boot.boot()
    from SlicerDeidWidgets.volumes import addNode

    with tempfile.TemporaryDirectory(prefix="slicerdeid-") as folder:
        before = write_study(Path(folder) / "study", lattice=LATTICE).head.volume
    after = deid.deface(before, method="surface+face").after
    k = int(SLICE * len(after))
    save_slice(before.stored[k], before, "slice-before.png")
    save_slice(after[k], before, "slice-after.png")
    head = make_head(LATTICE, has_holder=False).volume  # letters and holder would hide the face from the side
    peeled = deid.deface(head, method="surface+face").after
    heads = []
    for stored in (head.stored, peeled):
        node = addNode(deid.Volume(stored, **geometry(head)), "Head")
        model = views.add_skin(slicer, node)
        heads.append(views.ThreeDView(slicer, (SIDE_PX, SIDE_PX)).show())
        slicer.mrmlScene.RemoveNode(model)
    views.save_png(np.hstack(heads), TARGET / "head-before-after.png")
    return 0


def geometry(volume):
    """Everything of a volume but its stored values."""
    return {name: getattr(volume, name) for name in volume.__slots__ if name != "stored"}


def save_slice(stored, volume, name):
    """Write one axial slice in grey."""
    low, high = WINDOW_HU
    values = stored * float(volume.slope[0]) + float(volume.intercept[0])
    grey = (np.clip((values - low) / (high - low), 0, 1) * 255).astype(np.uint8)
    Image.fromarray(grey).resize((SIDE_PX, SIDE_PX)).save(TARGET / name, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
