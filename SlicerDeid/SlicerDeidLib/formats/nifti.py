# SPDX-License-Identifier: Apache-2.0
"""NIfTI files: stored values and geometry in; the same out, with a header that says nothing but these.

Reading is nibabel's business. Written is what stands in ``_KEPT`` and the stored values as they are: what else a header
can hold (descriptions, file names, extensions) may name the patient, so it goes without being looked at.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import EngineMissing, FormatError, OutputError
from SlicerDeidLib.formats.silence import silenced
from SlicerDeidLib.model.axes import upright_axes
from SlicerDeidLib.model.volume import Volume

SUFFIXES = (".nii.gz", ".nii")
_KEPT = (
    *("dim_info", "dim", "intent_p1", "intent_p2", "intent_p3", "intent_code", "datatype", "bitpix"),
    *("slice_start", "slice_end", "slice_code", "slice_duration", "toffset", "pixdim", "xyzt_units"),
    *("scl_slope", "scl_inter", "cal_max", "cal_min", "qform_code", "sform_code"),
    *("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z", "srow_x", "srow_y", "srow_z"),
)
_LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_MM = {"mm": 1.0, "unknown": 1.0, "meter": 1000.0, "micron": 0.001}  # that most files without a unit mean mm is usual
_OWN_SPACE = (1, 2)  # codes "scanner" and "aligned": mm of this very head, not of a template
_EVEN_MM = 0.05  # mm: positions are written with fewer digits than they have
_FEWEST_SLICES = 2  # that have a step between them
_SQUARE = 1e-3  # cosine: what a qform loses by taking the axes for square is then under 0.3 mm over a head
_MOST_PACKED = 1100  # times: no deflated stream is larger unpacked (1032 by its format)
_EVERY_ERROR = (OSError, EOFError, ValueError, KeyError, OverflowError, MemoryError, zlib.error)  # KeyError: codes
_CHUNK_BYTES = 1 << 20  # read at once
_GZIP_LEVEL = 6  # the default of zlib


@dataclass(frozen=True, slots=True, eq=False)
class NiftiImage:
    """One NIfTI file.

    Attributes
    ----------
    stored : (i, j, k, t) array
        Stored values in the file's own type.
    affine : (4, 4) float64
        Array indices (i, j, k) to LPS mm.
    axes : (int, int, int)
        Which axis of ``stored`` a volume takes as slices, rows and columns: the one nearest to the head's long axis
        first.
    """

    stored: NDArray[Any]
    affine: NDArray[np.float64]
    axes: tuple[int, int, int]
    slope: float
    intercept: float
    header: Any = field(repr=False)

    def planes(self, time: int) -> NDArray[Any]:
        """Return a view of one time point as (slice, row, column)."""
        view: NDArray[Any] = self.stored[..., time].transpose(self.axes)
        return view

    def volume(self, stored: NDArray[Any], unit: str) -> Volume:
        """Return a volume of values that lie as ``planes`` does."""
        slices, rows, columns = (self.affine[:3, axis] for axis in self.axes)
        count = len(stored)
        return Volume(
            stored,
            np.full(count, self.slope),
            np.full(count, self.intercept),
            self.affine[:3, 3] + np.outer(np.arange(count), slices),
            columns,
            rows,
            stored_range=_range(stored.dtype),
            unit=unit,
        )


def read(path: Path) -> NiftiImage:
    """Read a NIfTI file, 3-D or 4-D.

    Raises
    ------
    EngineMissing
        If nibabel is not installed.
    OutputError
        If there is no such file.
    FormatError
        If it is no single-file NIfTI, damaged, or does not say how its voxels lie.
    """
    nibabel = _nibabel()
    if not path.is_file():
        raise OutputError("The input is no file; name a NIfTI file (.nii or .nii.gz).")
    try:
        with _silent(nibabel):
            image = nibabel.load(path)
            if not isinstance(image, nibabel.Nifti1Image):  # NIfTI-2 is one too, a pair of .hdr and .img is not
                raise FormatError("the input is no NIfTI file in one piece (.nii or .nii.gz)")
            _check_size(path, image)
            stored = np.array(image.dataobj.get_unscaled(), order="F")
            with nibabel.openers.ImageOpener(path) as stream:
                header = type(image.header).from_fileobj(stream)
                while stream.read(_CHUNK_BYTES):  # to the checksum at its end
                    pass
            slope, intercept = header.get_slope_inter()  # None and None where nothing is scaled
            affine = _affine(nibabel, header)
            axes = upright_axes(affine[:3, :3])
    except nibabel.filebasedimages.ImageFileError as error:
        raise FormatError("the input is no NIfTI file that can be read") from error
    except nibabel.spatialimages.HeaderDataError as error:
        raise FormatError("the input's NIfTI header cannot be read") from error
    except _EVERY_ERROR as error:
        raise FormatError(f"the input is damaged or cannot be read ({type(error).__name__})") from error
    scale = (1.0, 0.0) if slope is None else (float(slope), float(intercept))
    return NiftiImage(_four(stored), affine, axes, *scale, header)


def packed(image: NiftiImage, stored: NDArray[Any], name: str) -> bytes:
    """Return the bytes of a file called ``name`` with the image's geometry and scale and other values.

    Parameters
    ----------
    stored : (i, j, k, t) array
        In the image's own type and shape.
    """
    return _file(_clean(image.header), stored, name)


def packed_mask(image: NiftiImage, keep: NDArray[np.bool_], name: str) -> bytes:
    """Return the bytes of a mask that lies as the image does: 1 where ``keep`` (slice, row, column), else 0."""
    header = _clean(image.header)
    labels = np.zeros(image.stored.shape[:3], dtype=np.uint8)
    labels.transpose(image.axes)[...] = keep
    header.set_data_dtype(np.uint8)
    header.set_data_shape(labels.shape)
    header.set_slope_inter(1.0, 0.0)
    header["cal_max"] = header["cal_min"] = 0.0
    return _file(header, labels, name)


def packed_volume(volume: Volume, name: str) -> bytes:
    """Return the bytes of a file of a volume: stored values, scale and geometry, nothing else.

    Raises
    ------
    EngineMissing
        If nibabel is not installed.
    FormatError
        If NIfTI cannot say how the slices lie or are scaled, or what they hold.
    """
    header = _header_of(volume)
    header.set_slope_inter(float(volume.slope[0]), float(volume.intercept[0]))
    return _file(header, volume.stored.transpose(2, 1, 0), name)


def packed_labels(volume: Volume, labels: NDArray[np.bool_], name: str) -> bytes:
    """Return the bytes of a mask that lies as a volume does: 1 where ``labels`` (k, j, i), else 0; see above."""
    header = _header_of(volume)
    header.set_data_dtype(np.uint8)
    header.set_slope_inter(1.0, 0.0)
    return _file(header, labels.transpose(2, 1, 0), name)


def require() -> None:
    """Refuse what needs nibabel where it is not installed.

    Raises
    ------
    EngineMissing
        As above.
    """
    _nibabel()


def _header_of(volume: Volume) -> Any:
    """Return a header that says how a volume lies: (i, j, k) in its own mm, a tilted gantry as shear."""
    steps = np.diff(volume.positions, axis=0)
    if len(volume.stored) < _FEWEST_SLICES or np.abs(steps - steps.mean(axis=0)).max() > _EVEN_MM:
        raise FormatError("its slices are too few or unevenly spaced, which NIfTI cannot say")
    if np.ptp(volume.slope) or np.ptp(volume.intercept):
        raise FormatError("its slices are scaled differently, which NIfTI cannot say")
    affine = np.eye(4)
    affine[:3] = np.column_stack([volume.i_step, volume.j_step, steps.mean(axis=0), volume.positions[0]])
    ras = _LPS_FROM_RAS @ affine
    nibabel = _nibabel()
    header = nibabel.Nifti1Header()
    try:
        header.set_data_dtype(volume.stored.dtype)
    except nibabel.spatialimages.HeaderDataError as error:
        raise FormatError("its stored values are of a type that NIfTI does not have") from error
    header.set_data_shape(volume.stored.shape[::-1])
    header.set_zooms(np.linalg.norm(ras[:3, :3], axis=0))
    header.set_xyzt_units("mm")
    header.set_sform(ras, "scanner")
    header.set_qform(ras, "scanner" if _is_square(ras) else "unknown")
    return header


def _is_square(affine: NDArray[np.float64]) -> bool:
    """Tell whether the axes of an affine are square upon each other."""
    unit = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return bool(np.abs(unit.T @ unit - np.eye(3)).max() < _SQUARE)


def is_named_so(name: str) -> bool:
    """Tell whether a file's name is one of a NIfTI file."""
    return name.lower().endswith(SUFFIXES)


