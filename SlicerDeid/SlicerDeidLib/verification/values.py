# SPDX-License-Identifier: Apache-2.0
"""Values: what the original says about its patients, looked for in every byte of the output."""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath

from SlicerDeidLib.verification.archives import SUFFIX
from SlicerDeidLib.verification.dates import BIRTH_DATE, dates_in_text, parse_date, written_dates
from SlicerDeidLib.verification.descriptors import is_clinical_text
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.foreign import foreign_names, foreign_spellings, joined_names, raw_components
from SlicerDeidLib.verification.headers import OWN_IDS, is_own_word
from SlicerDeidLib.verification.private import is_kept_private
from SlicerDeidLib.verification.profile import (
    BYTE_VRS,
    OPTION_OF_CODE,
    TEXT_VRS,
    Kind,
    kind_of,
    place_text,
    row_of,
)
from SlicerDeidLib.verification.reading import BIG_ENDIAN, PIXEL_DATA, Found, ItemPath, Reading
from SlicerDeidLib.verification.registered import is_registered
from SlicerDeidLib.verification.search import LONG, SHORT, Needles
from SlicerDeidLib.verification.sources import Source
from SlicerDeidLib.verification.spellings import TELEPHONES, Spellings
from SlicerDeidLib.verification.structure import Place
from SlicerDeidLib.verification.unexamined import is_content
from SlicerDeidLib.verification.vocabulary import WORD, fold, is_vocabulary, tokens

CHECK = "values"
LONGEST_WHOLE = 64  # characters (VR LO): longer texts are looked for word by word
NUMBER_FORMATS = {"FD": "d", "FL": "f", "SL": "i", "UL": "I", "SV": "q", "UV": "Q"}
LARGE = 100_000  # shorter numbers are no IDs
SHORTEST_NUMBER = 5  # digits: shorter numbers stand in every header
UNMISTAKABLE_NUMBER = 8  # digits: from here on a number is found inside longer ones too
RUNNING_NUMBER = 100_000  # file names below it are counters, ours and theirs
BINARY_TEXT = re.compile(rb"[\x20-\x7e\xc0-\xfe]{6,}")
LEAST_READABLE = 6  # ASCII letters and digits: what has fewer is no text but chance
TORN = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")  # what no text holds: there begins the rest of the file
NUMERIC = re.compile(rb"[0-9.]+")
DECIMAL = re.compile(r"[-+]?\d*\.\d+(e[-+]?\d+)?", re.IGNORECASE)
OWN_UID = b"2.25."
REMEMBERED = 1 << 17  # values that are known to have been taken already


