# SPDX-License-Identifier: Apache-2.0
"""The bench: Slicer without the desktop application, started once; every test gets an empty scene."""

from __future__ import annotations

import sys
import time
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FAKE_CHILD = Path(__file__).with_name("fakechild.py")
OUTPUT = Path(__file__).resolve().parents[2] / "Output"


@pytest.fixture(scope="session")
def bench() -> types.ModuleType:
    """The module ``slicer``, complete; a missing package is an error, not a skip."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what other packages do while they are imported is not ours
        from Bench.boot import boot

        return boot()


@pytest.fixture(scope="session")
def module(bench: types.ModuleType) -> Any:
    """The module as Slicer loads it: ``python``, ``instance``, ``parent``."""
    from Bench.application import load_scripted_module
    from Bench.boot import MODULE_FILE

    return load_scripted_module(bench, MODULE_FILE)


@pytest.fixture
def slicer(bench: types.ModuleType, module: Any) -> Iterator[types.ModuleType]:
    """``slicer`` with an empty scene; fails a test whose slots or observers raised or of which Qt complained."""
    from Bench import pythonqt

    bench.mrmlScene.Clear()
    bench.mrmlScene.SetURL("")  # where a test before saved it: an emptied scene still knows
    pythonqt.slot_errors.clear()
    pythonqt.qt_messages.clear()
    yield bench
    bench.mrmlScene.Clear()
    bench.app.processEvents()
    assert pythonqt.slot_errors == []
    assert pythonqt.qt_messages == []


@pytest.fixture
def panel(slicer: types.ModuleType, module: Any) -> Iterator[Any]:
    """The panel in a window of usual size; closed at the end."""
    from Bench.application import open_panel

    widget = open_panel(slicer, module)
    widget.parent.resize(560, 1150)
    widget.parent.show()
    yield widget
    slicer.app.moduleManager().moduleAboutToBeUnloaded.emit("SlicerDeid")  # Slicer calls cleanup by it
    widget.parent.close()
    widget.parent.deleteLater()
    slicer.app.processEvents()


@pytest.fixture
def fake(slicer: types.ModuleType) -> Callable[..., list[str]]:
    """A program that speaks as the command line does: ``fake("run")``, ``fake("crash")``, ..."""
    return lambda *words: [sys.executable, str(FAKE_CHILD), *words]


@pytest.fixture
def until(slicer: types.ModuleType) -> Callable[..., None]:
    """Let Qt work until something is true; fails after ``seconds``."""

    def wait(condition: Callable[[], bool], seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"not within {seconds} s"
            slicer.app.processEvents()
            time.sleep(0.005)

    return wait


@pytest.fixture
def picture(slicer: types.ModuleType) -> Callable[[Any, str], None]:
    """Save what a widget looks like into Testing/Output."""
    from Bench import views

    def save(widget: Any, name: str) -> None:
        slicer.app.processEvents()
        views.save_png(views.widget_picture(widget), OUTPUT / f"{name}.png")

    return save


@pytest.fixture
def study(tmp_path: Path) -> dict[str, Path]:
    """Paths of a run that a panel accepts: a folder, a list, an output that is not there yet, a private folder."""
    paths = {
        "input": tmp_path / "in",
        "map": tmp_path / "map.csv",
        "output": tmp_path / "out",
        "private": tmp_path / "p",
    }
    (paths["input"] / "A1").mkdir(parents=True)
    paths["map"].write_text("Accession_number,De-identification_ID\nA1,NEW1\n", encoding="utf-8")
    return paths
