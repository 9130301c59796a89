# SPDX-License-Identifier: Apache-2.0
"""HeadFinder "surface": skin and subcutaneous fat, so many millimetres deep, never bone, never the brain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import HeadMask, Volume
from SlicerDeidLib.pixels.air import padding_mask
from SlicerDeidLib.pixels.body import AIR_HU_MAX, Body, find_body
from SlicerDeidLib.pixels.cavity import TWO_HEADS, Cavity, find_cavity
from SlicerDeidLib.pixels.distance import Mask, closed, dilated, signed_depth, touching
from SlicerDeidLib.pixels.grid import AIR_HU, GRID_MM, Grid, Sampled, grid_around, nearest, sample, slices_of
from SlicerDeidLib.pixels.plausible import check_field_of_view, check_surface
from SlicerDeidLib.pixels.strokes import check_letters, still_strokes, without_strokes

METHOD = "surface"
BONE_HU = 220.0  # HU on the native lattice: cortical bone with its partial volume; unenhanced soft tissue stays below
BONE_REACH_MM = 3.0  # mm around bone seen on the 2 mm grid: the diagonal of a grid cell
RIM_MM = 4.0  # mm: how far the 2 mm grid can be wrong about what is bare, there and back
BARE_MM = 2.0  # mm from the air outside: skin covers bone by more (nose 2 to 3 mm), so what is dense there is a strap
CLOSED_BONE_MM = 3.0  # mm radius: marrow and thin spots between the tables belong to the bone
CONTINUED = 0.6  # of a piece's area that the next slice's bone must cover: a strap above a slanting forehead has less
PIT_MM2 = 50.0  # mm2: marrow spaces that the 2 mm grid does not see; an eye in its rim has over 500
SHALLOWEST_MM = 4.0  # mm: two grid steps; at 3 mm, 4 to 6 % of the skin of three real heads was judged as left
SKIN_MM = 2.0  # mm: goes even above a protected place; the cavity itself still never does
OTHER_MM = 4.0  # mm around the body that are not searched for another head: its ears and what touches it
OTHER_ML = 400.0  # ml: less than the smallest head has, a newborn's
OBJECT_HU = -250.0  # HU: between foam and fat
SHARP_MM = 4.0  # mm: what is farther from a border than that does not move it


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What stays, on the analysis grid.

    Attributes
    ----------
    level : (z, y, x) float32
        mm, positive where tissue stays; its zero is the border. Linear interpolation moves it to any lattice.
    bone : (z, y, x) bool
        Where dense voxels are bone and stay whatever ``level`` says.
    bare : (z, y, x) bool
        Where dense voxels lie so close to the air that they are bone only as the rim of bone below.
    """

    grid: Grid
    level: NDArray[np.float32]
    bone: Mask
    bare: Mask


def find_head(volume: Volume, policy: DefacePolicy) -> HeadMask:
    """Keep the head without the outer ``depth_mm``, its bone, its internal air, and the brain with its margin.

    Parameters
    ----------
    volume : Volume
        CT, HU; slices may be tilted, thick and unevenly spaced.
    policy : DefacePolicy
        ``depth_mm``, from the skin, along the shortest way in 3-D.

    Raises
    ------
    PixelError
        When the depth is under 4 mm, no plausible head is in view, or the look-again finds skin or letters left.

    Notes
    -----
    Voxels behind bone stay, although they may lie less than ``depth_mm`` from the skin (marrow, mastoid cells,
    frontal sinus). Where protected tissue lies right under the skin (a bone defect), only ``SKIN_MM`` go. The cut
    ends of the volume are not skin. Peeling alone may leave a recognisable face.
    """
    if volume.unit != "HU":
        raise PixelError("the method surface works on CT numbers; this series has none")
    if policy.depth_mm < SHALLOWEST_MM:
        raise PixelError(
            f"a depth of {policy.depth_mm:g} mm is too little to be measured on the {GRID_MM:g} mm grid; "
            f"ask for {SHALLOWEST_MM:g} mm or more"
        )
    strokes = still_strokes(volume)
    sampled = sample(without_strokes(volume, strokes), grid_around(volume))
    body = find_body(sampled)
    cavity = find_cavity(body)
    if _has_other_head(sampled, body):
        raise PixelError(TWO_HEADS)
    check_field_of_view(volume, body, cavity, strokes)
    kept = peeled(body, cavity, policy.depth_mm)
    keep = to_native(volume, kept)
    measures = check_surface(volume, keep, body, cavity, policy.depth_mm)
    measures |= {"cavity_ml": cavity.volume_ml, "enclosed": cavity.enclosed, "depth_mm": policy.depth_mm}
    check_letters(volume, keep, strokes, body.sampled.grid, body.inside)
    padding = padding_mask(volume)
    keep |= padding
    return HeadMask(keep, METHOD, measures)


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


