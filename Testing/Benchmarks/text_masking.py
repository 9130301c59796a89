# SPDX-License-Identifier: Apache-2.0
"""How much of the text that was drawn into real images is gone after masking, and what else changed.

::

    python Testing/Benchmarks/text_masking.py [--data DIR] [--each N] [--seed S] [--thorough] [--kinds WORD...]

Draws lines of invented words into copies of real images (``textcorpus.py``, ``textcases.py``): outline and bitmap
fonts, 8 to 40 pixels, faint to saturated, level, upright and slanting, four scripts, over air, tissue and bone; on one
slice or frame, or on all. Prints, for each kind of image and for all: share of the letters' pixels gone, images in
which no OCR engine reads a planted word any more, pixels changed outside of the lines (of the frames that have a line
or changed), images without text that stayed identical, images that were dropped, seconds of processor time, and which
engines judged, with how many of the images each could read before and after; then planes that hide text and were left,
and how long a clean CT series takes in calls of the OCR engine on one slice. One engine that is not installed does not
judge, and the table says so: a figure of one judge is no figure of two.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

TESTING = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTING), str(TESTING.parent / "SlicerDeid")]

import numpy as np  # noqa: E402
from scipy import ndimage  # noqa: E402
from SlicerDeidLib.errors import PixelError  # noqa: E402
from SlicerDeidLib.pixels.pictures import enlarged  # noqa: E402
from SlicerDeidLib.pixels.text.ocr import Engine, available, engine  # noqa: E402
from textcases import HEAD_CT, KINDS, Case, cases, clean_cases  # noqa: E402
from textcorpus import BITMAPS, Line  # noqa: E402
from textplanes import planes_left  # noqa: E402

DATA = TESTING.parents[1] / "shared" / "data"
READ_AROUND_PX = 40  # pixels around a line that a judge is shown
CALLS = 5  # on one slice each, whose median is the unit of time
CALLED_SLICES = 40  # of a clean series
POOR = 0.98  # of an image's letters: below it the image is listed


@dataclass(slots=True)
class Row:
    """What was measured for one kind of image."""

    images: int = 0
    dropped: int = 0
    gone: list[float] = field(default_factory=list)
    clean: int = 0
    read_before: Counter[str] = field(default_factory=Counter)
    read_after: Counter[str] = field(default_factory=Counter)
    untouched: int = 0
    identical: int = 0
    outside: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    poor: list[str] = field(default_factory=list)
    lines: list[tuple[Line, float, bool]] = field(default_factory=list)

    def add(self, case: Case, mode: str) -> None:
        """Mask one image and measure what came out."""
        self.images += 1
        begin = time.process_time()
        try:
            after = case.mask(mode).after
        except PixelError:
            self.dropped += 1
            self.poor.append(f"dropped: {case.line}")
            return
        self.seconds.append(time.process_time() - begin)
        changed = after != case.drawn
        changed = changed.any(axis=-1) if changed.ndim == 4 else changed
        gone, outside = gone_of(case, changed), outside_of(case, changed)
        self.gone.append(gone)
        self.outside.append(outside)
        self.read_before.update(readers(case, case.drawn))
        left = readers(case, after)
        self.read_after.update(left)
        is_clean = not left
        self.clean += is_clean
        assert case.line is not None
        self.lines.append((case.line, gone, is_clean))
        if gone < POOR or not is_clean or outside > 0.002:
            said = "" if is_clean else f", still read by {' and '.join(left)}"
            where = "all" if len(case.on) > 1 else "one"
            self.poor.append(f"{gone:.2f} gone, {outside:.2%} outside{said}: {case.line}, on {where}")

    def add_untouched(self, case: Case, mode: str) -> None:
        """Say whether an image without text stays as it is."""
        self.untouched += 1
        try:
            self.identical += np.array_equal(case.mask(mode).after, case.drawn)
        except PixelError:
            self.dropped += 1
            self.poor.append("dropped: an image without text")


def gone_of(case: Case, changed: np.ndarray) -> float:
    """Return the share of the letters' pixels that changed, the mean over the frames that show them."""
    glyphs = {frame: case.glyphs_on(frame) for frame in case.on}
    shares = [float(changed[frame][drawn].mean()) for frame, drawn in glyphs.items() if drawn.any()]
    return float(np.mean(shares)) if shares else 1.0


def outside_of(case: Case, changed: np.ndarray) -> float:
    """Return the share of pixels outside of the line that changed, of all frames with a line or a change."""
    assert case.line is not None
    touched = sorted({*case.on, *np.flatnonzero(changed.any(axis=(1, 2))).tolist()})
    outside = changed.copy()
    for frame in case.on:
        outside[frame] &= ~case.line.near
    return float(outside[touched].mean())


