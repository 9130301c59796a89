# SPDX-License-Identifier: Apache-2.0
"""What the data of a node say besides its own name: IDs and tags of segments, names and texts of a model's arrays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import NamedTuple

import slicer
import vtk

_MADE = re.compile(r"S_\w{14,17}|Segment_\d+")  # IDs as Slicer makes them
_NAMED = re.compile(
    r"Array \d+|Normals|TCoords|TextureCoordinates|Scalars|Vectors|Tensors|Colors?|RGB|Points_?|Cells_?"
)
_TAG = re.compile(r"^ {6}(\S[^:\n]*): (.*)$", re.MULTILINE)  # as vtkSegment prints its tags, which it does not list
_TAGS = "  Tags:\n"
_SEGMENT_ID = "segmentID"  # attribute of a segment's item in the subject hierarchy
_SHOWN = ("Visibility", "Visibility3D", "Visibility2DFill", "Visibility2DOutline", "Pickable")
_SHOWN += ("Opacity3D", "Opacity2DFill", "Opacity2DOutline", "OverrideColor")


class Said(NamedTuple):
    """One text, and how it is taken out and put back."""

    before: str
    after: str
    remove: Callable[[], object]
    restore: Callable[[], object]


def segmentIds(node: object, cleaned: Callable[[str], str]) -> Iterator[Said]:
    """Yield the IDs of segments that hold more than Slicer writes there, all of a segmentation at once."""
    earlier = node.GetSegmentation()
    ids = list(earlier.GetSegmentIDs())
    told = [one for one in ids if not _MADE.fullmatch(one) and cleaned(one) != one]
    free = (name for name in map("Segment_{}".format, count(1)) if name not in ids)
    names = {one: next(free) if one in told else one for one in ids}
    if not told:
        return

    def remove() -> None:
        fresh = slicer.vtkSegmentation()  # whose segments are the same: nothing can rename one where it is
        fresh.SetSourceRepresentationName(earlier.GetSourceRepresentationName())
        fresh.CopyConversionParameters(earlier)
        for one in ids:
            fresh.AddSegment(earlier.GetSegment(one), names[one])
        _swap(node, fresh, names)

    def restore() -> None:
        _swap(node, earlier, {new: old for old, new in names.items()})

    yield Said(", ".join(told), ", ".join(names[one] for one in told), remove, restore)


def _swap(node: object, segmentation: object, names: dict[str, str]) -> None:
    """Let a node hold another segmentation, whose segments are shown, chosen and listed as those before."""
    displays = [node.GetNthDisplayNode(n) for n in range(node.GetNumberOfDisplayNodes())]
    shown = [
        (display, new, what, getattr(display, f"GetSegment{what}")(old))
        for display in displays
        for old, new in names.items()
        for what in _SHOWN
    ]
    node.SetAndObserveSegmentation(segmentation)
    for display, new, what, value in shown:
        getattr(display, f"SetSegment{what}")(new, value)
    scene = node.GetScene()
    for n in range(scene.GetNumberOfNodesByClass("vtkMRMLSegmentEditorNode")):
        editor = scene.GetNthNodeByClass(n, "vtkMRMLSegmentEditorNode")
        if editor.GetSelectedSegmentID() in names:
            editor.SetSelectedSegmentID(names[editor.GetSelectedSegmentID()])
    hierarchy, items = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene), vtk.vtkIdList()
    if hierarchy.GetItemByDataNode(node):  # 0: it has none
        hierarchy.GetItemChildren(hierarchy.GetItemByDataNode(node), items, True)
    for item in map(items.GetId, range(items.GetNumberOfIds())):
        if hierarchy.GetItemAttribute(item, _SEGMENT_ID) in names:
            hierarchy.SetItemAttribute(item, _SEGMENT_ID, names[hierarchy.GetItemAttribute(item, _SEGMENT_ID)])


def segmentTags(segment: object, cleaned: Callable[[str], str], isTelling: Callable[[str], bool]) -> Iterator[Said]:
    """Yield the tags of a segment that hold more than clinical words; of Slicer's own ones, those that tell."""
    _head, _found, printed = str(segment).partition(_TAGS)
    own = (segment.GetTerminologyEntryTagName(), "Segmentation.Status")
    for name, value in _TAG.findall(printed):
        isOwn = name in own
        if segment.HasTag(name) and (isTelling(value) if isOwn else cleaned(value) != value or cleaned(name) != name):
            drop, write = _bound(segment.RemoveTag, name), _bound(segment.SetTag, name, value)
            yield Said(f"{name}: {value}", "", drop, write)


def arrays(data: object, cleaned: Callable[[str], str]) -> Iterator[Said]:
    """Yield the names and texts of a model's arrays that hold more than clinical words; numbers stay."""
    numbers = count(1)
    for fields in (data.GetPointData(), data.GetCellData(), data.GetFieldData()):
        for n in range(fields.GetNumberOfArrays()):
            array, number = fields.GetAbstractArray(n), next(numbers)
            name = array.GetName() or ""
            if not _NAMED.fullmatch(name) and cleaned(name) != name:
                instead = cleaned(name) or f"Array {number}"
                yield Said(name, instead, _bound(array.SetName, instead), _bound(array.SetName, name))
            if array.IsA("vtkStringArray"):
                yield from _values(array, cleaned)


def _values(array: object, cleaned: Callable[[str], str]) -> Iterator[Said]:
    """Yield the texts in an array, as one."""
    before = [array.GetValue(n) for n in range(array.GetNumberOfValues())]
    after = [cleaned(text) for text in before]

    def write(texts: list[str]) -> None:
        for n, text in enumerate(texts):
            array.SetValue(n, text)
        array.Modified()

    if after != before:
        yield Said("; ".join(before), "; ".join(filter(None, after)), _bound(write, after), _bound(write, before))


def _bound(call: Callable[..., object], *first: object) -> Callable[..., object]:
    """Return ``call`` with its arguments given."""
    return lambda: call(*first)
