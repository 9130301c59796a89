# SPDX-License-Identifier: Apache-2.0
"""Descriptions: invented persons in every spelling, and texts of radiology to plant them into.

The lists of names share no word with the vocabulary of the library (``freetext/test_property.py`` says so). ``{who}``
in a template is where a person, a number or a date is planted; everything else in it is useful and should stay.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from SlicerDeidLib.headers.search.identifiers import words_of
from SlicerDeidLib.headers.search.ownwords import OwnWords, own_words

_SURNAMES = """
    Abernathy Achterberg Bjornstad Bracegirdle Cholmondeley Czerwinski Dlugosz Eberhardt Featherstonehaugh Gutierrez
    Grunewald Haverkamp Iwanowa Jorgensen Kowalczyk Kuznetsov Lindqvist Mbeki Meier Nakamura Nguyen Oyelaran
    Papadopoulos Quispe Rasmussen Schmidbauer Szczepanski Takahashi Umezurike Vandersloot Wojciechowski Xanthopoulos
    Yamaguchi Zhukov
    Ho Wu Ma Fu Chi Ng Xu Li Ye Oh O'Brien D'Angelo McAllister Müller Škoda Ångström Núñez Łukaszewicz Çelik Öztürk
"""
SURNAMES = _SURNAMES.split()
_GIVEN_NAMES = """
    Agnieszka Bartholomew Cornelius Dagmar Ebenezer Friederike Gwendolyn Hildegard Ignatius Jolanta Katarzyna Leopold
    Magdalena Nikolaos Ottokar Perpetua Quentin Rosalind Siegfried Theodora Ulrike Valentina Wilhelmina Xiomara Yevgenia
    Zbigniew Jürgen José Zoë Ian Amy Bo Jun Wei
"""
GIVEN_NAMES = _GIVEN_NAMES.split()
PLACES = (
    "Kleinstadt",
    "Oberhausen",
    "Wolverhampton",
    "Tallahassee",
    "Krasnodar",
    "Yokosuka",
    "Guadalajara",
    "Trondheim",
)

DESCRIPTORS = (
    "CT HEAD W/O CONTRAST 5mm {who}",
    "{who} Axial T2 FLAIR",
    "Head Routine 5.0 H31s {who}",
    "MPR cor 3mm, {who}",
    "{who}: THORAX 1.0 B31f",
    "Brain Std 2.5mm {who}",
    "CT CHEST/ABDOMEN/PELVIS W/WO ({who})",
    "SPIRAL NECK 0.75 B70f - {who}",
    "{who} CTA carotids MIP 10 mm sag",
    "MR lumbar spine T1 post {who}",
    "{who} LOCALIZER",
    "Sinus coronal bone 1mm / {who}",
)
PROSE = (
    "Fall yesterday, rule out SDH. {who} called.",
    "{who} presents with sudden headache and vomiting, r/o SAH.",
    "Known Parkinson disease; {who}; follow-up of hydrocephalus.",
    "Dissection of the left vertebral artery, discussed with {who}.",
    "Aneurysm of the circle of Willis, see report of {who}, no rupture.",
    "65-year-old female ({who}) with metastatic breast cancer, restaging.",
    "Dr. {who} asks for exclusion of pulmonary embolism.",
    "Status post craniotomy. Contact: {who}. Midline shift 8 mm.",
    "No acute fracture of the cervical spine.\r\n{who}\r\nMild degenerative changes at C5-C6.",
    "Trauma, GCS 14, pain of the right knee; accompanied by {who}.",
    "Chronic sinusitis. Allergy to iodinated contrast ({who}). Creatinine normal.",
    "{who}; pneumonia of the right lower lobe with small pleural effusion.",
)

OF_SPELLINGS = frozenset({"ct", "of", "age", "id", "mr", "ms", "dr", "md", "yo"})
"""Words of the spellings that identify nobody."""


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist."""

    surname: str
    given: str
    middle: str
    patient_id: str
    accession: str
    birth: date
    phone: str
    place: str

    @property
    def name(self) -> str:
        """As Patient's Name."""
        return f"{self.surname}^{self.given}^{self.middle}"


