# SPDX-License-Identifier: Apache-2.0
"""The preview in Slicer's views: on made studies with planted values, with the user's scene left as it was."""

from __future__ import annotations

import itertools
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

OUTPUT = Path(__file__).resolve().parents[2] / "Output"
TAGS = tuple(f"Deid{row}{view}" for row in ("Before", "After") for view in ("Axial", "Sagittal", "Head"))


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A made head whose header is full of planted values, and a series that is no head; only read."""
    from ctseries import make_ct_series
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_map, write_study

    folder = tmp_path_factory.mktemp("previewed")
    lattice = Lattice(slices=48, spacing_mm=4.0, rows=160, columns=160, pixel_spacing_mm=1.6)
    study = write_study(folder / "in" / "A1", lattice=lattice)
    plant(study.paths)
    make_ct_series(folder / "in" / "B2", slices=5)
    write_map(folder / "map.xlsx", [("A1", "HEAD-001"), ("B2", "HEAD-002")])
    return folder


def plant(paths):
    """Put planted values into a study's headers."""
    import pydicom

    for path in paths:
        image = pydicom.dcmread(path)
        image.PatientName, image.PatientID, image.StudyID = "CANARYNAME^A", "CANARYPID", "CANARYSTUDY"
        image.SeriesDescription, image.PatientComments = "CANARYSERIES", "CANARYCOMMENT"
        image.save_as(path)


@pytest.fixture(scope="session")
def plans():
    """The plan of the folder, made by the first test that needs it."""
    return []


