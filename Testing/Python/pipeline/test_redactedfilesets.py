# SPDX-License-Identifier: Apache-2.0
"""A DICOMDIR that is redacted keeps its length and its records, and tells of what is released and of nothing else."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import struct
import subprocess
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pydicom
import pytest
import SlicerDeidLib as deid
from ctseries import CANARIES, make_patient
from pydicom import fileset
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.fileset import FileSet, RecordNode
from pydicom.sequence import Sequence
from SlicerDeidLib.commandline.commands import execute
from SlicerDeidLib.commandline.parser import parse
from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.formats.dicom.dicomdirredaction import blanked, redacted
from SlicerDeidLib.output import directories, journal, journalfile
from SlicerDeidLib.verification.recorded import read_report
from SlicerDeidLib.verification.report import write_run_report

KEY = b"k" * 32
LONGEST_UID = 64
RECORDS = "DirectoryRecordSequence"
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's, of File IDs and of files left to it


def with_more(dataset: Dataset) -> Dataset:
    """Make an image record that says more than it must: an icon, a comment, a private value, a nested name."""
    record = Dataset()
    record.InstanceNumber = dataset.InstanceNumber
    record.ImageComments = "CANARYCOMMENT of CANARYFAMILY1"
    record.Rows, record.Columns = dataset.Rows, dataset.Columns
    icon = Dataset()
    icon.Rows = icon.Columns = 8
    icon.BitsAllocated, icon.PixelData = 8, b"CANARYFACE" * 6 + b"\xff" * 4
    record.IconImageSequence = Sequence([icon])
    person = Dataset()
    person.PersonName = "CANARYFAMILY1^NESTED"
    record.OperatorIdentificationSequence = Sequence([person])
    record.private_block(0x0009, "CANARYMAKER", create=True).add_new(1, "LO", "CANARYPRIVATE")
    return record


class Medium:
    """A patient's folder with a CD in it: three series of four images, named as a program with long names does."""

    def __init__(
        self,
        folder: Path,
        patch: pytest.MonkeyPatch,
        *,
        width: int = 16,
        uid_length: int = LONGEST_UID,
        image: Callable[[Dataset], Dataset] = with_more,
    ) -> None:
        self.source, self.out, self.private = folder / "in", folder / "out", folder / "private"
        self.map = folder / "map.csv"
        self.map.write_text("Accession_number,De-identification_ID\nCANARYFOLDER1,S01\n")
        self.dicomdir = self.source / "CANARYFOLDER1" / "DICOMDIR"
        patch.setitem(fileset.DIRECTORY_RECORDERS, "IMAGE", image)
        if width > 8:
            patch.setattr(RecordNode, "component", property(lambda node: named(node, width)))
        files = FileSet()
        for number, path in enumerate(make_patient(folder / "raw", "CANARYFOLDER1", series=3)):
            file = pydicom.dcmread(path)
            file.StudyID, file.SliceLocation = "CANARYSTUDY", number
            for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
                uid = getattr(file, keyword)
                setattr(file, keyword, uid + "." + "1" * max(uid_length - 1 - len(uid), 1))
            file.file_meta.MediaStorageSOPInstanceUID = file.SOPInstanceUID
            files.add(file)
        self.dicomdir.parent.mkdir(parents=True)
        files.write(self.dicomdir.parent)
        files._stage["t"].cleanup()  # which it leaves to the garbage collector, with a warning

    def run(self, **options: Any) -> deid.RunRecord:
        policy = deid.with_choices(deid.read_policy("research"), deface="none", text="off")
        chosen = {name: options.pop(name) for name in ("leave_out", "only", "dicomdir") if name in options}
        plan = deid.plan(
            deid.discover(self.source),
            policy,
            deid.read_map(self.map),
            key=KEY,
            private=self.private,
            **{"dicomdir": "redact", **chosen},
        )
        report = lambda record: write_run_report(record, plan, self.private)  # noqa: E731
        return deid.run(plan, self.out, is_synced=False, report=report, **options)

    @property
    def written(self) -> Path:
        return self.out / "S01" / "DICOMDIR"

    def told(self) -> int:
        """How many images the redacted DICOMDIR leads a reader to: all that are there, and its very ones."""
        if not self.written.exists():
            return 0
        files = FileSet(self.written)
        for instance in files:
            image = instance.load()
            assert image.SOPInstanceUID == instance.SOPInstanceUID
            assert image.file_meta.TransferSyntaxUID == instance.TransferSyntaxUID
            assert (image.PatientID, image.StudyInstanceUID) == (instance.PatientID, instance.StudyInstanceUID)
        reached = {Path(instance.path).resolve() for instance in files}
        files._stage["t"].cleanup()
        assert reached == {path.resolve() for path in self.out.rglob("*.dcm")}
        return len(reached)

    def findings(self) -> list[str]:
        report = deid.audit(self.out, original=self.source, private=self.private, key=KEY)
        return [f"{f.path}: {f.message}" for f in report.findings if f.severity == "error"]


