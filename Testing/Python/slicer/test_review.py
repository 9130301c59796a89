# SPDX-License-Identifier: Apache-2.0
"""The review in the panel: heads that wait, as pictures; accepted or rejected by button and keyboard."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from panelsaid import settle

OUTPUT = Path(__file__).resolve().parents[2] / "Output"


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """Three patients of small made heads, and as they wait after a run."""
    import SlicerDeidLib as deid
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_map, write_study
    from SlicerDeidLib.verification.report import write_run_report

    folder = tmp_path_factory.mktemp("reviewed")
    lattice = Lattice(slices=40, rows=128, columns=128, pixel_spacing_mm=2.0)
    for number in (1, 2, 3):
        write_study(folder / "in" / f"A{number}", lattice=lattice, seed=number)
    write_map(folder / "map.xlsx", [(f"A{number}", f"HEAD-{number:03d}") for number in (1, 2, 3)])
    policy = deid.with_choices(deid.read_policy("research"), deface="surface", text="off")
    index, rows = deid.discover(folder / "in"), deid.read_map(folder / "map.xlsx")
    plan = deid.plan(index, policy, rows, private=folder / "private", key=bytes(range(32)))
    report = lambda record: write_run_report(record, plan, folder / "private")  # noqa: E731
    deid.run(plan, folder / "out", is_held=True, is_synced=False, report=report)
    (folder / "key").write_bytes(bytes(range(32)))
    (folder / "key").chmod(0o600)
    (folder / "kept").mkdir()
    for name in (".out.held", "private"):
        shutil.move(folder / name, folder / "kept" / name)
    return folder


@pytest.fixture
def waiting(panel, source, tmp_path, monkeypatch, until):
    """A panel beside whose output three peeled heads wait."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("out", ".out.held", "private"):
        shutil.rmtree(source / name, ignore_errors=True)
    shutil.copytree(source / "kept", source, dirs_exist_ok=True)
    panel.ui.inputPath.currentPath = str(source / "in")
    panel.ui.mapPath.currentPath = str(source / "map.xlsx")
    panel.ui.outputPath.currentPath = str(source / "out")
    panel.ui.privatePath.currentPath = str(source / "private")
    panel.ui.keyPath.currentPath = str(source / "key")
    panel.ui.reviewSection.collapsed = False
    press(panel, "Refresh", until)
    return panel


def names(panel):
    widget = panel.ui.reviewList
    return [widget.item(row).text() for row in range(widget.count)]


def press(panel, name, until):
    """Press a button of the review, once its pictures are drawn, and wait until its work on the disk is done."""
    until(lambda: not panel.review.heads.isBusy, 60)
    getattr(panel.ui, f"review{name}Button").click()
    until(lambda: not panel.review.heads._disk.isBusy)


def accept_page(panel, until):
    """Accept all that is shown, once it is drawn."""
    until(lambda: not panel.review.heads.isBusy, 60)
    press(panel, "AcceptPage", until)


def select(panel, *places):
    for row, place in enumerate(names(panel)):
        panel.ui.reviewList.item(row).setSelected(place in places)


def released(folder):
    return sorted({path.name for path in (folder / "out").iterdir()}) if (folder / "out").exists() else []


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


def test_a_head_is_opened_in_the_views_beside_its_original(waiting, until, slicer):
    select(waiting, "HEAD-002/1")
    waiting.ui.reviewOpenButton.click()
    until(lambda: not waiting.preview.isBusy, 120)
    assert waiting.ui.previewLabel.text == "HEAD-002/1: the original above, the finished series below."
    assert waiting.preview._nodes.get("before") is not None
    waiting.ui.closePreviewButton.click()


def test_a_finished_head_is_shown_again_when_the_module_is_entered_again(waiting, until):
    select(waiting, "HEAD-002/1")
    waiting.ui.reviewOpenButton.click()
    waiting.exit()
    waiting.enter()
    until(lambda: not waiting.preview.isBusy, 120)
    assert waiting.ui.previewLabel.text == "HEAD-002/1: the original above, the finished series below."
    waiting.ui.closePreviewButton.click()


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


