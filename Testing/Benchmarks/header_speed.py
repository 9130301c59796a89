# SPDX-License-Identifier: Apache-2.0
"""Measure ``deid.run`` of a ready plan, header only, against pydicom's ``dcmread`` and ``save_as`` of the same files.

``python Testing/Benchmarks/header_speed.py [--source FOLDER] [--slices N] [--repetitions N]``. Explicit and implicit
little endian; one process; both ways in one run, alternating, with a file system that was synced before; without fsync
and audit, which are measured apart. Besides seconds by the clock it gives those of the processor in all threads, which
count the digests that are made beside the work, and which a busy machine disturbs less. On ext4 each file that is made
where others were just deleted costs up to a millisecond more, both ways: ``--work /dev/shm`` leaves the disk out.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

import pydicom

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "SlicerDeid"), str(REPOSITORY / "Testing")]

import SlicerDeidLib as deid  # noqa: E402
from ctseries import make_ct_series  # noqa: E402
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian  # noqa: E402

REAL = REPOSITORY.parent / "shared" / "data" / "neurolabusc_dcm_qa_ct" / "In" / "GE"
KEY = bytes(range(32))
GOAL = 0.5  # deid.run may take at most this many times pydicom's time
SPACING = 5.0  # mm between the copies' slices
SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)


class Time(NamedTuple):
    """Seconds by the clock, and of the processor."""

    clock: float
    processor: float


@dataclass(slots=True)
class Times:
    """One time per repetition."""

    ours: list[Time] = field(default_factory=list)
    plain: list[Time] = field(default_factory=list)
    synced: list[Time] = field(default_factory=list)
    audit: list[Time] = field(default_factory=list)

    def ratio(self, kind: int = 0) -> float:
        """Return the median of the ratios of the pairs; ``kind``: 0 by the clock, 1 of the processor."""
        return statistics.median(a[kind] / b[kind] for a, b in zip(self.ours, self.plain, strict=True))


def make_input(folder: Path, source: Path | None, slices: int, syntax: str = ExplicitVRLittleEndian) -> list[Path]:
    """Fill a patient folder with ``slices`` CT slices: copies of real ones, or a made series."""
    target = folder / "patient" / "CT"
    if source is None:
        return make_ct_series(target, slices=slices, size=512, transfer_syntax_uid=syntax)
    target.mkdir(parents=True)
    files = sorted(path for path in source.iterdir() if path.is_file())
    written = []
    for number in range(slices):
        dataset = pydicom.dcmread(files[number % len(files)])
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.3680043.8.498.9.{number}"
        dataset.PatientID, dataset.InstanceNumber = "one patient", number + 1
        dataset.SeriesInstanceUID = "1.2.826.0.1.3680043.8.498.8"
        dataset.ImagePositionPatient = [*dataset.ImagePositionPatient[:2], SPACING * number]
        written.append(target / f"{number:05d}.dcm")
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.save_as(written[-1])
    return written


def ready_plan(root: Path, private: Path) -> deid.Plan:
    """Plan a header-only run."""
    from dataclasses import replace

    policy = deid.read_policy("research")
    policy = replace(policy, deface=replace(policy.deface, method="none"), text=replace(policy.text, mode="off"))
    return deid.plan(deid.discover(root), policy, key=KEY, private=private)


def timed(action: Callable[[], object], *folders: Path) -> Time:
    """Time an action after the disk has become quiet; clear folders before."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    os.sync()
    start, begun = perf_counter(), process_time()
    action()
    return Time(perf_counter() - start, process_time() - begun)


def run_ours(root: Path, work: Path, *, is_synced: bool) -> Time:
    """Time one run of a plan that is ready."""
    private, out = work / "private", work / "out"
    shutil.rmtree(private, ignore_errors=True)
    plan = ready_plan(root, private)
    return timed(lambda: deid.run(plan, out, executor=deid.serial, is_synced=is_synced), out)


def run_plain(files: list[Path], work: Path) -> Time:
    """Time pydicom reading and writing the same files."""
    plain = work / "plain"

    def copy() -> None:
        plain.mkdir()
        for path in files:
            pydicom.dcmread(path).save_as(plain / path.name)

    return timed(copy, plain)


def measure(root: Path, files: list[Path], work: Path, repetitions: int) -> Times:
    """Measure both ways, the first one of each pair in turn; one unmeasured pair warms up."""
    times = Times()
    run_ours(root, work, is_synced=False)
    run_plain(files, work)
    for number in range(repetitions):
        if number % 2:
            times.plain.append(run_plain(files, work))
        times.ours.append(run_ours(root, work, is_synced=False))
        if not number % 2:
            times.plain.append(run_plain(files, work))
    released = len(list((work / "out").rglob("*.dcm")))
    assert released == len(files), f"{released} of {len(files)} files were released"
    for _ in range(max(1, repetitions // 3)):
        times.synced.append(run_ours(root, work, is_synced=True))
        times.audit.append(timed(lambda: deid.audit(work / "out", original=root)))
    return times


def show(times: Times, files: int) -> None:
    """Print a table."""
    print(f"{'':32}{'median s':>10}{'fastest s':>11}{'ms per file':>13}{'processor ms':>14}")
    for name, values in (
        ("pydicom dcmread + save_as", times.plain),
        ("deid.run, header only", times.ours),
        ("deid.run, with fsync", times.synced),
        ("deid.audit with the original", times.audit),
    ):
        middle = statistics.median(time.clock for time in values)
        processor = 1000 * statistics.median(time.processor for time in values) / files
        fastest = min(time.clock for time in values)
        print(f"{name:32}{middle:>10.3f}{fastest:>11.3f}{1000 * middle / files:>13.2f}{processor:>14.2f}")
    pairs = len(times.ours)
    print(f"deid.run / pydicom: {times.ratio():.2f} (median of {pairs} pairs; goal: at most {GOAL})")
    print(f"deid.run / pydicom, processor with digests: {times.ratio(1):.2f}\n")


def main() -> None:
    """Measure and print a table for each transfer syntax; exit 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", type=Path, help="folder of one real CT series to copy (default: GE, or made)")
    parser.add_argument("--made", action="store_true", help="a made series, also where there is a real one")
    parser.add_argument("--slices", type=int, default=320)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--work", type=Path, help="where to write (default: the system's temporary folder)")
    arguments = parser.parse_args()
    source = None if arguments.made else arguments.source or (REAL if REAL.is_dir() else None)
    worst = 0.0
    for syntax in SYNTAXES:
        with tempfile.TemporaryDirectory(dir=arguments.work) as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            root, work = Path(folder) / "in", Path(folder) / "work"
            work.mkdir()
            files = make_input(root, source, arguments.slices, syntax)
            size = sum(path.stat().st_size for path in files)
            times = measure(root, files, work, arguments.repetitions)
        kind = "copies of real ones" if source else "made"
        print(f"{len(files)} CT slices, {size / 1e6:.0f} MB, {kind}, {syntax.name}, one process")
        show(times, len(files))
        worst = max(worst, times.ratio())
    sys.exit(worst > GOAL)


if __name__ == "__main__":
    main()
