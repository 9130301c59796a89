# SPDX-License-Identifier: Apache-2.0
"""Plant an invented identity into copies of DICOM series, everywhere an identity can hide.

``python Testing/plant_identity.py SERIES_FOLDER TARGET [--seed N]`` copies a folder into TARGET/<patient>/<study>/ and
prints how much was planted. As a module: :func:`plant_series` returns what was planted, as the bytes that stand in
the files, so that a byte search can look for each value. Everything is invented from the seed; nothing is real.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pydicom
from invention import CHARACTER_SETS, Identity, Invention, Path_, Plant, Planted, PlantedDate, invent_identity
from plant_elements import plant_graphics, plant_nested, plant_private, plant_texts
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence

TAIL_BYTES = 7  # fewer than the 8 of an element header: readers stop there and leave them unread


def plant_outside(dataset: FileDataset, identity: Identity) -> None:
    """Plant in the preamble, the file meta information, group lengths and the trailing padding."""
    invent = identity.invent
    meta = dataset.file_meta
    for keyword in ("SourceApplicationEntityTitle", "SendingApplicationEntityTitle", "ReceivingApplicationEntityTitle"):
        setattr(meta, keyword, invent.word()[:16])
        identity.say(keyword, getattr(meta, keyword))
    meta.ImplementationVersionName = invent.word()[:16]
    identity.say("ImplementationVersionName", meta.ImplementationVersionName)
    meta.PrivateInformationCreatorUID = invent.uid()
    identity.say("PrivateInformationCreatorUID", str(meta.PrivateInformationCreatorUID))
    meta.PrivateInformation = invent.word().encode().ljust(16, b"\0")
    identity.say("PrivateInformation", meta.PrivateInformation.rstrip(b"\0"))
    preamble = invent.word().encode()
    dataset.preamble = b"II*\0" + preamble.ljust(124, b"\0")
    identity.say("preamble", preamble)
    padding = invent.word().encode().ljust(32, b"\0")
    dataset.add_new((0xFFFC, 0xFFFC), "OB", padding)
    identity.say("DataSetTrailingPadding", padding.rstrip(b"\0"))


DATE_PAIRS = (("Study", 0), ("Series", 61), ("Acquisition", 125), ("Content", 190), ("InstanceCreation", 400))


def plant_dates(dataset: Dataset, identity: Identity, number: int) -> list[PlantedDate]:
    """Plant dates and times, paired, lone, nested and with a zone; times grow with the instance."""
    start = identity.study_start
    planted: list[PlantedDate] = []

    def put(target: Dataset, path: Path_, keyword: str, value: str) -> None:
        tag = pydicom.datadict.tag_for_keyword(keyword)
        assert tag is not None
        vr = pydicom.datadict.dictionary_VR(tag)
        target.add_new(tag, vr, value)
        planted.append(PlantedDate(path, tag, vr, value, number))

    for name, seconds in DATE_PAIRS:
        grows = 0 if name in ("Study", "Series") else number
        when = start + timedelta(seconds=seconds + grows)
        put(dataset, (), f"{name}Date", when.strftime("%Y%m%d"))
        put(dataset, (), f"{name}Time", when.strftime("%H%M%S") + (".125000" if grows else ""))
    put(dataset, (), "AcquisitionDateTime", (start + timedelta(seconds=125 + number)).strftime("%Y%m%d%H%M%S.%f"))
    put(dataset, (), "PerformedProcedureStepStartDate", start.strftime("%Y%m%d"))
    put(dataset, (), "PerformedProcedureStepStartTime", start.strftime("%H%M%S"))
    put(dataset, (), "DateOfLastCalibration", (start - timedelta(days=9)).strftime("%Y%m%d"))
    put(dataset, (), "PatientBirthDate", f"{start.year - 57}0611")
    put(dataset, (), "LastMenstrualDate", (start - timedelta(days=12)).strftime("%Y%m%d"))
    dataset.TimezoneOffsetFromUTC = "+0530"
    dataset.PatientAge, dataset.PatientSex = "057Y", "F"
    coded = dataset.DerivationCodeSequence[0]
    coded.ContextIdentifier, coded.MappingResource = "7203", "DCMR"
    path = ((0x00089215, 0),)
    put(coded, path, "ContextGroupVersion", (start + timedelta(hours=3)).strftime("%Y%m%d%H%M%S"))
    return planted


def plant_uids(dataset: FileDataset, identity: Identity) -> None:
    """Replace the UIDs and add references to siblings, parents and other objects."""
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        setattr(dataset, keyword, identity.uid(str(dataset[keyword].value), keyword))
    frame = dataset.get("FrameOfReferenceUID") or f"frame of {dataset.SeriesInstanceUID}"
    dataset.FrameOfReferenceUID = identity.uid(str(frame), "FrameOfReferenceUID")
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    study = Dataset()
    study.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"
    study.ReferencedSOPInstanceUID = identity.uid("study component", "ReferencedStudySequence")
    dataset.ReferencedStudySequence = Sequence([study])
    image = Dataset()
    image.ReferencedSOPClassUID = dataset.SOPClassUID
    image.ReferencedSOPInstanceUID = dataset.SOPInstanceUID
    dataset.ReferencedImageSequence = Sequence([image])
    source = Dataset()
    source.ReferencedSOPClassUID = dataset.SOPClassUID
    source.ReferencedSOPInstanceUID = identity.uid("raw data", "SourceImageSequence")
    dataset.SourceImageSequence = Sequence([source])


def plant_file(dataset: FileDataset, identity: Identity, number: int) -> list[PlantedDate]:
    """Plant the whole identity into one data set; the invention starts anew, so every file gets the same values."""
    dataset.SpecificCharacterSet = CHARACTER_SETS[identity.character_set][0]
    plant_texts(dataset, identity)
    plant_nested(dataset, identity)
    plant_private(dataset, identity)
    plant_graphics(dataset, identity)
    plant_outside(dataset, identity)
    dates = plant_dates(dataset, identity, number)
    plant_uids(dataset, identity)
    return dates


def read_files(source: Path) -> Iterator[tuple[Path, FileDataset]]:
    """Read the DICOM files of a folder in the order of their names."""
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield path, pydicom.dcmread(path)


def write_file(dataset: FileDataset, path: Path, tail: bytes) -> None:
    """Write a data set and, after its end, bytes that belong to no element."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.save_as(path, enforce_file_format=True)
    if tail:
        with path.open("ab") as file:
            file.write(tail)


