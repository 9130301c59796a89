# SPDX-License-Identifier: Apache-2.0
"""A TOML file read strictly: every complaint is a PolicyError that names file and line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from SlicerDeidLib.errors import PolicyError

MAX_BYTES = 1 << 20  # a script that names every attribute of PS3.6 has 0.3 MB; more is no rule file
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
_HEADER = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A TOML file: its name for messages, its text, its content.

    Attributes
    ----------
    label : str
        The file's name without its folder.
    is_own : bool
        Whether it is a policy of the user's own, and none that comes with the program.
    """

    label: str
    text: str
    content: Mapping[str, Any]
    is_own: bool = False

    def fail(self, what: str, key: str = "", table: str = "", item: str = "") -> NoReturn:
        """Raise a PolicyError for a key of a table (``""``: the top level), or for an item of its list.

        Raises
        ------
        PolicyError
            Always.
        """
        line = line_of(self.text, key, table, item=item)
        raise PolicyError(f"{self.label}, line {line}: {what}" if line else f"{self.label}: {what}")

    def table(self, name: str, keys: Collection[str] | None = None) -> dict[str, Any]:
        """Return a sub-table, empty when it is not there; refuse keys that are not in ``keys``."""
        found = self.content.get(name, {})
        if not isinstance(found, dict):
            self.fail(f"'{name}' must be a table, written as [{name}].", name)
        self.check_keys(found, keys, name)
        return found

    def check_keys(
        self, found: Mapping[str, Any], keys: Collection[str] | None, table: str = "", others: str = ""
    ) -> None:
        """Refuse keys that nobody knows, and say which are known; ``others`` goes on with where others are."""
        for key in found:
            if keys is not None and key not in keys:
                self.fail(f"'{key}' is not known here; known are {words(keys)}{others}.", key, table)

    def string(self, key: str, default: str = "") -> str:
        """Return a text of the top level."""
        value = self.content.get(key, default)
        if not isinstance(value, str):
            self.fail(f"'{key}' must be a text in quotes.", key)
        return value

    def strings(self, value: Any, key: str, table: str = "") -> tuple[str, ...]:
        """Return a list of texts."""
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            self.fail(f"'{key}' must be a list of texts in quotes.", key, table)
        return tuple(value)


def read_text(path: Path, most_bytes: int = MAX_BYTES) -> str:
    """Return the text of a policy or rule file of at most so many bytes.

    Raises
    ------
    PolicyError
        If it cannot be read, is too large, or is not text in UTF-8.
    """
    try:
        if path.stat().st_size > most_bytes:
            raise PolicyError(f"{path.name} is too large for a policy or rule file; is it the right file?")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise PolicyError(f"{path.name} cannot be read: {error.strerror or 'unknown reason'}.") from error
    except UnicodeDecodeError as error:
        raise PolicyError(f"{path.name} is not text in UTF-8; save it as UTF-8.") from error


def parse(text: str, label: str) -> TomlFile:
    """Parse the text of a TOML file.

    Raises
    ------
    PolicyError
        If it is not TOML; the message names the line.
    """
    try:
        return TomlFile(label, text, tomllib.loads(text))
    except ValueError as error:  # of numbers with thousands of digits too
        match = _AT_LINE.search(str(error))
        line = match[1] if match and match[1] else str(len(text.splitlines()) or 1)
        what = _AT_LINE.sub("", str(error)).strip().rstrip(".")
        raise PolicyError(f"{label}, line {line}: this is not TOML: {what}.") from error
    except RecursionError as error:
        lines = text.splitlines()
        line = 1 + max(range(len(lines)), key=lambda n: lines[n].count("[") + lines[n].count("{"))
        raise PolicyError(f"{label}, line {line}: too many lists or tables lie within each other.") from error


def line_of(text: str, key: str, table: str = "", *, item: str = "", number: int = 1) -> int:
    """Return the line, from 1, on which a key of a table stands; the table's own line, or 0, when it is not found.

    Raises nothing: a message without the right line is better than none. Keys inside inline tables are found where they
    begin the line of the table.

    Parameters
    ----------
    item : str
        A text in the key's list, whose own line is meant where it stands on another one.
    number : int
        Of tables that are written one by one as [[table]], which is meant.
    """
    lines, current, seen, fallback = text.splitlines(), "", 0, 0
    name = rf"""(?:"{re.escape(key)}"|'{re.escape(key)}'|{re.escape(key)})\s*[.=]"""
    own = re.compile(rf"\s*{name}")
    inner = re.compile(rf"\s*{re.escape(table)}\s*(?:\.\s*|=\s*\{{(?:.*?[,\s])?){name}") if table else own
    for place, line in enumerate(lines, 1):
        if header := _HEADER.fullmatch(line):
            current = header[1].strip("\"' ")
            seen += current == table
            if current in (table, key) and (not fallback or seen == number > 1):
                fallback = place
        elif key and (
            (current == table and seen in (0, number) and own.match(line)) or (not current and inner.match(line))
        ):
            return _line_of_item(lines, place, item) if item else place
    return fallback


def _line_of_item(lines: list[str], first: int, item: str) -> int:
    """Return the line on which a text stands in quotes at or below a line; that line where it is not found."""
    found = (
        place for place, line in enumerate(lines[first - 1 :], first) if f'"{item}"' in line or f"'{item}'" in line
    )
    return next(found, first)


def words(names: Collection[str]) -> str:
    """Return names as they are read: ``'a', 'b' and 'c'``."""
    marked = [f"'{name}'" for name in names]
    return " and ".join([", ".join(marked[:-1]), marked[-1]]) if len(marked) > 1 else "".join(marked)


def quoted(text: str) -> str:
    """Return a text as a basic string of TOML, which JSON's are but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
