# SPDX-License-Identifier: Apache-2.0
"""Rules on new IDs, alone and together."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from SlicerDeidLib.identity.newids import FORBIDDEN, holds_original
from SlicerDeidLib.identity.subjects import MapRow, check_map, check_new_id


def rows(*entries):
    return [MapRow(*entry[:2], entry[2] if len(entry) > 2 else "", f"row {n}") for n, entry in enumerate(entries, 2)]


def found(*entries):
    return [(problem.severity, problem.where) for problem in check_map(rows(*entries))]


@pytest.mark.parametrize(
    "new", ["A", "HEAD-001", "sub 01", "a.b", "x" * 64, "COM", "COMA1", "CONSOLE", "Nullify", "(1)"]
)
def test_plain_ids_are_accepted(new):
    assert check_new_id(new) is None


@pytest.mark.parametrize(
    "new",
    ["", " ", "x" * 65, "Müller", "a\tb", "a\nb", "a\x7f", "a\0", "a.", "a ", " a", ".", ".."]
    + ["CON", "con", "nul.txt", "COM1", "lpt9.x.y", "AUX .z", "CONIN$", "PRN"]
    + [f"a{character}b" for character in '\\/:*?"<>|^='],
)
def test_ids_that_break_a_file_system_or_dicom_are_refused(new):
    reason = check_new_id(new)
    assert reason is not None
    assert len(new.strip()) < 2 or new not in reason


@settings(deadline=None)
@given(st.text(max_size=70))
def test_an_accepted_id_is_a_plain_name(new):
    if check_new_id(new) is None:
        assert 0 < len(new) <= 64
        assert set(new) <= set(string.printable) - set(FORBIDDEN) - set("\t\n\r\x0b\x0c")
        assert new[-1] not in " ."


@pytest.mark.parametrize(
    ("new", "original"),
    [
        ("DOE_JOHN", "DOE^JOHN"),
        ("sub-doe john-1", "Doe^John"),
        ("S0012345", "0012345"),
        ("A-12", "12"),
        ("1", "1"),
        ("MÜLLER", "mu\u0308ller"),
        ("x-a.b", "a.b"),
        ("MULLER-1", "Müller^Änne"),
        ("MUELLER", "Müller^Änne"),
        ("Anne-Mueller", "Müller^Änne"),
        ("MULLER", "MUELLER^ANNE"),
        ("Angstroem-2", "Ångström"),
        ("SORENSEN", "Sørensen"),
        ("SOERENSEN", "Sørensen"),
        ("lukasz", "ŁUKASZ"),
        ("Isik", "IŞIK"),
        ("Isik", "Işık"),
        ("WEISS", "Weiß"),
        ("Djokovic1", "Đoković^Ana"),
        ("aero", "Ærø"),
        ("LECOEUR", "Lecœur"),
        ("Nguyen-7", "Nguyễn"),
        ("doe-1", "DOE^JOHN"),
        ("X-JOHN", "Doe, John"),
        *(("H-1234567", "001-23-4567"), ("ID-1234567", "MRN 123-4567"), ("ID-123456789", "SSN 123-45-6789")),
        *(("H-12345", "12345-1"), ("H-17081951", "Smith 19510817"), ("B-510817", "Smith_17.08.1951")),
        *((new, "19510817") for new in ("H-17Aug1951", "H-1951-8-17", "17-8-51", "Aug 17th, 1951", "1951AUG17")),
        *((new, "19510817") for new in ("H-1951817", "1-17_08_1951", "17 aout 51", "8-17-1951")),
    ],
)
def test_an_original_inside_a_new_id_is_seen(new, original):
    assert holds_original(new, original)


@pytest.mark.parametrize(
    ("new", "original"),
    [
        *(("HEAD-001", "1"), ("HEAD-012", "12"), ("A-1", ""), ("A-1", "^"), ("A", "DOE")),
        *(("DO-1", "DOE"), ("DOCTOR-1", "DOE^JOHN"), ("MAJOR", "Joe"), ("J-01", "DOE^J"), ("HEAD-1", "HEAD_CT_7")),
        *(("김-1", "김철수"), ("가까운", "가"), ("H-1951-8-18", "19510817"), ("H-0817", "19510817")),
        *(("HEAD-2024-01", "001-23-4567"), ("STUDY-1951", "19510817"), ("A-17-8", "17-08-51")),
    ],
)
def test_a_new_id_without_the_original_passes(new, original):
    assert not holds_original(new, original)


@settings(deadline=None)
@given(st.text(string.ascii_letters + string.digits, min_size=3, max_size=20), st.text("-_ab1", max_size=5))
def test_an_original_is_found_between_anything(original, around):
    assert holds_original(around + original.swapcase() + around, original)


def test_a_good_map_has_no_problem():
    assert found(("DOE^A", "H-1"), ("ROE^B", "H-2")) == []


def test_an_original_with_two_ids_is_an_error():
    assert found(("DOE^A", "H-1"), ("DOE^A", "H-2")) == [("error", "row 3")]


def test_a_row_twice_is_a_warning():
    assert found(("DOE^A", "H-1"), ("DOE^A", "H-1")) == [("warning", "row 3")]


def test_a_row_twice_with_two_subjects_is_an_error():
    assert ("error", "row 3") in found(("DOE^A", "H-1", "P"), ("DOE^A", "H-1", "Q"))


def test_originals_that_differ_by_case_only_are_an_error():
    assert found(("DOE^A", "H-1"), ("doe^a", "H-2")) == [("error", "row 3")]


def test_new_ids_that_differ_by_case_only_are_an_error():
    assert found(("DOE^A", "H-1"), ("ROE^B", "h-1")) == [("error", "row 3")]


def test_one_id_for_two_originals_is_for_the_headers_to_judge():
    assert found(("DOE^A", "H-1"), ("ROE^B", "H-1")) == [("warning", "row 3")]


def test_one_id_for_two_originals_of_one_subject_is_fine():
    assert found(("DOE^A", "H-1", "P"), ("ROE^B", "H-1", "P")) == []


@pytest.mark.parametrize("subjects", [("P", "Q"), ("P", ""), ("", "Q")])
def test_one_id_for_two_subjects_is_an_error(subjects):
    assert found(("DOE^A", "H-1", subjects[0]), ("ROE^B", "H-1", subjects[1])) == [("error", "row 3")]


def test_one_subject_with_two_ids_is_a_warning():
    assert found(("DOE^A", "H-1", "P"), ("ROE^B", "H-2", "P")) == [("warning", "row 3")]


def test_a_new_id_that_is_another_rows_original_is_an_error():
    assert found(("DOE^A", "H-1"), ("h-1", "K-7")) == [("error", "row 2")]


def test_a_new_id_that_contains_its_original_is_one_error():
    assert found(("0012345", "S0012345")) == [("error", "row 2")]
    assert found(("H-100", "H-100")) == [("error", "row 2")]


def test_a_new_id_that_a_serial_scan_would_get_is_an_error():
    entries = [("DOE^A", "H", "P"), ("DOE^B", "H", "P"), ("ROE^C", "H-2")]
    assert found(*entries) == [("error", "row 4")]


def test_half_rows_are_errors():
    assert found(("", "H-1"), ("DOE^A", "")) == [("error", "row 2"), ("error", "row 3")]


def test_problems_never_hold_an_original_or_a_new_id():
    entries = [("CANARY^A", "CANARYA/"), ("canary^a", "CANARY-2"), ("X", "CANARY^A"), ("Y", "canary-2", "CANARY")]
    problems = check_map(rows(*entries))
    assert len(problems) >= 4
    assert "canary" not in repr(problems).lower()


def test_a_large_map_is_checked_in_no_time():
    assert check_map(rows(*((f"DOE{n:06d}", f"H-{n + 30_000}") for n in range(20_000)))) == ()
