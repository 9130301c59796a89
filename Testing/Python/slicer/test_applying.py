# SPDX-License-Identifier: Apache-2.0
"""Apply, trials and starting anew: what is ticked is run, when it is still what the table shows."""

from __future__ import annotations

import time

import pytest
from heldproject import Project
from panelsaid import log, rows, show_plan, tops


def started(panel, monkeypatch):
    """Collect the command lines of runs that the panel would start; plans are made."""
    lines, start = [], panel._start

    def collect(arguments, task):
        return start(arguments, task) if task.isPlan else lines.append(arguments)

    monkeypatch.setattr(panel, "_start", collect)
    return lines


def named(words):
    """Return the only new IDs of a command line."""
    return tuple(word.partition("=")[2] for word in words if word.startswith("--subjects"))


def test_needs_attention_can_be_shown_alone(filled, fake, until, picture):
    show_plan(filled, fake, until, "many")
    assert [row[0].split("   ")[0] for row in tops(filled)][:2] == ["sheet 'x', row 3", "NEW1"]
    filled.ui.filterCombo.setCurrentIndex(filled.ui.filterCombo.findData("attention"))
    tree = filled.ui.seriesTree
    assert [tree.topLevelItem(n).isHidden() for n in range(2, 6)] == [True] * 4
    picture(filled.parent, "panel-14-attention")
    filled.ui.filterEdit.text = "ok2"
    filled.ui.filterCombo.setCurrentIndex(0)
    assert [row.patient for row in filled.view.table.rows if not row.item.isHidden()] == ["OK2"]


def test_apply_runs_what_is_ticked_only(filled, fake, until, monkeypatch, picture):
    import qt

    show_plan(filled, fake, until, "many")
    lines = started(filled, monkeypatch)
    filled.ui.applyButton.click()
    until(lambda: lines)
    assert named(lines[-1]) == ()
    row = next(row for row in filled.view.table.rows if row.patient == "OK1")
    row.item.setCheckState(0, qt.Qt.Unchecked)
    picture(filled.parent, "panel-15-unticked")
    filled.ui.applyButton.click()
    until(lambda: len(lines) == 2)
    assert set(named(lines[-1])) == {"OK0", "OK2", "OK3", "NEW1"}


def test_a_trial_runs_three_patients_into_folders_of_its_own(filled, fake, until, monkeypatch, study):
    assert not filled.ui.trialButton.enabled
    show_plan(filled, fake, until, "many")
    assert filled.ui.trialButton.enabled
    filled.ui.privatePath.currentPath = ""
    lines = started(filled, monkeypatch)
    show = filled.view.table.tickedPatients(3)
    filled.ui.trialButton.click()
    words = lines[-1]
    assert words[2] == f"{study['output']}-trial"
    assert "--overwrite" in words
    assert "--hold" not in words  # to be looked at
    assert named(words) == show
    assert len(show) == 3
    assert f"{study['output']}-trial" in log(filled)
    filled.ui.applyButton.click()
    until(lambda: len(lines) == 2)
    assert lines[-1][2] == str(study["output"])
    assert "--overwrite" not in lines[-1]


def test_with_everything_unticked_there_is_nothing_to_apply(filled, fake, until):
    import qt

    show_plan(filled, fake, until)
    for row in [row for row in filled.view.table.rows if row.isTicked]:
        row.item.setCheckState(0, qt.Qt.Unchecked)
    assert not filled.ui.applyButton.enabled
    assert not filled.ui.trialButton.enabled


def test_what_a_trial_released_is_still_to_be_released(filled, fake, until):
    show_plan(filled, fake, until)
    before = [row.status for row in filled.view.table.rows]
    filled.logic.program = fake("run")
    filled.ui.trialButton.click()
    assert filled._worker is not None
    until(lambda: filled._worker is None)
    assert "3 series released, 1 refused, 0 left out." in filled.ui.progressLabel.text
    assert "release" in before
    assert [row.status for row in filled.view.table.rows] == before
    assert filled.ui.trialButton.enabled
    assert filled.ui.progressLabel.text.startswith("A trial, into folders of its own: Finished. 3 series released")


