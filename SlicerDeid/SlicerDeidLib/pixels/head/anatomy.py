# SPDX-License-Identifier: Apache-2.0
"""What a head shows: letters drawn into it, the patient, the brain's cavity; the ground every method stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import NoHead, PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.abreast import both
from SlicerDeidLib.pixels.air import AIR_HU
from SlicerDeidLib.pixels.body import DEPTH_MM, Body, find_body
from SlicerDeidLib.pixels.distance import Mask, closed, dilated, eroded, signed_depth
from SlicerDeidLib.pixels.grid import GRID_MM, Sampled, grid_around, sample
from SlicerDeidLib.pixels.head.brain import HULL_MM, MODEL_MM, find_brain
from SlicerDeidLib.pixels.head.cavity import TWO_HEADS, Cavity, find_cavity
from SlicerDeidLib.pixels.head.mrbody import find_mr_body
from SlicerDeidLib.pixels.head.plausible import check_field_of_view, fraction_kept
from SlicerDeidLib.pixels.head.register import register
from SlicerDeidLib.pixels.strokes import still_strokes

OTHER_MM = 4.0  # mm around the body that are not searched for another head: its ears and what touches it
OTHER_ML = 400.0  # ml: less than the smallest head has, a newborn's
DEEP_MM = 8.0  # mm below the hull of an MR's head: near the brain nothing there is a way in from outside
NEAR_MM = 6.0  # mm around what is protected
COARSEST_HU = 4.0  # HU from a value to the next: in steps of 8, through JPEG, brain beside bone rang by 50 and more
EVERY_PX = 2  # pixels: on every second row and column of a slice the values are looked at
FEWEST_VALUES = 32  # that a slice must hold to tell its steps: a drawing of few tissues has no more
OBJECT_HU = -250.0  # HU: between foam and fat


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """One head on the analysis grid.

    Attributes
    ----------
    strokes : (j, i) bool
        Letters that stand still on the slices; native pixels. None are looked for in MR.
    axes : (3, 3) float64 or None
        How the head lies by what is around its braincase too, as in ``Pose``; None where only the braincase tells.
    braincase : (z, y, x) bool or None
        The model's that was registered to an MR, and its margin.
    measures : mapping of str to float
        How well it was found.
    threshold : float or None
        Signal of an MR between air and tissue; None in CT.
    step : (3,) float64 or None
        From slice to slice of an MR, as in ``MRHead``; None in CT.
    """

    body: Body
    cavity: Cavity
    strokes: Mask
    axes: NDArray[np.float64] | None = None
    braincase: Mask | None = None
    measures: Mapping[str, float] = field(default_factory=dict)
    threshold: float | None = None
    step: NDArray[np.float64] | None = None


def find_anatomy(volume: Volume) -> Anatomy:
    """Find the one head of a CT or an MR.

    Raises
    ------
    NoHead
        When a CT has no CT numbers, or no plausible head is in view.
    PixelError
        When more than one head is in view, the field of view cuts the brain, the head lies otherwise than its header
        says, or CT numbers are too coarse.
    """
    if volume.unit not in ("HU", ""):
        raise NoHead("heads in CT are found by CT numbers; this series has none")
    if volume.unit == "HU" and (step := _step_hu(volume)) > COARSEST_HU:
        raise PixelError(f"its CT numbers go in steps of {step:g} HU, too coarse to tell where brain ends beside bone")
    return _in_ct(volume) if volume.unit == "HU" else _in_mr(volume)


def _step_hu(volume: Volume) -> float:
    """Return the steps in which CT numbers go, also where they were scaled to steps of 1 after they had been coarse."""
    k = len(volume.stored) // 2
    values = np.unique(volume.stored[k, ::EVERY_PX, ::EVERY_PX])
    least = float(np.diff(values.astype(np.float64)).min()) if len(values) >= FEWEST_VALUES else 1.0
    return least * float(np.abs(volume.slope).max())


def known_anatomy(volume: Volume, known: dict[str, object]) -> Anatomy:
    """Return the anatomy, found once; see ``find_anatomy``."""
    if "anatomy" not in known:
        known["anatomy"] = find_anatomy(volume)
    return cast(Anatomy, known["anatomy"])


def _in_mr(volume: Volume) -> Anatomy:
    """Find the one head of an MR."""
    head = find_mr_body(volume)
    registered = register(head)
    cavity, agreement = find_brain(head, registered)
    body = head.body
    near = dilated(cavity.protected, NEAR_MM)
    deep = near & eroded(closed(body.inside, HULL_MM), DEEP_MM, body.sampled.is_scanned)
    inside = body.inside | cavity.protected | deep  # dark bone can look like a passage to the air outside
    depth = signed_depth(inside, ~inside & body.sampled.is_scanned, DEPTH_MM)
    body = replace(body, inside=inside, depth=depth)
    measures = {"information": registered.information, "agreement": agreement}
    nowhere = np.zeros(volume.shape[1:], dtype=np.bool_)
    braincase = registered.distance > -MODEL_MM
    return Anatomy(body, cavity, nowhere, registered.axes, braincase, measures, head.threshold, head.step)


def _in_ct(volume: Volume) -> Anatomy:
    """Find the one head of a CT."""
    strokes = still_strokes(volume)
    sampled = sample(volume, grid_around(volume), strokes)
    body = find_body(sampled)
    drawn = None
    if strokes.any():
        drawn = fraction_kept(volume, np.broadcast_to(strokes, volume.shape), body.sampled.grid) > 0.0
    cavity = find_cavity(body, drawn)
    both(lambda: refuse_other_head(sampled, body), lambda: check_field_of_view(volume, body, cavity, strokes))
    return Anatomy(body, cavity, strokes)


def refuse_other_head(sampled: Sampled, body: Body) -> None:
    """Refuse a series in which what is not ``body`` is a head too.

    Raises
    ------
    PixelError
        When it is.
    """
    if _has_other_head(sampled, body):
        raise PixelError(TWO_HEADS)


def _has_other_head(sampled: Sampled, body: Body) -> bool:
    """Tell whether what is not ``body`` is a head too."""
    start = np.rint((body.sampled.grid.origin - sampled.grid.origin) / GRID_MM).astype(int)[::-1]
    box = tuple(slice(first, first + size) for first, size in zip(start, body.inside.shape, strict=True))
    values = sampled.values.copy()
    values[box][dilated(body.inside, OTHER_MM)] = AIR_HU
    if float((values > OBJECT_HU).sum()) * sampled.grid.voxel_ml < OTHER_ML:
        return False
    try:
        find_cavity(find_body(Sampled(sampled.grid, values, sampled.is_scanned)))
    except PixelError:
        return False
    return True
