# SPDX-License-Identifier: Apache-2.0
"""NodeTraces: what one node of a scene says of persons."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from slicer.i18n import tr as _

from SlicerDeidWidgets import scenecodes, scenedata, sceneindices, scenemeasures, scenenumbers, scenetables, scenewords
from SlicerDeidWidgets.scenetrace import ATTRIBUTES, FILES, NAMES, TEXTS, Entry, Trace, bound, changing, staying

if TYPE_CHECKING:
    from SlicerDeidLib import FreeText

DICOM = "DICOM."
"""Begins the names of attributes that Slicer copies from headers."""

OFTEN_TELLING = (DICOM, "Level", "ModuleName")
"""Begin the names of attributes that go unless they hold what Slicer writes there whoever the patient is."""

_NAMED_BY_USERS = ("vtkMRMLDisplayableNode", "vtkMRMLStorableNode", "vtkMRMLPlotChartNode", "vtkMRMLPlotSeriesNode")


def isTelling(text: str, texts: FreeText) -> bool:
    """Say whether a text that Slicer needs tells by its form, as a path or a date does, or holds what is known."""
    return texts.tells_by_form(text) or texts.tells(text)


class NodeTraces:
    """What one node says.

    Parameters
    ----------
    ownNames : frozenset of str
        Names that say nothing although they are no clinical words.
    """

    def __init__(self, node: object, texts: FreeText, ownNames: frozenset[str]) -> None:
        self._node, self._texts, self._ownNames = node, texts, ownNames
        number = re.search(r"\d*$", node.GetID() or "").group()
        self._place = f"{node.GetNodeTagName()} {number}".strip()
        self._isData = any(map(node.IsA, _NAMED_BY_USERS)) and not node.GetHideFromEditors()

    def all(self) -> Iterator[Trace]:
        """Yield them."""
        node = self._node
        yield from self._naming()
        yield from self._attributes()
        yield from self._roles()
        for own, find in {
            "vtkMRMLStorageNode": self._files,
            "vtkMRMLTextNode": self._text,
            "vtkMRMLTableNode": self._table,
            "vtkMRMLMarkupsNode": self._labels,
            "vtkMRMLSegmentationNode": self._segments,
            "vtkMRMLScriptedModuleNode": self._parameters,
            "vtkMRMLPlotChartNode": self._titles,
            "vtkMRMLPlotSeriesNode": self._columns,
            "vtkMRMLSequenceNode": self._indices,
            "vtkMRMLSequenceBrowserNode": self._format,
            "vtkMRMLAbstractViewNode": self._layoutLabel,
            "vtkMRMLCameraNode": self._layoutName,
            "vtkMRMLColorTableNode": self._colors,
            "vtkMRMLVolumeNode": self._quantities,
            "vtkMRMLModelNode": self._arrays,
            "vtkMRMLDisplayNode": self._shownArray,
            "vtkMRMLColorLegendDisplayNode": self._legend,
            "vtkMRMLAnnotationSnapshotNode": self._snapshot,
        }.items():
            if node.IsA(own):
                yield from find()

    def _naming(self) -> Iterator[Trace]:
        node = self._node
        name = node.GetName() or ""
        if name and self._nameAfter(name) != name:
            entry = self._entry(node.GetName, node.SetName)
            yield changing(NAMES, self._place, entry, name, self._nameAfter(name))
        isMeasured = node.IsA("vtkMRMLMarkupsNode") and scenemeasures.isDescription(node, self._texts)
        if not isMeasured and not scenewords.isOwnDescription(node, self._texts):
            yield from self._cleaned(_("description"), self._entry(node.GetDescription, node.SetDescription))

    def _nameAfter(self, name: str) -> str:
        """Return what becomes of a name: never nothing, for users choose nodes by it."""
        own = (self._node.GetNodeTagName(), self._node.GetClassName().removeprefix("vtk"))  # what Slicer calls it
        isOwn = scenewords.bareName(name) in {*self._ownNames, *own}
        if isOwn or scenewords.isDefaultName(self._node, name, self._texts):
            return name
        if self._isData:
            return self._texts.cleaned(name) or self._place
        return self._place if isTelling(name, self._texts) else name

    def _attributes(self) -> Iterator[Trace]:
        node = self._node
        for key in node.GetAttributeNames() or ():
            value = node.GetAttribute(key) or ""
            if scenewords.isUsual(key, value) or not (key.startswith(OFTEN_TELLING) or self._isUnknown(key, value)):
                continue
            entry = Entry(self._isThere, bound(node.GetAttribute, key), bound(node.SetAttribute, key))
            yield changing(ATTRIBUTES, f"{self._place}: {key.removeprefix(DICOM)}", entry, value, None)

    def _isUnknown(self, key: str, value: str) -> bool:
        """Say whether an attribute holds more than clinical words, short numbers and references to nodes."""
        if isTelling(value, self._texts) or scenewords.isTellingKey(key, self._texts):
            return True
        isReference = all(self._node.GetScene().GetNodeByID(word) for word in value.split()) if value else True
        return self._isData and not isReference and self._texts.cleaned(value) != value

    def _roles(self) -> Iterator[Trace]:
        """Yield the references whose role, the word by which a module finds them, tells of somebody."""
        node = self._node
        for n in range(node.GetNumberOfNodeReferenceRoles()):
            role = node.GetNthNodeReferenceRole(n)
            if not (role and self._texts.tells(role) and node.GetNumberOfNodeReferences(role)):
                continue
            ids = [node.GetNthNodeReferenceID(role, k) for k in range(node.GetNumberOfNodeReferences(role))]

            def write(value: str | None, role: str = role, ids: tuple[str, ...] = tuple(ids)) -> None:
                node.RemoveNodeReferenceIDs(role)
                for one in ids if value else ():
                    node.AddNodeReferenceID(role, one)

            def read(role: str = role) -> str | None:
                return role if node.GetNumberOfNodeReferences(role) else None

            entry = Entry(self._isThere, read, write)
            yield changing(ATTRIBUTES, f"{self._place}: {_('role of a reference')}", entry, role, None)

    def _files(self) -> Iterator[Trace]:
        node = self._node

        def named() -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
            files = tuple(node.GetNthFileName(n) for n in range(node.GetNumberOfFileNames()))
            uris = tuple(node.GetNthURI(n) for n in range(node.GetNumberOfURIs()))
            return node.GetFileName() or "", node.GetURI() or "", files, uris

        before = name, uri, files, uris = named()
        if not any(before):
            return

        def isNothing() -> bool:
            """Say whether it names no file: Slicer makes the scene's own folder of no name when it saves."""
            file, *others = named()
            return not any(others) and (not file or Path(file) == Path(node.GetScene().GetRootDirectory()).absolute())

        def remove() -> bool:
            if not self._isThere() or named() != before:
                return False
            node.ResetFileNameList()
            node.ResetURIList()
            node.SetFileName("")
            node.SetURI(None)
            return True

        def restore() -> bool:
            if not self._isThere() or not isNothing():
                return False
            node.SetFileName(name)
            node.SetURI(uri or None)
            for file in files:
                node.AddFileName(file)
            for one in uris:
                node.AddURI(one)
            return True

        more = _("{file} and {count} more").format(file=name or uri, count=len(files)) if len(files) > 1 else name
        kind = node.GetNodeTagName().removesuffix("Storage").removesuffix("Archetype")
        yield Trace(FILES, _("File of a node: {kind}").format(kind=kind), more or uri, "", remove, restore)

    def _text(self) -> Iterator[Trace]:
        yield from self._cleaned(_("text"), self._entry(self._node.GetText, self._node.SetText))

    def _table(self) -> Iterator[Trace]:
        yield from map(self._said, scenetables.texts(self._node, self._texts))

    def _columns(self) -> Iterator[Trace]:
        """Yield the columns that a series of a plot names: they follow those of its table."""
        node = self._node
        of = node.GetTableNode()
        names = {} if of is None else scenetables.names(of, self._texts)
        for axis in ("X", "Y", "Label"):
            entry = self._entry(getattr(node, f"Get{axis}ColumnName"), getattr(node, f"Set{axis}ColumnName"))
            yield from self._following(_("column of a plot"), entry, names)

    def _shownArray(self) -> Iterator[Trace]:
        """Yield the array that a display shows: it follows those of the model."""
        node = self._node
        of = node.GetDisplayableNode() if node.IsA("vtkMRMLModelDisplayNode") else None
        isModel = of is not None and of.IsA("vtkMRMLModelNode")
        names = scenedata.arrayNames(of, self._texts.cleaned) if isModel else {}
        entry = self._entry(node.GetActiveScalarName, node.SetActiveScalarName)
        yield from self._following(_("field that is shown"), entry, names)

    def _following(self, what: str, entry: Entry, names: dict[str, str]) -> Iterator[Trace]:
        """Yield what becomes of a text that names something else, whose own name changes."""
        name = entry.read() or ""
        after = names.get(name, "" if self._texts.tells(name) else name)
        if after != name:
            yield changing(TEXTS, f"{self._place}: {what}", entry, name, after)

    def _legend(self) -> Iterator[Trace]:
        node = self._node
        yield from self._cleaned(_("title"), self._entry(node.GetTitleText, node.SetTitleText))
        entry = self._entry(node.GetLabelFormat, node.SetLabelFormat)
        yield from self._formatted(_("format of labels"), entry, node.NewInstance().GetLabelFormat())

    def _snapshot(self) -> Iterator[Trace]:
        said = self._entry(self._node.GetSnapshotDescription, self._node.SetSnapshotDescription)
        yield from self._cleaned(_("description of a snapshot"), said)

    def _labels(self) -> Iterator[Trace]:
        node = self._node
        for n in range(node.GetNumberOfControlPoints()):
            point = node.GetNthControlPointID(n)
            label = self._ofPoint(point, node.GetNthControlPointLabel, node.SetNthControlPointLabel)
            if not self._isDefaultLabel(label.read() or ""):
                yield from self._cleaned(_("label"), label, str(n + 1))
            said = self._ofPoint(point, node.GetNthControlPointDescription, node.SetNthControlPointDescription)
            yield from self._cleaned(_("description of a point"), said)
        label = self._entry(node.GetControlPointLabelFormat, node.SetControlPointLabelFormat)
        yield from self._told(_("format of labels"), label)
        yield from map(self._said, scenemeasures.texts(node, self._texts))

    def _isDefaultLabel(self, label: str) -> bool:
        """Say whether Slicer itself numbers a point so: by the name of its markup, which stays."""
        name = self._node.GetName() or ""
        isDefault = scenewords.isDefaultLabel(self._node, label, self._texts)
        isNamed = label.startswith(f"{name}-") and self._nameAfter(name) != name
        return isDefault and not isNamed

    def _ofPoint(self, point: str, read: Callable[[int], str], write: Callable[[int, str], object]) -> Entry:
        """Return a text of a point, which is known by its ID: its number changes when others are deleted."""
        node = self._node

        def number() -> int:
            return node.GetControlPointIndexByID(point)  # -1: deleted

        return Entry(
            lambda: self._isThere() and number() >= 0,
            lambda: read(number()) or "",
            lambda text: write(number(), text),
        )

    def _titles(self) -> Iterator[Trace]:
        node = self._node
        yield from self._cleaned(_("title"), self._entry(node.GetTitle, node.SetTitle))
        for axis in ("X", "Y"):
            entry = self._entry(getattr(node, f"Get{axis}AxisTitle"), getattr(node, f"Set{axis}AxisTitle"))
            text, after = entry.read(), scenewords.cleanedTitle(entry.read(), self._texts)
            if after != text:
                yield changing(TEXTS, f"{self._place}: {_('title of an axis')}", entry, text, after)
        font = self._entry(node.GetFontType, node.SetFontType)
        yield from self._told(_("font"), font, node.NewInstance().GetFontType() or "")

    def _indices(self) -> Iterator[Trace]:
        node = self._node
        yield from self._cleaned(_("name of the index"), self._entry(node.GetIndexName, node.SetIndexName))
        yield from self._told(_("unit of the index"), self._entry(node.GetIndexUnit, node.SetIndexUnit))
        yield from map(self._said, sceneindices.indices(node, self._texts))

    def _format(self) -> Iterator[Trace]:
        node = self._node
        entry = self._entry(node.GetIndexDisplayFormat, node.SetIndexDisplayFormat)
        yield from self._formatted(_("format of the index"), entry, node.NewInstance().GetIndexDisplayFormat())

    def _layoutLabel(self) -> Iterator[Trace]:
        node = self._node
        yield from self._told(_("label in the layout"), self._entry(node.GetLayoutLabel, node.SetLayoutLabel))
        for text in sorted({node.GetLayoutName() or "", node.GetSingletonTag() or "", node.GetID() or ""}):
            if self._texts.tells(text):  # by these Slicer finds the view
                yield staying(_("Name or ID of a view"), text)

    def _layoutName(self) -> Iterator[Trace]:
        name = self._entry(self._node.GetLayoutName, self._node.SetLayoutName)
        yield from self._told(_("name in the layout"), name, self._place)

    def _colors(self) -> Iterator[Trace]:
        """Yield names of colors: those that users make or load, not Slicer's own."""
        node = self._node
        if node.GetType() in (node.User, node.File):
            for n in range(node.GetNumberOfColors()):
                name = Entry(
                    lambda n=n: self._isThere() and n < node.GetNumberOfColors(),
                    bound(node.GetColorName, n),
                    bound(node.SetColorName, n),
                )
                yield from self._told(_("name of a color"), name, str(n))
            yield from map(self._said, scenecodes.colors(node, self._texts))

    def _quantities(self) -> Iterator[Trace]:
        yield from map(self._said, scenecodes.quantities(self._node, self._texts))

    def _segments(self) -> Iterator[Trace]:
        yield from map(self._said, scenedata.segments(self._node, self._texts))
        yield from map(self._said, scenecodes.conversions(self._node, self._texts))

    def _arrays(self) -> Iterator[Trace]:
        yield from map(self._said, scenedata.arrays(self._node, self._texts.cleaned, self._numbers))

    def _numbers(self, array: object) -> str:
        return scenenumbers.told(array, self._texts)

    def _said(self, said: scenedata.Said) -> Trace:
        return Trace(TEXTS, f"{self._place}: {said.what}", *said[1:])

    def _parameters(self) -> Iterator[Trace]:
        node = self._node
        yield from self._told(_("name of a module"), self._entry(node.GetModuleName, node.SetModuleName))
        for name in node.GetParameterNames():
            value = node.GetParameter(name)
            if isTelling(value, self._texts) or self._texts.tells(name):
                held = Entry(
                    self._isThere,
                    lambda name=name: node.GetParameter(name) if name in node.GetParameterNames() else None,
                    lambda text, name=name: (
                        node.UnsetParameter(name) if text is None else node.SetParameter(name, text)
                    ),
                )
                yield changing(TEXTS, f"{self._place}: {name}", held, value, None)

    def _isThere(self) -> bool:
        return self._node.GetScene() is not None

    def _entry(self, read: Callable[[], str | None], write: Callable[[str], object]) -> Entry:
        """Return a text of the node, which is empty where the node has none."""
        return Entry(self._isThere, lambda: read() or "", write)

    def _told(self, what: str, entry: Entry, instead: str = "") -> Iterator[Trace]:
        """Yield what becomes of a text that Slicer needs, if it tells of somebody."""
        text = entry.read()
        if text and isTelling(text, self._texts):
            yield changing(TEXTS, f"{self._place}: {what}", entry, text, instead)

    def _formatted(self, what: str, entry: Entry, usual: str) -> Iterator[Trace]:
        """Yield what becomes of the format of a number, if it holds more than that."""
        text = entry.read() or ""
        if scenewords.isTellingFormat(text, self._texts):
            yield changing(TEXTS, f"{self._place}: {what}", entry, text, usual)

    def _cleaned(self, what: str, entry: Entry, instead: str = "") -> Iterator[Trace]:
        """Yield what becomes of a text, if anything does."""
        text = entry.read() or ""
        after = self._texts.cleaned(text)
        if after != text and text != instead:
            yield changing(TEXTS, f"{self._place}: {what}", entry, text, after or instead)
