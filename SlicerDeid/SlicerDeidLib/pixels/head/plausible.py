# SPDX-License-Identifier: Apache-2.0
"""Is a finished mask plausible: the skin peeled as asked, the brain left alone, nothing kept around the head."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import SAME_PLACE_MM, Volume
from SlicerDeidLib.pixels.air import field_of_view
from SlicerDeidLib.pixels.body import Body, depth_of
from SlicerDeidLib.pixels.distance import Mask, bounding_box, dilated, eroded
from SlicerDeidLib.pixels.grid import GRID_MM, Grid, nearest, reaches, sample
from SlicerDeidLib.pixels.head.cavity import PROTECTED_MM, Cavity
from SlicerDeidLib.pixels.head.defect import check_open
from SlicerDeidLib.pixels.planes import parts_of

SKIN_MM = 3.0  # mm: grid points that near to the surface are skin or the fat right below it
NEAR_BONE_MM = 4.0  # mm: points that near to bone may hold kept bone by partial volume, so they do not judge
SHALLOWEST_MM = 4.0  # mm: two grid steps; at 3 mm, 4 to 6 % of the skin of three real heads was judged as left
SKIN_LEFT = 0.02  # fraction of the skin that may stay; on real heads 0.000 to 0.004 was measured
SHELL_LEFT = 0.10  # fraction of the soft tissue above the asked depth that may stay (behind bone, by the brain)
THICKEST_BASE_MM = 6.0  # mm between slices at the base: of made heads in wider steps brain was lost in its grooves
CAVITY_KEPT = 0.999  # fraction of the cavity, one grid step inside its border, that must be kept; 1.000 was measured
OUTSIDE_ML = 0.1  # ml kept outside the body: rounding at the border; a strap or tube has more
CUT_MM = 6.0  # mm from the border of the field of view: scalp and skull are thicker, so it cuts bone or brain
OUTSIDE_MM = 4.0  # mm from the body: where the border may be by partial volume
BEYOND_MM = 6.0  # mm beyond the margin: a grid cell's diagonal, and partial volume
SPREAD = 0.3  # fraction kept: the body ends at 0.72 (-250 HU), so below 0.3, 4 mm on, a slice of 9 mm is only blurred


def check_steps(volume: Volume, base: Mask, grid: Grid) -> None:
    """Refuse a head whose slices are too far apart where the grooves of the skull's base hold brain.

    Parameters
    ----------
    base : (z, y, x) bool
        The brain at the base, or a part of it, with its margin.

    Raises
    ------
    PixelError
        When some that show it are farther apart.
    """
    steps = np.diff(volume.positions @ volume.normal)
    if steps.max(initial=0.0) <= THICKEST_BASE_MM + SAME_PLACE_MM:
        return
    is_wide = steps > THICKEST_BASE_MM + SAME_PLACE_MM
    beside = np.append(is_wide, False) | np.append(False, is_wide)
    shows = np.zeros(len(beside), dtype=np.bool_)
    parts = parts_of(volume, grid, base.astype(np.float32), 0.0, np.flatnonzero(beside))
    shows[beside] = [bool((part > 0.5).any()) for _, part in parts]
    widest = float(steps[is_wide & shows[:-1] & shows[1:]].max(initial=0.0))
    if widest:
        raise PixelError(
            f"its slices are {widest:.1f} mm apart at the base of the skull, where more than {THICKEST_BASE_MM:.0f} mm "
            "would cost brain"
        )


def check_kept(
    volume: Volume, keep: NDArray[np.bool_], kept: NDArray[np.float32], body: Body, cavity: Cavity
) -> dict[str, float]:
    """Look at a finished mask again: the brain, and what lies around the head.

    Parameters
    ----------
    keep : (k, j, i) bool
        The mask without padding.
    kept : (z, y, x) float32
        The same, as ``fraction_kept`` brings it back to the grid.

    Returns
    -------
    dict of str to float
        ``removed_ml`` (of the body), ``cavity_kept`` (fraction), ``outside_ml``.

    Raises
    ------
    PixelError
        When brain would be lost, or something outside the head stays.
    """
    core = eroded(cavity.inside, GRID_MM, body.sampled.is_scanned)
    around = body.sampled.is_scanned & ~dilated(body.inside | body.bone, OUTSIDE_MM) & (kept > SPREAD)
    voxel_ml = body.sampled.grid.voxel_ml
    measures = {
        "removed_ml": float((1.0 - kept[body.inside]).sum()) * voxel_ml,
        "cavity_kept": _mean(kept, core, 1.0),
        "outside_ml": float(kept[around].sum()) * voxel_ml + _beyond_ml(volume, keep, body.sampled.grid),
    }
    if measures["cavity_kept"] < CAVITY_KEPT:
        raise PixelError("the brain would be changed by this mask: the series' geometry contradicts its pixels")
    if measures["outside_ml"] > OUTSIDE_ML:
        raise PixelError(f"{measures['outside_ml']:.1f} ml outside the head would be kept; the mask is not plausible")
    return measures


def check_peel(kept: NDArray[np.float32], body: Body, cavity: Cavity, depth_mm: float) -> dict[str, float]:
    """Look at a finished mask again: the skin.

    Returns
    -------
    dict of str to float
        ``skin_left`` and ``shell_left`` (fractions).

    Raises
    ------
    PixelError
        When skin is left, or the peel did not reach its depth.
    """
    judged = body.inside & (body.sampled.values < 150.0) & ~dilated(body.bone, NEAR_BONE_MM)
    skin = judged & (body.depth < min(SKIN_MM, depth_mm - GRID_MM / 2))
    shell = judged & (depth_of(body, depth_mm) < depth_mm - GRID_MM) & ~cavity.protected
    measures = {"skin_left": _mean(kept, skin, 0.0), "shell_left": _mean(kept, shell, 0.0)}
    check_open(body, cavity.protected, measures["skin_left"], SKIN_LEFT)
    if measures["skin_left"] > SKIN_LEFT:
        raise PixelError(
            f"{100 * measures['skin_left']:.1f} % of the skin is left after peeling (at most {100 * SKIN_LEFT:.0f} %): "
            "protected tissue lies right under it, or the body could not be told from what touches it"
        )
    if measures["shell_left"] > SHELL_LEFT:
        raise PixelError(
            f"the peel did not reach its depth: {100 * measures['shell_left']:.0f} % of the tissue above it is left "
            f"(at most {100 * SHELL_LEFT:.0f} %)",
            "choose a smaller depth" if depth_mm > SHALLOWEST_MM else "",
        )
    return measures


def check_stripped(
    kept: NDArray[np.float32], body: Body, cavity: Cavity, half_step_mm: float, brain: Mask | None = None
) -> dict[str, float]:
    """Look at a finished mask again: skin and skull.

    Parameters
    ----------
    half_step_mm : float
        Half of the widest step between slices: the margin is wider by that, and what is kept is seen blurred by it.
    brain : (z, y, x) bool, optional
        What the margin is measured from besides the cavity.

    Returns
    -------
    dict of str to float
        ``skin_left`` and ``bone_left`` (fractions), ``beyond_ml`` (kept farther from the cavity than its margin).

    Raises
    ------
    PixelError
        When skin, or something beyond the margin, is left.
    """
    known = body.sampled.is_scanned
    skin = body.inside & (body.depth < SKIN_MM) & ~dilated(cavity.inside, GRID_MM)
    inside = cavity.inside if brain is None else cavity.inside | brain
    beyond = known & ~dilated(inside, PROTECTED_MM + 2 * half_step_mm + BEYOND_MM) & (kept > SPREAD)
    measures = {
        "skin_left": _mean(kept, skin, 0.0),
        "bone_left": _mean(kept, body.bone & ~cavity.inside, 0.0),
        "beyond_ml": float(kept[beyond].sum()) * body.sampled.grid.voxel_ml,
    }
    check_open(body, cavity.protected, measures["skin_left"], SKIN_LEFT)
    if measures["skin_left"] > SKIN_LEFT or measures["beyond_ml"] > OUTSIDE_ML:
        raise PixelError(
            f"the skull could not be stripped: {measures['skin_left']:.1%} of the skin (at most {SKIN_LEFT:.0%}) and "
            f"{measures['beyond_ml']:.1f} ml beyond the margin of the cavity (at most {OUTSIDE_ML:.1f}) are left"
        )
    return measures


def check_field_of_view(volume: Volume, body: Body, cavity: Cavity, strokes: Mask) -> None:
    """Refuse a brain at the border of the field of view: what is cut there is neither skin nor known.

    Raises
    ------
    PixelError
        When the cavity lies within ``CUT_MM`` of the border of the picture, or of a circular field of view in it.
    """
    circle = np.pad(field_of_view(volume, strokes), 1)
    steps = float(np.linalg.norm(volume.j_step)), float(np.linalg.norm(volume.i_step))
    near = ndimage.distance_transform_edt(circle, sampling=steps)[1:-1, 1:-1] <= CUT_MM
    box = bounding_box(cavity.inside, 2 * GRID_MM)  # beyond what is nearest to a point of the cavity
    grid, inside = body.sampled.grid.crop(box), cavity.inside[box]
    for k, (top, bottom, left, right) in enumerate(reaches(volume, grid)):
        if not near[top:bottom, left:right].any():
            continue
        rows, columns = np.nonzero(near[top:bottom, left:right])
        (cut,) = nearest(volume, grid, [inside], k, rows + top, columns + left)
        if cut.any():
            raise PixelError(
                "the brain reaches the border of the field of view: where the picture cuts the head, its surface "
                "cannot be told"
            )


def fraction_kept(volume: Volume, keep: NDArray[np.bool_], grid: Grid) -> NDArray[np.float32]:
    """How much of each grid point's surroundings is kept, 0 to 1."""
    ones = np.ones(len(keep))
    as_volume = Volume(
        keep.view(np.uint8),
        ones,
        0 * ones,
        volume.positions,
        volume.i_step,
        volume.j_step,
        stored_range=(0, 1),
        unit="",
    )
    return sample(as_volume, grid).values


def _beyond_ml(volume: Volume, keep: NDArray[np.bool_], grid: Grid) -> float:
    """Return what is kept where the grid does not reach, ml."""
    voxels = 0
    for plane, (top, bottom, left, right) in zip(keep, reaches(volume, grid), strict=True):
        voxels += int(np.count_nonzero(plane)) - int(np.count_nonzero(plane[top:bottom, left:right]))
    extent = volume.positions[-1] - volume.positions[0]
    thickness_mm = float(extent @ volume.normal) / max(1, len(keep) - 1)
    area_mm2 = float(np.linalg.norm(volume.i_step) * np.linalg.norm(volume.j_step))
    return voxels * area_mm2 * thickness_mm / 1000.0


def _mean(kept: NDArray[np.float32], where: Mask, empty: float) -> float:
    """Mean of ``kept`` over ``where``; ``empty`` when there is nothing."""
    return float(kept[where].mean()) if where.any() else empty
