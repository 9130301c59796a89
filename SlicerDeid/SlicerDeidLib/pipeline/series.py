# SPDX-License-Identifier: Apache-2.0
"""The way of one series through the house: read, pixels, headers, marks, staging. The only broad except is here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from SlicerDeidLib.errors import DeidError, DiskError
from SlicerDeidLib.formats.dicom.file import DicomFile, write
from SlicerDeidLib.formats.dicom.values import code_value
from SlicerDeidLib.headers.engine import HeaderContext
from SlicerDeidLib.headers.keptuids import KeptUids
from SlicerDeidLib.headers.stamp import Marks
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.instance import Instance
from SlicerDeidLib.model.plan import SeriesPlan
from SlicerDeidLib.model.policy import Disposition, Policy
from SlicerDeidLib.model.record import Change, SeriesRecord, Status
from SlicerDeidLib.model.staying import staying_of
from SlicerDeidLib.output.entry import Entry
from SlicerDeidLib.output.staging import SeriesWriter, StagedSeries
from SlicerDeidLib.pipeline.drawings import drop_drawings
from SlicerDeidLib.pipeline.marks import (
    marks_of_frames,
    marks_of_headers,
    marks_of_objects,
    marks_of_volume,
    marks_of_volumes,
    said_otherwise,
)
from SlicerDeidLib.pipeline.masks import NO_MASKS, HeadMasks
from SlicerDeidLib.pipeline.objects import prune, referenced
from SlicerDeidLib.pipeline.outlines import drop_distances, drop_outlines, refuse_hidden_frames
from SlicerDeidLib.pipeline.released import Released, masked_place, refuse_nothing
from SlicerDeidLib.pipeline.seriesheaders import SeriesHeaders, finish_header
from SlicerDeidLib.pipeline.sources import bytes_unchanged, grouped, read_unchanged
from SlicerDeidLib.pipeline.unexamined import (
    contents_of,
    refuse_hidden_pixels,
    refuse_lost_contents,
    refuse_other_content,
)
from SlicerDeidLib.policies.regionrules import region_library

if TYPE_CHECKING:
    from SlicerDeidLib.pipeline.regions import Regions

T = TypeVar("T")
_SOP_INSTANCE_UID = 0x00080018


@dataclass(frozen=True, slots=True)
class SeriesTask:
    """One series to be released; it can be sent to another process.

    Attributes
    ----------
    renewed : frozenset of str or None
        Where the policy keeps UIDs: the new SOP Instance UIDs of the subject's images that are known to be mapped all
        the same, since these have other pixels (``pipeline.renewals``).
    around : dict of str to str
        Where the policy keeps UIDs: what is done to the other series of its study, which it may name.
    beside : tuple of str
        The options of the command line that ask for files beside its images, where it can have such.
    """

    plan: SeriesPlan
    policy: Policy = field(repr=False)
    key: bytes = field(repr=False)
    release: str
    root: Path = field(repr=False)
    staged: StagedSeries
    fingerprint: str
    source: str = ""
    others: HeadMasks = NO_MASKS
    withheld: frozenset[str] = field(default=frozenset(), repr=False)
    beside: tuple[str, ...] = ()
    renewed: frozenset[str] | None = field(default=None, repr=False)
    around: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_object(self) -> bool:
        """Whether it is no image: it comes after all images, without its references to those that are withheld."""
        return self.policy.dispositions[self.plan.instances[0].sop_class_uid].objects != "images"

    @property
    def keeps_pixels(self) -> bool:
        """Whether no step looks at its pixels."""
        return self.plan.deface == "none" and self.plan.text == "off"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: its files wait in staging when the record says released.

    Attributes
    ----------
    references : frozenset of str
        Original SOP Instance UIDs that an object refers to.
    stayed, followed : frozenset of str
        As in ``KeptUids``, where the policy keeps UIDs.
    """

    record: SeriesRecord
    references: frozenset[str] = field(default=frozenset(), repr=False)
    stayed: frozenset[str] = field(default=frozenset(), repr=False)
    followed: frozenset[str] = field(default=frozenset(), repr=False)


