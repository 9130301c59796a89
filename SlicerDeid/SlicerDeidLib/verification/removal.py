# SPDX-License-Identifier: Apache-2.0
"""Removal: whether the voxels bear out what a header says of them, slice by slice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from SlicerDeidLib.model.element import tag_text
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.reading import Reading, silent_pydicom

CHECK = "pixels"
PIXEL_TAG = tag_text(0x7FE00010)
TEXT_MASKED, REMOVED = "burned-in text masked", "removed"  # what Derivation Description says was done
WORD = re.compile(r"\w+")
TISSUE_HU = -300.0  # HU: half way between air and soft tissue, skin lies above
SMALLEST_RIM = 64  # pixels: a shorter outline is that of a catheter or of the last of the vertex
MOST_IN_SLICE = 0.5  # of a slice's outline may be where it was; 5 % at most on a real head, 2 % on made ones
MOST_IN_SERIES = 0.1  # of all slices' outlines; 0.2 % on the real head, 0.04 % on the made ones


def description_of(reading: Reading) -> str:
    """Return what a file says in its Derivation Description, in lower case."""
    with silent_pydicom():
        return str(reading.dataset.get("DerivationDescription") or "").lower()


def check_said(new: Reading, old: Reading, name: str, findings: Findings, *, is_changed: bool) -> None:
    """Compare whether the voxels of a file were changed with whether its header says so."""
    if is_changed and not _says_changed(new, old):
        message = "Voxels were changed, but neither Derivation Description nor Image Type says so."
        findings.add("error", CHECK, name, PIXEL_TAG, message)
    elif not is_changed and _says_changed(new, old):
        message = "The header says that voxels were changed, but all of them are as in the original."
        findings.add("error", CHECK, name, PIXEL_TAG, message)


def is_said_to_be_changed(new: Reading, old: Reading) -> bool:
    """Whether a file says in the words of a run that its pixels were changed, and the original does not."""
    said = description_of(new)
    return (TEXT_MASKED in said or REMOVED in said) and said != description_of(old)


def _says_changed(new: Reading, old: Reading) -> bool:
    """Whether a header says of its pixels what the original's did not: what was cleaned out of that is no news."""
    said, before = (frozenset(WORD.findall(description_of(each))) for each in (new, old))
    return not said <= before or (_is_derived(new) and not _is_derived(old))


def _is_derived(reading: Reading) -> bool:
    """Whether value 1 of Image Type is DERIVED."""
    with silent_pydicom():
        kind = reading.dataset.get("ImageType") or ""
    return ("\\".join(kind) if not isinstance(kind, str) else kind).split("\\")[0] == "DERIVED"


def check_masked(changed: NDArray[np.bool_], places: Sequence[Sequence[int]], name: str, findings: Findings) -> None:
    """Find text that stands where the run says that it filled it.

    Parameters
    ----------
    changed : (frame, row, column, sample) bool
        Which stored values differ from the original's.
    places : sequence of (frame, row, column, height, width)
    """
    for frame, row, column, height, width in places:
        if frame < len(changed) and not changed[frame, row : row + height, column : column + width].any():
            message = "Where the run says that it filled text, the voxels are as in the original."
            findings.add("error", CHECK, name, PIXEL_TAG, message)


@dataclass(slots=True)
class Outline:
    """How much of the outlines of heads, tables and letters in a series is where it was.

    Attributes
    ----------
    pixels, kept : int
        Of the tissue's rim beside the outer air, over all slices; and those of them that were not changed.
    """

    pixels: int = 0
    kept: int = 0

    def take(
        self, before: NDArray[np.floating[Any]], changed: NDArray[np.bool_], name: str, findings: Findings
    ) -> None:
        """Take one slice of a series of which it is said that face and surface were removed.

        Parameters
        ----------
        before : (row, column) array
            The original, HU.
        changed : (row, column) bool
            Which voxels differ from it.
        """
        tissue = before > TISSUE_HU
        outside = ~ndimage.binary_fill_holes(tissue)
        rim = tissue & ndimage.binary_dilation(outside)
        pixels = int(np.count_nonzero(rim))
        kept = int(np.count_nonzero(rim & ~changed))
        self.pixels += pixels
        self.kept += kept
        if pixels >= SMALLEST_RIM and kept > MOST_IN_SLICE * pixels:
            message = "113102 is claimed, but most of the skin in this slice is where it was."
            findings.add("error", CHECK, name, PIXEL_TAG, message)

    def judge(self, name: str, findings: Findings) -> None:
        """Judge the series as a whole."""
        if self.pixels >= SMALLEST_RIM and self.kept > MOST_IN_SERIES * self.pixels:
            message = "113102 is claimed, but much of the skin in this series is where it was."
            findings.add("warning", CHECK, name, PIXEL_TAG, message)
