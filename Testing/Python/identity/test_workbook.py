# SPDX-License-Identifier: Apache-2.0
"""Maps that Excel, LibreOffice and scripts make, and ugly ones."""

from __future__ import annotations

import datetime
import io
import zipfile

import pytest
from openpyxl import Workbook
from openpyxl.styles import NamedStyle
from SlicerDeidLib.errors import MapError
from SlicerDeidLib.identity.subjects import check_map, read_map

HEADERS = ("Accession_number", "De-identification_ID")


def save(tmp_path, rows, name="map.xlsx", title="Map", shape=None):
    """Write a workbook of one sheet; ``shape`` may change it."""
    book = Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if shape:
        shape(book, sheet)
    book.save(tmp_path / name)
    return tmp_path / name


def pairs(path, **options):
    return [(row.old, row.new) for row in read_map(path, **options).rows]


def refusal(path, **options):
    with pytest.raises(MapError) as caught:
        read_map(path, **options)
    return caught.value.reason


def patch_sheet(path, *changes):
    """Change the bytes of the first sheet's XML: what openpyxl would not write."""
    source = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.infolist():
            data = old.read(member)
            if member.filename == "xl/worksheets/sheet1.xml":
                for before, after in changes:
                    assert before in data
                    data = data.replace(before, after)
            new.writestr(member, data)


def test_a_map_of_text_cells_is_read_in_its_order(tmp_path):
    path = save(tmp_path, [HEADERS, ("DOE^JOHN", "A-1"), ("0012345", "A-2")])
    assert pairs(path) == [("DOE^JOHN", "A-1"), ("0012345", "A-2")]


def test_rows_say_sheet_and_row(tmp_path):
    path = save(tmp_path, [HEADERS, ("x", "A-1")], title="Patients 1")
    assert read_map(path).rows[0].where == "sheet 'Patients 1', row 2"


def test_rows_say_the_columns_of_their_cells(tmp_path):
    path = save(tmp_path, [("Subject", "remark", *HEADERS), ("P", "r", "x", "A-1")], title="Map")
    row = read_map(path).rows[0]
    assert row.subject_where == "sheet 'Map', row 2, column A"
    assert row.old_where == "sheet 'Map', row 2, column C"
    assert row.new_where == "sheet 'Map', row 2, column D"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Accession_number", "New_ID"),
        ("original_folder_name", "new_folder_name"),
        ("accession number", "DE-IDENTIFICATION ID"),
        (" Accession_Number\u00a0", "Deidentification_ID"),
    ],
)
def test_headers_are_known_in_all_their_spellings(tmp_path, old, new):
    assert pairs(save(tmp_path, [(old, new), ("x", "A-1")])) == [("x", "A-1")]


def test_columns_may_lie_anywhere_below_a_title(tmp_path):
    rows = [("Our study",), (), ("no", "New_ID", "remark", "Accession_number"), (1, "A-1", "late", "x")]
    assert pairs(save(tmp_path, rows)) == [("x", "A-1")]


def test_other_columns_are_named(tmp_path):
    path = save(tmp_path, [("Fallnummer", "Kennung", *HEADERS), ("x", "A-1", "y", "B-1")])
    assert pairs(path, columns=("fallnummer", "Kennung")) == [("x", "A-1")]


def test_other_columns_that_are_not_there_are_refused(tmp_path):
    path = save(tmp_path, [HEADERS, ("x", "A-1")])
    assert "Fall and Kennung" in refusal(path, columns=("Fall", "Kennung"))


def test_a_subject_column_is_read(tmp_path):
    path = save(tmp_path, [(*HEADERS, "Subject"), ("x", "A-1", "P1"), ("y", "A-1", "P1")])
    assert [row.subject for row in read_map(path).rows] == ["P1", "P1"]


def test_a_subject_without_a_patient_is_said_and_skipped(tmp_path):
    path = save(tmp_path, [(*HEADERS, "Subject"), ("x", "A-1", "P1"), (None, None, "P2")])
    result = read_map(path)
    assert len(result.rows) == 1
    assert any("row 3" in note and "skipped" in note for note in result.notes)


