# SPDX-License-Identifier: Apache-2.0
"""Files below a root -> instances -> series -> patients; everything else is a named stray."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from SlicerDeidLib.discovery.order import order_instances
from SlicerDeidLib.errors import FormatError, OutputError
from SlicerDeidLib.formats.dicomdir import DICOMDIR, MEDIA_STORAGE_DIRECTORY
from SlicerDeidLib.formats.registry import image_format, names
from SlicerDeidLib.model.instance import Index, Instance, Patient, Series, Stray

_NAMES_PATIENTS = "a DICOMDIR names the patients of the medium"
_ZIP_MAGIC = b"PK\x03\x04"  # local file header, PKWARE APPNOTE 4.3.7
_CHUNK_BYTES = 1 << 20  # for hashing files of the same SOP Instance UID


def discover(
    root: Path | str, progress: Callable[[int], None] | None = None, *, folders: Collection[str] = ()
) -> Index:
    """Find all patients below ``root``: one folder directly below it is one patient.

    Parameters
    ----------
    root : Path
        The input folder. Symbolic links below it are listed, never followed.
    progress : callable, optional
        Called with the number of files read so far.
    folders : collection of str
        Only these folders directly below ``root``, which keep their numbers; empty means all, and loose files.

    Raises
    ------
    OutputError
        If ``root`` is no folder or cannot be listed.
    """
    root = Path(root)
    if not root.is_dir():
        raise OutputError(
            "The input folder does not exist or is no folder; name the folder that holds one folder per patient."
        )
    try:
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except OSError as error:
        raise OutputError(
            f"The input folder cannot be listed ({type(error).__name__}); check its permissions."
        ) from error
    finder = _Finder(root, progress)
    patients = []
    below = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
    for number, entry in enumerate(below, start=1):
        if folders and entry.name not in folders:
            continue
        instances = [found for path in finder.files(Path(entry.name), number) if (found := finder.read(path, number))]
        patients.append(Patient(number, entry.name, _series(finder.without_twins(instances, number))))
    loose = [
        found
        for entry in entries
        if not folders
        and not entry.is_dir(follow_symlinks=False)
        and finder.is_plain(entry, Path(entry.name), 0)
        and (found := finder.read(Path(entry.name), 0))
    ]
    by_person: dict[tuple[str, str], list[Instance]] = defaultdict(list)
    for instance in loose:
        by_person[instance.issuer_of_patient_id, instance.patient_id].append(instance)
    for number, key in enumerate(sorted(by_person), start=len(below) + 1):
        patients.append(Patient(number, "", _series(finder.without_twins(by_person[key], number))))
    return Index(root, tuple(patients), tuple(finder.strays))


class _Finder:
    """Reads files one by one and remembers the strays."""

    def __init__(self, root: Path, progress: Callable[[int], None] | None) -> None:
        self.root = root
        self.strays: list[Stray] = []
        self._progress = progress
        self._count = 0
        self._formats = [image_format(name) for name in names()]

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
                self._stray(path, "damaged", error.reason, patient)
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
        """Return the SHA-256 of a file; what no other has of one that went away, so that it stays and is refused."""
        digest = hashlib.sha256()
        try:
            with (self.root / instance.path).open("rb") as stream:
                while block := stream.read(_CHUNK_BYTES):
                    digest.update(block)
        except OSError:
            return f"unreadable {instance.path}"
        return digest.hexdigest()

    def _stray(self, path: Path, kind: str, reason: str, patient: int) -> None:
        self.strays.append(Stray(path, kind, reason, patient))


def _kind(full: Path) -> tuple[str, str] | None:
    """Return (kind, reason) for a file that no format is asked about."""
    if full.stat().st_size == 0:
        return "empty", "an empty file"
    with full.open("rb") as stream:
        if stream.read(len(_ZIP_MAGIC)) == _ZIP_MAGIC:
            return "zip", "a zip file is not opened: unpack it first"
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
