# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pydicom
import pytest
from ctseries import make_ct_series
from dicomcases import ITEM, SOP_CLASS, datasets, explicit, file_of, implicit, saved
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.charset import convert_encodings
from pydicom.dataset import Dataset
from pydicom.valuerep import PersonName
from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.formats.dicom import door
from SlicerDeidLib.formats.dicom.door import index, sniff
from SlicerDeidLib.formats.dicom.terms import MODALITIES, SOP_CLASS_UIDS, TRANSFER_SYNTAX_UIDS, known
from SlicerDeidLib.formats.registry import image_format, names
from SlicerDeidLib.model.instance import Instance

LIBRARY = Path(door.__file__).parents[3]


def made(folder: Path, **options: Any) -> Instance:
    path = make_ct_series(folder, slices=1, **options)[0]
    return index(path, folder)


def test_an_instance_says_what_the_header_says(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    path = make_ct_series(folder, slices=2, tilt_deg=18.5, burned_in="YES")[1]
    truth, found = pydicom.dcmread(path), index(path, tmp_path)
    assert found.path == path.relative_to(tmp_path)
    assert (found.size_bytes, found.mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)
    assert found.sop_class_uid == truth.SOPClassUID
    assert found.sop_instance_uid == truth.SOPInstanceUID
    assert found.series_instance_uid == truth.SeriesInstanceUID
    assert found.study_instance_uid == truth.StudyInstanceUID
    assert found.frame_of_reference_uid == truth.FrameOfReferenceUID
    assert (found.accession_number, found.patient_id) == (truth.AccessionNumber, truth.PatientID)
    assert (found.patient_age_years, found.modality) == (72, "CT")
    assert found.image_type == ("ORIGINAL", "PRIMARY", "AXIAL")
    assert (found.rows, found.columns, found.bits_allocated) == (64, 64, 16)
    assert found.position == tuple(truth.ImagePositionPatient)
    assert found.row_cosines == tuple(truth.ImageOrientationPatient[:3])
    assert found.column_cosines == tuple(truth.ImageOrientationPatient[3:])
    assert found.pixel_spacing == (4.0, 4.0)
    assert found.instance_number == 2
    assert found.burned_in_annotation == "YES"
    assert found.photometric_interpretation == "MONOCHROME2"
    assert found.has_pixel_data


def test_an_index_shows_no_identity(tmp_path: Path) -> None:
    assert "CANARY" not in repr(made(tmp_path)).upper()


@pytest.mark.parametrize(
    "values",
    [
        {"PatientAge": "540D"},
        {"PatientAge": "018M"},
        {"PatientAge": None, "PatientBirthDate": "20180218"},
        {"PatientAge": "", "PatientBirthDate": "20180817", "StudyDate": ""},
    ],
)
def test_an_age_comes_from_the_age_or_the_dates(tmp_path: Path, values: dict[str, Any]) -> None:
    assert made(tmp_path, set_values=values).patient_age_years == 1


@pytest.mark.parametrize(
    "values",
    [
        {"PatientAge": None, "PatientBirthDate": None},
        {"PatientAge": None, "PatientBirthDate": "20200101"},
    ],
)
def test_an_age_that_cannot_be_known_is_none(tmp_path: Path, values: dict[str, Any]) -> None:
    assert made(tmp_path, set_values=values).patient_age_years is None


def test_malformed_values_become_none_and_zero(tmp_path: Path) -> None:
    path = tmp_path / "image"
    elements = [
        explicit(0x00101010, b"AS", b"old "),
        explicit(0x00200013, b"IS", b"one "),
        explicit(0x00200032, b"DS", b"1\\2\\nan"),
        explicit(0x00200037, b"DS", b"1\\0\\0\\0\\1"),
        explicit(0x00280002, b"US", b""),
        explicit(0x00280008, b"IS", b"1_0 "),
        explicit(0x00280010, b"LO", b"5 "),
        explicit(0x00280030, b"DS", b"1e999\\1 "),
    ]
    path.write_bytes(file_of(SOP_CLASS, *elements))
    found = index(path, tmp_path)
    assert (found.patient_age_years, found.instance_number, found.position) == (None, None, None)
    assert (found.row_cosines, found.column_cosines, found.pixel_spacing) == (None, None, None)
    assert (found.samples_per_pixel, found.number_of_frames, found.rows, found.columns) == (0, 0, 0, 0)
    assert not found.has_pixel_data


def test_free_text_in_coded_values_is_not_shown(tmp_path: Path) -> None:
    values = {
        "Modality": "GRUNEWALD",
        "PhotometricInterpretation": "GRUNEWALD",
        "BurnedInAnnotation": "GRUNEWALD",
        "SOPClassUID": "1.2.77418921",
    }
    found = made(tmp_path, set_values=values)
    shown = (found.modality, found.photometric_interpretation, found.burned_in_annotation, found.sop_class_uid)
    assert shown == ("unknown",) * 4
    path = tmp_path / "image"
    path.write_bytes(
        file_of(explicit(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.2.1951"), syntax="1.2.840.10008.1.2.4.77")
    )
    found = index(path, tmp_path)
    assert (found.sop_class_uid, found.transfer_syntax_uid, found.modality) == ("unknown", "unknown", "")


def test_the_terms_that_are_shown_are_those_of_the_standard() -> None:
    from pydicom._uid_dict import UID_dictionary

    for kinds, terms in (
        (("SOP Class", "Meta SOP Class"), SOP_CLASS_UIDS),
        (("Transfer Syntax",), TRANSFER_SYNTAX_UIDS),
    ):
        assert terms == {uid for uid, entry in UID_dictionary.items() if entry[1] in kinds}
    assert not any(known(term.lower(), MODALITIES) != "unknown" for term in MODALITIES)


@pytest.mark.parametrize("age", [b"091y", b"091Y\\089Y", b" 91Y", b"1095M ", b"1095m"])
def test_an_age_is_read_however_it_is_written(tmp_path: Path, age: bytes) -> None:
    path = tmp_path / "image"
    path.write_bytes(file_of(SOP_CLASS, explicit(0x00101010, b"AS", age + b" " * (len(age) % 2))))
    assert index(path, tmp_path).patient_age_years in (91, None)
    assert (index(path, tmp_path).patient_age_years is None) == (b"109" in age)


def padded(value: bytes) -> bytes:
    return value + b" " * (len(value) % 2)


def test_the_names_dates_and_other_ids_of_the_patient_are_found(tmp_path: Path) -> None:
    path = tmp_path / "image"
    ids = implicit(ITEM, explicit(0x00100020, b"LO", b"ALT-3 "))
    elements = [
        explicit(0x00080005, b"CS", b"ISO_IR 192"),
        SOP_CLASS,
        explicit(0x00100010, b"PN", padded("Yamada^Tarou^^Dr=山田^太郎=やまだ^たろう".encode())),
        explicit(0x00100030, b"DA", b"1951.08.17"),
        explicit(0x00101000, b"LO", padded(b"ALT-1\\ALT-2")),
        explicit(0x00101002, b"SQ", ids),
    ]
    path.write_bytes(file_of(*elements))
    expected = {"Yamada", "Tarou", "Dr", "山田", "太郎", "やまだ", "たろう", "19510817", "ALT-1", "ALT-2", "ALT-3"}
    assert index(path, tmp_path).identifiers == expected
    assert "Yamada" not in repr(index(path, tmp_path))


def test_other_names_and_the_numbers_of_the_study_are_read(tmp_path: Path) -> None:
    path = tmp_path / "image"
    elements = [
        SOP_CLASS,
        explicit(0x00080020, b"DA", b"2019.08.17"),
        explicit(0x00080023, b"DA", b"20190818"),
        explicit(0x00101001, b"PN", padded(b"Tanaka^T\\Sato")),
        explicit(0x00101005, b"PN", padded(b"Maiden^A")),
        explicit(0x00101060, b"PN", padded(b"Elder")),
        explicit(0x00200010, b"SH", padded(b"778899")),
    ]
    path.write_bytes(file_of(*elements))
    assert index(path, tmp_path).identifiers == {"Tanaka", "T", "Sato", "Maiden", "A", "Elder"}
    assert index(path, tmp_path).study_numbers == {"20190817", "20190818", "778899"}


@pytest.mark.parametrize(
    ("character_set", "name", "part"),
    [
        ("ISO_IR 100", "Müller^Jörg", "Müller"),
        ("ISO_IR 101", "Wałęsa^Łukasz", "Wałęsa"),
        ("ISO_IR 144", "Люкceмбypг", "Люкceмбypг"),
        ("GB18030", "王^小东", "小东"),
        ("\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞", "吉洞"),
        ("\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎", "太郎"),
        ("ISO_IR 192", "ИВАНОВА^АННА", "АННА"),
    ],
)
def test_names_are_read_by_their_character_set(tmp_path: Path, character_set: str, name: str, part: str) -> None:
    encodings = convert_encodings(character_set.split("\\"))
    encoded = PersonName(name).encode(encodings)
    path = tmp_path / "image"
    terms = explicit(0x00080005, b"CS", padded(character_set.encode()))
    path.write_bytes(file_of(terms, SOP_CLASS, explicit(0x00100010, b"PN", padded(encoded))))
    assert part in index(path, tmp_path).identifiers


def test_a_name_whose_character_set_is_wrongly_named_is_found_too(tmp_path: Path) -> None:
    path = tmp_path / "image"
    name = explicit(0x00100010, b"PN", padded("ИВАНОВА^АННА".encode()))
    path.write_bytes(file_of(explicit(0x00080005, b"CS", b"ISO_IR 100"), SOP_CLASS, name))
    assert "ИВАНОВА" in index(path, tmp_path).identifiers


def test_texts_are_read_whatever_their_character_set(tmp_path: Path) -> None:
    path = tmp_path / "image"
    latin, utf8 = "Jürgen-1".encode("latin-1"), "Jürgen-1 ".encode()
    path.write_bytes(file_of(SOP_CLASS, explicit(0x00100020, b"LO", latin)))
    assert index(path, tmp_path).patient_id == "Jürgen-1"
    path.write_bytes(file_of(SOP_CLASS, explicit(0x00100020, b"LO", utf8)))
    assert index(path, tmp_path).patient_id == "Jürgen-1"


@settings(deadline=None, max_examples=40, suppress_health_check=[*HealthCheck])
@given(dataset=datasets(), flips=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6))
def test_any_file_is_indexed_or_refused(tmp_path: Path, dataset: Dataset, flips: list[tuple[float, int]]) -> None:
    data = bytearray(saved(dataset, "1.2.840.10008.1.2.1"))
    for place, byte in flips:
        data[int(place * (len(data) - 1))] = byte
    path = tmp_path / "image"
    path.write_bytes(data)
    sniff(path)
    try:
        index(path, tmp_path)
    except FormatError as error:
        assert "byte" in str(error) or "file" in str(error) or "syntax" in str(error)  # noqa: PT017 - it may not raise


def test_an_index_of_only_the_wanted_elements_is_that_of_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_ct_series(tmp_path, slices=1)[0]
    found = index(path, tmp_path)
    monkeypatch.setattr(door, "_INDEXED", None)
    assert index(path, tmp_path) == found


def test_dicom_is_recognised_by_its_prefix_or_its_first_elements(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for data, is_dicom in [
        (file_of(SOP_CLASS), True),
        (SOP_CLASS, True),
        (bytes(128) + b"DICM", True),
        (b"", False),
        (b"\x08\0", False),
        (b"%PDF-1.7" + bytes(300), False),
        (b"\x08\0\x05\0CS\x02\0AB", False),
        (b"\x08\0\x05\0CS\xff\xffAB" + bytes(200), False),
        (bytes(1000), False),
    ]:
        path.write_bytes(data)
        assert sniff(path) is is_dicom


@pytest.mark.parametrize("cut", [0.2, 0.6, 0.98])
def test_a_truncated_file_is_refused(tmp_path: Path, cut: float) -> None:
    path = make_ct_series(tmp_path, slices=1)[0]
    os.truncate(path, int(path.stat().st_size * cut))
    with pytest.raises(FormatError):
        index(path, tmp_path)


def test_indexing_imports_neither_numpy_nor_pydicom(tmp_path: Path) -> None:
    path = make_ct_series(tmp_path, slices=1)[0]
    code = (
        "import sys; from pathlib import Path; from SlicerDeidLib.formats.dicom.door import index; "
        f"index(Path({str(path)!r}), Path({str(tmp_path)!r})); "
        "sys.exit(any(name in sys.modules for name in ('numpy', 'pydicom', 'scipy', 'SimpleITK', 'skimage')))"
    )
    environment = {**os.environ, "PYTHONPATH": str(LIBRARY)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


def test_the_registry_knows_dicom_and_says_what_it_does_not_know() -> None:
    assert names() == ("dicom",)
    assert image_format("dicom").index is index
    with pytest.raises(FormatError, match="dicom"):
        image_format("nifti")


@pytest.mark.real_data
def test_every_real_dicom_file_is_indexed(real_data: Path) -> None:
    found = [index(path, real_data) for path in sorted(real_data.rglob("*.dcm"))]
    assert len(found) > 300
    assert sum(bool(instance.sop_class_uid and instance.sop_instance_uid) for instance in found) > 300
    enhanced = [instance for instance in found if instance.sop_class_uid == "1.2.840.10008.5.1.4.1.1.4.1"]
    assert enhanced
    assert all(instance.position is None for instance in enhanced)
