# SPDX-License-Identifier: Apache-2.0
"""Where things go: the same structure below the new ID, with names that identify nobody."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath, PurePosixPath

from SlicerDeidLib.identity.newids import holds_original
from SlicerDeidLib.model.instance import Patient, Series
from SlicerDeidLib.model.plan import Subject
from SlicerDeidLib.planning.folderwords import is_clinical

LONGEST_PATH = 240  # characters below OUT; Windows refuses more than 260 for the whole path


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
        self._names = known
        folders = sorted({self._folder(i.path) for series in patient.series for i in series.instances})
        leaves = set(folders)
        for folder in sorted({ancestor for f in folders for ancestor in _ancestors(f)}):
            self._name(folder, is_leaf=folder in leaves)

    def target(self, series: Series, number: int, path: Iterable[str]) -> str:
        """Return the path below OUT of instance ``number`` (from 1) of ``series``, found in folder ``path``."""
        new_id = self._subject.deidentification_id
        root = PurePosixPath(new_id)
        if self._subject.scan:
            root /= f"{new_id}-{self._subject.scan}"
        folder = PurePosixPath(*path)
        below = [self._names[ancestor.as_posix()] for ancestor in _ancestors(folder)]
        file = f"{new_id}_{series.number:03d}_{number:05d}.dcm"
        target = root.joinpath(*below, file)
        if len(target.as_posix()) > LONGEST_PATH:
            target = root / f"series-{series.number:02d}" / file
        return target.as_posix()

    def folder_parts(self, path: Iterable[str]) -> tuple[str, ...]:
        """Return the original sub-folders of a file's path below the patient."""
        return tuple(path)[self._depth : -1]

    def _folder(self, path: PurePath) -> PurePosixPath:
        return PurePosixPath(*self.folder_parts(path.parts))

    def _name(self, folder: PurePosixPath, *, is_leaf: bool) -> None:
        """Give ``folder`` its name below its parent, once."""
        key = folder.as_posix()
        if key in self._names:
            return
        parent = folder.parent
        taken = {
            name.casefold()
            for other, name in self._names.items()
            if other != key and PurePosixPath(other).parent == parent
        }
        name = folder.name
        is_own = any(holds_original(name, value) for value in self._subject.identifiers)
        if is_own or not is_clinical(name) or name.casefold() in taken:
            kind, count = ("series" if is_leaf else "folder"), 1
            while (name := f"{kind}-{count:02d}").casefold() in taken:
                count += 1
        self._names[key] = name


def _ancestors(folder: PurePosixPath) -> list[PurePosixPath]:
    """Return ``folder`` and the folders above it, outermost first, without the root."""
    return [f for f in reversed((folder, *folder.parents)) if f != PurePosixPath()]
