# SPDX-License-Identifier: Apache-2.0
"""The mask of one series, or of several together, for the other series of its head; it works in any process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from SlicerDeidLib.errors import NoHead
from SlicerDeidLib.model.instance import Instance
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pipeline.masks import Source, read_masks
from SlicerDeidLib.pipeline.repetitions import still_volume
from SlicerDeidLib.pipeline.series import done_or_reason
from SlicerDeidLib.pipeline.sources import read_unchanged
from SlicerDeidLib.pipeline.voxels import resolved
from SlicerDeidLib.pixels.head.finders import find_shared
from SlicerDeidLib.pixels.head.rigid import laid_upon
from SlicerDeidLib.pixels.head.shared import packed
from SlicerDeidLib.pixels.head.together import find_together
from SlicerDeidLib.pixels.head.view import head_in_view


@dataclass(frozen=True, slots=True)
class MaskTask:
    """What to find a mask in: the images of one series, or of several that show parts of one head."""

    root: Path = field(repr=False)
    series: tuple[tuple[Instance, ...], ...]
    deface: DefacePolicy


@dataclass(frozen=True, slots=True)
class LayTask:
    """A series and its mask, to be laid upon the images of another one of the study."""

    root: Path = field(repr=False)
    lender: tuple[Instance, ...]
    mask: Source = field(repr=False)
    borrower: tuple[Instance, ...]


@dataclass(frozen=True, slots=True)
class Lent:
    """What was found.

    Attributes
    ----------
    mask : bytes
        As ``pixels.shared.packed`` makes it; empty where there is none.
    is_faceless : bool
        Whether the pixels showed that no face can be in view.
    reason : str
        Why there is none, where it was to be laid upon another series.
    """

    mask: bytes = field(default=b"", repr=False)
    is_faceless: bool = False
    reason: str = ""


def lend(task: MaskTask) -> Lent:
    """Find a mask; where none is plausible, there is none."""
    found = done_or_reason(partial(_lent, task))
    return found if isinstance(found, Lent) else Lent()


def lay(task: LayTask) -> Lent:
    """Lay a mask upon another series; where that cannot be done safely, there is none, and a reason."""
    found = done_or_reason(partial(_laid, task))
    return found if isinstance(found, Lent) else Lent(reason=found)


def _laid(task: LayTask) -> Lent:
    lender, borrower = (_volume(task.root, instances) for instances in (task.lender, task.borrower))
    return Lent(packed(laid_upon(lender, read_masks([task.mask])[0], borrower)))


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
        yield _volume(task.root, instances)


def _volume(root: Path, instances: Sequence[Instance]) -> Volume:
    return still_volume([read_unchanged(root, instance) for instance in instances])
