# SPDX-License-Identifier: Apache-2.0
"""What the module offers elsewhere in Slicer: samples in Sample Data, an export in the DICOM module."""

from __future__ import annotations

import itertools
import tempfile
import time
import types
from pathlib import Path

import numpy as np
import pydicom
import pytest


@pytest.fixture
def offered(slicer, module):
    """As after Slicer's start."""
    slicer.app.startupCompleted.emit()
    yield slicer.modules
    del slicer.modules.sampleDataSources, slicer.modules.dicomPlugins


@pytest.fixture
def small(monkeypatch):
    """Let the samples be small, so that they are made in a moment."""
    from SlicerDeidLib.sample import study
    from SlicerDeidLib.sample.phantom import Lattice

    lattice = Lattice(slices=44, spacing_mm=5.0, rows=128, columns=128, pixel_spacing_mm=2.0)
    monkeypatch.setattr(study, "DEMO_LATTICES", (lattice, lattice))


def samples(offered):
    return {each.sampleName: each for each in offered.sampleDataSources["De-identification"]}


def press(source):
    """What the sample's button in Sample Data does."""
    return source.customDownloader(source)


def test_samples_are_registered_once_and_made_only_when_they_are_asked_for(slicer, offered):
    assert list(samples(offered)) == ["MadeHeadCT", "MadeHeadMR", "MadeStudy"]
    slicer.app.startupCompleted.emit()
    assert len(samples(offered)) == len(offered.sampleDataSources["De-identification"]) == 3
    assert all(Path(each.thumbnailFileName).is_file() for each in samples(offered).values())
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") == 0


def test_an_application_without_these_modules_is_offered_nothing(slicer, module, monkeypatch):
    monkeypatch.delattr(slicer.modules, "sampledata")
    monkeypatch.delattr(slicer.modules, "dicom")
    module.instance.registerElsewhere()
    assert not hasattr(slicer.modules, "sampleDataSources")
    assert not hasattr(slicer.modules, "dicomPlugins")


def test_the_sample_heads_are_volumes_that_can_be_told_apart(slicer, offered, small):
    from SlicerDeidLib import tell_unit
    from SlicerDeidWidgets.volumes import volumeFromNode

    ct, mr = (press(samples(offered)[name]) for name in ("MadeHeadCT", "MadeHeadMR"))
    assert [node.GetName() for node in (ct, mr)] == ["Made head CT", "Made head MR"]
    assert [tell_unit(volumeFromNode(node)).unit for node in (ct, mr)] == ["HU", ""]


def test_a_sample_is_not_made_without_its_packages(slicer, module, offered, monkeypatch):
    def declined(*_arguments):
        raise RuntimeError

    said = []
    monkeypatch.setattr(module.python.SlicerDeidLogic, "ensureRequirements", declined)
    monkeypatch.setattr(slicer.util, "errorDisplay", said.append)
    assert press(samples(offered)["MadeHeadCT"]) is None
    assert "not installed" in said[0]
    assert "not installed" in offered.dicomPlugins["DICOMDeidPlugin"]().export([])


def test_the_sample_study_is_named_in_the_panel_which_can_plan_it(slicer, offered, small, panel, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    chosen = []
    monkeypatch.setattr(slicer.util, "selectModule", chosen.append)
    folder = press(samples(offered)["MadeStudy"])
    assert folder.parent == tmp_path
    assert chosen == ["SlicerDeid"]
    assert [each.name for each in sorted((folder / "in").iterdir())]
    assert panel.ui.statusLabel.text == "Ready."
    assert panel.ui.planButton.enabled


def test_the_sample_study_takes_no_panel_away_from_what_it_works_on(slicer, offered, small, panel, monkeypatch):
    said = []
    monkeypatch.setattr(slicer.util, "errorDisplay", said.append)
    monkeypatch.setattr(slicer.util, "selectModule", lambda _name: None)
    panel.form.showPaths({"output": "/mine"})
    panel.form.setEnabled(False)
    assert press(samples(offered)["MadeStudy"]) is None
    assert panel.ui.outputPath.currentPath == "/mine"
    assert said == ["The panel works on other folders now: open the made study when that is done."]


def loaded(slicer, folder):
    """A made study, and its volume as the DICOM module loads it: (item, node)."""
    from Bench.slicermodules import Database
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_study
    from SlicerDeidWidgets.volumes import addNode

    study = write_study(folder, lattice=Lattice(slices=44, spacing_mm=5.0, rows=128, columns=128, pixel_spacing_mm=2.0))
    files = {str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID): path for path in study.paths}
    slicer.dicomDatabase = Database(files)
    node = addNode(study.head.volume, "2: CT head")
    node.SetAttribute("DICOM.instanceUIDs", " ".join(files))
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    return hierarchy.CreateItem(hierarchy.GetSceneItemID(), node), node


