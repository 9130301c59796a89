# SPDX-License-Identifier: Apache-2.0
"""Folders that must not lie in each other, and room on the disk: checked before anything is written."""

from __future__ import annotations

import shutil
from pathlib import Path

from SlicerDeidLib.errors import OutputError
from SlicerDeidLib.model.plan import Plan, Verdict

_SPACE_FACTOR = 1.05  # a compressed slice that changed is written uncompressed: see _needed_bytes
_UNCOMPRESSED = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"})


def check_folders(root: Path, out: Path, private: Path) -> None:
    """Refuse folders that lie in each other.

    Raises
    ------
    OutputError
        If OUT lies in IN, IN in OUT, the private folder in either, or OUT is a file.
    """
    source, target, own = root.resolve(), out.resolve(), private.resolve()
    if _touches(source, target):
        raise OutputError(
            "The output folder must not lie in the input folder, nor the input folder in it; name another."
        )
    if {source, target} & {own, *own.parents}:
        raise OutputError("The private folder must not lie in the input or output folder; name another with --private.")
    if out.exists() and not out.is_dir():
        raise OutputError("The output is a file; name a folder.")


def check_space(plan: Plan, out: Path) -> None:
    """Refuse a run that would fill the disk.

    Raises
    ------
    OutputError
        If the file system of OUT has less free space than the released instances need.
    """
    place = next(folder for folder in (out, *out.resolve().parents) if folder.exists())
    needed = _needed_bytes(plan) * _SPACE_FACTOR
    free = shutil.disk_usage(place).free
    if needed > free:
        raise OutputError(
            f"The disk of the output folder has {free / 1e9:.1f} GB free and the run needs {needed / 1e9:.1f} GB; "
            "make room or name another output folder."
        )


def _needed_bytes(plan: Plan) -> int:
    """Estimate the output's size: files as they are, or uncompressed where pixels may change."""
    total = 0
    for series in plan.series:
        if series.verdict is not Verdict.RELEASE:
            continue
        has_pixel_steps = series.deface != "none" or series.text != "off"
        for instance in series.instances:
            size = instance.size_bytes
            if has_pixel_steps and instance.transfer_syntax_uid not in _UNCOMPRESSED:
                size += instance.rows * instance.columns * max(instance.bits_allocated, 8) // 8
            total += size
    return total


def _touches(first: Path, second: Path) -> bool:
    return first == second or first in second.parents or second in first.parents
