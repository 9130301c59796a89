# SPDX-License-Identifier: Apache-2.0
"""What a run makes beside the released images, from their pixels: NIfTI, masks, and pictures for the private report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from SlicerDeidLib.errors import EngineMissing, PlanError
from SlicerDeidLib.formats import nifti
from SlicerDeidLib.formats.dicom import segmentation
from SlicerDeidLib.model.record import SeriesRecord, Status
from SlicerDeidLib.output.pictures import drop_pictures
from SlicerDeidLib.pipeline.series import Outcome, SeriesTask, done_or_reason, release_series
from SlicerDeidLib.pipeline.settings import BESIDE

PICTURES = ("none", "after", "both")
"""Which pictures of a series are drawn: none, of what is released, also of the original."""


@dataclass(frozen=True, slots=True)
class ByProducts:
    """What is made beside the images.

    Attributes
    ----------
    private : Path
        The project's private folder.
    pictures : str
        One of ``PICTURES``.
    nifti : bool
        Whether volumes are released as NIfTI too.
    mask_seg : bool
        Whether the masks of defaced series are released as DICOM Segmentation.
    """

    private: Path = field(repr=False)
    pictures: str = "none"
    nifti: bool = False
    mask_seg: bool = False

    @property
    def beside(self) -> tuple[str, ...]:
        """The options of the command line that ask for files beside the images."""
        asked = zip(BESIDE, (self.nifti, self.mask_seg), strict=True)
        return tuple(option for option, is_asked in asked if is_asked)


def releasing(wanted: ByProducts) -> Callable[[SeriesTask], Outcome]:
    """Return what releases a series and makes its by-products; it can be sent to another process.

    Raises
    ------
    PlanError
        If a word is none of ``PICTURES``, or a package is missing; nothing is written.
    """
    if wanted.pictures not in PICTURES:
        raise PlanError(f"Of pictures can be asked {', '.join(PICTURES)}, not '{wanted.pictures}'.")
    for is_wanted, needed, option in (
        (wanted.nifti, nifti.require, "--nifti"),
        (wanted.mask_seg, segmentation.require, "--mask-seg"),
    ):
        try:
            if is_wanted:
                needed()
        except EngineMissing as error:
            raise PlanError(f"{error.reason}; or leave {option} out") from error
    return partial(_release, wanted)


def _release(wanted: ByProducts, task: SeriesTask) -> Outcome:
    outcome = release_series(task)
    record = outcome.record
    if record.status is not Status.RELEASED:
        return outcome
    drop_pictures(wanted.private, record.key)  # of an earlier run: they show something else
    if task.is_object or task.plan.frames:
        return outcome
    if wanted.pictures != "none" and not task.keeps_pixels:
        from SlicerDeidLib.pipeline.pictures import REMOVED, draw

        reason = done_or_reason(partial(draw, wanted.private, task, record, has_before=wanted.pictures == "both"))
        if reason is not None and REMOVED in record.measures:  # no picture is worth a series, but a head is looked at
            record = _with_finding(record, f"no picture was drawn of it: {reason}")
    if wanted.nifti:
        from SlicerDeidLib.pipeline.niftis import with_niftis

        made = done_or_reason(partial(with_niftis, task, record))
        lacks = f"no NIfTI file was made of it: {made}"
        record = made if isinstance(made, SeriesRecord) else _with_finding(record, lacks)
    if wanted.mask_seg:
        from SlicerDeidLib.pipeline.masksegs import with_mask_seg

        made = done_or_reason(partial(with_mask_seg, task, record))
        lacks = f"no segmentation was made of its mask: {made}"
        record = made if isinstance(made, SeriesRecord) else _with_finding(record, lacks)
    return replace(outcome, record=record)


def _with_finding(record: SeriesRecord, finding: str) -> SeriesRecord:
    return replace(record, findings=(*record.findings, finding))
