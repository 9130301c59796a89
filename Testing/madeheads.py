# SPDX-License-Identifier: Apache-2.0
"""The program's own heads by name, with what is true of each: its brain, the vessels of its neck, where its face looks.

``CT`` and ``MR`` are what ``Benchmarks/made_heads.py`` measures; truth is known by construction, never by what the
library finds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

import numpy as np
from craniectomy import Defect, make_craniectomy, make_infant
from enhancedseries import write_enhanced
from headthings import (
    NECK_VESSELS,
    Thing,
    angiography,
    bandage,
    contrast,
    cushions,
    dental_metal,
    fontanelle,
    gas_at_base,
    gas_at_side,
    gas_behind,
    gas_in_front,
    gas_in_ventricles,
    gas_of_fracture,
    halo,
    laid_over,
    open_vault,
    sharpened,
    shunt,
    smoothed,
    straps,
    tubes,
)
from mrseries import painted, wrapped
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from SlicerDeidLib.formats.dicom.file import read
from SlicerDeidLib.formats.dicom.pixels import decode, stacks_of
from SlicerDeidLib.model.volume import Volume
from SlicerDeidLib.pixels.head.face import Frame
from SlicerDeidLib.sample import phantom
from SlicerDeidLib.sample.mr import MIDDLE_MM, MRLattice, make_mr_head
from SlicerDeidLib.sample.phantom import Lattice
from SlicerDeidLib.sample.shapes import Section

Mask = NDArray[np.bool_]
FRONT_MM, FLOOR_MM = 75.0, 29.0  # of the made head: its braincase reaches to y = -75, the orbits' roof lies at z = 29
TURNED_ABOUT = np.array([0.0, 10.0, 40.0])  # LPS: the middle of the head
INFANT, NEONATE = 0.65, 0.6  # of an adult's size
NECK_MM = -195.0  # z: a picture of 256 mm around an infant's head reaches down to -182 of an adult's


@dataclass(frozen=True, eq=False)
class MadeHead:
    """A head and what is true of it.

    Attributes
    ----------
    volumes : list of Volume
        One, or the time points of one series.
    intracranial : (k, j, i) bool
    turn, shift, scale
        A point p of the made head lies at ``scale * turn @ p + shift`` in this one.
    """

    volumes: list[Volume]
    intracranial: Mask
    turn: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    shift: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    scale: float = 1.0

    def frame(self) -> Frame:
        """Return where its face looks."""
        axes = self.turn.T
        left, back, up = (float(axis @ self.shift) for axis in axes)
        front = self.scale * FRONT_MM - back
        level = axes[1].astype(np.float32)  # what only the cut asks for
        return Frame(axes.astype(np.float32), front, left, self.scale * FLOOR_MM + up, self.scale, level, front)

    def vessels(self) -> Mask:
        """Return the voxels of the carotids and the vertebrals in the neck, (k, j, i)."""
        volume = self.volumes[0]
        _, rows, columns = volume.shape
        j, i = np.mgrid[:rows, :columns]
        plane = j[..., None] * volume.j_step + i[..., None] * volume.i_step
        found = np.zeros(volume.shape, bool)
        for k, position in enumerate(volume.positions):
            points = ((position + plane - self.shift) @ self.turn / self.scale).astype(np.float32)
            x, y, z = np.moveaxis(points, -1, 0)
            if z.min() < 0:
                found[k] = np.min([shape.distance(Section(x, y, z)) for shape in NECK_VESSELS], axis=0) < 0
        return found

    def turned(self, nod: float = 0.0, roll: float = 0.0, yaw: float = 0.0, moved: tuple[float, ...] = ()) -> MadeHead:
        """Return the same pixels of a head that lies turned about its middle, degrees, and moved, mm."""
        turn = Rotation.from_euler("xyz", [nod, roll, yaw], degrees=True).as_matrix()
        to = TURNED_ABOUT + np.array(moved or (0.0, 0.0, 0.0))
        volumes = [
            replace(
                one,
                positions=(one.positions - TURNED_ABOUT) @ turn.T + to,
                i_step=turn @ one.i_step,
                j_step=turn @ one.j_step,
            )
            for one in self.volumes
        ]
        shift = turn @ (self.shift - TURNED_ABOUT) + to
        return replace(self, volumes=volumes, turn=turn @ self.turn, shift=shift)


Made = Callable[[], MadeHead]
THICK = Lattice(slices=44, spacing_mm=5.0, rows=160, columns=160, pixel_spacing_mm=1.6)
THIN = replace(THICK, slices=110, spacing_mm=2.0)
FINE = Lattice(slices=180, spacing_mm=1.3, rows=320, columns=320, pixel_spacing_mm=0.8)
NECK = replace(THIN, slices=150, spacing_mm=1.8, lowest_mm=-148.0)


def plain(lattice: Lattice, seed: int = 1, noise_hu: float = 6.0, has_holder: bool = True) -> MadeHead:
    """Return the head as it is."""
    head = phantom.make_head(lattice, seed=seed, noise_hu=noise_hu, has_holder=has_holder)
    return MadeHead([head.volume], head.intracranial)


def with_things(lattice: Lattice, *things: Thing) -> MadeHead:
    """Return the head with something on or in it."""
    head = phantom.make_head(lattice)
    return MadeHead([laid_over(head, *things)], head.intracranial)


def kernel(lattice: Lattice, gain: float, noise_hu: float) -> MadeHead:
    """Return the head as a sharp kernel shows it; a negative gain makes it very soft."""
    head = phantom.make_head(lattice, noise_hu=3.0)
    volume = smoothed(head.volume, -gain) if gain < 0 else sharpened(head.volume, gain, noise_hu)
    return MadeHead([volume], head.intracranial)


def scaled(made: MadeHead, scale: float) -> MadeHead:
    """Return a smaller head: the same pixels, of less size."""
    volumes = [
        replace(one, positions=scale * one.positions, i_step=scale * one.i_step, j_step=scale * one.j_step)
        for one in made.volumes
    ]
    return replace(made, volumes=volumes, shift=scale * made.shift, scale=scale * made.scale)


def bone_defect(lattice: Lattice, defect: Defect) -> MadeHead:
    """Return the head after a craniectomy."""
    volume, brain = make_craniectomy(lattice, defect)
    return MadeHead([volume], brain)


def infant(lattice: Lattice, scale: float = INFANT, *things: Thing) -> MadeHead:
    """Return an infant's head, its sutures wide."""
    head = phantom.make_head(lattice)
    small = make_infant(lattice)
    as_large = replace(head, volume=replace(head.volume, stored=small.stored))
    volume = laid_over(as_large, *things) if things else as_large.volume
    return scaled(MadeHead([volume], head.intracranial), scale)


