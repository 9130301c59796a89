# SPDX-License-Identifier: Apache-2.0
"""What of a subject is searched for, and what is not."""

from __future__ import annotations

import re

import pytest
from SlicerDeidLib.headers.identifiers import Words, folded, words_of


def finds(pattern: re.Pattern[str] | None, text: str) -> bool:
    return pattern is not None and pattern.search(folded(text)) is not None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Smith^John", "head of SMITH, follow-up"),
        ("Smith^John", "john_smith_2"),
        ("Smith^John", "Smith2020"),
        ("Müller^Jörg", "MUELLER"),
        ("Müller^Jörg", "Muller j."),
        ("Mueller^Joerg", "JOERG"),
        ("O'Brien^Mary", "brien"),
        ("van der Berg^Anna-Maria", "BERG, Anna"),
        ("Li^Na", "CT Li Na"),
        ("Li^Na", "LiNa"),
        ("Li^Na", "Na, Li"),
        ("Ng^Bo", "for Ng-Bo"),
        ("山田^太郎", "頭部山田太郎"),
        ("Wang^XiaoDong=王^小东", "患者小东"),
        ("Hong^Gildong=洪^吉洞=홍^길동", "홍길동님"),
        ("Иванов^Пётр", "ИВАНОВ"),
        ("Nuñez^José", "Nunez"),
        ("Straße^A", "STRASSE"),
        ("Smith^John\\Jones^Ann", "jones"),
    ],
)
def test_a_name_is_found_in_many_spellings(name: str, text: str) -> None:
    assert finds(words_of([("name", name)]).text, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Smith^John", "Smithson blacksmith"),
        ("Li^Na", "Lines of Nasal"),
        ("van der Berg^Anna", "van der"),
        ("Bo^Ng", "bone"),
        ("Dr^Prof", "Dr. someone"),
        ("DEIDENTIFIED", "deidentified"),
        ("Anonymous^", "anonymous"),
    ],
)
def test_what_only_looks_like_a_name_is_not_found(name: str, text: str) -> None:
    assert not finds(words_of([("name", name)]).text, text)


@pytest.mark.parametrize(
    ("number", "text", "is_found"),
    [
        ("0012345", "ID 12345", True),
        ("12345", "0012345", True),
        ("MRN-1234567", "mrn1234567", True),
        ("MRN-1234567", "1234567", True),
        ("AB1", "ab-1", True),
        ("12345", "9123456", False),
        ("12345", "1.2.123456", False),
        ("1", "slice 1", False),
        ("512", "512 x 512", False),
        ("CT", "CT", False),
        ("HEAD", "HEAD", False),
    ],
)
def test_a_number_is_found_as_a_whole(number: str, text: str, is_found: bool) -> None:
    assert finds(words_of([("number", number)]).text, text) is is_found


@pytest.mark.parametrize(
    ("label", "text", "is_found"),
    [
        ("Smith_John_2019 CT Head", "smith", True),
        ("Smith_John_2019 CT Head", "Head CT", False),
        ("Smith_John_2019 CT Head", "2019", False),
        ("General Hospital Springfield", "springfield", True),
        ("General Hospital Springfield", "general hospital", False),
        ("University Hospital", "University Hospital", False),
        ("CTAWP12345", "ctawp12345", True),
        ("Smith^John", "john", True),
        ("patient 17", "17", False),
    ],
)
def test_of_places_and_folders_only_telling_words_count(label: str, text: str, is_found: bool) -> None:
    assert finds(words_of([("label", label)]).text, text) is is_found


@pytest.mark.parametrize(
    "text",
    [
        "19470413", "1947-04-13", "13.04.1947", "13.4.47", "4/13/1947", "04/13/47", "13 Apr 1947", "13-April-47",
        "April 13, 1947", "*13.04.1947", "1947.04.13", "dob:13041947",
    ],
)  # fmt: skip
def test_a_birth_date_is_found_as_people_write_it(text: str) -> None:
    assert finds(words_of([("birth", "19470413")]).text, text)


@pytest.mark.parametrize("text", ["119470413", "1947041", "13.04.1948", "0.13.4", "13 slices, 4 mm"])
def test_other_numbers_are_no_birth_date(text: str) -> None:
    assert not finds(words_of([("birth", "19470413")]).text, text)


@pytest.mark.parametrize("date", ["", "00010101", "19000101", "CANARY", "19471341"])
def test_a_birth_date_that_is_none_is_not_searched_for(date: str) -> None:
    assert words_of([("birth", date)]).text is None or date == "19471341"


def test_in_codes_vocabulary_is_not_searched_for() -> None:
    words = words_of([("name", "Head^Axial"), ("name", "Smith^Chest"), ("number", "12345")])
    assert finds(words.text, "HEAD")
    assert not finds(words.code, "HEAD")
    assert not finds(words.code, "12345")
    assert finds(words.code, "SMITH")


@pytest.mark.parametrize(
    ("kind", "value", "text", "counts"),
    [
        ("name", "Smith^John", "smith", True),
        ("name", "Lee^Kim", "lee", False),
        ("name", "Lee^Kim", "lee, kim", True),
        ("name", "Head^Brain", "head", False),
        ("name", "山田^太郎", "山田", True),
        ("number", "12345", "12345", False),
        ("number", "123456", "123456", True),
        ("number", "A1234", "a1234", True),
        ("birth", "19470413", "19470413", True),
    ],
)
def test_for_the_last_look_only_what_is_no_chance_counts(kind: str, value: str, text: str, counts: bool) -> None:
    assert finds(words_of([(kind, value)]).last, text) is counts


def test_numbers_and_short_words_are_not_searched_for_in_binary_values() -> None:
    words = words_of([("number", "123456"), ("name", "Jones^Bob")])
    assert finds(words.binary, "jones")
    assert not finds(words.binary, "123456")
    assert not finds(words.last_binary, "jones")
    assert finds(words.last_binary, "bob jones")


def test_nothing_known_searches_for_nothing() -> None:
    assert words_of([]) == Words(None, None, None, None, None)


def test_the_repr_shows_nothing() -> None:
    assert "smith" not in repr(words_of([("name", "Smith^John")])).lower()
