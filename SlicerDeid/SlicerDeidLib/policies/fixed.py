# SPDX-License-Identifier: Apache-2.0
"""Attributes that no rule changes: what the program says of its files, and what an image is read with."""

from __future__ import annotations

from functools import cache

from SlicerDeidLib.model.policy import ActionCode
from SlicerDeidLib.policies.selectors import selector_of
from SlicerDeidLib.standard.readwith import read_with_tags

SOP_CLASS_UID = "00080016"
"""Says what kind of object a file is."""

OWN_MARKS = frozenset({"00120062", "00120063", "00120064", "00280301", "00280302", "00280303"})
"""What the program itself says of every file that it releases."""

_ALSO_NEEDED = """
    ImageType PixelPaddingValue PixelPaddingRangeLimit LossyImageCompression LossyImageCompressionRatio
    LossyImageCompressionMethod ImagerPixelSpacing NominalScannedPixelSpacing PixelAspectRatio SliceThickness
    SpacingBetweenSlices PatientPosition GantryDetectorTilt
"""  # what viewers and measurements go by; a rule that names one may change it: PS3.3 C.7.6.1, C.8.4.15 (slices of
# nuclear medicine), C.8.7.1 and 10.7 (radiographs)


@cache
def read_with() -> frozenset[str]:
    """Return the selectors of what an image is read with: no rule changes or removes it."""
    return frozenset(f"{tag:08x}" for tag in read_with_tags())


@cache
def needed_by_images() -> frozenset[str]:
    """Return the selectors of what stays of an image where everything goes that no line names."""
    return read_with().union(str(selector_of(keyword)) for keyword in _ALSO_NEEDED.split())


def keeping(selector: str) -> ActionCode:
    """Return the action that keeps what an image is read with.

    SOP Class UID is kept by mapping, which keeps the classes that the standard registers; files of others are not
    released.
    """
    return ActionCode.U if selector == SOP_CLASS_UID else ActionCode.K


def why_fixed(selector: str, code: ActionCode) -> str:
    """Return why no rule may do this to an attribute; empty where one may."""
    if selector in OWN_MARKS:
        return "the program itself says this of every file that it releases"
    if selector in read_with() and code is not keeping(selector):
        return "the image cannot be read without it, so no rule may change or remove it"
    return ""
