# SPDX-License-Identifier: Apache-2.0
"""How much of which structure a mask removes, against the sample head, whose structures are known by construction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.structures import STRUCTURES, in_view, removed
from SlicerDeidLib.model.volume import HeadMask
from SlicerDeidLib.pixels.head.finders import find_head
from SlicerDeidLib.sample.phantom import HeadCT, Lattice, make_head
from SlicerDeidLib.sample.structures import structure_masks

LATTICES = {
    "thin": Lattice(slices=96, spacing_mm=2.5, rows=256, columns=256, pixel_spacing_mm=1.0),
    "thick and tilted": Lattice(
        slices=48, spacing_mm=5.0, rows=192, columns=192, pixel_spacing_mm=1.3, tilt_degrees=12.0, is_descending=True
    ),
}
FACE, BOTH = DefacePolicy("face"), DefacePolicy("surface+face")
CLOSE = {
    "orbits": 0.25,
    "sinuses": 0.35,
    "teeth": 0.25,
    "mandible": 0.35,
    "neck": 0.15,
    "ears": 0.5,
    "optic_nerves": 0.8,
}
"""How far an estimate may be from the truth, as a fraction of it: the thinner, the farther."""


@pytest.fixture(scope="module", params=LATTICES)
def judged(request: pytest.FixtureRequest) -> tuple[HeadCT, HeadMask, HeadMask, dict[str, np.ndarray]]:
    lattice = LATTICES[request.param]
    head = make_head(lattice)
    order = slice(None, None, -1) if lattice.is_descending else slice(None)
    volume = replace(head.volume, stored=head.volume.stored[order], positions=head.volume.positions[order])
    known: dict[str, object] = {}
    truth = {name: mask[order] for name, mask in structure_masks(lattice).items()}
    return head, find_head(volume, FACE, known), find_head(volume, BOTH, known), truth


def ml(mask: np.ndarray, head: HeadCT) -> float:
    return float(mask.sum()) * head.lattice.spacing_mm * head.lattice.pixel_spacing_mm**2 / 1000.0


def test_what_is_in_view_is_estimated_near_the_truth(judged: tuple) -> None:
    head, face, _, truth = judged
    assert truth.keys() == STRUCTURES.keys()
    for name, mask in truth.items():
        assert face.measures[in_view(name)] == pytest.approx(ml(mask, head), rel=CLOSE[name]), name


def test_the_part_that_was_removed_is_that_of_the_mask_itself(judged: tuple) -> None:
    _, face, both, truth = judged
    for mask in (face, both):
        for name, where in truth.items():
            share = mask.measures[removed(name)] / mask.measures[in_view(name)]
            assert share == pytest.approx(float((~mask.keep)[where].mean()), abs=0.15), name


def test_the_face_goes_and_the_peel_takes_the_ears_too(judged: tuple) -> None:
    _, face, both, _ = judged
    gone = {name: face.measures[removed(name)] / face.measures[in_view(name)] for name in STRUCTURES}
    assert min(gone["orbits"], gone["teeth"]) > 0.9
    assert gone["neck"] < 0.4
    assert both.measures[removed("ears")] > 0.95 * both.measures[in_view("ears")]


def test_what_is_not_in_view_is_not_told() -> None:
    head = make_head(Lattice(slices=30, spacing_mm=4.0, lowest_mm=25.0, rows=128, columns=128, pixel_spacing_mm=2.0))
    measures = find_head(head.volume, BOTH).measures
    assert not {in_view("teeth"), in_view("mandible"), in_view("neck")} & measures.keys()


def test_the_sample_head_has_the_structures_of_a_head() -> None:
    head = make_head(LATTICES["thin"])
    truth = structure_masks(LATTICES["thin"])
    assert not any((mask & head.intracranial).any() for name, mask in truth.items() if name != "optic_nerves")
    assert all((mask & ~head.body).sum() == 0 for mask in truth.values())
    assert 25 < ml(truth["orbits"], head) < 60  # two orbits of an adult hold 50 to 60 ml
    assert 0.5 < ml(truth["optic_nerves"], head) < 1.5