def test_a_trial_with_a_private_folder_has_one_of_its_own(filled, study):
    filled.ui.privatePath.currentPath = str(study["private"])
    words = filled.request().trial(("A",)).runArguments()
    assert words[words.index("--private") + 1] == f"{study['private']}-trial"


def test_starting_anew_is_asked_for_and_counts_once(filled, fake, until, monkeypatch, slicer):
    lines, asked, answers = started(filled, monkeypatch), [], [False, True]
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda text: asked.append(text) or answers.pop(0))
    filled.ui.overwriteCheck.checked = True
    filled.ui.applyButton.click()
    assert lines == []
    filled.ui.applyButton.click()
    assert "--overwrite" in lines[-1]
    assert "is deleted first" in asked[0]
    assert not filled.ui.overwriteCheck.checked
    filled.ui.applyButton.click()
    assert "--overwrite" not in lines[-1]


def test_starting_anew_that_is_stopped_while_it_deletes_says_so_and_stays_asked_for(
    filled, fake, until, monkeypatch, slicer
):
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda _text: True)
    ui = filled.ui
    filled.logic.program = fake("planned", "run")
    ui.applyButton.click()
    until(lambda: filled._worker is None)
    assert [row.status for row in filled.view.table.rows] == ["released"] * 3 + ["refused"]
    filled.logic.program = fake("planned", "deleting")
    ui.overwriteCheck.checked = True
    ui.applyButton.click()
    until(lambda: filled._worker is not None and "0 of 4" in ui.progressLabel.text)
    assert not ui.overwriteCheck.checked
    ui.cancelButton.click()
    until(lambda: filled._worker is None)
    assert ui.progressLabel.text.startswith("Stopped while what was made before was being deleted")
    assert [row.status for row in filled.view.table.rows] == ["release"] * 3 + ["refused"]
    assert {row.why for row in filled.view.table.rows[:3]} == {"what was made before is deleted, to be made anew"}
    assert ui.applyButton.text == "Apply (resume)"
    assert ui.overwriteCheck.checked
    filled.logic.program = fake("planned", "anew")
    ui.applyButton.click()
    until(lambda: filled._worker is None)
    assert [row.status for row in filled.view.table.rows] == ["released"] * 3 + ["refused"]
    assert ui.progressLabel.text.startswith("Finished.")
    assert not ui.overwriteCheck.checked


@pytest.mark.parametrize("words", [("looking",), ("wrong",)])
def test_starting_anew_stays_asked_for_where_nothing_was_deleted_yet(filled, fake, until, monkeypatch, slicer, words):
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda _text: True)
    filled.logic.program = fake(*words)
    filled.ui.overwriteCheck.checked = True
    filled.ui.applyButton.click()
    assert not filled.ui.overwriteCheck.checked
    filled.ui.cancelButton.click()
    until(lambda: filled._worker is None)
    assert filled.ui.overwriteCheck.checked


def test_a_trial_that_is_stopped_while_it_deletes_asks_for_nothing_to_be_started_anew(filled, fake, until):
    filled.logic.program = fake("planned", "many")
    filled.ui.planButton.click()
    until(lambda: filled._worker is None)
    before = [row.status for row in filled.view.table.rows]
    filled.logic.program = fake("planned", "deleting")
    filled.ui.trialButton.click()
    until(lambda: "0 of 4" in filled.ui.progressLabel.text)
    filled.ui.cancelButton.click()
    until(lambda: filled._worker is None)
    assert "Start anew" not in filled.ui.progressLabel.text
    assert not filled.ui.overwriteCheck.checked
    assert [row.status for row in filled.view.table.rows] == before


def test_starting_anew_looks_what_waits_beside_the_event_loop(filled, monkeypatch, slicer):
    import qt
    import SlicerDeidLib

    lines, ticks = started(filled, monkeypatch), []

    def slow(*_folders):
        time.sleep(0.3)
        return ()

    monkeypatch.setattr(SlicerDeidLib, "held_series", slow)
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda _text: False)
    timer = qt.QTimer()
    timer.connect("timeout()", lambda: ticks.append(filled.ui.progressLabel.text))
    timer.start(10)
    filled.ui.overwriteCheck.checked = True
    filled.ui.applyButton.click()
    timer.stop()
    assert len(ticks) > 5
    assert "Looking what waits..." in ticks
    assert lines == []


