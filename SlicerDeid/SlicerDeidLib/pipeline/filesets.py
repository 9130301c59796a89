# SPDX-License-Identifier: Apache-2.0
"""File-sets: the DICOMDIRs of OUT are written anew, or redacted anew, where what lies below them has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.files.zips import read_file, size_of
from SlicerDeidLib.formats.dicom.dicomdir import DICOMDIR, dicomdir
from SlicerDeidLib.formats.dicom.dicomdirredaction import blanked, redacted
from SlicerDeidLib.formats.dicom.write import Chunk
from SlicerDeidLib.headers.filemeta import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from SlicerDeidLib.model.plan import Plan
from SlicerDeidLib.output.directories import Directory, Medium
from SlicerDeidLib.output.journal import Journal
from SlicerDeidLib.output.staging import SeriesWriter, StagedFile, StagedSeries, disk_error

_TOKEN_LENGTH = 16  # hex digits, as of a series
_PROGRAM = IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME


def file_sets_of(plan: Plan, earlier: Mapping[str, Medium | None]) -> tuple[dict[str, Medium | None], list[str]]:
    """Tell where a DICOMDIR is to lie, and read those of the input that a plan redacts.

    Parameters
    ----------
    earlier : mapping of str to Medium
        What the runs before asked for, which stays where the plan does not say otherwise.

    Returns
    -------
    dict of str to Medium, list of str
        Folder below OUT -> what is redacted there, None where a DICOMDIR is written anew; and a sentence for each that
        cannot be redacted.
    """
    if plan.file_sets is None:
        return {}, []
    wanted = {folder: medium for folder, medium in earlier.items() if folder not in plan.file_sets}
    unwritten = []
    targets = {
        instance.path.as_posix().casefold(): target
        for series in plan.series
        for instance, target in zip(series.instances, series.targets, strict=True)
    }
    for folder, paths in plan.file_sets.items():
        if not paths:
            wanted[folder] = None
            continue
        try:
            wanted[folder] = _medium(plan.index.root, paths, folder, targets).joined(earlier.get(folder))
        except (FormatError, OSError) as error:
            unwritten.append(_unwritten(folder, error))
    return wanted, unwritten


def _medium(root: Path, paths: tuple[Path, ...], folder: str, targets: dict[str, str]) -> Medium:
    """Blank a DICOMDIR, and tell which of its records are of files that are released below a folder of OUT."""
    if len(paths) > 1:
        raise FormatError(f"{len(paths)} of the input would lie there")
    blank, names = blanked(read_file(root / paths[0]))
    here = PurePosixPath(paths[0].parent.as_posix())
    found = {offset: targets.get((here / name).as_posix().casefold(), "") for offset, name in names.items()}
    return Medium(blank, {offset: target for offset, target in found.items() if target and _is_below(target, folder)})


def _is_below(target: str, folder: str) -> bool:
    return folder == "." or target.startswith(f"{folder}/")


def _unwritten(folder: str, error: Exception) -> str:
    """Say that there is no DICOMDIR in a folder of OUT, and why."""
    reason = error.reason if isinstance(error, FormatError) else f"it cannot be read ({type(error).__name__})"
    where = "the output folder" if folder == "." else folder
    return f"The DICOMDIR of {where} was not redacted, and none is written: {reason}. See --dicomdir rebuild."


def write_file_sets(journal: Journal, out: Path, *, is_synced: bool = True) -> list[str]:
    """Let every folder that is to hold a DICOMDIR hold one of all that is released below it; no other holds any.

    Returns
    -------
    list of str
        A sentence for each that cannot be redacted so that it tells of all that is released: there is none.

    Raises
    ------
    DiskError
        If a released file cannot be read, or OUT cannot be written.
    FormatError
        If a released file is not DICOM any more.
    """
    directories, unwritten = journal.directories, []
    for folder in sorted(directories.known.keys() - directories.wanted):
        directories.remove(folder)
    for folder, medium in sorted(directories.wanted.items()):
        files = journal.files_below(folder)
        known = directories.known.get(folder)
        basis = _basis(files, medium)
        if not files:
            directories.remove(folder)
        elif known is None or known.basis != basis or size_of(out / known.file[0]) is None:
            staged = StagedSeries(out, hashlib.sha256(folder.encode()).hexdigest()[:_TOKEN_LENGTH], is_synced)
            try:
                chunks = _chunks(out, folder, files, medium)
            except FormatError as error:
                if medium is None:
                    raise
                directories.remove(folder)
                unwritten.append(_unwritten(folder, error))
                continue
            directories.add(folder, Directory(_write(folder, chunks, staged), basis), staged)
    return unwritten


def _basis(files: list[StagedFile], medium: Medium | None) -> str:
    """Return a digest of all that a DICOMDIR depends on."""
    digest = hashlib.sha256(repr(files).encode())
    if medium is not None:
        digest.update(medium.blank + repr(sorted(medium.targets.items())).encode())
    return digest.hexdigest()


def _chunks(out: Path, folder: str, files: list[StagedFile], medium: Medium | None) -> list[Chunk]:
    """Return the DICOMDIR of a folder of OUT."""
    root = PurePosixPath(folder)
    named = {target: (PurePosixPath(target).relative_to(root).as_posix(), out / target) for target, _, _ in files}
    try:
        if medium is None:
            return dicomdir(named.values(), _PROGRAM)
        told = {offset: named[target] for offset, target in medium.targets.items() if target in named}
        if missing := len(named.keys() - {medium.targets[offset] for offset in told}):
            raise FormatError(f"it does not name {missing} of the {len(named)} files that are released below it")
        if len(told) > len(named):
            raise FormatError("two records of it name one file")
        return [redacted(medium.blank, told, _PROGRAM)]
    except OSError as error:
        raise disk_error(error) from error


def _write(folder: str, chunks: list[Chunk], staged: StagedSeries) -> StagedFile:
    """Stage the DICOMDIR of a folder of OUT."""
    staged.discard()  # of a run that was killed while it wrote
    with SeriesWriter(staged) as writer:
        writer.write((PurePosixPath(folder) / DICOMDIR).as_posix(), chunks)
        (written,) = writer.files()
    return written
