# SPDX-License-Identifier: Apache-2.0
"""What the data of a node say besides its own name: IDs and tags of segments, names and texts of a model's arrays."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _
from vtk.util import numpy_support

from SlicerDeidWidgets import scenewords
from SlicerDeidWidgets.scenetrace import Entry, bound

if TYPE_CHECKING:
    from SlicerDeidLib import FreeText

MEASURED = re.compile(r"-?\d{1,4}(?:\.\d+)?")
"""A number that is too short for an ID."""

_MADE = re.compile(r"S_\w{14,17}|Segment_\d+")  # IDs as Slicer makes them
_NAMED = re.compile(
    r"Array \d+|Normals|TCoords|TextureCoordinates|Scalars|Vectors|Tensors|Colors?|RGB|Points_?|Cells_?"
)
_COMPONENT = re.compile(r"[A-Z]{1,2}\d?|\d*")
_TAG = re.compile(r"^ {6}(\S[^:\n]*): (.*)$", re.MULTILINE)  # as vtkSegment prints its tags, which it does not list
_TAGS = "  Tags:\n"
_SEGMENT_ID = "segmentID"  # attribute of a segment's item in the subject hierarchy
_SHOWN = ("Visibility", "Visibility3D", "Visibility2DFill", "Visibility2DOutline", "Pickable")
_SHOWN += ("Opacity3D", "Opacity2DFill", "Opacity2DOutline", "OverrideColor")


class Said(NamedTuple):
    """One text, and how it is taken out and put back, as in ``scenetrace.Trace``."""

    what: str
    before: str
    after: str
    remove: Callable[[], bool]
    restore: Callable[[], bool]


def said(what: str, entry: Entry, before: str, after: str | None) -> Said:
    """Return a text that becomes another one; None: nothing is left of it."""
    return Said(what, before, after or "", lambda: entry.change(before, after), lambda: entry.change(after, before))


def segments(node: object, texts: FreeText) -> Iterator[Said]:
    """Yield what the segments of a segmentation say: names, tags, IDs."""
    cleaned = texts.cleaned
    for n in range(node.GetSegmentation().GetNumberOfSegments()):
        segment = node.GetSegmentation().GetNthSegment(n)
        name, instead = segment.GetName() or "", _("Segment {n}").format(n=n + 1)
        if cleaned(name) != name and name != instead:
            entry = Entry(_isIn(node, segment), segment.GetName, segment.SetName)
            yield said(_("segment"), entry, name, cleaned(name) or instead)
        yield from _tags(node, segment, texts)
    yield from _ids(node, cleaned)


def _isIn(node: object, segment: object) -> Callable[[], bool]:
    """Return what says whether a segment is still one of a node in the scene."""
    return lambda: node.GetScene() is not None and bool(node.GetSegmentation().GetSegmentIdBySegment(segment))


def _ids(node: object, cleaned: Callable[[str], str]) -> Iterator[Said]:
    """Yield the IDs of segments that hold more than Slicer writes there, all of a segmentation at once."""
    earlier = node.GetSegmentation()
    ids = list(earlier.GetSegmentIDs())
    told = [one for one in ids if not _MADE.fullmatch(one) and cleaned(one) != one]
    free = (name for name in map("Segment_{}".format, count(1)) if name not in ids)
    names = {one: next(free) if one in told else one for one in ids}
    if not told:
        return

    def remove() -> bool:
        if node.GetScene() is None or node.GetSegmentation() is not earlier or list(earlier.GetSegmentIDs()) != ids:
            return False
        _swap(node, _renamed(earlier, names), names)
        return True

    def restore() -> bool:
        if node.GetScene() is None:
            return False
        now = node.GetSegmentation()
        old = {new: one for one, new in names.items() if now.GetSegment(new) is earlier.GetSegment(one)}
        back = {one: old.get(one, one) for one in now.GetSegmentIDs()}
        isWhole = list(back.values()) == ids  # none was added, deleted or moved
        _swap(node, earlier if isWhole else _renamed(now, back), back)
        return all(one in back.values() for one in told)

    yield Said(_("IDs of segments"), ", ".join(told), ", ".join(names[one] for one in told), remove, restore)


def _renamed(segmentation: object, names: dict[str, str]) -> object:
    """Return a segmentation whose segments are the same: nothing can rename one where it is."""
    fresh = slicer.vtkSegmentation()
    fresh.SetSourceRepresentationName(segmentation.GetSourceRepresentationName())
    fresh.CopyConversionParameters(segmentation)
    for one in segmentation.GetSegmentIDs():
        fresh.AddSegment(segmentation.GetSegment(one), names[one])
    return fresh


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


def _tags(node: object, segment: object, texts: FreeText) -> Iterator[Said]:
    """Yield the tags of a segment that hold more than clinical words; of Slicer's own ones, more than their terms."""
    own = {
        segment.GetTerminologyEntryTagName(): lambda term: scenewords.isTellingTerm(term, texts),
        "Segmentation.Status": lambda status: status not in scenewords.STATUSES,
    }
    for name, value in _tagsOf(segment):
        isTold = own[name](value) if name in own else texts.cleaned(value) != value or texts.cleaned(name) != name
        if isTold:
            entry = Entry(
                _isIn(node, segment),
                lambda name=name: dict(_tagsOf(segment)).get(name),
                lambda text, name=name: segment.RemoveTag(name) if text is None else segment.SetTag(name, text),
            )
            yield said(_("tag of a segment"), entry, value, None)._replace(before=f"{name}: {value}")


