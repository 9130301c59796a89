# SPDX-License-Identifier: Apache-2.0
"""Strangers: what tells by its form of somebody whom the file does not name, in values that are technical else.

Attributes that no rule names hold models, kernels, versions and sequences, which must stay as they are: they are not
cleaned word by word. What is looked for in them: telephone numbers, social security and record numbers, streets and
houses, and a word that no vocabulary knows where the name of a person stands: behind a title, behind "by" or a deed
that persons do, behind an office with a colon, as a home folder, beside an initial with a dot or a degree, as an owner,
before a given name, and joined by a caret. Behind "Dr" and "by" a word counts that is a surname as well ("Dr Brown").

A bare word ("KOWALCZYK") says nothing by its form; of that only the subject's own values are known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from SlicerDeidLib.headers.freetext.tokens import GONE, kind_of_word
from SlicerDeidLib.headers.search.anyof import AnyOf
from SlicerDeidLib.headers.search.commonwords import COMMON_WORDS
from SlicerDeidLib.headers.search.identifiers import folded
from SlicerDeidLib.headers.search.namepairs import is_full_name, is_persons_account
from SlicerDeidLib.headers.search.publicnumbers import holds_public_number
from SlicerDeidLib.standard.makers import (
    COINED,
    COUNTED,
    DETECTORS,
    EFFECTS,
    HOMES,
    LATIN,
    NAMED_AFTER_PERSONS,
    PROJECTIONS,
    SPELLED,
    STATES,
    TECHNICAL,
    TOLL_FREE,
)
from SlicerDeidLib.standard.surnames import LIKELY_SURNAMES
from SlicerDeidLib.standard.vocabulary import vocabulary

_BEGIN, _END = r"(?<![^\W_])", r"(?![^\W_])"
_RUN = r"(?<![^\W\d_])"  # where letters begin: each is read once, however long a value is
_CALL = r"tele?(?:ph(?:one)?|fon)?|phone|fax|pager|beeper|handy|call|hotline"
_RECORD = (
    r"ssn|social security|mrn|nhs|ahv|pesel|pat(?:ient)?[\s._-]?(?:id|no|nr|number)|pid|dob|medical record|accession"
    r"|acc\s?(?:no|nr|#)"
)
_STREET = r"street|road|avenue|boulevard|blvd|highway|terrace|crescent"
_NO_FILTER = "".join(f"(?<!{word})" for word in ("kon", "kontra", "kernel", "lu", "gi"))  # "Rekonstr. 3"
_SHORT_STREET = r"St|Rd|Ave?|Ln|Lane|Str\."  # in this spelling alone, since ST is a time as well
_FREE = "|".join(sorted(TOLL_FREE))  # of companies
_AREA = rf"(?!{_FREE})[2-9]\d\d"
_AMERICAN = rf"(?<![\w.-])(?:\+?1[ .-]?)?(?:\({_AREA}\)\s?|{_AREA}[.-])[2-9]\d\d[ .-]\d{{4}}(?![\w.-])"
_MATRIX = r"0(\d{3})\s\1(?!\d)|0640\s480(?!\d)"  # rows and columns, which are no code of a town and number
_NUMBERS = AnyOf(
    tuple(
        re.compile(expression, re.IGNORECASE)
        for expression in (
            _AMERICAN,
            r"(?<![\w.])\+(?=(?:[\s()./-]{0,2}\d){8})[1-9]\d{0,2}(?:[\s()./-]{1,2}\d+){2,}",  # ITU-T E.123
            r"(?<![\w.-])0[67](?P<gap>[ .-])\d\d(?:(?P=gap)\d\d){3}(?![\w.-])",  # mobile, of France
            rf"(?<![\w.-])(?!{_MATRIX})\(?0[1-9]\d{{1,4}}\)?(?:\s?/\s?|\s)\d{{3,}}(?:[ -]?\d{{2,}})+(?![\w.])",
            rf"{_BEGIN}(?:{_CALL})\.?\s?(?:no|nr|number|nummer)?[\s.:#]{{0,3}}[+(]?\d[\d\s()./-]{{4,}}\d",
            r"(?<![\w.-])\d{3}-\d\d-\d{4}(?![\w.-])",  # social security, of the United States
            rf"{_BEGIN}(?:{_RECORD})\.?[\s.:#=_-]{{0,3}}\d[\d\s-]{{2,}}\d",
        )
    )
)
_ADDRESSES = AnyOf(
    (
        re.compile(r"(?<=[\w.+-])@[\w-]++\.\w"),  # of mail
        re.compile(
            rf"{_RUN}[^\W\d_]{{3,}}\s?(?:strasse|straße|{_NO_FILTER}str\.|gasse|allee)\s?\d{{1,4}}[a-z]?(?![^\W_])",
            re.IGNORECASE,
        ),
        re.compile(rf"{_BEGIN}\d{{1,4}},?\s(?:rue|avenue|boulevard)\s[^\W\d_]", re.IGNORECASE),
        re.compile(rf"{_BEGIN}(?:p\.?\s?o\.?\s?box|postfach)\s{{0,2}}\d+", re.IGNORECASE),
    )
)
_STREETS = (
    (re.compile(rf"{_BEGIN}\d{{1,5}}[a-z]?,?\s((?:[^\W\d_]+\s){{1,3}})(?:{_STREET}){_END}", re.IGNORECASE), COUNTED),
    (re.compile(rf"{_RUN}([^\W\d_]{{3,}}\s)(?:{_STREET})\s\d{{1,5}}{_END}", re.IGNORECASE), TECHNICAL),
    (re.compile(rf"{_BEGIN}\d{{1,5}}[A-Za-z]?,?\s((?:[A-Z][a-z]+\s){{1,3}})(?:{_SHORT_STREET}){_END}"), TECHNICAL),
)
"""Streets with the number of a house, and of which words none has its name."""
_POSTAL = re.compile(r"(?:^\d|(?<![^\W_])(?:D|F|I|ES|CH|A)-\d?)\d{4}\s(?P<name>[^\W\d_]{3,})\s?(?:$|[,;])")
"""Towns behind a code of five digits, or behind a country's letters: 10115 Berlin, A-1010 Wien."""
_TOWN = re.compile(rf"{_RUN}([^\W\d_]{{3,}}),\s?([A-Z]{{2}})\s(\d)(\d{{4}})(?![\w.])")  # Springfield, IL 62701
_WORD = r"(?:[OD]['’])?(?P<name>[^\W\d_][^\W\d_'’-]+)"
_PARTICLES = r"(?:(?:van|von|de|der|den|di|da|dos|la|le|el|al|ten|ter|[Ss]t\.)\s)*"
_DEGREES = r"M\.?D\.?|R\.?N\.?|Ph\.?D\.?|MBBS|FRCR|R\.?T\.?\s?\([A-Z]+\)|R\.T\.|RT-R|RTR|ARRT|MBChB|DABR|CNMT|RDMS"
_AFTER_COMMA = r"RT|DO|D\.O\.|NP|PA-C|BSRT|M\.?Sc\.?"  # RT alone is radiotherapy as well
_BEFORE_DEGREE = rf"(?<![^\W_]){_WORD}(?:,?\s(?:{_DEGREES})|,\s?(?:{_AFTER_COMMA}))(?![^\W_])"
_DEEDS = (
    r"install(?:ed|ation)|servic(?:ed|e)|maintained|calibrated|checked|repaired|read|seen|reviewed|reported|dictated"
    r"|(?:co-?)?signed|approved|verified|requested|ordered|referred|performed|scanned|done|examined|supervised|operated"
    r"|acquired|prepared|uploaded|archived|exported|imported|submitted|scheduled|transcribed|interpreted|annotated|entered|edited|tuned|tested|created|made|written|modified|changed|updated|configured"
    r"|installiert|eingestellt|befundet|gelesen|untersucht|erstellt|bearbeitet|install[eé]|r[eé]alis[eé]|lu|fait"
    r"|instalado|realizado|hecho"
)
_FURTHER = r"(?:\s(?:and|at|in|on|for|the|this|system|\w+ed)){0,2}"  # words between a deed and "by"
_PERSONS = (
    r"operator|technologist|technician|tech|radiologist|radiographer|physician|physicist|doctor|nurse|surgeon|attending"
    r"|resident|fellow|consultant|sonographer|investigator|engineer|contact|attn|referring|author|reader|mta|mtra"
    r"|[a-zä-ü]*arzt|befunder|untersucher|m[eé]decin|m[eé]dico"
)
_OFFICES = rf"{_PERSONS}|name|patient|pat|pt|op|oper"
_TITLES = (
    r"drs|prof|professor|doctor|mrs|miss|herrn?|frau|mme|mlle|sra|srta|dra|dott(?:\.?ssa)?|(?:dipl\.-)?ing|mudr"
    r"|(?:assistenz|chef|fach|ober)[aä]rzt(?:in)?|oä|priv\.?-?doz|signora?|sig\.ra"
)
_APART = r"(?:\.\s*|[\s_/:(,=-]+|\.\s?\()"  # between a title and a name
_DOINGS = tuple(
    re.compile(expression)
    for expression in (
        rf"(?i:{_BEGIN}(?:{_DEEDS}){_FURTHER}[\s_](?:by|von|par|por|for|per)[\s:_]+){_WORD}",
        rf"(?i:{_BEGIN}(?:{_OFFICES}|{_DEEDS}|install)\s?[:=]\s?){_WORD}",
        rf"(?i:{_BEGIN}(?:nurse|sister|matron|radiologist|radiographer|physicist|surgeon|mtra|pat\.)\s?){_WORD}",
        rf"{_RUN}{_WORD}@[^\W\d_]{{2}}",
        rf"(?i:^by[\s:]+|{_BEGIN}(?:c/o|attn|courtesy of|property of)\s){_WORD}",
        rf"(?i:(?:hosp|clini|klini|nhs|(?<![a-z])uni-|\.edu|\.gov|\.ac)[\w.-]{{0,40}}/~?){_WORD}",
    )
)
"""Where the name of a person stands beside what they do or own,"""
_NAMES = tuple(
    re.compile(expression)
    for expression in (
        rf"(?i:{_BEGIN}(?:{_TITLES}))(?:\.\s*|\s+)\(?{_WORD}",
        rf"(?:^|\s)Ph\.?D\.?\s{_WORD}",
        rf"{_BEGIN}(?:Dr|Mr|Ms|Hr|Fr){_APART}(?:(?:med|phil|rer|nat|h\.?\s?c)(?:\.\s*|\s+)|[A-Z](?:\.\s*|\s))*{_PARTICLES}{_WORD}",
        rf"{_BEGIN}(?:(?:HR|FR|SR|Sr)\.\s?|MR\.\s){_WORD}",
        rf"{_BEGIN}Dr(?P<name>[A-Z][a-z]+)",
        rf"{_BEGIN}(?:DR|dr|mr){_APART}(?:(?:med|MED|[A-Za-z])(?:\.\s*|\s))*{_WORD}",
        rf"(?i:{_BEGIN}(?:д-р|доктор|проф|врач|δρ)){_APART}{_WORD}",
        _BEFORE_DEGREE,
        rf"(?<![^\W_]){_WORD},\s?[A-Z]\.(?![^\W_])",
        rf"(?<![^\W_]){_WORD}\^(?=[^\W\d_])",
    )
)
"""and where it shows by a title, a degree, an initial or a caret."""
_INITIALLED = re.compile(rf"(?<![^\W_.])(?P<initial>[A-Z])\.\s?(?:[A-Z]\.\s?)?{_WORD}(?!\.)")
_ANATOMICAL = frozenset("AVNMBCPR")  # arteria, vena, nervus, musculus, bursa, circulus, plexus, ramus
_LETTERS = re.compile(r"[^\W_]+")
_TITLED = re.compile(rf"{_BEGIN}(?i:dr|mr|ms|mrs|prof)\.\s?{_WORD}")  # with its dot it is no modality
_SAID = re.compile(rf"{_BEGIN}(?:Dr|Mr|Ms|Mrs|Prof)\s{_WORD}")  # neither is it written so, but anatomy may follow it
_BY_SOMEBODY = re.compile(
    rf"{_BEGIN}(?:(?i:{_DEEDS}){_FURTHER}\s(?i:by)\s+(?:[A-Z]\.?\s)?|^(?i:by)\s+(?:[A-Z]\.?\s)?(?=\S+$))(?P<name>[A-Z][^\W\d_]+)"
)
_OWNER = re.compile(rf"(?<![^\W_]){_WORD}['’][sS](?![^\W_])")
_LIKELY = tuple(  # behind or before which a word counts that is a common surname as well, in any spelling
    re.compile(expression, re.IGNORECASE)
    for expression in (
        rf"{_BEGIN}(?:{_TITLES})\.?\s{_WORD}",
        rf"{_BEGIN}(?:{_PERSONS})\s?[:=]\s?{_WORD}",
        _BEFORE_DEGREE,
    )
)
_SHORT_NAME = re.compile(rf"{_BEGIN}(?:Dr|Mr|Ms|Mrs)\.?\s[A-Z][a-z](?![^\W_])")  # Dr Ng
_CYRILLIC = re.compile(r"[А-ЯЁ]\.\s?[А-ЯЁ]\.\s?[А-ЯЁ][а-яё]+|[А-ЯЁ][а-яё]+,?\s[А-ЯЁ]\.\s?(?:[А-ЯЁ]\.)?")
_DENSE_TITLE = re.compile("医師|医师|医生|先生|技師|技师|患者|担当|의사|환자|선생")
"""Doctor, technician, patient and the like, in scripts in which names stand for themselves."""
_SHORTEST_NAME = 3  # letters
_COMPANY = re.compile(
    r"[^,;:()@/\\]{1,64},?\s?(?<![^\W_])(?:GmbH|Inc|Corp|Corporation|LLC|Mfg|Oy|AB|AG|S\.?p\.?A|S\.?[rR]\.?[lL]|B\.?V|K\.?K"
    r"|(?:Co\.?,?\s?)?[Ll]td)\.?"
)
"""A manufacturer that is named after a person stays as it is: a whole value, without anything beside it."""
_MANUAL = frozenset({"manual", "max", "min"})
_AGENTS = frozenset({"admin", "company", "console", "factory", "python", "robot", "script", "vendor"})  # behind "by"
_FORMS = frozenset({"gmbh", "mfg", "corp", "inc", "ltd", "co", "ag"})  # of companies, behind a maker's name
_SIDE = re.compile(r"(?P<before>(?:[^\W\d_]+\s){0,3})(?P<eponym>[^\W\d_]+)(?:,\s?(?:RT|[RL])|,?\s?RT\s?\(L\))")
"""A projection and its side: RT is *right* as well as the degree of a technologist, "AP Grashey, RT"."""


