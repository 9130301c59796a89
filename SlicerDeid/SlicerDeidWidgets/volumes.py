# SPDX-License-Identifier: Apache-2.0
"""Volume nodes and the library's Volume: defacing and text masking of what is loaded in the scene.

Slicer gives values in HU (slope and intercept are applied when it loads) and geometry as IJK to RAS; the library wants
stored values and LPS. A parent transform is looked through: Slicer's DICOM reader corrects gantry tilt and uneven
spacing by one, so it belongs to the geometry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from SlicerDeidLib.model.volume import Volume

LPS_FROM_RAS = np.array([-1.0, -1.0, 1.0])
_STRAIGHT_MM = 0.5  # mm: how far a slice's corner may lie from where a flat, equally sampled slice has it
_HOUNSFIELD_UNITS = ("[hnsf'U]", "HU")  # UCUM code and what DICOM's Rescale Type says


class VolumeProblem(ValueError):
    """A volume node cannot be used; the text is one sentence for the user."""


def volumeFromNode(node: object) -> Volume:
    """Return a copy of a volume node's voxels with their true positions.

    Parameters
    ----------
    node : vtkMRMLScalarVolumeNode
        A head CT in HU, at least two slices.

    Raises
    ------
    VolumeProblem
        If there are no scalar voxels, the unit is another, or the parent transform bends the slices.
    """
    from SlicerDeidLib.model.volume import Volume

    array = _scalars(node)
    slices, rows, columns = array.shape
    corners = _cornersLps(node, slices, rows, columns)
    iSteps = (corners[:, 1] - corners[:, 0]) / (columns - 1)
    jSteps = (corners[:, 2] - corners[:, 0]) / (rows - 1)
    opposite = corners[0, 1] + corners[0, 2] - corners[0, 0]  # where flat slices have their far corner
    bends = [corners[:, n] - corners[:, 0] - (corners[0, n] - corners[0, 0]) for n in (1, 2, 3)]
    isBent = np.abs(opposite - corners[0, 3]).max() > _STRAIGHT_MM or np.abs(bends).max() > _STRAIGHT_MM
    if isBent:
        raise VolumeProblem(_("The volume's transform bends its slices; harden the transform or remove it first."))
    stored = np.rint(array).astype(np.int32) if array.dtype.kind == "f" else array.copy()
    limits = np.iinfo(stored.dtype)
    return Volume(
        stored=stored,
        slope=np.ones(slices),
        intercept=np.zeros(slices),
        positions=corners[:, 0],
        i_step=iSteps.mean(axis=0),
        j_step=jSteps.mean(axis=0),
        stored_range=(int(limits.min), int(limits.max)),
    )


def addNode(volume: Volume, name: str) -> object:
    """Add a library's volume to the scene, in HU; its slices must be equally spaced.

    Raises
    ------
    VolumeProblem
        If the slices are not equally spaced: a volume node cannot show them.
    """
    steps = np.diff(volume.positions, axis=0)
    if np.abs(steps - steps[0]).max() > _STRAIGHT_MM:
        raise VolumeProblem(_("The slices are not equally spaced."))
    ijkToLps = np.eye(4)
    ijkToLps[:3] = np.column_stack([volume.i_step, volume.j_step, steps[0], volume.positions[0]])
    values = np.stack([volume.slice_values(k) for k in range(len(volume.stored))]).astype(np.int16)
    return slicer.util.addVolumeFromArray(values, np.diag([*LPS_FROM_RAS, 1.0]) @ ijkToLps, name)


def addDefaced(node: object, method: str, depth: float, airValue: float | None) -> tuple[object, object]:
    """Deface a head CT; return the new volume node and the node of the mask.

    Returns
    -------
    (vtkMRMLScalarVolumeNode, vtkMRMLLabelMapVolumeNode)
        Same lattice and parent transform as ``node``. The mask is 1 where a voxel was replaced: removed tissue and the
        air around the head are one label, so that it does not show the face it removed.
    """
    import SlicerDeidLib

    volume = volumeFromNode(node)
    after, mask = SlicerDeidLib.deface(volume, method=method, depth_mm=depth, air_value=airValue)
    replaced = np.zeros(after.shape, bool) if mask is None else ~mask.keep
    result = _addLike(node, _merged(node, volume, after), "vtkMRMLScalarVolumeNode", _("Defaced"))
    _copyWindow(node, result)
    return result, _addLike(node, replaced.astype(np.uint8), "vtkMRMLLabelMapVolumeNode", _("Replaced by air"))


def addTextMasked(node: object, airValue: float | None) -> tuple[object, int]:
    """Mask small bright objects outside the head of a CT; return the new volume node and how many boxes were masked."""
    import SlicerDeidLib

    volume = volumeFromNode(node)
    after, boxes = SlicerDeidLib.redact_text(volume, air_value=airValue)
    result = _addLike(node, _merged(node, volume, after), "vtkMRMLScalarVolumeNode", _("Text masked"))
    _copyWindow(node, result)
    return result, len(boxes)


def _merged(node: object, volume: Volume, after: np.ndarray) -> np.ndarray:
    """Return the node's own voxels, in their own type, where nothing was replaced."""
    array = _scalars(node)
    return np.where(after == volume.stored, array, after.astype(array.dtype))


def _scalars(node: object) -> np.ndarray:
    """Return the node's own voxels (k, j, i)."""
    if node is None or node.GetImageData() is None:
        raise VolumeProblem(_("Choose a volume that is loaded."))
    array = slicer.util.arrayFromVolume(node)
    if array.ndim != 3 or min(array.shape) < 2:
        raise VolumeProblem(_("The volume must have one value per voxel and at least two slices."))
    units = node.GetVoxelValueUnits()
    if units is not None and units.GetCodeValue() and units.GetCodeValue() not in _HOUNSFIELD_UNITS:
        raise VolumeProblem(_("The volume's values are not Hounsfield units; only CT can be used."))
    return array


def _cornersLps(node: object, slices: int, rows: int, columns: int) -> np.ndarray:
    """Return where four corners of every slice lie: (k, 4, 3), LPS, mm; order (0, 0), (i, 0), (0, j), (i, j)."""
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    ijkToRas = slicer.util.arrayFromVTKMatrix(matrix)
    k, n = np.meshgrid(np.arange(slices), np.arange(4), indexing="ij")
    ijk = np.stack([(n % 2) * (columns - 1), (n // 2) * (rows - 1), k, np.ones_like(k)], axis=-1)
    ras = (ijk @ ijkToRas.T)[..., :3]
    if node.GetParentTransformNode() is not None:
        toWorld = vtk.vtkGeneralTransform()
        node.GetParentTransformNode().GetTransformToWorld(toWorld)
        ras = np.array([toWorld.TransformPoint(point) for point in ras.reshape(-1, 3)]).reshape(ras.shape)
    return ras * LPS_FROM_RAS


def _addLike(node: object, array: np.ndarray, nodeClass: str, name: str) -> object:
    """Add a node on the lattice of another; nothing of the other's name, attributes or files is taken over."""
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    made = slicer.util.addVolumeFromArray(array, matrix, slicer.mrmlScene.GenerateUniqueName(name), nodeClass)
    if node.GetParentTransformNode() is not None:
        made.SetAndObserveTransformNodeID(node.GetParentTransformNode().GetID())
    return made


def _copyWindow(source: object, target: object) -> None:
    """Show the new volume with the window of the old one."""
    shown, display = source.GetDisplayNode(), target.GetDisplayNode()
    if shown is not None and display is not None:
        display.SetAutoWindowLevel(False)
        display.SetWindowLevel(shown.GetWindow(), shown.GetLevel())
