# SPDX-License-Identifier: Apache-2.0
"""Made heads as enhanced multi-frame images, their frames in any order, full of canary values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ctseries import make_ct_series
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedCTImageStorage, EnhancedMRImageStorage, ExplicitVRLittleEndian
from SlicerDeidLib.model.volume import Volume

Place = tuple[int, int, int]  # number of the volume, repetition, slice


def write_enhanced(
    folder: Path,
    volumes: Sequence[Volume],
    *,
    repetitions: int = 1,
    files: int = 1,
    seed: int | None = 1,
    transfer_syntax_uid: str = ExplicitVRLittleEndian,
    stored: NDArray[np.integer] | None = None,
) -> list[list[Place]]:
    """Write volumes as frames of enhanced images; return for each file what each of its frames shows.

    Parameters
    ----------
    repetitions : int
        How often each volume is imaged.
    files : int
        Over how many files the frames go.
    seed : int or None
        Of the frames' order; None leaves them in theirs.
    stored : (t, k, j, i) array, optional
        Of each repetition; by default all are alike.
    """
    places = [
        (number, time, k)
        for number, volume in enumerate(volumes)
        for time in range(repetitions)
        for k in range(len(volume.stored))
    ]
    if seed is not None:
        places = [places[n] for n in np.random.default_rng(seed).permutation(len(places))]
    parts = [list(places[n::files]) for n in range(files)]
    is_ct = volumes[0].unit == "HU"

    def change(dataset: Dataset, n: int) -> None:
        frames = [volumes[v].stored[k] if stored is None else stored[time][k] for v, time, k in parts[n]]
        _become_enhanced(dataset, np.stack(frames), volumes[0])
        dataset.InstanceNumber = n + 1
        dataset.PerFrameFunctionalGroupsSequence = [_groups(volumes[v], v, time, k) for v, time, k in parts[n]]

    make_ct_series(
        folder,
        slices=files,
        size=8,
        sop_class_uid=EnhancedCTImageStorage if is_ct else EnhancedMRImageStorage,
        image_type=("ORIGINAL", "PRIMARY", "VOLUME", "NONE"),
        modality="CT" if is_ct else "MR",
        change=change,
        transfer_syntax_uid=transfer_syntax_uid,
    )
    return parts


def _become_enhanced(dataset: Dataset, frames: NDArray[np.integer], volume: Volume) -> None:
    """Put frames and what they share in place of a single image."""
    for keyword in (
        *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness", "SliceLocation"),
        *("RescaleSlope", "RescaleIntercept", "RescaleType", "GantryDetectorTilt", "KVP"),
    ):
        dataset.pop(keyword, None)
    dataset.NumberOfFrames = len(frames)
    dataset.Rows, dataset.Columns = frames.shape[1:]
    dataset.PixelRepresentation = int(frames.dtype.kind == "i")
    dataset.PixelData = frames.astype(frames.dtype.newbyteorder("<")).tobytes()
    if volume.unit != "HU":
        dataset.BitsStored, dataset.HighBit = 12, 11
    dimensions = []
    for pointer in (0x00200052, 0x00209057, 0x00209128):  # stack in effect, place in it, time
        item = Dataset()
        item.DimensionIndexPointer = 0x00209056 if pointer == 0x00200052 else pointer
        item.FunctionalGroupPointer = 0x00209111
        dimensions.append(item)
    dataset.DimensionIndexSequence = dimensions
    shared, measures, values = Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [float(np.linalg.norm(volume.j_step)), float(np.linalg.norm(volume.i_step))]
    shared.PixelMeasuresSequence = [measures]
    values.RescaleSlope, values.RescaleIntercept = "1", f"{volume.intercept[0]:g}"
    values.RescaleType = volume.unit or "US"
    shared.PixelValueTransformationSequence = [values]
    dataset.SharedFunctionalGroupsSequence = [shared]


def _groups(volume: Volume, number: int, time: int, k: int) -> Dataset:
    """Return the functional groups of one frame."""
    group, content, position, orientation, kind = (Dataset() for _ in range(5))
    content.StackID, content.InStackPositionNumber, content.TemporalPositionIndex = str(number + 1), k + 1, time + 1
    content.DimensionIndexValues = [number + 1, k + 1, time + 1]
    content.FrameAcquisitionDateTime = "20190817101112.000"
    content.FrameComments = "CANARYCOMMENT"
    group.FrameContentSequence = [content]
    position.ImagePositionPatient = [f"{value:.6g}" for value in volume.positions[k]]
    group.PlanePositionSequence = [position]
    cosines = [step / np.linalg.norm(step) for step in (volume.i_step, volume.j_step)]
    orientation.ImageOrientationPatient = [f"{value:.8g}" for value in np.concatenate(cosines)]
    group.PlaneOrientationSequence = [orientation]
    kind.FrameType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    setattr(group, "CTImageFrameTypeSequence" if volume.unit == "HU" else "MRImageFrameTypeSequence", [kind])
    return group
