# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ballhead import read_ct
from SlicerDeidLib.pixels.prescreen import fired_tiles, is_padding, jumps
from SlicerDeidLib.sample.lettering import text_mask

NOWHERE = np.zeros((128, 128), dtype=bool)


def flat(value: float = 40.0) -> np.ndarray:
    return np.full((128, 128), value, dtype=np.float32)


def test_a_ramp_has_no_jumps_and_a_line_of_one_pixel_has_twice_its_contrast() -> None:
    values = flat() + 50.0 * np.arange(128, dtype=np.float32)
    assert jumps(values, NOWHERE)[:, 1:-1].max() == 0
    values = flat()
    values[:, 60] += 400
    assert jumps(values, NOWHERE)[:, 60].min() == 800


def test_letters_fire_where_they_stand() -> None:
    values = flat()
    letters = text_mask("DOE JOHN", 1)
    values[40 : 40 + letters.shape[0], 70 : 70 + letters.shape[1]][letters] = 3000
    fired = fired_tiles(jumps(values, NOWHERE))
    assert fired.shape == (4, 4)
    assert fired[1, 2]
    assert not fired[3].any()


def test_neither_padding_nor_the_rim_of_what_was_removed_fires() -> None:
    values = flat()
    values[:, :50] = -2000
    removed = np.zeros_like(NOWHERE)
    removed[90:, :] = True
    values[removed] = -1000
    assert fired_tiles(jumps(values, NOWHERE)).any()
    assert not fired_tiles(jumps(values, is_padding(values) | removed)).any()


def test_the_last_tiles_may_be_cut() -> None:
    values = np.zeros((70, 33), dtype=np.float32)
    assert fired_tiles(jumps(values, np.zeros(values.shape, dtype=bool))).shape == (3, 2)


@pytest.mark.real_data
def test_nearly_no_slice_of_a_real_head_fires(real_data: Path) -> None:
    volume = read_ct(real_data / "neurolabusc_dcm_qa_ct/In/GE")
    fired = [
        fired_tiles(jumps(volume.slice_values(k), is_padding(volume.slice_values(k)))).any()
        for k in range(len(volume.stored))
    ]
    assert sum(fired) == 0
