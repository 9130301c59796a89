# SPDX-License-Identifier: Apache-2.0
"""Invented values: valid, never blank, the same for the same original, and nothing of the patient's own."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.config import RAISE
from pydicom.valuerep import validate_value
from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.policy import PSEUDONYM_VRS

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
PAIRS = [(kind, vr) for kind, vrs in PSEUDONYM_VRS.items() for vr in sorted(vrs)]
INVENTED = re.compile(r"Fict|9900|19\d{8}$|FICT|18[1-5]\d[01]\d[0-3]\d|.*\.101010$|2\.25\.")


def free(_part: str) -> bool:
    return False


def holder_of(*parts: str) -> Callable[[str], bool]:
    return lambda part: part.casefold() in parts


@pytest.mark.parametrize(("kind", "vr"), PAIRS)
@settings(deadline=None, max_examples=30)
@given(original=st.text(max_size=70))
def test_a_pseudonym_is_valid_for_its_vr_never_blank_and_recognisably_invented(
    kind: str, vr: str, original: str
) -> None:
    made = KeyedPseudonyms(KEY).invent(kind, original, vr, free)
    assert made.strip()
    assert made.isascii()
    validate_value(vr, made, RAISE)
    assert INVENTED.match(made) or original.startswith("1.2.840.10008.")


@pytest.mark.parametrize(("kind", "vr"), PAIRS)
def test_a_pseudonym_is_the_same_under_one_key_and_release_and_different_under_others(kind: str, vr: str) -> None:
    def make(original: str, key: bytes = KEY, release: str = "") -> str:
        return KeyedPseudonyms(key, release).invent(kind, original, vr, free)

    originals = [f"1.2.826.0.1.{number}" for number in range(30)]
    first = [make(original) for original in originals]
    assert first == [make(original) for original in originals]
    assert len(set(first)) > 25
    for others in ([make(o, OTHER_KEY) for o in originals], [make(o, release="second") for o in originals]):
        assert sum(a == b for a, b in zip(first, others, strict=True)) <= 1


def test_ids_of_many_originals_do_not_meet() -> None:
    pseudonyms = KeyedPseudonyms(KEY)
    for kind in ("ID_NUMERICAL", "ID_ALPHANUMERICAL"):
        assert len({pseudonyms.invent(kind, str(number), "LO", free) for number in range(5000)}) == 5000


def test_a_part_that_is_the_patients_own_is_replaced_by_another() -> None:
    pseudonyms = KeyedPseudonyms(KEY)
    first = pseudonyms.invent("FULL_NAME", "smith^john", "PN", free)
    family, given_name = first.casefold().split("^")
    for own in (family, given_name):
        other = pseudonyms.invent("FULL_NAME", "smith^john", "PN", holder_of(own))
        assert own not in other.casefold().split("^")


def test_a_province_that_is_the_patients_own_gives_way_to_another_or_to_none() -> None:
    pseudonyms = KeyedPseudonyms(KEY)
    for number in range(40):
        name, _, province = pseudonyms.invent("LOCATION_CA", str(number), "LO", holder_of("bc", "on")).partition(", ")
        assert name.startswith("Ficte")
        assert province not in ("BC", "ON", "")
    assert pseudonyms.invent("LOCATION_BC", "1", "LO", free).endswith(", BC")
    assert "," not in pseudonyms.invent("LOCATION_BC", "1", "LO", holder_of("bc"))


def test_a_kind_of_house_that_is_the_patients_own_gives_way_to_another() -> None:
    pseudonyms = KeyedPseudonyms(KEY)
    made = {pseudonyms.invent("HEALTH_INSTITUTION_CA", str(n), "LO", holder_of("hospital")) for n in range(40)}
    assert not any("Hospital" in one for one in made)
    assert all(re.fullmatch(r"Ficti[a-z]{6} (Infirmary|Sanatorium|Clinic)", one) for one in made)


def test_a_time_that_is_the_mark_itself_gets_the_other_mark() -> None:
    made = KeyedPseudonyms(KEY).invent("TIME", "101010", "TM", holder_of("101010"))
    assert made.endswith(".010101")
    validate_value("TM", made, RAISE)


def test_where_every_value_holds_something_of_the_patient_the_series_is_refused() -> None:
    with pytest.raises(SeriesRefused, match="no pseudonym of the class SURNAME"):
        KeyedPseudonyms(KEY).invent("SURNAME", "x", "PN", lambda part: True)
