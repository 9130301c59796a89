# SPDX-License-Identifier: Apache-2.0
"""Text tokens: a free text in words and numbers, and what each says by itself.

A token is PLAIN (it may stay), CONTEXT (it may stay beside a plain one), NUMBER (a bare number, which may stay unless
it is part of a date, a telephone number or an ID), or GONE.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache

from SlicerDeidLib.headers.search.identifiers import folded
from SlicerDeidLib.standard.vocabulary import vocabulary

PLAIN, CONTEXT, NUMBER, GONE = "plain", "context", "number", "gone"

_REMEMBERED = 1 << 14  # words: the texts of all series repeat each other
_UNIT = (  # of UCUM and of scanner consoles; the longer of two first
    r"(?i:s/mm[2²]|[mc]m/s(?:ec)?|mm/h|[mcµun]m[23²³]?|m[lL](?:/(?:sec|s|min))?|l/min|cc|kvp?|kev|mev|mas?|msec|mmhg|hu|bpm"
    r"|m?gy(?:[\s.*]?cm2?)?|msv|mbq|mci|fov(?!\s?[=:]?\s?[0-9])|px|pixels?|fps|deg|degrees?|views?|slices?|images?|phases?"
    r"|frames?|channels?|ch|leads?|rows?|bits?|mins?|secs?|hrs?|hours?|days?|wks?|weeks?|mos?|months?|mcg"
    r"|mg(?:/m?[lL]|/d[lL]|/kg)?|[np]g/m[lL]|kg|mmol(?:/[lkg]+)?|french|gauge|microns?|pack[\s-]years?|min/bed|watts?|m/s)"
    r"|(?:F[Rr]|fr)(?!\.)|[FGfg](?=[\s-](?:catheter|sheath|needle|drain|tube|pigtail|introducer|stent|coaxial|guide|CATH|SHEATH|NEEDLE|DRAIN|TUBE))"
    r"|mAs/slice|ms|s|k?Hz(?:/px)?|MHz|[µk]?Ci|[Gk]?Bq|g|IU|°|%|x|d|h|ft"
)
_AGE_UNIT = (
    r"(?:[-\s]*(?:y/o|years?|yrs?|y|Y/O|YEARS?|YRS?|YO)[-\s]*(?:olds?|o|OLDS?)?(?![^\W_])|\s*(?:j|jahre?|jährig\w*|ans|años|anni)(?![^\W_]))"
    r"(?:\s*[MF](?![^\W_]))?"
)
_NUMBER = r"[0-9]+(?:[.,][0-9]+)?"
_TESLA = r"(?:0[.,](?:2|35|55|5)|1[.,]5|1[.,]0|1|3|3[.,]0|7|7[.,]0|9[.,]4)\s?T"  # field strengths that are sold
_OWNED = re.compile(r"['’][sS]$")
_ENDS = r"(?![^\W_])(?![.,/][0-9]|-[0-9]+-)"
_TIMES = r"\s?[xX*×]\s?"

Kind = str
"""PLAIN, CONTEXT, NUMBER or GONE."""


@dataclass(slots=True)
class Token:
    """A word or number of a text, and what is to become of it.

    Attributes
    ----------
    start, end : int
        Where it stands.
    word : str
        As it is compared: folded, without a possessive s.
    """

    start: int
    end: int
    text: str = field(repr=False)
    word: str = field(repr=False)
    kind: Kind
    is_fixed: bool = False  # judged for good: a quantity or protocol token that stays, an identifier that goes

    def erase(self) -> None:
        """Let the token go, whatever stands beside it."""
        self.kind, self.is_fixed = GONE, True


@cache
def _lexer() -> re.Pattern[str]:
    """Compile what splits a text: compounds, ages, sizes and quantities, numbers, words."""
    compounds = _any_of(vocabulary().compounds)
    begin, unit = r"(?<![^\W_])(?<![0-9][.,/-])", rf"(?:{_UNIT})"
    return re.compile(
        rf"(?P<compound>(?<![^\W_])(?i:{compounds}|[CTL][ .-]?spine)(?![^\W_]))"
        rf"|(?P<age>(?=[0-9]){begin}{_NUMBER}{_AGE_UNIT})"
        rf"|(?P<quantity>(?=[0-9TWx]){begin}(?:{_TESLA}|(?:TE|TR|TI|WL|WW)[ =:]?{_NUMBER}(?!\s?-\s?[0-9])"
        r"|x ?[0-9]{1,2}"
        rf"|{_NUMBER}(?:{_TIMES}{_NUMBER}){{1,2}}(?:\s?{unit})?"
        rf"|{_NUMBER}(?:\s?[-/]\s?{_NUMBER})?[\s-]?{unit}|[0-9]{{2,3}}/(?:Sn)?[0-9]{{3}}\s?Sn|1[0-9]G|2[0-9]G|(?:3[4-9]|4[0-2])[.,][0-9]\s?°?\s?C(?!\.)){_ENDS})"
        rf"|(?P<number>(?<![^\W_])[0-9]+(?:[.,][0-9]+)*(?![^\W_]))"
        r"|(?P<word>[^\W_]+(?:['’][sS](?![^\W_]))?)"
    )


def _any_of(words: Iterable[str]) -> str:
    """Return an expression for any of some words, in groups by their first letter, so that few are compared."""
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(word[0], []).append(re.escape(word[1:]).replace("\\ ", "[ _-]"))
    return "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in groups.items())


def tokens_of(text: str) -> list[Token]:
    """Split a text and judge each token by itself.

    Examples
    --------
    >>> [(token.text, token.kind) for token in tokens_of("CT HEAD W/O Smith2 5mm 12")]
    [('CT', 'plain'), ('HEAD', 'context'), ('W/O', 'plain'), ('Smith2', 'gone'), ('5mm', 'plain'), ('12', 'number')]
    """
    tokens = []
    for match in _lexer().finditer(text):
        group, found = match.lastgroup or "", match.group()
        if group == "word":
            kind, is_fixed = kind_of_word(found)
        elif group == "number":
            kind, is_fixed = NUMBER, False
        else:
            is_ok = group == "compound" or (_is_young(found) if group == "age" else _is_quantity(found))
            kind, is_fixed = PLAIN if is_ok else GONE, True
        tokens.append(Token(match.start(), match.end(), found, _compared(found), kind, is_fixed))
    return tokens


def _compared(text: str) -> str:
    """Return a word as it is compared."""
    return folded(_OWNED.sub("", text))


def _spelled(text: str) -> str:
    """Return a word in small letters with its accents: one that the vocabulary writes otherwise is a name."""
    return unicodedata.normalize("NFC", _OWNED.sub("", text)).lower()


_OLDEST = 89  # years; all above are one (45 CFR 164.514(b)(2)(i)(C))
_LARGEST = 10_000  # of a quantity: times and doses have no more than four digits
_LONGEST_TIME = 1_000  # weeks or months: 1080 months are 90 years
_MOST_DIGITS = 6  # of a range: telephone numbers have 7 and more
_NAMED_UNIT = re.compile(  # "slabs 4 Ma L.", "12 Hu": a surname with a capital, and a current that no scanner has
    r".*[0-9]\s(?:Mas?|Hu|Mos?|Mins?|Ch)|[0-9](?:[.,][0-9]+)?\sMAS?"
)
_AGE = re.compile(rf"{_NUMBER}{_AGE_UNIT}|[1-8]?[0-9](?:y|yo)?[MFmf]")
_CALENDAR = re.compile(r"(?i:wks?|weeks?|mos?|months?)$")
_THOUSANDS = re.compile(r"[.,](?=[0-9]{3}$)")
_ZERO_FIRST = re.compile(r"(?<![0-9.,])0[0-9]")


def _is_young(text: str) -> bool:
    """Say whether an age may be told."""
    return int(re.match(r"[0-9]+", text).group()) <= _OLDEST  # type: ignore[union-attr]


def is_age(token: Token) -> bool:
    """Say whether a token tells an age: ``45 yo``, ``65M``."""
    return _AGE.fullmatch(token.text) is not None


def _is_quantity(text: str) -> bool:
    """Say whether a number with its unit, or a size (512x512), is of a length that quantities have."""
    if _NAMED_UNIT.fullmatch(text):
        return False
    numbers = re.findall(_NUMBER, text)
    largest = _LONGEST_TIME if _CALENDAR.search(text) else _LARGEST
    if largest == _LONGEST_TIME:
        numbers = [_THOUSANDS.sub("", number) for number in numbers]  # 1,100 months
    if any(float(number.replace(",", ".")) >= largest for number in numbers) or _ZERO_FIRST.search(text):
        return False
    return "-" not in text or sum(character.isdigit() for character in text) <= _MOST_DIGITS


# Kernels of Siemens (B31f, Hr40) and Canon (FC26), b-values, vertebrae, segments of vessels, dimensions, ordinals, 65M
_PROTOCOL = re.compile(
    r"[BDHIJTU][0-9]{2}[fhsuFHS]|[bdhijtu][0-9]{2}[fhs]|[bhq][rvlpc][3-7][0-9]|[BHQUST][rlnpvcfeu][0-9]{2}[a-z]?|[BHQ][RVLPC][3-7][0-9]|FC[0-9]{2}|b[0-9]{1,2}0{1,2}|b0"
    r"|B(?:50|[1-9]00|[1-4][0-9]00)|Sn(?:[0-9]{2,3})?|p[2-8]|O2"
    r"|[Cc][1-7]|T[0-9]|T1[0-2]|t1[0-2]|D[1-9]|[Ll][1-6]|[Ss][1-5]|Th[0-9]{1,2}|M[1-4]|A[1-3]|P[1-4]|V[1-6]|[1-4]D"
    r"|(?:1st|2nd|3rd|[1-8]?[0-9]th)|[1-8]?[0-9](?:y|yo)?[MFmf]"
)
_ROMAN = re.compile(r"I{1,3}|I?V|VI{1,3}|I?X|XI{1,2}")
_SINGLE = re.compile(r"[LRwWaA]|[Aa]n")  # left, right, with; the articles
_NUMBERED = re.compile(r"[0-9]?(?P<word>[^\W\d_]{3,})[0-9]?")  # Recon2, 1HEAD
_GLUED = re.compile(r"(?:[A-Z][a-z]+){2,}")  # HeadRoutine: judged by its parts, since names are glued so too
_LONGEST_NAMES = 7  # letters: a shorter word may be two short names by chance ("BoLi"), "InPhase" is none
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SHORTEST_WORD, _LONGEST_WORD = 2, 50  # letters: one is an initial; the longest of the vocabulary has 39
_SHORTEST_PART = 3  # letters of a part of a glued word; two-letter modalities besides
_GLUED_MODALITIES = frozenset({"ct", "mr"})
_ABBREVIATION = 3  # letters: an abbreviation that is also a name is none when it is written like one ("Tia", "Ed")


@lru_cache(maxsize=_REMEMBERED)
def kind_of_word(text: str) -> tuple[Kind, bool]:
    """Return the kind of a word, and whether it is a protocol token.

    Examples
    --------
    >>> [kind_of_word(word)[0] for word in ("Thorax", "Hand", "Smith", "H31s", "S19", "HeadRoutine", "DrMeier")]
    ['plain', 'context', 'gone', 'plain', 'gone', 'plain', 'gone']
    """
    if _PROTOCOL.fullmatch(text):
        return PLAIN, True
    if _ROMAN.fullmatch(text) or _SINGLE.fullmatch(text):
        return CONTEXT, False
    is_word = len(text) >= _LONGEST_NAMES and text.lower() in vocabulary().words
    is_glued = _GLUED.fullmatch(text) is not None and not is_word
    kind = GONE if is_glued else _kind(_compared(text), text)
    if kind is GONE:
        kind = _kind_of_glued(text)
    return kind, False


def _kind(word: str, text: str) -> Kind:
    """Look a folded word up; words of one letter are initials."""
    words = vocabulary()
    if not _SHORTEST_WORD <= len(word) <= _LONGEST_WORD or not word.isascii():
        return GONE
    if not text.isascii() and _spelled(text) not in words.accented:
        return GONE
    if word in words.words:
        return PLAIN
    if not (word in words.anatomy or word in words.adjectives or word in words.others):
        return PLAIN if _is_formed(word) else GONE
    is_like_a_name = len(word) <= _ABBREVIATION and text.istitle() and word not in _WORDS_OF_THREE
    return GONE if is_like_a_name else CONTEXT


# Prefixes and endings with which medicine forms its words; what they are put to must be a plain word of five letters
_PREFIXES = """
    aero angio antero anti aorto arterio arthro atrio auto bi broncho cardio cerebro cervico chole chondro contra
    costo cranio cysto cyto endo entero epi extra fibro gastro hemi hepato hydro hyper hypo ileo infra inter intra
    ischio lumbo lympho macro mediastino micro mid mono multi musculo myo naso neo nephro neuro non occipito oro
    osteo over pan para parieto patello peri pleuro pneumo poly post postero pre pseudo psycho pulmono pyelo re
    retro sacro semi sero spheno sub super supra temporo thoraco thrombo tibio trans tri ultra un under uretero
    utero vaso veno ventriculo vertebro
