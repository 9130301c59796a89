# SPDX-License-Identifier: Apache-2.0
"""Content: the items of structured reports and acquisition contexts, judged by Table E.3.4-1 and by their words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from SlicerDeidLib.standard.tables import CONTENT_SEQUENCE, OPTION_CODES, ContentRow, content_rows
from SlicerDeidLib.verification.descriptors import DUMMY, judge
from SlicerDeidLib.verification.findings import Findings
from SlicerDeidLib.verification.profile import place_text
from SlicerDeidLib.verification.reading import Found, ItemPath

CHECK = "content"
CONTENT_CODE, CLEAN_CODE = OPTION_CODES["clean-structured-content"], OPTION_CODES["clean-descriptors"]
SEQUENCES = frozenset({CONTENT_SEQUENCE, 0x00400555, 0x00400612, 0x0040B020})
CONCEPT_NAME, VALUE_TYPE = 0x0040A043, 0x0040A040
CODE_VALUE, SCHEME = 0x00080100, 0x00080102
TEXTS = (0x0040A160, 0x00700006)  # Text Value, Unformatted Text Value
PERSON_NAME = 0x0040A123
VALUES = {0x0040A160: "TEXT", 0x00700006: "TEXT", PERSON_NAME: "PNAME", 0x0040A124: "UIDREF", 0x0040A120: "DATETIME",
          0x0040A121: "DATE", 0x0040A122: "TIME", 0x0040A168: "CODE", 0x0040A300: "NUM", 0x0040A30A: "NUM"}  # fmt: skip
SNOMED = frozenset({"SRT", "SNM3", "99SDM"})
UNITS, NUMERIC_VALUE = 0x004008EA, 0x0040A30A
OF_A_YEAR = {"a": 1.0, "year": 1.0, "years": 1.0, "258707000": 1.0, "mo": 12.0, "wk": 52.18, "d": 365.25, "h": 8766.0}
OLDEST_YEARS = 90  # what an age of more is told as
DECIMAL = re.compile(r"\d+(?:\.\d*)?")

Place = tuple[ItemPath, int]
Key = tuple[str, str, str]


@dataclass(slots=True)
class Item:
    """One content item: scheme and code of its concept name, its value type and its own elements by tag."""

    path: ItemPath
    scheme: str = ""
    code: str = ""
    kind: str = ""
    own: dict[int, Found] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """What of an item stays as it was."""
        return self.scheme, self.code, self.kind


def is_item(path: ItemPath) -> bool:
    """Whether a path leads to a content item."""
    return bool(path) and path[-1][0] in SEQUENCES


def items_of(elements: list[Found]) -> dict[ItemPath, Item]:
    """Return the content items of a file by where they stand."""
    items: dict[ItemPath, Item] = {}
    for found in elements:
        path = found.path
        if is_item(path):
            item = items.setdefault(path, Item(path))
            item.own[found.tag] = found
            if found.tag == VALUE_TYPE:
                item.kind = found.ascii()
            elif not item.kind:
                item.kind = VALUES.get(found.tag, "")
        elif len(path) > 1 and path[-1] == (CONCEPT_NAME, 0) and is_item(path[:-1]):
            item = items.setdefault(path[:-1], Item(path[:-1]))
            if found.tag == CODE_VALUE:
                item.code = found.ascii()
            elif found.tag == SCHEME:
                item.scheme = "SRT" if found.ascii() in SNOMED else found.ascii()
    return items


@cache
def _rows() -> dict[Key, ContentRow]:
    """Return Table E.3.4-1 by concept name and value type, with SNOMED's older codes."""
    rows = {(row.scheme, row.code, row.value_type): row for row in content_rows()}
    return rows | {("SRT", row.srt_code, row.value_type): row for row in content_rows() if row.srt_code}


def check_content(elements: list[Found], codes: frozenset[str], name: str, findings: Findings) -> None:
    """Judge every content item of a file that claims 113104."""
    if CONTENT_CODE not in codes:
        return
    _check_years(elements, name, findings)
    for item in items_of(elements).values():
        row = _rows().get(item.key)
        is_kept = row is not None and any(OPTION_CODES[option] in codes for option in row.options)
        where = place_text(item.path[:-1], item.path[-1][0])
        if row is not None and row.basic == "X" and not is_kept:
            message = "A content item is present that Table E.3.4-1 removes and no claimed option keeps."
            findings.add("error", CHECK, name, where, message)
        person = item.own.get(PERSON_NAME)
        if person is not None and person.ascii() not in ("", DUMMY):
            findings.add("error", CHECK, name, where, "A content item holds a person's name.")
        for text in (item.own[tag] for tag in TEXTS if tag in item.own):
            for what in _wrong(text.text(), row, codes):
                findings.add("error", CHECK, name, where, f"The text of a content item holds {what}.")


