# SPDX-License-Identifier: Apache-2.0
"""Region rules from files (our own TOML tables, CTP pixel scripts, deid recipes) and the library that comes along."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.regions import All, Question, Rectangle, RegionRule
from SlicerDeidLib.policies.deidrecipe import parse_deid_recipe
from SlicerDeidLib.policies.pixelscript import parse_pixel_script

LIBRARY = "ultrasound.toml"
_ATTRIBUTES = {"sop": "SOPInstanceUID", "manufacturer": "Manufacturer", "model": "ManufacturerModelName"}
_SIZES = {"rows": "Rows", "columns": "Columns"}
_PLACES = ("fill", "keep")


def read_region_rules(path: Path) -> tuple[RegionRule, ...]:
    """Read the rules of one file: ``.toml`` is ours; else ``FORMAT dicom`` begins a recipe, ``{`` a pixel script.

    Raises
    ------
    PolicyError
        If it cannot be read, or says something that nobody knows; the sentence names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{path.name} cannot be read as text ({type(error).__name__})") from error
    if path.suffix.lower() == ".toml":
        rules = _parse_table(text, path.name)
    elif text.lstrip().upper().startswith("FORMAT") or "%filter" in text.lower():
        rules = parse_deid_recipe(text, path.name)
    else:
        rules = parse_pixel_script(text, path.name)
    if not rules:
        raise PolicyError(f"{path.name} holds no region: it is neither a table, a pixel script nor a recipe with any")
    return rules


@cache
def region_library() -> tuple[RegionRule, ...]:
    """Return the rules that come with the program: devices whose ultrasound images declare no region."""
    text = resources.files(__package__).joinpath("data", LIBRARY).read_text(encoding="utf-8")
    return _parse_table(text, LIBRARY)


def _parse_table(text: str, label: str) -> tuple[RegionRule, ...]:
    """Read tables [[region]] with a device, a size, and what is filled or kept: [left, top, right, bottom]."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{label} is no TOML file: {error}") from error
    tables = content.get("region", [])
    if set(content) - {"region"} or not isinstance(tables, list):
        raise PolicyError(f"{label}: regions are written as tables [[region]], and nothing else")
    return tuple(_rule(table, f"{label}, region {number}") for number, table in enumerate(tables, start=1))


def _rule(table: dict[str, Any], place: str) -> RegionRule:
    known = {*_ATTRIBUTES, *_SIZES, *_PLACES, "source"}
    if unknown := set(table) - known:
        raise PolicyError(f"{place}: '{sorted(unknown)[0]}' is not known here; known are {', '.join(sorted(known))}")
    tests = [Question(_ATTRIBUTES[key], "equals", str(table[key])) for key in _ATTRIBUTES if key in table]
    tests += [Question(_SIZES[key], "equals", str(table[key])) for key in _SIZES if key in table]
    if not tests:
        raise PolicyError(f"{place}: a region names the images it is for, by manufacturer, model, rows, columns or sop")
    fill, keep = (tuple(_rectangle(value, place) for value in table.get(key, ())) for key in _PLACES)
    if not (fill or keep):
        raise PolicyError(f"{place}: a region says what to fill or to keep, [left, top, right, bottom] each")
    return RegionRule(All(tuple(tests)), place, fill, keep)


def _rectangle(value: Any, place: str) -> Rectangle:
    """Return [left, top, right, bottom] as row, column, height, width."""
    is_four = isinstance(value, list) and len(value) == 4 and all(type(number) is int for number in value)
    if not is_four or not (0 <= value[0] < value[2] and 0 <= value[1] < value[3]):
        raise PolicyError(f"{place}: a rectangle is [left, top, right, bottom], four whole numbers")
    left, top, right, bottom = value
    return top, left, bottom - top, right - left
