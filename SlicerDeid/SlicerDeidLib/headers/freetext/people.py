# SPDX-License-Identifier: Apache-2.0
"""Text people: words of a free text that stand where the name of a person or a town stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from SlicerDeidLib.headers.freetext.context import MODALITIES
from SlicerDeidLib.headers.freetext.cues import judge_cues
from SlicerDeidLib.headers.freetext.tokens import CONTEXT, GONE, PLAIN, Token, is_age
from SlicerDeidLib.headers.search.commonwords import COMMON_WORDS
from SlicerDeidLib.standard.givennames import GIVEN_NAMES
from SlicerDeidLib.standard.vocabulary import vocabulary

_NEAR = re.compile(r"[\s.,:'’\-_/(]*")  # between the parts of a name
_BESIDE = re.compile(r"[ \-_]*,? ?")  # between the parts of a name, or of a sentence
_BEFORE_NAMES = """
    dr drs prof professor doctor mr mrs ms miss sir lady herr frau hr fr mme mlle sr sra dott
"""
_TITLES = frozenset(_BEFORE_NAMES.split())
_FROM = frozenset({"from", "near", "with", "by"})
_KINDS = frozenset({"grade", "type", "stage", "class", "score"})  # behind the name of a scale
_STOP = re.compile(r"[,;:.()\r\n]")
_JOINTS = frozenset({"and", "und", "et"})
_BETWEEN = frozenset({"med", "and", "und"})  # in "Dr. med. Weeks", "Drs. Weeks and Fields"
_MODALITY_OR_TITLE = frozenset({"dr", "mr", "ms", "sr", "hr"})  # digital radiography, multiple sclerosis, heart rate
_NO_RATES = frozenset({"dr", "mr", "ms"})  # titles in small letters too, before a surname
_DEGREES = frozenset({"md", "phd", "rn", "facr", "frcr", "mbbs"})
_LONGEST_NAME = 3  # words after a title
_BY = frozenset({"by", "von", "per"})  # before whoever did something,
_CUES = _BY | {"patient", "pt"}  # or had it done


def judge_people(text: str, tokens: Sequence[Token]) -> None:
    """Let go what stands where a person's name stands: after a title or "by", before a degree, or alone capital."""
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
    judge_cues(text, tokens)
    _judge_plain_names(text, tokens)


def _has_degree(text: str, token: Token, degree: Token) -> bool:
    """Say whether a word before a degree is a name: one with a capital of its own, or one that a comma sets off."""
    is_set_off = token.text.isupper() and "," in text[token.end : degree.start]
    return (token.text.istitle() or is_set_off) and token.word not in MODALITIES


def _is_said_of(text: str, cue: Token, token: Token) -> bool:
    """Say whether a word after "by" or "patient" may be a name: any with a capital of its own, where a name must be."""
    gap = text[cue.end : token.start]
    if token.kind is CONTEXT:  # but not "hit by a car", "patient, arms down"
        return not (token.text == "a" and text[token.end : token.end + 1] == " ") and not (
            "," in gap and token.text.islower()
        )
    if token.kind is not PLAIN or token.is_fixed or not token.text.istitle() or "." in gap:
        return False
    is_place = cue.word in _BY or ":" in gap
    return (is_place and token.word not in MODALITIES) or _may_be_name(token)


def _erase_name(text: str, title: Token, following: Sequence[Token]) -> None:
    """Let the words after a title go, up to one that is no name."""
    if text[title.start - 1 : title.start] == "^" and following and _is_said_of_image(following[0]):
        return  # the prefix that ends a name of DICOM: "Meier^Anna^^Dr Axial"
    for place, token in enumerate(following):
        is_initial_before = place > 0 and len(following[place - 1].text) == 1
        is_first = all(len(other.text) == 1 for other in following[:place])
        is_name = (is_first and _looks_like_name(text, token, title)) or _may_be_name(token)
        is_joined = token.word in _BETWEEN and place + 1 < len(following) and _may_be_name(following[place + 1])
        if token.kind is PLAIN and not (is_name or is_joined or (is_initial_before and token.text[:1].isupper())):
            return
        token.erase()


