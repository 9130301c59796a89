# SPDX-License-Identifier: Apache-2.0
"""Text cues: what a free text says of persons before it names them, or behind, and the names that stand there.

A cue is a deed ("READ BY", "D/W"), a task ("Attending:", "(resident)"), a degree ("M.D.") or a label ("cc:"). Beside
one a word goes that is a surname as well, in capitals or small letters and whatever punctuation is between; with it
its initials, and further names that are joined to it. Cues that mean something else as well ("RT", "PA") need a mark
behind them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from SlicerDeidLib.headers.freetext.context import MODALITIES
from SlicerDeidLib.headers.freetext.tokens import CONTEXT, GONE, PLAIN, Token
from SlicerDeidLib.headers.search.commonwords import COMMON_WORDS
from SlicerDeidLib.standard.vocabulary import vocabulary

_BEGIN, _END = r"(?<![^\W_])", r"(?![^\W_])"
_TASK = (  # specialists by their endings: neurologist, psychiatrist, obstetrician, sonographer, neurosurgeon
    r"(?:[^\W\d_]+(?:ologist|iatrist|ician|ographer|optometrist|surgeon)|surgeon|radiologe|radiologue|radiologo"
    r"|nurse|resident|fellow|consultant|registrar|attending|doctor|provider|ana?esthetist|sister|matron|midwife"
    r"|hospitalist|intensivist|internist|therapist|intern|houseman|reader|operator|transcriptionist|transcriber"
    r"|cosigner|signer|requester|referrer|caller|scribe|chaperone|supervisor|assistant|practitioner"
    r"|[^\W\d_]*[aä]rzt(?:in)?|befunder(?:in)?|m[eé]decin|infirmi[eè]re?|m[eé]dic[oa]|crna|mtra?|attg"
    r"|pgy-?\s?[1-7]|on[\s-]?call)s?"
)
_TITLE = (
    r"(?!(?-i:mRS))(?:drs|prof(?:essor)?|mrs|miss|sir|lady|herrn?|frau|mme|mlle|madame|monsieur|sra|srta|dra|dott(?:\.?ssa)?"
    r"|(?:dr|mr|ms|sr|fr|hr|pr|dres)\.)"
)
_KIN = (
    r"(?:(?:grand|step)?-?(?:mother|father|son|daughter|brother|sister|sibling|parent|child)|wife|husband|spouse|partner"
    r"|guardian|aunt|uncle|niece|nephew|cousin|friend|classmate|landlord|neighbou?r|widow(?:er)?|fianc[eé]e?)"
)
_SHORT_TASK = (  # means something else as well, or stands beside what is no person
    r"(?:att|res|fel|rads?|radiol|tech?|rtr?|ref|req|ord|attn|fao|cc|to|from|np|rn|pa|do|dict|trans|sig|opr?|anes"
    r"|sup|oa|aa|patient|pts?|pat|subject|client"
    rf"|{_KIN}|nok|carer|caregiver|dictated|(?:co-?|e-?)?signed|transcribed|typed|reporting"
    r"|requesting|ordering|referring|admitting|reading|entered|authenticated)"
)
_DEED = (
    r"(?:read|seen|dictated|dict|(?:co-?|e-?)?signed|reviewed|rev|rvwd|verified|approved|performed|perf|reported|rpt"
    r"|rprt|interpreted|interp|int|requested|req|ordered|ord|referred|refd?|rfd|checked|done|scanned|examined"
    r"|transcribed|typed|entered|edited|amended|prepared|authenticated|finali[sz]ed|prelim|supervised|attended"
    r"|informed|consulted|protocol(?:l?ed)?|called|accompanied|witnessed|assisted|befundet|untersucht|gelesen|lu|vu"
    r"|visto|firmado)"
)
_WRITING = (
    r"(?:report|reading|dictation|signature|review|interpretation|request|order|referral|final|preliminary|exam|study"
    r"|scan|consent|addendum|as\sread)"
)
_TALK = (
    r"(?:discuss(?:ed|ion|ing)?|disc|d/c[’']?d|spoke|spoken|speak|talk(?:ed)?|consulted|conferred|conference|reviewed"
    r"|communicated|shared|conversation|corresponded|met|call|phoned?|besprochen|r[üu]cksprache|gesprochen)"
)
_TOLD = (
    r"(?:called|call|reported|reports?|communicated|conveyed|relayed|phoned|telephoned|paged?|told|faxed|emailed"
    r"|texted|results?|findings|messaged|message|notification|spoke|spoken|talked)"
)
_AND = r"[\s,/&+-]{1,4}"
_FEW = rf"(?:{_AND}[^\W\d_]{{1,14}}){{0,3}}?{_AND}"  # words between a deed and "by"
_OWNER = r"(?:care|request|behalf|office|service|clinic|practice|attention|supervision|patient|pt|direction)"
_SENDER = r"(?:call|request|referral|refd?|rfd|referred|order|message|page|letter|requisition)"
_FORWARD = (
    rf"{_DEED}{_FEW}(?:by|von|par|por|per){_END}|{_WRITING}{_AND}(?:by|von|par|por){_END}",
    rf"{_TALK}{_FEW}(?:with{_END}|w/|w{_END}|mit{_END}|avec{_END}|con{_END})|{_TOLD}{_FEW}to{_END}",
    rf"[ds]\s?[/\\]\s?w{_END}|{_OWNER}\sof{_END}|{_SENDER}\sfrom{_END}|as\sper{_END}",
    rf"(?:co-?|e-?)?signed(?!\s+consent){_END}|(?:techs?|pa|c/o){_END}|(?:gez(?:eichnet)?|attn|fao){_END}\.?|s/",
    rf"{_TASK}(?:\s(?:is|of\srecord))?{_END}",
    rf"{_TITLE}{_END}\.?",
    rf"{_SHORT_TASK}\.?(?=\s?[=/#(\[|]|\s?:(?!//))",
)
_DEGREE = (
    r"(?:m\.?\s?d|d\.\s?o|r\.?\s?n|ph\.?\s?d|pa-?c|np-?c|[df]np|aprn|arnp|crna|f?rc[rsp]c?|fac[rsp]|faap|mbbs"
    r"|m\.?\s?b\.?\s?b\.?\s?s|mrcp|rt\s?\(?r\)?|rtr|r\.\s?t|dds|dmd|dpm|dvm|mph|msn)"
)
_SHORT_ROLE = r"(?:att|res|fel|rads?|tech|pa|np|r[1-5]|sho|gp|pcp|fy[12]|st[1-8]|patient|pt)"
_STOPS = r"(?=\.?[\s)\]]*(?:$|[).,;\]\r\n]|(?:and|und|at|on|who|was)(?![^\W_])))"  # no name follows
_WAS_TOLD = (
    r"(?:(?:was|were|is|has\sbeen)\s)?(?:informed|notified|paged|aware|contacted|phoned|telephoned|concurs|agrees)"
)
_READ_IT = r"(?:reviewed|read|interpreted|discussed|reports|called|scanned)\s(?:the|this|these|images|at)"
_OWNED = r"(?:patients?|pts?|clinic|office|service|list|team|request|pager|phone|practice|ward)"
_BACKWARD = (
    rf"(?:\s?[,;/(\[|=-]\s?|\s-\s|\s)(?:(?:{_TASK}\s)?{_TASK}|{_DEGREE}){_END}{_STOPS}",
    rf"\s?[/(\[|]\s?(?:{_SHORT_TASK}|{_SHORT_ROLE}){_END}{_STOPS}",
    rf"\s(?:{_WAS_TOLD}|{_READ_IT}){_END}|(?<=[’']s)\s{_OWNED}{_END}|(?<=s[’'])\s{_OWNED}{_END}",
)
_LETTER = r"(?:thanks?(?:\syou)?|regards|sincerely|dear|hello)"  # what letters begin and end with
_SOMEBODY = re.compile(rf"{_BEGIN}(?:{_KIN}|{_LETTER}){_END},?\s+(?:of\s+)?", re.IGNORECASE)
_DONE_BY = re.compile(
    rf"{_BEGIN}(?:by|per|(?<![0-9]\s)(?<![0-9])cc|rt|op|ref|ask|see|via|copy|consult|paged|pts?|secondary\sto){_END}[.:]?\s+",
    re.IGNORECASE,
)
_SAYS = re.compile(
    rf"\s(?:(?:called|phoned|rang)(?:\s(?:to|about|for|from|back|at|today|yesterday|again|and|re|us|me|with|because"
    rf"|regarding){_END}|(?=\s*(?:$|[.,;)])))|(?:asks|asked|says|said|complains|complained|denies|states|agrees|refuses"
    rf"|refused|wishes|wants|requests|presents|reports){_END}|(?:family|household){_END}(?!\s(?:hx|histor|doctor|physician|pract|medic"
    rf"|gp|plan|member|of|and))|(?:team|service|family)\s{_WAS_TOLD}{_END})"
)
_THING = """
    needle car wire pin pipe pump force wave frame frames level levels week day night service services balloon
    tobacco basket train camera light lights current water weight degree times beat room square needles wires pins coach
    bottom top center side sides reach choice mass pair place share post portal record records query