@pytest.fixture
def planned(panel, folder, plans, tmp_path, monkeypatch, until):
    """A panel that shows the plan of the folder."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    panel.logic.program = None
    panel.ui.inputPath.currentPath = str(folder / "in")
    panel.ui.mapPath.currentPath = str(folder / "map.xlsx")
    panel.ui.textCombo.setCurrentIndex(panel.ui.textCombo.findData("off"))  # reading takes long and is tested elsewhere
    choose(panel.ui.defaceCombo, "surface")  # quicker than with the face
    table = panel.view.table
    if plans:
        table.showPlan(*plans)
        return panel
    show = table.showPlan
    monkeypatch.setattr(table, "showPlan", lambda document: plans.append(document) or show(document))
    panel.ui.planButton.click()
    until(lambda: panel._worker is None, 60)
    return panel


def select(panel, place):
    row = next(row for row in panel.view.table.rows if row.place == place)
    panel.ui.seriesTree.setCurrentItem(row.item)


@pytest.fixture
def previewed(planned, until):
    """The same with the head shown."""
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy)
    return planned


def nodes(slicer):
    scene = slicer.mrmlScene
    return {scene.GetNthNode(n).GetID(): scene.GetNthNode(n) for n in range(scene.GetNumberOfNodes())}


def composite(slicer, tag):
    node = slicer.mrmlScene.GetSingletonNode(tag, "vtkMRMLSliceNode")
    return slicer.app.applicationLogic().GetSliceLogic(node).GetSliceCompositeNode()


def values(panel, role):
    import slicer

    return slicer.util.arrayFromVolume(panel.preview._nodes.get(role))


def header_rows(panel):
    table = panel.ui.headerTable
    return [[table.item(r, c).text() for c in range(table.columnCount)] for r in range(table.rowCount)]


def choose(combo, value):
    combo.setCurrentIndex(combo.findData(value))


def views_picture(slicer, name):
    from Bench import views

    picture = slicer.app.layoutManager().picture((320, 320))
    views.save_png(picture, OUTPUT / f"{name}.png")
    return picture


def test_preview_can_be_pressed_when_a_series_is_selected(planned):
    assert not planned.ui.previewButton.enabled
    select(planned, "HEAD-001/1")
    assert planned.ui.previewButton.enabled


def test_original_and_result_stand_above_each_other(planned, slicer, until, picture):
    choose(planned.ui.defaceCombo, "auto")
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy)
    previewed = planned
    assert previewed.ui.previewLabel.text.startswith("Result after")
    before, after, mask = (values(previewed, role) for role in ("before", "after", "mask"))
    np.testing.assert_array_equal(after != before, (mask == 1) & (before != -1000))
    assert (after[mask == 1] == -1000).all()
    assert 0.2 < (mask == 1).mean() < 0.95
    shown = {tag: composite(slicer, tag) for tag in TAGS if not tag.endswith("Head")}
    for tag, node in shown.items():
        role = "before" if "Before" in tag else "after"
        assert node.GetBackgroundVolumeID() == previewed.preview._nodes.get(role).GetID()
        assert bool(node.GetLabelVolumeID()) == ("Before" in tag)
        assert node.GetLinkedControl()
    for role, tag in (("head before", "DeidBeforeHead"), ("head after", "DeidAfterHead")):
        view = slicer.mrmlScene.GetSingletonNode(tag, "vtkMRMLViewNode")
        display = previewed.preview._nodes.get(role).GetDisplayNode()
        assert list(display.GetViewNodeIDs()) == [view.GetID()]
    drawn = views_picture(slicer, "preview-1-outline")
    top, bottom = drawn[:320], drawn[-320:]
    skin = [
        (half[:, -320:, 0] > half[:, -320:, 2]).mean() for half in (top, bottom)
    ]  # skin is red, the background blue
    assert 0.05 < skin[1] < skin[0]
    red = (drawn[..., 0] > 180) & (drawn[..., 1] < 100)
    assert red[:320].any()
    assert not red[-320:].any()
    picture(previewed.parent, "panel-12-previewed")


def test_the_mask_is_an_outline_an_overlay_or_hidden(previewed, slicer):
    def red():
        drawn = slicer.app.layoutManager().picture((320, 320))
        return int(((drawn[..., 0] > 1.5 * drawn[..., 1]) & (drawn[..., 0] > 40) & (drawn[..., 2] < 120)).sum())

    counts = {}
    for kind in ("outline", "overlay", "hidden"):
        choose(previewed.ui.maskCombo, kind)
        counts[kind] = red()
        views_picture(slicer, f"preview-2-{kind}")
    assert counts["hidden"] < counts["outline"] < counts["overlay"]


def test_both_pictures_have_one_window(previewed):
    nodes = [previewed.preview._nodes.get(role).GetDisplayNode() for role in ("before", "after")]
    assert {(node.GetWindow(), node.GetLevel()) for node in nodes} == {(400.0, 40.0)}
    choose(previewed.ui.windowCombo, "brain")
    assert {(node.GetWindow(), node.GetLevel()) for node in nodes} == {(80.0, 40.0)}
    nodes[1].SetWindowLevel(1000, 300)  # as the mouse does in a view
    assert (nodes[0].GetWindow(), nodes[0].GetLevel()) == (1000.0, 300.0)


def test_other_settings_are_shown_and_take_less_time(previewed, slicer, until, capsys):
    def seconds():
        return float(previewed.ui.previewLabel.text.split()[2])

    first, usual = seconds(), values(previewed, "after").copy()
    previewed.ui.depthSlider.value = 16.0
    until(lambda: not previewed.preview.isBusy, 60)
    second, deeper = seconds(), values(previewed, "after").copy()
    assert (deeper != -1000).sum() < (usual != -1000).sum()
    print(f"a preview took {first:.1f} s, another depth {second:.1f} s")
    assert second < first
    previewed.ui.airEdit.text = "-500"
    until(lambda: not previewed.preview.isBusy, 60)
    assert (values(previewed, "after")[values(previewed, "mask") == 1] == -500).all()
    choose(previewed.ui.defaceCombo, "none")
    until(lambda: not previewed.preview.isBusy, 60)
    np.testing.assert_array_equal(values(previewed, "after"), values(previewed, "before"))
    assert not values(previewed, "mask").any()


def test_only_the_last_of_quick_changes_is_shown(previewed, until):
    for depth in (9.0, 11.0, 14.0, 10.0):
        previewed.ui.depthSlider.value = depth
    until(lambda: not previewed.preview.isBusy, 60)
    quick = values(previewed, "after").copy()
    previewed.ui.closePreviewButton.click()
    previewed.ui.previewButton.click()
    until(lambda: not previewed.preview.isBusy, 120)
    np.testing.assert_array_equal(values(previewed, "after"), quick)


def test_nobody_waits_for_the_text_of_settings_that_are_no_longer_wanted(planned, until, monkeypatch):
    import threading

    from SlicerDeidLib.pipeline import preview

    gate, begun, real = threading.Event(), [], preview.redact_treated_stepwise

    def slow(*arguments):
        begun.append(1)
        if len(begun) == 1:
            gate.wait(60)
        return (yield from real(*arguments))

    monkeypatch.setattr(preview, "redact_treated_stepwise", slow)
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: bool(begun), 120)
    planned.ui.depthSlider.value = 12.0
    until(lambda: not planned.preview.isBusy, 60)
    assert planned.ui.previewLabel.text.startswith("Result after")
    gate.set()


def test_a_head_is_defaced_while_the_head_of_its_original_is_made(planned, until, monkeypatch):
    import threading

    from SlicerDeidLib.pipeline import preview
    from SlicerDeidWidgets import previewarrays

    begun, met, real, surface = threading.Event(), [], preview.deface_repetitions, previewarrays.surfaceOf

    def defaced(*arguments):
        begun.set()
        return real(*arguments)

    def made(*arguments, **options):
        met.append(begun.wait(20))
        return surface(*arguments, **options)

    monkeypatch.setattr(preview, "deface_repetitions", defaced)
    monkeypatch.setattr(previewarrays, "surfaceOf", made)
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy, 120)
    assert met == [True, True]  # the original's, and the result's


def test_settings_that_change_while_a_head_is_defaced_wait_for_it_though_nobody_sees_it(planned, until, monkeypatch):
    from SlicerDeidLib.pipeline import preview

    going, together, real = [], [], preview.deface_repetitions

    def defaced(repetitions, deface, *arguments):
        going.append(deface.depth_mm)
        together.append(len(going))
        time.sleep(0.5)  # long enough for the settings to settle and the wish to begin
        found = real(repetitions, deface, *arguments)
        going.remove(deface.depth_mm)
        return found

    monkeypatch.setattr(preview, "deface_repetitions", defaced)
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: bool(going), 120)
    planned.ui.depthSlider.value = 12.0
    until(lambda: not planned.preview.isBusy, 120)
    assert together == [1, 1]
    assert planned.ui.previewLabel.text.startswith("Result after")
    changed = values(planned, "after").copy()
    planned.ui.depthSlider.value = 11.0
    until(lambda: not planned.preview.isBusy, 120)
    assert (values(planned, "after") != changed).any()


def test_an_option_that_pixels_and_headers_do_not_ask_for_begins_nothing(previewed, until):
    previewed.ui.workersSpin.value = 3
    until(lambda: not previewed.preview._settling.active)
    assert not previewed.preview.isBusy


def test_a_refused_series_is_shown_as_it_is_with_the_reason(planned, until, slicer, picture):
    select(planned, "HEAD-002/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy, 60)
    assert planned.ui.previewLabel.text.startswith("With these settings this series is refused: no head could be")
    assert "'Heads'" in planned.ui.previewLabel.text
    assert values(planned, "before").shape == (5, 64, 64)
    assert planned.preview._nodes.get("after") is None
    picture(planned.parent, "panel-13-refused-preview")


def test_a_result_does_not_hide_that_the_table_refuses_the_series(planned, until):
    reason = "it was released before from other images"
    planned.view.table.addResult({"patient": "HEAD-001", "series": 1, "status": "refused", "reason": reason})
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy)
    said = planned.ui.previewLabel.text
    assert said.startswith("Result after")
    assert f"But the table says that nothing of it is released: {reason}." in said


def test_header_rows_say_what_was_done_and_by_which_rule(previewed):
    rows = header_rows(previewed)
    name = next(row for row in rows if row[0] == "PatientName (0010,0010)")
    assert name[1].startswith("CANARYNAME")
    assert name[2:4] == ["HEAD-001", "new ID"]
    assert name[4]
    assert not any(row[3] == "kept" for row in rows)
    previewed.ui.keptCheck.checked = True
    assert any(row[3] == "kept" for row in header_rows(previewed))
    previewed.ui.headerFilterEdit.text = "(0010,0010)"
    assert {row[0].split()[0] for row in header_rows(previewed)} == {"PatientName"}


def test_a_rule_is_never_cut_off(previewed):
    table = previewed.ui.headerTable
    assert table.columnWidth(4) >= table.sizeHintForColumn(4)
    previewed.ui.headerFilterEdit.text = "no such attribute"
    previewed.ui.headerFilterEdit.text = ""
    assert table.columnWidth(4) >= table.sizeHintForColumn(4)


def test_slices_of_both_rows_move_together(previewed, slicer):
    first, second = (
        slicer.mrmlScene.GetSingletonNode(f"Deid{row}Axial", "vtkMRMLSliceNode") for row in ("Before", "After")
    )
    logic = slicer.app.applicationLogic().GetSliceLogic(first)
    logic.StartSliceOffsetInteraction()
    first.SetSliceOffset(first.GetSliceOffset() + 12.0)
    logic.EndSliceOffsetInteraction()
    assert second.GetSliceOffset() == pytest.approx(first.GetSliceOffset())


def test_the_event_loop_keeps_turning_during_a_preview(planned, until):
    import qt

    ticks = []
    timer = qt.QTimer()
    timer.connect("timeout()", lambda: ticks.append(time.monotonic()))
    timer.start(20)
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy)
    timer.stop()
    gaps = sorted(b - a for a, b in itertools.pairwise(ticks))
    print(f"longest gap of a 20 ms timer during a preview: {1000 * gaps[-1]:.0f} ms of {ticks[-1] - ticks[0]:.1f} s")
    assert gaps[-1] < 0.5 * (ticks[-1] - ticks[0])  # it never stands still for the length of the work


def test_views_are_made_one_by_one_before_there_is_something_to_show(planned, slicer, until):
    manager = slicer.app.layoutManager()
    usual = manager.layout
    before = set(nodes(slicer))
    layout = planned.preview._layout
    layout.prepare()
    made = []
    for _ in TAGS:
        layout._makeNext()
        made.append([node.GetLayoutName() for node in nodes(slicer).values() if node.IsA("vtkMRMLAbstractViewNode")])
    assert [[tag for tag in TAGS if tag in names] for names in made] == [list(TAGS[:n]) for n in range(1, 7)]
    assert manager.layout == usual
    assert not any(node.GetSaveWithScene() for each, node in nodes(slicer).items() if each not in before)
    layout.restore()
    assert set(nodes(slicer)) == before


def test_what_comes_before_the_views_waits_for_all_of_them_and_comes_in_order(planned, slicer, until):
    preview, shown = planned.preview, []
    preview._layout.prepare()
    for number in range(3):
        preview._show(lambda number=number: shown.append((number, preview._layout.isReady)))
    assert shown == []
    assert preview.isBusy
    until(lambda: not preview.isBusy)
    assert shown == [(0, True), (1, True), (2, True)]
    preview.close()
    preview._layout.prepare()
    preview._show(lambda: shown.append("closed"))
    preview.close()
    slicer.app.processEvents()
    assert "closed" not in shown
    assert not preview.isBusy


def test_the_users_scene_and_layout_come_back(planned, slicer, until):
    manager = slicer.app.layoutManager()
    own = slicer.util.addVolumeFromArray(np.zeros((4, 8, 8), np.int16), name="the user's own")
    red = composite(slicer, "Red")
    red.SetBackgroundVolumeID(own.GetID())
    layout = manager.layoutLogic().GetLayoutNode()
    layout.SetViewArrangement(layout.SlicerLayoutConventionalView)
    offset = slicer.mrmlScene.GetSingletonNode("Red", "vtkMRMLSliceNode").GetSliceOffset()
    before = set(nodes(slicer))
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy)
    assert manager.layout not in (layout.SlicerLayoutConventionalView, 0)
    assert red.GetBackgroundVolumeID() == own.GetID()
    planned.ui.closePreviewButton.click()
    assert set(nodes(slicer)) == before
    assert manager.layout == layout.SlicerLayoutConventionalView
    assert layout.GetSaveWithScene()
    assert red.GetBackgroundVolumeID() == own.GetID()
    assert slicer.mrmlScene.GetSingletonNode("Red", "vtkMRMLSliceNode").GetSliceOffset() == offset
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    assert not hierarchy.GetItemByName("De-identification preview")


def test_a_saved_scene_holds_nothing_of_the_preview_nor_of_the_patient(previewed, slicer, tmp_path, caplog, capfd):
    for node in nodes(slicer).values():
        attributes = list(node.GetAttributeNames() or [])
        assert "DICOM.instanceUIDs" not in attributes
        assert "CANARY" not in (node.GetName() or "") + (node.GetDescription() or "") + repr(attributes)
    for role in ("before", "after", "mask", "head before", "head after"):
        assert previewed.preview._nodes.get(role).GetStorageNode() is None
        assert not previewed.preview._nodes.get(role).GetSaveWithScene()
    slicer.mrmlScene.SetURL(str(tmp_path / "scene.mrml"))
    slicer.mrmlScene.Commit()
    saved = (tmp_path / "scene.mrml").read_text(encoding="utf-8")
    assert "CANARY" not in saved
    for made in ("Volume", "Model ", "DeidBefore", "DeidAfter", "ColorTableNode", "Layout "):
        assert f"<{made}" not in saved
        assert f'name="{made}' not in saved
    said = capfd.readouterr()
    assert "CANARY" not in caplog.text + said.out + said.err


def test_all_nodes_lie_in_one_folder_of_the_hierarchy(previewed, slicer):
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    folder = hierarchy.GetItemByName("De-identification preview")
    roles = ("before", "after", "mask", "head before", "head after")
    items = [hierarchy.GetItemByDataNode(previewed.preview._nodes.get(role)) for role in roles]
    assert all(items)
    assert {hierarchy.GetItemParent(item) for item in items} == {folder}


@pytest.fixture
def users(previewed, slicer):
    """Items that the user put into the preview's folder, under one of its nodes, and there a node of the preview."""
    nodes, scene = previewed.preview._nodes, slicer.mrmlScene
    items = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    folder = items.GetItemByName("De-identification preview")
    model = scene.AddNewNodeByClass("vtkMRMLModelNode", "users model")
    made = {
        "model": items.CreateItem(folder, model),
        "folder": items.CreateFolderItem(folder, "users folder"),
        "under ours": items.CreateFolderItem(items.GetItemByDataNode(nodes.get("after")), "users other folder"),
    }
    items.SetItemAttribute(made["model"], "written by", "the user")
    items.SetItemParent(items.GetItemByDataNode(nodes.get("mask")), made["folder"])
    return made


