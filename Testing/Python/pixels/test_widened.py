# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from SlicerDeidLib.pixels.widened import widened


@pytest.mark.parametrize("columns", [1, 5, 63, 64, 65, 130])
@pytest.mark.parametrize("squared_steps", [0, 1, 2, 3, 6, 9, 30, 121])
def test_a_mask_is_widened_by_all_points_of_a_ball(columns: int, squared_steps: int) -> None:
    mask = np.random.default_rng(7).random((11, 13, columns)) > 0.99
    mask[5, 6, columns // 2] = True
    before = mask.copy()
    near = np.rint(ndimage.distance_transform_edt(~mask) ** 2) <= squared_steps
    assert np.array_equal(widened(mask, squared_steps), near)
    assert np.array_equal(mask, before)
