# SPDX-License-Identifier: Apache-2.0
"""Boxes drawn in a preview over text that was not found: kept, masked by preview and run, reset, one series by one."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from boxcases import INSIDE, PLACE, boxes, changed, drag, draw, only, preview, rules, settle, show_again
from previewcases import choose, nodes, values, views_picture


def test_a_box_lies_over_the_original_and_counts_once_it_was_moved(drawing, slicer, until, tmp_path):
    assert not changed(drawing).any()
    drawing.ui.drawBoxButton.click()
    settle(drawing, until)
    (box,) = boxes(slicer)
    views = [
        slicer.mrmlScene.GetSingletonNode(f"DeidBefore{view}", "vtkMRMLSliceNode") for view in ("Axial", "Sagittal")
    ]
    assert list(box.GetDisplayNode().GetViewNodeIDs()) == [view.GetID() for view in views]
    assert rules(tmp_path) == ()
    assert not changed(drawing).any()
    drag(drawing, until)
    (rule,) = rules(tmp_path)
    assert rule.fill == (PLACE,)
    assert changed(drawing)[INSIDE].mean() > 0.9
    assert not (changed(drawing) & ~only(INSIDE)).any()
    np.testing.assert_array_equal(values(drawing, "mask") == 2, only(INSIDE))
    assert drawing.ui.boxesLabel.text == "Boxes that are filled in this series alone: 1."
    drawn = views_picture(slicer, "preview-9-box")
    yellow = (drawn[..., 0] > 150) & (drawn[..., 1] > 120) & (drawn[..., 2] < 90)
    assert yellow[:320].any()
    assert not yellow[-320:].any()


def test_a_thin_box_is_of_the_slices_that_it_spans(drawing, until, tmp_path):
    draw(drawing, until, PLACE, (1, 2))
    part = only(INSIDE)
    part[[0, 3]] = False
    np.testing.assert_array_equal(values(drawing, "mask") == 2, part)
    assert not (changed(drawing) & ~part).any()


def test_reset_takes_all_back_and_leaves_no_file(drawing, slicer, until, tmp_path):
    draw(drawing, until)
    draw(drawing, until, (40, 40, 5, 5))
    assert len(rules(tmp_path)) == 2
    drawn = boxes(slicer)
    drawing.ui.resetBoxesButton.click()
    settle(drawing, until)
    assert boxes(slicer) == []
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    assert [hierarchy.GetItemByDataNode(box) for box in drawn] == [0, 0]  # else it takes the next node for one of them
    assert not (tmp_path / "private" / "regions.toml").exists()
    assert not changed(drawing).any()
    assert not drawing.ui.resetBoxesButton.enabled


def test_a_box_that_the_user_deletes_is_filled_no_more(drawing, slicer, until, tmp_path):
    draw(drawing, until)
    slicer.mrmlScene.RemoveNode(boxes(slicer)[0])
    settle(drawing, until)
    assert rules(tmp_path) == ()
    assert not changed(drawing).any()


def test_next_shows_the_next_series_and_boxes_wait_for_their_own(drawing, slicer, until, tmp_path):
    draw(drawing, until)
    drawing.ui.nextSeriesButton.click()
    settle(drawing, until)
    assert drawing.view.table.current().place == "HEAD-002/1"
    assert boxes(slicer) == []
    assert not changed(drawing).any()
    draw(drawing, until, (40, 40, 5, 5))
    assert len(rules(tmp_path)) == 2
    drawing.ui.nextSeriesButton.click()  # there is no other
    preview(drawing, until, "HEAD-001/1")
    assert len(boxes(slicer)) == 1
    np.testing.assert_array_equal(values(drawing, "mask") == 2, only(INSIDE))


def test_what_was_moved_last_is_kept_when_the_preview_is_closed_at_once(drawing, slicer, until, tmp_path):
    drawing.ui.drawBoxButton.click()
    (box,) = boxes(slicer)
    box.SetSize(8.0, 8.0, 100.0)
    drawing.ui.closePreviewButton.click()
    assert len(rules(tmp_path)) == 1
    assert boxes(slicer) == []


def test_as_a_rule_of_the_site_a_box_holds_for_the_device(drawing, slicer, until, tmp_path):
    draw(drawing, until)
    drawing.ui.siteBoxesCheck.checked = True
    settle(drawing, until)
    assert drawing.ui.boxesLabel.text == "Boxes that are filled in all images of this device and size: 1."
    (rule,) = rules(tmp_path)
    assert rule.series == ""
    preview(drawing, until, "HEAD-002/1")
    assert drawing.ui.siteBoxesCheck.checked
    assert changed(drawing)[INSIDE].mean() > 0.9
    drawing.ui.siteBoxesCheck.checked = False  # of this series alone from now on
    settle(drawing, until)
    preview(drawing, until, "HEAD-001/1")
    assert boxes(slicer) == []


def test_the_run_fills_just_the_boxes_and_nothing_else(drawing, until, tmp_path, folder):
    choose(drawing.ui.textCombo, "mask")
    draw(drawing, until, PLACE, (1, 2))
    drawing.ui.holdCheck.checked = False
    drawing.ui.applyButton.click()
    until(lambda: drawing._worker is None, 120)
    if not list((tmp_path / "out").rglob("*.dcm")):  # the plan was shown first
        drawing.ui.applyButton.click()
        until(lambda: drawing._worker is None, 120)
    before, after = (
        {
            name: np.array(
                [pydicom.dcmread(path).pixel_array for path in sorted((root / name).rglob("*")) if path.is_file()]
            )
            for name in names
        }
        for root, names in ((folder / "in", ("A1", "B2")), (tmp_path / "out", ("HEAD-001", "HEAD-002")))
    )
    first = before["A1"] != after["HEAD-001"]
    assert sorted(set(np.nonzero(first)[0])) == [1, 2]
    assert first[1:3][INSIDE].mean() > 0.9
    assert not (first & ~only(INSIDE)).any()
    np.testing.assert_array_equal(before["B2"], after["HEAD-002"])


def test_a_box_names_nobody_in_scene_or_log_and_is_not_saved(drawing, slicer, until, tmp_path):
    known = set(nodes(slicer))
    draw(drawing, until)
    made = [node for each, node in nodes(slicer).items() if each not in known]
    assert made
    assert not any(node.GetSaveWithScene() for node in made)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    item = hierarchy.GetItemByDataNode(boxes(slicer)[0])
    assert hierarchy.GetItemName(hierarchy.GetItemParent(item)) == "De-identification preview"
    slicer.mrmlScene.SetURL(str(tmp_path / "scene.mrml"))
    slicer.mrmlScene.Commit()
    image = pydicom.dcmread(next(path for path in (drawing_input(drawing)).rglob("*") if path.is_file()))
    secrets = ["CANARY", str(image.SeriesInstanceUID), str(image.SOPInstanceUID)]
    said = (tmp_path / "scene.mrml").read_text() + drawing.ui.log.toPlainText() + drawing.ui.boxesLabel.text
    assert not [secret for secret in secrets if secret in said]
    assert "MarkupsROI" not in said
    drawing.ui.closePreviewButton.click()
    assert boxes(slicer) == []


def drawing_input(panel):
    from pathlib import Path

    return Path(panel.ui.inputPath.currentPath) / "A1"


def test_boxes_need_a_private_folder_and_a_way_with_text_that_fills(drawing, plans, slicer, until):
    choose(drawing.ui.textCombo, "report")
    settle(drawing, until)
    drawing.ui.drawBoxButton.click()
    assert drawing.ui.boxesLabel.text.startswith("Choose a way with burned-in text that masks it")
    assert boxes(slicer) == []
    choose(drawing.ui.textCombo, "morph")
    drawing.ui.outputPath.currentPath = drawing.ui.privatePath.currentPath = ""
    show_again(drawing, plans)
    preview(drawing, until, "HEAD-001/1")
    drawing.ui.drawBoxButton.click()
    assert drawing.ui.boxesLabel.text.startswith("Choose the output folder first")
    assert boxes(slicer) == []


def test_a_broken_file_of_boxes_is_said_and_stays(drawing, until, tmp_path):
    drawing.ui.closePreviewButton.click()
    path = tmp_path / "private" / "regions.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text("[[[")
    preview(drawing, until, "HEAD-001/1")
    assert "regions.toml, line 1" in drawing.ui.previewLabel.text
    assert not drawing.ui.drawBoxButton.enabled
    assert path.read_text() == "[[["


def test_own_regions_of_a_file_are_filled_besides(drawing, until, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('[[region]]\nmanufacturer = "CANARYMAKER"\nfill = [[50, 50, 60, 60]]\n')
    drawing.ui.regionsPath.currentPath = str(own)
    settle(drawing, until)
    draw(drawing, until)
    both = only(INSIDE) | only(np.s_[:, 50:60, 50:60])
    np.testing.assert_array_equal(values(drawing, "mask") == 2, both)
    words = drawing.request().withDecisions().runArguments()
    named = [words[n + 1] for n, word in enumerate(words) if word == "--regions"]
    assert named == [str(own), str(tmp_path / "private" / "regions.toml")]


def test_a_rejected_series_is_made_again_with_the_box_that_was_drawn_since(
    drawing, slicer, until, tmp_path, folder, monkeypatch
):
    import SlicerDeidLib as deid

    asked = []
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda sentence: asked.append(sentence) or False)
    ui, out, private = drawing.ui, tmp_path / "out", tmp_path / "private"

    def press_and_wait(button):
        button.click()
        until(lambda: drawing._worker is None, 120)

    press_and_wait(ui.applyButton)
    deid.decide(out, private, reject=["HEAD-001/1", "HEAD-002/1"], note="text in the picture")
    draw(drawing, until)
    press_and_wait(ui.planButton)
    press_and_wait(ui.applyButton)
    assert asked == []
    (again,) = deid.held_series(out, private)
    assert again.place == "HEAD-001/1"
    after = np.array([pydicom.dcmread(again.folder / name).pixel_array for name in again.files])
    before = np.array([pydicom.dcmread(path).pixel_array for path in sorted((folder / "in" / "A1").rglob("IM*"))])
    assert (before != after)[INSIDE].mean() > 0.9
    assert not ((before != after) & ~only(INSIDE)).any()


def test_boxes_that_are_kept_are_not_left_out_by_a_way_with_text_that_fills_nothing(drawing, until, tmp_path):
    draw(drawing, until)
    choose(drawing.ui.textCombo, "off")
    settle(drawing, until)
    assert "fills no regions" in drawing.ui.previewLabel.text
    assert len(rules(tmp_path)) == 1


@pytest.fixture
def pictures(panel, tmp_path, until, monkeypatch):
    """A panel that shows the plan of a clip and of a radiograph."""
    from ctseries import make_ct_series
    from pydicom.uid import ComputedRadiographyImageStorage, UltrasoundMultiFrameImageStorage
    from SlicerDeidLib.sample.study import write_map

    def as_clip(image, _k):
        image.NumberOfFrames, image.PixelData = 3, image.PixelData * 3

    noise = np.random.default_rng(5)
    kinds = (UltrasoundMultiFrameImageStorage, as_clip), (ComputedRadiographyImageStorage, lambda _image, _k: None)
    for name, (kind, change) in zip(("A1", "B2"), kinds, strict=True):
        make_ct_series(
            tmp_path / "in" / name,
            patient_id=f"CANARYPID{name}",
            slices=1,
            sop_class_uid=kind,
            pixels=lambda _k: noise.integers(0, 80, (64, 64)).astype(float),
            change=change,
        )
    write_map(tmp_path / "map.xlsx", [("A1", "HEAD-001"), ("B2", "HEAD-002")])
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    panel.logic.program = None
    for line, name in (("input", "in"), ("map", "map.xlsx"), ("output", "out"), ("private", "private")):
        getattr(panel.ui, f"{line}Path").currentPath = str(tmp_path / name)
    choose(panel.ui.defaceCombo, "none")
    panel.ui.planButton.click()
    until(lambda: panel._worker is None, 60)
    return panel


@pytest.mark.parametrize(("place", "frames"), [("HEAD-001/1", 3), ("HEAD-002/1", 1)])
def test_a_box_is_filled_on_all_frames_of_a_clip_and_in_a_radiograph(pictures, slicer, until, place, frames):
    preview(pictures, until, place)
    assert len(values(pictures, "before")) == frames
    draw(pictures, until, PLACE, (0, 0))  # of an image all frames
    wanted = np.zeros((frames, 64, 64), bool)
    wanted[INSIDE] = True
    np.testing.assert_array_equal(values(pictures, "mask") == 2, wanted)
    assert not (changed(pictures) & ~wanted).any()
    assert changed(pictures)[INSIDE].mean() > 0.9
    draw(pictures, until, (40, 40, 5, 5), (0, 0))
    assert len(boxes(slicer)) == 2
