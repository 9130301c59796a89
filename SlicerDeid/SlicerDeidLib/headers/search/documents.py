# SPDX-License-Identifier: Apache-2.0
"""Documents: what can be read in the bytes of an encapsulated document, as PDF, CDA and models write it."""

from __future__ import annotations

import base64
import html
import re
import zlib
from collections.abc import Iterator

from SlicerDeidLib.errors import SeriesRefused

_STREAM = re.compile(rb"(?<!end)stream[ \t]{0,8}(?:\r\n?|\n)")
_OBJECT, _CLOSED, _END = b"obj", b"endobj", b"endstream"  # PDF 32000-1 7.3.8 and 7.3.10
_DICTIONARY = re.compile(rb"\s*<<")
_ENTRY = re.compile(  # of a dictionary, or what must not be taken for one: text and comments
    rb"<<|>>|\((?:[^()\\]++|\\.)*+\)|%[^\r\n]*+|/Subtype\s*+/Image(?=[\s\0()<>\[\]{}/%])", re.DOTALL
)
_NAME_DIGITS = re.compile(rb"#([0-9A-Fa-f]{2})")  # 7.3.5: a character of a name by its number
_FILTER = re.compile(rb"/Filter(?=[\s/\[])\s*+(\[[^\]]*+\]?|/?[^\s/<>\[\]()]++)")  # 7.4.1
_READ_FILTERS = (b"/FlateDecode", b"[/FlateDecode]", b"[]", b"null")
_PREDICTED = re.compile(rb"/Predictor\s*+(?!1(?!\d))|/DecodeParms\s*+\[?\s*+\d")  # 7.4.4.4; or said elsewhere
_CROSS_REFERENCES = re.compile(rb"/Type\s*+/XRef(?![A-Za-z])")  # 7.5.8: numbers only, nearly always predicted
_ENCRYPTED = re.compile(rb"/Encrypt\s*+(?:\d++\s++\d++\s++R|<<)")  # 7.6.1
_JPEG, _JPEG_2000 = b"\xff\xd8", b"\0\0\0\x0cjP  "  # how they begin
_SCAN = b"\xda"  # of JPEG: no more text behind it
_CODESTREAM = b"jp2c"  # of JPEG 2000: the same
_READ_BYTES = 1 << 12  # of a stream at a time: what stands behind its end is read once for each
_MOST_INFLATED_BYTES = 1 << 26  # of all streams at all depths, 64 MiB: what grows beyond holds more than text
_MOST_GROWTH = 100  # times the size of a whole document, which text does not reach, and
_ANY_GROWTH_BYTES = 1 << 20  # that any document may inflate beside
_MOST_LAYERS = 4  # a PDF in base64 in a clinical document, with a PDF as attachment, with compressed pages
_HEX = re.compile(rb"<([0-9A-Fa-f][0-9A-Fa-f\s]{6,})>")  # PDF 32000-1 7.3.4.3; four letters or more
_BASE64 = re.compile(rb"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{4}\s{0,2}){6,}+(?:[A-Za-z0-9+/]{2,3}={1,2})?")  # RFC 4648
_PIECE = re.compile(rb"\(((?:[^()\\]++|\\.)*+)\)|<([0-9A-Fa-f\s]+)>", re.DOTALL)
_PIECES = re.compile(  # 9.4.3: text that is kerned; nothing is tried twice
    rb"\[((?:[^\[\]\\()]++|\\.|\((?:[^()\\]++|\\.)*+\))*+)\]\s*+TJ", re.DOTALL
)
_SHOWN = re.compile(rb"(?:" + _PIECE.pattern + rb")\s*+(?:Tj|['\"])", re.DOTALL)  # 9.4.3: a string shown by itself
_REFERENCE = re.compile(rb"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")  # XML 1.0 4.1; names are those of HTML
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(\r?\n)|(.))", re.DOTALL)  # 7.3.4.2


def readable_parts(document: bytes) -> Iterator[bytes]:
    """Yield the bytes of a document, and all that it holds compressed, in digits, base64, references or pieces.

    The pixels of a PDF's images are left out: words would stand in them by chance.

    Parameters
    ----------
    document : bytes
        As encapsulated.

    Raises
    ------
    SeriesRefused
        Before anything is yielded, if the document holds more compressed content, or deeper, than can be read, or
        content of a PDF that is encrypted or packed in another way than by deflating it once.
    """
    for content in _unpacked(document):
        yield content
        if b"\\" in content:
            yield _ESCAPE.sub(_unescaped, content)
        if b"&" in content and (told := _REFERENCE.sub(_referred, content)) != content:
            yield told
        pieces = [b"".join(map(_piece, _PIECE.finditer(found[1]))) for found in _PIECES.finditer(content)]
        shown = [_piece(found) for found in _SHOWN.finditer(content)]
        if pieces:
            yield b"\n".join(pieces)
        for letters in (pieces, shown):
            if len(letters) > 1:  # each may have been put at its own place
                yield b"".join(letters)
        for digits in _HEX.findall(content):
            yield _from_hex(digits)


