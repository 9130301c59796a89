# SPDX-License-Identifier: Apache-2.0
"""The script that builds the tables: what it makes of its sources, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import build_standard_tables as script
import pytest

ADDITIONS = "tag,name,basic," + ",".join(script.OPTION_COLUMNS.values())
CONTENT = "SCT,363698007,Finding Site,TEXT,D,,,,,,,C"
ROW = {"tag": "(0008,0050)", "name": "Accession Number", "basicProfile": "Z"}


def write_tables(folder: Path, rows: list[dict[str, Any]], additions: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "confidentiality_profile_attributes.json").write_text(json.dumps(rows), "utf-8")
    (folder / "ps3.15_table_E.1-1_additions_2026a.csv").write_text(f"{ADDITIONS}\n{additions}", "utf-8")
    write_content(folder, CONTENT)
    write_private(folder, "MAKER 1,0029,0A,DS")
    return folder


def write_content(folder: Path, *rows: str) -> None:
    head = "coding_scheme_designator,code_value,code_meaning,value_type,basicProfile,"
    head += ",".join(script.CONTENT_COLUMNS.values())
    (folder / "ps3.15_table_E.3.4-1.csv").write_text("\n".join((head, *rows)), "utf-8")


def write_private(folder: Path, *rows: str) -> None:
    text = "\n".join(("private_creator,group,element,vr", *rows))
    (folder / "ps3.15_table_E.3.10-1.csv").write_text(text, "utf-8")


def write_highdicom(folder: Path) -> Path:
    folder.mkdir()
    code = ["ConceptNameCodeSequence"]
    attributes = {
        "patient": [
            {"keyword": "PatientName", "type": "2", "path": []},
            {"keyword": "CodeValue", "type": "1C", "path": code},
            {"keyword": "ConceptNameCodeSequence", "type": "1", "path": []},
        ],
        "overlay-plane": [{"keyword": "OverlayRows", "type": "1", "path": []}],
        "again": [
            {"keyword": "ConceptNameCodeSequence", "type": "1", "path": []},
            {"keyword": "CodeValue", "type": "1C", "path": code},
        ],
        "print": [{"keyword": "PatientID", "type": "None", "path": []}],
    }
    used = [{"key": key, "usage": "M"} for key in ("patient", "overlay-plane", "again", "print", "lost")]
    (folder / "module_attribute_map.json").write_text(json.dumps(attributes), "utf-8")
    (folder / "iod_module_map.json").write_text(json.dumps({"thing": used, "unused": used}), "utf-8")
    (folder / "sop_class_iod_map.json").write_text(json.dumps({"1.2.3": "thing"}), "utf-8")
    return folder


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    tables = write_tables(tmp_path / "tables", [ROW])
    highdicom = write_highdicom(tmp_path / "highdicom")
    return ["--tables", str(tables), "--highdicom", str(highdicom), "--target", str(tmp_path / "out")]


@pytest.mark.parametrize(
    ("tag", "selector"),
    [
        ("(0008,0050)", "00080050"),
        ("(0018,937B)", "0018937b"),
        ("(50XX,XXXX)", "50xxxxxx"),
        ("(60xx,3000)", "60xx3000"),
        ("(0020,31xx)", "002031xx"),
        ("(GGGG,EEEE) WHERE GGGG IS ODD", "private"),
        ("(gggg,eeee) where gggg is odd", "private"),
    ],
)
def test_a_tag_of_the_table_becomes_a_selector(tag: str, selector: str) -> None:
    assert script.selector_of(tag) == selector


@pytest.mark.parametrize("tag", ["", "0008,0050", "(0008,005)", "(GGGG,EEEE)", "(0008,0050) and more"])
def test_a_tag_that_cannot_be_read_stops_the_build(tag: str) -> None:
    with pytest.raises(SystemExit, match="cannot be read"):
        script.selector_of(tag)


def test_a_note_is_cut_off_a_name() -> None:
    row = script.confidentiality_row("(0088,0200)", "Icon Image Sequence\n\n(see Note 11)", "X", {}, "2024b")
    assert row[:5] == ["00880200", "IconImageSequence", "Icon Image Sequence", "SQ", "X"]


def test_an_unknown_action_stops_the_build() -> None:
    with pytest.raises(SystemExit, match="unknown action"):
        script.confidentiality_row("(0008,0050)", "Accession Number", "Q", {}, "2024b")
    with pytest.raises(SystemExit, match="unknown action"):
        script.confidentiality_row("(0008,0050)", "Accession Number", "Z", {"rtnUIDsOpt": "M"}, "2024b")


def test_an_attribute_named_twice_stops_the_build(tmp_path: Path) -> None:
    folder = write_tables(tmp_path / "tables", [ROW], '"(0008,0050)",Accession Number,Z,,,,,,,,,,')
    with pytest.raises(SystemExit, match="twice"):
        script.confidentiality(folder)


def test_equal_sequences_are_stored_once_and_services_not_at_all(tmp_path: Path) -> None:
    table = json.loads(script.attribute_types(write_highdicom(tmp_path / "highdicom")))
    data = table["data"]
    assert table["modules_without_attributes"] == ["lost"]
    assert data["iods"] == {"thing": ["patient", "overlay-plane", "again", "print"]}
    code = data["nodes"].index("00080100b")
    assert data["nodes"][data["modules"]["patient"]] == f"00100010c 0040a043a{code}"
    assert data["nodes"][data["modules"]["again"]] == f"0040a043a{code}"
    assert data["nodes"][data["modules"]["overlay-plane"]] == "60000010a"
    assert data["nodes"][data["modules"]["print"]] == ""


def test_what_was_written_passes_the_check_and_check_writes_nothing(arguments: list[str], tmp_path: Path) -> None:
    assert script.main([*arguments, "--check"]) == 1
    assert not (tmp_path / "out").exists()
    assert script.main(arguments) == 0
    assert script.main([*arguments, "--check"]) == 0


def test_the_check_names_the_file_that_differs(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script.main(arguments)
    changed = tmp_path / "out" / "confidentiality.json"
    changed.write_text(changed.read_text("utf-8").replace('"Z"', '"K"'), "utf-8")
    assert script.main([*arguments, "--check"]) == 1
    assert "confidentiality.json is not what the sources give" in capsys.readouterr().err


def test_our_table_e_1_1_is_what_the_sources_give(real_data: Path) -> None:
    built = script.confidentiality(real_data / "standard")
    assert (script.TARGET / "confidentiality.json").read_text("utf-8") == built


def test_a_content_item_gets_the_code_that_snomed_had_for_it_before(tmp_path: Path) -> None:
    folder = write_tables(tmp_path / "tables", [ROW])
    rows = json.loads(script.structured_content(folder))["rows"]
    assert rows == [["SCT", "363698007", "Finding Site", "TEXT", "G-C0E3", "D", "", "", "", "", "", "", "C"]]


@pytest.mark.parametrize(
    "row", ["DCM,1,A thing,SOUND,X,,,,,,,", "DCM,1,A thing,TEXT,Q,,,,,,,", "DCM,1,A thing,TEXT,X,,M,,,,,"]
)
def test_a_content_item_that_is_not_understood_stops_the_build(tmp_path: Path, row: str) -> None:
    folder = write_tables(tmp_path / "tables", [ROW])
    write_content(folder, row)
    with pytest.raises(SystemExit, match=r"E\.3\.4-1.* not understood"):
        script.structured_content(folder)


def test_private_attributes_are_listed_by_creator_group_and_element(tmp_path: Path) -> None:
    folder = write_tables(tmp_path / "tables", [ROW])
    assert json.loads(script.safe_private(folder))["rows"] == [["MAKER 1", "0029", "0a", "DS"]]


@pytest.mark.parametrize("row", ["MAKER,0028,0A,DS", "MAKER,0029,0A,QQ", ",0029,0A,DS", "MAKER,29,0A,DS"])
def test_a_private_attribute_that_is_not_understood_stops_the_build(tmp_path: Path, row: str) -> None:
    folder = write_tables(tmp_path / "tables", [ROW])
    write_private(folder, row)
    with pytest.raises(SystemExit, match="not understood"):
        script.safe_private(folder)


@pytest.mark.parametrize("table", ["content", "private"])
def test_a_row_that_stands_twice_stops_the_build(tmp_path: Path, table: str) -> None:
    folder = write_tables(tmp_path / "tables", [ROW])
    write_content(folder, *[CONTENT] * (2 if table == "content" else 1))
    write_private(folder, *["MAKER,0029,0A,DS"] * (2 if table == "private" else 1))
    build = script.structured_content if table == "content" else script.safe_private
    with pytest.raises(SystemExit, match="twice"):
        build(folder)


def test_our_tables_of_content_and_private_attributes_are_what_the_sources_give(real_data: Path) -> None:
    for name, build in (("structured_content", script.structured_content), ("safe_private", script.safe_private)):
        assert (script.TARGET / f"{name}.json").read_text("utf-8") == build(real_data / "standard")


def test_our_types_are_what_the_installed_highdicom_gives() -> None:
    """Only the data: highdicom may carry a newer number and the same tables."""
    built = json.loads(script.attribute_types(script.highdicom_folder()))
    ours = json.loads((script.TARGET / "attribute_types.json").read_text("utf-8"))
    assert ours["data"] == built["data"]
