# SPDX-License-Identifier: Apache-2.0
"""What a preview's nodes hold: arrays and surfaces of the library's Volume, off the main thread; knows no slicer.

A volume node has equally spaced slices. Where a series has not, each place shows the slice that lies nearest, as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import vtk
from vtk.util import numpy_support

if TYPE_CHECKING:
    from SlicerDeidLib.model.volume import Preview, Volume

REPLACED, TEXT = 1, 2  # labels of the mask
_EVEN_MM = 0.1  # mm: spacing that differs by less is one
_MOST_PER_SLICE = 3  # places for each slice of an uneven series, on average
_SKIN_MM = 2.0  # mm: voxels of the 3-D heads, fine enough for a nose in a view of some 400 pixels
_SKIN_HU = -300.0  # HU half-way between air and skin
_TISSUE_HU = -250.0  # HU: below it lie air, hair and foam
_THINNED = 4  # every 4th pixel is enough to see where most goes
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Lattice:
    """Where a volume node's voxels lie.

    Attributes
    ----------
    slices : (n,) int
        Which slice of the series each slice of the node shows.
    ijkToRas : (4, 4) float64
    """

    slices: np.ndarray
    ijkToRas: np.ndarray


def latticeOf(volume: Volume) -> Lattice:
    """Return the lattice of the node that shows a volume."""
    count = len(volume.positions)
    heights = volume.positions @ volume.normal
    steps = np.diff(heights)
    if count < 2 or np.ptp(steps) <= _EVEN_MM:
        step = (volume.positions[-1] - volume.positions[0]) / max(count - 1, 1) if count > 1 else volume.normal
        return Lattice(np.arange(count), _matrix(volume, step, volume.positions[0]))
    span = heights[-1] - heights[0]
    places = min(round(span / steps.min()) + 1, _MOST_PER_SLICE * count)
    wanted = np.linspace(heights[0], heights[-1], places)
    nearest = np.abs(wanted[:, None] - heights[None, :]).argmin(axis=1)
    step = (volume.positions[-1] - volume.positions[0]) / (places - 1)
    return Lattice(nearest, _matrix(volume, step, volume.positions[0]))


def shownValues(volume: Volume, stored: np.ndarray, lattice: Lattice) -> np.ndarray:
    """Return stored values in the volume's unit on a lattice: (k, j, i) int16 for CT, else float32."""
    isCt = volume.unit == "HU"
    shown = np.empty((len(lattice.slices), *stored.shape[1:]), np.int16 if isCt else np.float32)
    limits = np.iinfo(np.int16)
    for place, k in enumerate(lattice.slices):
        if isCt and _isShifted(volume, k, stored[k]):
            np.add(stored[k], np.int16(volume.intercept[k]), out=shown[place], casting="unsafe")
            continue
        values = np.multiply(stored[k], np.float32(volume.slope[k]))
        values += np.float32(volume.intercept[k])
        shown[place] = np.clip(np.rint(values, out=values), limits.min, limits.max, out=values) if isCt else values
    return shown


def _isShifted(volume: Volume, k: int, plane: np.ndarray) -> bool:
    """Say whether a slice's HU are whole and differ from its small stored values by the intercept alone, as most do."""
    if volume.slope[k] != 1 or not float(volume.intercept[k]).is_integer() or plane.dtype.kind not in "iu":
        return False
    low, high = int(plane.min()), int(plane.max())
    ends = low, high, volume.intercept[k], low + volume.intercept[k], high + volume.intercept[k]
    limits = np.iinfo(np.int16)
    return all(limits.min <= end <= limits.max for end in ends)


def shownMask(preview: Preview, lattice: Lattice) -> np.ndarray:
    """Return what was replaced by air and where text was found: (k, j, i) uint8."""
    if preview.mask is None:
        labels = np.zeros(preview.before.shape, np.uint8)
    else:
        labels = np.logical_not(preview.mask.keep).view(np.uint8)
        labels *= REPLACED
    for box in preview.boxes:
        labels[box.frame, box.row : box.row + box.height, box.column : box.column + box.width] = TEXT
    isWhole = np.array_equal(lattice.slices, np.arange(len(labels)))
    return labels if isWhole else labels[lattice.slices]