def _tagsOf(segment: object) -> list[tuple[str, str]]:
    _head, _found, printed = str(segment).partition(_TAGS)
    return [(name, value) for name, value in _TAG.findall(printed) if segment.HasTag(name)]


def arrays(node: object, cleaned: Callable[[str], str], numbers: Callable[[object], str]) -> Iterator[Said]:
    """Yield the names and texts of a model's arrays that hold more than clinical words, and numbers that tell.

    ``numbers`` returns the latter, shown as a text; they become zero, so that what is shown by them can be.
    """
    for array, number in _arraysOf(node.GetMesh()):
        isThere = _holds(node, array)
        yield from _components(array, isThere, cleaned)
        name = array.GetName() or ""
        after = _nameAfter(name, number, cleaned)
        if after != name:
            yield said(_("field of the data"), Entry(isThere, array.GetName, array.SetName), name, after)
        if array.IsA("vtkStringArray"):
            yield from _values(array, isThere, cleaned)
        elif shown := numbers(array):
            yield _zeros(array, isThere, shown)


def _components(array: object, isThere: Callable[[], bool], cleaned: Callable[[str], str]) -> Iterator[Said]:
    """Yield the names of an array's components, such as X, Y and Z."""
    for n in range(array.GetNumberOfComponents() if array.HasAComponentName() else 0):
        name, instead = array.GetComponentName(n) or "", str(n + 1)
        if not _COMPONENT.fullmatch(name) and cleaned(name) != name:
            entry = Entry(isThere, bound(array.GetComponentName, n), bound(array.SetComponentName, n))
            yield said(_("name of a component"), entry, name, cleaned(name) or instead)


def arrayNames(node: object, cleaned: Callable[[str], str]) -> dict[str, str]:
    """Return what becomes of the names of a model's arrays."""
    named = [(array.GetName() or "", number) for array, number in _arraysOf(node.GetMesh())]
    return {name: _nameAfter(name, number, cleaned) for name, number in named}


def _nameAfter(name: str, number: int, cleaned: Callable[[str], str]) -> str:
    return name if _NAMED.fullmatch(name) else cleaned(name) or f"Array {number}"


def _arraysOf(data: object) -> Iterator[tuple[object, int]]:
    """Yield the arrays of a mesh, numbered; None has none."""
    numbers = count(1)
    for fields in () if data is None else (data.GetPointData(), data.GetCellData(), data.GetFieldData()):
        for n in range(fields.GetNumberOfArrays()):
            yield fields.GetAbstractArray(n), next(numbers)


def _holds(node: object, array: object) -> Callable[[], bool]:
    """Return what says whether an array is still one of a model in the scene."""
    return lambda: node.GetScene() is not None and any(each is array for each, _n in _arraysOf(node.GetMesh()))


def _values(array: object, isThere: Callable[[], bool], cleaned: Callable[[str], str]) -> Iterator[Said]:
    """Yield the texts in an array, as one."""

    def read() -> list[str]:
        return [array.GetValue(n) for n in range(array.GetNumberOfValues())]

    before = read()
    after = [cleaned(text) for text in before]

    def change(old: list[str], new: list[str]) -> bool:
        if not isThere() or read() != old:
            return False
        for n, text in enumerate(new):
            array.SetValue(n, text)
        array.Modified()
        return True

    if after != before:
        shown = "; ".join(before), "; ".join(filter(None, after))
        yield Said(_("field of the data"), *shown, lambda: change(before, after), lambda: change(after, before))


def _zeros(array: object, isThere: Callable[[], bool], shown: str) -> Said:
    """Return the numbers of an array that all become zero."""
    before = numpy_support.vtk_to_numpy(array).copy()

    def change(old: np.ndarray, new: np.ndarray) -> bool:
        values = numpy_support.vtk_to_numpy(array)
        if not isThere() or not np.array_equal(values, old, equal_nan=values.dtype.kind == "f"):
            return False
        values[...] = new
        array.Modified()
        return True

    zeros = np.zeros_like(before)
    return Said(_("numbers of a field"), shown, "0", lambda: change(before, zeros), lambda: change(zeros, before))