def peeled(body: Body, cavity: Cavity, depth_mm: float) -> Kept:
    """Decide on the grid what stays when ``depth_mm`` are peeled off."""
    known = body.sampled.is_scanned
    safe = cavity.protected | _behind_bone(body, depth_mm)
    shelter = _level(safe, known)
    skin_deep = np.minimum(shelter, body.depth - SKIN_MM)
    level = np.maximum(body.depth - depth_mm, np.maximum(skin_deep, _level(cavity.inside, known)))
    air = (body.sampled.values < AIR_HU_MAX) & ~body.inside & known
    bone = dilated(body.bone, BONE_REACH_MM)
    bare = bone & dilated(air, BARE_MM)
    return Kept(body.sampled.grid, np.clip(level, -SHARP_MM, SHARP_MM), bone & ~bare, bare)


def to_native(volume: Volume, kept: Kept) -> NDArray[np.bool_]:
    """Bring what stays to the native lattice, one slice at a time: (k, j, i) bool.

    Dense voxels within the peel stay when they hang together with dense voxels that stay anyway, in their slice or
    through its neighbours: skull does, a strap or an earring on the skin does not.
    """
    keep = np.empty(volume.shape, dtype=np.bool_)
    dense = np.zeros(volume.shape, dtype=np.bool_)
    rim = np.zeros(volume.shape, dtype=np.bool_)
    for k, level in enumerate(slices_of(volume, kept.grid, kept.level, default=-SHARP_MM)):
        keep[k] = level >= 0
        dense[k] = volume.slice_values(k) >= BONE_HU
        rows, columns = np.nonzero(dense[k] & ~keep[k])
        rim[k, rows, columns] = nearest(volume, kept.grid, kept.bare, k, rows, columns)
        dense[k, rows, columns] = nearest(volume, kept.grid, kept.bone, k, rows, columns)
    for order in (range(len(keep)), reversed(range(len(keep)))):
        _keep_connected(keep, dense, order)
    reach = max(1, round(RIM_MM / float(np.linalg.norm(volume.i_step))))
    for kept_plane, dense_plane, rim_plane in zip(keep, dense, rim, strict=True):
        _keep_rim(kept_plane, dense_plane, rim_plane, reach)
    largest_pit = PIT_MM2 / float(np.linalg.norm(volume.i_step) * np.linalg.norm(volume.j_step))
    for kept_plane in keep:
        _keep_pits(kept_plane, largest_pit)
    return keep


def _keep_rim(keep: NDArray[np.bool_], dense: NDArray[np.bool_], rim: NDArray[np.bool_], reach: int) -> None:
    """Keep the rim of kept bone, in place: at most ``reach`` pixels, never across skin, so that no strap is reached."""
    if rim.any():
        eight = np.ones((3, 3))
        keep |= ndimage.binary_dilation(keep & dense, eight, iterations=reach, mask=rim | (keep & dense))


def _keep_pits(keep: NDArray[np.bool_], largest: float) -> None:
    """Keep what small holes in the kept plane hold (marrow between the tables), in place; ``largest`` in pixels."""
    labels, count = ndimage.label(~keep)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    keep |= (sizes <= largest)[labels]


def _keep_connected(keep: NDArray[np.bool_], dense: NDArray[np.bool_], order: Iterable[int]) -> None:
    """Walk through the slices in ``order`` and keep what is dense and connected to what was kept, in place."""
    before: NDArray[np.bool_] | None = None
    for k in order:
        if not dense[k].any():
            before = None
            continue
        labels, count = ndimage.label(dense[k], structure=np.ones((3, 3)))
        chosen = np.zeros(count + 1, dtype=np.bool_)
        chosen[labels[keep[k]]] = True
        if before is not None:
            overlap = np.bincount(labels[before], minlength=count + 1)
            chosen |= overlap > CONTINUED * np.bincount(labels.ravel(), minlength=count + 1)
        chosen[0] = False
        before = chosen[labels]
        keep[k] |= before


def _level(mask: Mask, known: Mask) -> NDArray[np.float32]:
    """Signed distance to the border of ``mask`` within what was scanned, mm, positive inside."""
    return signed_depth(mask, ~mask & known, SHARP_MM)


def _behind_bone(body: Body, depth_mm: float) -> Mask:
    """Places near the skin that cannot be reached from it without crossing bone."""
    near = body.inside & (body.depth < depth_mm + SHARP_MM)
    bone = closed(body.bone, CLOSED_BONE_MM) & body.inside
    open_ = near & ~bone
    reached = touching(open_, body.depth < SKIN_MM)
    behind: Mask = near & ~reached & ~body.bone
    return behind
