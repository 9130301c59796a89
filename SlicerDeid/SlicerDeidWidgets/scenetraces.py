# SPDX-License-Identifier: Apache-2.0
"""What a scene tells of persons besides its images: found, taken out, and put back.

Of names, descriptions, labels and attributes that modules or users write, clinical words and quantities stay, as in
headers; of what Slicer needs to show the scene (parameters, display nodes) only what looks like a path, a UID or a
date, or holds what the scene says of its patients.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

import slicer
import vtk
from slicer.i18n import tr as _

from SlicerDeidWidgets import scenedata

if TYPE_CHECKING:
    from SlicerDeidLib import FreeText

PATIENTS, ATTRIBUTES, FILES, NAMES, TEXTS, VIEWS = "patients", "attributes", "files", "names", "texts", "views"
_DICOM = "DICOM."  # begins the names of attributes that Slicer copies from headers
_KEPT_ATTRIBUTES = frozenset({"DICOM.Modality", "Level", "ModuleName"})
_LOOK = re.compile(
    r"\d+(?:\.\d+){3,}"  # UID
    r"|[\\/][^\\/\s]+[\\/]|file:|https?:|^[A-Za-z]:[\\/]|^~?[\\/]"  # path, URL
    r"|(?<!\d)(?:19|20)\d\d[-./]?[01]\d[-./]?[0-3]\d(?!\d)"  # date
)
_NUMBERED = re.compile(r"[ _]\d{1,3}$")  # what Slicer puts behind a name that is there already
_MEASURED = re.compile(r"-?\d{1,4}(?:\.\d+)?")  # a number in a table that is too short for an ID
_KINDS_KNOWN = {"PatientName": "name", "PatientID": "number", "PatientBirthDate": "birth", "StudyDate": "date"}
_KINDS_KNOWN |= {"StudyID": "number", "PatientComments": "place"}


@dataclass(frozen=True)
class Trace:
    """One thing that tells of somebody.

    Attributes
    ----------
    kind : str
        ``PATIENTS``, ``ATTRIBUTES``, ``FILES``, ``NAMES``, ``TEXTS`` or ``VIEWS``.
    where : str
        What it is, in words.
    before, after : str
        The value now, and what becomes of it.
    remove, restore : callable
        Take it out of the scene; put it back as it was.
    """

    kind: str
    where: str
    before: str = field(repr=False)
    after: str = field(repr=False)
    remove: Callable[[], None] = field(repr=False)
    restore: Callable[[], None] = field(repr=False)


def tracesOf(scene: object, ownNames: frozenset[str] = frozenset()) -> list[Trace]:
    """List what a scene tells of persons; what is not saved with it is not looked at.

    Parameters
    ----------
    ownNames : frozenset of str
        Names that say nothing although they are no clinical words.
    """
    from SlicerDeidLib import FreeText

    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    texts = FreeText(_knownOf(hierarchy, scene))
    views = list(_sceneViews(scene))
    gone = {node for _name, nodes in views for node in nodes}
    traces = list(_hierarchyTraces(hierarchy, texts))
    traces += [_removal(scene, name, nodes) for name, nodes in views]
    if scene.GetURL():
        traces.append(_setting(FILES, _("Scene"), scene.GetURL(), "", scene.SetURL))
    for node in _nodesOf(scene, gone):
        traces += _NodeTraces(node, texts, ownNames).all()
    return traces


def _knownOf(hierarchy: object, scene: object) -> list[tuple[str, str]]:
    """Return what the scene itself says of its patients, as ``FreeText`` takes it."""
    known = []
    constants = slicer.vtkMRMLSubjectHierarchyConstants
    for item in _itemsOf(hierarchy):
        if hierarchy.GetItemLevel(item) == constants.GetDICOMLevelPatient():
            known.append(("name", hierarchy.GetItemName(item)))
        for name in hierarchy.GetItemAttributeNames(item):
            known.append((_KINDS_KNOWN.get(name.removeprefix(_DICOM), ""), hierarchy.GetItemAttribute(item, name)))
    for node in _nodesOf(scene, set()):
        for name in node.GetAttributeNames() or ():
            known.append((_KINDS_KNOWN.get(name.removeprefix(_DICOM), ""), node.GetAttribute(name)))
    return [(kind, value) for kind, value in known if kind and value]


def _itemsOf(hierarchy: object) -> Iterator[int]:
    """Yield the items below the scene's."""
    if hierarchy is None:
        return
    items = vtk.vtkIdList()
    hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), items, True)
    for n in range(items.GetNumberOfIds()):
        yield items.GetId(n)