def named(node: RecordNode, width: int) -> str:
    return f"{node.record_type[:2]}{node.parent.children.index(node):0{width - 2}d}"


@pytest.fixture
def medium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Medium:
    return Medium(tmp_path, monkeypatch)


def places(path: Path) -> list[tuple[Any, ...]]:
    """Where every record lies, what it is, and of which elements of which lengths it is made."""
    dataset = pydicom.dcmread(path)
    return [
        (record.seq_item_tell, record.DirectoryRecordType, [(tag, record.get_item(tag).VR) for tag in record.keys()])  # noqa: SIM118
        for record in dataset[RECORDS].value
    ]


def in_use(path: Path) -> dict[str, int]:
    """How many records of each type are in use; those that are not hold nothing but their type."""
    found: dict[str, int] = {}
    for record in pydicom.dcmread(path)[RECORDS].value:
        if record.RecordInUseFlag:
            found[record.DirectoryRecordType] = found.get(record.DirectoryRecordType, 0) + 1
        else:
            said = [e.value for e in record.iterall() if e.VR != "SQ" and e.keyword != "DirectoryRecordType"]
            assert not [one for one in said if one and (bytes(one).strip(b"\0 ") if isinstance(one, bytes) else one)]
    return found


def test_it_keeps_its_length_and_every_record_its_place(medium: Medium) -> None:
    assert medium.run().unwritten == ()
    assert medium.written.stat().st_size == medium.dicomdir.stat().st_size
    assert places(medium.written) == places(medium.dicomdir)
    assert medium.told() == 12
    assert in_use(medium.written) == {"PATIENT": 1, "STUDY": 1, "SERIES": 3, "IMAGE": 12}
    assert medium.findings() == []


def test_no_value_of_the_medium_is_in_it(medium: Medium) -> None:
    original = medium.dicomdir.read_bytes().upper()
    assert b"CANARYCOMMENT" in original
    assert b"CANARYFACE" in original
    medium.run()
    data = medium.written.read_bytes()
    assert not any(canary.encode() in data.upper() for canary in (*CANARIES, "CANARY"))
    assert b"\xff\xff\xff\xff\xff\xff" not in data[data.index(b"DICM") : -64]
    old = pydicom.dcmread(medium.dicomdir)
    assert not any(str(e.value).encode() in data for e in old.iterall() if e.VR == "UI" and len(str(e.value)) > 30)


def test_an_independent_program_reads_the_same_files(medium: Medium) -> None:
    program = shutil.which("dcdirdmp")
    if program is None:
        pytest.skip("dcdirdmp (Debian package dicom3tools) is not installed")
    medium.run(leave_out=["S01/2"])
    told = subprocess.run([program, "-p", medium.written], capture_output=True, text=True, check=True)
    names = sorted(path.relative_to(medium.written.parent).as_posix() for path in medium.out.rglob("*.dcm"))
    assert sorted(word for word in (told.stdout + told.stderr).split() if word.endswith(".dcm")) == names


def test_records_of_what_is_not_released_are_blank_out_of_use_and_led_to_by_none(medium: Medium) -> None:
    medium.run(leave_out=["S01/1"])
    assert places(medium.written) == places(medium.dicomdir)
    assert in_use(medium.written) == {"PATIENT": 1, "STUDY": 1, "SERIES": 2, "IMAGE": 8}
    assert medium.told() == 8
    assert medium.findings() == []