def test_what_was_accepted_is_looked_at_and_withdrawn(waiting, source, until):
    accept_page(waiting, until)
    waiting.ui.reviewKindCombo.setCurrentIndex(1)
    until(lambda: not waiting.review.heads._disk.isBusy)
    assert names(waiting) == ["HEAD-001/1", "HEAD-002/1", "HEAD-003/1"]
    until(lambda: not waiting.review.heads.isBusy, 60)
    select(waiting, "HEAD-002/1")
    assert "doubt 1." in waiting.ui.reviewDetailLabel.text
    assert not waiting.ui.reviewAcceptButton.enabled
    assert waiting.ui.reviewRejectButton.text == "Withd&raw"
    waiting.ui.reviewNoteEdit.text = "the nose shows"
    press(waiting, "Reject", until)
    assert released(source) == ["HEAD-001", "HEAD-003"]
    assert waiting.ui.reviewLabel.text == "1 withdrawn."
    assert names(waiting) == ["HEAD-001/1", "HEAD-003/1"]


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
    assert waiting.ui.reviewLabel.text.startswith("Not done again: regions of a file of your own were filled in it")


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


def test_before_anybody_looked_it_is_not_said_that_nothing_waits(panel, until):
    assert panel.ui.reviewLabel.text == "Press Read anew to see what is finished."


def test_what_waits_is_shown_after_a_run_that_was_cancelled(waiting, fake, until):
    waiting.review.forget()
    waiting.logic.program = fake("waiting")
    waiting.ui.applyButton.click()
    until(lambda: waiting._worker is not None and "1 of 4" in waiting.ui.progressLabel.text)
    waiting.ui.cancelButton.click()
    until(lambda: waiting._worker is None)
    until(lambda: len(names(waiting)) == 3)


def test_while_decisions_are_carried_out_nothing_else_touches_the_output(waiting, until):
    from panelsaid import rows

    until(lambda: not waiting.review.heads.isBusy, 60)
    for combo, value in ((waiting.ui.defaceCombo, "surface"), (waiting.ui.textCombo, "off")):
        combo.setCurrentIndex(combo.findData(value))
    waiting.ui.planButton.click()
    until(lambda: waiting._worker is None, 60)
    assert [row[4] for row in rows(waiting)] == ["waits"] * 3
    ui, ready = waiting.ui, waiting.ui.applyButton.enabled
    select(waiting, "HEAD-001/1")
    ui.reviewAcceptButton.click()
    touching = (
        ui.applyButton,
        ui.planButton,
        ui.reviewKindCombo,
        ui.reviewRefreshButton,
        ui.outputPath,
        ui.auditButton,
    )
    assert not any(each.enabled for each in touching)
    until(lambda: not waiting.review.heads.isDeciding)
    assert ready
    assert all(each.enabled for each in touching)
    assert "1 accepted" in ui.reviewLabel.text
    said = "After the review: 1 series are in the output, 2 wait, 0 are rejected."
    assert ui.progressLabel.text == said
    assert sorted(row[4] for row in rows(waiting)) == ["released", "waits", "waits"]
    select(waiting, "HEAD-002/1")
    ui.reviewRejectButton.click()
    until(lambda: not waiting.review.heads.isDeciding)
    assert sorted(row[4] for row in rows(waiting)) == ["left out", "released", "waits"]


def test_nothing_waits_says_so(panel, source, until):
    panel.ui.outputPath.currentPath = str(source / "nothing")
    panel.ui.privatePath.currentPath = str(source / "nobody")
    press(panel, "Refresh", until)
    assert panel.ui.reviewLabel.text == "Nothing waits to be accepted."
    assert not panel.ui.reviewAcceptPageButton.enabled
    assert not panel.ui.reviewAcceptButton.enabled


def test_selected_heads_are_accepted_and_the_others_wait(waiting, source, until):
    select(waiting, "HEAD-001/1", "HEAD-003/1")
    press(waiting, "Accept", until)
    assert released(source) == ["HEAD-001", "HEAD-003"]
    assert names(waiting) == ["HEAD-002/1"]
    assert waiting.ui.reviewLabel.text == "2 accepted, 0 rejected; 1 wait."


def test_a_selected_head_whose_picture_is_not_drawn_yet_is_not_accepted(waiting, source, until, monkeypatch):
    until(lambda: not waiting.review.heads.isBusy, 60)
    monkeypatch.setattr(waiting.review.heads._pictures, "isDrawn", lambda _series: False)
    waiting.review.heads._seen.clear()
    select(waiting, *names(waiting))
    waiting.ui.reviewAcceptButton.click()
    assert waiting.ui.reviewLabel.text == "Left, for they were not on the screen: 3."
    assert released(source) == []


