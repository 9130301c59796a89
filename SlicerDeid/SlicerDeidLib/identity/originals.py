# SPDX-License-Identifier: Apache-2.0
"""Originals: the identifiers of all patients of an input by their words, to look up whose a new ID shows.

What counts
-----------
* A whole ID that is another patient's: four digits, or three characters with a letter.
* Inside an ID, as whole words and numbers ("HEAD-ACC22", "X_0774189"): numbers of five digits, mixtures of four
  characters, names of three letters; two names, or a plain word and a name, also without a sign between them.
* Never words that identify nobody ("CT", "patient", "HEAD-001"), nor words that make up the IDs or the folders: a word
  that stands in more new IDs than patients bear it, and one that many folders share.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

from SlicerDeidLib.identity.newids import long_numbers, spellings

_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_WORD = re.compile(r"[^\W_]+")
_DIGITS_ALONE, _MIXED_ALONE = 4, 3  # characters of a whole ID
_DIGITS_INSIDE, _MIXED_INSIDE, _NAME = 5, 4, 3  # characters of a part of one
_SHORT_NUMBER = 3  # digits: of a plain word with such a number there are many
_FEW = 2  # new IDs or folders with one word, which may be persons of one name
_SHARED = 10  # of so many folders one with a word: it belongs to the way folders are named


class Originals:
    """Identifiers by their words: looking a new ID up takes the same time for one patient as for thousands.

    Parameters
    ----------
    plain : collection of str
        Words that identify nobody, in lower case.
    new_ids : iterable of str
        All new IDs: what most of them share is no name.
    """

    def __init__(self, plain: Collection[str], new_ids: Iterable[str]) -> None:
        self._plain = plain
        self._owners: defaultdict[str, set[int]] = defaultdict(set)
        self._labels: defaultdict[str, set[int]] = defaultdict(set)
        self._labelled: set[int] = set()
        self._uses = Counter(
            word for new in set(new_ids) for word in {_key(part) for tokens in _read(new) for part in _parts(tokens)}
        )

    def add(self, owner: int, value: str) -> None:
        """Add an ID, an accession number, a folder's name, or a part of a person's name."""
        for tokens in _read(value):
            if not self._is_plain(tokens, 0):
                self._owners[_key(tokens)].add(owner)
        for number in long_numbers(value):
            self._owners[number].add(owner)

    def add_name(self, owner: int, value: str) -> None:
        """Add the words of a part of a person's name."""
        for word in self._names(value):
            self._owners[word].add(owner)

    def add_label(self, owner: int, value: str) -> None:
        """Add the words of a folder's name, which may be a person's."""
        self._labelled.add(owner)
        for word in self._names(value):
            self._labels[word].add(owner)

    def owners(self, new: str) -> set[int]:
        """Return whose identifiers a new ID is or contains."""
        found: set[int] = set()
        for tokens in _read(new):
            whole = _key(tokens)
            if len(whole) >= (_DIGITS_ALONE if whole.isdigit() else _MIXED_ALONE):
                found |= self._of(whole)
            for part in _parts(tokens):
                if _counts_inside(_key(part)) and not self._is_plain(part, _SHORT_NUMBER):
                    found |= self._of(_key(part))
            for token in tokens:
                found |= self._joined(token)
        return found

    def _of(self, key: str) -> set[int]:
        """Return whose identifier a key is, unless it belongs to the way the IDs or the folders are named."""
        label = self._labels.get(key, set())
        if len(label) > _FEW and len(label) * _SHARED >= len(self._labelled):
            label = set()
        owners = self._owners.get(key, set()) | label
        return set() if key.isalpha() and self._uses[key] > max(_FEW, len(owners)) else owners

    def _joined(self, token: str) -> set[int]:
        """Return whose two names are one word of a new ID, or whose name stands there with a plain word."""
        found: set[int] = set()
        if not token.isalpha() or self._uses[token] > _FEW:
            return found
        for place in range(_NAME, len(token) - _NAME + 1):
            first, last = token[:place], token[place:]
            found |= self._of(first) & self._of(last)
            found |= self._of(last) if first in self._plain else set()
            found |= self._of(first) if last in self._plain else set()
        return found

    def _names(self, value: str) -> Iterator[str]:
        """Yield the words of letters alone: what stands before a number without a sign is the kind of an ID."""
        for spelling in spellings(value):
            words = _WORD.findall(spelling) if spelling.isascii() else ()
            yield from (w for w in words if w.isalpha() and len(w) >= _NAME and w not in self._plain)

    def _is_plain(self, tokens: Sequence[str], longest_number: int) -> bool:
        """Tell whether there are only words that identify nobody, and numbers not longer than some digits."""
        if not any(token.isalpha() for token in tokens):
            return not tokens
        return all(token in self._plain if token.isalpha() else len(token) <= longest_number for token in tokens)


def _read(text: str) -> set[tuple[str, ...]]:
    """Return the words and numbers of a text in each of its spellings; nothing of one that no new ID could hold."""
    return {tuple(_TOKEN.findall(spelling)) for spelling in spellings(text) if spelling.isascii()}


def _parts(tokens: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield every run of neighbours."""
    for first in range(len(tokens)):
        for last in range(first + 1, len(tokens) + 1):
            yield tokens[first:last]


def _key(tokens: Sequence[str]) -> str:
    """Return what a run of words and numbers is compared by: leading zeros of long numbers do not count."""
    joined = "".join(tokens)
    bare = joined.lstrip("0") if joined.isdigit() else joined
    return bare if len(bare) >= _DIGITS_INSIDE else joined


def _counts_inside(key: str) -> bool:
    if key.isdigit():
        return len(key) >= _DIGITS_INSIDE
    return len(key) >= (_NAME if key.isalpha() else _MIXED_INSIDE)
