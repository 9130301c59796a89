# SPDX-License-Identifier: Apache-2.0
"""A newcomer's two commands: set everything up, then show the demo or run the tests.

::

    python3 Testing/setup.py demo     make .venv, install SlicerDeid, run its main job on an embedded sample
    python3 Testing/setup.py test     make .venv, install SlicerDeid and what the tests need, run the tests

Needs Python 3.11 or newer and nothing else; says what it installs and why. Python packages come from PyPI into a
virtual environment inside the checkout; system packages are installed by apt, only where one is missing and only as
root (otherwise the line to run is printed). Whatever follows ``demo`` or ``test`` is handed on to ``slicerdeid demo``
or pytest.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
REPOSITORY = Path(__file__).resolve().parents[1]
STAMP = "slicerdeid-setup.txt"  # in the virtual environment: what was installed into it last
EXTRAS = {"demo": "[text]", "test": "[test]"}
ALL_TESTS = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]  # up to 2 GB a process; a file's tests share
ALL_TESTS += ["--no-loadscope-reorder"]  # as they stand: once the bench has saved a bundle, VTK loses its hierarchy

TOOLS = {  # program -> (Debian package, what for)
    "dciodvfy": ("dicom3tools", "judges whether released files are valid DICOM"),
    "cmake": ("cmake", "configures the extension"),
}
LIBRARIES = {  # shared library -> (Debian package, what for)
    "libEGL.so.1": ("libegl1", "the Qt panel without a display"),
    "libGL.so.1": ("libgl1", "the Qt panel and VTK"),
    "libOSMesa.so.8": ("libosmesa6", "pictures of slice and 3-D views without a display"),
    "libglib-2.0.so.0": ("libglib2.0-0", "the Qt panel"),
    "libxkbcommon.so.0": ("libxkbcommon0", "the Qt panel"),
    "libfontconfig.so.1": ("libfontconfig1", "letters in the panel"),
    "libdbus-1.so.3": ("libdbus-1-3", "the Qt panel"),
}


class SetupError(Exception):
    """What is wrong and what to do, in one sentence."""


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    made = argparse.ArgumentParser(
        description=__doc__.replace("::\n\n", ""), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--venv", type=Path, default=REPOSITORY / ".venv", help="virtual environment (default: .venv)")
    made.add_argument("--only-setup", action="store_true", help="install, then stop")
    made.add_argument("what", choices=list(EXTRAS))
    made.add_argument("more", nargs=argparse.REMAINDER, help="handed on to slicerdeid demo or to pytest")
    return made


def main() -> int:
    """Set up, then run what was asked for; the exit code is that of the demo or of the tests."""
    options = parser().parse_args()
    try:
        python = set_up(options.what, options.venv.absolute())
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    if options.only_setup:
        return 0
    if options.what == "demo":
        return run_demo(python, options.more)
    say("running the tests")
    command = [str(python), "-m", "pytest", *(options.more or ALL_TESTS)]
    return subprocess.run(command, cwd=REPOSITORY, env=with_bytecode()).returncode


def set_up(what: str, venv: Path) -> Path:
    """Install all that ``what`` needs; return the virtual environment's Python."""
    if sys.version_info < OLDEST:
        raise SetupError(f"Python {platform.python_version()} is too old: run it with Python 3.11, 3.12 or 3.13.")
    wanted: dict[str, str] = {}
    if importlib.util.find_spec("ensurepip") is None:  # Debian and Ubuntu keep it apart from python3
        wanted[f"python3.{sys.version_info.minor}-venv"] = "makes virtual environments"
    if what == "test":
        wanted.update(missing_packages())
    if wanted:
        install_system_packages(wanted)
    python = make_environment(venv)
    install_python_packages(python, what, venv / STAMP)
    return python