def test_what_the_user_puts_into_the_folder_of_the_preview_is_saved_and_stays(
    users, previewed, slicer, tmp_path, until
):
    scene, path = slicer.mrmlScene, tmp_path / "scene.mrml"
    items = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    scene.SetURL(str(path))
    scene.Commit()
    saved = path.read_text(encoding="utf-8")
    assert saved.count("<SubjectHierarchyItem") == 1 + len(users)  # the scene's own
    assert all(f'name="{name}"' in saved for name in ("users model", "users folder", "users other folder"))
    assert "Preview" not in saved
    until(lambda: items.GetItemByName("De-identification preview"))
    previewed.ui.closePreviewButton.click()
    assert items.GetNumberOfItems() == len(users)
    assert {items.GetItemParent(item) for item in users.values()} == {items.GetSceneItemID()}
    assert items.GetItemAttribute(users["model"], "written by") == "the user"


def test_a_preview_whose_folder_the_user_took_away_is_closed_without_an_error(previewed, slicer, capfd):
    items = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    items.RemoveItem(items.GetItemByName("De-identification preview"), False, True)
    previewed.ui.closePreviewButton.click()
    said = capfd.readouterr()
    assert "Failed to find" not in said.out + said.err


@pytest.mark.parametrize("name", ["scene.mrml", "scene.mrb", "bundle"])
def test_a_scene_that_is_saved_by_anybody_has_no_item_of_the_preview(previewed, slicer, tmp_path, until, name):
    import zipfile

    scene, path = slicer.mrmlScene, tmp_path / name

    def items():
        return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene).GetNumberOfItems()

    def saved():
        if name.endswith(".mrb"):
            assert scene.WriteToMRB(str(path))
            with zipfile.ZipFile(path) as bundle:
                text = next(bundle.read(one).decode() for one in bundle.namelist() if one.endswith(".mrml"))
                return text + "".join(bundle.namelist())
        if name == "bundle":  # a folder, as old scripts make it
            path.mkdir()
            assert scene.SaveSceneToSlicerDataBundleDirectory(str(path))
            return next(path.rglob("*.mrml")).read_text(encoding="utf-8") + "".join(map(str, path.rglob("*")))
        scene.SetURL(str(path))
        scene.Commit()
        return path.read_text(encoding="utf-8")

    before = items()
    assert before >= 6
    for _turn in range(2):  # the second time, too
        text = saved()
        assert text.count("<SubjectHierarchyItem") == 1  # the scene's own
        assert "review" not in text
        assert "SubjectHierarchyVersion" in text  # or Slicer would take it for one of another time
        until(lambda: items() == before)
        assert previewed.preview._nodes.get("before") is not None
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    previewed.preview._nodes.joinHierarchy()  # as pictures that arrive while Slicer asks for names
    assert saved().count("<SubjectHierarchyItem") == 1
    previewed.ui.closePreviewButton.click()
    assert items() == 0
    slicer.app.processEvents()
    assert items() == 0


