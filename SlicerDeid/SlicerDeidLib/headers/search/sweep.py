# SPDX-License-Identifier: Apache-2.0
"""Sweeping: what of a subject a text that stays still holds, and the whole header at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from SlicerDeidLib.headers.charset import codecs_of, decode, is_doubtful, likely_readings, readings
from SlicerDeidLib.headers.codes import CODE_PARTS, is_public_code
from SlicerDeidLib.headers.datespellings import OF, ORDINAL
from SlicerDeidLib.headers.freetext.values import TextCleaner
from SlicerDeidLib.headers.search.anyof import AnyOf
from SlicerDeidLib.headers.search.commonwords import COMMON_WORDS
from SlicerDeidLib.headers.search.documents import readable_parts
from SlicerDeidLib.headers.search.identifiers import Words, folded, plain, words_of
from SlicerDeidLib.headers.search.longbytes import stands_in_long
from SlicerDeidLib.headers.search.needles import Needles
from SlicerDeidLib.headers.search.ownwords import OwnWords, own_words
from SlicerDeidLib.headers.search.remembered import NOTHING_REMEMBERED, Remembered
from SlicerDeidLib.headers.search.strangers import tells_of_somebody
from SlicerDeidLib.headers.search.undeclared import Encoded, encoded_of, latin_readings, undeclared_readings
from SlicerDeidLib.headers.search.wrapped import unwrapped
from SlicerDeidLib.headers.terms import DEFINED_TERMS
from SlicerDeidLib.headers.values import BINARY_VRS, DOCUMENT, PIXEL_TAGS, TEXT_VRS, holds_number, numbers_of
from SlicerDeidLib.model.element import Elements, tag_text
from SlicerDeidLib.standard.makers import is_maker
from SlicerDeidLib.standard.months import MONTHS

TEXT, FREE, CLEAN, CODED, CONCEPT = "text", "free", "clean", "coded", "concept"
CODE, BYTES, UIDS = "code", "bytes", "uids"
RAW, MAKER, MODEL = "raw", "maker", "model"
UNNAMED = {FREE: "free, of no rule", CODE: "code, of no rule"}
"""How closely a value is looked at: for identifiers; also for dates, mail addresses and UIDs; word by word, so that
only vocabulary stays; as part of a coded concept, which must be of a public scheme; as part of one in a content item,
which may be of a private scheme when its meaning says what it is; as a code (VR CS); as bytes of any kind; for UIDs
of the file only. ``RAW``: as bytes that nobody describes, for own numbers in any form too. ``UNNAMED``: as those, and
for what tells of others by its form, in attributes that the table does not name. ``MAKER``: as free ones of these, but
the name of a maker stays, whoever is called so. ``MODEL``: as free ones of these, but products may be called as
persons are."""

Shown = tuple[tuple[str, bytes, bytes], ...]
"""Kind, encoded value and Specific Character Set of what a file itself shows of its subject."""

_MONTH = rf"(?:{'|'.join(' '.join(MONTHS).split())})(?![^\W\d_])"
_FIRST_MONTH = r"(?:jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-z]*"  # who says it before the day
_ANY_DATE = "|".join(
    (
        r"(?<!\d)(?:19|20)\d\d[-./ _]?(?:0[1-9]|1[0-2])[-./ _]?(?:0[1-9]|[12]\d|3[01])(?!\d)",
        r"(?<!\d)(?<!\d[.])(?:[0-2]?\d|3[01])[./-](?:[0-2]?\d|3[01])[./-](?:19|20)\d\d(?!\d)(?![.]\d)",
        r"(?<!\d)(?<!\d[.])(?:[0-2]\d|3[01])[./-](?:[0-2]\d|3[01])[./-]\d\d(?!\d)(?![.]\d)",  # 10.2.11 is a version
        rf"(?<!\d)(?:[0-2]?\d|3[01]){ORDINAL}[\W_]*{OF}{_MONTH}[\W_]*{OF}(?:19|20)\d\d(?!\d)",
        rf"(?<![^\W\d_]){_FIRST_MONTH}[\W_]*(?:[0-2]?\d|3[01])(?:(?:st|nd|rd|th)[\W_]*|[\W_]+)(?:19|20)\d\d(?!\d)",
    )
)
_MAIL_OR_UID = r"(?<=[\w.+-])@[\w-]++\.|(?<![\d.])[0-2](?:\.\d++){5}"  # from the @ on: each letter is read once
_GENERAL = dict.fromkeys((FREE, MAKER, MODEL, UNNAMED[FREE]), AnyOf((re.compile(_ANY_DATE), re.compile(_MAIL_OR_UID))))
_CODES = frozenset({CODE, UNNAMED[CODE]})
_OF_NO_RULE = frozenset({MAKER, MODEL, *UNNAMED.values()})
_LETTERS = re.compile(r"[^\W\d_]+")
_PART = re.compile(r"[^\W_]{2,}")
_EXPONENT = re.compile(rb"[\d.]+[eE][+\-]?\d{1,2}")
_SECONDS = re.compile(rb"(?<![\d.,])(?:\d{9,10}|\d{12,13})(?!\d)")  # of Unix since 1973, or milliseconds
_SHORTEST_SECONDS, _DAY_SECONDS = 9, 86_400
_UID = re.compile(rb"[0-2](?:\.\d+){3,}")
_REGISTERED = b"1.2.840.10008."  # PS3.5 9: the standard's own UIDs identify nobody
_REMEMBERED = 1 << 14  # verdicts per family of files
_FAMILIES = 64  # a series shows one or two sets of identifiers; operators change rarely
_LARGEST_BYTES = 1 << 16  # in longer values a word of 4 letters may stand by chance; their verdicts are not remembered
_LAST_TEXT_VRS = TEXT_VRS | {"CS"}
_SHORTEST_BINARY = 6  # bytes; shorter values hold nothing that the last look searches for
_DOCUMENT = "document"  # in place of its VR
_OWN_MARKS = frozenset(  # our own words, which a name may happen to be ("MODIFIED")
    {0x00120062, 0x00120063, 0x00120064, 0x00280301, 0x00280302, 0x00280303, 0x00082111}
)


class Family:
    """Searches values for the identifiers of one subject, as one family of files shows them.

    Parameters
    ----------
    words : Words
        What to search for.
    allowed : frozenset of bytes
        The subject's new IDs, encoded; they are not looked at.
    encoded : Encoded
        The names among it, as bytes of character sets that are not declared.
    own : OwnWords
        What of the subject a cleaned text must not hold.
    parts : frozenset of str
        Every word and number of its identifiers, folded: none of them may be part of a pseudonym.

    Attributes
    ----------
    cleaner : TextCleaner
        What cleans the free texts of these files.
    """

    def __init__(
        self,
        words: Words,
        allowed: frozenset[bytes] = frozenset(),
        encoded: Encoded | None = None,
        own: OwnWords | None = None,
        parts: frozenset[str] = frozenset(),
    ) -> None:
        self._words = words
        self._encoded = encoded or Encoded()
        self._own = own or OwnWords(words.text)
        self.cleaner = TextCleaner(self._own)
        self.parts = parts
        self._allowed = allowed
        self._verdicts: dict[tuple[bytes, bytes, str], bool] = {}
        self._unsuspicious: set[tuple[bytes, str]] = set()

    def holds(self, value: bytes, charset: bytes, closeness: str) -> bool:
        """Say whether a kept value must go.

        Parameters
        ----------
        value : bytes
            As encoded in the file.
        charset : bytes
            Specific Character Set that governs it; where it is malformed, only ASCII can be trusted.
        closeness : str
            One of those above but ``CLEAN``, which goes through ``cleaner``.
        """
        if len(value) > _LARGEST_BYTES:
            return self._judge(value, charset, closeness)
        key = (value, charset, closeness)
        verdict = self._verdicts.get(key)
        if verdict is None:
            if len(self._verdicts) >= _REMEMBERED:
                self._verdicts.clear()
            verdict = self._verdicts[key] = self._judge(value, charset, closeness)
        return verdict

    def holds_written(self, value: bytes | memoryview) -> bool:
        """Say whether a DS or IS is an ID or a date of the subject; these values are too many to remember."""
        if self._words.number is None and not self._own.remembered:
            return False
        return (
            (self._words.number is not None and self._words.number.search(value) is not None)
            or any(_whole_number(one) in self._words.numbers for one in _EXPONENT.findall(value))
            or (len(value) >= _SHORTEST_SECONDS and self._counts_to_a_date(value))
            or any(map(self._own.remembered.is_number, _written_numbers(value)))
        )

    def _counts_to_a_date(self, value: bytes | memoryview) -> bool:
        """Say whether a written number is the seconds or milliseconds of Unix of a date of the file."""
        counts = (
            int(one) // (_DAY_SECONDS if len(one) < 12 else _DAY_SECONDS * 1000) for one in _SECONDS.findall(value)
        )
        return any(day in self._words.unix_days for day in counts)

    def holds_packed(self, vr: str, value: bytes | memoryview) -> bool:
        """Say whether binary numbers are an ID or a date of the subject."""
        words, remembered = self._words, self._own.remembered
        if remembered and any(map(remembered.is_number, numbers_of(vr, value))):
            return True
        return bool(words.packed_alone) and holds_number(vr, value, words.packed, words.packed_alone)

    def _judge(self, value: bytes, charset: bytes, closeness: str) -> bool:
        if closeness in (BYTES, RAW):
            return self._stands_in_bytes(value) or (closeness == RAW and self._is_number_in(value))
        if is_doubtful(value, charset):
            return True
        if closeness in _CODES:
            value = _without_terms(value)
        if self._encoded.stands_in(value):
            return True
        whole = tuple(readings(value, codecs_of(charset)))
        texts = [folded(text) for text in whole]
        if closeness == MAKER and all(map(is_maker, texts)):
            return False
        is_product = closeness == MODEL
        if closeness in _OF_NO_RULE and any(tells_of_somebody(text, is_product=is_product) for text in whole):
            return True
        if self._is_glued(texts):
            return True
        if any(map(self._own.remembered.stands_in, texts)):
            return True
        if closeness in _CODES:
            return _found(self._words.code, texts)
        return _found(self._words.text, texts) or _found(_GENERAL.get(closeness, AnyOf()), texts)

    def _stands_in_bytes(self, value: bytes) -> bool:
        is_long = len(value) > _LARGEST_BYTES
        if self._encoded.stands_in(value, is_long=is_long) or self._is_in_bytes(value, self._words.binary):
            return True
        if not is_long and any(map(self._own.remembered.stands_in, _texts_in_bytes(value))):
            return True
        inner = b"\n".join(unwrapped(value))
        return bool(inner) and self._is_in_bytes(inner, self._words.last_binary)

    def _is_in_bytes(self, value: bytes, pattern: Needles) -> bool:
        """Say whether bytes hold what is searched for; of long ones, what cannot stand there by chance."""
        if len(value) > _LARGEST_BYTES:
            return stands_in_long(self._words.last_binary, value, _texts_in_bytes)
        return _found(pattern, _texts_in_bytes(value))

    def _is_number_in(self, value: bytes) -> bool:
        """Say whether bytes that are not too many for it hold an own number in a binary form."""
        pattern = self._words.raw
        return pattern is not None and len(value) <= _LARGEST_BYTES and pattern.search(value) is not None

    def _is_glued(self, texts: Iterable[str]) -> bool:
        """Say whether a word that is no common one holds one of the names."""
        return any(
            name in spelling
            for text in texts
            for word in _LETTERS.findall(text)
            if word not in COMMON_WORDS
            for spelling in (word, plain(word))
            for name in self._words.glued
        )

    def suspicious(self, elements: Elements, charset: bytes = b"", is_top: bool = True) -> Iterator[tuple[int, ...]]:
        """Yield the tag paths of elements that still hold an identifier that cannot stand there by chance."""
        charset = bytes(elements[0x00080005].value) if 0x00080005 in elements else charset
        for tag, element in elements.items():
            if element.items is not None:
                for item in element.items if tag not in _OWN_MARKS else ():
                    yield from ((tag, *path) for path in self.suspicious(item, charset, is_top=False))
            elif element.vr in _LAST_TEXT_VRS or (element.vr in BINARY_VRS and len(element.value) >= _SHORTEST_BINARY):
                is_own = is_top and (tag in PIXEL_TAGS or tag in _OWN_MARKS)
                kind = _DOCUMENT if tag == DOCUMENT else element.vr
                if is_own or not self._is_suspicious(bytes(element.value), kind, charset):
                    continue
                if tag not in CODE_PARTS or not is_public_code(elements):
                    yield (tag,)

    def _is_suspicious(self, value: bytes, vr: str, charset: bytes) -> bool:
        if vr == _DOCUMENT:
            return any(
                _found(self._words.document, _texts_in_document(part, charset)) or self._encoded.stands_in(part)
                for part in readable_parts(value)
            )
        if (value, vr) in self._unsuspicious or value.strip(b" \0") in self._allowed:
            return False
        if vr in _LAST_TEXT_VRS:
            value_read = _without_terms(value) if vr == "CS" else value
            is_hit = _found(self._words.last, map(folded, readings(value_read, codecs_of(charset))))
            is_hit = is_hit or self._encoded.stands_in(value_read)
        else:
            is_hit = self._is_in_bytes(value, self._words.last_binary)
            is_hit = is_hit or self._encoded.stands_in(value, is_long=True)
        if not is_hit:
            if len(self._unsuspicious) >= _REMEMBERED:
                self._unsuspicious.clear()
            self._unsuspicious.add((value, vr))
        return is_hit


class Sweeper:
    """Makes the families of one subject, one per set of identifiers that its files show.

    Parameters
    ----------
    identifiers : iterable of str
        What is known of the subject before any file: folder, IDs, accession numbers, names.
    new_ids : iterable of str
        The subject's new IDs.
    named : iterable of (str, str)
        Kind, as ``identifiers.words_of`` takes it, and value of what other files of the subject name.
    remembered : Remembered
        What files of earlier runs named.
    """

    def __init__(
        self,
        identifiers: Iterable[str],
        new_ids: Iterable[str] = (),
        named: Iterable[tuple[str, str]] = (),
        remembered: Remembered = NOTHING_REMEMBERED,
    ) -> None:
        self._remembered = remembered
        self._known = [*(("label", identifier) for identifier in sorted(identifiers)), *named]
        self._allowed = frozenset(new_id.encode("ascii", "replace") for new_id in new_ids)
        self._families: dict[Shown, Family] = {}

    def family(self, shown: Shown) -> Family:
        """Return the family of files that show ``shown``."""
        family = self._families.get(shown)
        if family is None:
            if len(self._families) >= _FAMILIES:
                self._families.clear()
            known = list(dict.fromkeys([*self._known, *_decoded(shown)]))
            names = [text for kind, text in known if kind in ("name", "label")]
            encoded = encoded_of(names, [value for kind, value, _ in shown if kind == "name"])
            words = words_of(known)
            own = own_words(known, words.text, self._remembered)
            parts = frozenset(folded(part) for _, text in known for part in _PART.findall(text))
            family = self._families[shown] = Family(words, self._allowed, encoded, own, parts)
        return family


def suspicious_paths(meta: Elements, dataset: Elements, family: Family, charset: bytes = b"") -> list[str]:
    """Return where a de-identified header still holds an identifier of its subject; empty is what must be.

    Looks at all text (VR AE, CS, LO, LT, PN, SH, ST, UC, UR, UT) in every reading of its character set, and at binary
    values of any VR but the pixels. What counts is said in ``identifiers``: only what cannot stand there by
    chance.

    Parameters
    ----------
    charset : bytes
        Specific Character Set of a data set that does not hold it, since it is a part of one.

    Returns
    -------
    list of str
        Tag paths, ``"(0040,0275)>(0040,0007)"``.

    Raises
    ------
    SeriesRefused
        If an encapsulated document holds more, or deeper, than can be searched.
    """
    paths = (*family.suspicious(meta), *family.suspicious(dataset, charset))
    return list(dict.fromkeys(">".join(map(tag_text, path)) for path in paths))


@lru_cache(maxsize=1 << 10)
def _uids_of(value: bytes) -> frozenset[bytes]:
    found = {uid for text in (value, value.replace(b"\0", b"")) for uid in _UID.findall(text)}
    return frozenset(uid for uid in found if not uid.startswith(_REGISTERED))


def uids_in(value: bytes | memoryview) -> frozenset[bytes]:
    """Return what reads as a UID in a value, one byte per character or two; without those of the standard.

    >>> uids_in(b"see 1.2.826.0.1.7")
    frozenset({b'1.2.826.0.1.7'})
    """
    whole = bytes(value)
    return _uids_of(whole) if len(whole) <= _LARGEST_BYTES else _uids_of.__wrapped__(whole)


def _written_numbers(value: bytes | memoryview) -> Iterator[float]:
    """Yield the values of a DS or IS that are whole numbers."""
    numbers = (_whole_number(one) for one in bytes(value).replace(b"\0", b"").split(b"\\"))
    return (number for number in numbers if number is not None)


def _whole_number(text: bytes) -> int | None:
    """Return the value of a number with an exponent when it is a whole one."""
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() else None


def _decoded(shown: Shown) -> Iterator[tuple[str, str]]:
    """Yield kind and text, in every likely reading: character sets are often declared wrongly."""
    for kind, value, charset in shown:
        codecs = codecs_of(charset)
        others = (*undeclared_readings(value, codecs), *latin_readings(value)) if kind == "name" else ()
        for text in (*likely_readings(value, codecs), *others):
            yield kind, text.rstrip(" \0")


def _without_terms(value: bytes) -> bytes:
    """Return the values of a CS that the standard does not define itself: its own terms identify nobody."""
    if value.strip(b" \0") in DEFINED_TERMS:
        return b""
    return b"\\".join(one for one in value.split(b"\\") if one.strip(b" \0") not in DEFINED_TERMS)


def _texts_in_bytes(value: bytes) -> tuple[str, ...]:
    """Return what binary bytes read as: one byte per character, and two (UTF-16) where there are zero bytes.

    Once with the letters of Latin-1, and once with ASCII alone: a byte beside a name is no letter of it.
    """
    texts = (folded(value.decode("latin_1")), value.decode("ascii", "replace").lower())
    return texts + tuple(text.replace("\0", "") for text in texts if "\0" in text)


def _texts_in_document(part: bytes, charset: bytes) -> tuple[str, ...]:
    """Return what a part of a document reads as: as any bytes, in UTF-8, and in the character set of its header."""
    if part.isascii():
        return tuple(dict.fromkeys(_texts_in_bytes(part)))
    texts = (part.decode("utf-8", "replace"), decode(part, codecs_of(charset)))
    return tuple(dict.fromkeys((*_texts_in_bytes(part), *map(folded, texts))))


def _found(identifiers: AnyOf | Needles, texts: Iterable[str]) -> bool:
    return any(identifiers.stands_in(text) for text in texts)
