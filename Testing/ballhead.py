# SPDX-License-Identifier: Apache-2.0
"""A head made of concentric spheres on a neck: its depth below the skin is known exactly, on any lattice.

From inside out: brain to 65 mm, inner table, marrow, outer table to 72 mm, soft tissue to 84 mm. A neck below, a
foramen magnum, a bubble of air in the neck, and a nose in front.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pydicom
from numpy.typing import NDArray
from SlicerDeidLib.model.volume import Volume

SKIN_MM, OUTER_MM, MARROW_MM, INNER_MM, BRAIN_MM = 84.0, 72.0, 70.0, 67.0, 65.0
AIR_HU, SOFT_HU, BRAIN_HU, BONE_HU, MARROW_HU = -1000.0, 30.0, 35.0, 1000.0, 350.0
EXTRAS = frozenset({"holder", "strap", "tube", "earring", "table"})


@dataclass(frozen=True)
class Lattice:
    """Where the head is sampled: z of the slices, in-plane size, tilt about the left-right axis, storage."""

    heights_mm: tuple[float, ...] = tuple(np.arange(-110.0, 100.0, 5.0))
    spacing_mm: tuple[float, float] = (2.0, 2.0)
    shape: tuple[int, int] = (110, 110)
    tilt_degrees: float = 0.0
    is_descending: bool = False
    slope: float = 1.0
    intercept: float = 0.0
    dtype: type = np.int16
    stored_range: tuple[int, int] = (-32768, 32767)
    padding_hu: float | None = None
    declared: tuple[int, int] | None = None
    noise_hu: float = 0.0
    extras: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, eq=False)
class BallHead:
    """The volume, and what is true of it: (k, j, i) each; ``radius`` is the distance from the middle, mm."""

    volume: Volume
    radius: NDArray[np.float32]
    points: NDArray[np.float32]
    brain: NDArray[np.bool_]
    bone: NDArray[np.bool_]
    body: NDArray[np.bool_]
    extra: NDArray[np.bool_]
    padding: NDArray[np.bool_]


def make_ball_head(lattice: Lattice) -> BallHead:
    """Sample the head on ``lattice``."""
    rows, columns = lattice.shape
    tilt = np.deg2rad(lattice.tilt_degrees)
    i_step = np.array([lattice.spacing_mm[1], 0.0, 0.0])
    j_step = lattice.spacing_mm[0] * np.array([0.0, np.cos(tilt), -np.sin(tilt)])
    heights = np.array(lattice.heights_mm[::-1] if lattice.is_descending else lattice.heights_mm)
    corner = -i_step * (columns - 1) / 2 - j_step * (rows - 1) / 2
    positions = corner + np.outer(heights, [0.0, 0.0, 1.0])
    j, i = np.mgrid[:rows, :columns]
    plane = j[..., None] * j_step + i[..., None] * i_step
    points = (positions[:, None, None, :] + plane).astype(np.float32)
    values, parts = _painted(points, lattice.extras)
    for part in (-1 / 3, 1 / 3):  # a slice is the mean over its thickness
        shift = np.array([0.0, 0.0, part * np.abs(np.median(np.diff(heights)))], dtype=np.float32)
        values += _painted(points + shift, lattice.extras)[0]
    values /= 3
    if lattice.noise_hu:
        values += np.random.default_rng(7).normal(0.0, lattice.noise_hu, values.shape)
    stored = np.rint((values - lattice.intercept) / lattice.slope).clip(*lattice.stored_range).astype(lattice.dtype)
    padding = np.zeros(stored.shape, dtype=bool)
    if lattice.padding_hu is not None:
        away = ((j - (rows - 1) / 2) / (rows / 2)) ** 2 + ((i - (columns - 1) / 2) / (columns / 2)) ** 2 > 1
        padding |= away
        stored[padding] = round((lattice.padding_hu - lattice.intercept) / lattice.slope)
    volume = Volume(
        stored,
        np.full(len(heights), lattice.slope),
        np.full(len(heights), lattice.intercept),
        positions,
        i_step,
        j_step,
        lattice.declared,
        lattice.stored_range,
    )
    radius = np.linalg.norm(points, axis=-1)
    return BallHead(volume, radius, points, *parts, padding)


def _painted(points: NDArray[np.float32], extras: frozenset[str]) -> tuple[NDArray[np.float32], tuple[NDArray, ...]]:
    """HU at ``points``; brain, bone, body and extras as masks."""
    x, y, z = np.moveaxis(points, -1, 0)
    radius = np.linalg.norm(points, axis=-1)
    neck = np.hypot(x, y - 15)
    nose = (np.hypot(x, z + 30) < 9) & (y < -60) & (y > -98)
    body = (radius < SKIN_MM) | ((neck < 50) & (z < 0)) | nose
    canal = (np.hypot(x, y - 5) < 12) & (z < 0)
    spine = (np.hypot(x, y - 5) < 20) & ~canal & (z < -60) & (radius >= BRAIN_MM)
    skull = (radius < OUTER_MM) & (radius >= BRAIN_MM)
    marrow = (radius < MARROW_MM) & (radius >= INNER_MM) & (z > -20)
    bone = (skull & ~(canal & (z < -50))) | spine
    brain = radius < BRAIN_MM
    airway = np.linalg.norm(points - np.array([30.0, 15.0, -85.0]), axis=-1) < 7
    values = np.full(points.shape[:-1], AIR_HU, dtype=np.float32)
    values[body] = SOFT_HU
    values[brain] = BRAIN_HU
    values[bone] = BONE_HU
    values[bone & marrow] = MARROW_HU
    values[airway & body] = AIR_HU
    extra = np.zeros(body.shape, dtype=bool)
    for name in extras:
        shape, hu = _extra(name, points, radius)
        new = shape & ~body
        values[new] = hu
        extra |= new
    return values, (brain & ~bone, bone, body, extra)


def _extra(name: str, points: NDArray[np.float32], radius: NDArray[np.float32]) -> tuple[NDArray[np.bool_], float]:
    """Shape and HU of something that is not the patient."""
    x, y, z = np.moveaxis(points, -1, 0)
    if name == "holder":  # a bowl of plastic on which the head lies
        return (radius < SKIN_MM + 6) & (y > 55) & (z > -40), 120.0
    if name == "strap":  # dense cloth across the forehead
        return (radius < SKIN_MM + 2.5) & (np.abs(z - 20) < 12) & (y < 0), 300.0
    if name == "tube":
        ring = np.hypot(x - 60, y + 70)
        return (ring < 5) & (ring > 3), 80.0
    if name == "earring":
        return np.linalg.norm(points - np.array([86.0, 0.0, -20.0]), axis=-1) < 4, 3000.0
    return (y > 96) & (y < 106), 60.0  # a table


def read_ct(folder: Path, without: str = "") -> Volume:
    """Read the axial CT slices below ``folder``, in no way but pydicom's; the file called ``without`` is left out."""
    slices = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix.lower() in {"", ".dcm"} and path.name != without:
            dataset = pydicom.dcmread(path)
            if dataset.Modality == "CT":
                slices.append(dataset)
    slices.sort(key=lambda dataset: float(dataset.ImagePositionPatient[2]))
    first = slices[0]
    rows, columns = (float(mm) for mm in first.PixelSpacing)
    cosines = np.array(first.ImageOrientationPatient, dtype=float)
    return Volume(
        np.stack([dataset.pixel_array for dataset in slices]),
        np.array([float(dataset.RescaleSlope) for dataset in slices]),
        np.array([float(dataset.RescaleIntercept) for dataset in slices]),
        np.array([dataset.ImagePositionPatient for dataset in slices], dtype=float),
        cosines[:3] * columns,
        cosines[3:] * rows,
    )
