# SPDX-License-Identifier: Apache-2.0
"""Words of the command line -> numbers, paths, names; one sentence where they are none."""

from __future__ import annotations

import argparse
import math
from pathlib import Path


def positive(text: str) -> int:
    """Read a whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return int(text)


def number(text: str, what: str) -> float:
    """Read a finite number; ``what`` names it in the complaint."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"must be {what}")
    return number


def depth_mm(text: str) -> float:
    """Read how deep skin and fat are peeled."""
    depth = number(text, "a number of mm")
    if not 4 <= depth <= 50:  # mm: less leaves skin on the 2 mm grid; 50 would reach the middle of a child's head
        raise argparse.ArgumentTypeError("must be between 4 and 50 mm")
    return depth


def air_value(text: str) -> float | None:
    """Read a value, or the word air."""
    return None if text == "air" else number(text, "a number, or the word air")


def path(text: str) -> Path:
    """Read a path; an empty one would be the current folder, which nobody named."""
    if not text:
        raise argparse.ArgumentTypeError("an empty name; name a file or folder")
    return Path(text)


def two_names(text: str) -> tuple[str, str]:
    """Read OLD,NEW."""
    names = tuple(name.strip() for name in text.split(","))
    if len(names) != 2 or not all(names):
        raise argparse.ArgumentTypeError("needs two column names, OLD,NEW")
    return names[0], names[1]