def plant_series(
    source: Path, target: Path, seed: int, *, every: int = 1, character_set: int = 0, tail: bool = True
) -> Plant:
    """Copy ``source`` to ``target/<folder>/<study>/`` with an invented identity in every file.

    Parameters
    ----------
    source : Path
        Folder of DICOM files; files of different PatientIDs get different identities.
    target : Path
        Where the new patient folder is made.
    seed : int
        Decides every invented value.
    every : int
        Keep every n-th file (and the first of each patient).
    character_set : int
        Index into ``CHARACTER_SETS``.
    tail : bool
        Whether bytes are appended after the end of the data set.
    """
    names = Invention(seed * 1000)
    folder = f"{names.word()}_{names.word()} {names.code('R')}"
    sub = f"CT {names.word()} {names.code('S', 6)}"
    plant = Plant(folder)
    (target / folder / sub).mkdir(parents=True)
    identities: dict[str, tuple[int, dict[str, str]]] = {}
    for word in (*folder.replace("_", " ").split(), *sub.split()[1:]):
        plant.values.append(Planted("folder name", word.encode(), in_names=True))
    stem = names.word()
    plant.values.append(Planted("file name", stem.encode(), in_names=True))
    for number, (path, dataset) in enumerate(read_files(source)):
        patient = str(dataset.PatientID)
        is_new = patient not in identities
        if not is_new and number % every:
            continue
        person_seed, uids = identities.setdefault(patient, (seed * 1000 + 1 + len(identities), {}))
        log = plant if is_new else Plant(folder)
        identity = invent_identity(person_seed, log, character_set)
        identity.uids = uids
        before = set(uids.values())
        planted = plant_file(dataset, identity, number)
        if not is_new:
            new = set(uids.values()) - before
            plant.values.extend(p for p in log.values if p.data.decode("latin-1") in new)
        plant.dates.extend(planted)
        tail_bytes = identity.invent.code("T", TAIL_BYTES - 1).encode() if tail else b""
        if tail and is_new:
            identity.say("bytes after the data set", tail_bytes)
        written = target / folder / sub / f"{stem}_{number:04d}{path.suffix}"
        write_file(dataset, written, tail_bytes)
        plant.files.append(written)
    plant.patients = len(identities)
    return plant


def main() -> None:
    """Plant into copies of one folder and say how much."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1)
    arguments = parser.parse_args()
    plant = plant_series(arguments.source, arguments.target, arguments.seed, every=arguments.every)
    print(f"{len(plant.needles())} values and {len(plant.dates)} dates planted into {len(plant.files)} files")


if __name__ == "__main__":
    main()
