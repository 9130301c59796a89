# SPDX-License-Identifier: Apache-2.0
"""What the series of one head tell each other: what stays of it, and what must. It shows the head as it is released.

No border of the body is in it where the face was, and no value: only where the head ends that stays, in steps of 1/16
mm on the 2 mm grid. So it may be kept in a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.air import field_of_view
from SlicerDeidLib.pixels.distance import Mask, eroded
from SlicerDeidLib.pixels.grid import GRID_MM, Grid, Sampled
from SlicerDeidLib.pixels.head.anatomy import Anatomy
from SlicerDeidLib.pixels.head.face import Frame
from SlicerDeidLib.pixels.head.kept import SHARP_MM, Kept
from SlicerDeidLib.pixels.head.place import find_place
from SlicerDeidLib.pixels.head.plausible import fraction_kept
from SlicerDeidLib.pixels.head.surface import SKIN_MM, level_of

STEPS_PER_MM = 16  # of a level in eight bits: SHARP_MM are 64 steps
KNOWN, CAVITY, CUT, BONE = 1, 2, 4, 16  # bits; 8 stays free: masks of before hold more than bone there
WHOLLY = 0.999  # of the points around one that must be known
SAME_PLACE = 0.9  # of the smaller cavity, as far as both series show it: 5 mm aside leave 0.95 of a head's, 10 mm 0.9
MOVED_MM = 6.0  # mm that a rigid fit of the two cavities may move the border of one
GAIN = 0.02  # of the cavity's variance, by which it must lie better there
EXPLAINED = 0.8  # of it, or they have two shapes that tell no place: T1 and T2 of a made head 0.4, two of T1 0.98
THINNED = 20  # of the places whose move is measured, one in so many
WIDER = 15  # grid steps around a series in which the other's cavity is looked for
COMMON_ML = 50.0  # ml of cavity that both series must show to be compared
DEEP_MM = 2.0  # mm beyond both borders: what is nearer differs by how two series were sampled


@dataclass(frozen=True, slots=True, eq=False)
class SharedMask:
    """The mask of one series of a head, as far as others need it.

    Attributes
    ----------
    level : (z, y, x) int8
        As in ``Kept``, in sixteenths of a millimetre.
    shelter : (z, y, x) int8
        Positive where tissue stays since it is brain or its margin.
    flags : (z, y, x) uint8
        ``KNOWN`` where the series shows anything, ``CAVITY``, ``CUT`` where bone goes with the face, ``BONE`` beside.
    frame : Frame or None
        Where the face looks; None where nothing was cut.
    """

    grid: Grid
    level: NDArray[np.int8]
    shelter: NDArray[np.int8]
    flags: NDArray[np.uint8]
    frame: Frame | None


@dataclass(frozen=True, slots=True, eq=False)
class Brought:
    """A shared mask on another grid; unknown places constrain nothing."""

    level: NDArray[np.float32]
    shelter: NDArray[np.float32]
    known: Mask
    cavity: Mask
    cut: Mask


def shared(anatomy: Anatomy, kept: Kept, known: Mask, frame: Frame | None) -> SharedMask:
    """Return what a series tells the others.

    Parameters
    ----------
    known : (z, y, x) bool
        What the series shows, air and tissue; see ``seen``.
    """
    shelter = sheltered(anatomy, kept)
    bits = ((known, KNOWN), (anatomy.cavity.inside, CAVITY), (kept.cut, CUT), (anatomy.body.bone & ~kept.cut, BONE))
    flags = np.zeros(kept.grid.shape, dtype=np.uint8)
    for mask, bit in bits:
        flags[mask] |= bit
    return SharedMask(kept.grid, _steps(kept.level), _steps(shelter), flags, frame)


def sheltered(anatomy: Anatomy, kept: Kept) -> NDArray[np.float32]:
    """Return the level of what stays since it is brain or its margin, (z, y, x) mm."""
    inner = level_of(anatomy.cavity.protected, anatomy.body.sampled.is_scanned)
    return np.minimum(kept.level, inner)


def _steps(level: NDArray[np.float32]) -> NDArray[np.int8]:
    steps: NDArray[np.int8] = np.rint(level.clip(-SHARP_MM, SHARP_MM) * STEPS_PER_MM).astype(np.int8)
    return steps


def seen(volume: Volume, sampled: Sampled, strokes: Mask) -> Mask:
    """Return what a series shows on a grid: between its end slices, within its field of view."""
    circle = np.broadcast_to(field_of_view(volume, strokes), volume.shape)
    known: Mask = sampled.is_scanned & (fraction_kept(volume, circle, sampled.grid) > WHOLLY)
    return known


def moved(
    field: NDArray[np.generic], origin: Grid, grid: Grid, outside: float = 0.0, *, order: int = 1
) -> NDArray[np.float32]:
    """Bring a field (z, y, x) from one grid to another of the same axes and step; ``outside`` where it has no value."""
    offset = ((grid.origin - origin.origin) / GRID_MM)[::-1]
    result: NDArray[np.float32] = ndimage.affine_transform(
        field, np.ones(3), offset, grid.shape, np.float32, order, "constant", outside, prefilter=False
    )
    return result


def brought(mask: SharedMask, grid: Grid) -> Brought:
    """Bring a mask to another grid of the same axes and step."""
    known = moved(((mask.flags & KNOWN) > 0).astype(np.float32), mask.grid, grid) > WHOLLY
    flags = moved(mask.flags, mask.grid, grid, order=0).astype(np.uint8)
    limit = np.float32(SHARP_MM)
    return Brought(
        level=np.where(known, moved(mask.level, mask.grid, grid) / STEPS_PER_MM, limit),
        shelter=np.where(known, moved(mask.shelter, mask.grid, grid) / STEPS_PER_MM, -limit),
        known=known,
        cavity=known & ((flags & CAVITY) > 0),
        cut=known & ((flags & CUT) > 0),
    )


def around(mask: SharedMask, bit: int, grid: Grid, beyond: int) -> Mask:
    """Return a flag on another grid of the same axes and step that goes on for some steps all around."""
    origin = grid.origin - beyond * GRID_MM
    shape = (grid.shape[0] + 2 * beyond, grid.shape[1] + 2 * beyond, grid.shape[2] + 2 * beyond)
    flagged: Mask = moved(((mask.flags & bit) > 0).astype(np.float32), mask.grid, Grid(origin, shape)) > 0.5
    return flagged


def joined(
    kept: Kept, anatomy: Anatomy, masks: Sequence[SharedMask], *, is_peeled: bool
) -> tuple[Kept, dict[str, float]]:
    """Take away what any series of the head loses; what is brain in any of them stays.

    Parameters
    ----------
    is_peeled : bool
        Whether skin goes; otherwise the others take away the face alone: where skin ends depends on what a series
        shows (fat is dark in some MR). Skin of this series goes although another calls it the margin of the brain.

    Returns
    -------
    Kept
        What stays.
    dict of str to float
        ``joined_series``; ``elsewhere_series``, in which the head lies in another place, so that they do not count;
        ``joined_ml`` of the body that go only for the others.
    """
    if not masks:
        return kept, {}
    body = anatomy.body
    level, cut = kept.level.copy(), kept.cut.copy()
    shelter = np.full_like(level, -SHARP_MM)
    elsewhere = 0
    for mask in masks:
        there = brought(mask, kept.grid)
        if not is_same_place(anatomy, there, mask):
            elsewhere += 1
            continue
        np.minimum(level, there.level, out=level, where=np.True_ if is_peeled else there.cut)
        np.maximum(shelter, there.shelter, out=shelter)
        cut |= there.cut
    below_skin = body.depth - np.float32(SKIN_MM if is_peeled else 0.0)
    shelter = np.maximum(sheltered(anatomy, kept), np.minimum(shelter, below_skin))
    level = np.maximum(level, shelter)
    measures = {
        "joined_series": float(len(masks) - elsewhere),
        "elsewhere_series": float(elsewhere),
        "joined_ml": float((body.inside & (kept.level > 0) & (level <= 0)).sum()) * kept.grid.voxel_ml,
    }
    return replace(kept, level=level, bone=kept.bone & ~cut, bare=kept.bare & ~cut, cut=cut), measures


def is_same_place(anatomy: Anatomy, there: Brought, mask: SharedMask) -> bool:
    """Tell whether a head lies where another series shows it; also when neither shows enough of it to say so."""
    grid, is_scanned = anatomy.body.sampled.grid, anatomy.body.sampled.is_scanned
    here = anatomy.cavity.inside & there.known
    other = there.cavity & is_scanned
    least, most = sorted((int(here.sum()), int(other.sum())))
    if least * grid.voxel_ml < COMMON_ML:
        return most * grid.voxel_ml < 2 * COMMON_ML  # where one has a cavity and the other none, two heads lie
    if int((here & other).sum()) < SAME_PLACE * least:
        return False
    ends = np.argwhere(here & ~eroded(here, GRID_MM, is_scanned))[::THINNED].astype(np.float64)
    place = find_place(here, around(mask, CAVITY, grid, WIDER), there.known & is_scanned, WIDER, ends)
    if place is None or place.explained < EXPLAINED:
        return True
    return not (place.moved_mm > MOVED_MM and place.gain > GAIN)


def still_shown_ml(mask: SharedMask, released: Sequence[SharedMask]) -> float:
    """Return how much a mask takes away, more than ``DEEP_MM`` deep, that those of released series left there, ml."""
    shown = np.full(mask.grid.shape, SHARP_MM, dtype=np.float32)
    known = np.zeros(mask.grid.shape, dtype=np.bool_)
    for other in released:
        there = brought(other, mask.grid)
        np.minimum(shown, there.level, out=shown)
        known |= there.known
    gone = mask.level < -DEEP_MM * STEPS_PER_MM
    return float((known & gone & (shown > DEEP_MM)).sum()) * mask.grid.voxel_ml


def packed(mask: SharedMask) -> bytes:
    """Return a mask as the bytes of an ``.npz`` file."""
    frame = mask.frame
    numbers = np.empty(0)
    if frame is not None:
        scalars = [frame.front_mm, frame.middle_mm, frame.floor_mm, frame.scale, frame.level_front_mm]
        numbers = np.concatenate([frame.axes.ravel(), frame.level_back, scalars])
    stream = BytesIO()
    np.savez_compressed(
        stream, origin=mask.grid.origin, level=mask.level, shelter=mask.shelter, flags=mask.flags, frame=numbers
    )
    return stream.getvalue()


def unpacked(data: bytes) -> SharedMask:
    """Read what ``packed`` wrote.

    Raises
    ------
    ValueError, KeyError, OSError, BadZipFile
        If it is something else.
    """
    with np.load(BytesIO(data), allow_pickle=False) as file:
        numbers, shape = file["frame"], file["level"].shape
        frame = None
        if numbers.size:
            front, middle, floor, scale, level_front = (float(number) for number in numbers[12:17])
            axes, back = numbers[:9].reshape(3, 3).astype(np.float32), numbers[9:12].astype(np.float32)
            frame = Frame(axes, front, middle, floor, scale, back, level_front)
        grid = Grid(file["origin"], (shape[0], shape[1], shape[2]))
        return SharedMask(grid, file["level"], file["shelter"], file["flags"], frame)
