# SPDX-License-Identifier: Apache-2.0
"""Slices to arrays and volumes, and back: the door to all that needs numpy and decoders."""

from __future__ import annotations

from SlicerDeidLib.formats.dicomdecode import decode
from SlicerDeidLib.formats.dicomencode import drop_series_range, encode, remove_hidden
from SlicerDeidLib.formats.dicomgather import gather
from SlicerDeidLib.formats.dicompictures import as_seen, is_palette
from SlicerDeidLib.formats.dicomrepetitions import assemble_repetitions
from SlicerDeidLib.formats.dicomstacks import Stack, ct_stacks_of, is_enhanced, stacks_of
from SlicerDeidLib.formats.dicomvolume import assemble, slice_steps

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