def test_slicers_dialog_for_saving_which_takes_a_picture_of_the_views_closes_the_preview(previewed, slicer, until):
    import qt

    class qSlicerSaveDataDialogPrivate(qt.QDialog):
        """As Slicer's own, of which the bench has none."""

    layout = slicer.app.layoutManager().layout
    other, dialog = qt.QDialog(), qSlicerSaveDataDialogPrivate()
    other.setModal(True)
    other.show()
    shown = time.monotonic()
    until(lambda: time.monotonic() - shown > 0.2)
    assert previewed.preview.isOpen
    other.close()
    dialog.setModal(True)
    dialog.show()
    until(lambda: not previewed.preview.isOpen, 2)
    assert slicer.mrmlScene.GetNodesByName("Preview: original").GetNumberOfItems() == 0
    assert slicer.app.layoutManager().layout != layout
    assert "Slicer puts a picture of its views into what it saves" in previewed.ui.previewLabel.text
    dialog.close()


@pytest.mark.parametrize("isClosed", [False, True])
def test_a_scene_view_that_is_stored_during_a_preview_saves_nothing_of_it(previewed, slicer, tmp_path, isClosed):
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), "the user's own")
    view = slicer.vtkMRMLSceneViewNode()
    slicer.mrmlScene.AddNode(view)
    view.StoreScene()
    if isClosed:
        previewed.ui.closePreviewButton.click()
    slicer.mrmlScene.SetURL(str(tmp_path / "scene.mrml"))
    slicer.mrmlScene.Commit()
    text = (tmp_path / "scene.mrml").read_text(encoding="utf-8")
    assert "review" not in text.partition("<SceneView")[2]
    stored = view.GetStoredScene().GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
    assert stored.GetItemByName("the user's own")
    assert stored.GetNumberOfItems() == 1