@pytest.fixture
def database(slicer):
    yield
    del slicer.dicomDatabase


def test_the_dicom_module_offers_an_export_of_what_its_database_holds(slicer, offered, database, tmp_path):
    item, node = loaded(slicer, tmp_path / "in")
    plugin = offered.dicomPlugins["DICOMDeidPlugin"]()
    assert plugin.examineForImport([["a"]]) == []
    (exportable,) = plugin.examineForExport(item)
    assert exportable.name == plugin.loadType == "De-identified export"
    assert exportable.pluginClass == "DICOMDeidPlugin"
    assert exportable.confidence < 0.5  # of Slicer's own
    node.SetAttribute("DICOM.instanceUIDs", "1.2.3")
    assert plugin.examineForExport(item) == []
    node.RemoveAttribute("DICOM.instanceUIDs")
    assert plugin.examineForExport(item) == []


def test_an_export_is_de_identified_with_the_panels_options_and_leaves_nothing_else(
    slicer, offered, database, module, panel, tmp_path, monkeypatch
):
    import qt
    from Bench.slicermodules import export

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    (tmp_path / "out").mkdir()
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    item, _node = loaded(slicer, tmp_path / "in")
    parameters = module.python.SlicerDeidLogic().getParameterNode()
    parameters.text, parameters.policy, parameters.mapColumns = "off", "basic", "old,new"
    ticks, again = [], []
    timer = qt.QTimer()
    timer.setInterval(20)
    timer.connect("timeout()", lambda: ticks.append(time.monotonic()))
    once = qt.QTimer()
    once.setSingleShot(True)
    once.connect("timeout()", lambda: again.append(export(item, "DICOMDeidPlugin", tmp_path / "out")))
    timer.start()
    once.start()
    started = time.monotonic()
    assert export(item, "DICOMDeidPlugin", tmp_path / "out") == ""
    timer.stop()
    assert again == ["An export is going on already."]
    gaps = [b - a for a, b in itertools.pairwise([started, *ticks, time.monotonic()])]
    assert len(ticks) > 10
    assert max(gaps) < 0.5 * sum(gaps)  # it never stands still for the length of the work
    files = sorted((tmp_path / "out").iterdir())
    assert len(files) == 44
    assert list((tmp_path / "temporary").iterdir()) == []
    images = [pydicom.dcmread(path) for path in files]
    assert len({image.PatientID for image in images}) == 1
    source = [pydicom.dcmread(path) for path in sorted((tmp_path / "in").rglob("*")) if path.is_file()]
    for value in (str(source[0].PatientName), source[0].PatientID, source[0].StudyInstanceUID, source[0].StudyDate):
        assert not [path for path in files if str(value).encode() in path.read_bytes()]
    before = {float(image.ImagePositionPatient[2]): image.pixel_array for image in source}
    changed = [np.mean(before[float(image.ImagePositionPatient[2])] != image.pixel_array) for image in images]
    assert np.mean(changed) > 0.02


def test_an_export_overwrites_nothing(slicer, tmp_path):
    from SlicerDeidWidgets.dicomexport import _moved

    (tmp_path / "new").mkdir()
    for place, text in (("a.dcm", "old"), ("new/a.dcm", "new"), ("new/b.dcm", "new")):
        (tmp_path / place).write_text(text, encoding="utf-8")
    assert "files of these names" in _moved(sorted((tmp_path / "new").iterdir()), tmp_path)
    assert (tmp_path / "a.dcm").read_text(encoding="utf-8") == "old"
    assert not (tmp_path / "b.dcm").exists()


