# SPDX-License-Identifier: Apache-2.0
"""Frames of enhanced images to stacks: each frame says where it lies, in any order, in one file or several."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.layout import layout_of
from SlicerDeidLib.formats.dicom.volume import Slice, check_alike, slice_of, stacked
from SlicerDeidLib.model.element import Elements
from SlicerDeidLib.model.volume import SAME_PLACE_MM, Volume

_SHARED_GROUPS, _FRAME_GROUPS = 0x52009229, 0x52009230
_MACROS = {  # functional groups, PS3.3 C.7.6.16.2: plane position, plane orientation, pixel measures, rescale
    0x00209113: (0x00200032,),
    0x00209116: (0x00200037,),
    0x00289110: (0x00280030,),
    0x00289145: (0x00281052, 0x00281053, 0x00281054),
}
_OF_ALL = (0x00080060, 0x00280120, 0x00280121, 0x00283000)  # Modality, padding, a table of values
_FRAME_CONTENT, _INDEX_VALUES = 0x00209111, 0x00209157
_DIMENSIONS, _POINTER = 0x00209222, 0x00209165
_PLACES = frozenset({0x00209056, 0x00209057, 0x00200032})  # Stack ID, In-Stack Position, Image Position (Patient)


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """One frame: where it stands, and where it lies; ``index``: its dimensions but the place."""

    file: int
    number: int
    slice: Slice
    index: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Stack:
    """Frames that show one volume, once or several times (time points, b-values, echoes).

    Attributes
    ----------
    places : (t, k, 2) intp
        File and frame of each slice of each repetition, slices ascending along their normal.
    """

    places: NDArray[np.intp]
    slices: tuple[tuple[Slice, ...], ...]

    def volume(self, repetition: int, decoded: Sequence[NDArray[Any]]) -> Volume:
        """Return one repetition; ``decoded``: the stored values of each file, (frame, row, column)."""
        stored = np.stack([decoded[file][frame] for file, frame in self.places[repetition]])
        return stacked(self.slices[repetition], stored)


def is_enhanced(file: DicomFile) -> bool:
    """Tell whether an image has functional groups, in which each frame says where it lies."""
    return _FRAME_GROUPS in file.dataset


def stacks_of(files: Sequence[DicomFile]) -> list[Stack]:
    """Sort the frames of one series into stacks of parallel slices.

    Raises
    ------
    PixelError
        If a frame does not say where it lies, or the frames of one direction make no volume.
    """
    return [
        _stack(kind) for kind in _kinds(frame for number, file in enumerate(files) for frame in _frames(number, file))
    ]


def ct_stacks_of(file: DicomFile) -> list[Stack]:
    """Return the frames of CT numbers of an enhanced image, of each direction as one repetition that ascends.

    They need make no volume: a place may be shown several times, or more often than others. Frames of one place alone
    are none: they are a clip, or a localizer.
    """
    try:
        kinds = _kinds(_frames(0, file)) if is_enhanced(file) else []
    except PixelError:  # without places and scale values are seen, and no CT numbers
        return []
    stacks = []
    for kind in kinds:
        normal = kind[0].slice.normal
        heights = {frame.number: float(frame.slice.position @ normal) for frame in kind}
        if kind[0].slice.unit == "HU" and np.ptp(list(heights.values())) >= SAME_PLACE_MM:
            order = sorted(kind, key=lambda frame: (heights[frame.number], frame.index, frame.number))
            places = np.array([[(0, frame.number) for frame in order]], dtype=np.intp)
            stacks.append(Stack(places, (tuple(frame.slice for frame in order),)))
    return stacks


def _kinds(frames: Iterable[_Frame]) -> list[list[_Frame]]:
    """Sort frames by direction, size and unit."""
    kinds: list[list[_Frame]] = []
    for frame in frames:
        for kind in kinds:
            if _is_alike(kind[0].slice, frame.slice):
                kind.append(frame)
                break
        else:
            kinds.append([frame])
    return kinds


def _frames(number: int, file: DicomFile) -> list[_Frame]:
    """Read the functional groups of one file."""
    layout = layout_of(file)
    shared, groups = _items(file.dataset, _SHARED_GROUPS), _items(file.dataset, _FRAME_GROUPS)
    if len(groups) != layout.frames:
        raise PixelError("an enhanced image does not say of each of its frames where it lies")
    pointers = [_tag(item, file.byte_order) for item in _items(file.dataset, _DIMENSIONS)]
    general = {tag: file.dataset[tag] for tag in _OF_ALL if tag in file.dataset}
    frames = []
    for place, group in enumerate(groups):
        elements = general | _macros(shared[0] if shared else {}, group)
        index = _index(group, pointers, file.byte_order)
        frames.append(_Frame(number, place, slice_of(file, layout, elements), index))
    return frames


def _items(elements: Elements, tag: int) -> list[Elements]:
    """Return the items of a sequence; none where it is missing."""
    element = elements.get(tag)
    return [] if element is None or element.items is None else element.items


def _macros(shared: Elements, group: Elements) -> Elements:
    """Return what the functional groups say of one frame: its own, or those that all frames share."""
    found: Elements = {}
    for macro, tags in _MACROS.items():
        items = _items(group, macro) or _items(shared, macro)
        found |= {tag: items[0][tag] for tag in tags if items and tag in items[0]}
    return found


def _tag(item: Elements, byte_order: str) -> int:
    """Return the tag that a dimension points to; 0 where it says none."""
    element = item.get(_POINTER)
    raw = b"" if element is None else bytes(element.value)
    if len(raw) != struct.calcsize("<HH"):
        return 0
    group, number = struct.unpack(">HH" if byte_order == "big" else "<HH", raw)
    return int(group << 16 | number)


def _index(group: Elements, pointers: list[int], byte_order: str) -> tuple[int, ...]:
    """Return the values of all dimensions but the place, in their order; empty where none are said."""
    content = _items(group, _FRAME_CONTENT)
    element = content[0].get(_INDEX_VALUES) if content else None
    if element is None or element.items is not None:
        return ()
    raw = bytes(element.value)
    values = np.frombuffer(raw[: len(raw) // 4 * 4], ">u4" if byte_order == "big" else "<u4").tolist()
    if len(values) != len(pointers):
        return ()
    return tuple(value for value, pointer in zip(values, pointers, strict=True) if pointer not in _PLACES)


def _is_alike(first: Slice, other: Slice) -> bool:
    try:
        check_alike(first, other)
    except PixelError:
        return False
    return True


def _stack(frames: list[_Frame]) -> Stack:
    """Put frames of one direction together by place, and at each place by their other dimensions."""
    normal = frames[0].slice.normal
    order = sorted(frames, key=lambda frame: float(frame.slice.position @ normal))
    places: list[list[_Frame]] = []
    for frame in order:
        before = places[-1][0].slice.position if places else None
        if before is None or float((frame.slice.position - before) @ normal) >= SAME_PLACE_MM:
            places.append([frame])
        elif np.linalg.norm(frame.slice.position - before) >= SAME_PLACE_MM:
            raise PixelError("two frames lie beside each other in one plane, so they make no volume")
        else:
            places[-1].append(frame)
    if len({len(place) for place in places}) > 1:
        raise PixelError("some places of an enhanced image were imaged more often than others")
    for place in places:
        place.sort(key=lambda frame: (frame.index, frame.file, frame.number))
    repetitions = list(zip(*places, strict=True))
    numbers = [[(frame.file, frame.number) for frame in repetition] for repetition in repetitions]
    slices = tuple(tuple(frame.slice for frame in repetition) for repetition in repetitions)
    return Stack(np.array(numbers, dtype=np.intp), slices)
