# SPDX-License-Identifier: Apache-2.0
"""Step: what happens to one attribute at one place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.headers import act, values
from SlicerDeidLib.headers.codes import CODE_PARTS
from SlicerDeidLib.headers.select import Choice, Path, keyword_of
from SlicerDeidLib.model.element import tag_text
from SlicerDeidLib.model.policy import ActionCode
from SlicerDeidLib.model.record import Change
from SlicerDeidLib.standard.readwith import read_with_tags

if TYPE_CHECKING:
    from SlicerDeidLib.headers.steps import Level

_MEASURING_VRS = frozenset(
    {"CS", "DS", "FD", "FL", "IS", "SS", "US"}
)  # of what says how pixels are read; tables are bytes
_BESIDE_PIXELS = frozenset({0x00080060, 0x00283006})  # Modality, and LUT Data, which is a table too
ANYTHING = re.compile(rb"(?s:.*)")


class Step:
    """What happens to one attribute at one place.

    Attributes
    ----------
    file_vr : str
        The VR for which it was compiled.
    vr : str
        The VR that the value is treated as: PS3.6's, where the file's is another.
    act : callable or None
        None where there is nothing to do.
    code, fallback : ActionCode
        As resolved; the fallback (X, Z, D) is what is done where ``act`` cannot.
    level : Level or None
        Of the items, for sequences.
    shown : str
        As what the value is searched for elsewhere; ``""``: not at all.
    partner : int
        Tag of the time that belongs to a date.
    closeness : str
        How a kept text is swept.
    argument : str
        As in ``policy.Action``.
    """

    __slots__ = (
        "_changes",
        "_path",
        "_source",
        "act",
        "argument",
        "closeness",
        "code",
        "fallback",
        "file_vr",
        "is_read_with",
        "is_strict",
        "level",
        "partner",
        "pattern",
        "shown",
        "tag",
        "vr",
    )

    def __init__(self, path: Path, tag: int, file_vr: str, vr: str, choice: Choice) -> None:
        self.tag = tag
        self.file_vr = file_vr
        self.vr = vr
        self.code = choice.code
        self.argument = choice.argument
        self.fallback = ActionCode.X if tag == act.CHARSET else choice.fallback  # no dummy names a character set
        self.act: act.Act | None = None
        self.level: Level | None = None
        self.shown = ""
        self.partner = 0
        self.is_strict = False
        is_measure = vr in _MEASURING_VRS and tag in read_with_tags() - _BESIDE_PIXELS
        self.is_read_with = is_measure and choice.code is ActionCode.K
        self.closeness = ""
        self.pattern = values.pattern_of(tag, vr) or ANYTHING
        self._path = ">".join(map(tag_text, (*path, tag)))
        self._source = choice.source
        self._changes: dict[str, Change] = {}

    @property
    def reads(self) -> frozenset[int]:
        """Tags of the same place whose values decide, besides its own, what becomes of the value.

        A date moves with its time, a code is judged with its scheme and meaning. A private value depends on its creator
        too, and pixels and their offset tables on each other. What counts for all of an instance is in ``act.Run``.
        """
        partner = frozenset({self.partner} if self.partner else ())
        return partner | CODE_PARTS if self.tag in CODE_PARTS else partner

    def change(self, action: str) -> Change:
        """Return the record of ``action`` on this attribute."""
        change = self._changes.get(action)
        if change is None:
            change = self._changes[action] = Change(self._path, keyword_of(self.tag), action, self._source)
        return change

    def check_may_change(self, action: str) -> None:
        """Refuse to write another value with which the image is read: its pixels would mean something else.

        Raises
        ------
        SeriesRefused
            When it is such a one.
        """
        if self.is_read_with:
            why = "it is equal to one of the patient's own values" if action == act.SWEPT else "it is not valid"
            raise SeriesRefused(
                f"the image is read with {keyword_of(self.tag)}, whose value cannot stay, since {why}; correct it, or "
                "leave this series out"
            )

    def item_change(self, action: str, source: str) -> Change:
        """Return the record of ``action`` on an item of this sequence, which a rule of its own asks for."""
        return Change(self._path, keyword_of(self.tag), action, source)