def _is_said_of_image(token: Token) -> bool:
    """Say whether a word is vocabulary and no surname."""
    return token.kind is PLAIN and not _may_be_name(token)


def _looks_like_name(text: str, token: Token, title: Token) -> bool:
    """Say whether a word of the vocabulary may be a name after a title: after a dot, or with a capital of its own."""
    has_capital = token.text[:1].isupper() and not (title.text.isupper() and token.text.isupper())
    is_surname = token.word in vocabulary().surnames or token.word in vocabulary().rare_surnames
    return has_capital or is_surname or text[title.end : title.end + 1] == "."


def _is_title(text: str, token: Token, following: Sequence[Token]) -> bool:
    """Say whether a word is a title here, and not the abbreviation that is written alike."""
    if token.text == "mRS":  # the modified Rankin scale
        return False
    if token.word not in _MODALITY_OR_TITLE or text[token.end : token.end + 1] == "." or token.text.istitle():
        return True
    first = next((other for other in following if len(other.text) > 1), None)
    if first is None or first.text[0].isdigit():
        return False
    is_surname = _may_be_name(first) or (token.word in _NO_RATES and first.word in vocabulary().surnames)
    if token.word == "dr":
        is_own = token.text.islower() and first.text.istitle() and first.word not in MODALITIES
        is_surname |= is_own or first.word in vocabulary().rare_surnames
    if first.kind is PLAIN and not is_surname:
        return False
    return not (token.text == "MR" and first.word in vocabulary().anatomy)


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


def _may_be_name(token: Token) -> bool:
    """Say whether a plain word is a surname as well, and is written with a capital."""
    return token.kind is PLAIN and token.word in vocabulary().surnames and token.text[0].isupper()


def _may_be_part_of_name(token: Token) -> bool:
    """Say the same, or whether it is a word that is a name as well and no part of a body: "Mary White"."""
    words = vocabulary()
    is_in_context = token.kind is CONTEXT and token.word in words.in_context and token.word not in words.anatomy
    return _may_be_name(token) or (is_in_context and not token.is_fixed and token.text[0].isupper())


def _judge_plain_names(text: str, tokens: Sequence[Token]) -> None:
    """Let plain words go that are the name of a town, or that are surnames and stand where a person is meant."""
    towns = vocabulary().towns
    beside = [at for at, token in enumerate(tokens) if token.text[0].isupper() and _may_be_part_of_name(token)]
    places = [at for at in beside if _may_be_name(tokens[at]) or _comes_from(tokens, at)]
    for at in range(1, len(tokens)):
        first, second = tokens[at - 1 : at + 1]
        is_capital = first.text[0].isupper() and second.text[0].isupper()
        if is_capital and (first.word, second.word) in towns and not text[first.end : second.start].strip(" -"):
            first.erase()
            second.erase()
    for at in places:
        if _has_lone_capital(text, tokens, at):
            tokens[at].erase()
    for at in (*beside, *reversed(beside)):
        if any(_is_part_of_name(text, tokens, at, step) for step in (-1, 1)):
            tokens[at].erase()
    for at, token in enumerate(tokens):
        if _is_named_here(text, tokens, at):
            token.erase()


