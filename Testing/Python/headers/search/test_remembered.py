# SPDX-License-Identifier: Apache-2.0
"""Names, numbers and places of which only digests are known."""

from __future__ import annotations

import hashlib

import pytest
from SlicerDeidLib.headers.search.remembered import Remembered, forms_of
from SlicerDeidLib.headers.search.sweep import CODE, RAW, TEXT, Sweeper


def _mark(form: str) -> bytes:
    return hashlib.blake2b(form.encode(), digest_size=5, key=b"k").digest()


def _known(*values: tuple[str, str]) -> Remembered:
    return Remembered(frozenset(_mark(form) for kind, value in values for form in forms_of(kind, value)), _mark)


NAMED = _known(
    ("name", "Grünewald^Jörg"), ("name", "Li^Na"), ("name", "Weeks^Mary"), ("name", "Nguyen^Bao"),
    ("name", "山田^太郎"), ("number", "MRN-0088372"), ("number", "0077123"), ("place", "Quondam Hospital"),
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "grunewald", "GRUENEWALD", "Grünewald", "DrGrunewald", "GRUNE-WALD", "Grunewal", "joerg", "li na", "na, li",
        "weeks", "WEEKS2",
        "N G U Y E N", "CT N_G_U_Y_E_N B", "w e e k s",
        "山田", "山田太郎", "mrn0088372", "MRN 0088372", "88372", "(77123)", "quondam",
    ],
)  # fmt: skip
def test_what_is_remembered_is_found_in_a_text_in_the_usual_spellings(text: str) -> None:
    family = Sweeper((), remembered=NAMED).family(())
    assert family.holds(text.encode(), b"ISO_IR 192", TEXT)


@pytest.mark.parametrize(
    "text",
    [
        "H30s",
        "A B C D E F",
        "n g u y e",
        "SOMATOM Definition AS+",
        "syngo CT VB20A",
        "*tfl3d1_ns",
        "hospital",
        "head",
        "green",
        "8837",
        "na",
    ],
)
def test_other_texts_stay(text: str) -> None:
    family = Sweeper((), remembered=NAMED).family(())
    assert not family.holds(text.encode(), b"ISO_IR 192", TEXT)
    assert not family.holds(text.encode(), b"ISO_IR 192", CODE)


def test_a_name_that_is_vocabulary_goes_from_a_cleaned_text() -> None:
    cleaner = Sweeper((), remembered=NAMED).family(()).cleaner
    assert cleaner.cleaned(b"CT head weeks", b"", "LO") == b"CT head"
    assert Sweeper(()).family(()).cleaner.cleaned(b"CT head weeks", b"", "LO") == b"CT head weeks"


def test_a_number_that_is_a_value_by_itself_is_found_written_and_in_bytes() -> None:
    family = Sweeper((), remembered=NAMED).family(())
    assert [family.holds_written(value) for value in (b"77123 ", b"1\\77123", b"77124")] == [True, True, False]
    assert [family.holds_packed("UL", value.to_bytes(4, "little")) for value in (77123, 77124)] == [True, False]
    assert family.holds(b"\1\2xx Grunewald xx\xff", b"", RAW)
    assert not family.holds(b"\1\2xx harmless xx\xff", b"", RAW)


def test_nothing_is_looked_for_where_nothing_is_remembered() -> None:
    assert not Remembered()
    assert not Remembered().stands_in("grunewald")