def record_of(
    plan: SeriesPlan,
    status: Status,
    reason: str = "",
    *,
    made: Entry | None = None,
) -> SeriesRecord:
    """Make the record of a series that was not worked on in this run; ``made`` by an earlier one, where it was."""
    return SeriesRecord(
        plan.subject.deidentification_id,
        plan.series.number,
        plan.series.modality,
        status,
        reason,
        files=() if made is None else made.files,
        measures={} if made is None else made.measures,
        findings=() if made is None else made.findings,
        masked=() if made is None else made.masked,
        left_out=len(plan.left_out),
        is_recognisable=made is not None and made.is_recognisable,
        is_unexamined=plan.is_unexamined and made is not None,
        is_resumed=made is not None,
        scan=plan.subject.scan,
    )


def release_series(task: SeriesTask) -> Outcome:
    """De-identify one series into staging; whatever fails refuses it and leaves nothing.

    Raises
    ------
    DiskError
        If the output cannot be written: that stops the run, not the series.
    """
    is_done = False
    try:
        done = done_or_reason(partial(_released, task))
        is_done = isinstance(done, Outcome)
    finally:
        if not is_done:
            task.staged.discard()
    return done if isinstance(done, Outcome) else Outcome(record_of(task.plan, Status.REFUSED, done))


def _released(task: SeriesTask) -> Outcome:
    with SeriesWriter(task.staged) as writer:
        release = _Release(task, writer)
        record, kept = release.go(), release.kept
        return Outcome(record, frozenset(release.references), frozenset(kept.stayed), frozenset(kept.followed))


def done_or_reason(work: Callable[[], T]) -> T | str:
    """Do something with one series; whatever fails gives the reason that it is refused for.

    Raises
    ------
    DiskError
        If the output cannot be written.
    """
    try:
        return work()
    except DiskError:
        raise
    except DeidError as error:
        return error.reason
    except Exception as error:  # noqa: BLE001 - decoders and parsers raise anything; only the type's name is kept
        return f"an unexpected {type(error).__name__} while it was worked on"


@lru_cache(maxsize=4)
def _pseudonyms(key: bytes, release: str, keep_time_of_day: bool) -> KeyedPseudonyms:
    """Keep the cache of mapped UIDs from one series to the next."""
    return KeyedPseudonyms(key, release, keep_time_of_day)


