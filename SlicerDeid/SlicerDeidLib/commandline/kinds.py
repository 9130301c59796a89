# SPDX-License-Identifier: Apache-2.0
"""Kinds of values on the command line: each reads one word or says what is wrong with it."""

from __future__ import annotations

import argparse
import math
import re
from pathlib import Path

OPTIONS = (
    "retain-safe-private",
    "retain-uids",
    "retain-device-identity",
    "retain-institution-identity",
    "retain-patient-characteristics",
    "retain-full-dates",
    "retain-modified-dates",
    "clean-descriptors",
    "clean-structured-content",
    "clean-graphics",
)
_MEDE = re.compile("basicProfile|(?:clean|rtn)[A-Za-z]+Opt")  # read_policy knows which there are


def positive_of(text: str) -> int:
    """Read a whole number of 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a whole number, 1 or more")
    return int(text)


def number_of(text: str, what: str) -> float:
    """Read a finite number; ``what`` says in words what it must be."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"must be {what}")
    return number


def depth_of(text: str) -> float:
    """Read how deep skin and fat are peeled, mm."""
    depth = number_of(text, "a number of mm")
    if not 4 <= depth <= 50:  # mm: less leaves skin on the 2 mm grid; 50 would reach the middle of a child's head
        raise argparse.ArgumentTypeError("must be between 4 and 50 mm")
    return depth


def air_of(text: str) -> float | None:
    """Read an air value; None for air itself."""
    return None if text == "air" else number_of(text, "a number, or the word air")


def option_of(text: str) -> str:
    """Read an option by its name, or by that which the program mede gives it."""
    if text not in OPTIONS and not _MEDE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"no such option; there are {', '.join(OPTIONS)}")
    return text


def path_of(text: str) -> Path:
    """Read a path; an empty one would be the current folder, which nobody named."""
    if not text:
        raise argparse.ArgumentTypeError("an empty name; name a file or folder")
    return Path(text)


def two_names_of(text: str) -> tuple[str, str]:
    """Read two column names with a comma between."""
    names = tuple(name.strip() for name in text.split(","))
    if len(names) != 2 or not all(names):
        raise argparse.ArgumentTypeError("needs two column names, OLD,NEW")
    return names[0], names[1]
