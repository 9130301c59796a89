# SPDX-License-Identifier: Apache-2.0
"""Staying: what of the text in pictures stays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from SlicerDeidLib.model.policy import TextPolicy


@dataclass(frozen=True, slots=True)
class Staying:
    """What of the text in pictures stays.

    Attributes
    ----------
    harmless : bool
        Whether measurements, laterality markers, scales and window values do.
    stay, go : tuple of str
        Words of a site: a line of nothing but ``stay`` (and what else stays) stays, one that holds any of ``go`` goes.
        Capitals make no difference.
    """

    harmless: bool = False
    stay: tuple[str, ...] = ()
    go: tuple[str, ...] = ()

    @property
    def is_any(self) -> bool:
        """Whether any text stays."""
        return self.harmless or bool(self.stay)

    def without_words(self, text: str) -> str:
        """Return a line without the words that stay; all of it where it holds one that goes."""
        if self.goes(text):
            return text
        for word in sorted(self.stay, key=len, reverse=True):
            text = _whole(word).sub(" ", text)
        return text

    def goes(self, text: str) -> bool:
        """Tell whether a line holds a word that goes whatever else it is."""
        return any(_whole(word).search(text) for word in self.go)


def _whole(word: str) -> re.Pattern[str]:
    """Return what finds a word, or several, but no part of a longer one; blanks between them may be of any width."""
    parts = r"\s+".join(re.escape(part) for part in word.split())
    return re.compile(rf"(?<!\w){parts}(?!\w)", re.IGNORECASE)


def staying_of(text: TextPolicy, usual: str = "nothing") -> Staying:
    """Return what of the text in an image stays.

    Parameters
    ----------
    usual : str
        What the kind of image asks for, as ``TextPolicy.keep``.
    """
    return Staying((text.keep or usual) == "harmless", text.stay, text.go)


NOTHING = Staying()
HARMLESS = Staying(harmless=True)
