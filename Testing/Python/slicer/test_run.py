# SPDX-License-Identifier: Apache-2.0
"""Apply on real DICOM files, with the real program: made studies always, measured ones where they are there."""

from __future__ import annotations

import itertools
import shutil
import sys
import time

import numpy as np
import pytest
from panelsaid import rows

SEED_PERSONS = 2
STOPPED = 130  # the command line's exit code of a run that was asked to stop
SLOW_PROGRAM = """
import sys, time
import SlicerDeidLib
from SlicerDeidLib.__main__ import main

def discover(*_arguments):  # as slow as a full network drive
    print("reading", file=sys.stderr, flush=True)
    time.sleep(60)

SlicerDeidLib.discover = discover
main()
"""


@pytest.fixture(scope="session")
def made_study(tmp_path_factory):
    """Two made patients and their list; only read."""
    from SlicerDeidLib.sample.persons import PERSONS
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_map, write_study

    folder = tmp_path_factory.mktemp("made")
    lattice = Lattice(slices=40, rows=128, columns=128, pixel_spacing_mm=2.0)
    for number, person in enumerate(PERSONS[:SEED_PERSONS], 1):
        write_study(folder / "in" / person.accession_number, person, lattice, seed=number)
    rows = [(person.accession_number, f"HEAD-{n:03d}") for n, person in enumerate(PERSONS[:SEED_PERSONS], 1)]
    write_map(folder / "map.xlsx", rows)
    return folder


