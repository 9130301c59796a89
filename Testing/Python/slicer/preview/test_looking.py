# SPDX-License-Identifier: Apache-2.0
"""Pressing Preview: original and result in views of their own, the mask, both windows, the header's rows."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from previewcases import TAGS, choose, composite, header_rows, nodes, select, values, views_picture


def test_preview_can_be_pressed_when_a_series_is_selected(planned):
    assert not planned.ui.previewButton.enabled
    select(planned, "HEAD-001/1")
    assert planned.ui.previewButton.enabled


def test_original_and_result_stand_above_each_other(planned, slicer, until, picture):
    choose(planned.ui.defaceCombo, "auto")
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy)
    previewed = planned
    assert previewed.ui.previewLabel.text.startswith("Result after")
    before, after, mask = (values(previewed, role) for role in ("before", "after", "mask"))
    np.testing.assert_array_equal(after != before, (mask == 1) & (before != -1000))
    assert (after[mask == 1] == -1000).all()
    assert 0.2 < (mask == 1).mean() < 0.95
    shown = {tag: composite(slicer, tag) for tag in TAGS if not tag.endswith("Head")}
    for tag, node in shown.items():
        role = "before" if "Before" in tag else "after"
        assert node.GetBackgroundVolumeID() == previewed.preview._nodes.get(role).GetID()
        assert bool(node.GetLabelVolumeID()) == ("Before" in tag)
        assert node.GetLinkedControl()
    for role, tag in (("head before", "DeidBeforeHead"), ("head after", "DeidAfterHead")):
        view = slicer.mrmlScene.GetSingletonNode(tag, "vtkMRMLViewNode")
        display = previewed.preview._nodes.get(role).GetDisplayNode()
        assert list(display.GetViewNodeIDs()) == [view.GetID()]
    drawn = views_picture(slicer, "preview-1-outline")
    top, bottom = drawn[:320], drawn[-320:]
    skin = [
        (half[:, -320:, 0] > half[:, -320:, 2]).mean() for half in (top, bottom)
    ]  # skin is red, the background blue
    assert 0.05 < skin[1] < skin[0]
    red = (drawn[..., 0] > 180) & (drawn[..., 1] < 100)
    assert red[:320].any()
    assert not red[-320:].any()
    picture(previewed.parent, "panel-12-previewed")


def test_the_mask_is_an_outline_an_overlay_or_hidden(previewed, slicer):
    def red():
        drawn = slicer.app.layoutManager().picture((320, 320))
        return int(((drawn[..., 0] > 1.5 * drawn[..., 1]) & (drawn[..., 0] > 40) & (drawn[..., 2] < 120)).sum())

    counts = {}
    for kind in ("outline", "overlay", "hidden"):
        choose(previewed.ui.maskCombo, kind)
        counts[kind] = red()
        views_picture(slicer, f"preview-2-{kind}")
    assert counts["hidden"] < counts["outline"] < counts["overlay"]


def test_both_pictures_have_one_window(previewed):
    nodes = [previewed.preview._nodes.get(role).GetDisplayNode() for role in ("before", "after")]
    assert {(node.GetWindow(), node.GetLevel()) for node in nodes} == {(400.0, 40.0)}
    choose(previewed.ui.windowCombo, "brain")
    assert {(node.GetWindow(), node.GetLevel()) for node in nodes} == {(80.0, 40.0)}
    nodes[1].SetWindowLevel(1000, 300)  # as the mouse does in a view
    assert (nodes[0].GetWindow(), nodes[0].GetLevel()) == (1000.0, 300.0)


def test_header_rows_say_what_was_done_and_by_which_rule(previewed):
    rows = header_rows(previewed)
    name = next(row for row in rows if row[0] == "PatientName (0010,0010)")
    assert name[1].startswith("CANARYNAME")
    assert name[2:4] == ["HEAD-001", "new ID"]
    assert name[4]
    assert not any(row[3] == "kept" for row in rows)
    previewed.ui.keptCheck.checked = True
    assert any(row[3] == "kept" for row in header_rows(previewed))
    previewed.ui.headerFilterEdit.text = "(0010,0010)"
    assert {row[0].split()[0] for row in header_rows(previewed)} == {"PatientName"}


def test_a_rule_is_never_cut_off(previewed):
    table = previewed.ui.headerTable
    assert table.columnWidth(4) >= table.sizeHintForColumn(4)
    previewed.ui.headerFilterEdit.text = "no such attribute"
    previewed.ui.headerFilterEdit.text = ""
    assert table.columnWidth(4) >= table.sizeHintForColumn(4)


def test_slices_of_both_rows_move_together(previewed, slicer):
    first, second = (
        slicer.mrmlScene.GetSingletonNode(f"Deid{row}Axial", "vtkMRMLSliceNode") for row in ("Before", "After")
    )
    logic = slicer.app.applicationLogic().GetSliceLogic(first)
    logic.StartSliceOffsetInteraction()
    first.SetSliceOffset(first.GetSliceOffset() + 12.0)
    logic.EndSliceOffsetInteraction()
    assert second.GetSliceOffset() == pytest.approx(first.GetSliceOffset())


def test_the_event_loop_keeps_turning_during_a_preview(planned, until):
    import qt

    ticks = []
    timer = qt.QTimer()
    timer.connect("timeout()", lambda: ticks.append(time.monotonic()))
    timer.start(20)
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy)
    timer.stop()
    gaps = sorted(b - a for a, b in itertools.pairwise(ticks))
    print(f"longest gap of a 20 ms timer during a preview: {1000 * gaps[-1]:.0f} ms of {ticks[-1] - ticks[0]:.1f} s")
    assert gaps[-1] < 0.5 * (ticks[-1] - ticks[0])  # it never stands still for the length of the work


def test_views_are_made_one_by_one_before_there_is_something_to_show(planned, slicer, until):
    manager = slicer.app.layoutManager()
    usual = manager.layout
    before = set(nodes(slicer))
    layout = planned.preview._layout
    layout.prepare()
    made = []
    for _ in TAGS:
        layout._makeNext()
        made.append([node.GetLayoutName() for node in nodes(slicer).values() if node.IsA("vtkMRMLAbstractViewNode")])
    assert [[tag for tag in TAGS if tag in names] for names in made] == [list(TAGS[:n]) for n in range(1, 7)]
    assert manager.layout == usual
    assert not any(node.GetSaveWithScene() for each, node in nodes(slicer).items() if each not in before)
    layout.restore()
    assert set(nodes(slicer)) == before


def test_what_comes_before_the_views_waits_for_all_of_them_and_comes_in_order(planned, slicer, until):
    preview, shown = planned.preview, []
    preview._layout.prepare()
    for number in range(3):
        preview._show(lambda number=number: shown.append((number, preview._layout.isReady)))
    assert shown == []
    assert preview.isBusy
    until(lambda: not preview.isBusy)
    assert shown == [(0, True), (1, True), (2, True)]
    preview.close()
    preview._layout.prepare()
    preview._show(lambda: shown.append("closed"))
    preview.close()
    slicer.app.processEvents()
    assert "closed" not in shown
    assert not preview.isBusy


def test_a_refused_series_is_shown_as_it_is_with_the_reason(planned, until, slicer, picture):
    select(planned, "HEAD-002/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy, 60)
    assert planned.ui.previewLabel.text.startswith("With these settings this series is refused: no head could be")
    assert "'Heads'" in planned.ui.previewLabel.text
    assert values(planned, "before").shape == (5, 64, 64)
    assert planned.preview._nodes.get("after") is None
    picture(planned.parent, "panel-13-refused-preview")


def test_a_result_does_not_hide_that_the_table_refuses_the_series(planned, until):
    reason = "it was released before from other images"
    planned.view.table.addResult({"patient": "HEAD-001", "series": 1, "status": "refused", "reason": reason})
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy)
    said = planned.ui.previewLabel.text
    assert said.startswith("Result after")
    assert f"But the table says that nothing of it is released: {reason}." in said


def test_a_preview_needs_no_main_window(planned, slicer, until):
    slicer.app.has_main_window = False
    try:
        select(planned, "HEAD-001/1")
        planned.ui.previewButton.click()
        until(lambda: not planned.preview.isBusy)
        assert values(planned, "after").shape == (48, 160, 160)
    finally:
        planned.preview.close()
        slicer.app.has_main_window = True


def test_what_is_unexpected_is_said_by_its_kind_only(planned, until, monkeypatch):
    import SlicerDeidLib

    def raising(*_arguments, **_options):
        raise KeyError("CANARYNAME")

    monkeypatch.setattr(SlicerDeidLib, "open_preview", raising)
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy, 60)
    assert planned.ui.previewLabel.text.startswith("The preview ended: An unexpected KeyError.")
    assert "CANARY" not in planned.ui.previewLabel.text


def test_unevenly_spaced_slices_are_shown_where_they_lie(slicer):
    from SlicerDeidLib.model.volume import Volume
    from SlicerDeidWidgets import previewarrays

    heights = np.array([0.0, 4.0, 8.0, 15.0, 16.0])
    stored = np.arange(5, dtype=np.int16)[:, None, None] * np.ones((1, 6, 8), np.int16)
    positions = np.outer(heights, [0.0, 0.0, 1.0]) + np.array([10.0, 20.0, 30.0])
    volume = Volume(stored, np.ones(5), np.zeros(5), positions, np.array([0.5, 0, 0]), np.array([0, 0.5, 0]))
    lattice = previewarrays.latticeOf(volume)
    shown = previewarrays.shownValues(volume, stored, lattice)
    for place, k in enumerate(shown[:, 0, 0]):
        ras = lattice.ijkToRas @ [0, 0, place, 1]
        np.testing.assert_allclose(ras[:2], [-10, -20])
        assert np.abs(heights + 30 - ras[2]).argmin() == k
    assert set(shown[:, 0, 0]) == set(range(5))


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.uint8, np.int32, np.float32])
@pytest.mark.parametrize(("slope", "intercept"), [(1, -1024), (1, 0), (1, 30000), (1, -40000), (1, 0.5), (2, -1024)])
def test_every_value_is_shown_as_its_hu_within_what_a_node_holds(slicer, dtype, slope, intercept):
    from SlicerDeidLib.model.volume import Volume
    from SlicerDeidWidgets import previewarrays

    high = 50000 if dtype == np.float32 else min(np.iinfo(dtype).max, 50000)
    low = 0 if dtype in (np.uint8, np.uint16) else -32768
    stored = np.array([[[low, 0, 1, 7]], [[0, 1, 2, high]], [[3, 4, 5, 6]]], dtype)
    steps = np.array([0.5, 0, 0]), np.array([0, 0.5, 0])
    positions = np.outer(np.arange(3.0), [0, 0, 1.0])
    volume = Volume(stored, np.full(3, float(slope)), np.full(3, float(intercept)), positions, *steps)
    shown = previewarrays.shownValues(volume, stored, previewarrays.latticeOf(volume))
    wanted = np.rint(stored.astype(np.float64) * slope + intercept).clip(-32768, 32767)
    np.testing.assert_array_equal(shown, wanted)
