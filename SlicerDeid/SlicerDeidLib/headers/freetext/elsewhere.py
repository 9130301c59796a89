# SPDX-License-Identifier: Apache-2.0
"""FreeText: free texts that stand in no header, such as names of things in a scene, notes and labels."""

from __future__ import annotations

from collections.abc import Iterable

from SlicerDeidLib.headers.freetext.cleaning import clean
from SlicerDeidLib.headers.search.identifiers import folded, words_of
from SlicerDeidLib.headers.search.ownwords import own_words


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
        self._known = words_of(shown).text
        self._own = own_words(shown, self._known)

    def cleaned(self, text: str) -> str:
        """Return what of a text may stay; what is known of the persons goes although it may be clinical vocabulary."""
        return clean(text, self._own)

    def tells(self, text: str) -> bool:
        """Say whether something that is known of the persons stands in a text that is not cleaned."""
        return self._known.stands_in(folded(text))
