# SPDX-License-Identifier: Apache-2.0
"""Slices to arrays and volumes, and back: the door to all that needs numpy and decoders."""

from __future__ import annotations

from SlicerDeidLib.formats.dicom.decode import decode
from SlicerDeidLib.formats.dicom.encode import drop_series_range, encode, remove_hidden
from SlicerDeidLib.formats.dicom.gather import gather
from SlicerDeidLib.formats.dicom.pictures import as_seen, is_palette
from SlicerDeidLib.formats.dicom.repetitions import assemble_repetitions
from SlicerDeidLib.formats.dicom.stacks import Stack, ct_stacks_of, is_enhanced, stacks_of
from SlicerDeidLib.formats.dicom.volume import assemble, slice_steps

__all__ = [
    "Stack",
    "as_seen",
    "assemble",
    "assemble_repetitions",
    "ct_stacks_of",
    "decode",
    "drop_series_range",
    "encode",
    "gather",
    "is_enhanced",
    "is_palette",
    "remove_hidden",
    "slice_steps",
    "stacks_of",
]
