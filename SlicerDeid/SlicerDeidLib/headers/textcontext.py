# SPDX-License-Identifier: Apache-2.0
"""Text context: words of a free text that are names as well, judged by what stands beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from SlicerDeidLib.headers.textnumbers import is_thickness
from SlicerDeidLib.headers.texttokens import CONTEXT, GONE, NUMBER, PLAIN, Token, is_age
from SlicerDeidLib.standard.vocabulary import vocabulary

_NEAR = re.compile(r"[ .,:'’\-_]*")  # between the parts of a name
_CLOSE = re.compile(r"[ \-_/+&^]*")  # between words of one phrase
_BEFORE_NAMES = """
    dr prof professor doctor mr mrs ms miss sir lady herr frau hr fr mme mlle sr sra dott
"""
_TITLES = frozenset(_BEFORE_NAMES.split())
_MODALITY_OR_TITLE = frozenset({"dr", "mr", "ms", "sr", "hr"})  # digital radiography, multiple sclerosis, heart rate
_DEGREES = frozenset({"md", "phd", "rn", "facr", "frcr", "mbbs"})
_LONGEST_NAME = 3  # words after a title
_BY = frozenset({"by", "von", "per"})  # before whoever did something,
_CUES = _BY | {"patient", "pt"}  # or had it done
_MODALITIES = frozenset({"ct", "mr", "mri", "cta", "mra", "us", "xr", "cr", "dx", "rf", "nm", "pet", "mg", "xa"})
"""What stands beside a surname as often as beside a word of anatomy."""

_TYPES = frozenset({"II", "III", "IV"})  # of a disease, after its name
_LONGEST_PHRASE = 4  # words in context between one and the word that says that it is no name
_LONGEST_TYPE = 2  # tokens between a surname and the word that makes it a disease


def judge_people(text: str, tokens: Sequence[Token]) -> None:
    """Let go what stands where a person's name stands: after a title or "by", before a degree."""
    for at, token in enumerate(tokens):
        following = _run(text, tokens, at, 1) if token.word in _TITLES or token.word in _CUES else []
        if token.word in _TITLES and _is_title(text, token, following):
            token.erase()
            _erase_name(text, token, following)
        elif token.word in _CUES and following and _is_said_of(text, token, following[0]):
            following[0].erase()
        elif token.word in _DEGREES:
            before = _run(text, tokens, at, -1)
            if before and _has_degree(text, before[0], token):
                before[0].erase()
            for other in takewhile(lambda other: other.kind is not PLAIN, before):
                other.erase()


def _has_degree(text: str, token: Token, degree: Token) -> bool:
    """Say whether a word before a degree is a name: one with a capital of its own, or one that a comma sets off."""
    is_set_off = token.text.isupper() and "," in text[token.end : degree.start]
    return (token.text.istitle() or is_set_off) and token.word not in _MODALITIES


def _is_said_of(text: str, cue: Token, token: Token) -> bool:
    """Say whether a word after "by" or "patient" may be a name: any with a capital of its own, where a name must be."""
    if token.kind is CONTEXT:
        return True
    between = text[cue.end : token.start]
    is_place = cue.word in _BY or ":" in between
    return is_place and token.kind is PLAIN and token.text.istitle() and token.word not in _MODALITIES


def _erase_name(text: str, title: Token, following: Sequence[Token]) -> None:
    """Let the words after a title go, up to one that is no name."""
    for place, token in enumerate(following):
        is_initial_before = place > 0 and len(following[place - 1].text) == 1
        if token.kind is PLAIN and not (
            (place == 0 and _looks_like_name(text, token, title)) or (is_initial_before and token.text[:1].isupper())
        ):
            return
        token.erase()


def _looks_like_name(text: str, token: Token, title: Token) -> bool:
    """Say whether a word of the vocabulary may be a name after a title: after a dot, or with a capital of its own."""
    has_capital = token.text[:1].isupper() and not (title.text.isupper() and token.text.isupper())
    return has_capital or text[title.end : title.end + 1] == "."


def _is_title(text: str, token: Token, following: Sequence[Token]) -> bool:
    """Say whether a word is a title here, and not the abbreviation that is written alike."""
    if token.word not in _MODALITY_OR_TITLE or text[token.end : token.end + 1] == "." or token.text.istitle():
        return True
    if not following or following[0].kind in (PLAIN, NUMBER):
        return False
    return not (token.text == "MR" and following[0].word in vocabulary().anatomy)


