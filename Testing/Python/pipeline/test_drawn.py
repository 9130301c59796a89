# SPDX-License-Identifier: Apache-2.0
"""Boxes drawn on the slices of a preview: rules of its series alone, or of its device, and what a run makes of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
import SlicerDeidLib as deid
from ctseries import make_ct_series
from numpy.typing import NDArray
from pydicom.uid import UltrasoundMultiFrameImageStorage
from SlicerDeidLib.model.regions import RegionRule

KEY = bytes(range(32))
PLACE = (20, 30, 8, 12)  # row, column, height, width, pixels
INSIDE = np.s_[20:28, 30:42]
DEVICE = {"Manufacturer": "CANARYMAKER", "ManufacturerModelName": "CANARYMODEL"}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Two series of noise of one device: nothing in them reads as text."""
    for series in (1, 2):
        noise = np.random.default_rng(series)
        make_ct_series(
            tmp_path / "in" / "A1" / f"s{series}",
            series=series,
            pixels=lambda _k, noise=noise: noise.integers(0, 80, (64, 64)).astype(float),  # type: ignore[misc]
            set_values=DEVICE,
        )
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nA1,S01\n", encoding="utf-8")
    return tmp_path


def policy(rules: tuple[RegionRule, ...] = (), text: str = "mask") -> deid.Policy:
    return deid.with_choices(deid.read_policy("research"), deface="none", text=text, regions=rules)


def opened(study: Path, number: int = 1) -> deid.PreviewSession:
    rows = deid.read_map(study / "map.csv")
    return deid.open_preview(study / "in", "A1", number, policy(), rows, key=KEY)


def images(study: Path, number: int = 1) -> deid.ShownImages:
    session = opened(study, number)
    next(session.looks())
    return session.images()


def written(study: Path, path: Path, out: str) -> dict[int, list[NDArray[np.int16]]]:
    """Run with the rules of a file; return the pixels by series."""
    asked = policy(deid.read_region_rules(path) if path.exists() else ())
    index, rows = deid.discover(study / "in"), deid.read_map(study / "map.csv")
    plan = deid.plan(index, asked, rows, key=KEY, private=study / f"{out}-private")
    record = deid.run(plan, study / out, is_synced=False)
    assert [one.status.value for one in record.series] == ["released"] * 2
    return {
        one.series_number: [pydicom.dcmread(study / out / name).pixel_array for name, *_ in one.files]
        for one in record.series
    }


@pytest.mark.parametrize(
    ("slices", "is_site", "filled"),
    [
        (None, False, {1: {0, 1, 2, 3}, 2: set()}),
        ((1, 2), False, {1: {1, 2}, 2: set()}),
        (None, True, {1: {0, 1, 2, 3}, 2: {0, 1, 2, 3}}),
    ],
)
def test_a_run_fills_just_the_box_in_the_slices_that_are_meant(
    study: Path, slices: tuple[int, int] | None, is_site: bool, filled: dict[int, set[int]]
) -> None:
    path = study / "regions.toml"
    before = written(study, path, "before")
    box = deid.DrawnBox(PLACE, slices, is_site)
    deid.replace_region_rules(path, images(study).rules((), [box]))
    after = written(study, path, "after")
    for series, numbers in filled.items():
        for number, (old, new) in enumerate(zip(before[series], after[series], strict=True)):
            changed = old != new
            assert changed[INSIDE].mean() > 0.9 if number in numbers else not changed.any()
            changed[INSIDE] = False
            assert not changed.any()


def test_a_preview_shows_the_box_as_text_that_was_masked(study: Path) -> None:
    session = opened(study)
    next(session.looks())
    rules = session.images().rules((), [deid.DrawnBox(PLACE, (1, 2))])
    *_, last = session.looks(policy(rules))
    assert [(box.frame, box.row, box.column, box.height, box.width) for box in last.boxes] == [(1, *PLACE), (2, *PLACE)]
    assert set(np.flatnonzero((last.after != last.before.stored).any(axis=(1, 2)))) == {1, 2}


