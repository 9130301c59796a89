# SPDX-License-Identifier: Apache-2.0
"""What the measurements of a markup say: names, descriptions, units, formats and codes that users or modules give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

from SlicerDeidWidgets.scenecodes import coded
from SlicerDeidWidgets.scenedata import Said, said
from SlicerDeidWidgets.scenetrace import Entry, bound
from SlicerDeidWidgets.scenewords import isTellingFormat, isUnit

if TYPE_CHECKING:
    from SlicerDeidLib import FreeText

_CODES = ("Quantity", "Units", "Method", "Derivation")


def texts(node: object, judge: FreeText) -> Iterator[Said]:
    """Yield what of a markup's measurements holds more than clinical words, units and codes."""
    own = _namesOf(node.NewInstance())  # by these Slicer finds what it measures itself
    for n in range(node.GetNumberOfMeasurements()):
        measured = node.GetNthMeasurement(n)
        isThere = _holds(node, measured)
        entry = Entry(isThere, bound(measured.GetName), measured.SetName)
        name, after = measured.GetName() or "", judge.cleaned(measured.GetName() or "")
        instead = _("Measurement {n}").format(n=n + 1)
        if name not in (after, instead) and (judge.tells(name) or name not in own):
            yield said(_("name of a measurement"), entry, name, after or instead)
        entry = Entry(isThere, lambda measured=measured: measured.GetDescription() or "", measured.SetDescription)
        text, after = entry.read() or "", judge.cleaned(entry.read() or "")
        if text != after:
            yield said(_("description of a measurement"), entry, text, after)
        entry = Entry(isThere, lambda measured=measured: measured.GetUnits() or "", measured.SetUnits)
        text = entry.read() or ""
        if text and not isUnit(text, judge):
            yield said(_("unit of a measurement"), entry, text, judge.cleaned(text))
        entry = Entry(isThere, bound(measured.GetPrintFormat), measured.SetPrintFormat)
        text = measured.GetPrintFormat() or ""
        if isTellingFormat(text, judge):
            usual = slicer.vtkMRMLStaticMeasurement().GetPrintFormat()
            yield said(_("format of a measurement"), entry, text, usual)
        for kind in _CODES:
            read, write = getattr(measured, f"Get{kind}Code"), getattr(measured, f"Set{kind}Code")
            yield from coded(_("code of a measurement"), isThere, read, write, judge)


def isDescription(node: object, judge: FreeText) -> bool:
    """Say whether the measurements of a markup are its description, as Slicer writes it, and it tells no more."""
    held = (node.GetNthMeasurement(n) for n in range(node.GetNumberOfMeasurements()))
    held = (one for one in held if one.GetEnabled() and one.GetValueDefined())
    shown = [f"{one.GetName()}: {one.GetValueWithUnitsAsPrintableString()}" for one in held]
    said = node.GetDescription()
    return said == "; ".join(shown) and (not judge.tells(said) or any(True for _said in texts(node, judge)))


def _namesOf(node: object) -> frozenset[str]:
    return frozenset(node.GetNthMeasurement(n).GetName() for n in range(node.GetNumberOfMeasurements()))


def _holds(node: object, measured: object) -> Callable[[], bool]:
    """Return what says whether a measurement is still one of a markup in the scene."""

    def isThere() -> bool:
        numbers = range(node.GetNumberOfMeasurements())
        return node.GetScene() is not None and any(node.GetNthMeasurement(n) is measured for n in numbers)

    return isThere
