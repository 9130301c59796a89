# SPDX-License-Identifier: Apache-2.0
"""Regions in the languages of other programs: pixel scripts of CTP and recipes of pydicom/deid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.regions import RegionRule
from SlicerDeidLib.policies.importers.deid_coordinates import read_coordinates
from SlicerDeidLib.policies.importers.pixel_script import read_pixel_script

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
    (rule,) = read_pixel_script(text, "site.script")
    assert rule.fill == ((10, 0, 40, 640), (60, 500, 200, 140))
    assert rule.source == "site.script:3"
    assert (holds(rule, GE), holds(rule, PHILIPS)) == (ge, philips)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ Rows.equals(480) }\n(0,0,1,1)", "line 1: this signature cannot be read"),
        ('{ Rows.resembles("480") }\n(0,0,1,1)', "'resembles' is not known"),
        ('{ Rows.equals("480") Rows.equals("1") }\n(0,0,1,1)', "between two conditions"),
        ('\n{ Rows.equals("480") * }\n(0,0,1,1)', "line 2: a condition is missing"),
        ('{ (Rows.equals("480") }\n(0,0,1,1)', "parenthesis"),
        ('{ Rows.equals("480") }\n(0,0,1)', "write a region as"),
        ('{ Rows.equals("480") \n(0,0,1,1)', "not closed"),
        ('{ Modality.matches("(((") }\n(0,0,1,1)', "line 1: what 'Modality' is compared with is no regular expression"),
        ('{ Rows.isLessThan("abc") }\n(0,0,1,1)', "line 1: what 'Rows' is compared with is no number"),
        ('{ Rows.isGreaterThan("nan") }\n(0,0,1,1)', "is no number"),
        ('\n{ Nonsense.equals("CT") }\n(0,0,1,1)', "line 2: 'Nonsense' is no attribute"),
        ("{ }\n(1,2,0,0)", "line 1: these coordinates have no area"),
        ("{ }\n(70000,2,3,4)", "line 1: this region lies outside of every image"),
        (f"{{ }}\n({'9' * 5000},2,3,4)", "write a region as"),
        (f'{{ {"(" * 3000}Rows.equals("4"){")" * 3000} }}\n(0,0,1,1)', "line 1: more than 50 parentheses"),
        (f'{{ {"!" * 3000}Rows.equals("4") }}\n(0,0,1,1)', "line 1: more than 50 parentheses"),
        (f'{{ Modality.matches("{"(" * 3000}") }}\n(0,0,1,1)', "no regular expression"),
    ],
)
def test_a_pixel_script_that_cannot_be_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(PolicyError, match=message) as caught:
        read_pixel_script(text, "site.script")
    assert caught.value.reason.endswith(".")


def test_an_attribute_may_be_called_as_other_programs_call_it() -> None:
    text = (
        '{ [0018,1030].equals("ABD") * modality.equals("US") * ManufacturersModelName.equals("LOGIQ E9") }\n(0,0,1,1)'
    )
    (rule,) = read_pixel_script(text, "site.script")
    assert (holds(rule, GE), holds(rule, PHILIPS)) == (True, False)
    (rule,) = read_pixel_script('{ OverlayDescription.equals("Graphics") }\n(0,0,1,1)', "site.script")
    assert (holds(rule, {"6000,0022": "Graphics"}), holds(rule, GE)) == (True, False)


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
    logiq, regions, blank = read_coordinates(RECIPE, "deid.dicom")
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
    "line",
    [
        "contains",
        "resembles Rows 4",
        "coordinates 1,2,3",
        "coordinates 9,0,3,4",
        "contains Rows (",
        "equals Nonsense CT",
        "coordinates 70000,0,70001,4",
        "contains Rows " + "(" * 3000,
    ],
)
def test_a_recipe_that_cannot_be_read_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(PolicyError, match=r"line 3: .*\.$"):
        read_coordinates(f"%filter graylist\nLABEL One\n  {line}\n", "deid.dicom")


@given(
    st.text(alphabet='{}()*+!."0189,Rowsequals \n', max_size=60),
    st.text(alphabet="%filter\nLABELcoordinates 019,+|", max_size=60),
)
def test_any_text_is_read_or_refused(script: str, recipe: str) -> None:
    for parse, text in ((read_pixel_script, script), (read_coordinates, "%filter x\n" + recipe)):
        try:
            parse(text, "any")
        except PolicyError:
            continue
