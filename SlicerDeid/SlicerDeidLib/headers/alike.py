# SPDX-License-Identifier: Apache-2.0
"""Headers alike: what became of the attributes that all instances of a series share is not worked out again.

What becomes of an attribute depends on its own bytes, on the attributes of its place that its step reads, and on what
holds for the instance as a whole: its character set and time zone, its SOP class, what it shows of the subject, the
UIDs that it maps, its dates where numbers are compared with them. Where two instances are the same in all of that, so
is the outcome. Attributes that depend on one that differs are worked on with it; an instance that differs in what holds
for the whole is worked on as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from SlicerDeidLib.headers import act, filemeta
from SlicerDeidLib.headers.engine import HeaderContext, HeaderEngine, engine_of
from SlicerDeidLib.headers.numberdates import Days
from SlicerDeidLib.headers.private import creator_tag, is_creator, is_private
from SlicerDeidLib.headers.search.sweep import suspicious_paths, uids_in
from SlicerDeidLib.model.element import Element, Elements
from SlicerDeidLib.model.record import Change
from SlicerDeidLib.standard.tables import CONTENT_SEQUENCE

_SOP_CLASS_UID, _SOP_INSTANCE_UID = 0x00080016, 0x00080018


def bound_together(
    original: Elements, done: Elements, varying: Mapping[int, str], context: HeaderContext
) -> dict[int, str] | None:
    """Return the attributes that must be worked on together with those that vary, these included.

    Parameters
    ----------
    original, done : Elements
        A data set as read, and after the whole way.
    varying : mapping of int to str
        Tags at the top level, with their VR, in which the instances differ; empty where the VR does, too.

    Returns
    -------
    dict or None
        As ``varying``; None where something varies, or is there, on which the whole instance depends.
    """
    engine = _engine_of(original, context)
    bound = _closed(varying, original, engine)
    bound = _closed(bound | _lonely_creators(original, done, bound, engine), original, engine)
    is_set = any(tag in done and not _is_same(one, done[tag]) for tag, one in original.items() if is_creator(tag))
    if not engine.whole.isdisjoint(bound) or CONTENT_SEQUENCE in original or is_set:
        return None
    return bound


def _closed(varying: Mapping[int, str], original: Elements, engine: HeaderEngine) -> dict[int, str]:
    """Return attributes with all that depend on them or on which they depend, and with what private creators own."""
    bound = dict(varying)
    known = {**{tag: element.vr for tag, element in original.items()}, **bound}
    reads = {tag: engine.level.step(tag, vr).reads for tag, vr in known.items() if vr and not is_private(tag)}
    size = -1
    while len(bound) > size:
        size = len(bound)
        read_by_bound = set(chain.from_iterable(reads.get(tag, ()) for tag in bound))
        for tag, element in original.items():
            is_reader = not reads.get(tag, frozenset()).isdisjoint(bound)
            is_owned = is_private(tag) and creator_tag(tag) in bound and not is_creator(tag)
            if tag in read_by_bound or is_reader or is_owned:
                bound[tag] = element.vr
    return bound


def _lonely_creators(
    original: Elements, done: Elements, bound: Mapping[int, str], engine: HeaderEngine
) -> dict[int, str]:
    """Return the creators of private blocks that stay only with an element that varies, if at all."""
    kept_in = {creator_tag(tag) for tag in done if is_private(tag) and not is_creator(tag) and tag not in bound}
    mine = {
        creator_tag(tag)
        for tag, vr in bound.items()
        if is_private(tag) and not is_creator(tag) and _may_stay(tag, vr, original, engine)
    }
    return {tag: original[tag].vr for tag in mine - kept_in if tag in original}


def _may_stay(tag: int, vr: str, original: Elements, engine: HeaderEngine) -> bool:
    """Say whether there are values with which a private element stays."""
    return not vr or engine.level.step_at(Element(tag, vr), original).act is not act.remove


class AlikeHeaders:
    """The headers of instances that differ from one that is done in ``bound`` attributes only.

    Parameters
    ----------
    meta, original, done : Elements
        Of the instance that is done: the file meta information as read, and as in ``bound_together``.
    bound : mapping of int to str
        As ``bound_together`` returned it.
    context : HeaderContext
        With which that instance was the last that was de-identified.

    Attributes
    ----------
    shared, kept : Elements
        What every instance holds besides its own ``bound`` attributes, as read and after the whole way.
    """

    def __init__(
        self, meta: Elements, original: Elements, done: Elements, bound: Mapping[int, str], context: HeaderContext
    ) -> None:
        self._engine = _engine_of(original, context)
        self._context = context
        self._family = context.family
        self._charset = _charset_of(original)
        self._written_charset = _charset_of(done)
        self._like = self._engine.begin(meta, original, context)
        self.shared = {tag: element for tag, element in original.items() if tag not in bound}
        self.kept = {tag: element for tag, element in done.items() if tag not in bound}
        self._instance = {tag: one for tag, one in self.kept.items() if tag == _SOP_INSTANCE_UID}
        self._meta = dict(meta)
        filemeta.rebuild(self._meta, done)
        owners = {creator_tag(tag) for tag in bound if is_private(tag)}
        self._owners = {tag: self.shared[tag] for tag in owners & self.shared.keys()}
        days, shared = self._like.days, self._engine.days_of(self.shared)
        self._own_days = Days(days.events - shared.events, days.births - shared.births)
        run = self._walked(self.shared)
        self._uids = run.uids
        self._said = frozenset().union(*(uids_in(element.value) for _, element, _ in run.texts))
        self._shown = self._walked({tag: original[tag] for tag in original.keys() & bound}).shown

    def deidentify(self, meta: Elements, rest: Elements) -> list[Change] | None:
        """De-identify in place what an instance has besides the attributes that it shares.

        Parameters
        ----------
        meta : Elements
            Is filled.
        rest : Elements
            Its ``bound`` attributes, as read.

        Returns
        -------
        list of Change, or None
            What was done to ``rest``; None where the whole instance must be worked on: it shows something else of the
            subject or of its dates, or a UID that stands in a text that all share.
        """
        run = self._like.again()
        days = self._engine.days_of(rest)
        rest |= self._owners
        self._engine.level.walk(rest, self._charset, run)
        if run.shown != self._shown or not self._are_like(days) or not self._said.isdisjoint(run.uids):
            return None
        run.uids |= self._uids
        self._engine.settle(rest, run, self._family, self._written_charset)
        for tag in self._owners:
            rest.pop(tag, None)
        filemeta.name_instance(meta, self._instance or rest)
        self._context.family = self._family
        is_left = suspicious_paths(meta, rest, self._family, self._written_charset)
        meta |= self._meta | meta  # of which the rest is as in the instance that is done
        return None if is_left else run.changes

    def _are_like(self, days: Days) -> bool:
        """Say whether an instance with these dates, besides those that it shares, has those of the one that is done."""
        own, like = self._own_days, self._like.days
        return own.events <= days.events <= like.events and own.births <= days.births <= like.births

    def _walked(self, elements: Elements) -> act.Run:
        """Return what a part of the instance that is done leaves behind, as it was read."""
        run, part = self._like.again(), _copied({**elements, **self._owners})
        self._engine.level.walk({tag: part[tag] for tag in sorted(part)}, self._charset, run)
        return run


def _engine_of(original: Elements, context: HeaderContext) -> HeaderEngine:
    return engine_of(context.policy, original[_SOP_CLASS_UID].text() if _SOP_CLASS_UID in original else "")


def _is_same(one: Element, other: Element) -> bool:
    return one.vr == other.vr and one.value == other.value


def _charset_of(elements: Elements) -> bytes:
    return bytes(elements[act.CHARSET].value) if act.CHARSET in elements else b""


def _copied(elements: Elements) -> Elements:
    """Copy a data set that is to be walked through, so that the original stays."""
    return {
        tag: Element(tag, one.vr, one.value, None if one.items is None else [_copied(item) for item in one.items])
        for tag, one in elements.items()
    }
