# SPDX-License-Identifier: Apache-2.0
"""IOD check: which attributes a data set lacks that its IOD requires, nested ones too, by highdicom's own tables.

An independent judge: nothing of the library is used, and the tables are read as highdicom ships them.
"""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from typing import Any

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

Fault = tuple[tuple[int, ...], str]  # tags from the top, what is wrong
Tree = dict[int, tuple[str, "Tree"]]  # tag -> Type, attributes of its items


def faults(dataset: Dataset) -> set[Fault]:
    """Return which Type 1 and 2 attributes are missing, and which of Type 1 are empty.

    At the top those of mandatory modules count; in the items of a sequence that is there, those of any module of the
    IOD. Conditional Types (1C, 2C) are not judged: their conditions are prose.
    """
    return set(_faults(dataset, *_iod(str(dataset.get("SOPClassUID", ""))), ()))


def _faults(dataset: Dataset, required: Tree, known: Tree, path: tuple[int, ...]) -> list[Fault]:
    found: list[Fault] = []
    for tag, (kind, _items) in required.items():
        if tag not in dataset and kind in ("1", "2"):
            found.append(((*path, tag), "missing"))
        elif kind == "1" and _is_empty(dataset, tag):
            found.append(((*path, tag), "empty"))
    for tag, (_kind, items) in known.items():
        if items and tag in dataset and dataset[tag].VR == "SQ":
            for item in dataset[tag].value or ():
                found += _faults(item, items, items, (*path, tag))
    return found


def _is_empty(dataset: Dataset, tag: int) -> bool:
    if tag not in dataset:
        return False
    element = dataset[tag]
    return element.is_empty or (isinstance(element.value, str) and not element.value.strip())


@cache
def _iod(sop_class: str) -> tuple[Tree, Tree]:
    """Return what the mandatory modules of an IOD require, and what all its modules know."""
    classes, modules, attributes = (
        _table(name) for name in ("sop_class_iod_map", "iod_module_map", "module_attribute_map")
    )
    required: Tree = {}
    known: Tree = {}
    for module in modules.get(classes.get(sop_class, ""), ()):
        for attribute in sorted(attributes.get(module["key"], ()), key=lambda a: len(a["path"])):
            trees = (required, known) if module["usage"] == "M" else (known,)
            for tree in trees:
                _add(tree, attribute)
    return required, known


def _add(tree: Tree, attribute: dict[str, Any]) -> None:
    """Add one attribute; of two modules that name it, the weaker Type counts."""
    for keyword in attribute["path"]:
        tree = tree.setdefault(_tag(keyword), ("3", {}))[1]
    tag = _tag(attribute["keyword"])
    kind, items = tree.get(tag, (attribute["type"], {}))
    tree[tag] = (max(kind, attribute["type"]), items)


def _tag(keyword: str) -> int:
    return tag_for_keyword(keyword) or -1  # overlays have no tag of their own; nothing is required of them


@cache
def _table(name: str) -> dict[str, Any]:
    spec = importlib.util.find_spec("highdicom")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("highdicom is not installed: python Testing/setup.py test installs it")
    text = (Path(spec.origin).parent / "_standard" / f"{name}.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table