class SourceValues:
    """All values of an original input that no output may hold."""

    def __init__(self) -> None:
        self.needles: Needles[Source] = Needles()
        self.words: dict[str, tuple[Source, set[str]]] = {}
        self.word_hits: dict[tuple[tuple[str, ...], str], tuple[str, Source, set[str]]] = {}
        self.spellings = Spellings()
        self.dates: set[date] = self.spellings.days
        self.date_owners: dict[tuple[int, int, int], set[str]] = {}
        self.date_hits: dict[tuple[tuple[str, ...], str], tuple[str, set[str]]] = {}
        self._patient = ""
        self._kept_texts: set[str] = set()
        self._seen: set[tuple[str, ItemPath, int, bytes]] = set()

    def add_file(self, reading: Reading) -> None:
        """Take the values of one original file."""
        preamble = reading.data[:128]
        self._add_bytes(preamble, Source(-1, Kind.LISTED))
        torn = reading.torn_tag()
        if torn is None:
            self._add_bytes(reading.data[reading.end :], Source(-2, Kind.LISTED))
        for found in reading.elements():
            if found.tag == torn and not found.path:
                found = replace(found, raw=TORN.split(found.raw, maxsplit=1)[0])
            if self._is_known(found):
                continue
            kind = kind_of(found)
            if found.vr in ("DA", "DT"):
                days = {d for part in found.ascii().split("\\") if (d := parse_date(part))}
                self.dates.update(days)
                for day in days:
                    self.date_owners.setdefault((day.year % 100, day.month, day.day), set()).add(self._patient)
                if found.tag == BIRTH_DATE:
                    self.spellings.add_births(days)
            elif kind is Kind.NONE:
                self._keep(found)
            else:
                self._add_element(found, kind)

    def add_path(self, path: PurePosixPath) -> None:
        """Take the names of one original file and its folders, zips among them; the first folder is the patient."""
        self._patient = path.parts[0] if len(path.parts) > 1 else ""
        for depth, part in enumerate(path.parts):
            is_file = depth == len(path.parts) - 1
            name = (
                PurePosixPath(part).stem if is_file else part[: -len(SUFFIX)] if part.lower().endswith(SUFFIX) else part
            )
            kind = Kind.DIRECT if depth == 0 and not is_file else Kind.LISTED
            if is_file and name.isdecimal() and int(name) < RUNNING_NUMBER:
                continue
            self._add_text(name, Source(0, kind), ("utf_8",))

    def is_kept_elsewhere(self, needle: bytes, source: Source) -> bool:
        """Whether a value that names nobody also stands in an attribute that the standard keeps."""
        text = needle.decode("utf-8", "replace")
        return source.kind is not Kind.DIRECT and any(text in kept for kept in self._kept_texts)

    def _is_known(self, found: Found) -> bool:
        """Whether this value was taken from another slice already; the image itself, or a document, is no value."""
        if not found.raw or (found.tag in PIXEL_DATA and not found.path) or is_content(found):
            return True
        if len(self._seen) >= REMEMBERED:
            self._seen.clear()
        key = (self._patient, found.path, found.tag, found.raw)
        is_known = key in self._seen
        self._seen.add(key)
        return is_known

    def _keep(self, found: Found) -> None:
        """Remember the text of an attribute that Table E.1-1 does not name."""
        if found.vr in TEXT_VRS | {"CS"}:
            self._kept_texts.add(found.text().lower())

    def _add_element(self, found: Found, kind: Kind) -> None:
        """Take one element's value by its kind."""
        row = row_of(found.tag)
        source = Source(found.tag, kind, frozenset(row.options) if row else frozenset())
        if kind is Kind.UID:
            for uid in found.ascii().split("\\"):
                if _is_searchable_uid(uid):
                    self._look_for(uid.encode("ascii", "replace"), source)
        elif found.vr in BYTE_VRS:
            self._add_bytes(found.raw, source)
        else:
            texts = texts_of(found)
            if found.vr == "PN":
                texts = self._names_of(found, texts, source)
            for text in texts:
                for part in text.split("\\"):
                    self._add_text(part, source, found.encodings)

    def _look_for(self, needle: bytes, source: Source) -> None:
        """Look for a string; the first source of it is named, but a private creator only where there is no other."""
        known = self.needles.known(needle)
        if known is None or (known.is_creator and not source.is_creator):
            self.needles.add(needle, source)

    def _names_of(self, found: Found, texts: tuple[str, ...], source: Source) -> tuple[str, ...]:
        """Return what a name reads as with and without its declared character set, and take its bytes as they are."""
        for component in raw_components(found.raw):
            self._look_for(component, source)
        read = (*texts, *foreign_names(found.raw))
        return tuple(dict.fromkeys((*read, *(joined for text in read for joined in joined_names(text)))))

    def _add_text(self, text: str, source: Source, encodings: tuple[str, ...]) -> None:
        """Take a text whole and in its parts."""
        text = text.strip(" \0\r\n\t")
        if source.kind is Kind.DIRECT or source.tag in TELEPHONES:
            self.spellings.add(text, source.tag, source.name, is_name=source.kind is Kind.DIRECT)
            for number in self.spellings.numbers_of(text, source.tag):
                self._look_for(number.encode("ascii", "replace"), source)
        parts = list(tokens(text))
        if source.kind is not Kind.DESCRIPTOR and len(text) <= LONGEST_WHOLE and not is_vocabulary(text):
            parts.append(text)
        for part in dict.fromkeys(parts):
            if dates_in_text(part) or (source.kind is Kind.DESCRIPTOR and is_clinical_text(part)):
                continue  # dates are compared element by element; clinical words stay in descriptors
            if _says_something(part, source):
                for needle in (*_spellings(part, encodings), *foreign_spellings(part)):
                    self._look_for(needle, source)
            elif source.kind is Kind.DIRECT and len(part) > 2 and part.isalpha():
                self.words.setdefault(fold(part), (source, set()))[1].add(self._patient)

    def _add_bytes(self, raw: bytes, source: Source) -> None:
        """Take the runs of text in bytes of unknown meaning."""
        for match in BINARY_TEXT.finditer(raw):
            text = match.group().decode("latin-1")
            for token in dict.fromkeys((*tokens(text), *WORD.findall(text))):
                if sum(character.isascii() and character.isalnum() for character in token) >= LEAST_READABLE:
                    self._add_text(token, source, ("latin_1",))