def _nodesOf(scene: object, left: set[object]) -> Iterator[object]:
    """Yield the nodes that are saved with a scene, and those in its sequences, but none of ``left``."""
    for n in range(scene.GetNumberOfNodes()):
        node = scene.GetNthNode(n)
        if not node.GetSaveWithScene() or node in left or node.IsA("vtkMRMLSubjectHierarchyNode"):
            continue
        yield node
        if node.IsA("vtkMRMLSequenceNode") and node.GetSequenceScene() is not None:
            yield from _nodesOf(node.GetSequenceScene(), left)


def _sceneViews(scene: object) -> Iterator[tuple[str, list[object]]]:
    """Yield the stored views of a scene: each holds a picture, and the nodes as they were when it was stored."""
    logic = slicer.vtkSlicerSceneViewsModuleLogic
    name, value = logic.GetSceneViewNodeAttributeName(), logic.GetSceneViewNodeAttributeValue()
    for n in range(scene.GetNumberOfNodes()):
        node = scene.GetNthNode(n)
        if node.IsA("vtkMRMLSceneViewNode"):
            yield node.GetName() or "", [node]
        elif node.IsA("vtkMRMLSequenceBrowserNode") and node.GetAttribute(name) == value:
            sequences = vtk.vtkCollection()
            node.GetSynchronizedSequenceNodes(sequences, True)
            yield (
                node.GetName() or "",
                [node, *(sequences.GetItemAsObject(i) for i in range(sequences.GetNumberOfItems()))],
            )


def _removal(scene: object, name: str, nodes: list[object]) -> Trace:
    def remove() -> None:
        for node in nodes:
            scene.RemoveNode(node)

    def restore() -> None:
        for node in reversed(nodes):
            scene.AddNode(node)

    return Trace(VIEWS, _("Stored view, with its picture"), name, "", remove, restore)


def _setting(kind: str, where: str, before: str, after: str, write: Callable[[str], object]) -> Trace:
    return Trace(kind, where, before, after, lambda: write(after), lambda: write(before))


def _hierarchyTraces(hierarchy: object, texts: FreeText) -> Iterator[Trace]:
    """Yield what the subject hierarchy says: names of patients, studies and folders, attributes and UIDs of all."""
    constants = slicer.vtkMRMLSubjectHierarchyConstants
    patient, study = constants.GetDICOMLevelPatient(), constants.GetDICOMLevelStudy()
    words = {patient: _("Patient"), study: _("Study")}
    counts = dict.fromkeys((*words, ""), 0)
    for item in _itemsOf(hierarchy):
        level = hierarchy.GetItemLevel(item)
        level = level if level in words else ""
        counts[level] += 1
        where = f"{words.get(level, _('Item'))} {counts[level]}"
        name = hierarchy.GetItemName(item)
        after = texts.cleaned(name) if level != patient else ""
        if hierarchy.GetItemDataNode(item) is None and name not in (after, where):
            yield _setting(PATIENTS, where, name, after or where, _bound(hierarchy.SetItemName, item))
        for key in hierarchy.GetItemAttributeNames(item):
            value = hierarchy.GetItemAttribute(item, key)
            if key not in _KEPT_ATTRIBUTES and (key.startswith(_DICOM) or _isTelling(value, texts)):
                write = _bound(hierarchy.SetItemAttribute, item, key)
                drop = _bound(hierarchy.RemoveItemAttribute, item, key)
                yield Trace(PATIENTS, f"{where}: {key.removeprefix(_DICOM)}", value, "", drop, _bound(write, value))
        for key in hierarchy.GetItemUIDNames(item):
            value = hierarchy.GetItemUID(item, key)
            write = _bound(hierarchy.SetItemUID, item, key)
            drop = _bound(hierarchy.RemoveItemUID, item, key)
            yield Trace(PATIENTS, f"{where}: UID", value, "", drop, _bound(write, value))


def _bound(call: Callable[..., object], *first: object) -> Callable[..., object]:
    """Return ``call`` with its first arguments given."""
    return lambda *rest: call(*first, *rest)


def _isTelling(text: str, texts: FreeText) -> bool:
    return bool(_LOOK.search(text)) or texts.tells(text)


