# SPDX-License-Identifier: Apache-2.0
"""Ellipsoids, cones and sheets as signed distances in mm, sampled on one CT section at a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Field: TypeAlias = NDArray[np.float32]
Point: TypeAlias = tuple[float, float, float]
Window: TypeAlias = tuple[slice, slice]

FAR_MM = np.float32(60.0)  # mm, larger than any margin a shape is blended with


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """The points of one axial or tilted CT section; LPS mm.

    Attributes
    ----------
    x : (1, n) float32
        Patient left; columns.
    y, z : (m, 1) float32
        Patient posterior and superior; rows. Both are monotone, so that a box is one window of the section.
    softness_mm : float
        Width over which a border is blended: about one pixel.
    """

    x: Field
    y: Field
    z: Field
    softness_mm: float = 0.5
    _lines: list[_Line] = field(default_factory=list, init=False, repr=False)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.y.shape[0], self.x.shape[1]

    @property
    def side(self) -> Field:
        """Distance from the midline, (1, n): a shape given for the left is sampled on both sides."""
        return np.abs(self.x)

    def window(self, low: Point, high: Point) -> Window | None:
        """Return the rows and columns that can lie in a box, None when there are none. ``high[0]`` is in |x|."""
        if not self._lines:
            self._lines.extend(map(_Line.of, (self.x, self.y, self.z)))
        x, y, z = self._lines
        by_y, by_z = y.run(low[1], high[1]), z.run(low[2], high[2])
        start, stop = max(by_y[0], by_z[0]), min(by_y[1], by_z[1])
        left, right = x.run(-high[0], high[0])
        return (slice(start, stop), slice(left, right)) if start < stop and left < right else None

    def cut(self, window: Window) -> Section:
        """Return the part of the section in ``window``."""
        rows, columns = window
        return Section(self.x[:, columns], self.y[rows], self.z[rows], self.softness_mm)

    def full(self, value: np.float32 = FAR_MM) -> Field:
        """Return a field of one value."""
        return np.full(self.shape, value, np.float32)


@dataclass(frozen=True, slots=True)
class _Line:
    """The coordinates along one side of a section, as numbers that grow: a box asks for a few, many thousand times."""

    values: list[float]
    is_turned: bool

    @classmethod
    def of(cls, coordinates: Field) -> _Line:
        """Return a line of monotone coordinates."""
        values: list[float] = coordinates.ravel().tolist()
        is_turned = values[0] > values[-1]
        return cls(values[::-1] if is_turned else values, is_turned)

    def run(self, low: float, high: float) -> tuple[int, int]:
        """Return the first index from ``low`` to ``high``, mm, and the one after the last."""
        first = bisect_left(self.values, float(np.float32(low)))
        last = bisect_right(self.values, float(np.float32(high)))
        return (len(self.values) - last, len(self.values) - first) if self.is_turned else (first, last)


def _run(hits: NDArray[np.bool_]) -> slice | None:
    """Return the slice from the first to the last hit."""
    first = int(hits.argmax())
    return slice(first, len(hits) - int(hits[::-1].argmax())) if hits[first] else None


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """An ellipsoid, on both sides when its centre is off the midline."""

    centre: Point
    radii: Point

    def box(self, margin: float) -> tuple[Point, Point]:
        """Return the corners of what lies within ``margin`` mm."""
        (cx, cy, cz), (rx, ry, rz) = self.centre, self.radii
        low = (cx - rx - margin, cy - ry - margin, cz - rz - margin)
        return low, (cx + rx + margin, cy + ry + margin, cz + rz + margin)

    def distance(self, section: Section) -> Field:
        """Return the distance, after I. Quilez's bound for ellipsoids: exact at the surface."""
        (cx, cy, cz), (rx, ry, rz) = self.centre, self.radii
        u, v, w = (section.side - np.float32(cx)) / rx, (section.y - cy) / ry, (section.z - cz) / rz
        near = np.sqrt(u * u + (v * v + w * w))
        slope = np.sqrt((u / rx) ** 2 + ((v / ry) ** 2 + (w / rz) ** 2))
        return as_field(near * (near - 1) / np.maximum(slope, 1e-6))


