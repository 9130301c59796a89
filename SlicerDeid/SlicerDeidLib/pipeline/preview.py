# SPDX-License-Identifier: Apache-2.0
"""The same way without the last door: a series, a head or a text mask to look at, nothing written."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.discovery.walk import discover
from SlicerDeidLib.errors import PixelError, PlanError, SeriesRefused
from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.formats.dicom.pixels import as_seen, assemble_repetitions, decode
from SlicerDeidLib.headers.engine import HeaderContext
from SlicerDeidLib.headers.stamp import Marks
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.identity.secret import read_or_draw_key
from SlicerDeidLib.identity.subjects import SubjectMap
from SlicerDeidLib.model.instance import Index, Instance
from SlicerDeidLib.model.plan import Plan, SeriesPlan, Verdict
from SlicerDeidLib.model.policy import DefacePolicy, Disposition, Policy, TextPolicy
from SlicerDeidLib.model.staying import staying_of
from SlicerDeidLib.model.volume import HeaderRow, Preview, TextBox, Volume
from SlicerDeidLib.pipeline.drawn import Device, ShownImages, device_of, shown_images
from SlicerDeidLib.pipeline.executors import serial
from SlicerDeidLib.pipeline.headerrows import MARKED, header_rows
from SlicerDeidLib.pipeline.heads import place_key, share_masks
from SlicerDeidLib.pipeline.marks import marks_of_frames, marks_of_headers, marks_of_volume
from SlicerDeidLib.pipeline.masks import NO_MASKS, HeadMasks, MaskStore
from SlicerDeidLib.pipeline.regions import regions_of
from SlicerDeidLib.pipeline.released import refuse_nothing
from SlicerDeidLib.pipeline.repetitions import Repetition, deface_repetitions
from SlicerDeidLib.pipeline.seriesheaders import finish_header
from SlicerDeidLib.pipeline.sources import read_all_unchanged, read_unchanged, refuse_changed
from SlicerDeidLib.pipeline.stacks import deface_stacks, first_stack, redact_stacks
from SlicerDeidLib.pipeline.texts import redact_frames
from SlicerDeidLib.pipeline.unexamined import refuse_hidden_pixels
from SlicerDeidLib.pipeline.voxels import Treated, filled, filled_boxes, redact_treated_stepwise
from SlicerDeidLib.planning.heads import shown
from SlicerDeidLib.planning.plan import place_of
from SlicerDeidLib.planning.plan import plan as make_plan
from SlicerDeidLib.planning.replanning import replanned
from SlicerDeidLib.policies.regionrules import region_library

_MASKS = 2  # that are remembered: the one shown and the one before it
_FRAME_STEP_MM = 1.0  # mm between frames that lie nowhere


def preview(plan: Plan, series: SeriesPlan) -> Preview:
    """Run the steps of one planned series and keep the result in memory.

    Raises
    ------
    SeriesRefused, PixelError
        As the run would refuse it.
    """
    *_, last = PreviewSession(plan, series).looks()
    return last


def open_preview(
    root: Path | str,
    folder: str,
    number: int,
    policy: Policy,
    subject_map: SubjectMap | None = None,
    *,
    private: Path | None = None,
    release: str = "",
    key: bytes | None = None,
    original: str = "",
) -> PreviewSession:
    """Read one patient's folder and open one of its series for previews.

    Parameters
    ----------
    folder : str
        The patient's folder directly below ``root``.
    number : int
        The series' number in the plan, which was made with the same map and private folder.
    key : bytes, optional
        The project's secret; None reads the user's own, or draws one for this time only.
    original : str
        ``Subject.original`` of the series: a folder may hold several accession numbers.

    Raises
    ------
    PlanError
        If the folder or the series is not there any more.
    """
    index = discover(root, folders=(folder,))
    secret = read_or_draw_key() if key is None else key
    plan = make_plan(index, policy, subject_map, key=secret, private=private, release=release)
    for planned in plan.series:
        subject = planned.subject
        if (subject.folder, subject.original, planned.series.number) == (folder, original, number):
            return PreviewSession(plan, planned)
    raise PlanError("The series is not in its folder any more; plan again.")


def open_original(
    root: Path | str,
    place: str,
    policy: Policy,
    subject_map: SubjectMap,
    *,
    private: Path | None,
    release: str = "",
    key: bytes | None = None,
) -> PreviewSession:
    """Open the original of a series that a run made.

    Parameters
    ----------
    place : str
        ``"ID/SERIES"``, of serial scans ``"ID/SCAN/SERIES"``.
    subject_map, private, release, key
        Those of the run.

    Raises
    ------
    PlanError
        If it is not in the input, or not named by the map.
    """
    patient = place.split("/")[0]
    folders = [row.old for row in subject_map.rows if row.new == patient]
    secret = read_or_draw_key() if key is None else key
    index = discover(root, folders=folders) if folders else Index(Path(root), ())
    plan = make_plan(index, policy, subject_map, key=secret, private=private, release=release)
    for planned in plan.series:
        if place_of(planned.subject, planned.series) == place:
            return PreviewSession(plan, planned)
    raise PlanError("The original of this series is not in the input folder, or the list of patients does not name it.")


class PreviewSession:
    """One planned series in memory: what was read and found is kept, so that other settings are seen sooner.

    Raises
    ------
    SeriesRefused
        If no setting can release it.
    """

    def __init__(self, plan: Plan, planned: SeriesPlan) -> None:
        self._root = plan.index.root
        self._policy = plan.policy
        self._secret = plan.key, plan.release
        self._instances: tuple[Instance, ...] = ()
        self._repetitions: list[Repetition] = []
        self._places: list[tuple[int, ...]] = []  # of each slice of the looks, the numbers of its images
        self._devices: tuple[Device, ...] = ()  # of the images, each once
        self._known: dict[str, object] = {}
        self._masks: dict[DefacePolicy, tuple[object, Treated]] = {}  # with what its mask depends on besides
        self._text: tuple[object, ...] = ()
        self._settings, self._rows = plan.policy, cast(tuple[HeaderRow, ...], ())  # of the headers that were shown
        if planned.verdict is Verdict.REFUSE and planned.is_settled:
            raise SeriesRefused(planned.reason)
        self._plan, self._planned = replanned(plan, planned, plan.policy)

    def looks(self, policy: Policy | None = None) -> Iterator[Preview]:
        """Yield what is known step by step; the last one is what a run would write.

        Parameters
        ----------
        policy : Policy, optional
            Other settings than the plan's.

        Raises
        ------
        SeriesRefused, PixelError, EngineMissing
            As the run would refuse it, after the looks that came first.
        """
        policy = policy or self._policy
        if policy != self._plan.policy:  # what others of its head tell it depends on it, too
            self._plan, self._planned = replanned(self._plan, self._planned, policy)
        planned = self._planned
        if planned.verdict is not Verdict.RELEASE:
            raise SeriesRefused(planned.reason)
        refuse_changed(self._root, planned.instances)
        self._take(planned.instances)
        deface = replace(policy.deface, method=planned.deface)
        text = replace(policy.text, mode=planned.text)
        disposition = policy.dispositions[self._instances[0].sop_class_uid]
        if disposition.stacks and not planned.frames:
            yield from self._looks_at_stacks(policy, deface, text, disposition)
        elif not planned.frames and self._can_assemble(is_needed=not _is_untouched(deface, text)):
            yield from self._looks_at_volume(policy, deface, text)
        else:
            yield from self._looks_at_frames(policy, text, disposition)

    def original(self) -> Volume:
        """Return the original's voxels, of images that make no volume the frames, in grey, one upon the other.

        Raises
        ------
        FormatError, PixelError
            If a file cannot be read or decoded.
        """
        self._take(self._planned.instances or self._planned.series.instances)
        if not self._planned.frames and self._can_assemble(is_needed=False) and len(self._repetitions) == 1:
            return self._repetitions[0][0]
        files = read_all_unchanged(self._root, self._instances)
        return stacked([[as_seen(file, frame) for frame in decode(file)] for file in files])

    def images(self) -> ShownImages:
        """Say of which images the slices of a look are, once there was one."""
        uids = [each.sop_instance_uid for each in self._instances]
        return shown_images(self._instances[0].series_instance_uid, uids, self._places, self._devices)

    def _take(self, instances: tuple[Instance, ...]) -> None:
        """Forget what was known of other images."""
        if instances != self._instances:
            self._instances, self._repetitions, self._text = instances, [], ()
            self._known, self._masks, self._rows = {}, {}, ()

    def _read_all(self) -> list[DicomFile]:
        """Read the images, and of what devices they are."""
        files = read_all_unchanged(self._root, self._instances)
        self._devices = tuple(dict.fromkeys(map(device_of, files)))
        return files

    def _can_assemble(self, *, is_needed: bool) -> bool:
        """Put the slices together; where they make no volume, that refuses the series only when one is needed."""
        try:
            if not self._repetitions:
                files = self._read_all()
                self._repetitions = assemble_repetitions(files)
        except PixelError:
            if is_needed:
                raise
        return bool(self._repetitions)

    def _looks_at_volume(self, policy: Policy, deface: DefacePolicy, text: TextPolicy) -> Iterator[Preview]:
        """Show the volume; of several at one place the first."""
        volume, _ = self._repetitions[0]
        self._places = list(zip(*(order for _, order in self._repetitions), strict=True))
        yield Preview("read", False, volume, volume.stored)
        treated = self._defaced(deface)
        look = Preview("deface", False, volume, treated.after, treated.mask, headers=self._headers(policy, None))
        yield look
        done = yield from _with_boxes(look, self._redacted(treated, deface, text))
        plain, derived = marks_of_volume(policy, text.mode, done)
        place = done.order.index(min(done.order))  # that of the first image, which may be of another repetition
        marks = derived if place in done.changed else plain
        last = Preview("text", True, volume, done.after, done.mask, done.boxes, self._headers(policy, marks))
        with_text = len({box.frame for box in done.boxes}) if text.mode == "drop" else 0
        yield from _last(last, len(self._instances) - with_text)

    def _defaced(self, deface: DefacePolicy) -> Treated:
        """Deface, or put another air into what was defaced before."""
        volume, _ = self._repetitions[0]
        setting, head = replace(deface, air_value=None), self._head()
        known, treated = self._masks.pop(setting, (None, None))
        if treated is not None and known == head:
            self._masks[setting] = head, treated
            return filled(treated, deface.air_value)
        treated = deface_repetitions(self._repetitions, deface, self._known, self._others())[0]
        while len(self._masks) >= _MASKS:
            self._masks.pop(next(iter(self._masks)))
        self._masks[setting] = head, replace(treated, after=volume.stored)  # air is put in anew, and memory is short
        return treated

    def _head(self) -> object:
        """Return which series tell it what the head loses: by other settings they may show none, or others may."""
        planned, policy = self._planned, self._plan.policy
        mates = [(one.series.number, one.head, shown(one, policy)) for one in self._plan.series if one.head]
        return planned.head, planned.borrows, planned.lender, mates

    def _others(self) -> HeadMasks:
        """Return the masks of the other series of the head, found when the run has not found them yet."""
        store = MaskStore(self._plan.private, is_read_only=True)
        return share_masks(self._plan, [self._planned], serial, store).get(place_key(self._planned), NO_MASKS)

    def _redacted(
        self, treated: Treated, deface: DefacePolicy, text: TextPolicy
    ) -> Generator[tuple[TextBox, ...], None, Treated]:
        """Read the text, yield what is found so far; where there was none with another air value, there is none now."""
        asked = (treated.mask, text)
        if self._text and asked == self._text[:2]:
            return replace(treated, is_text_examined=bool(self._text[2]))
        files = read_all_unchanged(self._root, self._instances) if text.regions else []
        filled = filled_boxes(files, treated.order, text.regions) if files else []
        done = yield from redact_treated_stepwise(treated, text, deface.air_value, filled)
        self._text = () if done.boxes else (*asked, done.is_text_examined)
        return done

    def _looks_at_stacks(
        self, policy: Policy, deface: DefacePolicy, text: TextPolicy, disposition: Disposition
    ) -> Iterator[Preview]:
        """Show the first stack of enhanced images, as it was imaged first."""
        files = self._read_all()
        before = first_stack(files)
        self._places = [tuple(range(len(files)))] * len(before.stored)  # a stack may be of parts of all
        yield Preview("read", False, before, before.stored, headers=self._headers(policy, None))
        treated, keeps = deface_stacks(files, deface, self._others())
        yield Preview("deface", False, before, first_stack(files).stored, treated.mask)
        if text.mode != "off":
            filled = [regions_of(file, text.regions, region_library, is_declared=False).boxes for file in files]
            staying = staying_of(policy.text, disposition.text_keep)
            redact_stacks(files, treated, keeps, text.mode, filled, staying=staying)
        plain, derived = marks_of_volume(policy, text.mode, treated)
        headers = self._headers(policy, derived if 0 in treated.changed else plain)
        last = Preview("text", True, before, first_stack(files).stored, treated.mask, treated.shown_boxes(), headers)
        with_text = len({number for number, _ in treated.boxes}) if text.mode == "drop" else 0
        yield from _last(last, len(files) - with_text)

    def _looks_at_frames(self, policy: Policy, text: TextPolicy, disposition: Disposition) -> Iterator[Preview]:
        """Look at images one by one; what stays as it is is only shown."""
        files = self._read_all()
        for file in files:
            refuse_hidden_pixels(file.dataset, disposition)
        stored = [decode(file) for file in files]
        before = stacked([[as_seen(file, frame) for frame in s] for file, s in zip(files, stored, strict=True)])
        self._places = [(number,) for number, frames in enumerate(stored) for _ in frames]
        unread, plain, derived = marks_of_frames(policy, disposition)
        if text.mode == "off":
            marks = marks_of_headers(policy)
            yield Preview("text", True, before, before.stored, headers=self._headers(policy, marks))
            return
        yield Preview("read", False, before, before.stored, headers=self._headers(policy, None))
        after, boxes, first, left, pages = [], [], 0, 0, 0
        staying = staying_of(policy.text, disposition.text_keep)
        is_first_marked = False
        for number, file in enumerate(files):
            filled = regions_of(file, text.regions, region_library, is_declared=disposition.regions).boxes
            redacted = redact_frames(file, text.mode, staying=staying, filled=filled)
            after.append([as_seen(file, frame) for frame in redacted.after])
            boxes += [replace(box, frame=box.frame + first) for box in redacted.boxes]
            first += len(after[-1])
            is_page = redacted.is_page and text.mode != "report"
            pages += is_page
            left += not (is_page or (text.mode == "drop" and redacted.boxes))
            is_first_marked |= number == 0 and bool(redacted.boxes)
            yield Preview("read", False, before, before.stored, boxes=tuple(boxes))
        marks = unread if text.mode == "report" else derived if is_first_marked else plain
        shown = stacked(after).stored
        last = Preview("text", True, before, shown, None, tuple(boxes), self._headers(policy, marks))
        yield from _last(last, left, pages)

    def _headers(self, policy: Policy, marks: Marks | None) -> tuple[HeaderRow, ...]:
        """Return the first image's header before and after; without marks it depends on nothing done to the pixels."""
        settings = replace(policy, deface=self._settings.deface, text=self._settings.text)
        if settings != self._settings:
            self._settings, self._rows = settings, ()
        if marks is None and self._rows:
            return self._rows
        before, after = (read_unchanged(self._root, self._instances[0]) for _ in range(2))
        key, release = self._secret
        pseudonyms = KeyedPseudonyms(key, release, policy.keep_time_of_day)
        context = HeaderContext(self._settings, pseudonyms, self._planned.subject)
        changes = finish_header(after, context, marks or marks_of_headers(policy))
        rows = header_rows(before, after, changes)
        if marks is not None:
            return rows
        self._rows = tuple(row for row in rows if row.action != MARKED)
        return self._rows


