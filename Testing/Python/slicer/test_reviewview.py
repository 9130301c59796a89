# SPDX-License-Identifier: Apache-2.0
"""The review in the panel: finished heads as pictures, page by page; only what was looked at can be accepted."""

from __future__ import annotations

from pathlib import Path

import pytest
from panelsaid import settle, told
from reviewed import accept_page, names, press, released, select


def test_what_waits_is_shown_as_heads(waiting, until, picture):
    assert names(waiting) == ["HEAD-001/1", "HEAD-002/1", "HEAD-003/1"]
    until(lambda: not waiting.review.heads.isBusy, 60)
    icons = [waiting.ui.reviewList.item(row).icon() for row in range(3)]
    for icon in icons:
        image = icon.pixmap(132, 132).toImage()
        places = [(x, y) for x in range(0, image.width(), 6) for y in range(0, image.height(), 6)]
        lit = sum(image.pixelColor(x, y).lightness() > 60 for x, y in places)
        assert lit > 0.1 * len(places)  # a head fills a good part of its picture
    select(waiting, "HEAD-002/1")
    assert "doubt 1." in waiting.ui.reviewDetailLabel.text
    assert "may leave a recognisable face" in waiting.ui.reviewDetailLabel.text
    assert "made with Headers 'Research', Heads 'Surface', Depth '" in waiting.ui.reviewDetailLabel.text
    assert "different settings" not in waiting.ui.reviewLabel.text
    waiting.parent.resize(560, 1620)
    picture(waiting.parent, "panel-16-review")


def test_heads_that_were_made_with_different_settings_are_said_to_be(waiting, until):
    from dataclasses import replace

    heads = waiting.review.heads
    until(lambda: not heads.isBusy, 60)
    first, *others = heads._finished
    heads._finished = [replace(first, settings={**first.settings, "--depth": "4"}), *others]
    heads._showPage()
    assert "made with different settings" in waiting.ui.reviewLabel.text
    assert "Depth '4 mm'" in waiting.ui.reviewList.item(0).toolTip()


def test_originals_stand_beside_the_heads_and_are_forgotten(waiting, until, picture, source):
    before = sorted(path for path in source.rglob("*") if path.is_file())
    waiting.ui.reviewOriginalCheck.checked = True
    until(lambda: not waiting.review.heads.isBusy, 120)
    image = waiting.ui.reviewList.item(0).icon().pixmap(264, 132).toImage()
    side = image.height()
    assert image.width() == 2 * side
    halves = [
        [image.pixelColor(x, y).lightness() for x in range(start, start + side, 3) for y in range(0, side, 3)]
        for start in (0, side)
    ]
    lit = [sum(value > 60 for value in half) for half in halves]
    assert lit[0] > lit[1] > 0.1 * len(halves[1])  # the peel takes of the head
    waiting.parent.resize(660, 1620)
    picture(waiting.parent, "panel-19-originals")
    assert sorted(path for path in source.rglob("*") if path.is_file()) == before
    waiting.ui.reviewOriginalCheck.checked = False
    until(lambda: not waiting.review.heads.isBusy, 60)
    alone = waiting.ui.reviewList.item(0).icon().pixmap(264, 132)
    assert alone.width() == alone.height()
    shown = waiting.review.heads._page()
    waiting.ui.outputPath.currentPath = str(source / "elsewhere")
    assert not any(map(waiting.review.heads._pictures.isDrawn, shown))


def test_what_waits_after_a_run_that_ended_elsewhere_is_shown_when_the_module_is_entered(waiting, until):
    waiting.logic.program = None
    waiting.ui.defaceCombo.setCurrentIndex(waiting.ui.defaceCombo.findData("none"))
    waiting.ui.textCombo.setCurrentIndex(waiting.ui.textCombo.findData("off"))
    waiting.ui.planButton.click()
    until(lambda: waiting._worker is None, 120)
    waiting.ui.reviewTabs.setCurrentIndex(1)
    waiting.ui.applyButton.click()
    waiting.exit()
    until(lambda: waiting._worker is None, 120)
    until(lambda: not waiting.review.heads.isBusy, 120)
    waiting.enter()
    assert waiting.ui.reviewTabs.currentIndex == 0
    assert names(waiting) == ["HEAD-001/1", "HEAD-002/1", "HEAD-003/1"]
    assert waiting.ui.applyButton.enabled


def test_before_anybody_looked_it_is_not_said_that_nothing_waits(panel, until):
    assert panel.ui.reviewLabel.text == "Press Read anew to see what is finished."


