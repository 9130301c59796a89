# SPDX-License-Identifier: Apache-2.0
"""What a run makes beside the released images, from their pixels: pictures for the private report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from SlicerDeidLib.errors import DeidError
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
    """

    private: Path = field(repr=False)
    pictures: str = "none"


def releasing(wanted: ByProducts) -> Callable[[SeriesTask], Outcome]:
    """Return what releases a series and makes its by-products; it can be sent to another process."""
    return release_series if wanted.pictures == "none" else partial(_release, wanted)


def _release(wanted: ByProducts, task: SeriesTask) -> Outcome:
    outcome = release_series(task)
    record = outcome.record
    drop_pictures(wanted.private, record.key)  # of an earlier run: they show something else
    if record.status is Status.RELEASED and not task.is_object:
        _draw(wanted, task, record)
    return outcome


def _draw(wanted: ByProducts, task: SeriesTask, record: SeriesRecord) -> None:
    """Draw a series; one that cannot be drawn is released without pictures."""
    from SlicerDeidLib.pipeline.pictures import draw

    try:
        draw(wanted.private, task, record, has_before=wanted.pictures == "both")
    except _DRAWING_ERRORS:  # no picture is worth a series
        return
