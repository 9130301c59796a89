# SPDX-License-Identifier: Apache-2.0
"""Options come and go with the scene; those that somebody else's scene brings are said and must be agreed to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from panelsaid import open_scene


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


@pytest.mark.parametrize("isOther", [False, True])
def test_a_panel_that_is_loaded_anew_asks_nothing_of_the_users_own_options(filled, slicer, module, isOther):
    from Bench.application import open_panel

    filled.ui.depthSlider.value = 5.0
    filled.cleanup()
    if isOther:
        filled.logic.getParameterNode().depth = 6.0  # by a scene that nobody watched
    again = open_panel(slicer, module)
    again.parent.show()
    assert again.ui.broughtFrame.visible == isOther
    assert again.ui.depthSlider.value == (6.0 if isOther else 5.0)
    again.cleanup()
    again.parent.close()
    again.parent.deleteLater()


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