def perfusion(lattice: Lattice, times: int = 4) -> MadeHead:
    """Return time points of one head, its brain brightest at the second."""
    heads = [phantom.make_head(lattice, seed=1 + time, noise_hu=12.0) for time in range(times)]
    for time, head in enumerate(heads):
        head.volume.stored[head.intracranial] += round(60 / (1 + abs(time - 1)))
    return MadeHead([head.volume for head in heads], heads[0].intracranial)


def cases_ct() -> dict[str, Made]:
    """Return all head CTs by name."""
    lattices = {
        "5 mm": THICK, "5 mm of 512 x 512": Lattice(), "3 mm": replace(THICK, slices=75, spacing_mm=3.0),
        "2 mm": THIN, "1.3 mm of 320 x 320": FINE,
        "uneven, 2.5 and 5 mm": replace(
            THICK, positions_mm=(*np.arange(-103.0, 0.0, 2.5), *np.arange(0.0, 120.0, 5.0))
        ),
        "5 mm, tilted 18": replace(THICK, tilt_degrees=18.5), "5 mm, tilted 25": replace(THICK, tilt_degrees=25.0),
        "5 mm, tilted back, descending, padded": replace(
            THICK, tilt_degrees=-15.0, is_descending=True, padding_value=-2000
        ),
        "2 mm, descending": replace(THIN, is_descending=True), "2 mm, tilted 12": replace(THIN, tilt_degrees=12.0),
        "partial: from the nose up": replace(THICK, slices=34, lowest_mm=-45.0),
        "partial: from the brows up": replace(THICK, slices=22, lowest_mm=32.0),
        "partial: without the vertex": replace(THICK, slices=30),
        "partial: up to the brows": replace(THIN, slices=75, lowest_mm=-120.0),
        "partial: from the lips down": replace(THICK, slices=20, lowest_mm=-140.0),
        "partial: nine slices at the eyes": replace(THICK, slices=9, lowest_mm=0.0),
        "partial: slab of 60 mm at the eyes": replace(THIN, slices=30, lowest_mm=-10.0),
        "head and neck": NECK,
        "head and neck, 3 mm, tilted": replace(NECK, slices=90, spacing_mm=3.0, tilt_degrees=10.0),
        "narrow field of view, 205 mm": replace(THIN, rows=128, columns=128),
    }  # fmt: skip
    things: dict[str, tuple[Lattice, tuple[Thing, ...]]] = {
        "straps": (THIN, (straps,)), "straps, 5 mm": (THICK, (straps,)), "bandage": (THIN, (bandage,)),
        "tubes": (THIN, (tubes,)), "tubes, 5 mm": (THICK, (tubes,)), "cushions": (THIN, (cushions,)),
        "straps, tubes and cushions": (THIN, (straps, tubes, cushions)),
        "halo": (THIN, (halo,)), "halo, 5 mm": (THICK, (halo,)),
        "dental metal": (THIN, (dental_metal,)), "dental metal, 5 mm": (THICK, (dental_metal,)),
        "shunt": (THIN, (shunt,)), "shunt, 5 mm": (THICK, (shunt,)),
        "contrast": (THICK, (contrast,)), "contrast, 2 mm": (THIN, (contrast,)), "CTA": (NECK, (angiography,)),
        "open vault": (THIN, (open_vault,)), "open vault, 5 mm": (THICK, (open_vault,)),
        "gas in front": (THIN, (gas_in_front,)), "gas at the base": (THIN, (gas_at_base,)),
        "gas at the base, 5 mm": (THICK, (gas_at_base,)),
        "gas at the base, thin layer": (THIN, (partial(gas_at_base, deep_mm=4.0),)),
        "gas at the base, thick layer, 5 mm": (THICK, (partial(gas_at_base, deep_mm=20.0),)),
        "gas at the base, open to the nose": (THIN, (gas_of_fracture,)),
        "gas at the base, open to the nose, 5 mm": (THICK, (gas_of_fracture,)),
        "gas at a side": (THIN, (gas_at_side,)), "gas behind": (THIN, (gas_behind,)),
        "gas behind, 5 mm": (THICK, (gas_behind,)), "gas in ventricles": (THIN, (gas_in_ventricles,)),
    }  # fmt: skip
    cases: dict[str, Made] = {name: partial(plain, lattice) for name, lattice in lattices.items()}
    cases |= {name: partial(with_things, lattice, *laid) for name, (lattice, laid) in things.items()}
    cases |= {
        "without holder": partial(plain, THIN, has_holder=False),
        "noise of 25 HU": partial(plain, THIN, noise_hu=25.0),
        "bone kernel, 2 mm": partial(kernel, THIN, 1.0, 40.0),
        "bone kernel, 1.3 mm": partial(kernel, FINE, 1.2, 60.0),
        "very soft kernel, 5 mm": partial(kernel, THICK, -1.2, 0.0),
        "perfusion, four times": partial(perfusion, replace(THICK, lowest_mm=-60.0, slices=32)),
        "craniectomy, bulging 15 mm": partial(bone_defect, THIN, Defect()),
        "craniectomy, bulging 15 mm, 5 mm": partial(bone_defect, THICK, Defect()),
        "craniectomy, sunken 10 mm": partial(bone_defect, THIN, Defect(bulge_mm=-10.0)),
        "child, 0.85": lambda: scaled(plain(THIN), 0.85),
        "child, 0.75, 5 mm": lambda: scaled(plain(THICK), 0.75),
        "infant, open sutures": partial(infant, THIN),
        "infant, open sutures, 5 mm": partial(infant, THICK),
        "neonate, open fontanelle": partial(infant, THIN, NEONATE, fontanelle),
        "large head, 1.1": lambda: scaled(plain(THIN), 1.1),
        "nodded 15": lambda: plain(THIN).turned(nod=15.0),
        "nodded back 20": lambda: plain(THIN).turned(nod=-20.0),
        "oblique: rolled 12, yawed 20": lambda: plain(THIN).turned(roll=12.0, yaw=20.0),
        "oblique, 5 mm: nodded 10, rolled 10": lambda: plain(THICK).turned(nod=10.0, roll=10.0),
        "head and neck, nodded 12": lambda: plain(NECK).turned(nod=12.0),
        "upside down header": lambda: plain(THIN).turned(nod=180.0),
    }
    return {f"CT {name}": made for name, made in cases.items()}


