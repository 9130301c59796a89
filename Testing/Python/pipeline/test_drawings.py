# SPDX-License-Identifier: Apache-2.0
"""Drawings beside defaced heads: measurements stay, free outlines go, and what is left stays valid."""

from __future__ import annotations

import io
from pathlib import Path

import pydicom
import pytest
from objectcases import PR, Case, as_file, code, image, made, read_back, report, text
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian
from SlicerDeidLib.errors import SeriesRefused
from SlicerDeidLib.formats.dicom.file import read
from SlicerDeidLib.pipeline.drawings import drop_drawings


def drawing(kind: str, points: int, dimensions: int = 2) -> Dataset:
    item = Dataset()
    item.GraphicType, item.GraphicData = kind, [float(number) for number in range(points * dimensions)]
    return item


def coordinates(kind: str, points: int, dimensions: int = 2) -> Dataset:
    item = drawing(kind, points, dimensions)
    item.RelationshipType, item.ValueType = "CONTAINS", "SCOORD3D" if dimensions == 3 else "SCOORD"
    item.ConceptNameCodeSequence = code("111030", "Image Region")
    return item


def state(*drawings: Dataset, words: str = "") -> FileDataset:
    """Return a presentation state of one annotation."""
    ds = made(PR, "PR", 51)
    note = Dataset()
    note.GraphicLayer, note.GraphicObjectSequence = "LAYER1", Sequence(drawings)
    if words:
        said = Dataset()
        said.UnformattedTextValue = words
        note.TextObjectSequence = Sequence([said])
    ds.GraphicAnnotationSequence = Sequence([note])
    return ds


def dropped(ds: FileDataset) -> tuple[int, FileDataset]:
    file = as_file(ds)
    return drop_drawings(file.dataset, is_big_endian=False), read_back(file)


MEASUREMENTS = [("POINT", 1), ("POLYLINE", 2), ("POLYLINE", 3), ("POLYLINE", 4), ("MULTIPOINT", 2), ("CIRCLE", 2),
                ("ELLIPSE", 4)]  # fmt: skip
OUTLINES = [("POLYLINE", 5), ("POLYLINE", 300), ("MULTIPOINT", 5), ("POLYGON", 4), ("INTERPOLATED", 3), ("POINT", 2),
            ("CIRCLE", 3), ("ELLIPSE", 5), ("", 1), ("ZORMOX", 2)]  # fmt: skip


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize(("kind", "points"), [*MEASUREMENTS, *OUTLINES])
def test_coordinates_of_a_report_stay_when_they_measure_and_go_when_they_outline(
    kind: str, points: int, dimensions: int
) -> None:
    count, left = dropped(report(text("infarct"), coordinates(kind, points, dimensions)))
    is_outline = (kind, points) in OUTLINES
    assert (count, len(left.ContentSequence)) == ((1, 1) if is_outline else (0, 2))


def test_an_ellipsoid_stays() -> None:
    assert dropped(report(text("infarct"), coordinates("ELLIPSOID", 6, 3)))[0] == 0


@pytest.mark.parametrize(("kind", "points"), [*MEASUREMENTS, *OUTLINES])
def test_graphics_of_a_presentation_state_stay_when_they_measure_and_go_when_they_outline(
    kind: str, points: int
) -> None:
    count, left = dropped(state(drawing(kind, points)))
    is_outline = (kind, points) in OUTLINES
    assert (count, "GraphicAnnotationSequence" in left) == (is_outline, not is_outline)


def test_an_annotation_keeps_its_words_without_its_outline() -> None:
    count, left = dropped(state(drawing("POLYLINE", 90), words="infarct"))
    (note,) = left.GraphicAnnotationSequence
    assert (count, "GraphicObjectSequence" in note) == (1, False)
    assert note.TextObjectSequence[0].UnformattedTextValue == "infarct"


def test_a_report_in_big_endian_is_judged_alike() -> None:
    ds = report(coordinates("POLYGON", 8), text("infarct"), coordinates("POLYLINE", 4))
    ds.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    out = io.BytesIO()
    pydicom.dcmwrite(out, ds, implicit_vr=False, little_endian=False, enforce_file_format=True)
    file = read(out.getvalue())
    assert drop_drawings(file.dataset, is_big_endian=True) == 1
    assert [one.ValueType for one in read_back(file).ContentSequence] == ["TEXT", "SCOORD"]


