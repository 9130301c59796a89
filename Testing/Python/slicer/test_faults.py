# SPDX-License-Identifier: Apache-2.0
"""What goes wrong outside the program: the panel says what, and what to do; the output holds nothing half-made."""

from __future__ import annotations

import shutil
import sys

import pytest
from panelsaid import log, tops

FULL_PROGRAM = """
import errno
import SlicerDeidLib.output.staging as staging
from SlicerDeidLib.__main__ import main

write, written = staging.write_all, []

def full(descriptor, data):
    written.append(len(data))
    if len(written) > 60:  # in the middle of the second head
        raise OSError(errno.ENOSPC, "No space left on device")
    return write(descriptor, data)

staging.write_all = full
main()
"""


@pytest.fixture(scope="session")
def made_heads(tmp_path_factory):
    """Two made patients and their list; only read."""
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_map, write_study

    folder = tmp_path_factory.mktemp("faulty")
    lattice = Lattice(slices=40, rows=128, columns=128, pixel_spacing_mm=2.0)
    for number in (1, 2):
        write_study(folder / "in" / f"A{number}", lattice=lattice, seed=number)
    write_map(folder / "map.xlsx", [("A1", "HEAD-001"), ("A2", "HEAD-002")])
    return folder


@pytest.fixture
def ready(panel, made_heads, tmp_path, monkeypatch):
    """A panel with a list of its own that headers only are de-identified by."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    shutil.copy(made_heads / "map.xlsx", tmp_path / "map.xlsx")
    panel.logic.program = None
    panel.ui.inputPath.currentPath = str(made_heads / "in")
    panel.ui.mapPath.currentPath = str(tmp_path / "map.xlsx")
    panel.ui.outputPath.currentPath = str(tmp_path / "out")
    panel.ui.privatePath.currentPath = str(tmp_path / "private")
    for combo, value in ((panel.ui.defaceCombo, "none"), (panel.ui.textCombo, "off")):
        combo.setCurrentIndex(combo.findData(value))
    panel.ui.workersSpin.value = 1
    return panel


def damage(path, how):
    """Make something of an Excel list that a coordinator may have."""
    import openpyxl

    if how == "cut off":
        path.write_bytes(path.read_bytes()[:900])
    elif how == "text":
        path.write_text("no workbook", encoding="utf-8")
    else:
        book = openpyxl.load_workbook(path)
        old, _new = (cell.value for cell in book.active[2])
        book.active.append([old, "HEAD-777"])
        book.save(path)


@pytest.mark.parametrize("how", ["cut off", "text"])
def test_a_damaged_list_is_said_with_what_to_do(ready, until, tmp_path, how):
    damage(tmp_path / "map.xlsx", how)
    ready.ui.planButton.click()
    until(lambda: ready._worker is None, 60)
    sentence = "The list 'map.xlsx' is damaged or no Excel workbook; open it in Excel and save it as .xlsx."
    assert log(ready).startswith(sentence)
    assert ready.ui.progressLabel.text.endswith("press Show plan again.")
    assert not (tmp_path / "out").exists()


def test_a_list_that_is_open_in_excel_is_read(ready, until, tmp_path):
    (tmp_path / "~$map.xlsx").write_bytes(b"\0" * 165)
    ready.ui.planButton.click()
    until(lambda: ready._worker is None, 60)
    assert log(ready).startswith("Plan: 2 series to release, 0 refused, 0 left out.")


def test_one_accession_with_two_new_ids_cannot_be_applied(ready, until, tmp_path):
    damage(tmp_path / "map.xlsx", "twice")
    ready.ui.planButton.click()
    until(lambda: ready._worker is None, 60)
    assert "problem: " in tops(ready)[0][0]
    assert not ready.ui.applyButton.enabled
    assert not (tmp_path / "out").exists()


def test_a_disk_that_is_full_in_the_middle_of_a_run_is_said_and_apply_goes_on_when_there_is_room(
    ready, until, tmp_path
):
    ready.logic.program = [sys.executable, "-c", FULL_PROGRAM]
    ready.ui.holdCheck.checked = False
    ready.ui.applyButton.click()
    until(lambda: ready._worker is None, 120)
    assert "The disk of the output folder is full; make room and press Apply again: finished series stay." in log(ready)
    assert ready.ui.progressLabel.text.startswith("The run could not complete. Finished series stay;")
    assert ready.ui.applyButton.text == "Apply (resume)"
    files = sorted(path.name for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert len(files) in (0, 40)  # whole series only
    ready.logic.program = None
    ready.ui.applyButton.click()
    until(lambda: ready._worker is None, 120)
    assert len([path for path in (tmp_path / "out").rglob("*.dcm") if path.is_file()]) == 80
    assert ready.ui.applyButton.text == "Apply"
