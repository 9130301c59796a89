# SPDX-License-Identifier: Apache-2.0
"""Text scales: grades, types and stages of a free text, which stay beside the name of their scale.

A letter alone is an initial and a bare number may be an age; behind "Bosniak" or "type" they say how a thing is. The
name of a scale that is a surname as well stays with a grade of its own only, and beside a word of what it grades
("Weber B fracture"); "Weber, B." and "CT ANKLE WEBER B" name somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from SlicerDeidLib.headers.freetext.context import MODALITIES
from SlicerDeidLib.headers.freetext.tokens import GONE, PLAIN, Token
from SlicerDeidLib.headers.search.ownwords import OwnWords
from SlicerDeidLib.standard.vocabulary import Scale, vocabulary

_END = r"(?![^\W_])"
_T, _N, _M = (
    rf"[cpyr]{{0,3}}{one}" for one in ("T(?:is|[xX]|[0-4][a-d]?)", "N(?:[xX]|[0-3][a-d]?)", "M(?:[xX]|[01][a-d]?)")
)
_TNM = re.compile(  # of a tumour: "T2 N0 M0", "pT3b pN1", "ypT0"
    rf"{_T}[\s,]{{0,2}}{_N}(?:[\s,]{{0,2}}{_M})?{_END}|(?=[cpyr]){_T}{_END}|(?=[cpyr]){_N}{_END}|(?=[cpyr]){_M}{_END}"
)
_OF_TNM = re.compile(r"[cpyr]{0,3}[TNM](?:is|[xX]|[0-4])", re.ASCII)
_SUM = re.compile(  # Gleason's, of two patterns: "Gleason 3+4=7"
    r"(?:\s(?:score|grade|pattern|sum)s?)?\s?[:=]?\s?(?:(?:[6-9]|10)\s?)?\(?[1-5]\s?\+\s?[1-5]\)?(?:\s?=\s?(?:[2-9]|10))?"
    + _END,
    re.IGNORECASE,
)
_WEIGHT = r"(?:[0-9]{1,3}0|0)"
_WEIGHTS = re.compile(  # of diffusion: "b values 0, 500 and 1000", "b=1000", "b 50 s/mm2"
    rf"(?:[\s-]?values?\s?(?:of\s|[=:]\s?)?|\s?[=:]\s?|\s?(?={_WEIGHT}\s?(?:s/mm|,\s?{_WEIGHT}|/{_WEIGHT})))"
    rf"{_WEIGHT}(?:(?:,\s?|\s?/\s?|\sand\s|,\sand\s){_WEIGHT}){{0,8}}{_END}",
    re.IGNORECASE,
)
_OF_SERIES = re.compile(r"[bB](?:[0-9]{1,3}0|0)$")
_MORE_WEIGHTS = re.compile(r"(?:[_/-](?:[0-9]{1,2}[05]0|0)(?![0-9])){1,6}")  # "b50_400_800"
_LINK = re.compile(
    r"[ \t]{0,2}[:=-]?[ \t]{0,2}(?:(?P<kind>types?|typ|grade|grad|stage|class|score|category|classification|scale|group"
    r"|index|system)|of|is|was)(?:[ \t]{1,2}(?:type|grade|stage|of|is|was))?[ \t]?[:=-]?[ \t]{0,2}"
    r"|[ \t]{0,2}[:=-]?[ \t]{0,2}",
    re.IGNORECASE,
)
_GRADE = re.compile(
    r"(?:[0-9]{1,4}(?:[.,][0-9]{1,2})?[A-Za-z]?|[IVXivx]{1,5}[A-Za-z]?[1-3]?|[A-Za-z]{1,2}[0-9]?)(?![^\W_]|[.,][0-9])"
)
_OR = re.compile(r"\s?[-/–]\s?|\s(?:to|or|and)\s")
_MORE = re.compile(r"\s?[-/–]\s?[0-9]|\s[0-9]")  # a telephone number or a date, unless it is a second grade
_JOINTS = frozenset({"and", "und"})
_BETWEEN = re.compile(r"[ \t]{0,2}[-–/&'’]?[ \t]{0,2}")  # the words of one name
_SENTENCE = re.compile(r"[^.;!?\r\n]*")  # between words of one
_PHRASE = re.compile(r"[ \t/()-]*")
_FAR, _NEAR = 10, 4  # tokens before a name, and behind its grade, that say what is graded


def judge_scales(text: str, tokens: Sequence[Token], own: OwnWords) -> None:
    """Let grades stay beside their scale, the names of scales with a grade, and the stages of tumours.

    Parameters
    ----------
    own : OwnWords
        Of which no number stays.
    """
    scales = vocabulary().scales
    for at, token in enumerate(tokens):
        if token.is_fixed and token.kind is GONE:
            continue
        if token.word in scales:
            _judge_scale(text, tokens, at, own)
        elif (shape := _shape(text, token)) is not None:
            _keep(tokens, at, shape.end(), own)


def _shape(text: str, token: Token) -> re.Match[str] | None:
    """Return what has the shape of a list of b-values or of the stage of a tumour and begins with a token."""
    if token.word == "b":
        return _WEIGHTS.match(text, token.end)
    if _OF_SERIES.match(token.text):
        return _MORE_WEIGHTS.match(text, token.end)
    return _TNM.match(text, token.start) if _OF_TNM.match(token.text) else None


def _judge_scale(text: str, tokens: Sequence[Token], at: int, own: OwnWords) -> None:
    """Keep a name of a scale with its grade, if what is written there is one."""
    token = tokens[at]
    if token.word == "gleason" and (total := _SUM.match(text, token.end)):
        _keep(tokens, at, total.end(), own)
        return
    link = _LINK.match(text, token.end)
    grade = _GRADE.match(text, link.end()) if link is not None else None
    if link is None or grade is None:
        return
    for scale in vocabulary().scales[token.word]:
        first = _first_of_name(text, tokens, at, scale)
        if first is not None and _has_grade(scale, grade.group()):
            end = _end_of_grades(text, scale, grade)
            is_meant = _is_meant(text, tokens, (first, end), scale, grade.group(), is_kind=bool(link["kind"]))
            if end and is_meant:
                _keep(tokens, first, end, own)
                return


def _first_of_name(text: str, tokens: Sequence[Token], at: int, scale: Scale) -> int | None:
    """Return where the name of a scale begins that ends at a token; None where its other words do not stand there."""
    for word in reversed(scale.before):
        step = 1
        if at >= step and tokens[at - step].word in _JOINTS:
            step += 1
        if (
            at < step
            or tokens[at - step].word != word
            or (tokens[at - step].is_fixed and tokens[at - step].kind is GONE)
        ):
            return None
        gaps = (text[tokens[place - 1].end : tokens[place].start] for place in range(at - step + 1, at + 1))
        if not all(_BETWEEN.fullmatch(gap) for gap in gaps):
            return None
        at -= step
    return at


def _has_grade(scale: Scale, written: str) -> bool:
    """Say whether something is a grade of a scale, or a number within its ends."""
    if written.lower() in scale.grades:
        return True
    is_number = written.replace(",", "").replace(".", "").isdigit()
    return is_number and scale.least <= float(written.replace(",", ".")) <= scale.most


def _end_of_grades(text: str, scale: Scale, grade: re.Match[str]) -> int:
    """Return where a grade ends, or a second one that is joined to it ("II-III"); 0 where other numbers follow."""
    joint = _OR.match(text, grade.end())
    second = _GRADE.match(text, joint.end()) if joint is not None else None
    if second is not None and {grade.group().lower(), second.group().lower()} <= scale.grades:
        return 0 if _MORE.match(text, second.end()) else second.end()
    return 0 if _MORE.match(text, grade.end()) else grade.end()


def _is_meant(
    text: str, tokens: Sequence[Token], span: tuple[int, int], scale: Scale, grade: str, *, is_kind: bool
) -> bool:
    """Say whether a name and its grade are no surname and initial or age."""
    first, end = span
    behind = first
    while behind < len(tokens) and tokens[behind].start < end:
        behind += 1
    is_initial = len(grade) == 1 and grade.isalpha()
    if is_initial and text[end : end + 1] == "." and behind < len(tokens) and tokens[behind].kind is GONE:
        return False
    if is_kind or not (scale.beside or scale.is_alone):
        return True
    if scale.is_alone and not is_initial:
        return any(
            token.kind is PLAIN and token.word not in MODALITIES for token in (*tokens[:first], *tokens[behind:])
        )
    reach = _SENTENCE if scale.least <= scale.most else _PHRASE
    return any(word in scale.beside for word in _words_near(text, tokens, (first, behind), end, reach))


def _words_near(
    text: str, tokens: Sequence[Token], span: tuple[int, int], end: int, reach: re.Pattern[str]
) -> Iterator[str]:
    """Yield the words before a name in its sentence, and those of the phrase that its grade belongs to."""
    first, behind = span
    yield text[end : end + 2].strip()[:1]
    at = first
    while at > max(first - _FAR, 0) and _SENTENCE.fullmatch(text[tokens[at - 1].end : tokens[at].start]):
        at -= 1
        yield tokens[at].word
    at = behind
    while at < min(behind + _NEAR, len(tokens)) and reach.fullmatch(text[end : tokens[at].start]):
        yield tokens[at].word
        end = tokens[at].end
        at += 1


def _keep(tokens: Sequence[Token], first: int, end: int, own: OwnWords) -> None:
    """Let the tokens up to a place of the text stay, unless one is a number of the subject."""
    kept = []
    while first < len(tokens) and tokens[first].end <= end:
        kept.append(tokens[first])
        first += 1
    if not any(token.text in own.numbers or (token.is_fixed and token.kind is GONE) for token in kept):
        for token in kept:
            token.kind, token.is_fixed = PLAIN, True
