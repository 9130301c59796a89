# SPDX-License-Identifier: Apache-2.0
"""What a scene tells of persons besides its images: found, taken out, and put back.

Of names, descriptions, labels and attributes that modules or users write, clinical words and quantities stay, as in
headers; of what Slicer needs to show the scene (parameters, display nodes) only what tells by its form (a path, a UID,
a date, a number of a record or telephone) or holds what the scene says of its patients.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import slicer
import vtk
from slicer.i18n import tr as _

from SlicerDeidWidgets import scenewords
from SlicerDeidWidgets.scenenodes import DICOM, OFTEN_TELLING, NodeTraces, isTelling
from SlicerDeidWidgets.scenetrace import FILES, PATIENTS, VIEWS, Entry, Trace, bound, changing

if TYPE_CHECKING:
    from SlicerDeidLib import FreeText

_KINDS_KNOWN = {"PatientName": "name", "PatientID": "number", "PatientBirthDate": "birth", "StudyDate": "date"}
_KINDS_KNOWN |= {"OtherPatientIDs": "number", "AccessionNumber": "number", "StudyID": "number"}
_KINDS_KNOWN |= {"ReferringPhysicianName": "name", "InstitutionName": "place", "PatientComments": "place"}
_KINDS_SPELLED = {name.lower(): kind for name, kind in _KINDS_KNOWN.items()}  # as modules write them: patient_name


def tracesOf(
    scene: object,
    ownNames: frozenset[str] = frozenset(),
    known: frozenset[tuple[str, str]] = frozenset(),
    turn: Callable[[], None] = lambda: None,
) -> list[Trace]:
    """List what a scene tells of persons; what is not saved with it is not looked at.

    Parameters
    ----------
    ownNames : frozenset of str
        Names that say nothing although they are no clinical words.
    known : frozenset of (str, str)
        What is known of its patients besides what it says now, as ``knownOf`` returned it.
    turn : callable
        Called before each text is judged: there may be many.
    """
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    texts = _Turning(_textsOf(known | knownOf(scene)), turn)
    views = list(_sceneViews(scene))
    gone = {node for _name, nodes in views for node in nodes}
    traces = list(_hierarchyTraces(hierarchy, texts))
    traces += [_removal(scene, name, nodes) for name, nodes in views]
    if scene.GetURL():
        address = Entry(lambda: True, lambda: scene.GetURL() or "", scene.SetURL)
        traces.append(changing(FILES, _("Scene"), address, scene.GetURL(), ""))
    for node in _nodesOf(scene, gone):
        traces += NodeTraces(node, texts, ownNames).all()
    return traces


class _Turning:
    """Texts as ``FreeText`` judges them, with a turn before each."""

    def __init__(self, texts: FreeText, turn: Callable[[], None]) -> None:
        self._texts, self._turn = texts, turn

    def __getattr__(self, name: str) -> object:
        return getattr(self._texts, name)

    def cleaned(self, text: str) -> str:
        self._turn()
        return self._texts.cleaned(text)

    def tells_by_form(self, text: str) -> bool:
        self._turn()
        return self._texts.tells_by_form(text)


@lru_cache(1)  # a scene is looked at again when it is saved
def _textsOf(known: frozenset[tuple[str, str]]) -> FreeText:
    from SlicerDeidLib import FreeText

    return FreeText(sorted(known))


def knownOf(scene: object) -> frozenset[tuple[str, str]]:
    """Return what the scene itself says of its patients, as ``FreeText`` takes it."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    known = []
    constants = slicer.vtkMRMLSubjectHierarchyConstants
    for item in _itemsOf(hierarchy):
        if hierarchy.GetItemLevel(item) == constants.GetDICOMLevelPatient():
            known.append(("name", hierarchy.GetItemName(item)))
        for name in hierarchy.GetItemAttributeNames(item):
            known.append((_KINDS_KNOWN.get(name.removeprefix(DICOM), ""), hierarchy.GetItemAttribute(item, name)))
    for node in _nodesOf(scene, set()):
        for name in node.GetAttributeNames() or ():
            known.append((_KINDS_KNOWN.get(name.removeprefix(DICOM), ""), node.GetAttribute(name)))
        for name in node.GetParameterNames() if node.IsA("vtkMRMLScriptedModuleNode") else ():
            known.append((_KINDS_SPELLED.get(re.sub(r"[\W_]", "", name).lower(), ""), node.GetParameter(name)))
    made = {_numbered(_("Patient"), number + 1) for number in range(len(known))}  # once the scene was made ready
    return frozenset((kind, value) for kind, value in known if kind and value and value not in made)


def _numbered(word: str, number: int) -> str:
    """Return what a patient, study or folder is called that has no other name."""
    return f"{word} {number}"


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
    def remove() -> bool:
        for node in nodes:
            scene.RemoveNode(node)
        return True

    def restore() -> bool:
        for node in reversed(nodes):
            scene.AddNode(node)
        return True

    return Trace(VIEWS, _("Stored view, with its picture"), name, "", remove, restore)


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
        where = _numbered(words.get(level, _("Item")), counts[level])
        name = hierarchy.GetItemName(item)
        after = texts.cleaned(name) if level != patient else ""
        if hierarchy.GetItemDataNode(item) is None and name not in (after, where):
            entry = Entry(
                lambda item=item: item in _itemsOf(hierarchy),
                bound(hierarchy.GetItemName, item),
                bound(hierarchy.SetItemName, item),
            )
            yield changing(PATIENTS, where, entry, name, after or where)
        for key in hierarchy.GetItemAttributeNames(item):
            value = hierarchy.GetItemAttribute(item, key)
            isLikely = key.startswith(OFTEN_TELLING) or isTelling(value, texts) or scenewords.isTellingKey(key, texts)
            if isLikely and not scenewords.isUsual(key, value):
                entry = _keyed(hierarchy, item, key, "ItemAttribute")
                yield changing(PATIENTS, f"{where}: {key.removeprefix(DICOM)}", entry, value, None)
        for key in hierarchy.GetItemUIDNames(item):
            entry = _keyed(hierarchy, item, key, "ItemUID")
            yield changing(PATIENTS, f"{where}: UID", entry, hierarchy.GetItemUID(item, key), None)


def _keyed(hierarchy: object, item: int, key: str, what: str) -> Entry:
    """Return an attribute or UID of an item."""
    names = getattr(hierarchy, f"Get{what}Names")
    read, write = getattr(hierarchy, f"Get{what}"), getattr(hierarchy, f"Set{what}")
    remove = getattr(hierarchy, f"Remove{what}")
    return Entry(
        lambda: item in _itemsOf(hierarchy),
        lambda: read(item, key) if key in names(item) else None,
        lambda value: remove(item, key) if value is None else write(item, key, value),
    )