def test_an_export_that_fails_while_files_are_moved_leaves_none_of_them(slicer, tmp_path, monkeypatch):
    import shutil

    from SlicerDeidWidgets.dicomexport import _moved

    (tmp_path / "new").mkdir()
    for name in ("a.dcm", "b.dcm"):
        (tmp_path / "new" / name).write_text("new", encoding="utf-8")
    move = shutil.move

    def full(file, goal):
        if file.name == "b.dcm":
            goal.write_text("n", encoding="utf-8")
            raise OSError(28, "full", str(goal))
        move(file, goal)

    monkeypatch.setattr(shutil, "move", full)
    (tmp_path / "out").mkdir()
    with pytest.raises(OSError, match="full"):
        _moved(sorted((tmp_path / "new").iterdir()), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    assert _moved([], tmp_path / "missing") == "the folder does not exist."


@pytest.fixture
def exported(slicer, offered, database, panel, tmp_path, monkeypatch):
    """What an export answers whose run released this many series that may show a face, or raised, or is another."""
    from Bench.slicermodules import export
    from SlicerDeidWidgets import dicomexport, worker

    def run(recognisable):
        if isinstance(recognisable, Exception):
            raise recognisable
        return worker.Outcome(0, events=({"event": "done", "released": 1, "recognisable": recognisable},)), ""

    def go(recognisable):
        ran = recognisable if callable(recognisable) else lambda _request: run(recognisable)
        monkeypatch.setattr(dicomexport, "_run", ran)
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
        for name in ("temporary", "out"):
            (tmp_path / name).mkdir(exist_ok=True)
        return export(item, "DICOMDeidPlugin", tmp_path / "out")

    item, _node = loaded(slicer, tmp_path / "in")
    return go


def test_an_export_asks_before_heads_leave_that_may_be_recognisable(slicer, exported, monkeypatch):
    asked, answers = [], [False, True]
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda text: asked.append(text) or answers.pop(0))
    assert exported(0) == ""
    assert asked == []
    assert exported(2) == "Nothing was exported: a head may be recognisable, and that was not meant."
    assert "2 series may show a recognisable face" in asked[0]
    assert exported(2) == ""


def test_an_export_waits_for_boxes_that_would_not_be_filled(exported, panel, monkeypatch):
    monkeypatch.setattr(panel.preview, "unkept", lambda: "Boxes that are not filled: 1.")
    assert exported(0) == "Nothing was exported: Boxes that are not filled: 1."


@pytest.mark.parametrize("name", ["input", "output", "private"])
def test_nothing_is_exported_into_a_folder_of_the_panel(exported, panel, tmp_path, name):
    line = getattr(panel.ui, f"{name}Path")
    line.currentPath = str(tmp_path)
    try:
        assert "is one of the module De-identify DICOM" in exported(0)
        assert list((tmp_path / "out").iterdir()) == []
    finally:
        line.currentPath = ""


def test_an_export_whose_disk_fails_says_so_without_a_path(exported):
    said = exported(PermissionError(13, "no", "/secret/place"))
    assert said.startswith("Nothing was exported: A file or folder may not be read or written")
    assert "secret" not in said


@pytest.mark.parametrize(
    ("step", "place"),
    [("copyfile", "Slicer's folder for temporary files"), ("move", "the folder that was chosen")],
)
def test_an_export_onto_a_full_disk_says_which_and_what_to_do_and_leaves_nothing(
    exported, tmp_path, monkeypatch, step, place
):
    import shutil

    from SlicerDeidWidgets import dicomexport

    def full(_file, goal):
        Path(goal).write_bytes(b"half")
        raise OSError(28, "full", str(goal))

    def files(folder, pattern):
        return [folder / "a.dcm"] if pattern == "*.dcm" else found(folder, pattern)

    found = Path.rglob
    monkeypatch.setattr(shutil, step, full)
    monkeypatch.setattr(Path, "rglob", files)
    said = exported(0)
    monkeypatch.undo()
    assert said.startswith(f"Nothing was exported: the disk of {place}")
    assert said.endswith("is full; make room there, or choose another folder.")
    assert list((tmp_path / "out").iterdir()) == []
    assert list((tmp_path / "temporary").iterdir()) == []
    assert dicomexport._going == []


def test_an_export_whose_run_fails_says_that_its_output_was_none_of_the_users(slicer, offered, module, monkeypatch):
    from SlicerDeidLib.output.staging import disk_error
    from SlicerDeidWidgets import dicomexport, messages, worker

    def run(_self, _request, onSentence):
        onSentence(disk_error(PermissionError(13, "no"), "output").reason)
        return worker.Outcome(messages.NOT_COMPLETED)

    monkeypatch.setattr(module.python.SlicerDeidLogic, "run", run)
    _outcome, said = dicomexport._run(None)
    assert said.startswith("the run into Slicer's folder for temporary files failed. The output folder cannot be")
    assert said.endswith("check permissions and export again.")


