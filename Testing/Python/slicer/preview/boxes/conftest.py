# SPDX-License-Identifier: Apache-2.0
"""A panel that shows a series on which boxes are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from boxcases import preview, show_again
from previewcases import choose, plant

DEVICE = {"Manufacturer": "CANARYMAKER", "ManufacturerModelName": "CANARYMODEL"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two patients with a series of noise each, of one device; only read."""
    from ctseries import make_ct_series
    from SlicerDeidLib.sample.study import write_map

    folder = tmp_path_factory.mktemp("boxes")
    for number, name in enumerate(("A1", "B2")):
        noise = np.random.default_rng(number)
        made = make_ct_series(
            folder / "in" / name,
            patient_id=f"CANARYPID{name}",
            slices=4,
            pixels=lambda _k, noise=noise: noise.integers(0, 80, (64, 64)).astype(float),
            set_values=DEVICE,
        )
        plant(made)
    write_map(folder / "map.xlsx", [("A1", "HEAD-001"), ("B2", "HEAD-002")])
    return folder


@pytest.fixture(scope="module")
def plans():
    """The plan of the folder, made by the first test."""
    return []


@pytest.fixture
def drawing(planned, plans, tmp_path, until):
    """A panel whose preview shows the first series, with an output of its own."""
    choose(planned.ui.defaceCombo, "none")
    choose(planned.ui.textCombo, "morph")  # reading takes long; regions are filled as with "mask"
    planned.ui.outputPath.currentPath = str(tmp_path / "out")
    planned.ui.privatePath.currentPath = str(tmp_path / "private")
    show_again(planned, plans)
    preview(planned, until, "HEAD-001/1")
    return planned
