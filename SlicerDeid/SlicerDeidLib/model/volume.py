# SPDX-License-Identifier: Apache-2.0
"""Volume, HeadMask, TextBox and Preview: voxels, and what stays of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

SAME_PLACE_MM = 0.01  # slices that lie nearer are at one place: the thinnest lie 0.1 mm apart


@dataclass(frozen=True, slots=True, eq=False)
class Volume:
    """The stored pixel values of one series and where they lie. Slices may be tilted and unevenly spaced.

    Attributes
    ----------
    stored : (k, j, i) array of integers
        Stored values, slices ascending along ``normal``.
    slope, intercept : (k,) float64
        HU = stored * slope + intercept, per slice.
    positions : (k, 3) float64
        LPS position of voxel (k, 0, 0), mm.
    i_step, j_step : (3,) float64
        LPS vector in mm from a voxel to its neighbour along i (columns) and j (rows).
    padding : (int, int) or None
        Inclusive range of stored values that the header declares as padding.
    stored_range : (int, int)
        What the stored type can hold (bits stored, sign).
    unit : str
        ``"HU"`` for CT; ``"US"`` (unspecified, PS3.3 C.11.1.1.2) for CT without CT numbers; ``""`` otherwise.
    """

    stored: NDArray[Any]
    slope: NDArray[np.float64]
    intercept: NDArray[np.float64]
    positions: NDArray[np.float64]
    i_step: NDArray[np.float64]
    j_step: NDArray[np.float64]
    padding: tuple[int, int] | None = None
    stored_range: tuple[int, int] = (-32768, 32767)
    unit: str = "HU"

    @property
    def shape(self) -> tuple[int, int, int]:
        """(k, j, i)."""
        k, j, i = self.stored.shape
        return k, j, i

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector across the slices, LPS; ``positions @ normal`` ascends."""
        cross = np.cross(self.i_step, self.j_step)
        unit: NDArray[np.float64] = cross / np.linalg.norm(cross)
        if len(self.positions) > 1 and (self.positions[-1] - self.positions[0]) @ unit < 0:
            unit = -unit
        return unit

    def slice_values(self, k: int, within: tuple[slice, slice] = (slice(None), slice(None))) -> NDArray[np.float32]:
        """Return slice ``k``, or the rows and columns ``within`` it, in ``unit``: (j, i) float32."""
        stored = self.stored[k][within]
        values: NDArray[np.float32] = stored * np.float32(self.slope[k]) + np.float32(self.intercept[k])
        return values.astype(np.float32, copy=False)

    def at_least(
        self, k: int, value: float, within: tuple[slice, slice] = (slice(None), slice(None))
    ) -> NDArray[np.bool_]:
        """Tell where slice ``k`` has a ``value`` or more, in ``unit``, without rescaling its voxels: (j, i) bool."""
        stored: NDArray[Any] = self.stored[k][within]
        slope, intercept = float(self.slope[k]), float(self.intercept[k])
        reached: NDArray[np.bool_]
        if slope <= 0 or stored.dtype.kind not in "iu":
            reached = self.slice_values(k, within) >= value
            return reached
        limits = np.iinfo(stored.dtype)
        least = float(np.ceil((value - intercept) / slope))
        if least > limits.max:
            return np.zeros(stored.shape, dtype=np.bool_)
        reached = stored >= stored.dtype.type(max(least, limits.min))
        return reached

    def part(self, slices: list[int], rows: slice, columns: slice) -> Volume:
        """Return a rectangle of some slices, as a volume of its own."""
        return replace(
            self,
            stored=self.stored[slices][:, rows, columns],
            slope=self.slope[slices],
            intercept=self.intercept[slices],
            positions=self.positions[slices] + columns.start * self.i_step + rows.start * self.j_step,
        )


@dataclass(frozen=True, slots=True, eq=False)
class HeadMask:
    """What stays of a volume.

    Attributes
    ----------
    keep : (k, j, i) bool
        True where the stored value stays as it is (padding stays: True).
    method : str
        Which finder made it.
    measures : mapping of str to float
        ``cavity_ml``, ``enclosed`` (fraction), ``removed_ml``, ``outside_ml``...
    engine : str
        Who found the brain and with what, in words; empty where the finder did by itself.
    """

    keep: NDArray[np.bool_]
    method: str
    measures: Mapping[str, float] = field(default_factory=dict)
    engine: str = ""


@dataclass(frozen=True, slots=True)
class TextBox:
    """A place of burned-in text on one frame: pixels, half-open ``[row, row + height)``.

    Attributes
    ----------
    corners : tuple of (float, float)
        Column and row of the corners of a tilted line within the rectangle; empty when the whole rectangle is meant.
    """

    frame: int
    row: int
    column: int
    height: int
    width: int
    engine: str
    score: float = 1.0
    corners: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """One attribute of a header before and after; values stand in it, so it goes to no log.

    Attributes
    ----------
    path : str
        ``"(0010,0010)"``, nested ``"(0040,0275)[1]>(0040,0007)"``: items are numbered from 1.
    keyword : str
        As in PS3.6; empty for private and unknown attributes.
    before, after : str or None
        The value as text; None where the attribute is not there.
    action, source : str
        What was done and the rule's source, as in ``Change``; ``"kept"`` and nothing where nothing was.
    """

    path: str
    keyword: str
    before: str | None = field(repr=False)
    after: str | None = field(repr=False)
    action: str
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """One series before and after, as far as it was worked on; nothing is written.

    Attributes
    ----------
    step : str
        How far: ``"read"``, ``"deface"`` or ``"text"``.
    is_last : bool
        Whether this is the result; no other look follows.
    before : Volume
        As read; of images that make no volume the frames, in grey, one upon the other.
    after : (k, j, i) array
        Stored values after the steps up to now.
    mask : HeadMask or None
        None where nothing was defaced.
    boxes : tuple of TextBox
        Where text was found.
    headers : tuple of HeaderRow
        The first image's header; in the last look with the marks of what was done.
    """

    step: str
    is_last: bool
    before: Volume
    after: NDArray[Any] = field(repr=False)
    mask: HeadMask | None = None
    boxes: tuple[TextBox, ...] = ()
    headers: tuple[HeaderRow, ...] = ()
