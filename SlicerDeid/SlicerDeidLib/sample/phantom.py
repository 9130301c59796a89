# SPDX-License-Identifier: Apache-2.0
"""A head CT made by the program: a face, a skull, a brain, a table and a head holder; nobody's data.

Everything is an analytic distance in LPS millimetres (:mod:`skin`, :mod:`skull`, :mod:`brain`), so the same head can
be sampled on any lattice: thick or thin slices, tilted gantry, uneven spacing, any direction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.sample.brain import paint_brain
from SlicerDeidLib.sample.shapes import Field, Section, as_field, paint
from SlicerDeidLib.sample.skin import fat_thickness, skin_distance
from SlicerDeidLib.sample.skull import Skull, paint_skull, skull
from SlicerDeidLib.sample.tissues import CT, Tissues

FOAM_HU = -930.0
SHELL_HU = 60.0  # carbon fibre and resin
_SKIN_MM = 1.8
_NOISE_GRAIN_PX = 0.7  # px, width of the grain of a standard kernel
_FACE_NORMAL = (-0.74, -0.67)  # (y, z): the plane that leaves the brain behind and above, and takes the face
_FACE_OFFSET_MM = 33.0  # mm from the origin along the normal

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Lattice:
    """Where a head CT is sampled, and how it is stored.

    Attributes
    ----------
    slices : int
        How many; ignored when ``positions_mm`` is given.
    spacing_mm : float
        Table feed between slices, mm.
    lowest_mm : float
        z of the middle of the lowest slice (LPS; the ear canals are at 0, the vertex at 133, the chin at -100).
    positions_mm : tuple of float, or None
        z of the middle of every slice, ascending: for uneven spacing.
    tilt_degrees : float
        Gantry tilt about the left-right axis; slices stay stacked along the table.
    rows, columns : int
        Size of a slice.
    pixel_spacing_mm : float
        mm between rows and between columns.
    centre_y_mm : float
        y of the middle of a slice.
    is_descending : bool
        Whether the first slice is the highest.
    intercept : int
        HU of the stored value 0.
    padding_value : int or None
        Stored value outside the circular field of view; None: the whole square was measured.
    """

    slices: int = 48
    spacing_mm: float = 5.0
    lowest_mm: float = -103.0
    positions_mm: tuple[float, ...] | None = None
    tilt_degrees: float = 0.0
    rows: int = 512
    columns: int = 512
    pixel_spacing_mm: float = 0.5
    centre_y_mm: float = -3.0
    is_descending: bool = False
    intercept: int = -1024
    padding_value: int | None = None

    def heights_mm(self) -> NDArray[np.float64]:
        """Return z of the middle of each slice, mm, in the order of the series."""
        if self.positions_mm is None:
            heights = self.lowest_mm + self.spacing_mm * np.arange(self.slices, dtype=np.float64)
        else:
            heights = np.asarray(self.positions_mm, dtype=np.float64)
        return heights[::-1].copy() if self.is_descending else heights

    def steps_mm(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the LPS vectors from a voxel to its neighbour along a row and along a column, mm."""
        tilt = np.deg2rad(self.tilt_degrees)
        column = np.array([0.0, np.cos(tilt), -np.sin(tilt)])
        return np.array([self.pixel_spacing_mm, 0.0, 0.0]), column * self.pixel_spacing_mm

    def positions_lps_mm(self) -> NDArray[np.float64]:
        """Return the LPS position of the first voxel of each slice: (k, 3), mm."""
        i_step, j_step = self.steps_mm()
        heights = self.heights_mm()
        middle = np.column_stack([np.zeros_like(heights), np.full_like(heights, self.centre_y_mm), heights])
        return middle - i_step * (self.columns - 1) / 2 - j_step * (self.rows - 1) / 2