"""
_THINGS = frozenset(_THING.split())  # by or per which something is done: surnames that hardly follow "by"
_CAUSE = """
    agent balloon bending bulla burn burns carbon cast child clamp drain drop dry fail fails fall fallen falling falls
    fell filler flight gain ground haste heater height hole iron lack lava lines lung mass mercury mole mouse mustard
    near pellet pica pouch push ring risk salt salvage seed shear shock sick smoker spore sports sprain stairs staple
    step sticker stone stones storage strain struck tear threat tobacco tram treat twist walking warm work works
    worker wounds
"""
_CAUSES = frozenset(_CAUSE.split())  # to which something is secondary: surnames as well
_BEFORE_NAMES = re.compile(_BEGIN + "(?:" + "|".join(_FORWARD) + ")", re.IGNORECASE)
_AFTER_NAMES = re.compile("|".join(_BACKWARD), re.IGNORECASE)
_WAS = r"was|were|is|has|informed|notified|paged|aware|contacted|phoned|telephoned|concurs|agrees"
_FIRST_BEFORE = re.compile(  # the first word of a cue, as tokens have it
    rf"{_DEED}|{_WRITING}|{_TALK}|{_TOLD}|{_OWNER}|{_SENDER}|{_TASK}|{_TITLE}|{_SHORT_TASK}|techs?|gez(?:eichnet)?"
    r"|dr|mr|ms|sr|fr|hr|pr|dres|as|co|e|d|s|c|on|pgy|dott|.*[^\w].*"
).fullmatch
_FIRST_AFTER = re.compile(
    rf"{_TASK}|{_SHORT_TASK}|{_SHORT_ROLE}|{_OWNED}|{_DEGREE}|[mdrp]|ph|rt|mb|on|pgy|{_WAS}|reviewed|read|interpreted"
    r"|discussed|reports|called|scanned|.*[^\w].*"
).fullmatch
_FIRST_WEAK = re.compile(
    rf"{_KIN}|step|grand|{_LETTER}|thank|secondary|by|per|cc|rt|op|ref|ask|see|via|copy|consult|paged|pts?|called|phoned|rang|asks|asked|says|said"
    r"|complains|complained|denies|states|agrees|refuses|refused|wishes|wants|requests|presents|reports|family|household"
    r"|team|service|.*[^\w].*"
).fullmatch
_LONGEST_MARK = 4  # characters between a name and the cue behind it
_WORKING = re.compile(rf"\s(?:(?:{_TASK}\s)?{_TASK}|{_WAS_TOLD})", re.IGNORECASE)
_MARK = re.compile(r"\s?[,;/(\[|=-]")
_TO_NAME = re.compile(r"[^\w;?!.]*")  # between a cue and a name
_BETWEEN = re.compile(r"[ .'’/&-]{0,3}|, ?")  # between the parts of a name, or between names
_JOINTS = frozenset({"and", "und", "et", "or"})
_CLAUSE_ENDS = re.compile(r"\s*(?:$|[.,;)\]\r\n]|(?:and|und|&)(?![^\W_]))")
_MOST_PARTS = 6  # tokens of the names beside a cue
_NOBODY = frozenset({"surgeon"})  # a surname as well, but the task of who is named behind it

_WORK = """
    care night day floor service home team early late morning weekly ward
