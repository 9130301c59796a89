# SPDX-License-Identifier: Apache-2.0
"""Other pixels mean another SOP Instance UID, also where UIDs stay; and every reference follows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SlicerDeidLib as deid
from ctseries import head_slice, make_ct_series
from objectcases import KEY, Case, evidence, image, report, sop, text
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileDataset
from SlicerDeidLib.errors import Cancelled
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.policy import Policy, TextPolicy
from SlicerDeidLib.model.record import Status
from SlicerDeidLib.model.regions import Question, RegionRule
from SlicerDeidLib.pipeline.earlier import tasks_of
from SlicerDeidLib.pipeline.renewals import FOLLOWED, MAY_BE_NAMED, NAMED
from SlicerDeidLib.pixels.text import slicetext
from SlicerDeidLib.sample.phantom import Lattice
from SlicerDeidLib.sample.study import write_map, write_study
from SlicerDeidLib.verification import renewed

NAME = "CANARY MARK"  # of the slice that a site's rule fills a part of, whatever is written there
RULE = RegionRule(Question("ImageComments", "equals", NAME), "site", fill=((28, 28, 8, 8),))
SMALL = Lattice(slices=48, rows=96, columns=96, pixel_spacing_mm=2.6)


def uids_of(dataset: Dataset) -> Iterator[str]:
    """Yield every UID of a file, at any depth."""
    for element in dataset.iterall():
        if element.VR == "UI":
            yield from [element.value] if isinstance(element.value, str) else element.value


def with_mark(k: int) -> np.ndarray:
    """Return a slice of water in air, the third with a bright square."""
    pixels = head_slice(64, k, 4)
    pixels[30:34, 30:34] = 3000 if k == 2 else 50
    return pixels


def new_uid(uid: str) -> str:
    return KeyedPseudonyms(KEY).uid(uid)


class Marked(Case):
    """A patient with a CT that refers to a later series, in which one slice is filled; and a report of both."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        shutil.rmtree(self.patient)
        later = make_ct_series(self.patient / "later", series=7, pixels=with_mark, change=self._mark)
        self.later = [pydicom.dcmread(path).SOPInstanceUID for path in later]
        self.kept = [
            pydicom.dcmread(path).SOPInstanceUID for path in make_ct_series(self.patient / "ct", change=self._refer)
        ]
        (self.patient / "objects").mkdir()
        spoken = report(text("acute infarct"), *map(image, self.later[:3]), refers=evidence(self.later, self.kept))
        spoken.StudyInstanceUID = pydicom.dcmread(later[0]).StudyInstanceUID
        self.add(spoken)
        self.marked = self.later[2]

    @staticmethod
    def _mark(ds: Dataset, k: int) -> None:
        if k == 2:
            ds.ImageComments = NAME

    def _refer(self, ds: Dataset, k: int) -> None:
        ds.ReferencedImageSequence = [sop(self.later[1]), sop(self.later[2])] if k else [sop(self.later[3])]

    def policy(self, *options: str, mode: str = "mask") -> Policy:
        policy = deid.read_policy("research", options, objects="clean")
        text = TextPolicy(mode, regions=(RULE,) if mode == "mask" else ())
        return replace(policy, deface=replace(policy.deface, method="none"), text=text)

    def plan(
        self, *options: str, mode: str = "mask", leave_out: Sequence[str] = (), only: Sequence[str] = ()
    ) -> deid.Plan:
        policy, subjects = self.policy(*options, mode=mode), deid.read_map(self.folder / "map.csv")
        index, chosen = deid.discover(self.source), {"leave_out": leave_out, "only": only}
        return deid.plan(index, policy, subjects, key=KEY, private=self.private, **chosen)

    def place(self, uids: list[str]) -> str:
        """Return the name of the series of some images."""
        found = self.plan("retain-uids").series
        return next(f"S01/{one.series.number}" for one in found if one.series.instances[0].sop_instance_uid in uids)

    def lost(self) -> set[str]:
        """Return the UIDs, own or new ones, of images of the patient that files name and that are nowhere."""
        own = {*self.kept, *self.later}
        return {
            one for ds in self.files() for one in uids_of(ds) if one in own | set(map(new_uid, own))
        } - {str(ds.SOPInstanceUID) for ds in self.files()}  # fmt: skip

    def made(self, plan: deid.Plan, **how: bool) -> dict[str, deid.SeriesRecord]:
        """Run a plan; return what became of each series."""
        record = deid.run(plan, self.out, is_synced=False, **how)
        return {f"S01/{one.series_number}": one for one in record.series}

    def files(self) -> list[FileDataset]:
        return [pydicom.dcmread(path) for path in sorted(self.out.rglob("*.dcm"))]


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Marked:
    monkeypatch.setattr(slicetext, "engine", lambda: lambda _picture: ())
    return Marked(tmp_path)


