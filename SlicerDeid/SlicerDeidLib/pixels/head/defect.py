# SPDX-License-Identifier: Apache-2.0
"""Where bone is missing over the brain: what may bulge through there, and how much above it is surely scalp.

Skin, muscle and brain have one density, and after a hemicraniectomy nothing but the scalp's fat tells them apart. So
what is as dense as brain and hangs together with it counts as brain there, up to the skin; and of the scalp no more
goes than what lies above fat that is seen. Where none is seen nothing goes: a scalp of 2 mm is as thin as the grid is
coarse. Where gas or foam parts a thin scalp from the brain, the scalp falls off the body, which ends at the brain then.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.pixels.body import TISSUE_HU, Body
from SlicerDeidLib.pixels.distance import Mask, dilated, touching
from SlicerDeidLib.pixels.grid import GRID_MM
from SlicerDeidLib.pixels.runs import Pieces

OPEN_MM = 5.0  # mm below the skin: what is protected lies deeper under any skull, in made and in real heads
REACH_MM = 8.0  # mm around such places: the brain beside them that is too narrow for the erosion
REMNANT_ML = 12.0  # ml of bone: pieces of the skull in a hole, 4 cm wide, over which brain can swell; not a whole flap
ABOVE_MM = 12.0  # mm around such a piece: half the thickness of a skull, and what swells over it
BRAIN_HU = -20.0  # HU on the 2 mm grid: fluid, brain, blood, with their partial volume, lie above it; contrast, too
FATTEST_HU = -200.0  # HU on the 2 mm grid: fat is above; below BRAIN_HU a layer of 1.5 mm and more
SPREAD = 4.0 * 1.48  # median deviations of brain from its median, four standard deviations: as far as noise counts
MIDDLE_MM = 15.0  # mm below the skin: there brain is seen by itself
METAL_HU = 2500.0  # HU on the 2 mm grid: bone has up to 2070 in three real heads
DENSE_HU = 300.0  # HU on the 2 mm grid: what is so dense in the scalp and no bone is a staple, a wire, a clip
STREAKS_MM = 30.0  # mm: beside real teeth of metal 10 % of the places up to 20 mm off looked like fat, 5 % farther off
THICKEST_MM = 8.0  # mm below the skin: fat that goes deeper is no scalp's alone, and may be the brain's (a lipoma)
LAYER_MM = 8.0  # mm radius: fat that is seen in a smaller spot, or in streaks, is no layer
NEAR_MM = 4.0  # mm beside fat that is seen the scalp is as thick: two grid steps
LAYERS_MM = ((2.0, 2.0), (3.5, 3.0))  # mm deep lies fat that is seen; then so much is surely scalp
SHALLOW_MM = 3.0  # mm below the surface of the body: gas so near has no scalp over it that is a part of the body
BESIDE_MM = 12.0  # mm beside it: a scalp that thin has holes
END_MM = 6.0  # mm from the end slices: they go on beyond the ends, so what is kept there would, too
HOLDER_ML = 20.0  # ml: a larger piece that does not touch the body is no part of a scalp
NORMAL_MM = 6.0  # mm, standard deviation: the surface without the pits of its grid
COVER_MM = np.arange(2.0, 17.0)  # mm outwards from gas or foam under a scalp: there the scalp is seen again

SEEN_CM2 = 5.0  # cm2: smaller places leave less skin than is allowed


def open_to_skin(body: Body, protected: Mask) -> Mask:
    """Return what is protected and lies right under the skin, no bone between: (z, y, x) bool, empty below a skull.

    Where no bone is seen at all (MR), none can be missing.
    """
    if not body.bone.any():
        return np.zeros_like(protected)
    return protected & body.inside & ~body.bone & (body.depth < OPEN_MM)


def bulging(body: Body, protected: Mask) -> Mask:
    """Return what may be brain beside the places that are open to the skin, or over a piece of bone in them."""
    open_ = open_to_skin(body, protected)
    if not open_.any():
        return open_
    values = body.sampled.values
    around = dilated(open_, REACH_MM)
    bones = Pieces(body.bone)
    is_remnant = (bones.sizes * body.sampled.grid.voxel_ml <= REMNANT_ML) & (
        bones.within(dilated(open_, 2 * REACH_MM)) > 0
    )
    remnants = bones.mask_of(is_remnant)
    around |= dilated(remnants, ABOVE_MM)
    alike = (values > _least_brain_hu(body, protected)) | (body.depth < GRID_MM)  # the outermost share air
    found = touching(body.inside & ~body.bone & alike & around, protected)
    beyond = ~body.sampled.is_scanned
    beyond[[0, -1]] = True
    rim = dilated(found, GRID_MM) & ~body.inside & ~dilated(beyond, END_MM)
    found |= rim & _uncovered(body, protected, open_)  # brain shares grid points with gas,
    return found | remnants  # and with bone


def rim_below(body: Body, protected: Mask) -> Mask:
    """Return the bone at the skin beside what is open to it, (z, y, x) bool: brain that swells over it shares points.

    Of the face such a rim may be a part, and the cut that takes it has lost no brain there: a peel has.
    """
    return dilated(open_to_skin(body, protected), GRID_MM) & body.bone & (body.depth < GRID_MM)


def skin_mm(body: Body, protected: Mask, elsewhere_mm: float) -> NDArray[np.float32]:
    """Return how many mm of skin a peel takes above what is protected and open to it; ``elsewhere_mm`` elsewhere.

    The cut that takes the face has no such rule: there nothing that may be brain goes, and the look-again refuses a
    head of which too much facial skin is left for that.
    """
    thickness = np.full(protected.shape, elsewhere_mm, dtype=np.float32)
    open_ = open_to_skin(body, protected)
    if not open_.any():
        return thickness
    near = dilated(open_, 2 * NEAR_MM)
    thickness[near] = 0.0
    fat = _fat_seen(body, protected, near)
    for deep_mm, sure_mm in LAYERS_MM:
        thickness[near & dilated(fat & (body.depth >= deep_mm), NEAR_MM)] = sure_mm
    thickness[_uncovered(body, protected, open_)] = -GRID_MM
    return thickness


def _least_brain_hu(body: Body, protected: Mask) -> float:
    """Return what brain lies above with its noise, HU: ``BRAIN_HU`` or less."""
    brain = body.sampled.values[protected & (body.depth > MIDDLE_MM)]
    if not brain.size:
        return BRAIN_HU
    middle = float(np.median(brain))
    return min(BRAIN_HU, middle - SPREAD * float(np.median(np.abs(brain - middle))))


def _fat_seen(body: Body, protected: Mask, near: Mask) -> Mask:
    """Return where the fat of a scalp is seen: a layer, nothing that metal darkens, and no fat of the brain's own."""
    values, depth = body.sampled.values, body.depth
    dark = body.inside & (values > FATTEST_HU) & (values < _least_brain_hu(body, protected))
    dense = (values > DENSE_HU) & ~body.bone
    metal = (values > METAL_HU) | dense & (depth < OPEN_MM) & ~touching(dense, dilated(body.bone, GRID_MM))
    deep = dark & (depth > THICKEST_MM) & dilated(near, THICKEST_MM)
    fat = near & dark & (depth >= LAYERS_MM[0][0])
    fat &= ~dilated(deep, THICKEST_MM) & ~dilated(metal, STREAKS_MM)
    skin = near & (depth >= 0) & (depth < GRID_MM)
    gaps = skin & ~dilated(fat, NEAR_MM) & ~dilated(body.bone, NEAR_MM + GRID_MM)  # bone takes the fat over it along
    layer = dilated(near & (depth >= 0) & ~dilated(gaps, LAYER_MM), LAYER_MM)
    return fat & layer & ~dilated(body.bone, GRID_MM)


