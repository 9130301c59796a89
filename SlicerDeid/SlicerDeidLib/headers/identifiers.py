# SPDX-License-Identifier: Apache-2.0
"""Identifiers: names, numbers and places of one subject, turned into what is searched for.

What counts
-----------
* **Names** (VR PN, and identifiers with a ``^``): every word of 3 letters or more that is no particle ("van", "Dr"),
  and the whole name in either order, which also finds "Li Na"; of 7 letters or more inside other words too. In scripts
  without letter case (Chinese, Japanese, Korean) 2 characters are enough, and no word boundary is asked for.
* **Numbers and codes** (IDs, accession numbers, serial numbers): as a whole, with or without leading zeros; 4 digits
  or, with letters, 3 characters at least. Parts of 5 digits and more count alone.
* **Places and labels** (institution, station, address, folder): as a whole, and every word that is not vocabulary.
* **Birth date**: in the usual spellings.

Text is compared without case, accents and width; ä is also tried as ae. In codes (VR CS) words of DICOM's vocabulary
do not count. For the last look at the written header only what cannot stand there by chance counts: words of 4 letters
that are no vocabulary, numbers of 6 digits, mixtures of 5 characters; numbers only in text, never in DS or IS; in
binary values words of 6 characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import permutations

from pydicom.datadict import keyword_dict

from SlicerDeidLib.headers.vocabulary import NAME_PARTICLES, PLACEHOLDERS, VOCABULARY

_KINDS = {
    "number": """
        PatientID IssuerOfPatientID OtherPatientIDs AccessionNumber StudyID AdmissionID ServiceEpisodeID
        PlacerOrderNumberImagingServiceRequest FillerOrderNumberImagingServiceRequest RequestedProcedureID
        ScheduledProcedureStepID PerformedProcedureStepID InsurancePlanIdentification MedicalRecordLocator
        PatientTelephoneNumbers DeviceSerialNumber DetectorID PlateID CassetteID ClinicalTrialSubjectID
        ClinicalTrialSubjectReadingID
    """,
    "place": """
        InstitutionName InstitutionAddress InstitutionalDepartmentName StationName PatientAddress
        RequestingService ReferringPhysicianAddress PerformedLocation CurrentPatientLocation PatientInstitutionResidence
        ScheduledProcedureStepLocation PerformedStationName ScheduledStationName RegionOfResidence
    """,
    "birth": "PatientBirthDate",
}
SHOWN = {keyword_dict[keyword]: kind for kind, keywords in _KINDS.items() for keyword in keywords.split()}
"""Attributes whose value is searched for elsewhere in the file, and as what; all of VR PN are names besides."""

_WORD = re.compile(r"[^\W_]+")
_RUN = re.compile(r"\d+|[^\W\d_]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae"})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_GAP = r"[\W_]{0,3}"  # between the words of one name or number
_UNMISTAKABLE = 7  # letters: a name this long counts inside other words too ("DrGrunewald")
_BINARY_CHARACTERS = 6  # a given word of 6 letters stands in 10^5 random bytes with a probability of 2 * 10^-8
_YEARS = range(1900, 2101)  # a number of 4 digits in a folder's name that is a year identifies nobody


def folded(text: str) -> str:
    """Return ``text`` without case, accents and width, for comparing."""
    if text.isascii():
        return text.lower()
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@dataclass(frozen=True, slots=True)
class Words:
    """What is searched for; None where nothing is.

    Attributes
    ----------
    text : Pattern
        For free text, folded.
    code : Pattern
        For values of VR CS, folded.
    binary : Pattern
        For kept bytes (VR OB, UN), read as letters.
    last, last_binary : Pattern
        For the last look: in text, and in binary values of any VR.
    """

    text: re.Pattern[str] | None = field(repr=False)
    code: re.Pattern[str] | None = field(repr=False)
    binary: re.Pattern[str] | None = field(repr=False)
    last: re.Pattern[str] | None = field(repr=False)
    last_binary: re.Pattern[str] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Token:
    """One thing to search for: its words in order."""

    words: tuple[str, ...] = field(repr=False)
    is_dense: bool = False  # a script without word boundaries

    @property
    def characters(self) -> int:
        return sum(map(len, self.words))

    @property
    def has_letters(self) -> bool:
        return any(not word.isdigit() for word in self.words)

    @property
    def is_lettered(self) -> bool:
        """Whether it is of letters alone."""
        return all(word.isalpha() for word in self.words)

    @property
    def is_vocabulary(self) -> bool:
        return all(word in VOCABULARY for word in self.words)

    def is_certain(self) -> bool:
        """Say whether it cannot stand in a header by chance."""
        if self.is_vocabulary or PLACEHOLDERS.issuperset(self.words):
            return False
        if not self.has_letters:
            return self.characters >= 6
        if any(character.isdigit() for word in self.words for character in word):
            return self.characters >= 5
        return self.is_dense or self.characters >= 4

    def pattern(self) -> str:
        """Return the regular expression; a word begins where no letter, a number where no digit stands before it."""
        body = _GAP.join(re.escape(word) for word in self.words)
        if self.is_dense or (self.is_lettered and self.characters >= _UNMISTAKABLE):
            return body
        zeros = "0*" if self.words[0][0].isdigit() else ""
        first, last = self.words[0][0], self.words[-1][-1]
        before = r"(?<!\d)" if first.isdigit() else r"(?<![^\W\d_])"
        after = r"(?!\d)" if last.isdigit() else r"(?![^\W\d_])"
        return before + zeros + body + after


def words_of(shown: Iterable[tuple[str, str]]) -> Words:
    """Compile what is searched for.

    Parameters
    ----------
    shown : iterable of (str, str)
        Kind (``"name"``, ``"number"``, ``"place"``, ``"birth"``, ``"label"``) and decoded value.
    """
    tokens: dict[_Token, None] = {}
    dates: list[str] = []
    for kind, value in shown:
        if kind == "birth":
            dates += _birth_dates(value)
        else:
            tokens.update(dict.fromkeys(_tokens(kind, value)))
    found = [token for token in tokens if not PLACEHOLDERS.issuperset(token.words)]
    certain = [token for token in found if token.is_certain()]
    return Words(
        text=_compiled(found, dates),
        code=_compiled([token for token in found if token.has_letters and not token.is_vocabulary], ()),
        binary=_compiled([token for token in certain if token.has_letters], ()),
        last=_compiled(certain, dates),
        last_binary=_compiled([t for t in certain if t.has_letters and t.characters >= _BINARY_CHARACTERS], ()),
    )


def _compiled(tokens: Iterable[_Token], dates: Iterable[str]) -> re.Pattern[str] | None:
    """Compile one pattern of all; None when there is nothing."""
    parts = sorted((token.pattern() for token in tokens), key=len, reverse=True) + list(dates)
    return re.compile("|".join(parts)) if parts else None


def _tokens(kind: str, value: str) -> Iterator[_Token]:
    """Yield what one value gives to search for."""
    for one in re.split(r"[\\\r\n]", value):
        for spelling in dict.fromkeys((one, one.casefold().translate(_UMLAUTS))):
            if kind == "name" or "^" in spelling:
                yield from _name_tokens(spelling)
            elif kind == "number":
                yield from _number_tokens(spelling)
            else:
                yield from _label_tokens(spelling)


def _is_dense(text: str) -> bool:
    """Say whether every character is of a script without spaces between words."""
    return bool(text) and all(unicodedata.east_asian_width(character) in "WH" for character in text)


def _split(text: str) -> list[tuple[str, bool]]:
    """Return the words of ``text``, folded, each with whether it is of a dense script."""
    return [(folded(word), _is_dense(unicodedata.normalize("NFC", word))) for word in _WORD.findall(text)]


def _name_tokens(value: str) -> Iterator[_Token]:
    """Yield the words of a name, its components, and the whole in either order."""
    for group in value.split("="):
        components = [_split(component) for component in group.split("^")]
        for word, is_dense in (pair for component in components for pair in component):
            shortest = 4 if word.isdigit() else 2 if is_dense else 3
            if len(word) >= shortest and word not in NAME_PARTICLES:
                yield _Token((word,), is_dense)
        named = [component for component in components[:2] if component]
        for order in permutations(named):
            flat = [pair for component in order for pair in component]
            token = _Token(tuple(word for word, _ in flat), all(is_dense for _, is_dense in flat))
            if len(flat) > 1 and token.characters >= (2 if token.is_dense else 4):
                yield token


def _number_tokens(value: str) -> Iterator[_Token]:
    """Yield an ID as a whole, and its long runs of digits."""
    words = [part for word, _ in _split(value) for part in _RUN.findall(word)]
    if not words:
        return
    words[0] = words[0].lstrip("0") or words[0] if words[0].isdigit() else words[0]
    token = _Token(tuple(words))
    if token.characters >= (3 if token.has_letters else 4) and not token.is_vocabulary:
        yield token
    for part in words:
        if part.isdigit() and len(part.lstrip("0")) >= 5:
            yield _Token((part.lstrip("0"),))


def _label_tokens(value: str) -> Iterator[_Token]:
    """Yield a place or folder name as a whole, and its words that are no vocabulary."""
    pairs = _split(value)
    whole = _Token(tuple(word for word, _ in pairs), bool(pairs) and all(is_dense for _, is_dense in pairs))
    if whole.characters >= 4 and whole.has_letters and not whole.is_vocabulary:
        yield whole
    for word, is_dense in pairs:
        if word.isdigit():
            is_wanted = len(word) >= 4 and not (len(word) == 4 and int(word) in _YEARS)
        else:
            is_wanted = len(word) >= (2 if is_dense else 4) and word not in VOCABULARY and word not in NAME_PARTICLES
        if is_wanted:
            yield _Token((word.lstrip("0") or word,), is_dense)


def _birth_dates(value: str) -> list[str]:
    """Return expressions for a birth date in the usual spellings."""
    match = re.fullmatch(r"(\d{4})[.\-/]?(0[1-9]|1[0-2])[.\-/]?([0-3]\d)", value.strip())
    if match is None or match[1] in ("0001", "1900"):  # dummies of earlier de-identification
        return []
    year, month, day = match.groups()
    short_year, name = year[2:], _MONTHS[int(month) - 1]
    month_any, day_any = month if month[0] == "1" else f"0?{month[1]}", day if day[0] != "0" else f"0?{day[1]}"
    years = f"(?:{year}|{short_year})"
    return [
        rf"(?<!\d){year}[\W_]?{month}[\W_]?{day}(?!\d)",
        rf"(?<!\d){day}[\W_]?{month}[\W_]?{year}(?!\d)",
        rf"(?<!\d){month}[\W_]?{day}[\W_]?{year}(?!\d)",
        rf"(?<!\d){day_any}[.\-/ ]{month_any}[.\-/ ]{years}(?!\d)",
        rf"(?<!\d){month_any}[.\-/ ]{day_any}[.\-/ ]{years}(?!\d)",
        rf"(?<!\d){day_any}[\W_]*{name}[a-z]*[\W_]*{years}(?!\d)",
        rf"(?<![^\W\d_]){name}[a-z]*[\W_]*{day_any}[\W_]+{years}(?!\d)",
    ]
