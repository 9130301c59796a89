# SPDX-License-Identifier: Apache-2.0
"""Whether the values of a volume are CT numbers or the signal of an MR, where no header says so."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.air import AIR_HU, PADDING_HU

LOOKED_AT = 2_000_000  # values, evenly drawn from the volume
EMPTY_HU = -500.0  # HU: nothing but air, inner air and padding lies below
AIR_FRACTION = 0.02  # of a CT of a head is air; three real ones had 0.6 to 0.9
AROUND_AIR_HU = 150.0  # HU: noise of air, and what scanners clip it to
IS_AIR = 0.5  # of what is empty lies around -1000 HU or is padding: 0.92 and more; of a phase image 0.1
TISSUE_HU, TISSUE_FRACTION = 200.0, 0.02  # HU: within it lie fat and soft tissue; 0.09 to 0.3 of the same three
NEGATIVE = 0.01  # fraction of an MR: interpolation swings below 0
SHIFTED = (1000.0, 1084.0)  # soft tissue of a CT to which 1000 or 1024 was added
SHIFTED_FROM, SHIFTED_FRACTION = 500.0, 0.25  # of what is brighter lies in it: 0.33 to 0.53 of CT, 0.14 at most of MR


def modality_of(volume: Volume) -> str:
    """Tell ``"CT"`` from ``"MR"`` by the values.

    Raises
    ------
    PixelError
        When they could be neither, or a CT that lost its scale.
    """
    step = max(1, volume.stored.size // LOOKED_AT)
    values = volume.stored.ravel()[::step] * float(volume.slope[0]) + float(volume.intercept[0])
    values = values[np.isfinite(values)]
    if not values.size:
        raise PixelError("the image holds no numbers")
    empty = values[values < EMPTY_HU]
    if empty.size > AIR_FRACTION * values.size:
        is_air = (np.abs(empty - AIR_HU) < AROUND_AIR_HU) | _is_padding(empty)
        if is_air.mean() > IS_AIR and (np.abs(values) < TISSUE_HU).mean() > TISSUE_FRACTION:
            return "CT"
    elif (values < 0).mean() < NEGATIVE:
        bright = values[values > SHIFTED_FROM]
        is_shifted = (bright > SHIFTED[0]) & (bright < SHIFTED[1])
        if not bright.size or is_shifted.mean() < SHIFTED_FRACTION:
            return "MR"
    raise PixelError(
        "whether this is a CT or an MR cannot be told from its values: CT must be in HU (air near -1000), MR must not "
        "be negative; save the image with its true scale"
    )


def _is_padding(values: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return which values are padding: far below air, and all the same."""
    is_far = values < PADDING_HU
    if not is_far.any():
        return is_far
    common: NDArray[np.bool_] = values == np.percentile(values[is_far], 50, method="lower")
    return common
