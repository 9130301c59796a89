# SPDX-License-Identifier: Apache-2.0
"""Review: series that wait beside OUT are accepted into it or rejected; released ones are withdrawn."""

from __future__ import annotations

import getpass
import json
import os
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import OutputError, PixelError, PlanError
from SlicerDeidLib.formats.dicomfile import read
from SlicerDeidLib.formats.dicompixels import assemble, decode
from SlicerDeidLib.identity.secret import default_private
from SlicerDeidLib.output.journal import Entry, Journal, locked
from SlicerDeidLib.output.staging import changed_files, disk_error, held_folder, write_all
from SlicerDeidLib.pipeline.filesets import rebuild_file_sets

_FILE = "reviews.jsonl"  # in the private folder: who decided what, and when
_PRIVATE_MODE = 0o600
_FEWEST_SLICES = 3  # that a surface is drawn of
_SKIN_KEPT, _RELIEF = 0.02, 0.2  # what pixels/lookagain.py lets pass at most


@dataclass(frozen=True, slots=True)
class HeldSeries:
    """One finished series that waits to be accepted.

    Attributes
    ----------
    place : str
        ``"ID/SERIES"``, of serial scans ``"ID/SCAN/SERIES"``.
    folder : Path
        Where its files lie, below it as they will below OUT.
    files : tuple of str
        Their paths below ``folder`` (POSIX).
    measures, findings : dict, tuple
        As in ``SeriesRecord``.
    """

    place: str
    folder: Path = field(repr=False)
    files: tuple[str, ...]
    measures: dict[str, float]
    findings: tuple[str, ...]
    is_recognisable: bool = False

    @property
    def doubt(self) -> float:
        """How much a person should look at it: 1 is the most that a released face may show, more where it may show.

        The larger of the facial skin that is left and the relief's correlation, each against what is let pass.
        """
        skin = self.measures.get("facial_skin_kept", 0.0) / _SKIN_KEPT
        relief = self.measures.get("facial_relief", 0.0) / _RELIEF
        return max(skin, relief, 0.0) + self.is_recognisable


@dataclass(frozen=True, slots=True)
class Decided:
    """How many series were accepted, rejected and withdrawn."""

    accepted: int = 0
    rejected: int = 0
    withdrawn: int = 0


def held_series(out: Path | str, private: Path | None = None) -> tuple[HeldSeries, ...]:
    """Return what waits to be accepted, the most doubtful first.

    Raises
    ------
    OutputError
        If the journal cannot be read, or belongs to another output.
    """
    out, private = _folders(out, private)
    if not private.is_dir():
        return ()
    found = [
        HeldSeries(
            held.entry.place,
            held_folder(out) / token,
            tuple(target for target, _, _ in held.entry.files),
            held.measures,
            held.findings,
            held.entry.is_recognisable,
        )
        for token, held in Journal(private, out, is_read_only=True).held.items()
    ]
    return tuple(sorted(found, key=lambda series: (-series.doubt, series.place)))


