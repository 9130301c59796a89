# SPDX-License-Identifier: Apache-2.0
"""Text: a free text without anything that may identify anybody; code C of PS3.15 Table E.1-1.

What stays: words of the clinical vocabulary, quantities (numbers with units, sizes, ages up to 89), short numbers and
tokens of the protocol (kernels, sequences, levels of the spine). Everything else goes, so that a name need not be known
to be removed. What is known of the subject goes although it is vocabulary, and so does what stands where names stand:
after a title, at a label, joined by a caret. Nothing is put in, so that a text only becomes shorter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

from SlicerDeidLib.headers.freetext.context import judge_context
from SlicerDeidLib.headers.freetext.numbers import judge_numbers
from SlicerDeidLib.headers.freetext.people import judge_people
from SlicerDeidLib.headers.freetext.places import judge_places
from SlicerDeidLib.headers.freetext.scales import judge_scales
from SlicerDeidLib.headers.freetext.tokens import GONE, PLAIN, Token, parts_of, tokens_of
from SlicerDeidLib.headers.search.anyof import AnyOf
from SlicerDeidLib.headers.search.identifiers import folded
from SlicerDeidLib.headers.search.ownwords import OwnWords

_OTHER = re.compile(r"[\W_]")
_SHORTEST_TORN = 2  # letters: "I t" and its like are too many
_MOST_PASSES = 8  # each pass only removes; two or three are usual

_CLEAN_GAP = re.compile(r"[ \t\r\n\f,;:.!?()\[\]+\-*/=<>&%#'\"_^~]*")
_LITTLE = """
    a of in with and the by to for on at from or as is was no not per und mit con de
