# SPDX-License-Identifier: Apache-2.0
"""The panel's lower half: a plan or a run in bar, table and log, on a program that speaks as the real one."""

from __future__ import annotations

import pytest
from panelsaid import log, rows, show_plan, told, tops


@pytest.fixture
def played(filled, fake, until):
    """Press Apply on a program and wait for its end; returns the panel."""

    def play(*words):
        filled.logic.program = fake(*words)
        filled.ui.applyButton.click()
        until(lambda: filled._worker is None)
        return filled

    return play


def test_the_plan_is_shown_as_a_table_and_nothing_is_written(filled, fake, until, study, picture):
    show_plan(filled, fake, until)
    shown = rows(filled)
    assert shown[0] == ["series 1", "1", "CT", "30", "to release", "surface, text, headers; a note"]
    assert shown[1][4:] == ["refused", "MR heads cannot be defaced yet"]
    problem = "sheet 'x', row 3   warning: The new ID is given twice."
    assert tops(filled)[0] == [problem, "", "", "", "warning", "The new ID is given twice."]
    patient = "NEW1   needs attention: 1 to release, 1 refused"
    assert tops(filled)[1] == [patient, "", "", "", "needs attention", "1 to release, 1 refused"]
    assert "roughly 1 min and 15 MB" in filled.ui.forecastLabel.text
    assert filled.ui.progressLabel.text.startswith("Nothing was written yet. Look at the table, then press Apply")
    assert not study["output"].exists()
    picture(filled.parent, "panel-4-planned")


def test_a_plan_with_errors_cannot_be_applied_until_another_one_is_shown(filled, fake, until, study, picture):
    ui, apply = filled.ui, filled.ui.applyButton.toolTip
    show_plan(filled, fake, until, "twice")
    assert tops(filled)[0][4:] == ["problem", "The new ID is given twice."]
    assert "Problems to mend first: 1." in log(filled)
    assert ui.progressLabel.text.startswith("Nothing was written. Mend what is red in the table")
    assert [ui.applyButton.enabled, ui.trialButton.enabled, ui.planButton.enabled] == [False, False, True]
    assert told(ui.applyButton.toolTip).startswith("Mend what is red in the table first, then show the plan again.")
    picture(filled.parent, "panel-22-plan-with-errors")
    show_plan(filled, fake, until)
    assert [ui.applyButton.enabled, ui.trialButton.enabled, ui.applyButton.toolTip] == [True, True, apply]
    show_plan(filled, fake, until, "twice")
    ui.inputPath.currentPath = str(study["input"] / "A1")
    assert [ui.applyButton.enabled, ui.applyButton.toolTip] == [True, apply]


def test_a_plan_that_releases_nothing_asks_nobody_to_press_apply(filled, fake, until):
    show_plan(filled, fake, until, "refused")
    assert [row[4] for row in rows(filled)] == ["refused"]
    said = filled.ui.progressLabel.text
    assert said.startswith("Nothing was written, and nothing is to be released now: the table says why")
    assert "Apply" not in said


def test_apply_that_finds_errors_shows_them_and_says_what_to_mend(filled, fake, until):
    show_plan(filled, fake, until)
    filled.logic.program = fake("plan", "twice")
    filled.ui.applyButton.click()
    until(lambda: filled._worker is None)
    assert tops(filled)[0][4] == "problem"
    assert filled.ui.progressLabel.text.startswith("Nothing was written. Mend what is red in the table")
    assert not filled.ui.applyButton.enabled


def test_a_plan_can_be_cancelled(filled, fake, until):
    filled.logic.program = fake("wait")
    filled.ui.planButton.click()
    until(lambda: "1 of 4" in filled.ui.progressLabel.text)
    filled.ui.cancelButton.click()
    assert filled.ui.progressLabel.text == "Cancelling..."
    until(lambda: filled._worker is None)
    assert log(filled) == "Nothing was written."


def test_a_run_that_is_cancelled_before_it_began_anything_says_so_and_is_not_resumed(filled, fake, until):
    filled.logic.program = fake("looking")
    filled.ui.applyButton.click()
    filled.ui.cancelButton.click()
    until(lambda: filled._worker is None)
    assert filled.ui.progressLabel.text == "Cancelled before a series was begun; press Apply to start."
    assert filled.ui.applyButton.text == "Apply"


def test_what_a_run_counted_goes_with_the_folders_and_with_decisions_in_the_review(filled, fake, until):
    filled.logic.program = fake("held")
    filled.ui.applyButton.click()
    until(lambda: filled._worker is None)
    assert "1 of this run wait to be accepted" in filled.ui.progressLabel.text
    there = {"released": 1, "waiting": 0, "rejected": 2}
    filled.view.showDecided({"NEW1/1": "accept"}, there)
    said = "After the review: 1 series are in the output, 0 wait, 2 are rejected."
    assert filled.ui.progressLabel.text == said
    filled.ui.outputPath.currentPath += "x"
    assert filled.ui.progressLabel.text == ""
    filled.view.tell("1 wait to be accepted")
    filled.view.showDecided({"NEW1/1": "accept"}, there)  # though the table shows nothing of it
    assert filled.ui.progressLabel.text == said


def test_what_a_killed_run_left_is_offered_to_be_resumed(filled, study):
    from SlicerDeidLib.output.staging import staging_folder

    assert filled.ui.applyButton.text == "Apply"
    staging_folder(study["output"]).mkdir()
    filled.ui.outputPath.currentPath = ""
    filled.ui.outputPath.currentPath = str(study["output"])
    assert filled.ui.applyButton.text == "Apply (resume)"


