# SPDX-License-Identifier: Apache-2.0
"""Folders that must not lie in each other, and room on the disk: checked before anything is written."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable
from pathlib import Path

from SlicerDeidLib.errors import OutputError
from SlicerDeidLib.files.zips import size_of
from SlicerDeidLib.model.plan import SeriesPlan
from SlicerDeidLib.output.packing import by_zip, zip_of
from SlicerDeidLib.output.staging import held_folder, staging_folder

_SPACE_FACTOR = 1.05  # a compressed slice that changed is written uncompressed: see output_bytes
_UNITS = ((1_000_000, "MB"), (1_000, "kB"), (1, "bytes"))
_BESIDE = "in a folder beside the output folder where its series are made or wait (.OUT.partial, .OUT.held)"
_LEAST_UNITS = 10  # in which a need is told, so that what is free differs from it


def check_folders(root: Path, out: Path, private: Path) -> tuple[Path, Path]:
    """Resolve the folders of a run and refuse those that lie in each other.

    Returns
    -------
    out, private : Path
        Absolute, without links.

    Raises
    ------
    OutputError
        If OUT lies in IN, IN in OUT, the private folder in either, or OUT is no folder that can be renamed into; or if
        IN or the private folder lies where series of OUT are made or wait.
    """
    try:
        source, target, own = root.resolve(), out.resolve(), private.resolve()
        is_file = target.exists() and not target.is_dir()
        beside = [folder(target).resolve() for folder in (staging_folder, held_folder)] if target.name else []
        is_mount = target.is_dir() and target.stat().st_dev != target.parent.stat().st_dev
    except (OSError, ValueError, RuntimeError) as error:
        raise OutputError(f"A folder cannot be used ({type(error).__name__}); name another.") from error
    if _touches(source, target):
        raise OutputError(
            "The output folder must not lie in the input folder, nor the input folder in it; name another."
        )
    if {source, target} & {own, *own.parents}:
        raise OutputError("The private folder must not lie in the input or output folder; name another with --private.")
    if any(_touches(source, folder) for folder in beside):
        raise OutputError(f"The input folder must not lie {_BESIDE}, nor these in it; name another.")
    if set(beside) & {own, *own.parents}:
        raise OutputError(f"The private folder must not lie {_BESIDE}; name another with --private.")
    if is_file:
        raise OutputError("The output is a file; name a folder.")
    if is_mount or target == target.parent:
        raise OutputError("The output folder is the root of a disk: nothing can wait beside it; name a folder in it.")
    return target, own


def check_space(series: Iterable[SeriesPlan], out: Path, freed_bytes: int = 0) -> None:
    """Refuse a run that would fill the disk.

    Parameters
    ----------
    series : iterable of SeriesPlan
        What is still to be written.
    freed_bytes : int
        How much of OUT will be deleted first.

    Raises
    ------
    OutputError
        If the file system of OUT has less free space than the released instances need.
    """
    place = next(folder for folder in (out, *out.resolve().parents) if folder.exists())
    needed = sum(map(output_bytes, series := list(series))) * _SPACE_FACTOR + _packing_bytes(series, out)
    free = shutil.disk_usage(place).free + freed_bytes
    if needed > free:
        size, unit = next(((size, unit) for size, unit in _UNITS if needed >= _LEAST_UNITS * size), _UNITS[-1])
        raise OutputError(
            f"The disk of the output folder has {free // size:,} {unit} free and the run needs "
            f"{math.ceil(needed / size):,} {unit}; make room or name another output folder."
        )


def _packing_bytes(series: Iterable[SeriesPlan], out: Path) -> int:
    """Return how much more it needs while zips are written: what goes into them lies beside, and so do the old ones."""
    packed = [one for one in series if any(map(zip_of, one.targets))]
    earlier = (size_of(out / name) for name in by_zip(target for one in packed for target in one.targets))
    return sum(map(output_bytes, packed)) + sum(filter(None, earlier))


def output_bytes(series: SeriesPlan) -> int:
    """Estimate how much a series needs in OUT: files as they are, or uncompressed where pixels may change."""
    total = 0
    has_pixel_steps = series.deface != "none" or series.text != "off"
    for instance in series.instances:
        size = instance.size_bytes
        if has_pixel_steps and instance.is_compressed:
            size += instance.rows * instance.columns * max(instance.bits_allocated, 8) // 8
        total += size
    return total


def _touches(first: Path, second: Path) -> bool:
    return first == second or first in second.parents or second in first.parents
