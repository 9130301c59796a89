# SPDX-License-Identifier: Apache-2.0
"""A newcomer's command: what it refuses, what it installs, and what it leaves alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import setup


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Every command that would have run; none of them does."""
    ran: list[list[str]] = []

    def run(command: list[Any], **_: Any) -> subprocess.CompletedProcess[bytes]:
        ran.append([str(word) for word in command])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(setup.subprocess, "run", run)
    return ran


def test_a_python_that_is_too_old_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(setup.sys, "version_info", (3, 9, 18))
    with pytest.raises(setup.SetupError, match=r"too old: run it with Python 3\.11"):
        setup.set_up("demo", tmp_path / "venv")


def test_without_root_the_missing_packages_are_named_and_nothing_runs(
    monkeypatch: pytest.MonkeyPatch, commands: list[list[str]]
) -> None:
    monkeypatch.setattr(setup.shutil, "which", lambda _: "/usr/bin/apt-get")
    monkeypatch.setattr(setup.os, "geteuid", lambda: 1000, raising=False)
    with pytest.raises(setup.SetupError, match=r"sudo apt-get install -y --no-install-recommends libegl1$"):
        setup.install_system_packages({"libegl1": "the panel"})
    assert commands == []


def test_as_root_exactly_the_missing_packages_are_installed(
    monkeypatch: pytest.MonkeyPatch, commands: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup.shutil, "which", lambda _: "/usr/bin/apt-get")
    monkeypatch.setattr(setup.os, "geteuid", lambda: 0, raising=False)
    setup.install_system_packages({"libegl1": "the panel", "dicom3tools": "judges files"})
    assert [command[:2] for command in commands] == [["apt-get", "update"], ["apt-get", "install"]]
    assert commands[1][-2:] == ["libegl1", "dicom3tools"]
    assert "missing: dicom3tools (judges files)" in capsys.readouterr().out


def test_without_apt_the_missing_things_are_named_and_the_set_up_goes_on(
    monkeypatch: pytest.MonkeyPatch, commands: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup.shutil, "which", lambda _: None)
    setup.install_system_packages({"dicom3tools": "judges files"})
    assert commands == []
    assert "missing: dicom3tools" in capsys.readouterr().out


def test_debian_s_python_without_venv_asks_for_its_package_first(
    monkeypatch: pytest.MonkeyPatch, commands: list[list[str]], tmp_path: Path
) -> None:
    monkeypatch.setattr(setup.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(setup, "install_python_packages", lambda *_: None)
    asked: list[dict[str, str]] = []
    monkeypatch.setattr(setup, "install_system_packages", asked.append)
    setup.set_up("demo", tmp_path / "venv")
    assert [list(wanted) for wanted in asked] == [[f"python3.{sys.version_info.minor}-venv"]]


def test_the_demo_asks_for_no_system_package_of_the_tests(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(setup, "missing_packages", lambda: {"libegl1": "the panel"})
    monkeypatch.setattr(setup.importlib.util, "find_spec", lambda _: object())
    monkeypatch.setattr(setup, "install_system_packages", lambda _: pytest.fail("nothing is needed"))
    monkeypatch.setattr(setup, "make_environment", lambda venv: venv / "python")
    monkeypatch.setattr(setup, "install_python_packages", lambda *_: None)
    assert setup.set_up("demo", tmp_path) == tmp_path / "python"


def test_a_folder_that_is_no_environment_is_left_alone(tmp_path: Path, commands: list[list[str]]) -> None:
    (tmp_path / "thesis.txt").write_text("x", encoding="utf-8")
    with pytest.raises(setup.SetupError, match="no virtual environment: choose another folder"):
        setup.make_environment(tmp_path)
    assert commands == []
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_environment_of_another_python_is_refused_and_not_deleted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "pyvenv.cfg").write_text("home = x\n", encoding="utf-8")
    monkeypatch.setattr(setup, "runs", lambda _, code: "version" not in code)
    with pytest.raises(setup.SetupError, match="made by another Python"):
        setup.make_environment(tmp_path)
    assert (tmp_path / "pyvenv.cfg").is_file()


def test_what_is_installed_is_not_installed_again(tmp_path: Path, commands: list[list[str]]) -> None:
    stamp = tmp_path / setup.STAMP
    setup.install_python_packages(tmp_path / "python", "test", stamp)
    setup.install_python_packages(tmp_path / "python", "test", stamp)
    setup.install_python_packages(tmp_path / "python", "demo", stamp)
    assert len(commands) == 1
    assert commands[0][-1] == f"{setup.REPOSITORY}[test]"


def test_the_tests_bring_what_the_demo_did_not(tmp_path: Path, commands: list[list[str]]) -> None:
    setup.install_python_packages(tmp_path / "python", "demo", tmp_path / setup.STAMP)
    setup.install_python_packages(tmp_path / "python", "test", tmp_path / setup.STAMP)
    assert [command[-1] for command in commands] == [f"{setup.REPOSITORY}[text]", f"{setup.REPOSITORY}[test]"]


def test_tests_compile_the_library_once_and_not_in_each_program_that_they_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(setup, "set_up", lambda *_: tmp_path / "python")
    monkeypatch.setattr(setup.sys, "argv", ["setup.py", "test"])
    environments: list[dict[str, str]] = []

    def run(command: list[str], env: dict[str, str], **_: Any) -> subprocess.CompletedProcess[bytes]:
        environments.append(env)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(setup.subprocess, "run", run)
    assert setup.main() == 0
    assert "PYTHONDONTWRITEBYTECODE" not in environments[0]
    assert environments[0]["PATH"]


def test_a_failed_installation_is_said_and_tried_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(setup.subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1))
    with pytest.raises(setup.SetupError, match="pip failed"):
        setup.install_python_packages(tmp_path / "python", "demo", tmp_path / setup.STAMP)
    assert not (tmp_path / setup.STAMP).exists()


@pytest.mark.skipif(shutil.which("apt-get") is None, reason="the list is of Debian packages")
def test_every_system_package_that_the_tests_need_is_here() -> None:
    assert setup.missing_packages() == {}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["test", "-q", "-k", "a"], ("test", ["-q", "-k", "a"])),
        (["demo"], ("demo", [])),
        (["demo", "--help"], ("demo", ["--help"])),
        (["--only-setup", "test"], ("test", [])),
    ],
)
def test_what_follows_is_handed_on(arguments: list[str], expected: tuple[str, list[str]]) -> None:
    options = setup.parser().parse_args(arguments)
    assert (options.what, options.more) == expected
