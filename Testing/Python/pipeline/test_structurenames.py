# SPDX-License-Identifier: Apache-2.0
"""Names of structures: known words, one of them a name, and no wide margin; all else may follow the skin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from SlicerDeidLib.pipeline.structurenames import SMALL_MARGIN, is_inner_name, is_inner_text
from SlicerDeidLib.policies.dispositions import inner_structures


@pytest.mark.parametrize(
    "name",
    ["SpinalCord", "left kidney", "PTV_60Gy", "CTV-high", "GTV 1", "Whole brain", "BrainStem_PRV05", "PTV+3mm",
     "Brain+0.5cm", "PTV+GTV", "Neoplasm, Primary", "BRAIN", "Lobe_Temporal_L"],
)  # fmt: skip
def test_names_of_inner_structures_are_known(name: str) -> None:
    assert is_inner_name(name, inner_structures())


@pytest.mark.parametrize(
    "name",
    ["External", "BODY", "Orbit_R", "", "L", "Müller", "Brain of Miller", "ear left", "Zormox", "Brain ring"],
)
def test_other_names_are_not(name: str) -> None:
    assert not is_inner_name(name, inner_structures())


@pytest.mark.parametrize(
    "name", ["Dose 5 Gy", "Low dose 10 Gy", "Total dose", "dose 50", "5 Gy", "PTV 95%", "D 50", "Brain dose"]
)
def test_isodoses_follow_the_skin(name: str) -> None:
    assert not is_inner_name(name, inner_structures())


@pytest.mark.parametrize(
    "name",
    ["Brain+5cm", "PTV+20mm", "Brain plus 5 cm", "PTV + 20", "Brain+5", "PTV 20 mm", "PTV_2,5cm", "Brain 5MM plus 5mm",
     "Brain_PRV20", "Brain mm 20", "Brain-20mm"],
)  # fmt: skip
def test_a_wide_margin_reaches_the_skin(name: str) -> None:
    assert not is_inner_name(name, inner_structures())


@given(st.floats(SMALL_MARGIN + 0.01, 500), st.sampled_from(["+", " plus ", " ", "_", "-"]))
def test_no_margin_beyond_the_small_one_is_inner(margin: float, sign: str) -> None:
    assert not is_inner_name(f"Brain{sign}{margin:.2f} mm", inner_structures())


@pytest.mark.parametrize(
    "name", ["Anterior", "Upper left", "left", "Primary boost", "High risk", "Temporal", "Volume 1"]
)
def test_directions_and_adjectives_alone_name_no_structure(name: str) -> None:
    assert not is_inner_name(name, inner_structures())


def test_words_that_nobody_can_read_are_unknown() -> None:
    for name in ("Brain \ufffd\ufffd", "Brain \x1b$BHi\x1b(B", "Brain\0Skin", "Gehirn"):
        assert not is_inner_name(name, inner_structures())


def test_a_text_need_not_name_a_structure_but_speaks_of_nothing_else() -> None:
    assert is_inner_text("", inner_structures())
    assert is_inner_text("drawn manually", inner_structures())
    assert not is_inner_text("drawn along the skin", inner_structures())
    assert not is_inner_text("PTV plus 3 cm", inner_structures())
