# SPDX-License-Identifier: Apache-2.0
"""PySide6 objects that behave as PythonQt's: properties are attributes, ``connect`` takes a signature.

Only what was observed in real PythonQt is imitated. One thing is stricter on purpose: PythonQt prints and returns False
when a signal does not exist, and the slot is never called; here it raises, so that a test sees the misspelt name.
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

from PySide6 import QtCore, QtWidgets

slot_errors: list[str] = []
"""Exceptions that were raised in slots and in observers of nodes: Qt and VTK swallow them, tests look here."""

qt_messages: list[str] = []
"""What Qt warned of: a property that a .ui names and no widget has, a signal that was emitted on a deleted object."""

_VIRTUAL = {"sizeHint": QtWidgets.QWidget, "minimumSizeHint": QtWidgets.QWidget, "text": QtWidgets.QProgressBar}
"""Properties that C++ reads by a virtual method, so it asks Python for them: as attributes they would never end."""

_METHODS = frozenset({"connect", "disconnect", "className"})


@functools.cache
def _properties(kind: type) -> dict[str, QtCore.QMetaProperty]:
    """Qt's properties of a class, by name."""
    meta = kind.staticMetaObject
    found = {meta.property(i).name(): meta.property(i) for i in range(meta.propertyCount())}
    return {name: each for name, each in found.items() if not issubclass(kind, _VIRTUAL.get(name, ()))}


class PythonQtObject:
    """What PythonQt adds to a QObject; comes before the PySide class among the bases."""

    def __getattribute__(self, name: str) -> Any:
        if name in _METHODS:  # PySide keeps its own of these names in the instance
            return getattr(type(self), name).__get__(self)
        if name.startswith("_"):
            return super().__getattribute__(name)
        if name == "name":
            name = "objectName"
        if name in _properties(type(self)):
            return QtCore.QObject.property(self, name)
        return super().__getattribute__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "name":
            name = "objectName"
        prop = _properties(type(self)).get(name)
        if prop is not None:
            if not prop.isWritable():
                raise AttributeError(f"Property '{name}' of {type(self).__name__} object is not writable")
            QtCore.QObject.setProperty(self, name, _converted(prop, value))
        elif type(self).__dict__.get("_is_double"):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        else:
            super().__setattr__(name, value)

    def className(self) -> str:
        """Return the C++ class's name."""
        return type(self).__name__

    def connect(self, signature: str, receiver: Any, slot: str | None = None) -> bool:
        """Call ``receiver`` (or its method ``slot``) whenever the signal is emitted."""
        signal = self._signal(signature)
        function = receiver if slot is None else getattr(receiver, slot.split("(")[0])
        adapter = _slot(function, len(re.findall(r"[^(),]+", signature)) - 1)
        self.__dict__.setdefault("_slots", []).append((signature, function, adapter))
        signal.connect(adapter)
        return True

    def disconnect(self, signature: str | None = None, receiver: Any = None) -> bool:
        """Undo ``connect``: of one function, of one signal, or of all."""
        kept, gone = [], []
        for entry in self.__dict__.get("_slots", []):
            matches = signature in (None, entry[0]) and (receiver is None or receiver == entry[1])
            (gone if matches else kept).append(entry)
        for its_signature, _function, adapter in gone:
            self._signal(its_signature).disconnect(adapter)
        self.__dict__["_slots"] = kept
        return bool(gone)

    def _signal(self, signature: str) -> QtCore.SignalInstance:
        normal = QtCore.QMetaObject.normalizedSignature(signature).data().decode()
        if type(self).staticMetaObject.indexOfSignal(normal) < 0:
            raise AttributeError(f"{type(self).__name__} has no signal {signature}")
        return super().__getattribute__(normal.split("(")[0])


def _slot(function: Callable[..., Any], emitted: int) -> Callable[..., None]:
    """Make a slot of a Python function: it gets as many arguments as it takes, and its exception is not lost."""
    try:
        kinds = [p.kind for p in inspect.signature(function).parameters.values()]
        takes_any = inspect.Parameter.VAR_POSITIONAL in kinds
        count = None if takes_any else sum(k is not inspect.Parameter.KEYWORD_ONLY for k in kinds)
    except ValueError:  # built-in methods have no signature
        count = 0

    def call(*arguments: Any) -> None:
        try:
            function(*arguments[:count])
        except Exception:  # noqa: BLE001 - as Qt, which lets none through
            slot_errors.append(traceback.format_exc())

    # PySide counts a slot's parameters and gives one with *arguments none where the signal's have defaults
    return (call, lambda a: call(a), lambda a, b: call(a, b), lambda a, b, c: call(a, b, c))[emitted]


def _converted(prop: QtCore.QMetaProperty, value: Any) -> Any:
    """Convert an assigned value as PythonQt does, or refuse it as PythonQt does."""
    kind = prop.typeName()
    if kind == "QString":
        return str(value)  # None becomes "None"
    if kind in {"int", "double"}:
        if isinstance(value, str) or value is None:
            raise AttributeError(f"Property '{prop.name()}' of type '{kind}' does not accept {type(value).__name__}")
        return int(value) if kind == "int" else float(value)
    if kind == "bool":
        return bool(value)
    return value


@functools.cache
def doubled(base: type) -> type:
    """Make the PythonQt-like subclass of a PySide class; same class, same double."""
    return type(base.__name__, (PythonQtObject, base), {"_is_double": True})


def collect_messages() -> None:
    """Collect Qt's warnings instead of printing them, and keep what observers raise, which VTK only prints."""

    def take(_kind: QtCore.QtMsgType, _context: QtCore.QMessageLogContext, text: str) -> None:
        if "propagateSizeHints" not in text:  # the offscreen platform says it of every window
            qt_messages.append(text)

    def keep(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        slot_errors.append("".join(traceback.format_exception(kind, error, trace)))
        sys.__excepthook__(kind, error, trace)

    QtCore.qInstallMessageHandler(take)
    sys.excepthook = keep
