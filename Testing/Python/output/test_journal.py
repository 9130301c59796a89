# SPDX-License-Identifier: Apache-2.0
"""What the journal remembers, whatever cut a run off."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from SlicerDeidLib.errors import DiskError, OutputError
from SlicerDeidLib.model.plan import Ledger
from SlicerDeidLib.output.entry import Entry
from SlicerDeidLib.output.journal import Journal
from SlicerDeidLib.output.ledger import read_ledger, write_ledger
from SlicerDeidLib.output.locks import locked
from SlicerDeidLib.output.staging import SeriesWriter, StagedSeries

TOKEN = "0123456789abcdef"


@pytest.fixture
def private(tmp_path: Path) -> Path:
    folder = tmp_path / "private"
    folder.mkdir()
    return folder


def staged_entry(out: Path, count: int = 3) -> tuple[StagedSeries, Entry]:
    staged = StagedSeries(out, TOKEN)
    with SeriesWriter(staged) as writer:
        for n in range(1, count + 1):
            writer.write(f"P/{n}.dcm", [b"x" * n])
        return staged, Entry(TOKEN, "f", writer.files())


def test_a_release_is_remembered(private: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    journal = Journal(private, out)
    _, entry = staged_entry(out)
    journal.begin(entry)
    journal.release([entry])
    again = Journal(private, out)
    assert again.released == {TOKEN: entry}
    assert again.is_whole(entry)
    assert again.strangers() == 0


@pytest.mark.parametrize("moved", [0, 1, 2, 3])
def test_a_commit_cut_off_after_any_file_is_carried_to_its_end(private: Path, tmp_path: Path, moved: int) -> None:
    out = tmp_path / "out"
    journal = Journal(private, out)
    staged, entry = staged_entry(out)
    journal.begin(entry)
    (out / "P").mkdir(parents=True)
    for target, _, _ in entry.files[:moved]:
        (staged.folder / target).rename(out / target)
    again = Journal(private, out)
    assert again.is_whole(again.released[TOKEN])
    assert Journal(private, out).released == {TOKEN: entry}


def test_a_cut_off_commit_whose_staging_is_gone_is_taken_back(private: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    journal = Journal(private, out)
    staged, entry = staged_entry(out)
    journal.begin(entry)
    (out / "P").mkdir(parents=True)
    (staged.folder / entry.files[0][0]).rename(out / entry.files[0][0])
    staged.discard()
    assert Journal(private, out).released == {}
    assert not out.exists()


@pytest.mark.parametrize("is_all_lost", [False, True])
def test_an_acceptance_that_was_cut_off_and_cannot_be_carried_to_its_end_leaves_nothing_in_out(
    private: Path, tmp_path: Path, is_all_lost: bool
) -> None:
    out = tmp_path / "out"
    journal = Journal(private, out)
    staged, entry = staged_entry(out)
    journal.hold(entry, staged)
    waiting = StagedSeries(out, TOKEN, is_held=True)
    journal.begin(entry)
    (out / "P").mkdir(parents=True)
    (waiting.folder / entry.files[0][0]).rename(out / entry.files[0][0])
    if is_all_lost:
        waiting.discard()
    else:
        (waiting.folder / entry.files[1][0]).unlink()
    again = Journal(private, out)
    assert (again.released, again.held) == ({}, {})
    assert not out.exists()
    assert not waiting.folder.exists()


@pytest.mark.parametrize("is_held", [False, True])
def test_a_folder_that_cannot_be_forced_to_the_disk_leaves_nothing_in_out(
    private: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_held: bool
) -> None:
    out = tmp_path / "out"
    journal = Journal(private, out)
    staged, entry = staged_entry(out)
    if is_held:
        journal.hold(entry, staged)
    else:
        journal.begin(entry)

    def refuse(_folder: Path) -> None:
        raise OSError(errno.ENOTSUP, "cannot be synced")

    monkeypatch.setattr("SlicerDeidLib.output.commits.sync_folder", refuse)
    with pytest.raises(DiskError, match="does not say when a file has reached it"):
        journal.accept([entry]) if is_held else journal.release([entry])
    assert not out.exists()
    monkeypatch.undo()
    again = Journal(private, out)
    assert again.released == {}
    assert again.held == ({TOKEN: entry} if is_held else {})
    assert not is_held or StagedSeries(out, TOKEN, is_held=True).is_whole(entry.files)


def test_what_waits_and_cannot_be_deleted_is_not_forgotten(
    private: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    journal = Journal(private, out)
    staged, entry = staged_entry(out)
    journal.hold(entry, staged)
    waiting = StagedSeries(out, TOKEN, is_held=True)
    monkeypatch.setattr("shutil.rmtree", lambda _folder, **_how: None)  # as if a viewer had a file open
    with pytest.raises(DiskError, match="cannot be deleted; close what has their files open"):
        journal.drop(TOKEN)
    assert Journal(private, out, is_read_only=True).held == {TOKEN: entry}
    monkeypatch.undo()
    assert Journal(private, out).held == {}
    assert not waiting.folder.exists()


def test_a_torn_last_line_is_removed_and_the_next_one_starts_clean(private: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    journal = Journal(private, out)
    _, entry = staged_entry(out)
    journal.begin(entry)
    journal.release([entry])
    with (private / "journal.jsonl").open("ab") as stream:
        stream.write(b'{"event": "comm')
    journal = Journal(private, out)
    journal.withdraw(TOKEN)
    assert Journal(private, out).released == {}


def test_a_damaged_line_in_the_middle_is_refused(private: Path, tmp_path: Path) -> None:
    (private / "journal.jsonl").write_text('{"event"\n{"event": "withdrawn", "token": "x"}\n')
    with pytest.raises(OutputError, match="Line 1 of the journal"):
        Journal(private, tmp_path / "out")


def test_files_that_are_not_ours_are_counted(private: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.doc").touch()
    assert Journal(private, tmp_path / "out").strangers() == 1


def test_the_journal_of_another_output_is_refused(private: Path, tmp_path: Path) -> None:
    _, entry = staged_entry(tmp_path / "out")
    Journal(private, tmp_path / "out").begin(entry)
    with pytest.raises(OutputError, match="belongs to another output"):
        Journal(private, tmp_path / "other")


def test_a_journal_without_a_release_goes_on_with_another_output(private: Path, tmp_path: Path) -> None:
    _, entry = staged_entry(tmp_path / "out")
    Journal(private, tmp_path / "unused")
    assert list(private.iterdir()) == []
    (private / "journal.jsonl").write_text('{"event": "output", "folder": "/elsewhere", "released": []}\n')
    Journal(private, tmp_path / "out").begin(entry)
    Journal(private, tmp_path / "out")
    with pytest.raises(OutputError, match="belongs to another output"):
        Journal(private, tmp_path / "other")


def test_a_link_and_an_empty_folder_in_out_are_strangers(private: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "empty").mkdir(parents=True)
    (tmp_path / "out" / "link").symlink_to(tmp_path)
    assert Journal(private, tmp_path / "out").strangers() == 2


def test_a_full_private_disk_leaves_the_journal_whole(
    private: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    journal = Journal(private, out)
    _, entry = staged_entry(out)
    journal.begin(entry)
    before = (private / "journal.jsonl").read_bytes()
    write = os.write

    def short(descriptor: int, data: bytes) -> int:
        if len(data) > 40:
            return write(descriptor, data[:40])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", short)
    with pytest.raises(DiskError, match="disk of the private folder is full"):
        journal.begin(entry)
    assert (private / "journal.jsonl").read_bytes() == before


def test_the_ledger_comes_back_as_it_was_written(private: Path) -> None:
    numbers, names = {"k": {"s": 3}}, {"k": {"a b": "series-01"}}
    people, images = {"k": ["p", ""]}, {"k": {"3": ["u"]}}
    marks = {"k": frozenset({b"\x00\x10\x00\x1012345", b"\x00\x00\x00\x00\x00abc\xff"}), "l": frozenset()}
    ledger = Ledger({"k": ("P1", 2)}, numbers, names, {"k"}, people, {"k": ["n"]}, {"k"}, images, marks, "owner")
    write_ledger(private, ledger)
    assert read_ledger(private) == ledger
    assert (private / "ledger.json").stat().st_mode & 0o077 == 0


def test_a_damaged_ledger_is_refused_rather_than_forgotten(private: Path) -> None:
    (private / "ledger.json").write_text("{")
    with pytest.raises(OutputError, match="ledger"):
        read_ledger(private)


def test_a_ledger_that_is_lost_beside_a_journal_is_missed(private: Path, tmp_path: Path) -> None:
    assert read_ledger(private) == Ledger()
    _, entry = staged_entry(tmp_path / "out")
    Journal(private, tmp_path / "out").begin(entry)
    with pytest.raises(OutputError, match="lost"):
        read_ledger(private)


def test_nothing_in_the_private_folder_can_be_read_by_others(private: Path, tmp_path: Path) -> None:
    _, entry = staged_entry(tmp_path / "out")
    with locked(private, tmp_path / "out"):
        Journal(private, tmp_path / "out").begin(entry)
        write_ledger(private, Ledger())
        assert {path.name for path in private.iterdir()} == {"run.lock", "journal.jsonl", "ledger.json"}
        assert all(path.stat().st_mode & 0o077 == 0 for path in private.iterdir())


def test_a_release_said_twice_is_one_release(private: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    journal = Journal(private, out)
    _, entry = staged_entry(out)
    journal.begin(entry)
    journal.release([entry])
    journal.release([entry])
    assert Journal(private, out).released == {TOKEN: entry}
