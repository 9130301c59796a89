# SPDX-License-Identifier: Apache-2.0
"""Identifiers: names, numbers and places of one subject, turned into what is searched for.

What counts
-----------
* **Names** (VR PN, and identifiers with a ``^``): every word of 3 letters or more that is no particle ("van", "Dr"),
  and the whole name in either order, which also finds "Li Na"; of 7 letters or more inside other words too. In scripts
  without letter case (Chinese, Japanese, Korean) 2 characters are enough, and no word boundary is asked for.
* **Numbers and codes** (IDs, accession and serial numbers): as a whole, with or without leading zeros; 4 digits or,
  with letters, 3 characters at least. Parts of 5 digits count alone; 6 digits and more in any grouping ("774 1892").
* **Places and labels** (institution, station, address, folder): as a whole, and every word that is no common one.
* **Birth date and study dates**: in the usual spellings.

Text is compared without case, accents and width; a, ae and aa, o and oe, u and ue, s and ss are one: who took the
accents off left no trace of which it was. In codes (VR CS) the common words of DICOM do not count, in codes and bytes
numbers from 5 digits on. Names of 5 letters count inside other words too, unless these are common ones. For the last
look at the written header only what cannot stand there by chance counts: words of 4 letters that are no common ones,
numbers of 6 digits, mixtures of 5 characters; in binary values words and numbers of 6 characters. In DS, IS and binary
numbers a number counts that is the whole value: an ID of 6 digits, or a date; an ID of 5 digits where the attribute has
one value only, since a list of numbers can hold any of them.
"""

from __future__ import annotations

import contextlib
import re
import struct
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from itertools import groupby, permutations

from SlicerDeidLib.headers.datespellings import date_digits, date_spellings
from SlicerDeidLib.headers.search.commonwords import COMMON_WORDS, NAME_PARTICLES
from SlicerDeidLib.headers.search.needles import Late, Needle, Needles, key_of
from SlicerDeidLib.headers.search.romanised import romanised
from SlicerDeidLib.headers.search.wrapped import number_forms
from SlicerDeidLib.standard.placeholders import PLACEHOLDERS