def test_no_sheet_with_both_headers_names_headers_and_sheets(tmp_path):
    path = save(tmp_path, [("Accession_number", "Name")], shape=lambda book, _: book.create_sheet("Other"))
    reason = refusal(path)
    assert "Accession_number and De-identification_ID" in reason
    assert "'Map'" in reason
    assert "'Other'" in reason


def test_two_sheets_with_both_headers_are_refused(tmp_path):
    def second(book, _):
        sheet = book.create_sheet("Copy")
        sheet.append(HEADERS)

    reason = refusal(save(tmp_path, [HEADERS, ("x", "A-1")], shape=second))
    assert "More than one" in reason
    assert "'Copy'" in reason


def test_two_columns_for_one_purpose_are_refused(tmp_path):
    reason = refusal(save(tmp_path, [("Accession_number", "New_ID", "De-identification_ID"), ("x", "A", "B")]))
    assert "row 1" in reason
    assert "--map-columns" in reason


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (123, "General", "123"),
        (123, "00000", "00123"),
        (0, "000", "000"),
        (123456, "000", "123456"),
        (999_999_999_999_999, "0", "999999999999999"),
        (12, "@", "12"),
        (-7, "000", "-007"),
        ("007", "General", "007"),
    ],
)
def test_whole_numbers_are_read_as_excel_shows_them(tmp_path, value, number_format, text):
    def shape(_, sheet):
        sheet["A2"].number_format = number_format

    assert pairs(save(tmp_path, [HEADERS, (value, "A-1")], shape=shape)) == [(text, "A-1")]


@pytest.mark.parametrize(
    ("value", "number_format", "word"),
    [
        (1.5, "General", "not whole"),
        (1e20, "General", "15 digits"),
        (12345678901234567.0, "0", "15 digits"),
        (-1234567.5, "0", "not whole"),
        (10**15, "General", "15 digits"),
        (1234567890123456, "0", "15 digits"),
        (-(10**15), "0", "15 digits"),
        (12, "0.00", "format other than zeros"),
        (12, "#,##0", "format other than zeros"),
        (12, '"P"000', "format other than zeros"),
        (12, "000-00", "format other than zeros"),
        (True, "General", "truth value"),
        (datetime.datetime(2020, 1, 2), "yyyy-mm-dd", "date"),
        (datetime.date(2020, 1, 2), "dd.mm.yy", "date"),
        (datetime.time(10, 20), "hh:mm", "date or time"),
        (43831, "dd/mm/yyyy", "date"),
        ("#N/A", "General", "error"),
        ("1.23457E+11", "General", "rounded"),
        ("1,23457e+11", "@", "rounded"),
    ],
)
@pytest.mark.parametrize("column", ["A", "B"])
def test_values_that_lost_something_are_refused_with_sheet_row_and_column(tmp_path, value, number_format, word, column):
    def shape(_, sheet):
        sheet[f"{column}3"].value = value
        sheet[f"{column}3"].number_format = number_format

    reason = refusal(save(tmp_path, [HEADERS, ("x", "A-1"), ("y", "A-2")], shape=shape))
    assert word in reason
    assert f"sheet 'Map', row 3, column {column}" in reason


def test_a_value_in_another_column_may_be_anything(tmp_path):
    rows = [(*HEADERS, "date", "share"), ("x", "A-1", datetime.date(2020, 1, 2), 0.5)]
    assert pairs(save(tmp_path, rows)) == [("x", "A-1")]


def test_refusals_never_hold_a_cell(tmp_path):
    for value in (19570412.5, 7234567890123456, "=CONCATENATE(C1)", "7.23E+11"):
        reason = refusal(save(tmp_path, [HEADERS, (value, "CANARY-NEW")]))
        assert "CANARY" not in reason
        assert "195704" not in reason
        assert "723" not in reason
        assert "CONCAT" not in reason


def test_a_whole_number_stored_as_a_float_is_refused(tmp_path):
    path = save(tmp_path, [HEADERS, (123, "A-1")])
    patch_sheet(path, (b"<v>123</v>", b"<v>123.0</v>"))
    assert "not whole" in refusal(path)


def test_a_formula_with_a_stored_text_is_read(tmp_path):
    path = save(tmp_path, [HEADERS, ('=CONCATENATE("D","OE")', "A-1")])
    patch_sheet(path, (b'<c r="A2"><f>', b'<c r="A2" t="str"><f>'), (b"<v />", b"<v>DOE</v>"))
    assert pairs(path) == [("DOE", "A-1")]


