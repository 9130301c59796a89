# SPDX-License-Identifier: Apache-2.0
"""File-sets: the DICOMDIRs of OUT are written anew where what lies below them has changed."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from SlicerDeidLib.formats.dicomdir import DICOMDIR, dicomdir
from SlicerDeidLib.headers.filemeta import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from SlicerDeidLib.output.directories import Directory
from SlicerDeidLib.output.journal import Journal
from SlicerDeidLib.output.staging import SeriesWriter, StagedFile, StagedSeries, disk_error

_TOKEN_LENGTH = 16  # hex digits, as of a series


def rebuild_file_sets(journal: Journal, out: Path, *, is_synced: bool = True) -> None:
    """Let every folder that is to hold a DICOMDIR hold one of all that is released below it; no other holds any.

    Raises
    ------
    DiskError
        If a released file cannot be read, or OUT cannot be written.
    FormatError
        If a released file is not DICOM any more.
    """
    directories = journal.directories
    for folder in sorted(directories.known.keys() - directories.wanted):
        directories.remove(folder)
    for folder in sorted(directories.wanted):
        files = journal.files_below(folder)
        basis = hashlib.sha256(repr(files).encode()).hexdigest()
        known = directories.known.get(folder)
        if not files:
            directories.remove(folder)
        elif known is None or known.basis != basis or not (out / known.file[0]).is_file():
            staged = StagedSeries(out, hashlib.sha256(folder.encode()).hexdigest()[:_TOKEN_LENGTH], is_synced)
            directories.add(folder, Directory(_write(out, folder, files, staged), basis), staged)


def _write(out: Path, folder: str, files: list[StagedFile], staged: StagedSeries) -> StagedFile:
    """Stage the DICOMDIR of a folder of OUT."""
    root = PurePosixPath(folder)
    named = [(PurePosixPath(target).relative_to(root).as_posix(), out / target) for target, _, _ in files]
    try:
        chunks = dicomdir(named, (IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME))
    except OSError as error:
        raise disk_error(error) from error
    staged.discard()  # of a run that was killed while it wrote
    with SeriesWriter(staged) as writer:
        writer.write((root / DICOMDIR).as_posix(), chunks)
        (written,) = writer.files()
    return written
