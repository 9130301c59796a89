# SPDX-License-Identifier: Apache-2.0
"""Slicer stays usable: a timer of 20 ms goes on while the panel plans, previews, runs and shows what waits.

How long the main thread itself works between two ticks is asserted, and written to Testing/Output/eventloop.csv: see
the fixture ``ticking``.
"""

from __future__ import annotations

import pytest

MANY = 1200  # series of 300 patients


def test_300_patients_are_planned_and_1200_results_come_at_once(filled, fake, until, ticking, picture):
    filled.logic.program = fake("crowd", "plan")
    with ticking("plan of 300 patients"):
        filled.ui.planButton.click()
        until(lambda: filled._worker is None)
    assert len(filled.view.table.rows) == MANY
    with ticking("filter 300 patients"):
        filled.ui.filterEdit.text = "P123"
        filled.ui.filterEdit.text = ""
    picture(filled.parent, "panel-21-300-patients")
    filled.logic.program = fake("crowd", "run")
    with ticking("results of 300 patients"):
        filled.ui.applyButton.click()
        until(lambda: filled._worker is None, 60)
    assert [row.status for row in filled.view.table.rows] == ["held"] * MANY


@pytest.fixture(scope="session")
def heads(tmp_path_factory):
    """Three made heads and their list; only read."""
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_map, write_study

    folder = tmp_path_factory.mktemp("heads")
    lattice = Lattice(slices=60, spacing_mm=3.2, rows=256, columns=256, pixel_spacing_mm=1.0)
    for number in (1, 2, 3):
        write_study(folder / "in" / f"A{number}", lattice=lattice, seed=number)
    write_map(folder / "map.xlsx", [(f"A{number}", f"HEAD-{number:03d}") for number in (1, 2, 3)])
    return folder


def test_heads_are_planned_previewed_made_and_reviewed(panel, heads, tmp_path, monkeypatch, until, ticking):
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    panel.logic.program = None
    panel.ui.inputPath.currentPath = str(heads / "in")
    panel.ui.mapPath.currentPath = str(heads / "map.xlsx")
    panel.ui.outputPath.currentPath = str(tmp_path / "out")
    panel.ui.privatePath.currentPath = str(tmp_path / "private")
    panel.ui.textCombo.setCurrentIndex(panel.ui.textCombo.findData("off"))
    with ticking("plan"):
        panel.ui.planButton.click()
        until(lambda: panel._worker is None, 60)
    panel.ui.seriesTree.setCurrentItem(panel.view.table.rows[0].item)
    panel.ui.previewButton.click()  # modules that are imported at first use are not the panel's work
    until(lambda: not panel.preview.isBusy, 240)
    panel.ui.closePreviewButton.click()
    with ticking("preview"):
        panel.ui.previewButton.click()
        until(lambda: not panel.preview.isBusy, 240)
    with ticking("another depth"):
        panel.ui.depthSlider.value = 11.0
        until(lambda: not panel.preview.isBusy, 240)
    panel.ui.closePreviewButton.click()
    panel.ui.defaceCombo.setCurrentIndex(panel.ui.defaceCombo.findData("surface"))
    panel.ui.applyButton.click()  # the plan is another one now, and shown first
    until(lambda: panel._worker is None, 60)
    assert "Not started" in panel.ui.progressLabel.text
    with ticking("run"):
        panel.ui.applyButton.click()
        until(lambda: panel._worker is None, 240)
    until(lambda: panel.ui.reviewList.count == 3)
    panel.ui.reviewOriginalCheck.checked = True
    with ticking("review"):
        until(lambda: not panel.review.heads.isBusy, 120)
    with ticking("accept"):
        while panel.ui.reviewList.count:  # those on the screen, then those that move up
            panel.ui.reviewAcceptPageButton.click()
            until(lambda: not panel.review.heads.isBusy, 60)
