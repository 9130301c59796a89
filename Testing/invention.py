# SPDX-License-Identifier: Apache-2.0
"""Invention: names, numbers, UIDs and whole identities that exist nowhere, the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pydicom.charset import encode_string

CONSONANTS, VOWELS = "bcdfgjklmnprstvwxz", "aeiou"
CHARACTER_SETS: tuple[tuple[str, list[str], str], ...] = (
    # Specific Character Set, Python codecs, letters that ASCII does not have
    ("ISO_IR 100", ["latin_1"], "äöüßéèñåøç"),
    ("ISO_IR 192", ["utf_8"], "żółćęśńźął"),
    ("ISO_IR 144", ["iso8859_5"], "жмыхщюядбц"),
)

Path_ = tuple[tuple[int, int], ...]  # ((sequence tag, item index), ...)


@dataclass(frozen=True, slots=True)
class Planted:
    """One planted value: its bytes as they stand in the file or its name, and where that is."""

    where: str
    data: bytes
    in_names: bool = False


@dataclass(frozen=True, slots=True)
class PlantedDate:
    """One planted date, time or date-time: the element's path, its tag and value, and the file (by its SOP index)."""

    path: Path_
    tag: int
    vr: str
    value: str
    instance: int


@dataclass(slots=True)
class Plant:
    """All that was planted into one folder."""

    folder: str
    values: list[Planted] = field(default_factory=list)
    dates: list[PlantedDate] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    patients: int = 0

    def needles(self) -> dict[bytes, str]:
        """Return each planted byte string once, with where it stands."""
        return {planted.data: planted.where for planted in self.values}


class Invention:
    """Makes values that exist nowhere else: pronounceable names, numbered IDs and UIDs, from a seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)
        self.used: set[str] = set()

    def word(self) -> str:
        """Return a capitalised word of nine letters that can be spoken."""
        choice = self.random.choice
        while True:
            word = "".join(choice(CONSONANTS) + choice(VOWELS) + choice(CONSONANTS) for _ in range(3)).capitalize()
            if word not in self.used:
                self.used.add(word)
                return word

    def code(self, prefix: str, digits: int = 8) -> str:
        """Return ``prefix`` and a random number."""
        return f"{prefix}{self.random.randrange(10 ** (digits - 1), 10**digits)}"

    def uid(self) -> str:
        """Return a UID below pydicom's example root."""
        return f"1.2.826.0.1.3680043.8.498.{self.random.randrange(10**34, 10**35)}"

    def uid_of(self, original: str) -> str:
        """Return a UID that depends on the seed and ``original`` only, not on what was invented before."""
        return Invention(int.from_bytes(f"{self.seed} {original}".encode())).uid()

    def person(self) -> str:
        """Return a person name with family and given name."""
        return f"{self.word()}^{self.word()}"


@dataclass(slots=True)
class Identity:
    """The invented identity of one patient in one series, and the log of where it was put."""

    invent: Invention
    plant: Plant
    character_set: int
    family: str
    given: str
    patient_id: str
    accession: str
    study_start: datetime
    uids: dict[str, str] = field(default_factory=dict)

    def say(self, where: str, value: str | bytes, *, in_names: bool = False) -> None:
        """Note one planted value as the bytes that the file holds."""
        encodings = CHARACTER_SETS[self.character_set][1]
        data = value if isinstance(value, bytes) else encode_string(value, encodings)
        self.plant.values.append(Planted(where, data, in_names))

    def uid(self, original: str, where: str) -> str:
        """Return the invented UID of an original one; registered UIDs stay."""
        if original not in self.uids:
            self.uids[original] = self.invent.uid_of(original)
            self.say(where, self.uids[original])
        return self.uids[original]


def invent_identity(seed: int, plant: Plant, character_set: int) -> Identity:
    """Return the identity that belongs to a seed."""
    invent = Invention(seed)
    start = datetime(2011, 1, 1) + timedelta(minutes=invent.random.randrange(60 * 24 * 365 * 8), seconds=37)
    identity = Identity(
        invent, plant, character_set, invent.word(), invent.word(), invent.code("PQ"), invent.code("AC"), start
    )
    identity.say("PatientName (family)", identity.family)
    identity.say("PatientName (given)", identity.given)
    identity.say("PatientID", identity.patient_id)
    identity.say("AccessionNumber", identity.accession)
    return identity