def test_what_is_there_after_a_decision_is_said_where_no_plan_is_shown_too(waiting, until):
    assert waiting.view.table.rows == []
    select(waiting, "HEAD-001/1")
    press(waiting, "Accept", until)
    assert waiting.ui.reviewLabel.text == "1 accepted, 0 rejected; 2 wait."
    assert waiting.ui.progressLabel.text == "After the review: 1 series are in the output, 2 wait, 0 are rejected."


def test_a_rejected_head_is_gone_with_its_note(waiting, source, until):
    waiting.ui.reviewNoteEdit.text = "the nose shows"
    select(waiting, "HEAD-002/1")
    press(waiting, "Reject", until)
    assert names(waiting) == ["HEAD-001/1", "HEAD-003/1"]
    assert released(source) == []
    (line,) = (source / "private" / "reviews.jsonl").read_text().splitlines()
    assert json.loads(line)["note"] == "the nose shows"
    assert waiting.ui.reviewNoteEdit.text == ""


def test_a_note_for_the_next_head_can_be_typed_while_a_decision_is_carried_out(waiting, source, until):
    until(lambda: not waiting.review.heads.isBusy, 60)
    select(waiting, "HEAD-002/1")
    waiting.ui.reviewNoteEdit.text = "the nose shows"
    waiting.ui.reviewRejectButton.click()
    assert waiting.review.heads._disk.isBusy
    waiting.ui.reviewNoteEdit.text += "an ear"
    until(lambda: not waiting.review.heads._disk.isBusy)
    assert waiting.ui.reviewNoteEdit.text == "an ear"
    assert json.loads((source / "private" / "reviews.jsonl").read_text())["note"] == "the nose shows"


def test_a_head_is_done_again_with_a_depth_only_where_something_is_peeled(waiting):
    ui = waiting.ui
    assert ui.reviewDepthSpin.value == ui.depthSlider.value
    for method in ("auto", "surface+face", "face", "surface", "skullstrip"):
        ui.reviewDefaceCombo.setCurrentIndex(ui.reviewDefaceCombo.findData(method))
        assert ui.reviewDepthSpin.enabled == (method in ("auto", "surface+face", "surface"))


def test_a_whole_page_is_accepted_at_once(waiting, source, until):
    accept_page(waiting, until)
    assert released(source) == ["HEAD-001", "HEAD-002", "HEAD-003"]
    assert names(waiting) == []


def test_the_private_report_tells_of_all_decisions_when_the_last_one_is_made(waiting, source, until):
    page = source / "private" / "report.html"
    before = page.read_text()
    select(waiting, "HEAD-002/1")
    press(waiting, "Reject", until)
    assert page.read_text() == before
    accept_page(waiting, until)
    after = page.read_text()
    assert "2 series released, 0 refused, 1 left out." in after
    assert "Decisions of the review: 3" in after


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


@pytest.mark.parametrize("button", ["AcceptPage", "Accept"])
def test_heads_that_were_made_anew_since_they_were_shown_are_not_accepted(waiting, source, until, button):
    import SlicerDeidLib as deid

    until(lambda: not waiting.review.heads.isBusy, 60)
    select(waiting, "HEAD-001/1", "HEAD-002/1", "HEAD-003/1")
    policy = deid.with_choices(deid.read_policy("research"), deface="none", text="off")
    index, rows = deid.discover(source / "in"), deid.read_map(source / "map.xlsx")
    plan = deid.plan(index, policy, rows, private=source / "private", key=bytes(range(32)))
    deid.run(plan, source / "out", is_held=True, is_synced=False)
    press(waiting, button, until)
    assert released(source) == []
    assert names(waiting) == ["HEAD-001/1", "HEAD-002/1", "HEAD-003/1"]
    changed = "Left, for they were made anew or decided on since they were shown: 3."
    assert waiting.ui.reviewLabel.text == f"0 accepted, 0 rejected; 3 wait. {changed}"
    assert not waiting.ui.reviewAcceptPageButton.enabled  # what waits now was not drawn
    accept_page(waiting, until)
    assert len(released(source)) == 3