def test_an_image_with_filled_text_has_a_new_uid_and_all_others_keep_theirs(case: Marked) -> None:
    record = deid.run(case.plan("retain-uids"), case.out, is_synced=False)
    assert [one.modality for one in record.series if one.files] == ["CT", "CT", "SR"]
    found = {str(ds.SOPInstanceUID) for ds in case.released("CT")}
    assert found == {*case.kept, *case.later, new_uid(case.marked)} - {case.marked}
    assert all(ds.file_meta.MediaStorageSOPInstanceUID == ds.SOPInstanceUID for ds in case.files())
    (changed,) = [one for one in case.released("CT") if one.SOPInstanceUID not in {*case.kept, *case.later}]
    assert changed.ImageType[0] == "DERIVED"


def test_images_and_objects_that_refer_to_it_follow_and_nothing_names_the_original(case: Marked) -> None:
    deid.run(case.plan("retain-uids"), case.out, is_synced=False)
    referring = [ds for ds in case.released("CT") if ds.SOPInstanceUID in case.kept[1:]]
    assert len(referring) == 3
    for ds in referring:
        named = [one.ReferencedSOPInstanceUID for one in ds.ReferencedImageSequence]
        assert named == [case.later[1], new_uid(case.marked)]
    (spoken,) = case.released("SR")
    shown = [one.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for one in spoken.ContentSequence[1:]]
    assert shown == [*case.later[:2], new_uid(case.marked)]
    assert not [path for path in case.out.rglob("*.dcm") if case.marked.encode() in path.read_bytes()]
    assert case.found() == []


def test_a_series_is_not_done_again_with_other_uids_that_finished_series_would_not_follow(case: Marked) -> None:
    plain = case.plan("retain-uids", mode="off")  # nothing is filled: all keep their UIDs
    assert deid.run(plan=plain, out=case.out, is_synced=False).released == 3
    before = {str(ds.SOPInstanceUID) for ds in case.files()}
    later = next(one.series.number for one in plain.series if one.series.instances[0].sop_instance_uid in case.later)
    filled = case.plan("retain-uids")
    again = replace(filled, series=tuple(one for one in filled.series if one.series.number == later))
    record = deid.run(again, case.out, is_redone=True, is_synced=False)
    (done,) = record.series
    assert done.status is Status.REFUSED
    assert "finished series name them by their own" in done.reason
    assert {str(ds.SOPInstanceUID) for ds in case.files()} == before


def test_a_series_that_joins_later_is_refused_where_finished_ones_name_it_and_these_stay_as_they_are(
    case: Marked,
) -> None:
    later, first = case.place(case.later), case.place(case.kept)
    case.made(case.plan("retain-uids", leave_out=[later]))
    planned = {f"S01/{one.series.number}": one for one in deid.with_found(case.plan("retain-uids"), case.out).series}
    assert (planned[first].verdict, planned[first].found) == (deid.Verdict.RELEASE, "released")
    assert (planned[later].verdict, planned[later].found) == (deid.Verdict.RELEASE, "")
    assert MAY_BE_NAMED in planned[later].notes
    assert MAY_BE_NAMED not in planned[first].notes
    made = case.made(case.plan("retain-uids"))
    assert made[first].status is Status.RELEASED
    assert (made[later].status, made[later].reason) == (Status.REFUSED, NAMED)


