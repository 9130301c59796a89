# SPDX-License-Identifier: Apache-2.0
"""DicomFile: a DICOM file as its elements lie in it, read and written without decoding values."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.files.zips import open_file, read_file
from SlicerDeidLib.formats.dicom.parse import EndOfDataError, Parser
from SlicerDeidLib.formats.dicom.syntax import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    LONG_VRS,
    PIXEL_TAGS,
    SHORT_VRS,
    Syntax,
    dictionary_entry,
    syntax_of,
)
from SlicerDeidLib.formats.dicom.write import Chunk, Writer, write_meta
from SlicerDeidLib.model.element import Element, Elements

_FIRST_BYTES = 1 << 16  # of a file: holds the head of a usual single-frame image
_GROWTH = 16  # how much more is read when the first bytes do not hold the head
_PREFIX_END = 132  # preamble of 128 bytes and "DICM", PS3.10 7.1
_TRANSFER_SYNTAX = 0x00020010
_MAX_INFLATED_BYTES = 1 << 31  # a deflated data set that grows beyond 2 GiB is taken for an attack
_MAX_FIRST_GROUP = 0x0400  # first groups are 0002..0010; beyond, the two bytes are in the other order


@dataclass(slots=True)
class DicomFile:
    """One file: meta information and data set, still encoded.

    Attributes
    ----------
    preamble : bytes
        The 128 bytes before ``DICM``; empty where there was none. Never written.
    meta, dataset : Elements
        Group 0002, and all other elements at the top level.
    transfer_syntax_uid, byte_order, is_explicit, is_deflated
        How ``dataset`` is encoded: ``byte_order`` is ``"little"`` or ``"big"``.
    has_trailing_bytes : bool
        Whether bytes that are no elements came after the data set; they were dropped.
    next_tag : int or None
        The tag before which ``read_head`` stopped.
    start : int
        Where ``dataset`` begins in the file; in what was inflated: 0.
    """

    preamble: bytes = field(repr=False)
    meta: Elements = field(repr=False)
    dataset: Elements = field(repr=False)
    transfer_syntax_uid: str
    byte_order: str = "little"
    is_explicit: bool = True
    is_deflated: bool = False
    has_trailing_bytes: bool = False
    next_tag: int | None = None
    start: int = 0


def read(source: bytes | Path) -> DicomFile:
    """Read a whole file.

    Parameters
    ----------
    source : bytes or Path
        The file's bytes, or where it is, which may be in a zip.

    Raises
    ------
    FormatError
        If it is not DICOM, or is truncated or malformed; the sentence names tag and byte, never a value.
    OSError
        If it cannot be read.
    """
    return _read(source if isinstance(source, bytes) else read_file(source), None)


def read_head(path: Path, stop_before: int = PIXEL_TAGS[0]) -> DicomFile:
    """Read the elements before the first tag at the top level that is not below ``stop_before``.

    Only the first part of the file is read, more of it only when the elements do not lie within.

    Raises
    ------
    FormatError
        As ``read``; also if the element that follows is longer than the file.
    OSError
        If the file cannot be read.
    """
    with open_file(path) as opened:
        return read_head_of(opened.stream, opened.size_bytes, stop_before)


def read_head_of(
    stream: BinaryIO, size_bytes: int, stop_before: int = PIXEL_TAGS[0], only: frozenset[int] | None = None
) -> DicomFile:
    """Read the head from an open, unbuffered file of ``size_bytes``; see ``read_head``.

    Where ``only`` is given, elements of other tags may be missing in the result.
    """
    wanted = _FIRST_BYTES
    data = b""
    while True:
        while len(data) < wanted and (more := stream.read(wanted - len(data))):
            data += more
        try:
            return _read(data, stop_before, size_bytes, only)
        except EndOfDataError:
            if len(data) < wanted:  # that was all of it
                raise
        wanted *= _GROWTH


def write(file: DicomFile) -> list[Chunk]:
    """Encode a file in its transfer syntax, ready for ``writelines``.

    The preamble is 128 zero bytes; (0002,0000), (0002,0001) and (0002,0010) are made anew; elements are sorted by tag;
    group lengths and trailing bytes are left out.

    Raises
    ------
    FormatError
        If a value does not fit its length field, or an element has no VR.
    """
    out: list[Chunk] = []
    Writer(is_explicit=file.is_explicit, byte_order=file.byte_order).elements(file.dataset, out)
    if file.is_deflated:
        out = [_deflate(out)]
    return _joined([write_meta(file.meta, file.transfer_syntax_uid), *out])


def _joined(chunks: list[Chunk]) -> list[Chunk]:
    """Join small chunks; large ones (pixel data) stay views, without a copy."""
    joined: list[Chunk] = []
    small: list[Chunk] = []
    for chunk in chunks:
        if len(chunk) < _FIRST_BYTES:
            small.append(chunk)
            continue
        joined += (b"".join(small), chunk)
        small = []
    return [*joined, b"".join(small)] if small else joined


def _read(
    data: bytes, stop_before: int | None, size_bytes: int | None = None, only: frozenset[int] | None = None
) -> DicomFile:
    """Read ``data``, which may be the first part of a file of ``size_bytes``."""
    preamble, meta, offset = _read_meta(data)
    syntax = _syntax(data, offset, meta)
    meta[_TRANSFER_SYNTAX] = _uid_element(syntax.uid)
    is_partial = size_bytes is not None and len(data) < size_bytes
    has_rest = False
    if syntax.is_deflated:
        if is_partial:
            raise EndOfDataError("a deflated data set is read as a whole")
        data, has_rest = _inflate(memoryview(data)[offset:])
        offset, size_bytes = 0, None
    parser = Parser(data, memoryview(data), is_explicit=syntax.is_explicit, byte_order=syntax.byte_order, only=only)
    dataset, end, next_tag = parser.dataset(offset, stop_before)
    if next_tag is None and is_partial:
        raise EndOfDataError("the head goes on behind what was read")
    if end == offset and next_tag is None:
        raise FormatError("the file holds no data set")
    if next_tag is not None and parser.extent(end) > (size_bytes or len(data)):
        raise FormatError("the file is shorter than its pixel data")
    return DicomFile(
        preamble=preamble,
        meta=meta,
        dataset=dataset,
        transfer_syntax_uid=syntax.uid,
        byte_order=syntax.byte_order,
        is_explicit=syntax.is_explicit,
        is_deflated=syntax.is_deflated,
        has_trailing_bytes=has_rest or (next_tag is None and end < len(data)),
        next_tag=next_tag,
        start=offset,
    )


def _uid_element(uid: str) -> Element:
    """Return (0002,0010)."""
    return Element(_TRANSFER_SYNTAX, "UI", uid.encode("ascii") + b"\0" * (len(uid) & 1))


def _read_meta(data: bytes) -> tuple[bytes, Elements, int]:
    """Read preamble and File Meta Information, where there are; return the offset of the data set too."""
    has_prefix = data[128:_PREFIX_END] == b"DICM"
    start = _PREFIX_END if has_prefix else 0
    if not has_prefix and not looks_like_elements(data):
        raise FormatError("the file is not DICOM: it has no prefix DICM and does not begin with a data element")
    code = data[start + 4 : start + 6]
    is_explicit = code in SHORT_VRS or code in LONG_VRS
    parser = Parser(data, memoryview(data), is_explicit=is_explicit, keep_raw=is_explicit)
    meta, offset = parser.meta(start)
    return data[:128] if has_prefix else b"", meta, offset


def looks_like_elements(data: bytes) -> bool:
    """Whether ``data`` begins with a data element of a group and VR that the first element of a file can have."""
    if len(data) < 8:
        return False
    order = "big" if _is_big(data, 0) else "little"
    group, number = int.from_bytes(data[:2], order), int.from_bytes(data[2:4], order)  # type: ignore[arg-type]
    if group not in (0x0002, 0x0008) or (number and dictionary_entry(group << 16 | number) == "UN"):
        return False
    if data[4:6] in SHORT_VRS or data[4:6] in LONG_VRS:
        return True
    return order == "little" and int.from_bytes(data[4:8], "little") < _FIRST_BYTES


def _is_big(data: bytes, offset: int) -> bool:
    """Whether the group at ``offset`` only makes sense in big endian."""
    return int.from_bytes(data[offset : offset + 2], "little") >= _MAX_FIRST_GROUP


def _syntax(data: bytes, offset: int, meta: Elements) -> Syntax:
    """Return the syntax that the meta information names, corrected by what the first element shows."""
    named = meta.get(_TRANSFER_SYNTAX)
    syntax = syntax_of(named.text()) if named is not None and named.value else None
    if syntax is not None and (syntax.is_deflated or syntax.is_encapsulated):
        return syntax
    if len(data) - offset < 8:
        raise EndOfDataError("the file holds no data set")
    code = data[offset + 4 : offset + 6]
    if code not in SHORT_VRS and code not in LONG_VRS:
        return syntax_of(IMPLICIT_LITTLE)
    return syntax_of(EXPLICIT_BIG if _is_big(data, offset) else EXPLICIT_LITTLE)


def _inflate(data: memoryview) -> tuple[bytes, bool]:
    """Inflate a raw deflate stream (PS3.5 A.5); say too whether bytes other than its padding follow."""
    stream = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    try:
        inflated = stream.decompress(data, _MAX_INFLATED_BYTES)
    except zlib.error:
        raise FormatError("the deflated data set cannot be inflated") from None
    if stream.unconsumed_tail:
        raise FormatError("the deflated data set is larger than 2 GiB")
    if not stream.eof:
        raise FormatError("the deflated data set is truncated")
    return inflated, stream.unused_data not in (b"", b"\0")


def _deflate(chunks: list[Chunk]) -> bytes:
    """Deflate, padded to an even length."""
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    deflated = b"".join([*map(stream.compress, chunks), stream.flush()])
    return deflated + b"\0" * (len(deflated) & 1)
