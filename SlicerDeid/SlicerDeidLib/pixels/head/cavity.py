# SPDX-License-Identifier: Apache-2.0
"""The intracranial cavity: soft tissue enclosed by bone, and the margin that protects it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from SlicerDeidLib.errors import NoHead, PixelError
from SlicerDeidLib.pixels.body import Body
from SlicerDeidLib.pixels.distance import (
    Mask,
    bounding_box,
    closed,
    dilated,
    eroded,
    touching,
)
from SlicerDeidLib.pixels.grid import GRID_MM
from SlicerDeidLib.pixels.head.defect import bulging
from SlicerDeidLib.pixels.runs import Pieces

SOFT_HU = (-50.0, 110.0)  # HU: cerebrospinal fluid, brain, fresh blood, contrast in the tissue; bone's edge is above
BONE_HU = 220.0  # HU on the 2 mm grid: the wall
SCALP_MM = 6.0  # mm: soft tissue that near to the skin is scalp, not brain
EROSIONS_MM = (4.0, 5.0, 6.0, 7.5)  # mm radius: closes ever wider canals (orbit, foramen magnum) until one piece stands
WALL_MM = 5.0  # mm around a piece in which its bone is counted
REGROWN_MM = 1.5  # mm more than the erosion: it ends at grid points
SMALLEST_ML = 20.0  # ml after erosion: smaller pieces are not looked at
TWO_HEADS = "two heads are in view, or one that bone parts in two: only one of them would be kept"
PIECES = 4  # at each erosion, largest first: the brain is among them even beside a thick neck
GOOD_ENCLOSURE = 0.8  # fraction of the shell that is bone: an adult skull has 0.85 and more, neck muscle under 0.3
FULL_ML = 300.0  # ml: from here a larger piece is not a better one
CLEARLY_BETTER = 1.04  # a stronger erosion must gain that factor, or the larger piece stays
END_MM = 6.0  # mm from a cut end: there
POCKET_MM = 16.0  # mm around the cavity soft tissue that bone encloses is brain,
POCKET_ML = 10.0  # ml: of at least; what canals and marrow hold is in pieces of up to 4.4 ml on ordinary heads
CANAL_MM = 3.0  # mm radius: openings of the base that are narrower leave a pocket closed; with 2 mm one was open
SMOOTHING_MM = 6.0  # mm radius: sulci, ventricles and falx belong to the cavity
BESIDE_MM = 6.0  # mm around a vessel full of contrast: as far as erosion and what is regrown reach
APART_MM = 3.0  # mm from the bone around the cavity: what shares grid points with it is nearer
VESSEL_HU = 500.0  # HU on the 2 mm grid: contrast in the wide sinuses is below, the inner table above
PROTECTED_MM = 5.0  # mm: with 3 mm, 0.065 % of the brain changed on a tilted 5 mm series; its rim is missed by 2 to 9 %
LESION_HU = -200.0  # HU: fat of a graft and tumour is above, gas below
LESION_RIM_MM = 3.0  # mm radius: partial volume between bone and brain is thinner than a lesion
LESION_TOUCH = 0.2  # of a lesion's shell is cavity: orbit, sinuses and canals touch it at their ends only
GAS_ML = 0.5  # ml of gas: smaller sinus cells had up to 0.16 of their shell in common with the cavity, larger ones 0.08
MINIMUM_ML = 100.0  # ml: no head in view that a cavity this small can be told from (a vertex or a skull base alone)
MINIMUM_ENCLOSED = 0.5  # fraction
MAXIMUM_ML = 2200.0  # ml: the largest adult cavities hold 1900
LONGEST = 2.6  # longest / shortest extent of a whole cavity: 1.3 to 1.6 for any skull, 1.9 with the upper spinal canal
CUT_AREA = 0.25  # of the largest cross-section: at a cut end the spinal canal has less, a cut brain more
SECOND_ENCLOSED = 0.7  # fraction: another piece as enclosed as that is brain too; ordinary heads have 0.4 and less
SECOND_EROSION_MM = 6.0  # mm: parts it from the first


@dataclass(frozen=True, slots=True, eq=False)
class Cavity:
    """The intracranial cavity on the body's grid.

    Attributes
    ----------
    inside : (z, y, x) bool
        The cavity.
    protected : (z, y, x) bool
        The cavity with what lies beside its vessels, and ``PROTECTED_MM`` around both, as far as no bone lies between;
        where bone is missing, all that may be brain bulging through.
    volume_ml : float
        Of ``inside``.
    enclosed : float
        Fraction of the cavity's shell that is bone; the cut ends of the volume do not count.
    """

    inside: Mask
    protected: Mask
    volume_ml: float
    enclosed: float


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    mask: Mask
    enclosed: float
    score: float


def find_cavity(body: Body, drawn: Mask | None = None) -> Cavity:
    """Find the intracranial cavity.

    Parameters
    ----------
    drawn : (z, y, x) bool, optional
        Where air was put in place of burned-in letters: no gas.

    Raises
    ------
    NoHead
        When no plausible cavity is in view: smaller than 100 ml, larger or longer than any, or less than half enclosed
        by bone.
    PixelError
        When it is not the only one.

    Notes
    -----
    Soft tissue is eroded, 4 to 7.5 mm, until a piece stands that bone encloses. The cut ends of the volume neither
    erode it nor count as open, so heads without vertex or without base work.
    """
    values, known = body.sampled.values, body.sampled.is_scanned
    soft = body.inside & (values > SOFT_HU[0]) & (values < SOFT_HU[1])
    wall = body.inside & (values > BONE_HU)
    piece = _enclosed_piece(body, soft & (body.depth > SCALP_MM), wall)
    if piece is None:
        raise NoHead("no brain was found: no soft tissue is enclosed by bone, as it is in a head CT")
    inside = closed(piece.mask, SMOOTHING_MM) & body.inside & known
    inside |= _lesions(inside, body, soft, wall)
    gas = _gas(inside, body, wall, drawn)
    if gas.any():
        inside = closed(inside | gas, SMOOTHING_MM) & body.inside & known
    inside |= _pockets(inside, body, soft)
    volume_ml = float(inside.sum()) * body.sampled.grid.voxel_ml
    if volume_ml < MINIMUM_ML or piece.enclosed < MINIMUM_ENCLOSED:
        raise NoHead(
            f"the brain could not be told safely: {volume_ml:.0f} ml that may be the inside of the skull, "
            f"{piece.enclosed:.0%} of it enclosed by bone; at least {MINIMUM_ML:.0f} ml and {MINIMUM_ENCLOSED:.0%} are "
            "needed to protect the brain"
        )
    _check_shape(inside, known, volume_ml)
    _check_alone(body, soft & ~dilated(inside, PROTECTED_MM), soft, wall)
    near = dilated(_beside_vessels(inside, body, wall), PROTECTED_MM) & known
    protected = touching(near & (~wall | inside), inside) | (near & wall)
    protected |= bulging(body, protected)
    return Cavity(inside, protected, volume_ml, piece.enclosed)


def _check_shape(inside: Mask, known: Mask, volume_ml: float) -> None:
    """Refuse a cavity that no skull has: the spacing of the series is wrong."""
    extent = [int(np.ptp(places)) + 1 for places in np.nonzero(inside)]
    ends = dilated(~known, GRID_MM)
    ends[[0, -1]] = True
    is_whole = (inside & ends).sum(axis=(1, 2)).max() < CUT_AREA * inside.sum(axis=(1, 2)).max()
    if volume_ml > MAXIMUM_ML or (is_whole and max(extent) > LONGEST * min(extent)):
        raise NoHead(
            f"the inside of the skull would have {volume_ml:.0f} ml and be {max(extent) / min(extent):.1f} times as "
            "long as wide: the spacing of the series contradicts its pixels"
        )


def _check_alone(body: Body, rest: Mask, soft: Mask, wall: Mask) -> None:
    """Refuse another enclosed piece: a second head, or a part of this one behind bone (a tentorium of calcium)."""
    pieces = Pieces(eroded(rest & (body.depth > SCALP_MM), SECOND_EROSION_MM, body.sampled.is_scanned))
    for number in np.argsort(pieces.sizes)[::-1][:PIECES]:
        if pieces.sizes[number] * body.sampled.grid.voxel_ml < SMALLEST_ML:
            return
        second = pieces.mask_of(np.arange(len(pieces.sizes)) == number)
        if _judged(second, SECOND_EROSION_MM, body, soft, wall).enclosed > SECOND_ENCLOSED:
            raise PixelError(TWO_HEADS)


def _enclosed_piece(body: Body, soft: Mask, wall: Mask) -> _Piece | None:
    """Erode until one enclosed component stands; the best of all when none is enclosed well."""
    best: _Piece | None = None
    for by_mm in EROSIONS_MM:
        pieces = Pieces(eroded(soft, by_mm, body.sampled.is_scanned))
        for number in np.argsort(pieces.sizes)[::-1][:PIECES]:
            if pieces.sizes[number] * body.sampled.grid.voxel_ml < SMALLEST_ML:
                break
            core = pieces.mask_of(np.arange(len(pieces.sizes)) == number)
            piece = _judged(core, by_mm, body, soft, wall)
            if best is None or piece.score > best.score * CLEARLY_BETTER:
                best = piece
        if best is not None and best.enclosed > GOOD_ENCLOSURE:
            break
    return best


def _judged(core: Mask, by_mm: float, body: Body, soft: Mask, wall: Mask) -> _Piece:
    """Grow an eroded piece back and measure how much of its shell is bone."""
    box = bounding_box(core, by_mm + REGROWN_MM + WALL_MM)
    mask = np.zeros_like(core)
    mask[box] = dilated(core[box], by_mm + REGROWN_MM) & soft[box]
    shell = dilated(mask[box], WALL_MM) & ~mask[box] & body.inside[box]
    enclosed = float((wall[box] & shell).sum()) / max(1, int(shell.sum()))
    size_ml = float(core.sum()) * body.sampled.grid.voxel_ml
    return _Piece(mask, enclosed, enclosed * min(1.0, size_ml / FULL_ML))


def _beside_vessels(inside: Mask, body: Body, wall: Mask) -> Mask:
    """Return the cavity with what lies around its vessels full of contrast: to the erosion they were a border.

    A vessel is bright and away from the bone around the cavity; so is the deep side of a sinus along that. What is less
    dense than bone beside it and open to the cavity is the rest of the sinus, or the fluid between vessel and bone.
    """
    values = body.sampled.values
    vessels = inside & (values > SOFT_HU[1]) & ~dilated(wall & ~inside, APART_MM)
    open_ = body.inside & body.sampled.is_scanned & (values > SOFT_HU[0]) & (values < VESSEL_HU)
    return touching((dilated(vessels, BESIDE_MM) & open_) | inside, inside)


def _lesions(inside: Mask, body: Body, soft: Mask, wall: Mask) -> Mask:
    """Return what lies open to the cavity and is no soft tissue: enhancing tumour, dense blood, fat of a graft.

    At the base of the skull it would be taken for face otherwise.
    """
    open_ = body.inside & ~inside & ~wall & (body.sampled.values > LESION_HU) & (body.depth > SCALP_MM)
    other = open_ & closed(open_ & ~soft, GRID_MM)  # what contrast stains to the border of both is speckled
    core = eroded(other, LESION_RIM_MM, body.sampled.is_scanned)
    return _touching_widely(core, other, dilated(inside, GRID_MM), wall)


def _gas(inside: Mask, body: Body, wall: Mask, drawn: Mask | None) -> Mask:
    """Return gas inside the skull, after an operation or a fracture, and its rim: no bone parts it from the cavity.

    Where the skull is open to a sinus, the gas of both is one piece; parted by erosion, each is judged by itself.
    """
    gas = body.inside & ~inside & (body.sampled.values < LESION_HU) & (body.depth > SCALP_MM)
    if drawn is not None:
        gas &= ~dilated(drawn, GRID_MM)
    pieces, least = Pieces(gas), GAS_ML / body.sampled.grid.voxel_ml
    gas = pieces.mask_of(pieces.sizes >= least)
    beside = dilated(inside, GRID_MM) & ~wall
    whole = _touching_widely(gas, gas, beside, wall)
    rest = gas & ~whole
    return whole | _touching_widely(eroded(rest, LESION_RIM_MM, body.sampled.is_scanned), rest, beside, wall, least)


def _touching_widely(cores: Mask, of: Mask, beside: Mask, wall: Mask, least: float = 0.0) -> Mask:
    """Return the pieces of a mask that have much of their shell in common with what lies ``beside`` them, and a rim.

    Parameters
    ----------
    cores : (z, y, x) bool
        Where each piece is by itself: the mask, or what erosion by ``LESION_RIM_MM`` leaves of it.
    least : float
        Points of the smallest piece that counts.
    """
    labels, _ = ndimage.label(cores)
    found = np.zeros_like(of)
    margin = int(2 * LESION_RIM_MM / GRID_MM) + 2
    for label, extent in enumerate(ndimage.find_objects(labels), start=1):
        box = tuple(slice(max(0, side.start - margin), side.stop + margin) for side in extent)
        piece = dilated(labels[box] == label, LESION_RIM_MM) & of[box]
        shell = dilated(piece, GRID_MM) & ~piece
        if piece.sum() >= least and (shell & beside[box]).sum() >= LESION_TOUCH * shell.sum():
            found[box] |= dilated(piece, GRID_MM) & ~wall[box]
    return found


def _pockets(inside: Mask, body: Body, soft: Mask) -> Mask:
    """Soft tissue near the cavity that bone parts from it, or that a cut end leaves too thin for the erosion.

    A calcified membrane below a haematoma, or a calcified falx, is bone to every threshold: what lies between it and
    the skull is brain's all the same. It counts where it is large, and parted from all outside the head but for the
    narrow canals of the base; at a cut end where bone, its partial volume included, parts it wholly.
    """
    known = body.sampled.is_scanned
    outside = ~body.inside & known
    near = dilated(inside, POCKET_MM) & soft & ~inside
    passable = known & ~inside & ~(body.inside & (body.sampled.values > SOFT_HU[1]))
    wide = touching(eroded(passable, CANAL_MM), outside)
    pieces = Pieces(near & ~dilated(wide, CANAL_MM + GRID_MM))
    pockets: Mask = pieces.mask_of(pieces.sizes * body.sampled.grid.voxel_ml >= POCKET_ML)
    ends = ~known
    ends[[0, -1]] = True
    at_end = near & dilated(ends, END_MM)
    if at_end.any():
        pockets |= at_end & ~touching(passable, outside)
    return pockets
