# SPDX-License-Identifier: Apache-2.0
"""The pixel steps of enhanced images: one mask for all frames at one place, whatever the order of the frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError, SeriesRefused
from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.pixels import Stack, assemble_repetitions, decode, encode, is_enhanced, stacks_of
from SlicerDeidLib.model.policy import DefacePolicy
from SlicerDeidLib.model.staying import Staying
from SlicerDeidLib.model.volume import HeadMask, TextBox, Volume
from SlicerDeidLib.pipeline.masks import NO_MASKS, HeadMasks
from SlicerDeidLib.pipeline.texts import redact_frames
from SlicerDeidLib.pipeline.voxels import masked
from SlicerDeidLib.pixels.air import padding_mask, stored_air
from SlicerDeidLib.pixels.head.motion import check_still

_WORST = ("facial_skin_kept", "facial_relief")  # what the review sorts by


@dataclass(slots=True, eq=False)
class TreatedStacks:
    """The images of a series after the pixel steps; their files hold the new pixels.

    Attributes
    ----------
    first : Stack
        The one that a preview shows.
    mask : HeadMask or None
        Of the first stack; None where no stack was defaced.
    changed : set of int
        Places of the files that hold other pixels than before.
    boxes : tuple of (int, TextBox)
        Place of the file, and where in it text was found.
    """

    first: Stack
    mask: HeadMask | None
    is_face_excluded: bool
    measures: dict[str, float]
    changed: set[int] = field(default_factory=set)
    boxes: list[tuple[int, TextBox]] = field(default_factory=list)
    is_text_examined: bool = False

    def shown_boxes(self) -> tuple[TextBox, ...]:
        """Return the boxes of the first stack, as it was imaged first; their frames are its slices."""
        slices = {(int(file), int(frame)): k for k, (file, frame) in enumerate(self.first.places[0])}
        found = ((slices.get((number, box.frame)), box) for number, box in self.boxes)
        return tuple(replace(box, frame=k) for k, box in found if k is not None)


def first_stack(files: Sequence[DicomFile]) -> Volume:
    """Return the first stack of enhanced images as it was imaged first."""
    return stacks_of(files)[0].volume(0, [decode(file) for file in files])


def only_volume(files: Sequence[DicomFile]) -> Volume:
    """Return the one volume of single or enhanced images, as it was imaged first.

    Raises
    ------
    PixelError
        If they make none, or several.
    """
    if not is_enhanced(files[0]):
        return assemble_repetitions(files)[0][0]
    if len(stacks_of(files)) > 1:
        raise PixelError("the frames make several volumes")
    return first_stack(files)


def deface_stacks(
    files: Sequence[DicomFile], deface: DefacePolicy, others: HeadMasks = NO_MASKS
) -> tuple[TreatedStacks, list[NDArray[np.bool_]]]:
    """Deface the frames of enhanced images, in place; ``others``: the masks of other series of the head.

    Returns
    -------
    TreatedStacks
    list of (frame, row, column) bool
        For each file what defacing left.

    Raises
    ------
    PixelError
        If the frames make no volume, a mask is not plausible, or the head moves between time points.
    SeriesRefused
        If no head can be found in a stack, and a face cannot be excluded either.
    """
    stacks = stacks_of(files)
    before = [decode(file) for file in files]
    after = [frames.copy() for frames in before]
    keeps = [np.ones(frames.shape, dtype=np.bool_) for frames in before]
    found: list[tuple[HeadMask | None, dict[str, float]]] = []
    for stack in stacks:
        volume = stack.volume(0, before)
        treated = masked(volume, list(range(len(volume.stored))), deface, others=others)
        found.append((treated.mask, treated.measures))
        if treated.mask is not None:
            check_still(volume, (stack.volume(time, before) for time in range(1, len(stack.places))))
            _fill(stack, treated.mask, before, after, keeps, deface.air_value)
    masks = [mask for mask, _ in found]
    if any(mask is None for mask in masks) and any(mask is not None for mask in masks):
        raise SeriesRefused("a head was defaced in some of its stacks only; split the series")
    changed = {number for number, frames in enumerate(after) if not np.array_equal(frames, before[number])}
    for number in changed:
        encode(files[number], after[number])
    measures = dict(found[0][1])
    for name in _WORST:
        if name in measures:
            measures[name] = max(each[name] for _, each in found)
    return TreatedStacks(stacks[0], masks[0], masks[0] is None, measures, changed), keeps


def redact_stacks(
    files: Sequence[DicomFile],
    treated: TreatedStacks,
    keeps: Sequence[NDArray[np.bool_]],
    mode: str,
    filled: Sequence[Sequence[TextBox]],
    *,
    staying: Staying,
) -> None:
    """Take the text out of what defacing left, in place; as ``redact_frames``, file by file."""
    examined = []
    for number, (file, keep, boxes) in enumerate(zip(files, keeps, filled, strict=True)):
        redacted = redact_frames(file, mode, staying=staying, filled=boxes, keep=keep)
        treated.boxes += [(number, box) for box in redacted.boxes]
        examined.append(redacted.is_examined)
        if redacted.boxes and mode not in ("report", "drop"):
            encode(file, redacted.after)
            treated.changed.add(number)
    treated.is_text_examined = all(examined)


def _fill(
    stack: Stack,
    mask: HeadMask,
    before: Sequence[NDArray[Any]],
    after: Sequence[NDArray[Any]],
    keeps: Sequence[NDArray[np.bool_]],
    air_value: float | None,
) -> None:
    """Put air in place of what was removed in every repetition; padding stays where it still is padding."""
    first = stack.volume(0, before)
    head = mask.keep & ~padding_mask(first)
    for repetition, places in enumerate(stack.places):
        volume = stack.volume(repetition, before)
        kept = head | (mask.keep & (volume.stored == first.stored))
        for plane, air, (file, frame) in zip(kept, stored_air(volume, air_value), places, strict=True):
            after[file][frame][~plane] = air
            keeps[file][frame] = plane
