# SPDX-License-Identifier: Apache-2.0
"""How long our reading and writing of DICOM files takes, beside pydicom's, in one run on the same files.

    python Testing/Benchmarks/codec.py [FOLDER]

Without a folder it takes a synthetic series: 512 x 512 CT slices of about 150 elements, 26 of them private, with
nested sequences. Each way is run several times, in turns, and the best time counts. ``copy`` is reading and writing
the bytes as they are: what no codec can be faster than.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2] / "SlicerDeid")]

import pydicom  # noqa: E402
from ctseries import make_ct_series  # noqa: E402
from pydicom.dataset import Dataset  # noqa: E402
from SlicerDeidLib.formats.dicom.door import index, sniff  # noqa: E402
from SlicerDeidLib.formats.dicom.file import read, write  # noqa: E402

ROUNDS = 7
SLICES = 40


def many_elements(dataset: Dataset, _: int) -> None:
    """Add what a scanner's header has more: private elements, and standard ones in a sequence."""
    block = dataset.private_block(0x0019, "BENCHMARK", create=True)
    for offset in range(26):
        block.add_new(offset, ("LO", "DS", "SL")[offset % 3], ("text", "1.25", 7)[offset % 3])
    for tag in range(0x00189301, 0x00189360):
        if pydicom.datadict.dictionary_has_tag(tag) and pydicom.datadict.dictionary_VR(tag) in ("FD", "CS"):
            dataset.add_new(tag, pydicom.datadict.dictionary_VR(tag), None)
    for tag in (0x00180060, 0x00181100, 0x00181110, 0x00181111, 0x00181130, 0x00181150, 0x00181151, 0x00181152):
        dataset.add_new(tag, pydicom.datadict.dictionary_VR(tag), "120")
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "T-D1100", "SRT", "Head"
    dataset.AnatomicRegionSequence = [item]


def ours(source: Path, target: Path) -> None:
    file = read(source)
    with target.open("wb") as stream:
        stream.writelines(write(file))


def by_pydicom(source: Path, target: Path) -> None:
    pydicom.dcmread(source).save_as(target)


def copied(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes())


def indexed(source: Path, _: Path) -> None:
    index(source, source.parent)


def head_by_pydicom(source: Path, _: Path) -> None:
    pydicom.dcmread(source, stop_before_pixels=True)


def best_times(ways: list[Callable[[Path, Path], None]], files: list[Path], target: Path) -> list[float]:
    """Return the best time of every way in seconds per file."""
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(ROUNDS):
        for way, found in zip(ways, times, strict=True):
            begin = time.perf_counter()
            for number, path in enumerate(files):
                way(path, target / f"{number}.dcm")
            found.append((time.perf_counter() - begin) / len(files))
    return [min(found) for found in times]


def main() -> None:
    """Measure and print."""
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        target = Path(folder) / "out"
        target.mkdir()
        if len(sys.argv) > 1:
            files = sorted(path for path in Path(sys.argv[1]).rglob("*") if path.is_file() and sniff(path))
        else:
            files = make_ct_series(Path(folder) / "in", slices=SLICES, size=512, change=many_elements)
        ways = [ours, by_pydicom, copied, indexed, head_by_pydicom]
        times = best_times(ways, files, target)
    print(f"{len(files)} files")
    for way, seconds in zip(ways, times, strict=True):
        print(f"{way.__name__:16} {seconds * 1e3:8.3f} ms per file")
    print(f"reading and writing: {times[0] / times[1]:.3f} of pydicom's time")
    print(f"the same without the file system: {(times[0] - times[2]) / (times[1] - times[2]):.3f}")
    print(f"index: {times[3] / times[4]:.3f} of pydicom's time for the head")


if __name__ == "__main__":
    main()
