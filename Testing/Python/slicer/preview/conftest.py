# SPDX-License-Identifier: Apache-2.0
"""The studies that previews are made of, planned in a panel, and one of them shown."""

from __future__ import annotations

import pytest
from previewcases import choose, plant, select


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

    def remember(document):
        plans[:] = plans or [document]  # the first one: a run that is started may show others
        show(document)

    monkeypatch.setattr(table, "showPlan", remember)
    panel.ui.planButton.click()
    until(lambda: panel._worker is None, 60)
    return panel


@pytest.fixture
def previewed(planned, until):
    """The same with the head shown."""
    select(planned, "HEAD-001/1")
    planned.ui.previewButton.click()
    until(lambda: not planned.preview.isBusy)
    return planned
