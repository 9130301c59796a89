# SPDX-License-Identifier: Apache-2.0
"""Files are written whole or not at all, and what was there stays where they cannot be."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest
from SlicerDeidLib.files.whole import BY_MASK, write_whole


def test_a_file_is_written_for_its_owner_only_unless_said_otherwise(tmp_path: Path) -> None:
    write_whole(tmp_path / "own", b"a")
    write_whole(tmp_path / "shared", b"b", mode=BY_MASK)
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == [b"a", b"b"]
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o600


def test_on_a_full_disk_what_was_there_stays_and_nothing_half_written_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    (tmp_path / "values.csv").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="full"):
        write_whole(tmp_path / "values.csv", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("values.csv", b"old")]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own there")
def test_what_a_link_leads_to_is_written_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there").read_bytes() == b"new"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_pipe_is_written_into_and_stays_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(tmp_path / "pipe", b"new")
        assert os.read(reader, 10) == b"new"
    finally:
        os.close(reader)
    assert (tmp_path / "pipe").is_fifo()
