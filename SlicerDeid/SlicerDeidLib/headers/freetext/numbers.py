# SPDX-License-Identifier: Apache-2.0
"""Text numbers: which bare numbers of a free text may stay.

A thickness or the number of a reconstruction may; a date, an age over 89, a telephone number or an ID may not, however
its digits are grouped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from SlicerDeidLib.headers.freetext.tokens import GONE, NUMBER, Token
from SlicerDeidLib.headers.search.ownwords import OwnWords

_WHOLE = re.compile(r"0|[1-8]?[1-9]|[1-8]0")  # up to 89: what is more may be an age, a year or part of an ID
_THICKNESS = re.compile(r"[0-9][.,][0-9]{1,4}|[1-8][0-9][.,][0-9]")  # 0.625, 1.0, 10.0; 07.03 may be a date
_PAIR = re.compile(r"\s?[/\-]\s?")  # 5/3: thickness and increment
_SECOND = re.compile(r"/[0-9]{1,2}(?![^\W_])")
_APART = re.compile(r"[0-9]+\s")
_NEAR = re.compile(r"[ .,:;#/\-_()=]*")
_SHORTEST_OWN_DECIMAL = 3  # digits: 13.4 is a day and month, 1.5 a thickness
_SHORTEST_OWN_QUANTITY = 4  # digits: a shorter number with a unit is a quantity whoever has it as an ID
_NUMBERS = """
    one two three four five six seven eight nine ten first second third fourth fifth sixth seventh eighth ninth tenth
    eleventh twelfth
"""
_NUMBER_WORDS = frozenset(_NUMBERS.split())
_ORDINAL = re.compile(r"[0-9]{1,2}(?:st|nd|rd|th)")
_DATES = """
    january february march april may june july august september october november december jan feb mar apr jun jul aug
    sep sept oct nov dec januar februar marz maerz mai juni juli oktober dezember twenty thirty forty fifty sixty
    seventy eighty ninety hundred thousand eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
"""
_DATE_WORDS = frozenset(_DATES.split())  # none of them is vocabulary


def judge_numbers(text: str, tokens: list[Token], own: OwnWords) -> None:
    """Let bare numbers go that may belong to a date, an age, a telephone number or an ID, and all of the subject's."""
    for group in _groups(tokens):
        _judge_group(text, tokens, group, own)
    for at, token in enumerate(tokens):
        is_of_date = (token.word in _NUMBER_WORDS or _ORDINAL.fullmatch(token.word)) and _is_of_date(tokens, at)
        if is_of_date or (token.is_fixed and _holds_own(token.text, own)):
            token.kind = GONE


def is_thickness(text: str, number: Token) -> bool:
    """Say whether a number is one that protocols have beside a body part: ``0.625``, ``5/3``."""
    return _THICKNESS.fullmatch(number.text) is not None or _SECOND.match(text, number.end) is not None


def _groups(tokens: Sequence[Token]) -> list[list[int]]:
    """Return the places of numbers that follow one another without a word between."""
    groups: list[list[int]] = []
    before = -2
    for at, token in enumerate(tokens):
        if token.kind is NUMBER or (token.kind is GONE and token.text[0].isdigit()):
            if before == at - 1:
                groups[-1].append(at)
            else:
                groups.append([at])
            before = at
    return groups


def _judge_group(text: str, tokens: Sequence[Token], group: Sequence[int], own: OwnWords) -> None:
    """Judge numbers that follow one another: of whole ones only one alone or a pair may stay."""
    numbers = [tokens[at] for at in group]
    wholes = sum(token.text.isdigit() for token in numbers)
    may_be_whole = wholes == 1 or (len(numbers) == wholes == 2 and _is_pair(text, numbers, own))
    for at, token in zip(group, numbers, strict=True):
        is_whole = token.text.isdigit()
        if wholes > 1 and _is_torn(text, tokens, at):
            tokens[at + 1].erase()
        may_be_whole = may_be_whole and not _is_odd(text, tokens, at)
        if not _is_short(token, own) or (is_whole and not (may_be_whole and not _is_beside_gone(text, tokens, at))):
            token.kind = GONE


def _is_short(token: Token, own: OwnWords) -> bool:
    """Say whether a number is short enough to be a thickness or a running number, and is not the subject's."""
    digits = re.sub(r"[^0-9]", "", token.text)
    is_own = token.text in own.numbers or (len(digits) >= _SHORTEST_OWN_DECIMAL and digits in own.numbers)
    if token.kind is GONE or is_own:
        return False
    return bool(_WHOLE.fullmatch(token.text) or _THICKNESS.fullmatch(token.text))


def _is_pair(text: str, numbers: Sequence[Token], own: OwnWords) -> bool:
    """Say whether two whole numbers are written as one pair, and are no day and month of the subject."""
    first, second = numbers
    is_joined = _PAIR.fullmatch(text[first.end : second.start]) is not None
    return is_joined and first.text + second.text not in own.numbers


def _is_beside_gone(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Say whether the word before or after a number goes: it may belong to it ("Main Street 5")."""
    near = pairwise(tokens[max(at - 1, 0) : at + 2])
    return any(
        GONE in (first.kind, second.kind) and _NEAR.fullmatch(text[first.end : second.start]) for first, second in near
    )


def _is_odd(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Say whether a whole number is a year ('61) or the first digit of a quantity that is torn ("9 4 yo")."""
    is_year = text[max(tokens[at].start - 1, 0) : tokens[at].start] in ("'", "’")
    return is_year or _is_torn(text, tokens, at)


def _is_torn(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Say whether a number goes on in the quantity behind it, whose unit stands apart: "12 34 567 images"."""
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if after is None or not after.is_fixed or _APART.match(after.text) is None:
        return False
    return not text[tokens[at].end : after.start].strip()


def _is_of_date(tokens: list[Token], at: int) -> bool:
    """Say whether a number in words is beside a month or another number: "seventh of March", "ninety-four"."""
    near = tokens[max(at - 1, 0) : at] + tokens[at + 1 : at + 2]
    is_beside = any(token.word in _NUMBER_WORDS for token in near)
    return is_beside or any(token.word in _DATE_WORDS for token in tokens[max(at - 2, 0) : at + 3])


def _holds_own(text: str, own: OwnWords) -> bool:
    """Say whether a quantity is a number of the subject with a unit by chance behind it."""
    runs = re.findall(r"[0-9]+", text)
    return any(len(digits) >= _SHORTEST_OWN_QUANTITY and digits in own.numbers for digits in (*runs, "".join(runs)))
