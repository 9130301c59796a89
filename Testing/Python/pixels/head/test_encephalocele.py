# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from encephaloceles import SACS, make_encephalocele
from headthings import angiography
from madeheads import NECK, THICK, THIN, MadeHead, infant, plain, with_things
from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.pixels.head.anatomy import find_anatomy
from SlicerDeidLib.pixels.head.encephalocele import check_encephalocele
from SlicerDeidLib.pixels.head.finders import find_shared
from SlicerDeidLib.pixels.registry import head_finder
from SlicerDeidLib.sample.phantom import Lattice

NARROW = [  # from place, width of the neck in mm and lattice, each of which lost 0.5 ml of brain and more
    ("at the nose", 8.0, THIN),
    ("in the orbit", 8.0, THIN),
    ("in the orbit", 10.0, THICK),
    ("behind the orbit", 10.0, THICK),
    ("at the occiput", 8.0, THIN),
    ("at the occiput", 10.0, THICK),
]
ORDINARY = {
    "thin": lambda: plain(THIN),
    "in 5 mm": lambda: plain(THICK),
    "nodded": lambda: plain(THIN).turned(nod=15.0),
    "with its neck, full of contrast": lambda: with_things(NECK, angiography),
    "of an infant": lambda: infant(THIN),
}


@pytest.mark.parametrize(("place", "neck_mm", "lattice"), NARROW)
def test_no_brain_in_a_sac_that_hangs_out_of_the_skull_goes_with_a_face_a_skin_or_a_skull(
    place: str, neck_mm: float, lattice: Lattice
) -> None:
    volume, brain = make_encephalocele(lattice, replace(SACS[place], neck_mm=neck_mm, width_mm=18.0))
    known: dict[str, object] = {}
    refused = []
    for method in ("surface", "face", "surface+face", "skullstrip"):
        try:
            mask = head_finder(method)(volume, DefacePolicy(method, 8.0), known)
        except PixelError as error:
            refused.append(error.reason)
        else:
            assert (brain & ~mask.keep).sum() == 0
    assert any("an encephalocele" in reason for reason in refused)


def test_a_head_with_a_sac_lends_no_mask_that_would_take_it() -> None:
    volume, _ = make_encephalocele(THICK, replace(SACS["behind the orbit"], neck_mm=10.0))
    with pytest.raises(PixelError, match="an encephalocele"):
        find_shared(volume, DefacePolicy("face", 8.0))


@pytest.mark.parametrize("name", ORDINARY)
def test_no_ordinary_head_has_anything_like_brain_beside_its_cavity_but_below_the_spines_canal(name: str) -> None:
    made: MadeHead = ORDINARY[name]()
    anatomy = find_anatomy(made.volumes[0])
    nothing = np.zeros(anatomy.body.inside.shape, dtype=np.float32)
    for half_step_mm in (1.0, 2.5):
        check_encephalocele(nothing, anatomy, None, half_step_mm)
