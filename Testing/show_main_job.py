# SPDX-License-Identifier: Apache-2.0
"""Show the main job on three real head CTs with an invented identity planted everywhere, and measure what came out.

``python Testing/show_main_job.py [--data DIR] [--work DIR] [--every N]`` plants, controls that the planted values can
be found in the input, runs the command line twice (as it comes, header only), and looks at OUT: bytes, names, what
the run printed, dates element by element, pixels, pydicom, dciodvfy, and the program's own audit. Exit 1 when a check
fails.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pydicom
from invention import Path_, Plant, PlantedDate
from openpyxl import Workbook
from plant_identity import plant_series
from pydicom.dataset import Dataset, FileDataset

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = REPOSITORY.parent / "shared" / "data"
SERIES = (
    # name, folder below the data, new ID, character set, files of the patient in the folder
    ("GE", "neurolabusc_dcm_qa_ct/In/GE", "SHOW-001", 0, 28),
    ("CQ500-CT-0", "CQ500_via_Roiabr_Head-CT-hemorrhage-detection/complex_head_ct", "SHOW-002", 1, 80),
    ("Picker", "cerr_pyCERR/head_and_neck/pt_1", "SHOW-003", 2, 64),
)
VARIANTS = {
    "as it comes": (),
    "header only": ("--deface", "none", "--text", "off"),
}
LEAST_VALUES = 40  # planted values per series
DCIODVFY = shutil.which("dciodvfy")


@dataclass(slots=True)
class Series:
    """One real series with what was planted into it."""

    name: str
    new_id: str
    source: Path
    plant: Plant
    expected: int


@dataclass(slots=True)
class Show:
    """The work folder, the series, and what was checked."""

    work: Path
    series: list[Series] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def input(self) -> Path:
        """The folder of planted copies."""
        return self.work / "in"

    def check(self, what: str, is_good: bool, detail: str = "") -> None:
        """Print one line and remember a failure."""
        print(f"  {'ok  ' if is_good else 'FAIL'} {what}{': ' if detail else ''}{detail}")
        if not is_good:
            self.failed.append(f"{what}: {detail}")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a plain table."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
    print(f"\n{title}")
    for row in (list(columns), ["-" * width for width in widths], *cells):
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def plant_all(data: Path, work: Path, every: int, only: Collection[str]) -> Show:
    """Plant into copies of the three series, write the map and make a secret."""
    show = Show(work)
    for number, (name, folder, new_id, character_set, files) in enumerate(SERIES):
        if name not in only:
            continue
        plant = plant_series(data / folder, show.input, number + 1, every=every, character_set=character_set)
        expected = files if every == 1 else len(plant.files) - (plant.patients - 1)
        show.series.append(Series(name, new_id, data / folder, plant, expected))
    book = Workbook()
    sheet = book.active
    sheet.append(["Accession_number", "De-identification_ID"])
    for series in show.series:
        sheet.append([series.plant.folder, series.new_id])
    book.save(work / "map.xlsx")
    key = work / "key"
    key.touch(mode=0o600)
    key.write_bytes(os.urandom(32))
    return show


def haystack(root: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield every file below a folder with its bytes, and every path as bytes."""
    for path in sorted(root.rglob("*")):
        yield path, path.relative_to(root).as_posix().encode()
        if path.is_file():
            yield path, path.read_bytes()


def find_all(needles: Iterable[bytes], texts: Iterable[bytes]) -> set[bytes]:
    """Return the needles that stand in any of the texts, whatever their case."""
    wanted, found = {needle: needle.lower() for needle in needles}, set()
    for text in texts:
        lowered = text.lower()
        found |= {needle for needle, low in wanted.items() if needle not in found and low in lowered}
    return found


def control_input(show: Show) -> None:
    """Positive control: every planted value is found in the bytes or names of the input."""
    rows = []
    for series in show.series:
        needles = series.plant.needles()
        folder = show.input / series.plant.folder
        texts = [series.plant.folder.encode(), *(data for _, data in haystack(folder))]
        found = find_all(needles, texts)
        uids = sum(data.startswith(b"1.2.826.") for data in needles)
        dates = len(series.plant.dates)
        rows.append((series.name, len(series.plant.files), len(needles), uids, len(found), dates))
        show.check(f"{series.name}: all planted values found in the input", len(found) == len(needles))
        show.check(f"{series.name}: at least {LEAST_VALUES} values besides UIDs", len(needles) - uids >= LEAST_VALUES)
    columns = ("Series", "Files", "Planted values", "of them UIDs", "Found in input", "Dates and times")
    table("Positive control", columns, rows)


