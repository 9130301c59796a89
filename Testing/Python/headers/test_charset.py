# SPDX-License-Identifier: Apache-2.0
"""Texts are read as their character sets say, with pydicom as the oracle."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.charset import convert_encodings, encode_string, python_encoding
from SlicerDeidLib.headers.charset import codecs_of, decode, defined_terms, readings

SAMPLES = [
    ("ISO_IR 100", "Müller^Jürgen"),
    ("ISO_IR 101", "Żółć^Łukasz"),
    ("ISO_IR 144", "Люкceмбypг^Иван"),
    ("ISO_IR 126", "Διονυσιος"),
    ("ISO_IR 138", "שרון^דבורה"),
    ("ISO_IR 166", "นายสมชาย"),
    ("ISO_IR 13", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
    ("ISO_IR 192", "Wang^XiaoDong=王^小东"),
    ("GB18030", "王^小东"),
    ("GBK", "王^小东"),
    ("\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    ("ISO 2022 IR 13\\ISO 2022 IR 87", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎"),
    ("\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞=홍^길동"),
    ("ISO 2022 IR 100\\ISO 2022 IR 144", "Äneas^Люк"),
]


@pytest.mark.parametrize(("charset", "text"), SAMPLES)
def test_what_pydicom_writes_is_read_back(charset: str, text: str) -> None:
    encodings = convert_encodings(charset.split("\\") if "\\" in charset else charset)
    value = b"=".join(
        b"^".join(encode_string(part, encodings) for part in group.split("^")) for group in text.split("=")
    )
    assert decode(value, codecs_of(charset.encode())) == text
    assert text in readings(value, codecs_of(charset.encode()))


def test_the_chinese_example_of_the_standard_is_read() -> None:
    # PS3.5 K.2, which pydicom writes without its escape sequences
    value = b"Zhang^XiaoDong=\x1b$)A" + "张".encode("gb2312") + b"^\x1b$)A" + "小东".encode("gb2312") + b"="
    assert decode(value, codecs_of(b"\\ISO 2022 IR 58")) == "Zhang^XiaoDong=张^小东="


@pytest.mark.parametrize("term", sorted(python_encoding))
def test_every_defined_term_is_one(term: str) -> None:
    assert defined_terms(term.encode() + b" ") == (term,)


@pytest.mark.parametrize(
    ("value", "terms"),
    [
        (b"ISO IR 100", ("ISO_IR 100",)),
        (b"ISO-IR-192", ("ISO_IR 192",)),
        (b"iso_ir 192", ("ISO_IR 192",)),
        (b"ISO_2022_IR_87", ("ISO 2022 IR 87",)),
        (b"\\ISO 2022 IR 87\\GB18030", ("", "ISO 2022 IR 87")),
        (b"ISO_IR 192\\ISO 2022 IR 87", ("ISO_IR 192",)),
        (b"", ("",)),
        (b"CANARY", None),
        (b"ISO_IR 999", None),
        (b"ISO_IR 100\\CANARY", None),
        (b"\xff\xfe", None),
    ],
)
def test_misspelled_terms_are_put_right_and_others_refused(value: bytes, terms: tuple[str, ...] | None) -> None:
    assert defined_terms(value) == terms


def test_an_undeclared_text_is_read_as_latin_1_and_as_utf_8() -> None:
    assert "Müller" in readings("Müller".encode(), codecs_of(b""))
    assert "Müller" in readings("Müller".encode("latin_1"), codecs_of(b"ISO_IR 192"))


@settings(deadline=None)
@given(st.binary(max_size=40), st.sampled_from([term for term, _ in SAMPLES] + ["", "CANARY"]))
def test_any_bytes_read_as_something(value: bytes, charset: str) -> None:
    assert all(isinstance(text, str) for text in readings(value, codecs_of(charset.encode())))
