# SPDX-License-Identifier: Apache-2.0
"""Findings of an audit in the panel: listed, and each jumps to its slice; finished outputs are opened the same way."""

from __future__ import annotations

import shutil
from pathlib import Path

import pydicom
import pytest
from panelsaid import told

OUTPUT = Path(__file__).resolve().parents[2] / "Output"


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A made head that was released, and its original; a value of the original is put back into one slice."""
    import SlicerDeidLib as deid
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_map, write_study

    folder = tmp_path_factory.mktemp("audited")
    lattice = Lattice(slices=40, rows=128, columns=128, pixel_spacing_mm=2.0)
    study = write_study(folder / "in" / "A1", lattice=lattice)
    write_map(folder / "map.xlsx", [("A1", "HEAD-001")])
    policy = deid.with_choices(deid.read_policy("research"), deface="surface", text="off")
    index, rows = deid.discover(folder / "in"), deid.read_map(folder / "map.xlsx")
    plan = deid.plan(index, policy, rows, private=folder / "private", key=bytes(range(32)))
    assert deid.run(plan, folder / "out", is_synced=False).released == 1
    (folder / "key").write_bytes(bytes(range(32)))
    (folder / "key").chmod(0o600)
    path = sorted((folder / "out").rglob("*.dcm"))[30]
    image = pydicom.dcmread(path)
    image.StationName = str(pydicom.dcmread(study.paths[0]).PatientName)
    image.save_as(path)
    return folder


@pytest.fixture
def opened(panel, finished, tmp_path, monkeypatch):
    """A panel with the folder's paths, its review open at the findings."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    panel.logic.program = None
    panel.ui.inputPath.currentPath = str(finished / "in")
    panel.ui.mapPath.currentPath = str(finished / "map.xlsx")
    panel.ui.outputPath.currentPath = str(finished / "out")
    panel.ui.privatePath.currentPath = str(finished / "private")
    panel.ui.keyPath.currentPath = str(finished / "key")
    panel.ui.reviewSection.collapsed = False
    panel.ui.reviewTabs.setCurrentIndex(2)
    return panel


def audit(panel, until):
    panel.ui.auditButton.click()
    until(lambda: not panel.review.audit.isBusy, 120)


def rows(panel):
    table = panel.ui.auditTable
    return [[table.item(r, c).text() for c in range(table.columnCount)] for r in range(table.rowCount)]


def jump(panel, until):
    """Select the first error that names a file; return that file's name."""
    number = next(n for n, row in enumerate(rows(panel)) if row[0] == "error" and row[1].endswith(".dcm"))
    table = panel.ui.auditTable
    for column in range(table.columnCount):
        table.item(number, column).setSelected(True)
    until(lambda: not panel.preview.isBusy, 120)
    return rows(panel)[number][1]


def slice_shown(slicer, tag="DeidAfterAxial"):
    return slicer.mrmlScene.GetSingletonNode(tag, "vtkMRMLSliceNode").GetSliceOffset()


def test_findings_are_listed_and_one_jumps_to_its_slice(opened, until, slicer, picture, finished):
    from Bench import views

    audit(opened, until)
    assert "error" in opened.ui.auditLabel.text
    name = jump(opened, until)
    path = next((finished / "out").rglob(name))
    assert path == sorted((finished / "out").rglob("*.dcm"))[30]
    height = float(pydicom.dcmread(path).ImagePositionPatient[2])
    assert slice_shown(slicer) == pytest.approx(height, abs=0.5)
    assert slice_shown(slicer, "DeidBeforeAxial") == pytest.approx(height, abs=0.5)
    before, after, mask = (
        slicer.util.arrayFromVolume(opened.preview._nodes.get(role)) for role in ("before", "after", "mask")
    )
    assert ((mask == 1) | (before == after)).all()
    assert (after[(mask == 1) & (before == after)] == -1000).all()  # specks of air within what was replaced
    assert opened.ui.previewLabel.text.startswith("HEAD-001/1: the original above, the finished series below.")
    said = next(row for row in rows(opened) if row[0] == "error" and row[1] == name)
    assert told(opened.ui.auditDetailLabel.text) == f"{path.relative_to(finished / 'out').as_posix()}: {said[2]}"
    hidden = [opened.ui.headerTable.isColumnHidden(column) for column in range(5)]
    assert hidden == [False, True, False, True, True]  # nothing was done to it: what it is called and what it holds
    opened.parent.resize(560, 1800)
    picture(opened.parent, "panel-18-findings")
    views.save_png(slicer.app.layoutManager().picture((320, 320)), OUTPUT / "finished-1-jumped.png")


