# SPDX-License-Identifier: Apache-2.0
"""What a run makes beside the released images, from their pixels: NIfTI files, and pictures for the private report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from SlicerDeidLib.errors import DeidError, EngineMissing, PlanError
from SlicerDeidLib.formats.nifti import require
from SlicerDeidLib.model.record import SeriesRecord, Status
from SlicerDeidLib.output.pictures import drop_pictures
from SlicerDeidLib.pipeline.series import Outcome, SeriesTask, release_series

PICTURES = ("none", "after", "both")
"""Which pictures of a series are drawn: none, of what is released, also of the original."""

_DRAWING_ERRORS = (DeidError, ArithmeticError, LookupError, MemoryError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class ByProducts:
    """What is made beside the images.

    Attributes
    ----------
    private : Path
        The project's private folder.
    pictures : str
        One of ``PICTURES``.
    nifti : bool
        Whether volumes are released as NIfTI too.
    """

    private: Path = field(repr=False)
    pictures: str = "none"
    nifti: bool = False


def releasing(wanted: ByProducts) -> Callable[[SeriesTask], Outcome]:
    """Return what releases a series and makes its by-products; it can be sent to another process.

    Raises
    ------
    PlanError
        If a word is none of ``PICTURES``, or a package is missing; nothing is written.
    """
    if wanted.pictures not in PICTURES:
        raise PlanError(f"Of pictures can be asked {', '.join(PICTURES)}, not '{wanted.pictures}'.")
    if wanted.nifti:
        try:
            require()
        except EngineMissing as error:
            raise PlanError(f"{error.reason}; or leave --nifti out") from error
    return partial(_release, wanted)


def _release(wanted: ByProducts, task: SeriesTask) -> Outcome:
    outcome = release_series(task)
    record = outcome.record
    drop_pictures(wanted.private, record.key)  # of an earlier run: they show something else
    if record.status is not Status.RELEASED or task.is_object:
        return outcome
    if wanted.pictures != "none":
        _draw(wanted, task, record)
    if not wanted.nifti or task.plan.frames:
        return outcome
    from SlicerDeidLib.pipeline.niftis import with_niftis

    return replace(outcome, record=with_niftis(task, record))


def _draw(wanted: ByProducts, task: SeriesTask, record: SeriesRecord) -> None:
    """Draw a series; one that cannot be drawn is released without pictures."""
    from SlicerDeidLib.pipeline.pictures import draw

    try:
        draw(wanted.private, task, record, has_before=wanted.pictures == "both")
    except _DRAWING_ERRORS:  # no picture is worth a series
        return
