# SPDX-License-Identifier: Apache-2.0
"""Change, SeriesRecord, RunRecord and Finding: what happened. No header value in any of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

MaskedPlace = tuple[str, int, int, int, int, int]
"""Where text was filled: path below the output (POSIX), frame, row, column, height and width in pixels."""

DECIDED = "removed: decided for this value"
"""The action of a change that lets a value go since a human decided so about that one value."""
_SET = "set"  # the action of a change for which a human gave the value
_ASKED = frozenset({"removed", "emptied", "dummy", "pseudonym", "hashed", "bounded"})  # what rules ask for
_OF_A_FILE = re.compile(r".:\d+\Z|: named by no line\Z")  # how sources of rules end that stand in a file, PS3's do not


class Change(NamedTuple):
    """One kind of change to one attribute: a tuple, for millions of them are counted.

    Attributes
    ----------
    path : str
        ``"(0010,0010)"``, nested ``"(0040,0275)>(0040,0007)"``; items are not numbered.
    keyword : str
        As in PS3.6; empty for private and unknown attributes.
    action : str
        What was done: ``"removed"``, ``"emptied"``, ``"dummy"``, ``"mapped"``, ``"shifted"``, ``"new ID"``,
        ``"bounded"``, ``"pseudonym"``, ``"hashed"``, ``"set"``, ``"swept"``, ``"corrected"``, ``"added"``, ``"removed:
        not valid for its VR"`` and ``DECIDED`` (removed, emptied or a dummy, by Type).
    source : str
        The rule's source.
    """

    path: str
    keyword: str
    action: str
    source: str


class Status(Enum):
    """How a series ended."""

    RELEASED = "released"
    HELD = "held"
    REFUSED = "refused"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """What happened to one series.

    Attributes
    ----------
    scan : int
        That of the plan's subject: which of several scans of one patient; 0 when there is one.
    reason : str
        Why it was not released; of what was, that what waited of it before went, and what that was made with, or that
        it stays as it was made before though other files are asked for beside its images.
    changes : dict of Change to int
        In how many places each change was made, over all instances.
    files : tuple of (str, int, str)
        Released files: path below the output (POSIX), size in bytes, SHA-256.
    marks : dict of str to str
        Keyword -> value of the marks that were written (codes joined by a space).
    otherwise : tuple of (dict of str to str, tuple of str)
        Other marks than those, each with the released files that have them: an image whose pixels stayed says nothing
        of how those of others were changed.
    measures : dict of str to float
        What defacing and text masking measured (``cavity_ml``, ``removed_ml``...).
    findings : tuple of str
        Sentences a human must see, although the series was released.
    is_unexamined : bool
        Whether nobody looked at the content of its files.
    renewed : tuple of str
        The new SOP Instance UIDs of images whose pixels are others than those of the original, where UIDs stay as they
        are; empty where all UIDs are mapped.
    masked : tuple of MaskedPlace
        Where text was filled.
    """

    deidentification_id: str
    series_number: int
    modality: str
    status: Status
    reason: str = ""
    changes: dict[Change, int] = field(default_factory=dict)
    files: tuple[tuple[str, int, str], ...] = ()
    marks: dict[str, str] = field(default_factory=dict)
    otherwise: tuple[tuple[dict[str, str], tuple[str, ...]], ...] = ()
    measures: dict[str, float] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    masked: tuple[MaskedPlace, ...] = ()
    left_out: int = 0
    is_recognisable: bool = False
    is_unexamined: bool = False
    is_resumed: bool = False
    scan: int = 0
    renewed: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, int, int]:
        """New ID, scan and number: what names a series of a run."""
        return self.deidentification_id, self.scan, self.series_number

    @property
    def chosen(self) -> tuple[str, ...]:
        """The attributes, at any depth, of which a rule or the map says what is written: ``("(0010,0040)",)``."""
        return tuple(sorted({one.path.rpartition(">")[2] for one in self.changes if one.action == _SET}))

    @property
    def taken(self) -> tuple[str, ...]:
        """The attributes, at any depth, whose value a decision or a rule in a file took away: ``("(0018,0050)",)``."""
        asked = (c for c in self.changes if c.action in _ASKED and _OF_A_FILE.search(c.source))
        decided = (c for c in self.changes if c.action == DECIDED)
        return tuple(sorted({one.path.rpartition(">")[2] for one in (*asked, *decided)}))

    @property
    def place(self) -> str:
        """What people call it: ``"HEAD-001, scan 2, series 1"``."""
        scan = f", scan {self.scan}" if self.scan else ""
        return f"{self.deidentification_id}{scan}, series {self.series_number}"


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What happened in one run.

    Attributes
    ----------
    unwritten : tuple of str
        A sentence for each DICOMDIR that could not be redacted.
    """

    policy: str
    series: tuple[SeriesRecord, ...]
    versions: dict[str, str]
    is_cancelled: bool = False
    unwritten: tuple[str, ...] = ()

    @property
    def released(self) -> int:
        """How many series were released."""
        return sum(s.status is Status.RELEASED for s in self.series)

    @property
    def held(self) -> int:
        """How many series wait beside the output until they are accepted."""
        return sum(s.status is Status.HELD for s in self.series)

    @property
    def left_out(self) -> int:
        """How many series were left out."""
        return sum(s.status is Status.LEFT_OUT for s in self.series)

    @property
    def refused(self) -> int:
        """How many series were refused."""
        return sum(s.status is Status.REFUSED for s in self.series)

    @property
    def recognisable(self) -> int:
        """How many series that were released, or wait, may show a recognisable face."""
        return sum(s.is_recognisable for s in self.series)

    @property
    def recognisable_held(self) -> int:
        """How many of these wait."""
        return sum(s.is_recognisable and s.status is Status.HELD for s in self.series)

    @property
    def unexamined(self) -> int:
        """How many series were released, or wait, at whose content nobody looked."""
        return sum(s.is_unexamined for s in self.series)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that an audit found wrong, or that a human must see.

    Attributes
    ----------
    severity : str
        ``"error"`` (exit 3), ``"warning"`` or ``"note"``.
    check : str
        Which check found it ("values", "uids", "dates", "marks", "structure", "pixels", "meta").
    path : str
        File below OUT, or ``""`` for all of it.
    tag : str
        ``"(0010,0010)"`` or ``""``.
    message : str
        One sentence, never a value.
    more : int
        Further places of the same kind that are not listed one by one.
    """

    severity: str
    check: str
    path: str
    tag: str
    message: str
    more: int = 0