def test_a_series_of_which_nothing_was_there_when_others_named_it_is_refused_all_the_same(case: Marked) -> None:
    (case.patient / "later").rename(case.folder / "later")
    case.made(case.plan("retain-uids"))
    (case.folder / "later").rename(case.patient / "later")
    made = case.made(case.plan("retain-uids"))
    assert [one.reason for one in made.values()] == ["", "", NAMED]


def test_a_series_that_nobody_names_joins_later_and_follows(case: Marked) -> None:
    first = case.place(case.kept)
    case.made(case.plan("retain-uids", leave_out=[first]))
    made = case.made(case.plan("retain-uids"))
    assert made[first].status is Status.RELEASED
    assert case.lost() == set()


@pytest.mark.parametrize("is_withdrawn", [False, True])
def test_a_series_is_not_made_again_with_its_own_uids_where_finished_ones_name_it_by_others(
    case: Marked, is_withdrawn: bool
) -> None:
    case.made(case.plan("retain-uids"))
    later, before = case.place(case.later), {str(ds.SOPInstanceUID) for ds in case.files()}
    if is_withdrawn:
        deid.decide(case.out, case.private, withdraw=[later])
        made = case.made(case.plan("retain-uids", mode="off"))
    else:
        made = case.made(case.plan("retain-uids", mode="off", only=[later]), is_redone=True)
        assert {str(ds.SOPInstanceUID) for ds in case.files()} == before
        assert case.lost() == set()
    assert made[later].status is Status.REFUSED
    assert made[later].reason.startswith(FOLLOWED)


def test_a_series_that_is_made_again_alone_names_others_by_the_uids_that_they_have(case: Marked) -> None:
    case.made(case.plan("retain-uids"))
    first, later = case.place(case.kept), case.place(case.later)
    assert case.made(case.plan("retain-uids", only=[first], mode="off"), is_redone=True)[first].files
    assert case.made(case.plan("retain-uids", only=[later]), is_redone=True)[later].files
    assert case.lost() == set()


def test_a_series_made_again_beside_one_that_is_refused_names_that_by_the_uids_that_it_keeps(case: Marked) -> None:
    case.made(case.plan("retain-uids"))
    first, later = case.place(case.kept), case.place(case.later)
    made = case.made(case.plan("retain-uids", only=[first, later], mode="off"), is_redone=True)
    assert (made[first].status, made[later].status) == (Status.RELEASED, Status.REFUSED)
    assert case.lost() == set()


def test_series_that_wait_are_all_made_anew_with_other_settings_and_name_each_other_rightly(case: Marked) -> None:
    for mode in ("off", "mask", "off"):
        made = case.made(case.plan("retain-uids", mode=mode), is_held=True)
        assert {one.status for one in made.values()} == {Status.HELD}
    deid.decide(case.out, case.private, accept=list(made))
    assert case.lost() == set()


def test_where_uids_are_mapped_every_uid_is_as_it_always_was(case: Marked) -> None:
    record = deid.run(case.plan(), case.out, is_synced=False)
    assert {str(ds.SOPInstanceUID) for ds in case.released("CT")} == set(map(new_uid, (*case.kept, *case.later)))
    assert {one.renewed for one in record.series} == {()}


def test_a_run_that_was_stopped_goes_on_with_the_new_uids_of_what_it_finished(case: Marked) -> None:
    with pytest.raises(Cancelled):
        deid.run(case.plan("retain-uids"), case.out, progress=_first_release, is_synced=False)
    assert {str(ds.SOPInstanceUID) for ds in case.files()} == {*case.later, new_uid(case.marked)} - {case.marked}
    deid.run(case.plan("retain-uids"), case.out, is_synced=False)
    assert not [path for path in case.out.rglob("*.dcm") if case.marked.encode() in path.read_bytes()]
    assert case.found() == []


