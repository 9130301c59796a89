# SPDX-License-Identifier: Apache-2.0
"""Numbers in a scene that tell of persons: columns of tables and fields of models that hold record numbers or dates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import vtk
from vtk.util import numpy_support

if TYPE_CHECKING:
    from SlicerDeidLib import FreeText

_MEASURED_BELOW = 10_000  # numbers of four digits and fewer stand anywhere, as in cells of texts
_RECORD_FROM = 1_000_000  # a number of 7 digits may be one of a record
_WHOLE_BELOW = 1e18  # larger ones are no whole numbers in 64 bits
_APART = "\n" * 5  # more than may stand between the digits of one number
_SHOWN = 8  # numbers of an array
_OWN = re.compile(r"vtk\w+|GlobalIds|PedigreeIds")  # what VTK numbers itself


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
