# SPDX-License-Identifier: Apache-2.0
"""Text context: words of a free text that are names as well, judged by what stands beside them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from SlicerDeidLib.headers.freetext.numbers import is_thickness
from SlicerDeidLib.headers.freetext.tokens import CONTEXT, GONE, NUMBER, PLAIN, Token, is_age
from SlicerDeidLib.standard.vocabulary import vocabulary

_CLOSE = re.compile(r"[ \-_/+&^]*")  # between words of one phrase
MODALITIES = frozenset({"ct", "mr", "mri", "cta", "mra", "us", "xr", "cr", "dx", "rf", "nm", "pet", "mg", "xa"})
"""What stands beside a surname as often as beside a word of anatomy."""

_VOWELS = "aeiouh"
_TYPES = frozenset({"II", "III", "IV"})  # of a disease, after its name
_OF_VERBS = "is are was were be remains remain appears appear looks very too slightly"
_VERBS = frozenset(_OF_VERBS.split())
_LONGEST_PHRASE = 4  # words in context between one and the word that says that it is no name
_LONGEST_TYPE = 2  # tokens between a surname and the word that makes it a disease


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
    if token.text in ("an", "An"):  # the article, which is a name in China and Korea
        before, after = (_neighbour(text, tokens, at, step) for step in (-1, 1))
        if token.text == "An" and (before is not None or after is None or not after.text.islower()):
            return False
        is_article = after is not None and after.kind is not GONE and after.text[0] in _VOWELS and after.text != "an"
        return is_article and (before is None or before.kind is not GONE)
    if len(token.text) > 1:
        is_alone = len(tokens) == 1 or (is_clean and token.word in vocabulary().anatomy)
        return is_alone or _has_anchor(text, tokens, at) or _is_said_of_something(text, tokens, at)
    near = [other.kind for step in (-1, 1) if (other := _neighbour(text, tokens, at, step)) is not None]
    is_initial = GONE in near or text[token.end : token.end + 1] == "."
    if token.text == "A":  # the article, in a text of capitals or where a sentence begins
        after = _neighbour(text, tokens, at, 1)
        begins = after is not None and after.kind is PLAIN and after.text.islower()
        return not is_initial and (begins or (near == [PLAIN, PLAIN] and tokens[at - 1].text.isupper()))
    return not is_initial and _has_anchor(text, tokens, at)


def _is_said_of_something(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Say whether an adjective in small letters says how something is: "the borders are sharp"."""
    before = _neighbour(text, tokens, at, -1)
    is_adjective = tokens[at].word in vocabulary().adjectives and tokens[at].text.islower()
    return is_adjective and before is not None and before.kind is PLAIN and before.word in _VERBS


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
    if token.word in MODALITIES and len(word) > 1 and word not in vocabulary().anatomy:
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
