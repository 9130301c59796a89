# SPDX-License-Identifier: Apache-2.0
"""Outlines beside defaced heads: of regions and segments only those stay that are certainly inner structures."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from objectcases import RT, SEG, Case, as_file, code, made, read_back
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import RLELossless
from SlicerDeidLib.errors import PixelError, SeriesRefused
from SlicerDeidLib.formats.dicom.encode import remove_hidden
from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.pipeline.outlines import drop_outlines, refuse_hidden_frames
from SlicerDeidLib.policies.dispositions import inner_structures


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def structure_set(*regions: tuple[str, str]) -> DicomFile:
    ds = made(RT, "RTSTRUCT", 52)
    rois, contours, observations = [], [], []
    for number, (name, kind) in enumerate(regions, 1):
        roi, contour, observation = Dataset(), Dataset(), Dataset()
        roi.ROINumber, roi.ROIName = number, name
        contour.ReferencedROINumber = number
        observation.ReferencedROINumber, observation.RTROIInterpretedType = number, kind
        rois.append(roi), contours.append(contour), observations.append(observation)
    ds.StructureSetROISequence, ds.ROIContourSequence = Sequence(rois), Sequence(contours)
    ds.RTROIObservationsSequence = Sequence(observations)
    return as_file(ds)


def test_outlines_of_the_head_and_unknown_ones_are_dropped() -> None:
    regions = [("BODY", "EXTERNAL"), ("BrainStem", "ORGAN"), ("Lens_L", "ORGAN"), ("Eyes", "ORGAN"), ("GTV 1", "GTV"),
               ("Skin", ""), ("Face", ""), ("Zormox", ""), ("Brain", "EXTERNAL"), ("x", "")]  # fmt: skip
    file = structure_set(*regions)
    assert drop_outlines(file.dataset, inner_structures()) == 8
    left = read_back(file)
    assert [roi.ROIName for roi in left.StructureSetROISequence] == ["BrainStem", "GTV 1"]
    assert [one.ReferencedROINumber for one in left.ROIContourSequence] == [2, 5]
    assert [one.ReferencedROINumber for one in left.RTROIObservationsSequence] == [2, 5]


def test_a_structure_set_of_outlines_only_is_refused() -> None:
    with pytest.raises(SeriesRefused, match="no region is left"):
        drop_outlines(structure_set(("External", ""), ("Mandible", "ORGAN")).dataset, inner_structures())


def test_beside_undefaced_images_all_regions_stay(case: Case) -> None:
    ds = read_back(structure_set(("BODY", "EXTERNAL"), ("Brain", "ORGAN")))
    case.add(ds)
    case.run(deface="none")
    (left,) = case.released("RTSTRUCT")
    assert len(left.StructureSetROISequence) == 2


# what a region says of itself


Plant = Callable[[Dataset, Dataset], None]


def says(tag: str, value: object) -> Plant:
    """Let a region say something of itself, or somebody who observed it."""
    return lambda roi, seen: setattr(roi if tag.startswith(("ROIDesc", "ROIGen")) else seen, tag, value)


@pytest.mark.parametrize(
    ("plant", "is_inner"),
    [
        (says("ROIDescription", "brain, drawn manually"), True),
        (says("ROIDescription", "skin surface"), False),
        (says("ROIGenerationDescription", "face"), False),
        (says("ROIObservationLabel", "Face skin"), False),
        (says("ROIObservationDescription", "outline"), False),
        (says("RTROIIdentificationCodeSequence", code("39937001", "Skin", "SCT")), False),
        (says("RTROIIdentificationCodeSequence", code("12738006", "Entire brain", "SCT")), True),
        (says("AdditionalRTROIIdentificationCodeSequence", code("39937001", "Skin", "SCT")), False),
        (says("SegmentedPropertyTypeCodeSequence", code("39937001", "Skin", "SCT")), False),
        (says("RTROIInterpretedType", "DOSE_REGION"), False),
        (says("RTROIInterpretedType", "IRRAD_VOLUME"), False),
        (says("ReferencedROINumber", "+2"), True),
    ],
)
def test_all_that_a_region_says_of_itself_must_be_of_an_inner_structure(plant: Plant, is_inner: bool) -> None:
    ds = read_back(structure_set(("BrainStem", "ORGAN"), ("Brain", "ORGAN")))
    plant(ds.StructureSetROISequence[1], ds.RTROIObservationsSequence[1])
    file = as_file(ds)
    assert drop_outlines(file.dataset, inner_structures()) == (0 if is_inner else 1)
    assert len(read_back(file).ROIContourSequence) == (2 if is_inner else 1)


# numbers


def numbered(number: str | int | None) -> Dataset:
    """Return an item of a region, its number written as nobody should."""
    item = Dataset()
    if number is not None:
        item.ReferencedROINumber = 0
        item["ReferencedROINumber"]._value = number
    return item


@pytest.mark.parametrize("number", [99, "+2", "2 ", "02", "2.0", "x", "", None])
def test_contours_stay_only_for_the_number_of_a_region_that_is_inner(number: str | int | None) -> None:
    ds = read_back(structure_set(("Brain", ""), ("BODY", "")))
    ds.ROIContourSequence[1] = numbered(number)
    file = as_file(ds)
    drop_outlines(file.dataset, inner_structures())
    assert [one.ReferencedROINumber for one in read_back(file).ROIContourSequence] == [1]


@pytest.mark.parametrize("number", ["+2", "02", "2.0"])
def test_an_external_observation_is_of_its_region_however_its_number_is_written(number: str) -> None:
    ds = read_back(structure_set(("BrainStem", "ORGAN"), ("Brain", "EXTERNAL")))
    ds.RTROIObservationsSequence[1] = numbered(number)
    ds.RTROIObservationsSequence[1].RTROIInterpretedType = "EXTERNAL"
    file = as_file(ds)
    assert drop_outlines(file.dataset, inner_structures()) == 1
    left = read_back(file)
    assert [roi.ROIName for roi in left.StructureSetROISequence] == ["BrainStem"]
    assert [one.ReferencedROINumber for one in left.ROIContourSequence] == [1]


def test_contours_without_any_region_are_refused() -> None:
    ds = read_back(structure_set(("Brain", ""), ("BODY", "")))
    del ds.StructureSetROISequence
    with pytest.raises(SeriesRefused, match="no region is left"):
        drop_outlines(as_file(ds).dataset, inner_structures())


def test_two_regions_of_one_number_are_both_dropped_when_one_is_the_skin() -> None:
    ds = read_back(structure_set(("Brain", ""), ("Skin", ""), ("Pons", "")))
    ds.StructureSetROISequence[1].ROINumber = 1
    file = as_file(ds)
    drop_outlines(file.dataset, inner_structures())
    assert [one.ReferencedROINumber for one in read_back(file).ROIContourSequence] == [3]


# segments


def segmentation(*segments: tuple[str, str], frames: tuple[int, ...] = (1,)) -> Dataset:
    """Return a segmentation of segments with label and property type, and frames that name them."""
    ds = made(SEG, "SEG", 53)
    ds.NumberOfFrames = len(frames)
    ds.SegmentSequence = Sequence()
    for number, (label, meaning) in enumerate(segments, 1):
        segment = Dataset()
        segment.SegmentNumber, segment.SegmentLabel = number, label
        segment.SegmentedPropertyTypeCodeSequence = code("12738006", meaning, "SCT")
        ds.SegmentSequence.append(segment)
    ds.PerFrameFunctionalGroupsSequence = Sequence([of_segment(number) for number in frames])
    return ds


def of_segment(number: int) -> Dataset:
    group, named = Dataset(), Dataset()
    named.ReferencedSegmentNumber = number
    group.SegmentIdentificationSequence = Sequence([named])
    return group


def is_refused(ds: Dataset) -> bool:
    try:
        drop_outlines(as_file(ds).dataset, inner_structures())
    except SeriesRefused as refused:
        return "outline of the head" in refused.reason
    return False


@pytest.mark.parametrize(
    ("label", "meaning", "is_fine"), [("Brain", "Brain", True), ("Brain", "Skin", False), ("Head", "Brain", False)]
)
def test_a_segmentation_is_refused_when_a_segment_may_follow_the_head(label: str, meaning: str, is_fine: bool) -> None:
    assert is_refused(segmentation((label, meaning))) is not is_fine


def test_a_segmentation_is_refused_when_a_segment_is_described_as_an_outline() -> None:
    ds = segmentation(("Brain", "Brain"))
    ds.SegmentSequence[0].SegmentDescription = "skin"
    assert is_refused(ds)


@pytest.mark.parametrize("name", ["QIICR_dcmqi/sr-example/seg.dcm", "pydicom_pydicom-data/liver.dcm"])
def test_real_segmentations_of_inner_structures_are_released(real_data: Path, name: str) -> None:
    ds = pydicom.dcmread(real_data / name)
    assert drop_outlines(as_file(ds).dataset, inner_structures()) == 0
    ds.SegmentSequence = ds.SegmentSequence[1:]
    assert is_refused(ds)


@pytest.mark.parametrize("frames", [(1, 2, 2), (2,), ()])
def test_a_segmentation_is_refused_when_a_frame_is_of_no_listed_segment(frames: tuple[int, ...]) -> None:
    assert is_refused(segmentation(("Brain", "Brain"), frames=frames))


def test_a_segmentation_without_segments_is_refused() -> None:
    ds = segmentation()
    assert is_refused(ds)
    del ds.SegmentSequence
    assert is_refused(ds)


def test_a_segmentation_is_refused_when_a_frame_names_no_segment() -> None:
    ds = segmentation(("Brain", "Brain"), frames=(1, 1))
    del ds.PerFrameFunctionalGroupsSequence[1].SegmentIdentificationSequence
    assert is_refused(ds)
    ds.PerFrameFunctionalGroupsSequence.pop()
    assert is_refused(ds)


@pytest.mark.parametrize(("number", "is_fine"), [(1, True), (2, False)])
def test_the_segment_that_all_frames_share_is_looked_at_too(number: int, is_fine: bool) -> None:
    ds = segmentation(("Brain", "Brain"), frames=(1, 1))
    for group in ds.PerFrameFunctionalGroupsSequence:
        del group.SegmentIdentificationSequence
    ds.SharedFunctionalGroupsSequence = Sequence([of_segment(number)])
    assert is_refused(ds) is not is_fine


@pytest.mark.parametrize(("bits", "size", "is_fine"), [(1, 26, True), (1, 28, False), (8, 200, True), (8, 202, False)])
def test_a_segmentation_is_refused_when_its_pixels_go_on_behind_the_last_frame(
    bits: int, size: int, is_fine: bool
) -> None:
    ds = segmentation(("Brain", "Brain"), frames=(1, 1))
    ds.Rows, ds.Columns, ds.BitsAllocated, ds.PixelData = 10, 10, bits, bytes(size)
    ds["PixelData"].VR = "OB"
    file = as_file(ds)
    if is_fine:
        refuse_hidden_frames(file.dataset, file.transfer_syntax_uid, is_big_endian=False)
    else:
        with pytest.raises(SeriesRefused, match="behind the last frame"):
            refuse_hidden_frames(file.dataset, file.transfer_syntax_uid, is_big_endian=False)


def rle_frames(count: int) -> bytes:
    """Return frames of one value each, as PS3.5 G encodes them: one segment of a run after its header."""
    runs = [bytes([157, number]) for number in range(count)]  # 257 - 157 = 100 pixels
    return encapsulate([struct.pack("<2L", 1, 64) + bytes(56) + run for run in runs])


@pytest.mark.parametrize(("frames", "is_fine"), [(2, True), (3, False), (1, False)])
def test_a_compressed_segmentation_that_holds_other_frames_than_it_says_is_refused(frames: int, is_fine: bool) -> None:
    ds = segmentation(("Brain", "Brain"), frames=(1, 1))
    ds.Rows, ds.Columns, ds.BitsAllocated, ds.BitsStored, ds.HighBit = 10, 10, 8, 8, 7
    ds.SamplesPerPixel, ds.PixelRepresentation, ds.PhotometricInterpretation = 1, 0, "MONOCHROME2"
    ds.file_meta.TransferSyntaxUID, ds.PixelData = RLELossless, rle_frames(frames)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    file = as_file(ds)
    refuse_hidden_frames(file.dataset, file.transfer_syntax_uid, is_big_endian=False)
    if is_fine:
        remove_hidden(file)
    else:
        with pytest.raises(PixelError, match="as many frames"):
            remove_hidden(file)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.4.112"])
def test_a_segmentation_whose_compressed_frames_nobody_can_count_is_refused(syntax: str) -> None:
    ds = segmentation(("Brain", "Brain"), frames=(1, 1))
    ds.Rows, ds.Columns, ds.BitsAllocated = 10, 10, 8
    ds.file_meta.TransferSyntaxUID, ds.PixelData = RLELossless, rle_frames(2)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    file = as_file(ds)
    with pytest.raises(SeriesRefused, match="cannot be counted"):
        refuse_hidden_frames(file.dataset, syntax, is_big_endian=False)
