# SPDX-License-Identifier: Apache-2.0
"""Remembered: names, numbers and places of a subject that no file of the input shows any more.

Of what earlier files named, only keyed digests of normal forms are kept, from which no name can be read. A text is
searched by digesting the normal forms of all its words and numbers. That is coarser than ``identifiers`` with the
names themselves: a longer name counts by its first letters, wherever they stand, cut, torn or inside another word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from SlicerDeidLib.headers.search.commonwords import COMMON_WORDS
from SlicerDeidLib.headers.search.identifiers import folded, is_dense, plain, searched_words
from SlicerDeidLib.model.plan import MARK_TAG_BYTES

_FIRST = 7  # letters of a name that stand in no other text by chance
_GLUED = range(5, _FIRST)  # letters of a name that counts inside a word that is no common one
_SHORTEST_WORD = 3  # letters
_SHORTEST_JOINED = 4  # characters of a name or number of several parts
_SHORTEST_NUMBER = 4  # digits
_SHORTEST_ALONE = 5  # digits of a number that is a value by itself
_SHORTEST_PLAIN = 4  # letters of a word whose digraphs are taken for one letter
_RUN = re.compile(r"\d+|[^\W\d_]+")
_SPACED = re.compile(rf"(?<![^\W\d_])[^\W\d_](?:[\W_][^\W\d_](?![^\W\d_])){{{_GLUED.start - 1},}}")
"""Letters that stand apart: "n g u y e n"."""
_MOST_PARTS = 4  # of a name or number
_REMEMBERED = 1 << 14  # values: staff and places are those of many patients


NO_ATTRIBUTE = 0
"""In place of the tag, where a value is no attribute's."""


def mark_of(tag: int, digest: bytes) -> bytes:
    """Return the mark of a form that an attribute had: a policy that keeps the attribute looks for none of it."""
    return tag.to_bytes(MARK_TAG_BYTES, "big") + digest


def parts_of_mark(mark: bytes) -> tuple[int, bytes]:
    """Return the attribute's tag, and the digest."""
    return int.from_bytes(mark[:MARK_TAG_BYTES], "big"), mark[MARK_TAG_BYTES:]


class Remembered:
    """What earlier files of a subject named.

    Parameters
    ----------
    marks : frozenset of bytes
        Digests of forms.
    mark : callable
        Digests a form.
    """

    def __init__(
        self, marks: frozenset[bytes] = frozenset(), mark: Callable[[str], bytes] = lambda form: form.encode()
    ) -> None:
        self._marks, self._mark = marks, mark

    def __bool__(self) -> bool:
        """Tell whether there is anything to search for."""
        return bool(self._marks)

    def is_name(self, word: str) -> bool:
        """Say whether a folded word is a part of a name or place."""
        return bool(self._marks) and self._mark(_form((word,))) in self._marks

    def is_number(self, number: float) -> bool:
        """Say whether a number that is a value by itself is an ID."""
        digits = str(abs(int(number))) if number == number and abs(number) != float("inf") else ""
        return len(digits) >= _SHORTEST_ALONE and bool(self._marks) and self._mark(digits) in self._marks

    def stands_in(self, text: str) -> bool:
        """Say whether a folded text holds a name, number or place."""
        return bool(self._marks) and any(self._mark(form) in self._marks for form in dict.fromkeys(_forms_in(text)))


NOTHING_REMEMBERED = Remembered()
"""Of a subject of which earlier runs knew no more than this input does."""


@lru_cache(maxsize=_REMEMBERED)
def forms_of(kind: str, value: str) -> frozenset[str]:
    """Return the normal forms by which a value is remembered.

    Parameters
    ----------
    kind : str
        As ``identifiers.words_of`` takes it.

    Examples
    --------
    >>> sorted(forms_of("name", "Müller^Wilhelmina")), sorted(forms_of("number", "MRN-0088372"))
    (['muller', 'mullerwilhelmina', 'wilhelm', 'wilhelminamuller'], ['88372', 'mrn0088372'])
    """
    found = list(searched_words(kind, value))
    if kind == "name":
        found += [(word,) for word in _RUN.findall(folded(value)) if len(word) > 1 and word.isalpha()]
    return frozenset(map(_form, found))


def _form(words: tuple[str, ...]) -> str:
    """Return the normal form of folded words that belong together."""
    joined = "".join(map(_plain, words))
    is_name = len(words) == 1 and joined.isalpha() and joined[:_FIRST] not in COMMON_WORDS
    return joined[:_FIRST] if is_name else joined.lstrip("0")


def _plain(word: str) -> str:
    bare = plain(word)
    return bare if len(bare) >= _SHORTEST_PLAIN and bare not in COMMON_WORDS else word


def _forms_in(text: str) -> Iterator[str]:
    """Yield the forms of everything in a folded text that may be a name, number or place."""
    runs = _RUN.findall(text)
    for at, run in enumerate(runs):
        if len(run) >= (_SHORTEST_NUMBER if run.isdigit() else _SHORTEST_WORD) and run not in COMMON_WORDS:
            yield _form((run,))
        for end in range(at + 2, min(at + _MOST_PARTS, len(runs)) + 1):
            joined = _form(tuple(runs[at:end]))
            if len(joined) >= _SHORTEST_JOINED:
                yield joined
        if is_dense(run):
            yield from (run[first:last] for first in range(len(run)) for last in range(first + 2, first + _FIRST))
        elif run not in COMMON_WORDS and run.isalpha():
            yield from _windows(plain(run), _GLUED)
    yield from _windows(plain("".join(filter(str.isalpha, text))), range(_FIRST, _FIRST + 1))
    for letters in _SPACED.findall(text):
        yield from _windows(plain("".join(filter(str.isalpha, letters))), _GLUED)


def _windows(letters: str, sizes: range) -> Iterator[str]:
    """Yield all pieces of some lengths."""
    return (letters[at : at + size] for size in sizes for at in range(len(letters) - size + 1))