def test_a_finding_about_no_image_says_that_the_views_stay(opened, until, finished):
    note = finished / "out" / "notes.txt"
    note.write_text("CANARY", encoding="utf-8")
    try:
        audit(opened, until)
    finally:
        note.unlink()
    (number,) = (n for n, row in enumerate(rows(opened)) if row[1] == note.name)
    opened.ui.auditTable.item(number, 0).setSelected(True)
    said = told(opened.ui.auditDetailLabel.text)
    assert said.startswith("notes.txt: ")
    assert said.endswith("(It is about no image of a series: the views stay as they are.)")
    assert not opened.preview.isOpen


def test_findings_in_a_copy_of_an_output_jump_to_its_slices_and_nothing_is_said_against_its_private_folder(
    opened, until, slicer, tmp_path, finished
):
    shutil.copytree(finished / "out", tmp_path / "elsewhere")
    opened.ui.outputPath.currentPath = str(tmp_path / "elsewhere")
    audit(opened, until)
    assert "belongs to another output" not in told(opened.ui.auditLabel.text)
    path = next((tmp_path / "elsewhere").rglob(jump(opened, until)))
    height = float(pydicom.dcmread(path).ImagePositionPatient[2])
    assert slice_shown(slicer) == pytest.approx(height, abs=0.5)
    assert opened.ui.previewLabel.text.startswith("HEAD-001/1: the original above, the finished series below.")
    opened.ui.reviewKindCombo.setCurrentIndex(1)
    until(lambda: not opened.review.heads.isBusy)
    assert "belongs to another output folder" in told(opened.ui.reviewLabel.text)  # there nothing can be decided


def test_a_finished_output_is_opened_without_its_input_and_private_folder(opened, until, slicer, tmp_path, finished):
    shutil.copytree(finished / "out", tmp_path / "elsewhere")
    for line in (opened.ui.inputPath, opened.ui.mapPath, opened.ui.privatePath, opened.ui.keyPath):
        line.currentPath = ""
    opened.ui.outputPath.currentPath = str(tmp_path / "elsewhere")
    opened.ui.auditTable.clearSelection()
    audit(opened, until)
    assert rows(opened) or "nothing wrong" in opened.ui.auditLabel.text
    series = next(iter(opened.review.audit._series.values()))
    opened.preview.openFinished(series)
    until(lambda: not opened.preview.isBusy, 120)
    assert opened.preview._nodes.get("before") is None
    assert slicer.util.arrayFromVolume(opened.preview._nodes.get("after")).shape == (40, 128, 128)
    assert "its original is not at hand" in opened.ui.previewLabel.text
    assert slicer.mrmlScene.GetSingletonNode("DeidAfterHead", "vtkMRMLViewNode") is not None


def test_what_is_opened_leaves_nothing_in_a_saved_scene(opened, until, slicer, tmp_path, finished):
    audit(opened, until)
    jump(opened, until)
    original = pydicom.dcmread(next((finished / "in").rglob("*.dcm")))
    slicer.mrmlScene.SetURL(str(tmp_path / "scene.mrml"))
    slicer.mrmlScene.Commit()
    saved = (tmp_path / "scene.mrml").read_text(encoding="utf-8")
    for text in (str(original.PatientName), str(original.PatientID), "HEAD-001", "<Volume"):
        assert text not in saved
    opened.ui.closePreviewButton.click()
    assert opened.preview._nodes.get("before") is None


def test_what_an_audit_found_something_in_comes_first_in_the_review(opened, until):
    from dataclasses import replace

    opened.ui.reviewKindCombo.setCurrentIndex(1)
    until(lambda: opened.review.heads._finished)
    (clean,) = opened.review.heads._finished
    opened.review.heads._finished = (replace(clean, place="HEAD-000/1"), clean)
    audit(opened, until)
    assert opened.ui.reviewList.item(0).text() == "HEAD-001/1"
    assert "findings of the audit" in opened.ui.reviewList.item(0).toolTip()
    assert "findings of the audit" not in opened.ui.reviewList.item(1).toolTip()
    until(lambda: not opened.review.heads.isBusy, 60)


