# SPDX-License-Identifier: Apache-2.0
"""Binary numbers: how values of the numeric VRs read, and how what is read is packed again."""

from __future__ import annotations

import math
import struct

NUMBER_FORMATS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "AT": "I", "FL": "f", "FD": "d", "SV": "q", "UV": "Q"}
"""The VRs whose values are binary numbers of one width (PS3.5 6.2), and their formats in ``struct``."""

_FLOATS = frozenset("fd")


def numbers_text(vr: str, value: bytes, *, is_big_endian: bool = False) -> str | None:
    r"""Return binary numbers as a person reads them; None where the bytes are no whole numbers.

    >>> numbers_text("US", bytes([7, 0, 8, 0]))
    '7\\8'
    """
    code = _order(is_big_endian) + NUMBER_FORMATS[vr]
    if len(value) % struct.calcsize(code):
        return None
    numbers = (number for (number,) in struct.iter_unpack(code, value))
    return "\\".join(f"{number:.9g}" if isinstance(number, float) else str(number) for number in numbers)


def packed_numbers(vr: str, text: str, *, is_big_endian: bool = False) -> bytes | None:
    r"""Return what a person wrote as binary numbers; None where the VR cannot hold it.

    >>> packed_numbers("US", "7\\8"), packed_numbers("US", "70000"), packed_numbers("FD", "one")
    (b'\x07\x00\x08\x00', None, None)
    """
    code = NUMBER_FORMATS[vr]
    is_float = code in _FLOATS
    try:
        numbers = [float(one) if is_float else int(one) for one in text.split("\\")]
        if not all(map(math.isfinite, numbers)):
            return None
        return struct.pack(f"{_order(is_big_endian)}{len(numbers)}{code}", *numbers)
    except (ValueError, OverflowError, struct.error):
        return None


def _order(is_big_endian: bool) -> str:
    return ">" if is_big_endian else "<"
