# SPDX-License-Identifier: Apache-2.0
"""Two runs never write one output, and who is refused leaves nothing of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from SlicerDeidLib.errors import OutputError
from SlicerDeidLib.output.locks import locked


def test_two_runs_never_hold_one_project(tmp_path: Path) -> None:
    out, private = tmp_path / "out", tmp_path / "private"
    with locked(private, out), pytest.raises(OutputError, match="Another run"), locked(private, out):
        pass


def test_two_projects_never_write_one_output(tmp_path: Path) -> None:
    out, private, other = (tmp_path / name for name in ("out", "private", "other"))
    with locked(private, out), pytest.raises(OutputError, match="Another run"), locked(other, out):
        pass


def test_who_does_not_get_both_locks_leaves_the_other_ones_and_nothing_of_its_own(tmp_path: Path) -> None:
    out, private = tmp_path / "new" / "out", tmp_path / "private"
    with locked(private, out):
        before = sorted(tmp_path.rglob("*"))
        for own, target in ((private, tmp_path / "far" / "off"), (tmp_path / "mine" / "own", out)):
            with pytest.raises(OutputError, match="Another run"), locked(own, target):
                pass
        assert sorted(tmp_path.rglob("*")) == before
    assert list(tmp_path.iterdir()) == []