def _uncovered(body: Body, protected: Mask, open_: Mask) -> Mask:
    """Return what lies beside gas or foam over which a scalp fell off: tissue lies over it that is no part of the body.

    Parameters
    ----------
    open_ : (z, y, x) bool
        What is ``open_to_skin``: elsewhere an ear lies over the air behind it, and walls over a sinus.
    """
    around = body.around
    start = np.rint((body.sampled.grid.origin - around.grid.origin) / GRID_MM).astype(int)[::-1]
    own = tuple(slice(first, first + size) for first, size in zip(start, open_.shape, strict=True))
    tissue = around.values > TISSUE_HU
    shallow = dilated(open_, NEAR_MM) & (body.depth < SHALLOW_MM) & body.sampled.is_scanned
    gas = np.argwhere(~tissue[own] & shallow)
    inside = np.zeros_like(tissue)
    inside[own] = body.inside
    pieces = Pieces(tissue)
    is_patient = (pieces.within(inside) > 0) | (pieces.sizes * around.grid.voxel_ml < HOLDER_ML)
    cover = pieces.mask_of(is_patient)
    is_covered = np.ones(len(gas), dtype=np.bool_)
    solid = ndimage.gaussian_filter(body.inside.astype(np.float32), NORMAL_MM / GRID_MM)
    across = -np.stack([slope[tuple(gas.T)] for slope in np.gradient(solid)], axis=-1)
    for outwards in (gas - np.argwhere(protected).mean(axis=0), across):
        steps = outwards / np.maximum(np.linalg.norm(outwards, axis=1, keepdims=True), 1e-6) / GRID_MM
        beyond = (gas + start + steps * COVER_MM[:, None, None]).clip(0, np.array(tissue.shape) - 1)
        is_covered &= cover[tuple(np.moveaxis(np.rint(beyond).astype(int), -1, 0))].any(axis=0)
    found = np.zeros_like(open_)
    found[tuple(gas[is_covered].T)] = True
    return dilated(found, BESIDE_MM)


def check_open(body: Body, protected: Mask, skin_left: float, most: float) -> None:
    """Refuse a peeled or stripped head of which too much skin is left since brain lies right under it.

    Parameters
    ----------
    skin_left, most : float
        Fraction of the skin that is left, and that may be.

    Raises
    ------
    PixelError
        When it is too much and there is such a place.
    """
    layer = open_to_skin(body, protected) & (body.depth < GRID_MM)
    if skin_left > most and float(layer.sum()) * GRID_MM**2 / 100.0 >= SEEN_CM2:
        raise PixelError(
            "bone is missing over the brain, which lies right under the skin there (a craniectomy or a "
            f"fontanelle): {skin_left:.1%} of the skin would be left so that no brain is lost (at most {most:.0%})"
        )
