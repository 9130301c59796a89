# SPDX-License-Identifier: Apache-2.0
"""Sources: where a value stands in the original, and what it says of somebody when it is found again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from SlicerDeidLib.model.element import tag_text
from SlicerDeidLib.verification.descriptors import is_plainly_clinical
from SlicerDeidLib.verification.private import is_creator
from SlicerDeidLib.verification.profile import Kind, is_private, keyword

SOURCE_NAMES = {0: "a folder or file name", -1: "the preamble", -2: "the bytes behind the data set"}
LETTER = rb"[a-z\x80-\xff]"  # of lowered bytes, in any character set


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value stands in the original.

    Attributes
    ----------
    tag : int
        The element, or a key of ``SOURCE_NAMES``.
    options : frozenset of str
        The options of PS3.15 that keep this attribute.
    """

    tag: int
    kind: Kind
    options: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """In words, for a message."""
        return SOURCE_NAMES.get(self.tag) or " ".join(dict.fromkeys((keyword(self.tag), tag_text(self.tag))))

    @property
    def is_creator(self) -> bool:
        """Whether it is a private creator, which names the maker of a device."""
        return self.tag > 0 and is_creator(self.tag)

    @property
    def is_private(self) -> bool:
        """Whether it is a private element."""
        return self.tag > 0 and is_private(self.tag)

    @property
    def severity(self) -> str:
        """How bad it is that a value of this source is found."""
        return "warning" if self.kind is Kind.DESCRIPTOR else "error"

    def is_meant(self, needle: bytes, data: bytes) -> bool:
        """Whether bytes that hold a value mean it: the short parts of a private creator stand inside other words too.

        >>> Source(0x00090010, Kind.LISTED).is_meant(b"pati", b"Patient")
        False
        """
        if not self.is_creator:
            return True
        alone = rb"(?<!%b)(?<!%b\0)%b(?!%b)" % (LETTER, LETTER, re.escape(needle), LETTER)
        return re.search(alone, data.lower()) is not None

    def is_said_alike(self, needle: bytes) -> bool:
        """Whether words of a folder or private attribute are clinical ones that a description may say too."""
        is_elsewhere = self.tag <= 0 or self.is_private
        return is_elsewhere and needle.isascii() and b"\0" not in needle and is_plainly_clinical(needle.decode("ascii"))
