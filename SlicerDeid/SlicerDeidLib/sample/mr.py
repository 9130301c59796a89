# SPDX-License-Identifier: Apache-2.0
"""A head MR made by the program: the sample head as T1, T2, FLAIR or PD, on any lattice; nobody's data.

The analytic head is painted once on fine axial sections; a lattice of any direction then averages over its slices, so
that thick slices have true partial volume. Coils shade the picture, and noise is Rician.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.sample.phantom import Mask, paint_head
from SlicerDeidLib.sample.shapes import Section
from SlicerDeidLib.sample.tissues import FLAIR, PD, T1, T2, Tissues

CONTRASTS = {"T1": T1, "T2": T2, "FLAIR": FLAIR, "PD": PD}
PLANES = {  # LPS directions along a row, along a column, across the slices
    "axial": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "sagittal": ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (-1.0, 0.0, 0.0)),
    "coronal": ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0)),
}
MIDDLE_MM = (0.0, 4.0, 15.0)  # LPS, of the sample head without its neck
LOW_MM, HIGH_MM = (-104.0, -130.0, -135.0), (104.0, 128.0, 150.0)  # LPS: what is painted
SOFTNESS_MM = 0.5
_COIL_MM = 120.0  # mm, standard deviation of the sensitivity of a surface coil


@dataclass(frozen=True, slots=True)
class MRLattice:
    """Where a head MR is sampled.

    Attributes
    ----------
    plane : str
        ``"axial"``, ``"sagittal"`` or ``"coronal"``.
    slices : int
        How many, around ``middle_mm``.
    spacing_mm, thickness_mm : float
        From slice to slice, and of a slice: 2-D series have gaps.
    oblique_degrees : float
        How far the slices are turned about the row's direction.
    scale : float
        Size of the head, 1 for the adult.
    """

    plane: str = "sagittal"
    slices: int = 104
    spacing_mm: float = 2.0
    thickness_mm: float = 2.0
    rows: int = 128
    columns: int = 128
    pixel_spacing_mm: float = 2.0
    middle_mm: tuple[float, float, float] = MIDDLE_MM
    oblique_degrees: float = 0.0
    scale: float = 1.0

    def axes(self) -> NDArray[np.float64]:
        """Return unit vectors along a row, along a column and across the slices, LPS: (3, 3)."""
        row, column, across = np.array(PLANES[self.plane])
        sine, cosine = np.sin(np.deg2rad(self.oblique_degrees)), np.cos(np.deg2rad(self.oblique_degrees))
        axes: NDArray[np.float64] = np.stack([row, cosine * column + sine * across, cosine * across - sine * column])
        return axes

    def positions_lps_mm(self) -> NDArray[np.float64]:
        """Return the LPS position of the first voxel of each slice: (k, 3), mm."""
        row, column, across = self.axes()
        corner = row * (self.columns - 1) / 2 + column * (self.rows - 1) / 2
        steps = (np.arange(self.slices) - (self.slices - 1) / 2) * self.spacing_mm
        first = np.array(self.middle_mm) - corner * self.pixel_spacing_mm
        positions: NDArray[np.float64] = first + steps[:, None] * across
        return positions


@dataclass(frozen=True, slots=True, eq=False)
class PaintedHead:
    """The head in one contrast before any scanner saw it.

    Attributes
    ----------
    signal : (z, y, x) float32
        Without noise and shading.
    masks : (4, z, y, x) bool
        Body, intracranial, skin, face: as in ``HeadCT``.
    spacing_mm : float
        Along all axes.
    low_mm : (3,) tuple of float
        Where the first point lies, LPS.
    """

    signal: NDArray[np.float32]
    masks: Mask
    spacing_mm: float
    low_mm: tuple[float, float, float] = LOW_MM


@dataclass(frozen=True, slots=True, eq=False)
class HeadMR:
    """A made head MR and what is true of it; masks (k, j, i) bool, more than half of a voxel."""

    volume: Volume
    lattice: MRLattice
    body: Mask
    intracranial: Mask
    skin: Mask
    face: Mask


def paint(tissues: Tissues, spacing_mm: float = 1.0, lowest_mm: float = LOW_MM[2]) -> PaintedHead:
    """Paint the head once, down to ``lowest_mm`` (z, LPS), where its neck ends; many lattices can sample it."""
    low_mm = (LOW_MM[0], LOW_MM[1], lowest_mm)
    x, y, z = (np.arange(low, high, spacing_mm, dtype=np.float32) for low, high in zip(low_mm, HIGH_MM, strict=True))
    signal = np.full((len(z), len(y), len(x)), np.float32(tissues.air))
    masks = np.empty((4, *signal.shape), bool)
    for k, height in enumerate(z):
        section = Section(x[None], y[:, None], np.full((len(y), 1), height), max(SOFTNESS_MM, spacing_mm))
        truth = paint_head(signal[k], section, tissues)
        for mask, values in zip(masks, (truth.body, truth.intracranial, truth.skin, truth.face), strict=True):
            mask[k] = values
    return PaintedHead(signal, masks, spacing_mm, low_mm)


def make_mr_head(
    painted: PaintedHead,
    lattice: MRLattice | None = None,
    *,
    seed: int = 1,
    noise: float = 15.0,
    shading: float = 0.3,
) -> HeadMR:
    """Sample a painted head on a lattice.

    Parameters
    ----------
    seed : int
        Of the noise.
    noise : float
        Standard deviation in each of the two channels; white matter has about 1000.
    shading : float
        How much signal is lost in the middle of the head, 0 to 1: coils lie around it.

    Raises
    ------
    PixelError
        When the lattice has no slices, rows or columns.
    """
    lattice = lattice or MRLattice()
    if min(lattice.slices, lattice.rows, lattice.columns) < 1:
        raise PixelError("A sample head needs at least one slice, one row and one column.")
    positions, (row, column, _) = lattice.positions_lps_mm(), lattice.axes()
    i_step, j_step = row * lattice.pixel_spacing_mm, column * lattice.pixel_spacing_mm
    shape = (lattice.slices, lattice.rows, lattice.columns)
    stored, masks = np.empty(shape, np.uint16), np.empty((4, *shape), bool)
    random = np.random.default_rng(seed)
    for k, position in enumerate(positions):
        plane = (
            position + np.arange(lattice.rows)[:, None, None] * j_step + np.arange(lattice.columns)[:, None] * i_step
        )
        signal, *fractions = _averaged(painted, plane, lattice)
        signal = signal * (1 - shading * np.exp(-(((plane - MIDDLE_MM) ** 2).sum(axis=-1)) / (2 * _COIL_MM**2) * 2))
        channels = random.normal(0.0, noise, (2, *signal.shape))
        stored[k] = np.rint(np.hypot(signal + channels[0], channels[1])).clip(0, 4095)
        for mask, fraction in zip(masks, fractions, strict=True):
            mask[k] = fraction > 0.5
    ones = np.ones(lattice.slices)
    volume = Volume(stored, ones, 0 * ones, positions, i_step, j_step, stored_range=(0, 4095), unit="")
    return HeadMR(volume, lattice, *masks)


def _averaged(painted: PaintedHead, plane: NDArray[np.float64], lattice: MRLattice) -> NDArray[np.float64]:
    """Average signal and masks over the thickness of a slice: (5, j, i)."""
    from scipy.ndimage import map_coordinates  # a header-only run never comes here

    step = painted.spacing_mm * lattice.scale
    count = max(1, round(lattice.thickness_mm / step))
    offsets = (np.arange(count) - (count - 1) / 2) * lattice.thickness_mm / count
    sums = np.zeros((5, *plane.shape[:2]))
    for offset in offsets:
        points = (plane + offset * lattice.axes()[2] - MIDDLE_MM) / lattice.scale + MIDDLE_MM
        places = np.moveaxis((points - painted.low_mm) / painted.spacing_mm, -1, 0)[::-1]
        for total, values in zip(sums, (painted.signal, *painted.masks.view(np.uint8)), strict=True):
            order = 1 if values.dtype == np.float32 else 0
            total += map_coordinates(values, places, order=order, mode="constant", cval=0.0)
    averaged: NDArray[np.float64] = sums / count
    return averaged
