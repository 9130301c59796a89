# SPDX-License-Identifier: Apache-2.0
"""The pixel steps of one series: deface, then redact text. Stored values in, stored values out."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from SlicerDeidLib.errors import NoHead, PixelError, SeriesRefused
from SlicerDeidLib.formats.dicom.file import DicomFile
from SlicerDeidLib.model.policy import DefacePolicy, TextPolicy
from SlicerDeidLib.model.regions import RegionRule
from SlicerDeidLib.model.volume import HeadMask, TextBox, Volume
from SlicerDeidLib.pipeline.masks import NO_MASKS, HeadMasks
from SlicerDeidLib.pipeline.regions import regions_of
from SlicerDeidLib.pipeline.texts import last_step, redact_stepwise

AUTOMATIC, AUTOMATIC_CT = "face", "surface+face"
"""What ``auto`` does to a head in MR and in CT: where bone under the skin is not seen, skin is not peeled."""


@dataclass(frozen=True, slots=True, eq=False)
class Treated:
    """A volume after the pixel steps.

    Attributes
    ----------
    before : Volume
        As it was read; where air was put into it in place, as ``after``.
    after : (k, j, i) array
        Stored values; the same array as ``before.stored`` where nothing changed.
    order : list of int
        ``order[k]`` is the place of slice ``k`` in the files that were given.
    changed : frozenset of int
        The slices ``k`` that differ from what was read.
    is_face_excluded : bool
        Whether the pixels showed that no face can be in view.
    is_text_examined : bool
        Whether an OCR engine has read all slices, and reads nothing in them any more.
    """

    before: Volume
    after: NDArray[np.integer]
    order: list[int]
    changed: frozenset[int] = frozenset()
    mask: HeadMask | None = None
    boxes: tuple[TextBox, ...] = ()
    is_face_excluded: bool = False
    is_text_examined: bool = False
    measures: dict[str, float] = field(default_factory=dict)


def filled_boxes(files: Sequence[DicomFile], order: Sequence[int], rules: Sequence[RegionRule]) -> list[TextBox]:
    """Return what a site's rules fill in the slices of a volume whatever is written there."""
    return [
        replace(box, frame=k)
        for k, number in enumerate(order)
        for box in regions_of(files[number], rules, tuple, is_declared=False).boxes
    ]


def treat_volume(volume: Volume, order: list[int], deface: DefacePolicy, text: TextPolicy) -> Treated:
    """Deface and redact a volume.

    Raises
    ------
    PixelError
        If a mask is not plausible, or text can still be read.
    SeriesRefused
        If no head can be found, and a face cannot be excluded either.
    """
    defaced = filled(masked(volume, order, deface), deface.air_value)
    return redact_treated(defaced, text, deface.air_value)


def masked(
    volume: Volume,
    order: list[int],
    deface: DefacePolicy,
    known: dict[str, object] | None = None,
    others: HeadMasks = NO_MASKS,
) -> Treated:
    """Find what stays of a head, and change nothing yet; see ``treat_volume``.

    Parameters
    ----------
    known : dict, optional
        What an earlier call found of this very volume; what is found now is added.
    others : HeadMasks
        The masks of other series of its head.
    """
    mask, is_excluded, measures = _head(volume, deface, known, others)
    return Treated(volume, volume.stored, order, mask=mask, is_face_excluded=is_excluded, measures=measures)


def filled(treated: Treated, air_value: float | None, *, in_place: bool = False) -> Treated:
    """Put air in place of what was removed: in a copy, or ``in_place`` where nobody looks at the volume again.

    In place half the memory is needed, and new memory costs more time than filling it.
    """
    if treated.mask is None:
        return treated
    from SlicerDeidLib.pixels.air import fill_air, stored_air

    air = stored_air(treated.before, air_value)
    after = treated.before.stored if in_place else treated.before.stored.copy()
    return replace(treated, after=after, changed=fill_air(after, treated.mask.keep, air))


def redact_treated(
    treated: Treated, text: TextPolicy, air_value: float | None, boxes: Sequence[TextBox] = ()
) -> Treated:
    """Do the second step: take the text out of what defacing left; ``boxes`` are filled whatever is written there."""
    return last_step(redact_treated_stepwise(treated, text, air_value, boxes))


