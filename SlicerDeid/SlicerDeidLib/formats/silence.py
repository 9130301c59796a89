# SPDX-License-Identifier: Apache-2.0
"""Silence: what other packages say of a header or of pixels is kept back, for it can quote values."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2  # file descriptor


@contextmanager
def silenced(*names: str) -> Iterator[None]:
    """Keep warnings and the messages of loggers back, by their names."""
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.disabled for logger in loggers]
    try:
        for logger in loggers:
            logger.disabled = True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, was in zip(loggers, before, strict=True):
            logger.disabled = was


@contextmanager
def unheard() -> Iterator[None]:
    """Keep back what a decoder in C writes to the standard error stream itself, for the whole process."""
    try:
        heard = os.dup(_STDERR)
    except OSError:  # a program without one
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _STDERR)
        yield
    finally:
        os.dup2(heard, _STDERR)
        os.close(heard)
        os.close(nowhere)
