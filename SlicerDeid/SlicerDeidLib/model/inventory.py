# SPDX-License-Identifier: Apache-2.0
"""Inventory: the distinct values of every attribute that stays, and how many subjects share each."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class InventoryRow:
    """What stands in one attribute: one value, or several together, which is decided about as it stands.

    Attributes
    ----------
    path : str
        ``"(0008,1090)"``, nested ``"(0018,9346)>(0008,0104)"``; of private attributes xx stands for the block.
    keyword : str
        As in PS3.6; of private attributes the creator.
    attribute : str
        How site rules name it: ``"00081090"``, ``"0019xx08 ACME"``.
    value : str
        As a person reads it; ``"512 values from 1 to 512"`` where numbers differ from image to image; ``"24 bytes"``.
    subjects, images : int
        How many have it.
    is_rare : bool
        Whether it stands in fewer subjects than is safe.
    why_undecidable : str
        Why site rules cannot decide about it, in words; empty where they can.
    values : int
        How many values ``value`` is: a backslash parts them (PS3.5 6.4), but in long texts, where it is a character.
    """

    path: str
    keyword: str
    attribute: str
    value: str = field(repr=False)
    subjects: int
    images: int
    is_rare: bool
    why_undecidable: str = ""
    values: int = 1

    @property
    def is_decidable(self) -> bool:
        """Whether site rules can keep, replace and remove it."""
        return not self.why_undecidable


@dataclass(frozen=True, slots=True)
class Inventory:
    """All values of an input as it would be released, or of an output; the rarest first.

    Attributes
    ----------
    subjects, images : int
        How many were looked at.
    unread : int
        Files that could not be read.
    """

    rows: tuple[InventoryRow, ...]
    subjects: int
    images: int
    unread: int = 0