def command(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run the command line of this checkout."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "SlicerDeid")}
    line = [sys.executable, "-m", "SlicerDeidLib", *map(str, arguments)]
    return subprocess.run(line, env=environment, capture_output=True, check=False)


def run_variant(show: Show, variant: str) -> tuple[Path, bytes]:
    """Run the main job once; return OUT and all that it printed."""
    place = show.work / variant.replace(" ", "-")
    out = place / "out"
    place.mkdir()
    options = ("--map", show.work / "map.xlsx", "--private", place / "private", "--key", show.work / "key")
    done = command("run", show.input, out, *options, *VARIANTS[variant])
    printed = done.stdout + done.stderr
    show.check("the run completed", done.returncode == 0, f"exit {done.returncode}")
    if done.returncode:
        print(printed.decode("utf-8", "replace"))
    else:
        print("  last line: " + done.stdout.decode("utf-8", "replace").strip().splitlines()[-1])
    return out, printed


def search_output(show: Show, out: Path, printed: bytes) -> None:
    """Look for every planted value in the bytes and names of OUT and in what the run printed."""
    texts = [data for _, data in haystack(out)]
    beside = [path.name.encode() for path in out.parent.iterdir()]
    rows = []
    for series in show.series:
        needles = series.plant.needles()
        found = find_all(needles, [*texts, *beside])
        said = find_all(needles, [printed])
        rows.append((series.name, len(needles), len(found), len(said)))
        places = ", ".join(sorted({needles[needle] for needle in found | said}))
        show.check(f"{series.name}: no planted value in OUT or in what was printed", not found | said, places)
    table("Byte search of OUT", ("Series", "Planted values", "Found in OUT", "Found in messages"), rows)


def opened(path: Path, *, is_header: bool = False) -> FileDataset:
    """Read a file with pydicom; a warning would quote a value."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pydicom.dcmread(path, stop_before_pixels=is_header)


def position(dataset: Dataset) -> tuple[float, ...]:
    """Return where a slice lies, which tells the slices of one series apart."""
    return tuple(round(float(value), 3) for value in dataset.ImagePositionPatient)


def originals_of(series: Series) -> dict[tuple[float, ...], tuple[int, Path]]:
    """Return per position the number of the planted instance and its file; the stray of another patient is not one."""
    headers = {path: opened(path, is_header=True) for path in series.plant.files}
    majority = Counter(str(header.PatientID) for header in headers.values()).most_common(1)[0][0]
    found = {}
    for path, dataset in headers.items():
        if str(dataset.PatientID) == majority:
            found[position(dataset)] = (int(path.stem.rsplit("_", 1)[1]), path)
    return found


def element_at(dataset: Dataset, path: Path_, tag: int) -> str:
    """Return an element's value as text; empty when it is not there."""
    for sequence, item in path:
        if sequence not in dataset or item >= len(dataset[sequence].value):
            return ""
        dataset = dataset[sequence].value[item]
    return str(dataset[tag].value or "") if tag in dataset else ""


VERSIONS = {0x00080106, 0x00080107}  # of a context group: public constants, replaced rather than shifted


def moment_of(date: PlantedDate, value: str, clock: str) -> datetime | None:
    """Read a DT, or a DA with its TM; None where there is no time of day."""
    text = value if date.vr == "DT" else value + clock if clock else ""
    text, _, fraction = text.partition(".")
    if len(text) != len("YYYYMMDDHHMMSS"):
        return None
    return datetime.strptime(text, "%Y%m%d%H%M%S") + timedelta(microseconds=int(fraction.ljust(6, "0") or 0))


def compare_dates(show: Show, out: Path) -> None:
    """Compare every planted date with the same element of the released file."""
    rows = []
    for series in show.series:
        originals = originals_of(series)
        planted: dict[int, list[PlantedDate]] = {}
        for date in series.plant.dates:
            planted.setdefault(date.instance, []).append(date)
        counts: Counter[str] = Counter()
        offsets: Counter[timedelta] = Counter()
        for path in sorted((out / series.new_id).rglob("*.dcm")):
            dataset = opened(path, is_header=True)
            number, _ = originals[position(dataset)]
            compare_file(dataset, planted[number], counts, offsets)
        rows.append((series.name, counts["moved"], counts["gone"], counts["same"], len(offsets)))
        show.check(f"{series.name}: no date stands unchanged", counts["same"] == 0)
        show.check(f"{series.name}: one offset moves all dates", len(offsets) == 1, f"{len(offsets)} offsets")
    table("Dates, element by element", ("Series", "Moved", "Removed or emptied", "Unchanged", "Offsets"), rows)


def compare_file(
    dataset: Dataset, planted: list[PlantedDate], counts: Counter[str], offsets: Counter[timedelta]
) -> None:
    """Compare the dates of one file; a DA is read with the TM that was planted beside it."""
    times = {(d.path, pydicom.datadict.keyword_for_tag(d.tag)): d for d in planted if d.vr == "TM"}
    for date in planted:
        now = element_at(dataset, date.path, date.tag)
        if not now or (date.tag in VERSIONS and now != date.value):
            counts["gone"] += 1
            continue
        if date.vr == "TM":
            continue  # with its date
        clock = times.get((date.path, pydicom.datadict.keyword_for_tag(date.tag).replace("Date", "Time")))
        then_clock = clock.value if clock else ""
        now_clock = element_at(dataset, clock.path, clock.tag) if clock else ""
        before, after = moment_of(date, date.value, then_clock), moment_of(date, now, now_clock)
        is_same = after == before if before and after else now == date.value
        counts["same" if is_same else "moved"] += 1
        if before and after:
            offsets[after - before] += 1


def compare_pixels(show: Show, out: Path, variant: str) -> None:
    """Open every released file in pydicom and compare its voxels with the original's."""
    rows: list[tuple[object, ...]] = []
    for series in show.series:
        originals = originals_of(series)
        files = sorted((out / series.new_id).rglob("*.dcm"))
        removed = total = wrong = same_bytes = 0
        for path in files:
            new = opened(path)
            old = opened(originals[position(new)][1])
            after, before = new.pixel_array, old.pixel_array
            differs = after != before
            removed, total = removed + int(differs.sum()), total + after.size
            wrong += len(np.unique(after[differs])) > 1
            same_bytes += new.PixelData == old.PixelData
        rows.append((series.name, len(files), series.expected, f"{removed / max(total, 1):.1%}", same_bytes, wrong))
        show.check(f"{series.name}: every slice is there", len(files) == series.expected)
        show.check(f"{series.name}: changed voxels have one value per slice", wrong == 0)
        if variant == "header only":
            show.check(f"{series.name}: pixel data identical byte by byte", same_bytes == len(files))
        else:
            show.check(f"{series.name}: voxels were removed", removed > 0)
    columns = ("Series", "Files", "Expected", "Voxels removed", "Pixel bytes equal", "Several values")
    table("Opened in pydicom", columns, rows)


@cache
def errors_of(path: Path) -> Counter[str]:
    """Return the errors that dciodvfy reports, without values and numbers."""
    done = subprocess.run([str(DCIODVFY), str(path)], capture_output=True, check=False)
    lines = (done.stdout + done.stderr).decode("latin-1").splitlines()
    return Counter(re.sub(r"\d[\d.]*", "#", line.strip()) for line in lines if line.startswith("Error"))


def compare_errors(show: Show, out: Path) -> None:
    """Run dciodvfy on the real source, the planted input and the output."""
    if DCIODVFY is None:
        print("\n  dciodvfy (Debian: dicom3tools) is not installed; not looked at")
        return
    rows = []
    for series in show.series:
        source: set[str] = set()
        planted: set[str] = set()
        for path in sorted(p for p in series.source.rglob("*") if p.is_file()):
            source |= set(errors_of(path))
        for path in series.plant.files:
            planted |= set(errors_of(path))
        released: set[str] = set()
        for path in (out / series.new_id).rglob("*.dcm"):
            released |= set(errors_of(path))
        new = released - source
        rows.append((series.name, len(source), len(planted), len(released), len(new)))
        show.check(f"{series.name}: no error that the input did not have", not new, "; ".join(sorted(new)))
    columns = ("Series", "Real source", "Planted input", "Output", "New in output")
    table("Kinds of errors by dciodvfy", columns, rows)


def audit_output(show: Show, out: Path) -> None:
    """Let the program audit its own output against the planted input."""
    done = command(
        "audit", out, "--original", show.input, "--private", out.parent / "private", "--key", show.work / "key"
    )
    lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
    show.check("slicerdeid audit finds no error", done.returncode == 0, f"exit {done.returncode}")
    found = Counter(re.sub(r": \S+\.dcm", "", line) for line in lines if line.startswith(("error", "warning", "note")))
    for line, count in found.most_common(20):
        print(f"    {count} x {line}")
    print("  " + (lines[-1] if lines else done.stderr.decode("utf-8", "replace").strip()))


def run_show(
    data: Path,
    work: Path,
    every: int = 1,
    only: Collection[str] = tuple(series[0] for series in SERIES),
    variants: Collection[str] = tuple(VARIANTS),
) -> list[str]:
    """Do everything, for the series and variants that are named; return the checks that failed."""
    show = plant_all(data, work, every, only)
    control_input(show)
    for variant in variants:
        print(f"\n=== {variant}")
        out, printed = run_variant(show, variant)
        if not out.is_dir():
            show.check("there is an output", False)
            continue
        search_output(show, out, printed)
        compare_dates(show, out)
        compare_pixels(show, out, variant)
        compare_errors(show, out)
        audit_output(show, out)
    print(f"\n{'All checks passed.' if not show.failed else f'{len(show.failed)} checks failed.'}")
    return show.failed


def main() -> None:
    """Run the show in a folder that is thrown away, or in one that stays."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="the real test data")
    parser.add_argument("--work", type=Path, help="an empty folder that stays; it will hold recognisable heads")
    parser.add_argument("--every", type=int, default=1, help="take every n-th slice only")
    arguments = parser.parse_args()
    if arguments.work is not None:
        arguments.work.mkdir(parents=True)
        sys.exit(bool(run_show(arguments.data, arguments.work, arguments.every)))
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(bool(run_show(arguments.data, Path(folder), arguments.every)))


if __name__ == "__main__":
    main()
