# SPDX-License-Identifier: Apache-2.0
"""The brain in an MR, and the margin that protects it.

Bone is dark in every contrast, so the border between the brain and what lies around the skull is the darkest way
between the two: a watershed of darkness, flooded from the middle of the registered braincase and from the outside.
Where no bone is seen (canals, thin slices of it), the two floods meet half way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.segmentation import watershed

from SlicerDeidLib.errors import NoHead, PixelError
from SlicerDeidLib.pixels.distance import Mask, bounding_box, closed, dilated, eroded, largest, signed_depth, touching
from SlicerDeidLib.pixels.grid import GRID_MM
from SlicerDeidLib.pixels.head.cavity import Cavity
from SlicerDeidLib.pixels.head.mrbody import MRHead, swept
from SlicerDeidLib.pixels.head.register import Registered

ROUNDS_MM = ((12.0, 14.0), (8.0, 10.0), (7.0, 9.0))  # mm inside and outside the border known so far where floods start
FARTHEST_MM = 16.0  # mm: no distance from the border known so far is asked for beyond this one
CORE_MM = 10.0  # mm inside it: brain without its rim, whose signal is the brain's
SCALP_MM = 4.0  # mm, and half of what thick slices add across them: what lies that near to the skin is scalp, no brain
SKULL_MM = 8.0  # mm: what lies nearer to the skin is not the middle of a brain
DARK = 0.8  # of the brain's median signal: what is brighter is all alike
STEPS = 40  # of darkness per unit of the brain's signal: a watershed floods whole steps
SMOOTHED_PX = 0.5  # grid steps
BRIGHT = 0.5  # of the brain's median signal: tissue is brighter, bone darker
MARROW_MM = 3.0  # mm radius: layers thinner than 6 mm are marrow; gyri with their white matter are wider
STALK_MM = 4.0  # mm radius: what hangs on by less is nerve, vessel or leak
SMOOTHING_MM = 6.0  # mm radius: sulci and cisterns belong to the brain's cavity
PROTECTED_MM = 6.0  # mm: fluid is dark in some contrasts and counts as bone then
MODEL_MM = 2.0  # mm around the registered braincase, all of which is protected too, where these mm lie
JOINED_MM = 12.0  # mm from the brain: so narrow grooves at its base are
HULL_MM = 10.0  # mm radius: canals and sinuses that look like air outside are within the hull
MINIMUM_ML = 400.0  # ml in view: with less the border cannot be told
AGREEMENT = 0.8  # Dice with the registered braincase in view: heads that were found well had 0.87 to 0.98
ENCLOSED = 0.5  # of the shell: heads that were found well had 0.54 and more, one whose skull was not seen 0.3
DEEP_MM = 6.0  # mm inside the registered braincase: the middle,
MISSED = 0.06  # of which so much may be no brain: heads that were found well had 0.05, two that lost brain 0.08, 0.13
MOST_ML = 2300.0  # ml: the largest cavities hold 1900, and marrow may be counted with them


def find_brain(head: MRHead, registered: Registered) -> tuple[Cavity, float]:
    """Find the brain.

    Returns
    -------
    Cavity
        ``enclosed`` is the part of the brain's shell that is dark.
    float
        Dice coefficient of the brain with the registered braincase, as far as both are in view.

    Raises
    ------
    NoHead
        When no plausible brain is in view.
    PixelError
        When it misses a part of the registered braincase.
    """
    body = head.body
    known = body.sampled.is_scanned
    distance = registered.distance
    brain = np.zeros_like(body.inside)
    for inner_mm, outer_mm in ROUNDS_MM:
        brain = _flooded(head, distance, inner_mm, outer_mm)
        if not brain.any():
            break
        distance = signed_depth(brain, ~brain & known, FARTHEST_MM)
    brain = _without_marrow(head, brain, distance)
    volume_ml = float(brain.sum()) * body.sampled.grid.voxel_ml
    model = (registered.distance > 0) & known
    agreement = 2.0 * float((brain & model).sum()) / max(1.0, float(brain.sum() + model.sum()))
    enclosed = _enclosed(head, brain) if brain.any() else 0.0
    if not MINIMUM_ML <= volume_ml <= MOST_ML or agreement < AGREEMENT or enclosed < ENCLOSED:
        raise NoHead(
            f"no plausible brain ({volume_ml:.0f} ml, agreement with the model of a head {agreement:.2f}, enclosed by "
            f"bone {enclosed:.2f}): {MINIMUM_ML:.0f} to {MOST_ML:.0f} ml in view, {AGREEMENT:.1f} and {ENCLOSED:.1f} "
            "are needed to protect it"
        )
    deep = (registered.distance > DEEP_MM) & known
    missed = float((deep & ~brain).sum()) / max(1.0, float(deep.sum()))
    if missed > MISSED:
        raise PixelError(
            f"the brain cannot be told safely ({missed:.0%} of the middle of the model's braincase is none, at most "
            f"{MISSED:.0%}): model and skull contradict each other"
        )
    hull = closed(body.inside, HULL_MM)
    outside = ~hull & known
    widest = float(np.linalg.norm(head.step))
    deeper = swept(outside, head.step, registered.scale * (SCALP_MM + (widest - GRID_MM) / 2))
    scalp = dilated(outside, SCALP_MM) | (deeper & ~dilated(brain, GRID_MM))
    near = (registered.distance > -MODEL_MM) & dilated(brain, JOINED_MM)
    by_model = near | (registered.distance > 0)
    protected = (dilated(brain, PROTECTED_MM) | by_model) & known & ~scalp
    return Cavity(brain, protected, volume_ml, enclosed), agreement


def _flooded(head: MRHead, distance: NDArray[np.float32], inner_mm: float, outer_mm: float) -> Mask:
    """Return what is flooded from within, smoothed; empty where there is no within."""
    body, known = head.body, head.body.sampled.is_scanned
    core = (distance > inner_mm) & body.inside & (body.depth > SKULL_MM)
    if not core.any():
        return core
    markers = np.zeros(core.shape, dtype=np.int8)
    markers[~body.inside | (body.depth < SCALP_MM) | (distance < -outer_mm)] = 2
    markers[core] = 1
    level = _brain_level(head, distance, core)
    darkness = ndimage.gaussian_filter(np.clip(DARK - head.signal / level, 0.0, DARK), SMOOTHED_PX)
    inside = _watershed(np.rint(darkness * STEPS).astype(np.int16), markers, known) == 1
    opened = dilated(eroded(inside, STALK_MM, known), STALK_MM) & inside
    brain: Mask = closed(largest(opened), SMOOTHING_MM) & body.inside & known
    return brain


def _watershed(levels: NDArray[np.int16], markers: NDArray[np.int8], known: Mask) -> NDArray[np.int32]:
    """Flood what is ``known`` from markers; markers with no unmarked point beside them hold no flood up."""
    open_ = dilated((markers == 0) & known, GRID_MM)
    flooded = markers.astype(np.int32)
    if not open_.any():
        return flooded
    box = bounding_box(open_, 0.0)
    beside = open_[box] & known[box]
    flooded[box][beside] = watershed(levels[box], markers[box], mask=beside)[beside]
    return flooded


def _without_marrow(head: MRHead, brain: Mask, distance: NDArray[np.float32]) -> Mask:
    """Take out what a dark line parts from the middle of the brain: marrow, bright between the tables of the skull."""
    known = head.body.sampled.is_scanned
    core = brain & (distance > CORE_MM)
    if not core.any():
        return core
    bright = brain & (head.signal > BRIGHT * _brain_level(head, distance, core))
    tissue = dilated(eroded(bright | core, MARROW_MM, known), MARROW_MM + GRID_MM / 2) & brain
    cleared: Mask = closed(touching(tissue, core) | core, SMOOTHING_MM) & brain
    return cleared


def _brain_level(head: MRHead, distance: NDArray[np.float32], core: Mask) -> float:
    deep = core & (distance > CORE_MM)
    return float(np.median(head.signal[deep if deep.any() else core]))


def _enclosed(head: MRHead, brain: Mask) -> float:
    """Return the part of the brain's shell, a grid step to 5 mm thick, in which something dark lies near."""
    known = head.body.sampled.is_scanned
    level = float(np.median(head.signal[brain]))
    shell = dilated(brain, GRID_MM) & ~brain & head.body.inside & known
    dark = dilated((head.signal < 0.5 * DARK * level) & head.body.inside, 2 * GRID_MM)
    return float((shell & dark).sum()) / max(1, int(shell.sum()))