def _first_release(event: dict[str, object]) -> None:
    if event["event"] == "series" and event["status"] == "released":
        raise Cancelled(2)


def test_what_is_done_with_a_series_counts_for_those_of_its_study_only_where_uids_stay(case: Marked) -> None:
    def digests(*options: str, deface: str) -> list[tuple[str, dict[str, str]]]:
        plan = case.plan(*options)
        series = [replace(one, deface=deface) if one.series.modality == "CT" else one for one in plan.series]
        tasks = tasks_of(replace(plan, series=tuple(series)), case.out)
        reports = [task for task in tasks if task is not None and task.plan.series.modality == "SR"]
        return [(task.fingerprint, task.around) for task in reports]

    assert digests(deface="none") == digests(deface="face") != []
    assert digests("retain-uids", deface="none") != digests("retain-uids", deface="face")


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("changed", renewed.LIKE_ITS_ORIGINAL),
        ("unchanged", renewed.UNLIKE_ITS_ORIGINAL),
        ("reference", renewed.NAMES_THE_ORIGINAL),
    ],
)
def test_an_audit_finds_a_uid_that_does_not_fit_the_pixels(case: Marked, place: str, message: str) -> None:
    deid.run(case.plan("retain-uids"), case.out, is_synced=False)
    for path in case.out.rglob("*.dcm"):
        ds = pydicom.dcmread(path)
        if place == "changed" and ds.SOPInstanceUID == new_uid(case.marked):
            ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = case.marked
        elif place == "unchanged" and ds.SOPInstanceUID == case.kept[0]:
            ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = new_uid(case.kept[0])
        elif place == "reference" and ds.SOPInstanceUID == case.kept[1]:
            ds.ReferencedImageSequence[1].ReferencedSOPInstanceUID = case.marked
        else:
            continue
        ds.save_as(path)
    assert message in case.found()


def test_the_slices_of_a_head_that_lost_something_have_new_uids_and_the_others_keep_theirs(tmp_path: Path) -> None:
    source, out = tmp_path / "in", tmp_path / "out"
    write_study(source / "A1" / "HEAD 1", lattice=SMALL, has_text=False)
    shutil.copy(get_testdata_file("DICOMDIR"), source / "A1" / "DICOMDIR")
    write_map(tmp_path / "map.xlsx", [("A1", "HEAD-001")])
    policy = deid.with_choices(deid.read_policy("research", ["retain-uids"]), text="off", deface="auto")
    private, subjects = tmp_path / "private", deid.read_map(tmp_path / "map.xlsx")
    plan = deid.plan(deid.discover(source), policy, subjects, key=KEY, private=private, dicomdir="rebuild")
    assert deid.run(plan, out, is_synced=False).released == 1
    before = {one.InstanceNumber: one for one in map(pydicom.dcmread, source.rglob("*.dcm"))}
    after = {one.InstanceNumber: one for one in map(pydicom.dcmread, out.rglob("*.dcm"))}
    changed = {n for n in before if not np.array_equal(before[n].pixel_array, after[n].pixel_array)}
    assert changed
    for number, ds in after.items():
        was = str(before[number].SOPInstanceUID)
        assert ds.SOPInstanceUID == (new_uid(was) if number in changed else was)
        assert ds.SeriesInstanceUID == before[number].SeriesInstanceUID
    gone = {str(before[number].SOPInstanceUID) for number in changed}
    assert not [ds for ds in after.values() if not gone.isdisjoint(uids_of(ds))]
    records = pydicom.dcmread(next(out.rglob("DICOMDIR"))).DirectoryRecordSequence
    listed = {str(one.ReferencedSOPInstanceUIDInFile) for one in records if "ReferencedSOPInstanceUIDInFile" in one}
    assert listed == {str(ds.SOPInstanceUID) for ds in after.values()}
    found = deid.audit(out, original=source, private=private, key=KEY).findings
    assert [one.message for one in found if one.severity == "error"] == []
