# SPDX-License-Identifier: Apache-2.0
"""Zips of OUT: what comes and goes, in whatever order, and what is left where something fails."""

from __future__ import annotations

import errno
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from SlicerDeidLib.errors import DiskError
from SlicerDeidLib.files.zips import members, read_file
from SlicerDeidLib.output import commits
from SlicerDeidLib.output.commits import changed_files, commit, remove_files
from SlicerDeidLib.output.packing import zip_of
from SlicerDeidLib.output.staging import FILE_TIME_S, SeriesWriter, StagedFile, StagedSeries, staging_folder
from SlicerDeidLib.output.strangers import count_strangers


def staged(out: Path, number: int, *targets: str) -> tuple[StagedSeries, tuple[StagedFile, ...]]:
    """Stage a series whose files hold their own names."""
    series = StagedSeries(out, f"{number:016x}", is_synced=False)
    with SeriesWriter(series) as writer:
        for target in targets:
            writer.write(target, [target.encode() * 100])
        return series, writer.files()


def lying(out: Path) -> dict[str, bytes]:
    """Return what lies in OUT, in zips as if these were folders."""
    found = {}
    for path in (path for path in out.rglob("*") if path.is_file()):
        name = path.relative_to(out).as_posix()
        if path.suffix == ".zip":
            found.update({f"{name}/{member.name}": read_file(path / member.name) for member in members(path)})
        else:
            found[name] = path.read_bytes()
    return found


def written(*targets: str) -> dict[str, bytes]:
    return {target: target.encode() * 100 for target in targets}


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("P1/a.zip/1.dcm", "P1/a.zip"),
        ("P1/P1-2/a.zip/x/1.dcm", "P1/P1-2/a.zip"),
        ("P1/a.zip/b.zip/1.dcm", "P1/a.zip"),
        ("P1/a/1.dcm", ""),
        ("P1.zip/a/1.dcm", ""),
        ("P1.zip/P1.zip.zip/1.dcm", "P1.zip/P1.zip.zip"),
        ("P1.zip/1.dcm", ""),
        ("P1/1.zip", ""),
        ("DICOMDIR", ""),
    ],
)
def test_the_first_folder_is_the_patients_whatever_it_is_called(target: str, name: str) -> None:
    assert zip_of(target) == name


@settings(max_examples=30)
@given(st.permutations(range(5)), st.sets(st.integers(0, 4)), st.booleans())
def test_a_zip_depends_on_what_is_in_it_and_on_nothing_else(
    order: list[int], removed: set[int], is_together: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        series = {n: staged(out, n, f"P/a.zip/{n % 2}/{n}.dcm", f"P/a.zip/{n}.dcm") for n in order}
        if is_together:
            commit([series[n] for n in order])
        else:
            for n in order:
                commit([series[n]])
        for n in order:
            if n in removed:
                remove_files(out, series[n][1])
        kept = sorted(file[0] for n in order if n not in removed for file in series[n][1])
        assert lying(out) == written(*kept)
        assert count_strangers(out, kept) == 0
        if kept:
            sources = {name.removeprefix("P/a.zip/"): out / name for name in kept}
            commits.write_zip(Path(folder, "other.zip"), sources)
            assert (out / "P" / "a.zip").read_bytes() == Path(folder, "other.zip").read_bytes()
            assert (out / "P" / "a.zip").stat().st_mtime == FILE_TIME_S
        else:
            assert not out.exists()
        assert not list(staging_folder(out).iterdir())


def test_a_series_over_two_zips_and_a_folder_comes_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    commit([staged(out, 1, "P/a.zip/1.dcm")])
    series, files = staged(out, 2, "P/a.zip/2.dcm", "P/b.zip/2.dcm", "P/x/2.dcm")
    write_zip = commits.write_zip

    def full(path: Path, sources: dict[str, Path]) -> None:
        if any("b.zip" in str(source) for source in sources.values()):
            raise OSError(28, "full")
        write_zip(path, sources)

    monkeypatch.setattr(commits, "write_zip", full)
    with pytest.raises(DiskError, match="is full"):
        commit([(series, files)])
    assert lying(out) == written("P/a.zip/1.dcm")
    assert sorted(path.name for path in (out / "P").iterdir()) == ["a.zip"]
    monkeypatch.undo()
    commit([(series, files)])
    assert lying(out) == written("P/a.zip/1.dcm", "P/a.zip/2.dcm", "P/b.zip/2.dcm", "P/x/2.dcm")


def test_zips_of_a_disk_that_does_not_say_when_it_has_them_stay_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    commit([staged(out, 1, "P/a.zip/1.dcm", "P/b.zip/1.dcm")])
    series, files = staged(out, 2, "P/a.zip/2.dcm", "P/b.zip/2.dcm", "P/x/2.dcm")

    def refuse(_folder: Path) -> None:
        raise OSError(errno.ENOTSUP, "cannot be synced")

    monkeypatch.setattr(commits, "sync_folder", refuse)
    with pytest.raises(DiskError, match="does not say when a file has reached it"):
        commit([(replace(series, is_synced=True), files)])
    assert lying(out) == written("P/a.zip/1.dcm", "P/b.zip/1.dcm")


def test_a_commit_that_was_cut_off_is_done_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    series, files = staged(out, 1, "P/a.zip/1.dcm", "P/x/1.dcm")
    commit([(series, files)])
    before = (out / "P/a.zip").stat().st_ino
    commit([(series, files)])
    staged(out, 1, "P/a.zip/1.dcm")
    commit([(series, files)])
    assert lying(out) == written("P/a.zip/1.dcm", "P/x/1.dcm")
    assert (out / "P/a.zip").stat().st_ino == before


@pytest.mark.parametrize("what", ["another file", "a folder", "no zip"])
def test_what_is_in_the_way_of_a_zip_stays(tmp_path: Path, what: str) -> None:
    out = tmp_path / "out"
    path = out / "P" / "a.zip"
    path.parent.mkdir(parents=True)
    if what == "a folder":
        path.mkdir()
        (path / "1.dcm").write_bytes(b"x")
    elif what == "no zip":
        path.write_bytes(b"x")
    else:
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr("1.dcm", "x")
    before = path.stat()
    with pytest.raises(DiskError, match=r"in the way|not as this project wrote it"):
        commit([staged(out, 1, "P/a.zip/1.dcm", "P/x/1.dcm")])
    assert path.stat() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["a.zip"]


def test_a_file_that_was_changed_in_a_zip_stays_there(tmp_path: Path) -> None:
    out = tmp_path / "out"
    series, files = staged(out, 1, "P/a.zip/1.dcm", "P/a.zip/2.dcm")
    commit([(series, files)])
    with zipfile.ZipFile(out / "P/a.zip", "w") as packed:
        packed.writestr("1.dcm", written("P/a.zip/1.dcm")["P/a.zip/1.dcm"])
        packed.writestr("2.dcm", "other")
    assert changed_files(out, files) == ["P/a.zip/2.dcm"]
    remove_files(out, files)
    assert lying(out) == {"P/a.zip/2.dcm": b"other"}


def test_strangers_in_zips_are_counted(tmp_path: Path) -> None:
    out = tmp_path / "out"
    commit([staged(out, 1, "P/a.zip/1.dcm", "P/a.zip/2.dcm", "P/b.zip/1.dcm")])
    (out / "P" / "empty").mkdir()
    assert count_strangers(out, {"P/a.zip/1.dcm"}) == 3
    assert count_strangers(out, {"P/a.zip/1.dcm", "P/a.zip/2.dcm", "P/b.zip/1.dcm", "P/empty/1.dcm"}) == 0
