# SPDX-License-Identifier: Apache-2.0
"""The byte search finds exactly what Python's own search finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from SlicerDeidLib.verification.search import Needles

LETTERS = st.lists(st.sampled_from(b"abAB.1"), max_size=14).map(bytes)


@hypothesis_settings(deadline=None)
@given(st.lists(LETTERS, max_size=12), st.lists(st.sampled_from(b"abAB.1"), max_size=200).map(bytes))
def test_every_place_of_every_string_is_found(strings, data):
    needles: Needles[int] = Needles()
    for number, string in enumerate(strings):
        needles.add(string, number)
    lowered = data.lower()
    expected = {
        (place, string.lower())
        for string in strings
        if len(string) >= 4
        for place in range(len(data))
        if lowered.startswith(string.lower(), place)
    }
    assert set(needles.find(data)) == expected


def test_the_last_label_of_a_string_stays_and_case_is_ignored():
    needles: Needles[str] = Needles()
    needles.add(b"Miller", "first")
    needles.add(b"MILLER", "second")
    assert len(needles) == 1
    assert needles.known(b"mILLER") == "second"
    assert [needles.label(found) for _, found in needles.find(b"x millER y")] == ["second"]


def test_short_strings_can_be_left_out():
    needles: Needles[str] = Needles()
    needles.add(b"abcd", "short")
    needles.add(b"abcdefgh", "long")
    assert [found for _, found in needles.find(b"abcdefgh", shortest=8)] == [b"abcdefgh"]


def test_strings_added_later_are_found_too():
    needles: Needles[str] = Needles()
    needles.add(b"abcd", "a")
    assert list(needles.find(b"wxyz")) == []
    needles.add(b"wxyz", "b")
    assert list(needles.find(b"wxyz")) == [(0, b"wxyz")]
