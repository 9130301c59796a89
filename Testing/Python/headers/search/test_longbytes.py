# SPDX-License-Identifier: Apache-2.0
"""Names, numbers and dates in bytes too long for expressions to go through."""

from __future__ import annotations

from random import Random
from time import process_time

import pytest
from SlicerDeidLib.headers.search.identifiers import words_of
from SlicerDeidLib.headers.search.longbytes import stands_in_long
from SlicerDeidLib.headers.search.sweep import _texts_in_bytes

LONG = 1 << 17  # bytes
SHOWN = [
    ("name", "Grünewald^Erika"), ("name", "Hoessen^Åse"), ("name", "Thorunn^Ueae"), ("name", "Featherstonehaugh^Jo"),
    ("number", "MRN-8837261"), ("number", "0077123456"), ("birth", "19500203"), ("place", "Quondam Hospital"),
]  # fmt: skip
HELD = [
    "grunewald", "GRUENEWALD", "Grünewald", "G r u n e w a l d", "xxGrune-Wald", "Grunewal ", "HOESSEN ", "hoeßen",
    " Þórunn", "thorunn", "FEATHERSTONEHAUG", "featherstone", "mrn8837261", "MRN 8837261", "8837261", "88 37 261",
    "0077123456", "77-123-456", "1950-02-03", "3.2.1950", "February 3, 1950", "03/02/50", "QUONDAM", "Quondam Hospital",
]  # fmt: skip
NOT_HELD = ["Green", "Gruenspan", "8837262", "1951-02-03", "hospital", "77123", "Feathe", "MRN"]


@pytest.mark.parametrize("text", HELD)
@pytest.mark.parametrize("codec", ["latin-1", "utf-16-le"])
def test_what_is_found_in_short_bytes_is_found_in_long_ones(text: str, codec: str) -> None:
    words = words_of(SHOWN)
    random = Random(text)
    for filling in (bytes(LONG), random.randbytes(LONG), b"oe h as1. " * (LONG // 10)):
        value = filling[: LONG // 2] + b"\n\0" + text.encode(codec) + b"\0\n" + filling[LONG // 2 :]
        expected = any(map(words.last_binary.stands_in, _texts_in_bytes(value)))
        assert stands_in_long(words.last_binary, value, _texts_in_bytes) is expected
        assert expected


@pytest.mark.parametrize("text", NOT_HELD)
def test_other_texts_are_not_found(text: str) -> None:
    value = bytes(LONG) + text.encode() + bytes(LONG)
    assert not stands_in_long(words_of(SHOWN).last_binary, value, _texts_in_bytes)


@pytest.mark.parametrize("seed", range(20))
def test_a_name_that_is_drawn_is_found_as_its_expression_finds_it(seed: int) -> None:
    random = Random(seed)
    name = "".join(random.choice("aaeeoouusshtnrl") for _ in range(random.randrange(6, 12)))
    words = words_of([("name", f"{name}^X")])
    spelled = "".join(letter + random.choice(["", "", "", "e", "-", " "]) for letter in name)
    value = bytes(LONG) + b"oas " + spelled.encode() + b" " + random.randbytes(LONG)
    expected = any(map(words.last_binary.stands_in, _texts_in_bytes(value)))
    assert stands_in_long(words.last_binary, value, _texts_in_bytes) is expected


def test_a_megabyte_takes_much_less_than_expressions_do() -> None:
    words = words_of(SHOWN).last_binary
    value = Random(1).randbytes(1 << 20)
    begin = process_time()
    assert not stands_in_long(words, value, _texts_in_bytes)
    between = process_time()
    assert not any(map(words.stands_in, _texts_in_bytes(value)))
    assert between - begin < 0.7 * (process_time() - between)  # a third of it, on a busy machine too
