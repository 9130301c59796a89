# SPDX-License-Identifier: Apache-2.0
"""Region rules in three languages, and what each refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.regions import RegionRule
from SlicerDeidLib.policies.deidrecipe import parse_deid_recipe
from SlicerDeidLib.policies.pixelscript import parse_pixel_script
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


@pytest.mark.parametrize(
    ("signature", "ge", "philips"),
    [
        ('Modality.equals("US") * Manufacturer.containsIgnoreCase("ge medical")', True, False),
        ('Manufacturer.contains("ge medical")', False, False),
        ('Manufacturer.startsWith("GE") + Manufacturer.equals("Philips")', True, True),
        ('!Manufacturer.startsWithIgnoreCase("ge") * Modality.equals("US")', False, True),
        ('Modality.equals("US") * (Rows.equals("480") + Rows.equals("481"))', True, False),
        ('Modality.equals("CT") + Modality.equals("US") * Rows.isGreaterThan("500")', False, True),
        ('[0018,1030].matches("A.D")', True, False),
        ('Rows.isLessThan("500")', True, False),
        ('ManufacturerModelName.endsWith("50")', False, True),
        ("true", True, True),
        ("", True, True),
        ("!true", False, False),
    ],
)
def test_a_pixel_script_is_read_as_ctp_reads_it(signature: str, ge: bool, philips: bool) -> None:
    text = f"' a comment (1,2,3,4)\nA device\n{{ {signature} }}\n(0,10,640,40) (500, 60, 140, 200)\n"
    (rule,) = parse_pixel_script(text, "site.script")
    assert rule.fill == ((10, 0, 40, 640), (60, 500, 200, 140))
    assert rule.source == "site.script:3"
    assert (holds(rule, GE), holds(rule, PHILIPS)) == (ge, philips)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ Rows.equals(480) }\n(0,0,1,1)", "line 1: this signature cannot be read"),
        ('{ Rows.resembles("480") }\n(0,0,1,1)', "'resembles' is not known"),
        ('{ Rows.equals("480") Rows.equals("1") }\n(0,0,1,1)', "stands"),
        ('\n{ Rows.equals("480") * }\n(0,0,1,1)', "line 2: a condition is missing"),
        ('{ (Rows.equals("480") }\n(0,0,1,1)', "parenthesis"),
        ('{ Rows.equals("480") }\n(0,0,1)', "a region is written as"),
        ('{ Rows.equals("480") \n(0,0,1,1)', "not closed"),
    ],
)
def test_a_pixel_script_that_cannot_be_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        parse_pixel_script(text, "site.script")


RECIPE = """FORMAT dicom

%filter whitelist

LABEL Clean # no coordinates: sorts images only
  contains BurnedInAnnotation No

%filter graylist

LABEL Logiq # a comment
  contains Manufacturer ge|siemens + equals Modality us
  || equals ManufacturerModelName CX50
  + notequals Rows 480
  coordinates 0,10,640,50
  ctpcoordinates 500,60,140,200

LABEL Regions
  present SequenceOfUltrasoundRegions
  keepcoordinates from:SequenceOfUltrasoundRegions

LABEL Blank
  coordinates all

%header
REMOVE coordinates 1,2
"""


def test_the_coordinates_of_a_recipe_are_read_and_its_other_sections_are_not() -> None:
    logiq, regions, blank = parse_deid_recipe(RECIPE, "deid.dicom")
    assert logiq.fill == ((10, 0, 40, 640), (60, 500, 200, 140))
    assert (holds(logiq, GE), holds(logiq, PHILIPS)) == (True, True)
    assert not holds(logiq, {**PHILIPS, "Rows": "480"})
    assert not holds(logiq, {"Modality": "CT"})
    assert regions.keeps_declared
    assert holds(regions, {"SequenceOfUltrasoundRegions": ""})
    assert not holds(regions, GE)
    assert blank.is_whole
    assert holds(blank, {})


@pytest.mark.parametrize(
    "line", ["contains", "resembles Rows 4", "coordinates 1,2,3", "coordinates 9,0,3,4", "contains Rows ("]
)
def test_a_recipe_that_cannot_be_read_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(PolicyError, match="line 3"):
        parse_deid_recipe(f"%filter graylist\nLABEL One\n  {line}\n", "deid.dicom")


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
    assert len(read_region_rules(write("a.txt", RECIPE))) == 3
    assert len(read_region_rules(write("b.script", '{ Rows.equals("1") }\n(0,0,1,1)'))) == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.toml", "[[region]", "no TOML"),
        ("a.toml", "[other]\nx = 1", r"\[\[region\]\]"),
        ("a.toml", "[[region]]\nfill = [[0,0,1,1]]", "names the images"),
        ("a.toml", "[[region]]\nrows = 4", "what to fill or to keep"),
        ("a.toml", "[[region]]\nrows = 4\nfill = [[0,0,1]]", "four whole numbers"),
        ("a.toml", "[[region]]\nrows = 4\nfil = [[0,0,1,1]]", "'fil' is not known"),
        ("a.toml", "[[region]]\nrows = 4\nfill = [[5,0,1,1]]", "four whole numbers"),
        ("a.script", "nothing", "holds no region"),
    ],
)
def test_what_is_no_rule_is_refused(write: Callable[[str, str], Path], name: str, text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message):
        read_region_rules(write(name, text))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        read_region_rules(tmp_path / "none.toml")


@given(
    st.text(alphabet='{}()*+!."0189,Rowsequals \n', max_size=60),
    st.text(alphabet="%filter\nLABELcoordinates 019,+|", max_size=60),
)
def test_any_text_is_read_or_refused(script: str, recipe: str) -> None:
    for parse, text in ((parse_pixel_script, script), (parse_deid_recipe, "%filter x\n" + recipe)):
        try:
            parse(text, "any")
        except PolicyError:
            continue


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