def search_file(
    values: SourceValues,
    reading: Reading,
    elements: Sequence[Found],
    place: Place,
    codes: frozenset[str],
    findings: Findings,
) -> None:
    """Look for all source values in the bytes of one output file, and for short names and dates in its texts."""
    hits: dict[bytes, None] = {}
    for part in reading.header_parts():
        hits |= dict.fromkeys(_real_hits(values, part))
    for part in reading.pixel_parts():
        hits |= dict.fromkeys(_real_hits(values, part, shortest=LONG))
    retained = {OPTION_OF_CODE[code] for code in codes if code in OPTION_OF_CODE} - {"clean-descriptors"}
    for needle in hits:
        source = values.needles.label(needle)
        if not retained & source.options:
            _report_hit(values, needle, source, reading, elements, (place.name, codes), findings)
    order = ">" if reading.transfer_syntax_uid == BIG_ENDIAN else "<"
    for found in elements:
        if found.vr in NUMBER_FORMATS:
            _search_numbers(values, found, order, place, findings)
    _search_texts(values, elements, place, findings)


def search_name(values: SourceValues, name: str, own: str, findings: Findings) -> None:
    """Look for source values in a path below the output.

    Parameters
    ----------
    name, own : str
        The path, and the same path without what our own numbering put into it.
    """
    for message in values.spellings.judge(own, "LO"):
        findings.add("error", CHECK, name, "", message.replace("This text", "The name of this file or folder"))
    data = own.encode("utf-8", "surrogateescape")
    for needle in dict.fromkeys(_real_hits(values, data)):
        source = values.needles.label(needle)
        if source.is_said_alike(needle) or not source.is_meant(needle, data):
            continue
        message = f"The name of this file or folder holds a value of {source.name} of the original."
        findings.add(source.severity, CHECK, name, "", message)


def _real_hits(values: SourceValues, data: bytes, shortest: int = SHORT) -> Iterator[bytes]:
    """Yield what stands in the data and is not a chance run of digits."""
    for place, needle in values.needles.find(data, shortest=shortest):
        if not needle.isdigit() or _is_whole_number(data, place, needle):
            yield needle


def _is_whole_number(data: bytes, place: int, needle: bytes) -> bool:
    """Whether a number stands there by itself, and not as some digits of a longer number or of one of our UIDs."""
    start, end = place, place + len(needle)
    while start > 0 and NUMERIC.fullmatch(data[start - 1 : start]):
        start -= 1
    while end < len(data) and NUMERIC.fullmatch(data[end : end + 1]):
        end += 1
    run = data[start:end]
    if run == needle:
        return True
    return len(needle) >= UNMISTAKABLE_NUMBER and not (run.startswith(OWN_UID) and len(needle) < 2 * LONG)


def _report_hit(
    values: SourceValues,
    needle: bytes,
    source: Source,
    reading: Reading,
    elements: Sequence[Found],
    released: tuple[str, frozenset[str]],
    findings: Findings,
) -> None:
    """Say of a value where it comes from and where it stands now."""
    name, codes = released
    everywhere = [f for f in elements if needle in f.raw.lower()]
    places = [f for f in everywhere if not is_own_word(f) and source.is_meant(needle, f.raw)]
    if everywhere and not places:
        return
    if places and source.is_private and all(is_kept_private(f, codes) for f in places):
        return
    if places and source.is_said_alike(needle):
        return
    severity = source.severity
    if values.is_kept_elsewhere(needle, source):
        if source.is_private or source.tag <= 0:
            return
        severity = "note"
    where = place_text(places[0].path, places[0].tag) if places else _outside(needle, reading)
    label = where if places else ""
    findings.add(severity, CHECK, name, label, f"A value of {source.name} of the original stands in {where}.")


def _outside(needle: bytes, reading: Reading) -> str:
    """Name the part of a file that belongs to no element."""
    if needle in reading.data[:128].lower():
        return "the preamble"
    if needle in reading.data[reading.end :].lower():
        return "the bytes behind the data set"
    return "the file between its elements"


