# SPDX-License-Identifier: Apache-2.0
"""The module ``ctk``: the widgets that the panel uses, with the properties, signals and defaults of CTK's headers.

Observed in real CTK: a path that was never set is empty and stays empty; the history is written only by
``addCurrentPathToHistory``; an empty ``settingKey`` reads the history under the object's name.
"""

from __future__ import annotations

import types

from PySide6 import QtCore, QtGui, QtWidgets

from Bench.pythonqt import PythonQtObject

FLAGS = {"Dirs": 0x001, "Files": 0x002, "Drives": 0x004, "Readable": 0x010, "Writable": 0x020, "Executable": 0x040}
"""``ctkPathLineEdit::Filter``: what may be chosen."""


class _CtkWidget(PythonQtObject, QtWidgets.QWidget):
    """A widget whose Python attributes are its own business: only underscored ones are allowed."""

    _is_double = False


class ctkPathLineEdit(_CtkWidget):
    """A line for a path with a browse button."""

    currentPathChanged = QtCore.Signal(str)
    validInputChanged = QtCore.Signal(bool)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = {"label": "", "filters": 24663, "nameFilters": [], "settingKey": "", "showHistoryButton": True}
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self._line = QtWidgets.QLineEdit(self)
        self._browse = QtWidgets.QToolButton(self)
        self._browse.setText("...")
        row.addWidget(self._line)
        row.addWidget(self._browse)
        self._line.textChanged.connect(self.currentPathChanged)

    def _get(self, key: str) -> object:
        return self._values[key]

    def _set(self, key: str, value: object) -> None:
        self._values[key] = value

    def _path(self) -> str:
        return self._line.text()

    def _set_path(self, path: str) -> None:
        self._line.setText(path)

    def _browsing(self) -> bool:
        return not self._browse.isHidden()

    def addCurrentPathToHistory(self) -> None:
        """Write the path to the application's settings, as CTK does; the panel must never call it."""
        key = self._values["settingKey"] or QtCore.QObject.objectName(self)
        QtCore.QSettings().setValue(f"Paths/{key}", [self._path()])

    currentPath = QtCore.Property(str, _path, _set_path, user=True)
    label = QtCore.Property(str, lambda self: self._get("label"), lambda self, v: self._set("label", v))
    filters = QtCore.Property(int, lambda self: self._get("filters"), lambda self, v: self._set("filters", v))
    nameFilters = QtCore.Property(
        "QStringList", lambda self: self._get("nameFilters"), lambda self, v: self._set("nameFilters", v)
    )
    settingKey = QtCore.Property(str, lambda self: self._get("settingKey"), lambda self, v: self._set("settingKey", v))
    showHistoryButton = QtCore.Property(
        bool, lambda self: self._get("showHistoryButton"), lambda self, v: self._set("showHistoryButton", v)
    )
    showBrowseButton = QtCore.Property(bool, _browsing, lambda self, v: self._browse.setVisible(v))


