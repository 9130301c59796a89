# SPDX-License-Identifier: Apache-2.0
"""Region rules: our own tables, the library, and how the language of a file is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.regions import All, AnyOf, Question, RegionRule, rules_of
from SlicerDeidLib.policies.regionrules import read_region_rules, region_library, replace_region_rules

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
        ("a.toml", "[[region]]\nsop = []\nfill = [[0,0,1,1]]", "'sop' must be a text"),
        ("a.toml", "[[region]]\nsop = ['1', 2]\nfill = [[0,0,1,1]]", "'sop' must be a text"),
        ("a.toml", "[[region]]\nseries = ['1']\nfill = [[0,0,1,1]]", "'series' must be a text"),
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


SERIES = "1.2.3.4"


def test_a_table_may_be_of_one_series_or_of_some_of_its_images(write: Callable[[str, str], Path]) -> None:
    text = f'[[region]]\nseries = "{SERIES}"\nsop = ["1.7", "1.9"]\nfill = [[0, 0, 10, 20]]\n'
    (rule,) = read_region_rules(write("site.toml", text))
    images = [{"SeriesInstanceUID": SERIES, "SOPInstanceUID": uid} for uid in ("1.7", "1.8", "1.9")]
    assert [holds(rule, image) for image in images] == [True, False, True]
    assert not holds(rule, {"SeriesInstanceUID": "1.2.3", "SOPInstanceUID": "1.7"})
    assert rule.series == SERIES


def test_of_a_series_there_are_its_own_rules_and_those_of_no_series(write: Callable[[str, str], Path]) -> None:
    own = f'[[region]]\nseries = "{SERIES}"\nfill = [[0, 0, 10, 20]]\n'
    shared, one = read_region_rules(write("site.toml", TABLE + own))
    assert rules_of([shared, one], SERIES) == (shared, one)
    assert rules_of([shared, one], "1.2.3") == (shared,)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SIDES = st.tuples(st.integers(0, 4000), st.integers(1, 4000))
RECTANGLES = st.tuples(SIDES, SIDES).map(lambda sides: (sides[0][0], sides[1][0], sides[0][1], sides[1][1]))


@st.composite
def tables(draw: st.DrawFn) -> RegionRule:
    """Any rule that a table can say."""
    asked = [
        Question(name, "equals", draw(TEXTS))
        for name in ("SeriesInstanceUID", "Manufacturer", "ManufacturerModelName")
        if draw(st.booleans())
    ]
    uids = draw(st.lists(TEXTS, min_size=1, max_size=3))
    several = AnyOf(tuple(Question("SOPInstanceUID", "equals", uid) for uid in uids))
    asked.insert(asked[0].attribute == "SeriesInstanceUID" if asked else 0, several)  # type: ignore[arg-type]
    asked.append(Question("Rows", "equals", str(draw(st.integers(0, 9999)))))
    fill, keep = draw(st.lists(RECTANGLES, min_size=1)), draw(st.lists(RECTANGLES))
    return RegionRule(All(tuple(asked)), "", tuple(fill), tuple(keep))


@given(st.lists(tables(), min_size=1, max_size=3))
def test_what_is_written_is_read_again_the_same(rules: list[RegionRule]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "regions.toml"
        replace_region_rules(path, rules)
        assert [replace(rule, source="") for rule in read_region_rules(path)] == rules


def test_a_written_file_is_its_owners_alone(tmp_path: Path) -> None:
    replace_region_rules(tmp_path / "regions.toml", [own_rule()])
    assert (tmp_path / "regions.toml").stat().st_mode & 0o077 == 0


def own_rule(*more: Question | AnyOf) -> RegionRule:
    return RegionRule(All((Question("SeriesInstanceUID", "equals", SERIES), *more)), "", ((0, 0, 20, 10),))


@pytest.mark.parametrize(
    "rule",
    [
        own_rule(Question("Modality", "equals", "US")),
        own_rule(Question("SOPInstanceUID", "contains", "1.7")),
        own_rule(AnyOf((Question("Rows", "equals", "4"), Question("Rows", "equals", "5")))),
        own_rule(AnyOf((Question("SOPInstanceUID", "equals", "1"), Question("Manufacturer", "equals", "x")))),
        replace(own_rule(), is_whole=True),
        replace(own_rule(), keeps_declared=True),
        replace(own_rule(), fill=()),
    ],
)
def test_what_tables_cannot_say_is_refused_and_the_file_stays(tmp_path: Path, rule: RegionRule) -> None:
    path = tmp_path / "regions.toml"
    replace_region_rules(path, [own_rule()])
    before = path.read_bytes()
    with pytest.raises(PolicyError) as caught:
        replace_region_rules(path, [own_rule(), rule])
    assert path.read_bytes() == before
    assert SERIES not in caught.value.reason


def test_a_file_that_would_be_too_large_to_be_read_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="too large"):
        replace_region_rules(tmp_path / "regions.toml", [of_images(70_000)])
    assert not any(tmp_path.iterdir())


def test_a_file_holds_boxes_on_single_images_of_a_whole_project(tmp_path: Path) -> None:
    replace_region_rules(tmp_path / "regions.toml", [of_images(200)] * 300)
    assert len(read_region_rules(tmp_path / "regions.toml")) == 300


def of_images(count: int) -> RegionRule:
    return own_rule(AnyOf(tuple(Question("SOPInstanceUID", "equals", f"{number:064}") for number in range(count))))
