# SPDX-License-Identifier: Apache-2.0
"""NIfTI files of the program's own heads, written by nibabel, with an invented identity in every text of the header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from SlicerDeidLib.model.volume import Volume

PLANTED = "CANARYNAME"
SCANNER = 1  # code of a form that is in the scanner's space


def affine_of(volume: Volume) -> np.ndarray:
    """Voxel indices (i, j, k) to RAS mm; the slices must be evenly spaced."""
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = volume.i_step, volume.j_step
    affine[:3, 2] = (volume.positions[-1] - volume.positions[0]) / (len(volume.positions) - 1)
    affine[:3, 3] = volume.positions[0]
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine


def write_nifti(path: Path, stored: np.ndarray, affine: np.ndarray, **fields: Any) -> Path:
    """Write ``stored`` (i, j, k) or (i, j, k, t) as it is; ``fields`` go over the header's."""
    import nibabel

    kind = nibabel.Nifti2Image if fields.pop("is_second", False) else nibabel.Nifti1Image
    header = kind.header_class(endianness=fields.pop("endianness", "<"))
    header.set_data_dtype(stored.dtype)
    header.set_data_shape(stored.shape)
    header.set_zooms((*np.linalg.norm(affine[:3, :3], axis=0), *(1.0,) * (stored.ndim - 3)))
    header.set_sform(affine, SCANNER)
    for name in ("descrip", "aux_file", "intent_name", "db_name", "data_type"):
        if name in header.keys():  # noqa: SIM118 - a header is no dict
            header[name] = PLANTED.encode()
    header["scl_slope"], header["scl_inter"] = 1.0, 0.0
    for name, value in fields.items():
        header[name] = value
    header.extensions.append(nibabel.nifti1.Nifti1Extension("comment", PLANTED.encode()))
    header["vox_offset"] = header.single_vox_offset + header.extensions.get_sizeondisk()
    with nibabel.openers.ImageOpener(path, "wb") as stream:
        header.write_to(stream)
        stream.write(np.asarray(stored, dtype=header.get_data_dtype()).tobytes(order="F"))
    return path


def read_raw(path: Path) -> tuple[np.ndarray, Any]:
    """Stored values and the header as it stands in the file."""
    import nibabel

    image = nibabel.load(path)
    with nibabel.openers.ImageOpener(path) as stream:
        header = type(image.header).from_fileobj(stream)
    return np.asarray(image.dataobj.get_unscaled()), header
