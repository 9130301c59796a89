# SPDX-License-Identifier: Apache-2.0
"""SynthStrip's network with made weights of one channel in its own layout; torch is made, see ``madetorch``."""

from __future__ import annotations

import pickle
from pathlib import Path

import madetorch
import numpy as np
import pytest
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.pixels.grid import Grid, Sampled
from SlicerDeidLib.pixels.head import synthstrip

SHAPE = (150, 170, 140)


@pytest.fixture(autouse=True)
def torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch is made, and no weights are remembered."""
    madetorch.use(monkeypatch)
    synthstrip._loaded.cache_clear()


def state() -> dict[str, np.ndarray]:
    """Weights of one channel a layer, all 0; where two pictures meet, two go in."""
    found = {}
    for name in synthstrip.layers():
        layer = name.rsplit(".", 2)[0]
        joins = layer == "remaining.0" or (layer.startswith("decoder") and layer.endswith(".0") and layer[8] != "0")
        shape = (1, 1 + joins, 3, 3, 3) if name.endswith("weight") else (1,)
        found[name] = np.zeros(shape, np.float32)
    return found


def written(folder: Path, weights: dict[str, np.ndarray]) -> Path:
    path = folder / "synthstrip.1.pt"
    path.write_bytes(pickle.dumps({"model_state_dict": weights, "epoch": 1}))
    return path


def put(weights: dict[str, np.ndarray], layers: str, value: float = 1.0, of: int = 0) -> None:
    """Let layers hand on one picture."""
    for layer in layers.split():
        weights[f"{layer}.conv.weight"][0, of, 1, 1, 1] = value


def sampled(values: np.ndarray) -> Sampled:
    return Sampled(Grid(np.zeros(3), values.shape, 1.0), values, np.ones(values.shape, np.bool_))


def test_what_lies_less_than_a_millimetre_outside_the_border_is_brain_and_lies_where_it_lay(tmp_path: Path) -> None:
    weights = state()
    put(weights, "encoder.0.0 encoder.0.1 remaining.1")
    put(weights, "remaining.0", of=1)  # what was seen on the way down
    put(weights, "remaining.2", -10.0)
    weights["remaining.2.conv.bias"][0] = 6.0  # the distance is 6 - 10 x: below 1 where x is above a half
    values = np.zeros(SHAPE, np.float32)
    values[40:110, 50:120, 30:100] = 1000.0
    values[45:60, 55:70, 35:50] = 300.0  # in one corner of eight: no turn or mirror image is the same
    brain = synthstrip.find_brain(sampled(values), written(tmp_path, weights))
    np.testing.assert_array_equal(brain.inside, values > 500)
    assert brain.engine.startswith("SynthStrip (synthstrip.1.pt, sha256 ")


def test_the_network_goes_down_to_a_64th_and_up_again(tmp_path: Path) -> None:
    weights = state()
    put(weights, " ".join(f"{way}.{level}.{n}" for way in ("encoder", "decoder") for level in range(6) for n in (0, 1)))
    put(weights, "remaining.0 remaining.1")
    put(weights, "remaining.2", -10.0)
    weights["remaining.2.conv.bias"][0] = 6.0
    values = np.zeros((192, 192, 192), np.float32)
    values[64:128, 64:128, 64:100] = 1000.0
    brain = synthstrip.find_brain(sampled(values), written(tmp_path, weights))
    expected = np.zeros_like(brain.inside)
    expected[64:128, 64:128, 64:128] = True  # the brightest of each block of 64
    np.testing.assert_array_equal(brain.inside, expected)


@pytest.mark.parametrize(("shape", "sides"), [(SHAPE, (192, 192, 192)), ((319, 200, 257), (320, 320, 256))])
def test_sides_are_multiples_of_64_in_the_orientation_of_the_network(
    shape: tuple[int, int, int], sides: tuple[int, int, int]
) -> None:
    values = np.full(shape, -1000.0, np.float32)
    values[10, 20, 30] = 1000.0
    fitted, place = synthstrip.fit(values)
    assert fitted.shape == sides
    assert (fitted.min(), fitted.max()) == (0.0, 1.0)
    assert np.argwhere(fitted[place] == 1.0).tolist() == [[30, shape[0] - 11, shape[1] - 21]]


def test_what_is_no_model_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "synthstrip.1.pt"
    for content in (b"", pickle.dumps([]), pickle.dumps({"model_state_dict": {}}), pickle.dumps({"epoch": 1})):
        path.write_bytes(content)
        with pytest.raises(PixelError, match="holds no SynthStrip model"):
            synthstrip.find_brain(sampled(np.zeros(SHAPE, np.float32)), path)
