# SPDX-License-Identifier: Apache-2.0
"""What of a subject is searched for, and what is not."""

from __future__ import annotations

import pytest
from SlicerDeidLib.headers.search.identifiers import Words, folded, plain, words_of
from SlicerDeidLib.headers.search.needles import Needles


def finds(identifiers: Needles, text: str) -> bool:
    return identifiers.stands_in(folded(text))


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
        ("MUELLER^JOERG", "Müller"),
        ("Mu\u0308ller^A", "MUELLER"),
        ("GROSS^A", "Groß"),
        ("Sørensen^A", "Sorensen CT"),
        ("SOERENSEN^A", "Sørensen"),
        ("WAŁĘSA^LECH", "Walesa"),
        ("Yıldız^İpek", "YILDIZ IPEK"),
        ("YILDIZ^IPEK", "yıldız"),
        ("Đorđević^A", "Dordevic"),
        ("Þórsson^A", "thorsson"),
        ("Kjær^A", "KJAER"),
        ("Aage^A", "Åge"),
        ("Żółć^Ola", "ZOELC"),
        ("MULLER^A", "Mueller"),
        ("STRAUSS^A", "Straus"),
        ("Strauß^A", "straus"),
        ("Kjar^A", "Kjær"),
        ("Jorgensen^A", "JOERGENSEN"),
        ("Grunewald^A", "GRUNE-WALD"),
        ("Grunewald^A", "G R U N E W A L D"),
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
        ("Sue^Joe", "su jo"),
        ("Noel^A", "no l"),
        ("Mas^A", "mass"),
        ("Cross^A", "CRS"),
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
        ("PID7741892", "PID-774-1892", True),
        ("PID7741892", "nr 774 1892 x", True),
        ("7741892", "774.1892", True),
        ("774-1892", "77 41 892", True),
        ("0201 5557788", "0201/555 77 88", True),
        ("7741892", "774 18921", False),
        ("512", "5 1 2", False),
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
        "April 13, 1947", "*13.04.1947", "1947.04.13", "dob:13041947", "130447", "470413", "041347", "13 04 1947",
        "13_4_47", "13 . 04 . 1947", "13APR47", "April 13th 1947", "13th of April, 1947", "13 avril 1947",
        "13. April 1947", "13 de abril de 1947", "13 aprile 1947", "1947 April 13", "1947年4月13日", "APR13th47",
    ],
)  # fmt: skip
def test_a_birth_date_is_found_as_people_write_it(text: str) -> None:
    assert finds(words_of([("birth", "19470413")]).text, text)


@pytest.mark.parametrize("text", ["119470413", "1947041", "13.04.1948", "0.13.4", "13 slices, 4 mm"])
def test_other_numbers_are_no_birth_date(text: str) -> None:
    assert not finds(words_of([("birth", "19470413")]).text, text)


@pytest.mark.parametrize("date", ["", "00010101", "19000101", "CANARY", "19471341"])
def test_a_birth_date_that_is_none_is_not_searched_for(date: str) -> None:
    assert words_of([("birth", date)]).text == Needles() or date == "19471341"


def test_in_codes_vocabulary_is_not_searched_for() -> None:
    words = words_of([("name", "Head^Axial"), ("name", "Smith^Chest"), ("number", "12345")])
    assert finds(words.text, "HEAD")
    assert not finds(words.code, "HEAD")
    assert finds(words.code, "SMITH")


def test_in_codes_numbers_count_from_five_digits_on() -> None:
    words = words_of([("number", "12345"), ("number", "2048")])
    assert finds(words.code, "ID 0012345")
    assert not finds(words.code, "2048")


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


@pytest.mark.parametrize(
    ("date", "text"),
    [
        ("20190301", "1er mars 2019"),
        ("20190802", "2 août 2019"),
        ("20190613", "13 juin 2019"),
        ("20191213", "13. Dez 2019"),
        ("20191013", "13 ottobre 2019"),
        ("20190313", "13. März 2019"),
    ],
)
def test_dates_are_found_with_months_of_other_languages(date: str, text: str) -> None:
    assert finds(words_of([("date", date)]).text, text)


def test_many_separators_in_a_text_cost_no_time() -> None:
    words = words_of([("birth", "19470413")])
    assert not finds(words.text, "13 april" + " " * 20_000 + "x")


@pytest.mark.parametrize(
    ("name", "word", "counts"),
    [
        ("Smithe^J", "patsmithe", True),
        ("Mueler^J", "patmuler", True),
        ("Gross^J", "xgrossx", True),
        ("Weber^J", "xweberx", True),
        ("Head^J", "forehead", False),
        ("Doe^Jane", "janet", False),
        ("axial^J", "coaxial", False),
    ],
)
def test_a_name_of_five_letters_counts_inside_a_word(name: str, word: str, counts: bool) -> None:
    found = folded(word), plain(folded(word))
    assert any(one in text for one in words_of([("name", name)]).glued for text in found) is counts


def test_short_numbers_and_words_are_not_searched_for_in_binary_values() -> None:
    words = words_of([("number", "123456"), ("number", "4321"), ("name", "Jones^Bob"), ("birth", "19470413")])
    assert finds(words.binary, "jones")
    for text in ("id 123456", "19470413", "13.04.47"):
        assert finds(words.binary, text)
        assert finds(words.last_binary, text)
    assert not finds(words.binary, "4321")
    assert not finds(words.last_binary, "jones")
    assert finds(words.last_binary, "bob jones")


def test_nothing_known_searches_for_nothing() -> None:
    nothing: frozenset[bytes] = frozenset()
    empty = Needles()
    none: frozenset[int] = frozenset()
    assert words_of([]) == Words(empty, empty, empty, empty, empty, empty, (), None, none, none, nothing, nothing, None)


def test_the_repr_shows_nothing() -> None:
    assert "smith" not in repr(words_of([("name", "Smith^John")])).lower()


@pytest.mark.parametrize("text", ["04 03 2019", "04032019", "scan Mar 4 2019", "4.3.19", "scan 190304", "20190304"])
def test_a_study_date_is_found_in_values_and_as_a_number_and_is_no_leak_by_itself(text: str) -> None:
    words = words_of([("date", "20190304")])
    for pattern in (words.text, words.code, words.binary):
        assert finds(pattern, text)
    assert words.number is not None
    assert words.number.search(b"20190304")
    assert words.last == words.last_binary == Needles()


def test_a_birth_date_that_the_plan_knows_is_found_in_every_spelling() -> None:
    assert finds(words_of([("label", "19470413")]).text, "13.4.47")


@pytest.mark.parametrize(
    ("value", "is_own"),
    [
        (b"77418921", True),
        (b"0077418921 ", True),
        (b" +77418921.0", True),
        (b"1\\77418921\\2", True),
        (b"19470413", True),
        (b"774189210", False),
        (b"177418921", False),
        (b"774189.21", False),
        (b"54321 ", True),
        (b"0054321.00", True),
        (b"54321\\1", False),
        (b"4321", False),
    ],
)
def test_a_written_number_is_the_subjects_own_only_as_a_whole(value: bytes, is_own: bool) -> None:
    shown = [("number", "0077418921"), ("number", "54321"), ("number", "4321"), ("birth", "19470413")]
    number = words_of(shown).number
    assert number is not None
    assert (number.search(value) is not None) is is_own


@pytest.mark.parametrize("number", ["9" * 5000, "²³¹⁴⁵⁶", "١٢٣٤٥٦٧"])
def test_an_id_of_odd_digits_is_no_number_to_pack(number: str) -> None:
    words = words_of([("number", number)])
    assert words.text is not None
    assert len(words.packed) < 15
