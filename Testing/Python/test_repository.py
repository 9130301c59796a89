# SPDX-License-Identifier: Apache-2.0
"""What lies in the repository: known places, small text files, no machine's paths, nobody's images."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TOP = {
    "CMakeLists.txt",
    "SlicerDeid",
    "Resources",
    "Testing",
    "README.md",
    "LICENSE",
    "SlicerDeid.png",
    "pyproject.toml",
    ".ci",
    ".gitignore",
    ".pre-commit-config.yaml",
    ".gitattributes",
    ".github",
    "CITATION.cff",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
}
REQUIRED = {"CMakeLists.txt", "SlicerDeid", "Resources", "Testing", "README.md", "LICENSE", "SlicerDeid.png"}
MOST_BYTES = 1_000_000
IMAGES = re.compile(r"\.(dcm|ima|nii|nii\.gz|nrrd|mha|svs|dat|zip|xls)$", re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w.])/(work|root|tmp/w|home/\w+|Users/\w+)/|\b[A-Z]:\\Users")


@cache
def files() -> tuple[Path, ...]:
    """Return what belongs to the repository, committed or about to be; without git, what is not a by-product."""
    if shutil.which("git") and (REPOSITORY / ".git").exists():
        command = [
            "git",
            "-c",
            f"safe.directory={REPOSITORY}",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]
        listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
        return tuple(REPOSITORY / name for name in sorted(listed.split("\0")) if name and (REPOSITORY / name).is_file())
    return tuple(path for path in sorted(REPOSITORY.rglob("*")) if path.is_file() and not is_by_product(path))


def is_by_product(path: Path) -> bool:
    """Say whether a path is one that .gitignore names."""
    parts = path.relative_to(REPOSITORY).parts
    ignored = {line.strip("/\n") for line in (REPOSITORY / ".gitignore").read_text(encoding="utf-8").split("\n")}
    return parts[0] == ".git" or any(part in ignored or part.endswith(".egg-info") for part in parts)


def text_of(path: Path) -> str:
    """Return a file's text; empty for a picture."""
    data = path.read_bytes()
    return "" if b"\0" in data[:8192] else data.decode("utf-8")


def test_the_top_level_holds_what_is_needed_and_nothing_else() -> None:
    top = {path.relative_to(REPOSITORY).parts[0] for path in files()}
    assert not top - TOP
    assert not REQUIRED - top


def test_no_file_is_larger_than_a_megabyte() -> None:
    assert not [path.name for path in files() if path.stat().st_size > MOST_BYTES]


def test_no_file_names_a_path_of_somebody_s_machine() -> None:
    found = [path.relative_to(REPOSITORY).as_posix() for path in files() if MACHINE_PATH.search(text_of(path))]
    assert not found


@pytest.mark.parametrize("words", [("", "work", "a.py"), ("see ", "home", "ann", "x"), ("", "tmp", "w", "y")])
def test_a_path_of_somebody_s_machine_is_seen(words: tuple[str, ...]) -> None:
    assert MACHINE_PATH.search("/".join(words))
    assert not MACHINE_PATH.search("name/" + "/".join(words[1:]))


def test_no_medical_image_lies_in_the_repository() -> None:
    assert not [path.name for path in files() if IMAGES.search(path.name)]
    assert not [path.name for path in files() if path.read_bytes()[128:132] == b"DICM"]


def test_the_licence_is_apache_2_0() -> None:
    text = (REPOSITORY / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_pre_commit_and_ci_use_the_same_ruff() -> None:
    hooks = (REPOSITORY / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    (hook,) = re.findall(r"ruff-pre-commit\n\s+rev: v([\d.]+)", hooks)
    assert f'"ruff=={hook}"' in (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no executable bit")
def test_the_ci_script_can_be_run() -> None:
    assert os.access(REPOSITORY / ".ci" / "run", os.X_OK)
