# SPDX-License-Identifier: Apache-2.0
"""Files that the nodes of a scene name: as before once a bundle is written; Slicer leaves some at its own folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

Named = tuple[str, str, tuple[str, ...], tuple[str, ...]]
"""Of a storage node: its file, its URI, more files, more URIs."""

_NONE: Named = ("", "", (), ())


def named(node: object) -> Named:
    """Return what a storage node names."""
    files = tuple(node.GetNthFileName(n) for n in range(node.GetNumberOfFileNames()))
    uris = tuple(node.GetNthURI(n) for n in range(node.GetNumberOfURIs()))
    return node.GetFileName() or "", node.GetURI() or "", files, uris


def name(node: object, names: Named = _NONE) -> None:
    """Let a storage node name these files, or none."""
    file, uri, files, uris = names
    node.ResetFileNameList()
    node.ResetURIList()
    node.SetFileName(file)
    node.SetURI(uri or None)
    for one in files:
        node.AddFileName(one)
    for one in uris:
        node.AddURI(one)


@contextmanager
def kept(scene: object) -> Iterator[None]:
    """Let all storage nodes name at the end what they named before; those that are new name nothing."""
    before = {node.GetID(): named(node) for node in _storages(scene)}
    try:
        yield
    finally:
        for node in _storages(scene):
            names = before.get(node.GetID(), _NONE)
            if named(node) != names:
                name(node, names)


def _storages(scene: object) -> Iterator[object]:
    for n in range(scene.GetNumberOfNodesByClass("vtkMRMLStorageNode")):
        yield scene.GetNthNodeByClass(n, "vtkMRMLStorageNode")
