# SPDX-License-Identifier: Apache-2.0
"""The module ``qt``: every class of QtCore, QtGui and QtWidgets, QObjects as PythonQt shows them."""

from __future__ import annotations

import re
import types
import xml.etree.ElementTree as ET
from functools import cache
from typing import Any

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

from Bench.pythonqt import doubled

_MODULES = (QtCore, QtGui, QtWidgets)


class QtModule(types.ModuleType):
    """Looks a class up in PySide6 when it is asked for, and doubles it when it is a QObject."""

    def __init__(self) -> None:
        super().__init__("qt", __doc__)
        self.QUiLoader = UiLoader

    def __getattr__(self, name: str) -> Any:
        for module in _MODULES:
            found = getattr(module, name, None)
            if found is not None:
                break
        else:
            raise AttributeError(f"module 'qt' has no attribute {name!r}")
        is_object = isinstance(found, type) and issubclass(found, QtCore.QObject)
        found = doubled(found) if is_object and found is not QtWidgets.QApplication else found
        setattr(self, name, found)
        return found


extra_flags: dict[str, int] = {}
"""Values of the flags that those widgets have in a .ui."""
extra_widgets: dict[str, type] = {}
"""Widgets of other libraries that a .ui may name: ctk and MRML."""


class UiLoader(QtUiTools.QUiLoader):
    """Slicer's UI loader: knows ctk and MRML widgets, and the .ui's connections between them."""

    def load(self, device: QtCore.QIODevice, parent: Any = None) -> Any:
        """Build the widgets of a .ui; its connections are made in Python, as MRML types are none of Qt's."""
        widgets, connections = _parts(bytes(device.readAll().data()))
        buffer = QtCore.QBuffer()
        buffer.setData(widgets)
        buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        widget = super().load(buffer, parent)
        by_name = {each.objectName: each for each in [widget, *widget.findChildren(QtWidgets.QWidget)]}
        for sender, signal, receiver, slot in connections:
            by_name[sender].connect(signal, by_name[receiver], slot)
        return widget

    def createWidget(self, class_name: str, parent: Any = None, name: str = "") -> Any:
        """Make one widget; an unknown class is an error, not a plain QWidget as Qt would have it."""
        kind = extra_widgets.get(class_name)
        if kind is None:
            if not re.fullmatch(r"Q[A-Za-z]+", class_name):
                raise LookupError(f"the .ui names {class_name}, which the bench does not know")
            kind = doubled(getattr(QtWidgets, class_name))
        widget = kind(parent)
        widget.name = name
        if isinstance(widget, QtWidgets.QAbstractScrollArea):
            widget.setVerticalScrollBar(doubled(QtWidgets.QScrollBar)(QtCore.Qt.Vertical))
        return widget


@cache  # each of hundreds of panels is made of the same .ui
def _parts(ui: bytes) -> tuple[bytes, list[tuple[str, str, str, str]]]:
    """Return a .ui without its connections, and these: sender, signal, receiver and slot."""
    root = ET.fromstring(ui)
    ends = ("sender", "signal", "receiver", "slot")
    connections = [tuple(each.findtext(end) for end in ends) for each in root.findall("./connections/connection")]
    for section in root.findall("./connections"):
        root.remove(section)
    _number_flags(root)
    return ET.tostring(root), connections


def _number_flags(root: ET.Element) -> None:
    """Write ``<set>ctkX::A|ctkX::B</set>`` as a number: a property made in Python has no flags."""
    for prop in root.iter("property"):
        flags = prop.find("set")
        if flags is not None and flags.text.startswith("ctk"):
            number = sum(extra_flags[word.split("::")[-1]] for word in flags.text.split("|"))
            prop.remove(flags)
            ET.SubElement(prop, "number").text = str(number)


qt = QtModule()
