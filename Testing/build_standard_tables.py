# SPDX-License-Identifier: Apache-2.0
"""Build the tables in ``SlicerDeidLib/standard/data`` from published tables of the DICOM standard, or check them.

    python Testing/build_standard_tables.py            writes the five files anew
    python Testing/build_standard_tables.py --check    writes nothing; exit 1 when a file differs

Sources: a folder with Table E.1-1 (innolitics' JSON of 2024b and a CSV of what 2026a adds) and with Tables E.3.4-1 and
E.3.10-1 as CSV, and the folder ``_standard`` of the installed highdicom, which carries IODs, modules and attributes
with their Types.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib.metadata
import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple

from pydicom.datadict import DicomDictionary, RepeatersDictionary
from pydicom.sr._cid_dict import cid_concepts
from pydicom.sr._snomed_dict import mapping as snomed_mapping
from pydicom.sr.codedict import codes as sr_codes

REPOSITORY = Path(__file__).resolve().parents[1]
TARGET = REPOSITORY / "SlicerDeid" / "SlicerDeidLib" / "standard" / "data"
EDITION = "2026a"

OPTION_COLUMNS = {  # our name of the option: the column's name in both sources
    "retain-safe-private": "rtnSafePrivOpt",
    "retain-uids": "rtnUIDsOpt",
    "retain-device-identity": "rtnDevIdOpt",
    "retain-institution-identity": "rtnInstIdOpt",
    "retain-patient-characteristics": "rtnPatCharsOpt",
    "retain-full-dates": "rtnLongFullDatesOpt",
    "retain-modified-dates": "rtnLongModifDatesOpt",
    "clean-descriptors": "cleanDescOpt",
    "clean-structured-content": "cleanStructContOpt",
    "clean-graphics": "cleanGraphOpt",
}
ACTIONS = frozenset({"X", "Z", "D", "U", "K", "C", "X/Z", "X/D", "Z/D", "X/Z/D", "X/Z/U*"})
CONTENT_COLUMNS = {  # Table E.3.4-1 has no columns of private attributes, content and graphics
    option: column
    for option, column in OPTION_COLUMNS.items()
    if not column.endswith(("PrivOpt", "ContOpt", "GraphOpt"))
}
VALUE_TYPES = frozenset(
    {
        "TEXT",
        "CODE",
        "NUM",
        "PNAME",
        "DATE",
        "TIME",
        "DATETIME",
        "UIDREF",
        "COMPOSITE",
        "IMAGE",
        "WAVEFORM",
        "CONTAINER",
    }
)
PRIVATE_VRS = frozenset(
    {
        "",
        "AT",
        "CS",
        "DS",
        "FD",
        "FL",
        "IS",
        "LO",
        "LT",
        "OB",
        "OW",
        "OW/OB",
        "SH",
        "SL",
        "SQ",
        "SS",
        "ST",
        "UI",
        "UL",
        "US",
    }
)
DICOMKIT = "raster-labs/DICOMKit's table, facts only"
NEMA = "facts of the DICOM standard, NEMA"
TYPE_LETTERS = {"1": "a", "1C": "b", "2": "c", "2C": "d", "3": "e"}  # one letter each keeps the file small
KEYWORDS = {entry[4]: tag for tag, entry in DicomDictionary.items() if entry[4]}
REPEATING = {entry[4]: int(mask.replace("x", "0"), 16) for mask, entry in RepeatersDictionary.items() if entry[4]}

Tree = dict[int, tuple[str, "Tree"]]


class Sources(NamedTuple):
    """Where the published tables lie."""

    tables: Path
    highdicom: Path


def main(arguments: list[str] | None = None) -> int:
    """Write or check the files; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when a file differs")
    parser.add_argument("--tables", type=Path, default=REPOSITORY.parent / "shared" / "data" / "standard")
    parser.add_argument("--highdicom", type=Path, default=None, help="highdicom's folder _standard")
    parser.add_argument("--target", type=Path, default=TARGET)
    options = parser.parse_args(arguments)
    files = build(Sources(options.tables, options.highdicom or highdicom_folder()))
    if options.check:
        return check(files, options.target)
    options.target.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (options.target / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {len(text)} bytes")
    return 0


def check(files: dict[str, str], target: Path) -> int:
    """Say which files differ from what the sources give."""
    differing = [
        name
        for name, text in files.items()
        if not (target / name).is_file() or (target / name).read_text(encoding="utf-8") != text
    ]
    for name in differing:
        print(f"{name} is not what the sources give: run {Path(__file__).name}", file=sys.stderr)
    return 1 if differing else 0


def build(sources: Sources) -> dict[str, str]:
    """Return file name -> text of all files."""
    return {
        "confidentiality.json": confidentiality(sources.tables),
        "structured_content.json": structured_content(sources.tables),
        "safe_private.json": safe_private(sources.tables),
        "attribute_types.json": attribute_types(sources.highdicom),
        "deidentification_codes.json": deidentification_codes(),
    }


def highdicom_folder() -> Path:
    """Find the tables of the installed highdicom without importing it."""
    spec = importlib.util.find_spec("highdicom")
    if spec is None or spec.origin is None:
        sys.exit("highdicom is not installed: pip install 'highdicom>=0.27', or give --highdicom")
    return Path(spec.origin).parent / "_standard"


# Table E.1-1


def confidentiality(folder: Path) -> str:
    """Return Table E.1-1 as JSON, one row per line."""
    source = json.loads((folder / "confidentiality_profile_attributes.json").read_text(encoding="utf-8"))
    rows = [confidentiality_row(row["tag"], row["name"], row["basicProfile"], row, "2024b") for row in source]
    additions = table_rows(folder / "ps3.15_table_E.1-1_additions_2026a.csv")
    rows += [confidentiality_row(r["tag"], r["name"], r["basic"], r, "2026a") for r in additions]
    rows.sort()
    selectors = [row[0] for row in rows]
    if len(set(selectors)) != len(selectors):
        sys.exit("Table E.1-1 names an attribute twice")
    head = {
        "table": "PS3.15 Table E.1-1",
        "edition": EDITION,
        "source": "2024b: innolitics/dicom-standard, confidentiality_profile_attributes.json; what 2026a adds: "
        "raster-labs/DICOMKit's table, facts only",
        "licence": "innolitics/dicom-standard: MIT; facts of the DICOM standard, NEMA",
        "columns": ["selector", "keyword", "name", "vr", "basic", *OPTION_COLUMNS, "since"],
    }
    return file_text(head, "rows", rows)


def confidentiality_row(tag: str, name: str, basic: str, options: dict[str, str], edition: str) -> list[str]:
    """Return one row in our columns; stop when the source says something that is not expected."""
    selector = selector_of(tag)
    name = re.sub(r"\s+", " ", re.sub(r"\(see Note \d+\)", "", name)).strip()
    cells = [options.get(column) or "" for column in OPTION_COLUMNS.values()]
    if unknown := {basic, *filter(None, cells)} - ACTIONS:
        sys.exit(f"Table E.1-1, {tag}: unknown action {sorted(unknown)}")
    return [selector, keyword_of(selector, name), name, vr_of(selector, name), basic, *cells, edition]


def selector_of(tag: str) -> str:
    """Turn the table's way of writing tags into a rule's selector.

    >>> selector_of("(0008,0050)"), selector_of("(60XX,4000)"), selector_of("(GGGG,EEEE) WHERE GGGG IS ODD")
    ('00080050', '60xx4000', 'private')
    """
    if re.fullmatch(r"\(gggg,eeee\) where gggg is odd", tag.strip(), re.IGNORECASE):
        return "private"
    match = re.fullmatch(r"\(([0-9a-fx]{4}),([0-9a-fx]{4})\)", tag.strip().lower())
    if match is None:
        sys.exit(f"Table E.1-1 has a tag that cannot be read: {tag}")
    return match[1] + match[2]


def keyword_of(selector: str, name: str) -> str:
    """Return the keyword of PS3.6; made of the name, as PS3.6 does, where pydicom does not know the attribute yet."""
    if selector == "private":
        return ""
    if "x" not in selector and int(selector, 16) in DicomDictionary:
        return DicomDictionary[int(selector, 16)][4]
    words = re.sub(r"'s\b|[()']", "", name).replace("-", " ").split()
    return "".join(word[0].upper() + word[1:] for word in words)


def vr_of(selector: str, name: str) -> str:
    """Return the VR in PS3.6; for attributes that pydicom does not know yet only what the name says for certain."""
    if "x" not in selector and selector != "private" and int(selector, 16) in DicomDictionary:
        return DicomDictionary[int(selector, 16)][0]
    return "DT" if name.endswith("DateTime") else "SQ" if name.endswith("Sequence") else ""


# Tables E.3.4-1 and E.3.10-1


def structured_content(folder: Path) -> str:
    """Return Table E.3.4-1 as JSON, one content item per row; with the code that SNOMED had for it before 2018."""
    old_codes = {new: old for old, new in snomed_mapping["SRT"].items()}
    rows = []
    for row in table_rows(folder / "ps3.15_table_E.3.4-1.csv"):
        scheme, code, kind = row["coding_scheme_designator"], row["code_value"], row["value_type"]
        cells = [row[column] for column in CONTENT_COLUMNS.values()]
        if kind not in VALUE_TYPES or not {row["basicProfile"], *filter(None, cells)} <= ACTIONS:
            sys.exit(f"Table E.3.4-1, {scheme} {code} {kind}: the row is not understood")
        old = old_codes.get(code, "") if scheme == "SCT" else ""
        rows.append([scheme, code, row["code_meaning"], kind, old, row["basicProfile"], *cells])
    rows.sort()
    if len({(scheme, code, kind) for scheme, code, _, kind, *_ in rows}) != len(rows):
        sys.exit("Table E.3.4-1 names a content item twice")
    columns = ["scheme", "code", "meaning", "value_type", "srt_code", "basic", *CONTENT_COLUMNS]
    source = f"{DICOMKIT}; SNOMED's older codes: pydicom.sr"
    head = {"table": "PS3.15 Table E.3.4-1", "edition": EDITION, "source": source, "licence": NEMA, "columns": columns}
    return file_text(head, "rows", rows)


def safe_private(folder: Path) -> str:
    """Return Table E.3.10-1 as JSON: private creator, group, last two digits of the element, VR."""
    rows = []
    for row in table_rows(folder / "ps3.15_table_E.3.10-1.csv"):
        group, element = row["group"].lower(), row["element"].lower()
        is_private = re.fullmatch(r"[0-9a-f]{3}[13579bdf]", group) and re.fullmatch("[0-9a-f]{2}", element)
        if not is_private or row["vr"] not in PRIVATE_VRS or not row["private_creator"].strip():
            sys.exit(f"Table E.3.10-1 has a row that is not understood: {group} {element}")
        rows.append([row["private_creator"].strip(), group, element, row["vr"]])
    rows.sort()
    if len({tuple(row[:3]) for row in rows}) != len(rows):
        sys.exit("Table E.3.10-1 names an attribute twice")
    columns = ["private_creator", "group", "element", "vr"]
    head = {"table": "PS3.15 Table E.3.10-1", "edition": EDITION, "source": DICOMKIT, "licence": NEMA}
    return file_text(head | {"columns": columns}, "rows", rows)


def table_rows(path: Path) -> list[dict[str, str]]:
    """Read a CSV with a header."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


# IODs, modules, attributes


def attribute_types(folder: Path) -> str:
    """Return SOP class -> IOD -> modules -> attributes with their Types; equal sequences are stored once."""
    sop_classes = read_json(folder / "sop_class_iod_map.json")
    iod_modules = read_json(folder / "iod_module_map.json")
    attributes = read_json(folder / "module_attribute_map.json")
    iods = {name: [m["key"] for m in iod_modules[name]] for name in sorted(set(sop_classes.values()))}
    used = sorted({module for modules in iods.values() for module in modules})
    nodes: dict[tuple[str, ...], int] = {}
    roots = {module: node_of(tree_of(attributes[module]), nodes) for module in used if module in attributes}
    missing = [module for module in used if module not in attributes]
    data = {
        "sop_classes": dict(sorted(sop_classes.items())),
        "iods": {name: [m for m in modules if m in attributes] for name, modules in iods.items()},
        "modules": roots,
        "nodes": [" ".join(node) for node in nodes],
    }
    head = {
        "table": "PS3.3 IODs, modules and attributes with their Types; PS3.4 SOP classes",
        "edition": f"as in highdicom {importlib.metadata.version('highdicom')}",
        "source": "highdicom/_standard: sop_class_iod_map.json, iod_module_map.json, module_attribute_map.json",
        "licence": "highdicom: MIT, Copyright 2020 MGH Computational Pathology; facts of the DICOM standard, NEMA",
        "types": {letter: name for name, letter in TYPE_LETTERS.items()},
        "modules_without_attributes": missing,
    }
    return file_text(head, "data", data)


def tree_of(attributes: list[dict[str, Any]]) -> Tree:
    """Return the attributes of a module as a tree: tag -> (Type letter, attributes of its items)."""
    root: Tree = {}
    for attribute in sorted(attributes, key=lambda a: len(a["path"])):
        if attribute["type"] == "None":  # modules of services, not of stored objects
            continue
        level = root
        for keyword in attribute["path"]:
            level = level[tag_of(keyword)][1]
        level[tag_of(attribute["keyword"])] = (TYPE_LETTERS[attribute["type"]], {})
    return root


def tag_of(keyword: str) -> int:
    """Return the tag of a keyword; attributes of overlays as those of the first overlay group, 6000."""
    return KEYWORDS.get(keyword) or REPEATING[keyword]


def node_of(tree: Tree, nodes: dict[tuple[str, ...], int]) -> int:
    """Store a level of a tree once and return its number: ``tag``, Type letter, number of the items' level."""
    entries = []
    for tag, (letter, items) in sorted(tree.items()):
        entries.append(f"{tag:08x}{letter}{node_of(items, nodes) if items else ''}")
    return nodes.setdefault(tuple(entries), len(nodes))


# CID 7050


def deidentification_codes() -> str:
    """Return the codes of CID 7050 as pydicom knows them."""
    concepts = [getattr(sr_codes.CID7050, keyword) for keyword in cid_concepts[7050]["DCM"]]
    head = {
        "table": "PS3.16 CID 7050 De-identification Method",
        "edition": f"as in pydicom {importlib.metadata.version('pydicom')}",
        "source": "pydicom.sr",
        "licence": "pydicom: MIT; facts of the DICOM standard, NEMA",
    }
    return file_text(head, "codes", {code.value: code.meaning for code in sorted(concepts, key=lambda c: c.value)})


# files


def read_json(path: Path) -> Any:
    """Read one JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def file_text(head: dict[str, Any], name: str, data: Any) -> str:
    """Return the JSON text of a file: its head, a checksum over the data, and the data, one entry per line."""
    head = head | {"sha256": hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()}
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    return "{\n" + ",\n".join([*lines, f" {json.dumps(name)}: {lines_of(data)}"]) + "\n}\n"


def lines_of(data: Any) -> str:
    """Return JSON with a line per entry of the outer two levels, so that differences can be read."""
    if isinstance(data, list):
        return "[\n" + ",\n".join(compact(entry) for entry in data) + "\n]"
    inner = []
    for key, value in data.items():
        is_long = isinstance(value, (list, dict)) and len(value) > 20
        inner.append(f"{json.dumps(key)}: {lines_of(value) if is_long else compact(value)}")
    return "{\n" + ",\n".join(inner) + "\n}"


def compact(value: Any) -> str:
    """Return JSON without spaces."""
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main())
