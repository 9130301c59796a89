# SPDX-License-Identifier: Apache-2.0
"""Text places: words of a free text that are the name of a street, a hospital, an employer or a home.

Places are called by words of the vocabulary ("12 High Street", "Five Points Imaging"), so that their names are known by
what stands beside them: the word for a street, with a house number where it means something else as well; the word for
an institution; or what says that somebody lives or works there.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from SlicerDeidLib.headers.freetext.context import MODALITIES
from SlicerDeidLib.headers.freetext.tokens import CONTEXT, GONE, PLAIN, Token
from SlicerDeidLib.headers.search.commonwords import COMMON_WORDS
from SlicerDeidLib.standard.vocabulary import vocabulary

_NAMES_OF_STREETS = """
    street road lane avenue ave boulevard blvd highway terrace crescent rd strasse gasse allee rue
"""
_STREETS = frozenset(_NAMES_OF_STREETS.split())  # nothing else
_NAMES_OF_WAYS = """
    drive court place square way close circle row grove gardens park hill parkway st view
"""
_WAYS = frozenset(_NAMES_OF_WAYS.split())
_MAPS = frozenset({"map", "maps", "mapping"})  # of the roads of an angiography
_NAMES_OF_HOUSES = """
    hospital hospitals hosp clinic clinics klinik klinikum krankenhaus infirmary orthopedics orthopaedics institute
    foundation mvz school college university church nursing
"""
_HOUSES = frozenset(_NAMES_OF_HOUSES.split())
_PAIRS = frozenset(
    {("medical", "center"), ("medical", "centre"), ("med", "ctr"), ("surgery", "center"), ("surgery", "centre")}
    | {("radiology", "group"), ("radiology", "associates"), ("medical", "group"), ("health", "system")}
    | {("elementary", "school"), ("high", "school"), ("nursing", "home"), ("care", "home")}
)
_OFFICES = frozenset({"imaging", "radiology", "health"})  # behind words that are no imaging
_NUMBER_WORDS = "two three four five six seven eight nine ten"
_NUMBERS = frozenset(_NUMBER_WORDS.split())
_FIRST_WORDS = "great first good holy new royal north south east west central twin"
_FIRST = _NUMBERS | frozenset(_FIRST_WORDS.split())
_LITTLE = frozenset({"in", "at", "of", "the", "from", "to", "by", "for", "and", "on", "with", "near"})
_IN = frozenset({"in", "at", "on", "near"})
_LONGEST_NAME = 3  # words
_LONGEST_ADDRESS = 6  # tokens
_BLANKS = re.compile(r"[ \t]+|-")
_JOINT = re.compile(r"[ \t]*[&,.]?[ \t]*")
_HOME = re.compile(
    r"(?<![^\W_])(?:liv(?:es|ed|ing)|lives?|resid(?:es|ed|ing)|born|raised|grew\sup|moved|(?:un)?employ(?:ed|ee)|works?"
    r"|worked|working|retired|resident|citizen|student|teacher|volunteer)"
    r"\s(?:at|in|on|for|of|from|to|near|by)(?![^\W_])(?:\sthe(?![^\W_]))?",
    re.IGNORECASE,
)
_CAME = re.compile(
    r"(?<![^\W_])(?:transfer(?:red)?|transported|referred|refer|admitted|sent|came|arrived|returned|returning|travel(?:l?ed)?"
    r"|trip|seen|found|(?:accident|mva|crash|fall)\s(?:near|in))\s(?:at|in|from|to|near|by|of)(?![^\W_])(?:\sthe(?![^\W_]))?"
    r"|(?<![^\W_])(?:accident|mva|crash)\snear(?![^\W_])",
    re.IGNORECASE,
)


def judge_places(text: str, tokens: Sequence[Token]) -> None:
    """Let the names of streets, institutions, homes and employers go, with the numbers of the houses."""
    for at, token in enumerate(tokens):
        if token.word in _STREETS or token.word in _WAYS:
            _judge_street(text, tokens, at)
        elif at + 1 < len(tokens) and (token.word, tokens[at + 1].word) in _PAIRS:
            _judge_house(text, tokens, at, is_office=False)
        elif token.word in _HOUSES or token.word in _OFFICES:
            _judge_house(text, tokens, at, is_office=token.word in _OFFICES)
        elif at > 0 and token.kind is GONE and token.text.istitle() and tokens[at - 1].word in _NUMBERS:
            _judge_number(text, tokens, at)
    if not any(token.word in _LITTLE for token in tokens):
        return
    starts = [token.start for token in tokens]
    for cue in _HOME.finditer(text):
        _erase_address(text, tokens, bisect_left(starts, cue.end()), is_home=not cue.group().isupper())
    for cue in _CAME.finditer(text):
        _erase_address(text, tokens, bisect_left(starts, cue.end()), is_home=False)


def _judge_street(text: str, tokens: Sequence[Token], at: int) -> None:
    """Let a street go with its name and the number of the house: "12 High Street", "CANAL DRIVE 7"."""
    street = tokens[at]
    is_mapped = at + 1 < len(tokens) and tokens[at + 1].word in _MAPS
    if is_mapped or not street.text[0].isupper():
        return
    name = _capitals_before(text, tokens, at, is_title=street.text.istitle())
    if not name:
        return
    first = at - len(name)
    before = tokens[first - 1] if first > 0 and _BLANKS.fullmatch(_gap(text, tokens, first)) else None
    after = tokens[at + 1] if at + 1 < len(tokens) and _JOINT.fullmatch(_gap(text, tokens, at + 1)) else None
    house = next((one for one in (before, after) if one is not None and _is_house_number(one)), None)
    if house is not None:
        house.erase()
    elif not street.text.istitle() or (street.word in _WAYS and not _is_said_to_be_in(text, tokens, first, name)):
        return
    for token in (*name, street):
        token.erase()


def _is_said_to_be_in(text: str, tokens: Sequence[Token], first: int, name: Sequence[Token]) -> bool:
    """Say whether a name stands behind "in" amid small letters: "found in Field Way"."""
    is_behind = first > 0 and tokens[first - 1].text in _IN and _BLANKS.fullmatch(_gap(text, tokens, first)) is not None
    return is_behind and all(token.kind is GONE or _is_name(token) for token in name)


def _judge_number(text: str, tokens: Sequence[Token], at: int) -> None:
    """Let a number go that is part of a town's name: "from Three Rivers"."""
    is_amid = at > 1 and not text[tokens[at - 2].end : tokens[at - 1].start].strip(" ")
    if is_amid and tokens[at - 1].text.istitle() and _BLANKS.fullmatch(_gap(text, tokens, at)):
        tokens[at - 1].erase()


