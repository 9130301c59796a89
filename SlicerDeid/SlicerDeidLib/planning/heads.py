# SPDX-License-Identifier: Apache-2.0
"""Which series show one head: those of one study in one frame of reference; and which take their mask from others.

Few or thick slices of a CT without such others take it from a series of the study in another frame of reference.
Reformats of a CT take it from the axial slices in their own, or are refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.instance import Instance
from SlicerDeidLib.model.plan import SeriesPlan, Verdict
from SlicerDeidLib.model.policy import Policy
from SlicerDeidLib.planning.places import places_mm
from SlicerDeidLib.planning.verdicts import BY_NAME, NO_REFORMAT, SHARING, is_reformat, judge

FEWEST_SLICES = 5  # of which a head is found by itself
WIDEST_MM = 7.0  # mm between slices: farther apart, skin and skull between them are guessed
_ASKED = (
    "too few slices to find a head in: its mask comes from series {} of the same study, which lies in another frame of "
    "reference, where the one can be laid upon the other safely"
)
_NO_LENDER = (
    f"{NO_REFORMAT} by itself: its mask would come from axial slices of the same study in its frame of reference, and "
    "there are none"
)
_DIGITS = 16  # hex digits: 64 bits


def with_heads(planned: Sequence[SeriesPlan], policy: Policy, pseudonyms: KeyedPseudonyms) -> list[SeriesPlan]:
    """Say of the series of one patient which of them show one head.

    Series that are left out by choice belong to it, for they show what others may lose.
    """
    instances = {series.series.number: shown(series, policy) for series in planned}
    heads = {series.series.number: _head_of(series, instances[series.series.number], pseudonyms) for series in planned}
    coarse = {number for number, several in instances.items() if several and is_coarse(several)}
    turned = {number for number, several in instances.items() if is_turned(several)}
    lent = coarse | turned
    result = []
    for series in planned:
        number = series.series.number
        head = heads[number]
        mates = [n for n, its in heads.items() if head and its == head and n != number and n not in lent]
        borrows = number in lent and bool(mates)
        lender = None
        if series.verdict is Verdict.RELEASE and number in turned and not mates:
            result.append(SeriesPlan(series.series, series.subject, Verdict.REFUSE, f"{_NO_LENDER}; {BY_NAME}"))
            continue
        if number in coarse and head and not mates:
            fine = {n: its for n, its in instances.items() if heads[n] and n not in lent}
            lender = _lender(instances[number], fine)
        notes = series.notes
        if series.verdict is Verdict.RELEASE and mates:
            why = "a reformat" if number in turned else "too few slices to find a head in"
            notes += (_note(mates, why if borrows else ""),)
        elif series.verdict is Verdict.RELEASE and lender is not None:
            notes += (_ASKED.format(lender),)
        result.append(replace(series, head=head, borrows=borrows or lender is not None, lender=lender, notes=notes))
    return result


def shown(series: SeriesPlan, policy: Policy) -> tuple[Instance, ...]:
    """Return the images of a series that make one volume in which a head is defaced; none where there is no such."""
    instances = series.instances
    if series.verdict is Verdict.LEAVE_OUT and not series.left_out:
        judgement = judge(series.series, policy, frozenset())
        series = replace(series, deface=judgement.deface, frames=judgement.frames, verdict=judgement.verdict)
        instances = tuple(judgement.instances)
    is_released = series.verdict is Verdict.RELEASE
    return instances if is_released and series.deface in SHARING and not series.frames else ()


def is_coarse(instances: Sequence[Instance]) -> bool:
    """Tell whether slices are too few or too far apart to find a head in them by themselves.

    Of several frames in one image that is not known before they are read.
    """
    if any(instance.number_of_frames > 1 for instance in instances):
        return False
    places = places_mm(instances)
    if len(instances) < FEWEST_SLICES or places is None:
        return len(instances) < FEWEST_SLICES
    return len(places) < FEWEST_SLICES or float(np.median(np.diff(places))) > WIDEST_MM


def is_turned(instances: Sequence[Instance]) -> bool:
    """Tell whether images of a CT are no axial slices as they were measured, but computed from such."""
    return any(i.modality == "CT" and i.number_of_frames <= 1 and is_reformat(i) for i in instances)


def _head_of(series: SeriesPlan, instances: Sequence[Instance], pseudonyms: KeyedPseudonyms) -> str:
    """Return what names the head that images show; empty where study or frame of reference are not one."""
    places = {(i.study_instance_uid, i.frame_of_reference_uid, i.modality) for i in instances}
    if len(places) != 1 or not all(next(iter(places))):
        return ""
    return pseudonyms.digest("head", "\0".join((series.subject.key, *next(iter(places)))))[:_DIGITS]


def _lender(images: Sequence[Instance], others: Mapping[int, Sequence[Instance]]) -> int | None:
    """Return which series gives its mask to images in another frame of reference: the one with most places."""
    study, modality = images[0].study_instance_uid, images[0].modality
    lenders = [n for n, its in others.items() if (its[0].study_instance_uid, its[0].modality) == (study, modality)]
    places = {n: places_mm(others[n]) for n in lenders}
    counts = {n: 0 if found is None else len(found) for n, found in places.items()}
    return max(counts, key=lambda n: (counts[n], -n), default=None) if modality == "CT" else None


def _note(others: Sequence[int], why: str) -> str:
    """Say with which other series a head is worked on; ``why`` it takes its mask from them, where it does."""
    which = ", ".join(map(str, others))
    if why:
        return f"{why}: its mask comes from series {which} of the same head"
    return f"one head with series {which}: it loses what any of them loses"
