# SPDX-License-Identifier: Apache-2.0
"""All objects: what nobody can clean is released as it is when asked for, and the plan, files, run and audit say so."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SlicerDeidLib as deid
from objectcases import KEY, PREFIX, Case, code, made, report, sop
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import MPEG4HP41
from SlicerDeidLib.commandline.terminal import last_line
from SlicerDeidLib.errors import PolicyError
from SlicerDeidLib.model.plan import Verdict
from SlicerDeidLib.model.record import RunRecord, SeriesRecord, Status
from SlicerDeidLib.policies.dispositions import dispositions

STORAGE = "1.2.840.10008.5.1.4.1.1."
PDF, CDA, STL, ECG, RAW, SPECTRA, VIDEO, MESH, REGISTRATION = (
    STORAGE + part for part in ("104.1", "104.2", "104.3", "9.1.1", "66", "4.2", "77.1.4.1", "68.1", "66.1")
)
PRIVATE = "1.2.826.0.1.3680043.9.7777.1.2"
PROFILE = "113100"


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def document(content: bytes = b"%PDF-1.4 compressed ", sop_class: str = PDF, number: int = 70) -> FileDataset:
    ds = made(sop_class, "M3D" if sop_class == STL else "DOC", number)
    ds.BurnedInAnnotation, ds.RecognizableVisualFeatures = "NO", "NO"
    ds.DocumentTitle = "Report of CANARYFAMILY, brain MRI"
    ds.MIMETypeOfEncapsulatedDocument = {CDA: "text/xml", STL: "model/stl"}.get(sop_class, "application/pdf")
    ds.HL7InstanceIdentifier, ds.ConceptNameCodeSequence = f"{PREFIX}^CANARYACC1", code("18748-4", "Report", "LN")
    ds.EncapsulatedDocument, ds.EncapsulatedDocumentLength = content, len(content)
    return ds


def electrocardiogram(note: str = "sinus rhythm, seen by CANARYFAMILY") -> FileDataset:
    ds = made(ECG, "ECG", 71)
    channel, group, annotation = Dataset(), Dataset(), Dataset()
    channel.ChannelLabel, channel.ChannelSourceSequence = "lead CANARYGIVEN", code("2:1", "Lead I", "MDC")
    channel.WaveformBitsStored = 16
    group.WaveformOriginality, group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = "ORIGINAL", 1, 500
    group.SamplingFrequency, group.MultiplexGroupLabel = "500", "RHYTHM"
    group.ChannelDefinitionSequence = Sequence([channel])
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = 16, "SS"
    group.WaveformData = np.random.default_rng(1).integers(-300, 300, 500).astype("<i2").tobytes()
    annotation.UnformattedTextValue, annotation.ReferencedWaveformChannels = note, [1, 0]
    ds.WaveformSequence, ds.WaveformAnnotationSequence = Sequence([group]), Sequence([annotation])
    return ds


def raw_data() -> FileDataset:
    ds = made(RAW, "MR", 72)
    ds.CreatorVersionUID = f"{PREFIX}.99"
    block = ds.private_block(0x0029, "ACME RAW", create=True)
    block.add_new(0x10, "OB", bytes(range(256)) * 8)
    return ds


def spectra() -> FileDataset:
    ds = made(SPECTRA, "MR", 73)
    ds.Rows, ds.Columns, ds.NumberOfFrames, ds.DataPointRows, ds.DataPointColumns = 1, 1, 1, 1, 64
    ds.SpectroscopyData = np.arange(128, dtype="<f4").tobytes()
    return ds


def video() -> FileDataset:
    ds = made(VIDEO, "XC", 74)
    ds.file_meta.TransferSyntaxUID = MPEG4HP41
    ds.Rows, ds.Columns, ds.NumberOfFrames, ds.SamplesPerPixel = 64, 64, 3, 3
    ds.PhotometricInterpretation, ds.PlanarConfiguration = "YBR_PARTIAL_420", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    ds.BurnedInAnnotation = "NO"
    ds.PixelData = encapsulate([b"\0\0\0\x18ftypmp42" + bytes(200)])
    return ds


def mesh() -> FileDataset:
    ds = made(MESH, "OSS", 75)
    surface, points = Dataset(), Dataset()
    points.NumberOfSurfacePoints, points.PointCoordinatesData = 4, np.arange(12, dtype="<f4").tobytes()
    surface.SurfacePointsSequence, surface.SurfaceNumber = Sequence([points]), 1
    ds.SurfaceSequence, ds.NumberOfSurfaces = Sequence([surface]), 1
    return ds


def private_object() -> FileDataset:
    ds = made(PRIVATE, "OT", 76)
    ds.SeriesDescription = "vendor 3D of CANARYFAMILY"
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = 8, 8, 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.PixelData = np.arange(64, dtype="<u2").tobytes()
    return ds


UNSEEN: dict[str, Callable[[], FileDataset]] = {
    "document": document,
    "clinical document": lambda: document(b"<ClinicalDocument>stable.</ClinicalDocument>", CDA),
    "electrocardiogram": electrocardiogram,
    "spectra": spectra,
}
NEEDS_NONE: dict[str, Callable[[], FileDataset]] = {
    "model": lambda: document(b"solid head", STL),
    "video": video,
    "mesh": mesh,
    "private": private_object,
}


def of_case(case: Case, deface: str, objects: str = "all") -> tuple[RunRecord, SeriesRecord]:
    """Run, and return the record of the run and of the last series, which is no image."""
    record = case.run(objects, deface=deface, text="off")
    return record, next(one for one in record.series if one.modality not in ("CT",))


def contents(ds: Dataset) -> list[bytes]:
    """Return what stands in bulk, wherever it stands."""
    bulk = ("EncapsulatedDocument", "WaveformData", "SpectroscopyData", "PixelData", "PointCoordinatesData")
    return [bytes(element.value) for element in ds.iterall() if element.keyword in bulk]


@pytest.mark.parametrize("kind", sorted(UNSEEN.keys() | NEEDS_NONE.keys()))
def test_content_stays_byte_by_byte_and_nothing_claims_that_anybody_looked(case: Case, kind: str) -> None:
    original = (UNSEEN | NEEDS_NONE)[kind]()
    case.add(original)
    run, record = of_case(case, "none")
    assert (record.status, record.is_unexamined, run.unexamined) == (Status.RELEASED, True, 1)
    assert any("nobody looks" in finding for finding in record.findings)
    assert "1 hold content that nobody looked at" in last_line(run)
    (left,) = [ds for ds in map(pydicom.dcmread, case.out.rglob("*.dcm")) if ds.Modality == original.Modality]
    assert contents(left) == contents(original)
    assert contents(left)
    assert left.SOPClassUID == original.SOPClassUID
    assert left.PatientIdentityRemoved == "NO"
    assert PROFILE not in [item.CodeValue for item in left.DeidentificationMethodCodeSequence]
    assert left.get("BurnedInAnnotation") != "NO"
    assert left.get("RecognizableVisualFeatures") == ("YES" if kind in NEEDS_NONE else None)
    assert record.is_recognisable == (kind in NEEDS_NONE)
    assert "CANARY" not in str(left)
    images = case.released("CT")
    assert {ds.PatientIdentityRemoved for ds in images} == {"YES"}


@pytest.mark.parametrize("kind", sorted(UNSEEN.keys() | NEEDS_NONE.keys()))
def test_the_audit_says_what_nobody_looked_at_and_finds_nothing_wrong(case: Case, kind: str) -> None:
    case.add((UNSEEN | NEEDS_NONE)[kind]())
    of_case(case, "none")
    assert not case.found("error")
    assert [message for message in case.found("warning") if "Nobody looked at the content" in message]


@pytest.mark.parametrize(
    ("plant", "message"),
    [
        (lambda ds: setattr(ds, "PatientIdentityRemoved", "YES"), "Patient Identity Removed is YES for content"),
        (lambda ds: setattr(ds, "BurnedInAnnotation", "NO"), "Burned In Annotation is NO for content"),
        (lambda ds: setattr(ds, "RecognizableVisualFeatures", "NO"), "Recognizable Visual Features is NO for content"),
        (lambda ds: setattr(ds, "EncapsulatedDocument", b"%PDF-1.4 another docum"), "is not that of the original"),
        (lambda ds: setattr(ds, "EncapsulatedDocument", b"%PDF of CANARYFAMILY  "), "of the original stands in"),
    ],
)
def test_the_audit_finds_claims_names_and_changes_that_were_planted(
    case: Case, plant: Callable[[Dataset], None], message: str
) -> None:
    case.add(document())
    of_case(case, "none")
    (path,) = (path for path in case.out.rglob("*.dcm") if pydicom.dcmread(path).Modality == "DOC")
    ds = pydicom.dcmread(path)
    plant(ds)
    ds.save_as(path)
    assert any(message in one for one in case.found("error"))


@pytest.mark.parametrize("kind", sorted(UNSEEN.keys() | NEEDS_NONE.keys()))
@pytest.mark.parametrize("objects", ["images", "clean"])
def test_without_being_asked_for_none_of_it_is_released_and_the_reason_says_how(
    case: Case, kind: str, objects: str
) -> None:
    case.add((UNSEEN | NEEDS_NONE)[kind]())
    _, record = of_case(case, "none", objects)
    assert record.status in (Status.LEFT_OUT, Status.REFUSED)
    assert "--objects all" in record.reason
    assert ("--deface none" in record.reason) == (kind in NEEDS_NONE)


@pytest.mark.parametrize("kind", sorted(NEEDS_NONE))
def test_what_may_be_the_face_itself_is_not_released_beside_images_that_are_defaced(case: Case, kind: str) -> None:
    case.add(NEEDS_NONE[kind]())
    _, record = of_case(case, "auto")
    assert record.status in (Status.LEFT_OUT, Status.REFUSED)
    assert record.reason.endswith("with --deface none releases it as it is, its header cleaned")


@pytest.mark.parametrize(("make", "objects"), [(document, "all"), (electrocardiogram, "all"), (report, "clean")])
@pytest.mark.parametrize("deface", ["auto", "none"])
def test_pixels_where_no_object_of_its_kind_has_any_are_not_released(
    case: Case, make: Callable[[], FileDataset], objects: str, deface: str
) -> None:
    ds = make()
    ds.Rows = ds.Columns = 8
    ds.BitsAllocated = ds.BitsStored = 8
    ds.HighBit, ds.PixelRepresentation, ds.SamplesPerPixel = 7, 0, 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.PixelData = bytes(64)
    case.add(ds)
    record = of_case(case, deface, objects)[1]
    assert (record.status, record.reason) == (Status.REFUSED, "it holds pixels, which no object of its kind does")


@pytest.mark.parametrize("mime", ["model/stl", "image/jpeg", "application/pdf;name=canaryfamily.pdf", ""])
def test_a_document_of_another_kind_than_its_class_is_refused(case: Case, mime: str) -> None:
    ds = document()
    ds.MIMETypeOfEncapsulatedDocument = mime
    case.add(ds)
    record = of_case(case, "auto", "all")[1]
    assert record.status is Status.REFUSED
    assert "its MIME type is not application/pdf" in record.reason


def test_headers_are_cleaned_word_by_word(case: Case) -> None:
    case.add(document())
    case.add(electrocardiogram())
    case.run("all")
    (doc,), (ecg,) = case.released("DOC"), case.released("ECG")
    assert doc.DocumentTitle == "Report of, brain MRI"
    assert doc.MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert doc.ConceptNameCodeSequence[0].CodeValue == "18748-4"
    assert "HL7InstanceIdentifier" not in doc or "CANARY" not in doc.HL7InstanceIdentifier
    assert doc.BurnedInAnnotation == "YES"  # its IOD asks for one, and nobody looked
    assert ecg.WaveformSequence[0].ChannelDefinitionSequence[0].ChannelLabel == "lead"
    assert ecg.WaveformSequence[0].MultiplexGroupLabel == "RHYTHM"
    assert ecg.WaveformAnnotationSequence[0].UnformattedTextValue.startswith("sinus rhythm")


@pytest.mark.parametrize(
    "content", [b"%PDF-1.4 /Author (Canaryfamily, C.)", b"<given>CANARYGIVEN</given>", "CANARYPID1".encode("utf-16-le")]
)
def test_a_document_that_names_its_patient_in_plain_bytes_is_refused(case: Case, content: bytes) -> None:
    case.add(document(content))
    _, record = of_case(case, "none")
    assert record.status is Status.REFUSED
    assert "(0042,0011)" in record.reason
    assert not case.released("DOC")


def test_a_waveform_in_whose_samples_a_name_stands_is_refused(case: Case) -> None:
    ds = electrocardiogram()
    ds.WaveformSequence[0].WaveformData = b"CANARYFAMILY" + ds.WaveformSequence[0].WaveformData[12:]
    case.add(ds)
    _, record = of_case(case, "none")
    assert record.status is Status.REFUSED
    assert "its content holds an identifier" in record.reason


def test_raw_data_of_which_nothing_would_be_left_are_refused_and_stay_where_a_rule_names_their_bytes(
    case: Case,
) -> None:
    case.add(raw_data())
    record = next(one for one in case.run("all", text="off").series if one.modality == "MR")
    assert "stands in private attributes" in record.reason
    case.anew("private")
    (case.folder / "bytes.toml").write_text('[rules]\n"(0029,1010)" = "K"\n')
    rules = deid.read_rules(case.folder / "bytes.toml")
    policy = deid.read_policy("research", rules=rules, private="keep", objects="all")
    policy = replace(policy, deface=replace(policy.deface, method="none"), text=replace(policy.text, mode="off"))
    subject_map = deid.read_map(case.folder / "map.csv")
    plan = deid.plan(deid.discover(case.source), policy, subject_map, key=KEY, private=case.private)
    record = next(one for one in deid.run(plan, case.out, is_synced=False).series if one.modality == "MR")
    assert record.status is Status.RELEASED
    (left,) = case.released("MR")
    assert bytes(left[0x0029, 0x1010].value) == bytes(range(256)) * 8


def test_images_that_have_no_steps_of_their_own_come_by_name_and_their_text_is_read(case: Case) -> None:
    ds = made(STORAGE + "481.1", "RTIMAGE", 78)
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = 64, 64, 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.RTImageLabel, ds.RTImageDescription = "PORTAL", "portal of CANARYFAMILY"
    ds.PixelData = np.arange(64 * 64, dtype="<u2").tobytes()
    case.add(ds)
    run = case.run("all", deface="none", text="mask")
    record = next(one for one in run.series if one.modality == "RTIMAGE")
    assert (record.status, record.is_unexamined, record.is_recognisable) == (Status.RELEASED, False, True)
    (left,) = case.released("RTIMAGE")
    assert (left.BurnedInAnnotation, left.RecognizableVisualFeatures) == ("NO", "YES")
    assert left.PixelData == ds.PixelData
    assert "CANARY" not in str(left)
    assert not case.found()


def test_registrations_are_cleaned_and_claim_the_profile(case: Case) -> None:
    ds = made(REGISTRATION, "REG", 77)
    ds.ContentLabel, ds.ContentDescription = "REGISTRATION", "rigid, made by CANARYFAMILY"
    matrix, registration, outer = Dataset(), Dataset(), Dataset()
    matrix.FrameOfReferenceTransformationMatrix = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    matrix.FrameOfReferenceTransformationMatrixType = "RIGID"
    registration.MatrixSequence = Sequence([matrix])
    outer.MatrixRegistrationSequence = Sequence([registration])
    outer.ReferencedImageSequence = Sequence([sop(case.kept[0]), sop(case.scout[0])])
    ds.RegistrationSequence = Sequence([outer])
    case.add(ds)
    run, record = of_case(case, "none", "clean")
    assert (record.status, run.unexamined) == (Status.RELEASED, 0)
    (left,) = case.released("REG")
    assert left.PatientIdentityRemoved == "YES"
    (kept,) = left.RegistrationSequence[0].ReferencedImageSequence
    assert kept.ReferencedSOPInstanceUID in {str(image.SOPInstanceUID) for image in case.released("CT")}
    numbers = left.RegistrationSequence[0].MatrixRegistrationSequence[0].MatrixSequence[0]
    assert list(numbers.FrameOfReferenceTransformationMatrix)[::5] == [1, 1, 1, 1]
    assert not case.found()


def test_a_second_run_says_again_what_nobody_looked_at(case: Case) -> None:
    case.add(document())
    of_case(case, "none")
    again, record = of_case(case, "none")
    assert (record.is_resumed, record.is_unexamined, again.unexamined) == (True, True, 1)


def test_the_plan_says_what_nobody_will_look_at(case: Case) -> None:
    case.add(document())
    policy = deid.read_policy("research", objects="all")
    subject_map = deid.read_map(case.folder / "map.csv")
    plan = deid.plan(deid.discover(case.source), policy, subject_map, key=KEY, private=case.private)
    (planned,) = [one for one in plan.series if one.series.modality == "DOC"]
    assert (planned.verdict, planned.is_unexamined) == (Verdict.RELEASE, True)
    assert any("nobody looks at its content" in note for note in planned.notes)
    assert "; 1 series hold content that nobody looks at; 0 errors." in plan.summary()


@pytest.mark.parametrize("name", ["safe-harbor", "open-science"])
def test_policies_that_release_no_face_take_no_objects_that_nobody_looks_at(name: str) -> None:
    with pytest.raises(PolicyError, match="--objects clean"):
        deid.read_policy(name, objects="all")
    assert deid.read_policy(name, objects="clean")


def test_a_rule_of_a_sites_own_takes_a_document_out_and_the_object_is_refused(case: Case, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('name = "own"\nextends = "research"\n[rules]\nEncapsulatedDocument = "X"\n')
    policy = deid.read_policy(tmp_path / "own.toml", objects="all")
    assert [rule.selector for rule in policy.unexamined] == ["00080016"]


def test_a_dicomdir_is_rebuilt_with_documents_and_waveforms_in_it(case: Case) -> None:
    for make in (document, electrocardiogram, spectra, private_object):
        case.add(make())
    shutil.copy(str(get_testdata_file("DICOMDIR")), case.source / "DICOMDIR")
    policy = deid.with_choices(deid.read_policy("research", objects="all"), deface="none", text="off")
    subject_map = deid.read_map(case.folder / "map.csv")
    index = deid.discover(case.source)
    plan = deid.plan(index, policy, subject_map, key=KEY, private=case.private, dicomdir="rebuild")
    record = deid.run(plan, case.out, is_synced=False)
    assert record.unexamined == 4
    directory = pydicom.dcmread(case.out / "DICOMDIR").DirectoryRecordSequence
    assert {"ENCAP DOC", "WAVEFORM", "SPECTROSCOPY", "IMAGE"} <= {one.DirectoryRecordType for one in directory}
    assert not case.found()


def test_every_class_that_nobody_looks_at_is_known_to_the_audit_and_no_other() -> None:
    from SlicerDeidLib.verification.unexamined import is_unexamined

    for uid, disposition in dispositions().items():
        if disposition.is_unexamined:
            assert is_unexamined(uid), disposition.name
        elif disposition.verdict in ("release", "by name") or disposition.objects == "clean":
            assert not is_unexamined(uid), disposition.name


def test_real_documents_models_and_waveforms_come_through_with_clean_headers(tmp_path: Path, real_data: Path) -> None:
    folder = real_data / "orthanc-mirrors_orthanc-tests"
    files = {
        "one": (folder / "sample-pdf.dcm", Status.RELEASED),
        "two": (Path(str(get_testdata_file("waveform_ecg.dcm"))), Status.RELEASED),
        "three": (folder / "StructuredReports" / "IM0", Status.RELEASED),
        "four": (folder / "Issue137.dcm", Status.REFUSED),  # holds a private element and no model
        "five": (real_data / "QIICR_dcmqi" / "sr-example" / "rwvm.dcm", Status.RELEASED),
    }
    source = tmp_path / "in"
    for name, (path, _) in files.items():
        (source / name).mkdir(parents=True)
        shutil.copy(path, source / name / "a.dcm")
    rows = "".join(f"{name},T{number}\n" for number, name in enumerate(files, start=101))
    (tmp_path / "map.csv").write_text(f"Accession_number,De-identification_ID\n{rows}")
    policy = deid.read_policy("research", objects="all")
    policy = replace(policy, deface=replace(policy.deface, method="none"))
    subject_map = deid.read_map(tmp_path / "map.csv")
    plan = deid.plan(deid.discover(source), policy, subject_map, key=KEY, private=tmp_path / "private")
    record = deid.run(plan, tmp_path / "out", is_synced=False)
    assert {s.deidentification_id: s.status for s in record.series} == {
        f"T{number}": status for number, (_, status) in enumerate(files.values(), start=101)
    }
    for number in (101, 102):
        (path,) = (tmp_path / "out" / f"T{number}").glob("*.dcm")
        original = pydicom.dcmread(list(files.values())[number - 101][0])
        assert contents(pydicom.dcmread(path)) == contents(original)
    (report,) = (tmp_path / "out" / "T103").glob("*.dcm")
    assert "EncapsulatedDocument" not in pydicom.dcmread(report)  # a copy of it that its IOD does not have
    found = deid.audit(tmp_path / "out", original=source, key=KEY).findings
    assert not [(one.check, one.tag, one.message) for one in found if one.severity == "error"]