class ctkSliderWidget(_CtkWidget):
    """A slider and a spin box for one number."""

    valueChanged = QtCore.Signal(float)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal, self)
        self._slider.setObjectName("Slider")
        self._spin = QtWidgets.QDoubleSpinBox(self)
        self._spin.setObjectName("SpinBox")
        row.addWidget(self._slider)
        row.addWidget(self._spin)
        self._spin.valueChanged.connect(self._spin_moved)
        self._slider.valueChanged.connect(self._slider_moved)
        self._set_range(0.0, 99.0)

    def _set_range(self, low: float, high: float) -> None:
        self._spin.setRange(low, high)
        self._slider.setRange(round(low / self._spin.singleStep()), round(high / self._spin.singleStep()))

    def _set_step(self, step: float) -> None:
        self._spin.setSingleStep(step)
        self._set_range(self._spin.minimum(), self._spin.maximum())

    def _spin_moved(self, value: float) -> None:
        blocked = self._slider.blockSignals(True)
        self._slider.setValue(round(value / self._spin.singleStep()))
        self._slider.blockSignals(blocked)
        self.valueChanged.emit(value)

    def _slider_moved(self, ticks: int) -> None:
        self._spin.setValue(ticks * self._spin.singleStep())

    value = QtCore.Property(float, lambda self: self._spin.value(), lambda self, v: self._spin.setValue(v), user=True)
    minimum = QtCore.Property(
        float, lambda self: self._spin.minimum(), lambda self, v: self._set_range(v, self._spin.maximum())
    )
    maximum = QtCore.Property(
        float, lambda self: self._spin.maximum(), lambda self, v: self._set_range(self._spin.minimum(), v)
    )
    singleStep = QtCore.Property(float, lambda self: self._spin.singleStep(), _set_step)
    decimals = QtCore.Property(int, lambda self: self._spin.decimals(), lambda self, v: self._spin.setDecimals(v))
    suffix = QtCore.Property(str, lambda self: self._spin.suffix(), lambda self, v: self._spin.setSuffix(v))


class ctkCollapsibleButton(_CtkWidget):
    """A header that folds its contents away."""

    contentsCollapsed = QtCore.Signal(bool)
    toggled = QtCore.Signal(bool)
    _HEADER_PX = 26

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._is_collapsed = False
        QtWidgets.QWidget.setContentsMargins(self, 0, self._HEADER_PX, 0, 0)

    def _set_text(self, text: str) -> None:
        self._text = text
        QtWidgets.QWidget.update(self)

    def _set_collapsed(self, collapsed: bool) -> None:
        self._is_collapsed = collapsed
        QtWidgets.QWidget.setMaximumHeight(self, self._HEADER_PX if collapsed else 16777215)  # QWIDGETSIZE_MAX
        for child in QtCore.QObject.children(self):
            if isinstance(child, QtWidgets.QWidget):
                child.setVisible(not collapsed)
        self.contentsCollapsed.emit(collapsed)
        self.toggled.emit(not collapsed)

    def childEvent(self, event: QtCore.QChildEvent) -> None:
        """Hide what is added while the section is folded."""
        child = event.child()
        if self._is_collapsed and event.added() and isinstance(child, QtWidgets.QWidget):
            child.setVisible(False)

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        """Draw the header as Slicer's style does: a bar with an arrow."""
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.rect = QtCore.QRect(0, 0, QtWidgets.QWidget.width(self), self._HEADER_PX)
        painter = QtWidgets.QStylePainter(self)
        painter.fillRect(option.rect, QtWidgets.QWidget.palette(self).midlight())
        arrow = QtWidgets.QStyle.PrimitiveElement
        sign = QtWidgets.QStyleOption()
        sign.initFrom(self)
        sign.rect = QtCore.QRect(6, 7, 12, 12)
        painter.drawPrimitive(arrow.PE_IndicatorArrowRight if self._is_collapsed else arrow.PE_IndicatorArrowDown, sign)
        painter.drawText(option.rect.adjusted(24, 0, 0, 0), QtCore.Qt.AlignmentFlag.AlignVCenter, self._text)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        """Fold or unfold on a click on the header."""
        if event.position().y() <= self._HEADER_PX:
            self._set_collapsed(not self._is_collapsed)

    text = QtCore.Property(str, lambda self: self._text, _set_text)
    collapsed = QtCore.Property(bool, lambda self: self._is_collapsed, _set_collapsed)
    contentsLineWidth = QtCore.Property(int, lambda _self: 1, lambda _self, _v: None)


ctk = types.ModuleType("ctk", __doc__)
WIDGETS: dict[str, type] = {c.__name__: c for c in (ctkPathLineEdit, ctkSliderWidget, ctkCollapsibleButton)}
for _name, _class in WIDGETS.items():
    setattr(ctk, _name, _class)
