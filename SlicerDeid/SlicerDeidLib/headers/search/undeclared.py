# SPDX-License-Identifier: Apache-2.0
"""Undeclared: a subject's names in character sets that no header declares, read and searched for.

What is read
------------
A name in bytes that are neither ASCII nor UTF-8, where it reads well:

* in each of ``MULTI_BYTE``: every word is all of Chinese, Japanese or Korean characters, or all of letters with case.
  Latin letters of one byte read as words that mix both, or not at all;
* in each of ``OTHER_LETTERS``: every word is all of Greek, Cyrillic, Hebrew, Arabic or Thai letters, capitals where
  names have them, or all ASCII;
* in each of ``LATIN_LETTERS``: every word is all of Latin letters.

A name that is UTF-8 is also read as UTF-8 that was written as UTF-8 once more.

What is searched for
--------------------
* Every word of a name or label that is not all ASCII, in each of these character sets: 2 characters of Chinese,
  Japanese or Korean, 3 letters of another script; and a whole name of such characters, in either order.
* The bytes of a component of a name themselves, whatever they mean, where they are no Latin letters: 4 bytes that stand
  alone, or 8 anywhere.

What is nevertheless read wrongly does no harm: its bytes stand nowhere but where the name's own stand.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise, permutations

from SlicerDeidLib.headers.charset import decode, is_utf8
from SlicerDeidLib.headers.search.commonwords import NAME_PARTICLES
from SlicerDeidLib.headers.search.identifiers import folded, is_dense

MULTI_BYTE = ("cp932", "euc_jp", "cp949", "cp950", "gb18030", "johab", "utf_16_le", "utf_16_be")
"""Python's codecs: Shift-JIS, EUC-JP, EUC-KR and Big5 with their vendors' additions, GB18030, Johab, UTF-16."""

OTHER_LETTERS = (
    "cp1251", "iso8859_5", "koi8_u", "cp866", "mac_cyrillic", "cp1253", "iso8859_7", "cp737", "cp869", "cp1255",
    "iso8859_8", "cp862", "cp1256", "iso8859_6", "cp864", "cp874",
)  # fmt: skip
"""Python's codecs: of Windows, ISO 8859, DOS and Macintosh, one byte for each letter of a script that is not Latin."""

LATIN_LETTERS = (
    "cp1252", "cp1250", "cp1254", "cp1257", "iso8859_2", "iso8859_3", "iso8859_4", "iso8859_15", "iso8859_16", "cp850",
    "cp852", "cp857", "cp775", "mac_roman", "mac_latin2", "mac_turkish",
)  # fmt: skip
"""The same for Latin letters."""

_LITTLE, _BIG = "utf_16_le", "utf_16_be"
_OTHER_DECLARED = frozenset({"iso_ir_126", "iso_ir_127", "iso_ir_138", "iso_ir_144", "iso_ir_166"})  # one byte each
_LATIN_CASED = range(0x41, 0x250)
_WITHOUT_CASE = (range(0x5D0, 0x600), range(0x600, 0x700), range(0xE01, 0xE80))  # Hebrew, Arabic, Thai
_OTHER_CASED = range(0x370, 0x590)  # Greek, Cyrillic, Armenian
_USUAL = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]*")  # kana, unified ideographs, Hangul syllables
_MOST_LETTERS = 2 / 3  # of the bytes of UTF-16 without a zero are ASCII letters: Latin names have more, others a third
_ESC, _SHIFT_OUT = b"\x1b", b"\x0e"
_PUNCTUATION = " ^=-.',’\u3000"
_WORD = re.compile(r"[^\W\d_]+")
_JOINTS = ("", " ", "^", "\u3000")  # between family and given name; the last is the space of East Asian scripts
_SHORTEST_WORD = 3  # letters
_SHORTEST_BYTES = 4  # two characters of two bytes
_SHORTEST_ALONE, _SHORTEST_GLUED = 3, 5  # letters of one byte, where no other stands beside them, and anywhere
_CERTAIN_BYTES = 6  # 6 given bytes stand in 10^5 random ones with a probability of 4 * 10^-10
_UNMISTAKABLE_BYTES = 8  # of a component in an unknown character set: so many count inside longer words too
_FILLS = (bytes(1 << 10), b"\xff" * (1 << 10))  # bytes; no spelling is so long
_COMPILED = 1 << 8  # expressions that are kept: a few of a subject
_REMEMBERED = 1 << 12  # spellings: the files of a subject have most of them in common
_ASCII = re.compile(rb"[\x20-\x7e]*")
_COMPONENT = re.compile(rb"[^\\^= \0-\x1f]+")
_LATIN = re.compile(rb"[A-Za-z]")
_NOT_ASCII = rb"\x80-\xff"
_LETTERS = rb"A-Za-z" + _NOT_ASCII