@dataclass(frozen=True, slots=True)
class Cone:
    """A rod with round ends from ``start`` to ``end`` whose radius changes on the way; on both sides if off midline."""

    start: Point
    end: Point
    start_radius: float
    end_radius: float

    def box(self, margin: float) -> tuple[Point, Point]:
        """Return the corners of what lies within ``margin`` mm."""
        radius = max(self.start_radius, self.end_radius)
        (ax, ay, az), (bx, by, bz) = self.start, self.end
        low = (min(ax, bx) - radius - margin, min(ay, by) - radius - margin, min(az, bz) - radius - margin)
        return low, (max(ax, bx) + radius + margin, max(ay, by) + radius + margin, max(az, bz) + radius + margin)

    def distance(self, section: Section) -> Field:
        """Return the distance to the axis less the radius at the foot of the perpendicular."""
        (ax, ay, az), (bx, by, bz) = self.start, self.end
        ux, uy, uz = bx - ax, by - ay, bz - az
        px, py, pz = section.side - np.float32(ax), section.y - ay, section.z - az
        along = np.clip((px * ux + (py * uy + pz * uz)) / (ux * ux + uy * uy + uz * uz), 0, 1)
        off = np.sqrt((px - along * ux) ** 2 + (py - along * uy) ** 2 + (pz - along * uz) ** 2)
        return as_field(off - (self.start_radius + along * (self.end_radius - self.start_radius)))


Shape: TypeAlias = Ellipsoid | Cone


def as_field(values: NDArray[np.floating]) -> Field:
    """Return values as float32."""
    return values.astype(np.float32, copy=False)


def smooth_min(a: Field, b: Field, blend_mm: float) -> Field:
    """Return the union of two distances, rounded over ``blend_mm``."""
    if blend_mm <= 0:
        return np.minimum(a, b)
    overlap = np.maximum(np.float32(blend_mm) - np.abs(a - b), 0)
    return as_field(np.minimum(a, b) - overlap * overlap / np.float32(4 * blend_mm))


def unite(field: Field, section: Section, shape: Shape, blend_mm: float = 0.0) -> None:
    """Add a shape to a distance field in place."""
    window = section.window(*shape.box(blend_mm + 8.0))  # mm beyond the shape where its distance is still wanted
    if window is not None:
        field[window] = smooth_min(field[window], shape.distance(section.cut(window)), blend_mm)


def carve(field: Field, section: Section, shape: Shape, blend_mm: float = 0.0) -> None:
    """Take a shape out of a distance field in place."""
    window = section.window(*shape.box(blend_mm + 4.0))  # mm
    if window is not None:
        field[window] = -smooth_min(-field[window], shape.distance(section.cut(window)), blend_mm)


def union(section: Section, shapes: tuple[Shape, ...], blend_mm: float = 0.0) -> Field:
    """Return the distance to the union of shapes; far from all of them a large number."""
    field = section.full()
    for shape in shapes:
        unite(field, section, shape, blend_mm)
    return field


def step(values: NDArray[np.floating], low: float, high: float) -> Field:
    """Return 0 below ``low``, 1 above ``high`` and a cubic in between."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return as_field(t * t * (3 - 2 * t))


def paint(hu: Field, section: Section, distance: Field, value: float | Field) -> None:
    """Lay a tissue over ``hu`` in place where ``distance`` is negative, blended over the border."""
    reach = np.float32(section.softness_mm / 2)
    rows = _run(np.asarray((distance < reach).any(axis=1)))
    if rows is None:
        return
    columns = _run(np.asarray((distance[rows] < reach).any(axis=0)))
    assert columns is not None
    window = (rows, columns)
    share = np.clip(np.float32(0.5) - distance[window] / np.float32(section.softness_mm), 0, 1)
    new = value[window] if isinstance(value, np.ndarray) else np.float32(value)
    hu[window] += share * (new - hu[window])
