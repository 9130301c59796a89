# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pixels.redact import redact


def test_boxes_become_the_air_of_their_own_slice_and_the_rest_stays() -> None:
    stored = np.arange(2 * 6 * 8, dtype=np.uint16).reshape(2, 6, 8)
    before = stored.copy()
    redact(stored, [TextBox(1, 2, 3, 2, 4, "morph"), TextBox(0, 5, 0, 1, 8, "morph")], np.array([500, 600], np.uint16))
    assert (stored[1, 2:4, 3:7] == 600).all()
    assert (stored[0, 5] == 500).all()
    stored[1, 2:4, 3:7], stored[0, 5] = before[1, 2:4, 3:7], before[0, 5]
    assert np.array_equal(stored, before)


@pytest.mark.parametrize("box", [(2, 0, 0, 1, 1), (0, -1, 0, 2, 2), (0, 5, 0, 2, 1), (0, 0, 7, 1, 2), (0, 0, 0, 0, 1)])
def test_a_box_outside_the_picture_is_refused(box: tuple[int, int, int, int, int]) -> None:
    stored = np.zeros((2, 6, 8), np.int16)
    with pytest.raises(PixelError, match="outside the picture"):
        redact(stored, [TextBox(*box, "morph")], np.array([1, 1], np.int16))
    assert not stored.any()
