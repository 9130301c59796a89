# SPDX-License-Identifier: Apache-2.0
"""Documents: what can be read in the bytes of an encapsulated document, as PDF, CDA and models write it."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterator

_STREAM = re.compile(rb"stream\r?\n")
_DICTIONARY_BYTES = 2048  # before a stream, which say what it is
_IMAGE = re.compile(rb"/Subtype\s*/Image")  # pixels: words would stand in them by chance
_MOST_INFLATED_BYTES = 1 << 26  # of all streams together, 64 MiB: a document that grows beyond holds more than text
_MOST_LAYERS = 2  # a PDF in base64 in a clinical document, with compressed pages
_HEX = re.compile(rb"<([0-9A-Fa-f][0-9A-Fa-f\s]{6,})>")  # PDF 32000-1 7.3.4.3; four letters or more
_BASE64 = re.compile(rb"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{4}\s{0,2}){6,}(?:[A-Za-z0-9+/]{2,3}={1,2})?")  # RFC 4648
_PIECE = re.compile(rb"\(((?:[^()\\]|\\.)*)\)|<([0-9A-Fa-f\s]+)>", re.DOTALL)
_PIECES = re.compile(rb"\[((?:[^\[\]\\()]|\\.|\((?:[^()\\]|\\.)*\))*)\]\s*TJ", re.DOTALL)  # 9.4.3: text that is kerned
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(\r?\n)|(.))", re.DOTALL)  # 7.3.4.2


def readable_parts(document: bytes, layers: int = _MOST_LAYERS) -> Iterator[bytes]:
    """Yield the bytes of a document, and all that it holds compressed, in hexadecimal digits, base64 or pieces.

    Parameters
    ----------
    document : bytes
        As encapsulated.
    layers : int
        How deep to look into what was unpacked.
    """
    yield document
    if b"\\" in document:
        yield _ESCAPE.sub(_unescaped, document)
    pieces = [b"".join(map(_piece, _PIECE.finditer(found[1]))) for found in _PIECES.finditer(document)]
    if pieces:
        yield b"\n".join(pieces)
    for digits in _HEX.findall(document):
        yield _from_hex(digits)
    if layers:
        for inner in (*_inflated(document), *map(_from_base64, _BASE64.findall(document))):
            yield from readable_parts(inner, layers - 1)


def _inflated(document: bytes) -> Iterator[bytes]:
    """Yield the streams of a PDF that are deflated and no images (FlateDecode, 7.4.4), as far as they can be read."""
    room = _MOST_INFLATED_BYTES
    for start in _STREAM.finditer(document):
        opened = document.rfind(b"obj", max(start.start() - _DICTIONARY_BYTES, 0), start.start())
        if room <= 0 or _IMAGE.search(document, max(opened, 0), start.start()):
            continue
        try:
            inner = zlib.decompressobj().decompress(memoryview(document)[start.end() :], room)
        except zlib.error:  # not deflated, or encrypted
            continue
        room -= len(inner)
        yield inner


def _from_hex(digits: bytes) -> bytes:
    """Return the bytes that hexadecimal digits say; a last one alone counts as if a zero followed."""
    bare = b"".join(digits.split())
    return bytes.fromhex((bare + b"0" * (len(bare) & 1)).decode("ascii"))


def _from_base64(text: bytes) -> bytes:
    """Return the bytes that letters of base64 say."""
    bare = b"".join(text.split())
    return base64.b64decode(bare + b"=" * (-len(bare) % 4))


def _piece(found: re.Match[bytes]) -> bytes:
    """Return the bytes of a string of a PDF."""
    return _from_hex(found[2]) if found[1] is None else _ESCAPE.sub(_unescaped, found[1])


def _unescaped(found: re.Match[bytes]) -> bytes:
    """Return what stands for an escape in a string of a PDF; a line that is broken goes on."""
    if found[1] is not None:
        return bytes([int(found[1], 8) & 0xFF])
    return b"" if found[2] is not None else found[3]
