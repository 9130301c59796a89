# SPDX-License-Identifier: Apache-2.0
"""Pairs: which original file became which released file, found by geometry and voxels, without key or map."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from unicodedata import normalize

import numpy as np
from pydicom.dataset import Dataset

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.verification.glimpses import Glimpses
from SlicerDeidLib.verification.pixels import differs, stored_values
from SlicerDeidLib.verification.reading import READ_ERRORS, read, read_header, silent_pydicom
from SlicerDeidLib.verification.structure import relative_name

DECIMALS = 3  # mm: positions are decimal strings, which may have been written anew
SAMPLES = 3  # slices of a series whose voxels are compared where geometry alone cannot tell

Geometry = tuple[object, ...]
Level = Callable[[Geometry], Geometry | None]
Holders = Sequence[Mapping[Geometry, Sequence["Group"]]]  # by level
KIND, POSITION, INSTANCE = slice(0, 4), slice(4, 6), slice(6, 7)  # of a geometry; the last is AcquisitionNumber


@dataclass(slots=True)
class Group:
    """The files of one series, by their geometry.

    Attributes
    ----------
    name : tuple of str
        Original: patient and series UID; output: patient folder, scan and series number.
    called : set of str
        Original: its Patient ID and accession numbers, as a map may name them.
    instances : set of str
        Original: its SOP Instance UIDs.
    folder : str
        Original: the patient's folder, in which its first file lies; empty without one.
    """

    name: tuple[str, ...] = field(repr=False)
    files: dict[Geometry, Path] = field(default_factory=dict, repr=False)
    repeated: set[Geometry] = field(default_factory=set, repr=False)
    count: int = 0
    called: set[str] = field(default_factory=set, repr=False)
    instances: set[str] = field(default_factory=set, repr=False)
    folder: str = field(default="", repr=False)

    def add(self, geometry: Geometry, path: Path, uid: str, known_uids: set[str]) -> None:
        """Take a file; a second file of the same instance counts once, two instances at one place pair with none."""
        if uid in known_uids:
            return
        known_uids.add(uid)
        self.count += 1
        if geometry in self.files:
            self.repeated.add(geometry)
        self.files[geometry] = path


@dataclass(frozen=True, slots=True)
class SeriesPair:
    """One released series and the original it came from.

    Attributes
    ----------
    files : tuple of (Path, Path)
        Released file, original file.
    original_count : int
        How many instances the original series has.
    """

    released: Group
    original: Group
    files: tuple[tuple[Path, Path], ...] = field(repr=False)

    @property
    def missing(self) -> int:
        """How many released images have no original that can be told."""
        return len(self.released.files.keys() - self.released.repeated) - len(self.files)


def geometry_of(dataset: Dataset) -> Geometry:
    """Return what de-identification never changes and what tells the slices of a series apart."""
    with silent_pydicom():
        return (
            str(_said(dataset, "SOPClassUID", "")),
            _number(_said(dataset, "Rows")),
            _number(_said(dataset, "Columns")),
            str(_said(dataset, "NumberOfFrames", "1")),
            _numbers(_said(dataset, "ImagePositionPatient")),
            _numbers(_said(dataset, "ImageOrientationPatient")),
            str(_said(dataset, "InstanceNumber", "")),
            _number(_said(dataset, "AcquisitionNumber")),
        )


def _said(dataset: Dataset, keyword: str, default: object = None) -> object:
    """Return what a header says; of an element that cannot be read, what stands for one that is not there."""
    try:
        return dataset.get(keyword, default)
    except READ_ERRORS:
        return default


def group_originals(root: Path, paths: Iterable[Path]) -> list[Group]:
    """Read the headers of all original files below ``root`` and sort them into series."""
    groups: dict[tuple[str, ...], Group] = {}
    uids: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for path in paths:
        dataset = read_header(path)
        if dataset is None:
            continue
        with silent_pydicom():
            name = (
                str(_said(dataset, "PatientID", "")),
                str(_said(dataset, "SeriesInstanceUID", "")),
                str(path.parent),
            )
            uid = str(_said(dataset, "SOPInstanceUID", path))
            called = {
                normalize("NFC", str(_said(dataset, word, ""))).strip() for word in ("PatientID", "AccessionNumber")
            }
        key = name[:2] if name[1] else name
        source = relative_name(path, root).parts
        group = groups.setdefault(key, Group(key, folder=source[0] if len(source) > 1 else ""))
        group.add(geometry_of(dataset), path, uid, uids[key])
        group.called |= called
        group.instances.add(uid)
    return list(groups.values())


def group_released(places: Iterable[tuple[tuple[str, ...], Path]]) -> list[Group]:
    """Read the headers of all released files and sort them into numbered series."""
    groups: dict[tuple[str, ...], Group] = {}
    for name, path in places:
        dataset = read_header(path)
        if dataset is not None:
            groups.setdefault(name, Group(name)).add(geometry_of(dataset), path, str(path), set())
    return list(groups.values())


def pair_series(
    released: Sequence[Group], originals: Sequence[Group], folders: Mapping[tuple[str, ...], tuple[str, str]]
) -> tuple[list[SeriesPair], list[Group], list[Group]]:
    """Find the original of every released series.

    Parameters
    ----------
    folders : mapping
        From the name of a released series to the original's folder and, where the map names it so, one of ``called``,
        as the run's own report says. What that rules out is never compared, however alike: it is somebody else's.

    Returns
    -------
    list of SeriesPair, list of Group, list of Group
        The pairs, the released series that no original fits, and those that several fit alike.
    """
    pairs: list[SeriesPair] = []
    alone: list[Group] = []
    tied: list[Group] = []
    named: dict[tuple[str, str], list[Group]] = defaultdict(list)
    for original in originals:
        for name in {"", *original.called}:
            named[original.folder, name].append(original)
    all_holders = cache(lambda: _holders(originals))
    holders_of = cache(lambda source: _holders(named.get(source, ())))
    glimpses = Glimpses()
    for group in released:
        holders = holders_of(folders[group.name]) if group.name in folders else all_holders()
        levels = range(len(LEVELS))
        alike = next((found for level in levels if (found := _candidates(group, level, holders))), [])
        best = _by_voxels(group, alike, glimpses)
        if len(best) == 1:
            pairs.append(SeriesPair(group, best[0], _files(group, best[0])))
        else:
            (tied if alike else alone).append(group)
    return pairs, alone, tied


def _whole(geometry: Geometry) -> Geometry | None:
    """Return all that tells a slice apart."""
    return geometry


def _without_acquisition(geometry: Geometry) -> Geometry | None:
    """Return what is left where Acquisition Number is not what it was."""
    return geometry[:-1]


def _place(geometry: Geometry) -> Geometry | None:
    """Return where a slice lies, whatever its numbers; None where it does not say."""
    return geometry[KIND] + geometry[POSITION] if any(geometry[POSITION]) else None


def _number_only(geometry: Geometry) -> Geometry | None:
    """Return which image of a series it is, wherever it lies."""
    return geometry[KIND] + geometry[INSTANCE]


LEVELS = (_whole, _without_acquisition, _place)
"""By what a series is known again, the surest first: a header that was changed must not keep it from comparison."""


def _holders(originals: Sequence[Group]) -> Holders:
    """Return which original series hold a slice, by level."""
    holders: list[dict[Geometry, list[Group]]] = [defaultdict(list) for _ in LEVELS]
    for level, known in zip(LEVELS, holders, strict=True):
        for original in originals:
            for key in {key for geometry in original.files if (key := level(geometry)) is not None}:
                known[key].append(original)
    return holders


def _candidates(group: Group, level: int, holders: Holders) -> list[Group]:
    """Return the original series that hold most slices of a released one, and more than half."""
    found: dict[int, Group] = {}
    counts: Counter[int] = Counter()
    for geometry in group.files:
        key = LEVELS[level](geometry)
        for holder in holders[level].get(key, ()) if key is not None else ():
            found[id(holder)] = holder
            counts[id(holder)] += 1
    most = max(counts.values(), default=0)
    if 2 * most <= len(group.files):
        return []
    return sorted((found[one] for one, count in counts.items() if count == most), key=lambda candidate: candidate.name)


def _files(group: Group, chosen: Group) -> tuple[tuple[Path, Path], ...]:
    """Return the files of two series that belong together: by all they say, the rest by less, each once."""
    new = {geometry: path for geometry, path in group.files.items() if geometry not in group.repeated}
    old = {geometry: path for geometry, path in chosen.files.items() if geometry not in chosen.repeated}
    found: list[tuple[Path, Path]] = []
    for level in (*LEVELS, _number_only):
        keys = _single(new, level).items()
        others = _single(old, level)
        for geometry, other in [(geometry, others[key]) for key, geometry in keys if key in others]:
            found.append((new.pop(geometry), old.pop(other)))
    return tuple(found)


def _single(files: Mapping[Geometry, Path], level: Level) -> dict[Geometry, Geometry]:
    """Return the geometries that one level tells apart, by what it says of them."""
    keys = {geometry: level(geometry) for geometry in files}
    counts = Counter(keys.values())
    return {key: geometry for geometry, key in keys.items() if key is not None and counts[key] == 1}


def _by_voxels(group: Group, candidates: Sequence[Group], glimpses: Glimpses) -> Sequence[Group]:
    """Return the candidates that share most voxels: one, or several that share the same."""
    geometries = list(group.files)
    for place in dict.fromkeys(np.linspace(0, len(geometries) - 1, SAMPLES).astype(int).tolist()):
        if len(candidates) < 2:
            break
        path = group.files[geometries[place]]
        others = {number: dict(_files(group, one)).get(path) for number, one in enumerate(candidates)}
        scores = {number: _agreement(path, others[number]) for number in glimpses.nearest(path, others)}
        candidates = [candidates[number] for number, score in scores.items() if score == max(scores.values())]
    return candidates


def _agreement(released: Path, original: Path | None) -> float:
    """Return the fraction of equal stored values; 0 where one of the two cannot be decoded."""
    if original is None:
        return 0.0
    try:
        new, old = stored_values(read(released)), stored_values(read(original))
    except FormatError:
        return 0.0
    return 1.0 - float(np.mean(differs(new, old))) if new.shape == old.shape else 0.0


def _number(value: object) -> str:
    """Return a number as text, whatever the header holds."""
    return "" if value is None else str(value)


def _numbers(values: object) -> tuple[float, ...]:
    """Return rounded coordinates; empty when there are none that can be read."""
    if values is None:
        return ()
    try:
        return tuple(round(float(v), DECIMALS) for v in values)  # type: ignore[attr-defined]
    except READ_ERRORS:
        return ()