"""
_PREFIX = frozenset(_PREFIXES.split())
_SHORTEST_STEM = 5  # letters
_ENDING = re.compile(
    r"(?P<stem>[a-z]{5,}?)(?:s|es|d|ed|ing|ly|al|ally|able|ness|less|like|ment|ments)"
    r"|(?P<double>[a-z]{3,}(?P<last>[bdgmnpt]))(?P=last)(?:ed|ing)"
)
_CHANGED = (  # endings that take another's place: closing, biopsied, hypothermic, fragmentation, prostheses, calibre
    ("ing", "e"), ("able", "e"), ("ies", "y"), ("ied", "y"), ("ily", "y"), ("iness", "y"), ("ic", "ia"), ("ic", "y"),
    ("ation", ""), ("ation", "e"), ("ion", "e"), ("ion", ""), ("ity", ""), ("ity", "e"), ("es", "is"), ("ful", ""),
    ("re", "er"), ("tic", "sis"), ("tic", "tis"),
)  # fmt: skip
_BRITISH = (("ae", "e"), ("oe", "e"), ("our", "or"), ("ise", "ize"), ("isa", "iza"), ("isi", "izi"), ("yse", "yze"))


def _is_formed(word: str) -> bool:
    """Say whether a word is formed of a plain one: ``bilaterally``, ``hyperinflated``.

    >>> _is_formed("hemidiaphragm"), _is_formed("underhill")
    (True, False)
    """
    words = vocabulary()
    if word in words.excluded:
        return False
    match = _ENDING.fullmatch(word)
    if match is not None and (match["stem"] or match["double"]) in words.words:
        return True
    if len(word) > _SHORTEST_STEM and any(other in words.words for other in _spelled_otherwise(word)):
        return True
    cuts = range(2, len(word) - _SHORTEST_STEM + 1)
    return any(word[cut:] in words.words and word[:cut] in _PREFIX for cut in cuts)


def _spelled_otherwise(word: str) -> Iterator[str]:
    """Yield the words that a word is formed of by changing its end, or the American spelling of a British one."""
    for ending, whole in _CHANGED:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _SHORTEST_STEM - 1:
            yield stem + whole
    for british, american in _BRITISH:
        if british in word and not word.endswith(f"{british}ing"):  # no such verb is British: Boeing
            yield word.replace(british, american)


_WORDS_OF_THREE = frozenset({"arm", "cap", "day", "low", "max", "min", "red", "rod", "tan", "vue"})  # no abbreviations


def _kind_of_glued(text: str) -> Kind:
    """Judge a word of several ("HeadRoutine"), or with the number of a repetition ("Recon2")."""
    numbered = _NUMBERED.fullmatch(text)
    if numbered is not None and numbered["word"] != text:
        return PLAIN if _kind(folded(numbered["word"]), numbered["word"]) is PLAIN else GONE
    parts = _PARTS.findall(text)
    if len(parts) < 2 or "".join(parts) != text:
        return GONE
    if any(len(part) < _SHORTEST_PART and part.lower() not in _GLUED_MODALITIES for part in parts):
        return GONE
    kinds = [_kind(part.lower(), part) for part in parts]
    return PLAIN if GONE not in kinds and PLAIN in kinds else GONE


def parts_of(text: str) -> list[str]:
    """Return the folded parts of a word that is written as several."""
    return [folded(part) for part in _PARTS.findall(text)]
