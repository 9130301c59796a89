# SPDX-License-Identifier: Apache-2.0
"""Single files: all or none, never over another, nothing left beside them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from SlicerDeidLib.errors import DiskError, OutputError
from SlicerDeidLib.output import singlefile
from SlicerDeidLib.output.singlefile import check_new, write_new
from SlicerDeidLib.output.staging import FILE_TIME_S


def test_files_are_written_whole_with_a_constant_time_and_nothing_else(tmp_path: Path) -> None:
    write_new({tmp_path / "a": b"one", tmp_path / "b": b"two"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"one", "b": b"two"}
    assert {path.stat().st_mtime for path in tmp_path.iterdir()} == {FILE_TIME_S}


def test_what_is_there_already_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"old")
    with pytest.raises(DiskError, match="in the way"):
        write_new({tmp_path / "a": b"one", tmp_path / "b": b"two"})
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"b": b"old"}


def test_without_hard_links_it_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(os, "link", none)
    write_new({tmp_path / "a": b"one"})
    assert (tmp_path / "a").read_bytes() == b"one"
    with pytest.raises(DiskError, match="in the way"):
        write_new({tmp_path / "a": b"two"})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = []

    def full(descriptor: int, data: bytes) -> None:
        os.write(descriptor, data[:2])
        written.append(data)
        if len(written) == 2:
            raise OSError(28, "full")

    monkeypatch.setattr(singlefile, "write_all", full)
    with pytest.raises(DiskError, match="disk of the output folder is full"):
        write_new({tmp_path / "a": b"one", tmp_path / "b": b"two"})
    assert not list(tmp_path.iterdir())


def test_places_that_are_taken_missing_or_named_twice_are_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("there", "link"):
        with pytest.raises(OutputError, match="OUT exists; name a new file"):
            check_new({"OUT": tmp_path / name})
    with pytest.raises(OutputError, match="The folder of OUT does not exist"):
        check_new({"OUT": tmp_path / "no" / "file"})
    with pytest.raises(OutputError, match="OUT and the mask are the same file"):
        check_new({"OUT": tmp_path / "a", "the mask": tmp_path / "a"})
    check_new({"OUT": tmp_path / "a", "the mask": tmp_path / "b"})
