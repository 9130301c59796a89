# SPDX-License-Identifier: Apache-2.0
"""Volume nodes in, volume nodes out: geometry, defacing, text masking, and what the new nodes do not tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

OUTPUT = Path(__file__).resolve().parents[2] / "Output"


@pytest.fixture(scope="session")
def head():
    """A made head CT of small size: 44 slices of 160 x 160."""
    from SlicerDeidLib.sample.phantom import Lattice, make_head

    return make_head(Lattice(slices=44, rows=160, columns=160, pixel_spacing_mm=1.6))


@pytest.fixture
def node(slicer, head):
    """The head as a volume node."""
    from SlicerDeidWidgets.volumes import addNode

    return addNode(head.volume, "CANARYNAME^OF^PATIENT")


@pytest.fixture
def logic(slicer, module):
    """The module's logic, without its panel."""
    return module.python.SlicerDeidLogic()


def ijk_to_ras(slicer, node):
    import vtk

    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)


def replaced_in(slicer, defaced, mask):
    """Where the segmentation says that something was replaced."""
    (segment,) = mask.GetSegmentation().GetSegmentIDs()
    return slicer.util.arrayFromSegmentBinaryLabelmap(mask, segment, defaced).astype(bool)


def test_a_volume_comes_back_from_its_node_as_it_was(slicer, head, node):
    from SlicerDeidWidgets.volumes import volumeFromNode

    volume = volumeFromNode(node)
    for name in ("positions", "i_step", "j_step"):
        np.testing.assert_allclose(getattr(volume, name), getattr(head.volume, name), atol=1e-4)
    hu = np.stack([head.volume.slice_values(k) for k in range(44)])
    np.testing.assert_array_equal(volume.stored, hu)


def test_tilt_and_mirrored_axes_are_kept(slicer):
    from SlicerDeidWidgets.volumes import volumeFromNode

    tilt = np.deg2rad(18.5)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1] = (0.5, 0, 0), (0, -0.5 * np.cos(tilt), 0.5 * np.sin(tilt))
    matrix[:3, 2], matrix[:3, 3] = (0, 0, -5.6), (10, 20, 30)
    node = slicer.util.addVolumeFromArray(np.zeros((4, 6, 8), np.int16), matrix, "tilted")
    volume = volumeFromNode(node)
    np.testing.assert_allclose(volume.i_step, (-0.5, 0, 0), atol=1e-9)
    np.testing.assert_allclose(volume.j_step, (0, 0.5 * np.cos(tilt), 0.5 * np.sin(tilt)), atol=1e-9)
    np.testing.assert_allclose(volume.positions[1], (-10, -20, 30 - 5.6), atol=1e-9)


def test_a_linear_parent_transform_belongs_to_the_geometry(slicer, node):
    import vtk
    from SlicerDeidWidgets.volumes import volumeFromNode

    before = volumeFromNode(node)
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(0, 3, 7.0)  # 7 mm to the right: -7 in LPS
    transform.SetMatrixTransformToParent(matrix)
    node.SetAndObserveTransformNodeID(transform.GetID())
    np.testing.assert_allclose(
        volumeFromNode(node).positions - before.positions, np.tile((-7.0, 0, 0), (44, 1)), atol=1e-6
    )


def test_a_transform_that_bends_slices_is_refused(slicer, node):
    import vtk
    from SlicerDeidWidgets.volumes import VolumeProblem, volumeFromNode

    landmarks = [(x, y, z) for x in (-100.0, 100.0) for y in (-100.0, 100.0) for z in (-100.0, 100.0)]
    source, target = vtk.vtkPoints(), vtk.vtkPoints()
    for n, point in enumerate(landmarks):
        source.InsertNextPoint(point)
        target.InsertNextPoint(np.add(point, (20.0 * (n % 3), 0, 0)))
    bend = vtk.vtkThinPlateSplineTransform()
    bend.SetSourceLandmarks(source)
    bend.SetTargetLandmarks(target)
    bend.SetBasisToR()
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTransformNode")
    transform.SetAndObserveTransformToParent(bend)
    node.SetAndObserveTransformNodeID(transform.GetID())
    with pytest.raises(VolumeProblem, match="bends"):
        volumeFromNode(node)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda node: node.SetIJKToRASMatrix(scaled(1.0, 1.0, 0.0)),
        lambda node: node.SetIJKToRASMatrix(scaled(0.0, 1.0, 1.0)),
        lambda node: node.SetIJKToRASMatrix(scaled(1.0, float("nan"), 1.0)),
        lambda node: node.SetOrigin(0.0, float("inf"), 0.0),
    ],
)
def test_a_volume_whose_geometry_is_no_place_says_what_to_set_right(slicer, node, spoil):
    from SlicerDeidWidgets.volumes import VolumeProblem, volumeFromNode

    spoil(node)
    with pytest.raises(VolumeProblem, match="set them right in the module Volumes"):
        volumeFromNode(node)


