# SPDX-License-Identifier: Apache-2.0
"""The audit finds names in character sets that the header does not declare."""

from __future__ import annotations

from itertools import product

import pydicom
import pytest
from SlicerDeidLib.verification.audit import audit
from SlicerDeidLib.verification.foreign import foreign_names, foreign_spellings, is_syllabic, joined_names
from SlicerDeidLib.verification.vocabulary import is_vocabulary

WRITTEN = ("utf_8", "shift_jis", "euc_jp", "euc_kr", "big5", "gb18030", "utf_16_le", "utf_16_be")
NAMES = [
    ("斎藤^健", "患者 斎藤 様"),
    ("林^健", "患者林健"),
    ("陳^大文", "病人陳大文"),
    ("홍^길동", "환자 길동 님"),
    ("Иванова^Анна", "снимок ИВАНОВА"),
    ("Łuczak^Jan", "dla ŁUCZAK"),
]
PLACE = ("error", "values", "(0018,1030)")


def write(path, tag, vr, value, charset=b"ISO_IR 100"):
    """Put bytes into a file, under a character set that does not fit them."""
    dataset = pydicom.dcmread(path)
    stand_in = "Q" * (len(value) + len(value) % 2)
    dataset.SpecificCharacterSet = "ISO_IR 100"
    dataset.add_new(tag, vr, stand_in)
    dataset.save_as(path)
    data = path.read_bytes().replace(stand_in.encode(), value.ljust(len(stand_in)))
    path.write_bytes(data.replace(b"ISO_IR 100", charset.ljust(10)))


def finds(case, name, text, charset=b"ISO_IR 100"):
    for path in case.original.rglob("*.dcm"):
        write(path, 0x00100010, "PN", name, charset)
    write(case.file(), 0x00181030, "LO", text, charset)
    findings = audit(case.out, original=case.original).findings
    return any((f.severity, f.check, f.tag) == PLACE and "of the original" in f.message for f in findings)


def written(text, codecs=WRITTEN):
    made = {}
    for codec in codecs:
        try:
            made[codec] = text.encode(codec)
        except UnicodeEncodeError:
            continue
    return made


@pytest.mark.parametrize(("name", "text"), NAMES)
def test_a_name_in_one_character_set_is_found_in_any_other(case, name, text):
    pairs = list(product(written(name).items(), written(text, WRITTEN[:2] + WRITTEN[3:4] + WRITTEN[5:7]).items()))
    missed = [(a, b) for (a, value), (b, held) in pairs if not finds(case, value, held)]
    assert len(pairs) >= 16
    assert missed == []


@pytest.mark.parametrize("charset", [b"", b"ISO_IR 192", b"GB18030"])
def test_it_is_found_whatever_the_header_declares(case, charset):
    assert finds(case, "홍^길동".encode("euc_kr"), "환자 길동".encode("utf_16_le"), charset)


def test_two_characters_are_a_name_in_its_own_character_set_too(case):
    assert finds(case, "王^小东".encode(), "患者小东".encode(), b"ISO_IR 192")


def test_the_bytes_of_a_name_are_found_when_nobody_knows_their_character_set(case):
    assert finds(case, "สมชาย^ใจดี".encode("tis_620"), "ผู้ป่วย สมชาย".encode("tis_620"))


@pytest.mark.parametrize("text", ["Kopf für Müller", "crâne sans contraste", "頭部 造影", "голова нативно"])
def test_texts_of_other_words_are_no_finding(case, text):
    for name in ("Grünwald^Jörg", "斎藤^健"):
        for value in written(name, ("latin_1", "shift_jis", "utf_16_le")).values():
            assert not any(finds(case, value, held) for held in written(text, ("latin_1", *WRITTEN)).values())


LATIN = ["Müller^Jörg", "ÉLOÏSE^ANDRÉ", "Öğüt^Çağla", "Ñuñez^José", "SØRENSEN^ÅSE", "Zoë^Ä", "Smith^John"]


@pytest.mark.parametrize("name", LATIN)
def test_a_latin_name_reads_as_no_other(name):
    texts = [text for codec in ("latin_1", "cp1254", "utf_8") for text in foreign_names(name.encode(codec, "replace"))]
    assert not [word for text in texts for word in text.split("^") if len(word) > 1 and not word.isascii()]


def test_bytes_that_look_like_a_short_ascii_word_are_not_looked_for():
    assert "山田".encode("utf_16_le").isascii()
    assert "山田".encode("utf_16_le") not in list(foreign_spellings("山田"))
    assert "山田太郎".encode("utf_16_le") in list(foreign_spellings("山田太郎"))
    assert list(foreign_spellings("Smith")) == []


def test_names_without_spaces_are_joined_in_both_orders():
    assert list(joined_names("Hong^Gildong=洪^吉洞=홍^길동")) == ["洪吉洞", "吉洞洪", "홍길동", "길동홍"]


def test_one_or_two_characters_are_a_name_only_where_they_can_be_one():
    assert is_syllabic("山田")
    assert not is_syllabic("Öl")
    assert is_vocabulary("Öl")
    assert not is_vocabulary("山田")
