# SPDX-License-Identifier: Apache-2.0
"""Pairs: which original file became which released file, found by geometry and voxels, without key or map."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from SlicerDeidLib.errors import FormatError
from SlicerDeidLib.verification.pixels import stored_values
from SlicerDeidLib.verification.reading import READ_ERRORS, read, read_header, silent_pydicom

DECIMALS = 3  # mm: positions are decimal strings, which may have been written anew
SAMPLES = 3  # slices of a series whose voxels are compared where geometry alone cannot tell

Geometry = tuple[object, ...]


@dataclass(slots=True)
class Group:
    """The files of one series, by their geometry.

    Attributes
    ----------
    name : tuple of str
        Original: patient and series UID; output: patient folder, scan and series number.
    """

    name: tuple[str, ...] = field(repr=False)
    files: dict[Geometry, Path] = field(default_factory=dict, repr=False)
    repeated: set[Geometry] = field(default_factory=set, repr=False)
    count: int = 0

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


def geometry_of(dataset: Dataset) -> Geometry:
    """Return what de-identification never changes and what tells the slices of a series apart."""
    with silent_pydicom():
        return (
            str(dataset.get("SOPClassUID", "")),
            _number(dataset.get("Rows")),
            _number(dataset.get("Columns")),
            str(dataset.get("NumberOfFrames", "1")),
            _numbers(dataset.get("ImagePositionPatient")),
            _numbers(dataset.get("ImageOrientationPatient")),
            str(dataset.get("InstanceNumber", "")),
            _number(dataset.get("AcquisitionNumber")),
        )


def group_originals(paths: Iterable[Path]) -> list[Group]:
    """Read the headers of all original files and sort them into series."""
    groups: dict[tuple[str, ...], Group] = {}
    uids: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for path in paths:
        dataset = read_header(path)
        if dataset is None:
            continue
        with silent_pydicom():
            name = (str(dataset.get("PatientID", "")), str(dataset.get("SeriesInstanceUID", "")), str(path.parent))
            uid = str(dataset.get("SOPInstanceUID", path))
        key = name[:2] if name[1] else name
        groups.setdefault(key, Group(key)).add(geometry_of(dataset), path, uid, uids[key])
    return list(groups.values())


def group_released(places: Iterable[tuple[tuple[str, ...], Path]]) -> list[Group]:
    """Read the headers of all released files and sort them into numbered series."""
    groups: dict[tuple[str, ...], Group] = {}
    for name, path in places:
        dataset = read_header(path)
        if dataset is not None:
            groups.setdefault(name, Group(name)).add(geometry_of(dataset), path, str(path), set())
    return list(groups.values())


def pair_series(released: Sequence[Group], originals: Sequence[Group]) -> tuple[list[SeriesPair], list[Group]]:
    """Find the original of every released series.

    Returns
    -------
    list of SeriesPair, list of Group
        The pairs, and the released series whose original could not be told.
    """
    holders: dict[Geometry, list[Group]] = defaultdict(list)
    for original in originals:
        for geometry in original.files:
            holders[geometry].append(original)
    pairs: list[SeriesPair] = []
    alone: list[Group] = []
    for group in released:
        candidates = _candidates(group, holders)
        chosen = candidates[0] if len(candidates) == 1 else _by_voxels(group, candidates)
        if chosen is None:
            alone.append(group)
            continue
        common = [g for g in group.files if g in chosen.files and g not in group.repeated | chosen.repeated]
        pairs.append(SeriesPair(group, chosen, tuple((group.files[g], chosen.files[g]) for g in common)))
    return pairs, alone


def _candidates(group: Group, holders: dict[Geometry, list[Group]]) -> list[Group]:
    """Return the original series that hold every slice of a released one."""
    found: dict[int, Group] | None = None
    for geometry in group.files:
        here = {id(holder): holder for holder in holders.get(geometry, ())}
        found = here if found is None else {key: found[key] for key in found.keys() & here.keys()}
    return sorted((found or {}).values(), key=lambda candidate: candidate.name)


def _by_voxels(group: Group, candidates: Sequence[Group]) -> Group | None:
    """Return the one candidate that shares most voxels; None when two share the same."""
    geometries = list(group.files)
    for place in dict.fromkeys(np.linspace(0, len(geometries) - 1, SAMPLES).astype(int).tolist()):
        if len(candidates) < 2:
            break
        geometry = geometries[place]
        scores = [_agreement(group.files[geometry], candidate.files[geometry]) for candidate in candidates]
        candidates = [c for c, score in zip(candidates, scores, strict=True) if score == max(scores)]
    return candidates[0] if len(candidates) == 1 else None


def _agreement(released: Path, original: Path) -> float:
    """Return the fraction of equal stored values; 0 where one of the two cannot be decoded."""
    try:
        new, old = stored_values(read(released)), stored_values(read(original))
    except FormatError:
        return 0.0
    return float(np.mean(new == old)) if new.shape == old.shape else 0.0


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
