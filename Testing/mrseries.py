# SPDX-License-Identifier: Apache-2.0
"""The made head MR as a DICOM series of single frames, full of canary values, and as one volume for the finders."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from ctseries import make_ct_series
from pydicom.dataset import Dataset
from pydicom.uid import MRImageStorage
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.sample.mr import CONTRASTS, LOW_MM, HeadMR, PaintedHead, paint


@cache
def painted(contrast: str, lowest_mm: float = LOW_MM[2]) -> PaintedHead:
    """Paint the head once per contrast and process; 1.5 mm is finer than what tests sample."""
    return paint(CONTRASTS[contrast], 1.5, lowest_mm)


def wrapped(volume: Volume, axis: int, first: int, width: int) -> Volume:
    """Return a picture so wide along its rows (2) or columns (1): what lies beyond one border shows at the other."""
    signal = np.moveaxis(volume.stored.astype(np.float32), axis, 0)
    folded = np.zeros((width, *signal.shape[1:]), np.float32)
    for place, plane in enumerate(signal):
        folded[(place - first) % width] += plane
    stored = np.moveaxis(folded, 0, axis).clip(0, 4095).astype(volume.stored.dtype)
    step = volume.j_step if axis == 1 else volume.i_step
    return replace(volume, stored=np.ascontiguousarray(stored), positions=volume.positions + first * step)


def write_mr_series(folder: Path, head: HeadMR) -> list[Path]:
    """Write a made head; one file per slice, in the order of the volume."""
    volume = head.volume
    slices, rows, columns = volume.shape
    assert rows == columns

    def place(dataset: Dataset, k: int) -> None:
        dataset.ImagePositionPatient = [f"{v:.6g}" for v in volume.positions[k]]
        dataset.ImageOrientationPatient = [f"{v:.6g}" for v in head.lattice.axes()[:2].ravel()]
        dataset.PixelSpacing = [head.lattice.pixel_spacing_mm] * 2
        dataset.SliceThickness = head.lattice.thickness_mm
        dataset.PixelRepresentation = 0
        dataset.BitsStored, dataset.HighBit = 12, 11
        for keyword in ("RescaleSlope", "RescaleIntercept", "RescaleType", "GantryDetectorTilt", "KVP"):
            if keyword in dataset:
                del dataset[keyword]

    return make_ct_series(
        folder,
        slices=slices,
        size=rows,
        sop_class_uid=MRImageStorage,
        image_type=("ORIGINAL", "PRIMARY", "M", "ND"),
        pixels=lambda k: volume.stored[k].astype(int) - 1024,  # what make_ct_series adds
        change=place,
    )
