# SPDX-License-Identifier: Apache-2.0
"""Transfer syntaxes and value representations: how the bytes of a data set are to be read."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from functools import lru_cache

from SlicerDeidLib.errors import FormatError

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG = "1.2.840.10008.1.2.4."
JPEG_LS = frozenset({JPEG + "80", JPEG + "81"})
JPEG2000 = frozenset({JPEG + number for number in ("90", "91", "92", "93", "201", "202", "203")})  # and HTJ2K
_DEFLATED = frozenset({DEFLATED, "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})  # PS3.5 A.5, A.7, A.11
_NATIVE = frozenset({IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, DEFLATED})

_STANDARD = re.compile(r"1\.2\.840\.10008\.1\.2(?:\.1|\.1\.9[89]|\.2|\.4\.[0-9]{2,3}|\.5|\.8\.1)?")  # PS3.6 Table A-1

PIXEL_TAGS = (0x7FE00008, 0x7FE00009, 0x7FE00010)  # Float, Double Float Pixel Data, Pixel Data
PIXEL_DATA = 0x7FE00010
FLOAT_BITS = {0x7FE00008: 32, 0x7FE00009: 64}  # of one number in Float and in Double Float Pixel Data
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
UNDEFINED = 0xFFFFFFFF

_SHORT = ("AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM")
_LONG = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")
SHORT_VRS = {vr.encode(): vr for vr in (*_SHORT, "UI", "UL", "US")}  # PS3.5 7.1.2: a 16-bit length after the VR
LONG_VRS = {vr.encode(): vr for vr in _LONG}  # two reserved bytes and a length of 32 bits
SHORT_NAMES = frozenset(SHORT_VRS.values())
LONG_NAMES = frozenset(LONG_VRS.values())
NUL_PADDED = frozenset({"UI", "OB", "OW", "OD", "OF", "OL", "OV", "UN"})  # PS3.5 6.2: others are padded by a space
WORD_BYTES = {  # how wide a word is that byte order turns round, PS3.5 7.3
    **dict.fromkeys(("AT", "OW", "SS", "US"), 2),
    **dict.fromkeys(("FL", "OF", "OL", "SL", "UL"), 4),
    **dict.fromkeys(("FD", "OD", "OV", "SV", "UV"), 8),
}


@dataclass(frozen=True, slots=True)
class Syntax:
    """How the elements of a data set are encoded.

    Attributes
    ----------
    byte_order : str
        ``"little"`` or ``"big"``.
    is_encapsulated : bool
        Whether Pixel Data is compressed, in fragments.
    """

    uid: str
    byte_order: str
    is_explicit: bool
    is_deflated: bool
    is_encapsulated: bool


@lru_cache(maxsize=256)
def syntax_of(uid: str) -> Syntax:
    """Return how a transfer syntax encodes.

    Raises
    ------
    FormatError
        If ``uid`` is not a transfer syntax of the standard: what a private one means is unknown.
    """
    if not _STANDARD.fullmatch(uid):
        raise FormatError("the transfer syntax (0002,0010) is not one of the standard's; convert the file first")
    return Syntax(
        uid=uid,
        byte_order="big" if uid == EXPLICIT_BIG else "little",
        is_explicit=uid != IMPLICIT_LITTLE,
        is_deflated=uid in _DEFLATED,
        is_encapsulated=uid not in _NATIVE and uid not in _DEFLATED,
    )


@lru_cache(maxsize=1 << 16)
def dictionary_entry(tag: int) -> str:
    """Return the VR of a tag as PS3.6 writes it (``"US or SS"`` where it depends); ``"UN"`` when unknown."""
    from pydicom.datadict import dictionary_VR  # late: explicit files do not need it

    group, number = tag >> 16, tag & 0xFFFF
    if number == 0:
        return "UL"
    if group % 2:
        return "LO" if 0x10 <= number <= 0xFF else "UN"  # PS3.5 7.8.1: private creators
    try:
        vr = str(dictionary_VR(tag))
    except KeyError:
        return "UN"
    return "UN" if vr == "NONE" else vr


@lru_cache(maxsize=1 << 16)
def dictionary_vr(tag: int) -> str:
    """Return one VR for a tag: of several, the one that fits every value (``US`` for ``US or SS``, else ``OW``)."""
    vr = dictionary_entry(tag)
    if " or " not in vr:
        return vr
    return "OW" if "OW" in vr else vr.split(" or ", 1)[0]


@lru_cache(maxsize=1 << 16)
def short_vr(tag: int) -> str | None:
    """Return ``dictionary_vr`` where it is one of those whose values are short; None for all others."""
    vr = dictionary_vr(tag)
    return vr if vr in SHORT_NAMES else None


def swapped(value: bytes | memoryview, word_bytes: int) -> bytes:
    """Turn the bytes of every word of ``value`` round.

    Raises
    ------
    FormatError
        If the value is not a whole number of words.
    """
    if len(value) % word_bytes:
        raise FormatError("a binary value is not a whole number of words, its byte order cannot be changed")
    source = bytes(value)
    target = bytearray(len(source))
    for byte in range(word_bytes):
        target[byte::word_bytes] = source[word_bytes - 1 - byte :: word_bytes]
    return bytes(target)


@lru_cache(maxsize=4)
def header_struct(byte_order: str, is_explicit: bool) -> struct.Struct:
    """Return the layout of an element's first 8 bytes: group, number, VR and 16-bit length, or 32-bit length."""
    return struct.Struct((">" if byte_order == "big" else "<") + ("HH2sH" if is_explicit else "HHL"))