"""
_OF_PERSONS = frozenset(
    {"patient", "pt", "the", "his", "her", "wife", "husband", "mother", "father", "son", "daughter"}
)
_WORKERS = frozenset(_WORK.split())  # what a task is called by, or who is told in the place of a person: "night nurse"


@lru_cache(maxsize=1 << 14)
def _begins(word: str) -> tuple[bool, bool, bool]:
    """Say whether a word may begin a cue before names, one behind them, or one that wants a name with a capital."""
    return _FIRST_BEFORE(word) is not None, _FIRST_AFTER(word) is not None, _FIRST_WEAK(word) is not None


def judge_cues(text: str, tokens: Sequence[Token]) -> None:
    """Let go the names that a cue says stand before or behind it."""
    starts = [token.start for token in tokens]
    for at, token in enumerate(tokens):
        is_before, is_after, is_weak = _begins(token.word)
        if is_before and (cue := _BEFORE_NAMES.match(text, token.start)):
            _judge_before(text, tokens, bisect_left(starts, cue.end()), cue)
        if at > 0 and (is_after or is_weak):
            _judge_after(text, tokens, at - 1, token.start)
        if is_weak and (cue := _SOMEBODY.match(text, token.start)):
            place = bisect_left(starts, cue.end())
            if place < len(tokens) and tokens[place].start == cue.end() and _is_own_name(tokens[place], cue.group()):
                _erase_names(text, tokens, place, has_small_cue=False)
        elif is_weak and (cue := _DONE_BY.match(text, token.start)):
            place = bisect_left(starts, cue.end())
            if place < len(tokens) and tokens[place].start == cue.end():
                _judge_done(text, tokens[place], cue.group())


def _judge_before(text: str, tokens: Sequence[Token], at: int, cue: re.Match[str]) -> None:
    """Let the names go that stand behind a cue."""
    if at < len(tokens) and _TO_NAME.fullmatch(text[cue.end() : tokens[at].start]):
        _erase_names(text, tokens, at, has_small_cue=cue.group().islower())


def _judge_after(text: str, tokens: Sequence[Token], at: int, end: int) -> None:
    """Let the name go that ends at a token, if a cue stands between it and a place of the text."""
    token = tokens[at]
    for start in range(max(token.end, end - _LONGEST_MARK), end):
        if text[token.end : start].strip(" .'’s"):
            return
        cue = _AFTER_NAMES.match(text, start)
        if cue is not None and not (token.word in _WORKERS and _WORKING.fullmatch(cue.group())):
            is_set_off = cue.group().islower() and _MARK.match(cue.group()) is not None
            _erase_names_before(text, tokens, at, is_set_off=is_set_off)
            return
    if end == token.end + 1 and _SAYS.match(text, token.end) and _begins_with_name(text, tokens, at):
        token.erase()


def _judge_done(text: str, token: Token, cue: str) -> None:
    """Let a surname go behind who did something."""
    if _ends_with_name(text, token, cue):
        token.erase()


def _is_own_name(token: Token, cue: str) -> bool:
    """Say whether a word beside a relative or a greeting is a name: "his wife Brown", "MOTHER WEEKS"."""
    is_written_alike = cue.isupper() and token.word in vocabulary().surnames
    return _is_person(token) and (token.text.istitle() or is_written_alike)


def _ends_with_name(text: str, token: Token, cue: str) -> bool:
    """Say whether a clause ends with a surname in capitals: "CT head, BY WEEKS", "Pt WEEKS here"."""
    is_other = token.text.isupper() and not cue.isupper() and token.word in vocabulary().surnames
    is_patient = cue[0] in "Pp" and cue[1] in "Tt"
    is_cause = cue[:3].lower() == "sec" and token.word in _CAUSES
    if not _is_person(token) or token.word in _THINGS or token.word in COMMON_WORDS or is_cause:
        return False
    if is_patient:
        return is_other
    is_written_so = is_other or token.text.istitle() or (cue.isupper() and token.text.isupper())
    return is_written_so and _CLAUSE_ENDS.match(text, token.end) is not None


def _begins_with_name(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Say whether a word that begins a clause is a name before what only persons do: "Brown called"."""
    token = tokens[at]
    before = text[tokens[at - 1].end : token.start] if at > 0 else "."
    is_first = before.strip(" ") != "" or tokens[at - 1].word in _OF_PERSONS or _is_gone_name(tokens[at - 1])
    return is_first and token.text.istitle() and _is_person(token) and token.word not in _WORKERS


