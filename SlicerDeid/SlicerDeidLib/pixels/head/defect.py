# SPDX-License-Identifier: Apache-2.0
"""Where bone is missing over the brain: what may bulge through there, and how much above it is surely scalp.

Skin, muscle and brain have one density, and after a hemicraniectomy nothing but the scalp's fat tells them apart. So
what is as dense as brain and hangs together with it counts as brain there, up to the skin; and of the scalp no more
goes than what lies above fat that is seen, or where none is seen the outermost skin.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.pixels.body import Body
from SlicerDeidLib.pixels.distance import Mask, dilated, touching
from SlicerDeidLib.pixels.grid import GRID_MM
from SlicerDeidLib.pixels.runs import Pieces

OPEN_MM = 5.0  # mm below the skin: what is protected lies deeper under any skull, in made and in real heads
REACH_MM = 8.0  # mm around such places: the brain beside them that is too narrow for the erosion
REMNANT_ML = 12.0  # ml of bone: pieces of the skull in a hole, 4 cm wide, over which brain can swell; not a whole flap
ABOVE_MM = 12.0  # mm around such a piece: half the thickness of a skull, and what swells over it
BRAIN_HU = (-20.0, 110.0)  # HU on the 2 mm grid: fluid, brain, fresh blood, with their partial volume
FAT_HU = (-200.0, -20.0)  # HU on the 2 mm grid: a layer of 1.5 mm and more, but no gas
NEAR_MM = 4.0  # mm beside fat that is seen the scalp is as thick: two grid steps
LAYERS_MM = ((2.0, 2.0), (3.5, 3.0))  # mm deep lies fat that is seen; then so much is surely scalp
DOUBTFUL_MM = 1.0  # mm: goes where no fat is seen; half a grid step, so that no brain under 3 mm of scalp is met

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
    alike = (values > BRAIN_HU[0]) & (values < BRAIN_HU[1]) | (body.depth < GRID_MM)  # the outermost share air
    found = touching(body.inside & ~body.bone & alike & around, protected)
    return found | remnants  # brain shares grid points with them


def skin_mm(body: Body, protected: Mask, elsewhere_mm: float) -> NDArray[np.float32]:
    """Return how many mm of skin a peel takes above what is protected and open to it; ``elsewhere_mm`` elsewhere.

    The cut that takes the face has no such rule: there nothing that may be brain goes, and the look-again refuses a
    head of which too much facial skin is left for that.
    """
    thickness = np.full(protected.shape, elsewhere_mm, dtype=np.float32)
    near = dilated(open_to_skin(body, protected), 2 * NEAR_MM)
    if not near.any():
        return thickness
    thickness[near] = DOUBTFUL_MM
    values = body.sampled.values
    fat = near & ~dilated(body.bone, GRID_MM) & (values > FAT_HU[0]) & (values < FAT_HU[1])
    for deep_mm, sure_mm in LAYERS_MM:
        thickness[near & dilated(fat & (body.depth >= deep_mm), NEAR_MM)] = sure_mm
    return thickness


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
            f"fontanelle): {skin_left:.1%} of the skin would be left so that no brain is lost (at most {most:.0%}); "
            "choose the method face, which leaves the scalp"
        )
