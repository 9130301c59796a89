# SPDX-License-Identifier: Apache-2.0
"""Build the model of the intracranial cavity, ``SlicerDeidLib/pixels/head/data/endocranium.npy``, or check it.

    python Testing/build_endocranium.py            writes the file anew
    python Testing/build_endocranium.py --check    writes nothing; exit 1 when the file differs

Source: the cavity of the program's own sample head (an adult's proportions, nobody's data). The file is the signed
distance to its wall in half millimetres, int8 (z, y, x), on the lattice that ``pixels/head/pose.py`` names.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from SlicerDeidLib.pixels.head.pose import MODEL_FILE, MODEL_ORIGIN_MM, MODEL_STEP_MM, MODEL_UNIT_MM
from SlicerDeidLib.sample.shapes import Section
from SlicerDeidLib.sample.skull import cavity_distance

SHAPE = (53, 55, 45)  # z, y, x: 25 mm and more around the cavity


def endocranium() -> NDArray[np.int8]:
    """Return the signed distance, negative inside, in units of ``MODEL_UNIT_MM``."""
    z, y, x = (
        (first + MODEL_STEP_MM * np.arange(size)).astype(np.float32)
        for first, size in zip(MODEL_ORIGIN_MM[::-1], SHAPE, strict=True)
    )
    sections = (Section(x[None], y[:, None], np.full((len(y), 1), height, np.float32)) for height in z)
    distance = np.stack([cavity_distance(section) for section in sections])
    return np.rint(distance / MODEL_UNIT_MM).clip(-127, 127).astype(np.int8)


def main() -> int:
    """Write or check the file; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when the file differs")
    options = parser.parse_args()
    if options.check:
        # float32 rounds differently from machine to machine: a step of half a millimetre is no difference
        is_same = np.abs(np.load(MODEL_FILE).astype(int) - endocranium()).max() <= 1
        if not is_same:
            print(f"{MODEL_FILE.name} is not the sample's cavity: run {Path(__file__).name}", file=sys.stderr)
        return 0 if is_same else 1
    content = io.BytesIO()
    np.save(content, endocranium())
    MODEL_FILE.parent.mkdir(exist_ok=True)
    MODEL_FILE.write_bytes(content.getvalue())
    print(f"{MODEL_FILE.name}: {len(content.getvalue())} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
