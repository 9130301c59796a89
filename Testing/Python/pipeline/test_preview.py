# SPDX-License-Identifier: Apache-2.0
"""Previews show what a run would write, step by step, and other settings without finding everything anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
import SlicerDeidLib as deid
from ctseries import make_ct_series
from pydicom.dataset import Dataset
from SlicerDeidLib.errors import PixelError, PlanError, SeriesRefused
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import TextBox
from SlicerDeidLib.pipeline import preview, texts
from SlicerDeidLib.pixels.head import anatomy, finders
from SlicerDeidLib.pixels.text import slicetext
from SlicerDeidLib.sample.phantom import Lattice
from SlicerDeidLib.sample.study import write_study

KEY = bytes(range(32))
MAP = "Accession_number,De-identification_ID\nA1,HEAD-1\nB2,HEAD-2\n"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder ``in`` with one made head in two sub-folders' depth, and a map beside it."""
    folder = tmp_path_factory.mktemp("preview")
    write_study(folder / "in" / "A1" / "HEAD", lattice=Lattice(slices=40, rows=128, columns=128, pixel_spacing_mm=2.0))
    (folder / "map.csv").write_text(MAP, encoding="utf-8")
    return folder


def policy(**choices: Any) -> deid.Policy:
    return deid.with_choices(deid.read_policy("research"), **{"text": "off", **choices})


def opened(folder: Path, asked: deid.Policy, name: str = "A1", number: int = 1) -> deid.PreviewSession:
    return deid.open_preview(folder / "in", name, number, asked, deid.read_map(folder / "map.csv"), key=KEY)


@pytest.fixture(scope="module")
def session(study: Path) -> deid.PreviewSession:
    return opened(study, policy())


def test_the_last_look_is_what_a_run_writes(study: Path, tmp_path: Path) -> None:
    asked = policy(text="mask")
    looks = list(opened(study, asked).looks())
    steps = list(dict.fromkeys((look.step, look.is_last) for look in looks))  # a look comes again with more text
    assert steps == [("read", False), ("deface", False), ("text", True)]
    plan = deid.plan(
        deid.discover(study / "in"), asked, deid.read_map(study / "map.csv"), key=KEY, private=tmp_path / "p"
    )
    deid.run(plan, tmp_path / "out")
    written = [pydicom.dcmread(path) for path in sorted((tmp_path / "out").rglob("*.dcm"))]
    by_height = sorted(written, key=lambda image: image.ImagePositionPatient[2])
    np.testing.assert_array_equal(looks[-1].after, [image.pixel_array for image in by_height])
    after = {row.path: row.after for row in looks[-1].headers}
    for keyword in ("PatientName", "PatientID", "StudyDate", "SOPInstanceUID", "RecognizableVisualFeatures"):
        element = written[0][keyword]
        assert after[f"({element.tag.group:04X},{element.tag.element:04X})"] == str(element.value)
    assert {row.path for row in looks[-1].headers if row.after is not None and row.path > "(0008"} >= {
        f"({element.tag.group:04X},{element.tag.element:04X})" for element in written[0]
    }


@pytest.mark.parametrize(
    "changes",
    [
        ({"depth_mm": 12.0}, {"deface": "face"}, {}),
        ({"deface": "surface"}, {"air_value": -500.0}, {"text": "mask", "air_value": -900.0}),
        ({"text": "mask"}, {"text": "mask", "depth_mm": 10.0}, {"text": "morph", "deface": "none"}),
    ],
    ids=lambda changes: " then ".join("+".join(map(str, change.values())) or "usual" for change in changes),
)
def test_after_other_settings_the_last_look_is_what_a_run_with_them_writes(
    study: Path, tmp_path: Path, changes: tuple[dict[str, Any], ...]
) -> None:
    session = opened(study, policy())
    for change in changes:
        *_, last = session.looks(policy(**change))
    asked = policy(**changes[-1])
    rows = deid.read_map(study / "map.csv")
    deid.run(deid.plan(deid.discover(study / "in"), asked, rows, key=KEY, private=tmp_path / "p"), tmp_path / "out")
    written = [pydicom.dcmread(path) for path in sorted((tmp_path / "out").rglob("*.dcm"))]
    by_height = sorted(written, key=lambda image: image.ImagePositionPatient[2])
    np.testing.assert_array_equal(last.after, [image.pixel_array for image in by_height])
    after = {row.path: row.after for row in last.headers if row.after is not None}
    marks = ("RecognizableVisualFeatures", "PatientIdentityRemoved", "StudyTime", "BurnedInAnnotation")
    for element in (written[0][keyword] for keyword in marks if keyword in written[0]):
        assert after[f"({element.tag.group:04X},{element.tag.element:04X})"] == str(element.value)