def test_a_formula_with_a_stored_error_is_refused(tmp_path):
    path = save(tmp_path, [HEADERS, ("=VLOOKUP(1,C:D,2,0)", "A-1")])
    patch_sheet(path, (b'<c r="A2"><f>', b'<c r="A2" t="e"><f>'), (b"<v />", b"<v>#N/A</v>"))
    assert "error" in refusal(path)


def test_formulas_dragged_below_the_data_are_empty_rows(tmp_path):
    rows = [HEADERS, ("DOE", "A-1"), ('=IF(C3="","",C3)', '=IF(D3="","",D3)'), ("ROE", "=D4")]
    path = save(tmp_path, rows)
    patch_sheet(
        path,
        (b'<c r="A3"><f>', b'<c r="A3" t="str"><f>'),
        (b'<c r="B3"><f>IF(D3="","",D3)</f><v />', b'<c r="B3" t="str"><f>IF(D3="","",D3)</f><v></v>'),
        (b'<c r="B4"><f>D4</f><v />', b'<c r="B4" t="str"><f>D4</f><v>A-2</v>'),
    )
    assert pairs(path) == [("DOE", "A-1"), ("ROE", "A-2")]


@pytest.mark.parametrize("stored", [b'<c r="A2"><f>C2</f><v></v>', b'<c r="A2" t="str"><f>C2</f>'])
def test_an_empty_result_that_is_no_stored_text_is_refused(tmp_path, stored):
    path = save(tmp_path, [HEADERS, ("=C2", "A-1")])
    patch_sheet(path, (b'<c r="A2"><f>C2</f><v />', stored))
    assert "row 2, column A holds a formula without a stored result" in refusal(path)


@pytest.mark.parametrize("column", ["A", "B"])
def test_a_cell_that_is_stored_twice_is_refused(tmp_path, column):
    path = save(tmp_path, [HEADERS, ("DOE", "A-1"), ("ROE", "A-2")])
    other = "B" if column == "A" else "A"
    patch_sheet(path, (f'<c r="{other}3"'.encode(), f'<c r="{column}3"'.encode()))
    assert f"sheet 'Map', row 3, column {column} is stored more than once" in refusal(path)


def test_a_cell_that_is_stored_twice_in_two_rows_is_refused(tmp_path):
    path = save(tmp_path, [HEADERS, ("DOE", "A-1"), ("ROE", "A-2")])
    patch_sheet(path, (b'<row r="3">', b'<row r="2">'), (b'r="A3"', b'r="A2"'), (b'r="B3"', b'r="B2"'))
    assert "row 2, column A is stored more than once" in refusal(path)


def test_a_header_that_is_stored_twice_is_refused(tmp_path):
    path = save(tmp_path, [(*HEADERS, "remark", "more"), ("DOE", "A-1", "x", "y")])
    patch_sheet(path, (b'r="D1"', b'r="C1"'))
    assert "row 1, column C is stored more than once" in refusal(path)


def test_a_cell_of_another_column_may_be_stored_twice(tmp_path):
    path = save(tmp_path, [(*HEADERS, "remark"), ("DOE", "A-1", "x", "y")])
    patch_sheet(path, (b'r="D2"', b'r="C2"'))
    assert pairs(path) == [("DOE", "A-1")]


def test_cells_without_references_follow_each_other(tmp_path):
    path = save(tmp_path, [HEADERS, ("DOE", "A-1"), ("ROE", "A-2")])
    patch_sheet(path, *((f' r="{place}"'.encode(), b"") for place in ("A1", "B1", "A2", "B2", "A3", "B3", "2", "3")))
    assert pairs(path) == [("DOE", "A-1"), ("ROE", "A-2")]


ESCAPED = [
    ("DOE_x000D_", "DOE"),
    ("DOE_x005E_JOHN", "DOE^JOHN"),
    ("DOE_x000d_JOHN", "DOE\rJOHN"),
    ("DOE_x005F_x000D_", "DOE_x000D_"),
    ("DOE_x000_JOHN_X000D_", "DOE_x000_JOHN_X000D_"),
    ("DOEx005F_JOHN", "DOEx005F_JOHN"),
    ("_xD83D__xDE00_", "\U0001f600"),
]


