# SPDX-License-Identifier: Apache-2.0
"""The wheel holds the whole library, data files included, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
LIBRARY = REPOSITORY / "SlicerDeid" / "SlicerDeidLib"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built without network by the back end that pip would use."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    process = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


def test_every_file_of_the_library_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    files = {path for path in LIBRARY.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    expected = {path.relative_to(LIBRARY.parent).as_posix() for path in files}
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert len([name for name in held if not name.endswith(".py")]) > 3  # tables and policies
    assert held == expected


def test_the_wheel_says_its_licence_its_python_and_its_command(wheel: zipfile.ZipFile) -> None:
    meta = {Path(name).name: wheel.read(name).decode() for name in wheel.namelist() if ".dist-info/" in name}
    assert "License-Expression: Apache-2.0" in meta["METADATA"]
    assert "Requires-Python: >=3.11" in meta["METADATA"]
    assert "slicerdeid = SlicerDeidLib.__main__:main" in meta["entry_points.txt"]
    assert "LICENSE" in meta