def test_another_input_takes_the_plan_away(filled, fake, until, study):
    show_plan(filled, fake, until)
    filled.ui.inputPath.currentPath = str(study["input"].parent)
    assert rows(filled) == []
    assert filled.ui.forecastLabel.text == ""
    assert not filled.ui.trialButton.enabled


def test_the_plan_stays_in_the_table_during_the_run(filled, fake, until):
    show_plan(filled, fake, until)
    filled.logic.program = fake("planned", "run")
    filled.ui.applyButton.click()
    until(lambda: filled._worker is None)
    assert [row[4] for row in rows(filled)][:2] == ["released", "released"]
    assert "3 series released" in log(filled)
    assert len(rows(filled)) == 4


@pytest.mark.parametrize("change", ["folders", "option", "rules"])
def test_apply_shows_the_plan_again_and_starts_nothing_when_it_would_do_something_else(
    filled, fake, until, monkeypatch, study, change, picture
):
    import qt

    rules = study["map"].parent / "rules.toml"
    rules.write_text("a", encoding="utf-8")
    filled.ui.rulesPath.currentPath = str(rules)
    show_plan(filled, fake, until, "many")
    next(row for row in filled.view.table.rows if row.place == "NEW1/1").item.setCheckState(0, qt.Qt.Unchecked)
    lines = started(filled, monkeypatch)
    filled.logic.program = fake("plan", "more" if change == "folders" else "many")
    if change == "option":
        filled.ui.defaceCombo.setCurrentIndex(filled.ui.defaceCombo.findData("none"))
    if change == "rules":
        rules.write_text("other rules", encoding="utf-8")
    filled.ui.applyButton.click()
    until(lambda: filled._worker is None)
    assert lines == []
    assert "Not started: what would be done is no longer what the table showed" in filled.ui.progressLabel.text
    assert [row.place for row in filled.view.table.rows if row.status == "release" and not row.isTicked] == ["NEW1/1"]
    assert len(filled.view.table.rows) == (7 if change == "folders" else 6)
    picture(filled.parent, "panel-17-changed-plan")
    filled.ui.applyButton.click()  # it has been shown now
    until(lambda: lines)
    assert set(named(lines[-1])) == {row.patient for row in filled.view.table.rows} - {"NEW1"}


def test_a_plan_that_cannot_be_made_again_starts_nothing(filled, fake, until, monkeypatch):
    show_plan(filled, fake, until)
    lines = started(filled, monkeypatch)
    filled.logic.program = fake("wrong")
    filled.ui.applyButton.click()
    until(lambda: filled._worker is None)
    assert lines == []
    assert "no column Accession_number" in log(filled)


def test_apply_into_an_output_with_results_that_this_panel_did_not_begin_shows_the_plan_first(
    filled, fake, until, monkeypatch, study
):
    (study["output"] / "NEW1").mkdir(parents=True)
    lines = started(filled, monkeypatch)
    filled.logic.program = fake("plan", "many")
    filled.ui.applyButton.click()
    until(lambda: filled._worker is None)
    assert lines == []
    assert "holds results already, and what was not ticked" in filled.ui.progressLabel.text
    assert len(filled.view.table.rows) == 6
    filled.ui.applyButton.click()
    until(lambda: lines)


def test_apply_goes_on_with_what_this_panel_began(filled, fake, until, monkeypatch, study):
    lines = started(filled, monkeypatch)
    filled.logic.program = fake("plan", "many")
    filled.ui.applyButton.click()
    (study["output"] / "NEW1").mkdir(parents=True)
    filled.ui.applyButton.click()
    until(lambda: len(lines) == 2)
    assert "Not started" not in log(filled)
    assert filled.view.table.rows == []  # what is not looked at is not shown