def kept(slicer):
    """The IDs of all nodes but the crosshair, which views make when they need it first."""
    return {each for each, node in nodes(slicer).items() if not node.IsA("vtkMRMLCrosshairNode")}


def preview_again(panel, until):
    """Preview a series, and say whether all of it came."""
    select(panel, "HEAD-001/1")
    panel.ui.previewButton.click()
    until(lambda: not panel.preview.isBusy, 120)
    return panel.preview._nodes.get("after") is not None and panel.ui.previewLabel.text.startswith("Result after")


@pytest.mark.parametrize("isStoredDuring", [False, True])
def test_restoring_a_scene_view_that_holds_the_scene_closes_the_preview(planned, slicer, until, isStoredDuring):
    own = slicer.util.addVolumeFromArray(np.zeros((4, 8, 8), np.int16), name="the user's own")
    layout = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    layout.SetViewArrangement(layout.SlicerLayoutFourUpView)
    view = slicer.vtkMRMLSceneViewNode()
    slicer.mrmlScene.AddNode(view)
    before = kept(slicer)
    if not isStoredDuring:
        view.StoreScene()
    assert preview_again(planned, until)
    if isStoredDuring:
        view.StoreScene()
    view.RestoreScene()
    slicer.app.processEvents()
    assert not planned.preview.isOpen
    assert planned.ui.previewLabel.text == "The preview was closed: a scene view was restored."
    assert kept(slicer) == before
    assert own.GetScene() is slicer.mrmlScene
    assert layout.GetViewArrangement() == layout.SlicerLayoutFourUpView
    assert layout.GetSaveWithScene()
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    assert not hierarchy.GetItemByName("De-identification preview")
    assert preview_again(planned, until)
    planned.ui.closePreviewButton.click()
    assert kept(slicer) == before


