# SPDX-License-Identifier: Apache-2.0
"""Can a face be in view? Judged by the pixels alone, and only excluded when they leave no doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.air import PADDING_HU, field_of_view
from SlicerDeidLib.pixels.grid import analysis_values

Mask = NDArray[np.bool_]

CELL_MM = 4.0  # mm: fine enough for areas of hundreds of cm2
TISSUE_HU = -250.0  # HU: between air, foam and clothes, and fat
BODY_HU = (-150.0, 150.0)  # HU: median of any trunk, fat to contrast; outside it the values are no CT numbers
AIR_HU_MAX = -500.0  # HU: air, at the noisiest -731 (seen in a planning CT)
AIR_FRACTION = 0.02  # of the picture's circle: with less air, the rescale or the background is not what it says
SMALLEST_TRUNK_CM2 = 600.0  # cm2: head 36 (65 cm around) or neck 29 (60 cm around), twice arms (80 each) at its sides,
# and a fifth more; measured: three heads 54 to 292 cm2, the abdomen of an adult 899 cm2
SECOND_CM2 = 15.0  # cm2: a newborn's head has 60 at its widest; a finger or a tube has less
SOLID = 0.5  # of the filled cross-section that must be tissue: lungs take less, a ring around a head is mostly hole
WIDEST_TRUNK = 1.9  # width / depth: shoulders are wider (2 and more) and may hold a chin in front; abdomen 1.2 to 1.7
AXIAL = 0.9  # cosine to the body's long axis: only across it does the area tell trunk from head
OPENING = np.ones((3, 3))  # cells: 12 mm; sheets and tubes fall off
BONE_HU = 180.0  # HU in cells of 4 mm, where thin bone is averaged with its surroundings
RING_GAP = 1  # cells that a ring of bone may be open on either side: sutures, canals, slanting walls
RING_CM2 = 15.0  # cm2 of soft tissue within: a vertebra holds less; spacing that is too large only makes it more
TOOTH_HU = 1500.0  # HU: teeth and the temporal bone are denser, bones of a trunk are not (metal is; it stays unsure)
TOOTH_MM2 = 20.0  # mm2 on one slice: more than calcifications and specks of contrast
CUT_ARC = 0.1  # of the circle of the field of view that the body may touch
CUT_ARC_IN_AIR = (
    0.35  # where the constant outside may as well be clipped air, an ellipse touches its circle by up to 0.3
)


@dataclass(frozen=True, slots=True)
class HeadView:
    """Whether a face can be excluded.

    Attributes
    ----------
    is_excluded : bool
        True only when the pixels show that no face can be in view.
    reason : str
        One sentence, either way.
    measures : mapping of str to float
        ``smallest_cm2`` and ``widest`` over all slices.
    """

    is_excluded: bool
    reason: str
    measures: Mapping[str, float] = field(default_factory=dict)


def head_in_view(volume: Volume) -> HeadView:
    """Exclude a face when every slice shows a trunk: far larger than any head or neck, and no shoulders.

    Header words are never asked. What is unsure is not excluded.
    """
    if volume.unit != "HU":
        return HeadView(False, "the values are not CT numbers, so a face cannot be excluded")
    if abs(float(volume.normal[2])) < AXIAL:
        return HeadView(False, "the slices are not axial, so a face cannot be excluded")
    smallest, widest = float("inf"), 0.0
    circle = field_of_view(volume)
    if not circle.any():
        return HeadView(False, "the picture shows no field of view, so a face cannot be excluded")
    for k in range(len(volume.stored)):
        doubt = _doubt(volume, k, circle)
        if doubt:
            return HeadView(False, f"{doubt}, so a face cannot be excluded")
        area_cm2, width = _trunk(volume, k)
        smallest, widest = min(smallest, area_cm2), max(widest, width)
    measures = {"smallest_cm2": smallest, "widest": widest}
    if smallest == 0.0:
        return HeadView(False, "a slice shows no body, so a face cannot be excluded", measures)
    if smallest < SMALLEST_TRUNK_CM2:
        return HeadView(False, f"a cross-section of {smallest:.0f} cm2 can be a head or a neck", measures)
    if widest > WIDEST_TRUNK:
        return HeadView(
            False, f"a cross-section {widest:.1f} times as wide as deep can be shoulders and chin", measures
        )
    return HeadView(True, f"every slice shows a trunk of {smallest:.0f} cm2 and more; no head is that large", measures)


def _doubt(volume: Volume, k: int, circle: Mask) -> str:
    """Say what in a slice contradicts a trunk alone, whatever its size in the header; empty when nothing does."""
    raw = volume.slice_values(k)
    if np.mean(raw[circle] < AIR_HU_MAX) < AIR_FRACTION:
        return "a slice shows no air around the body"
    pixel_mm2 = float(np.linalg.norm(volume.i_step) * np.linalg.norm(volume.j_step))
    if float((raw > TOOTH_HU).sum()) * pixel_mm2 > TOOTH_MM2:
        return "a slice shows what is as dense as teeth"
    cells, cell_cm2 = _cells(volume, k)
    labels, _ = ndimage.label(ndimage.binary_opening(cells > TISSUE_HU, OPENING))
    sizes = np.bincount(labels.ravel())[1:]
    if len(sizes) > 1 and np.sort(sizes)[-2] * cell_cm2 > SECOND_CM2:
        return "a slice shows a second body beside the largest"
    arc = CUT_ARC if raw[0, 0] < PADDING_HU or raw[0, 0] > AIR_HU_MAX else CUT_ARC_IN_AIR
    if len(sizes) and _is_cut(labels == 1 + np.argmax(sizes), _in_cells(circle, cells.shape), arc):
        return "the body is cut by the border of the picture or of its field of view"
    if _ring_area(cells) * cell_cm2 > RING_CM2:
        return "a slice shows soft tissue enclosed by bone"
    return ""


def _in_cells(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """Return a mask of pixels at the middle of each cell."""
    rows, columns = (
        ((np.arange(new) + 0.5) * old / new).astype(int) for new, old in zip(shape, mask.shape, strict=True)
    )
    return mask[np.ix_(rows, columns)]


def _is_cut(body: Mask, circle: Mask, arc: float) -> bool:
    """Tell whether the body reaches the border of the picture, or follows the circle of the field of view."""
    edge = circle & ~ndimage.binary_erosion(circle, OPENING)
    frame = np.ones_like(body)
    frame[1:-1, 1:-1] = False
    return bool((body & frame).any() or (body & edge).sum() > arc * edge.sum())


def _ring_area(cells: NDArray[np.float32]) -> int:
    """Cells of the largest piece of soft tissue that bone encloses in a slice."""
    padded = np.pad(cells > BONE_HU, RING_GAP + 1)
    bone = ndimage.binary_closing(padded, np.ones((2 * RING_GAP + 1,) * 2))[
        RING_GAP + 1 : -RING_GAP - 1, RING_GAP + 1 : -RING_GAP - 1
    ]
    enclosed = ndimage.binary_fill_holes(bone) & ~bone & (cells > TISSUE_HU)
    labels, _ = ndimage.label(enclosed)
    return int(np.bincount(labels.ravel())[1:].max(initial=0))


def _trunk(volume: Volume, k: int) -> tuple[float, float]:
    """Cross-section of the largest body in a slice, cm2, and its width / depth; (0, 0) when it cannot be one."""
    cells, cell_cm2 = _cells(volume, k)
    labels, count = ndimage.label(ndimage.binary_opening(cells > TISSUE_HU, OPENING))
    if count == 0:
        return 0.0, 0.0
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    body = labels == np.argmax(sizes)
    if not BODY_HU[0] < float(np.median(cells[body])) < BODY_HU[1]:
        return 0.0, 0.0
    filled = ndimage.binary_fill_holes(body)
    if body.sum() < SOLID * filled.sum():
        return 0.0, 0.0
    depth, width = (float(np.ptp(places)) + 1.0 for places in np.nonzero(body))
    ratio = width / depth * float(np.linalg.norm(volume.i_step) / np.linalg.norm(volume.j_step))
    return float(body.sum()) * cell_cm2, max(ratio, 1 / ratio)


def _cells(volume: Volume, k: int) -> tuple[NDArray[np.float32], float]:
    """Slice ``k`` in cells of about ``CELL_MM``: (j, i) float32 HU, and the area of a cell in cm2."""
    size_i, size_j = float(np.linalg.norm(volume.i_step)), float(np.linalg.norm(volume.j_step))
    step = max(1, int(CELL_MM / max(size_i, size_j)))
    values = ndimage.uniform_filter(analysis_values(volume, k), size=step)[step // 2 :: step, step // 2 :: step]
    return values, size_i * size_j * step * step / 100.0
