# SPDX-License-Identifier: Apache-2.0
"""Intervals: days since the subject's first study, where dates are not told (PS3.3 C.7.2.3)."""

from __future__ import annotations

import struct

from SlicerDeidLib.model.element import Element, Elements, tag_text
from SlicerDeidLib.model.record import Change

_OFFSET, _EVENT = 0x00120052, 0x00120053  # Longitudinal Temporal Offset from Event, Longitudinal Temporal Event Type
INTERVAL_TAGS = frozenset({_OFFSET, _EVENT})
_BASELINE = b"BASELINE"  # defined term: the first study
SOURCE = "PS3.3 C.7.2.3: the interval stands for the dates"


def write_interval(dataset: Elements, days: int, *, is_big_endian: bool) -> list[Change]:
    """Say in a data set how many days after the first study of its subject it was made; return what was changed."""
    dataset[_OFFSET] = Element(_OFFSET, "FD")
    dataset[_OFFSET].replace(struct.pack(">d" if is_big_endian else "<d", days))
    dataset[_EVENT] = Element(_EVENT, "CS")
    dataset[_EVENT].replace(_BASELINE)
    keywords = {_OFFSET: "LongitudinalTemporalOffsetFromEvent", _EVENT: "LongitudinalTemporalEventType"}
    return [Change(tag_text(tag), keyword, "added", SOURCE) for tag, keyword in keywords.items()]
