# SPDX-License-Identifier: Apache-2.0
"""Several series of one made head, as one study: thin and thick, few slices, upper and lower half, time points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pydicom
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.spatial.transform import Rotation
from SlicerDeidLib.model.record import SeriesRecord
from SlicerDeidLib.sample import phantom
from SlicerDeidLib.sample.persons import PERSONS
from SlicerDeidLib.sample.study import SampleStudy, write_study

THICK = phantom.Lattice(slices=44, spacing_mm=5.0, rows=160, columns=160, pixel_spacing_mm=1.6)
LATTICES = {
    "thick": THICK,
    "tilted": replace(THICK, tilt_degrees=15.0),
    "ten": replace(THICK, slices=21, spacing_mm=10.0),
    "nodding": replace(THICK, slices=20, spacing_mm=10.0, tilt_degrees=15.0),
    "slab": replace(THICK, slices=9, spacing_mm=10.0, lowest_mm=-60.0),
    "four": replace(THICK, slices=4, lowest_mm=-60.0),
    "upper": replace(THICK, slices=32, lowest_mm=-30.0),
    "lower": replace(THICK, slices=20, lowest_mm=-103.0),
    "thin": replace(THICK, slices=110, spacing_mm=2.0),
}


class Made(NamedTuple):
    """One image of a perfusion series: slice ``k`` of ``head``."""

    instance_number: int
    head: phantom.HeadCT
    k: int


def make_series(
    folder: Path,
    name: str,
    frame: str = "2.25.7",
    moved_mm: tuple[float, float, float] = (0.0, 0.0, 0.0),
    turned_degrees: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> SampleStudy:
    """Write one series of ``LATTICES`` below ``folder``; all are of one study and, unless said, one frame of reference.

    Parameters
    ----------
    moved_mm : (float, float, float)
        How much farther the head lies than in the other series, LPS.
    turned_degrees : (float, float, float)
        How it is turned before that, about x, then y, then z of LPS; the slices go with it.
    """
    turn = Rotation.from_euler("xyz", turned_degrees, degrees=True)
    made = write_study(folder / name, PERSONS[0], LATTICES[name], seed=1 + list(LATTICES).index(name), has_text=False)
    for path in made.paths:
        ds = pydicom.dcmread(path)
        ds.StudyInstanceUID, ds.FrameOfReferenceUID = "2.25.5", frame
        position = turn.apply(np.array(ds.ImagePositionPatient, dtype=float)) + moved_mm
        ds.ImagePositionPatient = [f"{value:.6f}" for value in position]
        cosines = turn.apply(np.array(ds.ImageOrientationPatient, dtype=float).reshape(2, 3))
        ds.ImageOrientationPatient = [f"{value:.8f}" for value in cosines.ravel()]
        ds.save_as(path)
    return made


def kept(made: SampleStudy, record: SeriesRecord, out: Path) -> NDArray[np.bool_]:
    """Return which voxels of a released series are those of its original, (k, j, i) bool."""
    by_number: Mapping[int, NDArray[np.int16]] = {
        int(ds.InstanceNumber): ds.pixel_array for ds in (pydicom.dcmread(out / name) for name, _, _ in record.files)
    }
    numbers = [int(pydicom.dcmread(path, stop_before_pixels=True).InstanceNumber) for path in made.paths]
    return np.stack([by_number[number] for number in numbers]) == made.head.volume.stored


class Reformat(NamedTuple):
    """A reformat of a made head: its files by slice, and what is true of it, (k, j, i) bool."""

    paths: list[Path]
    stored: NDArray[np.int16]
    intracranial: NDArray[np.bool_]
    facial_skin: NDArray[np.bool_]


AXES = {  # LPS along a row, along a column, across the slices
    "axial": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "coronal": ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0)),
    "sagittal": ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (1.0, 0.0, 0.0)),
}
_SOURCE = phantom.Lattice(slices=108, spacing_mm=2.0, rows=120, columns=120, pixel_spacing_mm=2.0)


def make_reformat(
    folder: Path,
    plane: str,
    turned_degrees: float = 0.0,
    image_type: Sequence[str] = ("DERIVED", "SECONDARY", "MPR"),
    frame: str = "2.25.7",
) -> Reformat:
    """Write slices of 3 mm in another plane below ``folder``, resliced from thin slices of the head of ``LATTICES``.

    Parameters
    ----------
    turned_degrees : float
        How far the slices are turned about the column's direction.
    """
    made = _source()
    row, column, across = (np.array(axis) for axis in AXES[plane])
    turn = Rotation.from_rotvec(np.deg2rad(turned_degrees) * column)
    row, across = turn.apply(row), turn.apply(across)
    count, rows, step, pixel = 70, 130, 3.0, 2.0
    middle = made.volume.positions.mean(axis=0) + (made.volume.i_step + made.volume.j_step) * (_SOURCE.rows - 1) / 2
    places = (np.arange(count) - (count - 1) / 2) * step
    positions = middle - (row + column) * pixel * (rows - 1) / 2 + places[:, None] * across
    j, i = np.mgrid[:rows, :rows] * pixel
    points = positions[:, None, None] + j[..., None] * column + i[..., None] * row
    indices = np.moveaxis((points - made.volume.positions[0]) / 2.0, -1, 0)[::-1]

    def resliced(values: NDArray[np.generic], outside: float = 0.0) -> NDArray[np.float32]:
        found: NDArray[np.float32] = map_coordinates(
            values.astype(np.float32), indices, order=1, mode="constant", cval=outside, prefilter=False
        )
        return found

    stored = np.rint(resliced(made.volume.stored, float(made.volume.stored.min()))).astype(np.int16)
    study = write_study(folder, PERSONS[0], replace(THICK, slices=1), has_text=False)
    template = pydicom.dcmread(study.paths[0])
    study.paths[0].unlink()
    paths = []
    template.StudyInstanceUID, template.FrameOfReferenceUID = "2.25.5", frame
    template.SeriesInstanceUID, template.ImageType = "2.25.8", list(image_type)
    template.Rows = template.Columns = rows
    template.PixelSpacing, template.SliceThickness = [pixel, pixel], step
    template.ImageOrientationPatient = [f"{value:.8f}" for value in (*row, *column)]
    for k in range(count):
        template.SOPInstanceUID = template.file_meta.MediaStorageSOPInstanceUID = f"2.25.{10**30 + k}"
        template.ImagePositionPatient = [f"{value:.6f}" for value in positions[k]]
        template.InstanceNumber, template.PixelData = k + 1, stored[k].tobytes()
        paths.append(folder / f"{k:05d}.dcm")
        template.save_as(paths[-1])
    skin = resliced(made.skin & made.face) > 0.5
    return Reformat(paths, stored, resliced(made.intracranial) > 0.5, skin)


@cache
def _source() -> phantom.HeadCT:
    return phantom.make_head(_SOURCE)


def make_perfusion(
    folder: Path, name: str = "thick", times: int = 4, moved_mm: float = 0.0, lost: Sequence[tuple[int, int]] = ()
) -> list[Made]:
    """Write time points of one head as one series, its files in no order; return what each file shows.

    Parameters
    ----------
    times : int
        The medium brightens what is inside the skull by 60 HU, most at the second time point; noise differs.
    moved_mm : float
        How far the head is pushed back at the last time point.
    lost : sequence of (int, int)
        Time points and slices that are missing.
    """
    lattice = LATTICES[name]
    heads = [phantom.make_head(lattice, seed=1 + time) for time in range(times)]
    pushed_px = round(moved_mm / lattice.pixel_spacing_mm)
    study = write_study(folder / "first", PERSONS[0], lattice, has_text=False)
    templates = [pydicom.dcmread(path) for path in study.paths]
    made = []
    numbers = iter(np.random.default_rng(5).permutation(times * len(templates)))
    for time, head in enumerate(heads):
        head.volume.stored[head.intracranial] += round(60 / (1 + abs(time - 1)))
        if time == times - 1:
            head.volume.stored[...] = np.roll(head.volume.stored, pushed_px, axis=1)
        for k, ds in enumerate(templates):
            number = int(next(numbers))
            if (time, k) in lost:
                continue
            ds.PixelData = head.volume.stored[k].tobytes()
            ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = (
                f"2.25.{10**30 + number}"  # long, to be looked for
            )
            ds.StudyInstanceUID, ds.FrameOfReferenceUID, ds.SeriesInstanceUID = "2.25.5", "2.25.7", "2.25.6"
            ds.AcquisitionTime, ds.InstanceNumber = f"1012{time:02d}", number + 1
            ds.save_as(folder / f"{number:05d}.dcm")
            made.append(Made(number + 1, head, k))
    for path in study.paths:
        path.unlink()
    (folder / "first").rmdir()
    return made
