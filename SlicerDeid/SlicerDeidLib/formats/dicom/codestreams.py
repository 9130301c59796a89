# SPDX-License-Identifier: Apache-2.0
"""Codestreams: one compressed image with nothing but what a decoder needs; every segment not known to be needed goes.

Sources: PS3.5 Annex G (RLE), ITU-T T.81 B.2 (JPEG), T.87 C.2 (JPEG-LS), T.800 A.2 and A.3 (JPEG 2000, HTJ2K the same).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from SlicerDeidLib.errors import PixelError
from SlicerDeidLib.formats.dicom.entropy import LOSSLESS, WALKED, Frame, coded_part, compiled, read_tables

JP2_START = b"\0\0\0\x0cjP  "  # a JP2 file around a codestream
J2K_START = b"\xff\x4f\xff\x51"  # SOC and SIZ
SOI, EOI = b"\xff\xd8", b"\xff\xd9"

_SOS, _DNL, _DRI, _DQT, _DHT, _DAC, _LSE = 0xDA, 0xDC, 0xDD, 0xDB, 0xC4, 0xCC, 0xF8
_LOSSLESS_FRAMES = frozenset({0xC3, 0xCB})  # SOF3, SOF11: without quantization tables
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {_DHT, 0xC8, _DAC}) | {0xF7}  # SOF0..15 and JPEG-LS's SOF55
_NEXT_CLASSIC = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # FF00 is data, FFD0..FFD7 restart within a scan
_NEXT_LS = re.compile(rb"\xff[\x80-\xfe]")  # T.87: a bit of zero follows FF in data
_JFIF, _HP, _ADOBE = 0xE0, 0xE8, 0xEE
_PLAIN_JFIF = b"\xff\xe0\0\x10JFIF\0\1\2\0\0\1\0\1\0\0"  # T.871: version 1.02, square pixels, no thumbnail
_USUAL_JFIF = re.compile(  # as encoders write it: versions 1.00 to 1.02, the usual resolutions, no thumbnail
    rb"\xff\xe0\x00\x10JFIF\x00\x01[\x00-\x02][\x00-\x02](?:\x00[\x00\x01\x1c\x26\x48\x60\x76\x96]){2}\x00\x00"
)
_PLAIN_ADOBE = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0"  # T.872 6.5.3: version 100, no flags; the transform follows
_TRANSFORMS = {_ADOBE: b"\0\1\2", _HP: b"\0\1\2\3\4\5"}  # defined values of the colour transform

_SIZ, _COD, _TLM, _SOD = 0x51, 0x52, 0x55, 0x93
_SOT, _SOD_MARK = b"\xff\x90", b"\xff\x93"
_NEEDED_SEGMENTS = frozenset(
    {0x50, _SIZ, _COD, 0x53, _TLM, 0x56, 0x59, 0x5C, 0x5D, 0x5E, 0x5F, 0x60, 0x61}
)  # CAP SIZ COD COC TLM PRF CPF QCD QCC RGN POC PPM PPT; T.801's follow: DCO VMS DFS ADS MCT MCC NLT MCO CBD ATK
_EXTENSIONS = frozenset(range(0x70, 0x7A))
_TILE_PARTS_PER_TLM = 10_000  # 6 bytes each, within a segment of 65535 bytes

_Segment = tuple[int, bytes, bytes]
"""Marker, segment with its marker, and the entropy-coded data behind it."""

_RLE_HEADER = struct.Struct("<16L")
_MOST_SEGMENTS = 15


def clean_rle(frame: bytes, segments: int, segment_bytes: int) -> bytes:
    """Return an RLE frame made of the runs that its pixels need: header and segments are put together anew.

    Parameters
    ----------
    segments : int
        How many byte planes a pixel has.
    segment_bytes : int
        How many pixels there are.

    Raises
    ------
    PixelError
        If the frame does not hold them.
    """
    if len(frame) < _RLE_HEADER.size or not 1 <= segments <= _MOST_SEGMENTS:
        raise PixelError("the compressed pixel data is no RLE frame of this image")
    count, *offsets = _RLE_HEADER.unpack_from(frame)
    if count != segments:
        raise PixelError("the compressed pixel data is an RLE frame of another number of segments")
    parts, positions, position = [], [], _RLE_HEADER.size
    for offset in offsets[:segments]:
        part = _runs(frame, offset, segment_bytes)
        part += b"\0" * (len(part) % 2)
        parts.append(part)
        positions.append(position)
        position += len(part)
    unused = [0] * (_MOST_SEGMENTS - segments)
    return b"".join([_RLE_HEADER.pack(segments, *positions, *unused), *parts])


def _runs(frame: bytes, start: int, wanted: int) -> bytes:
    """Return the runs from ``start`` that make ``wanted`` bytes, the last one no longer than it must be."""
    if start < _RLE_HEADER.size:
        raise PixelError("the compressed pixel data is a malformed RLE frame")
    position, made, size = start, 0, len(frame)
    last, run = start, 0
    while made < wanted:
        if position + 1 >= size:
            raise PixelError("the compressed pixel data is an RLE frame that is shorter than the image")
        last, code = position, frame[position]
        if code == 0x80:  # no run
            position += 1
            continue
        run = code + 1 if code < 0x80 else 257 - code
        position += 1 + run if code < 0x80 else 2
        made += run
    if position > size:
        raise PixelError("the compressed pixel data is an RLE frame that is shorter than the image")
    if made == wanted:
        return frame[start:position]
    run -= made - wanted
    if frame[last] < 0x80:
        return frame[start:last] + bytes([run - 1]) + frame[last + 1 : last + 1 + run]
    return frame[start:last] + bytes([(257 - run) & 0xFF if run > 1 else 0, frame[last + 1]])


def clean_jpeg(stream: bytes) -> bytes:
    """Return a JPEG codestream of frame, scan and table segments; colour transforms are said anew.

    Tables that no scan uses go, and what lies behind the coded data of a scan.

    Raises
    ------
    PixelError
        If it is malformed.
    """
    return b"".join([SOI, *_trimmed(list(_needed(list(_segments(stream, _NEXT_CLASSIC))))), EOI])


def clean_jpeg_ls(stream: bytes) -> bytes:
    """Return a JPEG-LS codestream of frame, scan and parameter segments.

    What lies behind the coded data is not looked for: the decoder refuses it.

    Raises
    ------
    PixelError
        If it is malformed.
    """
    kept = [part for _, head, data in _needed(list(_segments(stream, _NEXT_LS))) for part in (head, data)]
    return b"".join([SOI, *kept, EOI])


def _needed(segments: Sequence[_Segment]) -> Iterator[_Segment]:
    """Yield the segments that decoding needs."""
    is_lossless = any(marker in _LOSSLESS_FRAMES for marker, _, _ in segments)
    for marker, head, data in segments:
        if marker in _TRANSFORMS or marker == _JFIF:
            yield marker, _application(marker, head), b""
        elif marker in _FRAMES or (marker in _CHECKS and not (is_lossless and marker == _DQT)):
            if not _CHECKS.get(marker, _is_frame)(head):
                raise PixelError("the compressed pixel data holds a JPEG segment that is longer than its contents")
            yield marker, head, data


def _trimmed(segments: Sequence[_Segment]) -> Iterator[bytes]:
    """Yield the bytes of segments, tables only where a scan uses them, and coded data up to its last sample."""
    frame: Frame | None = None
    tables: dict[int, bytes] = {}
    interval = 0
    used = set(_used_tables(segments))
    for at, (marker, head, data) in enumerate(segments):
        if marker == _DHT:
            found = list(read_tables(head))
            tables.update(found)
            kept = [bytes([number]) + table for n, (number, table) in enumerate(found) if (at, n) in used]
            body = b"".join(kept)
            yield b"\xff\xc4" + (2 + len(body)).to_bytes(2, "big") + body if kept else b""
            continue
        if marker in _FRAMES:
            if marker not in WALKED:
                raise PixelError("the compressed pixel data is a JPEG of a kind that its transfer syntax does not have")
            frame = Frame.read(head)
        elif marker == _DRI:
            interval = int.from_bytes(head[4:], "big")
        yield head
        yield _coded(data, frame, head, tables, interval) if marker == _SOS and frame is not None else data


def _used_tables(segments: Iterable[_Segment]) -> Iterator[tuple[int, int]]:
    """Yield which Huffman tables a scan uses: number of the segment, and of the table in it."""
    last: dict[int, tuple[int, int]] = {}
    for at, (marker, head, _) in enumerate(segments):
        if marker == _DHT:
            last.update({number: (at, n) for n, (number, _) in enumerate(read_tables(head))})
        elif marker == _SOS:
            yield from (last[number] for _, pair in _scan(head) for number in pair if number in last)


def _scan(head: bytes) -> Iterator[tuple[int, tuple[int, int]]]:
    """Yield each component of a scan, with the numbers of its DC (or lossless) and AC table."""
    for at in range(5, 5 + 2 * head[4], 2):
        yield head[at], (head[at + 1] >> 4, 0x10 | head[at + 1] & 15)


def _coded(data: bytes, frame: Frame, head: bytes, tables: Mapping[int, bytes], interval: int) -> bytes:
    """Return the coded data of a scan without what lies behind it."""
    components, pairs = [], []
    try:
        for component, (dc, ac) in _scan(head):
            components.append(component)
            has_ac = frame.marker != LOSSLESS
            pairs.append((compiled(tables[dc], is_dc=True), compiled(tables[ac], is_dc=False) if has_ac else None))
        return coded_part(data, frame, components, pairs, interval)
    except KeyError:
        raise PixelError("the compressed pixel data is a JPEG scan whose tables or components are missing") from None


def _segments(stream: bytes, next_marker: re.Pattern[bytes]) -> Iterator[_Segment]:
    """Yield marker, segment and the entropy-coded data behind it, up to the end of the image."""
    if not stream.startswith(SOI):
        raise PixelError("the compressed pixel data is no JPEG codestream")
    position = 2
    while position + 4 <= len(stream) or stream[position : position + 2] == EOI:
        marker = stream[position + 1]
        if stream[position] != 0xFF:
            raise PixelError("the compressed pixel data is a malformed JPEG codestream")
        if marker == 0xFF:  # fill
            position += 1
            continue
        if marker == EOI[1]:
            return
        length = int.from_bytes(stream[position + 2 : position + 4], "big")
        end = behind = position + 2 + length
        if length < 2 or end > len(stream):
            raise PixelError("the compressed pixel data is a malformed JPEG codestream")
        if marker == _SOS:
            found = next_marker.search(stream, end)
            behind = found.start() if found else len(stream)
        yield marker, stream[position:end], stream[end:behind]
        position = behind
    raise PixelError("the compressed pixel data is a JPEG codestream without an end")


def _application(marker: int, segment: bytes) -> bytes:
    """Say the colour space anew where application data says it; empty where it says something else."""
    if marker == _JFIF:
        if _USUAL_JFIF.fullmatch(segment):
            return segment
        return _PLAIN_JFIF if segment[4:9] == b"JFIF\0" and len(segment) >= 18 else b""
    name, length = (b"Adobe", 16) if marker == _ADOBE else (b"mrfx", 9)
    if segment[4 : 4 + len(name)] != name or len(segment) < length:
        return b""
    transform = segment[length - 1 : length]
    if transform not in _TRANSFORMS[marker]:
        raise PixelError("the compressed pixel data names a colour transform that is not defined")
    return _PLAIN_ADOBE + transform if marker == _ADOBE else b"\xff\xe8\0\7mrfx" + transform


def _is_frame(head: bytes) -> bool:
    """Whether a frame header holds its components only."""
    return len(head) > 9 and len(head) == 10 + 3 * head[9]


def _is_scan(head: bytes) -> bool:
    """Whether a scan header holds its components only."""
    return len(head) > 4 and len(head) == 8 + 2 * head[4]


def _is_quantization(head: bytes) -> bool:
    """Whether a segment holds whole quantization tables."""
    position = 4
    while position < len(head):
        position += 1 + (128 if head[position] >> 4 else 64)
    return position == len(head) > 4


def _is_huffman(head: bytes) -> bool:
    """Whether a segment holds whole Huffman tables."""
    position = 4
    while position < len(head):
        position += 17 + sum(head[position + 1 : position + 17])
    return position == len(head) > 4


_CHECKS: dict[int, Callable[[bytes], bool]] = {
    _SOS: _is_scan,
    _DQT: _is_quantization,
    _DHT: _is_huffman,
    _DAC: lambda head: 6 <= len(head) <= 68 and len(head) % 2 == 0,  # at most 32 conditionings
    _DRI: lambda head: 6 <= len(head) <= 8,  # T.87 has intervals of up to four bytes
    _DNL: lambda head: 6 <= len(head) <= 8,
    _LSE: lambda head: len(head) == 15 and head[4] == 1,  # preset coding parameters; a palette is no DICOM
}


def clean_jpeg2000(stream: bytes, *, is_part_2: bool) -> bytes:
    """Return a JPEG 2000 codestream of the segments that decoding needs, in main and tile-part headers.

    Lengths of tile-parts are written anew where there were any; of packets none are kept.

    Raises
    ------
    PixelError
        If it is malformed.
    """
    if stream.startswith(JP2_START):  # not what PS3.5 A.4.4 allows, but found: only its codestream counts
        stream = stream[max(stream.find(J2K_START), 0) :]
    if not stream.startswith(J2K_START):
        raise PixelError("the compressed pixel data is no JPEG 2000 codestream")
    needed = _NEEDED_SEGMENTS | _EXTENSIONS if is_part_2 else _NEEDED_SEGMENTS
    main, position = _header(stream, 2, _SOT, needed)
    parts = []
    while stream[position : position + 2] == _SOT:
        part, position = _tile_part(stream, position, needed)
        parts.append(part)
    if not parts or stream[position : position + 2] != EOI:
        raise PixelError("the compressed pixel data is a JPEG 2000 codestream without an end")
    first = next((number for number, segment in enumerate(main) if segment[1] == _TLM), None)
    main = [segment for segment in main if segment[1] != _TLM]
    if first is not None:
        main[first:first] = _tile_part_lengths(parts)
    return b"".join([stream[:2], *main, *parts, EOI])


def _header(stream: bytes, position: int, last: bytes, needed: frozenset[int]) -> tuple[list[bytes], int]:
    """Return the needed segments from ``position`` up to the marker ``last``, and where that stands."""
    kept = []
    while stream[position : position + 2] != last:
        end = position + 2 + int.from_bytes(stream[position + 2 : position + 4], "big")
        if stream[position : position + 1] != b"\xff" or end > len(stream) or end < position + 4:
            raise PixelError("the compressed pixel data is a malformed JPEG 2000 codestream")
        segment = stream[position:end]
        if segment[1] in needed:
            if not _is_exact(segment):
                raise PixelError("the compressed pixel data holds a JPEG 2000 segment longer than its contents")
            kept.append(segment)
        position = end
    return kept, position


def _is_exact(segment: bytes) -> bool:
    """Whether image size and coding style hold nothing behind their last field."""
    if segment[1] == _SIZ:
        return len(segment) >= 40 and len(segment) == 40 + 3 * int.from_bytes(segment[38:40], "big")
    if segment[1] == _COD:
        return len(segment) >= 14 and len(segment) == 14 + (segment[9] + 1 if segment[4] & 1 else 0)
    return True


def _tile_part(stream: bytes, start: int, needed: frozenset[int]) -> tuple[bytes, int]:
    """Return the tile-part at ``start`` without what is not needed, and where it ends."""
    if stream[start + 2 : start + 4] != b"\0\x0a":
        raise PixelError("the compressed pixel data is a malformed JPEG 2000 codestream")
    kept, data = _header(stream, start + 12, _SOD_MARK, needed - {_TLM})
    length = int.from_bytes(stream[start + 6 : start + 10], "big")
    end = start + length if length else stream.find(EOI, data)  # 0: the last tile-part goes on to the end
    if not data + 2 <= end <= len(stream):
        raise PixelError("the compressed pixel data is a malformed JPEG 2000 codestream")
    body = b"".join([*kept, stream[data:end]])
    new_length = 12 + len(body) if length else 0
    return b"".join(
        [stream[start : start + 6], struct.pack(">L", new_length), stream[start + 10 : start + 12], body]
    ), end


def _tile_part_lengths(parts: list[bytes]) -> list[bytes]:
    """Return TLM segments: per tile-part two bytes of its tile's number and four of its length, T.800 A.7.1."""
    entries = [part[4:6] + struct.pack(">L", len(part)) for part in parts]
    blocks = [entries[at : at + _TILE_PARTS_PER_TLM] for at in range(0, len(entries), _TILE_PARTS_PER_TLM)]
    return [
        b"\xff\x55" + struct.pack(">HBB", 4 + 6 * len(block), number, 0x60) + b"".join(block)
        for number, block in enumerate(blocks)
    ]