@pytest.fixture
def sceneviews(slicer):
    """Slicer's own scene views, of which one with a picture was stored before there was a preview."""
    picture = picture_of(200)
    logic = slicer.modules.sceneviews.logic()
    logic.CreateSceneView("usual", "", 0, picture)
    return logic, picture


def saved_files(slicer, path):
    """Everything that a bundle of the scene holds, as one text, inner bundles too."""
    import io
    import zipfile

    def read(data):
        with zipfile.ZipFile(data) as bundle:
            for name in bundle.namelist():
                content = bundle.read(name)
                yield name
                yield from read(io.BytesIO(content)) if name.endswith(".mrb") else [content.decode("latin-1")]

    assert slicer.mrmlScene.WriteToMRB(str(path))
    return "\n".join(read(path))


def test_a_scene_view_that_is_stored_during_a_preview_holds_nothing_of_it(sceneviews, planned, slicer, until, tmp_path):
    logic, picture = sceneviews
    layout = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    layout.SetViewArrangement(layout.SlicerLayoutFourUpView)
    before = set(nodes(slicer))
    assert preview_again(planned, until)
    logic.CreateSceneView("during", "", 4, picture)
    assert planned.preview.isOpen
    logic.UpdateNthSceneView(0)  # which restores it too
    assert [logic.GetNthSceneViewName(n) for n in range(2)] == ["usual", "during"]
    lightest = [max(logic.GetNthSceneViewScreenshot(n).GetPointData().GetScalars().GetRange()) for n in range(2)]
    assert lightest == [200, 0]
    saved = saved_files(slicer, tmp_path / "scene.mrb")
    assert "usual" in saved
    for made in ("DeidBefore", "DeidAfter", "Preview: ", "De-identification preview", 'currentViewArrangement="8606"'):
        assert made not in saved
    planned.ui.closePreviewButton.click()
    layout.SetViewArrangement(layout.SlicerLayoutConventionalView)
    assert logic.RestoreSceneView("during")
    assert layout.GetViewArrangement() == layout.SlicerLayoutFourUpView
    assert layout.GetSaveWithScene()
    added = [nodes(slicer)[each] for each in set(nodes(slicer)) - before]
    assert {each.GetClassName() for each in added} <= {"vtkMRMLSequenceNode", "vtkMRMLSequenceStorageNode"}
    assert not any(each.GetName().startswith("Deid") for each in nodes(slicer).values())


def picture_of(value):
    """A small picture of one grey value."""
    import vtk

    picture = vtk.vtkImageData()
    picture.SetDimensions(8, 6, 1)
    picture.AllocateScalars(vtk.VTK_UNSIGNED_CHAR, 3)
    picture.GetPointData().GetScalars().Fill(value)
    return picture


@pytest.mark.parametrize("isReplaced", [False, True])
def test_no_picture_that_is_taken_during_a_preview_stays_whatever_layout_is_shown(
    sceneviews, planned, slicer, until, tmp_path, isReplaced
):
    logic, _picture = sceneviews
    layout = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    assert preview_again(planned, until)
    layout.SetViewArrangement(layout.SlicerLayoutFourUpView)
    own = planned.preview._nodes.get("before").GetID()
    selection = slicer.app.applicationLogic().GetSelectionNode()
    selection.SetActiveVolumeID(own)
    slicer.app.applicationLogic().PropagateVolumeSelection()
    if isReplaced:
        logic.ModifyNthSceneView(0, "usual", "", 4, picture_of(77))
        slicer.app.processEvents()
    logic.CreateSceneView("mine", "", 4, picture_of(88))
    slicer.app.processEvents()
    saved = saved_files(slicer, tmp_path / "scene.mrb")
    assert f'"{own}"' not in saved
    planned.ui.closePreviewButton.click()
    lightest = [max(logic.GetNthSceneViewScreenshot(n).GetPointData().GetScalars().GetRange()) for n in range(2)]
    assert lightest == [0 if isReplaced else 200, 0]