def scaled(*steps):
    import vtk

    matrix = vtk.vtkMatrix4x4()
    for n, step in enumerate(steps):
        matrix.SetElement(n, n, step)
    return matrix


def test_an_image_that_is_no_volume_of_ct_or_mr_is_refused(slicer):
    from SlicerDeidWidgets.volumes import VolumeProblem, loadedFrom

    single = slicer.util.addVolumeFromArray(np.zeros((1, 8, 8), np.int16))
    with pytest.raises(VolumeProblem, match="two slices"):
        loadedFrom(single)
    empty = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    with pytest.raises(VolumeProblem, match="loaded"):
        loadedFrom(empty)
    suv = slicer.util.addVolumeFromArray(np.zeros((4, 8, 8), np.int16))
    units = slicer.vtkCodedEntry()
    units.SetValueSchemeMeaning("{SUVbw}g/ml", "UCUM", "SUV")
    suv.SetVoxelValueUnits(units)
    with pytest.raises(VolumeProblem, match="Hounsfield"):
        loadedFrom(suv)
    plain = slicer.util.addVolumeFromArray(np.zeros((4, 8, 8), np.int16))
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    item = hierarchy.CreateItem(hierarchy.GetSceneItemID(), plain)
    hierarchy.SetItemAttribute(item, "DICOM.Modality", "US")
    with pytest.raises(VolumeProblem, match="neither CT nor MR"):
        loadedFrom(plain)


def test_what_an_image_is_says_the_user_or_the_node_or_the_values(slicer, node):
    from SlicerDeidWidgets.volumes import VolumeProblem, deface, loadedFrom

    assert loadedFrom(node).kind == ""  # to be told from the values
    units = slicer.vtkCodedEntry()
    units.SetValueSchemeMeaning("[hnsf'U]", "UCUM", "Hounsfield unit")
    node.SetVoxelValueUnits(units)
    assert loadedFrom(node).kind == "CT"
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    mr = slicer.util.addVolumeFromArray(np.zeros((4, 8, 8), np.int16))
    hierarchy.SetItemAttribute(hierarchy.CreateItem(hierarchy.GetSceneItemID(), mr), "DICOM.Modality", "MR")
    assert loadedFrom(mr).kind == "MR"
    with pytest.raises(VolumeProblem, match="not those of MR"):
        deface(loadedFrom(node, "MR"), "face", 8.0, None)


def test_a_sagittal_mr_loses_its_face_and_keeps_its_brain(slicer, logic):
    from mrseries import painted
    from SlicerDeidLib.sample.mr import MRLattice, make_mr_head
    from SlicerDeidWidgets.volumes import addNode

    head = make_mr_head(painted("T1"), MRLattice())
    node = addNode(head.volume, "MR")
    defaced, mask = logic.defaceVolume(node, "auto")
    before, after = slicer.util.arrayFromVolume(node), slicer.util.arrayFromVolume(defaced)
    replaced = replaced_in(slicer, defaced, mask)
    assert not replaced[head.intracranial].any()
    assert replaced[head.face & ~head.intracranial].mean() > 0.5
    np.testing.assert_array_equal(after[~replaced], before[~replaced])
    assert (after[replaced] == 0).all()


def test_a_ct_that_is_stored_along_other_axes_is_defaced_alike(slicer, logic, node):
    defaced, _mask = logic.defaceVolume(node)
    array, matrix = slicer.util.arrayFromVolume(node), ijk_to_ras(slicer, node)
    turned = slicer.util.addVolumeFromArray(array.transpose(2, 0, 1).copy(), matrix[:, [1, 2, 0, 3]], "sagittal")
    also, _mask = logic.defaceVolume(turned)
    np.testing.assert_allclose(ijk_to_ras(slicer, also), ijk_to_ras(slicer, turned))
    expected = slicer.util.arrayFromVolume(defaced).transpose(2, 0, 1)
    assert (slicer.util.arrayFromVolume(also) != expected).mean() < 1e-5  # rounding on the cut's edge


