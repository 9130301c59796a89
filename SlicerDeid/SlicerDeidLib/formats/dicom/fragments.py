# SPDX-License-Identifier: Apache-2.0
"""Fragments: what lies in compressed Pixel Data but in no pixel: comments, application data, bytes behind the end.

Source: PS3.5 A.4.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.codestreams import (
    J2K_START,
    JP2_START,
    SOI,
    clean_jpeg,
    clean_jpeg2000,
    clean_jpeg_ls,
    clean_rle,
)
from SlicerDeidLib.formats.dicom.syntax import JPEG, JPEG2000, JPEG_LS

_RLE = "1.2.840.10008.1.2.5"
_CLASSIC = frozenset({JPEG + number for number in ("50", "51", "57", "70")})
_PART_2 = frozenset({JPEG + "92", JPEG + "93"})
_ITEM = struct.Struct("<HHL")
_STARTS = (SOI, J2K_START, JP2_START)


def without_hidden(
    value: bytes | memoryview, transfer_syntax_uid: str, frames: int, *, segments: int = 1, segment_bytes: int = 0
) -> bytes | None:
    """Return encapsulated Pixel Data with nothing but its frames; None when there is nothing else in it.

    The codestreams keep every bit that decodes to pixels, and of the rest what decoding needs. The Basic Offset Table
    comes back empty. Video is not looked into.

    Parameters
    ----------
    value : bytes-like
        All items with the sequence delimiter.
    frames : int
        How many frames there are.
    segments, segment_bytes : int
        For RLE: how many byte planes a frame has, and how many bytes each.

    Raises
    ------
    PixelError
        If a codestream is malformed, or there are not as many as frames.
    """
    clean = _cleaner(transfer_syntax_uid, segments, segment_bytes)
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


def is_counted(transfer_syntax_uid: str) -> bool:
    """Say whether the frames of encapsulated Pixel Data are counted: of video and other streams they are not."""
    return _cleaner(transfer_syntax_uid, 1, 0) is not None


def _cleaner(transfer_syntax_uid: str, segments: int, segment_bytes: int) -> Callable[[bytes], bytes] | None:
    """Return what cleans a codestream of a transfer syntax."""
    if transfer_syntax_uid in _CLASSIC:
        return clean_jpeg
    if transfer_syntax_uid in JPEG_LS:
        return clean_jpeg_ls
    if transfer_syntax_uid in JPEG2000:
        return lambda stream: clean_jpeg2000(stream, is_part_2=transfer_syntax_uid in _PART_2)
    if transfer_syntax_uid == _RLE:
        return lambda frame: clean_rle(frame, segments, segment_bytes)
    return None


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