def _run(text: str, tokens: Sequence[Token], at: int, step: int) -> list[Token]:
    """Return the few tokens after (1) or before (-1) a token with nothing but blanks, dots and hyphens between."""
    found: list[Token] = []
    while 0 <= at + step < len(tokens) and len(found) < _LONGEST_NAME:
        first, second = (at, at + 1) if step > 0 else (at - 1, at)
        if not _NEAR.fullmatch(text[tokens[first].end : tokens[second].start]):
            break
        at += step
        found.append(tokens[at])
    return found


def judge_context(text: str, tokens: Sequence[Token]) -> None:
    """Let a word that is a name as well stay beside a plain word, as the only word, or as anatomy among vocabulary."""
    for at, token in enumerate(tokens):
        is_surname = token.word in vocabulary().eponyms and token.kind in (GONE, CONTEXT) and not token.is_fixed
        if is_surname and _is_eponym(text, tokens, at):
            token.kind, token.is_fixed = PLAIN, True
    is_clean = all(_is_clean(token) for token in tokens)
    for at, token in enumerate(tokens):
        if token.kind is CONTEXT and not _fits(text, tokens, at, is_clean=is_clean):
            token.kind = GONE


def _is_clean(token: Token) -> bool:
    """Say whether a text of such tokens is about anatomy: ``HEAD 1``, but not ``Hand 45``."""
    if token.kind is CONTEXT:
        return token.word in vocabulary().anatomy
    return (token.kind is PLAIN and not is_age(token)) or (token.kind is NUMBER and len(token.text) == 1)


def _fits(text: str, tokens: Sequence[Token], at: int, *, is_clean: bool) -> bool:
    """Say whether a word that is a name as well, or a letter that may be an initial, means no person here."""
    token = tokens[at]
    if len(token.text) > 1:
        is_alone = len(tokens) == 1 or (is_clean and token.word in vocabulary().anatomy)
        return is_alone or _has_anchor(text, tokens, at)
    near = [other.kind for step in (-1, 1) if (other := _neighbour(text, tokens, at, step)) is not None]
    is_initial = GONE in near or text[token.end : token.end + 1] == "."
    return not is_initial and _has_anchor(text, tokens, at)


def _has_anchor(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Say whether a plain word or a quantity stands in the same phrase, with only words in context between."""
    word = tokens[at].word
    for step in (1,) if word in vocabulary().adjectives else (-1, 1):
        place, other = at, _neighbour(text, tokens, at, step)
        while other is not None and other.kind is CONTEXT and len(other.text) > 1 and abs(place - at) < _LONGEST_PHRASE:
            place += step
            other = _neighbour(text, tokens, place, step)
        if other is not None and _is_anchor(text, other, word):
            return True
    return False


def _is_anchor(text: str, token: Token, word: str) -> bool:
    """Say whether a word that is a name as well is none beside a token: modalities stand beside names too."""
    if token.word in _MODALITIES and len(word) > 1 and word not in vocabulary().anatomy:
        return False
    if is_age(token):  # an age stands beside a person's name more often than beside a finding
        return False
    return token.kind is PLAIN or (token.kind is NUMBER and is_thickness(text, token))


def _neighbour(text: str, tokens: Sequence[Token], at: int, step: int) -> Token | None:
    """Return the token before (-1) or after (1) in the same phrase."""
    if not 0 <= at + step < len(tokens):
        return None
    first, second = (at - 1, at) if step < 0 else (at, at + 1)
    is_close = _CLOSE.fullmatch(text[tokens[first].end : tokens[second].start])
    return tokens[at + step] if is_close else None


def _is_eponym(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Say whether the name of a disease or structure is around a surname; its type may stand between ("Chiari I")."""
    words = vocabulary()
    place, other = at, _neighbour(text, tokens, at, 1)
    for _ in range(_LONGEST_TYPE):
        if other is None or not (other.word in words.eponyms or len(other.text) == 1 or other.text in _TYPES):
            break
        place += 1
        other = _neighbour(text, tokens, place, 1)
    if other is not None and other.word in words.after_eponym:
        return True
    before = [token.word for token in tokens[max(at - 2, 0) : at]]
    return len(before) == 2 and before[1] == "of" and before[0] in words.before_eponym
