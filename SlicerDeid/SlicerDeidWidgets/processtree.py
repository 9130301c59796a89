# SPDX-License-Identifier: Apache-2.0
"""End a process with all its children, by what every system has: ps or taskkill.

PythonSlicer is a launcher: ending it alone would leave the interpreter and its workers behind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys


def descendants(pid: int) -> list[int]:
    """Return the process ids below ``pid``, children before grandchildren (POSIX)."""
    listed = subprocess.run(  # noqa: S603
        [shutil.which("ps") or "ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False
    )
    children: dict[int, list[int]] = {}
    for line in listed.stdout.splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    found = [pid]
    for each in found:
        found += children.get(each, [])
    return found[1:]


def endTree(pid: int) -> None:
    """End ``pid`` and everything below it at once; what is gone already is no error."""
    if sys.platform == "win32":
        subprocess.run(  # noqa: S603
            [shutil.which("taskkill") or "taskkill", "/T", "/F", "/PID", str(pid)], capture_output=True, check=False
        )
        return
    for each in [*descendants(pid), pid]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
