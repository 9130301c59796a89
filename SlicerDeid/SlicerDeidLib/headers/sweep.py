# SPDX-License-Identifier: Apache-2.0
"""Sweeping: what of a subject a text that stays still holds, and the whole header at the end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from SlicerDeidLib.headers.charset import codecs_of, defined_terms, likely_readings, readings
from SlicerDeidLib.headers.codes import CODE_PARTS, is_public_code
from SlicerDeidLib.headers.identifiers import Words, folded, words_of
from SlicerDeidLib.headers.ownwords import OwnWords, own_words
from SlicerDeidLib.headers.terms import DEFINED_TERMS
from SlicerDeidLib.headers.textvalues import TextCleaner
from SlicerDeidLib.headers.values import BINARY_VRS, PIXEL_TAGS, TEXT_VRS
from SlicerDeidLib.model.element import Elements, tag_text

TEXT, FREE, CLEAN, CODED, CODE, BYTES = "text", "free", "clean", "coded", "code", "bytes"
"""How closely a value is looked at: for identifiers; also for dates, mail addresses and UIDs; word by word, so that
only vocabulary stays; as part of a coded concept, which must be of a public scheme; as a code (VR CS); as bytes."""

Shown = tuple[tuple[str, bytes, bytes], ...]
"""Kind, encoded value and Specific Character Set of what a file itself shows of its subject."""

_MONTH = r"(?:jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-z]*"
_ANY_DATE = "|".join(
    (
        r"(?<!\d)(?:19|20)\d\d[-./ _]?(?:0[1-9]|1[0-2])[-./ _]?(?:0[1-9]|[12]\d|3[01])(?!\d)",
        r"(?<!\d)(?<!\d[.])(?:[0-2]?\d|3[01])[./-](?:[0-2]?\d|3[01])[./-](?:19|20)\d\d(?!\d)(?![.]\d)",
        r"(?<!\d)(?<!\d[.])(?:[0-2]\d|3[01])[./-](?:[0-2]\d|3[01])[./-]\d\d(?!\d)(?![.]\d)",  # 10.2.11 is a version
        rf"(?<!\d)(?:[0-2]?\d|3[01])[\W_]*{_MONTH}[\W_]*(?:19|20)\d\d(?!\d)",
        rf"(?<![^\W\d_]){_MONTH}[\W_]*(?:[0-2]?\d|3[01])[\W_]+(?:19|20)\d\d(?!\d)",
    )
)
_MAIL_OR_UID = r"[\w.+-]+@[\w-]+\.|(?<![\d.])[0-2](?:\.\d+){5,}"
_GENERAL = {FREE: re.compile("|".join((_ANY_DATE, _MAIL_OR_UID)))}
_REMEMBERED = 1 << 14  # verdicts per family of files
_FAMILIES = 64  # a series shows one or two sets of identifiers; operators change rarely
_LARGEST_BYTES = 1 << 16  # in longer values a word of 4 letters may stand by chance; their verdicts are not remembered
_LAST_TEXT_VRS = TEXT_VRS | {"CS"}
_SHORTEST_BINARY = 6  # bytes; shorter values hold nothing that the last look searches for
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
    own : OwnWords
        What of the subject a cleaned text must not hold.

    Attributes
    ----------
    cleaner : TextCleaner
        What cleans the free texts of these files.
    own_number : Pattern or None
        What finds a DS or IS that is an ID or a date of the subject: these values are too many to remember.
    own_packed : frozenset of bytes
        The same as binary numbers.
    """

    def __init__(self, words: Words, allowed: frozenset[bytes] = frozenset(), own: OwnWords | None = None) -> None:
        self._words = words
        self.cleaner = TextCleaner(own or OwnWords(words.text))
        self._allowed = allowed
        self.own_number = words.number
        self.own_packed = words.packed
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
            ``TEXT``, ``FREE``, ``CODED``, ``CODE`` or ``BYTES``; what is ``CLEAN`` goes through ``cleaner``.
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

    def _judge(self, value: bytes, charset: bytes, closeness: str) -> bool:
        if closeness == BYTES:
            is_long = len(value) > _LARGEST_BYTES
            return _found(self._words.last_binary if is_long else self._words.binary, _texts_in_bytes(value))
        if closeness != CODE and not value.isascii() and defined_terms(charset) is None:
            return True
        if closeness == CODE:
            value = _without_terms(value)
        texts = [folded(text) for text in readings(value, codecs_of(charset))]
        if closeness == CODE:
            return _found(self._words.code, texts)
        return _found(self._words.text, texts) or _found(_GENERAL.get(closeness), texts)

    def suspicious(self, elements: Elements, charset: bytes = b"", is_top: bool = True) -> Iterator[tuple[int, ...]]:
        """Yield the tag paths of elements that still hold an identifier that cannot stand there by chance."""
        charset = bytes(elements[0x00080005].value) if 0x00080005 in elements else charset
        for tag, element in elements.items():
            if element.items is not None:
                for item in element.items if tag not in _OWN_MARKS else ():
                    yield from ((tag, *path) for path in self.suspicious(item, charset, is_top=False))
            elif element.vr in _LAST_TEXT_VRS or (element.vr in BINARY_VRS and len(element.value) >= _SHORTEST_BINARY):
                is_own = is_top and (tag in PIXEL_TAGS or tag in _OWN_MARKS)
                if is_own or not self._is_suspicious(bytes(element.value), element.vr, charset):
                    continue
                if tag not in CODE_PARTS or not is_public_code(elements):
                    yield (tag,)

    def _is_suspicious(self, value: bytes, vr: str, charset: bytes) -> bool:
        if (value, vr) in self._unsuspicious or value.strip(b" \0") in self._allowed:
            return False
        if vr in _LAST_TEXT_VRS:
            value_read = _without_terms(value) if vr == "CS" else value
            is_hit = _found(self._words.last, map(folded, readings(value_read, codecs_of(charset))))
        else:
            is_hit = _found(self._words.last_binary, _texts_in_bytes(value))
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
    """

    def __init__(self, identifiers: Iterable[str], new_ids: Iterable[str] = ()) -> None:
        self._labels = [("label", identifier) for identifier in sorted(identifiers)]
        self._allowed = frozenset(new_id.encode("ascii", "replace") for new_id in new_ids)
        self._families: dict[Shown, Family] = {}

    def family(self, shown: Shown) -> Family:
        """Return the family of files that show ``shown``."""
        family = self._families.get(shown)
        if family is None:
            if len(self._families) >= _FAMILIES:
                self._families.clear()
            said = [*self._labels, *_decoded(shown)]
            words = words_of(said)
            family = self._families[shown] = Family(words, self._allowed, own_words(said, words.text))
        return family


def suspicious_paths(meta: Elements, dataset: Elements, family: Family) -> list[str]:
    """Return where a de-identified header still holds an identifier of its subject; empty is what must be.

    Looks at all text (VR AE, CS, LO, LT, PN, SH, ST, UC, UR, UT) in every reading of its character set, and at binary
    values of any VR but the pixels. What counts is said in ``identifiers``: only what cannot stand there by
    chance.

    Returns
    -------
    list of str
        Tag paths, ``"(0040,0275)>(0040,0007)"``.
    """
    paths = (*family.suspicious(meta), *family.suspicious(dataset))
    return list(dict.fromkeys(">".join(map(tag_text, path)) for path in paths))


def _decoded(shown: Shown) -> Iterator[tuple[str, str]]:
    """Yield kind and text, in every likely reading: character sets are often declared wrongly."""
    for kind, value, charset in shown:
        for text in likely_readings(value, codecs_of(charset)):
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


def _found(pattern: re.Pattern[str] | None, texts: Iterable[str]) -> bool:
    return pattern is not None and any(pattern.search(text) for text in texts)