def _check_years(elements: list[Found], name: str, findings: Findings) -> None:
    """Find numbers of more than 90 years, whatever their concept is."""
    units = {f.path[:-1]: f.ascii() for f in elements if f.tag == CODE_VALUE and f.path and f.path[-1][0] == UNITS}
    for found in elements:
        in_years = OF_A_YEAR.get(units.get(found.path, "").strip("{}"))
        if found.tag != NUMERIC_VALUE or in_years is None:
            continue
        for part in found.ascii().split("\\"):
            if DECIMAL.fullmatch(part.strip()) and float(part) / in_years > OLDEST_YEARS:
                where = place_text(found.path, found.tag)
                findings.add("error", CHECK, name, where, "A content item tells an age of more than 90 years.")


def _wrong(text: str, row: ContentRow | None, codes: frozenset[str]) -> tuple[str, ...]:
    """Say what the text of an item must not hold: nothing but a dummy, clinical words, or what an option keeps."""
    if row is None or (row.options.get("clean-descriptors") and CLEAN_CODE in codes):
        return judge(text)
    if any(cell == "K" and OPTION_CODES[option] in codes for option, cell in row.options.items()):
        return ()
    return () if text.strip() in ("", DUMMY) else ("a value that Table E.3.4-1 takes out",)


def aligned(before: Mapping[Place, Found], after: Mapping[Place, Found]) -> Mapping[Place, Found]:
    """Return the elements of an original as if the content items that its release lacks had never been there.

    An item of the release is taken for the next item of the original that has its concept name and value type; one
    whose code became a dummy, for the next of its value type. Of several alike of which only some are left none is
    compared.
    """
    old, new = items_of(list(before.values())), items_of(list(after.values()))
    if not old or old.keys() == new.keys():
        return _comparable(before, after)
    renamed: dict[ItemPath, ItemPath] = {}
    for path in sorted(new, key=len):
        outer = path[:-1]
        sequence = path[-1][0]
        source = _translated(outer, renamed)
        taken = max((p[-1][1] for p in renamed.values() if p[:-1] == source and p[-1][0] == sequence), default=-1)
        item = new[path]
        fitting = (p for p in sorted(old) if p[:-1] == source and p[-1][0] == sequence and p[-1][1] > taken)
        match = next((p for p in fitting if _is_same(old[p], item)), None)
        if match is not None and not _is_ambiguous(old, match, new, path):
            renamed[path] = match
    back = {was: now for now, was in renamed.items()}
    kept: dict[Place, Found] = {}
    for (path, tag), found in before.items():
        place = _placed(path, back, old)
        if place is not None:
            kept[place, tag] = found
    return _comparable(kept, after)


def _comparable(before: Mapping[Place, Found], after: Mapping[Place, Found]) -> Mapping[Place, Found]:
    """Leave out what lies in other sequences that lost items: which of them, nothing in the release says."""
    counts: list[dict[ItemPath, int]] = []
    for elements in (before, after):
        most: dict[ItemPath, int] = {}
        for path, _ in elements:
            for end in range(1, len(path) + 1):
                most[_sequence(path[:end])] = max(most.get(_sequence(path[:end]), 0), path[end - 1][1] + 1)
        counts.append(most)
    torn = {path for path, count in counts[0].items() if count > counts[1].get(path, 0) > 0 and not is_item(path)}
    if not torn:
        return before
    return {place: found for place, found in before.items() if torn.isdisjoint(_sequences(place[0]))}


def _sequence(path: ItemPath) -> ItemPath:
    """Return the path of an item's sequence: that of its first item."""
    return (*path[:-1], (path[-1][0], 0))


def _sequences(path: ItemPath) -> set[ItemPath]:
    """Return the paths of all sequences that a path leads through."""
    return {_sequence(path[:end]) for end in range(1, len(path) + 1)}


def _is_ambiguous(old: Mapping[ItemPath, Item], was: ItemPath, new: Mapping[ItemPath, Item], now: ItemPath) -> bool:
    """Whether the original has more items like one beside it than the release has."""
    counts = []
    for items, path in ((old, was), (new, now)):
        beside = (i for p, i in items.items() if p[:-1] == path[:-1] and p[-1][0] == path[-1][0])
        counts.append(sum(item.key == items[path].key for item in beside))
    return counts[0] > counts[1] and old[was].key == new[now].key


def _is_same(was: Item, now: Item) -> bool:
    """Whether an item of the release can be that of the original."""
    return was.kind == now.kind and (now.code in (DUMMY, was.code))


def _translated(path: ItemPath, renamed: Mapping[ItemPath, ItemPath]) -> ItemPath:
    """Return where the items that a path leads through stood in the original."""
    for end in range(len(path), 0, -1):
        if path[:end] in renamed:
            return renamed[path[:end]] + path[end:]
    return path


def _placed(path: ItemPath, back: Mapping[ItemPath, ItemPath], items: Mapping[ItemPath, Item]) -> ItemPath | None:
    """Return where an original element stands in the release; None where its item is gone."""
    ends = [end for end in range(len(path), 0, -1) if path[:end] in items]
    if not ends:
        return path
    return back[path[: ends[0]]] + path[ends[0] :] if path[: ends[0]] in back else None
