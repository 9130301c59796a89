# SPDX-License-Identifier: Apache-2.0
"""Expressions that are compiled only where they may be found find what they found when all were compiled."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from SlicerDeidLib.headers.search import identifiers
from SlicerDeidLib.headers.search.identifiers import folded, words_of

KINDS = st.sampled_from(["name", "number", "place", "birth", "date", "label"])
LETTERS = st.text("aeousmlrn13 ^-.'äøßМü山田", max_size=14)
VALUES = LETTERS | st.sampled_from(
    ["Müller^Anna", "Oesser^Eva", "Aase^Saas", "MRN8837261", "19470413", "Featherstonehaugh^Li", "7741892", "山田^太郎"]
)
PIECES = st.sampled_from(
    ["mueller", "M U L L E R", "anna", "oeser", "saas", "aase", "13.04.47", "13 april 1947", "4/13/1947", "0774 1892",
     "mrn 8837261", "feathersto", "FEATHERSTONE-HAUGH", "li", "annamueller", "山田", "eva", "19470413101112",
     "1947年4月13"]
)  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(KINDS, VALUES), min_size=1, max_size=4), st.lists(PIECES | LETTERS, max_size=4))
def test_a_key_loses_nothing_that_its_expression_finds(shown: list[tuple[str, str]], pieces: list[str]) -> None:
    words = words_of(shown)
    for joint in ("", " ", "_"):
        text = folded(joint.join(pieces))
        for sought in (words.text, words.code, words.binary, words.last, words.last_binary, words.document):
            whole = [pattern for needle in sought.needles if (pattern := needle.compiled())]
            assert sought.stands_in(text) == any(pattern.search(text) for pattern in whole)
            spans = {match.span() for pattern in whole for match in pattern.finditer(text)}
            assert set(sought.spans(text)) == spans


def test_names_that_stand_in_no_text_are_never_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[object] = []
    monkeypatch.setattr(identifiers, "_compiled", compiled.append)
    words = words_of([("name", "Quondam^Zwolinski"), ("number", "5550198"), ("birth", "19470413")])
    assert not words.text.stands_in("ct head without contrast 5 mm")
    assert not compiled
