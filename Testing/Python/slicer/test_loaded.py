# SPDX-License-Identifier: Apache-2.0
"""The page for a loaded volume in every state: nothing chosen, wrong, ready, going on, done, refused, removed."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(scope="module")
def head():
    """A made head CT of small size."""
    from SlicerDeidLib.sample.phantom import Lattice, make_head

    return make_head(Lattice(slices=44, rows=128, columns=128, pixel_spacing_mm=2.0))


@pytest.fixture
def node(slicer, head):
    """The head as a volume node whose name and attributes tell of somebody."""
    from SlicerDeidWidgets.volumes import addNode

    made = addNode(head.volume, "CANARYNAME^OF^PATIENT")
    made.SetAttribute("DICOM.instanceUIDs", "1.2.3.CANARYUID")
    return made


@pytest.fixture
def open_tab(panel):
    panel.ui.sceneSection.collapsed = False
    for name in ("dataSection", "optionsSection", "seriesSection"):
        getattr(panel.ui, name).collapsed = True
    return panel


def choose(panel, node, method="auto"):
    panel.ui.loadedVolumeCombo.setCurrentNode(node)
    panel.ui.loadedDefaceCombo.setCurrentIndex(panel.ui.loadedDefaceCombo.findData(method))


def volumes(slicer):
    return slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLVolumeNode")


def test_nothing_can_be_done_until_a_volume_is_chosen(slicer, open_tab, node, picture):
    ui = open_tab.ui
    assert ui.loadedLabel.text == "Choose a volume that is loaded."
    assert not ui.loadedDefaceButton.enabled
    picture(open_tab.parent, "loaded-1-empty")
    choose(open_tab, node)
    assert ui.loadedDefaceButton.enabled
    assert ui.loadedLabel.text == "Ready. The volume itself stays as it is."
    picture(open_tab.parent, "loaded-2-ready")


def test_label_maps_and_hidden_volumes_are_not_offered(slicer, open_tab, node):
    labels = slicer.util.addVolumeFromArray(np.zeros((4, 8, 8), np.uint8), nodeClassName="vtkMRMLLabelMapVolumeNode")
    choose(open_tab, labels)
    assert open_tab.ui.loadedVolumeCombo.currentNode() is None


@pytest.mark.parametrize("air", ["black", "nan", "inf", "-1000 HU"])
def test_an_air_value_that_is_no_number_is_said_at_once(slicer, open_tab, node, air):
    choose(open_tab, node)
    open_tab.ui.loadedAirEdit.text = air
    assert "must be a number" in open_tab.ui.loadedLabel.text
    assert not open_tab.ui.loadedDefaceButton.enabled
    open_tab.ui.loadedAirEdit.text = " -1024 "
    assert open_tab.ui.loadedDefaceButton.enabled


def test_the_depth_belongs_to_methods_that_peel(slicer, open_tab, node):
    for method, isOffered in {"auto": True, "surface": True, "surface+face": True, "face": False}.items():
        choose(open_tab, node, method)
        assert open_tab.ui.loadedDepthSpin.enabled == isOffered


def test_a_defaced_volume_and_its_mask_are_added_while_the_panel_goes_on(
    slicer, open_tab, node, head, until, picture, caplog, capfd
):
    ui = open_tab.ui
    array = slicer.util.arrayFromVolume(node).copy()
    choose(open_tab, node)
    ui.loadedAirEdit.text = "-1010"
    ui.loadedDefaceButton.click()
    assert open_tab.scene.loaded.isBusy
    assert not ui.loadedDefaceButton.enabled
    assert "Defacing..." in ui.loadedLabel.text
    picture(open_tab.parent, "loaded-3-running")
    until(lambda: not open_tab.scene.loaded.isBusy, 300.0)
    assert ui.loadedLabel.text.startswith("Done in ")
    picture(open_tab.parent, "loaded-4-done")
    defaced, mask = slicer.util.getNode("Defaced"), slicer.util.getNode("Replaced by air")
    after = slicer.util.arrayFromVolume(defaced)
    np.testing.assert_array_equal(slicer.util.arrayFromVolume(node), array)
    assert (after[head.intracranial] == array[head.intracranial]).all()
    assert (after[head.skin] == -1010).mean() > 0.9
    for made in (defaced, mask):
        assert made.GetStorageNode() is None
        assert not made.GetAttributeNames()
    shown = slicer.mrmlScene.GetFirstNodeByClass("vtkMRMLSliceCompositeNode")
    assert shown is None or shown.GetBackgroundVolumeID() == defaced.GetID()
    said = caplog.text + "".join(capfd.readouterr()) + ui.loadedLabel.text + ui.log.plainText
    assert "CANARY" not in said


def test_what_is_no_head_is_refused_in_a_sentence_and_adds_nothing(slicer, open_tab, until, picture):
    block = slicer.util.addVolumeFromArray(np.full((20, 64, 64), -1000, np.int16), np.diag([2.0, 2.0, 5.0, 1.0]))
    array = slicer.util.arrayFromVolume(block)
    array[4:16, 16:48, 16:48] = 40
    before = volumes(slicer)
    choose(open_tab, block)
    open_tab.ui.loadedDefaceButton.click()
    until(lambda: not open_tab.scene.loaded.isBusy, 120.0)
    assert open_tab.ui.loadedLabel.text.startswith("Not defaced: ")
    assert not {"--", "None"} & set(open_tab.ui.loadedLabel.text.replace("'", " ").split())  # no such choice here
    assert volumes(slicer) == before
    picture(open_tab.parent, "loaded-5-refused")


def test_a_head_that_no_method_can_deface_is_not_said_to_be_left_out_of_anything(slicer, open_tab, until):
    from craniectomy import make_infant
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidWidgets.volumes import addNode

    infant = make_infant(Lattice(slices=44, rows=160, columns=160, pixel_spacing_mm=1.6))
    choose(open_tab, addNode(infant, "infant"), "face")
    open_tab.ui.loadedDefaceButton.click()
    until(lambda: not open_tab.scene.loaded.isBusy, 120.0)
    assert open_tab.ui.loadedLabel.text.endswith("; do not share this volume")


def test_an_mr_in_which_no_head_is_found_is_not_defaced(slicer, open_tab, until):
    rows = np.random.default_rng(3).integers(0, 400, (20, 40, 40)).astype(np.int16)
    choose(open_tab, slicer.util.addVolumeFromArray(rows, np.diag([4.0, 4.0, 6.0, 1.0]), "MR"))
    open_tab.ui.loadedDefaceButton.click()
    until(lambda: not open_tab.scene.loaded.isBusy, 60.0)
    assert open_tab.ui.loadedLabel.text.startswith("Not defaced: ")


def test_a_volume_that_cannot_be_used_is_refused_at_once(slicer, open_tab):
    choose(open_tab, slicer.util.addVolumeFromArray(np.zeros((1, 8, 8), np.int16), np.eye(4), "one slice"))
    open_tab.ui.loadedDefaceButton.click()
    assert "at least two slices" in open_tab.ui.loadedLabel.text
    assert not open_tab.scene.loaded.isBusy


def test_values_of_the_other_kind_are_refused(slicer, open_tab, node, until):
    choose(open_tab, node, "face")
    open_tab.ui.loadedKindCombo.setCurrentIndex(open_tab.ui.loadedKindCombo.findData("MR"))
    open_tab.ui.loadedDefaceButton.click()
    until(lambda: not open_tab.scene.loaded.isBusy, 60.0)
    assert "not those of MR" in open_tab.ui.loadedLabel.text


def test_a_volume_that_is_removed_meanwhile_gets_no_result(slicer, open_tab, node, until, monkeypatch):
    from SlicerDeidWidgets import volumes as work

    monkeypatch.setattr(work, "deface", lambda *_arguments: None)
    choose(open_tab, node)
    open_tab.ui.loadedDefaceButton.click()
    slicer.mrmlScene.RemoveNode(node)
    until(lambda: not open_tab.scene.loaded.isBusy)
    assert open_tab.ui.loadedLabel.text == "The volume was removed meanwhile; nothing was added."


def test_closing_the_scene_forgets_what_goes_on(slicer, open_tab, node, monkeypatch):
    from SlicerDeidWidgets import volumes as work

    monkeypatch.setattr(work, "deface", lambda *_arguments: None)
    choose(open_tab, node)
    open_tab.ui.loadedDefaceButton.click()
    slicer.mrmlScene.Clear()
    assert not open_tab.scene.loaded.isBusy
    assert open_tab.ui.loadedLabel.text == "Choose a volume that is loaded."


def test_without_packages_nothing_starts(slicer, open_tab, node, monkeypatch, picture):
    def declined(*_arguments):
        raise RuntimeError

    monkeypatch.setattr(open_tab.logic, "ensureRequirements", declined)
    choose(open_tab, node)
    open_tab.ui.loadedDefaceButton.click()
    assert "not installed" in open_tab.ui.loadedLabel.text
    open_tab.ui.sceneLookButton.click()
    assert "not installed" in open_tab.ui.sceneLabel.text
