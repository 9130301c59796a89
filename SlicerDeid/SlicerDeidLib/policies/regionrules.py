# SPDX-License-Identifier: Apache-2.0
"""Region rules from files (our own TOML tables, CTP pixel scripts, deid recipes) and the library that comes along.

Our own tables are written, too: what is written is read again the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.files.whole import write_whole
from SlicerDeidLib.model.regions import SERIES, All, AnyOf, Condition, Question, Rectangle, RegionRule
from SlicerDeidLib.policies.importers.deid_coordinates import read_coordinates
from SlicerDeidLib.policies.importers.pixel_script import read_pixel_script
from SlicerDeidLib.policies.tomlfile import parse, quoted, read_text, words

MAX_BYTES = 4 << 20  # the UIDs of 65 000 single images, 64 characters each: a box on 200 images of 300 patients
LIBRARY = "ultrasound.toml"
_SOP = "sop"
_ATTRIBUTES = {
    "series": SERIES,
    _SOP: "SOPInstanceUID",
    "manufacturer": "Manufacturer",
    "model": "ManufacturerModelName",
}
_SIZES = {"rows": "Rows", "columns": "Columns"}
_KEYS = {attribute: key for key, attribute in (_ATTRIBUTES | _SIZES).items()}
_PLACES = ("fill", "keep")


def read_region_rules(path: Path) -> tuple[RegionRule, ...]:
    """Read the rules of one file: ``.toml`` is ours; else ``FORMAT dicom`` begins a recipe, ``{`` a pixel script.

    Raises
    ------
    PolicyError
        If it cannot be read, or says something that nobody knows; the sentence names file and line.
    """
    text = read_text(path, MAX_BYTES)
    if path.suffix.lower() == ".toml":
        rules = _read_tables(text, path.name)
    elif text.lstrip().upper().startswith("FORMAT") or "%filter" in text.lower():
        rules = read_coordinates(text, path.name)
    else:
        rules = read_pixel_script(text, path.name)
    if not rules:
        raise PolicyError(
            f"{path.name} holds no region; name tables [[region]], a pixel script, or a recipe with coordinates."
        )
    return rules


def replace_region_rules(path: Path, rules: Iterable[RegionRule]) -> None:
    """Write a file of our own tables that holds these rules and nothing else, readable by its owner only.

    Raises
    ------
    PolicyError
        If a rule asks for more than tables can say, or all of them make a file that would not be read again.
    OSError
        If it cannot be written; a file that was there stays.
    """
    wanted = [replace(rule, source="") for rule in rules]
    text = "\n".join(map(_table, wanted))
    if [replace(rule, source="") for rule in _read_tables(text, path.name)] != wanted:
        raise PolicyError(f"{path.name} cannot hold these regions; tables ask for {words(_KEYS.values())} only.")
    if len(text.encode()) > MAX_BYTES:
        raise PolicyError(f"{path.name} would be too large for a rule file; take back regions that are not needed.")
    write_whole(path, text.encode())


@cache
def region_library() -> tuple[RegionRule, ...]:
    """Return the rules that come with the program: devices whose ultrasound images declare no region."""
    text = resources.files(__package__).joinpath("data", LIBRARY).read_text(encoding="utf-8")
    return _read_tables(text, LIBRARY)


def _read_tables(text: str, label: str) -> tuple[RegionRule, ...]:
    """Read tables [[region]] with a device, a size, and what is filled or kept: [left, top, right, bottom]."""
    file = parse(text, label)
    file.check_keys(file.content, ("region",))
    tables = file.content.get("region", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        file.fail("write each region below a line [[region]].", "region")
    return tuple(_rule(table, f"{label}, region {number}") for number, table in enumerate(tables, start=1))


def _rule(table: dict[str, Any], place: str) -> RegionRule:
    """Read one table."""
    known = (*_ATTRIBUTES, *_SIZES, *_PLACES, "source")
    if unknown := set(table).difference(known):
        raise PolicyError(f"{place}: '{min(unknown)}' is not known here; known are {words(known)}.")
    tests = [_test(key, table[key], place) for key in (*_ATTRIBUTES, *_SIZES) if key in table]
    if not tests:
        raise PolicyError(f"{place}: a region names the images it is for, by {words((*_ATTRIBUTES, *_SIZES))}.")
    fill, keep = (_rectangles(table.get(key, []), place) for key in _PLACES)
    if not (fill or keep):
        raise PolicyError(f"{place}: a region says what to fill or to keep, [left, top, right, bottom] each.")
    return RegionRule(All(tuple(tests)), place, fill, keep)


def _test(key: str, value: Any, place: str) -> Condition:
    """Return what an image must have to be meant: a text, or a size in pixels; of several images one of their UIDs."""
    if key == _SOP and isinstance(value, list) and value:
        return AnyOf(tuple(_question(key, one, place) for one in value))
    return _question(key, value, place)


def _question(key: str, value: Any, place: str) -> Question:
    """Return one question."""
    if type(value) is not (int if key in _SIZES else str):
        raise PolicyError(f"{place}: '{key}' must be {'a whole number' if key in _SIZES else 'a text in quotes'}.")
    return Question((_ATTRIBUTES | _SIZES)[key], "equals", str(value))


def _table(rule: RegionRule) -> str:
    """Write one rule."""
    parts = rule.condition.parts if isinstance(rule.condition, All) else (rule.condition,)
    lines = ["[[region]]", *map(_line, parts)]
    for key, rectangles in (("fill", rule.fill), ("keep", rule.keep)):
        if rectangles:
            corners = [[left, top, left + width, top + height] for top, left, height, width in rectangles]
            lines.append(f"{key} = {corners}")
    return "\n".join(lines) + "\n"


def _line(part: Condition) -> str:
    """Write what an image must have to be meant; of what a table cannot say, as much as it can."""
    several = part.parts if isinstance(part, AnyOf) else (part,)
    questions = [one for one in several if isinstance(one, Question) and one.attribute in _KEYS]
    key = _KEYS[questions[0].attribute] if questions else _SOP
    values = [one.value if key in _SIZES else quoted(one.value) for one in questions]
    return f"{key} = {values[0]}" if isinstance(part, Question) and values else f"{key} = [{', '.join(values)}]"


def _rectangles(values: Any, place: str) -> tuple[Rectangle, ...]:
    """Return lists [left, top, right, bottom] as row, column, height, width each."""
    if not isinstance(values, list):
        raise PolicyError(f"{place}: write rectangles as [[left, top, right, bottom], ...].")
    return tuple(_rectangle(value, place) for value in values)


def _rectangle(value: Any, place: str) -> Rectangle:
    """Return [left, top, right, bottom] as row, column, height, width."""
    is_four = isinstance(value, list) and len(value) == 4 and all(type(number) is int for number in value)
    if not is_four or not (0 <= value[0] < value[2] and 0 <= value[1] < value[3]):
        raise PolicyError(f"{place}: a rectangle is [left, top, right, bottom], four whole numbers with area.")
    left, top, right, bottom = value
    return top, left, bottom - top, right - left