Sought = tuple[bytes, bytes]
"""Letters as they are encoded, and those, as a range of an expression, beside which they do not count; mostly none."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """What is searched for; empty where nothing is.

    Attributes
    ----------
    any_length : tuple of Sought
        For values that are not ASCII and not long.
    certain : tuple of Sought
        For long values: what is too long to stand there by chance.
    plain : tuple of Sought
        For values of ASCII: the same, as far as it is ASCII itself.
    """

    any_length: tuple[Sought, ...] = field(default=(), repr=False)
    certain: tuple[Sought, ...] = field(default=(), repr=False)
    plain: tuple[Sought, ...] = field(default=(), repr=False)

    def stands_in(self, value: bytes, *, is_long: bool = False) -> bool:
        """Say whether a name stands in an encoded value.

        Parameters
        ----------
        is_long : bool
            Whether the value is of so many bytes that short names stand there by chance.
        """
        not_plain = self.certain if is_long else self.any_length
        if is_long and not_plain:
            value = _without_fill(value)
        sought = self.plain if _ASCII.fullmatch(value) else not_plain
        return any(
            letters in value and (not beside or _alone(letters, beside).search(value) is not None)
            for letters, beside in sought
        )


def _without_fill(value: bytes) -> bytes:
    """Return a long value whose empty stretches are short: nothing stands in them, but every spelling is looked for.

    What stands beside other bytes still does: some of each stretch stays.
    """
    for fill in _FILLS:
        first, *others = value.split(fill)
        if others:
            value = fill.join((first, *filter(None, others[:-1]), others[-1]))
    return value


def undeclared_readings(value: bytes, codecs: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the value of a name reads as in character sets that are not declared; mostly nothing.

    Parameters
    ----------
    codecs : tuple of str
        Of the declared character set (``charset.codecs_of``): one of other letters than Latin ones is believed.
    """
    if _ESC in value:
        return _of_korean_mail(value)
    has_zeros = b"\0" in value.rstrip(b"\0")
    if not has_zeros and is_utf8(value):
        return _written_twice(value)
    declared = decode(value, codecs)
    found = [] if has_zeros else [_in_other_letters(value, codec) for codec in OTHER_LETTERS]
    if has_zeros or codecs[0] not in _OTHER_DECLARED or not _is_well_cased(declared):
        found += [_read_well(value, codec) for codec in _likely_codecs(value)]
    return tuple(text for text in dict.fromkeys(found) if text and text != declared)


def latin_readings(value: bytes) -> tuple[str, ...]:
    """Return what the value of a name reads as in the character sets of Latin letters that are not declared."""
    if value.isascii() or _ESC in value or is_utf8(value):
        return ()
    texts = (value.rstrip(b"\0").decode(codec, "replace") for codec in LATIN_LETTERS)
    return tuple(dict.fromkeys(text for text in texts if all(map(_is_latin, _words_of(text)))))


def _of_korean_mail(value: bytes) -> tuple[str, ...]:
    """Return what reads as ISO-2022-KR (RFC 1557), whose shifts DICOM does not know."""
    if _SHIFT_OUT in value:
        with contextlib.suppress(UnicodeDecodeError):
            return (value.rstrip(b"\0").decode("iso2022_kr"),)
    return ()


def _written_twice(value: bytes) -> tuple[str, ...]:
    """Return the name whose UTF-8 was taken for letters of one byte and written as UTF-8 once more."""
    for codec in ("cp1252", "latin_1"):
        with contextlib.suppress(UnicodeError):
            text = value.decode("utf-8").encode(codec).decode("utf-8")
            return () if text.isascii() else (text,)
    return ()


