# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io
import warnings
import zlib
from pathlib import Path

import pydicom.data
import pytest
from dicomcases import SOP_CLASS, SYNTAXES, datasets, explicit, file_of, implicit, loaded, saved
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.formats.dicom.file import DicomFile, read, read_head, read_head_of, write
from SlicerDeidLib.model.element import Element, Elements

RELAXED = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
PATIENT_ID = explicit(0x00100020, b"LO", b"AB12")
SAMPLES = Path(pydicom.data.__file__).parent / "test_files"


def rewritten(file: DicomFile) -> bytes:
    return b"".join(write(file))


def forget_bytes(elements: Elements) -> None:
    for element in elements.values():
        element.raw = None
        for item in element.items or []:
            forget_bytes(item)


def as_stored(dataset: Dataset) -> list[object]:
    """What pydicom found in a file, undecoded but for sequences: items may take another form of length."""
    found = [dataset.get_item(tag) for tag in sorted(dataset.keys())]
    return [(e.tag, e.VR, e.value or b"") if _is_leaf(e) else dataset[e.tag] for e in found]


def _is_leaf(element: object) -> bool:
    return isinstance(element, RawDataElement) and element.VR not in ("SQ", "UN", None)


def is_format(data: bytes) -> bool:
    try:
        written = rewritten(read(data))
    except FormatError:
        return False
    return rewritten(read(written)) == written


@pytest.mark.parametrize("syntax", SYNTAXES)
@RELAXED
@given(dataset=datasets(), is_copied=st.booleans())
def test_what_pydicom_writes_is_equal_after_our_reading_and_writing(
    syntax: str, dataset: Dataset, is_copied: bool
) -> None:
    data = saved(dataset, syntax)
    file = read(data)
    if not is_copied:
        forget_bytes(file.dataset)
    before, after = loaded(data), loaded(rewritten(file))
    assert before == after
    assert before.file_meta == after.file_meta


@RELAXED
@given(dataset=datasets(), syntax=st.sampled_from(SYNTAXES), data=st.data())
def test_a_truncated_file_is_refused_or_read_and_nothing_else(
    dataset: Dataset, syntax: str, data: st.DataObject
) -> None:
    whole = saved(dataset, syntax)
    is_format(whole[: data.draw(st.integers(0, len(whole)))])


