# SPDX-License-Identifier: Apache-2.0
"""Coded entries and parameters of conversions in a scene: kept while they are codes, clinical words and numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

from SlicerDeidWidgets.scenedata import Said, said
from SlicerDeidWidgets.scenetrace import Entry
from SlicerDeidWidgets.scenewords import isTellingCode

if TYPE_CHECKING:
    from SlicerDeidLib import FreeText

_TERMS = ("Category", "Type", "TypeModifier", "Region", "RegionModifier")
_WORD = re.compile(r"[^\W\d_]{2,}")
_PARAMETER = re.compile(r"([^|&]+)\|[^|]*\|[^&]*&")  # as vtkSegmentation writes them: name, value, what it is


def quantities(node: object, texts: FreeText) -> Iterator[Said]:
    """Yield what the values of a volume measure, where that tells of somebody."""
    for read, write in (
        (node.GetVoxelValueQuantity, node.SetVoxelValueQuantity),
        (node.GetVoxelValueUnits, node.SetVoxelValueUnits),
    ):
        yield from coded(_("what its values measure"), lambda: node.GetScene() is not None, read, write, texts)


def coded(
    what: str, isThere: Callable[[], bool], read: Callable[[], object], write: Callable[[object], None], texts: FreeText
) -> Iterator[Said]:
    """Yield a coded entry that tells of somebody; nothing is left of it."""
    held = read()
    if held is not None and _isTelling(held, texts):
        entry = Entry(
            isThere,
            lambda: None if read() is None else read().GetAsPrintableString(),
            lambda text: write(held if text else None),
        )
        yield said(what, entry, held.GetAsPrintableString(), None)


def colors(node: object, texts: FreeText) -> Iterator[Said]:
    """Yield the terms of colors that hold more than codes and clinical words."""
    for n in range(node.GetNumberOfColors()):
        for what in _TERMS:
            coded = getattr(node, f"GetTerminology{what}")(n)
            if coded is not None and _isTelling(coded, texts):
                parts = coded.GetCodeValue(), coded.GetCodingSchemeDesignator(), coded.GetCodeMeaning()
                entry = Entry(
                    lambda n=n, what=what, coded=coded: (
                        node.GetScene() is not None and getattr(node, f"GetTerminology{what}")(n) is coded
                    ),
                    lambda coded=coded: coded.GetAsPrintableString() if coded.GetCodeValue() else None,
                    lambda text, coded=coded, parts=parts: (
                        coded.SetValueSchemeMeaning(*parts) if text else coded.Initialize()
                    ),
                )
                yield said(_("term of a color"), entry, coded.GetAsPrintableString(), None)


def _isTelling(coded: object, texts: FreeText) -> bool:
    value, scheme = coded.GetCodeValue() or "", coded.GetCodingSchemeDesignator() or ""
    return isTellingCode(scheme, value, coded.GetCodeMeaning() or "", texts)


def conversions(node: object, texts: FreeText) -> Iterator[Said]:
    """Yield the parameters of a segmentation's conversions that hold words; they get what a new one has."""
    usual = slicer.vtkSegmentation()
    for name in _PARAMETER.findall(usual.SerializeAllConversionParameters()):
        value = node.GetSegmentation().GetConversionParameter(name) or ""
        isWorded = _WORD.search(value) is not None and texts.cleaned(value) != value
        if isWorded or texts.tells(value):
            entry = Entry(
                lambda: node.GetScene() is not None,  # by then its segments may have other IDs, in another one
                lambda name=name: node.GetSegmentation().GetConversionParameter(name) or "",
                lambda text, name=name: node.GetSegmentation().SetConversionParameter(name, text),
            )
            yield said(_("parameter of a conversion"), entry, value, usual.GetConversionParameter(name) or "")