@pytest.mark.parametrize("state", ["planned", "begun", "unticked since", "anew"])
def test_a_patient_who_was_unticked_is_not_released_when_the_ticks_are_forgotten(
    state, filled, fake, until, monkeypatch, slicer, study
):
    import qt

    asked = []
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda text: asked.append(text) or True)
    show_plan(filled, fake, until, "many")
    row = next(row for row in filled.view.table.rows if row.patient == "OK1")
    row.item.setCheckState(0, qt.Qt.Checked if state == "unticked since" else qt.Qt.Unchecked)
    lines = started(filled, monkeypatch)
    if state != "planned":
        filled.ui.applyButton.click()
        until(lambda: lines)
        (study["output"] / "NEW1").mkdir(parents=True)
        row.item.setCheckState(0, qt.Qt.Unchecked)
    begun = len(lines)
    filled.ui.outputPath.currentPath += "x"
    filled.ui.outputPath.currentPath = str(study["output"])
    filled.ui.overwriteCheck.checked = state == "anew"
    filled.ui.applyButton.click()
    until(lambda: filled._worker is None)
    assert (len(lines), asked) == (begun, [])
    assert "untick it again, and press Apply" in filled.ui.progressLabel.text
    assert len(filled.view.table.rows) == 6
    filled.ui.applyButton.click()  # it was looked at
    until(lambda: len(lines) == begun + 1)
    assert len(asked) == (state == "anew")


def test_what_others_made_since_the_run_that_is_gone_on_with_is_shown_first(filled, fake, until, monkeypatch, study):
    lines = started(filled, monkeypatch)
    filled.ui.applyButton.click()
    (study["output"] / "NEW1").mkdir(parents=True)
    filled.logic.program = fake("plan", "others")
    filled.ui.applyButton.click()
    until(lambda: filled._worker is None)
    assert len(lines) == 1
    assert "made with other options, or changed, since the run that was begun here" in filled.ui.progressLabel.text
    assert len(filled.view.table.rows) == 2
    filled.ui.applyButton.click()
    until(lambda: len(lines) == 2)


def test_what_waits_and_was_made_otherwise_on_the_command_line_is_shown_before_it_is_made_anew(
    panel, until, tmp_path, monkeypatch
):
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    project, key = Project(tmp_path), tmp_path / "key"
    monkeypatch.setattr("heldproject.KEY", bytes(range(32)))
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)
    paths = {"input": project.source, "map": project.map, "output": project.out, "private": project.private, "key": key}
    for name, path in paths.items():
        getattr(panel.ui, f"{name}Path").currentPath = str(path)
    for combo, value in ((panel.ui.defaceCombo, "none"), (panel.ui.textCombo, "off")):
        combo.setCurrentIndex(combo.findData(value))
    panel.logic.program = None
    panel.ui.applyButton.click()
    until(lambda: panel._worker is None, 60)
    places = ["S01/1", "S01/2", "S02/1"]
    assert project.waiting() == places, log(panel)
    project.run(keep_time_of_day=True, subjects=["S01"])
    panel.ui.applyButton.click()
    until(lambda: panel._worker is None, 60)
    assert "made with other options, or changed, since the run that was begun here" in panel.ui.progressLabel.text
    told = "what waits of it, made with Keep the time of day 'yes' (now 'no'), goes when it is made anew"
    assert [told in row.why for row in panel.view.table.rows] == [True, True, False]
    panel.ui.applyButton.click()
    until(lambda: panel._worker is None, 60)
    assert project.waiting() == places
    panel.ui.applyButton.click()  # nobody changed anything since
    until(lambda: panel._worker is None, 60)
    assert panel.ui.progressLabel.text.startswith("Finished.")


def test_errors_in_what_is_gone_on_with_are_shown_before_it_is_started(filled, fake, until, monkeypatch, study):
    lines = started(filled, monkeypatch)
    filled.ui.applyButton.click()
    (study["output"] / "NEW1").mkdir(parents=True)
    filled.logic.program = fake("plan", "twice")
    filled.ui.applyButton.click()
    until(lambda: filled._worker is None)
    assert len(lines) == 1
    assert "Mend what is red in the table" in filled.ui.progressLabel.text
    assert not filled.ui.applyButton.enabled


@pytest.mark.parametrize("change", ["option", "decision"])
def test_what_waits_of_a_stopped_run_is_not_made_anew_without_being_shown_first(
    filled, fake, until, monkeypatch, study, change
):
    filled.ui.privatePath.currentPath = str(study["private"])
    lines = started(filled, monkeypatch)
    filled.ui.applyButton.click()
    (study["output"] / "NEW1").mkdir(parents=True)
    filled.logic.program = fake("plan", "many")
    if change == "option":
        filled.ui.policyCombo.setCurrentIndex(filled.ui.policyCombo.findData("low"))
    else:
        study["private"].mkdir(exist_ok=True)
        filled.request().decisionsFile().write_text("[values]\n", encoding="utf-8")
    filled.ui.applyButton.click()
    until(lambda: filled._worker is None)
    assert len(lines) == 1
    assert "what waits of it would be made anew" in filled.ui.progressLabel.text
    assert len(filled.view.table.rows) == 6
    filled.ui.applyButton.click()
    until(lambda: len(lines) == 2)