def test_compound_graphics_go() -> None:
    ds = state(drawing("POLYLINE", 2))
    ds.GraphicAnnotationSequence[0].CompoundGraphicSequence = Sequence([drawing("MULTILINE", 2)])
    count, left = dropped(ds)
    (note,) = left.GraphicAnnotationSequence
    assert (count, "CompoundGraphicSequence" in note, len(note.GraphicObjectSequence)) == (1, False, 1)


@pytest.mark.parametrize(("shape", "is_kept"), [("RECTANGULAR", True), ("POLYGONAL", False), ("BITMAP", False)])
def test_a_shutter_stays_when_it_is_a_rectangle(shape: str, is_kept: bool) -> None:
    ds = made(PR, "PR", 51)
    ds.ShutterShape, ds.ShutterPresentationValue = [shape, "CIRCULAR"], 0
    ds.VerticesOfThePolygonalShutter = [1, 2, 3, 4, 5, 6]
    count, left = dropped(ds)
    assert count == (not is_kept)
    assert [name in left for name in ("ShutterShape", "VerticesOfThePolygonalShutter", "ShutterPresentationValue")] == (
        [is_kept] * 3
    )


def test_an_overlay_goes_with_all_of_its_group() -> None:
    ds = made(PR, "PR", 51)
    ds.add_new(0x60020010, "US", 8)
    ds.add_new(0x60023000, "OW", bytes(8))
    count, left = dropped(ds)
    assert (count, [element.tag for element in left if element.tag.group == 0x6002]) == (1, [])


def test_what_refers_to_an_outline_by_position_goes_and_other_positions_move() -> None:
    findings = []
    for position in ([1, 1], [1, 4]):
        by_position, finding = Dataset(), text("stroke")
        by_position.RelationshipType, by_position.ReferencedContentItemIdentifier = "INFERRED FROM", position
        finding.ContentSequence = Sequence([by_position])
        findings.append(finding)
    count, left = dropped(report(coordinates("POLYGON", 8), *findings, image("1.2.3")))
    assert count == 1
    assert [one.ValueType for one in left.ContentSequence] == ["TEXT", "TEXT", "IMAGE"]
    assert "ContentSequence" not in left.ContentSequence[0]
    assert list(left.ContentSequence[1].ContentSequence[0].ReferencedContentItemIdentifier) == [1, 3]


def test_a_report_of_outlines_alone_is_refused() -> None:
    with pytest.raises(SeriesRefused, match="drawn outlines"):
        dropped(report(coordinates("POLYGON", 8)))


@pytest.mark.parametrize(("method", "items", "said"), [("none", 3, 0), ("auto", 2, 1)])
def test_a_run_says_how_many_outlines_it_dropped_beside_defaced_images(
    tmp_path: Path, method: str, items: int, said: int
) -> None:
    case = Case(tmp_path)
    case.add(report(text("acute infarct"), coordinates("POLYLINE", 2), coordinates("POLYGON", 9)))
    record = next(record for record in case.run(deface=method).series if record.modality == "SR")
    (left,) = case.released("SR")
    assert len(left.ContentSequence) == items
    assert sum("1 outline was dropped that may show the head" in finding for finding in record.findings) == said


@pytest.mark.parametrize(("count", "goes"), [(64, False), (65, True)])
def test_so_many_short_lines_that_they_could_follow_the_head_together_all_go(count: int, goes: bool) -> None:
    lines = [coordinates("POLYLINE", 2) for _ in range(count)]
    dropped_ones, left = dropped(report(text("infarct"), *lines))
    assert dropped_ones == (count if goes else 0)
    assert len(left.ContentSequence) == (1 if goes else 1 + count)
    dropped_ones, left = dropped(state(*(drawing("POLYLINE", 2) for _ in range(count))))
    assert (dropped_ones, "GraphicAnnotationSequence" in left) == (count if goes else 0, not goes)
