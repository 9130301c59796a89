# SPDX-License-Identifier: Apache-2.0
"""The name of a street, a hospital, an employer or a home goes from a text although it is made of clinical words."""

from __future__ import annotations

import re

import pytest
from SlicerDeidLib.headers.freetext.cleaning import clean
from SlicerDeidLib.headers.search.ownwords import OwnWords

NOBODY = OwnWords()
WORD = re.compile(r"[^\W_]+")
STREETS = ("High", "Field", "Stone", "Canal", "Long", "Second")


def left(text: str) -> list[str]:
    return WORD.findall(clean(text, NOBODY))


@pytest.mark.parametrize("street", ["Street", "Road", "Lane", "Avenue"])
@pytest.mark.parametrize("text", ["lives at 12 {} {}", "fell in {} {}, head injury", "{} {} 7, cough"])
def test_a_street_goes_with_its_number(street: str, text: str) -> None:
    for name in STREETS:
        stays = left(text.format(name, street))
        assert not {name, street, "12", "7"} & set(stays), stays


@pytest.mark.parametrize("way", ["Drive", "Court", "Place", "Square", "Way", "Close"])
def test_what_may_be_a_street_goes_with_the_number_of_a_house(way: str) -> None:
    for name in STREETS:
        assert not {name, way, "12", "7"} & {*left(f"lives at 12 {name} {way}"), *left(f"{name} {way} 7")}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("seen at Five Points Imaging", "seen at Imaging"), ("Stone Orthopedics", "Orthopedics"),
        ("Pacific Surgery Center", "Surgery Center"), ("Brown Radiology Group, cough", "Radiology Group, cough"),
        ("works for Target, cough", "works for, cough"), ("lives in Barking", "lives in"),
        ("from Three Rivers", "from"), ("transferred from Stone", "transferred from"), ("employed at Best Buy", "at"),
    ],
)  # fmt: skip
def test_institutions_employers_and_homes_go(text: str, kept: str) -> None:
    assert set(left(text)) <= set(WORD.findall(kept)), clean(text, NOBODY)


@pytest.mark.parametrize(
    "text",
    [
        "bed number four", "ward seven", "scanner #4", "ICU bed no. 12", "third floor", "room twelve", "room number 12",
        "bed C3", "station 4", "on 9/11", "on New Year's Day", "at half past six", "at five o'clock",
        "aged 1,100 months", "four score and ten",
    ],
)  # fmt: skip
def test_rooms_days_and_high_ages_go_in_words_too(text: str) -> None:
    stays = {"bed", "number", "ward", "scanner", "ICU", "no", "room", "station", "on", "at", "floor", "aged", "months"}
    assert not set(left(text)) - stays, clean(text, NOBODY)


@pytest.mark.parametrize(
    "text",
    [
        "node station 7 enlarged", "MR scanner 1.5T", "pelvic floor 12 mm", "tumor bed 12 mm", "left ICA road map",
        "2 chamber view", "CT Chest Imaging", "White Matter Imaging", "breast, 10 o'clock, 4 cm from the nipple",
        "seen in close proximity", "transferred from CT", "three-way valve", "in week 34", "Two Nodules",
        "Spine Center", "resident in nursing home", "LEFT LATERAL VIEW", "works in pain", "bed rest for two weeks",
    ],
)  # fmt: skip
def test_texts_that_look_alike_stay(text: str) -> None:
    alone = [word for word in WORD.findall(text) if left(f"normal {word} lesion").count(word) or word.isdigit()]
    assert [word for word in alone if word not in left(text)] == []
