# SPDX-License-Identifier: Apache-2.0
"""What values say of where they come from; in doubt nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ballhead import Lattice, make_ball_head, read_ct
from mrseries import painted
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.modality import modality_of
from SlicerDeidLib.sample.mr import CONTRASTS, MRLattice, make_mr_head


def of_values(values: np.ndarray) -> Volume:
    ones = np.ones(len(values))
    positions = np.outer(np.arange(len(values)), [0.0, 0.0, 1.0])
    return Volume(values, ones, 0 * ones, positions, np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), unit="")


def scaled(volume: Volume) -> np.ndarray:
    return np.stack([volume.slice_values(k) for k in range(len(volume.stored))])


@pytest.mark.parametrize(
    "lattice", [Lattice(noise_hu=12), Lattice(intercept=-1024, dtype=np.uint16, stored_range=(0, 4095))]
)
def test_ct_numbers_are_known_as_stored_and_as_floats(lattice: Lattice) -> None:
    volume = make_ball_head(lattice).volume
    assert modality_of(volume) == "CT"
    values = scaled(volume)
    values[0, 0, 0] = np.nan
    assert modality_of(of_values(values)) == "CT"


@pytest.mark.parametrize("contrast", CONTRASTS)
@pytest.mark.parametrize("factor", [0.1, 1.0, 7.3])
def test_the_signal_of_an_mr_is_known_at_any_scale(contrast: str, factor: float) -> None:
    volume = make_mr_head(painted(contrast), MRLattice()).volume
    assert modality_of(of_values(scaled(volume) * factor)) == "MR"


@pytest.mark.parametrize("added", [1000.0, 1024.0])
def test_a_ct_that_lost_its_offset_is_neither(added: float) -> None:
    values = np.maximum(scaled(make_ball_head(Lattice(noise_hu=5)).volume) + added, 0)
    with pytest.raises(PixelError, match="cannot be told from its values"):
        modality_of(of_values(values))


def test_phases_scores_windowed_ct_and_nothing_are_neither() -> None:
    random = np.random.default_rng(3)
    head = scaled(make_ball_head(Lattice()).volume)
    for values in (
        random.uniform(-4096, 4095, (20, 30, 30)),
        random.normal(0, 1, (20, 30, 30)),
        np.clip(head, -200, 200),
    ):
        with pytest.raises(PixelError, match="cannot be told from its values"):
            modality_of(of_values(values))
    with pytest.raises(PixelError, match="holds no numbers"):
        modality_of(of_values(np.full((3, 4, 5), np.nan)))


@pytest.mark.real_data
@pytest.mark.parametrize("folder", ["neurolabusc_dcm_qa_ct/In/GE", "cerr_pyCERR/head_and_neck/pt_1"])
def test_real_heads_are_ct_and_are_doubted_without_their_offset(real_data: Path, folder: str) -> None:
    volume = read_ct(real_data / folder)
    assert modality_of(volume) == "CT"
    with pytest.raises(PixelError, match="cannot be told from its values"):
        modality_of(of_values(np.maximum(scaled(volume) + 1024.0, 0.0)))
