# SPDX-License-Identifier: Apache-2.0
"""What one way of releasing a series leaves, and what a person must be told of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.headers.stamp import Marks
from SlicerDeidLib.model.plan import SeriesPlan
from SlicerDeidLib.model.policy import Disposition
from SlicerDeidLib.model.record import MaskedPlace
from SlicerDeidLib.model.volume import HeadMask, TextBox
from SlicerDeidLib.pipeline.masks import HeadMasks
from SlicerDeidLib.planning.verdicts import UNEXAMINED

_DROPPED = {  # of one, of several
    "outlines": ("region was dropped that may show the head", "regions were dropped that may show the head"),
    "drawings": ("outline was dropped that may show the head", "outlines were dropped that may show the head"),
    "distances": ("distance to the skin was removed", "distances to the skin were removed"),
}
_LEFT_OUT = "image with burned-in text was left out", "images with burned-in text were left out"
_PAGES = "image is a page of text and was left out", "images are pages of text and were left out"
_UNKNOWN = (
    "image declares no region of the picture: look at it",
    "images declare no region of the picture: look at them",
)
_FINDINGS = {
    "none": "no defacing: a head in this series stays recognisable",
    "surface": "the peel of skin and fat may leave a recognisable face",
    "face": "the face is removed, ears and scalp stay",
}


def refuse_nothing(count: int, pages: int) -> None:
    """Refuse a series of which no image is left to be released.

    Parameters
    ----------
    count, pages : int
        As in ``Released``.

    Raises
    ------
    SeriesRefused
        If none is.
    """
    if not count and pages:
        raise SeriesRefused("its images are pages of text, which are left out")
    if not count:
        raise SeriesRefused("text was found in every image, so that none is left to be released")


def masked_place(box: TextBox, target: str, frame: int) -> MaskedPlace:
    """Return where text was filled, for the record; ``target``: the image's path below the output."""
    return target, frame, box.row, box.column, box.height, box.width


@dataclass(frozen=True, slots=True)
class Released:
    """What one way of releasing a series leaves.

    Attributes
    ----------
    count : int
        Files that were handed to the writer.
    dropped : int
        Images that were left out because text was found in them.
    masked : list
        Where text was filled, as in ``SeriesRecord.masked``.
    pages : int
        Images that were left out because they are pages of text.
    unknown : int
        Images of which nothing says where the picture lies.
    mask : HeadMask or None
        How a head was defaced, where one was.
    """

    count: int
    marks: Marks
    measures: dict[str, float] = field(default_factory=dict)
    dropped: int = 0
    masked: list[MaskedPlace] = field(default_factory=list)
    pages: int = 0
    unknown: int = 0
    mask: HeadMask | None = field(default=None, repr=False)

    def findings(self, plan: SeriesPlan, disposition: Disposition, others: HeadMasks) -> tuple[str, ...]:
        """Say what a person must know or look at; ``others``: what other series of the head tell of it."""
        method = plan.deface if self.mask is None else self.mask.method
        findings = [UNEXAMINED] if plan.is_unexamined else []
        may_show_head = disposition.deface and not disposition.faceless
        findings += [_FINDINGS[method]] if may_show_head and method in _FINDINGS else []
        findings += [f"the brain was found by {self.mask.engine}"] if self.mask and self.mask.engine else []
        findings += others.findings(self.measures)
        for measure, words in _DROPPED.items():
            findings += _counted(int(self.measures.get(measure, 0)), words)
        findings += _counted(self.dropped, _LEFT_OUT)
        findings += _counted(self.pages, _PAGES)
        findings += _counted(self.unknown, _UNKNOWN)
        if plan.text == "report" and self.measures.get("text_boxes"):
            findings.append("burned-in text was found and left as it is")
        return tuple(findings)


def _counted(count: int, words: tuple[str, str]) -> list[str]:
    """Return how many of something there are, in the words for one or for several; nothing where there are none."""
    return [f"{count} {words[count != 1]}"] if count else []