def test_a_run_is_shown_while_it_goes(filled, fake, until, picture, study):
    filled.logic.program = fake("wait")
    filled.ui.applyButton.click()
    until(lambda: len(rows(filled)) == 1)
    assert filled.ui.progressBar.visible
    filled.view.showEvent({"event": "plan", "done": 0, "total": 4})
    assert filled.ui.progressBar.maximum == 0  # it moves while the first series is made
    filled.view.showEvent({"event": "finding", "done": 1, "total": 4, "message": ""})
    assert (filled.ui.progressBar.value, filled.ui.progressBar.maximum) == (1, 4)
    assert "1 of 4 series" in filled.ui.progressLabel.text
    assert filled.ui.cancelButton.enabled
    assert not filled.ui.applyButton.enabled
    assert not filled.ui.dataSection.enabled
    picture(filled.parent, "panel-5-running")
    filled.ui.cancelButton.click()
    assert "Cancelling" in filled.ui.progressLabel.text
    picture(filled.parent, "panel-6-stopping")
    until(lambda: filled._worker is None)
    assert log(filled).count("Cancelled") == 1
    assert "1 of 4 series are done." in filled.ui.progressLabel.text
    assert filled.ui.applyButton.enabled
    assert not filled.ui.cancelButton.enabled
    assert filled.ui.applyButton.text == "Apply (resume)"
    assert "did not come to its end" in filled.ui.applyButton.toolTip
    picture(filled.parent, "panel-7-cancelled")
    filled.ui.outputPath.currentPath = str(study["output"].with_name("another"))
    assert filled.ui.applyButton.text == "Apply"
    assert "did not come to its end" not in filled.ui.applyButton.toolTip


def test_a_finished_run_says_what_became_of_every_series(played, picture):
    panel = played("run")
    assert [row[4] for row in rows(panel)] == ["released", "released", "released", "refused"]
    text = log(panel)
    assert "3 series released, 1 refused, 0 left out." in text
    assert "3 released series may show a recognisable face" in text
    assert "/private/place" in text
    assert text.startswith("warning: folder 2 of 3: it has no row in the list")
    assert text.count("MR heads cannot be defaced yet") == 1
    assert text.count("peeling may leave a recognisable face") == 1
    assert panel.ui.progressLabel.text == (
        "Finished. 3 series released, 1 refused, 0 left out. 3 released series may show a recognisable face: decide "
        "whether they may be shared."
    )
    assert rows(panel)[2][5] == "peeling may leave a recognisable face"
    assert panel.ui.applyButton.enabled
    picture(panel.parent, "panel-8-finished")


def test_a_crash_is_said_with_what_to_do(played, picture):
    panel = played("crash")
    assert "ended unexpectedly" in log(panel)
    assert "press Apply again" in log(panel)
    picture(panel.parent, "panel-9-crashed")


def test_an_exception_is_said_by_its_type_only(played):
    panel = played("raising")
    assert "(KeyError)" in log(panel)
    assert "SECRET" not in log(panel)


def test_a_wrong_map_is_said_in_the_programs_words(played, picture):
    panel = played("wrong")
    assert "no column Accession_number" in log(panel)
    assert "Nothing was written" in log(panel)
    picture(panel.parent, "panel-10-wrong-map")


def test_a_refusal_speaks_of_the_panels_controls_in_log_and_table(played):
    panel = played("automatic")
    assert "under controlled access only, with 'None' at 'Heads'" in rows(panel)[0][5]
    text = log(panel)
    assert text.count("the face could not be removed") == 1
    assert "--" not in text + repr(rows(panel))


def test_why_a_list_that_was_changed_cannot_be_run_is_said_once(played):
    panel = played("changed")
    assert log(panel).count("The new ID is given twice.") == 1
    assert "Nothing was written; mend what the log says" in log(panel)


@pytest.mark.parametrize("pause", ["0", "0.3"])  # the program says it on two pipes, in no order
def test_a_private_folder_of_another_output_is_said_once_with_where_to_choose_one(played, pause):
    panel = played("foreign", pause)
    assert "belongs to another output folder" in log(panel)
    assert "another private folder (Advanced)" in log(panel)
    assert log(panel).count("belongs to another") == 1
    assert "Nothing was written" in panel.ui.progressLabel.text


def test_a_run_that_released_nothing_says_so(played):
    panel = played("nothing")
    assert "nothing was released" in log(panel)
    assert "the pixel data cannot be decoded" in log(panel)


def test_a_missing_program_is_said(filled, until):
    filled.logic.program = ["/no/such/program"]
    filled.ui.applyButton.click()
    until(lambda: filled._worker is None)
    assert "could not be started" in log(filled)
    assert filled.ui.applyButton.enabled


def test_apply_can_be_pressed_again_after_a_run(played):
    played("crash")
    panel = played("run")
    assert len(rows(panel)) == 4


def test_a_run_whose_series_wait_opens_the_review(played):
    panel = played("held")
    assert [row[4] for row in rows(panel)] == ["waits"]
    assert "1 of this run wait to be accepted (Review)." in log(panel)
    assert not panel.ui.reviewSection.collapsed


def test_what_a_column_cuts_off_is_said_in_full_below_the_table(filled, fake, until):
    show_plan(filled, fake, until)
    tree = filled.ui.seriesTree
    (row,) = [row for row in filled.view.table.rows if row.status == "refused"]
    tree.setCurrentItem(row.item)
    assert filled.ui.rowLabel.text == row.item.text(5)
    assert len(filled.ui.rowLabel.text) > 20
    tree.setCurrentItem(tree.topLevelItem(0))
    assert filled.ui.rowLabel.text == tree.topLevelItem(0).text(0)
    assert filled.ui.rowLabel.enabled
    filled.ui.inputPath.currentPath = ""
    assert filled.ui.rowLabel.text.startswith("Show plan fills this table")
    assert not filled.ui.rowLabel.enabled  # grey: it says nothing of a row
