# SPDX-License-Identifier: Apache-2.0
"""Header corpus: made patients whose every planted value is known, and the checks that an output must pass.

``write_corpus(folder, seed)`` writes one folder per patient (CT and MR; explicit, implicit, big endian and
deflated; seven character sets) and returns the checks. ``headerjudge.py`` holds any output against them. Images are
found again by their pixels, which are random, so that any program can be judged.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from descriptions import DESCRIPTORS, OF_SPELLINGS, PROSE, Person, person, plant, spellings
from headercontent import OPTIONAL_DATES, OPTIONAL_TEXTS, fill_image, fill_technique
from invention import Invention
from pydicom.charset import encode_string, python_encoding
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MRImageStorage,
)

CATEGORIES = (
    "tag retained",
    "text removed",
    "text retained",
    "date shifted",
    "interval kept",
    "UID changed",
    "UID consistent",
    "patient ID",
    "private",
    "file meta",
    "character sets",
    "nested",
    "validity",
)
SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
MODALITIES = {"CT": CTImageStorage, "MR": MRImageStorage}
PATIENTS, STUDIES, IMAGES = 7, 2, 2
PROCEDURE = "24725-4"  # LOINC: CT Head
BORN_BEFORE = 1990  # no date of a study gets there when it is shifted

WORD = re.compile(r"[^\W_]+")

Where = tuple[int, ...]  # tags from the top; of every sequence the first item is meant


@dataclass(frozen=True, slots=True)
class Script:
    """A character set, and the letters that words in it are made of."""

    term: str
    letters: str


SCRIPTS = (
    Script("ISO_IR 100", "äöüßéèñåøçíóú"),
    Script("ISO_IR 192", "żółćęśńźąłőűřž"),
    Script("ISO_IR 144", "жмыхщюядбцфгкл"),
    Script("ISO_IR 126", "αβγδεζηθκλμνξπ"),
    Script("\\ISO 2022 IR 87", "山田太郎花子鈴木佐藤高橋渡辺"),
    Script("\\ISO 2022 IR 149", "김희중홍길동박지성이순신"),
    Script("GB18030", "王小东张伟李娜刘洋陈静"),
)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold of one image of the output.

    Attributes
    ----------
    image : str
        Digest of the image's pixels, by which it is found.
    kind : str
        What is asked: a method of ``headerjudge.Judge``.
    where : tuple of int
        The element's tags from the top; empty: anywhere in the file.
    value : object
        What was planted there: a text, a UID, a moment.
    needles : tuple of bytes
        What may not stand in the file.
    words : tuple of str
        What may not stand in the element.
    """

    category: str
    image: str
    kind: str
    where: Where = ()
    value: object = None
    needles: tuple[bytes, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(slots=True)
class Corpus:
    """What was made: which images there are, and what must hold of them."""

    folder: Path
    checks: list[Check] = field(default_factory=list)
    sources: dict[str, Path] = field(default_factory=dict)
    patients: dict[str, str] = field(default_factory=dict)  # image -> folder of its patient


def digest(pixels: bytes) -> str:
    """Name an image by its pixels, without the byte that pads them; big endian words count as little endian."""
    return hashlib.sha256(pixels).hexdigest()[:16]


def write_corpus(folder: Path, seed: int) -> Corpus:
    """Write the corpus of a seed into a folder, and return its checks."""
    invent = Invention(seed)
    corpus = Corpus(folder)
    for number in range(PATIENTS):
        _Patient(invent, corpus, SCRIPTS[number % len(SCRIPTS)], number).write()
    return corpus


def _person(chance: random.Random) -> Person:
    """Invent a person whose values do not look by chance like what must stay: a code, a shifted date."""
    while True:
        who = person(chance)
        digits = re.sub(r"\D", "", f"{who.accession} {who.patient_id}")
        if who.birth.year < BORN_BEFORE and not any(part in digits for part in PROCEDURE.split("-") if len(part) > 1):
            return who


class _Patient:
    """One made patient: two studies of images, with all that identifies planted into them."""

    def __init__(self, invent: Invention, corpus: Corpus, script: Script, number: int) -> None:
        self.invent, self.chance, self.corpus, self.script = invent, invent.random, corpus, script
        self.who = _person(self.chance)
        self.folder = f"{self.who.accession}-{number}"
        self.words = [self._word() for _ in range(2)]
        self.frame, self.birth = invent.uid(), self.who.birth
        days = self.chance.randrange(365 * 12)
        self.start = datetime(2008, 3, 1, 7, 15, 20) + timedelta(days=days, minutes=self.chance.randrange(600))

    def _word(self) -> str:
        """Return a word in the patient's script that exists nowhere."""
        return "".join(self.chance.sample(self.script.letters, 5))

    def write(self) -> None:
        for study in range(STUDIES):
            modality = self.chance.choice(sorted(MODALITIES))
            start = self.start + timedelta(days=study * self.chance.randrange(3, 400), seconds=study * 3671)
            uids = {"StudyInstanceUID": self.invent.uid(), "SeriesInstanceUID": self.invent.uid()}
            instances = [self.invent.uid() for _ in range(IMAGES)]
            syntax = self.chance.choice(SYNTAXES)
            for place, uid in enumerate(instances):
                image = _Image(self, modality, start, {**uids, "SOPInstanceUID": uid}, place)
                image.fill(instances)
                image.save(syntax, self.corpus.folder / self.folder / f"study{study + 1}" / f"{place + 1}.dcm")


class _Image:
    """One image that is being filled; every value that is planted gets its check."""

    def __init__(self, patient: _Patient, modality: str, start: datetime, uids: dict[str, str], place: int) -> None:
        self.patient, self.modality, self.start, self.place = patient, modality, start, place
        self.invent, self.chance = patient.invent, patient.chance
        self.uids = uids
        self.dataset = Dataset()
        self.meta = FileMetaDataset()
        self.preamble = b""
        pixels = np.random.default_rng(self.chance.randrange(2**32)).integers(0, 4096, (16, 16), dtype=np.uint16)
        self.pixels = pixels
        self.image = digest(pixels.tobytes())
        self.encodings = [python_encoding[term] for term in patient.script.term.split("\\")]

    def check(self, category: str, kind: str, where: Where = (), value: object = None) -> None:
        """Ask one thing of this image."""
        self.patient.corpus.checks.append(Check(category, self.image, kind, where, value))

    def absent(self, category: str, *needles: bytes) -> None:
        """Ask that none of some bytes stands in the file."""
        self.patient.corpus.checks.append(Check(category, self.image, "absent", needles=needles))

    def gone(self, category: str, text: str) -> None:
        """Ask that a planted text stands nowhere in the file, in the bytes of its character set or of UTF-8."""
        self.absent(category, *sorted({encode_string(text, self.encodings), text.encode()}))

    def fill(self, instances: Sequence[str]) -> None:
        """Plant everything; what is made last stands above what was made before."""
        self.dataset.SpecificCharacterSet = self.patient.script.term.split("\\")
        self._uids(instances)
        fill_image(self.dataset, self.modality, self.pixels, self.place)
        for where, value in fill_technique(self.dataset, self.modality, self.chance):
            self.check("tag retained", "equal", where, value)
        self._person()
        self._dates()
        self._texts()
        self._nested()
        self._private()
        self._meta()
        for kind in ("readable", "complete", "iod", "dciodvfy"):
            self.check("validity", kind)

    def _uids(self, instances: Sequence[str]) -> None:
        data, place = self.dataset, self.place
        data.SOPClassUID = MODALITIES[self.modality]
        reference = Dataset()
        reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = data.SOPClassUID, instances[place - 1]
        data.ReferencedImageSequence = Items([reference])
        data.FrameOfReferenceUID = self.patient.frame
        for keyword, uid in {**self.uids, "FrameOfReferenceUID": self.patient.frame}.items():
            setattr(data, keyword, uid)
            self.absent("UID changed", uid.encode())
            self.check("UID consistent", "mapped", (tag_for_keyword(keyword) or 0,), uid)
        path = (tag_for_keyword("ReferencedImageSequence") or 0, tag_for_keyword("ReferencedSOPInstanceUID") or 0)
        self.check("UID consistent", "mapped or gone", path, instances[place - 1])
        self.check("UID consistent", "equal", (0x00080016,), str(data.SOPClassUID))

    def _person(self) -> None:
        who, data = self.patient.who, self.dataset
        ascii_only = who.name.isascii()
        name = f"{who.surname}^{who.given}" if ascii_only else f"{self.invent.word()}^{self.invent.word()}"
        data.PatientName = name if self.patient.script.term.startswith("ISO_IR") else f"{name}={self._own_script()}"
        data.PatientID, data.AccessionNumber = who.patient_id, who.accession[:16]
        data.PatientBirthDate = f"{who.birth:%Y%m%d}"
        data.PatientSex = self.chance.choice("MF")
        data.OtherPatientNames = self._own_script() if not self.patient.script.term.startswith("\\") else name
        self.check("tag retained", "equal", (0x00100040,), data.PatientSex)
        for value in (who.patient_id, who.accession[:16], f"{who.birth:%Y%m%d}"):
            self.gone("text removed", value)
        for part in re.split(r"[\^=]", str(data.PatientName)):
            if len(part) > 3:
                self.gone("text removed" if part.isascii() else "character sets", part)
        self.check("patient ID", "pseudonym", (0x00100020,), who.patient_id)
        self.check("patient ID", "not equal", (0x00100010,), str(data.PatientName))

    def _own_script(self) -> str:
        return "^".join(self.patient.words)

    def _dates(self) -> None:
        data, at = self.dataset, self.start
        for stem, minutes in (("Study", 0), ("Series", 4), ("Acquisition", 6), ("Content", 7)):
            moment = at + timedelta(minutes=minutes, seconds=self.place)
            setattr(data, f"{stem}Date", f"{moment:%Y%m%d}")
            setattr(data, f"{stem}Time", f"{moment:%H%M%S}")
            where = (tag_for_keyword(f"{stem}Date") or 0, tag_for_keyword(f"{stem}Time") or 0)
            self.check("date shifted", "moved", where, moment)
            self.check("interval kept", "interval", where, moment)
        for keyword in self.chance.sample(OPTIONAL_DATES, 5):
            moment = at + timedelta(days=self.chance.randrange(-90, 90), minutes=self.chance.randrange(999))
            self._date(data, keyword, moment, ())

    def _date(self, data: Dataset, keyword: str, moment: datetime, above: Where) -> None:
        """Plant a date or a date and time, which moves or goes, but never stays."""
        is_long = keyword.endswith("DateTime")
        text = f"{moment:%Y%m%d%H%M%S}.250000+0100" if is_long else f"{moment:%Y%m%d}"
        setattr(data, keyword, text)
        where = (*above, tag_for_keyword(keyword) or 0)
        self.check("date shifted", "not equal", where, text)
        self.check("interval kept", "interval or gone", where, moment)

    def _texts(self) -> None:
        data, who = self.dataset, self.patient.who
        for keyword in self.chance.sample(OPTIONAL_TEXTS, 14):
            word = self.invent.word()
            setattr(data, keyword, f"{word}^{self.invent.word()}" if dictionary_VR(keyword) == "PN" else word)
            self.gone("text removed", word)
        described = ("StudyDescription", "SeriesDescription", "ProtocolName", "RequestedProcedureDescription")
        self._clean(data, described, DESCRIPTORS, who, ())
        self._clean(data, ("PatientComments", "ImageComments", "AdditionalPatientHistory"), PROSE, who, ())
        scripted = f"CT {self.patient.words[0]} head"
        if not self.patient.script.term.startswith("\\"):
            data.StudyComments = scripted
            self.gone("character sets", self.patient.words[0])
        data.InstitutionName = f"{self.invent.word()} Hospital"
        self.gone("text removed", str(data.InstitutionName).split()[0])

    def _clean(
        self, data: Dataset, keywords: Sequence[str], templates: Sequence[str], who: Person, above: Where
    ) -> None:
        """Plant texts of radiology with the person in them: the person goes, the rest stays."""
        spelled = [text for text in spellings(who, self.chance) if _fits(text, self.encodings)]
        for keyword in keywords:
            template = self.chance.choice([t for t in templates if len(t) < 45 or templates is PROSE])
            spelling = self.chance.choice([s for s in spelled if len(plant(template, s)) < 64 or templates is PROSE])
            setattr(data, keyword, plant(template, spelling))
            where = (*above, tag_for_keyword(keyword) or 0)
            useful = [word for word in WORD.findall(plant(template, " ")) if word.lower() not in OF_SPELLINGS]
            taboo = {word for word in WORD.findall(spelling) if word.lower() not in OF_SPELLINGS} - set(useful)
            removed = Check("text removed", self.image, "without words", where, words=tuple(sorted(taboo)))
            self.patient.corpus.checks.append(removed)
            for word in useful:
                self.check("text retained", "with word", where, word)

    def _nested(self) -> None:
        who = self.patient.who
        request = Dataset()
        request.RequestedProcedureID = self.invent.code("RP")
        request.ScheduledProcedureStepDescription = f"CT HEAD {self.invent.word()}"
        self.gone("nested", request.RequestedProcedureID)
        self.gone("nested", str(request.ScheduledProcedureStepDescription).split()[-1])
        self._clean(request, ("RequestedProcedureDescription",), DESCRIPTORS, who, (0x00400275,))
        self.dataset.RequestAttributesSequence = Items([request])
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = PROCEDURE, "LN", "CT Head"
        self.dataset.ProcedureCodeSequence = Items([code])
        self.check("nested", "equal", (0x00081032, 0x00080100), PROCEDURE)
        self.check("nested", "equal", (0x00081032, 0x00080104), "CT Head")
        old = Dataset()
        old.PatientName, old.PatientID = self.invent.person(), self.invent.code("OLD")
        entry = Dataset()
        entry.ModifyingSystem, entry.SourceOfPreviousValues = self.invent.word(), self.invent.word()
        self._date(entry, "AttributeModificationDateTime", self.start, (0x04000561,))
        entry.ReasonForTheAttributeModification = "CORRECT"
        entry.ModifiedAttributesSequence = Items([old])
        self.dataset.OriginalAttributesSequence = Items([entry])
        for value in (str(old.PatientName).split("^")[0], old.PatientID, entry.ModifyingSystem):
            self.gone("nested", value)

    def _private(self) -> None:
        block = self.dataset.private_block(0x0011, self.invent.word(), create=True)
        self.gone("private", block.private_creator)
        for offset, vr in enumerate(("LO", "PN", "ST", "LT", "SH", "UT", "UN", "OB")):
            word = self.invent.word()
            value = word.encode().ljust(12, b"\0") if vr in ("UN", "OB") else word
            block.add_new(offset, vr, value)
            self.gone("private", word)
        inner = Dataset()
        inner.PatientName = self.invent.person()
        block.add_new(0x20, "SQ", Items([inner]))
        self.gone("private", str(inner.PatientName).split("^")[0])

    def _meta(self) -> None:
        meta = self.meta
        meta.MediaStorageSOPClassUID = self.dataset.SOPClassUID
        meta.MediaStorageSOPInstanceUID = self.dataset.SOPInstanceUID
        meta.SourceApplicationEntityTitle = self.invent.word().upper()
        meta.SendingApplicationEntityTitle = self.invent.word().upper()
        meta.ReceivingApplicationEntityTitle = self.invent.word().upper()
        meta.ImplementationVersionName = self.invent.word().upper()
        meta.PrivateInformationCreatorUID = self.invent.uid()
        meta.PrivateInformation = self.invent.word().encode().ljust(10, b"\0")
        self.preamble = self.invent.word().encode().ljust(128, b"\0")
        for value in (
            meta.SourceApplicationEntityTitle,
            meta.SendingApplicationEntityTitle,
            meta.ReceivingApplicationEntityTitle,
            meta.ImplementationVersionName,
            str(meta.PrivateInformationCreatorUID),
            meta.PrivateInformation.rstrip(b"\0").decode(),
            self.preamble.rstrip(b"\0").decode(),
        ):
            self.absent("file meta", value.encode())
        self.check("file meta", "meta agrees")

    def save(self, syntax: str, path: Path) -> None:
        """Write the image."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.meta.TransferSyntaxUID = syntax
        is_big = syntax == ExplicitVRBigEndian
        self.dataset.PixelData = self.pixels.astype(">u2" if is_big else "<u2").tobytes()
        self.dataset.file_meta, self.dataset.preamble = self.meta, self.preamble
        self.dataset.save_as(path, enforce_file_format=True)
        self.patient.corpus.sources[self.image] = path
        self.patient.corpus.patients[self.image] = self.patient.folder


def _fits(text: str, encodings: Sequence[str]) -> bool:
    """Whether a text can be written in a character set."""
    try:
        return text.encode(encodings[0]).decode(encodings[0]) == text
    except UnicodeError:
        return False
