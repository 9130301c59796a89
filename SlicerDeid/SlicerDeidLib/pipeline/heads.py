# SPDX-License-Identifier: Apache-2.0
"""The masks of all series of one head, found before any of them is released: each loses what another loses.

They stay in the private folder, so that a series that joins later loses what was lost before.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.instance import Instance
from SlicerDeidLib.model.plan import Plan, SeriesPlan
from SlicerDeidLib.model.protocols import Executor
from SlicerDeidLib.pipeline.masks import TOGETHER, HeadMasks, MaskStore
from SlicerDeidLib.planning.heads import is_coarse, is_turned, shown

if TYPE_CHECKING:
    from SlicerDeidLib.pipeline.series import SeriesTask

Place = tuple[str, int, int]
"""New ID, scan and number of a series."""
BATCH = 32  # series whose masks are found before the first of them is released: minutes
_NO_LENDER = "no plausible mask was found in series {} either, which lies in another frame of reference"
_DIGITS = 16  # hex digits: 64 bits


@dataclass(slots=True)
class _Head:
    """One head that is defaced in one way.

    Attributes
    ----------
    images : dict of int to tuple of Instance
        Number of a series -> its images, of all in which the head is found by itself.
    names : dict of int to str
        Number of a series -> what its mask is called in the store.
    to_do : list of SeriesPlan
        The series that are about to be released.
    faceless : set of int
        Numbers of series whose pixels showed that no face can be in view.
    """

    prefix: str
    deface: str
    images: dict[int, tuple[Instance, ...]]
    names: dict[int, str]
    to_do: list[SeriesPlan]
    faceless: set[int] = field(default_factory=set)


def place_key(planned: SeriesPlan) -> Place:
    """Return what names a series of a run, as ``SeriesRecord.key``."""
    return planned.subject.deidentification_id, planned.subject.scan, planned.series.number


def batched(plan: Plan, tasks: Sequence[SeriesTask]) -> list[list[SeriesTask]]:
    """Cut what is to be done between patients, where masks come first: or the first image waits for the last mask."""
    heads = Counter(planned.head for planned in plan.series if planned.head)
    if not any(count > 1 for count in heads.values()):
        return [list(tasks)]
    batches: list[list[SeriesTask]] = []
    for task in tasks:
        last = batches[-1] if batches else []
        if not last or (len(last) >= BATCH and last[-1].plan.subject.key != task.plan.subject.key):
            batches.append([])
        batches[-1].append(task)
    return batches


def share_masks(
    plan: Plan,
    to_do: Iterable[SeriesPlan],
    executor: Executor[Any, Any],
    store: MaskStore,
    released: Iterable[Place] = (),
) -> dict[Place, HeadMasks]:
    """Find the masks of all heads that some series show, as far as the store does not have them.

    Parameters
    ----------
    to_do : iterable of SeriesPlan
        The series that are about to be released.
    released : iterable of (str, int, int)
        Series that were released before.

    Returns
    -------
    dict of (str, int, int) to HeadMasks
        What the other series of its head tell each of them; series without others are not in it.
    """
    to_do = list(to_do)
    heads, far = _heads(plan, to_do, store), _far_heads(plan, to_do)
    if not (heads or far):
        return {}
    alone = {name: (head, (n,)) for head in (*far, *heads) for n, name in head.names.items() if not store.has(name)}
    _find(plan, list(alone.values()), executor, store)
    together = [(head, numbers) for head in heads if len(numbers := _parts(head, store)) > 1]
    for head, numbers in together:
        images = [instance for number in numbers for instance in head.images[number]]
        head.names[TOGETHER] = _name(head.prefix, TOGETHER, images, plan)
    _find(plan, [(head, n) for head, n in together if not store.has(head.names[TOGETHER])], executor, store)
    earlier = defaultdict(set)
    for who, scan, number in released:
        earlier[who, scan].add(number)
    found = {
        place_key(planned): _masks(head, planned, store, frozenset(earlier[place_key(planned)[:2]]))
        for head in heads
        for planned in head.to_do
    }
    return _laid(plan, far, executor, store) | found


def _heads(plan: Plan, to_do: Iterable[SeriesPlan], store: MaskStore) -> list[_Head]:
    """Return the heads in which there is something to share."""
    groups: dict[tuple[str, str], list[SeriesPlan]] = defaultdict(list)
    for planned in to_do:
        if planned.head:
            groups[planned.head, planned.deface].append(planned)
    heads = []
    for (head, deface), several in groups.items():
        prefix = f"{head}-{deface}-{plan.policy.deface.depth_mm:g}-"
        mates = {s.series.number: shown(s, plan.policy) for s in plan.series if s.head == head}
        images = {number: images for number, images in mates.items() if not (is_coarse(images) or is_turned(images))}
        names = {number: _name(prefix, number, images[number], plan) for number in images}
        stored = store.stored(prefix).keys()
        if any((names.keys() | stored) - {s.series.number} for s in several):
            heads.append(_Head(prefix, deface, images, names, several))
    return heads


def _far_heads(plan: Plan, to_do: Sequence[SeriesPlan]) -> list[_Head]:
    """Return the one series each of another frame of reference that gives its mask to some that are to be released."""
    planned = {place_key(series): series for series in plan.series}
    borrowers: dict[tuple[Place, str], list[SeriesPlan]] = defaultdict(list)
    for series in to_do:
        if series.lender is not None:
            borrowers[(*place_key(series)[:2], series.lender), series.deface].append(series)
    heads = []
    for (place, deface), several in borrowers.items():
        number, images = place[2], shown(planned[place], plan.policy)
        prefix = f"{planned[place].head}-{deface}-{plan.policy.deface.depth_mm:g}-"
        names = {number: _name(prefix, number, images, plan)}
        heads.append(_Head(prefix, deface, {number: images}, names, several))
    return heads


def _laid(plan: Plan, far: Sequence[_Head], executor: Executor[Any, Any], store: MaskStore) -> dict[Place, HeadMasks]:
    """Lay masks upon series of other frames of reference."""
    if not far:
        return {}
    from SlicerDeidLib.pipeline.lending import LayTask, Lent, lay

    root, policy = plan.index.root, plan.policy
    found: dict[Place, HeadMasks] = {}
    tasks: dict[Place, tuple[int, LayTask]] = {}
    for head in far:
        ((number, images),) = head.images.items()
        mask = store.get(head.names[number])
        for planned in head.to_do:
            if mask is None:
                found[place_key(planned)] = HeadMasks(laid=number, refusal=_NO_LENDER.format(number))
            else:
                tasks[place_key(planned)] = number, LayTask(root, images, mask, shown(planned, policy))
    laid = executor(lay, [task for _, task in tasks.values()]) if tasks else ()
    for (place, (number, _)), answer in zip(tasks.items(), laid, strict=True):
        lent = answer if isinstance(answer, Lent) else Lent(reason=_NO_LENDER.format(number))  # the process died
        others = {number: lent.mask} if lent.mask else {}
        found[place] = HeadMasks(others, borrows=bool(others), laid=number, refusal=lent.reason)
    return found


def _name(prefix: str, number: int, images: Sequence[Instance], plan: Plan) -> str:
    """Return what a mask is called: nothing in it names a patient or an image."""
    pseudonyms = KeyedPseudonyms(plan.key, plan.release, plan.policy.keep_time_of_day)
    parts = [part for image in images for part in (image.sop_instance_uid, str(image.size_bytes))]
    return f"{prefix}{number:03d}-{pseudonyms.digest('mask', chr(0).join(parts))[:_DIGITS]}"


def _find(
    plan: Plan,
    wanted: Sequence[tuple[_Head, Sequence[int]]],
    executor: Executor[Any, Any],
    store: MaskStore,
) -> None:
    """Find masks of single series, or of several together, and put them into the store."""
    if not wanted:
        return
    from SlicerDeidLib.pipeline.lending import Lent, MaskTask, lend

    tasks = [
        MaskTask(
            plan.index.root,
            tuple(head.images[number] for number in numbers),
            replace(plan.policy.deface, method=head.deface),
        )
        for head, numbers in wanted
    ]
    for (head, numbers), lent in zip(wanted, executor(lend, tasks), strict=True):
        number = numbers[0] if len(numbers) == 1 else TOGETHER
        if not isinstance(lent, Lent):  # the process died
            continue
        if lent.is_faceless:
            head.faceless.add(number)
        if lent.mask:
            store.put(head.names[number], lent.mask)


def _parts(head: _Head, store: MaskStore) -> list[int]:
    """Return the series in which a head is looked for together, since one of them shows none by itself."""
    parts = [number for number in head.names if number not in head.faceless]
    is_whole = all(store.has(head.names[number]) for number in parts)
    return [] if is_whole else parts


def _masks(head: _Head, planned: SeriesPlan, store: MaskStore, released: frozenset[int]) -> HeadMasks:
    """Return what the others of its head tell a series."""
    number = planned.series.number
    found = {n: source for n, name in head.names.items() if (source := store.get(name)) is not None}
    absent = {n: source for n, source in store.stored(head.prefix).items() if n not in head.names}
    silent = [n for n in head.names if n not in found and n not in head.faceless and n not in (number, TOGETHER)]
    others = {n: source for n, source in sorted({**absent, **found}.items()) if n != number}
    turned = is_turned(planned.instances)
    return HeadMasks(others, tuple(silent), found.get(number), released, planned.borrows, turned)
