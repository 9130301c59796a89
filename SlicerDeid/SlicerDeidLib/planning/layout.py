# SPDX-License-Identifier: Apache-2.0
"""Where things go: the same structure below the new ID, with names that identify nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import PurePath, PurePosixPath

from SlicerDeidLib.identity.newids import holds_original
from SlicerDeidLib.model.instance import ZIP_SUFFIX, Patient, Series, zip_stem
from SlicerDeidLib.model.plan import Subject
from SlicerDeidLib.planning.folderwords import has_thickness, is_clinical, numbers_in

LONGEST_PATH = 240  # characters below OUT; Windows refuses more than 260 for the whole path
_DICOMDIR = "dicomdir"  # a file of that name may lie beside, and letter case may not tell them apart
_MOST_NUMBERS = 2  # on the way to a series ("Study 1/Series 3"); three can be a date


class Layout:
    """The folders of one patient below OUT.

    Parameters
    ----------
    patient : Patient
        Its folders are named once, so that all series agree.
    subject : Subject
        The new ID; serial scans get a sub-folder each.
    known : dict of str to str
        Names given in earlier runs: original folder (POSIX, below the patient) -> name. Grown in place.
    """

    def __init__(self, patient: Patient, subject: Subject, known: dict[str, str]) -> None:
        self._subject = subject
        self._depth = 1 if patient.folder else 0
        self._zips = {PurePosixPath(*path.parts[self._depth :]) for path in patient.zips}  # "." where it is one itself
        self._names = known
        folders = sorted({self._folder(i.path) for series in patient.series for i in series.instances})
        leaves = set(folders)
        telling = {f for leaf in folders for f in _telling(_ancestors(leaf), subject.identifiers)}
        for folder in sorted({ancestor for f in folders for ancestor in _ancestors(f)}):
            self._name(folder, is_leaf=folder in leaves, may_stay=folder not in telling)

    def target(self, series: Series, number: int, path: Iterable[str]) -> str:
        """Return the path below OUT of instance ``number`` (from 1) of ``series``, found in folder ``path``."""
        below = [self._names[ancestor.as_posix()] for ancestor in _ancestors(PurePosixPath(*path))]
        file = f"{self._subject.deidentification_id}_{series.number:03d}_{number:05d}.dcm"
        target = self._root().joinpath(*below, file)
        if len(target.as_posix()) > LONGEST_PATH:
            suffix = ZIP_SUFFIX if any(name.endswith(ZIP_SUFFIX) for name in below) else ""
            target = self._root() / f"series-{series.number:02d}{suffix}" / file
        return target.as_posix()

    def folder(self, path: Iterable[str]) -> str | None:
        """Return the path below OUT of a folder of the patient; None where no image lies in it or below it."""
        below = [self._names.get(ancestor.as_posix()) for ancestor in _ancestors(PurePosixPath(*path))]
        return None if None in below else self._root().joinpath(*filter(None, below)).as_posix()

    def _root(self) -> PurePosixPath:
        new_id, scan = self._subject.deidentification_id, self._subject.scan
        root = PurePosixPath(new_id, f"{new_id}-{scan}") if scan else PurePosixPath(new_id)
        return root / f"{root.name}{ZIP_SUFFIX}" if PurePosixPath() in self._zips else root

    def folder_parts(self, path: Iterable[str]) -> tuple[str, ...]:
        """Return the original sub-folders of a file's path below the patient."""
        return tuple(path)[self._depth : -1]

    def _folder(self, path: PurePath) -> PurePosixPath:
        return PurePosixPath(*self.folder_parts(path.parts))

    def _name(self, folder: PurePosixPath, *, is_leaf: bool, may_stay: bool) -> None:
        """Give ``folder`` its name below its parent, once."""
        key, is_zip = folder.as_posix(), folder in self._zips
        if key in self._names and self._names[key].endswith(ZIP_SUFFIX) == is_zip:  # a folder may have become a zip
            return
        parent = folder.parent
        taken = {  # a zip and a folder of one name would be one where the zip is unpacked
            zip_stem(name).casefold()
            for other, name in self._names.items()
            if other != key and PurePosixPath(other).parent == parent
        }
        name = zip_stem(folder.name) if is_zip else folder.name
        suffix = ZIP_SUFFIX if is_zip else ""
        is_own = any(holds_original(name, value) for value in self._subject.identifiers)
        is_taken = name.casefold() in (*taken, _DICOMDIR)
        if is_own or not may_stay or not is_clinical(name) or is_taken:
            kind, count = ("series" if is_leaf else "folder"), 1
            while (name := f"{kind}-{count:02d}").casefold() in taken:
                count += 1
        self._names[key] = name + suffix


def _ancestors(folder: PurePosixPath) -> list[PurePosixPath]:
    """Return ``folder`` and the folders above it, outermost first, without the root."""
    return [f for f in reversed((folder, *folder.parents)) if f != PurePosixPath()]


def _telling(path: Sequence[PurePosixPath], identifiers: Iterable[str]) -> set[PurePosixPath]:
    """Return the folders of one path whose names may say together what none says alone: a date or an ID."""
    names = [folder.name for folder in path]
    joined = "/".join(names)
    texts = (joined, "".join(filter(str.isdigit, joined)))
    for value in identifiers:
        is_spread = any(holds_original(text, value) for text in texts)
        if is_spread and not any(holds_original(name, value) for name in names):
            return set(path)
    numbered = [folder for folder in path if numbers_in(folder.name)]
    bare = [name.isdigit() for name in names]
    is_split = sum(map(numbers_in, names)) > _MOST_NUMBERS or any(a and b for a, b in pairwise(bare))
    thick = [folder for folder in path if has_thickness(folder.name)]
    return {*(numbered if is_split else numbered[1:]), *thick[1:]}
