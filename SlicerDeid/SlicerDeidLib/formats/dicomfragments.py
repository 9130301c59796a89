# SPDX-License-Identifier: Apache-2.0
"""Fragments: what lies in compressed Pixel Data but in no pixel: comments, application data, bytes behind the end.

Sources: PS3.5 A.4 (fragments), ITU-T T.81 B.1 (JPEG), T.87 C.1 (JPEG-LS), T.800 A.2 (JPEG 2000, HTJ2K the same).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicomsyntax import JPEG, JPEG2000

_RLE = "1.2.840.10008.1.2.5"
_CLASSIC = frozenset({JPEG + number for number in ("50", "51", "57", "70")})
_LS = frozenset({JPEG + "80", JPEG + "81"})
_ITEM = struct.Struct("<HHL")
_STARTS = (b"\xff\xd8", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")  # SOI; SOC and SIZ; a JP2 file around them
_NEXT_CLASSIC = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # FF00 is data, FFD0..FFD7 restart within a scan
_NEXT_LS = re.compile(rb"\xff[\x80-\xfe]")  # T.87: a bit of zero follows FF in data
_EOI, _SOS, _COM = 0xD9, 0xDA, 0xFE
_J2K_COM, _J2K_SOT, _J2K_EOC = b"\xff\x64", b"\xff\x90", b"\xff\xd9"
_KEPT_APPLICATION = (  # segments that tell a decoder the colour space, and nothing else: length, name
    (0xE0, 16, b"JFIF\0"),
    (0xE8, 7, b"mrfx"),
    (0xEE, 14, b"Adobe"),
)


def without_hidden(value: bytes | memoryview, transfer_syntax_uid: str, frames: int) -> bytes | None:
    """Return encapsulated Pixel Data with nothing but its frames; None when there is nothing else in it.

    The codestreams keep every bit that decodes to pixels. The Basic Offset Table comes back empty. Video is not
    looked into.

    Parameters
    ----------
    value : bytes-like
        All items with the sequence delimiter.
    frames : int
        How many frames there are.

    Raises
    ------
    PixelError
        If a codestream is malformed, or there are not as many as frames.
    """
    clean = _cleaner(transfer_syntax_uid)
    if clean is None:
        return None
    table, *fragments = _split(value)
    streams = _frames(fragments, transfer_syntax_uid, frames)
    if len(streams) != frames:
        raise PixelError("the compressed pixel data does not hold as many frames as NumberOfFrames says")
    cleaned = [clean(stream) for stream in streams]
    if all(map(_is_same, cleaned, streams)) and table in (b"", _offsets(fragments, streams)):
        return None
    return _joined(cleaned)


def _cleaner(transfer_syntax_uid: str) -> Callable[[bytes], bytes] | None:
    """Return what cleans a codestream of a transfer syntax."""
    if transfer_syntax_uid in _CLASSIC:
        return lambda stream: _jpeg(stream, _NEXT_CLASSIC)
    if transfer_syntax_uid in _LS:
        return lambda stream: _jpeg(stream, _NEXT_LS)
    if transfer_syntax_uid in JPEG2000:
        return _jpeg2000
    return bytes if transfer_syntax_uid == _RLE else None


def _split(value: bytes | memoryview) -> list[bytes]:
    """Return the values of the items, the offset table first."""
    data, offset, items = bytes(value), 0, []
    while offset + 8 <= len(data):
        _, number, length = _ITEM.unpack_from(data, offset)
        if number == 0xE0DD:
            break
        items.append(data[offset + 8 : offset + 8 + length])
        offset += 8 + length
    if len(items) < 2:
        raise PixelError("the compressed pixel data holds no fragment")
    return items


def _frames(fragments: Sequence[bytes], transfer_syntax_uid: str, frames: int) -> list[bytes]:
    """Put the fragments of each frame together."""
    if frames == 1 and transfer_syntax_uid != _RLE:
        return [b"".join(fragments)]
    if transfer_syntax_uid == _RLE:  # PS3.5 A.4.2: one fragment is one frame
        return list(fragments)
    streams: list[list[bytes]] = []
    for fragment in fragments:
        if fragment.startswith(_STARTS) or not streams:
            streams.append([])
        streams[-1].append(fragment)
    return [b"".join(stream) for stream in streams]


def _is_same(cleaned: bytes, stream: bytes) -> bool:
    """Whether nothing was removed but padding."""
    return stream in (cleaned, cleaned + b"\0")


def _offsets(fragments: Sequence[bytes], streams: Sequence[bytes]) -> bytes:
    """Return the Basic Offset Table that ``fragments`` should have."""
    if len(streams) == 1:
        return b"\0\0\0\0"
    offsets, position, left = [], 0, 0
    remaining = iter(streams)
    for fragment in fragments:
        if left <= 0:
            offsets.append(position)
            left = len(next(remaining, b""))
        position += 8 + len(fragment)
        left -= len(fragment)
    return struct.pack(f"<{len(offsets)}L", *(offset & 0xFFFFFFFF for offset in offsets))


def _joined(streams: Sequence[bytes]) -> bytes:
    """Encapsulate, one fragment per frame."""
    parts = [_ITEM.pack(0xFFFE, 0xE000, 0)]
    for stream in streams:
        parts += (_ITEM.pack(0xFFFE, 0xE000, len(stream) + len(stream) % 2), stream, b"\0" * (len(stream) % 2))
    return b"".join([*parts, _ITEM.pack(0xFFFE, 0xE0DD, 0)])


def _jpeg(stream: bytes, next_marker: re.Pattern[bytes]) -> bytes:
    """Clean a JPEG or JPEG-LS codestream."""
    if stream[:2] != b"\xff\xd8":
        raise PixelError("the compressed pixel data is no JPEG codestream")
    kept, position = [stream[:2]], 2
    while position + 4 <= len(stream) or stream[position : position + 2] == b"\xff\xd9":
        if stream[position] != 0xFF:
            raise PixelError("the compressed pixel data is a malformed JPEG codestream")
        marker = stream[position + 1]
        if marker == 0xFF:  # fill
            position += 1
            continue
        if marker == _EOI:
            return b"".join([*kept, b"\xff\xd9"])
        end = position + 2 + int.from_bytes(stream[position + 2 : position + 4], "big")
        if marker == _SOS:
            found = next_marker.search(stream, end)
            end = found.start() if found else len(stream)
        if not _is_text(marker, stream[position:end]):
            kept.append(stream[position:end])
        position = end
    raise PixelError("the compressed pixel data is a JPEG codestream without an end")


def _is_text(marker: int, segment: bytes) -> bool:
    """Whether a segment is a comment or application data that no decoder needs."""
    if marker == _COM:
        return True
    if not 0xE0 <= marker <= 0xEF:
        return False
    return not any(
        marker == kept and len(segment) == length + 2 and segment[4:].startswith(name)
        for kept, length, name in _KEPT_APPLICATION
    )


def _jpeg2000(stream: bytes) -> bytes:
    """Clean a JPEG 2000 codestream: comments of the main header, and what follows its end."""
    if stream.startswith(_STARTS[2]):  # not what PS3.5 A.4.4 allows, but found: only its codestream counts
        stream = stream[max(stream.find(_STARTS[1]), 0) :]
    if not stream.startswith(_STARTS[1]):
        raise PixelError("the compressed pixel data is no JPEG 2000 codestream")
    kept, position = [stream[:2]], 2
    while (mark := stream[position : position + 2]) != _J2K_SOT:
        end = position + 2 + int.from_bytes(stream[position + 2 : position + 4], "big")
        if not mark.startswith(b"\xff") or end > len(stream) or end < position + 4:
            raise PixelError("the compressed pixel data is a malformed JPEG 2000 codestream")
        if mark != _J2K_COM:
            kept.append(stream[position:end])
        position = end
    return b"".join([*kept, stream[position : _end_of_tiles(stream, position)]])


def _end_of_tiles(stream: bytes, position: int) -> int:
    """Return where the codestream ends, walking from tile-part to tile-part."""
    while stream[position : position + 2] == _J2K_SOT:
        length = int.from_bytes(stream[position + 6 : position + 10], "big")
        if length < 12:  # 0: the last tile-part goes on to the end
            last = stream.rfind(_J2K_EOC)
            return last + 2 if last > position else len(stream)
        position += length
    if stream[position : position + 2] != _J2K_EOC:
        raise PixelError("the compressed pixel data is a JPEG 2000 codestream without an end")
    return position + 2
