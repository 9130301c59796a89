# SPDX-License-Identifier: Apache-2.0
"""Character sets: what a text may read as, by Specific Character Set and by what writers do without it."""

from __future__ import annotations

import re

from pydicom.charset import CODES_TO_ENCODINGS, STAND_ALONE_ENCODINGS, default_encoding, python_encoding

_ESC = b"\x1b"
_FRAGMENTS = re.compile(rb"^[^\x1b]+|\x1b[^\x1b]*")
_KEEPS_ESCAPE = frozenset({"iso2022_jp", "iso2022_jp_2"})  # Python decodes these with their escape sequences
_CODEC_OF = {"iso_ir_58": "gb2312", default_encoding: "latin_1"}  # Python's iso_ir_58 expects no escape sequence
_UNDECLARED = ("cp1252", "cp1250", "cp1251", "iso8859_5")  # what writers of Latin and Cyrillic letters forget to say
LATIN_CODECS = frozenset({"iso8859", "latin_1", "iso8859_2", "iso8859_3", "iso8859_4", "iso_ir_148"})
"""Python's codecs of the character sets whose letters are all Latin, one byte each."""

_ASCII_TERMS = frozenset({"", "ISO_IR 6", "ISO 2022 IR 6"})
_RESETS = re.compile(rb"[\\\r\n\t\f^=]")  # PS3.5 6.1.2.5.3: what brings the first character set back
_NO_LETTER = re.compile("[\ufffd\x80-\x9f]")  # what does not decode, and controls that no text of DICOM has
_NO_LATIN_WORD = re.compile(r"(?<![^\W\d_])(?:(?![×÷])[\u00aa-\u024f]){2,}(?![^\W\d_])")  # none of its letters is ASCII
_MISSPELLED = re.compile(r"ISO[ _-]?(?:(2022)[ _-]?)?IR[ _-]?(\d{1,3})", re.IGNORECASE)


def defined_terms(value: bytes) -> tuple[str, ...] | None:
    """Return the defined terms of Specific Character Set, common misspellings put right; None when it is malformed.

    >>> defined_terms(b"ISO_IR 100")
    ('ISO_IR 100',)
    >>> defined_terms(b"ISO-IR 192 ")
    ('ISO_IR 192',)
    """
    terms = [_defined_term(term.strip(" \0")) for term in value.decode("latin_1").split("\\")]
    if any(term is None for term in terms):
        return None
    found = [term for term in terms if term is not None]
    if len(found) == 1 or found[0] in STAND_ALONE_ENCODINGS:
        return tuple(found[:1])
    return tuple(term for term in found if term not in STAND_ALONE_ENCODINGS)


def _defined_term(term: str) -> str | None:
    if term in python_encoding:
        return term
    match = _MISSPELLED.fullmatch(term)
    if match is None:
        return None
    corrected = f"ISO 2022 IR {match[2]}" if match[1] else f"ISO_IR {match[2]}"
    return corrected if corrected in python_encoding else None


def codecs_of(value: bytes) -> tuple[str, ...]:
    """Return Python's codecs for a value of Specific Character Set; Latin-1 where it is absent or malformed."""
    return tuple(python_encoding[term] for term in defined_terms(value) or ("",))


def decode(value: bytes, codecs: tuple[str, ...]) -> str:
    """Decode a text by its character sets, escape sequences included; what does not decode becomes U+FFFD."""
    if _ESC not in value:
        return value.decode(_CODEC_OF.get(codecs[0], codecs[0]), "replace")
    return "".join(_decode_fragment(fragment, codecs[0]) for fragment in _FRAGMENTS.findall(value))


def _decode_fragment(fragment: bytes, first: str) -> str:
    """Decode a part that begins with an escape sequence, or the first part."""
    width = 4 if fragment.startswith((b"\x1b$(", b"\x1b$)")) else 3
    codec = CODES_TO_ENCODINGS.get(fragment[:width])
    first = _CODEC_OF.get(first, first)
    if codec is None:
        return fragment.lstrip(_ESC).decode(first, "replace")
    if codec in _KEEPS_ESCAPE:
        return fragment.decode(codec, "replace")
    text = fragment[width:]
    reset = _RESETS.search(text)
    end = reset.start() if reset else len(text)
    return text[:end].decode(_CODEC_OF.get(codec, codec), "replace") + text[end:].decode(first, "replace")


def readings(value: bytes, codecs: tuple[str, ...]) -> tuple[str, ...]:
    """Return everything that ``value`` may read as: as declared, and as writers do that do not declare it.

    UTF-8, Latin-1 and the code pages of Windows are always tried; zero bytes inside a value are tried as the halves of
    UTF-16 letters.
    """
    value = value.rstrip(b"\0")
    if value.isascii() and _ESC not in value:
        texts: tuple[str, ...] = (value.decode("ascii"),)
    else:
        texts = (decode(value, codecs), value.decode("utf-8", "replace"), value.decode("latin_1"))
        texts += tuple(value.decode(codec, "replace") for codec in _UNDECLARED)
    if b"\0" in value:
        texts += tuple(text.replace("\0", "") for text in texts)
    return tuple(dict.fromkeys(texts))


def likely_readings(value: bytes, codecs: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a name or number may read as, without the rubbish that a wrong character set makes of it.

    What is UTF-8 by its bytes is not read as Latin letters; a reading with gaps counts only where none is whole.
    """
    texts = readings(value, codecs)
    if len(texts) > 1 and _ESC not in value:
        try:
            whole = value.rstrip(b"\0").decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            single = not codecs[0].lower().startswith(("utf", "gb", "euc", "shift"))
            texts = (whole,) if single else (decode(value, codecs), whole)
    return tuple(text for text in texts if "\ufffd" not in text) or texts


def is_doubtful(value: bytes, charset: bytes) -> bool:
    """Say whether a value may be written in another character set than the one that is declared.

    It is where letters beyond ASCII stand and no character set that has them is declared; where the bytes are UTF-8 and
    the declared one is of single bytes; and where what they read as is no text: gaps, control characters, words of
    accented Latin letters alone.

    >>> is_doubtful("Größe".encode("latin_1"), b"ISO_IR 100"), is_doubtful("Größe".encode(), b"ISO_IR 100")
    (False, True)
    """
    if value.isascii():
        return False
    terms = defined_terms(charset)
    if terms is None or (terms[0] in _ASCII_TERMS and _ESC not in value):
        return True
    codecs = codecs_of(charset)
    text = decode(value.rstrip(b"\0"), codecs)
    if _NO_LETTER.search(text):
        return True
    if codecs[0] not in LATIN_CODECS:
        return False
    return is_utf8(value) or _NO_LATIN_WORD.search(text) is not None


def is_utf8(value: bytes) -> bool:
    """Say whether a value decodes as UTF-8."""
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