def _judge_house(text: str, tokens: Sequence[Token], at: int, *, is_office: bool) -> None:
    """Let the name of an institution go, of words that are names as well: "Stone Clinic", "Five Points Imaging"."""
    name = _capitals_before(text, tokens, at, is_title=False)
    if not name or not tokens[at].text[0].isupper():
        return
    if is_office and not (len(name) > 1 and name[0].word in _NUMBERS):
        return
    is_named = [token.kind is GONE or _is_name(token) for token in name]
    if not any(is_named):
        return
    first = is_named.index(True)
    while first > 0 and name[first - 1].word in _FIRST:
        first -= 1
    for token in name[first:]:
        token.erase()


def _capitals_before(text: str, tokens: Sequence[Token], at: int, *, is_title: bool) -> list[Token]:
    """Return the few words with a capital that stand directly before a place."""
    found: list[Token] = []
    while at > 0 and len(found) < _LONGEST_NAME and _BLANKS.fullmatch(_gap(text, tokens, at)):
        at -= 1
        token = tokens[at]
        is_capital = token.text[0].isupper() and (token.text.istitle() or not is_title)
        if (
            not is_capital
            or token.word in _LITTLE
            or (token.is_fixed and token.kind is PLAIN)
            or token.word in MODALITIES
        ):
            break
        found.insert(0, token)
    return found


def _erase_address(text: str, tokens: Sequence[Token], at: int, *, is_home: bool) -> None:
    """Let go what stands behind "lives in": words with a capital and numbers; behind other cues names only."""
    last = at + _LONGEST_ADDRESS
    while at < min(last, len(tokens)):
        token = tokens[at]
        if at > 0 and not _JOINT.fullmatch(_gap(text, tokens, at)):
            return
        is_word = token.kind in (PLAIN, CONTEXT) and not token.is_fixed and token.word not in MODALITIES
        is_own = is_home and token.text.istitle() and len(token.text) > 1
        if is_word and (is_own or (token.text[0].isupper() and _is_name(token))):
            token.erase()
        elif token.kind is not GONE and not (is_home and _is_house_number(token)):
            return
        else:
            token.erase()
        at += 1


def _is_name(token: Token) -> bool:
    """Say whether a word is a name of persons as well, and no part of the body."""
    words = vocabulary()
    if token.word in words.anatomy or (token.word in COMMON_WORDS and token.word in words.rare_surnames):
        return False
    is_listed = token.word in words.surnames or token.word in words.rare_surnames or token.word in words.in_context
    return is_listed and len(token.text) > 2 and token.word not in MODALITIES and not token.is_fixed


def _is_house_number(token: Token) -> bool:
    """Say whether a token is a bare number, or one with a letter: ``221B``."""
    return re.fullmatch(r"[0-9]{1,5}[A-Za-z]?", token.text) is not None


def _gap(text: str, tokens: Sequence[Token], at: int) -> str:
    """Return what stands before a token, behind the one before it."""
    return text[tokens[at - 1].end if at > 0 else 0 : tokens[at].start]
