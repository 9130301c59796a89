# SPDX-License-Identifier: Apache-2.0
"""Build the model head that MR is registered with, ``SlicerDeidLib/pixels/head/data/headmodel.npy``, or check it.

    python Testing/build_headmodel.py            writes the file anew
    python Testing/build_headmodel.py --check    writes nothing; exit 1 when the file differs

Source: the program's own sample head as T1 (an adult's proportions, nobody's data), as ``pixels/head/mrbody.py`` sees
it: typical tissue is 1. The file is uint8 (z, y, x) in hundredths, on the lattice that ``pixels/head/register.py``
names.
"""

from __future__ import annotations

import argparse
import io
import sys

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from SlicerDeidLib.pixels.head.mrbody import find_mr_body
from SlicerDeidLib.pixels.head.register import BRIGHTEST, HEAD_FILE, HEAD_ORIGIN_MM, HEAD_STEP_MM, HEAD_UNIT
from SlicerDeidLib.sample.mr import MRLattice, make_mr_head, paint
from SlicerDeidLib.sample.tissues import T1

SHAPE = (69, 62, 47)  # z, y, x: from the larynx to above the vertex, 12 mm and more of air around
LATTICE = MRLattice("axial", 140, 2.0, 2.0, 128, 110, 2.0, middle_mm=(0.0, 0.0, 8.0))
TOLERANCE = 3  # hundredths: float32 rounds differently from machine to machine


def headmodel() -> NDArray[np.uint8]:
    """Return the signal in units of ``HEAD_UNIT``."""
    head = find_mr_body(make_mr_head(paint(T1, 1.0), LATTICE, noise=5.0, shading=0.0).volume)
    grid = head.body.sampled.grid
    axes = (HEAD_ORIGIN_MM[axis] + HEAD_STEP_MM * np.arange(SHAPE[2 - axis]) for axis in (2, 1, 0))
    places = np.stack(np.meshgrid(*axes, indexing="ij"))
    index = (places - grid.origin[::-1, None, None, None]) / grid.spacing_mm
    smooth = ndimage.uniform_filter(np.minimum(head.signal, BRIGHTEST), 2, origin=-1)
    values = ndimage.map_coordinates(smooth, index - 0.5, order=1, mode="constant", cval=0.0)
    return np.rint(values / HEAD_UNIT).clip(0, 255).astype(np.uint8)


def main() -> int:
    """Write or check the file; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when the file differs")
    options = parser.parse_args()
    if options.check:
        is_same = np.abs(np.load(HEAD_FILE).astype(int) - headmodel().astype(int)).max() <= TOLERANCE
        if not is_same:
            print(f"{HEAD_FILE.name} is not the sample head: run build_headmodel.py", file=sys.stderr)
        return 0 if is_same else 1
    content = io.BytesIO()
    np.save(content, headmodel())
    HEAD_FILE.write_bytes(content.getvalue())
    print(f"{HEAD_FILE.name}: {len(content.getvalue())} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
