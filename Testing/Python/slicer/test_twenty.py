# SPDX-License-Identifier: Apache-2.0
"""Twenty patients in the panel, with Cancel in the middle and Apply again: OUT is whole and clean at every point."""

from __future__ import annotations

import time
from pathlib import Path

import pydicom
import pytest

PATIENTS = 20
SLICES = 24
CANCELLED_AFTER = 8  # series
LOOKED_EVERY_S = 0.5
PLANTED = ("PatientName", "PatientID", "AccessionNumber", "InstitutionName", "StationName")


@pytest.fixture(scope="session")
def crowd(tmp_path_factory):
    """Twenty made patients of one small series each, every one with names of its own; only read."""
    from dataclasses import replace

    from SlicerDeidLib.sample.persons import PERSONS
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_map, write_study

    folder = tmp_path_factory.mktemp("crowd")
    lattice = Lattice(slices=SLICES, spacing_mm=8.0, rows=128, columns=128, pixel_spacing_mm=2.0)
    for number in range(1, PATIENTS + 1):
        person = replace(
            PERSONS[0],
            name=f"CANARY{number:02d}^NAME",
            patient_id=f"PID-{number:07d}",
            accession_number=f"ACC{number:07d}",
        )
        write_study(folder / "in" / f"A{number:02d}", person, lattice, seed=number)
    write_map(folder / "map.xlsx", [(f"A{n:02d}", f"HEAD-{n:03d}") for n in range(1, PATIENTS + 1)])
    return folder


@pytest.fixture
def ready(panel, crowd, tmp_path, monkeypatch):
    """The panel, filled in for them; peeled only, without reading text, so that it takes a minute."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    panel.logic.program = None
    for line, path in {
        "inputPath": crowd / "in",
        "mapPath": crowd / "map.xlsx",
        "outputPath": tmp_path / "out",
        "privatePath": tmp_path / "private",
    }.items():
        getattr(panel.ui, line).currentPath = str(path)
    panel.ui.defaceCombo.setCurrentIndex(panel.ui.defaceCombo.findData("surface"))
    panel.ui.textCombo.setCurrentIndex(panel.ui.textCombo.findData("off"))
    panel.ui.workersSpin.value = 2
    return panel


@pytest.fixture
def planted(crowd):
    """Values of the originals' headers that must be nowhere."""
    values = set()
    for path in crowd.rglob("*.dcm"):
        header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=[*PLANTED, "SOPInstanceUID"])
        values |= {str(getattr(header, name)) for name in (*PLANTED, "SOPInstanceUID")}
    assert len(values) > PATIENTS * SLICES
    return tuple(value.encode() for value in values)


def whole_series(folder: Path, planted: tuple[bytes, ...], known: set[Path]) -> int:
    """Check that a folder holds whole series of whole and clean files only, and return how many there are.

    Parameters
    ----------
    known : set of Path
        Files that were looked into already; those that are looked into now are added.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.exists() else []
    assert [path.name for path in files if path.suffix != ".dcm" or path.name.startswith(".")] == []
    for path in set(files) - known:
        data = path.read_bytes()
        assert not any(value in data for value in planted), path
        assert pydicom.dcmread(path).pixel_array.shape == (128, 128)
    known |= set(files)
    counts = [sum(path.parent == each for path in files) for each in {path.parent for path in files}]
    assert set(counts) <= {SLICES}
    return len(counts)


@pytest.fixture
def run(ready, slicer, planted, tmp_path):
    """Press Apply, and Cancel when so many series are done; look at OUT all the time; return how many it got."""

    def run(cancelled_after: int | None) -> int:
        known: set[Path] = set()
        looked_at, end = 0.0, time.monotonic() + 600
        ready.ui.applyButton.click()
        while ready._worker is not None:
            assert time.monotonic() < end
            slicer.app.processEvents()
            if time.monotonic() - looked_at > LOOKED_EVERY_S:
                whole_series(tmp_path / "out", planted, known)
                looked_at = time.monotonic()
            if cancelled_after and ready.ui.progressBar.value >= cancelled_after and ready.ui.cancelButton.enabled:
                ready.ui.cancelButton.click()
            time.sleep(0.005)
        return whole_series(tmp_path / "out", planted, known)

    return run


def errors(out: Path, crowd: Path, private: Path) -> list[str]:
    """Audit an output against its originals; return what is wrong."""
    import SlicerDeidLib as deid

    report = deid.audit(out, original=crowd / "in", private=private)
    return [f"{finding.check}: {finding.message}" for finding in report.findings if finding.severity == "error"]


def states(panel):
    return [row.status for row in panel.view.table.rows]


def test_cancel_and_apply_again_write_every_series_once(ready, run, crowd, tmp_path, picture):
    ready.ui.holdCheck.checked = False
    made = run(CANCELLED_AFTER)
    assert CANCELLED_AFTER <= made < PATIENTS
    assert ready.ui.progressLabel.text.startswith("Cancelled.")
    assert not list(tmp_path.glob(".out.partial*"))
    assert errors(tmp_path / "out", crowd, tmp_path / "private") == []
    picture(ready.parent, "panel-20-cancelled-in-the-middle")
    first = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.dcm")}
    assert run(None) == PATIENTS
    assert {path: path.stat().st_mtime_ns for path in first} == first
    assert states(ready).count("released") == PATIENTS
    assert errors(tmp_path / "out", crowd, tmp_path / "private") == []
    assert not list(tmp_path.glob(".out.*"))


def test_with_hold_the_output_stays_empty_until_heads_are_accepted(ready, run, crowd, planted, tmp_path, until):
    ready.ui.holdCheck.checked = True
    ready.ui.defaceCombo.setCurrentIndex(ready.ui.defaceCombo.findData("none"))  # quicker
    assert run(CANCELLED_AFTER) == 0
    held = whole_series(tmp_path / ".out.held", planted, set())
    assert CANCELLED_AFTER <= held < PATIENTS
    assert run(None) == 0
    assert whole_series(tmp_path / ".out.held", planted, set()) == PATIENTS
    assert not list(tmp_path.glob(".out.partial*"))
    until(lambda: ready.ui.reviewAcceptPageButton.enabled and not ready.review.heads.isBusy, 120)
    while ready.ui.reviewList.count:  # those on the screen, then those that move up
        ready.ui.reviewAcceptPageButton.click()
        until(lambda: not ready.review.heads.isBusy, 120)
    assert whole_series(tmp_path / "out", planted, set()) == PATIENTS
    assert errors(tmp_path / "out", crowd, tmp_path / "private") == []
    until(lambda: not ready.review.heads.isBusy, 60)