def test_of_very_many_findings_the_first_are_listed_and_the_others_said_to_be_in_the_report(panel):
    from concurrent.futures import Future

    finding = {"severity": "error", "path": "", "tag": "", "message": "It is wrong.", "more": 0}
    read = Future()
    read.set_result(())
    panel.review.audit._list({"findings": [finding] * 2001, "summary": "2001 errors."}, read)
    assert panel.ui.auditTable.rowCount == 2000
    assert panel.ui.auditLabel.text.startswith("2001 errors. Shown are the first 2000; all stand in the private folder")


def test_an_audit_whose_output_has_an_unreadable_journal_lists_its_findings_all_the_same(panel, until, monkeypatch):
    import SlicerDeidLib
    from SlicerDeidLib.errors import OutputError

    def fail(*_folders, **_how):
        raise OutputError("The journal cannot be read.")

    monkeypatch.setattr(SlicerDeidLib, "released_series", fail)
    finding = {"severity": "error", "path": "", "tag": "", "message": "It is wrong.", "more": 0}
    panel.review.audit._show({"findings": [finding], "summary": "1 error."})
    assert panel.review.audit.isBusy
    until(lambda: not panel.review.audit.isBusy)
    assert panel.ui.auditLabel.text == "1 error. The journal cannot be read."
    assert panel.ui.auditTable.rowCount == 1


def test_what_an_audit_found_while_another_module_was_open_is_there_when_the_module_is_entered(opened, until):
    opened.ui.auditButton.click()
    opened.exit()
    until(lambda: not opened.review.audit.isBusy, 60)
    opened.enter()
    assert rows(opened)
    assert opened.ui.applyButton.enabled
    assert opened.ui.auditButton.enabled


def test_nothing_runs_beside_an_audit(opened, until, fake):
    opened.logic.program = fake("wait")
    opened.ui.auditButton.click()
    assert not opened.ui.applyButton.enabled
    assert not opened.ui.auditButton.enabled
    opened.ui.auditCancelButton.click()
    until(lambda: not opened.review.audit.isBusy, 30)
    assert opened.ui.auditLabel.text == "Cancelled."
    assert opened.ui.applyButton.enabled


def test_an_audit_that_cannot_be_done_says_why(opened, until, tmp_path):
    opened.ui.outputPath.currentPath = str(tmp_path / "nowhere")
    audit(opened, until)
    assert "does not exist" in opened.ui.auditLabel.text


def test_the_private_folder_of_another_output_is_refused_in_a_sentence_and_left_as_it_is(
    opened, until, tmp_path, finished, picture
):
    shutil.copytree(finished / "private", tmp_path / "other")
    journal = tmp_path / "other" / "journal.jsonl"
    text = journal.read_text(encoding="utf-8")  # of another place, and of a series whose files are others
    journal.write_text(text.replace("/out", "/another").replace("HEAD-001", "HEAD-002"), encoding="utf-8")
    (tmp_path / "other" / "audit.html").unlink(missing_ok=True)
    opened.ui.privatePath.currentPath = str(tmp_path / "other")
    audit(opened, until)
    assert rows(opened) == []
    said = told(opened.ui.auditLabel.text)
    assert said.startswith("The private folder that was named for the audit belongs to another output")
    assert "name the private folder of this output in 'Private folder', or none" in said
    assert "--" not in said
    assert not (tmp_path / "other" / "audit.html").exists()
    opened.ui.reviewKindCombo.setCurrentIndex(1)
    until(lambda: not opened.review.heads.isBusy)
    assert "belongs to another output folder" in told(opened.ui.reviewLabel.text)
    opened.ui.reviewTabs.setCurrentIndex(2)
    opened.parent.resize(433, 1800)
    picture(opened.parent, "panel-32-other-private-folder")


def test_an_output_on_a_disk_that_takes_nothing_is_audited_and_its_values_are_listed(opened, until, monkeypatch):
    import os

    from SlicerDeidWidgets import places

    out = opened.ui.outputPath.currentPath
    monkeypatch.setattr(places.os, "access", lambda path, mode: str(path) != out or not mode & os.W_OK)
    opened._checkRequest()
    assert "may not write into the output folder" in opened.ui.statusLabel.text
    audit(opened, until)
    assert rows(opened)
    opened.ui.valuesSourceCombo.setCurrentIndex(opened.ui.valuesSourceCombo.findData("output"))
    opened.ui.valuesListButton.click()
    until(lambda: not opened.review.values.isBusy, 60)
    assert opened.ui.valuesTable.rowCount


def test_an_output_must_be_named(panel):
    panel.ui.auditButton.click()
    assert panel.ui.auditLabel.text == "Choose the folder for the de-identified images."
