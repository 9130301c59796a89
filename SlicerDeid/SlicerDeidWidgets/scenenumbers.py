# SPDX-License-Identifier: Apache-2.0
"""Numbers in a scene that tell of persons: columns of tables and fields of models that hold record numbers or dates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import vtk
from vtk.util import numpy_support

from SlicerDeidWidgets.scenedata import MEASURED

if TYPE_CHECKING:
    from SlicerDeidLib import FreeText

_MEASURED_BELOW = 10_000  # numbers of four digits and fewer stand anywhere, as in cells of texts
_RECORD_FROM = 1_000_000  # a number of 7 digits may be one of a record
_WHOLE_BELOW = 1e18  # larger ones are no whole numbers in 64 bits
_APART = "\n" * 5  # more than may stand between the digits of one number
_SHOWN = 8  # numbers of an array
_WHOLE = r"-?(?:0|[1-9]\d{0,2})"  # of a list: no year, and no part of a number that begins with zero
_MEASURE = rf"(?:{_WHOLE}|-?(?:0|[1-9]\d{{0,3}})\.\d+)(?:[eE][-+]?\d{{1,3}})?"
_LIST = re.compile(rf"[\[(]?\s*{_MEASURE}(?:(?:\s*[,;]\s*|\s+){_MEASURE})*\s*[\])]?")
_COUNTS = re.compile(r"\D*(?:\d{1,2}\D+){2}\d\D*|\D*(?:\d\D+){1,5}\d\D*|\D*\d+\D*")
"""Whole numbers that are too short for a date or a telephone number."""

_FRACTION = re.compile(r"[.eE]")
_OWN = re.compile(r"vtk\w+|GlobalIds|PedigreeIds")  # what VTK numbers itself


def areMeasured(text: str, texts: FreeText) -> bool:
    """Say whether a text is a short number, or a list of measured ones such as the coordinates of a point.

    Whole numbers in a list may be parts of a date or of a telephone number: they are only where they are too short.
    """
    if MEASURED.fullmatch(text):
        return not texts.tells(text)
    isList = _LIST.fullmatch(text.strip()) and (_FRACTION.search(text) or _COUNTS.fullmatch(text))
    return bool(isList) and not texts.tells(text) and not texts.tells_by_form(text)


def told(array: object, texts: FreeText) -> str:
    """Return the numbers of an array, the first few, if they tell of somebody; mostly nothing.

    One number that is known of a patient does; else half of them must look like those of a record or like dates.
    Whole numbers only, in arrays of any type: measured values have a fraction.
    """
    if not isinstance(array, vtk.vtkDataArray) or _OWN.fullmatch(array.GetName() or ""):
        return ""
    values = numpy_support.vtk_to_numpy(array).ravel()
    values = values[np.abs(values) >= _MEASURED_BELOW]
    values = values[np.abs(values) < _WHOLE_BELOW]  # infinite ones and what is no number are not
    if values.size == 0 or np.any(values != np.floor(values)):
        return ""
    numbers = np.unique(values.astype(np.int64))
    isKnown = texts.tells_as_written(_APART.join(map(str, numbers.tolist())))
    if not isKnown and not _areOfRecords(array, values, texts):
        return ""
    more = "; ..." if numbers.size > _SHOWN else ""
    return "; ".join(map(str, numbers[:_SHOWN].tolist())) + more


def _areOfRecords(array: object, values: np.ndarray, texts: FreeText) -> bool:
    """Say whether half of the numbers of an array but zeros are long ones that say something by their form."""
    long = values[np.abs(values) >= _RECORD_FROM]
    nonzero = np.count_nonzero(numpy_support.vtk_to_numpy(array))
    if 2 * long.size < nonzero:
        return False
    some = np.unique(long.astype(np.int64))[:_SHOWN].tolist()
    return any(texts.tells_by_form(str(number)) for number in some)