def _nibabel() -> Any:
    """Import nibabel at its first use: few need it, and it is an extra."""
    try:
        import nibabel
    except ImportError as error:
        raise EngineMissing(
            "NIfTI files are read by nibabel, which is not installed: pip install slicerdeid[nifti]"
        ) from error
    return nibabel


@contextmanager
def _silent(nibabel: Any) -> Iterator[None]:
    """Keep nibabel from printing what it thinks of a header: it quotes values."""
    with nibabel.imageglobals.LoggingOutputSuppressor(), silenced():
        yield


def _check_size(path: Path, image: Any) -> None:
    """Refuse a header that promises more than the file can hold, before the memory is asked for."""
    most = path.stat().st_size * (_MOST_PACKED if path.name.lower().endswith(".gz") else 1)
    if image.header.get_data_dtype().kind not in "iuf":
        raise FormatError("the input holds colours or complex numbers, not one number per voxel")
    shape = image.shape
    if len(shape) < 3 or min(shape) < 1 or min(shape[:3]) < 2 or any(size != 1 for size in shape[4:]):
        raise FormatError("the input is neither a 3-D volume nor one with several time points (4-D)")
    if float(np.prod(shape, dtype=float)) * image.header.get_data_dtype().itemsize > most:
        raise FormatError("the input is shorter than its header says; it is damaged")