def test_nothing_waits_says_so(panel, source, until):
    panel.ui.outputPath.currentPath = str(source / "nothing")
    panel.ui.privatePath.currentPath = str(source / "nobody")
    press(panel, "Refresh", until)
    assert panel.ui.reviewLabel.text == "Nothing waits to be accepted."
    assert not panel.ui.reviewAcceptPageButton.enabled
    assert not panel.ui.reviewAcceptButton.enabled


def test_a_selected_head_whose_picture_is_not_drawn_yet_is_not_accepted(waiting, source, until, monkeypatch):
    until(lambda: not waiting.review.heads.isBusy, 60)
    monkeypatch.setattr(waiting.review.heads._pictures, "isDrawn", lambda _series: False)
    waiting.review.heads._seen.clear()
    select(waiting, *names(waiting))
    waiting.ui.reviewAcceptButton.click()
    assert waiting.ui.reviewLabel.text == "Left, for they were not on the screen: 3."
    assert released(source) == []


def test_a_page_whose_pictures_are_not_drawn_yet_cannot_be_accepted(waiting, source, until):
    assert not waiting.ui.reviewAcceptPageButton.enabled
    until(lambda: waiting.ui.reviewAcceptPageButton.enabled, 60)
    until(lambda: not waiting.review.heads.isBusy, 60)
    waiting.ui.reviewOriginalCheck.checked = True  # drawn anew
    assert not waiting.ui.reviewAcceptPageButton.enabled
    assert released(source) == []
    until(lambda: not waiting.review.heads.isBusy, 120)


@pytest.mark.parametrize("hide", ["section", "page"])
def test_heads_of_a_list_that_is_hidden_are_not_accepted(waiting, source, until, slicer, hide):
    if hide == "section":
        waiting.ui.reviewSection.collapsed = True
    else:
        waiting.ui.reviewTabs.setCurrentIndex(1)
    slicer.app.processEvents()
    waiting.ui.reviewRefreshButton.click()
    until(lambda: not waiting.review.heads.isBusy, 60)
    waiting.ui.reviewAcceptPageButton.click()
    until(lambda: not waiting.review.heads._disk.isBusy)
    assert released(source) == []
    assert waiting.ui.reviewLabel.text == "Left, for they were not on the screen: 3."
    waiting.ui.reviewSection.collapsed = False
    waiting.ui.reviewTabs.setCurrentIndex(0)
    slicer.app.processEvents()
    press(waiting, "AcceptPage", until)
    assert len(released(source)) == 3


def test_heads_that_were_never_scrolled_to_are_not_accepted_with_the_page(waiting, source, until, slicer):
    heads = waiting.ui.reviewList
    heads.setFixedSize(190, 170)
    slicer.app.processEvents()
    waiting.ui.reviewRefreshButton.click()
    until(lambda: not waiting.review.heads.isBusy)
    press(waiting, "AcceptPage", until)
    assert "1 accepted, 0 rejected; 2 wait. Left, for they were not on the screen: 2." in waiting.ui.reviewLabel.text
    until(lambda: not waiting.review.heads.isBusy)
    heads.scrollToBottom()
    slicer.app.processEvents()
    press(waiting, "AcceptPage", until)
    assert names(waiting) == []
    assert len(released(source)) == 3


def test_a_head_whose_picture_failed_is_not_accepted_with_the_page(waiting, source, until, monkeypatch):
    import SlicerDeidLib
    from SlicerDeidLib.errors import PixelError

    draw = SlicerDeidLib.head_picture

    def fail(series, *original):
        if series.place == "HEAD-002/1":
            raise PixelError("The images cannot be decoded.")
        return draw(series, *original)

    monkeypatch.setattr(SlicerDeidLib, "head_picture", fail)
    press(waiting, "Refresh", until)
    accept_page(waiting, until)
    assert released(source) == ["HEAD-001", "HEAD-003"]
    until(lambda: not waiting.review.heads.isBusy, 60)
    assert names(waiting) == ["HEAD-002/1\nno picture"]
    left = "Left, for they have no picture (select one to read why): 1."
    assert waiting.ui.reviewLabel.text == f"2 accepted, 0 rejected; 1 wait. {left}"


def test_pages_are_turned(waiting, monkeypatch, until):
    from SlicerDeidWidgets import reviewview

    monkeypatch.setattr(reviewview, "PAGE", 2)
    press(waiting, "Refresh", until)
    assert names(waiting) == ["HEAD-001/1", "HEAD-002/1"]
    assert waiting.ui.reviewNextButton.enabled
    assert not waiting.ui.reviewPreviousButton.enabled
    waiting.ui.reviewNextButton.click()
    assert names(waiting) == ["HEAD-003/1"]
    assert waiting.ui.reviewLabel.text == "3 to 3 of 3, the most doubtful first."
    accept_page(waiting, until)
    assert names(waiting) == ["HEAD-001/1", "HEAD-002/1"]
    until(lambda: not waiting.review.heads.isBusy, 60)


