# SPDX-License-Identifier: Apache-2.0
"""The value inventory: what stays in headers, over a whole plan or output, the rarest values first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from SlicerDeidLib.discovery.walk import discover
from SlicerDeidLib.errors import DeidError
from SlicerDeidLib.formats.dicom.file import DicomFile, read, read_head
from SlicerDeidLib.headers import filemeta
from SlicerDeidLib.headers.decisions import attribute_key, value_text
from SlicerDeidLib.headers.engine import HeaderContext, deidentify
from SlicerDeidLib.headers.select import RuleBook, keyword_of
from SlicerDeidLib.headers.values import PIXEL_TAGS, is_number
from SlicerDeidLib.identity.pseudonyms import KeyedPseudonyms
from SlicerDeidLib.model.element import Elements, tag_text
from SlicerDeidLib.model.instance import Index
from SlicerDeidLib.model.inventory import Inventory, InventoryRow
from SlicerDeidLib.model.plan import Plan, Verdict
from SlicerDeidLib.model.policy import ActionCode
from SlicerDeidLib.policies.importers.site_toml import why_undecidable

RARE_BELOW = 5  # subjects: a value that fewer share can single one out (El Emam, k-anonymity of health data releases)

_CHARSET, _METHOD = 0x00080005, 0x00120063
_NOT_VALUES = frozenset(  # character sets, and what the program says of itself
    {0x00080005, 0x00120062, 0x00120063, 0x00120064, 0x00280301, 0x00280302, 0x00280303}
)
_WRITTEN = frozenset({0x00080050, 0x00100010, 0x00100020, 0x00082111})  # new IDs, how pixels were changed
_MADE = frozenset(
    {ActionCode.PSEUDO, ActionCode.HASH, ActionCode.NEW_ID, ActionCode.SHIFT, ActionCode.SET, ActionCode.ADD}
)
_TIMES = frozenset({"DA", "DT", "TM"})
_WRITTEN_NUMBERS = frozenset({"DS", "IS"})
_TEXTS = frozenset({"LT", "ST", "UR", "UT"})  # in which a backslash is a character, PS3.5 6.2
_DUMMIES = frozenset({"", "DEIDENTIFIED"})
_MOST_VALUES = 1000  # of one attribute: more are counted together
_MOST_NUMBERS = 20  # of one numeric attribute in one series: more differ from image to image
_TYPES = frozenset({0x00080008, 0x00089007})  # Image Type, Frame Type
_REWRITTEN = "the program writes its first value where it changes pixels; list and decide about the input"
_MANY = "its values are too many to decide about one by one; write a rule"
_BYTES = "these bytes have no reading by which a decision could name them; write a rule"


@dataclass(slots=True)
class _Seen:
    """One attribute at one place: its values, and who has them."""

    keyword: str
    attribute: str
    is_numeric: bool
    why_undecidable: str
    is_parted: bool
    values: dict[str, tuple[set[str], int]] = field(default_factory=dict, repr=False)
    overflow: set[str] = field(default_factory=set, repr=False)
    overflown: int = 0

    def add(self, value: str, subject: str) -> None:
        """Count one value; of an attribute with too many of them, only whose they are."""
        known = self.values.get(value)
        if known is not None:
            known[0].add(subject)
            self.values[value] = (known[0], known[1] + 1)
        elif len(self.values) < _MOST_VALUES:
            self.values[value] = ({subject}, 1)
        else:
            self.overflow.add(subject)
            self.overflown += 1


def inventory(
    source: Plan | Index | Path | str,
    *,
    rare_below: int = RARE_BELOW,
    progress: Callable[[int, int], None] | None = None,
) -> Inventory:
    """List the distinct values of every attribute that stays, private and nested ones too.

    Parameters
    ----------
    source : Plan, Index or Path
        A plan: what its released series would hold, of which nothing is written. A folder, or what was found in it:
        what a finished output holds.
    rare_below : int
        A value in fewer subjects is marked as rare.
    progress : callable, optional
        Called with images done and in all.

    Raises
    ------
    FormatError, OSError
        Nothing is raised for single files that cannot be read; they are counted.
    """
    if isinstance(source, Plan):
        images = list(_planned(source))
    else:
        images = list(_released(source if isinstance(source, Index) else discover(source)))
    seen: dict[str, _Seen] = {}
    subjects: set[str] = set()
    series: set[str] = set()
    unread = 0
    for number, image in enumerate(images, 1):
        try:
            file = image.read()
        except (DeidError, OSError):
            unread += 1
        else:
            subjects.add(image.subject)
            series.add(image.series)
            _walk(file.dataset, "", b"", image, filemeta.is_big_endian(file.meta), seen)
        if progress is not None:
            progress(number, len(images))
    rows = [row for path, one in seen.items() for row in _rows(path, one, len(series), rare_below)]
    rows.sort(key=lambda row: (row.subjects, row.images, row.path, row.value))
    return Inventory(tuple(rows), len(subjects), len(images) - unread, unread)


@dataclass(frozen=True, slots=True)
class _Image:
    """One image: where it is, whose it is, and how it becomes what is released.

    Attributes
    ----------
    context : HeaderContext or None
        With which its header is de-identified; None where it has been.
    book : RuleBook or None
        The rules of its SOP class.
    """

    path: Path = field(repr=False)
    subject: str = field(repr=False)
    series: str
    context: HeaderContext | None = None
    book: RuleBook | None = None

    def read(self) -> DicomFile:
        """Read the file and de-identify its header in memory."""
        file = read(self.path)
        if self.context is not None:
            deidentify(file.meta, file.dataset, self.context)
        return file

    def why_undecidable(self, tag: int, attribute: str) -> str:
        """Return why site rules cannot decide about an attribute's values as they stand here."""
        return _REWRITTEN if self.context is None and tag in _TYPES else why_undecidable(attribute)

    def is_made(self, path: str, tag: int, vr: str) -> bool:
        """Say whether the value of an attribute is none of the original's: a pseudonym, a shifted date."""
        if self.context is None or self.book is None:
            return vr in _TIMES or tag in _WRITTEN
        if vr in _TIMES:
            return self.context.policy.dates != "UNMODIFIED"
        return self.book.choice(_tags(path), tag, vr).code in _MADE


