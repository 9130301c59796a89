# SPDX-License-Identifier: Apache-2.0
"""Region rules: our own tables, the library, and how the language of a file is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.regions import RegionRule
from SlicerDeidLib.policies.regionrules import read_region_rules, region_library

GE = {
    "Modality": "US",
    "Manufacturer": "GE Medical",
    "ManufacturerModelName": "LOGIQ E9",
    "Rows": "480",
    "0018,1030": "ABD",
}
PHILIPS = {"Modality": "US", "Manufacturer": "Philips", "ManufacturerModelName": "CX50", "Rows": "600"}


def holds(rule: RegionRule, image: dict[str, str]) -> bool:
    return rule.condition.holds(image.get)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def written(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return written


TABLE = '[[region]]\nmanufacturer = "Philips"\nrows = 600\nkeep = [[120, 60, 800, 519]]\nfill = [[0, 0, 10, 20]]\n'


def test_a_table_names_a_device_and_what_stays(write: Callable[[str, str], Path]) -> None:
    (rule,) = read_region_rules(write("site.toml", TABLE))
    assert (rule.keep, rule.fill) == (((60, 120, 459, 680),), ((0, 0, 20, 10),))
    assert (holds(rule, PHILIPS), holds(rule, GE)) == (True, False)


def test_the_language_is_known_by_the_content(write: Callable[[str, str], Path]) -> None:
    recipe = "FORMAT dicom\n%filter graylist\nLABEL One\n  present Rows\n  coordinates all\n"
    assert len(read_region_rules(write("a.txt", recipe))) == 1
    assert len(read_region_rules(write("b.script", '{ Rows.equals("1") }\n(0,0,1,1)'))) == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.toml", "[[region]", "a.toml, line 1: this is not TOML"),
        ("a.toml", "region = 3", r"line 1: .*\[\[region\]\]"),
        ("a.toml", "[other]\nx = 1", "line 1: 'other' is not known"),
        ("a.toml", "[[region]]\nfill = [[0,0,1,1]]", "names the images"),
        ("a.toml", "[[region]]\nrows = 4", "what to fill or to keep"),
        ("a.toml", "[[region]]\nrows = 4\nfill = [[0,0,1]]", "four whole numbers"),
        ("a.toml", "[[region]]\nrows = 4\nfill = 3", "write rectangles as"),
        ("a.toml", "[[region]]\nrows = '4'\nfill = [[0,0,1,1]]", "'rows' must be a whole number"),
        ("a.toml", "[[region]]\nmodel = ['CX50']\nfill = [[0,0,1,1]]", "'model' must be a text"),
        ("a.toml", "[[region]]\nrows = 4\nfil = [[0,0,1,1]]", "'fil' is not known"),
        ("a.toml", "[[region]]\nrows = 4\nfill = [[5,0,1,1]]", "four whole numbers"),
        ("a.script", "nothing", "holds no region"),
    ],
)
def test_what_is_no_rule_is_refused(write: Callable[[str, str], Path], name: str, text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message) as caught:
        read_region_rules(write(name, text))
    assert caught.value.reason.endswith(".")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        read_region_rules(tmp_path / "none.toml")


def test_the_library_knows_its_devices_by_name_and_size() -> None:
    assert region_library()
    logiq = {
        "Manufacturer": "G.E. Medical Systems",
        "ManufacturerModelName": "LOGIQ 700",
        "Rows": "480",
        "Columns": "640",
    }
    assert any(holds(rule, logiq) for rule in region_library())
    assert not any(holds(rule, {**logiq, "Rows": "600"}) for rule in region_library())