def said_of_a_full_disk(where, monkeypatch, capsys):
    """Return what the program says on stderr, as the panel hears it."""
    from SlicerDeidLib.commandline import commands
    from SlicerDeidLib.commandline.parser import parse
    from SlicerDeidLib.output.staging import disk_error

    def full(_arguments):
        error = OSError(28, "No space left on device")
        raise error if where == "somewhere" else disk_error(error, where)

    monkeypatch.setattr(commands, "_policy", full)
    assert commands.execute(parse(["policy", "list"])) == 1
    return capsys.readouterr().err.strip().removeprefix("slicerdeid: ")


@pytest.mark.parametrize("where", ["output", "private", "somewhere"])
def test_an_export_whose_run_fills_the_disk_says_whose_and_names_no_button_that_is_not_there(
    exported, offered, module, monkeypatch, capsys, tmp_path, where
):
    from SlicerDeidWidgets import dicomexport, messages, worker

    def run(_self, _request, onSentence):
        onSentence(said_of_a_full_disk(where, monkeypatch, capsys))
        return worker.Outcome(messages.NOT_COMPLETED)

    monkeypatch.setattr(module.python.SlicerDeidLogic, "run", run)
    ran = dicomexport._run
    said = exported(ran)
    assert said == (
        "Nothing was exported: the disk of Slicer's folder for temporary files (Application Settings, General) is "
        "full; make room there, or choose another folder."
    )
    assert list((tmp_path / "temporary").iterdir()) == list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("step", ["mkdtemp", "mkdir"])
def test_an_export_that_cannot_even_begin_on_a_full_disk_says_whose(exported, monkeypatch, tmp_path, step):
    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device", str(tmp_path))

    for name in ("temporary", "out"):
        (tmp_path / name).mkdir()
    if step == "mkdtemp":
        monkeypatch.setattr(tempfile, "mkdtemp", full)
    else:
        mkdir = Path.mkdir
        monkeypatch.setattr(Path, "mkdir", lambda path, **how: full() if path.name == "in" else mkdir(path, **how))
    said = exported(0)
    monkeypatch.undo()
    assert said.startswith("Nothing was exported: the disk of Slicer's folder for temporary files")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_originals_that_an_export_left_whose_slicer_was_killed_are_deleted_at_the_next_start(
    slicer, module, offered, tmp_path, monkeypatch
):
    from filelock import FileLock

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("slicerdeid-killed", "slicerdeid-going", "slicerdeid-demo", "other"):
        (tmp_path / name / "in").mkdir(parents=True)
    (tmp_path / "slicerdeid-killed" / "export.lock").touch()  # as an export makes it before it copies anything
    with FileLock(tmp_path / "slicerdeid-going" / "export.lock"):
        module.instance.registerElsewhere()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "slicerdeid-demo", "slicerdeid-going"]


def test_an_export_uses_rules_decisions_and_key_of_the_panel_as_they_were_when_it_began(
    slicer, offered, database, module, panel, tmp_path, monkeypatch
):
    from Bench.slicermodules import export
    from SlicerDeidLib import make_decision, replace_decisions
    from SlicerDeidWidgets import dicomexport, worker

    item, _node = loaded(slicer, tmp_path / "in")
    for name in ("policy.toml", "rules.toml", "key"):
        (tmp_path / name).write_text("", encoding="utf-8")
    (tmp_path / "private").mkdir()
    (tmp_path / "out").mkdir()
    decisions = tmp_path / "private" / "values.toml"
    replace_decisions(decisions, [make_decision("00081090", "Only One", "remove")])
    panel.ui.policyPath.currentPath = str(tmp_path / "policy.toml")
    panel.ui.rulesPath.currentPath = str(tmp_path / "rules.toml")
    panel.ui.keyPath.currentPath = str(tmp_path / "key")
    panel.ui.privatePath.currentPath = str(tmp_path / "private")
    panel._parameterNode.deface = "none"
    asked = []
    monkeypatch.setattr(module.python.SlicerDeidLogic, "run", lambda _, r, **k: asked.append(r) or worker.Outcome(3))
    copied = dicomexport._copied

    def copied_while_the_user_goes_on(files, folder):
        panel.ui.rulesPath.currentPath = ""
        copied(files, folder)

    monkeypatch.setattr(dicomexport, "besideEvents", lambda work: work())
    monkeypatch.setattr(dicomexport, "_copied", copied_while_the_user_goes_on)
    panel.exit()  # the user is in the DICOM module
    export(item, "DICOMDeidPlugin", tmp_path / "out")
    (request,) = asked
    used = request.policyPath, request.rulesPath, request.keyPath, request.decisionsPath
    assert used == tuple(str(tmp_path / name) for name in ("policy.toml", "rules.toml", "key", "private/values.toml"))
    assert request.deface == "none"
    assert not request.isHeld
    assert request.privatePath != str(tmp_path / "private")  # nothing of the export joins the project
    panel.ui.keyPath.currentPath = str(tmp_path / "missing")
    said = export(item, "DICOMDeidPlugin", tmp_path / "out")
    assert said == "Nothing was exported: The key file does not exist."
    assert len(asked) == 1


