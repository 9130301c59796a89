# SPDX-License-Identifier: Apache-2.0
"""Can a face be in view? Judged by the pixels alone, and only excluded when they leave no doubt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.grid import analysis_values

CELL_MM = 4.0  # mm: fine enough for areas of hundreds of cm2
TISSUE_HU = -250.0  # HU: between air, foam and clothes, and fat
BODY_HU = (-150.0, 150.0)  # HU: median of any trunk, fat to contrast; outside it the values are no CT numbers
SMALLEST_TRUNK_CM2 = 600.0  # cm2: head 36 (65 cm around) or neck 29 (60 cm around), twice arms (80 each) at its sides,
# and a fifth more; measured: three heads 54 to 292 cm2, the abdomen of an adult 899 cm2
SOLID = 0.5  # of the filled cross-section that must be tissue: lungs take less, a ring around a head is mostly hole
WIDEST_TRUNK = 1.9  # width / depth: shoulders are wider (2 and more) and may hold a chin in front; abdomen 1.2 to 1.7
AXIAL = 0.9  # cosine to the body's long axis: only across it does the area tell trunk from head
OPENING = np.ones((3, 3))  # cells: 12 mm; sheets and tubes fall off


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
    for k in range(len(volume.stored)):
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
    return float(filled.sum()) * cell_cm2, max(ratio, 1 / ratio)


def _cells(volume: Volume, k: int) -> tuple[NDArray[np.float32], float]:
    """Slice ``k`` in cells of about ``CELL_MM``: (j, i) float32 HU, and the area of a cell in cm2."""
    size_i, size_j = float(np.linalg.norm(volume.i_step)), float(np.linalg.norm(volume.j_step))
    step = max(1, int(CELL_MM / max(size_i, size_j)))
    values = ndimage.uniform_filter(analysis_values(volume, k), size=step)[step // 2 :: step, step // 2 :: step]
    return values, size_i * size_j * step * step / 100.0