def test_defacing_a_node_takes_face_and_skin_and_keeps_the_brain(slicer, logic, node, head):
    from Bench import views

    defaced, mask = logic.defaceVolume(node, depth=8.0)
    before, after = slicer.util.arrayFromVolume(node), slicer.util.arrayFromVolume(defaced)
    replaced = replaced_in(slicer, defaced, mask)
    assert after.dtype == before.dtype
    np.testing.assert_array_equal(after[~replaced], before[~replaced])
    assert (after[replaced] == -1000).mean() > 0.99
    assert not replaced[head.intracranial].any()
    behind = np.arange(head.bone.shape[1]) >= head.bone.shape[1] // 2
    assert not replaced[head.bone & behind[:, None]].any()
    assert replaced[head.face & ~head.intracranial].mean() > 0.5
    assert replaced[head.skin & ~head.face].mean() > 0.8
    assert replaced[head.holder].mean() > 0.99
    assert replaced[~head.body & ~head.holder].mean() > 0.99  # so that it does not show the face
    assert mask.GetSegmentation().GetNumberOfSegments() == 1
    np.testing.assert_allclose(ijk_to_ras(slicer, defaced), ijk_to_ras(slicer, node))
    node.GetDisplayNode().SetAutoWindowLevel(False)
    node.GetDisplayNode().SetWindowLevel(400, 40)
    defaced.GetDisplayNode().SetAutoWindowLevel(False)
    defaced.GetDisplayNode().SetWindowLevel(400, 40)
    for color in ("Red", "Yellow", "Green"):
        view = views.SliceView(slicer, color)
        views.save_png(np.hstack([view.show(node), view.show(defaced)]), OUTPUT / f"deface-{color}.png")
    pictures = []
    for volume in (node, defaced):
        model = views.add_skin(slicer, volume)
        pictures.append(views.ThreeDView(slicer).show())
        slicer.mrmlScene.RemoveNode(model)
    views.save_png(np.hstack(pictures), OUTPUT / "deface-3d.png")
    shares = [(picture[..., 0] > picture[..., 2]).mean() for picture in pictures]  # skin is red, the background blue
    assert 0.2 < shares[1] < shares[0] < 0.9


def test_floating_point_volumes_stay_floating_point(slicer, logic, head, node):
    slicer.util.updateVolumeFromArray(node, slicer.util.arrayFromVolume(node).astype(np.float32) + 0.25)
    defaced, mask = logic.defaceVolume(node)
    before, after = slicer.util.arrayFromVolume(node), slicer.util.arrayFromVolume(defaced)
    assert after.dtype == np.float32
    kept = ~replaced_in(slicer, defaced, mask)
    np.testing.assert_array_equal(after[kept], before[kept])


def test_another_air_value_is_used(slicer, logic, node):
    defaced, mask = logic.defaceVolume(node, airValue=-1024.0)
    replaced = replaced_in(slicer, defaced, mask)
    assert (slicer.util.arrayFromVolume(defaced)[replaced] == -1024).mean() > 0.99


def test_what_is_no_head_adds_no_node(slicer, logic):
    from SlicerDeidLib import DeidError

    node = slicer.util.addVolumeFromArray(np.full((20, 64, 64), 40, np.int16), np.diag([2.0, 2.0, 5.0, 1.0]))
    count = slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLVolumeNode")
    with pytest.raises(DeidError):
        logic.defaceVolume(node)
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") == count


def test_text_in_a_node_is_masked(slicer, logic, tmp_path):
    from SlicerDeidLib.sample.phantom import Lattice
    from SlicerDeidLib.sample.study import write_study
    from SlicerDeidWidgets.volumes import addNode

    study = write_study(tmp_path / "in", lattice=Lattice(slices=12, rows=256, columns=256, pixel_spacing_mm=1.0))
    node = addNode(study.head.volume, "text")
    masked, count = logic.maskText(node)
    before, after = slicer.util.arrayFromVolume(node), slicer.util.arrayFromVolume(masked)
    assert count > 0
    assert (after[study.text] < -900).all()
    np.testing.assert_array_equal(after[study.head.intracranial], before[study.head.intracranial])


def test_new_nodes_tell_nothing_of_the_original(slicer, logic, node, tmp_path):
    node.SetAttribute("DICOM.instanceUIDs", "1.2.3.CANARYUID")
    node.SetDescription("CANARYDESCRIPTION")
    defaced, mask = logic.defaceVolume(node)
    for made in (defaced, mask):
        assert made.GetStorageNode() is None
        assert list(made.GetAttributeNames() or []) == []
        assert "CANARY" not in (made.GetName() + (made.GetDescription() or ""))
    slicer.mrmlScene.RemoveNode(node)
    slicer.mrmlScene.SetURL(str(tmp_path / "scene.mrml"))
    slicer.mrmlScene.Commit()
    assert "CANARY" not in (tmp_path / "scene.mrml").read_text(encoding="utf-8")