def test_headers_are_made_anew_only_for_other_rules_and_are_those_of_a_fresh_preview(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    real = preview.finish_header
    monkeypatch.setattr(preview, "finish_header", lambda *given: made.append(1) or real(*given))
    session, counts = opened(study, policy()), []
    other = deid.with_choices(deid.read_policy("basic"), text="off", depth_mm=9.0)
    for asked in (policy(), policy(depth_mm=11.0), other, policy(air_value=-500.0), policy(depth_mm=12.0)):
        made.clear()
        looks = [look.headers for look in session.looks(asked)]
        counts.append(len(made))
        assert looks == [look.headers for look in opened(study, asked).looks()]
    assert counts == [2, 1, 2, 2, 1]  # before anything is known of pixels, and at the end with what is said of them


def test_another_depth_measures_slices_and_padding_no_second_time_and_gives_the_mask_of_a_fresh_look(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    for name in ("check_steps", "padding_mask"):
        real = getattr(finders, name)
        monkeypatch.setattr(finders, name, lambda *given, name=name, real=real: asked.append(name) or real(*given))
    *_, last = opened(study, policy()).looks()
    volume, known = last.before, {}
    asked.clear()
    again = [finders.find_head(volume, DefacePolicy("surface+face", depth), known) for depth in (8.0, 11.0, 9.0)]
    assert asked == ["check_steps", "padding_mask"]
    for depth, mask in zip((8.0, 11.0, 9.0), again, strict=True):
        fresh = finders.find_head(volume, DefacePolicy("surface+face", depth))
        assert np.array_equal(mask.keep, fresh.keep)
        assert mask.measures == fresh.measures


def test_the_original_is_shown_first_and_stays_as_it_was(session: deid.PreviewSession) -> None:
    first, _, last = session.looks()
    assert first.after is first.before.stored
    assert last.before is first.before
    assert (last.after != first.before.stored).any()


def test_other_settings_do_not_find_the_head_anew(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    real = anatomy.find_anatomy
    monkeypatch.setattr(anatomy, "find_anatomy", lambda volume: found.append(1) or real(volume))
    session = opened(study, policy())
    masks = []
    for depth_mm, method in ((8.0, "surface+face"), (12.0, "surface+face"), (12.0, "surface")):
        *_, last = session.looks(policy(depth_mm=depth_mm, deface=method))
        masks.append(last.mask.keep)
    assert len(found) == 1
    assert masks[1].sum() < masks[0].sum() < masks[2].sum()
    *_, fresh = opened(study, policy()).looks(policy(depth_mm=12.0, deface="surface+face"))
    np.testing.assert_array_equal(masks[1], fresh.mask.keep)


def test_another_air_value_changes_the_air_alone(session: deid.PreviewSession) -> None:
    *_, usual = session.looks()
    *_, other = session.looks(policy(air_value=-500.0))
    assert other.mask is usual.mask
    gone = ~usual.mask.keep
    assert (other.after[gone] * other.before.slope[0] + other.before.intercept[0] == -500).all()
    np.testing.assert_array_equal(other.after[~gone], usual.after[~gone])


def test_boxes_are_shown_as_they_are_found(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = [TextBox(frame, 60, 60, 4, 20, "ocr") for frame in (3, 21, 22)]
    passes = [[tuple(boxes[:1]), (), tuple(boxes[1:])], [()]]
    monkeypatch.setattr(slicetext, "find_text", lambda *_arguments, **_options: iter(passes.pop(0)))
    looks = list(opened(study, policy(text="mask")).looks())
    assert [look.boxes for look in looks] == [(), (), tuple(boxes[:1]), tuple(boxes), tuple(boxes)]
    assert [look.step for look in looks] == ["read", *["deface"] * 3, "text"]
    assert all(look.after is looks[1].after for look in looks[2:4])
    assert (looks[-1].after[3] != looks[1].after[3]).any()


def test_text_is_not_read_again_for_another_air_value(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []
    real = texts._read_until_gone
    monkeypatch.setattr(texts, "_read_until_gone", lambda *a, **k: reads.append(1) or real(*a, **k))
    session = opened(study, policy(text="mask"))
    for air_value in (None, -1024.0):
        *_, last = session.looks(policy(text="mask", air_value=air_value))
        assert last.is_last
    assert len(reads) == 1


def test_a_header_row_names_the_rule(session: deid.PreviewSession) -> None:
    *_, last = session.looks()
    rows = {row.path: row for row in last.headers}
    name = rows["(0010,0010)"]
    assert (name.keyword, name.after, name.action) == ("PatientName", "HEAD-1", "new ID")
    assert name.before
    assert name.before != name.after
    assert name.source
    assert rows["(0028,0010)"].action == "kept"
    assert rows["(0012,0062)"].before is None
    assert rows["(0012,0062)"].action == "marked"
    nested = [row for row in last.headers if "[1]>" in row.path]
    assert any(row.before != row.after and row.source for row in nested)
    assert name.before not in repr(last.headers)


def test_a_refused_series_is_refused_after_the_original_was_shown(tmp_path: Path) -> None:
    make_ct_series(tmp_path / "in" / "A1", slices=6)
    (tmp_path / "map.csv").write_text(MAP, encoding="utf-8")
    looks = opened(tmp_path, policy()).looks()
    assert next(looks).step == "read"
    with pytest.raises(SeriesRefused, match="no head could be defaced"):
        next(looks)


def test_settings_that_refuse_a_series_say_so(session: deid.PreviewSession) -> None:
    with pytest.raises(SeriesRefused, match="not available"):
        next(session.looks(policy(text="no such mode")))


def test_a_series_that_no_setting_can_release_is_refused_at_once(tmp_path: Path) -> None:
    make_ct_series(tmp_path / "in" / "A1" / "a", slices=3)
    make_ct_series(tmp_path / "in" / "A1" / "b", slices=2, patient_id="CANARYPID2", series=2)
    (tmp_path / "map.csv").write_text(MAP, encoding="utf-8")
    with pytest.raises(SeriesRefused, match="another patient's"):
        opened(tmp_path, policy(), number=2)


def test_a_series_whose_heads_stay_is_shown_with_its_headers(study: Path) -> None:
    *_, last = opened(study, policy(deface="none")).looks()
    assert last.is_last
    assert last.after is last.before.stored
    assert last.before.unit == "HU"
    assert {row.path: row.after for row in last.headers}["(0028,0302)"] == "YES"


def test_slices_that_make_no_volume_are_shown_where_none_is_needed(tmp_path: Path) -> None:
    def beside(dataset: Dataset, k: int) -> None:
        dataset.ImagePositionPatient = [40.0 * k, 0.0, 0.0]

    make_ct_series(tmp_path / "in" / "A1", slices=3, change=beside)
    (tmp_path / "map.csv").write_text(MAP, encoding="utf-8")
    asked = policy(deface="none")
    (only,) = opened(tmp_path, asked).looks()
    assert only.is_last
    assert only.before.shape == (3, 64, 64)
    with pytest.raises(PixelError, match="beside each other"):
        next(opened(tmp_path, asked).looks(policy(deface="surface")))


def test_images_that_make_no_volume_are_shown_one_upon_the_other(tmp_path: Path) -> None:
    def letters(k: int) -> np.ndarray:
        picture = np.zeros((96, 128), np.int16)
        picture[20:76, 20 + k : 60] = 200
        return picture

    make_ct_series(tmp_path / "in" / "A1", slices=2, pixels=letters, sop_class_uid="1.2.840.10008.5.1.4.1.1.4", size=96)
    (tmp_path / "map.csv").write_text(MAP, encoding="utf-8")
    *_, last = opened(tmp_path, policy(deface="none")).looks(policy(deface="none", text="mask"))
    assert last.is_last
    assert last.before.shape == (2, 96, 128)
    assert last.mask is None


@pytest.mark.parametrize("sop_class_uid", ["1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.2"])
def test_a_series_of_which_no_image_would_be_left_is_shown_and_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sop_class_uid: str
) -> None:
    from SlicerDeidLib.pipeline import preview as room

    redact, step = room.redact_frames, room.redact_treated_stepwise

    def found_in_frames(file: Any, mode: str, **options: Any) -> Any:
        return replace(redact(file, "mask", **options), boxes=(TextBox(0, 1, 1, 5, 9, "test"),))

    def found_in_volume(treated: Any, *rest: Any) -> Any:
        done = yield from step(treated, *rest)
        return replace(done, boxes=tuple(TextBox(k, 1, 1, 5, 9, "test") for k in range(2)))

    monkeypatch.setattr(room, "redact_frames", found_in_frames)
    monkeypatch.setattr(room, "redact_treated_stepwise", found_in_volume)
    make_ct_series(tmp_path / "in" / "A1", slices=2, sop_class_uid=sop_class_uid)
    (tmp_path / "map.csv").write_text(MAP, encoding="utf-8")
    asked = policy(deface="none", text="drop")
    looks = []
    with pytest.raises(SeriesRefused, match="none is left"):
        looks.extend(opened(tmp_path, asked).looks())
    for look in opened(tmp_path, asked).looks():
        looks.append(look)
        if look.boxes:
            break
    assert looks[-1].boxes
    assert not any(look.is_last for look in looks)


def test_other_settings_do_not_show_another_patients_series(tmp_path: Path) -> None:
    make_ct_series(tmp_path / "in" / "A1" / "a", slices=3)
    is_mr = {"sop_class_uid": "1.2.840.10008.5.1.4.1.1.4"}  # which has no surface to peel
    make_ct_series(tmp_path / "in" / "A1" / "b", slices=2, patient_id="CANARYPID2", series=2, **is_mr)
    (tmp_path / "map.csv").write_text(MAP, encoding="utf-8")
    with pytest.raises(SeriesRefused, match="another patient's"):
        opened(tmp_path, policy(deface="surface"), number=2)


def test_only_the_patients_own_folder_is_read(study: Path, tmp_path: Path) -> None:
    index = deid.discover(study / "in", folders=("nobody",))
    assert not index.patients
    make_ct_series(tmp_path / "A1", slices=1)
    make_ct_series(tmp_path / "B2", slices=1, patient_id="CANARYPID2")
    (only,) = deid.discover(tmp_path, folders=("B2",)).patients
    assert only.number == 2


def test_a_series_that_is_gone_is_said(study: Path) -> None:
    with pytest.raises(PlanError, match="plan again"):
        opened(study, policy(), number=9)
