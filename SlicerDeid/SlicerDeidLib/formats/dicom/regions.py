# SPDX-License-Identifier: Apache-2.0
"""What an image says of its parts: regions that ultrasound devices declare, attributes as rules ask for them."""

from __future__ import annotations

import re
from functools import lru_cache

from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.values import text_value, word
from SlicerDeidLib.model.element import Elements

_REGIONS = 0x00186011
_PLACES = (0x00186018, 0x0018601A, 0x0018601C, 0x0018601E)  # left, top, right, bottom: PS3.3 C.8.5.5.1.1
_DATA_TYPE = 0x00186014  # 0: none, a part of the display without data (PS3.3 C.8.5.5.1.3)
_ROWS, _COLUMNS = 0x00280010, 0x00280011
_OVER_PX = 1  # pixels by which devices place a region's end over the edge
_TAG = re.compile(r"([0-9A-Fa-f]{4}),([0-9A-Fa-f]{4})")
_WORD_VRS = frozenset({"US", "SS"})


def declared_regions(file: DicomFile) -> tuple[tuple[int, int, int, int], ...]:
    """Return the regions with data that an image declares: row, column, height, width each.

    None when one of them is malformed or lies outside of the picture: then the others are not believed either.
    """
    element = file.dataset.get(_REGIONS)
    rows, columns = (word(file.dataset, tag, file.byte_order) or 0 for tag in (_ROWS, _COLUMNS))
    found = []
    for item in (element.items or []) if element is not None else []:
        if word(item, _DATA_TYPE, file.byte_order) == 0:
            continue
        left, top, right, bottom = (_long(item, tag, file.byte_order) for tag in _PLACES)
        if not (0 <= left < right < columns + _OVER_PX and 0 <= top < bottom < rows + _OVER_PX):
            return ()
        found.append((top, left, min(bottom + 1, rows) - top, min(right + 1, columns) - left))
    return tuple(found)


def _long(item: Elements, tag: int, byte_order: str) -> int:
    """Return a UL; -1 when absent or malformed."""
    element = item.get(tag)
    if element is None or element.items is not None or len(element.value) != 4:
        return -1
    return int.from_bytes(bytes(element.value), "big" if byte_order == "big" else "little")


def attribute_text(file: DicomFile, name: str) -> str | None:
    """Return an attribute of the top level as text: by keyword, or by "gggg,eeee"; None where the image has it not."""
    tag = _tag_of(name)
    element = None if tag is None else file.dataset.get(tag)
    if tag is None or element is None:
        return None
    if element.vr in _WORD_VRS:
        return str(word(file.dataset, tag, file.byte_order, signed=element.vr == "SS"))
    return "" if element.items is not None else text_value(file.dataset, tag)


@lru_cache(maxsize=256)
def _tag_of(name: str) -> int | None:
    from pydicom.datadict import tag_for_keyword  # late: only rules need it

    match = _TAG.fullmatch(name)
    return int(match[1] + match[2], 16) if match else tag_for_keyword(name)