def person(chance: random.Random) -> Person:
    """Invent a person."""
    return Person(
        chance.choice(SURNAMES),
        chance.choice(GIVEN_NAMES),
        chance.choice(GIVEN_NAMES),
        str(chance.randrange(10**6, 10**8)),
        f"{chance.choice(('CT', 'S', 'RAD', 'ACC'))}{chance.randrange(10, 30)}-{chance.randrange(100, 99999)}",
        date(1925, 1, 1) + timedelta(days=chance.randrange(36_000)),
        f"0{chance.randrange(100, 999)} {chance.randrange(10**5, 10**7)}",
        chance.choice(PLACES),
    )


MONTHS = tuple(date(2000, month, 1).strftime("%B") for month in range(1, 13))
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


def _grouped(digits: str, chance: random.Random, separators: str) -> str:
    """Return digits in groups of two to four, with any separator."""
    groups = []
    while digits:
        size = chance.randrange(2, 5)
        groups.append(digits[:size])
        digits = digits[size:]
    return chance.choice(separators).join(groups)


def _misspelled(name: str, chance: random.Random) -> str:
    """Return a name with one letter wrong."""
    place = chance.randrange(len(name))
    kinds: tuple[Callable[[], str], ...] = (
        lambda: name[:place] + name[place + 1 :],
        lambda: name[:place] + chance.choice("qxzjvk") + name[place:],
        lambda: name[:place] + chance.choice("qxzjvk") + name[place + 1 :],
    )
    return chance.choice(kinds)()


def spellings(who: Person, chance: random.Random) -> Iterator[str]:
    """Yield a person in every way that people write them; every token of each identifies."""
    first, last, middle, day = who.given, who.surname, who.middle, who.birth
    yield from (f"{first} {last}", f"{last}, {first}", f"{last}^{first}", f"{last}^{first}^{middle}^Dr", last, first)
    yield from (f"{first[0]}. {last}", f"{last} {first[0]}.", f"{last.upper()} {first.upper()}", f"{first}{last}")
    yield from (
        f"{first[0]}.{middle[0]}.{last[0]}.",
        f"Mr {last}",
        f"Ms {last}",
        f"Dr {last}",
        f"Dr{last}",
        f"{last}'s",
    )
    yield from (f"{last}_CT", f"{last}-{first}", f"{last}2", f"{first.lower()}.{last.lower()}@mail.org", f"{last} MD")
    yield from (
        _misspelled(last, chance) if len(last) > 4 and last.isalpha() else last,
        last[::-1] if len(last) > 5 else last,
    )
    yield from (who.patient_id, _grouped(who.patient_id, chance, " -/._"), f"ID {who.patient_id}", who.accession)
    yield from (who.phone, _grouped(who.phone.replace(" ", ""), chance, " -/.·"), f"+49 {who.phone[1:]}")
    yield from (f"{day:%d.%m.%Y}", f"{day:%Y%m%d}", f"{day:%m/%d/%y}", f"{day.day}/{ROMAN[day.month - 1]}/{day:%y}")
    yield from (f"{day.day} {MONTHS[day.month - 1]} {day.year}", f"b. {day.year}", f"{day:%d %m}", f"{day:%d %m %Y}")
    yield from (who.place, f"{last} of {who.place}", f"https://{who.place.lower()}.org/{last.lower()}")
    yield from ("94 yo", "M91", "97 / F", "age=102", "101-year-old")


def plant(template: str, spelling: str) -> str:
    """Put a spelling into a template."""
    return template.replace("{who}", spelling)


def known(who: Person) -> OwnWords:
    """Return what the cleaner knows of a person from the headers of its files."""
    shown = [
        ("name", who.name),
        ("number", who.patient_id),
        ("number", who.accession),
        ("number", who.phone),
        ("birth", f"{who.birth:%Y%m%d}"),
        ("place", who.place),
    ]
    return own_words(shown, words_of(shown).text)