def test_a_head_that_somebody_else_rejected_meanwhile_holds_up_no_other(waiting, source, until):
    import SlicerDeidLib as deid

    until(lambda: not waiting.review.heads.isBusy, 60)
    deid.decide(source / "out", source / "private", reject=["HEAD-002"])
    press(waiting, "AcceptPage", until)
    assert released(source) == ["HEAD-001", "HEAD-003"]
    assert "since they were shown: 1." in waiting.ui.reviewLabel.text


def test_a_head_that_somebody_else_accepted_meanwhile_is_not_said_to_be_rejected(waiting, source, until):
    import SlicerDeidLib as deid

    until(lambda: not waiting.review.heads.isBusy, 60)
    select(waiting, "HEAD-001/1", "HEAD-002/1")
    deid.decide(source / "out", source / "private", accept=["HEAD-002"])
    press(waiting, "Reject", until)
    assert released(source) == ["HEAD-002"]
    changed = "Left, for they were made anew or decided on since they were shown: 1."
    assert waiting.ui.reviewLabel.text == f"0 accepted, 1 rejected; 1 wait. {changed}"


@pytest.mark.parametrize(("other", "rejected"), [("accept", 1), ("reject", 2)])
def test_a_disk_that_fails_counts_only_what_was_rejected(waiting, source, until, monkeypatch, other, rejected):
    import SlicerDeidLib as deid
    from SlicerDeidLib.errors import DiskError
    from SlicerDeidLib.pipeline import review

    until(lambda: not waiting.review.heads.isBusy, 60)
    write_down, decide = review._write_down, deid.decide

    def failing(private, what, entry, note):
        monkeypatch.setattr(review, "_write_down", write_down)
        raise DiskError("The disk of the private folder is full; make room and run the same command again.")

    def interrupted(*folders, **what):
        try:
            return decide(*folders, **what)
        except DiskError:  # before the next look somebody else decides on the second head
            decide(*folders, **{other: ["HEAD-002"]})
            raise

    monkeypatch.setattr(review, "_write_down", failing)
    monkeypatch.setattr(deid, "decide", interrupted)
    select(waiting, "HEAD-001/1", "HEAD-002/1")
    press(waiting, "Reject", until)
    assert waiting.ui.reviewLabel.text.startswith(f"0 accepted, {rejected} rejected; 1 wait.")


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


def test_a_decision_that_cannot_be_done_is_said(waiting, monkeypatch, until):
    import SlicerDeidLib
    from SlicerDeidLib.errors import DiskError

    def full(*_arguments, **_options):
        raise DiskError("The disk of the output folder is full; make room and run the same command again.")

    monkeypatch.setattr(SlicerDeidLib, "decide", full)
    waiting.ui.reviewNoteEdit.text = "stays, for nothing was decided"
    select(waiting, "HEAD-001/1")
    press(waiting, "Accept", until)
    assert "press Apply again" in waiting.ui.reviewLabel.text
    assert waiting.ui.reviewNoteEdit.text == "stays, for nothing was decided"
    assert names(waiting) == ["HEAD-001/1", "HEAD-002/1", "HEAD-003/1"]


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
    said = waiting.ui.reviewDetailLabel.text
    assert said.startswith("HEAD-001/1: no picture: A file is missing that was there before; it cannot be accepted:")
    assert waiting.ui.reviewList.item(0).toolTip() == said
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


def test_one_head_that_cannot_be_accepted_holds_up_no_other_and_says_why(waiting, source, until, picture):
    import SlicerDeidLib as deid

    until(lambda: not waiting.review.heads.isBusy, 60)
    (broken,) = [one for one in deid.held_series(source / "out", source / "private") if one.place == "HEAD-002/1"]
    (broken.folder / broken.files[0]).write_bytes(b"changed since")
    press(waiting, "AcceptPage", until)
    assert released(source) == ["HEAD-001", "HEAD-003"]
    assert names(waiting) == ["HEAD-002/1"]
    text = waiting.ui.reviewLabel.text
    assert text.startswith("2 accepted, 0 rejected; 1 wait. Failed, and left as they were: HEAD-002/1: Files that wait")
    assert "changed since they were made" in waiting.ui.reviewList.item(0).toolTip()
    waiting.parent.resize(560, 1620)
    picture(waiting.parent, "panel-18-failed-decision")


