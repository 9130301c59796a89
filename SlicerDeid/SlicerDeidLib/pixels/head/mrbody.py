# SPDX-License-Identifier: Apache-2.0
"""The head in an MR, whatever its contrast: air told from tissue, coil shading taken out, values on the scale of a CT.

MR has no units. What everything after this needs is where the surface lies, so signal is brought to a scale in which
the threshold between air and tissue stands where CT has it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu

from SlicerDeidLib.errors import NoHead
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.air import AIR_HU
from SlicerDeidLib.pixels.body import DEPTH_MM, MARGIN_MM, TISSUE_HU, Body, outer_air
from SlicerDeidLib.pixels.distance import Mask, bounding_box, dilated, eroded, largest, signed_depth
from SlicerDeidLib.pixels.grid import GRID_MM, Sampled, grid_around, sample

BRIGHT_PERCENT = 99.0  # of all values: brighter ones (fat beside a coil, vessels) do not move the threshold
DECADES = 200.0  # smallest signal that counts, as a fraction of the brightest: one over that
OPENING_MM = 3.0  # mm radius: specks and ghosts in the air fall off
AIR_FRACTION = 0.02  # of what was scanned: with less air, there is nothing to tell a head from
SHADING_MM = 24.0  # mm, standard deviation: coils shade more smoothly, tissues change more quickly
SHADING_STEPS = 4  # grid steps of the lattice on which shading is estimated
SHADING_ROUNDS = 4  # settled after three on real heads
DARKER, BRIGHTER = -0.8, 0.6  # natural logarithms of signal over shading: what lies beyond is not typical tissue
NOWHERE = 1e-3  # weight of the mean signal where there is no tissue near


@dataclass(frozen=True, slots=True, eq=False)
class MRHead:
    """An MR on the analysis grid, cropped to the patient.

    Attributes
    ----------
    body : Body
        Values on the scale of a CT: air is -1000, the surface lies at -250, tissue is 0. No bone: MR does not show it.
    signal : (z, y, x) float32
        Without shading: typical tissue is 1; 0 outside the body.
    threshold : float
        Signal between air and tissue.
    step : (3,) float64
        The widest from slice to slice, across them, LPS mm.
    """

    body: Body
    signal: NDArray[np.float32]
    threshold: float
    step: NDArray[np.float64]


def find_mr_body(volume: Volume) -> MRHead:
    """Find the patient in an MR.

    Raises
    ------
    NoHead
        When there is no tissue, or no air around it to tell it from.
    """
    sampled = sample(volume, grid_around(volume))
    known = sampled.is_scanned
    threshold = air_threshold(sampled.values[known])
    tissue = (sampled.values > threshold) & known
    core = largest(eroded(tissue, OPENING_MM, known))
    opened = tissue & dilated(core, OPENING_MM)
    inside = ~outer_air(opened, known) & known
    if not core.any() or np.mean(inside[known]) > 1.0 - AIR_FRACTION:
        raise NoHead(
            "no head: nothing stands out from air around it; the body fills the whole picture, or is not there"
        )
    signal = np.where(inside, sampled.values / _shading(sampled.values, opened), np.float32(0.0))
    box = bounding_box(inside, MARGIN_MM)
    cropped, inside = Sampled(sampled.grid, as_ct(sampled.values, threshold), known).crop(box), inside[box]
    depth = signed_depth(inside, ~inside & cropped.is_scanned, DEPTH_MM)
    body = Body(cropped, cropped, inside, np.zeros_like(inside), depth)
    widest = float(np.diff(volume.positions @ volume.normal).max(initial=0.0))
    return MRHead(body, signal[box].astype(np.float32), threshold, widest * volume.normal)


def swept(mask: Mask, step: NDArray[np.float64], up_to_mm: float) -> Mask:
    """Return a mask and what lies so near to it along a step, to either side; to within half of a grid step."""
    length = float(np.linalg.norm(step))
    near = mask.copy()
    for reach in np.arange(GRID_MM, up_to_mm + GRID_MM / 2, GRID_MM) if length else ():
        by = np.rint(reach / GRID_MM * step[::-1] / length).astype(int)
        for way in (by, -by):
            to = tuple(slice(max(0, n), size + min(0, n)) for n, size in zip(way, mask.shape, strict=True))
            of = tuple(slice(max(0, -n), size - max(0, n)) for n, size in zip(way, mask.shape, strict=True))
            near[to] |= mask[of]
    return near


def as_ct(values: NDArray[np.float32], threshold: float) -> NDArray[np.float32]:
    """Bring signal to the scale of a CT: air is -1000, the threshold between air and tissue -250, tissue 0."""
    scale = (TISSUE_HU - AIR_HU) / threshold
    scaled: NDArray[np.float32] = np.clip(AIR_HU + scale * values, AIR_HU, 0.0).astype(np.float32)
    return scaled


def air_threshold(values: NDArray[np.float32]) -> float:
    """Return the signal between air and tissue.

    Otsu's on a logarithmic scale, so that tissue far from the coils counts like tissue beside them.
    """
    brightest = float(np.percentile(values, BRIGHT_PERCENT))
    if brightest <= 0.0:
        raise NoHead("no head: the series holds no signal")
    levels = np.log1p(np.clip(values, 0.0, brightest) * (DECADES / brightest))
    if float(levels.max()) <= float(levels.min()):
        raise NoHead("no head: the series holds no signal")
    return float(np.expm1(threshold_otsu(levels)) * brightest / DECADES)


def _shading(values: NDArray[np.float32], tissue: Mask) -> NDArray[np.float32]:
    """Return the smooth signal of typical tissue at every point; fat and fluid are left out of it round by round."""
    logs = np.log(np.maximum(values, np.float32(1e-3)))
    mean = float(logs[tissue].mean())
    typical, sigma = tissue, SHADING_MM / GRID_MM / SHADING_STEPS
    shading = np.zeros_like(logs)
    for _ in range(SHADING_ROUNDS):
        weights = ndimage.gaussian_filter(_coarse(typical.astype(np.float32)), sigma, mode="constant")
        sums = ndimage.gaussian_filter(_coarse(np.where(typical, logs, np.float32(0.0))), sigma, mode="constant")
        coarse = (sums + NOWHERE * mean) / (weights + NOWHERE)
        shading = _fine(coarse)[tuple(slice(size) for size in logs.shape)]
        typical = tissue & (logs - shading > DARKER) & (logs - shading < BRIGHTER)
    found: NDArray[np.float32] = np.exp(shading).astype(np.float32)
    return found


def _fine(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Interpolate linearly between the middles of cubes of ``SHADING_STEPS``, axis by axis; level beyond the last."""
    fine = values
    for axis in range(3):
        here = np.moveaxis(fine, axis, 0)
        before, after = np.concatenate([here[:1], here[:-1]]), np.concatenate([here[1:], here[-1:]])
        fine = np.empty(
            [size * (SHADING_STEPS if one == axis else 1) for one, size in enumerate(fine.shape)], np.float32
        )
        finer = np.moveaxis(fine, axis, 0)
        for step in range(SHADING_STEPS):
            place = np.float32((step + 0.5) / SHADING_STEPS - 0.5)
            finer[step::SHADING_STEPS] = here + abs(place) * ((before if place < 0 else after) - here)
    return fine


def _coarse(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average cubes of ``SHADING_STEPS``; the last ones are filled up with zeros."""
    padded = np.pad(values, [(0, -size % SHADING_STEPS) for size in values.shape])
    blocks = [part for size in padded.shape for part in (size // SHADING_STEPS, SHADING_STEPS)]
    mean: NDArray[np.float32] = padded.reshape(blocks).mean(axis=(1, 3, 5), dtype=np.float32)
    return mean
