# SPDX-License-Identifier: Apache-2.0
"""Words that Slicer itself writes into a scene: they are kept, and what else stands in their places is looked at."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import slicer

if TYPE_CHECKING:
    from SlicerDeidLib import FreeText

MODALITY = "DICOM.Modality"
STATUSES = frozenset({"notstarted", "inprogress", "completed", "flagged"})
"""Values of a segment's tag Segmentation.Status."""

_LEVELS = frozenset({"Patient", "Study", "Series", "Subseries", "Folder"})  # of the subject hierarchy
_CLASS = re.compile(r"vtkMRML\w+Node")
_CODE = re.compile(r"(?=.*\d)[A-Z0-9.-]{1,18}")  # of SNOMED, DICOM, FMA, Radlex; it has digits
_PLACEHOLDER = re.compile(r"%[-+ #0-9.*]*l*[a-zA-Z]")  # of a format, as C's printf has it
_TITLED = re.compile(r"(?P<title>.*?)\s*\[(?P<unit>[^\[\]]{1,16})\](?: \(\d{1,2}\))?")
"""Title of a column with a unit, and with a number where several plugins measure the same."""

_NUMBERED = re.compile(r"[ _]\d{1,3}$")
_CODED = 3  # parts of a coded entry: scheme, value, meaning
_LISTS = re.compile(r"(?:Segmentation category and type|Anatomic codes) - [\w ]+")  # that Slicer's extensions bring


def isUsual(key: str, value: str) -> bool:
    """Say whether an attribute holds what Slicer writes there whoever the patient is."""
    if key == MODALITY:
        from SlicerDeidLib.formats.dicom.terms import MODALITIES

        return value in MODALITIES
    if key == "Level":
        return value in _LEVELS
    if key == "ModuleName":
        return hasattr(slicer.modules, value.lower())
    return bool(_CLASS.fullmatch(value)) and hasattr(slicer, value)


def isTellingKey(key: str, texts: FreeText) -> bool:
    """Say whether the name of an attribute tells of somebody: programs write no blanks there, people do."""
    isWritten = " " in key and texts.cleaned(key) != key
    return isWritten or texts.tells(key) or texts.tells_by_form(key)


def isTellingTerm(term: str, texts: FreeText) -> bool:
    """Say whether a term, as Slicer writes the one of a segment, holds more than codes and clinical words."""
    if texts.tells(term):
        return True
    for part in term.split("~"):
        coded = part.split("^")
        if len(coded) == _CODED:
            if isTellingCode(*coded, texts):
                return True
        elif not _LISTS.fullmatch(part) and texts.cleaned(part) != part:
            return True
    return False


def isTellingCode(scheme: str, value: str, meaning: str, texts: FreeText) -> bool:
    """Say whether a coded entry is more than a code and clinical words."""
    isCode = not value or _CODE.fullmatch(value) is not None or value in _standardTexts(scheme)
    isScheme = re.fullmatch(r"[A-Z0-9_-]{0,16}", scheme) is not None
    if not isCode or not isScheme or texts.tells("^".join((value, meaning))):
        return True
    return texts.cleaned(meaning) != meaning and meaning not in _standardTexts(scheme)


@cache
def _standardTexts(scheme: str) -> frozenset[str]:
    """Return a scheme's codes and meanings in PS3.16: units, segments of the liver called after a person."""
    from pydicom.sr.codedict import codes

    if scheme not in codes.schemes():
        return frozenset()
    held = getattr(codes, scheme).concepts.values()
    return frozenset(text for code in held for text in (code.value, code.meaning))


def isUnit(text: str, texts: FreeText) -> bool:
    """Say whether a text is a unit: what may stand behind a number."""
    return not texts.tells(text) and texts.cleaned(f"1 {text}") == f"1 {text}"


def cleanedTitle(text: str, texts: FreeText) -> str:
    """Return what may stay of a title, with the unit in brackets at its end: Slicer writes "Volume [mm3] (1)"."""
    titled = _TITLED.fullmatch(text)
    if titled is None or not isUnit(titled["unit"], texts):
        return texts.cleaned(text)
    title = texts.cleaned(titled["title"])
    after = title + text[titled.end("title") :]
    return after if title and not texts.tells(after) else title


def bareName(name: str) -> str:
    """Return a name without the number that Slicer puts behind one that is there already."""
    return _NUMBERED.sub("", name)


def isDefaultName(node: object, name: str, texts: FreeText) -> bool:
    """Say whether a markup is called as Slicer calls every new one of its kind, and no patient is."""
    bare = bareName(name)
    isMarkup = node.IsA("vtkMRMLMarkupsNode")
    return isMarkup and bare == _ofNewMarkup(type(node))[0] and not texts.names(bare)


@cache
def _ofNewMarkup(kind: Callable[[], object]) -> tuple[str, str]:
    """Return how Slicer calls new markups of a class, and how it labels their points."""
    fresh = kind()
    return fresh.GetDefaultNodeNamePrefix(), fresh.GetControlPointLabelFormat()


def isDefaultLabel(node: object, label: str, texts: FreeText) -> bool:
    """Say whether Slicer itself labels a point of a markup so: by a name and the point's number."""
    name, found, number = label.rpartition("-")
    isNumbered = bool(found) and re.fullmatch(r"[1-9]\d{0,3}", number) is not None
    isFormat = node.GetControlPointLabelFormat() == _ofNewMarkup(type(node))[1]
    isNamed = name == node.GetName() or isDefaultName(node, name, texts)
    return isNumbered and isFormat and isNamed and not texts.tells(label)


def isOwnDescription(node: object, texts: FreeText) -> bool:
    """Say whether the description of a node is the one that Slicer gives to every new one of its kind."""
    said = node.GetDescription() or ""
    if not said or texts.tells(said):
        return False
    fresh = node.NewInstance()
    if node.IsA("vtkMRMLColorTableNode"):
        fresh.SetType(node.GetType())
    return said == (fresh.GetDescription() or "")


def isTellingFormat(text: str, texts: FreeText) -> bool:
    """Say whether a format holds more than places for values and clinical words."""
    rest = _PLACEHOLDER.sub(" ", text).strip()
    return texts.tells(text) or texts.cleaned(rest) != rest
