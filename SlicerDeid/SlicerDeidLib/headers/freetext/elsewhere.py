# SPDX-License-Identifier: Apache-2.0
"""FreeText: free texts that stand in no header, such as names of things in a scene, notes and labels."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial

from SlicerDeidLib.headers.freetext.cleaning import clean
from SlicerDeidLib.headers.freetext.forms import tells_by_form
from SlicerDeidLib.headers.search.escaped import spellings
from SlicerDeidLib.headers.search.identifiers import folded, words_of
from SlicerDeidLib.headers.search.ownwords import own_words
from SlicerDeidLib.headers.search.wrapped import unwrapped

_REMEMBERED = 1 << 14  # texts: a scene is looked at several times, and its cells and labels repeat each other
_LONGEST_WRAPPED = 1 << 16  # characters: what is wrapped to be kept with a scene is shorter, images are longer


class FreeText:
    """Judges texts as the Clean Descriptors Option does: clinical words and quantities stay.

    Parameters
    ----------
    known : iterable of (str, str)
        What is known of the persons: kind (``"name"``, ``"number"``, ``"place"``, ``"birth"``, ``"date"``) and value.

    Examples
    --------
    >>> texts = FreeText([("name", "Head^Emma")])
    >>> texts.cleaned("CT neck 5mm, Head, Meier"), texts.tells("EMMA, 2nd visit"), texts.tells("neck")
    ('CT neck 5mm', True, False)
    """

    def __init__(self, known: Iterable[tuple[str, str]] = ()) -> None:
        shown = list(known)
        self._words = words_of(shown)
        self._own = own_words(shown, self._words.text)
        self._clean = lru_cache(_REMEMBERED)(partial(clean, own=self._own))

    spellings = staticmethod(spellings)
    tells_by_form = staticmethod(tells_by_form)

    def cleaned(self, text: str) -> str:
        """Return what of a text may stay; what is known of the persons goes although it may be clinical vocabulary."""
        return self._clean(text)

    def names(self, word: str) -> bool:
        """Say whether a word is a name or the initials of one of the persons, however short it is."""
        return self._own.is_name(folded(word))

    def tells(self, text: str) -> bool:
        """Say whether something that is known of the persons stands in a text that is not cleaned, however escaped."""
        return any(self.tells_as_written(one) or self.tells_wrapped(one) for one in spellings(text))

    def tells_as_written(self, text: str) -> bool:
        """Say whether it stands in one of the spellings of a text (``spellings``)."""
        return self._words.text.stands_in(folded(text))

    def tells_wrapped(self, text: str) -> bool:
        """Say whether it stands there as base64, as hexadecimal digits or packed.

        Looked for is what cannot stand there by chance: words and numbers of 6 characters, dates of birth; in what is
        unwrapped to a text, words of 4 letters as well. Of a longer text the first 65,536 characters are looked at.
        """
        for inner in unwrapped(text[:_LONGEST_WRAPPED].encode("utf-8", "surrogatepass")):
            try:
                said, words = inner.decode("utf-8"), self._words.last
            except UnicodeDecodeError:
                said, words = inner.decode("latin-1"), self._words.last_binary
            words = words if said.isprintable() else self._words.last_binary
            if words.stands_in(folded(said)) or ("\0" in said and words.stands_in(folded(said.replace("\0", "")))):
                return True
        return False
