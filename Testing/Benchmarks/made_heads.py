# SPDX-License-Identifier: Apache-2.0
"""Deface all of the program's own heads, of which it is known what is brain, vessel and face; print what was lost.

::

    python Testing/Benchmarks/made_heads.py [--only WORDS...] [--methods METHOD...] [--limit N]
    python Testing/Benchmarks/made_heads.py --craniectomies
    python Testing/Benchmarks/made_heads.py --moved

Every head is defaced as a run does it. Columns: voxels of the brain and of the neck's vessels that went (goal 0; a
skull-stripped head has no neck), facial skin within 1 mm of the old in per cent (goal 2) and relief correlation (goal
0.2; the peel alone does not take the face), both again after a 3 x 3 x 3 median, whether kept voxels are bit-identical,
seconds of the processor, and per 100 slices. Or the reason of a refusal. Rows that miss a goal begin with ``!``.

``--craniectomies``: holes of many widths in the skull, the brain in them bulging or sunken below scalps of several
thicknesses. ``--moved``: two series of one head, which lies otherwise in the second: by how much, and whether that
takes its own mask or one that was borrowed, in its frame of reference or from another one.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial
from pathlib import Path

TESTING = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTING), str(TESTING.parent / "SlicerDeid")]

import numpy as np  # noqa: E402
from face_detectors import median, on_scale, threshold_of  # noqa: E402
from headseries import LATTICES  # noqa: E402
from madeheads import THICK, Made, MadeHead, bone_defect, cases_ct, cases_mr, defects, kernel, plain  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from SlicerDeidLib.errors import DeidError, PixelError  # noqa: E402
from SlicerDeidLib.model.methods import CUTTING  # noqa: E402
from SlicerDeidLib.model.policy import DefacePolicy  # noqa: E402
from SlicerDeidLib.pipeline.masks import NO_MASKS, HeadMasks  # noqa: E402
from SlicerDeidLib.pipeline.repetitions import deface_repetitions, seen_together  # noqa: E402
from SlicerDeidLib.pipeline.voxels import Treated  # noqa: E402
from SlicerDeidLib.pixels.body import Body, find_body  # noqa: E402
from SlicerDeidLib.pixels.grid import grid_around, sample  # noqa: E402
from SlicerDeidLib.pixels.head.finders import find_shared  # noqa: E402
from SlicerDeidLib.pixels.head.lookagain import RELIEF, SKIN_KEPT, FaceLeft, compare, head_alone  # noqa: E402
from SlicerDeidLib.pixels.head.mrbody import find_mr_body  # noqa: E402
from SlicerDeidLib.pixels.head.rigid import Placed, find_place, moved_mask  # noqa: E402
from SlicerDeidLib.pixels.head.shared import packed, unpacked  # noqa: E402
from SlicerDeidLib.planning.heads import FEWEST_SLICES, WIDEST_MM  # noqa: E402

METHODS = ("surface", "face", "surface+face", "skullstrip")
SHARING = ("face", "surface+face")
ALONE_IN_MR = "face"  # what the program does to MR by itself; a refusal of another method tries it
DEPTH_MM = 8.0
BORROWERS = ("ten", "nodding", "slab", "four", "upper", "tilted", "thin", "kernel")
LENDERS = ("thick", "thin")
MOVES: dict[str, dict[str, float]] = {
    "in place": {},
    **{f"nod {n:g}": {"nod": n} for n in (1.0, 3.0, 8.0, 20.0, -5.0)},
    **{f"{way} {n:g}": {way: n} for way, n in (("yaw", 3.0), ("yaw", 12.0), ("roll", 5.0))},
    **{
        f"{n:g} mm {way}": {way: n}
        for way, n in (("back", 2.0), ("back", 6.0), ("up", 3.0), ("up", 15.0), ("aside", 4.0))
    },
    "nod 3, 3 mm back": {"nod": 3.0, "back": 3.0},
    "nod 10, 10 mm up": {"nod": 10.0, "up": 10.0},
}


@dataclass
class Row:
    """What was measured on one head by one method."""

    name: str
    method: str
    refused: str = ""
    is_faceless: bool = False
    brain: int = 0
    vessels: int = 0
    left: list[FaceLeft] = field(default_factory=list)
    is_identical: bool = True
    seconds: float = 0.0
    slices: int = 1
    note: str = ""

    def faults(self) -> list[str]:
        """Return which goals a released head misses."""
        if self.refused:
            return []
        found = ["brain"] * (self.brain > 0) + ["kept voxels"] * (not self.is_identical)
        found += ["vessels"] * (self.vessels > 0 and self.method != "skullstrip")
        found += ["skin"] * any(left.skin_kept > SKIN_KEPT for left in self.left)
        takes_face = self.method in CUTTING or self.method == "skullstrip"
        return found + ["relief"] * (takes_face and any(left.relief > RELIEF for left in self.left))

    def __str__(self) -> str:
        """Return the row of the table."""
        start = f"{'!' if self.faults() else ' '} {self.name:54} {self.method:13}"
        if self.refused:
            return f"{start}refused: {self.refused}"
        if self.is_faceless:
            return f"{start}no face in view, nothing changed"
        left = "".join(f"{100 * one.skin_kept:7.2f}{one.relief:6.2f}" for one in self.left)
        identical = "yes" if self.is_identical else "NO"
        per_100 = 100 * self.seconds / self.slices
        return (
            f"{start}{self.brain:6d}{self.vessels:6d}{left}{identical:>5}{self.seconds:7.2f}{per_100:6.1f}  {self.note}"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--craniectomies", action="store_true")
    parser.add_argument("--moved", action="store_true")
    parser.add_argument("--only", nargs="+", default=[""], metavar="WORDS", help="heads whose name holds one of these")
    parser.add_argument("--methods", nargs="+", choices=METHODS, help="default: all; with --moved those that share")
    parser.add_argument("--limit", type=int, help="only so many heads")
    options = parser.parse_args()
    cases: dict[str, Made] = cases_ct() | cases_mr()
    if options.craniectomies:
        cases = {name: partial(bone_defect, *how) for name, how in defects().items()}
    every = moved_names() if options.moved else list(cases)
    names = [name for name in every if any(words in name for words in options.only)][: options.limit]
    methods = options.methods or (SHARING if options.moved else METHODS)
    head = f"{'brain':>6}{'vess.':>6}{'skin':>7}{'rel.':>6}{'skin':>7}{'rel.':>6}{'same':>5}{'cpu s':>7}{'/100':>6}"
    print(f"  {'head':54} {'method':13}{head}", flush=True)
    rows = []
    for row in (
        moved_rows(names, methods)
        if options.moved
        else made_rows(cases, names, methods, is_timed=not options.craniectomies)
    ):
        print(row, flush=True)
        rows.append(row)
    print_counts(rows)


def print_counts(rows: Sequence[Row]) -> None:
    """Print how many were released, refused, and missed which goal."""
    refused, faceless = sum(bool(row.refused) for row in rows), sum(row.is_faceless for row in rows)
    faults = Counter(fault for row in rows for fault in row.faults())
    print(f"{len(rows)} rows: {len(rows) - refused - faceless} released, {faceless} without a face in view, ", end="")
    print(f"{refused} refused; of those released miss a goal: {sum(bool(row.faults()) for row in rows)} {dict(faults)}")


def made_rows(cases: dict[str, Made], names: Sequence[str], methods: Sequence[str], *, is_timed: bool) -> Iterator[Row]:
    """Measure heads by themselves; where no time is taken, what was found for one method serves the next."""
    for name in names:
        made = cases[name]()
        known: dict[str, object] = {}
        for method in sorted(methods, key=lambda each: made.volumes[0].unit == "" and each != ALONE_IN_MR):
            if is_timed and (made.volumes[0].unit or method == ALONE_IN_MR):
                known = {}
            yield measured(name, made, method, known)


def moved_names() -> list[str]:
    """Return what is moved, from what, and how."""
    frames = ("same frame", "other frame")
    every = itertools.product(BORROWERS, LENDERS, frames, MOVES)
    return [
        f"{to} from {of}, {frame}: {move}"
        for to, of, frame, move in every
        if to != of and (frame == "same frame" or is_coarse(series(to)))
    ]


def moved_rows(names: Sequence[str], methods: Sequence[str]) -> Iterator[Row]:
    """Measure what becomes of a head that lies otherwise than in the series that lends its mask."""
    for name in names:
        pair, move = name.split(": ")
        to, of = pair.split(", ")[0].split(" from ")
        how = dict(MOVES[move])
        aside = tuple(how.pop(way, 0.0) for way in ("aside", "back", "up"))
        made, known = series(to).turned(**how, moved=aside), {}
        placed = placed_in(of, made) if "other frame" in pair else None
        for method in methods:
            yield measured(name, made, method, known, lent(of, made, method, placed))


@cache
def series(name: str) -> MadeHead:
    """Return one series of the head that others have, too, with its own noise."""
    if name == "kernel":
        return kernel(THICK, 1.0, 30.0)
    return plain(LATTICES[name], seed=1 + list(LATTICES).index(name))


@cache
def shared_mask(name: str, method: str) -> bytes:
    """Return what a series lends."""
    return packed(find_shared(series(name).volumes[0], DefacePolicy(method, DEPTH_MM)))


def is_coarse(made: MadeHead) -> bool:
    """Tell whether a head is not looked for in a series by itself."""
    volume = made.volumes[0]
    places = volume.positions @ volume.normal
    return len(places) < FEWEST_SLICES or float(np.median(np.diff(places))) > WIDEST_MM


def placed_in(of: str, made: MadeHead) -> Placed | str:
    """Return where the head of a series lies in that of another frame of reference, or why that cannot be told."""
    try:
        return find_place(series(of).volumes[0], made.volumes[0])
    except PixelError as error:
        return error.reason


def lent(of: str, made: MadeHead, method: str, placed: Placed | str | None) -> HeadMasks:
    """Return the mask that a series lends another one: as it lies, or laid upon it."""
    mask = shared_mask(of, method)
    if placed is None:
        return HeadMasks({1: mask}, borrows=is_coarse(made))
    if isinstance(placed, str):
        return HeadMasks(laid=1, refusal=placed)
    laid = moved_mask(unpacked(mask), placed, grid_around(made.volumes[0]))
    return HeadMasks({1: packed(laid)}, borrows=True, laid=1)


def measured(name: str, made: MadeHead, method: str, known: dict[str, object], others: HeadMasks = NO_MASKS) -> Row:
    """Deface a head, and compare what came out with what is true of it."""
    volumes = [replace(volume) for volume in made.volumes]
    slices = sum(len(volume.stored) for volume in volumes)
    began = time.process_time()
    try:
        every = deface_repetitions(
            [(volume, list(range(len(volume.stored)))) for volume in volumes],
            DefacePolicy(method, DEPTH_MM),
            known,
            others,
        )
    except DeidError as error:
        return Row(name, method, refused=error.reason)
    row = Row(name, method, seconds=time.process_time() - began, slices=slices)
    mask = every[0].mask
    if mask is None:
        row.is_faceless = True
        return row
    row.brain = sum(int((made.intracranial & ~one.mask.keep).sum()) for one in every if one.mask is not None)
    row.vessels = int((vessels_of(made) & ~mask.keep).sum())
    row.is_identical = all(is_kept(one) for one in every)
    body = body_of(made)
    row.left = [left_of(made, body, every[0].after), left_of(made, body, median(every[0].after))]
    row.note = "borrowed" if mask.measures.get("is_borrowed") else ""
    if mask.measures.get("elsewhere_series"):
        row.note = "own: lies elsewhere"
    return row


def is_kept(treated: Treated) -> bool:
    """Tell whether what a mask keeps is bit-identical, and the rest of one value."""
    assert treated.mask is not None
    keep, before, after = treated.mask.keep, treated.before.stored, treated.after
    return bool(np.array_equal(after[keep], before[keep])) and len(np.unique(after[~keep])) <= 1


@lru_cache(1)
def vessels_of(made: MadeHead) -> NDArray[np.bool_]:
    """Return the voxels of the neck's vessels."""
    return made.vessels()


@lru_cache(1)
def body_of(made: MadeHead) -> Body:
    """Return the head's body on the analysis grid."""
    volume = seen_together(made.volumes)
    return find_body(sample(volume, grid_around(volume))) if volume.unit else find_mr_body(volume).body


def left_of(made: MadeHead, body: Body, stored: NDArray[np.integer]) -> FaceLeft:
    """Return what is left of the face, where it is known to look."""
    volume = made.volumes[0]
    after = on_scale(replace(volume, stored=stored), body.sampled.grid, threshold_of(volume))
    return compare(body, head_alone(body), after, made.frame(), must_show=False)


if __name__ == "__main__":
    main()
