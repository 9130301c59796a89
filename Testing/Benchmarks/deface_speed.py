# SPDX-License-Identifier: Apache-2.0
"""Measure defacing against reading and writing the same series, and against other ways of defacing, in one run.

::

    python Testing/Benchmarks/deface_speed.py [--slices N] [--rounds N] [--others VENV]
    python Testing/Benchmarks/deface_speed.py --real CQ500

A made head CT of 512 x 512 (or a real one) and a made head MR. Every way runs in a process of its own, one after the
other, several rounds: *read and write* (pydicom: decode, put back, save), *ours* (read, deface with ``surface+face``,
``face`` or ``skullstrip``, encode, write; nothing else of a run), the *slice-wise* method of the first SlicerDeid, and
with ``--others`` quickshear and the face mask of pydeface, laid on by an affine registration. Printed are medians:
seconds of the processor, as a ratio to reading and writing, per 100 slices, and the peak of memory above what imports
take, beside the goal of four times the volume's size in float32 and 300 MB.

The slice-wise method is written here from its description, as a yardstick: on each slice the two largest pieces of air
(at most -800 HU) are widened by an ellipse of 20 pixels, and tissue that they reach gets random values of that tissue.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable
from pathlib import Path

TESTING = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTING), str(TESTING.parent / "SlicerDeid")]

import numpy as np  # noqa: E402

SLICES = 200
MR = ("sagittal", 176, 1.1, 1.1, 256, 256, 1.0)
OTHERS = ("quickshear", "pydeface", "nibabel", "SimpleITK", "numpy")
GOAL_RATIO, AIM_CT_S, AIM_MR_S, GOAL_FACTOR, GOAL_MB = 3.0, 2.0, 10.0, 4, 300


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--slices", type=int, default=SLICES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--real", help="a real CT by its name in headcases.py, in place of the made one")
    parser.add_argument("--others", type=Path, help="an environment for quickshear and pydeface, made when missing")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured(options.one[0], Path(options.one[1]))))
        return
    with tempfile.TemporaryDirectory(prefix="slicerdeid-") as name:
        for kind in ("CT", "MR"):
            folder = Path(name) / kind
            size_mb = prepare(folder, kind, options)
            compare(folder, kind, size_mb, options.rounds)
            if options.others and kind == "MR":
                compare_others(folder, options.others, options.rounds)


def prepare(folder: Path, kind: str, options: argparse.Namespace) -> float:
    """Write the series; return how large its volume is in float32, MB."""
    from headcases import real_series
    from mrseries import painted, write_mr_series
    from SlicerDeidLib.sample.mr import MRLattice, make_mr_head
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_study

    source = folder / "in"
    if kind == "MR":
        head = make_mr_head(painted("T1"), MRLattice(*MR))
        source.mkdir(parents=True)
        write_mr_series(source, head)
    elif options.real:
        source.mkdir(parents=True)
        for path in real_series(options.real):
            (source / path.name).write_bytes(path.read_bytes())
    else:
        lattice = Lattice(slices=options.slices, spacing_mm=240.0 / options.slices)
        write_study(source, lattice=lattice, has_text=False)
    import pydicom

    paths = files_of(source)
    first = pydicom.dcmread(paths[0])
    return len(paths) * first.Rows * first.Columns * 4 / 1e6


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def compare(folder: Path, kind: str, size_mb: float, rounds: int) -> None:
    """Run every way several times, in turn, and print medians."""
    ways = ["read and write", *(("surface+face", "face", "skullstrip", "slice-wise") if kind == "CT" else ("face",))]
    found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            done = subprocess.run(
                [sys.executable, __file__, "--one", way, str(folder)], capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise SystemExit(f"{way}: {done.stderr.splitlines()[-1]}")
            found[way].append(json.loads(done.stdout))
    base = statistics.median(one["cpu"] for one in found["read and write"])
    count = len(files_of(folder / "in"))
    goal_mb = GOAL_FACTOR * size_mb + GOAL_MB
    print(f"{kind}: {count} slices, {size_mb:.0f} MB in float32; medians of {rounds}; memory: goal {goal_mb:.0f} MB")
    print(f"{'':16}{'cpu':>9}{'ratio':>8}{'clock':>9}{'ratio':>8}{'per 100':>10}{'memory':>11}  steps (cpu)")
    clock_base = statistics.median(one["clock"] for one in found["read and write"])
    for way, all_ in found.items():
        middle = {key: statistics.median(one[key] for one in all_) for key in all_[0]}
        cpu, clock = middle["cpu"], middle["clock"]
        steps = ", ".join(f"{key[5:]} {value:.2f}" for key, value in middle.items() if key.startswith("step "))
        print(
            f"{way:16}{cpu:7.2f} s{cpu / base:8.1f}{clock:7.2f} s{clock / clock_base:8.1f}"
            f"{100 * cpu / count:8.2f} s{middle['memory']:8.0f} MB  {steps}"
        )
    print(f"goals: ratio {GOAL_RATIO:g}; aims: {AIM_CT_S:g} s for 100 slices of CT, {AIM_MR_S:g} s for an MR\n")


def measured(way: str, folder: Path) -> dict[str, float]:
    """Run one way once in this process."""
    run, target = ways_of(way), folder / "out"
    target.mkdir(exist_ok=True)
    paths = files_of(folder / "in")
    before_mb = peak_mb()
    steps: dict[str, float] = {}
    clock, cpu = time.perf_counter(), time.process_time()
    run(paths, target, steps)
    found = {"cpu": time.process_time() - cpu, "clock": time.perf_counter() - clock}
    found["memory"] = peak_mb() - before_mb
    for path in target.iterdir():
        path.unlink()
    return found | {f"step {name}": seconds for name, seconds in steps.items()}


def peak_mb() -> float:
    """Return the most memory that this process had, from Linux: by getrusage a child inherits its parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return float(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1e3


Way = Callable[[list[Path], Path, dict[str, float]], None]


def ways_of(name: str) -> Way:
    """Import what a way needs, so that imports do not count."""
    if name == "read and write":
        import pydicom

        return read_and_write
    if name == "slice-wise":
        import pydicom  # noqa: F401
        from scipy import ndimage  # noqa: F401

        return slicewise
    from SlicerDeidLib.formats.dicom import pixels  # noqa: F401
    from SlicerDeidLib.pixels.registry import head_finder

    head_finder(name)
    return lambda paths, target, steps: ours(name, paths, target, steps)


def read_and_write(paths: list[Path], target: Path, _steps: dict[str, float]) -> None:
    """Decode every file and write it again."""
    import pydicom

    for path in paths:
        dataset = pydicom.dcmread(path)
        put_back(dataset, dataset.pixel_array, target / path.name)


def put_back(dataset: object, stored: np.ndarray, target: Path) -> None:
    """Save a file with these pixels, uncompressed."""
    import pydicom

    assert isinstance(dataset, pydicom.Dataset)
    if dataset.file_meta.TransferSyntaxUID.is_compressed:
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.PixelData = stored.tobytes()
    dataset["PixelData"].VR = "OW"
    dataset.save_as(target)


def ours(method: str, paths: list[Path], target: Path, steps: dict[str, float]) -> None:
    """Read, deface, encode and write, as a run does it, without headers and text."""
    from SlicerDeidLib.formats.dicom.file import write
    from SlicerDeidLib.formats.dicom.pixels import assemble, encode, gather
    from SlicerDeidLib.model.policy import DefacePolicy
    from SlicerDeidLib.pipeline.repetitions import deface_repetitions

    began = time.process_time()
    files, stored = gather((path.read_bytes() for path in paths), len(paths))
    volume, order = assemble(files, stored)
    steps["read"] = time.process_time() - began
    began = time.process_time()
    (treated,) = deface_repetitions([(volume, order)], DefacePolicy(method, 8.0), in_place=True)
    steps["deface"] = time.process_time() - began
    began = time.process_time()
    for k, number in enumerate(order):
        file = files[number]
        files[number] = None  # as in a run, each file goes as soon as it is written
        if k in treated.changed:
            encode(file, treated.after[k][None])
        with (target / paths[number].name).open("wb") as stream:
            stream.writelines(write(file))
    steps["write"] = time.process_time() - began


def slicewise(paths: list[Path], target: Path, _steps: dict[str, float]) -> None:
    """Deface slice by slice, as the first SlicerDeid did."""
    import pydicom
    from scipy import ndimage

    random = np.random.default_rng(1)
    y, x = np.mgrid[-10:10, -10:10] + 0.5
    ellipse = np.hypot(x, y) <= 10
    for path in paths:
        dataset = pydicom.dcmread(path)
        stored = dataset.pixel_array.copy()
        hu = stored * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
        labels, _ = ndimage.label(hu <= -800, np.ones((3, 3)))
        sizes = np.bincount(labels.ravel())
        sizes[0] = 0
        air = np.isin(labels, np.argsort(sizes)[-2:]) & (labels > 0)
        reached = ndimage.binary_dilation(air, ellipse)
        ring = hu[reached & ~air]
        values = np.unique(ring[(ring > -125) & (ring < 50)])
        if len(values):
            chosen = random.choice(values, int(reached.sum()))
            stored[reached] = (chosen - float(dataset.RescaleIntercept)) / float(dataset.RescaleSlope)
        put_back(dataset, stored, target / path.name)


def compare_others(folder: Path, environment: Path, rounds: int) -> None:
    """Run the others on the same made MR, in their own environment."""
    from mrseries import painted
    from SlicerDeidLib.sample.mr import MRLattice, make_mr_head

    head = make_mr_head(painted("T1"), MRLattice(*MR))
    volume = head.volume
    affine = np.eye(4)
    affine[:3, 3] = volume.positions[0]
    affine[:3, :3] = np.column_stack([volume.i_step, volume.j_step, volume.positions[1] - volume.positions[0]])
    arrays = {"stored": volume.stored, "brain": head.intracranial, "face": head.face}
    path = folder / "volume.npz"
    np.savez(path, affine=affine, **{name: array.transpose(2, 1, 0) for name, array in arrays.items()})
    for way in ("quickshear", "pydeface"):
        command = [str(environment_of(environment)), str(Path(__file__).with_name("deface_others.py")), way, str(path)]
        all_ = []
        for _ in range(rounds):
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            all_.append(json.loads(done.stdout.splitlines()[-1]))
        middle = {key: statistics.median(one[key] for one in all_) for key in all_[0]}
        print(
            f"{way:16}{middle['cpu']:7.2f} s, {middle['brain']:.0f} voxels within the skull "
            f"lost, {middle['face']:.0%} of the face gone; no reading and writing"
        )


def environment_of(folder: Path) -> Path:
    """Return the Python that has the others; make it when it is missing."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *OTHERS], check=True)
    return python


if __name__ == "__main__":
    main()