def head_picture(series: HeldSeries, azimuth_degrees: float = 30.0) -> NDArray[np.uint8]:
    """Draw the largest piece of a series, which no holder hides; of images without CT numbers the middle one.

    Parameters
    ----------
    azimuth_degrees : float
        0 is from the front, positive from the head's left.

    Returns
    -------
    (row, column) array
        8-bit grey on black.

    Raises
    ------
    FormatError, PixelError, OSError
        If a file cannot be read or decoded.
    """
    from SlicerDeidLib.pixels.body import TISSUE_HU
    from SlicerDeidLib.pixels.distance import dilated, largest
    from SlicerDeidLib.pixels.grid import AIR_HU, GRID_MM, grid_around, sample
    from SlicerDeidLib.pixels.render import depth_map, shaded, view_from

    files = [read(series.folder / name) for name in series.files]
    try:
        volume, _ = assemble(files)
    except PixelError:
        return _as_grey(decode(files[len(files) // 2])[0])
    if volume.unit != "HU" or len(volume.stored) < _FEWEST_SLICES:
        return _as_grey(volume.stored[len(volume.stored) // 2])
    sampled = sample(volume, grid_around(volume))
    head = dilated(largest(sampled.values > TISSUE_HU), 2 * GRID_MM)
    values = np.where(head, sampled.values, np.float32(AIR_HU))
    return _cropped(shaded(depth_map(values, sampled.grid, view_from(azimuth_degrees))))


def _cropped(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the square around what is not black."""
    places = np.argwhere(picture)
    if not len(places):
        return picture
    part = picture[
        tuple(slice(low, high + 1) for low, high in zip(places.min(axis=0), places.max(axis=0), strict=True))
    ]
    side = max(part.shape)
    square = np.zeros((side, side), np.uint8)
    top, left = ((side - extent) // 2 for extent in part.shape)
    square[top : top + part.shape[0], left : left + part.shape[1]] = part
    return square


def _as_grey(frame: NDArray[Any]) -> NDArray[np.uint8]:
    """Return a frame in 8-bit grey, its darkest and brightest hundredth cut off."""
    flat = frame.mean(axis=-1) if frame.ndim == 3 else frame.astype(np.float64)
    low, high = np.percentile(flat, [1, 99])
    grey: NDArray[np.uint8] = np.rint(255.0 * ((flat - low) / max(high - low, 1.0)).clip(0.0, 1.0)).astype(np.uint8)
    return grey


def decide(
    out: Path | str,
    private: Path | None = None,
    *,
    accept: Collection[str] = (),
    reject: Collection[str] = (),
    withdraw: Collection[str] = (),
    note: str = "",
) -> Decided:
    """Accept series into OUT, reject ones that wait, withdraw ones that were accepted.

    Who decided what, and when, is written into the private folder. Rejected and withdrawn series are made again only
    with other settings.

    Parameters
    ----------
    accept, reject, withdraw : collection of str
        Each a new ID, ``"ID/SERIES"`` or ``"ID/SCAN/SERIES"``.

    Raises
    ------
    PlanError
        If one of them names nothing, or a series is named twice; then nothing is changed.
    OutputError
        If the output cannot be written, or a file that is accepted or withdrawn was changed since.
    """
    out, private = _folders(out, private)
    if not private.is_dir():
        raise OutputError("There is no private folder of this output; name it with --private.")
    with locked(private, out):
        journal = Journal(private, out)
        waiting = [held.entry for held in journal.held.values()]
        wanted = {"accepted": (accept, waiting), "rejected": (reject, waiting)}
        wanted["withdrawn"] = withdraw, list(journal.released.values())
        steps = [(what, entry) for what, (names, entries) in wanted.items() for entry in _named(names, entries)]
        if len({entry.token for _, entry in steps}) < len(steps):
            raise PlanError("A series is named for two decisions; name it once.")
        journal.check_unchanged(entry for what, entry in steps if what == "withdrawn")
        _check_waiting(out, [entry for what, entry in steps if what == "accepted"])
        try:
            for what, entry in steps:
                if what == "accepted":
                    journal.accept(journal.held[entry.token])
                else:
                    journal.reject(entry)
                _write_down(private, what, entry, note)
        finally:
            rebuild_file_sets(journal, out)
    counts = Counter(what for what, _ in steps)
    return Decided(counts["accepted"], counts["rejected"], counts["withdrawn"])


def _check_waiting(out: Path, entries: Collection[Entry]) -> None:
    """Refuse to accept files that are not those that were made: nobody looked at them."""
    changed = [e.place for e in entries if changed_files(held_folder(out) / e.token, e.files)]
    if changed:
        raise OutputError(
            f"Files that wait were changed since they were made ({', '.join(changed)}); put back what was made, or "
            "reject these series; nothing was accepted."
        )


def _folders(out: Path | str, private: Path | None) -> tuple[Path, Path]:
    out = Path(out).resolve()
    return out, (private or default_private(out)).resolve()


def _named(names: Collection[str], entries: Collection[Entry]) -> Iterator[Entry]:
    """Yield the entries that names mean: whole patients or single series.

    Raises
    ------
    PlanError
        If a name means none.
    """
    for name in dict.fromkeys(names):
        meant = [entry for entry in entries if name in (entry.place, entry.key[0])]
        if not meant:
            raise PlanError(f"'{name}' names no series that this can be decided of; 'slicerdeid review' lists them.")
        yield from meant


def _write_down(private: Path, what: str, entry: Entry, note: str) -> None:
    """Add a line to the private list of decisions."""
    line = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": getpass.getuser(),
        "what": what,
        "series": entry.place,
        "fingerprint": entry.fingerprint,
        "note": note,
    }
    try:
        descriptor = os.open(private / _FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _PRIVATE_MODE)
        try:
            write_all(descriptor, (json.dumps(line) + "\n").encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise disk_error(error, "private") from error
