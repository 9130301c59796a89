# SPDX-License-Identifier: Apache-2.0
"""The panel: the real .ui and the real module, every control and state, on a program that speaks as the real one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from panelsaid import log, rows, settle, show_plan, tops


@pytest.fixture
def played(filled, fake, until):
    """Press Apply on a program and wait for its end; returns the panel."""

    def play(*words):
        filled.logic.program = fake(*words)
        filled.ui.applyButton.click()
        until(lambda: filled._worker is None)
        return filled

    return play


def test_an_empty_panel_says_what_comes_first(panel, picture):
    assert not panel.ui.applyButton.enabled
    assert not panel.ui.planButton.enabled
    assert not panel.ui.cancelButton.enabled
    assert "one folder per patient" in panel.ui.statusLabel.text
    picture(panel.parent, "panel-1-empty")


def test_apply_can_be_pressed_when_the_three_paths_are_valid(filled, picture):
    assert filled.ui.statusLabel.text == "Ready."
    assert filled.ui.applyButton.enabled
    assert filled.ui.planButton.enabled
    picture(filled.parent, "panel-2-ready")


def test_the_plan_needs_no_output_folder(filled):
    filled.ui.outputPath.currentPath = ""
    assert filled.ui.planButton.enabled
    assert not filled.ui.applyButton.enabled


@pytest.mark.parametrize(
    ("line", "path", "sentence"),
    [
        ("inputPath", "/no/such/folder", "The input folder does not exist."),
        ("mapPath", "/no/such/list.xlsx", "The list of patients does not exist."),
        ("mapPath", "/a/list.xls", "save the list as .xlsx"),
        ("outputPath", "relative", "Give the whole path"),
        ("outputPath", "{input}", "must not lie in the input folder"),
        ("outputPath", "{input}/out", "must not lie in the input folder"),
        ("privatePath", "{output}/private", "must not lie in the input or output"),
    ],
)
def test_a_wrong_path_is_said_at_once_and_stops_apply(filled, study, line, path, sentence):
    getattr(filled.ui, line).currentPath = path.format(**study)
    assert sentence in filled.ui.statusLabel.text
    assert not filled.ui.applyButton.enabled
    assert "border" in getattr(filled.ui, line).styleSheet


def test_a_mended_path_is_said_at_once_too(filled, study, picture):
    filled.ui.outputPath.currentPath = str(study["input"] / "x")
    picture(filled.parent, "panel-3-wrong-path")
    filled.ui.outputPath.currentPath = str(study["output"])
    assert filled.ui.applyButton.enabled
    assert filled.ui.outputPath.styleSheet == ""


def test_an_air_value_that_is_no_number_stops_apply(filled):
    filled.ui.airEdit.text = "dark"
    assert not filled.ui.applyButton.enabled
    assert "number" in filled.ui.statusLabel.text
    filled.ui.airEdit.text = "-1024"
    assert filled.ui.applyButton.enabled
    assert "--air-value=-1024" in filled.request().runArguments()


def test_every_option_reaches_the_command_line(filled, study):
    import qt

    ui = filled.ui
    ui.policyCombo.setCurrentIndex(ui.policyCombo.findData("basic"))
    ui.defaceCombo.setCurrentIndex(ui.defaceCombo.findData("surface"))
    ui.textCombo.setCurrentIndex(ui.textCombo.findData("off"))
    ui.depthSlider.value = 6.5
    ui.releaseEdit.text = "two"
    ui.workersSpin.value = 3
    ui.keepTimeCheck.checked = True
    ui.keepImageTypeCheck.checked = True
    ui.keepFreeTextCheck.checked = False
    ui.textKeepCombo.setCurrentIndex(ui.textKeepCombo.findData("harmless"))
    ui.faceProtocolsCombo.setCurrentIndex(ui.faceProtocolsCombo.findData("keep"))
    ui.optionsList.item(1).setCheckState(qt.Qt.Checked)
    ui.optionsList.item(5).setCheckState(qt.Qt.Checked)
    ui.mapColumnsEdit.text = "old, new"
    ui.matchCombo.setCurrentIndex(ui.matchCombo.findData("accession"))
    ui.privateAttributesCombo.setCurrentIndex(ui.privateAttributesCombo.findData("safe"))
    ui.overwriteCheck.checked = True
    for name in ("key", "policy", "rules"):
        (study["map"].parent / name).write_text("x")
        getattr(ui, f"{name}Path").currentPath = str(study["map"].parent / name)
    ui.privatePath.currentPath = str(study["private"])
    words = filled.request().runArguments()
    assert words[:3] == ["run", str(study["input"]), str(study["output"])]
    line = " ".join(words)
    for part in (
        f"--policy {study['map'].parent / 'policy'} --deface surface --text off --depth=6.5 --text-keep=harmless",
        "--face-protocols=keep",
        f"--option=retain-uids --option=retain-full-dates --rules {study['map'].parent / 'rules'}",
        "--private-attributes=safe --keep-free-text=no --release=two",
        f"--map {study['map']} --match=accession --map-columns=old,new --private {study['private']}",
        f"--key {study['map'].parent / 'key'}",
        "--keep-time-of-day --keep-imagetype --progress json --workers 3",
    ):
        assert part in line


def test_the_command_line_is_what_the_library_understands(filled):
    import qt
    from SlicerDeidLib import policy_names
    from SlicerDeidLib.commandline import options
    from SlicerDeidLib.commandline.kinds import OPTIONS
    from SlicerDeidLib.commandline.parser import parse

    python = filled.logic.__class__.__init__.__globals__
    for name in ("DEFACE_METHODS", "TEXT_MODES", "MATCHES", "FACE_ANSWERS", "STRIP_ENGINES"):
        assert python[name] == getattr(options, name)
    for name in ("TEXT_KEEPS", "PRIVATE_CHOICES"):
        assert python[name] == ("", *getattr(options, name))
    assert [item.data(qt.Qt.UserRole) for item in filled.form._options] == list(OPTIONS)
    assert set(python["POLICIES"]) == set(policy_names())
    filled.ui.defaceCombo.setCurrentIndex(filled.ui.defaceCombo.findData("surface"))
    filled.ui.airEdit.text = "-1024"
    arguments = parse(filled.request().runArguments())
    assert (arguments.depth, arguments.air_value, arguments.deface) == (8.0, -1024.0, "surface")
    assert parse(filled.request().planArguments()).json


def test_the_depth_counts_only_where_something_is_peeled(filled):
    for method in ("auto", "none", "surface", "face", "surface+face", "skullstrip"):
        filled.ui.defaceCombo.setCurrentIndex(filled.ui.defaceCombo.findData(method))
        is_peeled = method not in ("none", "face", "skullstrip")
        assert filled.ui.depthSlider.enabled == is_peeled
        assert any(word.startswith("--depth") for word in filled.request().runArguments()) == is_peeled


def test_an_engine_counts_only_where_a_skull_is_stripped(filled):
    ui = filled.ui
    ui.skullstripEngineCombo.setCurrentIndex(ui.skullstripEngineCombo.findData("synthstrip"))
    ui.noCsfCheck.checked = True
    for method in ("auto", "face", "skullstrip"):
        ui.defaceCombo.setCurrentIndex(ui.defaceCombo.findData(method))
        is_asked = {"--skullstrip-engine=synthstrip", "--no-csf"} <= set(filled.request().runArguments())
        assert is_asked == ui.skullstripEngineCombo.enabled == ui.noCsfCheck.enabled == (method == "skullstrip")
    chosen = filled.request().policyChosen().deface
    assert (chosen.engine, chosen.no_csf) == ("synthstrip", True)


def test_each_way_of_defacing_says_what_it_means_for_the_face(filled):
    hints = {}
    for method in ("auto", "none", "surface", "face", "surface+face", "skullstrip"):
        filled.ui.defaceCombo.setCurrentIndex(filled.ui.defaceCombo.findData(method))
        hints[method] = filled.ui.defaceHint.text
    assert len(set(hints.values())) == 6
    assert "may stay recognisable" in hints["surface"]
    assert "the face stays recognisable" in hints["none"]


def test_options_come_back_with_the_scene(panel, slicer):
    panel.ui.defaceCombo.setCurrentIndex(panel.ui.defaceCombo.findData("surface"))
    panel.ui.depthSlider.value = 5.0
    panel.exit()
    panel.ui.depthSlider.value = 20.0
    panel.enter()
    assert panel.ui.depthSlider.value == 5.0
    assert panel.ui.defaceCombo.itemData(panel.ui.defaceCombo.currentIndex) == "surface"


def test_a_panel_that_let_go_of_the_scene_changes_it_no_more(panel):
    node = panel._parameterNode
    panel.exit()
    panel.ui.depthSlider.value = 20.0
    panel.ui.releaseEdit.text = "another"
    assert (node.depth, node.release) == (8.0, "")
    node.depth = 5.0
    assert panel.ui.depthSlider.value == 20.0


def test_every_bound_widget_belongs_to_a_parameter(panel):
    parameters = type(panel._parameterNode).__annotations__
    assert set(panel.form.bound()) == set(parameters) - set(panel.form.combos) - {"options"}


def test_all_choices_come_back_with_the_scene(panel):
    node = panel._parameterNode
    node.policy, node.deface, node.text = "basic", "none", "off"
    shown = [combo.itemData(combo.currentIndex) for combo in panel.form.combos.values()]
    assert shown == ["basic", "none", "off", "folder", "", "withhold", "own", ""]
    assert (node.policy, node.deface, node.text) == ("basic", "none", "off")
    panel.exit()
    for combo in panel.form.combos.values():
        combo.setCurrentIndex(0)
    panel.enter()
    assert (node.policy, node.deface, node.text) == ("basic", "none", "off")
    assert [combo.itemData(combo.currentIndex) for combo in panel.form.combos.values()] == shown


def test_options_that_a_scene_took_away_are_said_as_the_panel_shows_them(filled, slicer):
    filled.ui.workersSpin.value = 3
    slicer.mrmlScene.Clear()
    assert "Processes: 'automatic' (was '3')" in filled.ui.broughtLabel.text


def test_closing_the_scene_brings_the_defaults_back_and_says_so(filled, slicer):
    filled.ui.depthSlider.value = 5.0
    assert not filled.ui.broughtFrame.visible
    slicer.mrmlScene.Clear()
    assert filled.ui.depthSlider.value == 8.0
    assert filled.ui.broughtLabel.text == "With the scene that was closed went its options: Depth: '8' (was '5')."
    assert not filled.ui.applyButton.enabled
    filled.ui.depthSlider.value = 5.0  # chosen again
    assert not filled.ui.broughtFrame.visible
    assert filled.ui.applyButton.enabled


@pytest.fixture
def foreign(slicer, module, tmp_path):
    """A scene of somebody else, who left heads and text as they are."""
    path = tmp_path / "scene.mrml"
    node = module.python.SlicerDeidLogic().getParameterNode()
    node.deface, node.text, node.keepTimeOfDay = "none", "off", True
    slicer.mrmlScene.SetURL(str(path))
    slicer.mrmlScene.Commit()
    slicer.mrmlScene.Clear()
    return path


def open_scene(slicer, path):
    slicer.mrmlScene.SetURL(str(path))
    slicer.mrmlScene.Connect()


@pytest.mark.parametrize("isElsewhere", [False, True])
def test_options_that_a_scene_brings_are_said_and_nothing_is_written_before_they_are_agreed_to(
    foreign, filled, slicer, picture, isElsewhere
):
    ui = filled.ui
    ui.policyCombo.setCurrentIndex(ui.policyCombo.findData("basic"))
    if isElsewhere:
        filled.exit()
    open_scene(slicer, foreign)
    if isElsewhere:
        filled.enter()
    assert ui.broughtFrame.visible
    assert ui.broughtLabel.text == (
        "The scene that was opened brought other options: Headers: 'Research' (was 'Basic Profile'); Heads: 'None' "
        "(was 'Automatic'); Burned-in text: 'Off' (was 'Mask'); Keep the time of day: 'yes' (was 'no')."
    )
    assert ui.statusLabel.text == "The scene changed the options: keep them, or go back to yours."
    assert [ui.applyButton.enabled, ui.trialButton.enabled, ui.planButton.enabled] == [False, False, True]
    if not isElsewhere:
        picture(filled.parent, "panel-24-brought-options")
    ui.broughtKeepButton.click()
    assert not ui.broughtFrame.visible
    assert filled.request().deface == "none"
    assert ui.applyButton.enabled


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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("deface", "NONE"),
        ("policy", "/elsewhere/policy.toml"),
        ("options", "keep-all"),
        ("text", ""),
        ("match", "x"),
        ("depth", "abc"),
        ("depth", "200"),
        ("depth", "-1"),
        ("depth", "nan"),
        ("workers", "257"),
        ("options", "retain-full-dates retain-full-dates"),
    ],
)
def test_what_a_scene_brings_and_the_panel_does_not_know_becomes_the_default(filled, name, value):
    before = filled.request()
    filled._parameterNode.parameterNode.SetParameter(name, value)
    assert filled.request() == before
    assert filled.ui.applyButton.enabled


def test_the_export_too_gets_no_option_that_the_panel_does_not_know(filled):
    node = filled._parameterNode
    filled.exit()
    node.parameterNode.SetParameter("options", "keep-all")
    assert filled.form.undecided(node) == []
    assert node.options == ""


def test_what_a_scene_brings_cannot_hide_the_rest_of_it(foreign, filled, slicer):
    import qt

    open_scene(slicer, foreign)
    filled._parameterNode.mapColumns = "<span style='font-size:1px'>"
    assert filled.ui.broughtLabel.textFormat == qt.Qt.PlainText
    assert "Burned-in text: 'Off'" in filled.ui.broughtLabel.text


def test_options_that_a_scene_view_brings_back_must_be_agreed_to(filled, slicer):
    ui = filled.ui
    ui.defaceCombo.setCurrentIndex(ui.defaceCombo.findData("none"))
    view = slicer.vtkMRMLSceneViewNode()
    slicer.mrmlScene.AddNode(view)
    view.StoreScene()
    ui.defaceCombo.setCurrentIndex(ui.defaceCombo.findData("auto"))
    assert ui.applyButton.enabled
    view.RestoreScene()
    assert ui.broughtLabel.text == (
        "The scene view that was restored brought other options: Heads: 'None' (was 'Automatic')."
    )
    assert not ui.applyButton.enabled


def test_options_of_a_scene_that_was_opened_before_the_module_are_said_too(foreign, slicer, module):
    from Bench.application import open_panel

    open_scene(slicer, foreign)
    panel = open_panel(slicer, module)
    panel.parent.show()
    assert "Heads: 'None' (was 'Automatic')" in panel.ui.broughtLabel.text
    panel.ui.broughtBackButton.click()
    assert panel.request().deface == "auto"
    slicer.app.moduleManager().moduleAboutToBeUnloaded.emit("SlicerDeid")
    panel.parent.close()
    panel.parent.deleteLater()


def test_the_options_of_a_new_scene_are_those_of_a_new_request(panel):
    from SlicerDeidWidgets.request import RunRequest

    assert panel.request() == RunRequest("", "", isHeld=True)


def test_the_users_own_options_come_back_where_those_of_the_scene_are_not_meant(foreign, filled, slicer):
    ui = filled.ui
    ui.policyCombo.setCurrentIndex(ui.policyCombo.findData("basic"))
    own = filled.request()
    open_scene(slicer, foreign)
    assert filled.request() != own
    ui.broughtBackButton.click()
    assert filled.request() == own
    assert not ui.broughtFrame.visible
    assert ui.applyButton.enabled


def test_the_way_back_from_a_closed_scene_leads_to_the_users_own_options_though_its_were_kept(foreign, filled, slicer):
    ui = filled.ui
    ui.policyCombo.setCurrentIndex(ui.policyCombo.findData("basic"))
    own = filled.request()
    open_scene(slicer, foreign)
    ui.broughtKeepButton.click()
    ui.depthSlider.value = 5.0  # the user's own too
    slicer.mrmlScene.Clear()
    assert ui.broughtLabel.text == (
        "With the scene that was closed went its options: Headers: 'Research' (was 'Basic Profile'); Depth: '8' (was "
        "'5')."
    )
    ui.broughtBackButton.click()
    assert filled.request() == replace(own, depth=5.0)
    assert ui.applyButton.enabled
    open_scene(slicer, foreign)
    assert "Heads: 'None' (was 'Automatic')" in ui.broughtLabel.text


@pytest.mark.parametrize("isClosedBefore", [False, True])
def test_what_was_kept_of_one_scene_is_asked_again_of_the_next_that_is_opened_from_another_module(
    foreign, filled, slicer, isClosedBefore
):
    ui, own = filled.ui, filled.request()
    open_scene(slicer, foreign)
    ui.broughtKeepButton.click()
    filled.exit()
    filled.parent.hide()
    if isClosedBefore:
        slicer.mrmlScene.Clear()
    open_scene(slicer, foreign)  # closes the one that is open
    filled.parent.show()
    filled.enter()
    assert ui.broughtLabel.text == (
        "The scene that was opened brought other options: Heads: 'None' (was 'Automatic'); Burned-in text: 'Off' (was "
        "'Mask'); Keep the time of day: 'yes' (was 'no')."
    )
    assert not ui.applyButton.enabled
    ui.broughtBackButton.click()
    assert filled.request() == own
    assert ui.applyButton.enabled


def test_what_was_kept_of_a_closed_scene_is_the_users_own(filled, slicer):
    ui = filled.ui
    ui.policyCombo.setCurrentIndex(ui.policyCombo.findData("basic"))
    slicer.mrmlScene.Clear()
    ui.broughtKeepButton.click()
    slicer.mrmlScene.Clear()
    assert not ui.broughtFrame.visible
    assert ui.applyButton.enabled


def test_a_scene_that_brings_the_usual_options_is_said_to_bring_these(filled, slicer, tmp_path):
    path = tmp_path / "empty.mrml"  # without any options of this module
    path.write_text('<MRML version="Slicer4.4.0" userTags=""></MRML>', encoding="utf-8")
    filled.ui.policyCombo.setCurrentIndex(filled.ui.policyCombo.findData("basic"))
    open_scene(slicer, path)
    assert filled.ui.broughtLabel.text == (
        "With the scene that was opened came the usual options: Headers: 'Research' (was 'Basic Profile')."
    )


def test_while_a_run_goes_on_it_is_said_that_options_of_another_scene_are_not_its(
    foreign, filled, fake, until, slicer, picture
):
    ui = filled.ui
    filled.logic.program = fake("wait")
    ui.applyButton.click()
    until(lambda: "1 of 4" in ui.progressLabel.text)
    open_scene(slicer, foreign)
    later = "What goes on uses the options from before; decide when it is done."
    assert ui.broughtLabel.text.endswith(later)
    assert not ui.broughtKeepButton.enabled
    assert not ui.broughtBackButton.enabled
    picture(filled.parent, "panel-26-brought-in-run")
    ui.cancelButton.click()
    until(lambda: filled._worker is None)
    assert later not in ui.broughtLabel.text
    ui.broughtBackButton.click()
    assert filled.request().deface == "auto"


def test_a_scene_with_the_same_options_brings_nothing_to_decide(foreign, filled, slicer):
    for combo, value in ((filled.ui.defaceCombo, "none"), (filled.ui.textCombo, "off")):
        combo.setCurrentIndex(combo.findData(value))
    filled.ui.keepTimeCheck.checked = True
    open_scene(slicer, foreign)
    assert not filled.ui.broughtFrame.visible
    assert filled.ui.applyButton.enabled


def test_the_plan_is_shown_as_a_table_and_nothing_is_written(filled, fake, until, study, picture):
    show_plan(filled, fake, until)
    shown = rows(filled)
    assert shown[0] == ["series 1", "1", "CT", "30", "to release", "headers, deface (surface), text; a note"]
    assert shown[1][4:] == ["refused", "MR heads cannot be defaced yet"]
    problem = "sheet 'x', row 3   warning: The new ID is given twice."
    assert tops(filled)[0] == [problem, "", "", "", "warning", "The new ID is given twice."]
    patient = "NEW1  (A1)   needs attention: 1 to release, 1 refused"
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
    assert ui.applyButton.toolTip.startswith("Mend what is red in the table first, then show the plan again.")
    picture(filled.parent, "panel-22-plan-with-errors")
    show_plan(filled, fake, until)
    assert [ui.applyButton.enabled, ui.trialButton.enabled, ui.applyButton.toolTip] == [True, True, apply]
    show_plan(filled, fake, until, "twice")
    ui.inputPath.currentPath = str(study["input"] / "A1")
    assert [ui.applyButton.enabled, ui.applyButton.toolTip] == [True, apply]


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


def test_the_panel_is_filled_by_what_is_open_and_the_empty_table_by_a_line(filled):
    import qt
    from panelsaid import settle

    ui = filled.ui
    settle()
    assert ui.rowLabel.height < 30
    for section in (ui.dataSection, ui.optionsSection, ui.seriesSection):
        section.collapsed = True
    ui.sceneSection.collapsed = False
    lists = {}
    for page in (0, 1):
        ui.sceneTabs.setCurrentIndex(page)
        settle()
        bottom = ui.log.mapTo(filled.parent, qt.QPoint(0, ui.log.height)).y()
        assert bottom > filled.parent.height - 60
        lists[page] = ui.log.height
    assert ui.sceneTree.height > lists[1]
    assert lists[0] > lists[1]


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
    assert "only 'None' at 'Heads'" in rows(panel)[0][5]
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


def test_the_event_loop_keeps_turning_during_a_run(filled, fake, until, ticking):
    filled.logic.program = fake("run")
    with ticking("short run"):
        filled.ui.applyButton.click()
        until(lambda: filled._worker is None)


def test_closing_slicer_ends_the_run(filled, fake, until, slicer):
    filled.logic.program = fake("wait")
    filled.ui.applyButton.click()
    until(lambda: len(rows(filled)) == 1)
    worker = filled._worker
    slicer.app.aboutToQuit.emit()
    assert not worker.isRunning


def test_unloading_the_module_ends_the_run(filled, fake, until, slicer):
    filled.logic.program = fake("wait")
    filled.ui.applyButton.click()
    until(lambda: len(rows(filled)) == 1)
    worker = filled._worker
    slicer.app.moduleManager().moduleAboutToBeUnloaded.emit("SlicerDeid")
    assert not worker.isRunning


def test_the_user_who_declines_the_packages_is_told(filled, slicer, monkeypatch):
    monkeypatch.setattr(slicer.packaging, "pip_check", lambda requirement: False)
    monkeypatch.setattr(slicer.app.__class__, "testingEnabled", lambda self: False)
    asked = []
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda text, title: asked.append((text, title)) or False)
    filled.ui.applyButton.click()
    assert filled._worker is None
    assert asked[0][1] == "Deid"
    assert "packages" in log(filled)


def test_packages_are_asked_for_on_first_apply_only(filled, slicer, monkeypatch, fake, until):
    calls = []
    monkeypatch.setattr(slicer.packaging, "pip_ensure", lambda requirements, **options: calls.append(options))
    filled.logic.program = fake("run")
    assert not calls
    filled.ui.applyButton.click()
    until(lambda: filled._worker is None)
    assert calls == [{"requester": "Deid"}]


def test_the_advanced_section_unfolds(filled, picture):
    assert not filled.ui.privatePath.isVisible()
    filled.ui.advancedSection.collapsed = False
    filled.parent.resize(560, 1560)
    picture(filled.parent, "panel-11-advanced")
    assert filled.ui.privatePath.isVisible()


def test_masks_as_segmentations_can_be_asked_for(filled):
    assert filled.ui.maskSegCheck.enabled
    filled.ui.maskSegCheck.checked = True
    assert "--mask-seg" in filled.request().runArguments()
    assert "--mask-seg" in filled.request().planArguments()


def test_masks_as_segmentations_say_which_package_is_missing(filled, monkeypatch):
    from SlicerDeidWidgets import optionsform

    monkeypatch.setattr(optionsform.importlib.util, "find_spec", lambda name: None)
    form = optionsform.OptionsForm(filled.ui)
    form.showOptions(filled._parameterNode)
    assert not filled.ui.maskSegCheck.enabled
    assert filled.ui.maskSegCheck.text.endswith("too: the Python package highdicom is missing")
    filled._parameterNode.maskSeg = True  # a scene of another computer: it can be unticked
    form.showOptions(filled._parameterNode)
    assert filled.ui.maskSegCheck.enabled


def drop(widget, paths):
    """Drop files onto a widget as a file browser does; returns whether it was accepted."""
    from PySide6 import QtCore, QtGui, QtWidgets

    data = QtCore.QMimeData()
    data.setUrls([QtCore.QUrl.fromLocalFile(str(path)) for path in paths])
    action, button = QtCore.Qt.DropAction.CopyAction, QtCore.Qt.MouseButton.LeftButton
    place, none = QtCore.QPoint(5, 5), QtCore.Qt.KeyboardModifier.NoModifier
    for event in (
        QtGui.QDragEnterEvent(QtCore.QPointF(place), action, data, button, none),
        QtGui.QDropEvent(QtCore.QPointF(place), action, data, button, none),
    ):
        event.ignore()
        QtWidgets.QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_folders_and_a_list_can_be_dropped(panel, study):
    study["output"].mkdir()
    window = panel.parent.layout().itemAt(0).widget()
    assert drop(window, [study["input"], study["map"], study["output"]])
    lines = panel.ui.inputPath, panel.ui.mapPath, panel.ui.outputPath
    assert [line.currentPath for line in lines] == [str(study[name]) for name in ("input", "map", "output")]
    assert panel.ui.applyButton.enabled
    assert not drop(window, [])


def test_a_path_that_is_longer_than_its_line_is_read_in_full_as_its_tool_tip(filled, study):
    said = filled.ui.inputPath.toolTip.split("\n")
    assert said == [
        str(study["input"]),
        "The folder that holds one folder per patient, named as in the list. It is only read.",
    ]
    filled.ui.inputPath.currentPath = ""
    assert filled.ui.inputPath.toolTip == said[1]


def test_of_two_folders_the_empty_one_is_the_output_and_of_two_full_ones_none(filled, study, tmp_path):
    window = filled.parent.layout().itemAt(0).widget()
    empty, full = tmp_path / "a", tmp_path / "b"
    for folder in (empty, full / "A1"):
        folder.mkdir(parents=True)
    assert drop(window, [empty, full])
    assert [filled.ui.inputPath.currentPath, filled.ui.outputPath.currentPath] == [str(full), str(empty)]
    (empty / "x").mkdir()
    assert drop(window, [empty, full])
    assert [filled.ui.inputPath.currentPath, filled.ui.outputPath.currentPath] == [str(empty), ""]
    assert filled.ui.statusLabel.text == (
        "Both folders hold files: the first is the input now. Choose the output yourself."
    )
    assert not filled.ui.applyButton.enabled
    assert filled.ui.mapPath.currentPath == str(study["map"])


def test_the_folders_of_many_patients_are_not_taken_for_input_and_output(filled, tmp_path):
    before = filled.form.paths()
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    assert not drop(filled.parent.layout().itemAt(0).widget(), folders)
    assert filled.form.paths() == before


def test_a_file_that_is_no_list_is_said_to_be_none(filled, tmp_path):
    (tmp_path / "image.dcm").write_bytes(b"")
    assert drop(filled.parent.layout().itemAt(0).widget(), [tmp_path / "image.dcm"])
    assert filled.ui.statusLabel.text == "The list must be an .xlsx, .xlsm, .csv or .tsv file."


def test_a_folder_dropped_onto_a_path_replaces_it(filled, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    before = filled.ui.outputPath.currentPath
    assert drop(filled.ui.inputPath, [other])
    assert filled.ui.inputPath.currentPath == str(other)
    assert filled.ui.outputPath.currentPath == before
    assert drop(filled.ui.privatePath, [other])
    assert filled.ui.privatePath.currentPath == str(other)


def test_nothing_can_be_dropped_while_a_run_goes_on(filled, fake, until, tmp_path):
    (tmp_path / "other").mkdir()
    window = filled.parent.layout().itemAt(0).widget()
    filled.logic.program = fake("wait")
    filled.ui.applyButton.click()
    until(lambda: filled.view.table.rows)
    before = filled.form.paths()
    for widget in (window, filled.ui.inputPath):
        assert not drop(widget, [tmp_path / "other"])
    assert filled.form.paths() == before
    assert filled.view.table.rows
    filled.ui.cancelButton.click()
    until(lambda: filled._worker is None)


@pytest.mark.parametrize(
    ("line", "path", "sentence"),
    [
        ("keyPath", "/no/key", "key file does not exist"),
        ("policyPath", "/no/policy", "file of your own header rules does not exist"),
        ("rulesPath", "/no/rules", "site rules does not exist"),
    ],
)
def test_a_file_that_is_not_there_is_said_at_once(filled, line, path, sentence):
    getattr(filled.ui, line).currentPath = path
    assert sentence in filled.ui.statusLabel.text
    assert not filled.ui.applyButton.enabled


def test_finished_series_wait_unless_the_user_says_otherwise(filled):
    assert "--hold" in filled.request().runArguments()
    filled.ui.holdCheck.checked = False
    assert "--hold" not in filled.request().runArguments()


def test_a_run_whose_series_wait_opens_the_review(played):
    panel = played("held")
    assert [row[4] for row in rows(panel)] == ["waits"]
    assert "1 of this run wait to be accepted (Review)." in log(panel)
    assert not panel.ui.reviewSection.collapsed


def test_columns_of_the_list_need_two_names(filled):
    filled.ui.mapColumnsEdit.text = "one"
    assert "comma" in filled.ui.statusLabel.text
    filled.ui.mapColumnsEdit.text = "one, two"
    assert filled.ui.applyButton.enabled


def test_a_policy_of_ones_own_takes_the_place_of_the_built_in(filled, study):
    own = study["map"].with_name("own.toml")
    own.write_text("")
    filled.ui.policyPath.currentPath = str(own)
    assert not filled.ui.policyCombo.enabled
    words = filled.request().runArguments()
    assert words[words.index("--policy") + 1] == str(own)


def test_every_control_explains_itself(panel):
    controls = [name for name in vars(panel.ui) if name.endswith(("Path", "Combo", "Edit", "Check", "Button", "Spin"))]
    assert len(controls) > 25
    silent = [name for name in controls if not getattr(panel.ui, name).toolTip]
    assert silent == []


def overlapping(widget):
    """Pairs of visible widgets of one parent that lie upon each other."""
    from itertools import combinations

    from PySide6 import QtWidgets

    found, waiting = [], [widget]
    while waiting:
        parent = waiting.pop()
        if isinstance(parent, (QtWidgets.QAbstractItemView, QtWidgets.QComboBox, QtWidgets.QTabWidget)):
            waiting += parent.findChildren(QtWidgets.QWidget, "qt_tabwidget_stackedwidget")
            continue
        children = [each for each in QtWidgets.QWidget.children(parent) if isinstance(each, QtWidgets.QWidget)]
        shown = [each for each in children if QtWidgets.QWidget.isVisible(each)]
        for one, other in combinations(shown, 2):
            if QtWidgets.QWidget.geometry(one).intersects(QtWidgets.QWidget.geometry(other)):
                found.append((one.name, other.name))
        waiting += shown
    return found


@pytest.mark.parametrize("section", ["advanced", "preview", "review", "scene"])
def test_nothing_lies_upon_something_else_at_the_least_height(panel, slicer, section):
    from PySide6 import QtWidgets
    from SlicerDeidWidgets.fulltext import showText

    ui = panel.ui
    getattr(ui, f"{section}Section").collapsed = False
    ui.sceneTabs.setCurrentIndex(1)
    settle()
    showText(ui.sceneLabel, "Found: Patients and studies 9, Paths of files 2, Texts and parameters 7. Untick. " * 2)
    showText(ui.previewLabel, "With these settings this series is refused: no head could be found in it, choose.")
    showText(ui.reviewLabel, "1 to 1 of 1 that were rejected or withdrawn: their files are gone; do them again below.")
    settle()
    panel.parent.resize(560, QtWidgets.QWidget.minimumSizeHint(panel.parent).height())
    settle()
    assert overlapping(panel.parent) == []


def test_the_text_of_a_row_lies_below_the_table_however_long_it_is(filled, fake, until, slicer):
    from PySide6 import QtWidgets

    show_plan(filled, fake, until)
    tree = filled.ui.seriesTree
    (row,) = [row for row in filled.view.table.rows if row.status == "refused"]
    row.item.setText(5, "no plausible mask could be made of this series, and none could be borrowed; " * 6)
    tree.setCurrentItem(row.item)

    def fits():
        """Give the panel the least height that it asks for, as the scroll area does in which Slicer puts it."""
        filled.parent.resize(560, QtWidgets.QWidget.minimumSizeHint(filled.parent).height())
        slicer.app.processEvents()
        return overlapping(filled.parent) == []

    until(fits)
    assert filled.ui.rowLabel.height > 76


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


def test_a_folder_that_comes_back_is_seen_without_a_touch(filled, study, until):
    folder = study["input"]
    away = folder.with_name("away")
    folder.rename(away)
    filled._checkRequest()
    assert filled.ui.statusLabel.text == "The input folder does not exist."
    assert not filled.ui.applyButton.enabled
    away.rename(folder)
    until(lambda: filled.ui.applyButton.enabled)
    assert filled.ui.statusLabel.text == "Ready."
