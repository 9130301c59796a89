# SPDX-License-Identifier: Apache-2.0
"""NIfTI files of an output, read byte by byte: a header that tells nothing, the voxels of the released images, no more.

Layout: NIfTI-1 (nifti1.h, https://nifti.nimh.nih.gov), RFC 1952 for what gzip says of a file.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.verification.archives import read_bytes
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.pixels import stored_values
from SlicerDeidLib.verification.reading import read
from SlicerDeidLib.verification.structure import Place

CHECK = "nifti"
HEADER_BYTES, DATA_OFFSET = 348, 352
TELLING = {"data_type": (4, 14), "db_name": (14, 32), "descrip": (148, 228), "aux_file": (228, 252),
           "intent_name": (328, 344), "extensions": (348, 352)}  # fmt: skip
"""Where a header can hold words: they are to be nothing but zeros."""
TYPES = {2: "u1", 4: "<i2", 8: "<i4", 16: "<f4", 64: "<f8", 256: "i1", 512: "<u2", 768: "<u4"}
MASK = "_mask.nii.gz"
GROUNDS = 2  # values of the image where its mask is 0: the air, and what a scanner pads with


def check_niftis(niftis: Sequence[Place], images: Sequence[Place], findings: Findings) -> None:
    """Judge every NIfTI file by itself and against the released images of its series."""
    for place in niftis:
        findings.count("NIfTI files read")
        try:
            voxels = _voxels(place, findings)
            released = [stored_values(read(one.path)) for one in images if one.group == place.group]
        except (FormatError, OSError, struct.error, zlib.error, ValueError) as error:
            reason = error.reason if isinstance(error, FormatError) else f"cannot be read ({type(error).__name__})"
            findings.add("error", CHECK, place.name, "", f"This NIfTI file, or an image of its series, {reason}.")
            continue
        if not released:
            findings.add("error", CHECK, place.name, "", "This NIfTI file lies beside no image that it is of.")
        elif place.name.endswith(MASK):
            _check_mask(place, voxels, released, findings)
        elif sorted(map(_key, voxels)) != sorted(map(_key, released)):
            message = "This NIfTI file holds other voxels than the released images of its series."
            findings.add("error", CHECK, place.name, "", message)


def _voxels(place: Place, findings: Findings) -> NDArray[Any]:
    """Read a file whole and say what its header tells; return its voxels (slice, row, column)."""
    packed = read_bytes(place.path)
    if packed[:3] != b"\x1f\x8b\x08" or any(packed[3:8]):
        findings.add("error", CHECK, place.name, "", "The compression of this file tells a name or a time.")
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
    data = unpack.decompress(packed)
    if unpack.unused_data:
        findings.add("error", CHECK, place.name, "", "Bytes stand behind the end of this file.")
    for field, (start, end) in TELLING.items():
        if any(data[start:end]):
            findings.add("error", CHECK, place.name, "", f"The header of this NIfTI file holds words ({field}).")
    size, offset = struct.unpack_from("<i", data)[0], struct.unpack_from("<f", data, 108)[0]
    dimensions, kind = struct.unpack_from("<8h", data, 40), struct.unpack_from("<h", data, 70)[0]
    if size != HEADER_BYTES or offset != DATA_OFFSET or kind not in TYPES or dimensions[0] != 3:
        raise FormatError("is no NIfTI-1 file of one volume as it should be")
    columns, rows, slices = dimensions[1:4]
    voxels = np.frombuffer(data, TYPES[kind], offset=DATA_OFFSET)
    if voxels.size != columns * rows * slices:
        raise FormatError("holds more or less than its header says")
    return voxels.reshape(slices, rows, columns)


def _key(plane: NDArray[Any]) -> bytes:
    """Return what two slices of the same values share, whatever type they are stored in."""
    return hashlib.sha256(np.ascontiguousarray(plane, dtype=np.float64).tobytes()).digest()


def _check_mask(place: Place, mask: NDArray[Any], released: Sequence[NDArray[Any]], findings: Findings) -> None:
    """Judge whether a mask shows no more of what was removed than the images do: where it is 0, they are flat."""
    if not np.isin(mask, (0, 1)).all():
        findings.add("error", CHECK, place.name, "", "This mask holds other labels than 0 and 1.")
    if mask.shape != (len(released), *released[0].shape):
        findings.add("error", CHECK, place.name, "", "This mask has not the shape of the images of its series.")
        return
    images = np.stack(released)
    if not any(_is_flat(order, mask) for order in (images, images[::-1])):
        message = "This mask tells apart what the images do not: where it is 0 they hold more than air and padding."
        findings.add("error", CHECK, place.name, "", message)


def _is_flat(images: NDArray[Any], mask: NDArray[Any]) -> bool:
    return len(np.unique(images[mask == 0])) <= GROUNDS
