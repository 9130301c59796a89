# SPDX-License-Identifier: Apache-2.0
"""Text forms: what a text that a program needs says by its form of a person, a day or a computer's folders.

Such texts (parameters, settings) are not cleaned word by word: what programs write there has no vocabulary. Looked for
are UIDs, dates, telephone and record numbers, mail addresses, URLs, paths, and what ``strangers`` knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from SlicerDeidLib.headers.datespellings import OF, ORDINAL
from SlicerDeidLib.headers.search.anyof import AnyOf
from SlicerDeidLib.headers.search.escaped import spellings
from SlicerDeidLib.headers.search.identifiers import folded
from SlicerDeidLib.headers.search.strangers import is_unknown_word, tells_of_somebody
from SlicerDeidLib.standard.months import MONTHS

_REMEMBERED = 1 << 12  # texts: the nodes of a scene have most of them in common
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_TWO, _TWO_DAY, _TWO_MONTH = r"\d\d", r"(?:0[1-9]|[12]\d|3[01])", r"(?:0[1-9]|1[0-2])"
_NAME = rf"(?<![^\W\d_])(?:{'|'.join(sorted((w for words in MONTHS for w in words.split()), key=len, reverse=True))})"
_LONG_NAME = rf"(?<![^\W\d_])(?:{'|'.join(words.split()[0] for words in MONTHS)})"
_AGO = r"(?![^\W\d_])\.?"
_DATES = (  # in folded text
    rf"(?<!\d){_YEAR}(?P<a>[-./ ]){_MONTH}(?P=a){_DAY}(?!\d)|(?<!\d){_YEAR}[-./]?[01]\d[-./]?[0-3]\d(?!\d)",
    rf"(?<!\d){_YEAR}{_TWO_MONTH}{_TWO_DAY}(?:t?[0-2]\d[0-5]\d)",  # with a time of day
    rf"(?<![\d.]){_DAY}(?P<b>[-./ ]){_MONTH}(?P=b){_YEAR}(?!\d)",
    rf"(?<![\d.]){_MONTH}(?P<c>[-./ ]){_DAY}(?P=c){_YEAR}(?!\d)",
    rf"(?<![\d.]){_TWO_DAY}(?P<d>[-./]){_TWO_MONTH}(?P=d){_TWO}(?![\d.])",
    rf"(?<![\d.]){_TWO_MONTH}(?P<e>[-./]){_TWO_DAY}(?P=e){_TWO}(?![\d.])|(?<![\d./]){_DAY}/{_DAY}/{_TWO}(?![\d./])",
    rf"(?<!\d){_DAY}{ORDINAL}[\W_]{{0,3}}{OF}{_NAME}{_AGO}[\W_]{{0,3}}{OF}{_YEAR}(?!\d)",
    rf"(?<!\d){_DAY}(?P<f>[-./]){_NAME}{_AGO}(?P=f){_TWO}(?!\d)",
    rf"{_NAME}{_AGO}[\W_]{{0,3}}{_DAY}{ORDINAL}[\W_]{{1,3}}{OF}{_YEAR}(?!\d)|{_LONG_NAME}[\W_]{{1,3}}{OF}{_YEAR}(?!\d)",
    rf"(?<!\d){_YEAR}[\W_]{{0,3}}{_NAME}{_AGO}[\W_]{{0,3}}{_DAY}(?!\d)|\d{{4}}\s?年\s?\d{{1,2}}\s?月|date(?:time)?\({_YEAR},",
)
_NUMBERS = (
    r"\d+(?:\.\d+){3,}",  # UID
    r"(?<![^\W_])(?<![.+-])(?![1-9]0+(?!\d))\d{7,}(?![^\W_]|\.\d)",  # of a record, with one digit more than sizes have
    r"(?<![^\W_])(?<![.+-])0\d{5,}(?![^\W_]|\.\d)|(?<![^\W\d_])[a-z]{1,5}[ _.-]?\d{6,}(?![^\W_]|\.\d)",
)
_OPEN = r"""(?:^|(?<=[\s"'`\[({<,;:=|]))"""  # before a path
_ENDING = r"\.(?:nii\.gz|seq\.[a-z]{3,4}|[a-z][a-z0-9]{1,7})(?![^\W_])"
_PATHS = (
    r"(?<![^\W_])(?:file:|[a-z][a-z0-9+-]*://[^\W_])",  # RFC 3986
    r"(?<![^\W\d_])[a-z]:[\\/]",  # drive
    rf"{_OPEN}\\\\[^\s\\]+\\",  # UNC
    r"[\\/][^\\/\s]+[\\/]",
    rf"{_OPEN}~?/[^\W\d_][^\s/]|{_OPEN}~[\\/]|^[\\/]",
    rf"[\\/][^\\/\n\"']{{0,200}}{_ENDING}",
    r"(?<![^\W_])(?:patients?|stud(?:y|ies)|cases?|subjects?|users|home|desktop|documents|downloads|exports?)[\\/][^\W_]",
)
_FORMS = AnyOf(tuple(map(re.compile, (*_DATES, *_NUMBERS, *_PATHS))))
_JOINED = re.compile(r"(?<![^\W_])([^\W_][\w-]+)(?:/|\\(?![abfnrtuvx0]))([^\W_][\w-]+)(?![^\W_])")
_LETTERS = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=_REMEMBERED)
def tells_by_form(text: str) -> bool:
    """Say whether a text that a program needs tells by its form of a person, a day or a folder.

    Examples
    --------
    >>> [tells_by_form(text) for text in ("on Mar 12, 2021", "see D:/x", "id 0098123456", "T1/T2 120 mm/s")]
    [True, True, True, False]
    """
    return any(
        _FORMS.stands_in(folded(one)) or tells_of_somebody(one) or any(map(is_unknown_word, _joined_words(one)))
        for one in spellings(text)
    )


def _joined_words(text: str) -> Iterator[str]:
    """Yield the words that a slash joins: folders, where no vocabulary knows them."""
    for pair in _JOINED.findall(text):
        for part in pair:
            yield from _LETTERS.findall(part)
