# SPDX-License-Identifier: Apache-2.0
"""The clinical vocabulary: made from its sources as they stand, and no list of names."""

from __future__ import annotations

import json
from importlib import resources

import build_vocabulary
import pytest
from SlicerDeidLib.standard.tables import checksum_of
from SlicerDeidLib.standard.vocabulary import vocabulary

WORDS = vocabulary()


def test_the_table_is_what_its_sources_give_and_names_them() -> None:
    assert build_vocabulary.main(["--check"]) == 0
    text = resources.files("SlicerDeidLib.standard").joinpath("data", "vocabulary.json").read_text(encoding="utf-8")
    table = json.loads(text)
    assert table["sha256"] == checksum_of(table["data"])
    assert "pydicom" in table["source"]
    assert table["edition"]
    assert table["licence"]


def test_a_table_that_differs_is_named(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build_vocabulary.main(["--check", "--target", str(tmp_path)]) == 1
    assert "vocabulary.json" in capsys.readouterr().err


def test_no_word_stands_in_two_lists() -> None:
    lists = [WORDS.words, WORDS.anatomy, WORDS.adjectives, WORDS.others, WORDS.excluded]
    assert sum(map(len, lists)) == len(frozenset().union(*lists))
    assert not WORDS.words & WORDS.eponyms


@pytest.mark.parametrize("word", sorted(WORDS.words | WORDS.in_context | WORDS.eponyms)[::50])
def test_words_are_folded(word: str) -> None:
    assert word == build_vocabulary.folded(word)
    assert word.isalnum()


def test_frequent_names_are_no_plain_words() -> None:
    names = """
        smith johnson williams brown jones miller davis wilson anderson taylor thomas moore martin jackson white harris
        ho wu ma fu chi li xu an he may young ng yu hu lu su mi kim lee park choi do le my so she james mary john
        patricia robert linda mark carol ray rose grace iris art pat bill will may june april march august carina
        victoria
    """
    assert not set(names.split()) & WORDS.words


def test_words_that_radiology_needs_are_there() -> None:
    words = "head hand foot bone neck brain chest thorax axial flair sdh fall rule contrast routine mpr cor std kernel"
    assert set(words.split()) <= WORDS.words | WORDS.in_context