def _words_of(text: str) -> list[str]:
    return "".join(" " if character in _PUNCTUATION else character for character in text).split()


def _in_other_letters(value: bytes, codec: str) -> str:
    """Return a reading in letters of one byte, where every word is of such letters or all ASCII."""
    text = value.rstrip(b"\0").decode(codec, "replace")
    words = [word for word in _words_of(text) if not word.isascii()]
    is_well_read = bool(words) and all(map(_is_of_other_letters, words)) and _is_well_cased(text)
    return text.strip() if is_well_read else ""


def _is_of_other_letters(word: str) -> bool:
    first, last = ord(min(word)), ord(max(word))
    is_one_script = any(first in letters and last in letters for letters in (_OTHER_CASED, *_WITHOUT_CASE))
    return is_one_script and all(unicodedata.category(character)[0] in "LM" for character in word)


def _is_latin(word: str) -> bool:
    return word.isalpha() and ord(max(word)) in _LATIN_CASED and _is_well_cased(word)


def _is_well_cased(text: str) -> bool:
    """Say whether a text has letters where names have them: no capital but an ASCII one behind a small letter."""
    is_text = "\ufffd" not in text and not any("\x80" <= character < "\xa0" for character in text)
    pairs = pairwise(text)
    return is_text and not any(a.islower() and b.isupper() and not b.isascii() for a, b in pairs)


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
    words = _words_of(text)
    if not all(map(_is_of_one_kind, words)):
        return ""
    if is_pairs and b"\0" not in value and any(map(is_dense, words)):
        # components of UTF-16 are parted by ^ and a zero, so another ^ parts those of a Latin name
        is_latin = b"^" in value or len(_LATIN.findall(value)) > _MOST_LETTERS * len(value)
        return "" if is_latin or not all(map(_USUAL.fullmatch, words)) else text
    return text


def _is_of_one_kind(word: str) -> bool:
    first, last = ord(min(word)), ord(max(word))
    is_cased = any(first in letters and last in letters for letters in (_LATIN_CASED, _OTHER_CASED))
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
    found = dict.fromkeys(one for spelling in spellings for one in _encoded(spelling))
    found.update(dict.fromkeys(one for value in values for one in _components(value)))
    certain = tuple(one for one in found if len(one[0]) >= _CERTAIN_BYTES)
    return Encoded(tuple(found), certain, tuple(one for one in certain if one[0].isascii()))


@lru_cache(maxsize=_COMPILED)
def _alone(letters: bytes, beside: bytes) -> re.Pattern[bytes]:
    """Compile letters that stand alone; most are in no value, and are never compiled."""
    return re.compile(rb"(?<![%b])%b(?![%b])" % (beside, re.escape(letters), beside))


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


@lru_cache(maxsize=_REMEMBERED)
def _encoded(spelling: str) -> tuple[Sought, ...]:
    """Return a spelling in every character set that has its letters."""
    return tuple(_encodings(spelling))


def _encodings(spelling: str) -> Iterator[Sought]:
    for codec in (*MULTI_BYTE, *OTHER_LETTERS, *LATIN_LETTERS):
        with contextlib.suppress(UnicodeEncodeError):
            one = spelling.encode(codec)
            if codec not in MULTI_BYTE and len(one) >= _SHORTEST_ALONE:  # of one byte each: many count anywhere
                yield one, b"" if len(one) >= _SHORTEST_GLUED else _LETTERS
            elif codec in MULTI_BYTE and len(one) >= _SHORTEST_BYTES:
                yield one, b""
    for codec in ("cp1252", "latin_1"):
        with contextlib.suppress(UnicodeError):
            yield spelling.encode().decode(codec).encode(), b""


def _components(value: bytes) -> Iterator[Sought]:
    """Yield every component of a name that is not written in Latin letters."""
    for one in _COMPONENT.findall(value):
        if len(one) < _SHORTEST_BYTES or one.isascii() or _LATIN.search(one):
            continue
        yield one, b"" if len(one) >= _UNMISTAKABLE_BYTES else _NOT_ASCII