def test_what_was_done_again_or_rejected_meanwhile_changes_no_plan_and_what_is_gone_does():
    from SlicerDeidWidgets.applying import _isNoMore

    def plan(**values):
        return {"counts": {}, "series": [{"series": 1, "verdict": "release", "text": "mask", "notes": [], **values}]}

    waiting = plan(found="waiting")
    assert _isNoMore(plan(found="waiting", text="off", notes=["made with --text=off (now mask)"]), waiting)
    assert _isNoMore(plan(verdict="leave out", reason="rejected"), waiting)
    assert not _isNoMore(plan(), waiting)
    assert not _isNoMore(plan(verdict="refuse", reason="it stays"), waiting)
    assert not _isNoMore(plan(verdict="leave out", reason="no row"), plan())
    assert not _isNoMore(plan(otherwise=True, notes=["goes when it is made anew"]), plan())


def test_starting_anew_that_was_not_meant_leaves_no_word_of_looking(filled, monkeypatch, slicer):
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda _text: False)
    filled.ui.overwriteCheck.checked = True
    filled.ui.applyButton.click()
    assert filled.ui.progressLabel.text == "Not started: nothing was deleted."
    filled.ui.outputPath.currentPath += "x"
    assert filled.ui.progressLabel.text == ""


def test_a_scene_that_is_closed_during_the_check_does_not_change_what_is_run(filled, fake, until, monkeypatch, slicer):
    for combo, value in ((filled.ui.policyCombo, "safe-harbor"), (filled.ui.textCombo, "drop")):
        combo.setCurrentIndex(combo.findData(value))
    show_plan(filled, fake, until, "many")
    lines = started(filled, monkeypatch)
    filled.ui.applyButton.click()
    slicer.mrmlScene.Clear(0)
    assert filled.request().policy == "research"
    until(lambda: lines)
    assert lines[-1][lines[-1].index("--policy") + 1] == "safe-harbor"
    assert lines[-1][lines[-1].index("--text") + 1] == "drop"


def test_a_check_that_is_cancelled_starts_nothing(filled, fake, until, monkeypatch):
    show_plan(filled, fake, until)
    lines = started(filled, monkeypatch)
    filled.logic.program = fake("wait")
    filled.ui.applyButton.click()
    assert filled.ui.progressLabel.text == "Looking whether the plan still holds..."
    until(lambda: filled._worker is not None and "1 of 4" in filled.ui.progressLabel.text)
    filled.ui.cancelButton.click()
    until(lambda: filled._worker is None)
    assert lines == []
    assert [row[4] for row in rows(filled)] == ["to release", "refused"]


def test_a_plan_that_is_shown_again_keeps_the_ticks_also_when_it_is_cancelled(filled, fake, until):
    import qt

    show_plan(filled, fake, until, "many")
    filled.view.table.rows[0].item.setCheckState(0, qt.Qt.Unchecked)
    place = filled.view.table.rows[0].place
    show_plan(filled, fake, until, "many")
    assert [row.place for row in filled.view.table.rows if row.status == "release" and not row.isTicked] == [place]
    filled.logic.program = fake("wait")
    filled.ui.planButton.click()
    until(lambda: "1 of 4" in filled.ui.progressLabel.text)
    filled.ui.cancelButton.click()
    until(lambda: filled._worker is None)
    assert [row.place for row in filled.view.table.rows if row.status == "release" and not row.isTicked] == [place]


def test_starting_anew_says_how_many_series_lose_regions_that_nothing_names_now():
    from SlicerDeidWidgets.applying import _whatGoes

    assert "In 2 series regions were filled that nothing names now" in _whatGoes(0, 2, isPart=False)
    assert "regions" not in _whatGoes(1, 0, isPart=True)
