# SPDX-License-Identifier: Apache-2.0
"""Audit: a finished output read anew, and everything that is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from SlicerDeidLib.errors import FormatError, OutputError
from SlicerDeidLib.verification.archives import close_archives
from SlicerDeidLib.verification.belonging import check_belonging
from SlicerDeidLib.verification.beside import Beside
from SlicerDeidLib.verification.content import aligned, check_content
from SlicerDeidLib.verification.dates import Place as ElementPlace
from SlicerDeidLib.verification.dates import SubjectDates, compare_dates, judge_dates
from SlicerDeidLib.verification.descriptors import check_descriptors
from SlicerDeidLib.verification.filesets import check_file_set
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.headers import Hierarchy, check_header, claimed_codes, top_level
from SlicerDeidLib.verification.identifiers import UidMap, compare_values
from SlicerDeidLib.verification.invented import PseudonymMap
from SlicerDeidLib.verification.marks import (
    BASIC_CODE,
    FEATURES_CODE,
    METHOD,
    MODALITY,
    check_derived,
    check_identity,
    check_marks,
    check_removal_claimed,
    date_mark,
    is_original,
)
from SlicerDeidLib.verification.masks import check_masks
from SlicerDeidLib.verification.niftis import check_niftis
from SlicerDeidLib.verification.pairs import Group, SeriesPair, group_originals, group_released, pair_series
from SlicerDeidLib.verification.pixels import (
    check_kept,
    check_unused_bits,
    compare_pixels,
    judge_compared,
    judge_count,
    judge_series,
)
from SlicerDeidLib.verification.private import check_private, compare_private
from SlicerDeidLib.verification.reading import Found, Reading, is_dicom, read, silent_pydicom
from SlicerDeidLib.verification.recorded import (
    altered_attributes,
    check_recorded,
    chosen_attributes,
    masked_places,
    original_folders,
)
from SlicerDeidLib.verification.references import References
from SlicerDeidLib.verification.removal import Outline, is_said_to_be_changed
from SlicerDeidLib.verification.renewed import INSTANCE, Renewed
from SlicerDeidLib.verification.report import AuditReport
from SlicerDeidLib.verification.structure import BROKEN, UNLISTED, Place, check_structure, files_below, relative_name
from SlicerDeidLib.verification.unexamined import check_unexamined
from SlicerDeidLib.verification.values import SourceValues, judge_words, search_file, search_name

__all__ = ["AuditReport", "audit"]

NO_PRIVATE = (
    "The private folder that was named for the audit is not there; put it back or name the one that belongs to the "
    "output, or make an empty one where only the audit's own report shall be kept."
)
"""Of a private folder that may have been lost: who made it anew would hide that."""


@dataclass(slots=True)
class State:
    """What an audit remembers from file to file."""

    findings: Findings = field(default_factory=Findings)
    hierarchy: Hierarchy = field(default_factory=Hierarchy)
    uids: UidMap = field(default_factory=UidMap)
    renewed: Renewed = field(default_factory=Renewed)
    pseudonyms: PseudonymMap = field(default_factory=PseudonymMap)
    beside: Beside = field(default_factory=Beside)
    references: References = field(default_factory=References)
    dates: dict[str, SubjectDates] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    masked: dict[str, list[list[int]]] = field(default_factory=dict)
    altered: dict[str, frozenset[str]] = field(default_factory=dict)
    claimed: frozenset[str] | None = None  # by every file: what a DICOMDIR may say of them all
    unmarked: int = 0
    unclaimed: int = 0


def audit(
    out: Path | str, *, original: Path | str | None = None, private: Path | str | None = None, key: bytes | None = None
) -> AuditReport:
    """Read a finished output anew and report what is wrong with it.

    Parameters
    ----------
    out : Path
        The output folder.
    original : Path, optional
        The input: its values are looked for in the output, and dates, UIDs and voxels are compared.
    private : Path, optional
        The private folder of the run: its report is compared with what the files say.
    key : bytes, optional
        The project's secret: with ``original``, the UIDs are computed again.

    Raises
    ------
    OutputError
        If ``out``, ``original`` or ``private`` is no folder, or ``private`` belongs to another output.
    """
    out = Path(out)
    original = None if original is None else Path(original)
    private = None if private is None else Path(private)
    for folder, word in ((out, "output"), (original, "original")):
        if folder is not None and not folder.is_dir():
            raise OutputError(f"The {word} folder that should be audited does not exist or is no folder.")
    if private is not None and not private.is_dir():
        raise OutputError(NO_PRIVATE)
    try:
        if private is not None:
            check_belonging(out, private)
        with silent_pydicom():
            return _audit(out, original, private, key)
    finally:
        close_archives()


def _audit(out: Path, original: Path | None, private: Path | None, key: bytes | None) -> AuditReport:
    """Run all checks."""
    state = State()
    state.findings.chosen = chosen_attributes(private) if private is not None else ()
    values = _source_values(original, state.findings) if original is not None else None
    directories, niftis = _audit_places(out, values, state)
    for place in directories:
        _audit_dicomdir(place, values, state)
    images = [place for place in state.places if not place.is_mask]
    check_niftis(niftis, images, state.findings)
    check_masks([place for place in state.places if place.is_mask], images, state.findings)
    if not state.places:
        state.findings.add("error", "structure", "", "", "The output holds no DICOM file.")
    elif state.unmarked == len(state.places):
        message = "No file says that it was de-identified; name the output of a run, not its input."
        state.findings.add("error", "marks", "", "", message)
    elif state.unclaimed:
        count = f"{state.unclaimed} of {len(state.places)} files"
        message = f"{count} do not claim the Basic Profile (113100); what they hold beyond it is warned of."
        state.findings.add("warning", "marks", "", "", message)
    state.beside.judge(state.findings)
    if original is not None:
        state.masked, state.altered = masked_places(private), altered_attributes(private)
        owners = _audit_against(original, private, state)
        if values is not None:
            judge_words(values, owners, state.findings)
        if key is not None:
            state.uids.recompute(key, state.renewed.became, state.findings)
    if private is not None:
        check_recorded(out, private, [*state.places, *directories, *niftis], state.findings)
    return AuditReport(state.findings.all(), dict(state.findings.measures), _checks(original, private))


def _audit_places(out: Path, values: SourceValues | None, state: State) -> tuple[list[Place], list[Place]]:
    """Run everything that needs one file only; return the DICOMDIRs and NIfTI files, which are judged by others."""
    directories: list[Place] = []
    niftis: list[Place] = []
    for place in check_structure(out, state.findings):
        if place.is_dicomdir:
            directories.append(place)
        elif place.is_nifti:
            niftis.append(place)
            if values is not None:
                search_name(values, place.name, place.own, state.findings)
        else:
            state.places.append(place)
            _audit_file(place, values, state)
    return directories, niftis


def _checks(original: Path | None, private: Path | None) -> tuple[str, ...]:
    """Say in words what was looked at."""
    done = ["names, folders and file times", "header elements, UIDs and marks of every file"]
    if original is not None:
        done.append("values of the original, searched in every header byte, name and folder")
        done.append("dates, UIDs and voxels, compared with the original")
    if private is not None:
        done.append("files and marks, compared with the run's own report")
    return tuple(done)


def _source_values(original: Path, findings: Findings) -> SourceValues:
    """Collect what the original says about its patients, file by file."""
    values = SourceValues()
    unread: list[Path] = []

    def say(path: Path, what: str) -> None:
        if what in (UNLISTED, BROKEN):
            unread.append(path)

    for path in files_below(original, say):
        values.add_path(relative_name(path, original))
        try:
            if is_dicom(path):
                values.add_file(read(path))
                findings.count("original files read")
            else:
                findings.count("original files that are no DICOM files")
        except (FormatError, OSError):
            unread.append(path)
    if unread:
        message = f"{len(unread)} files or folders of the original could not be read; their values were not looked for."
        findings.add("warning", "values", "", "", message)
    findings.count("values searched", len(values.needles))
    return values


def _audit_file(place: Place, values: SourceValues | None, state: State) -> None:
    """Run everything that needs one released file only."""
    findings = state.findings
    findings.count("files read")
    if values is not None:
        search_name(values, place.name, place.own, findings)
    try:
        reading = read(place.path)
        elements = reading.elements()
    except FormatError as error:
        findings.add("error", "structure", place.name, "", f"This file {error.reason}.")
        return
    codes, header = claimed_codes(elements), top_level(elements)
    state.claimed = codes if state.claimed is None else state.claimed & codes
    state.unmarked += not codes and not header.get(METHOD)
    state.unclaimed += BASIC_CODE not in codes
    check_header(reading, elements, codes, place.name, findings)
    check_descriptors(elements, codes, place.name, findings)
    check_private(elements, codes, place.name, findings)
    check_content(elements, codes, place.name, findings)
    check_marks(elements, place.name, findings)
    check_unexamined(header, place.name, findings)
    check_unused_bits(reading, place.name, findings)
    check_identity(elements, place.patient, place.name, findings)
    state.hierarchy.add(place.group, header, place.name, findings)
    state.beside.add(place.patient, header, elements, len(reading.surplus()), place.name)
    state.references.add(header, elements, place.name)
    state.renewed.add(elements, codes, place.name)
    if values is not None:
        search_file(values, reading, elements, place, codes, findings)


def _audit_dicomdir(place: Place, values: SourceValues | None, state: State) -> None:
    """Compare a DICOMDIR with the files that lie below its folder, and search it for values of the original."""
    state.findings.count("DICOMDIRs read")
    try:
        reading = read(place.path)
    except FormatError as error:
        state.findings.add("error", "structure", place.name, "", f"This file {error.reason}.")
        return
    check_file_set(place, reading, state.places, state.findings)
    if values is not None:
        search_file(values, reading, reading.elements(), place, state.claimed or frozenset(), state.findings)


def _audit_against(original: Path, private: Path | None, state: State) -> dict[str, set[str]]:
    """Compare every released series with the original it came from; return which folders became which."""
    originals = group_originals(original, files_below(original))
    released = group_released((p.group, p.path) for p in state.places if not p.is_mask)
    folders = original_folders(private)

    def is_absent(group: Group) -> bool:
        folder, _ = folders.get(group.name, ("", ""))
        return bool(folder) and not (original / folder).exists()

    pairs, alone, tied = pair_series(released, originals, folders)
    names = {place.path: place.name for place in state.places}
    absent = [group for group in alone if is_absent(group)]
    unknown = [group for group in alone if not is_absent(group)]
    for groups, severity, why in (
        (unknown, "error", "could not be told"),
        (absent, "warning", "is not in this folder of originals"),
        (tied, "warning", "could not be told apart"),
    ):
        for group in groups:
            message = f"The original of this series {why}; its dates, UIDs and voxels were not compared."
            state.findings.add(severity, "pixels", names[next(iter(group.files.values()))], "", message)
    owners: dict[str, set[str]] = {}
    for pair in pairs:
        _audit_series(pair, names, state)
        owners.setdefault(pair.released.name[0], set()).add(pair.original.folder)
    instances = {uid for group in originals for uid in group.instances}
    state.references.judge(instances, state.uids.backward, state.findings)
    state.renewed.judge(state.findings)
    for folder, subject in state.dates.items():
        judge_dates(folder, subject, state.findings)
    return owners


def _audit_series(pair: SeriesPair, names: dict[Path, str], state: State) -> None:
    """Compare the files of one series with their originals."""
    findings = state.findings
    first = names[next(iter(pair.released.files.values()))]
    judge_count(first, pair.released.count, pair.original.count, findings)
    judge_compared(first, pair.missing, len(pair.released.repeated | pair.original.repeated), findings)
    changed = 0
    air: list[float] = []
    outline = Outline()
    claimed: frozenset[str] | None = None
    underived: list[str] = []
    for new_path, old_path in pair.files:
        name = names[new_path]
        try:
            new, old = read(new_path), read(old_path)
        except FormatError:
            continue  # said when the output was read by itself
        after = _by_place(new)
        before = aligned(_by_place(old), after)
        elements = list(after.values())
        header, codes = top_level(elements), claimed_codes(elements)
        claimed = codes if claimed is None else claimed
        state.uids.compare(before, after, codes, name, findings)
        state.pseudonyms.compare(before, after, name, findings)
        compare_values(before, after, codes, name, findings)
        compare_private(new, before, after, codes, name, findings)
        subject = state.dates.setdefault(pair.released.name[0], SubjectDates())
        compare_dates(before, after, date_mark(header, codes), codes, subject, name, findings)
        is_claimed = FEATURES_CODE in codes and header.get(MODALITY) == "CT"
        check_kept(new, old, name, state.altered.get(name, frozenset()), findings)
        compared = compare_pixels(new, old, name, state.masked.get(name), outline if is_claimed else None, findings)
        if compared is not None:
            findings.count("voxels compared", compared.voxels)
            findings.count("voxels changed", compared.changed)
            changed += compared.changed
            air.extend(compared.values)
            underived += [name] * (compared.changed > 0 and is_original(header))
        is_changed = is_said_to_be_changed(new, old) if compared is None else compared.changed > 0
        was, now = (top_level(list(each.values())).get(INSTANCE, "") for each in (before, after))
        state.renewed.compare(was, now, codes, name, findings, is_changed=is_changed)
    judge_series(first, air, findings)
    outline.judge(first, findings)
    check_derived(underived, findings)
    check_removal_claimed(claimed or frozenset(), is_changed=changed > 0, name=first, findings=findings)


def _by_place(reading: Reading) -> dict[ElementPlace, Found]:
    """Return the elements of a file by where they stand."""
    return {found.place: found for found in reading.elements()}