def surfaceOf(volume: Volume, stored: np.ndarray, *, isLargestOnly: bool) -> object:
    """Return a head's surface as vtkPolyData in RAS, on voxels of some 2 mm.

    Parameters
    ----------
    isLargestOnly : bool
        Whether only its largest piece is wanted.
    """
    values, ijkToRas = _smallCopy(volume, stored)
    contour = vtk.vtkFlyingEdges3D()
    contour.SetInputData(imageOf(values))
    contour.SetValue(0, _SKIN_HU)
    contour.ComputeScalarsOff()
    source = contour
    if isLargestOnly:
        source = vtk.vtkPolyDataConnectivityFilter()
        source.SetInputConnection(contour.GetOutputPort())
        source.SetExtractionModeToLargestRegion()
    transform = vtk.vtkTransform()
    transform.SetMatrix(ijkToRas.ravel())
    moved = vtk.vtkTransformPolyDataFilter()
    moved.SetTransform(transform)
    moved.SetInputConnection(source.GetOutputPort())
    moved.Update()
    return moved.GetOutput()


def imageOf(values: np.ndarray) -> object:
    """Return an array (k, j, i) as vtkImageData that shares its memory."""
    image = vtk.vtkImageData()
    image.SetDimensions(*reversed(values.shape))
    image.GetPointData().SetScalars(numpy_support.numpy_to_vtk(np.ascontiguousarray(values).ravel()))
    return image


def middleOf(volume: Volume, k: int | None = None) -> np.ndarray:
    """Return the middle of a slice, or of the volume, RAS mm."""
    slices, rows, columns = volume.stored.shape
    return _ras(volume, slices // 2 if k is None else k, (rows - 1) / 2, (columns - 1) / 2)


def mostRemoved(preview: Preview) -> np.ndarray | None:
    """Return where to look first, RAS mm: the middle of the head on the slice that loses most; None: nothing goes."""
    volume, thin = preview.before, (slice(None, None, _THINNED),) * 2
    if preview.mask is None or volume.unit != "HU":
        return None
    tissue = [volume.slice_values(k, thin) > _TISSUE_HU for k in range(len(volume.stored))]
    gone = [np.count_nonzero(plane & ~keep[thin]) for plane, keep in zip(tissue, preview.mask.keep, strict=True)]
    k = int(np.argmax(gone))
    rows, columns = np.nonzero(tissue[k])
    return _ras(volume, k, _THINNED * rows.mean(), _THINNED * columns.mean()) if gone[k] else None


def _ras(volume: Volume, k: int, row: float, column: float) -> np.ndarray:
    lps = volume.positions[k] + row * volume.j_step + column * volume.i_step
    return lps * np.diag(_LPS_TO_RAS)[:3]


def _matrix(volume: Volume, step: np.ndarray, origin: np.ndarray) -> np.ndarray:
    ijkToLps = np.eye(4)
    ijkToLps[:3] = np.column_stack([volume.i_step, volume.j_step, step, origin])
    return _LPS_TO_RAS @ ijkToLps


def _smallCopy(volume: Volume, stored: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return values in HU on larger voxels, with equally spaced slices, and where they lie: (4, 4) IJK to RAS."""
    size = max(1, round(_SKIN_MM / float(np.linalg.norm(volume.i_step))))
    rows, columns = (extent // size * size for extent in stored.shape[1:])
    small = np.empty((len(stored), rows // size, columns // size), np.float32)
    for k, plane in enumerate(stored):
        tall = plane[:rows, :columns].reshape(rows // size, size, columns).sum(axis=1, dtype=np.float32)
        summed = sum(tall[:, first::size] for first in range(size))
        small[k] = summed * (volume.slope[k] / size**2) + volume.intercept[k]
    heights = volume.positions @ volume.normal
    origin = volume.positions[0] + (size - 1) / 2 * (volume.i_step + volume.j_step)
    count = len(stored)
    if count > 1 and (np.ptp(np.diff(heights)) > _EVEN_MM or heights[1] - heights[0] < _SKIN_MM / 2):
        count = max(2, round((heights[-1] - heights[0]) / _SKIN_MM) + 1)
        small = _interpolated(small, heights, np.linspace(heights[0], heights[-1], count))
    step = (volume.positions[-1] - volume.positions[0]) / max(count - 1, 1) if count > 1 else volume.normal
    matrix = _matrix(volume, step, origin)
    matrix[:, :2] *= size
    return small, matrix


def _interpolated(values: np.ndarray, heights: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Interpolate slices linearly."""
    upper = np.clip(np.searchsorted(heights, wanted), 1, len(heights) - 1)
    share = ((wanted - heights[upper - 1]) / (heights[upper] - heights[upper - 1])).astype(np.float32)[:, None, None]
    return values[upper - 1] * (1 - share) + values[upper] * share
