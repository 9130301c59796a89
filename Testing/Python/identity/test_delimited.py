# SPDX-License-Identifier: Apache-2.0
"""Maps as .csv and .tsv: encodings, delimiters, protected zeros, DICAT's table."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from SlicerDeidLib.errors import MapError
from SlicerDeidLib.identity.subjects import check_map, clean, read_map

HEAD = "Accession_number,De-identification_ID\n"


def write(tmp_path, content, name="map.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def pairs(path):
    return [(row.old, row.new) for row in read_map(path).rows]


def refusal(path):
    with pytest.raises(MapError) as caught:
        read_map(path)
    return caught.value.reason


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_encodings_and_delimiters_are_told_apart(tmp_path, encoding, delimiter, line_end):
    lines = [("Accession_number", "New_ID"), ("Møller", "A-1"), ("Ünal, Ö", "A-2")]
    if delimiter == ",":
        lines[2] = ('"Ünal, Ö"', "A-2")
    text = line_end.join(delimiter.join(fields) for fields in lines)
    assert pairs(write(tmp_path, text.encode(encoding))) == [("Møller", "A-1"), ("Ünal, Ö", "A-2")]


def test_a_file_that_is_not_utf8_is_read_as_windows_1252_and_said(tmp_path):
    result = read_map(write(tmp_path, (HEAD + "Müller,A-1\n").encode("cp1252")))
    assert result.rows[0].old == "Müller"
    assert any("Windows-1252" in note for note in result.notes)


@pytest.mark.parametrize(
    "content", [b"Accession_number,New_ID\n\x81\x8d,A-1\n", b"\0\x01\0\x03\x04\0" * 99, b"\xff\xfeA\0B", b"a,b\0\n"]
)
def test_an_encoding_that_cannot_be_told_is_refused(tmp_path, content):
    assert "CSV UTF-8" in refusal(write(tmp_path, content))


def test_a_tsv_may_hold_commas(tmp_path):
    path = write(tmp_path, "Accession_number\tNew_ID\nDoe, John\tA-1\n", "map.tsv")
    assert pairs(path) == [("Doe, John", "A-1")]


def test_excels_line_that_names_the_delimiter_is_followed(tmp_path):
    path = write(tmp_path, "\ufeffsep=|\r\nAccession_number|New_ID\r\nx,y;z|A-1\r\n")
    result = read_map(path)
    assert [(r.old, r.new, r.where) for r in result.rows] == [("x,y;z", "A-1", "line 3")]


@pytest.mark.parametrize("field", ['="0012345"', '"=""0012345"""', "0012345", '"0012345"', '  ="0012345" '])
def test_leading_zeros_stay_in_all_spellings(tmp_path, field):
    assert pairs(write(tmp_path, f"{HEAD}{field},A-1\n")) == [("0012345", "A-1")]


@pytest.mark.parametrize("field", ["1.23457E+11", "1E+15", "#N/A", "#REF!", "-1.5e+12"])
def test_values_that_a_spreadsheet_damaged_are_refused_with_line_and_column(tmp_path, field):
    reason = refusal(write(tmp_path, f"{HEAD}x,A-1\n{field},A-2\n"))
    assert "line 3, column 1" in reason
    assert field not in reason


def test_problems_say_line_and_column(tmp_path):
    problems = check_map(read_map(write(tmp_path, f"remark,{HEAD}r,x,A/1\nr,,A-2\n")).rows)
    assert [problem.where for problem in problems] == ["line 2, column 3", "line 3, column 2"]


def test_originals_that_only_spaces_told_apart_are_explained(tmp_path):
    (problem,) = check_map(read_map(write(tmp_path, f'{HEAD}ACC9,A-1\n"ACC9 ",A-2\n')).rows)
    assert problem.severity == "error"
    assert problem.where == "line 3, column 1"
    assert "line 2" in problem.message
    assert "spaces" in problem.message
    assert "ACC9" not in problem.message


def test_lines_are_counted_through_fields_of_several_lines(tmp_path):
    path = write(tmp_path, f'{HEAD}"a\nb",A-1\n\n#N/A,A-2\n')
    assert "line 5, column 1" in refusal(path)