def _affine(nibabel: Any, header: Any) -> NDArray[np.float64]:
    """Return array indices to LPS mm, by the form that is in the head's own space.

    Raises
    ------
    FormatError
        If there is none, or the two contradict each other about left, front or up.
    """
    forms = {}
    for name in ("sform", "qform"):
        affine, code = getattr(header, f"get_{name}")(coded=True)
        if int(code):
            forms[name] = int(code), np.asarray(affine, dtype=np.float64)
    if not forms:
        raise FormatError("the header says neither by qform nor by sform how the voxels lie (both codes are 0)")
    said = {nibabel.aff2axcodes(affine) for _, affine in forms.values()}
    if len(said) > 1:
        raise FormatError("qform and sform of the header contradict each other about how the head lies")
    own = [affine for code, affine in forms.values() if code in _OWN_SPACE]
    best: NDArray[np.float64] = own[0] if own else forms.get("qform", next(iter(forms.values())))[1]
    factor = _MM[header.get_xyzt_units()[0]]
    scaled = best * np.array([[factor], [factor], [factor], [1.0]])
    if not np.isfinite(scaled).all() or abs(np.linalg.det(scaled[:3, :3])) < 1e-9:
        raise FormatError("the header's voxel sizes or directions are no geometry")
    lps: NDArray[np.float64] = _LPS_FROM_RAS @ scaled
    return lps


def _four(stored: NDArray[Any]) -> NDArray[Any]:
    """Return (i, j, k, t)."""
    return stored.reshape((*stored.shape[:3], -1), order="F")


def _range(kind: np.dtype[Any]) -> tuple[int, int]:
    """Return what a type can hold."""
    limits = np.iinfo(kind) if kind.kind in "iu" else np.finfo(kind)
    return int(limits.min), int(limits.max)


def _clean(header: Any) -> Any:
    """Return a new header with what is kept of the old one."""
    clean = type(header)(endianness=header.endianness)
    for name in _KEPT:
        clean[name] = header[name]
    return clean


def _file(header: Any, stored: NDArray[Any], name: str) -> bytes:
    """Return a whole file; compressed, it says neither when nor under which name that was done."""
    stream = io.BytesIO()
    header["vox_offset"] = header.single_vox_offset
    header.write_to(stream)
    stream.write(b"\0" * (header.single_vox_offset - stream.tell()))
    stream.write(np.asarray(stored, dtype=header.get_data_dtype()).tobytes(order="F"))
    if not name.lower().endswith(".gz"):
        return stream.getvalue()
    return gzip.compress(stream.getbuffer(), _GZIP_LEVEL, mtime=0)