def test_boxes_come_back_from_their_file_and_those_of_others_stay(study: Path) -> None:
    path = study / "regions.toml"
    first, second = images(study, 1), images(study, 2)
    whole, part, site = deid.DrawnBox(PLACE), deid.DrawnBox((1, 2, 3, 4), (0, 1)), deid.DrawnBox(PLACE, None, True)
    other = deid.DrawnBox((5, 5, 5, 5))
    deid.replace_region_rules(path, second.rules(first.rules((), [whole, part, site]), [site, other]))
    rules = deid.read_region_rules(path)
    assert set(first.boxes(rules)) == {whole, part, site}
    assert set(second.boxes(rules)) == {other, site}
    left = first.rules(rules, [])
    assert first.boxes(left) == ()
    assert second.boxes(left) == (other,)
    assert second.rules(left, []) == ()


def test_a_box_on_images_that_are_gone_stays_in_its_file_and_is_not_taken_for_one_on_all(study: Path) -> None:
    rules = images(study).rules((), [deid.DrawnBox(PLACE, (1, 2)), deid.DrawnBox((1, 2, 3, 4), (2, 3))])
    for path in sorted((study / "in" / "A1" / "s1").iterdir())[1:3]:
        path.unlink()
    shown, other = images(study), deid.DrawnBox((5, 5, 5, 5))
    assert shown.boxes(rules) == (deid.DrawnBox((1, 2, 3, 4), (1, 1)),)
    assert [rule.fill for rule in shown.rules(rules, [other])] == [(PLACE,), (other.place,)]


def test_a_rule_by_hand_that_asks_for_more_or_less_is_no_box(study: Path) -> None:
    path = study / "site.toml"
    path.write_text('[[region]]\nmanufacturer = "CANARYMAKER"\nfill = [[0, 0, 4, 4]]\n')
    rules = deid.read_region_rules(path)
    shown = images(study)
    assert shown.boxes(rules) == ()
    assert shown.rules(rules, []) == rules


@pytest.mark.parametrize(("maker", "model"), [("", None), ("CANARYMAKER", None), ("CANARYMAKER", ""), (None, None)])
def test_an_image_that_names_no_model_is_of_no_device(study: Path, maker: str | None, model: str | None) -> None:
    rename(study, maker, model)
    assert images(study).devices == ()
    assert images(study).boxes(()) == ()


@pytest.mark.parametrize("maker", ["", None])
def test_a_model_without_its_maker_is_a_device(study: Path, maker: str | None) -> None:
    rename(study, maker, "CANARY MÖDEL")
    box = deid.DrawnBox(PLACE, None, is_site=True)
    deid.replace_region_rules(study / "regions.toml", images(study).rules((), [box]))
    rules = deid.read_region_rules(study / "regions.toml")
    assert images(study, 2).boxes(rules) == (box,)
    assert {one.frame for one in list(opened(study, 2).looks(policy(rules)))[-1].boxes} == {0, 1, 2, 3}


def rename(study: Path, maker: str | None, model: str | None) -> None:
    """Let the images say another maker and model; None: nothing of it."""
    for path in filter(Path.is_file, (study / "in").rglob("*")):
        image = pydicom.dcmread(path)
        for name, value in (("Manufacturer", maker), ("ManufacturerModelName", model)):
            if value is None:
                delattr(image, name)
            else:
                setattr(image, name, value)
        image.save_as(path)


def test_a_box_for_the_device_is_filled_in_each_image_it_was_drawn_on_whatever_its_size_and_model(
    tmp_path: Path,
) -> None:
    noise = np.random.default_rng(4)

    def change(image: pydicom.Dataset, k: int) -> None:
        image.ManufacturerModelName = f"CANARYMODEL{k // 2}"

    make_ct_series(
        tmp_path / "in" / "A1",
        slices=4,
        sop_class_uid=UltrasoundMultiFrameImageStorage,
        pixels=lambda k: noise.integers(0, 80, (64 + 16 * (k % 2),) * 2).astype(float),
        set_values=DEVICE,
        change=change,
    )
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nA1,S01\n", encoding="utf-8")
    path, shown, box = tmp_path / "regions.toml", images(tmp_path), deid.DrawnBox(PLACE, None, is_site=True)
    deid.replace_region_rules(path, shown.rules((), [box]))
    rules = deid.read_region_rules(path)
    assert [rule.series for rule in rules] == [""] * 4
    assert shown.boxes(rules) == (box,)
    assert shown.rules(rules, []) == ()
    *_, last = opened(tmp_path).looks(policy(rules))
    assert [(one.frame, one.row, one.column, one.height, one.width) for one in last.boxes] == [
        (k, *PLACE) for k in range(4)
    ]