@dataclass(frozen=True, slots=True, eq=False)
class HeadCT:
    """A made head CT and what is true of it.

    Attributes
    ----------
    volume : Volume
        Stored int16 values (k, j, i) and geometry.
    lattice : Lattice
        Where it was sampled.
    body, intracranial, bone, skin, face, holder : (k, j, i) bool
        Within the skin with inner air; within the inner table down to the foramen magnum; bone and teeth; the outer
        1.8 mm; the part of the body in front of and below the brain; table and head holder.
    """

    volume: Volume
    lattice: Lattice
    body: Mask
    intracranial: Mask
    bone: Mask
    skin: Mask
    face: Mask
    holder: Mask


def make_head(
    lattice: Lattice | None = None, *, seed: int = 1, noise_hu: float = 6.0, has_holder: bool = True
) -> HeadCT:
    """Sample the head on a lattice.

    Parameters
    ----------
    lattice : Lattice, optional
        Default: 48 slices of 5 mm from the chin to the vertex.
    seed : int
        Of the noise; the same seed gives the same values.
    noise_hu : float
        Standard deviation of the noise, HU.
    has_holder : bool
        Whether table and head holder are in the picture.

    Raises
    ------
    PixelError
        When the lattice has no slices, or its heights do not ascend.
    """
    lattice = lattice or Lattice()
    positions = lattice.positions_lps_mm()
    _check(lattice, positions)
    shape = (len(positions), lattice.rows, lattice.columns)
    stored = np.empty(shape, np.int16)
    masks = np.empty((6, *shape), bool)
    random = np.random.default_rng(seed)
    for k, position in enumerate(positions):
        section = section_of(lattice, position)
        hu = section.full(np.float32(CT.air))
        holder = _paint_holder(hu, section) if has_holder else np.zeros(section.shape, bool)
        truth = paint_head(hu, section, CT)
        stored[k] = _to_stored(hu + _noise(random, hu.shape, noise_hu), lattice)
        for mask, values in zip(masks, (*truth, holder & ~truth.body), strict=True):
            mask[k] = values
    body, intracranial, bone, skin, face, holder = masks
    return HeadCT(_volume(lattice, stored, positions), lattice, body, intracranial, bone, skin, face, holder)


def _check(lattice: Lattice, positions: NDArray[np.float64]) -> None:
    if min(len(positions), lattice.rows, lattice.columns) < 1:
        raise PixelError("A sample head needs at least one slice, one row and one column.")
    feed = np.diff(positions[:, 2]) * (-1 if lattice.is_descending else 1)
    if (feed <= 0).any():
        raise PixelError("The slice positions of a sample head must ascend.")
    if abs(lattice.tilt_degrees) >= 45:
        raise PixelError("The gantry of a sample head tilts by less than 45 degrees.")


def section_of(lattice: Lattice, position: NDArray[np.float64]) -> Section:
    """Return the points of the slice whose first voxel lies at ``position``."""
    i_step, j_step = lattice.steps_mm()
    x = position[0] + i_step[0] * np.arange(lattice.columns)
    rows = position + j_step * np.arange(lattice.rows)[:, np.newaxis]
    y, z = rows[:, 1:2], rows[:, 2:3]
    softness = max(0.5, lattice.pixel_spacing_mm)
    return Section(x[np.newaxis].astype(np.float32), y.astype(np.float32), z.astype(np.float32), softness)


class Truth(NamedTuple):
    """What is true of one section: (m, n) bool each, as in ``HeadCT``."""

    body: Mask
    intracranial: Mask
    bone: Mask
    skin: Mask
    face: Mask


def paint_head(values: Field, section: Section, tissues: Tissues) -> Truth:
    """Lay the head over ``values`` (m, n) in place."""
    skin = skin_distance(section)
    parts = skull(section, skin)
    paint(values, section, skin, tissues.skin)
    fat = skin + np.float32(_SKIN_MM)
    paint(values, section, fat, tissues.fat)
    paint(values, section, fat + fat_thickness(section), _muscle(section, tissues))
    paint_brain(values, section, parts.cavity, tissues)
    bone = paint_skull(values, section, parts, skin, tissues) < 0
    body, intracranial = skin < 0, parts.cavity < 0
    outer = body & (skin > -_SKIN_MM)
    return Truth(body, intracranial, bone, outer, _face(section, parts) & body)


