# SPDX-License-Identifier: Apache-2.0
"""The value inventory as a table in the terminal, as CSV, and as decisions to be made."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from SlicerDeidLib.commandline import terminal
from SlicerDeidLib.errors import OutputError
from SlicerDeidLib.files.whole import BY_MASK, write_whole
from SlicerDeidLib.model.inventory import Inventory, InventoryRow
from SlicerDeidLib.model.legible import legible_name
from SlicerDeidLib.model.policy import Action, ActionCode
from SlicerDeidLib.policies.importers.site_toml import Decision

_FORMULAS = frozenset("=+-@")  # what cells begin with that a spreadsheet computes
_NUMBER = re.compile(r"[+-]?\d*\.?\d*(?:e[+-]?\d+)?", re.IGNORECASE)
_MOST_NAMED = 8  # attributes in one line; the table has all
_COLUMNS = ("Subjects", "Images", "Rare", "Attribute", "Name", "Value")


def show(found: Inventory) -> None:
    """Print the table, the rarest values first, and how many are rare."""
    out = terminal.console()
    out.print(terminal.table("Values that stay", _COLUMNS, [_cells(row) for row in found.rows]))
    rare = sum(row.is_rare for row in found.rows)
    sentence = f"{len(found.rows)} values in {found.images} images of {found.subjects} subjects; {rare} are rare."
    if found.unread:
        sentence += f" {found.unread} files could not be read."
    terminal.say(out, sentence)


def check_file(path: Path) -> None:
    """Refuse what cannot become a file, before anything is read.

    Raises
    ------
    OutputError
        If it is a folder, or lies in none.
    """
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise OutputError("--csv names a folder, or a file in a folder that is not there; name a file in one that is.")


def write_csv(found: Inventory, path: Path) -> None:
    """Write the table as CSV, in UTF-8 with a mark that spreadsheets look for."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow((*_COLUMNS, "Cannot be decided about"))
    writer.writerows([_as_text(cell) for cell in (*_cells(row), row.why_undecidable)] for row in found.rows)
    write_whole(path, file.getvalue().encode("utf-8-sig"), mode=BY_MASK)


def decisions_of(found: Inventory) -> Iterator[Decision]:
    """Yield a decision to keep for every rare value that can be decided about, one for each attribute and value."""
    told: set[tuple[str, str]] = set()
    for row in found.rows:
        if row.is_rare and row.is_decidable and (row.attribute, row.value) not in told:
            told.add((row.attribute, row.value))
            remark = f"{row.keyword} {row.path}: {row.subjects} of {found.subjects} subjects"
            yield Decision(row.attribute, row.value, Action(ActionCode.K), remark)


def say_undecidable(found: Inventory) -> None:
    """Say which of the rare values cannot be decided about, and why not: a line for each reason."""
    reasons: dict[str, list[str]] = {}
    for row in found.rows:
        if row.is_rare and not row.is_decidable:
            reasons.setdefault(row.why_undecidable, []).append(
                row.path if "xx" in row.path else row.keyword or row.path
            )
    for why, names in reasons.items():
        known = list(dict.fromkeys(names))
        more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
        print(f"Not among them: {', '.join(known[:_MOST_NAMED])}{more}: {why}.")


def _as_text(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in _FORMULAS and not _NUMBER.fullmatch(cell) else cell


def _cells(row: InventoryRow) -> tuple[str, ...]:
    """Return a row as it is read."""
    rare = "rare" if row.is_rare else ""
    return (str(row.subjects), str(row.images), rare, row.path, row.keyword, legible_name(row.value))