def test_an_export_whose_site_rules_cannot_be_read_says_so(slicer, offered, database, panel, tmp_path):
    from Bench.slicermodules import export

    item, _node = loaded(slicer, tmp_path / "in")
    (tmp_path / "rules.toml").write_text("actoin =", encoding="utf-8")
    panel.ui.rulesPath.currentPath = str(tmp_path / "rules.toml")
    (tmp_path / "out").mkdir()
    said = export(item, "DICOMDeidPlugin", tmp_path / "out")
    assert said.startswith("Nothing was exported: ")
    assert "rules.toml" in said
    assert list((tmp_path / "out").iterdir()) == []


def test_an_export_is_not_made_with_options_that_a_scene_brought_unseen(slicer, offered, database, panel, tmp_path):
    from Bench.slicermodules import export

    panel._parameterNode.deface = "none"
    slicer.mrmlScene.SetURL(str(tmp_path / "scene.mrml"))
    slicer.mrmlScene.Commit()
    panel._parameterNode.deface = "auto"
    panel.exit()
    slicer.mrmlScene.Clear()
    slicer.mrmlScene.Connect()
    item, _node = loaded(slicer, tmp_path / "in")
    (tmp_path / "out").mkdir()
    said = export(item, "DICOMDeidPlugin", tmp_path / "out")
    assert said == "Nothing was exported: The scene changed the options: keep them, or go back to yours."
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("missing", "the folder does not exist."),
        (".work.held", "that folder is one of the module De-identify DICOM"),
        (".work.partial/1", "that folder is one of the module De-identify DICOM"),
    ],
)
def test_a_folder_that_takes_no_export_is_said_before_anything_is_copied(
    slicer, offered, database, panel, tmp_path, monkeypatch, place, said
):
    from Bench.slicermodules import export
    from SlicerDeidWidgets import dicomexport

    monkeypatch.setattr(dicomexport, "_copied", lambda *_given: pytest.fail("images were copied"))
    panel.ui.outputPath.currentPath = str(tmp_path / "work")
    item, _node = loaded(slicer, tmp_path / "in")
    if place != "missing":
        (tmp_path / place).mkdir(parents=True)
    assert export(item, "DICOMDeidPlugin", tmp_path / place).startswith(f"Nothing was exported: {said}")


def test_an_export_that_is_refused_says_why_and_writes_nothing(slicer, offered, database, panel, tmp_path, monkeypatch):
    from Bench.slicermodules import export
    from SlicerDeidWidgets import dicomexport, worker

    monkeypatch.setattr(dicomexport, "_run", lambda _request: (worker.Outcome(3), "no plausible head was found"))
    item, _node = loaded(slicer, tmp_path / "in")
    (tmp_path / "out").mkdir()
    assert export(item, "DICOMDeidPlugin", tmp_path / "out") == "Nothing was exported: no plausible head was found"
    assert list((tmp_path / "out").iterdir()) == []
    slicer.dicomDatabase = types.SimpleNamespace(fileForInstance=lambda _uid: "")
    plugin = offered.dicomPlugins["DICOMDeidPlugin"]()
    gone = types.SimpleNamespace(subjectHierarchyItemID=item, directory=str(tmp_path / "out"))
    assert "not in Slicer's DICOM database" in plugin.export([gone])
