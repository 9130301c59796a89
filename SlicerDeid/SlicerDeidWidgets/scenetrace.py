# SPDX-License-Identifier: Apache-2.0
"""Trace: one thing in a scene that tells of somebody, and how it is taken out and put back.

Users work on between the two. So a value is written only where the value still stands that it replaces: what is no more
there, or was changed meanwhile, is left.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

PATIENTS, ATTRIBUTES, FILES, NAMES, TEXTS, VIEWS = "patients", "attributes", "files", "names", "texts", "views"
BUNDLE = "bundle"  # stands in what would be saved, and nothing here can take it out


@dataclass(frozen=True)
class Trace:
    """One thing that tells of somebody.

    Attributes
    ----------
    kind : str
        ``PATIENTS``, ``ATTRIBUTES``, ``FILES``, ``NAMES``, ``TEXTS``, ``VIEWS`` or ``BUNDLE``.
    where : str
        What it is, in words.
    before, after : str
        The value now, and what becomes of it.
    remove, restore : callable
        Take it out of the scene; put it back as it was. Say whether it was still to be found.
    """

    kind: str
    where: str
    before: str = field(repr=False)
    after: str = field(repr=False)
    remove: Callable[[], bool] = field(repr=False)
    restore: Callable[[], bool] = field(repr=False)


@dataclass(frozen=True)
class Entry:
    """A place that holds a text.

    Attributes
    ----------
    isThere : callable
        Says whether what has the place is still in the scene.
    read : callable
        Returns the text; None: there is none.
    write : callable
        Puts a text there; None: takes it away.
    """

    isThere: Callable[[], bool] = field(repr=False)
    read: Callable[[], str | None] = field(repr=False)
    write: Callable[[str | None], object] = field(repr=False)

    def change(self, old: str | None, new: str | None) -> bool:
        """Write ``new`` where ``old`` stands; say whether it did."""
        if not self.isThere() or self.read() != old:
            return False
        self.write(new)
        return True


def changing(kind: str, where: str, entry: Entry, before: str, after: str | None) -> Trace:
    """Return the trace of a text that becomes another one; None: nothing is left of it."""
    return Trace(
        kind,
        where,
        before,
        after or "",
        lambda: entry.change(before, after),
        lambda: entry.change(after, before),
    )


def staying(where: str, text: str) -> Trace:
    """Return the trace of a text that nothing here can take out."""
    return Trace(BUNDLE, where, text, text, lambda: False, lambda: False)


def bound(call: Callable[..., object], *first: object) -> Callable[..., object]:
    """Return ``call`` with its first arguments given."""
    return lambda *rest: call(*first, *rest)
