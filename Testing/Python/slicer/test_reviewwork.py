# SPDX-License-Identifier: Apache-2.0
"""Decisions of the review, by button and keyboard, and where they fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from reviewed import accept_page, names, press, released, select

OUTPUT = Path(__file__).resolve().parents[2] / "Output"


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


def test_selected_heads_are_accepted_and_the_others_wait(waiting, source, until):
    select(waiting, "HEAD-001/1", "HEAD-003/1")
    press(waiting, "Accept", until)
    assert released(source) == ["HEAD-001", "HEAD-003"]
    assert names(waiting) == ["HEAD-002/1"]
    assert waiting.ui.reviewLabel.text == "2 accepted, 0 rejected; 1 wait."


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

    def failing(*_arguments):
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


def test_a_decision_that_cannot_be_done_is_said(waiting, monkeypatch, until):
    import SlicerDeidLib
    from SlicerDeidLib.errors import DiskError

    def full(*_arguments, **_options):
        raise DiskError("The disk of the output folder is full; make room and run the same command again.")

    monkeypatch.setattr(SlicerDeidLib, "decide", full)
    waiting.ui.reviewNoteEdit.text = "stays, for nothing was decided"
    select(waiting, "HEAD-001/1")
    press(waiting, "Accept", until)
    assert "press Accept again" in waiting.ui.reviewLabel.text
    assert waiting.ui.reviewNoteEdit.text == "stays, for nothing was decided"
    assert names(waiting) == ["HEAD-001/1", "HEAD-002/1", "HEAD-003/1"]


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
    assert "changed or deleted since they were made" in waiting.ui.reviewList.item(0).toolTip()
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


@pytest.mark.parametrize("which", ["changed", "full"])
def test_a_withdrawal_that_fails_says_to_withdraw_again_for_a_run_would_not(waiting, source, until, monkeypatch, which):
    from SlicerDeidLib.errors import DiskError
    from SlicerDeidLib.output.journal import Journal

    accept_page(waiting, until)
    waiting.ui.reviewKindCombo.setCurrentIndex(1)
    until(lambda: not waiting.review.heads.isBusy, 60)
    if which == "changed":
        next((source / "out" / "HEAD-002").rglob("*.dcm")).write_bytes(b"changed since")
    else:

        def full(journal, entry):
            raise DiskError("The disk of the private folder is full; make room and run the same command again.")

        monkeypatch.setattr(Journal, "reject", full)
    select(waiting, "HEAD-002/1")
    press(waiting, "Reject", until)
    said = waiting.ui.reviewLabel.text
    assert said.startswith("0 withdrawn. Failed, and left as they were: HEAD-002/1")
    assert "press Withdraw again" in said
    assert "Apply" not in said
    assert released(source) == ["HEAD-001", "HEAD-002", "HEAD-003"]


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


@pytest.mark.parametrize(("kind", "what"), [("", "Accept"), ("", "Reject"), ("released", "Reject")])
def test_where_the_private_folder_is_gone_nothing_is_called_decided_and_the_note_stays(
    waiting, source, until, kind, what
):
    heads = waiting.review.heads
    if kind:
        select(waiting, "HEAD-001/1")
        press(waiting, "Accept", until)
        waiting.ui.reviewKindCombo.setCurrentIndex(waiting.ui.reviewKindCombo.findData(kind))
    until(lambda: not heads.isBusy, 60)
    shown = names(waiting)
    select(waiting, "HEAD-001/1")
    waiting.ui.reviewNoteEdit.text = "the nose shows"
    (source / "private").rename(source / "elsewhere")
    try:
        press(waiting, what, until)
        said, left = waiting.ui.reviewLabel.text, names(waiting)
        press(waiting, "Refresh", until)
        is_made_anew = (source / "private").exists()
    finally:
        (source / "elsewhere").rename(source / "private")  # which other tests use, too
    assert "put back the private folder" in said
    assert "decided" not in said
    assert waiting.ui.reviewNoteEdit.text == "the nose shows"
    assert not is_made_anew
    assert left == shown
    if not kind:
        assert "put back the private folder" in waiting.ui.reviewLabel.text