@settings(RELAXED, max_examples=60)
@given(dataset=datasets(), syntax=st.sampled_from(SYNTAXES), data=st.data())
def test_a_damaged_file_is_refused_or_read_and_nothing_else(dataset: Dataset, syntax: str, data: st.DataObject) -> None:
    damaged = bytearray(saved(dataset, syntax))
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(132, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    is_format(bytes(damaged))


@settings(RELAXED, max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_behind_a_prefix_are_refused_or_read(noise: bytes) -> None:
    is_format(file_of(SOP_CLASS, noise))
    is_format(noise)


def sample_files() -> list[Path]:
    return sorted(path for path in SAMPLES.rglob("*.dcm") if path.stat().st_size < 60_000)


@pytest.mark.parametrize("path", sample_files(), ids=lambda path: path.name)
def test_damage_to_real_files_never_raises_anything_else(path: Path) -> None:
    data = path.read_bytes()
    for step in range(1, 24):
        is_format(data[: len(data) * step // 24])
    for place in range(132, len(data), max(1, len(data) // 24)):
        for byte in (0x00, 0xFF, data[place] ^ 0x20):
            is_format(data[:place] + bytes([byte]) + data[place + 1 :])


@pytest.mark.real_data
def test_every_real_file_is_equal_after_our_reading_and_writing(real_data: Path) -> None:
    compared = 0
    for path in sorted(real_data.rglob("*")):
        if path.is_dir() or path.suffix in {".json", ".csv", ".md", ".gz", ".svs", ".dat"}:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom on odd values of real files
            before = pydicom.dcmread(path)
            for tag in [tag for tag in before.keys() if tag.element == 0]:  # noqa: SIM118 - a Dataset iterates elements
                del before[tag]
            after = pydicom.dcmread(io.BytesIO(rewritten(read(path))))
            assert as_stored(before) == as_stored(after), "a file of the real data differs"
        compared += 1
    assert compared > 300


def test_the_preamble_is_read_but_zeros_are_written() -> None:
    file = read(file_of(SOP_CLASS, preamble=b"II*\0" + b"secret!!" * 15 + b"1234"))
    assert file.preamble.startswith(b"II*\0")
    assert rewritten(file)[:132] == bytes(128) + b"DICM"


def test_meta_length_version_and_transfer_syntax_are_made_right() -> None:
    file = read(file_of(SOP_CLASS))
    del file.meta[0x00020010]
    file.meta[0x00020000] = Element(0x00020000, "UL", b"\xff\xff\0\0")
    file.meta[0x00020001] = Element(0x00020001, "OB", b"\7\7")
    meta = loaded(rewritten(file)).file_meta
    assert meta.FileMetaInformationVersion == b"\0\1"
    assert meta.TransferSyntaxUID == file.transfer_syntax_uid
    assert meta.FileMetaInformationGroupLength == 14 + 8 + len(file.transfer_syntax_uid) + 1


def test_a_file_without_meta_is_read_as_what_it_looks_like() -> None:
    implicit_start = implicit(0x00080016, b"1.2.840.10008.5.1.4.1.1.2\0") + implicit(0x00100020, b"AB12")
    assert read(implicit_start).is_explicit is False
    assert read(SOP_CLASS + PATIENT_ID).is_explicit is True
    big = explicit(0x00080016, b"UI", b"1.2.840.10008.5.1.4.1.1.2\0", order=">")
    assert read(big).byte_order == "big"
    assert loaded(rewritten(read(implicit_start))).PatientID == "AB12"


def test_meta_without_a_preamble_is_read() -> None:
    assert read(file_of(SOP_CLASS)[132:]).dataset.keys() == {0x00080016}


@pytest.mark.parametrize("data", [b"", b"\0" * 300, b"%PDF-1.4 " * 40, b"\x08\0", bytes(128) + b"DICM"])
def test_what_is_not_dicom_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        read(data)


def test_a_transfer_syntax_that_the_elements_contradict_is_corrected() -> None:
    file = read(file_of(implicit(0x00080016, b"1.2.840.10008.5.1.4.1.1.2\0"), syntax="1.2.840.10008.1.2.1"))
    assert file.transfer_syntax_uid == "1.2.840.10008.1.2"
    assert loaded(rewritten(file)).SOPClassUID == "1.2.840.10008.5.1.4.1.1.2"


@pytest.mark.parametrize("syntax", ["1.2.840.113619.5.2", "1.2.840.10008.1.2.777", "1.2.840.10008.1.2.4.x", "\xff"])
def test_a_transfer_syntax_that_is_not_the_standards_is_refused_without_its_value(syntax: str) -> None:
    uid = syntax.encode("latin-1") + b"\0" * (len(syntax) % 2)
    with pytest.raises(FormatError) as caught:
        read(bytes(128) + b"DICM" + explicit(0x00020010, b"UI", uid) + SOP_CLASS)
    assert syntax not in str(caught.value)


def test_a_deflated_file_with_a_cut_stream_or_rubbish_behind_is_noticed() -> None:
    whole = saved(Dataset(), "1.2.840.10008.1.2.1.99")
    with pytest.raises(FormatError, match="truncated"):
        read(whole[:-6])
    assert read(whole + b"rubbish").has_trailing_bytes
    assert not read(whole).has_trailing_bytes
    stream = zlib.compressobj(wbits=-15)
    damaged = b"\xff" + stream.compress(SOP_CLASS) + stream.flush()
    with pytest.raises(FormatError, match="inflated"):
        read(file_of(damaged, syntax="1.2.840.10008.1.2.1.99"))


def test_a_head_is_read_without_the_pixels(tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(file_of(SOP_CLASS, PATIENT_ID, explicit(0x7FE00010, b"OW", bytes(1 << 20))))
    file = read_head(path)
    assert list(file.dataset) == [0x00080016, 0x00100020]
    assert file.next_tag == 0x7FE00010
    assert list(read_head(path, 0x00100000).dataset) == [0x00080016]


def test_a_long_head_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "image"
    long = explicit(0x00091001, b"UN", bytes(300_000))
    path.write_bytes(file_of(SOP_CLASS, long, PATIENT_ID, explicit(0x7FE00010, b"OW", bytes(64))))
    assert read_head(path).dataset[0x00100020].text() == "AB12"


@pytest.mark.parametrize("room", range(-9, 1))
def test_a_head_that_ends_where_the_first_part_ends_goes_on(tmp_path: Path, room: int) -> None:
    path = tmp_path / "image"
    start = file_of(SOP_CLASS)
    filler = explicit(0x00091001, b"UN", bytes((1 << 16) - len(start) - 12 + room & ~1))
    path.write_bytes(start + filler + PATIENT_ID + explicit(0x7FE00010, b"OW", bytes(64)))
    head = read_head(path)
    assert head.dataset[0x00100020].text() == "AB12"
    assert head.next_tag == 0x7FE00010


class Slow(io.BytesIO):
    """A file that gives fewer bytes than it was asked for."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 0, 1000))


def test_a_slow_file_is_read_all_the_same() -> None:
    data = file_of(SOP_CLASS, explicit(0x00091001, b"UN", bytes(100_000)), PATIENT_ID)
    assert read_head_of(Slow(data), len(data)).dataset.keys() == read(data).dataset.keys()


def test_a_head_says_that_the_pixels_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "image"
    path.write_bytes(file_of(SOP_CLASS, explicit(0x7FE00010, b"OW", bytes(100_000), length=100_002)))
    with pytest.raises(FormatError, match="shorter"):
        read_head(path)


@pytest.mark.parametrize("syntax", SYNTAXES)
@settings(RELAXED, max_examples=25, suppress_health_check=[*HealthCheck])
@given(dataset=datasets())
def test_a_head_holds_what_the_file_holds(tmp_path: Path, syntax: str, dataset: Dataset) -> None:
    path = tmp_path / "image"
    path.write_bytes(saved(dataset, syntax))
    head, whole = read_head(path), read(path)
    assert list(head.dataset) == [tag for tag in whole.dataset if tag < 0x7FE00008]


def test_no_value_and_no_name_shows_in_a_repr() -> None:
    assert "AB12" not in repr(read(file_of(SOP_CLASS, PATIENT_ID)))


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        read(tmp_path / "absent")


def test_large_values_are_written_as_views_not_copies() -> None:
    file = read(file_of(SOP_CLASS, explicit(0x7FE00010, b"OW", bytes(1 << 18))))
    assert any(isinstance(chunk, memoryview) and len(chunk) > 1 << 18 for chunk in write(file))