def mr(contrast_name: str, lattice: MRLattice, **how: float) -> MadeHead:
    """Return a made head MR."""
    head = make_mr_head(painted(contrast_name, NECK_MM), lattice, **how)
    shift = np.array(MIDDLE_MM) * (1.0 - lattice.scale)
    return MadeHead([head.volume], head.intracranial, shift=shift, scale=lattice.scale)


def folded(contrast_name: str, lattice: MRLattice, axis: int, first: int, width: int) -> MadeHead:
    """Return a made head MR whose picture is too narrow from front to back, and wrapped around."""
    made = mr(contrast_name, lattice)
    stays = np.take(made.intracranial, range(first, first + width), axis)
    return replace(made, volumes=[wrapped(made.volumes[0], axis, first, width)], intracranial=stays)


def as_frames(made: MadeHead) -> MadeHead:
    """Return an MR as it is read from an enhanced multi-frame image whose frames are in no order."""
    with tempfile.TemporaryDirectory(prefix="slicerdeid-") as name:
        write_enhanced(Path(name), made.volumes)
        files = [read(path.read_bytes()) for path in sorted(Path(name).rglob("*")) if path.is_file()]
    volume = stacks_of(files)[0].volume(0, [decode(file) for file in files])
    apart = np.linalg.norm(volume.positions[:, None] - made.volumes[0].positions, axis=-1)
    return replace(made, volumes=[volume], intracranial=made.intracranial[apart.argmin(axis=1)])


