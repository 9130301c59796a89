# SPDX-License-Identifier: Apache-2.0
"""Distances in millimetres on the analysis grid, and the morphology made of them."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk  # noqa: N813 - as its own documentation does
from numpy.typing import NDArray

from SlicerDeidLib.pixels.grid import GRID_MM, THREADS, Box
from SlicerDeidLib.pixels.runs import Pieces
from SlicerDeidLib.pixels.widened import widened

Mask = NDArray[np.bool_]
NEAR_STEPS = 11  # grid steps: twice their square is still below 256
UNREACHED = 134  # squared grid steps: more than 11 * 11, and with as much again still below 256
FAR_MM = 1000.0  # mm: what stands where there is nothing to measure to; larger than any body part in view


def distance_to(mask: Mask, up_to_mm: float = FAR_MM) -> NDArray[np.float32]:
    """Return the distance of every grid point to the nearest point of ``mask``, mm; 0 inside it.

    Exact and Euclidean. The border of the array is no surface: what lies beyond it is unknown. Where the distance is
    greater than ``up_to_mm``, any greater value may stand: a small limit makes it several times faster.

    Notes
    -----
    Without a limit in linear time (Maurer et al., IEEE TPAMI 25(2), 2003); with one, by as many shifts along each
    axis as the limit has grid steps.
    """
    if not mask.any():
        return np.full(mask.shape, FAR_MM, dtype=np.float32)
    if up_to_mm <= NEAR_STEPS * GRID_MM:
        every = np.arange(np.iinfo(np.uint8).max + 1)  # a root is looked up three times as quickly as it is taken
        distance = np.sqrt(every, dtype=np.float32) * np.float32(GRID_MM)
        distance[every > (up_to_mm / GRID_MM) ** 2] = FAR_MM
        return distance[_squared_steps(mask, up_to_mm)]
    outside: NDArray[np.float32] = np.maximum(from_border(mask), 0)
    return outside


def from_border(mask: Mask) -> NDArray[np.float32]:
    """Return the distance to the outermost points of ``mask``, mm: 0 on them, negative inside it."""
    image = sitk.GetImageFromArray(mask.view(np.uint8))
    image.SetSpacing([GRID_MM] * 3)
    filter_ = sitk.SignedMaurerDistanceMapImageFilter()
    filter_.SetInsideIsPositive(False)
    filter_.SetSquaredDistance(False)
    filter_.SetUseImageSpacing(True)
    filter_.SetNumberOfThreads(THREADS)
    result = filter_.Execute(image)  # the view below does not keep it alive
    distance: NDArray[np.float32] = sitk.GetArrayViewFromImage(result).copy()
    return distance


def _squared_steps(mask: Mask, up_to_mm: float) -> NDArray[np.uint8]:
    """Return squared distances in grid steps, right up to the limit."""
    squared = np.where(mask, np.uint8(0), np.uint8(UNREACHED))
    steps = int(up_to_mm / GRID_MM + 1e-6)
    before, farther = np.empty_like(squared), np.empty_like(squared)
    for axis in range(3):
        before[...] = squared
        after, moved = squared.swapaxes(0, axis), farther.swapaxes(0, axis)
        for step in range(1, steps + 1):
            np.add(before, np.uint8(step * step), out=farther)
            np.minimum(after[step:], moved[:-step], out=after[step:])
            np.minimum(after[:-step], moved[step:], out=after[:-step])
    return squared


def signed_depth(inside: Mask, outside: Mask, up_to_mm: float = FAR_MM) -> NDArray[np.float32]:
    """Return the depth below the surface between two masks, mm: positive ``inside``, negative ``outside``.

    The surface lies half way between neighbouring points. Points in neither mask (not scanned) make no surface.
    Beyond ``up_to_mm`` the depth is greater, no more is said.
    """
    half = np.float32(GRID_MM / 2)
    limit = up_to_mm + GRID_MM / 2
    depth: NDArray[np.float32] = np.where(
        outside, half - distance_to(inside, limit), distance_to(outside, limit) - half
    )
    return depth


def dilated(mask: Mask, by_mm: float) -> Mask:
    """Return all points at most ``by_mm`` from ``mask``."""
    if by_mm > NEAR_STEPS * GRID_MM or not mask.any():
        return distance_to(mask) <= by_mm
    return widened(mask, int((by_mm / GRID_MM) ** 2 + 1e-6))


def about(mask: Mask, by_mm: float) -> Mask:
    """Return the points that lie about ``by_mm`` from ``mask`` or nearer: to within two grid steps, and quicker."""
    even = np.pad(mask, [(0, size % 2) for size in mask.shape])
    coarse = np.logical_or.reduce([even[z::2, y::2, x::2] for z, y, x in np.ndindex(2, 2, 2)])
    near = dilated(coarse, by_mm / 2)
    for axis, size in enumerate(mask.shape):
        near = near.repeat(2, axis).take(range(size), axis)
    return near


def eroded(mask: Mask, by_mm: float, known: Mask | None = None) -> Mask:
    """Return the points of ``mask`` farther than ``by_mm`` from everything else that is ``known``."""
    others = ~mask if known is None else ~mask & known
    return mask & ~dilated(others, by_mm)


def closed(mask: Mask, by_mm: float) -> Mask:
    """Fill the gaps of ``mask`` that a ball of radius ``by_mm`` cannot enter."""
    return mask | ~dilated(~dilated(mask, by_mm), by_mm)


def largest(mask: Mask, weight: NDArray[np.bool_] | None = None) -> Mask:
    """Return the component of ``mask`` with the most points, or the most points of ``weight``; 6-neighbours."""
    if not mask.any():
        return mask
    pieces = Pieces(mask)
    sizes = pieces.sizes if weight is None else pieces.within(weight)
    return pieces.mask_of(np.arange(len(sizes)) == sizes.argmax())


def touching(mask: Mask, seeds: Mask) -> Mask:
    """Return the components of ``mask`` that hold a point of ``seeds``; 6-neighbours."""
    pieces = Pieces(mask)
    return pieces.mask_of(pieces.within(seeds) > 0)


def bounding_box(mask: Mask, margin_mm: float) -> Box:
    """Return the slices of ``mask``'s extent, widened by ``margin_mm`` within the array."""
    margin = int(np.ceil(margin_mm / GRID_MM))
    parts = []
    for axis, size in enumerate(mask.shape):
        used = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
        parts.append(slice(max(0, int(used[0]) - margin), min(size, int(used[-1]) + margin + 1)))
    return parts[0], parts[1], parts[2]
