# SPDX-License-Identifier: Apache-2.0
"""The project that most tests of the command line work on; some have one of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandcases import write_map
from ctseries import make_patient


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with ``in`` (two patients) and ``map.csv``; it is the working directory, key and data lie in it."""
    make_patient(tmp_path / "in", "CANARYFOLDER1", number=1)
    make_patient(tmp_path / "in", "CANARYFOLDER2", number=2)
    write_map(tmp_path, "CANARYFOLDER1,S01", "CANARYFOLDER2,S02")
    (tmp_path / "key").write_bytes(bytes(range(1, 65)))
    (tmp_path / "key").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    return tmp_path