@pytest.fixture
def own_settings(monkeypatch, tmp_path):
    """Keep the program's key and folders out of the developer's own."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


@pytest.fixture
def ready(panel, made_study, tmp_path, own_settings):
    """The panel, filled in for the made study."""
    panel.logic.program = None
    panel.ui.inputPath.currentPath = str(made_study / "in")
    panel.ui.mapPath.currentPath = str(made_study / "map.xlsx")
    panel.ui.outputPath.currentPath = str(tmp_path / "out")
    panel.ui.privatePath.currentPath = str(tmp_path / "private")
    panel.ui.holdCheck.checked = False
    return panel


def released(folder):
    return sorted(folder.rglob("*.dcm"))


def test_apply_releases_a_study_and_shows_nothing_that_identifies(ready, until, tmp_path, picture, caplog):
    import pydicom
    import qt
    from SlicerDeidLib.sample.persons import PERSONS

    ticks = []
    timer = qt.QTimer()
    timer.connect("timeout()", lambda: ticks.append(time.monotonic()))
    timer.start(20)
    ready.ui.applyButton.click()
    until(lambda: ready._worker is None, 180)
    timer.stop()
    assert [row[4] for row in rows(ready)] == ["released", "released"], ready.ui.log.toPlainText()
    files = released(tmp_path / "out")
    assert len(files) == 80
    image = pydicom.dcmread(files[0])
    assert image.PatientID == "HEAD-001"
    assert "recognisable" not in ready.ui.log.toPlainText()
    picture(ready.parent, "run-finished")
    shown = ready.ui.log.toPlainText() + repr(rows(ready)) + caplog.text
    for person in PERSONS[:SEED_PERSONS]:
        for value in (person.accession_number, person.patient_id, person.name.split("^")[0], person.birth_date):
            assert value not in shown
    longest = max(b - a for a, b in itertools.pairwise(ticks))
    print(f"longest gap of a 20 ms timer: {1000 * longest:.0f} ms")
    assert longest < 0.5 * (ticks[-1] - ticks[0])  # the run itself may take all of a small machine


def test_the_plan_is_shown_first(ready, until, tmp_path, picture):
    ready.ui.planButton.click()
    until(lambda: ready._worker is None, 120)
    assert [row[4] for row in rows(ready)] == ["to release", "to release"], ready.ui.log.toPlainText()
    assert "2 series to release" in ready.ui.log.toPlainText()
    assert not (tmp_path / "out").exists()
    picture(ready.parent, "run-planned")


def test_apply_does_the_plan_that_is_shown_and_goes_on_with_it(ready, until, tmp_path):
    ready.ui.planButton.click()
    until(lambda: ready._worker is None, 120)
    for _time in range(2):  # what was released already changes no plan
        ready.ui.applyButton.click()
        until(lambda: ready._worker is None, 240)
        assert "Not started" not in ready.ui.log.toPlainText()
        assert [row[4] for row in rows(ready)] == ["released", "released"], ready.ui.log.toPlainText()
    assert len(released(tmp_path / "out")) == 80


def test_a_patient_in_a_zip_is_previewed_and_released_as_a_zip(ready, until, tmp_path, made_study, picture, caplog):
    from SlicerDeidLib.files.zips import members
    from SlicerDeidLib.sample.persons import PERSONS
    from zipcases import as_zip

    number = PERSONS[0].accession_number
    shutil.copytree(made_study / "in" / number, tmp_path / "in" / number)
    as_zip(tmp_path / "in" / number)
    ready.ui.inputPath.currentPath = str(tmp_path / "in")
    ready.ui.planButton.click()
    until(lambda: ready._worker is None, 120)
    ready.ui.seriesTree.setCurrentItem(ready.view.table.rows[0].item)
    ready.ui.previewButton.click()
    until(lambda: not ready.preview.isBusy, 120)
    assert ready.preview.isOpen
    ready.ui.applyButton.click()
    until(lambda: ready._worker is None, 240)
    assert [row[4] for row in rows(ready)] == ["released"], ready.ui.log.toPlainText()
    (packed,) = (tmp_path / "out").rglob("*.*")
    assert packed.name == "HEAD-001.zip"
    assert len(members(packed)) == 40
    picture(ready.parent, "run-zip")
    assert number not in ready.ui.log.toPlainText() + repr(rows(ready)) + caplog.text


def test_what_is_refused_says_why_in_the_panels_words(ready, until, tmp_path, made_study, picture):
    import pydicom

    for path in made_study.rglob("*.dcm"):  # a head without its skull: nobody finds its brain
        image = pydicom.dcmread(path)
        copy = tmp_path / "in" / path.relative_to(made_study / "in")
        copy.parent.mkdir(parents=True, exist_ok=True)
        image.PixelData = np.minimum(image.pixel_array, 1024).tobytes()
        image.save_as(copy)
    ready.ui.inputPath.currentPath = str(tmp_path / "in")
    ready.ui.applyButton.click()
    until(lambda: ready._worker is None, 120)
    assert [row[4] for row in rows(ready)] == ["refused", "refused"], ready.ui.log.toPlainText()
    assert "nothing was released" in ready.ui.log.toPlainText()
    assert "with 'None' at 'Heads'" in ready.ui.log.toPlainText()
    assert "--" not in ready.ui.log.toPlainText()
    assert released(tmp_path / "out") == []
    picture(ready.parent, "run-refused")


def test_cancel_ends_a_plan_that_is_being_made(ready, until):
    ready.logic.program = [sys.executable, "-c", SLOW_PROGRAM]
    ready.ui.planButton.click()
    until(lambda: "reading" in ready.ui.log.toPlainText())
    worker, begin = ready._worker, time.monotonic()
    ready.ui.cancelButton.click()
    until(lambda: ready._worker is None, 5)
    assert time.monotonic() - begin < 1.0
    assert worker.outcome.exitCode == STOPPED
    assert ready.ui.log.toPlainText() == "reading\nNothing was written."
    assert ready.ui.planButton.enabled


def test_a_private_folder_serves_one_release_and_one_output(ready, until, tmp_path, made_study):
    ready.ui.defaceCombo.setCurrentIndex(ready.ui.defaceCombo.findData("none"))
    ready.ui.textCombo.setCurrentIndex(ready.ui.textCombo.findData("off"))
    ready.ui.applyButton.click()
    until(lambda: ready._worker is None, 120)
    assert len(released(tmp_path / "out")) == 80
    ready.ui.releaseEdit.text = "second"
    ready.ui.applyButton.click()
    until(lambda: ready._worker is None, 60)
    assert "belongs to another key or release; give the release name" in ready.ui.log.toPlainText()
    ready.ui.releaseEdit.text = ""
    ready.ui.outputPath.currentPath = str(tmp_path / "elsewhere")
    ready.ui.applyButton.click()
    until(lambda: ready._worker is None, 60)
    assert "belongs to another output folder" in ready.ui.log.toPlainText()
    assert "another private folder (Advanced)" in ready.ui.log.toPlainText()
    assert "Nothing was written" in ready.ui.log.toPlainText()
    assert not (tmp_path / "elsewhere").exists()
    assert len(released(tmp_path / "out")) == 80


def test_cancel_leaves_whole_series_or_nothing_and_apply_goes_on(ready, until, tmp_path):
    ready.ui.workersSpin.value = 1
    ready.ui.textCombo.setCurrentIndex(ready.ui.textCombo.findData("off"))  # reading would only take longer
    ready.ui.applyButton.click()
    until(lambda: len(rows(ready)) == 1 or ready._worker is None, 180)
    if ready._worker is not None:
        ready.ui.cancelButton.click()
        until(lambda: ready._worker is None, 60)
        assert "Cancelled" in ready.ui.log.toPlainText()
    assert len(released(tmp_path / "out")) in (40, 80)
    assert not list(tmp_path.glob(".out.partial*"))
    ready.ui.applyButton.click()
    until(lambda: ready._worker is None, 180)
    assert len(released(tmp_path / "out")) == 80


def test_a_wrong_map_is_refused_in_words_and_nothing_is_written(ready, until, tmp_path):
    (tmp_path / "other.csv").write_text("A,B\n1,2\n", encoding="utf-8")
    ready.ui.mapPath.currentPath = str(tmp_path / "other.csv")
    ready.ui.applyButton.click()
    until(lambda: ready._worker is None, 60)
    text = ready.ui.log.toPlainText()
    assert "Accession_number" in text
    assert "Nothing was written" in text
    assert not (tmp_path / "out").exists()


def test_paths_are_neither_in_the_scene_nor_in_settings(ready, until, tmp_path, made_study, slicer):
    import qt

    ready.ui.planButton.click()
    until(lambda: ready._worker is None, 120)
    slicer.mrmlScene.SetURL(str(tmp_path / "scene.mrml"))
    slicer.mrmlScene.Commit()
    settings = qt.QSettings()
    settings.sync()
    kept = (tmp_path / "scene.mrml").read_text(encoding="utf-8")
    kept += "".join(f"{key}={settings.value(key)}" for key in settings.allKeys())
    assert "research" in kept
    for path in (made_study, tmp_path):
        assert str(path) not in kept
        assert path.name not in kept.replace("scene.mrml", "")


def test_what_apply_made_waits_and_the_review_releases_it(ready, until, tmp_path):
    ready.ui.holdCheck.checked = True
    for combo, value in ((ready.ui.defaceCombo, "none"), (ready.ui.textCombo, "off")):
        combo.setCurrentIndex(combo.findData(value))
    ready.ui.applyButton.click()
    until(lambda: ready._worker is None, 120)
    assert [row[4] for row in rows(ready)] == ["waits", "waits"], ready.ui.log.toPlainText()
    assert not (tmp_path / "out").exists()
    until(lambda: ready.ui.reviewAcceptPageButton.enabled and not ready.review.heads.isBusy, 60)
    ready.ui.reviewAcceptPageButton.click()
    until(lambda: ready.ui.reviewList.count == 0)
    assert len(released(tmp_path / "out")) == 80
    until(lambda: not ready.review.heads.isBusy, 60)


def test_the_logic_runs_without_the_panel(slicer, module, made_study, tmp_path, own_settings):
    logic = module.python.SlicerDeidLogic()
    events = []
    paths = {"mapPath": made_study / "map.xlsx", "privatePath": tmp_path / "private"}
    outcome = logic.deidentifyHeaders(made_study / "in", tmp_path / "out", **paths)
    assert outcome.exitCode == 0, outcome
    assert len(released(tmp_path / "out")) == 80
    with pytest.raises(ValueError, match="output folder"):
        logic.run(logic.newRequest(made_study / "in", made_study / "in" / "out"), events.append)


def test_the_self_test_of_the_module_passes(slicer, module, panel, own_settings, monkeypatch, tmp_path):
    test = module.python.SlicerDeidTest()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    test.runTest()


@pytest.mark.real_data
def test_apply_on_a_measured_head(panel, until, tmp_path, real_data, own_settings, picture):
    source = real_data / "neurolabusc_dcm_qa_ct" / "In" / "GE"
    shutil.copytree(source, tmp_path / "in" / "A1")
    (tmp_path / "map.csv").write_text("Accession_number,De-identification_ID\nA1,GE1\n", encoding="utf-8")
    panel.logic.program = None
    panel.ui.inputPath.currentPath = str(tmp_path / "in")
    panel.ui.mapPath.currentPath = str(tmp_path / "map.csv")
    panel.ui.outputPath.currentPath = str(tmp_path / "out")
    panel.ui.privatePath.currentPath = str(tmp_path / "private")
    panel.ui.holdCheck.checked = False  # the review would draw the head
    panel.ui.applyButton.click()
    until(lambda: panel._worker is None, 240)
    assert len(released(tmp_path / "out")) == 28, panel.ui.log.toPlainText()
    picture(panel.parent, "run-measured")