def _search_texts(values: SourceValues, elements: Sequence[Found], place: Place, findings: Findings) -> None:
    """Look in every text for short names as whole words, and for names, numbers and dates in any spelling."""
    for found in elements:
        if found.vr not in TEXT_VRS | {"CS", "IS", "DS"} or not found.raw or is_own_word(found):
            continue
        tag = place_text(found.path, found.tag)
        if found.tag not in OWN_IDS:
            said = dict.fromkeys(m for text in texts_of(found) for m in values.spellings.judge(text, found.vr))
            for message in said:
                findings.add("error", CHECK, place.name, tag, message)
        if found.vr not in TEXT_VRS | {"CS"}:
            continue
        text = found.text()
        if values.dates.intersection(dates_in_text(text)):
            findings.add("error", CHECK, place.name, tag, "This text holds a date of the original.")
        if found.vr == "CS":
            continue
        for day in written_dates(text) & values.date_owners.keys():
            hit = values.date_hits.setdefault((place.group, tag), (place.name, set()))
            hit[1].update(values.date_owners[day])
        for word in {fold(token) for token in tokens(text)} & values.words.keys():
            source, patients = values.words[word]
            values.word_hits.setdefault((place.group, tag), (place.name, source, patients))


def _search_numbers(values: SourceValues, found: Found, order: str, place: Place, findings: Findings) -> None:
    """Look among binary numbers for IDs and dates."""
    form = order + NUMBER_FORMATS[found.vr]
    if len(found.raw) % struct.calcsize(form):
        return
    numbers = (number for (number,) in struct.iter_unpack(form, found.raw))
    large = dict.fromkeys(f"{number:.0f}" for number in numbers if number == number // 1 and number >= LARGE)
    for message in dict.fromkeys(message for text in large for message in values.spellings.judge(text, "IS")):
        findings.add("error", CHECK, place.name, place_text(found.path, found.tag), message)


def judge_words(values: SourceValues, owners: Mapping[str, set[str]], findings: Findings) -> None:
    """Report the short words and dates that were found, once per series, where they are the patient's own.

    Parameters
    ----------
    owners : mapping
        Folder of the output -> the original's folders that became it; where it is not known, any patient counts.
    """
    for ((patient, *_), tag), (name, source, patients) in values.word_hits.items():
        if patient not in owners or owners[patient] & patients:
            message = f"A word of this text is also part of {source.name} of the original."
            findings.add("warning", CHECK, name, tag, message)
    for ((patient, *_), tag), (name, patients) in values.date_hits.items():
        if owners.get(patient, set()) & patients:
            message = "This text holds a date of the patient's original, with a short year."
            findings.add("error", CHECK, name, tag, message)


def texts_of(found: Found) -> tuple[str, ...]:
    """Return the text of an element, and what it says as UTF-8 where its character set is wrongly named."""
    text = found.text()
    try:
        other = found.raw.decode("utf-8").strip(" \0")
    except UnicodeDecodeError:
        return (text,)
    return (text,) if other == text or "\x1b" in other else (text, other)


def _says_something(text: str, source: Source) -> bool:
    """Whether a text is long enough, and no clinical vocabulary, so that finding it means something."""
    if len(text.encode("utf-8", "surrogateescape")) < SHORT or DECIMAL.fullmatch(text) or is_registered(text):
        return False
    if text.isdecimal():
        is_name = source.kind is Kind.DIRECT or source.tag == 0
        return len(text) >= (SHORTEST_NUMBER if is_name else UNMISTAKABLE_NUMBER)
    return not is_vocabulary(text)


def _spellings(text: str, encodings: tuple[str, ...]) -> Iterator[bytes]:
    """Yield the bytes of a text in the character sets in which it may stand."""
    for form in dict.fromkeys((text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))):
        for encoding in dict.fromkeys((*encodings, "utf_8", "latin_1", "utf_16_le")):
            try:
                yield form.encode(encoding)
            except (UnicodeEncodeError, LookupError):
                continue


def _is_searchable_uid(uid: str) -> bool:
    """Whether a UID can point at a patient: registered UIDs of the standard cannot."""
    return len(uid) >= LONG and not is_registered(uid)
