# SPDX-License-Identifier: Apache-2.0
"""Names in character sets that no header declares are known and found, and Latin ones are not taken for such."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from SlicerDeidLib.headers.charset import codecs_of
from SlicerDeidLib.headers.search.undeclared import (
    LATIN_LETTERS,
    OTHER_LETTERS,
    Encoded,
    encoded_of,
    latin_readings,
    undeclared_readings,
)
from SlicerDeidLib.model.element import Element

WRITTEN = ("utf_8", "shift_jis", "euc_jp", "euc_kr", "big5", "gb18030", "utf_16_le", "utf_16_be")
NAMES = [
    ("山田^太郎", "頭部 山田 様"),
    ("林^健", "患者林健"),
    ("王^小东", "患者小东头部"),
    ("陳^大文", "病人陳大文"),
    ("홍^길동", "환자 길동 님"),
    ("Иванова^Анна", "снимок ИВАНОВА"),
    ("Łuczak^Jan", "dla ŁUCZAK"),
    ("Grunewald^Otto", "GRUNEWALD CT"),
]
DECLARED = [b"", b"ISO_IR 100", b"ISO_IR 192", b"GB18030"]


def is_writable(text: str, codec: str) -> bool:
    try:
        return bool(text.encode(codec))
    except UnicodeEncodeError:
        return False


def is_swept(through: Callable, ct: Dataset, charset: bytes, name: bytes, text: bytes) -> bool:
    planted = {0x00100010: ("PN", name), 0x00081090: ("LO", text)} | ({0x00080005: ("CS", charset)} if charset else {})
    result = through(
        ct,
        "research",
        plant=lambda elements: elements.update({tag: Element(tag, vr, value) for tag, (vr, value) in planted.items()}),
    )
    assert result.leaks == []
    return text not in result.data


@pytest.mark.parametrize("charset", DECLARED)
@pytest.mark.parametrize(("name", "text"), NAMES)
def test_a_name_in_one_character_set_is_swept_from_a_text_in_any_other(
    charset: bytes, name: str, text: str, ct: Dataset, through: Callable
) -> None:
    pairs = [(a, b) for a, b in product(WRITTEN, WRITTEN) if is_writable(name, a) and is_writable(text, b)]
    assert len(pairs) >= 16
    missed = [(a, b) for a, b in pairs if not is_swept(through, ct, charset, name.encode(a), text.encode(b))]
    assert missed == []


@pytest.mark.parametrize("codec", WRITTEN[1:])
def test_a_name_that_one_group_shows_rightly_is_swept_where_it_is_not_declared(
    codec: str, ct: Dataset, through: Callable
) -> None:
    name = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"  # PS3.5 H.3.1
    text = "山田太郎" if is_writable("山田太郎", codec) else "山田"
    if is_writable(text, codec):
        assert is_swept(through, ct, b"\\ISO 2022 IR 87", name, text.encode(codec))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("สมชาย^ใจดี".encode("tis_620"), "ผู้ป่วย สมชาย".encode("tis_620")),
        ("علي حسن".encode("cp1256"), "علي".encode("cp1256") + b" CT " + "حسن".encode("cp1256")),
        ("Παπαδόπουλος^Α".encode("cp1253"), "κ. Παπαδόπουλος".encode("cp1253")),
    ],
)
def test_the_bytes_of_a_name_count_when_nobody_knows_their_character_set(
    name: bytes, text: bytes, ct: Dataset, through: Callable
) -> None:
    assert is_swept(through, ct, b"ISO_IR 100", name, text)


ONE_BYTE = [
    ("Иванова^Анна", "снимок {}", ["utf_8", "cp1251", "iso8859_5", "koi8_r", "cp866", "mac_cyrillic", "utf_16_le"]),
    ("Παπαδόπουλος^Νίκος", "κ. {}", ["utf_8", "cp1253", "iso8859_7"]),
    ("שרון^דבורה", "{} CT", ["utf_8", "cp1255", "iso8859_8", "cp862"]),
    ("حسن^علياء", "{} CT", ["utf_8", "cp1256", "iso8859_6"]),
    ("สมชาย^ใจดี", "{} CT", ["utf_8", "cp874"]),
    ("Müßler^Jürgen", "Kopf {}", ["utf_8", "cp1252", "cp850", "mac_roman"]),
    ("Żółciński^Łucja", "dla {}", ["utf_8", "cp1250", "iso8859_2", "cp852"]),
    ("Öğütçü^Çağlayan", "{} BT", ["utf_8", "cp1254", "cp857"]),
    ("Bērziņš^Žaņete", "{} CT", ["utf_8", "cp1257", "iso8859_4", "cp775"]),
    ("山田^太郎", "{} CT", ["utf_8", "shift_jis", "euc_jp"]),
    ("홍^길동", "환자 {}", ["utf_8", "euc_kr", "johab", "iso2022_kr"]),
]
WRONG = [*DECLARED, b"ISO_IR 144"]


@pytest.mark.parametrize("charset", WRONG)
@pytest.mark.parametrize(("name", "template", "codecs"), ONE_BYTE, ids=lambda one: one if isinstance(one, str) else "")
def test_no_readable_byte_of_a_name_is_left_whatever_is_declared(
    charset: bytes, name: str, template: str, codecs: list[str], ct: Dataset, through: Callable
) -> None:
    family, given_name = name.split("^")
    left = []
    for number, (written, read) in enumerate(product(codecs, codecs)):
        who = (f"{given_name} {family}", family.upper() + given_name)[number % 2]
        parts = [part for part in who.encode(read).split(b" ") if len(part) > 2 and not part.isascii()]
        planted = {0x00100010: ("PN", name.encode(written)), 0x00080005: ("CS", charset)}
        planted |= {tag: ("LO", template.format(who).encode(read)) for tag in (0x00081090, 0x0008103E)}
        elements = {tag: Element(tag, vr, value) for tag, (vr, value) in planted.items() if value}
        result = through(ct, "research", plant=lambda found, elements=elements: found.update(elements))
        if result.leaks or any(part in result.data for part in parts):
            left.append((written, read))
    assert left == []


def test_bytes_that_read_as_an_accented_abbreviation_are_no_vocabulary(ct: Dataset, through: Callable) -> None:
    text = "太郎".encode("euc_jp")  # in Latin-2 the letters of ARDS, all with accents
    plant = {0x00080005: ("CS", b"ISO_IR 101"), 0x0008103E: ("LO", text)}
    made = {tag: Element(tag, vr, value) for tag, (vr, value) in plant.items()}
    assert text not in through(ct, "research", plant=lambda elements: elements.update(made)).data


@pytest.mark.parametrize(("charset", "text"), [(b"ISO_IR 100", "Kopf, Größe 5"), (b"ISO_IR 192", "Kopf, Größe 5")])
def test_a_kept_text_that_reads_well_as_declared_stays(
    charset: bytes, text: str, ct: Dataset, through: Callable
) -> None:
    value = text.encode("utf_8" if charset == b"ISO_IR 192" else "latin_1")
    plant = {0x00080005: Element(0x00080005, "CS", charset), 0x00081090: Element(0x00081090, "LO", value)}
    assert value in through(ct, "research", plant=lambda elements: elements.update(plant)).data


@pytest.mark.parametrize(("codec", "name"), [("cp850", "Müßler^J"), ("cp1254", "Öğüt^Ş"), ("mac_roman", "Zoë^Å")])
def test_a_latin_name_is_read_in_the_character_sets_that_nobody_declares(codec: str, name: str) -> None:
    assert name in latin_readings(name.encode(codec))
    assert latin_readings(name.encode()) == ()


def test_utf_8_that_was_written_twice_is_read() -> None:
    twice = "Müller^Öznur".encode().decode("cp1252").encode()
    assert undeclared_readings(twice, codecs_of(b"ISO_IR 192")) == ("Müller^Öznur",)
    assert encoded_of(["Müller"], []).stands_in(b"Kopf " + twice)


def test_a_name_in_a_folders_own_characters_is_swept_too(ct: Dataset, through: Callable) -> None:
    text = "頭部 山田".encode("shift_jis")
    ct.PatientName = "Other^Name"
    plant = {0x00081090: Element(0x00081090, "LO", text)}
    result = through(ct, "research", plant=lambda e: e.update(plant), identifiers=frozenset({"山田_太郎 2019"}))
    assert text not in result.data


@pytest.mark.parametrize("codec", ["shift_jis", "utf_16_le"])
def test_bytes_that_are_kept_are_searched_for_them(
    codec: str, ct: Dataset, through: Callable, policy_of: Callable
) -> None:
    block = ct.private_block(0x0029, "MAKER", create=True)
    block.add_new(0x01, "OB", b"\1\2" + "山田太郎".encode(codec) + b"\3\4")
    block.add_new(0x02, "OB", b"\1\2harmless\3\4")
    ct.SpecificCharacterSet, ct.PatientName = "ISO_IR 192", "山田^太郎"
    result = through(ct, policy_of(("00100010", "X"), ("private", "K"), ("00291001", "K"), ("00291002", "K")))
    assert [hex(element.tag) for element in result.dataset if element.tag >> 16 == 0x0029] == ["0x290010", "0x291002"]
    assert result.leaks == []


LATIN = [
    "Müller^Jörg",
    "ÉLOÏSE^ANDRÉ",
    "Öğüt^Çağla",
    "Ñuñez^José",
    "SØRENSEN^ÅSE",
    "Škoda^Žižka",
    "Ä^Ö",
    "Zoë",
    "É. Dupré",
]


@pytest.mark.parametrize("name", LATIN)
@pytest.mark.parametrize("codec", ["latin_1", "cp1252", "cp1250", "cp1254", "utf_8"])
def test_a_latin_name_reads_as_no_other(name: str, codec: str) -> None:
    value = name.encode(codec, "replace")
    readings = undeclared_readings(value, codecs_of(b""))
    words = [word for reading in readings for word in reading.replace(".", " ").replace("^", " ").split()]
    assert not [word for word in words if len(word) > 1 and not word.isascii()]


def test_a_declared_set_of_other_letters_is_believed() -> None:
    value = "Анна^Иванова".encode("iso8859_5")
    assert undeclared_readings(value, codecs_of(b"ISO_IR 144")) == ()
    assert undeclared_readings(b"Smith^John", codecs_of(b"")) == ()


@pytest.mark.parametrize("text", ["Müller^Jörg", "Kopf nativ für Jörgensen", "crâne sans contraste, 5 mm", "Öl"])
def test_latin_texts_hold_no_name_of_other_characters(text: str) -> None:
    names = ["山田^太郎", "王^小东", "홍^길동", "林^健", "Иванова^Анна"]
    encoded = encoded_of(names, [name.encode(codec) for name in names for codec in ("utf_8", "gb18030")])
    assert not encoded.stands_in(text.encode("latin_1"))
    assert not encoded.stands_in(text.encode("utf_8"))


def test_a_short_name_that_utf_16_writes_in_ascii_is_not_searched_for_in_plain_text() -> None:
    encoded = encoded_of(["山田"], [])
    value = "山田".encode("utf_16_le")
    assert value.isascii()
    assert encoded.stands_in(b"\0" + value)
    assert not encoded.stands_in(b"a" + value)
    assert not encoded.stands_in(b"\0" + value, is_long=True)


def test_nothing_but_ascii_names_searches_for_nothing() -> None:
    assert encoded_of(["Smith^John", "van der Berg"], [b"Smith^John", b""]) == Encoded()
    assert "山" not in repr(encoded_of(["山田^太郎"], []))


LATIN_TEXT = st.text(st.characters(codec="latin_1", categories=["Ll", "Lu", "Nd", "Zs", "Po"]), max_size=30)


def reads_as(text: bytes, word: str) -> bool:
    """Say whether a text holds a word in any character set of one byte a letter."""
    codecs = (*LATIN_LETTERS, *OTHER_LETTERS)
    return any(word.casefold() in text.decode(codec, "replace").casefold() for codec in codecs)


@settings(deadline=None)
@example("\xa0\xa0\xa0", "\xa0\xa0\xa0")  # letters in character sets of DOS
@given(LATIN_TEXT, LATIN_TEXT)
def test_a_latin_name_costs_no_text_that_does_not_hold_its_bytes_or_letters(name: str, text: str) -> None:
    value, other = name.encode("latin_1"), text.encode("latin_1")
    readings = undeclared_readings(value, codecs_of(b""))
    if encoded_of([name, *readings], [value]).stands_in(other):
        has_bytes = any(part in other for part in (value[at : at + 4] for at in range(len(value) - 3)))
        words = (word for reading in (name, *readings) for word in re.findall(r"[^\W\d_]{3,}", reading))
        assert has_bytes or any(reads_as(other, word) for word in words)


@settings(deadline=None)
@given(st.binary(max_size=40), st.sampled_from([b"", b"ISO_IR 100", b"ISO_IR 144", b"ISO 2022 IR 87", b"GB18030"]))
def test_any_bytes_read_as_something_or_nothing(value: bytes, charset: bytes) -> None:
    assert all(undeclared_readings(value, codecs_of(charset)))


@pytest.mark.parametrize("fill", [b"\0", b"\xff"])
@pytest.mark.parametrize("codec", ["cp1251", "utf_16_le", "utf_16_be", "koi8_u"])
def test_a_name_is_found_wherever_it_stands_in_an_empty_value(codec: str, fill: bytes) -> None:
    encoded = encoded_of(["Александров^Владимир"], [])
    name = "Александров".encode(codec)
    for before in (0, 1, 1023, 1024, 1025, 5000):
        for behind in (0, 1, 1023, 1024, 1025, 5000):
            value = fill * before + name + fill * behind
            assert encoded.stands_in(value, is_long=True)
            assert not encoded.stands_in(value.replace(name[2:8], fill * 6), is_long=True)


def test_an_empty_value_is_searched_faster_than_once_for_each_spelling() -> None:
    encoded = encoded_of(["Александров^Владимир"], [])
    empty = bytes(1 << 23)

    def seconds(searched: Callable[[], bool]) -> float:
        started = time.process_time()
        assert not searched()
        return time.process_time() - started

    each = min(seconds(lambda: any(letters in empty for letters, _ in encoded.certain)) for _ in range(3))
    assert min(seconds(lambda: encoded.stands_in(empty, is_long=True)) for _ in range(3)) < each / 2