_WORD = re.compile(r"[^\W_]+")
_RUN = re.compile(r"\d+|[^\W\d_]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
_LETTERS = str.maketrans(  # what has no decomposition in Unicode
    {"ø": "o", "ł": "l", "ı": "i", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t"}
)
_DIGRAPH = re.compile("a[ae]*|oe*|ue*|s+")  # of Åse, Jørgensen, Müller, Groß without their letters;
_DIGRAPHS = {"a": "a[ae]{0,8}", "o": "oe{0,8}", "u": "ue{0,8}", "s": "s{1,8}"}  # searched for in a time that is bounded
_GAP = r"[\W_]{0,3}"  # between the words of one name or number
_UNMISTAKABLE = 7  # letters: a name this long counts inside other words ("DrGrunewald") and torn too ("GRUNE-WALD")
_LONG_BEGINNING = 10  # letters of a name that begin no other word
_BINARY_CHARACTERS = 6  # a given word of 6 letters stands in 10^5 random bytes with a probability of 2 * 10^-8
_GLUED = 5  # letters: a shorter name is a part of too many words
_TELLING_DIGITS = 5  # of an ID that is the one number of an attribute: by chance once in 100,000 numbers
_MOST_DIGITS = 20  # of a number in a DS, IS or any binary VR
_SPACED = 4  # letters: a name this long counts with something between all of its letters ("Y A M A D A")
_CERTAIN_DIGITS = 6  # digits: shorter numbers stand in headers by chance, longer ones are searched in any grouping
_SHORTEST_WORD = 3  # letters
_SHORTEST_SPELT = 4  # letters of a name that is also searched for with digraphs it is not written with
_COMPILED = 1 << 12  # expressions that are kept: the names of a hundred patients
_YEARS = range(1900, 2101)  # a number of 4 digits in a folder's name that is a year identifies nobody


def folded(text: str) -> str:
    """Return ``text`` without case, accents and width, for comparing."""
    if text.isascii():
        return text.lower()
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).translate(_LETTERS)


def plain(word: str) -> str:
    """Return a folded word with one letter for each digraph that stands for one.

    >>> plain("mueller"), plain("gross")
    ('muller', 'gros')
    """
    return _DIGRAPH.sub(lambda match: match[0][0], word)


@dataclass(frozen=True, slots=True)
class Words:
    """What is searched for.

    Attributes
    ----------
    text : Needles
        For free text, folded.
    code : Needles
        For values of VR CS, folded.
    binary : Needles
        For kept bytes (VR OB, UN), read as letters.
    last, last_binary : Needles
        For the last look: in text, and in binary values of any VR.
    document : Needles
        For the last look into an encapsulated document, which its own dates do not give away.
    glued : tuple of str
        For a word of text or code that is no common one: names that count inside it, as it is or ``plain``.
    number : Late or None
        For written numbers (DS, IS) as they are encoded.
    numbers : frozenset of int
        The same, for those with an exponent.
    unix_days : frozenset of int
        The dates, and the days before and after them, in days since 1970: what seconds of Unix count to.
    packed : frozenset of bytes
        For binary numbers (FD, FL, SL, SV, UL, UV): each own number as it is encoded, in both byte orders.
    packed_alone : frozenset of bytes
        The same, where an attribute has one value.
    raw : Late or None
        For bytes of any kind: IDs of 6 digits and dates as binary numbers.
    """

    text: Needles = field(repr=False)
    code: Needles = field(repr=False)
    binary: Needles = field(repr=False)
    last: Needles = field(repr=False)
    last_binary: Needles = field(repr=False)
    document: Needles = field(repr=False)
    glued: tuple[str, ...] = field(repr=False)
    number: Late | None = field(repr=False)
    numbers: frozenset[int] = field(repr=False)
    unix_days: frozenset[int] = field(repr=False)
    packed: frozenset[bytes] = field(repr=False)
    packed_alone: frozenset[bytes] = field(repr=False)
    raw: Late | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Token:
    """One thing to search for: its words in order."""

    words: tuple[str, ...] = field(repr=False)
    is_dense: bool = False  # a script without word boundaries

    @property
    def characters(self) -> int:
        return sum(map(len, self.words))

    @property
    def has_letters(self) -> bool:
        return any(not word.isdigit() for word in self.words)

    @property
    def is_lettered(self) -> bool:
        """Whether it is of letters alone."""
        return all(word.isalpha() for word in self.words)

    @property
    def is_common(self) -> bool:
        return all(word in COMMON_WORDS for word in self.words)

    def is_certain(self) -> bool:
        """Say whether it cannot stand in a header by chance."""
        if self.is_common or PLACEHOLDERS.issuperset(self.words):
            return False
        if not self.has_letters:
            return self.characters >= _CERTAIN_DIGITS
        if any(character.isdigit() for word in self.words for character in word):
            return self.characters >= 5
        return self.is_dense or self.characters >= 4

    def is_telling(self) -> bool:
        """Say whether it is a number that is the subject's own where it is the one number of an attribute."""
        is_decimal = all(map(str.isdecimal, self.words))
        return is_decimal and _TELLING_DIGITS <= self.characters <= _MOST_DIGITS

    def is_glued(self) -> bool:
        """Say whether it is a name that counts inside a word that is no common one."""
        return len(self.words) == 1 and self.is_lettered and not self.is_dense and self.characters >= _GLUED

    def _runs(self) -> Iterator[str]:
        """Yield the words, numbers that stand side by side as one: people group digits as they like."""
        for is_number, words in groupby(self.words, str.isdigit):
            if is_number:
                yield "".join(words)
            else:
                yield from words

    def pattern(self) -> str:
        """Return the regular expression; a word begins where no letter, a number where no digit stands before it."""
        body = _GAP.join(_spelled(word) for word in self._runs())
        if self.is_dense or (self.is_lettered and self.characters >= _UNMISTAKABLE):
            return "|".join((body, *_cut(self.words)))
        zeros = "0*" if self.words[0][0].isdigit() else ""
        first, last = self.words[0][0], self.words[-1][-1]
        before = r"(?<!\d)" if first.isdigit() else r"(?<![^\W\d_])"
        after = r"(?!\d)" if last.isdigit() else r"(?![^\W\d_])"
        return before + zeros + body + after


def words_of(shown: Iterable[tuple[str, str]]) -> Words:
    """Compile what is searched for.

    Parameters
    ----------
    shown : iterable of (str, str)
        Kind (``"name"``, ``"number"``, ``"place"``, ``"birth"``, ``"date"``, ``"label"``) and decoded value.
    """
    tokens: dict[_Token, None] = {}
    births: dict[str, None] = {}
    dates: dict[str, None] = {}
    for kind, value in shown:
        if kind in ("birth", "date", "label"):  # a date among what is known of a subject is one of birth
            (dates if kind == "date" else births).update(dict.fromkeys(date_digits(value)))
        if kind not in ("birth", "date"):
            tokens.update(dict.fromkeys(_tokens(kind, value)))
    found = [token for token in tokens if not PLACEHOLDERS.issuperset(token.words)]
    certain = [token for token in found if token.is_certain()]
    telling = [token for token in found if token.is_telling()]
    alone = frozenset(int("".join(token.words)) for token in telling)
    own = {number for number in alone if number >= 10 ** (_CERTAIN_DIGITS - 1)} | set(map(int, (*births, *dates)))
    dated = dict.fromkeys((*births, *dates))
    packed = frozenset(packed for number in own for packed in _packed(number))
    return Words(
        text=_any_of(found, dated),
        code=_any_of([t for t in found if t.has_letters and not t.is_common] + telling, dated),
        binary=_any_of(certain + telling, dated),
        last=_any_of(certain, births),
        last_binary=_any_of([token for token in certain if token.characters >= _BINARY_CHARACTERS], births),
        document=Needles((*_any_of(certain + telling, births).needles, *map(_moment, births))),
        glued=tuple(sorted({_glued(token.words[0]) for token in certain if token.is_glued()})),
        number=_own_numbers(own, alone - own),
        numbers=alone | own,
        unix_days=frozenset(day + by for one in dated for day in _unix_day(one) for by in (-1, 0, 1)),
        packed=packed,
        packed_alone=packed.union(packed for number in alone - own for packed in _packed(number)),
        raw=Late(b"|".join(map(re.escape, sorted(set(number_forms(own)))))) if own else None,
    )


def _unix_day(digits: str) -> Iterator[int]:
    """Yield the number of a day, YYYYMMDD, since 1970; nothing for what is no day."""
    try:
        yield date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError:
        return


def _glued(name: str) -> str:
    """Return a name as it counts inside a word: with one letter for each digraph, if it is long enough then."""
    return plain(name) if len(plain(name)) >= _GLUED else name


def _own_numbers(own: Iterable[int], alone: Iterable[int]) -> Late | None:
    """Return what finds a number among the values of a DS or IS, or as the only one, however it is written."""
    parts = []
    for numbers, before, behind in ((own, r"(?:^|\\)", r"(?:\\|$)"), (alone, "^", "$")):
        values = "|".join(map(str, sorted(number for number in numbers if number)))
        if values:
            parts.append(rf"{before}[ +\-]*0*(?:{values})(?:[.,]0*)?[ \0]*{behind}")
    return Late("|".join(parts).encode("ascii")) if parts else None


def _packed(number: int) -> Iterator[bytes]:
    """Yield a number in every binary form that can hold it."""
    for order in "<>":  # a file may be in big endian; its bytes the other way round are no number that devices write
        for kind in "fdIiQq":
            with contextlib.suppress(struct.error, OverflowError):  # too large for this form
                yield struct.pack(f"{order}{kind}", number)


def _spelled(word: str) -> str:
    """Return the expression for one word or number, in the spellings that mean the same."""
    if word.isdigit():
        return r"[\W_]{0,2}".join(map(re.escape, word)) if len(word) >= _CERTAIN_DIGITS else re.escape(word)
    bare = plain(word)
    is_spelt = len(bare) >= (_SHORTEST_SPELT if bare == word else _SHORTEST_WORD) and bare not in COMMON_WORDS
    letters = [_DIGRAPHS.get(letter, re.escape(letter)) for letter in bare] if is_spelt else list(map(re.escape, word))
    if len(bare) >= _UNMISTAKABLE and word.isalpha():
        return r"[\W_]?".join(letters)
    whole, spaced = "".join(letters), r"[\W_]".join(letters)
    return f"(?:{whole}|{spaced})" if len(bare) >= _SPACED and word.isalpha() else whole


def _cut(words: tuple[str, ...]) -> Iterator[str]:
    """Yield the expressions for the beginnings of a name, which stand where a value holds no more than 16 characters.

    Behind one an initial may stand ("GrunewalW"), behind a long one anything.
    """
    cut = [words[0][:length] for length in range(len(words[0]) - 1, _UNMISTAKABLE - 1, -1)] if len(words) == 1 else []
    cut = [beginning for beginning in cut if beginning not in COMMON_WORDS]
    if cut:
        with_initial = [beginning for beginning in cut if len(beginning) > _UNMISTAKABLE]
        either = "|".join((*(rf"{re.escape(one)}[^\W\d_]" for one in with_initial), *map(re.escape, cut)))
        yield rf"(?<![^\W\d_])(?:{either})(?![^\W\d_])"
    if len(words) == 1 and len(words[0]) > _LONG_BEGINNING:
        yield rf"(?<![^\W\d_]){re.escape(words[0][:_LONG_BEGINNING])}"


def _any_of(tokens: Iterable[_Token], dates: Iterable[str]) -> Needles:
    """Return what finds tokens and dates (YYYYMMDD)."""
    return Needles((*map(_needle, tokens), *map(_date_needle, dates)))


@lru_cache(maxsize=_COMPILED)
def _needle(token: _Token) -> Needle:
    """Return what finds a token; a name that counts where it is cut short is sought for by its beginning."""
    is_cut = len(token.words) == 1 and token.is_lettered and token.characters >= _UNMISTAKABLE
    letters = token.words[0][:_UNMISTAKABLE] if is_cut else "".join(token.words)
    return Needle(key_of(letters), partial(_compiled, token))


@lru_cache(maxsize=_COMPILED)
def _date_needle(digits: str) -> Needle:
    """Return what finds a date: every spelling has the last digits of its year, and its day without zeros."""
    return Needle(digits[2:4], partial(_compiled_date, digits), digits[6:].lstrip("0"))


def _moment(digits: str) -> Needle:
    """Return what finds a date with a time behind it."""
    return Needle(digits, partial(_compiled_moment, digits))


@lru_cache(maxsize=_COMPILED)
def _compiled(token: _Token) -> re.Pattern[str]:
    return re.compile(token.pattern())


@lru_cache(maxsize=_COMPILED)
def _compiled_date(date: str) -> re.Pattern[str]:
    return re.compile("|".join(date_spellings(date)))


@lru_cache(maxsize=_COMPILED)
def _compiled_moment(digits: str) -> re.Pattern[str]:
    """Compile a date with a time of day behind it, as HL7 (type TS) and PDF (7.9.4) write them."""
    return re.compile(rf"(?<!\d){digits}[0-2]\d(?:[0-5]\d){{0,2}}(?!\d)")


def searched_words(kind: str, value: str) -> Iterator[tuple[str, ...]]:
    """Yield the words, folded, and the words together, that ``words_of`` searches for of one value."""
    return (token.words for token in _tokens(kind, value) if not PLACEHOLDERS.issuperset(token.words))


@lru_cache(maxsize=_COMPILED)
def _tokens(kind: str, value: str) -> tuple[_Token, ...]:
    """Return what one value gives to search for."""
    ones = re.split(r"[\\\r\n]", unicodedata.normalize("NFC", value))
    spellings = dict.fromkeys(s for one in ones for s in (one, one.casefold().translate(_UMLAUTS), *romanised(one)))
    of_kind = {"name": _name_tokens, "number": _number_tokens}.get
    found = (of_kind("name" if "^" in one else kind, _label_tokens)(one) for one in spellings)
    return tuple(dict.fromkeys(token for several in found for token in several))


def is_dense(text: str) -> bool:
    """Say whether every character is of a script without spaces between words."""
    return bool(text) and all(unicodedata.east_asian_width(character) in "WH" for character in text)


def _split(text: str) -> list[tuple[str, bool]]:
    """Return the words of ``text``, folded, each with whether it is of a dense script."""
    return [(folded(word), is_dense(unicodedata.normalize("NFC", word))) for word in _WORD.findall(text)]


def _name_tokens(value: str) -> Iterator[_Token]:
    """Yield the words of a name, its components, and the whole in either order."""
    for group in value.split("="):
        components = [_split(component) for component in group.split("^")]
        for word, is_dense in (pair for component in components for pair in component):
            shortest = 4 if word.isdigit() else 1 if is_dense else 3
            if len(word) >= shortest and word not in NAME_PARTICLES:
                yield _Token((word,), is_dense and len(word) > 1)  # one ideograph counts where it stands alone
        named = [component for component in components[:2] if component]
        for order in permutations(named):
            flat = [pair for component in order for pair in component]
            token = _Token(tuple(word for word, _ in flat), all(is_dense for _, is_dense in flat))
            if len(flat) > 1 and token.characters >= (2 if token.is_dense else 4):
                yield token


def _number_tokens(value: str) -> Iterator[_Token]:
    """Yield an ID as a whole, and its long runs of digits."""
    words = [part for word, _ in _split(value) for part in _RUN.findall(word)]
    if not words:
        return
    words[0] = words[0].lstrip("0") or words[0] if words[0].isdigit() else words[0]
    token = _Token(tuple(words))
    if token.characters >= (3 if token.has_letters else 4) and not token.is_common:
        yield token
    for part in words:
        if part.isdigit() and len(part.lstrip("0")) >= 5:
            yield _Token((part.lstrip("0"),))


def _label_tokens(value: str) -> Iterator[_Token]:
    """Yield a place or folder name as a whole, and its words that are no common ones."""
    pairs = _split(value)
    whole = _Token(tuple(word for word, _ in pairs), bool(pairs) and all(is_dense for _, is_dense in pairs))
    if whole.characters >= 4 and whole.has_letters and not whole.is_common:
        yield whole
    for word, is_dense in pairs:
        if word.isdigit():
            is_wanted = len(word) >= 4 and not (len(word) == 4 and int(word) in _YEARS)
        else:
            is_wanted = len(word) >= (2 if is_dense else 4) and word not in COMMON_WORDS and word not in NAME_PARTICLES
        if is_wanted:
            yield _Token((word.lstrip("0") or word,), is_dense)