def cases_mr() -> dict[str, Made]:
    """Return all head MRs by name."""
    sagittal, axial = MRLattice(), MRLattice("axial", 150, 1.5, 1.5, 150, 150, 1.7)
    coronal = MRLattice("coronal", 150, 1.6, 1.6, 150, 150, 1.6)
    thick = MRLattice("axial", 42, 6.0, 5.0, 160, 160, 1.5)
    thick_sagittal = MRLattice("sagittal", 32, 6.0, 5.0, 160, 160, 1.5)
    fine = MRLattice("sagittal", 176, 1.1, 1.1, 256, 256, 1.0)
    cases: dict[str, Made] = {}
    for name in ("T1", "T2", "FLAIR", "PD"):
        for way, lattice in (("3-D sagittal", sagittal), ("3-D axial", axial), ("3-D coronal", coronal)):
            cases[f"{name}, {way}"] = partial(mr, name, lattice)
        for way, lattice in (("2-D axial", thick), ("2-D sagittal", thick_sagittal)):
            cases[f"{name}, {way}"] = partial(mr, name, lattice)
        cases[f"{name}, 2-D oblique 20"] = partial(mr, name, replace(thick, oblique_degrees=20.0))
    cases |= {
        "T1, 3-D of 256 x 256": partial(mr, "T1", fine),
        "T1, noisy": partial(mr, "T1", sagittal, noise=60.0),
        "T1, strongly shaded": partial(mr, "T1", sagittal, shading=0.5),
        "T1, child": partial(mr, "T1", replace(sagittal, scale=0.8)),
        "T2, child": partial(mr, "T2", replace(sagittal, scale=0.8)),
        "FLAIR, 2-D, child": partial(mr, "FLAIR", replace(thick, scale=0.8)),
        "T1, infant": partial(mr, "T1", replace(sagittal, scale=INFANT)),
        "T2, infant": partial(mr, "T2", replace(axial, scale=INFANT)),
        "T1, nodded 12": lambda: mr("T1", sagittal).turned(nod=12.0),
        "T1, rolled 10, yawed 10": lambda: mr("T1", sagittal).turned(roll=10.0, yaw=10.0),
        "T1, upside down header": lambda: mr("T1", sagittal).turned(nod=180.0),
        "T1, partial: upper half": partial(mr, "T1", replace(axial, slices=75, middle_mm=(0.0, 4.0, 75.0))),
        "T1, wrapped around: the tip of the nose": partial(folded, "T1", sagittal, 2, 10, 112),
        "T1, wrapped around: nose and mouth": partial(folded, "T1", sagittal, 2, 17, 105),
        "T2, 2-D, wrapped around: nose and mouth": partial(folded, "T2", thick, 1, 21, 132),
        "T1, enhanced multi-frame": lambda: as_frames(mr("T1", sagittal)),
        "T2, 2-D, enhanced multi-frame": lambda: as_frames(mr("T2", thick)),
    }
    return {f"MR {name}": made for name, made in cases.items()}


@cache
def defects() -> dict[str, tuple[Lattice, Defect]]:
    """Return the grid of bone defects by name."""
    several = [
        (THIN, Defect(width, bulge, scalp))
        for width in (30.0, 60.0, 90.0, 120.0)
        for bulge in (-15.0, 0.0, 8.0, 15.0, 20.0)
        for scalp in (2.0, 5.0, 8.0)
    ]
    several += [(THIN, Defect(100.0, bulge, scalp, rim_mm=3.0)) for bulge in (8.0, 20.0) for scalp in (5.0, 8.0)]
    several += [(THIN, Defect(width, bulge, remnant_mm=20.0)) for width in (90.0, 120.0) for bulge in (8.0, 15.0)]
    several += [(THIN, Defect(90.0, bulge, 3.0, gas_mm=4.0, gas_hu=-400.0)) for bulge in (0.0, 8.0)]
    several += [(THICK, Defect(width, bulge, 4.0)) for width in (60.0, 110.0) for bulge in (-10.0, 0.0, 20.0)]
    found = {}
    for lattice, d in several:
        name = f"{lattice.spacing_mm:g} mm: width {d.width_mm:g} bulge {d.bulge_mm:g} scalp {d.scalp_mm:g}"
        name += f" rim {d.rim_mm:g}" if d.rim_mm else ""
        name += f" remnant {d.remnant_mm:g}" if d.remnant_mm else ""
        found[name + (f" gas {d.gas_mm:g}" if d.gas_mm else "")] = lattice, d
    return found