def tells_of_somebody(text: str, *, is_product: bool = False) -> bool:
    """Say whether a value tells by its form of a person, a telephone or a house.

    Parameters
    ----------
    is_product : bool
        Whether it is the name of a product: many are two words as those of a person are, "Amulet Felicia".

    Examples
    --------
    >>> [tells_of_somebody(text) for text in ("LUT for Dr Kowalczyk", "tel. 555-0123", "DR CHEST", "FL_TOF 3D*1")]
    [True, True, False, False]
    """
    if _NUMBERS.stands_in(text) or _ADDRESSES.stands_in(text) or holds_public_number(text) or _has_house_or_town(text):
        return True
    if _CYRILLIC.search(text) or _DENSE_TITLE.search(text) or _SHORT_NAME.search(text):
        return True
    if any(_may_be_somebody(name) for pattern in (_BY_SOMEBODY, _SAID) for name in _names(pattern, text)):
        return True
    if any(is_unknown_word(name) for pattern in _DOINGS for name in _names(pattern, text)):
        return True
    if is_persons_account(text, is_unknown_word):
        return True
    return any(_names_somebody(one, is_product=is_product) for one in text.split("\\") if not _is_of_nobody(one))


def _has_house_or_town(text: str) -> bool:
    """Say whether a text tells a house of a street, or a town with its postal code that is no maker's."""
    for street, words in _STREETS:
        if any(not words.issuperset(match[1].lower().split()) for match in street.finditer(text)):
            return True
    if any(map(is_unknown_word, _names(_POSTAL, text))):
        return True
    return any(
        (state, digit) in STATES
        and folded(town) not in COINED | COMMON_WORDS
        and f"{town.lower()} {digit}{rest}" not in HOMES
        for town, state, digit, rest in _TOWN.findall(text)
    )