def test_a_picture_that_is_replaced_without_a_word_is_black_when_the_preview_closes(sceneviews, planned, slicer, until):
    logic, _picture = sceneviews
    assert preview_again(planned, until)
    logic.SetNthSceneViewScreenshot(0, picture_of(66))
    planned.ui.closePreviewButton.click()
    assert max(logic.GetNthSceneViewScreenshot(0).GetPointData().GetScalars().GetRange()) == 0


def test_a_scene_view_from_before_keeps_its_picture_and_can_be_restored_during_a_preview(
    sceneviews, planned, slicer, until
):
    logic, _picture = sceneviews
    layout = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    before, usual = kept(slicer), layout.GetViewArrangement()
    assert preview_again(planned, until)
    assert logic.RestoreSceneView("usual")
    slicer.app.processEvents()
    assert layout.GetViewArrangement() == usual
    assert logic.GetNthSceneViewScreenshot(0) is not None
    planned.ui.closePreviewButton.click()
    assert kept(slicer) == before
    assert preview_again(planned, until)
    planned.ui.closePreviewButton.click()
    assert kept(slicer) == before
    assert layout.GetViewArrangement() == usual


def test_another_module_gets_the_users_scene_and_layout_and_the_preview_comes_again(planned, slicer, until):
    layout = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    users = layout.GetViewArrangement()
    before = set(nodes(slicer))
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy, 60)
    shown, said = layout.GetViewArrangement(), planned.ui.previewLabel.text
    assert shown != users
    planned.ui.depthSlider.value = 12.0  # not yet asked for when the module is left
    planned.exit()
    assert not planned.preview.isBusy
    assert layout.GetViewArrangement() == users
    assert set(nodes(slicer)) - before == set()
    planned.enter()
    until(lambda: not planned.preview.isBusy, 60)
    assert layout.GetViewArrangement() == shown
    assert planned.preview._nodes.get("after") is not None
    assert planned.ui.previewLabel.text.split()[0] == said.split()[0]
    planned.ui.closePreviewButton.click()
    planned.exit()
    planned.enter()
    assert not planned.preview.isBusy
    assert layout.GetViewArrangement() == users


def test_closing_the_scene_ends_the_preview(previewed, slicer):
    slicer.mrmlScene.Clear()
    assert not previewed.preview.isOpen
    assert not any(slicer.mrmlScene.GetSingletonNode(tag, "vtkMRMLSliceNode") for tag in TAGS)
    assert header_rows(previewed) == []


def test_a_layout_that_the_user_chose_meanwhile_stays(previewed, slicer):
    layout = slicer.app.layoutManager().layoutLogic().GetLayoutNode()
    layout.SetViewArrangement(layout.SlicerLayoutOneUpRedSliceView)
    previewed.ui.closePreviewButton.click()
    assert slicer.app.layoutManager().layout == layout.SlicerLayoutOneUpRedSliceView
    assert layout.GetSaveWithScene()


@pytest.mark.parametrize("line", ["inputPath", "mapPath", "outputPath", "keyPath"])
def test_other_paths_take_the_preview_away(previewed, slicer, tmp_path, line):
    getattr(previewed.ui, line).currentPath = str(tmp_path / "other")
    assert not previewed.preview.isOpen
    assert not any(slicer.mrmlScene.GetSingletonNode(tag, "vtkMRMLSliceNode") for tag in TAGS)
    assert "it showed a series of other folders" in previewed.ui.previewLabel.text
    assert not previewed.ui.previewButton.enabled
    assert header_rows(previewed) == []


def test_another_release_shows_its_own_dates_and_uids(planned, until, tmp_path):
    key = tmp_path / "key"  # without one each preview draws its own
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)
    planned.ui.keyPath.currentPath = str(key)
    planned.ui.planButton.click()
    until(lambda: planned._worker is None)
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy)
    before = header_rows(planned)
    planned.ui.releaseEdit.text = "second"
    until(lambda: not planned.preview.isBusy)
    followed = header_rows(planned)
    planned.ui.closePreviewButton.click()
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy)
    assert followed == header_rows(planned)
    assert {now[0].split()[0] for now, then in zip(followed, before, strict=True) if now != then} >= {
        "StudyDate",
        "SOPInstanceUID",
    }


def cells_of(panel, keyword):
    """What the header table says of an attribute: before, after, what is done."""
    return next(row[1:4] for row in header_rows(panel) if row[0].startswith(f"{keyword} "))


def test_rules_that_are_edited_while_a_preview_is_open_are_shown_when_they_are_looked_at_again(
    previewed, until, tmp_path
):
    rules = tmp_path / "own.toml"
    previewed.ui.keptCheck.checked = True
    for number, text in enumerate(('"X"', '"set MADE"', '"set OTHER"')):
        rules.write_text(f"[rules]\nManufacturer = {text}\n", encoding="utf-8")
        previewed.ui.rulesPath.currentPath = str(rules)
        previewed._checkRequest()  # as when wrong paths are looked at again, or an option is changed
        until(lambda: not previewed.preview.isBusy, 60)
        assert cells_of(previewed, "Manufacturer")[1] == ("", "MADE", "OTHER")[number]


