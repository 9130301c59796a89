# SPDX-License-Identifier: Apache-2.0
"""Undeclared: a subject's names in character sets of several bytes that no header declares, read and searched for.

What is read
------------
A name in bytes that are neither ASCII nor UTF-8, in each of ``MULTI_BYTE``, where it reads well: every word is all of
Chinese, Japanese or Korean characters, or all of letters with case. Latin letters of one byte read as words that mix
both, or not at all.

What is searched for
--------------------
* Every word of a name or label that is not all ASCII, in each of ``MULTI_BYTE``: 2 characters of Chinese, Japanese or
  Korean, 3 letters of another script; and a whole name of such characters, in either order.
* The bytes of a component of a name themselves, whatever they mean, where they are no Latin letters: 4 bytes that stand
  alone, or 8 anywhere.

What is nevertheless read wrongly does no harm: its bytes stand nowhere but where the name's own stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import permutations, product

from SlicerDeidLib.headers.commonwords import NAME_PARTICLES
from SlicerDeidLib.headers.identifiers import folded, is_dense

MULTI_BYTE = ("cp932", "euc_jp", "cp949", "cp950", "gb18030", "utf_16_le", "utf_16_be")
"""Python's codecs: Shift-JIS, EUC-JP, EUC-KR and Big5 with their vendors' additions, GB18030, UTF-16."""

_LITTLE, _BIG = "utf_16_le", "utf_16_be"
_OTHER_LETTERS = frozenset({"iso_ir_126", "iso_ir_127", "iso_ir_138", "iso_ir_144", "iso_ir_166"})  # one byte each
_LATIN_LETTERS = range(0x41, 0x250)
_OTHER_CASED = range(0x370, 0x590)  # Greek, Cyrillic, Armenian
_USUAL = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]*")  # kana, unified ideographs, Hangul syllables
_MOST_LETTERS = 2 / 3  # of the bytes of UTF-16 without a zero are ASCII letters: Latin names have more, others a third
_ESC = b"\x1b"
_PUNCTUATION = " ^=-.',\u3000"
_WORD = re.compile(r"[^\W\d_]+")
_JOINTS = ("", " ", "^", "\u3000")  # between family and given name; the last is the space of East Asian scripts
_SHORTEST_WORD = 3  # letters
_SHORTEST_BYTES = 4  # two characters of two bytes
_CERTAIN_BYTES = 6  # 6 given bytes stand in 10^5 random ones with a probability of 4 * 10^-10
_UNMISTAKABLE_BYTES = 8  # of a component in an unknown character set: so many count inside longer words too
_ASCII = re.compile(rb"[\x20-\x7e]*")
_COMPONENT = re.compile(rb"[^\\^= \0-\x1f]+")
_LATIN = re.compile(rb"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Encoded:
    """What is searched for; None where nothing is.

    Attributes
    ----------
    any_length : Pattern
        For values that are no plain ASCII and not long.
    certain : Pattern
        For all values: what is too long to stand there by chance.
    """

    any_length: re.Pattern[bytes] | None = field(default=None, repr=False)
    certain: re.Pattern[bytes] | None = field(default=None, repr=False)

    def stands_in(self, value: bytes, *, is_long: bool = False) -> bool:
        """Say whether a name stands in an encoded value.

        Parameters
        ----------
        is_long : bool
            Whether the value is of so many bytes that short names stand there by chance.
        """
        pattern = self.certain if is_long or _ASCII.fullmatch(value) else self.any_length
        return pattern is not None and pattern.search(value) is not None


def undeclared_readings(value: bytes, codecs: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the value of a name reads as in character sets that are not declared; mostly nothing.

    Parameters
    ----------
    codecs : tuple of str
        Of the declared character set (``charset.codecs_of``): one of other letters than Latin ones is believed.
    """
    if _ESC in value or codecs[0] in _OTHER_LETTERS:
        return ()
    if b"\0" not in value.rstrip(b"\0") and _is_utf8(value):
        return ()
    return tuple(dict.fromkeys(text for codec in _likely_codecs(value) if (text := _read_well(value, codec))))


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _likely_codecs(value: bytes) -> tuple[str, ...]:
    """Return the codecs to try: zero bytes inside stand in UTF-16 only, and on the side of its higher bytes."""
    if b"\0" not in value.rstrip(b"\0"):
        return MULTI_BYTE
    big, little = value[::2].count(0), value[1::2].count(0)
    return ((_LITTLE,) if little > big else (_BIG,)) if little != big else (_LITTLE, _BIG)