def test_of_a_clip_each_frame_is_a_slice_of_one_image(tmp_path: Path) -> None:
    noise = np.random.default_rng(3)
    make_ct_series(
        tmp_path / "in" / "A1",
        slices=2,
        sop_class_uid=UltrasoundMultiFrameImageStorage,
        pixels=lambda _k: noise.integers(0, 80, (64, 64)).astype(float),
        change=lambda image, _k: _as_clip(image),
    )
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nA1,S01\n", encoding="utf-8")
    shown = images(tmp_path)
    assert [len(one) for one in shown.slices] == [1] * 6
    assert shown.slices[0] == shown.slices[2] != shown.slices[3]
    (rule,) = shown.rules((), [deid.DrawnBox(PLACE, (1, 1))])
    assert shown.boxes([rule]) == (deid.DrawnBox(PLACE, (0, 2)),)  # of an image all frames are filled


def _as_clip(image: pydicom.Dataset) -> None:
    image.NumberOfFrames = 3
    image.PixelData = image.PixelData * 3


def test_what_is_drawn_says_nothing_of_itself(study: Path) -> None:
    shown = images(study)
    assert shown.series not in repr(shown)
    assert "CANARY" not in repr(shown)


def test_a_box_on_one_series_makes_no_other_anew(study: Path) -> None:
    path = study / "regions.toml"
    index, rows = deid.discover(study / "in"), deid.read_map(study / "map.csv")

    def plan(rules: tuple[RegionRule, ...]) -> deid.Plan:
        return deid.plan(index, policy(rules), rows, key=KEY, private=study / "private")

    deid.run(plan(()), study / "out", is_held=True, is_synced=False)
    deid.replace_region_rules(path, images(study).rules((), [deid.DrawnBox(PLACE)]))
    rules = deid.read_region_rules(path)
    first, second = deid.with_found(plan(rules), study / "out").series
    assert "--regions=none (now 'of this series: " in first.notes[-1]
    assert (first.is_otherwise, second.is_otherwise, second.found) == (True, False, "waiting")
    again = deid.run(plan(rules), study / "out", is_held=True, is_synced=False)
    assert {one.series_number: one.is_resumed for one in again.series} == {1: False, 2: True}
    held = sorted(deid.held_series(study / "out", study / "private"), key=lambda one: one.place)
    settings = [one.settings for one in held]
    assert ["--regions" in one for one in settings] == [True, False]
    for made in settings:  # a box is what a series is done again for
        assert deid.other_settings(made, policy(rules), KEY) == ""
        assert not deid.lost_regions(made, policy(rules), KEY)
    told = "--regions='of this series: filled' (now 'of this series: others, or none')"
    assert deid.other_settings(settings[0], policy(), KEY) == told
    assert [deid.lost_regions(made, policy(), KEY) for made in settings] == [True, False]
    deid.replace_region_rules(path, images(study).rules((), [deid.DrawnBox(PLACE, None, True)]))
    asked = policy(deid.read_region_rules(path))
    assert deid.other_settings(settings[1], asked, KEY).startswith("--regions=none (now")
    assert not deid.lost_regions(settings[1], asked, KEY)
    assert deid.lost_regions({"--regions": "0123abcd"}, asked, KEY)


def test_a_rejected_series_is_made_again_once_a_box_is_drawn_on_it(study: Path) -> None:
    index, rows = deid.discover(study / "in"), deid.read_map(study / "map.csv")

    def plan(rules: tuple[RegionRule, ...]) -> deid.Plan:
        return deid.plan(index, policy(rules), rows, key=KEY, private=study / "private")

    deid.run(plan(()), study / "out", is_held=True, is_synced=False)
    deid.decide(study / "out", study / "private", reject=["S01/1", "S01/2"], note="text")
    rules = images(study).rules((), [deid.DrawnBox(PLACE)])
    first, second = deid.with_found(plan(rules), study / "out").series
    assert (first.verdict, second.verdict) == (deid.Verdict.RELEASE, deid.Verdict.LEAVE_OUT)


def test_drawn_boxes_are_purged_when_they_are_named(study: Path) -> None:
    path = study / "before-private" / "regions.toml"
    written(study, study / "none.toml", "before")
    deid.replace_region_rules(path, images(study).rules((), [deid.DrawnBox(PLACE)]))
    deid.purge(study / "before", path.parent)
    assert path.exists()
    assert deid.purge(study / "before", path.parent, ["regions"]) == {"regions": 1}
    assert not path.exists()