def test_another_match_shows_what_it_makes_of_the_series(previewed, until):
    choose(previewed.ui.matchCombo, "patient-id")  # the list names folders
    until(lambda: not previewed.preview.isBusy, 120)
    followed = previewed.ui.previewLabel.text
    assert not followed.startswith("Result")
    assert header_rows(previewed) == []


def test_closing_slicer_gives_the_users_layout_back(previewed, slicer):
    slicer.app.aboutToQuit.emit()
    assert slicer.app.layoutManager().layout != 8606


def test_closing_in_the_middle_leaves_nothing(planned, slicer, until):
    before = set(nodes(slicer))
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: planned.preview._nodes.get("before") is not None, 60)
    planned.ui.closePreviewButton.click()
    time.sleep(0.3)
    slicer.app.processEvents()
    assert set(nodes(slicer)) == before
    assert not planned.preview.isBusy


def test_a_preview_needs_no_main_window(planned, slicer, until):
    slicer.app.has_main_window = False
    try:
        select(planned, "HEAD-001/1")
        planned.ui.previewButton.click()
        until(lambda: not planned.preview.isBusy)
        assert values(planned, "after").shape == (48, 160, 160)
    finally:
        planned.preview.close()
        slicer.app.has_main_window = True


def test_what_is_unexpected_is_said_by_its_kind_only(planned, until, monkeypatch):
    import SlicerDeidLib

    def raising(*_arguments, **_options):
        raise KeyError("CANARYNAME")

    monkeypatch.setattr(SlicerDeidLib, "open_preview", raising)
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy, 60)
    assert "An unexpected KeyError." in planned.ui.previewLabel.text
    assert "CANARY" not in planned.ui.previewLabel.text


def test_unevenly_spaced_slices_are_shown_where_they_lie(slicer):
    from SlicerDeidLib.model.volume import Volume
    from SlicerDeidWidgets import previewarrays

    heights = np.array([0.0, 4.0, 8.0, 15.0, 16.0])
    stored = np.arange(5, dtype=np.int16)[:, None, None] * np.ones((1, 6, 8), np.int16)
    positions = np.outer(heights, [0.0, 0.0, 1.0]) + np.array([10.0, 20.0, 30.0])
    volume = Volume(stored, np.ones(5), np.zeros(5), positions, np.array([0.5, 0, 0]), np.array([0, 0.5, 0]))
    lattice = previewarrays.latticeOf(volume)
    shown = previewarrays.shownValues(volume, stored, lattice)
    for place, k in enumerate(shown[:, 0, 0]):
        ras = lattice.ijkToRas @ [0, 0, place, 1]
        np.testing.assert_allclose(ras[:2], [-10, -20])
        assert np.abs(heights + 30 - ras[2]).argmin() == k
    assert set(shown[:, 0, 0]) == set(range(5))


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.uint8, np.int32, np.float32])
@pytest.mark.parametrize(("slope", "intercept"), [(1, -1024), (1, 0), (1, 30000), (1, -40000), (1, 0.5), (2, -1024)])
def test_every_value_is_shown_as_its_hu_within_what_a_node_holds(slicer, dtype, slope, intercept):
    from SlicerDeidLib.model.volume import Volume
    from SlicerDeidWidgets import previewarrays

    high = 50000 if dtype == np.float32 else min(np.iinfo(dtype).max, 50000)
    low = 0 if dtype in (np.uint8, np.uint16) else -32768
    stored = np.array([[[low, 0, 1, 7]], [[0, 1, 2, high]], [[3, 4, 5, 6]]], dtype)
    steps = np.array([0.5, 0, 0]), np.array([0, 0.5, 0])
    positions = np.outer(np.arange(3.0), [0, 0, 1.0])
    volume = Volume(stored, np.full(3, float(slope)), np.full(3, float(intercept)), positions, *steps)
    shown = previewarrays.shownValues(volume, stored, previewarrays.latticeOf(volume))
    wanted = np.rint(stored.astype(np.float64) * slope + intercept).clip(-32768, 32767)
    np.testing.assert_array_equal(shown, wanted)


def test_a_preview_asks_for_what_the_list_names(planned, until, monkeypatch):
    import SlicerDeidLib

    asked = []

    def asking(_root, folder, number, _policy, subject_map, **options):
        asked.append((folder, number, subject_map.match, options["original"]))
        raise KeyError

    monkeypatch.setattr(SlicerDeidLib, "open_preview", asking)
    choose(planned.ui.matchCombo, "accession")
    select(planned, "HEAD-001/1")
    row = planned.view.table.current()
    row.original = "CANARYACC"
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy, 60)
    assert asked == [(row.folder, 1, "accession", "CANARYACC")]