def test_a_disk_that_fails_in_the_middle_of_a_page_leaves_what_was_decided(waiting, source, until, monkeypatch):
    from SlicerDeidLib.errors import DiskError
    from SlicerDeidLib.output.journal import Journal

    until(lambda: not waiting.review.heads.isBusy, 60)
    accept, accepted = Journal.accept, []

    def failing(journal, entries):
        if accepted:
            raise DiskError("The disk of the output folder is full; make room and run the same command again.")
        accept(journal, entries)
        accepted.extend(entry.place for entry in entries)

    monkeypatch.setattr(Journal, "accept", failing)
    press(waiting, "AcceptPage", until)
    left = [place for place in ("HEAD-001/1", "HEAD-002/1", "HEAD-003/1") if place not in accepted]
    assert sorted(names(waiting)) == left
    assert waiting.ui.reviewLabel.text.startswith("1 accepted, 0 rejected; 2 wait.")
    assert waiting.ui.reviewLabel.text.count("The disk of the output folder is full") == 1


def test_after_a_decision_the_next_head_is_selected(waiting, source, until):
    first, second, third = names(waiting)
    select(waiting, first)
    press(waiting, "Accept", until)
    assert [item.text() for item in waiting.ui.reviewList.selectedItems()] == [second]
    select(waiting, third)
    press(waiting, "Reject", until)
    assert [item.text() for item in waiting.ui.reviewList.selectedItems()] == [second]
    press(waiting, "Accept", until)
    assert names(waiting) == []


def test_starting_anew_with_some_patients_deletes_nothing_of_others_that_waits(waiting, monkeypatch, slicer):
    asked, lines = [], []
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda text: asked.append(text) or True)
    monkeypatch.setattr(waiting, "_start", lambda arguments, **kind: lines.append(arguments))
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


@pytest.fixture
def many(tmp_path):
    """Three hundred patients of tiny pictures that wait: their OUT and private folder."""
    import hashlib

    from ctseries import make_ct_series
    from SlicerDeidLib.output.entry import Entry
    from SlicerDeidLib.output.journal import Journal
    from SlicerDeidLib.output.staging import StagedSeries

    out, private = tmp_path / "out", tmp_path / "private"
    private.mkdir()
    journal = Journal(private, out)
    images = [path.read_bytes() for path in make_ct_series(tmp_path / "made", slices=2, size=16)]
    for number in range(300):
        staged, who, files = StagedSeries(out, f"{number:016x}", is_synced=False), f"P{number:03d}", []
        (staged.folder / who).mkdir(parents=True)
        for k, image in enumerate(images):
            target = f"{who}/{who}_001_{k:05d}.dcm"
            (staged.folder / target).write_bytes(image)
            files.append((target, len(image), hashlib.sha256(image).hexdigest()))
        measures = {"facial_relief": (number % 7) / 100}
        journal.hold(Entry(staged.token, "f", tuple(files), key=(who, 0, 1), measures=measures), staged)
    return out, private


def test_300_patients_are_reviewed_by_keyboard_in_a_part_of_an_hour(panel, many, until, slicer):
    """Of each page one head is rejected and the others are accepted; a person needs the rest of the hour to look."""
    import time

    from PySide6 import QtCore, QtTest

    out, private = many
    panel.ui.outputPath.currentPath, panel.ui.privatePath.currentPath = str(out), str(private)
    panel.ui.reviewSection.collapsed = False
    panel.parent.activateWindow()
    heads, widget = panel.review.heads, panel.ui.reviewList

    def press_key(letter):
        QtTest.QTest.keyClick(panel.parent, letter, QtCore.Qt.KeyboardModifier.AltModifier)
        until(lambda: heads.isBusy)  # Qt shows first that the button is pressed
        until(lambda: not heads.isBusy, 120)

    started, pages = time.perf_counter(), 0
    panel.ui.reviewRefreshButton.click()
    until(lambda: not heads.isBusy, 120)
    while widget.count:
        pages += 1
        widget.setCurrentRow(0)
        press_key(QtCore.Qt.Key.Key_R)
        if not widget.count:
            break
        for row in range(widget.count):  # as the arrow keys do
            widget.setCurrentRow(row)
            slicer.app.processEvents()
        press_key(QtCore.Qt.Key.Key_S)
    seconds = (time.perf_counter() - started) / 300
    assert len(released(out.parent)) == 300 - pages
    assert (private / "reviews.jsonl").read_text().count('"rejected"') == pages
    (OUTPUT / "review.csv").write_text(
        f"patients,pages,seconds of the program per patient\n300,{pages},{seconds:.3f}\n"
    )
    assert seconds < 3.0  # a quarter of the hour
