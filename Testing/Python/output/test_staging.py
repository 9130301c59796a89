# SPDX-License-Identifier: Apache-2.0
"""A series is released whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import multiprocessing
import os
import stat
from pathlib import Path

import pytest
from SlicerDeidLib.errors import DiskError
from SlicerDeidLib.output.commits import commit, remove_files
from SlicerDeidLib.output.staging import (
    FILE_TIME_S,
    SeriesWriter,
    StagedFile,
    StagedSeries,
    clear_staging,
    staging_folder,
)

TOKEN = "0123456789abcdef"
_NOBODY = 65534  # the user who may nothing, on Linux and macOS


def write(staged: StagedSeries, target: str, chunks: list[bytes | memoryview]) -> StagedFile:
    with SeriesWriter(staged) as writer:
        writer.write(target, chunks)
        return writer.files()[0]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_a_staged_file_is_not_in_out_before_it_is_committed(out: Path) -> None:
    staged = StagedSeries(out, TOKEN)
    file = write(staged, "P1/P1_001_00001.dcm", [b"head", memoryview(b"pixels")])
    assert not out.exists()
    commit([(staged, [file])])
    path = out / "P1/P1_001_00001.dcm"
    assert path.read_bytes() == b"headpixels"
    assert path.stat().st_mtime == FILE_TIME_S
    clear_staging(out, is_ended=True)
    assert not staging_folder(out).exists()


def test_sizes_and_digests_are_those_of_the_files(out: Path) -> None:
    contents = [bytes([n]) * (n * 100_000) for n in range(9)]
    staged = StagedSeries(out, TOKEN)
    with SeriesWriter(staged) as writer:
        for n, content in enumerate(contents):
            writer.write(f"{n}.dcm", [content[:5], memoryview(content)[5:]])
        files = writer.files()
    assert [(staged.folder / target).read_bytes() for target, _, _ in files] == contents
    assert [size for _, size, _ in files] == list(map(len, contents))
    assert [digest for _, _, digest in files] == [hashlib.sha256(content).hexdigest() for content in contents]


def test_every_file_has_reached_the_disk_when_it_counts_as_written(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reached, really = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: (really(number), reached.append(os.fstat(number).st_ino)))
    staged = StagedSeries(out, TOKEN)
    with SeriesWriter(staged) as writer:
        for n in range(11):
            writer.write(f"{n}.dcm", [b"x" * n])
        files = writer.files()
        assert sorted(reached) == sorted((staged.folder / target).stat().st_ino for target, _, _ in files)


@pytest.mark.parametrize("count", [1, 9])
def test_a_file_that_does_not_reach_the_disk_is_not_taken_for_written(
    count: int, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    def write_all_of_them(writer: SeriesWriter) -> None:
        for n in range(count):
            writer.write(f"{n}.dcm", [b"x"])
        writer.files()

    monkeypatch.setattr(os, "fsync", full)
    with SeriesWriter(StagedSeries(out, TOKEN)) as writer, pytest.raises(DiskError, match="full"):
        write_all_of_them(writer)


def test_a_discarded_series_leaves_nothing(out: Path) -> None:
    staged = StagedSeries(out, TOKEN)
    write(staged, "a/b.dcm", [b"x"])
    staged.discard()
    clear_staging(out, is_ended=True)
    assert list(out.parent.iterdir()) == []


def test_a_commit_that_fails_moves_back_what_it_moved(out: Path) -> None:
    staged = StagedSeries(out, TOKEN)
    files = [write(staged, f"a/{n}.dcm", [b"x"]) for n in range(3)]
    (out / "a").mkdir(parents=True)
    (out / "a" / "2.dcm").write_bytes(b"of somebody else")
    with pytest.raises(DiskError, match="in the way"):
        commit([(staged, files)])
    assert [p.name for p in (out / "a").iterdir()] == ["2.dcm"]
    assert (staged.folder / "a" / "0.dcm").exists()


def test_a_cut_off_commit_can_be_repeated(out: Path) -> None:
    staged = StagedSeries(out, TOKEN)
    files = [write(staged, f"a/{n}.dcm", [b"x"]) for n in range(3)]
    (out / "a").mkdir(parents=True)
    (staged.folder / "a/0.dcm").rename(out / "a/0.dcm")
    commit([(staged, files)])
    assert sorted(p.name for p in (out / "a").iterdir()) == ["0.dcm", "1.dcm", "2.dcm"]


def test_a_full_disk_is_a_sentence_that_says_what_to_do(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int, _data: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(DiskError, match="full; make room and run the same command again"):
        write(StagedSeries(out, TOKEN), "a", [b"x"])


def test_clearing_leaves_what_is_not_ours(out: Path) -> None:
    (staging_folder(out) / "somebody").mkdir(parents=True)
    (staging_folder(out) / TOKEN).mkdir()
    clear_staging(out)
    assert [p.name for p in staging_folder(out).iterdir()] == ["somebody"]


def test_removing_files_removes_the_folders_they_leave_empty(out: Path) -> None:
    staged = StagedSeries(out, TOKEN)
    files = [write(staged, name, [b"x"]) for name in ("a/b/1.dcm", "a/2.dcm", "c/3.dcm")]
    commit([(staged, files)])
    remove_files(out, [files[0], files[2]])
    assert sorted(p.relative_to(out).as_posix() for p in out.rglob("*")) == ["a", "a/2.dcm"]
    remove_files(out, [files[1]])
    assert not out.exists()


def test_a_file_that_somebody_changed_is_not_removed(out: Path) -> None:
    staged = StagedSeries(out, TOKEN)
    file = write(staged, "a.dcm", [b"x"])
    commit([(staged, [file])])
    (out / "a.dcm").write_bytes(b"y")
    remove_files(out, [file])
    assert (out / "a.dcm").read_bytes() == b"y"


def _write_where_files_may_only_be_created(folder: Path) -> None:
    """Stage two files as somebody who may make files, but not open them again; runs in a process of its own."""
    os.chdir(folder)
    if os.geteuid() == 0:  # nothing is forbidden to root
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    os.umask(0o277)
    staged = StagedSeries(Path("out"), TOKEN)
    with SeriesWriter(staged) as writer:
        for name in ("0.dcm", "1.dcm"):
            writer.write(name, [b"head", memoryview(b"pixels")])
        assert len(writer.files()) == 2


@pytest.mark.skipif(os.name != "posix", reason="Windows has no umask")
def test_a_file_need_not_be_opened_again_once_it_is_made(out: Path) -> None:
    staged = StagedSeries(out, TOKEN)
    staged.folder.mkdir(parents=True)
    if os.geteuid() == 0:
        for folder in (out.parent, staged.folder.parent, staged.folder):
            os.chown(folder, _NOBODY, _NOBODY)
    child = multiprocessing.get_context("fork").Process(
        target=_write_where_files_may_only_be_created, args=(out.parent,)
    )
    child.start()
    child.join()
    assert child.exitcode == 0
    assert [path.read_bytes() for path in staged.folder.iterdir()] == [b"headpixels"] * 2
    assert {(path.stat().st_mode & 0o777, path.stat().st_mtime) for path in staged.folder.iterdir()} == {
        (0o400, FILE_TIME_S)
    }


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS])
@pytest.mark.parametrize("is_folder", [False, True])
def test_a_share_that_does_not_sync_is_called_that(
    number: int, is_folder: bool, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = os.fsync

    def refused(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode) is is_folder:
            raise OSError(number, "not here")
        really(descriptor)

    monkeypatch.setattr(os, "fsync", refused)
    staged = StagedSeries(out, TOKEN)

    def release() -> None:
        commit([(staged, [write(staged, "a/0.dcm", [b"x"])])])

    with pytest.raises(DiskError, match=r"does not say when a file has reached it.*name a folder on another disk"):
        release()
    if not is_folder:
        assert not out.exists()


def test_a_series_that_fails_leaves_no_file_open(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed, really = [], os.close

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    def write_nine() -> None:
        with SeriesWriter(StagedSeries(out, TOKEN)) as writer:
            for n in range(9):
                writer.write(f"{n}.dcm", [b"x"])

    monkeypatch.setattr(os, "close", lambda descriptor: (closed.append(descriptor), really(descriptor)))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskError, match="full"):
        write_nine()
    assert len(closed) == len(list(StagedSeries(out, TOKEN).folder.iterdir()))