def _last(look: Preview, count: int, pages: int = 0) -> Iterator[Preview]:
    """Yield the last look; where no image is left, it is not what a run would write, which is said then."""
    if not count:
        yield replace(look, is_last=False)
    refuse_nothing(count, pages)
    yield look


def _with_boxes(
    look: Preview, steps: Generator[tuple[TextBox, ...], None, Treated]
) -> Generator[Preview, None, Treated]:
    """Yield the same look again whenever more text was found; return what comes of the steps."""
    while True:
        try:
            boxes = next(steps)
        except StopIteration as end:
            return cast(Treated, end.value)
        yield replace(look, boxes=boxes)


def _is_untouched(deface: DefacePolicy, text: TextPolicy) -> bool:
    return deface.method == "none" and text.mode == "off"


def stacked(pictures: Sequence[Sequence[NDArray[Any]]]) -> Volume:
    """Lay the frames of several images upon each other, in grey and in the size of the largest."""
    frames = [frame.mean(axis=-1) if frame.ndim == 3 else frame for several in pictures for frame in several]
    rows, columns = (max(frame.shape[axis] for frame in frames) for axis in (0, 1))
    stored = np.zeros((len(frames), rows, columns), dtype=np.result_type(*(frame.dtype for frame in frames)))
    for k, frame in enumerate(frames):
        stored[k, : frame.shape[0], : frame.shape[1]] = frame
    if stored.dtype.kind == "f":
        stored = stored.astype(np.uint8)
    ones = np.ones(len(frames))
    positions = np.outer(_FRAME_STEP_MM * np.arange(len(frames)), [0.0, 0.0, 1.0])
    x, y = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    return Volume(stored, ones, 0.0 * ones, positions, x, y, unit="")
