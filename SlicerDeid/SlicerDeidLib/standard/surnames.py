# SPDX-License-Identifier: Apache-2.0
"""Surnames: those of the commonest of the United States that the vocabulary has as words.

Source: the thousand commonest surnames of the 1990 census of the United States (public domain), as far as they are
words of the vocabulary. All others of the thousand are unknown words, and need no list.
"""

from __future__ import annotations

_SAID_OF_IMAGES = """
    best black branch bright case colon cross day dixon glass good gray gross head key little long sharp short small
    strong wall west white
"""
_OTHERS = "ball beard bird brown burns cotton fields green horn stone ward waters weeks young"
SURNAME_WORDS = frozenset(f"{_SAID_OF_IMAGES} {_OTHERS}".split())
"""In small letters: beside a given name each is a surname,"""
LIKELY_SURNAMES = frozenset(_OTHERS.split())
"""and these behind a title, an office or before a degree, in any spelling."""
