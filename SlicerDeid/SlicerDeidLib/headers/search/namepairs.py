# SPDX-License-Identifier: Apache-2.0
"""Name pairs: whole values that are the name of a person in full, and a person's account.

A value is a name in full where a surname stands beside a given name, in any spelling: "KOWALCZYK, JAN", "mary smith". A
surname is a word that no vocabulary knows, or one of the commonest surnames; of those that images say as well ("Head",
"Long") only a comma tells. Of several surnames before a comma no further one is a word of the vocabulary ("Flex Coil").
Without a given name that is known, two unknown words with a comma are one where both have a capital of their own
("Oberkofler, Xaver"), or are all capitals and no codes.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from SlicerDeidLib.headers.search.identifiers import folded, plain
from SlicerDeidLib.standard.givennames import GIVEN_NAMES, NAMES_OF_THINGS, SHORT_NAMES
from SlicerDeidLib.standard.makers import ACCOUNTS, EFFECTS_OF_TWO
from SlicerDeidLib.standard.surnames import LIKELY_SURNAMES, SURNAME_WORDS

_PARTICLE = r"(?:(?i:van|von|de|der|den|del|di|da|do|dos|la|le|el|al|ten|ter|st\.?)\s)"
_PARTICLES = frozenset({"van", "von", "der", "den", "del", "dos", "ten", "ter"})  # of those the longer ones
_SURNAME = r"(?P<name>(?:[ODod]['’])?[^\W\d_]{2,}(?:-[^\W\d_]{2,})?)"
_FURTHER_SURNAMES = rf"(?P<further>(?:\s(?:[yei]\s)?{_PARTICLE}{{0,2}}[^\W\d_]{{2,}}){{0,3}})"  # HERNANDEZ LOPEZ, MARIA
_GIVEN = r"(?P<given>[^\W\d_]{2,})(?:-[^\W\d_]{2,})?"
_FURTHER = r"(?:\s(?:del\s|de\sla\s|de\s)?[^\W\d_]+\.?)?"  # a second given name, or its initial: Maria del Carmen
_LAST = r"(?:\s(?P<last>[^\W\d_]+)\.?)?"
_DEGREE = r"(?:\s?\([^()]{1,8}\))?"
_COMMA = re.compile(rf"{_PARTICLE}*{_SURNAME}{_FURTHER_SURNAMES}\s?[,;]\s?{_GIVEN}{_FURTHER}{_DEGREE}")
_GIVEN_FIRST = re.compile(rf"{_GIVEN}{_FURTHER}\s{_PARTICLE}*{_SURNAME}")
_SURNAME_FIRST = re.compile(rf"{_PARTICLE}*{_SURNAME}\s{_GIVEN}{_LAST}")  # NGUYEN THI HOA
_INITIAL_LAST = re.compile(rf"{_PARTICLE}*{_SURNAME}(?:,\s?[A-Z]|(?<=[^\W\d_]{{4}})\s[A-Z]\.)")
_ACCOUNT = re.compile(
    r"(?:[/\\](?:users|home)|^users|[/\\]documents and settings)[/\\](?P<name>[^/\\:*?\"<>|,;]{3,64})"
    r"|(?<![^\s/\\\"'=])~(?P<own>[^\W\d_][\w.-]{2,63})"
    r"|(?<![^\W_])(?:(?:user|login|account)[\s_-]?(?:name|id)?|usr|uid|owner)\s?[:=]\s?(?P<login>[^\s:*?\"<>|,;\\]{3,64})",
    re.IGNORECASE,
)
_SHORTEST_PLAIN = 4  # letters: of shorter words too many are one with a letter left out
_SHORTEST_CAPITALS = 4  # letters: shorter ones are codes
_LETTERS = re.compile(r"[^\W\d_]+")
_PART = re.compile(r"[^\W\d_]{3,}")


def is_full_name(text: str, is_unknown: Callable[[str], bool], *, is_comma_needed: bool = False) -> bool:
    """Say whether a whole value is the name of a person.

    Parameters
    ----------
    is_unknown : callable
        Says whether no vocabulary knows a word.
    is_comma_needed : bool
        Whether two words with nothing but a blank between them are none.

    Examples
    --------
    >>> from SlicerDeidLib.headers.search.strangers import is_unknown_word
    >>> [is_full_name(text, is_unknown_word) for text in ("KOWALCZYK, JAN", "Brown, Mary", "Flex, Small")]
    [True, True, False]
    """
    text = " ".join(text.split())
    if " ".join(_LETTERS.findall(folded(text.split(",")[0]))) in EFFECTS_OF_TWO:
        return False
    with_comma = _COMMA.fullmatch(text)
    if with_comma is not None and _is_pair(with_comma, is_unknown):
        return True
    initialled = _INITIAL_LAST.fullmatch(text)
    if initialled is not None and _is_surname(initialled, is_unknown):
        return True
    return not is_comma_needed and any(
        match is not None
        and (_is_surname(match, is_unknown) or folded(match["name"]) in LIKELY_SURNAMES)
        and _is_given(match["given"], GIVEN_NAMES - NAMES_OF_THINGS)
        and _is_last(match.groupdict().get("last"), is_unknown)
        for match in (_GIVEN_FIRST.fullmatch(text), _SURNAME_FIRST.fullmatch(text))
    )


def is_persons_account(text: str, is_unknown: Callable[[str], bool]) -> bool:
    """Say whether a text tells of a person's account: as its name, its folder among the users', or behind a tilde.

    Examples
    --------
    >>> from SlicerDeidLib.headers.search.strangers import is_unknown_word
    >>> [is_persons_account(text, is_unknown_word) for text in ("/home/j.kowalczyk", "user: admin")]
    [True, False]
    """
    folders = (match["name"] or match["own"] or match["login"] for match in _ACCOUNT.finditer(text))
    return any(word.lower() not in ACCOUNTS and is_unknown(word) for one in folders for word in _PART.findall(one))


def _is_given(word: str, names: frozenset[str]) -> bool:
    """Say whether a word is a given name, with or without its umlauts: "Juergen"."""
    return folded(word) in names or (len(word) > _SHORTEST_PLAIN and plain(folded(word)) in names)


def _is_last(word: str | None, is_unknown: Callable[[str], bool]) -> bool:
    """Say whether a word behind surname and given name may be one more: of a product it is one that is known."""
    return not word or len(word) == 1 or is_unknown(word)


def _is_pair(match: re.Match[str], is_unknown: Callable[[str], bool]) -> bool:
    """Say whether words with a comma are surnames and a given name; of several surnames no word is one of a device."""
    given, name = match["given"], match["name"]
    further = [word for word in _PART.findall(match["further"]) if word.lower() not in _PARTICLES]
    if not all(is_unknown(word) or folded(word) in LIKELY_SURNAMES for word in further):
        return False
    is_sure = _is_given(given, GIVEN_NAMES) or (is_unknown(given) and any(_is_given(w, GIVEN_NAMES) for w in further))
    if is_sure and (folded(name) in SURNAME_WORDS or _is_surname(match, is_unknown)):
        return True
    if further or not _is_surname(match, is_unknown):
        return False
    if match[0].isupper():
        return "," in match[0] and min(len(given), len(name)) >= _SHORTEST_CAPITALS and is_unknown(given)
    are_names = given[0].isupper() and given[1:].islower() and name[0].isupper()
    return are_names and (folded(given) in SHORT_NAMES or is_unknown(given))


def _is_surname(match: re.Match[str], is_unknown: Callable[[str], bool]) -> bool:
    """Say whether no vocabulary knows a word of a surname."""
    return any(map(is_unknown, re.split("[-'’]", match["name"])))