def test_another_output_takes_the_heads_away(waiting, source):
    waiting.ui.outputPath.currentPath = str(source / "elsewhere")
    assert names(waiting) == []


def test_a_file_that_cannot_be_read_has_no_picture(waiting, until, source):
    import SlicerDeidLib as deid

    first = deid.held_series(source / "out", source / "private")[0]
    (first.folder / first.files[0]).write_bytes(b"no image")
    press(waiting, "Refresh", until)
    until(lambda: not waiting.review.heads.isBusy, 60)
    assert waiting.ui.reviewList.item(0).icon().isNull()
    assert "not DICOM" in waiting.ui.reviewList.item(0).toolTip()


def test_a_series_of_which_a_file_is_missing_says_so_and_what_to_do(waiting, until, source, picture):
    import SlicerDeidLib as deid

    first = deid.held_series(source / "out", source / "private")[0]
    (first.folder / first.files[0]).unlink()
    press(waiting, "Refresh", until)
    until(lambda: not waiting.review.heads.isBusy, 60)
    assert names(waiting)[0] == "HEAD-001/1\nno picture"
    waiting.ui.reviewList.item(0).setSelected(True)
    said = told(waiting.ui.reviewDetailLabel.text)
    assert said.startswith(f"HEAD-001/1: no picture: {first.files[0]} is missing in the folder beside the output where")
    assert "it cannot be accepted: put back what was made, or do it again" in said
    assert told(waiting.ui.reviewList.item(0).toolTip()) == said
    waiting.parent.resize(560, 1620)
    picture(waiting.parent, "panel-23-no-picture")
    press(waiting, "Accept", until)
    assert waiting.ui.reviewLabel.text == "Left, for they have no picture (select one to read why): 1."
    press(waiting, "AcceptPage", until)
    left = "Left, for they have no picture (select one to read why): 1."
    assert waiting.ui.reviewLabel.text == f"2 accepted, 0 rejected; 1 wait. {left}"
    assert released(source) == ["HEAD-002", "HEAD-003"]


def test_what_is_said_of_a_head_never_lies_upon_the_list(waiting, until):
    until(lambda: not waiting.review.heads.isBusy, 60)
    select(waiting, "HEAD-002/1")
    settle()
    label, heads = waiting.ui.reviewDetailLabel, waiting.ui.reviewList
    assert label.height >= label.heightForWidth(label.width)
    assert label.geometry.top() > heads.geometry.bottom()


def test_decisions_have_keys(waiting):
    for name in ("Accept", "AcceptPage", "Reject", "Redo", "Open", "Previous", "Next"):
        assert "&" in getattr(waiting.ui, f"review{name}Button").text


def named(*places):
    from SlicerDeidLib import HeldSeries

    return tuple(HeldSeries(place, Path(), (), {}, ()) for place in places)


def places(series):
    return [one.place for one in series]


def test_a_page_holds_all_of_a_patient_the_most_doubtful_first(slicer):
    from SlicerDeidWidgets.reviewpages import byPatient, starts

    series = byPatient(named("B/1", "A/1", "C/1", "B/2", "A/2/1", "C/2", "C/3"))
    assert places(series) == ["B/1", "B/2", "A/1", "A/2/1", "C/1", "C/2", "C/3"]
    assert starts(series, 2) == [0, 2, 4]
    assert starts(series, 4) == [0, 4]
    assert starts(series, 24) == [0]
    assert starts((), 24) == [0]


def test_a_whole_patient_is_decided_on_with_one_key(waiting, source, until, monkeypatch):
    from SlicerDeidLib import held_series

    press(waiting, "Refresh", until)
    until(lambda: not waiting.review.heads.isBusy, 60)
    heads, asked = waiting.review.heads, []
    first, second, third = held_series(source / "out", source / "private")
    heads._finished = heads._sorted((first, second, third, *named(f"{first.place}0")))
    heads._showPage()
    until(lambda: not heads.isBusy, 60)
    assert names(waiting) == [first.place, f"{first.place}0", second.place, third.place]
    monkeypatch.setattr(heads, "_decide", lambda what, series, *_rest: asked.append((what, places(series))))
    select(waiting, first.place, third.place)
    waiting.ui.reviewRejectButton.click()
    waiting.ui.reviewWholeCheck.checked = True
    waiting.ui.reviewRejectButton.click()
    assert asked == [("reject", [first.place, third.place]), ("reject", [first.place, f"{first.place}0", third.place])]
