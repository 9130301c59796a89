# SPDX-License-Identifier: Apache-2.0
"""What the review of finished heads begins: heads in the views, heads that are done again, runs beside what waits."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from panelsaid import log, open_scene
from reviewed import names, press, released, select

HEADER_ALONE = (
    "The header is as it was released; what it was before, and which rule changed it, is known while a series is made: "
    "see the preview of its row in the table."
)


def test_nothing_is_done_again_with_options_that_nobody_agreed_to(foreign, filled, slicer):
    open_scene(slicer, foreign)
    filled.review._redo([], "face", 8.0, "mask")
    assert filled._worker is None
    assert filled.ui.reviewLabel.text == (
        "Not done again: The scene changed the options: keep them, or go back to yours."
    )
    assert filled.ui.statusLabel.text == "The scene changed the options: keep them, or go back to yours."


def test_nothing_is_done_again_with_a_wrong_option(filled):
    filled.ui.airEdit.text = "abc"
    filled.review._redo([], "face", 8.0, "mask")
    assert filled._worker is None
    assert filled.ui.reviewLabel.text.startswith("Not done again: The air value must be a number")
    assert "air" in filled.ui.statusLabel.text.lower()
    filled._checkRequest()
    assert filled.ui.reviewLabel.text.startswith("Not done again")
    filled.ui.airEdit.text = "-1000"  # mended
    assert filled.ui.reviewLabel.text == "Press Read anew to see what is finished."


def test_a_head_is_opened_in_the_views_beside_its_original(waiting, until, slicer):
    select(waiting, "HEAD-002/1")
    waiting.ui.reviewOpenButton.click()
    until(lambda: not waiting.preview.isBusy, 120)
    said = "HEAD-002/1: the original above, the finished series below. " + HEADER_ALONE
    assert waiting.ui.previewLabel.text == said
    assert waiting.preview._nodes.get("before") is not None
    waiting.ui.closePreviewButton.click()


def test_a_finished_head_is_shown_again_when_the_module_is_entered_again(waiting, until):
    select(waiting, "HEAD-002/1")
    waiting.ui.reviewOpenButton.click()
    waiting.exit()
    waiting.enter()
    until(lambda: not waiting.preview.isBusy, 120)
    said = "HEAD-002/1: the original above, the finished series below. " + HEADER_ALONE
    assert waiting.ui.previewLabel.text == said
    waiting.ui.closePreviewButton.click()


def test_a_single_head_is_done_again_with_other_settings(waiting, until, source):
    import SlicerDeidLib as deid

    waiting.logic.program = None
    kept = {
        s.place: (s.folder / s.files[20]).read_bytes() for s in deid.held_series(source / "out", source / "private")
    }
    waiting.ui.reviewDefaceCombo.setCurrentIndex(waiting.ui.reviewDefaceCombo.findData("surface"))
    waiting.ui.reviewDepthSpin.value = 14.0
    waiting.ui.reviewTextCombo.setCurrentIndex(waiting.ui.reviewTextCombo.findData("morph"))
    select(waiting, "HEAD-002/1")
    waiting.ui.reviewRedoButton.click()
    assert not waiting.ui.reviewAcceptPageButton.enabled
    until(lambda: waiting._worker is None, 120)
    until(lambda: not waiting.review.heads._disk.isBusy)
    assert sorted(names(waiting)) == ["HEAD-001/1", "HEAD-002/1", "HEAD-003/1"]
    made = {
        s.place: (s.folder / s.files[20]).read_bytes() for s in deid.held_series(source / "out", source / "private")
    }
    assert {place for place in kept if kept[place] != made[place]} == {"HEAD-002/1"}


@pytest.mark.parametrize("words", [("crash",), ("wrong",), ("foreign", "0"), ("full",)])
def test_a_head_that_could_not_be_done_again_is_done_again_by_the_same_button(waiting, fake, until, words):
    waiting.logic.program = fake(*words)
    select(waiting, "HEAD-002/1")
    waiting.ui.reviewRedoButton.click()
    until(lambda: waiting._worker is None)
    said = f"{log(waiting)}\n{waiting.ui.progressLabel.text}"
    assert "press 'Do again with' again" in said
    assert "press Apply" not in said
    assert waiting.ui.applyButton.text == "Apply"  # which goes on with nothing of it


def test_headers_are_not_made_with_other_options_than_before_when_a_head_is_done_again_unless_that_is_meant(
    waiting, until, source, monkeypatch
):
    import slicer as app

    asked, answers = [], [False, True]
    answer = lambda sentence: asked.append(sentence) or answers[len(asked) - 1]  # noqa: E731
    monkeypatch.setattr(app.util, "confirmOkCancelDisplay", answer)
    until(lambda: not waiting.review.heads.isBusy, 60)
    waiting.ui.policyCombo.setCurrentIndex(waiting.ui.policyCombo.findData("low"))  # as in another scene, the next day
    waiting.ui.keepTimeCheck.checked = True
    select(waiting, "HEAD-002/1")
    waiting.logic.program = [sys.executable, "-c", "pass"]
    waiting.ui.reviewRedoButton.click()
    assert waiting._worker is None
    changes = "Headers 'Research' (now 'Low'), Keep the time of day 'no' (now 'yes')"
    assert changes in asked[0]
    assert changes in waiting.ui.reviewLabel.text
    assert waiting.ui.reviewLabel.text.startswith("Not done again.")
    waiting.ui.keepTimeCheck.checked = False
    assert not waiting.ui.reviewLabel.text.startswith("Not done again.")
    waiting.ui.keepTimeCheck.checked = True
    waiting.ui.reviewRedoButton.click()
    assert waiting._worker is not None
    until(lambda: waiting._worker is None)
    waiting.ui.policyCombo.setCurrentIndex(waiting.ui.policyCombo.findData("research"))
    waiting.ui.keepTimeCheck.checked = False
    until(lambda: not waiting.review.heads.isBusy, 60)
    select(waiting, "HEAD-002/1")
    waiting.ui.reviewRedoButton.click()
    until(lambda: waiting._worker is None)
    assert len(asked) == 2


def finished_with(source, settings):
    """A head that waits, as if it had been made with these settings besides its own."""
    import SlicerDeidLib as deid

    one = deid.held_series(source / "out", source / "private")[0]
    return replace(one, settings=one.settings | settings)


def test_a_head_whose_text_was_filled_by_a_rule_that_is_not_chosen_now_is_not_done_again_without_it_unasked(
    waiting, source, monkeypatch
):
    import slicer as app

    asked = []
    monkeypatch.setattr(app.util, "confirmOkCancelDisplay", lambda sentence: asked.append(sentence) or False)
    waiting.review._redo([finished_with(source, {"--text-keep": "nothing"})], "face", 8.0, "mask")
    assert waiting._worker is None
    assert "Text that stays 'Nothing' (now 'What the kind of image asks for')" in asked[0]


def test_a_head_in_which_regions_were_filled_is_not_done_again_where_they_cannot_be_named(waiting, source, monkeypatch):
    import slicer as app

    monkeypatch.setattr(app.util, "confirmOkCancelDisplay", lambda _sentence: True)
    waiting.review._redo([finished_with(source, {"--regions": "0123abcd"})], "face", 8.0, "mask")
    assert waiting._worker is None
    assert waiting.ui.reviewLabel.text.startswith("Not done again: regions were filled in it that nothing names now")


def test_nothing_is_done_again_where_the_rules_for_headers_cannot_be_read(waiting, until, source):
    until(lambda: not waiting.review.heads.isBusy, 60)
    broken = source / "rules.toml"
    broken.write_text("[[[")
    waiting.ui.rulesPath.currentPath = str(broken)
    press(waiting, "Refresh", until)
    select(waiting, "HEAD-002/1")
    waiting.ui.reviewRedoButton.click()
    broken.unlink()
    assert waiting._worker is None
    assert waiting.ui.reviewLabel.text.startswith("Not done again: ")


def test_what_waits_is_shown_after_a_run_that_was_cancelled(waiting, fake, until):
    waiting.review.forget()
    waiting.logic.program = fake("waiting")
    waiting.ui.applyButton.click()
    until(lambda: waiting._worker is not None and "1 of 4" in waiting.ui.progressLabel.text)
    waiting.ui.cancelButton.click()
    until(lambda: waiting._worker is None)
    until(lambda: len(names(waiting)) == 3)


def test_what_was_rejected_is_listed_with_its_note_and_done_again(waiting, source, until, picture):
    waiting.logic.program = None
    waiting.ui.reviewNoteEdit.text = "the nose shows"
    select(waiting, "HEAD-002/1")
    press(waiting, "Reject", until)
    waiting.ui.reviewKindCombo.setCurrentIndex(2)
    until(lambda: not waiting.review.heads.isBusy)
    assert names(waiting) == ["HEAD-002/1\nthe nose shows"]
    assert "1 to 1 of 1 that were rejected or withdrawn" in waiting.ui.reviewLabel.text
    waiting.ui.reviewList.item(0).setSelected(True)
    assert "rejected: the nose shows" in waiting.ui.reviewDetailLabel.text
    buttons = ("Accept", "AcceptPage", "Reject", "Open", "Redo")
    assert [getattr(waiting.ui, f"review{name}Button").enabled for name in buttons] == [False] * 4 + [True]
    waiting.parent.resize(560, 1620)
    picture(waiting.parent, "panel-20-rejected")
    waiting.ui.reviewDefaceCombo.setCurrentIndex(waiting.ui.reviewDefaceCombo.findData("surface"))
    waiting.ui.reviewDepthSpin.value = 14.0
    waiting.ui.reviewTextCombo.setCurrentIndex(waiting.ui.reviewTextCombo.findData("morph"))
    waiting.ui.reviewRedoButton.click()
    until(lambda: waiting._worker is None, 120)
    until(lambda: not waiting.review.heads._disk.isBusy)
    assert sorted(names(waiting)) == ["HEAD-001/1", "HEAD-002/1", "HEAD-003/1"]  # what waits is shown
    waiting.ui.reviewKindCombo.setCurrentIndex(2)
    until(lambda: not waiting.review.heads.isBusy)
    assert names(waiting) == []


def test_a_head_is_done_again_with_a_depth_only_where_something_is_peeled(waiting):
    ui = waiting.ui
    assert ui.reviewDepthSpin.value == ui.depthSlider.value
    for method in ("auto", "surface+face", "face", "surface", "skullstrip"):
        ui.reviewDefaceCombo.setCurrentIndex(ui.reviewDefaceCombo.findData(method))
        assert ui.reviewDepthSpin.enabled == (method in ("auto", "surface+face", "surface"))


def test_starting_anew_with_some_patients_deletes_nothing_of_others_that_waits(waiting, monkeypatch, slicer):
    asked, lines = [], []
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda text: asked.append(text) or True)
    monkeypatch.setattr(waiting, "_start", lambda arguments, _task: lines.append(arguments))
    chosen = [((), ("HEAD-003/1",))]
    monkeypatch.setattr(waiting.view.table, "chosen", lambda: chosen[0])
    waiting.ui.overwriteCheck.checked = True
    waiting.ui.applyButton.click()
    assert (asked, lines) == ([], [])
    assert "1 series that wait in the review are not ticked" in waiting.ui.progressLabel.text
    chosen[0] = (("HEAD-001",), ())
    waiting.ui.applyButton.click()
    assert "Other patients stay as they are. The 1 series that wait in the review are deleted too." in asked[0]
    assert "--overwrite" in lines[0]
    waiting.ui.overwriteCheck.checked = True
    chosen[0] = ((), ())
    waiting.ui.applyButton.click()
    assert "The 3 series that wait in the review are deleted too." in asked[1]


def test_a_subset_that_is_run_again_leaves_what_waits_of_others(waiting, source, until, monkeypatch):
    waiting.logic.program = None
    waiting.ui.defaceCombo.setCurrentIndex(waiting.ui.defaceCombo.findData("none"))
    waiting.ui.textCombo.setCurrentIndex(waiting.ui.textCombo.findData("off"))
    monkeypatch.setattr(waiting.view.table, "chosen", lambda: (("HEAD-001",), ()))
    waiting.ui.applyButton.click()
    until(lambda: waiting._worker is None, 120)
    until(lambda: not waiting.review.heads._disk.isBusy)
    assert sorted(names(waiting)) == ["HEAD-001/1", "HEAD-002/1", "HEAD-003/1"]
    assert released(source) == []
