# SPDX-License-Identifier: Apache-2.0
"""The table of what identifies against the dictionary of PS3.6."""

from __future__ import annotations

from pydicom.datadict import DicomDictionary, keyword_for_tag
from SlicerDeidLib.standard.identifying import _KINDS, NAMING_TAGS, SHOWN


def test_every_tag_has_the_keyword_that_the_standard_gives_it() -> None:
    pairs = [entry.split("=") for entries in _KINDS.values() for entry in entries.split()]
    assert [(tag, keyword_for_tag(tag)) for tag, _ in pairs] == [tuple(pair) for pair in pairs]


def test_every_person_name_of_the_standard_is_searched_for_as_a_name() -> None:
    assert {SHOWN.get(tag) for tag, entry in DicomDictionary.items() if entry[0] == "PN"} == {"name"}


def test_dates_name_nobody() -> None:
    assert {SHOWN[tag] for tag in SHOWN.keys() - NAMING_TAGS} == {"birth", "date"}
