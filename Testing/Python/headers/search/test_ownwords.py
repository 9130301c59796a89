# SPDX-License-Identifier: Apache-2.0
"""Names with one letter wrong are found, wherever it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from SlicerDeidLib.headers.search.ownwords import OwnWords, is_misspelled

WORDS = st.text("abn", min_size=4, max_size=8)


@given(name=st.text("abn", min_size=5, max_size=8), word=WORDS, others=st.frozensets(WORDS, max_size=3))
def test_a_name_is_known_by_any_word_that_differs_in_one_letter(name: str, word: str, others: frozenset[str]) -> None:
    names = others | {name}
    one_letter_off = [one for one in names if len(one) >= 5 and is_misspelled(word, one)]
    is_plural = word.endswith("s") and word[:-1] in names
    assert OwnWords(names=names).is_name(word) == bool(word in names or is_plural or one_letter_off)


@given(name=st.text("abcde", min_size=5, max_size=9), data=st.data())
def test_a_letter_left_out_added_or_replaced_is_noticed(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(name) - 1))
    for word in (name[:at] + name[at + 1 :], name[:at] + "x" + name[at:], name[:at] + "x" + name[at + 1 :], name + "x"):
        assert OwnWords(names=frozenset({name})).is_name(word)
