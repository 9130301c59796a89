# SPDX-License-Identifier: Apache-2.0
"""Whoever is planted into whatever text in whatever spelling: nothing of them is left, and the rest stays."""

from __future__ import annotations

import random
import re

import pytest
from descriptions import DESCRIPTORS, GIVEN_NAMES, PLACES, PROSE, SURNAMES, known, person, plant, spellings
from hypothesis import given, settings
from hypothesis import strategies as st
from SlicerDeidLib.headers.freetext.cleaning import clean
from SlicerDeidLib.headers.search.identifiers import folded
from SlicerDeidLib.headers.search.ownwords import OwnWords
from SlicerDeidLib.standard.vocabulary import vocabulary

NOBODY = OwnWords()
TEMPLATES = (*DESCRIPTORS, *PROSE)
WORD = re.compile(r"[^\W\d_]+")


def test_the_names_of_the_test_are_no_words_of_the_vocabulary() -> None:
    words = vocabulary()
    names = {folded(part) for name in (*SURNAMES, *GIVEN_NAMES, *PLACES) for part in WORD.findall(name)}
    assert not {name for name in names if len(name) > 1} & (words.words | words.in_context | words.eponyms)


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_is_useful_in_the_templates_stays(template: str) -> None:
    useful = WORD.findall(template.replace("{who}", ""))
    left = WORD.findall(clean(plant(template, "Grunewald"), NOBODY))
    lost = [word for word in useful if word not in left]
    assert len(lost) <= 1, lost  # a title


@given(st.integers(0, 2**32), st.sampled_from(TEMPLATES), st.booleans())
@settings(deadline=None, max_examples=400)
def test_nothing_that_identifies_survives(seed: int, template: str, is_known: bool) -> None:
    chance = random.Random(seed)
    who = person(chance)
    own = known(who) if is_known else NOBODY
    for spelling in spellings(who, chance):
        text = plant(template, spelling)
        left = clean(text, own)
        new = {folded(word) for word in WORD.findall(left)} - set(map(folded, WORD.findall(template)))
        assert not new - {"ct", "of", "age"}, spelling  # of the spellings themselves
        digits = re.findall(r"[0-9]+", left)
        planted = [run for run in re.findall(r"[0-9]+", spelling) if run not in re.findall(r"[0-9]+", template)]
        assert not [run for run in planted if run in digits], (spelling, left)
        assert len(left) <= len(text)
        assert clean(left, own) == left


TEXTS = st.lists(
    st.sampled_from(
        ["CT", "HEAD", "Hand", "Young", "L", "R", "5", "12", "34", "5/3", "2.5mm", "94", "yo", "W/O", "C+", "T2", "^",
         ",", ".", "(", ")", "[", "of", "circle", "Willis", "Parkinson", "disease", "Dr", "Mr", "by", "III", "\r\n",
         "-", "'s", "Meier", "May", "ß", "ﬁ", "Å", "王", "·", "x", "@", "7", "kV", "HeadRoutine", "name:", "J.",
         "March", "seventh"]
    ) | st.text(max_size=6),
    max_size=12,
)  # fmt: skip


@given(TEXTS, st.sampled_from(["", " "]), st.booleans())
@settings(deadline=None, max_examples=400)
def test_cleaning_again_changes_nothing_and_nothing_is_put_in(words: list[str], between: str, is_ascii: bool) -> None:
    text = between.join(words)
    for own in (NOBODY, known(person(random.Random(7)))):
        left = clean(text, own, is_ascii=is_ascii)
        assert clean(left, own, is_ascii=is_ascii) == left
        assert len(left) <= len(text)
        assert left.isascii() or not is_ascii
        whole = folded(text)
        assert all(word in whole for word in WORD.findall(folded(left)))
