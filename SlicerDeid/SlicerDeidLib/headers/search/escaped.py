# SPDX-License-Identifier: Apache-2.0
"""Escaped: texts in which programs write letters in other ways: in URLs, JSON, strings of languages, HTML and XML."""

from __future__ import annotations

import re
import sys
from html import unescape
from urllib.parse import unquote_to_bytes

_MARK = re.compile(r"[%\\&]")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")  # RFC 3986
_BACKSLASHED = re.compile(  # RFC 8259, Python, C, JavaScript
    r"(?P<bytes>(?:\\x[0-9A-Fa-f]{2})+)"
    r"|\\u\{(?P<braced>[0-9A-Fa-f]{1,6})\}|\\u(?P<short>[0-9A-Fa-f]{4})|\\U(?P<long>[0-9A-Fa-f]{8})"
    r"|\\(?P<letter>[abfnrtv0\"'/\\])"
)
_GAPS = frozenset("abfnrtv0")  # letters that stand for a gap behind a backslash
_MOST_STEPS = 8  # that are undone: each program that writes a text into another one adds a step


def spellings(text: str) -> tuple[str, ...]:
    r"""Return a text as it is, and as it reads when what is escaped in it is read, step by step until nothing is left.

    Read are percent-encoded bytes, ``\uXXXX`` (pairs of surrogates as well), ``\xNN``, backslashes before letters and
    marks, and references of HTML and XML. More than eight texts one in the other are not read.

    Examples
    --------
    >>> spellings("Ba%20r"), spellings("M\\u00fcller &amp; Son")[-1], spellings("plain")
    (('Ba%20r', 'Ba r'), 'Müller & Son', ('plain',))
    """
    found = {text: None}
    for _ in range(_MOST_STEPS):
        before = text
        for read in (unescape, _without_percent, _without_backslashes):
            if _MARK.search(text) is None:
                break
            text = read(text)
            found[text] = None
        if text == before:
            break
    return tuple(found)


def _without_percent(text: str) -> str:
    return _PERCENT.sub(lambda match: _letters(unquote_to_bytes(match[0])), text)


def _without_backslashes(text: str) -> str:
    text = _BACKSLASHED.sub(_character, text)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _character(match: re.Match[str]) -> str:
    if match["bytes"]:
        return _letters(bytes.fromhex(match["bytes"].replace("\\x", "")))
    if match["letter"]:
        return " " if match["letter"] in _GAPS else match["letter"]
    code = int(match["braced"] or match["short"] or match["long"], 16)
    return chr(code) if code <= sys.maxunicode else match[0]


def _letters(encoded: bytes) -> str:
    """Return what bytes say: in UTF-8, else each as the letter of that number."""
    try:
        return encoded.decode("utf-8")
    except UnicodeDecodeError:
        return encoded.decode("latin-1")