def _planned(plan: Plan) -> Iterator[_Image]:
    """Yield the images that a plan releases."""
    pseudonyms = KeyedPseudonyms(plan.key, plan.release, plan.policy.keep_time_of_day)
    books: dict[str, RuleBook] = {}
    for number, series in enumerate(plan.series):
        if series.verdict is not Verdict.RELEASE:
            continue
        context = HeaderContext(plan.policy, pseudonyms, series.subject)
        for instance in series.instances:
            uid = instance.sop_class_uid
            if uid not in books:
                books[uid] = RuleBook(plan.policy, uid)
            yield _Image(plan.index.root / instance.path, series.subject.group, str(number), context, books[uid])


def is_output(index: Index) -> bool:
    """Say whether a folder is a finished output: the first image says that this program has de-identified it."""
    first = next((i for patient in index.patients for series in patient.series for i in series.instances), None)
    if first is None:
        return False
    dataset = read_head(index.root / first.path).dataset
    return _METHOD in dataset and dataset[_METHOD].text().startswith("SlicerDeid")


def _released(out: Index) -> Iterator[_Image]:
    """Yield the images of a finished output, one folder per subject."""
    for patient in out.patients:
        for series in patient.series:
            for instance in series.instances:
                yield _Image(out.root / instance.path, patient.folder, f"{patient.number} {series.number}")


def _tags(path: str) -> tuple[int, ...]:
    """Return the tags of the sequences in a path."""
    return tuple(int(part.strip("()").replace(",", "").replace("xx", "10"), 16) for part in path.split(">") if part)


def _walk(
    elements: Elements, path: str, charset: bytes, image: _Image, is_big_endian: bool, seen: dict[str, _Seen]
) -> None:
    """Count the values of a data set or item."""
    own = elements.get(_CHARSET)
    charset = charset if own is None else bytes(own.value)
    for tag, element in elements.items():
        if tag in _NOT_VALUES or tag in PIXEL_TAGS or (tag >> 16 & 1 and tag & 0xFFFF < 0x1000):
            continue
        key = attribute_key(tag, elements)
        where = f"{path}>{_place(tag, key)}".lstrip(">")
        if element.items is not None:
            for item in element.items:
                _walk(item, where, charset, image, is_big_endian, seen)
            continue
        if element.vr == "UI" or image.is_made(path, tag, element.vr):
            continue
        value = value_text(element, charset, is_big_endian=is_big_endian)
        text = f"{len(element.value)} bytes" if value is None else value
        if text in _DUMMIES or not len(element.value):
            continue
        one = seen.get(where)
        if one is None:
            name = keyword_of(tag) or key.partition(" ")[2]
            numeric = is_number(element.vr) or element.vr in _WRITTEN_NUMBERS or element.vr in _TIMES
            why = _BYTES if value is None else image.why_undecidable(tag, key)
            one = seen[where] = _Seen(name, "" if value is None else key, numeric, why, element.vr not in _TEXTS)
        one.add(text, image.subject)


def _place(tag: int, key: str) -> str:
    """Return a tag as it is read; of a private one, xx for its block."""
    attribute = key.partition(" ")[0]
    return f"({attribute[:4]},{attribute[4:]})".upper().replace("XX", "xx") if "xx" in attribute else tag_text(tag)


def _rows(path: str, seen: _Seen, series: int, rare_below: int) -> Iterator[InventoryRow]:
    """Yield the rows of one attribute; numbers that differ from image to image are one."""
    is_varied = seen.is_numeric and len(seen.values) > max(_MOST_NUMBERS, 2 * series)
    if is_varied or seen.overflown:
        subjects = seen.overflow.union(*(who for who, _ in seen.values.values()))
        images = seen.overflown + sum(count for _, count in seen.values.values())
        more = "more than " if seen.overflown else ""
        what = f"{more}{len(seen.values)} values"
        yield InventoryRow(
            path, seen.keyword, seen.attribute, what, len(subjects), images, is_rare=False, why_undecidable=_MANY
        )
        return
    for value, (who, count) in seen.values.items():
        yield InventoryRow(
            path,
            seen.keyword,
            seen.attribute,
            value,
            len(who),
            count,
            is_rare=len(who) < rare_below,
            why_undecidable=seen.why_undecidable,
            values=1 + value.count("\\") * seen.is_parted,
        )