def _read_well(value: bytes, codec: str) -> str:
    """Return a reading without gaps whose words are of one kind of letters each; else nothing."""
    is_pairs = codec in (_LITTLE, _BIG)
    value = value[: len(value) // 2 * 2] if is_pairs else value.rstrip(b"\0")
    try:
        text = value.decode(codec).strip("\ufeff \0")
    except UnicodeDecodeError:
        return ""
    words = "".join(" " if character in _PUNCTUATION else character for character in text).split()
    if not all(map(_is_of_one_kind, words)):
        return ""
    if is_pairs and b"\0" not in value and any(map(is_dense, words)):
        # components of UTF-16 are parted by ^ and a zero, so another ^ parts those of a Latin name
        is_latin = b"^" in value or len(_LATIN.findall(value)) > _MOST_LETTERS * len(value)
        return "" if is_latin or not all(map(_USUAL.fullmatch, words)) else text
    return text


def _is_of_one_kind(word: str) -> bool:
    first, last = ord(min(word)), ord(max(word))
    is_cased = any(first in letters and last in letters for letters in (_LATIN_LETTERS, _OTHER_CASED))
    return word.isalpha() and (is_cased or is_dense(word))


def encoded_of(names: Iterable[str], values: Iterable[bytes]) -> Encoded:
    """Compile what is searched for.

    Parameters
    ----------
    names : iterable of str
        Names and labels, decoded.
    values : iterable of bytes
        Names as they are encoded in the file.
    """
    spellings = dict.fromkeys(spelling for name in names for spelling in _spellings(name))
    found = {re.escape(one): len(one) for pair in product(spellings, MULTI_BYTE) for one in _encoded(*pair)}
    found.update((pattern, length) for value in values for pattern, length in _components(value))
    return Encoded(
        _compiled(found), _compiled(pattern for pattern, length in found.items() if length >= _CERTAIN_BYTES)
    )


def _compiled(patterns: Iterable[bytes]) -> re.Pattern[bytes] | None:
    joined = b"|".join(patterns)
    return re.compile(joined) if joined else None


def _spellings(name: str) -> Iterator[str]:
    """Yield the words of a name that ASCII cannot write, in the usual cases, and what its characters make together."""
    for group in unicodedata.normalize("NFC", name).split("="):
        for word in _WORD.findall(group):
            if is_dense(word):
                yield word
            elif len(word) >= _SHORTEST_WORD and not word.isascii() and folded(word) not in NAME_PARTICLES:
                yield from (word, word.upper(), word.lower(), word.capitalize())
        components = ["".join(_WORD.findall(component)) for component in group.split("^")[:2]]
        if len(components) == 2 and all(map(is_dense, components)):
            yield from (joint.join(order) for order in permutations(components) for joint in _JOINTS)


def _encoded(spelling: str, codec: str) -> Iterator[bytes]:
    """Yield a spelling in a character set that has its letters."""
    try:
        one = spelling.encode(codec)
    except UnicodeEncodeError:
        return
    if len(one) >= _SHORTEST_BYTES:
        yield one


def _components(value: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield a pattern and a length for every component of a name that is not written in Latin letters."""
    for one in _COMPONENT.findall(value):
        if len(one) < _SHORTEST_BYTES or one.isascii() or _LATIN.search(one):
            continue
        is_long = len(one) >= _UNMISTAKABLE_BYTES
        yield re.escape(one) if is_long else rb"(?<![\x80-\xff])" + re.escape(one) + rb"(?![\x80-\xff])", len(one)