def test_what_waits_is_told_of_when_it_is_accepted_and_not_after_it_is_withdrawn(medium: Medium) -> None:
    medium.run(is_held=True)
    assert medium.told() == 0
    for step, count in (({"accept": ["S01/2"]}, 4), ({"accept": ["S01"]}, 12), ({"withdraw": ["S01/1"]}, 8)):
        assert deid.decide(medium.out, medium.private, **step).unwritten == ()
        assert medium.told() == count
        assert medium.written.stat().st_size == medium.dicomdir.stat().st_size
        assert medium.findings() == []


class Killed(BaseException):
    """What no part of the program catches."""


def killed_after(steps: int, patch: pytest.MonkeyPatch) -> None:
    """Let everything that changes OUT or the journal fail from a step on, as after a kill."""
    count = itertools.count(1)

    def stopping(function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **options: Any) -> Any:
            if next(count) > steps:
                raise Killed
            return function(*args, **options)

        return step

    for owner, name in itertools.product((directories, journal), ("remove_files", "commit")):
        patch.setattr(owner, name, stopping(getattr(owner, name)))
    patch.setattr(journalfile.JournalFile, "append", stopping(journalfile.JournalFile.append))
    patch.setattr(os, "fsync", lambda descriptor: None)


def test_a_kill_at_any_step_leaves_none_that_tells_of_what_is_not_there(medium: Medium) -> None:
    medium.run()
    shutil.copytree(medium.out, medium.out.with_name("whole"))
    shutil.copytree(medium.private, medium.private.with_name("told"))
    steps, is_killed = 0, True
    while is_killed:
        steps += 1
        for folder, kept in ((medium.out, "whole"), (medium.private, "told")):
            shutil.rmtree(folder)
            shutil.copytree(folder.with_name(kept), folder)
        with pytest.MonkeyPatch.context() as patch:
            killed_after(steps, patch)
            try:
                deid.decide(medium.out, medium.private, withdraw=["S01/2"])
                is_killed = False
            except Killed:
                pass
        medium.told()
        medium.run()
        assert medium.told() in (8, 12)
        assert medium.told() == 8 or steps == 1
        assert medium.findings() == []
    assert steps > 5


def test_series_that_join_later_are_told_of_beside_those_before(medium: Medium) -> None:
    for number in (3, 1, 2):
        medium.run(only=[f"S01/{number}"])
    assert medium.told() == 12
    assert medium.findings() == []


def test_another_choice_takes_its_place_and_the_same_leaves_it_alone(medium: Medium) -> None:
    medium.run()
    before = medium.written.stat().st_ino, medium.written.read_bytes()
    medium.run()
    assert (medium.written.stat().st_ino, medium.written.read_bytes()) == before
    medium.run(dicomdir="rebuild")
    assert medium.told() == 12
    assert medium.written.stat().st_size != medium.dicomdir.stat().st_size
    medium.run()
    assert medium.written.read_bytes() == before[1]
    medium.run(dicomdir="drop")
    assert not medium.written.exists()


def test_a_top_level_dicomdir_of_several_patients_is_redacted_too(medium: Medium) -> None:
    for path in sorted(medium.dicomdir.parent.iterdir()):
        if path.name != "DICOMDIR":
            shutil.move(path, medium.source / path.name)
    shutil.move(medium.dicomdir, medium.source / "DICOMDIR")
    medium.dicomdir.parent.rmdir()
    (folder,) = [path.name for path in medium.source.iterdir() if path.is_dir()]
    medium.map.write_text(f"Accession_number,De-identification_ID\n{folder},S01\n")
    assert medium.run().unwritten == ()
    assert (medium.out / "DICOMDIR").stat().st_size == (medium.source / "DICOMDIR").stat().st_size
    assert medium.findings() == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"width": 8}, "a File ID needs 47 characters, and there is space for 36"),
        ({"uid_length": 0}, "the value of (0020,000E) in a record needs 4"),
    ],
)
def test_where_there_is_no_space_none_is_written_and_the_run_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, int], reason: str
) -> None:
    medium = Medium(tmp_path, monkeypatch, **options)
    if "uid_length" in options:
        shorten_uids(medium.dicomdir)
    record = medium.run()
    assert record.released == 3
    assert [sentence for sentence in record.unwritten if reason in sentence]
    assert record.unwritten[0].startswith("The DICOMDIR of S01 was not redacted, and none is written: ")
    assert record.unwritten[0] in [one["message"] for one in read_report(medium.private)["problems"]]
    assert not medium.written.exists()
    assert medium.findings() == []


