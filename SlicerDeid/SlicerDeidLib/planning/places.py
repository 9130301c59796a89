# SPDX-License-Identifier: Apache-2.0
"""Where the images of a series lie along their normal, and how many of them at one place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.model.instance import Instance
from SlicerDeidLib.model.volume import SAME_PLACE_MM


def places_mm(instances: Sequence[Instance]) -> NDArray[np.float64] | None:
    """Return the places at which images lie, each once, ascending, mm; None where the first image has no orientation.

    Images without a position count as one place.
    """
    first = instances[0]
    if first.row_cosines is None or first.column_cosines is None:
        return None
    normal = np.cross(first.row_cosines, first.column_cosines)
    places = np.sort([float(np.dot(instance.position or (0.0, 0.0, 0.0), normal)) for instance in instances])
    return places[np.diff(places, prepend=-np.inf) >= SAME_PLACE_MM]


def repetitions(instances: Sequence[Instance]) -> int:
    """Return how many images lie at each place; 1 where that cannot be told, or differs."""
    places = places_mm(instances)
    if places is None or any(i.position is None or i.number_of_frames > 1 for i in instances):
        return 1
    count, rest = divmod(len(instances), len(places))
    return 1 if rest else count
