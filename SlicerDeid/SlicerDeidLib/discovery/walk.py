# SPDX-License-Identifier: Apache-2.0
"""Files below a root -> instances -> series -> patients; everything else is a named stray."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from SlicerDeidLib.discovery.order import order_instances
from SlicerDeidLib.errors import FormatError, OutputError
from SlicerDeidLib.files.zips import is_zip, members, open_file
from SlicerDeidLib.formats.dicom.dicomdir import DICOMDIR, MEDIA_STORAGE_DIRECTORY
from SlicerDeidLib.formats.registry import image_format, names
from SlicerDeidLib.model.instance import Index, Instance, Patient, Series, Stray, zip_stem

_NAMES_PATIENTS = "a DICOMDIR names the patients of the medium"
_SAYS_NOTHING = frozenset({"not an image", "empty"})  # of a zip without images: it may be a text document
_MAGIC_BYTES = 4
_CHUNK_BYTES = 1 << 20  # for hashing files of the same SOP Instance UID


def discover(
    root: Path | str, progress: Callable[[int], None] | None = None, *, folders: Collection[str] = ()
) -> Index:
    """Find all patients below ``root``: one folder directly below it is one patient, and so is a zip with images.

    Zip files count as folders wherever they lie. The patients are numbered folders first, then zips, then persons
    whose files lie loose.

    Parameters
    ----------
    root : Path
        The input folder. Symbolic links below it are listed, never followed.
    progress : callable, optional
        Called with the number of files read so far.
    folders : collection of str
        Only these folders directly below ``root``, which keep their numbers, and zips, with or without ``.zip``; empty
        means all, and loose files.

    Raises
    ------
    OutputError
        If ``root`` is no folder or cannot be listed.
    """
    root = Path(root)
    entries = _listed(root)
    finder = _Finder(root, progress)
    patients = []
    below = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
    for number, entry in enumerate(below, start=1):
        if not folders or entry.name in folders:
            found = [i for path in finder.files(Path(entry.name), number) for i in finder.instances(path, number)]
            patients.append(finder.patient(number, entry.name, found))
    zips = [entry for entry in entries if _is_zip_file(entry)]
    last = len(below)
    for entry in zips:
        if folders and {entry.name, zip_stem(entry.name)}.isdisjoint(folders):
            continue
        if found := finder.instances(Path(entry.name), last + 1):
            last += 1
            patients.append(finder.patient(last, entry.name, found))
        else:
            finder.move_strays(last + 1, 0)
    taken = {entry.name for entry in (*below, *zips)}
    loose = [] if folders else finder.loose([entry for entry in entries if entry.name not in taken])
    for number, found in enumerate(loose, start=last + 1):
        patients.append(finder.patient(number, "", found))
    return Index(root, tuple(patients), tuple(finder.strays))


def _listed(root: Path) -> list[os.DirEntry[str]]:
    """Return what lies directly below the input, by name."""
    if not root.is_dir():
        raise OutputError(
            "The input folder does not exist or is no folder; name the folder that holds one folder per patient."
        )
    try:
        return sorted(os.scandir(root), key=lambda entry: entry.name)
    except OSError as error:
        raise OutputError(
            f"The input folder cannot be listed ({type(error).__name__}); check its permissions."
        ) from error


def _is_zip_file(entry: os.DirEntry[str]) -> bool:
    """Tell whether a zip lies there; what cannot be read is looked at, and listed, as all other files are."""
    try:
        if not entry.is_file(follow_symlinks=False):
            return False
        with open(entry.path, "rb", buffering=0) as stream:  # noqa: PTH123 - a path as the system gave it
            return is_zip(stream.read(_MAGIC_BYTES))
    except OSError:
        return False


class _Finder:
    """Reads files one by one and remembers the strays."""

    def __init__(self, root: Path, progress: Callable[[int], None] | None) -> None:
        self.root = root
        self.strays: list[Stray] = []
        self._zips: dict[int, set[Path]] = defaultdict(set)
        self._progress = progress
        self._count = 0
        self._formats = [image_format(name) for name in names()]

    def patient(self, number: int, folder: str, found: list[Instance]) -> Patient:
        """Put together what was found of one patient."""
        series = _series(self.without_twins(found, number))
        return Patient(number, folder, series, zips=frozenset(self._zips[number]))

    def loose(self, entries: Iterable[os.DirEntry[str]]) -> list[list[Instance]]:
        """Read the files at the top, sorted by person."""
        by_person: dict[tuple[str, str], list[Instance]] = defaultdict(list)
        for entry in entries:
            path = Path(entry.name)
            if self.is_plain(entry, path, 0) and (found := self.read(path, 0)):
                by_person[found.issuer_of_patient_id, found.patient_id].append(found)
        return [by_person[person] for person in sorted(by_person)]

    def move_strays(self, patient: int, other: int) -> None:
        """Let what is listed of one patient be listed of another."""
        self.strays = [replace(s, patient_number=other) if s.patient_number == patient else s for s in self.strays]

    def files(self, folder: Path, patient: int) -> Iterator[Path]:
        """Yield the files below ``folder`` in path order, however deep they lie."""
        waiting = [self._entries(folder, patient)]
        while waiting:
            entry = next(waiting[-1], None)
            if entry is None:
                waiting.pop()
                continue
            path = Path(entry.path).relative_to(self.root)
            if entry.is_dir(follow_symlinks=False):
                waiting.append(self._entries(path, patient))
            elif self.is_plain(entry, path, patient):
                yield path

    def _entries(self, folder: Path, patient: int) -> Iterator[os.DirEntry[str]]:
        """Return what a folder holds, sorted; nothing where it cannot be listed."""
        try:
            return iter(sorted(os.scandir(self.root / folder), key=lambda entry: entry.name))
        except OSError as error:
            reason = f"a folder that cannot be listed ({type(error).__name__}), with all it holds"
            self._stray(folder, "unreadable", reason, patient)
            return iter(())

    def is_plain(self, entry: os.DirEntry[str], path: Path, patient: int) -> bool:
        """Tell a regular file from links and devices, which are listed."""
        if entry.is_symlink():
            self._stray(path, "symbolic link", "a symbolic link is not followed", patient)
            return False
        if not entry.is_file(follow_symlinks=False):
            self._stray(path, "unreadable", "not a regular file", patient)
            return False
        return True

    def instances(self, path: Path, patient: int) -> list[Instance]:
        """Read one file, or those in a zip."""
        try:
            with (self.root / path).open("rb", buffering=0) as stream:
                is_packed = is_zip(stream.read(_MAGIC_BYTES))
        except OSError:  # said where it is read
            is_packed = False
        if is_packed:
            return self._unzipped(path, patient)
        found = self.read(path, patient)
        return [] if found is None else [found]

    def _unzipped(self, path: Path, patient: int) -> list[Instance]:
        """Read the files in a zip; of one without images no more is said than that."""
        before = len(self.strays)
        found = []
        try:
            listed = members(self.root / path)
        except FormatError as error:
            self._stray(path, "zip", error.reason, patient)
            return []
        except OSError as error:
            self._stray(path, "unreadable", f"a file cannot be read ({type(error).__name__})", patient)
            return []
        for member in listed:
            if member.fault:
                self._stray(path / member.name, member.kind, member.fault, patient)
            elif instance := self.read(path / member.name, patient):
                found.append(instance)
        if found:
            self._zips[patient].add(path)
        else:
            self.strays[before:] = [s for s in self.strays[before:] if s.kind not in _SAYS_NOTHING]
            if len(self.strays) == before:
                self._stray(path, "not an image", "a zip file without images", patient)
        return found

    def read(self, path: Path, patient: int) -> Instance | None:
        """Read one file's head; None when it is a stray."""
        self._count += 1
        if self._progress is not None:
            self._progress(self._count)
        full = self.root / path
        try:
            kind = _kind(full)
            found = None if kind else next((door for door in self._formats if door.sniff(full)), None)
            if found is None:
                self._stray(path, *(kind or ("not an image", "not a DICOM file")), patient)
                return None
            instance = found.index(full, self.root)
        except FormatError as error:
            if path.name.casefold() == DICOMDIR.casefold():  # no image is missing where it is damaged
                self._stray(path, DICOMDIR, _NAMES_PATIENTS, patient)
            else:
                self._stray(path, "damaged", error.reason, patient, error.named)
            return None
        except OSError as error:
            self._stray(path, "unreadable", f"a file cannot be read ({type(error).__name__})", patient)
            return None
        if instance.sop_class_uid == MEDIA_STORAGE_DIRECTORY:
            is_dicomdir = path.name.casefold() == DICOMDIR.casefold()
            reason = _NAMES_PATIENTS if is_dicomdir else "a directory of a medium names its patients"
            self._stray(path, DICOMDIR if is_dicomdir else "not an image", reason, patient)
            return None
        return instance

    def without_twins(self, instances: list[Instance], patient: int) -> list[Instance]:
        """Drop byte-identical copies of one SOP instance; differing ones stay for planning to refuse."""
        seen: dict[str, list[Instance]] = {}
        kept = []
        for instance in instances:
            twins = seen.setdefault(instance.sop_instance_uid, [])
            twins.append(instance)
        repeated = {uid: {self._digest(twin) for twin in twins[:1]} for uid, twins in seen.items() if len(twins) > 1}
        for instance in instances:
            digests = repeated.get(instance.sop_instance_uid)
            if digests is not None and instance is not seen[instance.sop_instance_uid][0]:
                digest = self._digest(instance)
                if digest in digests:
                    self._stray(instance.path, "duplicate", "an identical copy of another file in its folder", patient)
                    continue
                digests.add(digest)
            kept.append(instance)
        return kept

    def _digest(self, instance: Instance) -> str:
        """Return the SHA-256 of a file; what no other has where it cannot be read, so that it stays and is refused."""
        digest = hashlib.sha256()
        try:
            with open_file(self.root / instance.path) as opened:
                while block := opened.stream.read(_CHUNK_BYTES):
                    digest.update(block)
        except (FormatError, OSError):
            return f"unreadable {instance.path}"
        return digest.hexdigest()

    def _stray(
        self, path: Path, kind: str, reason: str, patient: int, named: frozenset[tuple[int, str]] = frozenset()
    ) -> None:
        self.strays.append(Stray(path, kind, reason, patient, named))


def _kind(full: Path) -> tuple[str, str] | None:
    """Return (kind, reason) for a file that no format is asked about."""
    with open_file(full) as opened:
        if not opened.size_bytes:
            return "empty", "an empty file"
        if is_zip(opened.stream.read(_MAGIC_BYTES)):
            return "zip", "a zip file in a zip is not opened; unpack the outer one first"
    return None


def _series(instances: list[Instance]) -> tuple[Series, ...]:
    """Group by Series Instance UID and person, numbered in path order."""
    groups: dict[tuple[str, str, str], list[Instance]] = {}
    for instance in instances:
        key = (instance.series_instance_uid, instance.issuer_of_patient_id, instance.patient_id)
        groups.setdefault(key, []).append(instance)
    return tuple(
        Series(number, members[0].format, members[0].modality, key[0], order_instances(members))
        for number, (key, members) in enumerate(groups.items(), start=1)
    )