def _unpacked(document: bytes) -> list[bytes]:
    """Return a document without the pixels of its images, and all that is packed in it, however deep."""
    found: list[bytes] = []
    layer, room = [document], min(_MOST_INFLATED_BYTES, _ANY_GROWTH_BYTES + _MOST_GROWTH * len(document))
    for _ in range(_MOST_LAYERS + 1):
        inner: list[bytes] = []
        for packed in layer:
            bare, streams = _parted(packed)
            if _ENCRYPTED.search(bare):
                raise SeriesRefused("its document is encrypted and cannot be searched: leave it out")
            found.append(bare)
            for start in streams:
                content = _inflated(memoryview(bare)[start:], room)
                room -= len(content)
                if room < 0:
                    raise SeriesRefused("its document holds more compressed content than can be searched: leave it out")
                inner += [content] if content else []
            inner += map(_from_base64, _BASE64.findall(bare))
        layer = inner
    if layer:
        raise SeriesRefused("its document holds documents in documents, too deep to be searched: leave it out")
    return found


def _parted(document: bytes) -> tuple[bytes, list[int]]:
    """Return a document without the pixels of its images, and where in it the other streams of a PDF begin."""
    kept: list[bytes] = []
    streams: list[int] = []
    done = begin = length = 0  # what is kept already, where the last stream began or ended, and how much is kept
    has_end = True
    for found in _STREAM.finditer(document):
        if found.start() < begin:  # in an image
            continue
        is_image = has_end and _is_image(document, document.rfind(_OBJECT, begin, found.start()), found.start())
        end = document.find(_END, found.end()) if is_image else -1
        before, begin, has_end = begin, found.end(), has_end and not (is_image and end < 0)
        if end < 0:
            _refuse_unread(document[max(before, document.rfind(_CLOSED, before, found.start())) : found.start()])
            streams.append(length + found.end() - done)
            continue
        kept += [document[done : found.end()], _picture_head(document[found.end() : end])]
        length += len(kept[-2]) + len(kept[-1])
        done = begin = end
    return (b"".join((*kept, document[done:])) if kept else document), streams


def _refuse_unread(dictionary: bytes) -> None:
    """Refuse a stream that is not an image and, as its dictionary says, packed in a way that is not read here."""
    told = _NAME_DIGITS.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), dictionary)
    is_read = all(b"".join(found[1].split()) in _READ_FILTERS for found in _FILTER.finditer(told))
    if not is_read or (_PREDICTED.search(told) and not _CROSS_REFERENCES.search(told)):
        raise SeriesRefused("its document is packed in a way that cannot be searched: leave it out")


def _is_image(document: bytes, opened: int, closed: int) -> bool:
    """Say whether the dictionary of an object, before its stream, says that it is an image; not one named inside it."""
    begin = _DICTIONARY.match(document, opened + len(_OBJECT), closed) if opened >= 0 else None
    depth = 0
    for entry in _ENTRY.finditer(document, begin.end() - 2, closed) if begin else ():
        if entry[0] in (b"<<", b">>"):
            depth += 1 if entry[0] == b"<<" else -1
        elif depth == 1 and entry[0].startswith(b"/"):
            return True
    return False


def _picture_head(picture: bytes) -> bytes:
    """Return what can hold text before the pixels of a JPEG (ISO 10918-1 B.1.1.4) or JPEG 2000 (ISO 15444-1 I.2)."""
    if picture.startswith(_JPEG_2000):
        return picture.partition(_CODESTREAM)[0]
    at = 2 if picture.startswith(_JPEG) else 0
    while at and picture[at : at + 1] == b"\xff" and picture[at + 1 : at + 2] != _SCAN:
        at += 2 + int.from_bytes(picture[at + 2 : at + 4])
    return picture[:at]


def _inflated(stream: memoryview, room: int) -> bytes:
    """Return a stream that is deflated (FlateDecode, 7.4.4), as far as it can be read, and one byte beyond ``room``."""
    inflater, inner, at = zlib.decompressobj(), bytearray(), 0
    try:
        while at < len(stream) and not inflater.eof and len(inner) <= room:
            inner += inflater.decompress(stream[at : at + _READ_BYTES], room + 1 - len(inner))
            at += _READ_BYTES
    except zlib.error:  # not deflated, encrypted, or damaged from here on
        pass
    return bytes(inner)


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


def _referred(found: re.Match[bytes]) -> bytes:
    """Return the character that a reference of XML or HTML stands for, in UTF-8."""
    return html.unescape(found[0].decode("ascii")).encode()
