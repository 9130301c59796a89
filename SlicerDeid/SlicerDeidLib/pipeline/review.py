# SPDX-License-Identifier: Apache-2.0
"""Review: series that wait beside OUT are accepted into it or rejected; released ones are withdrawn."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import log2
from pathlib import Path
from statistics import median

from SlicerDeidLib.errors import FormatError, OutputError, PlanError
from SlicerDeidLib.files.zips import members
from SlicerDeidLib.identity.secret import default_private
from SlicerDeidLib.model.instance import ZIP_SUFFIX
from SlicerDeidLib.output.commits import changed_files, is_missing
from SlicerDeidLib.output.entry import Entry, is_dicom, is_image, packed_together
from SlicerDeidLib.output.journal import Journal
from SlicerDeidLib.output.journalfile import journal_path
from SlicerDeidLib.output.locks import locked
from SlicerDeidLib.output.pictures import drop_pictures
from SlicerDeidLib.output.staging import StagedFile, disk_error, held_folder, write_all
from SlicerDeidLib.output.strangers import LOST, is_waiting, why_lost
from SlicerDeidLib.pipeline.filesets import write_file_sets

_FILE = "reviews.jsonl"  # in the private folder: who decided what, and when
_PRIVATE_MODE = 0o600
_MOST = {  # what pixels/head/lookagain.py and pixels/head/plausible.py let pass at most
    "facial_skin_kept": 0.02,
    "facial_relief": 0.2,
    "skin_left": 0.02,
    "shell_left": 0.10,
    "outside_ml": 0.1,
    "beyond_ml": 0.1,
}
_LEAST_CAVITY_ML, _LEAST_ENCLOSED = 100.0, 0.5  # and pixels/head/cavity.py at least: how much of the head is in view
_TYPICAL_OF = 5  # heads from which their median says how much is usually removed


@dataclass(frozen=True, slots=True)
class HeldSeries:
    """One finished series that waits to be accepted, lies in OUT, or was rejected.

    Attributes
    ----------
    place : str
        ``"ID/SERIES"``, of serial scans ``"ID/SCAN/SERIES"``.
    folder : Path
        Where its files lie, below it as they lie, or will, below OUT.
    files : tuple of str
        Their paths below ``folder`` (POSIX), those of its images.
    measures, findings : dict, tuple
        As in ``SeriesRecord``.
    typical_ml : float
        How much is removed of the heads that are listed with it, in the median; 0 where they are too few.
    written : tuple
        All its files as they were written, with their digests (``StagedFile``); empty without a journal.
    note : str
        Of a rejected or withdrawn series, whose files are gone: what was noted with that.
    settings : dict of str to str
        What it was made with, by option of the command line, without what is usual; empty without a journal.
    """

    place: str
    folder: Path = field(repr=False)
    files: tuple[str, ...]
    measures: dict[str, float]
    findings: tuple[str, ...]
    is_recognisable: bool = False
    typical_ml: float = 0.0
    written: tuple[StagedFile, ...] = field(default=(), repr=False)
    note: str = ""
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def doubt(self) -> float:
        """How much a person should look at it: 1 is the most that is let pass, more where a face may show."""
        return max(self.doubts.values(), default=0.0) + self.is_recognisable

    @property
    def doubts(self) -> dict[str, float]:
        """What makes it doubtful, by measure, each as a share of what is let pass; the most doubtful first.

        What the look-again saw and what stayed, against the most that passes; ``cavity_ml`` and ``enclosed``, against
        the least; ``removed_ml``, 1 where half or twice as much was removed as of the heads beside it; ``findings``, 1
        where the run had something to say.
        """
        found = {name: self.measures[name] / most for name, most in _MOST.items() if name in self.measures}
        cavity_ml, removed_ml = (self.measures.get(name, 0.0) for name in ("cavity_ml", "removed_ml"))
        if cavity_ml > 0.0:
            found["cavity_ml"] = _LEAST_CAVITY_ML / cavity_ml
            found["enclosed"] = (1.0 - self.measures.get("enclosed", 1.0)) / (1.0 - _LEAST_ENCLOSED)
        if removed_ml > 0.0 and self.typical_ml > 0.0:
            found["removed_ml"] = abs(log2(removed_ml / self.typical_ml))
        if self.findings and not self.is_recognisable:
            found["findings"] = 1.0
        return dict(sorted(((name, share) for name, share in found.items() if share > 0.0), key=lambda one: -one[1]))


@dataclass(frozen=True, slots=True)
class Decided:
    """How many series were accepted, rejected and withdrawn, and left because what waits is not what was looked at.

    Attributes
    ----------
    unwritten : tuple of str
        A sentence for each DICOMDIR that could not be redacted.
    """

    accepted: int = 0
    rejected: int = 0
    withdrawn: int = 0
    changed: int = 0
    unwritten: tuple[str, ...] = ()


def held_series(out: Path | str, private: Path | None = None) -> tuple[HeldSeries, ...]:
    """Return what waits to be accepted, the most doubtful first.

    Raises
    ------
    OutputError
        If the journal cannot be read, belongs to another output, or is not there though series wait.
    """
    out, private = _folders(out, private)
    if not journal_path(private).exists():
        if is_waiting(out):
            raise OutputError(LOST)
        return ()
    journal = Journal(private, out, is_read_only=True)
    return _worst_first(_finished(held_folder(out) / token, entry) for token, entry in journal.held.items())


def released_series(out: Path | str, private: Path | None = None, *, is_copied: bool = False) -> tuple[HeldSeries, ...]:
    """Return what lies in OUT, the most doubtful first: by the journal, without one by the files' names.

    Parameters
    ----------
    is_copied : bool
        Whether ``out`` may be a copy of the output that the journal is of: to look at, nothing can be decided there.

    Raises
    ------
    OutputError
        If the journal cannot be read, or belongs to another output.
    """
    out, private = _folders(out, private)
    journal = Journal(private, out, is_read_only=True, is_copied=is_copied)
    if journal.released or not out.is_dir():
        return _worst_first(_finished(out, entry) for entry in journal.released.values())
    files: dict[str, list[str]] = {}
    for name in sorted(_names_below(out)):
        files.setdefault(name.rpartition("_")[0], []).append(name)
    return tuple(
        HeldSeries(f"{prefix.split('/')[0]}/{prefix.rpartition('_')[2].lstrip('0')}", out, tuple(names), {}, ())
        for prefix, names in files.items()
    )


def check_journal(out: Path | str, private: Path | None = None) -> None:
    """Refuse to decide anything where results lie, or wait, and no journal tells of them.

    Raises
    ------
    OutputError
        If it is so: the private folder was moved away, or another one belongs to the output.
    """
    out, private = _folders(out, private)
    if reason := why_lost(journal_path(private), out):
        raise OutputError(reason)


def rejected_series(out: Path | str, private: Path | None = None) -> tuple[HeldSeries, ...]:
    """Return what was rejected or withdrawn and not made again since, with the notes; their files are gone.

    Raises
    ------
    OutputError
        If the journal or the notes cannot be read, or the journal belongs to another output.
    """
    out, private = _folders(out, private)
    if not private.is_dir():
        return ()
    rejected, notes = Journal(private, out, is_read_only=True).rejected.values(), _notes(private)
    listed = (replace(_finished(out, entry), files=(), note=notes.get(_known_by(entry), "")) for entry in rejected)
    return tuple(sorted(listed, key=lambda one: one.place))


def _names_below(out: Path) -> Iterator[str]:
    """Yield the DICOM files of an output by their names, those in zips too."""
    for path in out.rglob("*"):
        name = path.relative_to(out).as_posix()
        if path.suffix == ZIP_SUFFIX and path.is_file():
            with contextlib.suppress(FormatError, OSError):
                yield from (f"{name}/{member.name}" for member in members(path) if is_dicom(member.name))
        elif is_dicom(name) and path.is_file():
            yield name


def _finished(folder: Path, entry: Entry) -> HeldSeries:
    files = tuple(target for target, _, _ in entry.files if is_image(target))
    return HeldSeries(
        entry.place,
        folder,
        files,
        entry.measures,
        entry.findings,
        entry.is_recognisable,
        written=entry.files,
        settings=entry.settings,
    )


def _worst_first(series: Iterable[HeldSeries]) -> tuple[HeldSeries, ...]:
    listed = list(series)
    removed = [one.measures["removed_ml"] for one in listed if one.measures.get("removed_ml", 0.0) > 0.0]
    if len(removed) >= _TYPICAL_OF:
        listed = [replace(one, typical_ml=median(removed)) for one in listed]
    return tuple(sorted(listed, key=lambda one: (-one.doubt, one.place)))


def decide(
    out: Path | str,
    private: Path | None = None,
    *,
    accept: Collection[str | HeldSeries] = (),
    reject: Collection[str | HeldSeries] = (),
    withdraw: Collection[str | HeldSeries] = (),
    note: str = "",
) -> Decided:
    """Accept series into OUT, reject ones that wait, withdraw ones that were accepted.

    Who decided what, and when, is written into the private folder. Rejected and withdrawn series are made again with
    other settings, or when they are done again by name and wait.

    Parameters
    ----------
    accept, reject, withdraw : collection of str
        Each a new ID, ``"ID/SERIES"`` or ``"ID/SCAN/SERIES"``. A ``HeldSeries`` stands for its very files: it is left
        where others are in its place by now, or none.

    Raises
    ------
    PlanError
        If one of them names nothing, or a series is named twice; then nothing is changed.
    OutputError
        If the output cannot be written, a file that is accepted or withdrawn was changed since, what is decided about
        was moved away, or something is to be accepted into an output that holds what this project did not write.
    """
    out, private = _folders(out, private)
    check_journal(out, private)
    if not private.is_dir():
        raise OutputError("There is no private folder of this output; name it with --private.")
    with locked(private, out):
        journal = Journal(private, out)
        waiting, released = list(journal.held.values()), list(journal.released.values())
        wanted = (("accepted", accept, waiting), ("rejected", reject, waiting), ("withdrawn", withdraw, released))
        steps = [(what, entry) for what, meant, entries in wanted for entry in _meant(meant, entries)]
        if len({entry.token for _, entry in steps}) < len(steps):
            raise PlanError("A series is named for two decisions; name it once.")
        withdrawn = [entry for what, entry in steps if what == "withdrawn"]
        _check_lying(out, withdrawn)
        journal.check_unchanged(withdrawn)
        accepted = [entry for what, entry in steps if what == "accepted"]
        _check_waiting(out, accepted, [entry for what, entry in steps if what == "rejected"])
        if accepted:
            journal.check_alone()
        try:
            for entries in packed_together(accepted):
                with _written_down(private, "accepted", entries, note):
                    journal.accept(entries)
            for what, entry in (step for step in steps if step[0] != "accepted"):
                with _written_down(private, what, [entry], note):
                    journal.reject(entry)
                drop_pictures(private, entry.key)
        finally:
            unwritten = tuple(write_file_sets(journal, out))
    counts = Counter(what for what, _ in steps)
    shown = {(one.place, one.written) for _, meant, _ in wanted for one in meant if isinstance(one, HeldSeries)}
    changed = shown - {(entry.place, entry.files) for _, entry in steps}
    return Decided(counts["accepted"], counts["rejected"], counts["withdrawn"], len(changed), unwritten)


def _check_waiting(out: Path, accepted: Collection[Entry], rejected: Collection[Entry]) -> None:
    """Refuse to accept files that are not those that were made, and to reject what was moved away as a whole."""
    if (accepted or rejected) and not held_folder(out).is_dir():
        raise OutputError(
            "The folder beside the output where finished series wait is not there: it was moved or deleted; put it "
            "back where it was, or run again, which makes them anew, and decide then; nothing was decided."
        )
    places = {held_folder(out) / entry.token: entry for entry in accepted}
    changed = [e.place for folder, e in places.items() if changed_files(folder, e.files) or is_missing(folder, e.files)]
    if changed:
        raise OutputError(
            f"Files that wait were changed or deleted since they were made ({', '.join(changed)}); put back what was "
            "made, or reject these series; nothing was accepted."
        )


def _check_lying(out: Path, entries: Collection[Entry]) -> None:
    """Refuse to withdraw what was moved away: it would be said to be taken back, and go on lying somewhere."""
    if entries and not out.is_dir():
        raise OutputError(
            "The output folder is not there: it was moved or deleted; put it back where it was, and withdraw again; "
            "nothing was withdrawn."
        )
    gone = [entry.place for entry in entries if all(is_missing(out, [file]) for file in entry.files)]
    if gone:
        raise OutputError(
            f"Nothing that was released of some series is in the output folder any more ({', '.join(gone)}); put it "
            "back, or run again, which makes it anew, and withdraw then; nothing was withdrawn."
        )


def _folders(out: Path | str, private: Path | None) -> tuple[Path, Path]:
    out = Path(out).resolve()
    return out, (private or default_private(out)).resolve()


def _meant(meant: Collection[str | HeldSeries], entries: Collection[Entry]) -> Iterator[Entry]:
    """Yield the entries that names mean, whole patients or single series, and those of the very files that were shown.

    Raises
    ------
    PlanError
        If a name means none.
    """
    for one in dict.fromkeys((one.place, one.written) for one in meant if isinstance(one, HeldSeries)):
        yield from (entry for entry in entries if (entry.place, entry.files) == one)
    for name in dict.fromkeys(one for one in meant if isinstance(one, str)):
        named = [entry for entry in entries if name in (entry.place, entry.key[0])]
        if not named:
            raise PlanError(f"'{name}' names no series that this can be decided of; 'slicerdeid review' lists them.")
        yield from named


def _known_by(entry: Entry) -> tuple[str, str]:
    """Return by what a decision and its series belong together."""
    return entry.place, entry.fingerprint


def _notes(private: Path) -> dict[tuple[str, str], str]:
    """Return the last note of each series that was rejected or withdrawn."""
    notes = {}
    try:
        lines = (private / _FILE).read_text("utf-8").splitlines() if (private / _FILE).exists() else []
    except (OSError, ValueError) as error:
        raise OutputError(f"The list of decisions in the private folder ({_FILE}) cannot be read.") from error
    for line in lines:
        with contextlib.suppress(ValueError):  # cut off by a kill
            decision = json.loads(line)
            if decision["what"] != "accepted":
                notes[decision["series"], decision["fingerprint"]] = decision["note"]
    return notes


@contextlib.contextmanager
def _written_down(private: Path, what: str, entries: Sequence[Entry], note: str) -> Iterator[None]:
    """Add a line for each series to the private list of decisions, first: a full disk must not take who, when and why.

    What is decided within is not decided where it fails: then the lines go again.
    """
    place = private / _FILE
    size = place.stat().st_size if place.exists() else 0
    is_decided = False
    try:
        _write_down(private, what, entries, note)
        yield
        is_decided = True
    finally:  # a stop by the user, too
        if not is_decided:
            with contextlib.suppress(OSError):
                os.truncate(place, size)


def _write_down(private: Path, what: str, entries: Iterable[Entry], note: str) -> None:
    """Add a line for each series to the private list of decisions."""
    said = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "who": getpass.getuser(), "what": what}
    lines = [said | {"series": one.place, "fingerprint": one.fingerprint, "note": note} for one in entries]
    try:
        descriptor = os.open(private / _FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _PRIVATE_MODE)
        try:
            write_all(descriptor, "".join(f"{json.dumps(line)}\n" for line in lines).encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise disk_error(error, "private") from error
