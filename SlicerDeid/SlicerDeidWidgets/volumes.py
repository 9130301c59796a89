# SPDX-License-Identifier: Apache-2.0
"""Volume nodes and the library's Volume: defacing and text masking of what is loaded in the scene.

Slicer gives values in HU (slope and intercept are applied when it loads) and geometry as IJK to RAS; the library wants
stored values and LPS. A parent transform is looked through: Slicer's DICOM reader corrects gantry tilt and uneven
spacing by one, so it belongs to the geometry.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _

if TYPE_CHECKING:
    from SlicerDeidLib import Defaced, Volume

LPS_FROM_RAS = np.array([-1.0, -1.0, 1.0])
KINDS = {"CT": "HU", "MR": ""}  # modality and the unit of its values
_STRAIGHT_MM = 0.5  # mm: how far a slice's corner may lie from where a flat, equally sampled slice has it
_LEAST_MM3 = 1.0  # mm3: what has no more of extent is no volume
_HOUNSFIELD_UNITS = ("[hnsf'U]", "HU")  # UCUM code and what DICOM's Rescale Type says
_REMOVED_COLOR = (0.93, 0.26, 0.21)
_FILL_OPACITY = 0.2  # of the mask, which covers all that is not head


class VolumeProblem(ValueError):
    """A volume node cannot be used; the text is one sentence for the user."""


@dataclass(frozen=True)
class Loaded:
    """What is known of a volume node: all that a thread needs to deface it.

    Attributes
    ----------
    kind : str
        ``"CT"`` or ``"MR"`` where the user or the node says so; empty: to be told from the values.
    """

    volume: Volume = field(repr=False)
    kind: str = ""
    isChosen: bool = False


def loadedFrom(node: object, kind: str = "") -> Loaded:
    """Copy what is needed of a volume node.

    Parameters
    ----------
    node : vtkMRMLScalarVolumeNode
        A head in CT or MR, at least two slices.
    kind : str
        ``"CT"`` or ``"MR"``, as the user says; empty: what the node or its values say.

    Raises
    ------
    VolumeProblem
        If there are no scalar voxels, the unit is another, or the parent transform bends the slices.
    """
    volume = volumeFromNode(node)
    if kind:
        return Loaded(volume, kind, isChosen=True)
    said = _modality(node)
    if said and said not in KINDS:
        raise VolumeProblem(_("The volume is neither CT nor MR; only these can be defaced."))
    code = _unitCode(node)
    if code and code not in _HOUNSFIELD_UNITS:
        raise VolumeProblem(_("The volume's values are not Hounsfield units; only CT and MR can be defaced."))
    return Loaded(volume, "CT" if code else said)


def deface(loaded: Loaded, method: str, depth: float, airValue: float | None) -> Defaced:
    """Deface what was copied of a node; knows no scene, so that a thread can do it.

    Raises
    ------
    SlicerDeidLib.DeidError
        If it cannot be defaced safely.
    VolumeProblem
        If the values are not those of the kind that the user chose.
    """
    import SlicerDeidLib

    unit = KINDS.get(loaded.kind)
    if unit is None:
        volume = SlicerDeidLib.tell_unit(loaded.volume)
    else:
        volume = replace(loaded.volume, unit=unit)
        if loaded.isChosen and _isOther(loaded):
            raise VolumeProblem(_("The values are not those of {kind}; choose the other.").format(kind=loaded.kind))
    return SlicerDeidLib.deface(volume, method=method, depth_mm=depth, air_value=airValue)


def volumeFromNode(node: object) -> Volume:
    """Return a copy of a volume node's voxels with their true positions, in HU.

    Raises
    ------
    VolumeProblem
        If there are no scalar voxels, the geometry has no extent, or the parent transform bends the slices.
    """
    from SlicerDeidLib import Volume

    array = _scalars(node)
    slices, rows, columns = array.shape
    corners = _cornersLps(node, slices, rows, columns)
    if not _hasExtent(corners):
        raise VolumeProblem(
            _("The volume's spacing is zero, or it or the origin is no number; set them right in the module Volumes.")
        )
    iSteps = (corners[:, 1] - corners[:, 0]) / (columns - 1)
    jSteps = (corners[:, 2] - corners[:, 0]) / (rows - 1)
    opposite = corners[0, 1] + corners[0, 2] - corners[0, 0]  # where flat slices have their far corner
    bends = [corners[:, n] - corners[:, 0] - (corners[0, n] - corners[0, 0]) for n in (1, 2, 3)]
    isBent = np.abs(opposite - corners[0, 3]).max() > _STRAIGHT_MM or np.abs(bends).max() > _STRAIGHT_MM
    if isBent:
        raise VolumeProblem(_("The volume's transform bends its slices; harden the transform or remove it first."))
    limits = np.finfo(array.dtype) if array.dtype.kind == "f" else np.iinfo(array.dtype)
    return Volume(
        stored=array.copy(),
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


def addDefaced(node: object, defaced: Defaced) -> tuple[object, object]:
    """Add what became of a volume node to the scene.

    Returns
    -------
    (vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode)
        Same lattice and parent transform as ``node``. The segmentation has one segment: removed tissue and the air
        around the head together, so that it does not show the face; none where no face is in view.
    """
    result = _addLike(node, defaced.after, _("Defaced"))
    _copyWindow(node, result)
    mask = slicer.mrmlScene.AddNewNodeByClass(
        "vtkMRMLSegmentationNode", slicer.mrmlScene.GenerateUniqueName(_("Replaced by air"))
    )
    mask.CreateDefaultDisplayNodes()
    mask.GetDisplayNode().SetOpacity2DFill(_FILL_OPACITY)
    mask.SetReferenceImageGeometryParameterFromVolumeNode(result)
    mask.SetAndObserveTransformNodeID(result.GetTransformNodeID())
    if not defaced.head.all():
        name = _("Removed tissue and outside air")
        segment = mask.GetSegmentation().AddEmptySegment("", name, _REMOVED_COLOR)
        labels = np.logical_not(defaced.head).astype(np.uint8)
        slicer.util.updateSegmentBinaryLabelmapFromArray(labels, mask, segment, result)
    return result, mask


def addTextMasked(node: object, airValue: float | None) -> tuple[object, int]:
    """Mask small bright objects outside the head of a CT; return the new volume node and how many boxes were masked.

    Raises
    ------
    VolumeProblem
        If the volume cannot be used, or is no CT.
    """
    import SlicerDeidLib

    if loadedFrom(node).kind == "MR":
        raise VolumeProblem(_("The volume's values are not Hounsfield units; only CT can be used."))
    volume = volumeFromNode(node)
    if volume.stored.dtype.kind == "f":
        limits = np.iinfo(np.int32)
        whole = np.rint(volume.stored).astype(np.int32)
        volume = replace(volume, stored=whole, stored_range=(int(limits.min), int(limits.max)))
    after, boxes = SlicerDeidLib.redact_text(volume, air_value=airValue)
    array = _scalars(node)  # the node's own voxels stay, in their own type, where nothing was replaced
    result = _addLike(node, np.where(after == volume.stored, array, after.astype(array.dtype)), _("Text masked"))
    _copyWindow(node, result)
    return result, len(boxes)


def ownNames() -> frozenset[str]:
    """Return the names of the nodes that are made here."""
    return frozenset((_("Defaced"), _("Replaced by air"), _("Text masked"), _("Removed tissue and outside air")))


def _isOther(loaded: Loaded) -> bool:
    """Say whether the values are certainly those of the other kind."""
    import SlicerDeidLib

    try:
        return SlicerDeidLib.tell_unit(loaded.volume).unit != KINDS[loaded.kind]
    except SlicerDeidLib.DeidError:
        return False  # in doubt the user knows better


def _modality(node: object) -> str:
    """Return what the subject hierarchy says of a node's modality; empty where it says nothing."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    item = hierarchy.GetItemByDataNode(node) if hierarchy is not None else 0
    name = slicer.vtkMRMLSubjectHierarchyConstants.GetDICOMSeriesModalityAttributeName()
    return hierarchy.GetItemAttribute(item, name) if item else ""


