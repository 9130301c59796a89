# SPDX-License-Identifier: Apache-2.0
"""Several series of one made head, as one study: thin and thick, few slices, its upper and its lower half."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from SlicerDeidLib.model.record import SeriesRecord
from SlicerDeidLib.sample import phantom
from SlicerDeidLib.sample.persons import PERSONS
from SlicerDeidLib.sample.study import SampleStudy, write_study

THICK = phantom.Lattice(slices=44, spacing_mm=5.0, rows=160, columns=160, pixel_spacing_mm=1.6)
LATTICES = {
    "thick": THICK,
    "tilted": replace(THICK, tilt_degrees=15.0),
    "ten": replace(THICK, slices=21, spacing_mm=10.0),
    "four": replace(THICK, slices=4, lowest_mm=-60.0),
    "upper": replace(THICK, slices=32, lowest_mm=-30.0),
    "lower": replace(THICK, slices=20, lowest_mm=-103.0),
}


def make_series(
    folder: Path, name: str, frame: str = "2.25.7", moved_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> SampleStudy:
    """Write one series of ``LATTICES`` below ``folder``; all are of one study and, unless said, one frame of reference.

    Parameters
    ----------
    moved_mm : (float, float, float)
        How much farther the head lies than in the other series, LPS.
    """
    made = write_study(folder / name, PERSONS[0], LATTICES[name], seed=1 + list(LATTICES).index(name), has_text=False)
    for path in made.paths:
        ds = pydicom.dcmread(path)
        ds.StudyInstanceUID, ds.FrameOfReferenceUID = "2.25.5", frame
        ds.ImagePositionPatient = [float(at) + by for at, by in zip(ds.ImagePositionPatient, moved_mm, strict=True)]
        ds.save_as(path)
    return made


def kept(made: SampleStudy, record: SeriesRecord, out: Path) -> NDArray[np.bool_]:
    """Return which voxels of a released series are those of its original, (k, j, i) bool."""
    by_number: Mapping[int, NDArray[np.int16]] = {
        int(ds.InstanceNumber): ds.pixel_array for ds in (pydicom.dcmread(out / name) for name, _, _ in record.files)
    }
    numbers = [int(pydicom.dcmread(path, stop_before_pixels=True).InstanceNumber) for path in made.paths]
    return np.stack([by_number[number] for number in numbers]) == made.head.volume.stored