def _is_of_nobody(text: str) -> bool:
    """Say whether a whole value is a maker's name, one that is known or a company's with its form, or a projection."""
    side = _SIDE.fullmatch(text.strip())
    if side is not None and folded(side["eponym"]) in PROJECTIONS:
        return COMMON_WORDS.issuperset(side["before"].lower().split())
    if _COMPANY.fullmatch(text.strip()):
        return True
    words = _LETTERS.findall(folded(text))
    while words and words[-1] in _FORMS:
        words.pop()
    return " ".join(words) in NAMED_AFTER_PERSONS


def _is_makers_product(text: str) -> bool:
    """Say whether a value is the name of a maker that is called as a person is, and known words: Carl Zeiss Visucam."""
    words = _LETTERS.findall(folded(text))
    return " ".join(words[:2]) in NAMED_AFTER_PERSONS and not any(map(is_unknown_word, words[2:]))


def _names_somebody(text: str, *, is_product: bool) -> bool:
    if any(is_unknown_word(name) for pattern in _NAMES for name in _names(pattern, text)):
        return True
    if any(is_unknown_word(match["name"]) and not _is_latin(match) for match in _INITIALLED.finditer(text)):
        return True
    if any(
        is_unknown_word(name) and folded(name) not in vocabulary().eponyms | EFFECTS for name in _names(_OWNER, text)
    ):
        return True
    if is_full_name(text, is_unknown_word, is_comma_needed=is_product or _is_makers_product(text)):
        return True
    if any(folded(name) in LIKELY_SURNAMES for pattern in _LIKELY for name in _names(pattern, text)):
        return True
    return any(folded(match["name"]) in vocabulary().named for match in _TITLED.finditer(text))


def _names(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    return (match["name"] for match in pattern.finditer(text))


def _is_latin(match: re.Match[str]) -> bool:
    """Say whether a word behind an initial is the Latin name of a vessel, nerve or muscle."""
    return match["initial"] in _ANATOMICAL and folded(match["name"]) in LATIN


def _may_be_somebody(word: str) -> bool:
    """Say whether the vocabulary knows a word as one that is a name as well, and is no part of a body."""
    return folded(word) in vocabulary().named and folded(word) not in vocabulary().anatomy | _MANUAL


def is_unknown_word(word: str) -> bool:
    """Say whether no vocabulary knows a word: neither the clinical one nor those of codes, makers and detectors."""
    if len(word) < _SHORTEST_NAME or word in SPELLED or folded(word) in COMMON_WORDS:
        return False
    if folded(word) in COINED | DETECTORS | _AGENTS:
        return False
    return kind_of_word(word)[0] is GONE
