# SPDX-License-Identifier: Apache-2.0
"""Wrapped: texts inside bytes that are written as base64 or hexadecimal digits, packed, swapped or in EBCDIC."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Iterator

_SHORTEST = 6  # bytes: what is unwrapped is searched for names of that many letters
_HEX = re.compile(rb"(?:(?:0x)?[0-9A-Fa-f]{2}[ ,:\-\r\n]{0,2}){6,}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/\-_]{8,}(?:[\r\n]{1,2}[A-Za-z0-9+/\-_]+)*")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_PACKED = re.compile(rb"\x1f\x8b\x08|[\x08-\x78][\x01\x5e\x9c\xda]")  # gzip, RFC 1952; zlib, RFC 1950
_EITHER = zlib.MAX_WBITS | 32  # zlib.decompressobj: take zlib and gzip
_LARGEST_PACKED = 1 << 20  # bytes that are unpacked of one stream: a header never has more, and a bomb would
_MOST_STREAMS = 32  # per value
_HEAD = 512  # bytes of a stream that tell whether it is one: more than the tables before its first letters
_SWAPPED = re.compile(rb"[A-Za-z^ =.,\-]{6,}")
_EBCDIC_LETTER = rb"[\x81-\x89\x91-\x99\xa2-\xa9\xc1-\xc9\xd1-\xd9\xe2-\xe9]"
_EBCDIC = re.compile(rb"%b{4,}(?:[\x40\x4b\x60\x6b\xf0-\xf9]{1,2}%b+)*" % (_EBCDIC_LETTER, _EBCDIC_LETTER))
"""Its letters, and what stands between names: a space, a dot, a hyphen, a comma, a digit."""
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
        if _TEXT.search(inner) or _TEXT.search(inner.replace(b"\0", b"")):  # UTF-16
            yield inner
        if deepest > 1:
            yield from unwrapped(inner, deepest - 1)
    if deepest == _DEEPEST:
        yield from _other_letters(value)


def _of_text(value: bytes) -> Iterator[bytes]:
    """Yield what hexadecimal digits and base64 (RFC 4648) stand for."""
    for match in _HEX.finditer(value):
        digits = re.sub(rb"0x|[^0-9A-Fa-f]", b"", match[0])
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
    """Yield the beginnings of what zlib and gzip packed.

    What only begins as they do is seen by its first bytes; what does not is unpacked, as often as streams are expected.
    """
    whole, found = memoryview(value), 0
    for match in _PACKED.finditer(value):
        start = match.start()
        is_zlib = value[start] & 15 == 8 and int.from_bytes(value[start : start + 2], "big") % 31 == 0
        if (not is_zlib and value[start] != 0x1F) or not _unpacked(whole[start : start + _HEAD], _SHORTEST):
            continue
        inner = _unpacked(whole[start:], _LARGEST_PACKED)
        if len(inner) >= _SHORTEST:
            yield inner
        found += 1
        if found == _MOST_STREAMS:
            return


def _unpacked(stream: memoryview, most: int) -> bytes:
    """Return at most so many bytes of a stream; none where it is no stream, or breaks off before."""
    try:
        return zlib.decompressobj(_EITHER).decompress(stream, most)
    except zlib.error:
        return b""


def _other_letters(value: bytes) -> Iterator[bytes]:
    """Yield runs of letters with the bytes of each pair the other way round, and runs that are letters in EBCDIC."""
    for match in _SWAPPED.finditer(value):
        run = match[0]
        for first in (0, 1):
            pairs = bytearray(run[first : first + (len(run) - first) // 2 * 2])
            pairs[::2], pairs[1::2] = pairs[1::2], pairs[::2]
            yield bytes(pairs)
    for match in _EBCDIC.finditer(value):
        yield match[0].decode("cp500").encode("latin-1", "replace")


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
