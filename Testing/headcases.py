# SPDX-License-Identifier: Apache-2.0
"""The heads that defacing is measured on: real ones beside the checkout, made ones of the program's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from SlicerDeidLib.formats import nifti
from SlicerDeidLib.formats.dicom.file import read
from SlicerDeidLib.formats.dicom.layout import layout_of
from SlicerDeidLib.formats.dicom.pixels import assemble, decode, stacks_of
from SlicerDeidLib.formats.dicom.values import text_value
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.sample.mr import CONTRASTS, MRLattice, make_mr_head, paint
from SlicerDeidLib.sample.phantom import Lattice, make_head

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
Head = Callable[[], Volume]

_THIN = Lattice(slices=150, spacing_mm=1.6, rows=320, columns=320, pixel_spacing_mm=0.8)
MADE: dict[str, Head] = {
    "made CT, thin": lambda: make_head(_THIN).volume,
    "made CT, 5 mm, tilted, descending": lambda: (
        make_head(Lattice(rows=320, columns=320, pixel_spacing_mm=0.8, tilt_degrees=15.0, is_descending=True)).volume
    ),
    "made MR, T1": lambda: _made_mr("T1"),
    "made MR, T2": lambda: _made_mr("T2"),
    "made MR, T1 of a child": lambda: _made_mr("T1", 0.8),
}


_SERIES = {
    "GE": "neurolabusc_dcm_qa_ct/In/GE",
    "CQ500": "CQ500_via_Roiabr_Head-CT-hemorrhage-detection/complex_head_ct",
    "Picker": "cerr_pyCERR/head_and_neck/pt_1",
    "FNNDSC, child": "FNNDSC_SAG-anon",
    "XA30": "neurolabusc_dcm_qa_xa30/In/5_anat-T1w_acq-tfl",
}


def real_heads(data: Path = DATA) -> dict[str, Head]:
    """Return how each real head is read, by name."""
    heads: dict[str, Head] = {name: partial(_series, name, data) for name in _SERIES}
    return heads | {"chris_t1": lambda: _nifti(data / "neurolabusc_niivue-images/chris_t1.nii.gz")}


def real_series(name: str, data: Path = DATA) -> list[Path]:
    """Return the files of one patient's series: a stray slice of another lies beside one of them."""
    paths = [path for path in sorted((data / _SERIES[name]).rglob("*")) if path.is_file()]
    owners = [text_value(read(path.read_bytes()).dataset, 0x00100020) for path in paths]
    most = max(set(owners), key=owners.count)
    return [path for path, owner in zip(paths, owners, strict=True) if owner == most]


def _made_mr(contrast: str, scale: float = 1.0) -> Volume:
    lattice = MRLattice("sagittal", 160, 1.2, 1.2, 200, 200, 1.25)
    return make_mr_head(paint(CONTRASTS[contrast]), replace(lattice, scale=scale)).volume


def _series(name: str, data: Path) -> Volume:
    files = [read(path.read_bytes()) for path in real_series(name, data)]
    if layout_of(files[0]).frames == 1:
        return assemble(files)[0]
    return stacks_of(files)[0].volume(0, [decode(file) for file in files])


def _nifti(path: Path) -> Volume:
    image = nifti.read(path)
    return image.volume(image.planes(0), "")
