# SPDX-License-Identifier: Apache-2.0
"""The bench: Slicer without the desktop application, started once; every test gets an empty scene."""

from __future__ import annotations

import gc
import itertools
import shutil
import statistics
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from panelsaid import settle
from PySide6 import QtCore
from reviewed import press
from scenecases import empty

FAKE_CHILD = Path(__file__).with_name("fakechild.py")
OUTPUT = Path(__file__).resolve().parents[2] / "Output"
TICK_MS = 20
AIM_S = 0.2  # of the processor between two ticks; reported, for seconds depend on the machine
PIECE = 200_000  # additions: some 10 ms of a processor of 2024
MOST_PIECES = 60  # between two ticks: three times the aim on that processor, four times what was measured


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
    # no event loop runs here, which alone deletes; a panel that stays goes on following the scene
    QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)


@pytest.fixture
def fake(slicer: types.ModuleType) -> Callable[..., list[str]]:
    """A program that speaks as the command line does: ``fake("run")``, ``fake("crash")``, ..."""
    return lambda *words: [sys.executable, str(FAKE_CHILD), *words]


@pytest.fixture
def until(slicer: types.ModuleType) -> Callable[..., None]:
    """Let Qt work until something is true; fails after ``seconds``."""

    def wait(condition: Callable[[], bool], seconds: float = 120.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"not within {seconds} s"
            slicer.app.processEvents()
            time.sleep(0.005)

    return wait


def piece_s() -> float:
    """Seconds of this thread for a piece of plain Python: the median of a few."""
    taken = []
    for _ in range(5):
        started, total = time.thread_time(), 0
        for number in range(PIECE):
            total += number
        taken.append(time.thread_time() - started)
    return statistics.median(taken)


def report(what: str, worked: float, pieces: float, passed: float) -> None:
    """Write what was measured into a table, over what was measured of the same before."""
    OUTPUT.mkdir(exist_ok=True)
    path = OUTPUT / "eventloop.csv"
    head = "what,main thread s,aim s,main thread pieces,limit pieces,clock s"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    others = [
        line for line in lines if line.count(",") == head.count(",") and not line.startswith((f"{what},", "what,"))
    ]
    line = f"{what},{worked:.3f},{AIM_S},{pieces:.1f},{MOST_PIECES},{passed:.3f}"
    path.write_text("\n".join([head, *others, line, ""]), encoding="utf-8")


@pytest.fixture
def ticking(slicer: types.ModuleType) -> Iterator[Callable[[str], AbstractContextManager[None]]]:
    """Let a timer tick while something goes on, and fail when the main thread worked too long between two ticks.

    Its limit is a multiple of a piece of plain Python that the same thread does just before and just after: both take
    longer on a slow or busy machine.
    """
    import qt

    gc.collect()
    gc.freeze()  # or Python would look through all that thousands of tests before this one left, between two ticks

    @contextmanager
    def ticking(what: str) -> Iterator[None]:
        ticks, before = [], piece_s()
        timer = qt.QTimer()
        timer.connect("timeout()", lambda: ticks.append((time.thread_time(), time.perf_counter())))
        timer.start(TICK_MS)
        slicer.app.processEvents()
        ticks.append((time.thread_time(), time.perf_counter()))
        yield
        ticks.append((time.thread_time(), time.perf_counter()))
        timer.stop()
        worked, passed = (max(b - a for a, b in itertools.pairwise(column)) for column in zip(*ticks, strict=True))
        pieces = worked / max(before, piece_s())
        report(what, worked, pieces, passed)
        assert pieces < MOST_PIECES, f"{what}: the main thread worked {worked:.2f} s, {pieces:.0f} pieces, in one go"

    yield ticking
    gc.unfreeze()


@pytest.fixture
def picture(slicer: types.ModuleType) -> Callable[[Any, str], None]:
    """Save what a widget looks like into Testing/Output."""
    from Bench import views

    def save(widget: Any, name: str) -> None:
        settle()
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


@pytest.fixture
def filled(panel: Any, study: dict[str, Path]) -> Any:
    """A panel with three valid paths."""
    panel.ui.inputPath.currentPath = str(study["input"])
    panel.ui.mapPath.currentPath = str(study["map"])
    panel.ui.outputPath.currentPath = str(study["output"])
    return panel


@pytest.fixture
def foreign(slicer, module, tmp_path):
    """A scene of somebody else, who left heads and text as they are."""
    path = tmp_path / "scene.mrml"
    node = module.python.SlicerDeidLogic().getParameterNode()
    node.deface, node.text, node.keepTimeOfDay = "none", "off", True
    slicer.mrmlScene.SetURL(str(path))
    slicer.mrmlScene.Commit()
    slicer.mrmlScene.Clear()
    return path


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """Three patients of small made heads, and as they wait after a run."""
    import SlicerDeidLib as deid
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_map, write_study
    from SlicerDeidLib.verification.report import write_run_report

    folder = tmp_path_factory.mktemp("reviewed")
    lattice = Lattice(slices=40, rows=128, columns=128, pixel_spacing_mm=2.0)
    for number in (1, 2, 3):
        write_study(folder / "in" / f"A{number}", lattice=lattice, seed=number)
    write_map(folder / "map.xlsx", [(f"A{number}", f"HEAD-{number:03d}") for number in (1, 2, 3)])
    policy = deid.with_choices(deid.read_policy("research"), deface="surface", text="off")
    index, rows = deid.discover(folder / "in"), deid.read_map(folder / "map.xlsx")
    plan = deid.plan(index, policy, rows, private=folder / "private", key=bytes(range(32)))
    report = lambda record: write_run_report(record, plan, folder / "private")  # noqa: E731
    deid.run(plan, folder / "out", is_held=True, is_synced=False, report=report)
    (folder / "key").write_bytes(bytes(range(32)))
    (folder / "key").chmod(0o600)
    (folder / "kept").mkdir()
    for name in (".out.held", "private"):
        shutil.move(folder / name, folder / "kept" / name)
    return folder


@pytest.fixture
def waiting(panel, source, tmp_path, monkeypatch, until):
    """A panel beside whose output three peeled heads wait."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("out", ".out.held", "private"):
        shutil.rmtree(source / name, ignore_errors=True)
    shutil.copytree(source / "kept", source, dirs_exist_ok=True)
    panel.ui.inputPath.currentPath = str(source / "in")
    panel.ui.mapPath.currentPath = str(source / "map.xlsx")
    panel.ui.outputPath.currentPath = str(source / "out")
    panel.ui.privatePath.currentPath = str(source / "private")
    panel.ui.keyPath.currentPath = str(source / "key")
    panel.ui.reviewSection.collapsed = False
    press(panel, "Refresh", until)
    return panel


@pytest.fixture
def scene(slicer):
    """The scene, which is emptied to its last item afterwards."""
    yield slicer.mrmlScene
    empty(slicer)


@pytest.fixture
def traces(slicer):
    """What finds all that the scene tells of a person."""

    def look():
        from SlicerDeidWidgets.scenetraces import tracesOf

        return tracesOf(slicer.mrmlScene)

    return look
