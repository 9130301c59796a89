# SPDX-License-Identifier: Apache-2.0
"""Formats by name: "module:object", imported at first use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from SlicerDeidLib.errors import FormatError

if TYPE_CHECKING:
    from SlicerDeidLib.model.instance import Instance

_DOORS = {
    "dicom": ("SlicerDeidLib.formats.dicom.door:sniff", "SlicerDeidLib.formats.dicom.door:index"),
}


class Sniff(Protocol):
    """Says whether a file is of a format."""

    def __call__(self, path: Path) -> bool:
        """Return True when it is."""
        ...


class IndexFile(Protocol):
    """Reads what planning needs to know of one file below ``root``."""

    def __call__(self, path: Path, root: Path) -> Instance:
        """Return the instance, its path relative to ``root``."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """One format: how to recognise a file of it, and how to index one."""

    name: str
    sniff: Sniff
    index: IndexFile


def names() -> tuple[str, ...]:
    """Return the formats that can be read, in the order in which a file is tried."""
    return tuple(_DOORS)


@cache
def image_format(name: str) -> Format:
    """Return the format called ``name``; its module is imported now.

    Raises
    ------
    FormatError
        If there is no such format.
    """
    if name not in _DOORS:
        raise FormatError(f"there is no image format of that name; there are: {', '.join(_DOORS)}")
    sniff, index = map(_load, _DOORS[name])
    return Format(name, cast("Sniff", sniff), cast("IndexFile", index))


def _load(place: str) -> Any:
    """Import the object that ``"module:object"`` names."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
