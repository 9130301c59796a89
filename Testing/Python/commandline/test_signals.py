# SPDX-License-Identifier: Apache-2.0
"""Real processes that are stopped or killed, and what the next run finds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

import pytest
from commandcases import HEADERS_ONLY, LIBRARY, released, slicerdeid, write_map
from ctseries import make_patient


def start(
    project: Path, *words: str, count: int = 21, stdin: int | BinaryIO = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    """Start a real process on an input that takes it a while."""
    for number in range(3, count):
        make_patient(project / "in", f"CANARYFOLDER{number}", number=number, size=256)
    write_map(project, *(f"CANARYFOLDER{n},S{n:02d}" for n in range(1, count)))
    command = [sys.executable, "-m", "SlicerDeidLib", "run", "in", "out", "--map", "map.csv", "--key", "key"]
    command += ["--private", "private", *HEADERS_ONLY, *words]
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY)}
    return subprocess.Popen(
        command, cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=stdin
    )


def wait_for_releases(project: Path, count: int = 8) -> None:
    for _ in range(6000):  # two minutes: a busy machine takes its time
        if sum(1 for p in (project / "out").rglob("*.dcm")) >= count:
            return
        time.sleep(0.02)
    raise AssertionError("the run released nothing in time")


def finish(project: Path) -> None:
    """Resume, and find everything in place."""
    code = slicerdeid("run", "in", "out", *HEADERS_ONLY)
    assert code == 0
    assert len(released()) == 20 * 4
    assert not list(project.glob(".*partial"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_cleanly_and_the_run_can_be_resumed(project: Path, number: int, code: int) -> None:
    process = start(project, "--workers", "2")
    wait_for_releases(project)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, (out, err)
    assert b"Traceback" not in err
    assert len(released()) % 4 == 0
    assert not list(project.glob(".*partial"))
    finish(project)


def test_a_second_signal_and_a_closed_stdin_leave_nothing_behind(project: Path) -> None:
    process = start(project, "--workers", "2", "--progress", "json")
    wait_for_releases(project)
    assert process.stdin is not None
    process.send_signal(signal.SIGTERM)
    process.stdin.close()
    process.stdin = None
    for _ in range(5):
        time.sleep(0.03)
        process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode in (143, -signal.SIGTERM)  # what comes after the clean-up ends it at once
    assert len(released()) % 4 == 0
    assert not list(project.glob(".*partial"))


def test_closing_stdin_stops_a_run_with_json_progress(project: Path) -> None:
    process = start(project, "--workers", "1", "--progress", "json")
    wait_for_releases(project)
    assert process.stdin is not None
    process.stdin.close()
    process.stdin = None
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert len(released()) % 4 == 0
    finish(project)


def test_a_pipe_on_stdin_that_is_closed_from_the_start_stops_a_run_with_json_progress(project: Path) -> None:
    process = start(project, "--workers", "1", "--progress", "json")
    out, _ = process.communicate(timeout=60)  # closes it at once
    assert process.returncode == 130
    assert b'"exit": 130' in out
    assert len(released()) % 4 == 0
    finish(project)


@pytest.mark.parametrize("is_file", [False, True])
def test_stdin_without_another_end_stops_no_run(project: Path, is_file: bool) -> None:
    nothing = project / "nothing"
    nothing.touch()
    with (nothing if is_file else Path(os.devnull)).open("rb") as stdin:
        process = start(project, "--workers", "1", "--progress", "json", stdin=stdin)
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert b'"exit": 0' in out
    assert len(released()) == 20 * 4


def test_kill_nine_leaves_nothing_half_written_after_the_next_run(project: Path) -> None:
    process = start(project, "--workers", "1")
    wait_for_releases(project)
    process.kill()
    process.communicate(timeout=60)
    finish(project)
