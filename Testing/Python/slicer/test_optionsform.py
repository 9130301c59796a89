# SPDX-License-Identifier: Apache-2.0
"""The panel's upper half: paths and options, what is wrong with them, and what of them reaches the command line."""

from __future__ import annotations

import pytest
from panelsaid import told


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
        ("privatePath", "{output}/../.out.held", "where its series are made or wait"),
        ("privatePath", "{output}/../.out.partial/p", "where its series are made or wait"),
    ],
)
def test_a_wrong_path_is_said_at_once_and_stops_apply(filled, study, line, path, sentence):
    getattr(filled.ui, line).currentPath = path.format(**study)
    assert sentence in filled.ui.statusLabel.text
    assert not filled.ui.applyButton.enabled
    assert "border" in getattr(filled.ui, line).styleSheet


@pytest.mark.parametrize("kind", ["held", "partial"])
def test_an_input_that_lies_where_series_of_the_output_are_made_or_wait_is_said_at_once(filled, study, kind):
    (study["output"].parent / f".out.{kind}" / "in" / "A1").mkdir(parents=True)
    filled.ui.inputPath.currentPath = str(study["output"].parent / f".out.{kind}" / "in")
    assert "where its series are made or wait" in filled.ui.statusLabel.text
    assert not filled.ui.applyButton.enabled


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


def test_every_bound_widget_belongs_to_a_parameter(panel):
    parameters = type(panel._parameterNode).__annotations__
    assert set(panel.form.bound()) == set(parameters) - set(panel.form.combos) - {"options"}


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


def test_a_path_that_is_longer_than_its_line_is_read_in_full_as_its_tool_tip(filled, study):
    said = told(filled.ui.inputPath.toolTip).split("\n")
    assert said == [
        str(study["input"]),
        "The folder that holds one folder per patient, named as in the list. It is only read.",
    ]
    filled.ui.inputPath.currentPath = ""
    assert told(filled.ui.inputPath.toolTip) == said[1]


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
