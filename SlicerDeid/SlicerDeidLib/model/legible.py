# SPDX-License-Identifier: Apache-2.0
r"""Legible: texts made fit for a look, in the terminal, in a report and in the panel.

A folder's name may hold what no eye sees and what yet changes what it reads: a right-to-left override turns the rest of
a line around, a terminal obeys escape sequences, and names that differ by a zero-width space only look alike. So what
is invisible is written as Python writes it: ``\u202e``.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import chain

LEFT_TO_RIGHT_MARK = "\u200e"
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})  # bidirectional classes of Unicode's letters and digits
_SEEN = " \n"  # not printable to Python, and harmless
_EMPTY = frozenset(  # printable to Python, and drawn as nothing: Unicode's Default_Ignorable_Code_Point, and a blank
    map(
        chr,
        chain(
            (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0),
            range(0x180B, 0x1810),
            range(0xFE00, 0xFE10),
            range(0xE0000, 0xE1000),
        ),
    )
)
_UNUSUAL = re.compile(r"[^\x20-\x7e]")


def legible_text(text: str) -> str:
    r"""Write what is invisible in a sentence, or in a cell of a table, as letters; its lines stay.

    >>> legible_text("a\x1b[2Jb")
    'a\\x1b[2Jb'
    """
    if _is_plain(text):
        return text
    return _UNUSUAL.sub(lambda found: _legible(found.group()), text)


def legible_name(name: str) -> str:
    r"""Write what is invisible in a name as letters, breaks of lines too.

    A name in Hebrew or Arabic ends in a left-to-right mark, or numbers behind it would be drawn before it. It is the
    only invisible letter that ``legible_text`` leaves.

    >>> legible_name("a\u202eb\n")
    'a\\u202eb\\n'
    """
    if _is_plain(name):
        return name
    legible = legible_text(name.replace(LEFT_TO_RIGHT_MARK, r"\u200e").replace("\n", r"\n"))
    turns = any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in legible)
    return legible + LEFT_TO_RIGHT_MARK * turns


def _is_plain(text: str) -> bool:
    """Tell whether a text holds nothing but what anybody can read, as most of thousands of cells do."""
    return text.isascii() and text.isprintable()


def _legible(letter: str) -> str:
    is_seen = letter.isprintable() or letter in _SEEN or letter == LEFT_TO_RIGHT_MARK
    if (is_seen or unicodedata.category(letter) == "Zs") and letter not in _EMPTY:
        return letter
    return letter.encode("unicode_escape").decode("ascii")
