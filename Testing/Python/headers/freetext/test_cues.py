# SPDX-License-Identifier: Apache-2.0
"""A word that is a surname as well goes wherever a text says that it is somebody, and stays where it does not."""

from __future__ import annotations

import random
import re

import pytest
from namecues import USEFUL, ways
from SlicerDeidLib.headers.freetext.cleaning import clean
from SlicerDeidLib.headers.freetext.people import MODALITIES
from SlicerDeidLib.headers.search.ownwords import OwnWords
from SlicerDeidLib.standard.vocabulary import vocabulary

NOBODY = OwnWords()
WORD = re.compile(r"[^\W\d_]+")
NAMES_PER_WAY = 3
MADE_SURNAMES = (  # words of the vocabulary that are in none of its lists of names
    "Effusion", "Kyphosis", "Gadolinium", "Splenic", "Curvature", "Migrated", "Pharynx", "Tortuous", "Distal",
)  # fmt: skip
SET_OFF = (  # ways in small letters that leave no doubt that a word with a capital is somebody
    "d/w {who}", "d/w J. {who}", "discussed with {who}, no change", "read by: {who}", "results called to {who} today",
    "dr {who}", "resident {who}", "attending/{who}", "edema, {who} (attending)", "edema, {who} J, md", "{who}, m.d.",
    "cc: {who}", "mother: {who}", "under the care of {who}", "signed {who}",
)  # fmt: skip


@pytest.mark.parametrize("case", [str.upper, str.title, str.lower])
def test_a_surname_that_is_vocabulary_goes_beside_every_cue(case) -> None:
    chance = random.Random(7)
    words = vocabulary()
    names = sorted((words.surnames | words.rare_surnames) - {"surgeon"})
    survived = []
    for way in ways():
        for name in (*chance.sample(names, NAMES_PER_WAY), "weeks", "fields"):
            text = case(way.replace("{who}", "\0")).replace("\0", case(name))
            allowed = WORD.findall(way.lower())
            if name not in allowed and name in WORD.findall(clean(text, NOBODY).lower()):
                survived.append(text)
    assert survived == []


@pytest.mark.parametrize("way", SET_OFF)
def test_a_word_with_a_capital_goes_beside_a_cue_in_small_letters_though_nobody_lists_it_as_a_name(way: str) -> None:
    words = vocabulary()
    listed = words.surnames | words.rare_surnames | words.in_context | words.eponyms | MODALITIES
    assert not listed & set(map(str.lower, MADE_SURNAMES))
    left = [clean(way.format(who=name), NOBODY) for name in MADE_SURNAMES]
    assert not [name for name, text in zip(MADE_SURNAMES, left, strict=True) if name in text]


@pytest.mark.parametrize("case", [str, str.upper, str.lower])
def test_texts_that_look_alike_and_name_nobody_keep_their_words(case) -> None:
    lost = {}
    for text in map(case, USEFUL):
        left = clean(text, NOBODY)
        stays = [word for word in WORD.findall(text) if word in clean(f"normal {word} lesion", NOBODY).split()]
        missing = [word for word in stays if word not in WORD.findall(left)]
        if missing:
            lost[text] = missing
    assert lost == {}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("D/W WEEKS, line in place", "D/W, line in place"),
        ("REPORT BY: FIELDS", "REPORT BY"),
        ("Weeks (attending) reviewed", "attending reviewed"),
        ("DR/WEEKS", ""),
        ("Mass. Read by key and J. fields. Edema.", "Mass. by. Edema."),
        ("discussed with Weeks/Fields & Key, no change", "discussed with, no change"),
        ("D/W J. WEEKS, K. FIELDS. NO MASS", "D/W. NO MASS"),
    ],
)
def test_only_the_name_goes(text: str, kept: str) -> None:
    assert clean(text, NOBODY) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ct head mary weeks", "ct head"),
        ("ct head jeff sessions", "ct head"),
        ("weeks mary", ""),
        ("abdomen john fields pain", "abdomen pain"),
        ("CT HEAD SECONDARY TO WEEKS", "CT HEAD SECONDARY TO"),
        ("headache secondary to Sessions", "headache secondary to"),
    ],
)
def test_a_surname_goes_beside_a_given_name_in_small_letters_and_behind_what_it_cannot_cause(
    text: str, kept: str
) -> None:
    assert clean(text, OwnWords()) == kept


@pytest.mark.parametrize(
    "text",
    [
        "pain for two weeks", "ct head three weeks after surgery", "SECONDARY TO FALL", "PAIN SECONDARY TO STONES",
        "hydrocephalus secondary to mass", "secondary to weeks of vomiting", "Secondary to Burns",
    ],
)  # fmt: skip
def test_words_that_are_surnames_too_stay_where_nobody_is_meant(text: str) -> None:
    assert clean(text, OwnWords()) == text
