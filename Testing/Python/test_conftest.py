# SPDX-License-Identifier: Apache-2.0
"""The watch over the tests works: canaries and skips are failures where they must be."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTING = Path(__file__).resolve().parents[1]
CASES = """
import logging
import pytest
from SlicerDeidLib.errors import MapError

def test_prints():
    print("a canaryname")

def test_logs_quietly():
    logging.getLogger("x").debug("a CANARYNAME")

def test_catches_a_leaking_error():
    with pytest.raises(MapError):
        raise MapError("no row for CANARYNAME")

def test_reads_its_output(capsys):
    print("a CANARYNAME")
    capsys.readouterr()

@pytest.mark.shows_originals
def test_may_print():
    print("a CANARYNAME")

def test_is_silent():
    print("a name")

def test_is_skipped():
    pytest.skip("no reason")

@pytest.mark.xfail(reason="known")
def test_is_known_to_fail():
    assert False

def test_wants_real_data(real_data):
    pass
"""
LEAKING = {"test_prints", "test_logs_quietly", "test_catches_a_leaking_error", "test_reads_its_output"}


def outcomes(folder: Path, has_data: bool, **environment: str) -> tuple[dict[str, set[str]], str]:
    """Run the cases in a child pytest below a copy of conftest.py; return outcome -> names, and the whole output."""
    checkout = folder / "checkout"
    tests = checkout / "Testing" / "Python"
    tests.mkdir(parents=True)
    if has_data:
        (folder / "shared" / "data").mkdir(parents=True)
    shutil.copy(TESTING / "Python" / "conftest.py", tests)
    shutil.copy(TESTING.parent / "pyproject.toml", checkout)
    (tests / "test_cases.py").write_text(CASES, encoding="utf-8")
    clean = {name: value for name, value in os.environ.items() if name != "CI"}
    paths = os.pathsep.join([str(TESTING), str(TESTING.parent / "SlicerDeid")])
    process = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "--tb=short", "-p", "no:cacheprovider"],
        cwd=checkout, env={**clean, "PYTHONPATH": paths, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found: dict[str, set[str]] = {}
    for outcome, name in re.findall(r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL) .*?::(\w+)", process.stdout, re.MULTILINE):
        found.setdefault(outcome, set()).add(name)
    return found, process.stdout


@pytest.fixture(scope="module")
def outside_ci(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, set[str]], str]:
    """The outcomes on a developer's machine without real data."""
    return outcomes(tmp_path_factory.mktemp("outside"), has_data=False)


def test_a_test_that_shows_a_planted_value_fails_and_the_value_is_not_shown_again(
    outside_ci: tuple[dict[str, set[str]], str],
) -> None:
    found, text = outside_ci
    assert found["ERROR"] == LEAKING
    assert "FAILED" not in found
    assert {"test_may_print", "test_is_silent"} <= found["PASSED"]
    shown = [line for line in text.split("\n") if "planted identifying value" in line]
    assert len(shown) >= len(LEAKING)
    assert not re.search("canaryname", "\n".join(shown), re.IGNORECASE)


def test_a_skipped_test_is_only_a_failure_in_ci(outside_ci: tuple[dict[str, set[str]], str]) -> None:
    found, text = outside_ci
    assert "test_is_skipped" not in found.get("FAILED", set())
    assert "2 skipped" in text


@pytest.mark.parametrize("has_data", [False, True])
def test_in_ci_a_skip_fails_unless_real_data_is_not_there(has_data: bool, tmp_path: Path) -> None:
    found, text = outcomes(tmp_path, has_data, CI="true")
    assert found["FAILED"] == {"test_is_skipped"}
    assert found["XFAIL"] == {"test_is_known_to_fail"}
    assert ("test_wants_real_data" in found["PASSED"]) is has_data
    assert ("1 skipped" in text) is not has_data


def test_in_ci_a_file_that_skips_itself_as_a_whole_fails(tmp_path: Path) -> None:
    (tmp_path / "checkout" / "Testing" / "Python").mkdir(parents=True)
    tests = tmp_path / "checkout" / "Testing" / "Python"
    (tests / "test_all.py").write_text("import pytest\npytest.importorskip('no_such_package')\n", encoding="utf-8")
    shutil.copy(TESTING / "Python" / "conftest.py", tests)
    paths = os.pathsep.join([str(TESTING), str(TESTING.parent / "SlicerDeid")])
    environment = {**os.environ, "PYTHONPATH": paths, "CI": "true"}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(tests)]
    process = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert process.returncode not in {0, 5}
    assert "CI does not allow" in process.stdout