def add_shared_strings(path, items):
    """Give the workbook a table of shared strings, as Excel does."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    entry = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    source = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.infolist():
            new.writestr(member, old.read(member).replace(b"</Types>", entry.encode()))
        new.writestr("xl/sharedStrings.xml", f'<sst xmlns="{main}">{items}</sst>')


def runs(text):
    half = len(text) // 2
    return f"<r><t>{text[:half]}</t></r><r><t>{text[half:]}</t></r><rPh sb='0' eb='1'><t>_x0041_</t></rPh>"


@pytest.mark.parametrize(("stored", "text"), ESCAPED)
@pytest.mark.parametrize(
    "cell",
    [
        't="s"><v>1</v>',
        't="s"><v>2</v>',
        't="inlineStr"><is><t>{}</t></is>',
        't="str"><v>{}</v>',
        't="str"><f>C2</f><v>{}</v>',
    ],
)
def test_escaped_characters_are_read_as_excel_reads_them(tmp_path, stored, text, cell):
    path = save(tmp_path, [HEADERS, ("PLACE", "A-1")])
    add_shared_strings(path, f"<si><t>other</t></si><si><t>{stored}</t></si><si>{runs(stored)}</si>")
    patch_sheet(path, (b't="inlineStr"><is><t>PLACE</t></is>', cell.format(stored).encode()))
    assert pairs(path) == [(text, "A-1")]


def test_an_escaped_control_character_in_a_new_id_is_refused(tmp_path):
    path = save(tmp_path, [HEADERS, ("DOE", "A_x000D_1")])
    (problem,) = check_map(read_map(path).rows)
    assert "control character" in problem.message
    assert problem.where == "sheet 'Map', row 2, column B"


def test_headers_may_end_in_an_escaped_line_end(tmp_path):
    path = save(tmp_path, [(f"{HEADERS[0]}_x000D_\n", HEADERS[1]), ("x", "A-1")])
    assert pairs(path) == [("x", "A-1")]


def test_a_formula_without_a_stored_result_is_refused(tmp_path):
    reason = refusal(save(tmp_path, [HEADERS, ("=C2", "A-1")]))
    assert "formula without a stored result" in reason
    assert "row 2, column A" in reason


@pytest.mark.parametrize("area", ["A2:A3", "A3:C3", "B2:C2", "A1:B1"])
def test_merged_cells_in_the_two_columns_are_refused(tmp_path, area):
    rows = [HEADERS, ("x", "A-1"), ("y", "A-2"), ("z", "A-3")]
    if area == "A1:B1":
        rows = [("Accession_number", "other", "New_ID"), ("x", "", "A-1")]
    reason = refusal(save(tmp_path, rows, shape=lambda _, sheet: sheet.merge_cells(area)))
    assert "merged" in reason
    assert f"row {area[1]}, column {area[0]}" in reason


def test_merged_cells_elsewhere_do_not_matter(tmp_path):
    rows = [("A title", None, None, None), (*HEADERS, "c", "d"), ("x", "A-1", "m", None)]

    def shape(_, sheet):
        sheet.merge_cells("A1:D1")
        sheet.merge_cells("C3:D3")

    assert pairs(save(tmp_path, rows, shape=shape)) == [("x", "A-1")]


def test_hidden_rows_columns_and_sheets_are_read_and_said(tmp_path):
    def shape(book, sheet):
        book.create_sheet("Shown")
        sheet.sheet_state = "hidden"
        book.active = 1
        for row in (3, 4, 6):
            sheet.row_dimensions[row].hidden = True
        sheet.column_dimensions["B"].hidden = True

    path = save(tmp_path, [HEADERS, *((f"x{n}", f"A-{n}") for n in range(5))], shape=shape)
    result = read_map(path)
    assert len(result.rows) == 5
    assert "sheet 'Map' is hidden; it was read." in result.notes
    assert "sheet 'Map': hidden rows were read: 3-4, 6." in result.notes
    assert "sheet 'Map': a hidden column was read." in result.notes


def test_empty_rows_and_outer_spaces_vanish(tmp_path):
    rows = [HEADERS, (None, None), ("\u00a0 x\u202f ", " A-1\u200b "), ("  ", "\u00a0"), ("y", "A-2")]
    result = read_map(save(tmp_path, rows))
    assert [(r.old, r.new, r.where) for r in result.rows] == [
        ("x", "A-1", "sheet 'Map', row 3"),
        ("y", "A-2", "sheet 'Map', row 5"),
    ]


def test_decomposed_letters_are_composed(tmp_path):
    assert pairs(save(tmp_path, [HEADERS, ("Mu\u0308ller", "A-1")])) == [("M\u00fcller", "A-1")]


def test_half_a_row_is_kept_for_the_check(tmp_path):
    assert pairs(save(tmp_path, [HEADERS, ("x", None), (None, "A-2")])) == [("x", ""), ("", "A-2")]


def test_a_map_without_rows_is_refused(tmp_path):
    assert "no row" in refusal(save(tmp_path, [HEADERS]))


def test_an_xlsm_is_read(tmp_path):
    assert pairs(save(tmp_path, [HEADERS, ("x", "A-1")], name="map.XLSM")) == [("x", "A-1")]


def test_a_sheet_formatted_to_its_end_is_read(tmp_path):
    def shape(_, sheet):
        sheet.cell(1_048_576, 3).style = NamedStyle("far")
        sheet.cell(2, 16_384).value = "far away"

    path = save(tmp_path, [HEADERS, ("x", "A-1")], shape=shape)
    assert pairs(path) == [("x", "A-1")]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("map.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".xls workbook"),
        (
            "map.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512 + "EncryptedPackage".encode("utf-16-le"),
            "password",
        ),
        ("map.xls", b"whatever", "save it as .xlsx"),
        ("map.ods", b"PK\x03\x04", "none of .xlsx, .xlsm, .csv and .tsv"),
        ("map", b"a,b", "none of .xlsx"),
        ("~$map.xlsx", b"\x04user", "lock file"),
        (".~lock.map.xlsx#", b",user", "lock file"),
        ("map.xlsx", b"", "empty"),
        ("map.xlsx", b"PK\x03\x04 is no zip", "damaged"),
        ("map.xlsx", b"Accession_number,New_ID\nx,A", "damaged"),
    ],
)
def test_files_that_are_no_map_get_their_own_sentence(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    assert words in refusal(tmp_path / name)


def test_a_missing_map_and_a_folder_get_their_own_sentence(tmp_path):
    (tmp_path / "dir.xlsx").mkdir()
    assert "does not exist" in refusal(tmp_path / "none.xlsx")
    assert "is a folder" in refusal(tmp_path / "dir.xlsx")


@pytest.mark.parametrize("cut", [30, 400, 2000])
def test_a_truncated_workbook_is_refused(tmp_path, cut):
    path = save(tmp_path, [HEADERS, ("x", "A-1")])
    path.write_bytes(path.read_bytes()[:-cut])
    assert "damaged" in refusal(path)


def test_a_zip_without_a_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "map.xlsx", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "damaged" in refusal(tmp_path / "map.xlsx")


@pytest.mark.parametrize("damage", [b"<worksheet", b"<v>", b"<sheetData>"])
def test_a_workbook_with_damaged_xml_is_refused_without_quoting_it(tmp_path, damage):
    path = save(tmp_path, [HEADERS, (5550123, "A-1")])
    patch_sheet(path, (damage, b"<broken & 5550123"))
    with pytest.raises(MapError) as caught:
        read_map(path)
    assert "damaged" in caught.value.reason
    assert caught.value.__suppress_context__ or caught.value.__cause__ is None


def test_a_zip_bomb_is_refused_unopened(tmp_path, monkeypatch):
    monkeypatch.setattr("SlicerDeidLib.identity.workbook._LARGEST_UNPACKED_BYTES", 1000)
    assert "unpacks to more" in refusal(save(tmp_path, [HEADERS, ("x", "A-1")]))


def test_rows_and_map_never_show_an_original(tmp_path):
    path = save(tmp_path, [(*HEADERS, "Subject"), ("CANARY^OLD", "CANARY-NEW", "CANARY-SUBJECT")])
    assert "CANARY" not in repr(read_map(path))


def test_a_long_map_is_read_in_seconds(tmp_path):
    path = save(tmp_path, [HEADERS, *((f"P{n:06d}", f"A-{n}") for n in range(5000))])
    assert len(read_map(path).rows) == 5000
