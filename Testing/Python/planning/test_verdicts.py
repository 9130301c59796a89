# SPDX-License-Identifier: Apache-2.0
"""What is released, by name or at all: secondary captures, localizers, renderings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import SlicerDeidLib as deid
from SlicerDeidLib.model.instance import Instance, Series
from SlicerDeidLib.model.plan import Verdict
from SlicerDeidLib.model.regions import IMAGE, SERIES, All, AnyOf, Question, RegionRule
from SlicerDeidLib.planning.verdicts import BY_NAME, FLAT_IMAGE_TYPES, REFUSED_IMAGE_TYPES, Judgement, judge

STORAGE = "1.2.840.10008.5.1.4.1.1."
CT, MR, CAPTURE, PHOTOGRAPH, COLOUR_MR, US = (STORAGE + s for s in ("2", "4", "7", "77.1.4", "4.3", "6.1"))
AXIAL = ("ORIGINAL", "PRIMARY", "AXIAL")


def series_of(sop_class: str, *image_types: tuple[str, ...]) -> Series:
    """A series with one image per Image Type, without geometry."""
    instances = tuple(
        Instance(
            Path(str(n)), "dicom", 1, 1, sop_class, "1.2.840.10008.1.2.1", "CT", f"1.{n}", "2", "3", image_type=kind
        )
        for n, kind in enumerate(image_types, start=1)
    )
    return Series(1, "dicom", "CT", "2", instances)


def judged(series: Series, deface: str = "auto", text: str = "mask", objects: str = "images") -> Judgement:
    policy = deid.read_policy("research", objects=objects)
    policy = replace(policy, deface=replace(policy.deface, method=deface), text=replace(policy.text, mode=text))
    return judge(series, policy, frozenset())


@pytest.mark.parametrize("sop_class", [CAPTURE, PHOTOGRAPH])
def test_what_may_be_a_picture_of_the_face_is_left_out_unless_asked_for_by_name(sop_class: str) -> None:
    series = series_of(sop_class, ("DERIVED", "SECONDARY"))
    left = judged(series)
    assert left.verdict is Verdict.LEAVE_OUT
    assert left.reason.endswith(BY_NAME)
    named = judged(series, deface="none")
    assert (named.verdict, named.frames, named.text) == (Verdict.RELEASE, True, "mask")
    assert named.notes


@pytest.mark.parametrize("value", sorted(FLAT_IMAGE_TYPES))
def test_localizers_and_reformats_are_released_by_name_as_pictures_whose_text_is_read(value: str) -> None:
    series = series_of(CT, ("ORIGINAL", "PRIMARY", value))
    assert judged(series).verdict is Verdict.REFUSE
    assert judged(series).reason.endswith(BY_NAME)
    named = judged(series, deface="none")
    assert (named.verdict, named.frames) == (Verdict.RELEASE, True)
    for text in ("off", "morph"):
        assert judged(series, deface="none", text=text).verdict is Verdict.REFUSE


@pytest.mark.parametrize("value", sorted(REFUSED_IMAGE_TYPES))
@pytest.mark.parametrize("sop_class", [CT, CAPTURE])
def test_renderings_screen_saves_and_dose_pages_never_are(value: str, sop_class: str) -> None:
    assert judged(series_of(sop_class, ("DERIVED", "SECONDARY", value)), deface="none").verdict is Verdict.REFUSE


@pytest.mark.parametrize("value", sorted(REFUSED_IMAGE_TYPES))
def test_with_all_objects_they_are_released_undefaced_by_name_as_pictures_whose_text_is_read(value: str) -> None:
    series = series_of(CT, ("DERIVED", "SECONDARY", value))
    named = judged(series, deface="none", objects="all")
    assert (named.verdict, named.frames, named.text) == (Verdict.RELEASE, True, "mask")
    for deface, text in (("auto", "mask"), ("none", "off"), ("none", "morph")):
        refused = judged(series, deface=deface, text=text, objects="all")
        assert refused.verdict is Verdict.REFUSE
        assert "--objects all" in refused.reason


def test_a_localizer_among_slices_is_left_out_and_by_name_all_are_read_one_by_one() -> None:
    series = series_of(CT, ("ORIGINAL", "PRIMARY", "LOCALIZER"), AXIAL)
    assert not judged(series, text="off", deface="none").frames
    named = judged(series, deface="none")
    assert (len(named.instances), named.frames) == (2, True)


@pytest.mark.parametrize(("colours", "is_refused"), [("unknown", True), ("MONOCHROME1", False), ("", False)])
def test_pixels_that_nothing_can_decode_are_refused_though_nobody_looks_at_them(colours: str, is_refused: bool) -> None:
    series = series_of("1.2.840.10008.5.1.4.1.1.2", ("ORIGINAL", "PRIMARY", "AXIAL"))
    instances = tuple(replace(one, photometric_interpretation=colours) for one in series.instances)
    judgement = judged(replace(series, instances=instances), deface="none", text="off")
    assert (judgement.verdict is Verdict.REFUSE) is is_refused
    assert ("nothing can decode the pixels" in judgement.reason) is is_refused


def test_mr_in_colour_is_released_as_mr_is() -> None:
    for sop_class in (MR, COLOUR_MR):
        series = series_of(sop_class, ("ORIGINAL", "PRIMARY"))
        assert judged(series).verdict is Verdict.REFUSE
        assert judged(series, deface="none").verdict is Verdict.RELEASE


def test_ultrasound_is_released_without_being_asked_for() -> None:
    assert judged(series_of(US, ("ORIGINAL", "PRIMARY"))).verdict is Verdict.RELEASE


def stripped(sop_class: str, engine: str, *, no_csf: bool = False) -> Judgement:
    policy = deid.read_policy("research")
    deface = replace(policy.deface, method="skullstrip", engine=engine, no_csf=no_csf)
    return judge(series_of(sop_class, AXIAL), replace(policy, deface=deface), frozenset())


@pytest.mark.parametrize(
    ("sop_class", "engine", "others"), [(MR, "own", "synthstrip or hd-bet"), (CT, "hd-bet", "own or synthstrip")]
)
def test_an_engine_that_does_not_know_a_kind_of_image_is_refused_and_the_others_named(
    sop_class: str, engine: str, others: str
) -> None:
    judgement = stripped(sop_class, engine)
    assert judgement.verdict is Verdict.REFUSE
    assert f"--skullstrip-engine {others} is" in judgement.reason


def test_in_ct_the_fluid_around_the_brain_is_not_left_out() -> None:
    assert "--no-csf is not available" in stripped(CT, "synthstrip", no_csf=True).reason


@pytest.mark.parametrize(
    ("asked", "is_noted"),
    [((), False), (("1.1", "1.8"), False), (("1.8", "1.9"), True), (("1.8",), True)],
)
def test_boxes_of_single_images_that_a_series_holds_no_more_are_noted(asked: tuple[str, ...], is_noted: bool) -> None:
    parts = [
        Question(SERIES, "equals", "2"),
        *([AnyOf(tuple(Question(IMAGE, "equals", uid) for uid in asked))] * bool(asked)),
    ]
    rules = (RegionRule(All(tuple(parts)), "", ((0, 0, 4, 4),)),)
    policy = deid.with_choices(deid.read_policy("research"), deface="none", regions=rules)
    series = series_of(US, AXIAL, AXIAL)
    notes = judge(series, policy, frozenset()).notes
    assert any(note.startswith("regions of single images are not filled") for note in notes) == is_noted
    assert not any("1.8" in note for note in notes)
    other = replace(series, instances=tuple(replace(one, series_instance_uid="7") for one in series.instances))
    assert not any(note.startswith("regions") for note in judge(other, policy, frozenset()).notes)