def test_the_command_says_what_was_not_redacted_which_is_a_refusal_where_none_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    medium = Medium(tmp_path, monkeypatch, width=8)
    key = tmp_path / "key"
    key.write_bytes(bytes(range(1, 65)))
    key.chmod(0o600)
    words = ["run", medium.source, medium.out, "--map", medium.map, "--private", medium.private, "--key", key]
    words += ["--deface", "none", "--text", "off", "--dicomdir", "redact"]
    for more, code in (([], 0), (["--strict"], 3)):
        assert execute(parse([str(word) for word in (*words, *more)])) == code
        assert (
            "a File ID needs 47 characters, and there is space for 36. See --dicomdir rebuild."
            in capsys.readouterr().err
        )


def test_one_record_never_tells_of_two_studies(medium: Medium) -> None:
    blank, names = blanked(medium.dicomdir.read_bytes())
    files = {offset: (name, medium.dicomdir.parent / name) for offset, name in names.items()}
    assert len(redacted(blank, files, ("1.2.3", "TEST"))) == len(blank)
    other = medium.dicomdir.parent / names[max(names)]
    image = pydicom.dcmread(other)
    image.StudyInstanceUID += "2"
    image.save_as(other)
    with pytest.raises(FormatError, match="one STUDY record of it stands above images that are now of several"):
        redacted(blank, files, ("1.2.3", "TEST"))


@pytest.mark.parametrize(("said", "told"), [("Head CT", "Head CT"), ("Schädel CT", "")])
def test_letters_are_written_only_where_their_character_set_has_a_place(medium: Medium, said: str, told: str) -> None:
    blank, names = blanked(medium.dicomdir.read_bytes())
    files = {offset: (name, medium.dicomdir.parent / name) for offset, name in names.items()}
    for _, path in files.values():
        image = pydicom.dcmread(path)
        image.SpecificCharacterSet = ["ISO 2022 IR 100", "ISO 2022 IR 101"]  # the record has place for 10 characters
        image.StudyDescription = said
        image.save_as(path)
    medium.dicomdir.write_bytes(redacted(blank, files, ("1.2.3", "TEST")))
    (study,) = [r for r in pydicom.dcmread(medium.dicomdir)[RECORDS].value if r.DirectoryRecordType == "STUDY"]
    assert study.StudyDescription == told


def test_an_offset_where_none_belongs_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def hiding(dataset: Dataset) -> Dataset:
        record = with_more(dataset)
        record.IconImageSequence[0].add_new(0x00041400, "UL", int.from_bytes(b"NAME"))
        return record

    medium = Medium(tmp_path, monkeypatch, image=hiding)
    with pytest.raises(FormatError, match="an offset in it stands where none belongs"):
        blanked(medium.dicomdir.read_bytes())


def test_sequences_and_items_of_undefined_length_are_walked_through_too(medium: Medium) -> None:
    dataset = pydicom.dcmread(medium.dicomdir)
    before = {record.seq_item_tell: record for record in dataset[RECORDS].value}
    size = medium.dicomdir.stat().st_size
    dataset[RECORDS].is_undefined_length = True
    for record in before.values():
        record.is_undefined_length_sequence_item = True
        if "IconImageSequence" in record:
            record["IconImageSequence"].is_undefined_length = True
    rewritten(dataset, medium.dicomdir, before)
    assert medium.dicomdir.stat().st_size > size + 8 * len(before)
    assert medium.run().unwritten == ()
    assert medium.written.stat().st_size == medium.dicomdir.stat().st_size
    assert medium.told() == 12
    assert medium.findings() == []


