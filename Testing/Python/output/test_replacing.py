# SPDX-License-Identifier: Apache-2.0
"""A series that is made again takes the place of what was made of it before, or leaves it whole, whatever happens."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from SlicerDeidLib.errors import DiskError
from SlicerDeidLib.output.entry import Entry
from SlicerDeidLib.output.journal import Journal
from SlicerDeidLib.output.staging import SeriesWriter, StagedSeries, clear_staging, held_folder

TOKEN = "0123456789abcdef"
CHANGING = ("rename", "unlink", "rmdir", "mkdir", "write", "ftruncate")  # what of os changes a disk
MOST_CALLS = 60


class Killed(BaseException):
    """What a killed process does not see."""


class Place:
    """An OUT with its private folder, and one series in it."""

    def __init__(self, folder: Path) -> None:
        self.out, self.private = folder / "out", folder / "private"
        self.private.mkdir(parents=True)

    def journal(self) -> Journal:
        return Journal(self.private, self.out)

    def staged(self, data: bytes, count: int = 2) -> tuple[Entry, StagedSeries]:
        staged = StagedSeries(self.out, TOKEN)
        with SeriesWriter(staged) as writer:
            for number in range(count):
                writer.write(f"P/{number}.dcm", [data])
            return Entry(TOKEN, data.decode(), writer.files(), key=("P", 0, 1)), staged

    def make(self, data: bytes, *, is_accepted: bool) -> Entry:
        entry, staged = self.staged(data)
        journal = self.journal()
        journal.hold(entry, staged)
        if is_accepted:
            journal.accept([entry])
        return entry

    def found(self) -> tuple[str, str]:
        """Say after a restart what there is of the series, and where; that it is whole, and nothing lies beside it."""
        journal = self.journal()
        clear_staging(self.out, is_ended=True)
        ((entry, where),) = [*((e, "out") for e in journal.released.values())] + [
            (e, "waiting") for e in journal.held.values()
        ]
        folder = self.out if where == "out" else held_folder(self.out) / TOKEN
        files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        assert files == {target for target, _, _ in entry.files}
        assert {(folder / name).read_text() for name in files} == {entry.fingerprint}
        assert self.out.exists() == (where == "out")
        assert {p.name for p in self.out.parent.iterdir()} <= {"private", "out", held_folder(self.out).name}
        assert where == "waiting" or not held_folder(self.out).exists()
        return entry.fingerprint, where


@contextmanager
def killed_at(call: int) -> Iterator[None]:
    """Kill before a change of the disk: nothing that comes after it in the same process has an effect either."""
    calls = 0

    def dying(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls > call:
                raise Killed
            return function(*args, **options)

        return wrapped

    with pytest.MonkeyPatch.context() as patch:
        for name in CHANGING:
            patch.setattr(os, name, dying(getattr(os, name)))
        yield


def states_after_kills(folder: Path, *, is_accepted: bool, goes_out: bool) -> list[tuple[str, str]]:
    """Kill the replacing of a series at every change of the disk; return what each restart finds."""
    states = []
    for call in range(MOST_CALLS):
        place = Place(folder / str(call))
        place.make(b"old", is_accepted=is_accepted)
        journal, (entry, staged) = place.journal(), place.staged(b"new")
        is_killed = True
        with suppress(Killed), killed_at(call):
            journal.hold(entry, staged)
            if goes_out:
                journal.accept([entry])
            is_killed = False
        states.append(place.found())
        assert place.found() == states[-1]
        if not is_killed:
            return states
    raise AssertionError("it changes the disk more often")


@pytest.mark.parametrize("is_accepted", [False, True])
def test_a_kill_leaves_what_was_there_or_what_takes_its_place(tmp_path: Path, is_accepted: bool) -> None:
    before = ("old", "out" if is_accepted else "waiting")
    states = states_after_kills(tmp_path, is_accepted=is_accepted, goes_out=False)
    assert len(states) > 5
    assert set(states) == {before, ("new", "waiting")}
    assert (states[0], states[-1]) == (before, ("new", "waiting"))
    assert states == sorted(states, key=lambda state: state != before)  # never back again


def test_a_series_on_its_way_out_waits_when_it_is_killed(tmp_path: Path) -> None:
    states = states_after_kills(tmp_path, is_accepted=True, goes_out=True)
    assert list(dict.fromkeys(states)) == [("old", "out"), ("new", "waiting"), ("new", "out")]


@pytest.mark.parametrize("is_accepted", [False, True])
def test_what_was_there_stays_when_staging_is_cleared_before_the_replacing_goes_on(
    tmp_path: Path, is_accepted: bool
) -> None:
    for call in range(MOST_CALLS):
        place = Place(tmp_path / str(call))
        place.make(b"old", is_accepted=is_accepted)
        journal, (entry, staged) = place.journal(), place.staged(b"new")
        is_killed = True
        with suppress(Killed), killed_at(call):
            journal.hold(entry, staged)
            is_killed = False
        clear_staging(place.out, is_ended=True)  # as the end of a run that was cancelled does
        assert place.found()[0] in ("old", "new")
        if not is_killed:
            return
    raise AssertionError("it changes the disk more often")


@pytest.mark.parametrize("is_accepted", [False, True])
def test_a_disk_that_takes_nothing_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_accepted: bool
) -> None:
    place = Place(tmp_path / "place")
    place.make(b"old", is_accepted=is_accepted)
    journal, (entry, staged) = place.journal(), place.staged(b"new")
    rename = os.rename

    def full(source: Any, goal: Any, **options: Any) -> None:
        if Path(source) == staged.folder:
            raise OSError(28, "No space left on device")
        rename(source, goal, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", full)
        with pytest.raises(DiskError, match="full"):
            journal.hold(entry, staged)
    assert journal.held.keys() | journal.released.keys() == {TOKEN}
    assert place.found() == ("old", "out" if is_accepted else "waiting")