class _NodeTraces:
    """What one node says."""

    def __init__(self, node: object, texts: FreeText, ownNames: frozenset[str]) -> None:
        self._node, self._texts, self._ownNames = node, texts, ownNames
        number = re.search(r"\d*$", node.GetID() or "").group()
        self._place = f"{node.GetNodeTagName()} {number}".strip()
        self._isData = (node.IsA("vtkMRMLDisplayableNode") or node.IsA("vtkMRMLStorableNode")) and not (
            node.GetHideFromEditors()
        )

    def all(self) -> Iterator[Trace]:
        """Yield them."""
        node = self._node
        yield from self._naming()
        yield from self._attributes()
        for own, find in {
            "vtkMRMLStorageNode": self._files,
            "vtkMRMLTextNode": self._text,
            "vtkMRMLTableNode": self._cells,
            "vtkMRMLMarkupsNode": self._labels,
            "vtkMRMLSegmentationNode": self._segments,
            "vtkMRMLScriptedModuleNode": self._parameters,
            "vtkMRMLPlotChartNode": self._titles,
            "vtkMRMLSequenceNode": self._indices,
            "vtkMRMLAbstractViewNode": self._layoutLabel,
            "vtkMRMLColorTableNode": self._colors,
            "vtkMRMLVolumeNode": self._quantities,
            "vtkMRMLModelNode": self._arrays,
        }.items():
            if node.IsA(own):
                yield from find()

    def _naming(self) -> Iterator[Trace]:
        node = self._node
        name = node.GetName() or ""
        if name and self._nameAfter(name) != name:
            yield _setting(NAMES, self._place, name, self._nameAfter(name), node.SetName)
        yield from self._cleaned(_("description"), node.GetDescription(), node.SetDescription)

    def _nameAfter(self, name: str) -> str:
        """Return what becomes of a name: never nothing, for users choose nodes by it."""
        if _NUMBERED.sub("", name) in self._ownNames:
            return name
        if self._isData:
            return self._texts.cleaned(name) or self._place
        return self._place if _isTelling(name, self._texts) else name

    def _attributes(self) -> Iterator[Trace]:
        node = self._node
        for key in node.GetAttributeNames() or ():
            value = node.GetAttribute(key) or ""
            if key in _KEPT_ATTRIBUTES or not (key.startswith(_DICOM) or self._isUnknown(key, value)):
                continue
            drop, write = _bound(node.RemoveAttribute, key), _bound(node.SetAttribute, key, value)
            yield Trace(ATTRIBUTES, f"{self._place}: {key.removeprefix(_DICOM)}", value, "", drop, write)

    def _isUnknown(self, key: str, value: str) -> bool:
        """Say whether an attribute holds more than clinical words, short numbers and references to nodes."""
        if _isTelling(value, self._texts) or self._texts.tells(key):
            return True
        isReference = all(self._node.GetScene().GetNodeByID(word) for word in value.split()) if value else True
        return self._isData and not isReference and self._texts.cleaned(value) != value

    def _files(self) -> Iterator[Trace]:
        node = self._node
        files = [node.GetNthFileName(n) for n in range(node.GetNumberOfFileNames())]
        name, uri = node.GetFileName() or "", node.GetURI() or ""
        uris = [node.GetNthURI(n) for n in range(node.GetNumberOfURIs())]
        if not (name or uri or files or uris):
            return

        def remove() -> None:
            node.ResetFileNameList()
            node.ResetURIList()
            node.SetFileName("")
            node.SetURI(None)

        def restore() -> None:
            node.SetFileName(name)
            node.SetURI(uri or None)
            for file in files:
                node.AddFileName(file)
            for one in uris:
                node.AddURI(one)

        more = _("{file} and {count} more").format(file=name or uri, count=len(files)) if len(files) > 1 else name
        kind = node.GetNodeTagName().removesuffix("Storage").removesuffix("Archetype")
        yield Trace(FILES, _("File of a node: {kind}").format(kind=kind), more or uri, "", remove, restore)

    def _text(self) -> Iterator[Trace]:
        yield from self._cleaned(_("text"), self._node.GetText() or "", self._node.SetText)

    def _cells(self) -> Iterator[Trace]:
        node = self._node
        for column in range(node.GetNumberOfColumns()):
            title = node.GetColumnName(column)
            yield from self._cleaned(
                _("title of a column"), title, _bound(node.RenameColumn, column), _("Column {n}").format(n=column + 1)
            )
            if not node.GetTable().GetColumn(column).IsA("vtkStringArray"):
                continue
            for row in range(node.GetNumberOfRows()):
                text = node.GetCellText(row, column)
                if not _MEASURED.fullmatch(text):
                    yield from self._cleaned(_("cell"), text, _bound(node.SetCellText, row, column))

    def _labels(self) -> Iterator[Trace]:
        node = self._node
        for n in range(node.GetNumberOfControlPoints()):
            write = _bound(node.SetNthControlPointLabel, n)
            yield from self._cleaned(_("label"), node.GetNthControlPointLabel(n), write, str(n + 1))
            write = _bound(node.SetNthControlPointDescription, n)
            yield from self._cleaned(_("description of a point"), node.GetNthControlPointDescription(n), write)
        yield from self._told(_("format of labels"), node.GetControlPointLabelFormat(), node.SetControlPointLabelFormat)

    def _titles(self) -> Iterator[Trace]:
        node = self._node
        yield from self._cleaned(_("title"), node.GetTitle(), node.SetTitle)
        yield from self._cleaned(_("title of an axis"), node.GetXAxisTitle(), node.SetXAxisTitle)
        yield from self._cleaned(_("title of an axis"), node.GetYAxisTitle(), node.SetYAxisTitle)

    def _indices(self) -> Iterator[Trace]:
        node = self._node
        yield from self._cleaned(_("name of the index"), node.GetIndexName(), node.SetIndexName)
        yield from self._told(_("unit of the index"), node.GetIndexUnit(), node.SetIndexUnit)
        values = [node.GetNthIndexValue(n) for n in range(node.GetNumberOfDataNodes())]
        unused = (number for number in map(str, count(1)) if number not in values)
        for value in values:
            if not _MEASURED.fullmatch(value) and self._texts.cleaned(value) != value:
                instead = next(unused)
                remove = _bound(node.UpdateIndexValue, value, instead)
                restore = _bound(node.UpdateIndexValue, instead, value)
                yield Trace(TEXTS, f"{self._place}: {_('value of the index')}", value, instead, remove, restore)

    def _layoutLabel(self) -> Iterator[Trace]:
        yield from self._told(_("label in the layout"), self._node.GetLayoutLabel(), self._node.SetLayoutLabel)

    def _colors(self) -> Iterator[Trace]:
        node = self._node
        if node.GetType() == node.User:
            for n in range(node.GetNumberOfColors()):
                yield from self._told(_("name of a color"), node.GetColorName(n), _bound(node.SetColorName, n), str(n))

    def _quantities(self) -> Iterator[Trace]:
        node = self._node
        for entry, write in (
            (node.GetVoxelValueQuantity(), node.SetVoxelValueQuantity),
            (node.GetVoxelValueUnits(), node.SetVoxelValueUnits),
        ):
            if entry is not None and _isTelling(entry.GetAsPrintableString(), self._texts):
                value = entry.GetAsPrintableString()
                drop, restore = _bound(write, None), _bound(write, entry)
                yield Trace(TEXTS, f"{self._place}: {_('what its values measure')}", value, "", drop, restore)

    def _segments(self) -> Iterator[Trace]:
        segmentation = self._node.GetSegmentation()
        for n in range(segmentation.GetNumberOfSegments()):
            segment = segmentation.GetNthSegment(n)
            instead = _("Segment {n}").format(n=n + 1)
            yield from self._cleaned(_("segment"), segment.GetName() or "", segment.SetName, instead)
            tags = scenedata.segmentTags(segment, self._texts.cleaned, lambda text: _isTelling(text, self._texts))
            yield from (self._said(_("tag of a segment"), said) for said in tags)
        ids = scenedata.segmentIds(self._node, self._texts.cleaned)
        yield from (self._said(_("IDs of segments"), said) for said in ids)

    def _arrays(self) -> Iterator[Trace]:
        data = self._node.GetMesh()
        if data is not None:
            said = scenedata.arrays(data, self._texts.cleaned)
            yield from (self._said(_("field of the data"), each) for each in said)

    def _said(self, what: str, said: scenedata.Said) -> Trace:
        return Trace(TEXTS, f"{self._place}: {what}", *said)

    def _parameters(self) -> Iterator[Trace]:
        node = self._node
        yield from self._told(_("name of a module"), node.GetModuleName(), node.SetModuleName)
        for name in node.GetParameterNames():
            value = node.GetParameter(name)
            if _isTelling(value, self._texts) or self._texts.tells(name):
                drop = _bound(node.UnsetParameter, name)
                yield Trace(TEXTS, f"{self._place}: {name}", value, "", drop, _bound(node.SetParameter, name, value))

    def _told(self, what: str, text: str | None, write: Callable[[str], object], instead: str = "") -> Iterator[Trace]:
        """Yield what becomes of a text that Slicer needs, if it tells of somebody."""
        if text and _isTelling(text, self._texts):
            yield _setting(TEXTS, f"{self._place}: {what}", text, instead, write)

    def _cleaned(
        self, what: str, text: str | None, write: Callable[[str], object], instead: str = ""
    ) -> Iterator[Trace]:
        """Yield what becomes of a text, if anything does."""
        after = self._texts.cleaned(text) if text else text
        if text and after != text and text != instead:
            yield _setting(TEXTS, f"{self._place}: {what}", text, after or instead, write)