def shorten_uids(path: Path) -> None:
    """Give every series of a DICOMDIR a UID of eight characters, at the length that it then has."""
    dataset = pydicom.dcmread(path)
    before = {record.seq_item_tell: record for record in dataset[RECORDS].value}
    for number, record in enumerate(dataset[RECORDS].value):
        if "SeriesInstanceUID" in record:
            record.SeriesInstanceUID = f"1.2.3.{number:02d}"
    rewritten(dataset, path, before)


def rewritten(dataset: Dataset, path: Path, before: dict[int, Dataset]) -> None:
    """Save a DICOMDIR with the offsets that its records now have."""
    for _ in range(2):  # the offsets are of one length, so the second time all is right
        dataset.save_as(path)
        after = pydicom.dcmread(path)
        moved = dict(zip(before, (record.seq_item_tell for record in after[RECORDS].value), strict=True))
        for record in before.values():
            for keyword in ("OffsetOfTheNextDirectoryRecord", "OffsetOfReferencedLowerLevelDirectoryEntity"):
                setattr(record, keyword, moved.get(getattr(record, keyword), getattr(record, keyword)))
        for keyword in (
            "OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity",
            "OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity",
        ):
            setattr(dataset, keyword, moved.get(getattr(dataset, keyword), getattr(dataset, keyword)))
        before = {moved[place]: record for place, record in before.items()}


def test_one_that_does_not_name_all_that_is_released_is_not_written(medium: Medium) -> None:
    make_patient(medium.source, "CANARYFOLDER1", patient_id="CANARYPID1", study=2)
    (sentence,) = medium.run().unwritten
    assert "it does not name 4 of the 16 files that are released below it" in sentence
    assert not medium.written.exists()


def test_two_in_one_place_are_not_redacted(medium: Medium) -> None:
    shutil.copy(medium.dicomdir, medium.dicomdir.with_name("dicomdir"))
    (sentence,) = medium.run().unwritten
    assert "2 of the input would lie there" in sentence


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    assert len(old) == len(new)
    assert old in data
    return data.replace(old, new, 1)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda data: data[:-3], "cannot be told from each other"),
        (lambda data: data + b"CANARYTRAILING", "cannot be told from each other"),
        (lambda data: changed(data, b"CS\x06\x00SERIES", b"CS\x06\x00CANARY"), "of a kind that is not redacted"),
        (lambda data: changed(data, b"CS\x06\x00IMAGE ", b"CS\x06\x00SERIES"), "do not stand below each other"),
        (
            lambda data: changed(data, b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.2\0"),
            "of a kind that is not redacted",
        ),
        (lambda data: data[:140] + b"NAME" + data[144:], "its file meta information is not whole"),
        (lambda data: changed(data, b"\x04\x00\x30\x14CS", b"\x04\x00\x30\x14ZZ"), "cannot be told from each other"),
        (lambda data: changed(data, b"\x02\x00\x00\x00UL\x04\x00", b"\x02\x00\x00\x00UL\x02\x00"), "cannot be told"),
    ],
)
def test_what_cannot_be_walked_through_byte_by_byte_is_not_redacted(
    medium: Medium, edit: Callable[[bytes], bytes], reason: str
) -> None:
    medium.dicomdir.write_bytes(edit(medium.dicomdir.read_bytes()))
    with pytest.raises(FormatError, match=reason):
        blanked(medium.dicomdir.read_bytes())
    record = medium.run()
    assert record.released == 3
    assert any(reason in sentence for sentence in record.unwritten)
    assert not medium.written.exists()


def test_what_does_not_begin_as_dicom_is_no_dicomdir(medium: Medium) -> None:
    medium.dicomdir.write_bytes(b"no DICOM at all" * 99)
    with pytest.raises(FormatError, match="does not begin"):
        blanked(medium.dicomdir.read_bytes())
    assert medium.run().unwritten == ()
    assert not medium.written.exists()