def _is_gone_name(token: Token) -> bool:
    """Say whether a word goes that is written like a name."""
    return token.kind is GONE and token.text.istitle() and len(token.text) > 1


def _is_person(token: Token) -> bool:
    """Say whether a word of the vocabulary is a surname as well, and no part of the body."""
    return _is_name(token) and token.word not in vocabulary().anatomy


def _erase_names(text: str, tokens: Sequence[Token], at: int, *, has_small_cue: bool) -> None:
    """Let the names go that begin at a token, with their initials and what is joined to them by "and" or a slash."""
    first = at
    while at < min(len(tokens), first + _MOST_PARTS):
        token = tokens[at]
        gap = text[tokens[at - 1].end if at > 0 else 0 : token.start]
        is_apart = "." in gap and len(tokens[at - 1].text) > 1
        is_last = token.word in vocabulary().surnames and _CLAUSE_ENDS.match(text, token.end)  # "signed Jane. Weeks"
        is_close = at == first or (_BETWEEN.fullmatch(gap) and (not is_apart or is_last))
        if not is_close:
            return
        is_first = all(len(other.text) == 1 for other in tokens[first:at])
        is_name = _is_name(token) or (is_first and has_small_cue and _has_own_capital(token))
        if is_name and ("," not in gap or _CLAUSE_ENDS.match(text, token.end)):
            token.erase()
            joint = next((other for other in reversed(tokens[first:at]) if len(other.text) > 1), token)
            if joint.word in _JOINTS:
                joint.erase()
        elif token.kind is GONE or len(token.text) == 1:
            token.erase()
        elif token.word not in _JOINTS or at == first:
            return
        at += 1


