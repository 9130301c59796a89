# SPDX-License-Identifier: Apache-2.0
"""Locks that say nothing: filelock logs the path of each, and folders are named after patients.

Slicer's own log takes every record, and a user's program may. Whoever locks takes both names from here.
"""

from __future__ import annotations

import logging

from filelock import FileLock, Timeout

__all__ = ["FileLock", "Timeout"]


def _is_heard(record: logging.LogRecord) -> bool:
    """Say whether a record of filelock may go on: those below a warning quote paths."""
    return record.levelno >= logging.WARNING


logging.getLogger("filelock").addFilter(_is_heard)
