# SPDX-License-Identifier: Apache-2.0
"""Wrapped: texts inside bytes that are written as base64 or hexadecimal digits, packed, swapped or in EBCDIC."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Iterator

_SHORTEST = 6  # bytes: what is unwrapped is searched for names of that many letters
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}[ :\-\r\n]{0,2}){6,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/\-_]{8,}(?:[\r\n]{1,2}[A-Za-z0-9+/\-_]+)*")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_PACKED = re.compile(rb"\x1f\x8b\x08|[\x08-\x78][\x01\x5e\x9c\xda]")  # gzip, RFC 1952; zlib, RFC 1950
_EITHER = zlib.MAX_WBITS | 32  # zlib.decompressobj: take zlib and gzip
_LARGEST_PACKED = 1 << 20  # bytes that are unpacked of one stream: a header never has more, and a bomb would
_MOST_STREAMS = 32  # per value
_SWAPPED = re.compile(rb"[A-Za-z^ =.,\-]{6,}")
_EBCDIC = re.compile(rb"[\x81-\x89\x91-\x99\xa2-\xa9\xc1-\xc9\xd1-\xd9\xe2-\xe9]{4,}")  # its letters
_TEXT = re.compile(
    rb"[A-Za-z0-9^=., \-]{4,}|(?:[\xc3-\xdf][\x80-\xbf]){3,}"
)  # ASCII, UTF-8: most that is unwrapped is none
_DEEPEST = 2  # packed, and that written as text


def unwrapped(value: bytes, deepest: int = _DEEPEST) -> Iterator[bytes]:
    """Yield what a value holds in a form in which no letter of it can be read; mostly nothing.

    Examples
    --------
    >>> list(unwrapped(b"6e616d652031"))[0], list(unwrapped(b"bmFtZSAxMjM="))
    (b'name 1', [b'name 123'])
    """
    if len(value) < _SHORTEST:
        return
    for inner in (*_of_text(value), *_streams(value)):
        if _TEXT.search(inner):
            yield inner
        if deepest > 1:
            yield from unwrapped(inner, deepest - 1)
    if deepest == _DEEPEST:
        yield from _other_letters(value)


def _of_text(value: bytes) -> Iterator[bytes]:
    """Yield what hexadecimal digits and base64 (RFC 4648) stand for."""
    for match in _HEX.finditer(value):
        digits = re.sub(rb"[^0-9A-Fa-f]", b"", match[0])
        yield bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
    for match in _BASE64.finditer(value):
        run = re.sub(rb"[\r\n]", b"", match[0]).translate(_URL_SAFE)
        run = run[: len(run) - (len(run) % 4 == 1)]
        try:
            inner = base64.b64decode(run + b"=" * (-len(run) % 4))
        except binascii.Error:
            continue
        if len(inner) >= _SHORTEST:
            yield inner


def _streams(value: bytes) -> Iterator[bytes]:
    """Yield the beginnings of what zlib and gzip packed."""
    found = 0
    for match in _PACKED.finditer(value):
        start = match.start()
        is_zlib = value[start] & 15 == 8 and int.from_bytes(value[start : start + 2], "big") % 31 == 0
        if not is_zlib and value[start] != 0x1F:
            continue
        try:
            inner = zlib.decompressobj(_EITHER).decompress(value[start:], _LARGEST_PACKED)
        except zlib.error:
            continue
        if len(inner) >= _SHORTEST:
            yield inner
        found += 1
        if found == _MOST_STREAMS:
            return


def _other_letters(value: bytes) -> Iterator[bytes]:
    """Yield the value with the bytes of each pair the other way round, and from EBCDIC, where it holds letters so."""
    if _SWAPPED.search(value):
        for first in (0, 1):
            pairs = bytearray(value[first : first + (len(value) - first) // 2 * 2])
            pairs[::2], pairs[1::2] = pairs[1::2], pairs[::2]
            yield bytes(pairs)
    if _EBCDIC.search(value):
        yield value.decode("cp500").encode("latin-1", "replace")


def number_forms(numbers: Iterable[int]) -> Iterator[bytes]:
    """Yield numbers as they stand in bytes of any kind: two words in either order, and two digits to a byte.

    What has fewer than four bytes stands in others by chance.
    """
    for number in numbers:
        digits = str(number)
        if 1 << 16 <= number < 1 << 32:
            high, low = number >> 16, number & 0xFFFF
            for order in ("little", "big"):
                one, two = high.to_bytes(2, order), low.to_bytes(2, order)
                yield from (one + two, two + one)
        if len(digits) > _SHORTEST:
            yield bytes.fromhex(digits.zfill(len(digits) + len(digits) % 2))