def _unitCode(node: object) -> str:
    """Return the code of the values' unit; empty where the node names none."""
    units = node.GetVoxelValueUnits()
    return (units.GetCodeValue() or "") if units is not None else ""


def _scalars(node: object) -> np.ndarray:
    """Return the node's own voxels (k, j, i)."""
    if node is None or node.GetImageData() is None:
        raise VolumeProblem(_("Choose a volume that is loaded."))
    array = slicer.util.arrayFromVolume(node)
    if array.ndim != 3 or min(array.shape) < 2:
        raise VolumeProblem(_("The volume must have one value per voxel and at least two slices."))
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


def _hasExtent(corners: np.ndarray) -> bool:
    """Say whether corners, as of ``_cornersLps``, are numbers and span a volume."""
    if not np.isfinite(corners).all():
        return False
    edges = np.array([corners[0, 1], corners[0, 2], corners[-1, 0]]) - corners[0, 0]
    return bool(abs(np.linalg.det(edges)) >= _LEAST_MM3)


def _addLike(node: object, array: np.ndarray, name: str) -> object:
    """Add a node on the lattice of another; nothing of the other's name, attributes or files is taken over."""
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    made = slicer.util.addVolumeFromArray(array, matrix, slicer.mrmlScene.GenerateUniqueName(name))
    if node.GetParentTransformNode() is not None:
        made.SetAndObserveTransformNodeID(node.GetParentTransformNode().GetID())
    return made


def _copyWindow(source: object, target: object) -> None:
    """Show the new volume with the window of the old one."""
    shown, display = source.GetDisplayNode(), target.GetDisplayNode()
    if shown is not None and display is not None:
        display.SetAutoWindowLevel(False)
        display.SetWindowLevel(shown.GetWindow(), shown.GetLevel())
