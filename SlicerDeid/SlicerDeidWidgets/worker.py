# SPDX-License-Identifier: Apache-2.0
"""Worker: the run as a process of its own, so that Slicer stays usable whatever happens in it.

The process prints one JSON object per line on stdout and sentences for humans on stderr. Closing its stdin asks it to
stop; the system does the same when Slicer dies, so no run outlives Slicer.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import qt

from SlicerDeidWidgets.processtree import endTree

MODULE_FOLDER = Path(__file__).resolve().parents[1]
GRACE_MS = 20_000  # ms: a series that is being written is finished or taken back in less
LEAVING_MS = 3_000  # ms that closing Slicer waits for it
SLICE_S = 0.05  # s of lines that are taken at a time: a run that goes on tells of all its finished series at once
_WRONG = re.compile(r"^slicerdeid(?: [a-z]+)?: error: (?:argument )?")  # what comes after how the command line is used
_EXCEPTION = re.compile(r"^(?:\w+\.)*(\w+(?:Error|Exception|Interrupt|Exit))\b")


@dataclass(frozen=True)
class Outcome:
    """How a process ended.

    Attributes
    ----------
    exitCode : int
        As the command line documents it.
    isCrash : bool
        Whether it died instead of ending.
    hasStarted : bool
        False when the program could not be started at all.
    isCancelled : bool
        Whether it was asked to stop.
    error : str
        The type of the exception it died of, when it said so.
    events : tuple of dict
        Everything it printed on stdout: events of a run, or one document.
    """

    exitCode: int
    isCrash: bool = False
    hasStarted: bool = True
    isCancelled: bool = False
    error: str = ""
    events: tuple[dict, ...] = field(default=(), repr=False)  # a plan names the patients' folders

    @property
    def isAnyHeld(self) -> bool:
        """Whether it said of a series that it waits, also when it did not come to its end."""
        return any(event.get("held") or event.get("status") == "held" for event in self.events)

    @property
    def isDeleting(self) -> bool:
        """Whether it was about to delete what had been made before, to start anew, and did not say that it has."""
        return bool((self.lastEvent("plan") or {}).get("deleting"))

    def lastEvent(self, name: str) -> dict | None:
        """Return the last event of that name."""
        return next((e for e in reversed(self.events) if e.get("event") == name), None)


class Worker:
    """One process at a time.

    Parameters
    ----------
    onEvent : callable
        Gets each JSON object as a dict.
    onSentence : callable
        Gets each sentence meant for humans.
    onFinished : callable
        Gets the ``Outcome``, exactly once per start.
    program : list of str, optional
        What is started before the arguments; default: Slicer's Python with the library.
    """

    def __init__(
        self,
        onEvent: Callable[[dict], None] | None = None,
        onSentence: Callable[[str], None] | None = None,
        onFinished: Callable[[Outcome], None] | None = None,
        program: list[str] | None = None,
    ) -> None:
        self._onEvent = onEvent
        self._onSentence = onSentence
        self._onFinished = onFinished
        self._program = program or [slicerPython(), "-m", "SlicerDeidLib"]
        self._process = None
        self.outcome: Outcome | None = None

    @property
    def isRunning(self) -> bool:
        """Whether the process lives."""
        return self._process is not None

    def start(self, arguments: list[str]) -> None:
        """Start the process; returns at once."""
        if self.isRunning:
            raise RuntimeError("A run is going on already.")
        self.outcome = None
        self._buffers = {"out": b"", "err": b""}
        self._events: list[dict] = []
        self._document: list[str] = []
        self._error = ""
        self._isTraceback = self._isUsage = self._isCancelled = self._isClosing = self._isPausing = False
        self._lines: deque[tuple[Callable[[str], None], bytes]] = deque()
        self._ending: tuple[int, bool] | None = None
        process = qt.QProcess()
        process.setEnvironment(environment())
        process.connect("readyReadStandardOutput()", self._read)
        process.connect("readyReadStandardError()", self._read)
        process.connect("finished(int,QProcess::ExitStatus)", self._finished)
        process.connect("errorOccurred(QProcess::ProcessError)", self._failed)
        self._process = process
        process.start(self._program[0], [*self._program[1:], *arguments])

    def cancel(self) -> None:
        """Ask the process to stop; it is ended when it does not within ``GRACE_MS``."""
        if not self.isRunning or self._isCancelled:
            return
        self._isCancelled = True
        self._process.closeWriteChannel()
        process = self._process
        qt.QTimer.singleShot(GRACE_MS, lambda: self._endIfStill(process))

    def close(self) -> None:
        """Stop for good, because the panel or Slicer closes; returns when the process is gone."""
        if not self.isRunning:
            return
        process = self._process
        self._isCancelled = self._isClosing = True
        if self._ending is not None:  # it is gone, and only its last lines were not taken yet
            self._takeLines()
            return
        process.closeWriteChannel()
        if not process.waitForFinished(LEAVING_MS):
            self._endIfStill(process)
            process.waitForFinished(LEAVING_MS)

    def wait(self, msec: int) -> bool:
        """Wait at most ``msec`` for the end; returns whether it ended."""
        if self.isRunning:
            self._process.waitForFinished(msec)
        return not self.isRunning

    def _endIfStill(self, process: object) -> None:
        if self._process is process and process.processId():
            endTree(process.processId())

    def _read(self) -> None:
        """Take what arrived on both pipes: problems are said before the first event, refusals after their events."""
        if self._process is None:
            return
        sentences = bytes(self._process.readAllStandardError().data())
        events = bytes(self._process.readAllStandardOutput().data())
        if not self._events and not self._lines:
            self._split("err", sentences, self._takeError)
            sentences = b""
        self._split("out", events, self._takeOutput)
        self._split("err", sentences, self._takeError)
        if not self._isPausing or self._isClosing:
            self._takeLines()

    def _takeLines(self) -> None:
        """Take some lines; the others when the event loop was let turn, and the end after the last one."""
        until = time.monotonic() + SLICE_S
        while self._lines and (self._isClosing or time.monotonic() < until):
            take, line = self._lines.popleft()
            take(line.decode("utf-8", "replace").rstrip("\r"))
        self._isPausing = bool(self._lines)
        if self._isPausing:
            qt.QTimer.singleShot(0, self._takeLines)
        elif self._ending is not None:
            exitCode, isCrash = self._ending
            self._end(Outcome(exitCode, isCrash, True, self._isCancelled, self._error, tuple(self._events)))

    def _split(self, name: str, data: bytes, take: Callable[[str], None]) -> None:
        *lines, self._buffers[name] = (self._buffers[name] + data).split(b"\n")
        self._lines.extend((take, line) for line in lines)

    def _takeOutput(self, line: str) -> None:
        """Take one line: an event, or a part of an indented document; whatever else is printed is none of ours."""
        if self._document or line == "{":
            self._document.append(line)
            if line != "}":
                return
            line, self._document = "\n".join(self._document), []
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            return
        if isinstance(event, dict):
            self._events.append(event)
            if self._onEvent:
                self._onEvent(event)

    def _takeError(self, line: str) -> None:
        """Hand sentences on; of a traceback only the exception's type, for its text may quote what was read."""
        if line.startswith("Traceback (most recent call last)"):
            self._isTraceback = True
        elif self._isTraceback:
            match = _EXCEPTION.match(line)
            if match:
                self._error, self._isTraceback = match.group(1), False
        elif line.startswith("usage: ") or (self._isUsage and not _WRONG.match(line)):
            self._isUsage = True  # of a command line that nobody typed
        elif line.strip() and self._onSentence:
            self._isUsage = False
            self._onSentence(_WRONG.sub("", line.strip()).removeprefix("slicerdeid: "))

    def _finished(self, exitCode: int, exitStatus: int) -> None:
        self._read()
        if self._buffers["err"]:
            self._split("err", b"\n", self._takeError)
        self._ending = exitCode, exitStatus == qt.QProcess.CrashExit
        if not self._isPausing or self._isClosing:
            self._takeLines()

    def _failed(self, error: int) -> None:
        if error == qt.QProcess.FailedToStart:
            self._end(Outcome(-1, hasStarted=False))

    def _end(self, outcome: Outcome) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        qt.QTimer.singleShot(0, lambda: process.deleteLater())  # not while it emits: Python's last reference ends it
        self.outcome = outcome
        if self._onFinished:
            self._onFinished(outcome)


def slicerPython() -> str:
    """Return Slicer's own Python; outside Slicer the running one."""
    return shutil.which("PythonSlicer") or sys.executable


def environment() -> list[str]:
    """Return the process' environment: the library can be imported, text is UTF-8, nothing of the user's own Python."""
    variables = dict(os.environ)
    paths = [str(MODULE_FOLDER), *filter(None, [variables.get("PYTHONPATH")])]
    variables.update(PYTHONPATH=os.pathsep.join(paths), PYTHONUTF8="1", PYTHONNOUSERSITE="1", NO_COLOR="1")
    return [f"{name}={value}" for name, value in variables.items()]