def _is_named_here(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Say whether a word that is a name as well is one where it stands: "Weeks 45 yo", "Weeks and Katarzyna"."""
    token = tokens[at]
    if token.word not in vocabulary().named:
        return False
    if _is_rare(token) and _is_rest_of_clause(text, tokens, at):
        return True
    if _may_be_name(token) and _has_initial(text, tokens, at):
        return True
    if _may_be_part_of_name(token) or _is_rare(token):
        return _is_before_age(text, tokens, at) or _is_named_with(text, tokens, at)
    return _is_surname(token) and any(
        _is_glued(text, tokens, at, step) or _has_given_name(text, tokens, at, step) for step in (-1, 1)
    )


def _has_given_name(text: str, tokens: Sequence[Token], at: int, step: int) -> bool:
    """Say whether a common given name that goes stands beside a word, in small letters as well: "mary weeks"."""
    other = _beside(text, tokens, at, step)
    if other is None or other.kind is not GONE or other.word not in GIVEN_NAMES:
        return False
    return tokens[at].word not in _KINDS and tokens[at].word not in vocabulary().after_eponym


def _has_initial(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Say whether an initial with its dot stands before a word: "J. Weeks"."""
    before = tokens[at - 1] if at > 0 else None
    if before is None or len(before.text) != 1 or not before.text.isupper() or tokens[at].word in COMMON_WORDS:
        return False
    return text[before.end : tokens[at].start] in (". ", ".")


def _comes_from(tokens: Sequence[Token], at: int) -> bool:
    """Say whether a word that is a name as well stands where somebody comes from: "from Stone"."""
    return at > 0 and tokens[at - 1].word in _FROM and _may_be_part_of_name(tokens[at])


def _is_surname(token: Token) -> bool:
    """Say whether a word is in a list of names, and no part of the body."""
    words = vocabulary()
    if token.kind not in (PLAIN, CONTEXT) or token.is_fixed or token.word in words.anatomy:
        return False
    return token.word in words.surnames or token.word in words.in_context or _is_rare(token)


def _is_rare(token: Token) -> bool:
    """Say whether a word with a capital hardly ever is a name, and is none of DICOM's own words."""
    is_listed = token.kind is PLAIN and token.word in vocabulary().rare_surnames
    return is_listed and token.word not in COMMON_WORDS and token.text[0].isupper()


def _is_glued(text: str, tokens: Sequence[Token], at: int, step: int) -> bool:
    """Say whether a dot alone stands between a word and one that goes: "katarzyna.weeks"."""
    if not 0 <= at + step < len(tokens):
        return False
    first, second = (at - 1, at) if step < 0 else (at, at + 1)
    other = tokens[at + step]
    is_name = other.kind is GONE and other.text.isalpha() and len(other.text) > 2
    return is_name and text[tokens[first].end : tokens[second].start] == "."


def _is_rest_of_clause(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Say whether only a name that goes stands beside a word in its clause: "Jane Peak, chest pain", "Peak, Jane"."""
    begins = at == 0 or _STOP.search(text, tokens[at - 1].end, tokens[at].start) is not None
    ends = at + 1 == len(tokens) or _STOP.search(text, tokens[at].end, tokens[at + 1].start) is not None
    if ends and not begins and "," not in text[tokens[at - 1].end : tokens[at].start]:
        return _is_part_of_name(text, tokens, at, -1)
    return begins and _is_part_of_name(text, tokens, at, 1)


def _is_before_age(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Say whether a word that begins a text has an age behind it: "Weeks 45 yo"."""
    after = _beside(text, tokens, at, 1)
    return at == 0 and after is not None and is_age(after) and tokens[at].text.istitle()


def _is_named_with(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Say whether a word is joined to a name that goes: "Weeks and Katarzyna"."""
    joint = _beside(text, tokens, at, 1)
    return joint is not None and joint.word in _JOINTS and _is_part_of_name(text, tokens, at + 1, 1)


def _beside(text: str, tokens: Sequence[Token], at: int, step: int) -> Token | None:
    """Return the token before (-1) or after (1) in the same part of a sentence."""
    if not 0 <= at + step < len(tokens):
        return None
    first, second = (at - 1, at) if step < 0 else (at, at + 1)
    return tokens[at + step] if _BESIDE.fullmatch(text[tokens[first].end : tokens[second].start]) else None


def _has_lone_capital(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Say whether only this word has a capital amid words that have none: "discussed with Fields today"."""
    before, after = _beside(text, tokens, at, -1), _beside(text, tokens, at, 1)
    is_own = tokens[at].text.istitle() and before is not None and before.text.isalpha() and before.text.islower()
    return is_own and len(before.text) > 1 and (after is None or after.text.islower())  # type: ignore[union-attr]


def _is_part_of_name(text: str, tokens: Sequence[Token], at: int, step: int) -> bool:
    """Say whether a word stands beside another one with a capital that goes: "Jane Weeks"."""
    other = _beside(text, tokens, at, step)
    if other is None or other.kind is not GONE or not other.text.isalpha() or not other.text[0].isupper():
        return False
    words = vocabulary()
    is_scale = tokens[at].word in _KINDS and (len(other.text) == 1 or other.word in words.scales)
    return not (is_scale or (other.word in words.eponyms and tokens[at].word in words.after_eponym))