def _erase_names_before(text: str, tokens: Sequence[Token], at: int, *, is_set_off: bool) -> None:
    """Let the name go that ends at a token, with its initials."""
    last = at
    while at >= 0 and len(tokens[at].text) == 1 and last - at < _MOST_PARTS:
        at -= 1  # "Weeks, J., MD"
    is_set_off = is_set_off or at < last
    while at >= 0 and last - at < _MOST_PARTS:
        token = tokens[at]
        if not _BETWEEN.fullmatch(text[token.end : tokens[at + 1].start] if at < last else ""):
            return
        if not _is_name_before(text, tokens, at) and not (is_set_off and _has_own_capital(token)):
            return
        for part in tokens[at : last + 1]:
            part.erase()
        is_set_off = False
        at -= 1
        while at >= 0 and len(tokens[at].text) == 1:
            tokens[at].erase()
            at -= 1
        last = at + 1


def _is_name_before(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Say whether a word before a cue is a surname as well, and not the part that is imaged."""
    token = tokens[at]
    is_phrase = at > 0 and not text[tokens[at - 1].end : token.start].strip(" ")
    return _is_name(token) and not (token.word in vocabulary().anatomy and is_phrase)


def _is_name(token: Token) -> bool:
    """Say whether a word of the vocabulary is a surname as well."""
    words = vocabulary()
    if token.kind not in (PLAIN, CONTEXT) or token.word in _NOBODY or token.word in MODALITIES or token.is_fixed:
        return False
    return token.word in words.surnames or token.word in words.rare_surnames or token.word in words.in_context


def _has_own_capital(token: Token) -> bool:
    """Say whether a word is written like a name where its cue is in small letters: "d/w Lesion"."""
    is_word = token.kind is PLAIN and not token.is_fixed and token.word not in MODALITIES
    return is_word and token.text.istitle() and token.word not in _NOBODY
