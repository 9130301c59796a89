# SPDX-License-Identifier: Apache-2.0
"""The command line's door: ``slicerdeid`` and ``python -m SlicerDeidLib``."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from types import TracebackType

_SIGNAL_BASE = 128  # POSIX: a program stopped by signal n ends with 128 + n


def main() -> None:
    """Run the command line and exit with its code."""
    sys.excepthook = _say_type_only
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names of sheets and files may have letters that the terminal lacks
            stream.reconfigure(errors="backslashreplace")
    from SlicerDeidLib.commandline.parser import parse

    arguments = parse(sys.argv[1:])
    from SlicerDeidLib.commandline.commands import execute

    code = execute(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    if code > _SIGNAL_BASE:  # stopped: leave before half-stopped workers' buffers are taken apart
        os._exit(code)
    sys.exit(code)


def _say_type_only(kind: type[BaseException], _error: BaseException, trace: TracebackType | None) -> None:
    """Name an unexpected error's type and place: its text could hold a header's value."""
    if issubclass(kind, KeyboardInterrupt):  # before the run's own handlers stood
        os._exit(_SIGNAL_BASE + 2)
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace is not None else ""
    sys.stderr.write(
        f"slicerdeid: an unexpected {kind.__name__}{place}; finished series stay. Please report it with this line.\n"
    )


if __name__ == "__main__":
    main()