class _Release:
    """One series while it is released; ``references``: the instances that an object referred to when it was read."""

    def __init__(self, task: SeriesTask, writer: SeriesWriter) -> None:
        self._task = task
        self._writer = writer
        self._plan = task.plan
        is_unexamined = task.plan.is_unexamined
        self._policy = task.policy.for_unexamined() if is_unexamined else task.policy
        self._changes: Counter[Change] = Counter()
        self.references: set[str] = set()
        pseudonyms = _pseudonyms(task.key, task.release, task.policy.keep_time_of_day)
        self.kept = KeptUids(set(task.renewed or ()))
        kept = None if task.renewed is None else self.kept
        self._renewed: list[str] = []
        self._marks: dict[str, Marks] = {}
        self._context = HeaderContext(self._policy, pseudonyms, task.plan.subject, kept=kept)

    def go(self) -> SeriesRecord:
        """Release the series into staging."""
        disposition = self._policy.disposition_of(self._plan.instances)
        if not disposition.text:
            released = self._objects()
        elif self._task.keeps_pixels:
            released = self._headers_only()
        elif self._plan.frames:
            released = self._by_frames(disposition)
        elif disposition.stacks:
            released = self._as_stacks(disposition)
        else:
            released = self._as_volume()
        refuse_nothing(released.count, released.pages)
        return SeriesRecord(
            self._plan.subject.deidentification_id,
            self._plan.series.number,
            self._plan.series.modality,
            Status.RELEASED,
            changes=dict(self._changes),
            files=self._writer.files(),
            marks=released.marks.as_text(),
            otherwise=said_otherwise(self._marks, released.marks),
            measures=released.measures,
            findings=released.findings(self._plan, disposition, self._task.others),
            masked=tuple(released.masked),
            left_out=len(self._plan.left_out) + released.dropped + released.pages,
            is_recognisable=released.marks.recognizable_visual_features == "YES",
            is_unexamined=self._plan.is_unexamined,
            scan=self._plan.subject.scan,
            renewed=tuple(self._renewed),
        )

    def _headers_only(self) -> Released:
        """Stream the files: few of them in memory at a time."""
        marks = marks_of_headers(self._policy)
        if self._task.is_object or self._plan.is_unexamined:
            for instance, target in zip(self._plan.instances, self._plan.targets, strict=True):
                self._write(self._read(instance), marks, target)
            return Released(len(self._plan.targets), marks)
        headers = SeriesHeaders(self._context, marks)
        targets = iter(self._plan.targets)
        for group in grouped(self._plan.instances):
            files = [bytes_unchanged(self._task.root, instance) for instance in group]
            for chunks in [headers.finish(data) for data in files]:
                self._writer.write(next(targets), chunks)
        self._changes.update(headers.changes())
        return Released(len(self._plan.targets), marks)

    def _objects(self) -> Released:
        """Stream objects that are no images: what follows the outline of the head goes."""
        measures, shown = Counter[str](), None
        for instance, target in zip(self._plan.instances, self._plan.targets, strict=True):
            disposition = self._policy.dispositions[instance.sop_class_uid]
            file = self._read(instance)
            if self._policy.deface.method != "none":
                is_big_endian = file.byte_order == "big"
                measures["drawings"] += drop_drawings(file.dataset, is_big_endian=is_big_endian)
                refuse_hidden_frames(file.dataset, file.transfer_syntax_uid, is_big_endian=is_big_endian)
                if disposition.has_structures:
                    measures["outlines"] += drop_outlines(file.dataset, self._policy.inner_structures)
                    measures["distances"] += drop_distances(file.dataset)
            marks = marks_of_objects(self._policy, disposition)
            self._write(file, marks, target)
            shown = marks if shown is None or marks.recognizable_visual_features else shown
        assert shown is not None
        return Released(len(self._plan.targets), shown, {name: float(count) for name, count in measures.items()})

    def _read(self, instance: Instance) -> DicomFile:
        """Read a file; of an object, without its references to what is withheld."""
        file = read_unchanged(self._task.root, instance)
        refuse_hidden_pixels(file.dataset, self._policy.dispositions[instance.sop_class_uid])
        if self._task.is_object:
            self.references.update(referenced(file.dataset))
            prune(file.dataset, self._task.withheld, is_big_endian=file.byte_order == "big")
        return file

    def _by_frames(self, disposition: Disposition) -> Released:
        """Stream the files and read their frames; what shows no text keeps its pixel bytes."""
        from SlicerDeidLib.formats.dicom.pixels import encode
        from SlicerDeidLib.pipeline.texts import redact_frames

        staying = staying_of(self._policy.text, disposition.text_keep)
        count, boxes, pages, unknown, masked = 0, 0, 0, 0, []
        unread, marks, derived = marks_of_frames(self._policy, disposition)
        for instance, target in zip(self._plan.instances, self._plan.targets, strict=True):
            file = self._read(instance)
            regions = self._regions(file, disposition)
            unknown += disposition.regions and not regions.is_known
            redacted = redact_frames(file, self._plan.text, staying=staying, filled=regions.boxes)
            boxes += len(redacted.boxes)
            is_page = redacted.is_page and self._plan.text != "report"
            pages += is_page
            if is_page or (self._plan.text == "drop" and redacted.boxes):
                continue
            if self._plan.text == "report":
                earned = unread
            elif redacted.boxes:
                encode(file, redacted.after)
                self._renew(file)
                earned = derived
                masked += [masked_place(box, target, box.frame) for box in redacted.boxes]
            else:
                earned = marks
            self._write(file, earned, target)
            count += 1
        dropped = len(self._plan.targets) - count
        summary = unread if self._plan.text == "report" else derived if masked else marks
        measures = {"text_boxes": float(boxes)}
        return Released(count, summary, measures, dropped - pages, masked, pages, unknown)

    def _regions(self, file: DicomFile, disposition: Disposition) -> Regions:
        """Say which parts of an image are filled whole."""
        from SlicerDeidLib.pipeline.regions import regions_of

        return regions_of(file, self._policy.text.regions, region_library, is_declared=disposition.regions)

    def _as_volume(self) -> Released:
        """Treat the volume, or several at one place, then write the slices; what did not change keeps its bytes."""
        from SlicerDeidLib.formats.dicom.pixels import drop_series_range, encode, gather
        from SlicerDeidLib.pipeline.repetitions import treat

        instances = self._plan.instances
        files, stored = gather((bytes_unchanged(self._task.root, each) for each in instances), len(instances))
        deface = replace(self._policy.deface, method=self._plan.deface)
        parts = treat(files, deface, replace(self._policy.text, mode=self._plan.text), self._task.others, stored)
        boxes = [(part.order[box.frame], box) for part in parts for box in part.boxes]
        dropped = {number for number, _ in boxes} if self._plan.text == "drop" else set()
        plain, derived = marks_of_volumes(self._policy, self._plan.text, parts)
        is_filled = self._plan.text not in ("drop", "report")
        masked = [masked_place(box, self._plan.targets[number], 0) for number, box in boxes] if is_filled else []
        changed = {part.order[k]: part.after[k] for part in parts for k in part.changed}
        for number in changed.keys() - dropped:
            self._renew(files[number])
        for number, target in enumerate(self._plan.targets):
            file = files[number]
            files[number] = None  # type: ignore[call-overload] # memory: each file goes as soon as it is written
            if number in dropped:
                continue
            if number in changed:
                encode(file, changed[number][None])
            if changed:
                drop_series_range(file)
            self._write(file, derived if number in changed else plain, target)
        measures = {**parts[0].measures, "text_boxes": float(len(boxes)), "changed_slices": float(len(changed))}
        count = len(files) - len(dropped)
        return Released(count, derived if changed else plain, measures, len(dropped), masked, mask=parts[0].mask)

    def _as_stacks(self, disposition: Disposition) -> Released:
        """Treat enhanced images, all of which are in memory; those that did not change keep their pixel bytes."""
        from SlicerDeidLib.pipeline.stacks import deface_stacks, redact_stacks

        files = [read_unchanged(self._task.root, instance) for instance in self._plan.instances]
        mode = self._plan.text
        deface = replace(self._policy.deface, method=self._plan.deface)
        treated, keeps = deface_stacks(files, deface, self._task.others)
        if mode != "off":
            filled = [self._regions(file, disposition).boxes for file in files]
            staying = staying_of(self._policy.text, disposition.text_keep)
            redact_stacks(files, treated, keeps, mode, filled, staying=staying)
        plain, derived = marks_of_volume(self._policy, mode, treated)
        dropped = {number for number, _ in treated.boxes} if mode == "drop" else set()
        targets = self._plan.targets
        is_filled = mode not in ("drop", "report")
        masked = [masked_place(box, targets[number], box.frame) for number, box in treated.boxes] if is_filled else []
        for number in treated.changed - dropped:
            self._renew(files[number])
        for number, (file, target) in enumerate(zip(files, targets, strict=True)):
            if number not in dropped:
                self._write(file, derived if number in treated.changed else plain, target)
        measures = {**treated.measures, "text_boxes": float(len(treated.boxes))}
        count, summary = len(files) - len(dropped), derived if treated.changed else plain
        return Released(count, summary, measures, len(dropped), masked, mask=treated.mask)

    def _renew(self, file: DicomFile) -> None:
        """Let an image that has other pixels now have another SOP Instance UID too, also where UIDs stay."""
        if self._context.kept is not None:
            new = self._context.pseudonyms.uid(code_value(file.dataset, _SOP_INSTANCE_UID))
            self._context.kept.renewed.add(new)
            self._renewed.append(new)

    def _write(self, file: DicomFile, marks: Marks, target: str) -> None:
        """De-identify one header and stage the file."""
        contents = contents_of(file.dataset) if self._plan.is_unexamined else None
        if contents is not None:
            refuse_other_content(file.dataset)
        self._changes.update(finish_header(file, self._context, marks))
        if contents is not None:
            refuse_lost_contents(contents, contents_of(file.dataset))
        self._writer.write(target, write(file))
        self._marks[target] = marks