def test_short_rows_and_empty_rows_are_borne(tmp_path):
    assert pairs(write(tmp_path, f"{HEAD}x\n,,\n\ny,A-2,extra\n")) == [("x", ""), ("y", "A-2")]


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ('"x,A-1\ny,A-2\n', 2),
        ('y,A-2\nx,"A-1\n', 3),
        ('y,A-2\n\n"x,A-1\n"z",A-3\n', 4),
        ('"x" y,A-1\n', 2),
        ('"x,A-1\n' + "y,A-2\n" * 30_000, 2),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_quotation_mark_that_is_not_closed_is_said_with_its_line(tmp_path, rows, line, delimiter):
    reason = refusal(write(tmp_path, (HEAD + rows).replace(",", delimiter)))
    assert f"line {line} a field begins with a quotation mark that is not closed" in reason


def test_a_quotation_mark_that_is_not_closed_in_the_headers_is_said(tmp_path):
    assert "line 1 a field begins with" in refusal(write(tmp_path, '"Accession_number,New_ID\nx,A-1\n'))


def test_a_text_without_ends_of_lines_is_no_table(tmp_path):
    assert "cannot be read as a table" in refusal(write(tmp_path, "x" * 200_000))


def test_a_quotation_mark_inside_a_field_is_a_letter(tmp_path):
    assert pairs(write(tmp_path, HEAD + 'x "5",A-1\n')) == [('x "5"', "A-1")]


def test_a_csv_without_the_headers_is_refused(tmp_path):
    assert "--map-columns" in refusal(write(tmp_path, "a,b\nx,A-1\n"))


@pytest.mark.parametrize("content", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path, content):
    refusal(write(tmp_path, content))


def test_dicats_table_without_headers_is_read(tmp_path):
    content = "'/data/in/DOE_1','S01','1957-04-12','M'\nC:\\in\\ROE_2,S02,,F\nPOE_3/,S03,19800102,\n"
    result = read_map(write(tmp_path, content))
    assert [(r.old, r.new, r.where) for r in result.rows] == [
        ("DOE_1", "S01", "line 1"),
        ("ROE_2", "S02", "line 2"),
        ("POE_3", "S03", "line 3"),
    ]
    assert [(r.birth_date, r.sex) for r in result.rows] == [("19570412", "M"), ("", "F"), ("19800102", "")]
    assert any("DICAT" in note for note in result.notes)


def test_a_date_of_birth_of_dicats_table_that_is_no_day_is_refused(tmp_path):
    assert "line 2" in refusal(write(tmp_path, "DOE_1,S01,1957-04-12,M\nROE_2,S02,1957-02-30,F\n"))


def test_four_columns_that_are_not_dicats_are_not_guessed(tmp_path):
    refusal(write(tmp_path, "a,b,c,d\n1,2,3,4\n"))


def test_dicats_headers_are_known(tmp_path):
    path = write(tmp_path, "DCM_DIR,Pname,Sex,DOB\nDOE_1,S01,M,1957-04-12\n")
    assert pairs(path) == [("DOE_1", "S01")]
    assert [(row.birth_date, row.sex) for row in read_map(path).rows] == [("19570412", "M")]


def test_birth_dates_of_other_tables_are_not_written(tmp_path):
    path = write(tmp_path, "Accession_number,De-identification_ID,DOB,Sex\nDOE_1,S01,1957-04-12,M\n")
    assert [(row.birth_date, row.sex) for row in read_map(path).rows] == [("", "")]


field_text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)


def _survives(text):
    return clean(text) and not text.startswith(("#", "=")) and "E+" not in text.upper()


@settings(deadline=None, max_examples=150)
@given(
    rows=st.lists(
        st.tuples(field_text.filter(_survives), st.from_regex(r"[A-D]-[0-9]{1,4}", fullmatch=True)), min_size=1
    ),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_the_csv_module_writes_is_read_back(rows, delimiter, encoding):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([("Accession_number", "New_ID"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.csv"
        path.write_bytes(text.getvalue().encode(encoding))
        assert pairs(path) == [(clean(old), new) for old, new in rows]


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300), st.sampled_from(["map.csv", "map.tsv", "map.xlsx"]))
def test_any_bytes_are_read_or_refused_in_a_sentence(content, name):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            read_map(path)
        except MapError as error:
            assert error.reason.endswith(".")  # noqa: PT017 - any other error fails the test