def _muscle(section: Section, tissues: Tissues) -> Field:
    """Return muscle with the planes of fat between muscles."""
    x, y, z = section.x, section.y, section.z
    bend_x = x * 0.15 + 1.6 * np.sin(y * 0.055 + z * 0.02) + 0.9 * np.sin(z * 0.045 + 1.0)
    bend_y = y * 0.14 + 1.6 * np.sin(x * 0.061 + 0.8) + 0.9 * np.sin(z * 0.037)
    planes = np.sin(bend_x) + np.sin(bend_y + 0.6) + 0.7 * np.sin(bend_x * 0.7 - bend_y * 0.9 + z * 0.03)
    share = np.clip(1.4 - np.abs(planes) * 8, 0, 1)
    return as_field(tissues.muscle + share * (tissues.fat - tissues.muscle))


def _face(section: Section, parts: Skull) -> Mask:
    """Return what lies in front of and below the brain and in front of the ears."""
    along = section.y * _FACE_NORMAL[0] + section.z * _FACE_NORMAL[1]
    in_front = (along > _FACE_OFFSET_MM) & (section.y < -15) & (section.z < 45)
    return in_front & (parts.cavity > 5)


def _paint_holder(hu: Field, section: Section) -> Mask:
    """Lay a carbon head holder with foam below and beside the head, and the table's top, over the air."""
    radius = np.sqrt((section.x / 1.02) ** 2 + (section.y - 2) ** 2)
    cradle = np.maximum(np.abs(radius - 115) - 1.6, -10 - section.y).astype(np.float32)
    foam = np.maximum(np.abs(radius - 106) - 7.5, 10 - section.y).astype(np.float32)
    top = (np.abs(section.y - 126 - 0.0006 * section.x**2) - 1.5).astype(np.float32)
    paint(hu, section, foam, FOAM_HU)
    paint(hu, section, cradle, SHELL_HU)
    paint(hu, section, top, SHELL_HU)
    return np.asarray((cradle < 0) | (foam < 0) | (top < 0))


def _noise(random: np.random.Generator, shape: tuple[int, int], noise_hu: float) -> Field:
    """Return grainy noise, HU."""
    from scipy.ndimage import gaussian_filter  # a header-only run never comes here

    grain: Field = gaussian_filter(random.standard_normal(shape, np.float32), _NOISE_GRAIN_PX, mode="wrap")
    return grain * np.float32(noise_hu * 2 * np.sqrt(np.pi) * _NOISE_GRAIN_PX)  # a Gaussian's loss of variance


def _to_stored(hu: Field, lattice: Lattice) -> NDArray[np.int16]:
    """Return stored values, with padding outside the field of view."""
    stored = np.clip(np.rint(hu), -1024, 3071) - lattice.intercept  # HU, the 12 bits of a scanner
    if lattice.padding_value is not None:
        j, i = np.ogrid[: lattice.rows, : lattice.columns]
        middle_j, middle_i = (lattice.rows - 1) / 2, (lattice.columns - 1) / 2
        outside = (j - middle_j) ** 2 + (i - middle_i) ** 2 > (min(lattice.rows, lattice.columns) / 2) ** 2
        stored[outside] = lattice.padding_value
    return stored.astype(np.int16)


def _volume(lattice: Lattice, stored: NDArray[np.int16], positions: NDArray[np.float64]) -> Volume:
    i_step, j_step = lattice.steps_mm()
    padding = None if lattice.padding_value is None else (lattice.padding_value, lattice.padding_value)
    slope, intercept = np.ones(len(stored)), np.full(len(stored), float(lattice.intercept))
    return Volume(stored, slope, intercept, positions, i_step, j_step, padding)