def readers(case: Case, stored: np.ndarray) -> list[str]:
    """Return the engines that read a planted word on the middle one of the frames that have one."""
    assert case.line is not None
    frame = case.on[len(case.on) // 2]
    rows, columns = ndimage.find_objects(case.line.near.astype(int))[0]
    part = tuple(slice(max(0, s.start - READ_AROUND_PX), s.stop + READ_AROUND_PX) for s in (rows, columns))
    shown = [enlarged(np.ascontiguousarray(picture[part]))[0] for picture in case.pictures(stored[frame], frame)]
    if case.line.degrees in (90, 270):
        shown = [np.rot90(picture, -1 if case.line.degrees == 90 else 1) for picture in shown]
    return [name for name in available() if any(_reads(engine(name), picture, case.line.words) for picture in shown)]


def _reads(read: Engine, picture: np.ndarray, words: tuple[str, ...]) -> bool:
    said = " ".join(word.text for word in read(np.ascontiguousarray(picture))).upper()
    return any(word in said for word in words)


def print_by_line(rows: list[Row]) -> None:
    """Print what is gone by how the lines were drawn."""
    ways: dict[str, Callable[[Line], str]] = {
        "contrast": lambda line: line.grade,
        "over": lambda line: line.place,
        "size": lambda line: "8 to 12 px" if line.size <= 12 else "14 to 40 px",
        "turn": lambda line: {0: "level", 90: "upright", 270: "upright"}.get(line.degrees, "slanting"),
        "letters": lambda line: "bitmap" if line.font in BITMAPS else "outline",
        "script": lambda line: line.script,
    }
    every = [measured for row in rows for measured in row.lines]
    for name, way in ways.items():
        said = []
        for value in sorted({way(line) for line, *_ in every}):
            part = [(gone, is_clean) for line, gone, is_clean in every if way(line) == value]
            gone, clean = np.mean(np.array(part, dtype=float), axis=0)
            said.append(f"{value} {gone:.3f} ({clean:.0%} of {len(part)} clean)")
        print(f"by {name}: {'; '.join(said)}")


def hidden_planes() -> None:
    """Say how many planes that can hide text are left after a run on images that have all of them."""
    with tempfile.TemporaryDirectory() as folder:
        left, planted = planes_left(Path(folder))
    print(f"overlay, curve and icon planes, spare bits left: {left} of {planted}")


def calls_of_a_clean_series(data: Path, mode: str) -> None:
    """Say how long clean CT series of 40 slices take, in calls of the engine on one slice; both in processor time."""
    read = engine()
    for case in clean_cases(data, HEAD_CT, CALLED_SLICES):
        count = len(case.drawn)
        slices = np.linspace(0, count - 1, CALLS).round().astype(int)
        shown = [enlarged(case.pictures(case.drawn[k], k)[1])[0] for k in slices]
        read(shown[0])  # the first one loads the models
        alone = float(np.median([seconds_of(lambda picture=picture: read(picture)) for picture in shown]))
        calls = seconds_of(lambda case=case: case.mask(mode)) / alone
        said = f"a clean head CT of {count} slices: {calls:.1f} calls of {alone:.2f} s on one slice"
        print(
            said
            + ("" if count == CALLED_SLICES else f"; of {CALLED_SLICES} at most {calls * CALLED_SLICES / count:.1f}")
        )


def seconds_of(work: Callable[[], object]) -> float:
    """Return how much processor time ``work`` takes."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--each", type=int, default=10, help="images of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--thorough", action="store_true")
    parser.add_argument("--kinds", nargs="+", default=KINDS, help=f"of {', '.join(KINDS)}")
    parser.add_argument("--only-lines", action="store_true", help="no clean images, no times")
    arguments = parser.parse_args()
    mode = "thorough" if arguments.thorough else "mask"
    print(f"engines: {', '.join(available())}; mode {mode}; seed {arguments.seed}")
    print(
        f"{'kind':<14}{'images':>7}{'gone':>8}{'clean':>7}{'outside':>9}{'identical':>11}{'dropped':>9}{'s each':>8}"
        "  judges: images read before and after"
    )
    rows = []
    for kind in arguments.kinds:
        row = Row()
        for case in cases(arguments.data, kind, arguments.each, arguments.seed):
            row.add(case, mode)
        for case in [] if arguments.only_lines else clean_cases(arguments.data, kind):
            row.add_untouched(case, mode)
        rows.append(row)
        print_row(kind, row)
        print("".join(f"    {line}\n" for line in row.poor), end="", flush=True)
    print_row("all", together(rows))
    print_by_line(rows)
    if not arguments.only_lines:
        hidden_planes()
        calls_of_a_clean_series(arguments.data, mode)


def together(rows: list[Row]) -> Row:
    """Return one row for all images."""
    every = Row()
    for row in rows:
        every.images, every.dropped, every.clean = (
            every.images + row.images,
            every.dropped + row.dropped,
            every.clean + row.clean,
        )
        every.untouched, every.identical = every.untouched + row.untouched, every.identical + row.identical
        every.gone += row.gone
        every.outside += row.outside
        every.seconds += row.seconds
        every.read_before += row.read_before
        every.read_after += row.read_after
    return every


def print_row(name: str, row: Row) -> None:
    """Print one line of the table."""
    gone, outside, seconds = (float(np.mean(values or [0.0])) for values in (row.gone, row.outside, row.seconds))
    same = f"{row.identical} of {row.untouched}"
    judges = ", ".join(f"{name} {row.read_before[name]} to {row.read_after[name]}" for name in available())
    print(
        f"{name:<14}{row.images:>7}{gone:>8.3f}{row.clean:>7}{outside:>9.3%}{same:>11}{row.dropped:>9}{seconds:>8.1f}"
        f"  {judges}",
        flush=True,
    )


if __name__ == "__main__":
    main()
