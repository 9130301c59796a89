# SPDX-License-Identifier: Apache-2.0
"""Measure a preview in the panel against reading the same series with pydicom: to each picture, and for other settings.

::

    python Testing/Benchmarks/preview_speed.py                    a made head of 200 slices of 512 x 512
    python Testing/Benchmarks/preview_speed.py ../shared/data/neurolabusc_dcm_qa_ct/In/GE

The panel runs on the bench (Testing/Bench) with Slicer's own MRML and views. pydicom reads and decodes the files, one
after the other, before and after every round; the ratio is to the mean of both. Seconds of the clock grow with all
that the machine does, seconds of the processor do not: both are printed. Text is read by the installed engine, which
remembers nothing from one round to the next: a user looks at a series for the first time.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

TESTING = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTING), str(TESTING.parent / "SlicerDeid")]

LONGEST_S = 900  # s: far more than a busy machine takes
STEPS = ("Original", "Heads done", "Looking", "Result")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("series", nargs="?", type=Path, help="a folder with one head CT (default: a made head)")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="slicerdeid-") as name:
        folder = Path(name)
        for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
            os.environ[variable] = str(folder / variable)
        paths = prepare(folder, options.series)
        measure(folder, paths, options.rounds)


def prepare(folder: Path, series: Path | None) -> list[Path]:
    """Put the series into a patient's folder, with a list."""
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_map, write_study

    patient = folder / "in" / "A1"
    if series is None:
        write_study(patient, lattice=Lattice(slices=200, spacing_mm=1.2, rows=512, columns=512, pixel_spacing_mm=0.5))
    else:
        patient.mkdir(parents=True)
        for path in sorted(series.iterdir()):
            (patient / path.name).write_bytes(path.read_bytes())
    write_map(folder / "map.xlsx", [("A1", "HEAD-001")])
    return sorted(path for path in patient.rglob("*") if path.is_file())


def measure(folder: Path, paths: list[Path], rounds: int) -> None:
    """Preview the series and change settings, several times; print seconds and ratios."""
    panel, slicer = opened(folder)
    panel.ui.seriesTree.setCurrentItem(panel.view.table.rows[0].item)
    panel.ui.textCombo.setCurrentIndex(panel.ui.textCombo.findData("off"))
    panel.ui.previewButton.click()  # what is imported at first use does not count
    wait(slicer, lambda: not panel.preview.isBusy)
    panel.ui.closePreviewButton.click()
    panel.ui.textCombo.setCurrentIndex(panel.ui.textCombo.findData("mask"))
    table: dict[str, list[tuple[float, ...]]] = {}
    gaps = []
    for _ in range(rounds):
        forget_pictures()
        before = read_all(paths)
        found, gap = one_round(panel, slicer)
        after = read_all(paths)
        reading = [(one + other) / 2 for one, other in zip(before, after, strict=True)]
        gaps.append(gap)
        for name, (clock, processor) in {"pydicom reads and decodes": tuple(reading), **found}.items():
            table.setdefault(name, []).append((clock, clock / reading[0], processor, processor / reading[1]))
    heads = ("clock", "ratio", "processor", "ratio")
    print(f"{f'{len(paths)} slices; medians of {rounds} rounds':44}" + "".join(f"{head:>11}" for head in heads))
    for name, rows in table.items():
        clock, ratio, processor, ratio_of_processor = map(statistics.median, zip(*rows, strict=True))
        print(f"{name:44}{clock:9.2f} s{ratio:11.1f}{processor:9.2f} s{ratio_of_processor:11.1f}")
    print(f"longest gap of a 20 ms timer: {1000 * statistics.median(gaps):.0f} ms")


def forget_pictures() -> None:
    """Make the engine that reads text anew: it remembers where it saw lines in pictures that come again."""
    import numpy as np
    from SlicerDeidLib.pixels.text import ocr

    ocr._rapidocr.cache_clear()
    ocr.engine()(np.zeros((64, 64), np.uint8))


def now() -> tuple[float, float]:
    """Return seconds of the clock and of the processor."""
    return time.perf_counter(), time.process_time()


def since(started: tuple[float, float]) -> tuple[float, float]:
    """Return how many seconds of both went by."""
    clock, processor = now()
    return clock - started[0], processor - started[1]


def read_all(paths: list[Path]) -> tuple[float, float]:
    """Read and decode all files with pydicom; return the seconds."""
    import pydicom

    started = now()
    for path in paths:
        assert pydicom.dcmread(path).pixel_array.size
    return since(started)


def opened(folder: Path) -> tuple[Any, Any]:
    """Open the panel and show the plan."""
    from Bench.application import load_scripted_module, open_panel
    from Bench.boot import MODULE_FILE, boot

    slicer = boot()
    panel = open_panel(slicer, load_scripted_module(slicer, MODULE_FILE))
    panel.parent.show()
    panel.ui.inputPath.currentPath = str(folder / "in")
    panel.ui.mapPath.currentPath = str(folder / "map.xlsx")
    panel.ui.planButton.click()
    wait(slicer, lambda: panel._worker is None)
    if not panel.view.table.rows:
        raise SystemExit(f"there is no plan: {panel.ui.log.toPlainText()}")
    return panel, slicer


def one_round(panel: Any, slicer: Any) -> tuple[dict[str, tuple[float, float]], float]:
    """Preview, then another depth, then another air value; return seconds by what was seen, and the longest gap."""
    panel.ui.seriesTree.setCurrentItem(panel.view.table.rows[0].item)
    panel.ui.depthSlider.value, panel.ui.airEdit.text = 8.0, ""
    found, gaps = {}, []
    changes = {
        "Preview": panel.ui.previewButton.click,
        "another depth": lambda: setattr(panel.ui.depthSlider, "value", 11.0),
        "another air value": lambda: setattr(panel.ui.airEdit, "text", "-500"),
    }
    for name, change in changes.items():
        seen, gap = timed(panel, slicer, change)
        found |= {f"{name}: {step.lower()}": at for step, at in seen.items()}
        gaps.append(gap)
    panel.ui.closePreviewButton.click()
    return found, max(gaps)


def timed(panel: Any, slicer: Any, change: Any) -> tuple[dict[str, tuple[float, float]], float]:
    """Change something and draw every picture as it comes; return when each came, and the longest gap."""
    import qt

    ticks: list[float | None] = []
    timer = qt.QTimer()
    timer.connect("timeout()", lambda: ticks.append(time.perf_counter()))
    timer.start(20)
    seen: dict[str, tuple[float, float]] = {}
    started = now()
    shown = panel.ui.previewLabel.text
    change()

    def is_done() -> bool:
        nonlocal shown
        text = panel.ui.previewLabel.text
        if text != shown:
            shown = text
            step = next((step for step in STEPS if text.startswith(step)), "")
            if step and step not in seen:
                ticks.append(None)  # drawing by software is not the panel's work
                slicer.app.layoutManager().picture((400, 400))
                seen[step] = since(started)
        return bool(seen) and not panel.preview.isBusy

    wait(slicer, is_done)
    timer.stop()
    gaps = [b - a for a, b in itertools.pairwise(ticks) if a is not None and b is not None]
    return seen, max(gaps, default=0.0)


def wait(slicer: Any, condition: Any) -> None:
    """Let Qt work until something is true."""
    end = time.monotonic() + LONGEST_S
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("it took too long")
        slicer.app.processEvents()
        time.sleep(0.002)


if __name__ == "__main__":
    main()
