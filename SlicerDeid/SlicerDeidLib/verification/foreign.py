# SPDX-License-Identifier: Apache-2.0
"""Foreign: what a name reads as, and in which bytes it may stand, when its character set is not declared.

Sources: JIS X 0208 and 0201 as Shift-JIS and EUC-JP, KS X 1001 as EUC-KR, Big5, GB18030, UTF-16 (The Unicode Standard,
3.10), Windows-1251 and ISO 8859-5; blocks of letters as in Unicode's Blocks.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

FOREIGN = ("cp932", "euc_jp", "cp949", "cp950", "gb18030", "utf_16_le", "utf_16_be", "cp1251", "iso8859_5")
FIRST_SYLLABIC = 0x1100  # Hangul Jamo; all scripts before it are alphabets, in which two letters are no name
LEAST_PRINTABLE = 6  # bytes: Chinese characters in UTF-16 may look like a shorter ASCII word
LEAST_RAW = 6  # bytes of a component that is looked for as it is: shorter ones stand inside other words

_SPACE = r"[ ^=.,'\-\u3000]"
_WORD = "|".join(
    (
        r"[A-Za-z\u00c0-\u024f]+",
        r"[\u0370-\u058f]+",  # Greek, Cyrillic, Armenian
        r"[\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff66-\uff9f]+",  # kana, ideographs, Hangul
    )
)
_NAME = re.compile(rf"{_SPACE}*(?:{_WORD})(?:{_SPACE}+(?:{_WORD}))*{_SPACE}*")
_PRINTABLE = re.compile(rb"[\x20-\x7e]*")
_LETTER = re.compile(rb"[A-Za-z]")


def is_syllabic(text: str) -> bool:
    """Whether all of a text is Chinese, Japanese or Korean, where one or two characters are a name."""
    return bool(text) and text.isalpha() and ord(min(text)) >= FIRST_SYLLABIC


def foreign_names(raw: bytes) -> Iterator[str]:
    """Yield what the bytes of a name read as in the sets of ``FOREIGN``, as far as that looks like a name.

    A name in one of them has words that are all ideographs, kana and Hangul, or all letters of one alphabet; Latin
    letters of one byte become words that mix both.
    """
    has_zero = b"\0" in raw.strip(b"\0")
    if (raw.isascii() and not has_zero) or b"\x1b" in raw:
        return
    for codec in FOREIGN:
        is_utf16 = codec.startswith("utf_16")
        if is_utf16 != has_zero and (has_zero or b"^" in raw):
            continue  # UTF-16 parts components by a caret and a zero
        data = raw[: len(raw) // 2 * 2] if is_utf16 else raw.strip(b"\0")
        try:
            text = data.decode(codec).strip("\ufeff \0")
        except UnicodeDecodeError:
            continue
        if _NAME.fullmatch(text):
            yield text


def joined_names(text: str) -> Iterator[str]:
    """Yield family and given name as one word in either order, where their script writes them so."""
    for group in text.split("="):
        parts = [part.strip() for part in group.split("^")[:2]]
        if len(parts) == 2 and all(map(is_syllabic, parts)):
            yield from ("".join(parts), "".join(reversed(parts)))


def raw_components(raw: bytes) -> Iterator[bytes]:
    """Yield the components of a name as they are encoded, if they are no Latin letters."""
    for part in re.split(rb"[\\^= \0]+", raw):
        if len(part) >= LEAST_RAW and not part.isascii() and not _LETTER.search(part):
            yield part


def foreign_spellings(text: str) -> Iterator[bytes]:
    """Yield the bytes of a text in the sets of ``FOREIGN`` that have its letters, in the usual cases."""
    if text.isascii():
        return
    for form in dict.fromkeys((text, text.upper(), text.lower(), text.capitalize())):
        for codec in FOREIGN:
            try:
                data = form.encode(codec)
            except UnicodeEncodeError:
                continue
            if len(data) >= LEAST_PRINTABLE or not _PRINTABLE.fullmatch(data):
                yield data