"""
_FILLERS = frozenset(_LITTLE.split())  # words that say nothing when they are all that is left

_BLANK = re.compile("[^\\S\t-\r ]|[\u200b-\u200d\u2060\ufeff]")  # no-break, thin, zero-width: parts of a name too
_BRACKET = re.compile(r"[()\[\]]")
_CHUNK = re.compile(r"\S+")
_ADDRESS = re.compile(  # in a chunk: mail, URL, path of a file, domain
    r"@|:[/\\]|\\\\|(?<![^\W_])www\.|[^\W_]{2}\."
    r"(?:com|org|net|edu|gov|mil|info|io|eu|de|uk|fr|ch|nl|jp|cn|ru|se|au|ca)(?![^\W_])"
)
_SIZE = r"\s?(?:[x*×]\s?[0-9]{1,3}(?:[.,][0-9])?\s?)?(?:[mc]m|m?s|sec|min)(?![^\W_])"  # 14 x 12 x 9 mm, 6 x 30 s
_ROMAN_DATE = (
    rf"(?<![^\W_])[0-9]{{1,2}}[\W_]{{0,3}}[ivx]{{1,4}}[\W_]{{1,3}}(?:[0-9]{{2}}(?!{_SIZE})|[0-9]{{4}})(?![^\W_])"
    r"|(?<![^\W_])[0-9]{1,2}\s?[./-]\s?[ivx]{2,4}(?![^\W_])"
)
_LABEL = (  # what follows is who or which, up to the end of the clause
    r"(?<![^\W_])(?:name|physician|referring|ref|radiologist|operator|technologist|tech|attending|signed|dictated"
    r"|transcribed|reader|reviewed|approved|nurse|surgeon|mrn|pid|patient id|acc|accession|dob|phone|tel|fax|mobile"
    r"|address|room|ward|bed|station)\.?\s?(?:by\s?)?[:=#][^,;\r\n]*"
)
_DOTTED_INITIALS = (
    r"(?<![^\W_])(?!i\.\s?v\.|e\.\s?g\.|i\.\s?e\.|y\.\s?o\.)[^\W\d_]\."
    r"(?:[\s-]?[^\W\d_]\.)+(?:[\s-]?[^\W\d_](?![^\W_]))?"
)
_SMALL = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_PLACE = (  # rooms and beds; a number with a unit behind "pelvic floor" is a measure
    r"(?<![^\W_])(?:room|bed|ward|box|unit|cabin|floor|bay|cubicle|theat(?:re|er)|suite|scanner|gantry|apartment|apt|house"
    r"|icu|zimmer|bett|chambre)\s?(?:(?:number|nummer|no|nr)(?![^\W_])\.?|[:#])?\s?"
    rf"(?:[0-9]{{1,4}}[a-z]?(?![.,][0-9]|\s?(?:[mc]m|ml|hu|min|[x×%°]))|{_SMALL}|twenty|third|[0-9]{{1,2}}(?:st|nd|rd|th)"
    r"|(?<!icu\s)(?<!scanner\s)[a-z][0-9]{1,3})(?![^\W_])"
    r"|(?<![^\W_])(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|[0-9]{1,2}(?:st|nd|rd|th))\s"
    r"(?:floor|ward)(?![^\W_])"
)
_STATION = re.compile(r"(?<![^\W_])station\s?[:#]?\s?[0-9]{1,4}[a-z]?(?![^\W_])")
_NODES = re.compile(r"(?<![^\W_])(?:lymph|nod(?:e|es|al)(?![^\W_]))")  # lymph nodes have stations too
_CLOCK = (  # a time of day, which would tell what the times of the header moved by; "1:30 min" is a duration
    r"(?<![0-9:.,])[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?(?![0-9:]|\s?(?:min|sec|s(?![^\W_])))"
    r"(?:\s?(?:o'?clock|hrs?|h|uhr|am|pm|[ap]\.\s?m\.)(?![^\W_]))?"
    r"|(?<![^\W_])(?:half|quarter)\s(?:past|to)\s[a-z0-9]+"
)
_CLOCK_HOUR = re.compile(rf"(?<![^\W_])(?:[01]?[0-9]|{_SMALL})\so\s?['’]?\s?clock(?![^\W_])")
_CLOCK_FACE = re.compile(r"breast|nipple|areola|quadrant|position|radius|labrum|labral|anal|fistula|cm from")  # on it
_FEAST = (
    r"(?<![^\W_])(?:new\syear(?:['’]?s)?(?:\s(?:day|eve))?|(?:palm|easter|good|ash|boxing)\s(?:sun|mon|fri|wednes|)day)"
    r"(?![^\W_])"
    r"|(?<![^\W_])(?:on|since|dated|until)\s[01]?[0-9]/[0-3]?[0-9](?![0-9/.,]|\s?(?:[mc]m|images?|slices?))"
)
_SCORE = r"(?<![^\W_])(?:three|four|five)[\s-]?score(?![^\W_])(?:\sand\s[a-z]+)?"  # an age of 80 and more
_EVENT = r"(?<![^\W_])(?:victims?|survivors?)\sof\s[^,;.\r\n]*"  # of which everybody has read
_SPANS = AnyOf(tuple(map(re.compile, (_ROMAN_DATE, _LABEL, _DOTTED_INITIALS, _PLACE, _CLOCK, _FEAST, _SCORE, _EVENT))))
_UNLESS = ((_STATION, _NODES), (_CLOCK_HOUR, _CLOCK_FACE))  # what goes unless the text speaks of something else


def clean(text: str, own: OwnWords, *, is_ascii: bool = False) -> str:
    """Return what of one value may stay; cleaning it again changes nothing.

    Parameters
    ----------
    text : str
        One value of a free text.
    own : OwnWords
        What is known of the subject.
    is_ascii : bool
        Whether only letters of ASCII can be written back.

    Examples
    --------
    >>> clean("CT HEAD W/O CONTRAST 5mm, Dr. Meier 12.3.2019", OwnWords())
    'CT HEAD W/O CONTRAST 5mm'
    """
    if not text.isascii():
        text = _BLANK.sub(" ", unicodedata.normalize("NFC", text))
    for _ in range(_MOST_PASSES):
        cleaned = _pass(text, own, is_ascii=is_ascii)
        if cleaned == text:
            return "" if all(token.word in _FILLERS for token in tokens_of(text)) else text
        text = cleaned
    return ""  # a text that does not come to rest is none that a person wrote


def _pass(text: str, own: OwnWords, *, is_ascii: bool) -> str:
    """Judge a text once, and put together what stays."""
    tokens = tokens_of(text)
    if not tokens:
        return ""
    _judge_spans(text, tokens, own)
    _judge_own(tokens, own)
    _judge_carets(text, tokens)
    judge_people(text, tokens)
    judge_places(text, tokens)
    judge_scales(text, tokens, own)
    judge_context(text, tokens)
    judge_numbers(text, tokens, own)
    for token in tokens:
        if is_ascii and not token.text.isascii():
            token.kind = GONE
    return _joined(text, tokens)


def _erase(tokens: Sequence[Token], spans: Iterable[tuple[int, int]]) -> None:
    """Let go what touches one of the spans."""
    waiting = iter(sorted(spans))
    span = next(waiting, None)
    reached = 0
    for token in tokens:
        while span is not None and span[0] < token.end:
            reached = max(reached, span[1])
            span = next(waiting, None)
        if token.start < reached:
            token.erase()


def _judge_spans(text: str, tokens: Sequence[Token], own: OwnWords) -> None:
    """Let go what has the shape of an identifier, and what the subject's own values are found in."""
    letters, places = _folded_with_places(text)
    if _ADDRESS.search(text.lower()):
        _erase(tokens, [chunk.span() for chunk in _CHUNK.finditer(text) if _ADDRESS.search(chunk.group().lower())])
    unless = AnyOf(tuple(pattern for pattern, other in _UNLESS if not other.search(letters)))
    for finder in (_SPANS, unless, own.identifiers):
        spans = finder.spans(letters)
        _erase(tokens, [(places[start], places[end - 1] + 1) for start, end in spans if start < end])