def redact_treated_stepwise(
    treated: Treated, text: TextPolicy, air_value: float | None, boxes: Sequence[TextBox] = ()
) -> Generator[tuple[TextBox, ...], None, Treated]:
    """Do as ``redact_treated``, and yield the boxes that were read so far as soon as there are more."""
    keep = None if treated.mask is None else treated.mask.keep
    volume = replace(treated.before, stored=treated.after)
    redacted = yield from redact_stepwise(volume, keep, text, air_value, boxes)
    changed = treated.changed
    if redacted.after is not treated.after:
        pairs = zip(redacted.after, treated.after, strict=True)
        changed |= {k for k, planes in enumerate(pairs) if not np.array_equal(*planes)}
    return replace(
        treated,
        after=redacted.after,
        changed=changed,
        boxes=redacted.boxes,
        is_text_examined=redacted.is_examined,
    )


def _head(
    volume: Volume, deface: DefacePolicy, known: dict[str, object] | None, others: HeadMasks
) -> tuple[HeadMask | None, bool, dict[str, float]]:
    """Find what stays of the head; None where nothing is removed.

    The method is asked first: only where it finds no head may a face be excluded.
    """
    if deface.method == "none":
        return None, False, {}
    from SlicerDeidLib.pixels.head.view import head_in_view

    deface = resolved(deface, volume.unit)
    try:
        mask = _found(volume, deface, known, others)
    except NoHead as no_head:
        view = head_in_view(volume)
        if view.is_excluded:
            return None, True, dict(view.measures)
        raise SeriesRefused(
            f"no head could be defaced ({no_head.reason}) and a face may be in view ({view.reason}); leave the series "
            "out: only --deface none by name would release it, recognisable"
        ) from no_head
    return mask, False, dict(mask.measures)


def resolved(deface: DefacePolicy, unit: str) -> DefacePolicy:
    """Name the method where ``auto`` leaves it to the kind of image; ``unit`` is that of its volume."""
    automatic = AUTOMATIC_CT if unit else AUTOMATIC
    return replace(deface, method=automatic) if deface.method == "auto" else deface


def _neither(alone: PixelError, borrowing: PixelError) -> PixelError:
    """Return why a head was found neither by itself nor by the masks of other series of it."""
    return type(alone)(f"{alone.reason}; by the other series of its head: {borrowing.reason}")


def _found(volume: Volume, deface: DefacePolicy, known: dict[str, object] | None, others: HeadMasks) -> HeadMask:
    """Find a head by itself, joined with the masks of other series of it, or by theirs alone.

    Raises
    ------
    PixelError
        Why it was found in no way.
    """
    from SlicerDeidLib.pixels.registry import head_finder

    if others.is_turned:
        from SlicerDeidLib.pixels.head.finders import find_borrowed

        if not others.others:
            raise PixelError("a reformat takes its mask from axial slices of the head, and none was found in them")
        return find_borrowed(volume, deface, others.read())
    if not others.others:
        try:
            return head_finder(deface.method)(volume, deface, known)
        except PixelError as alone:
            raise type(alone)("; ".join(filter(None, (alone.reason, others.refusal)))) from alone
    from SlicerDeidLib.pixels.head.finders import find_borrowed, find_head
    from SlicerDeidLib.pixels.head.shared import still_shown_ml

    masks = others.read()
    if others.borrows:
        try:
            return find_borrowed(volume, deface, masks)
        except PixelError as borrowing:  # a mask that does not fit takes, and shelters, what is not the face
            try:
                return find_head(volume, deface, known)
            except PixelError as alone:
                raise _neither(alone, borrowing) from alone
    try:
        mask = find_head(volume, deface, known, masks)
    except PixelError as alone:
        if volume.unit != "HU":  # nothing is lent to it, which is no news of this head
            raise
        try:
            return find_borrowed(volume, deface, masks)
        except PixelError as borrowing:
            raise _neither(alone, borrowing) from alone
    if others.own is None or not others.released:
        return mask
    shown = {"still_shown_ml": still_shown_ml(others.read_own(), others.read_released())}
    return replace(mask, measures={**mask.measures, **shown})
