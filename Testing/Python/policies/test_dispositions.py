# SPDX-License-Identifier: Apache-2.0
"""Every storage SOP class has a disposition, and only what exists is released."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import resources
from pathlib import Path

from pydicom._uid_dict import UID_dictionary
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.pipeline.voxels import resolved
from SlicerDeidLib.policies.dispositions import deface_methods, dispositions, groups, text_modes

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED = {CT: "1.2.840.10008.5.1.4.1.1.2.1", MR: "1.2.840.10008.5.1.4.1.1.4.1"}
STORAGE = "1.2.840.10008.5.1.4.1.1."
OTHER = "unknown"  # what an index says of a class that is none of the standard's


def test_every_storage_class_of_pydicoms_dictionary_is_listed() -> None:
    classes = {u for u, (name, kind, *_) in UID_dictionary.items() if kind == "SOP Class" and "Storage" in name}
    services = {"1.2.840.10008.1.20.1", "1.2.840.10008.1.20.2"}  # storage commitment stores nothing
    assert set(dispositions()) - {OTHER} == classes - services


def test_every_class_of_ps3_4_is_listed(real_data: Path) -> None:
    published = json.loads((real_data / "standard" / "sops.json").read_text("utf-8"))
    assert {entry["id"] for entry in published} <= set(dispositions())


def test_no_class_stands_in_two_groups() -> None:
    assert sum(count for *_, count in groups()) == len(dispositions())


READING = ("mask", "thorough", "report", "drop")


def test_ct_and_mr_alone_can_be_defaced() -> None:
    assert dispositions()[CT].deface == ("none", "auto", "surface", "face", "surface+face", "skullstrip")
    assert dispositions()[CT].text == ("mask", "thorough", "morph", "report", "drop", "off")
    assert dispositions()[MR].deface == ("none", "auto", "face", "skullstrip")
    for uid, disposition in dispositions().items():
        if disposition.verdict == "release" and uid not in (CT, MR, *ENHANCED.values()):
            assert set(disposition.deface) <= {"none", "auto"}
            assert disposition.frames


def test_enhanced_ct_and_mr_are_defaced_as_ct_and_mr_are() -> None:
    for single, enhanced in ENHANCED.items():
        assert dispositions()[enhanced].deface == dispositions()[single].deface
    assert {uid for uid, disposition in dispositions().items() if disposition.stacks} == set(ENHANCED.values())


def test_auto_is_the_same_in_the_plan_and_on_the_pixels() -> None:
    for uid, unit in ((CT, "HU"), (MR, "")):
        automatic = resolved(DefacePolicy("auto"), unit).method
        for same in (uid, ENHANCED[uid]):
            assert dispositions()[same].automatic == automatic
            assert automatic in dispositions()[same].deface


def test_auto_leaves_nothing_to_remove_only_where_no_face_can_be_shown() -> None:
    faceless = {uid for uid, d in dispositions().items() if d.faceless}
    assert faceless == {uid for uid, d in dispositions().items() if "auto" in d.deface} - {CT, MR, *ENHANCED.values()}
    names = " ".join(dispositions()[uid].name for uid in faceless)
    assert "Ultrasound" in names
    assert "Mammography" in names
    for suffix in ("1", "1.1", "12.1", "7", "77.1.4", "4"):  # radiographs, angiography, captures, photographs, MR
        assert not dispositions()[STORAGE + suffix].faceless


def test_what_shows_text_as_a_rule_is_never_released_unread() -> None:
    for suffix in ("6.1", "3.1", "1", "1.1", "1.2", "12.1"):
        assert dispositions()[STORAGE + suffix].text == READING
        assert dispositions()[STORAGE + suffix].text_keep == "harmless"
    for uid in (CT, STORAGE + "4"):
        assert dispositions()[uid].text_keep == "nothing"


def test_the_methods_are_those_of_the_table() -> None:
    assert set(deface_methods()) == {"none", "auto", "surface", "face", "surface+face", "skullstrip"}
    assert set(text_modes()) == {*READING, "morph", "off"}


def test_whatever_is_not_released_has_a_reason_and_no_steps() -> None:
    for disposition in dispositions().values():
        assert disposition.verdict in ("release", "by name", "refuse", "leave out")
        assert bool(disposition.reason) == (disposition.verdict != "release")
        has_steps = bool(disposition.deface or disposition.text)
        assert disposition.verdict in ("release", "by name") or disposition.objects != "images" or not has_steps


def test_what_is_computed_from_images_of_a_head_is_released_only_beside_undefaced_ones() -> None:
    for suffix in ("30", "481.2"):
        disposition = dispositions()[STORAGE + suffix]
        assert (disposition.objects, disposition.deface) == ("clean", ("none",))
    for disposition in dispositions().values():
        if disposition.objects == "clean":
            assert disposition.deface in ((), ("none",))
            assert not disposition.deface or not disposition.has_structures
    assert not dispositions()[STORAGE + "481.2"].text  # a dose is computed, nobody writes over it
    assert dispositions()[STORAGE + "481.5"].has_structures


def test_what_may_be_the_face_itself_is_never_released_unseen_beside_defaced_images() -> None:
    unseen = {uid: d for uid, d in dispositions().items() if d.is_unexamined}
    for suffix in ("104.3", "104.4", "68.1", "66", "77.1.4.1", "66.5", "66.3", "481.4", "11.9"):
        assert unseen[STORAGE + suffix].deface == ("none",), suffix
    assert unseen[OTHER].deface == ("none",)
    for suffix in ("104.1", "9.1.1", "9.4.1", "4.2", "78.1"):
        assert not unseen[STORAGE + suffix].deface, suffix
    for disposition in unseen.values():
        assert (disposition.objects, disposition.has_structures) == ("all", False)


def test_pet_and_nuclear_medicine_are_released_undefaced_by_name() -> None:
    for suffix in ("128", "130", "20", "5"):
        disposition = dispositions()[STORAGE + suffix]
        assert (disposition.verdict, disposition.deface, disposition.frames) == ("release", ("none",), True)
        assert ("off" in disposition.text) == (suffix in ("128", "130"))
    assert dispositions()[STORAGE + "128.1"].verdict == "refuse"


def test_what_may_be_a_picture_of_the_face_is_asked_for_by_name_and_always_read() -> None:
    by_name = {uid: d for uid, d in dispositions().items() if d.verdict == "by name"}
    assert {STORAGE + suffix for suffix in ("7", "7.1", "7.4", "77.1.4", "77.1.1", "77.1.7")} <= set(by_name)
    for disposition in by_name.values():
        assert (disposition.deface, disposition.text, disposition.frames) == (("none",), READING, True)
        assert not disposition.faceless


def test_a_reason_is_one_plain_sentence_without_an_end() -> None:
    for _, _, reason, _ in groups():
        assert not re.search(r"[.!?]$|\n|issue|TODO", reason)
        assert len(reason) < 140


def test_reports_and_what_has_a_face_are_refused_and_what_is_no_image_is_left_out() -> None:
    for suffix in ("88.11", "104.1", "128.1", "77.1.6"):
        assert dispositions()[STORAGE + suffix].verdict == "refuse", suffix
    for suffix in ("66", "66.4", "481.3", "481.5", "88.59", "11.1", "9.1.1", "4.2", "104.3", "77.1.4.1"):
        assert dispositions()[STORAGE + suffix].verdict == "leave out", suffix


def test_names_are_those_of_the_dictionary() -> None:
    for uid, disposition in dispositions().items():
        if uid == OTHER:
            continue
        assert disposition.name.removesuffix(" (Retired)") == UID_dictionary[uid][0]
        assert disposition.name.endswith("(Retired)") == bool(UID_dictionary[uid][3])


def test_the_file_uses_no_key_that_nobody_reads() -> None:
    text = resources.files("SlicerDeidLib.policies").joinpath("data", "dispositions.toml").read_text("utf-8")
    keys = {key for group in tomllib.loads(text)["group"] for key in group}
    assert keys == {
        "title",
        "verdict",
        "pixels",
        "reason",
        "deface",
        "automatic",
        "text",
        "frames",
        "stacks",
        "faceless",
        "text_keep",
        "objects",
        "regions",
        "structures",
        "engines",
        "classes",
    }


def test_ultrasound_alone_declares_its_regions() -> None:
    assert {
        "Ultrasound" in d.name or "US" in d.name or "Photo" in d.name for d in dispositions().values() if d.regions
    } == {True}