def missing_packages() -> dict[str, str]:
    """Return the Debian packages of the tools and libraries that are not here, each with what it is for."""
    missing = {package: why for tool, (package, why) in TOOLS.items() if shutil.which(tool) is None}
    if sys.platform.startswith("linux"):  # elsewhere the wheels and the system bring their own
        missing.update({package: why for library, (package, why) in LIBRARIES.items() if not can_load(library)})
    return missing


def can_load(library: str) -> bool:
    """Say whether the system's linker finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def install_system_packages(wanted: dict[str, str]) -> None:
    """Install Debian packages, or say which line installs them."""
    for package, why in wanted.items():
        say(f"missing: {package} ({why})")
    if shutil.which("apt-get") is None:
        say("these are not Python packages, and there is no apt-get here: tests that need them will say so")
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *wanted]
    if os.geteuid() != 0:
        raise SetupError(
            f"run this once, then this command again:\n  sudo apt-get update && sudo {shlex.join(install)}"
        )
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"], install):  # old lists may do: only the installation decides
        say(shlex.join(command))
        code = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL).returncode
    if code:
        raise SetupError(f"apt-get failed; its own message stands above. The line was: {shlex.join(install)}")


def make_environment(venv: Path) -> Path:
    """Make the virtual environment, or use the one that is there; return its Python."""
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if (venv / "pyvenv.cfg").is_file() and runs(python, "import pip"):
        version = f"sys.version_info[:2] == {sys.version_info[:2]}"
        if not runs(python, f"import sys; assert {version}"):
            raise SetupError(
                f"{venv} was made by another Python than this one ({platform.python_version()}): "
                "delete that folder, or choose another one with --venv."
            )
        return python
    if venv.exists() and not (venv / "pyvenv.cfg").is_file() and any(venv.iterdir()):
        raise SetupError(f"{venv} holds something that is no virtual environment: choose another folder with --venv.")
    say(f"making a virtual environment in {venv} (Python {platform.python_version()})")
    if subprocess.run([sys.executable, "-m", "venv", str(venv)]).returncode:
        raise SetupError("the virtual environment could not be made; Python's own message stands above.")
    return python


def runs(python: Path, code: str) -> bool:
    """Say whether the environment's Python is there and runs ``code``."""
    if not python.is_file():
        return False
    return subprocess.run([str(python), "-c", code], capture_output=True, check=False).returncode == 0


def install_python_packages(python: Path, what: str, stamp: Path) -> None:
    """Install SlicerDeid as it stands in the checkout, with what it needs; nothing when that was done before."""
    package = f"{REPOSITORY}{EXTRAS[what]}"
    digest = hashlib.sha256((REPOSITORY / "pyproject.toml").read_bytes()).hexdigest()
    done = stamp.read_text(encoding="utf-8").split() if stamp.is_file() else []
    if done[:1] == [digest] and what in done:
        say(f"{stamp.parent} is up to date")
        return
    say(
        "installing SlicerDeid and "
        + ("what it and its tests need" if what == "test" else "what it needs")
        + " from PyPI"
    )
    command = [str(python), "-m", "pip", "install", "--quiet", "--editable", package]
    if subprocess.run(command, stdin=subprocess.DEVNULL).returncode:
        raise SetupError("pip failed; its own message stands above (is there a network?).")
    covered = ["demo", "test"] if what == "test" else ["demo"]
    stamp.write_text("\n".join([digest, *covered, ""]), encoding="utf-8")


def with_bytecode() -> dict[str, str]:
    """Return the environment, and let Python keep what it compiled: the programs that tests start are hundreds."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run_demo(python: Path, more: list[str]) -> int:
    """Run ``slicerdeid demo`` and say how to go on."""
    command = [str(python), "-m", "SlicerDeidLib", "demo", *more]
    say("running slicerdeid demo")
    code = subprocess.run(command).returncode
    if code == 0:
        program = python.with_name("slicerdeid.exe" if os.name == "nt" else "slicerdeid")
        say(f"next, with your own images: {program} --help")
    return code


def say(line: str) -> None:
    """Print one line of progress, at once."""
    print(f"setup: {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