def _folded_with_places(text: str) -> tuple[str, Sequence[int]]:
    """Return the folded text, and for each of its characters where it comes from."""
    if text.isascii():
        return text.lower(), range(len(text))
    pairs = [(letter, place) for place, character in enumerate(text) for letter in folded(character)]
    return "".join(letter for letter, _ in pairs), [place for _, place in pairs]


def _judge_own(tokens: Sequence[Token], own: OwnWords) -> None:
    """Let go the subject's names and initials, however they are written."""
    for token in tokens:
        if not token.text[0].isdigit():
            words = {token.word}
            if not token.text.isalpha() or not token.text.islower():  # "d/w", "MeierCT", "Meier2"
                words.update((_OTHER.sub("", token.word), *parts_of(token.text), token.word.rstrip("0123456789")))
            if any(map(own.is_name, words)):
                token.erase()
    for first, second in pairwise(tokens):  # "M ax": a name whose first or last letter stands apart
        is_torn = 1 in (len(first.word), len(second.word)) and second.start - first.end <= 1
        if is_torn and len(first.word + second.word) > _SHORTEST_TORN and first.word + second.word in own.names:
            first.erase()
            second.erase()


def _judge_carets(text: str, tokens: Sequence[Token]) -> None:
    """Let a person's name go; keep two words that scanners join so (``HEAD^ROUTINE``)."""
    if "^" not in text:
        return
    groups: list[tuple[int, int]] = []
    for chunk in _CHUNK.finditer(text):
        if "^" in chunk.group():
            is_next = groups and not text[groups[-1][1] : chunk.start()].strip(" ")
            groups.append((groups.pop()[0] if is_next else chunk.start(), chunk.end()))
    names = []
    places = iter(tokens)
    token = next(places, None)
    for start, end in groups:
        kinds = set()
        while token is not None and token.start < end:
            if token.end > start:
                kinds.add(token.kind)
            token = next(places, None)
        if text.count("^", start, end) > 1 or GONE in kinds or PLAIN not in kinds:
            names.append((start, end))
    _erase(tokens, names)


def _joined(text: str, tokens: Sequence[Token]) -> str:
    """Put what stays together, with the punctuation between neighbours and at edges that stay."""
    parts: list[str] = []
    last = -1
    for at, token in enumerate(tokens):
        if token.kind is not GONE:
            parts.append(_gap(text, tokens, last, at))
            parts.append(token.text)
            last = at
    edge = text[tokens[-1].end :]
    if last == len(tokens) - 1 and _CLEAN_GAP.fullmatch(edge):
        parts.append(edge)
    return _balanced("".join(parts), text)


def _gap(text: str, tokens: Sequence[Token], last: int, at: int) -> str:
    """Return what stands between two tokens that stay: what stood there, or a blank where something went.

    The first token follows the edge of the text, ``last`` is -1.
    """
    gap = text[tokens[last].end if last >= 0 else 0 : tokens[at].start]
    if last == at - 1 and _CLEAN_GAP.fullmatch(gap):
        return gap
    if last < 0:
        return ""
    mark = gap[0] if gap[0] in ",;:." and len(gap) > 2 else ""
    if not mark and not _BRACKET.search(gap):
        behind = text[tokens[at - 1].end : tokens[at].start]  # where a sentence ends, so that its words stay apart
        mark = behind[0] if behind[0] in ",;." else ""
    lines = re.search(r"[\r\n]+", gap)
    return mark + (lines.group() if lines else " ")


def _balanced(cleaned: str, text: str) -> str:
    """Take brackets out that lost their partners, and blanks at the ends."""
    if cleaned == text:
        return text
    for opening, closing in ("()", "[]"):
        if cleaned.count(opening) != cleaned.count(closing):
            cleaned = cleaned.replace(opening, "").replace(closing, "")
    return cleaned.strip(" ")
