# SPDX-License-Identifier: Apache-2.0
"""No box that was drawn is left out without a word: not by a run, a closed preview, another panel or another folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from boxcases import INSIDE, PLACE, boxes, drag, draw, preview, rules, settle
from previewcases import choose, drag_box

OTHER = (40, 40, 5, 5)


@pytest.fixture
def writing(drawing):
    """The same, and what is made is written at once."""
    drawing.ui.holdCheck.checked = False
    return drawing


def apply(panel, until):
    panel.ui.applyButton.click()
    until(lambda: panel._worker is None, 120)


def filled(panel, tmp_path):
    """Return how much of the box was filled in what was written of the first patient; None: nothing was written."""
    folders = Path(panel.ui.inputPath.currentPath) / "A1", tmp_path / "out" / "HEAD-001"
    before, after = (
        [pydicom.dcmread(path).pixel_array for path in sorted(folder.rglob("*")) if path.is_file()]
        for folder in folders
    )
    return float((np.array(before) != np.array(after))[INSIDE].mean()) if after else None


def test_a_run_fills_the_box_that_was_moved_just_before(writing, until, tmp_path):
    writing.ui.drawBoxButton.click()
    drag_box(writing, PLACE, (0, 3))
    apply(writing, until)
    assert filled(writing, tmp_path) > 0.9


def test_a_run_fills_what_is_shown_though_the_file_is_gone(writing, until, tmp_path):
    draw(writing, until)
    (tmp_path / "private" / "regions.toml").unlink()
    apply(writing, until)
    assert filled(writing, tmp_path) > 0.9


@pytest.mark.parametrize("isMoved", [False, True])
def test_a_run_waits_for_a_box_that_fills_nothing(writing, slicer, until, tmp_path, isMoved):
    writing.ui.drawBoxButton.click()
    if isMoved:
        drag(writing, until, (200, 200, 5, 5))  # beside the images
        assert writing.ui.boxesLabel.text.startswith("Boxes that are not filled")
    for _ in range(2):
        apply(writing, until)
        assert writing.ui.progressLabel.text.startswith("Not started: Boxes that are not filled")
        assert writing.ui.progressLabel.text.endswith("1. Drag them over the text, or delete them.")
    assert filled(writing, tmp_path) is None
    assert writing.applying.redo(writing.request()).startswith("Boxes that are not filled")
    assert writing._worker is None
    slicer.mrmlScene.RemoveNode(boxes(slicer)[0])
    apply(writing, until)
    assert filled(writing, tmp_path) == 0


def test_a_run_waits_while_boxes_cannot_be_kept(writing, until, tmp_path):
    private = tmp_path / "private"
    private.write_text("no folder")
    draw(writing, until)
    assert writing.ui.boxesLabel.text.startswith("The boxes are not kept: ")
    apply(writing, until)
    assert writing.applying._preview.unkept().startswith("The boxes are not kept: ")
    assert filled(writing, tmp_path) is None
    private.unlink()
    apply(writing, until)
    assert filled(writing, tmp_path) > 0.9


def test_boxes_that_a_closed_preview_could_not_keep_are_said_until_a_run_was_about_to_start(writing, until, tmp_path):
    writing.ui.drawBoxButton.click()
    drag_box(writing, PLACE, (0, 3))
    (tmp_path / "private").mkdir(exist_ok=True)
    file = tmp_path / "private" / "regions.toml"
    file.mkdir()
    writing.ui.closePreviewButton.click()
    lost = "In the preview that was closed: The boxes are not kept: regions.toml cannot be read"
    assert writing.ui.boxesLabel.text.startswith(lost)
    file.rmdir()
    preview(writing, until, "HEAD-002/1")
    assert writing.ui.boxesLabel.text.startswith(lost)
    apply(writing, until)
    assert writing.ui.progressLabel.text.startswith(f"Not started: {lost}")
    assert filled(writing, tmp_path) is None
    apply(writing, until)
    assert filled(writing, tmp_path) == 0


def test_boxes_of_another_folder_are_not_left_out_without_a_word(writing, until, tmp_path):
    draw(writing, until)
    writing.ui.privatePath.currentPath = str(tmp_path / "another")
    apply(writing, until)
    assert writing.ui.progressLabel.text.startswith(
        "Not started: Boxes were drawn for another output or private folder"
    )
    assert filled(writing, tmp_path) is None
    apply(writing, until)
    assert filled(writing, tmp_path) == 0


def test_boxes_of_another_folder_are_filled_where_their_file_is_named(writing, until, tmp_path):
    draw(writing, until)
    writing.ui.privatePath.currentPath = str(tmp_path / "another")
    writing.ui.regionsPath.currentPath = str(tmp_path / "private" / "regions.toml")
    apply(writing, until)
    assert filled(writing, tmp_path) > 0.9


def test_boxes_that_another_panel_kept_meanwhile_stay_and_are_shown(drawing, slicer, until, tmp_path):
    import SlicerDeidLib as deid

    draw(drawing, until)
    file = tmp_path / "private" / "regions.toml"
    images = drawing.preview._boxes._shown.images
    several = [deid.DrawnBox((1, 1, 4, 4), None, is_site=True), deid.DrawnBox((9, 9, 4, 4), (1, 2))]
    deid.replace_region_rules(file, [*rules(tmp_path), *images.rules((), several)])
    draw(drawing, until, OTHER)
    assert {each.place: each.is_site for each in images.boxes(rules(tmp_path))} == {
        PLACE: False,
        OTHER: False,
        (1, 1, 4, 4): True,
        (9, 9, 4, 4): False,
    }
    assert len(boxes(slicer)) == 4
    settle(drawing, until)
    drawing.ui.resetBoxesButton.click()
    settle(drawing, until)
    assert rules(tmp_path) == ()


def test_what_is_drawn_during_a_run_or_after_it_is_said_to_come_too_late(writing, until, tmp_path):
    writing.ui.applyButton.click()
    draw(writing, until)
    assert writing._worker is not None
    assert "The run that is going on does not fill what is drawn now" in writing.ui.boxesLabel.text
    until(lambda: writing._worker is None, 120)
    assert filled(writing, tmp_path) == 0
    draw(writing, until, OTHER)
    assert "What was made of this series before does not change by that" in writing.ui.boxesLabel.text


def test_boxes_stay_in_their_file_when_the_scene_is_closed(drawing, slicer, until, tmp_path):
    draw(drawing, until)
    slicer.mrmlScene.Clear()
    slicer.app.processEvents()
    settle(drawing, until)
    assert len(rules(tmp_path)) == 1


def test_a_file_of_boxes_that_is_none_is_not_passed_over(drawing, until, tmp_path):
    drawing.ui.closePreviewButton.click()
    (tmp_path / "private" / "regions.toml").mkdir(parents=True)
    assert "--regions" in drawing.request().withDecisions().runArguments()


@pytest.mark.parametrize("k", [0, 6])
def test_in_tilted_slices_a_box_is_filled_where_it_was_laid_over_the_text(
    panel, slicer, until, tmp_path, monkeypatch, k
):
    from ctseries import make_ct_series
    from SlicerDeidLib.sample.study import write_map

    noise = np.random.default_rng(7)
    make_ct_series(
        tmp_path / "in" / "A1",
        slices=7,
        tilt_deg=20.0,
        step_mm=20.0,
        pixels=lambda _k: noise.integers(0, 80, (64, 64)).astype(float),
    )
    write_map(tmp_path / "map.xlsx", [("A1", "HEAD-001")])
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    panel.logic.program = None
    for line, name in (("input", "in"), ("map", "map.xlsx"), ("output", "out"), ("private", "private")):
        getattr(panel.ui, f"{line}Path").currentPath = str(tmp_path / name)
    choose(panel.ui.defaceCombo, "none")
    choose(panel.ui.textCombo, "morph")
    panel.ui.planButton.click()
    until(lambda: panel._worker is None, 60)
    preview(panel, until, "HEAD-001/1")
    matrix = panel.preview._boxes._shown.lattice.ijkToRas
    row, column, height, width = PLACE
    seen = (matrix @ [column + (width - 1) / 2, row + (height - 1) / 2, k, 1])[:3]
    view = slicer.mrmlScene.GetSingletonNode("DeidBeforeAxial", "vtkMRMLSliceNode")
    view.JumpSliceByOffsetting(*seen)
    panel.ui.drawBoxButton.click()
    (box,) = boxes(slicer)
    through = slicer.util.arrayFromVTKMatrix(box.GetObjectToNodeMatrix())[:3, 2]
    box.SetCenter(*(seen + (3 - k) * (matrix[:3, 2] @ through) * through))  # its middle, of all slices
    box.SetSize(*(4.0 * width, 4.0 * height, box.GetSize()[2]))
    settle(panel, until)
    assert [rule.fill for rule in rules(tmp_path)] == [(PLACE,)]
    view.JumpSliceByOffsetting(*matrix[:3, 3])  # looking elsewhere moves nothing
    box.Modified()
    settle(panel, until)
    assert [rule.fill for rule in rules(tmp_path)] == [(PLACE,)]
    preview(panel, until, "HEAD-001/1")
    assert panel.preview.unkept() == ""
    assert [rule.fill for rule in rules(tmp_path)] == [(PLACE,)]
