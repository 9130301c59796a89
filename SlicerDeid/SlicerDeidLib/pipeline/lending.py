# SPDX-License-Identifier: Apache-2.0
"""The mask of one series, or of several together, for the other series of its head; it works in any process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from SlicerDeidLib.errors import NoHead
from SlicerDeidLib.model.instance import Instance
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pipeline.repetitions import still_volume
from SlicerDeidLib.pipeline.series import done_or_reason
from SlicerDeidLib.pipeline.sources import read_unchanged
from SlicerDeidLib.pipeline.voxels import resolved
from SlicerDeidLib.pixels.finders import find_shared
from SlicerDeidLib.pixels.shared import packed
from SlicerDeidLib.pixels.together import find_together
from SlicerDeidLib.pixels.view import head_in_view


@dataclass(frozen=True, slots=True)
class MaskTask:
    """What to find a mask in: the images of one series, or of several that show parts of one head."""

    root: Path = field(repr=False)
    series: tuple[tuple[Instance, ...], ...]
    deface: DefacePolicy


@dataclass(frozen=True, slots=True)
class Lent:
    """What was found.

    Attributes
    ----------
    mask : bytes
        As ``pixels.shared.packed`` makes it; empty where there is none.
    is_faceless : bool
        Whether the pixels showed that no face can be in view.
    """

    mask: bytes = field(default=b"", repr=False)
    is_faceless: bool = False


def lend(task: MaskTask) -> Lent:
    """Find a mask; where none is plausible, there is none."""
    found = done_or_reason(partial(_lent, task))
    return found if isinstance(found, Lent) else Lent()


def _lent(task: MaskTask) -> Lent:
    volumes = _volumes(task)
    if len(task.series) > 1:
        return Lent(packed(find_together(volumes, resolved(task.deface, "HU"))))
    volume = next(volumes)
    try:
        return Lent(packed(find_shared(volume, resolved(task.deface, volume.unit))))
    except NoHead:
        return Lent(is_faceless=head_in_view(volume).is_excluded)


def _volumes(task: MaskTask) -> Iterator[Volume]:
    """Read one series after the other."""
    for instances in task.series:
        yield still_volume([read_unchanged(task.root, instance) for instance in instances])