@pytest.mark.parametrize("where", ["loop", "lost", "nowhere"])
def test_offsets_that_do_not_lead_a_reader_to_every_record_once_are_refused(medium: Medium, where: str) -> None:
    dataset = pydicom.dcmread(medium.dicomdir)
    series = next(r for r in dataset[RECORDS].value if r.DirectoryRecordType == "SERIES")
    image = next(r for r in dataset[RECORDS].value if r.DirectoryRecordType == "IMAGE")
    series.OffsetOfTheNextDirectoryRecord = {"loop": series.seq_item_tell, "lost": 0, "nowhere": 7}[where]
    image.OffsetOfTheNextDirectoryRecord = image.OffsetOfTheNextDirectoryRecord
    dataset.save_as(medium.dicomdir)
    with pytest.raises(FormatError, match="its offsets"):
        blanked(medium.dicomdir.read_bytes())


def runs_of_letters(data: bytes) -> Iterator[bytes]:
    word = bytearray()
    for byte in data:
        if 65 <= byte <= 90 or 97 <= byte <= 122:
            word.append(byte)
        else:
            yield bytes(word)
            word.clear()


def test_a_blanked_one_holds_no_word_of_the_original_whatever_its_bytes_are(medium: Medium) -> None:
    data, source = medium.dicomdir.read_bytes(), random.Random(5)
    words = {word for word in runs_of_letters(data) if len(word) > 5} - {b"PATIENT", b"SERIES"}
    refused = 0
    for _ in range(400):
        damaged = bytearray(data)
        for _ in range(source.randrange(3)):
            damaged[source.randrange(len(data))] = source.randrange(256)
        try:
            blank, _ = blanked(bytes(damaged))
        except FormatError:
            refused += 1
            continue
        assert len(blank) == len(data)
        assert not [word for word in words if word in blank]
    assert 50 < refused < 350


Records = dict[tuple[str, bool], list[int]]


def records_of(path: Path) -> Records:
    """Where the records of a type lie that are in use, and those that are not."""
    found: Records = {}
    for record in pydicom.dcmread(path)[RECORDS].value:
        key = str(record.DirectoryRecordType), bool(record.RecordInUseFlag)
        found.setdefault(key, []).append(int(record.seq_item_tell))
    return found


def put(data: bytearray, record: int, tag: tuple[int, int], value: bytes) -> None:
    """Write a value of a record over the one that is there, at its length."""
    at = data.index(struct.pack("<HH", *tag), record)
    (length,) = struct.unpack_from("<H", data, at + 6)
    data[at + 8 : at + 8 + length] = value.ljust(length)


def name_again(data: bytearray, records: Records) -> None:
    put(data, records["SERIES", False][0], (0x0008, 0x0060), b"CT")


def use_again(data: bytearray, records: Records) -> None:
    put(data, records["IMAGE", False][0], (0x0004, 0x1410), b"\xff\xff")


def lead_there(data: bytearray, records: Records) -> None:
    put(data, records["SERIES", True][-1], (0x0004, 0x1400), struct.pack("<L", records["SERIES", False][0]))


def say_more(data: bytearray, records: Records) -> None:
    put(data, records["IMAGE", True][0], (0x0020, 0x4000), b"of nobody")


def show_a_face(data: bytearray, records: Records) -> None:
    at = data.index(struct.pack("<HH", 0x7FE0, 0x0010), records["IMAGE", True][0])
    data[at + 12 : at + 12 + 64] = b"\x11" * 64


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (name_again, "A record that is not in use says something"),
        (use_again, "No offset of this DICOMDIR leads to some of its records"),
        (lead_there, "A record is not in use"),
        (say_more, "A record says what no file below it says"),
        (show_a_face, "A record says what no file below it says"),
    ],
)
def test_the_audit_finds_what_is_wrong_with_it(
    medium: Medium, edit: Callable[[bytearray, Records], None], message: str
) -> None:
    medium.run(leave_out=["S01/2"])
    data = bytearray(medium.written.read_bytes())
    edit(data, records_of(medium.written))
    medium.written.write_bytes(data)
    found = medium.findings()
    assert any(message in finding and "S01/DICOMDIR" in finding for finding in found), found


def test_the_directory_of_a_real_kind_of_medium_is_blanked_without_a_trace() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = Path(get_testdata_file("DICOMDIR")).read_bytes()
    blank, names = blanked(data)
    assert len(blank) == len(data)
    assert len(names) == 31
    assert not any(value in blank for value in (b"Doe", b"77654033", b"98890234", b"1.3.6.1.4.1.5962", b"CR1"))
