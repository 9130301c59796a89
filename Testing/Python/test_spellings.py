# SPDX-License-Identifier: Apache-2.0
"""The run takes out every spelling of a name that the audit would find, though neither knows how the other looks."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from SlicerDeidLib.headers.search.commonwords import COMMON_WORDS, NAME_PARTICLES
from SlicerDeidLib.headers.search.sweep import TEXT, Sweeper
from SlicerDeidLib.standard.placeholders import PLACEHOLDERS
from SlicerDeidLib.verification.folded import folded_words
from SlicerDeidLib.verification.profile import keyword
from SlicerDeidLib.verification.spellings import Spellings

PATIENT_NAME = 0x00100010
LETTERS = "abcdeglmnorstuwxzäöüåøæœßéóńłżÄÖÜ"
SPELT = {"a": ("a", "ä", "ae", "aa", "å"), "o": ("o", "ö", "oe", "ø"), "u": ("u", "ü", "ue"), "s": ("s", "ss", "ß")}


def is_found_by_audit(name: str, text: str) -> bool:
    spellings = Spellings()
    spellings.add(name, PATIENT_NAME, keyword(PATIENT_NAME), is_name=True)
    return bool(spellings.judge(text, "SH"))


def is_taken_out(name: str, text: str) -> bool:
    return Sweeper([f"{name}^"]).family(()).holds(text.encode(), b"ISO_IR 192", TEXT)


@pytest.mark.parametrize(
    ("name", "text"),
    [("Żółć", "ZOELC"), ("Muller", "DrMueller"), ("Straus", "Strauß"), ("Soren", "Sœren"), ("Grun", "x GRÜN-3")],
)
def test_a_spelling_that_the_audit_knows_is_taken_out(name: str, text: str) -> None:
    assert is_found_by_audit(name, text)
    assert is_taken_out(name, text)


def test_a_letter_that_repeats_makes_no_name_long_enough_for_other_spellings() -> None:
    assert not is_found_by_audit("aßßß", "asssss")
    assert not is_taken_out("aßßß", "asssss")


@settings(deadline=None, max_examples=300)
@given(st.text(LETTERS, min_size=4, max_size=12), st.data())
def test_a_name_in_any_spelling_that_the_audit_finds_is_taken_out(name: str, data: st.DataObject) -> None:
    (bare,) = folded_words(name)
    assume(bare not in COMMON_WORDS | PLACEHOLDERS | NAME_PARTICLES)
    text = "".join(data.draw(st.sampled_from(SPELT.get(letter, (letter, letter.upper())))) for letter in bare)
    if is_found_by_audit(name, text):
        assert is_taken_out(name, text)
