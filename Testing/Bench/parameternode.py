# SPDX-License-Identifier: Apache-2.0
"""Double of ``slicer.parameterNodeWrapper``: typed attributes over a ``vtkMRMLScriptedModuleNode``.

As in Slicer, ``connectGui`` returns nothing; only ``connectParametersToGui`` returns the tag that
``disconnectGui`` takes, and a tag that is unknown to it is ignored.

For ``str``, ``bool``, ``int`` and ``float``, the validators ``WithinRange`` and ``Choice``, and the widgets
``QLineEdit``, ``QCheckBox``, ``QSpinBox`` and ``ctkSliderWidget``, found by the property ``SlicerParameterName``.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import vtk


@dataclass(frozen=True)
class WithinRange:
    """Refuses a number outside ``[minimum, maximum]``."""

    minimum: float
    maximum: float

    def validate(self, value: Any) -> None:
        """Raise ValueError for a value outside."""
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"Value must be within range [{self.minimum}, {self.maximum}], is {value}")


class Choice:
    """Refuses a value that is none of the choices."""

    def __init__(self, choices: list[Any]) -> None:
        self.choices = choices

    def validate(self, value: Any) -> None:
        """Raise ValueError for anything else."""
        if value not in self.choices:
            raise ValueError(f"Value must be one of {self.choices}")


@dataclass(frozen=True)
class Default:
    """The value of a parameter that was never set."""

    value: Any


_ZERO = {str: "", bool: False, int: 0, float: 0.0}
_SIGNALS = {
    "QLineEdit": ("textChanged(QString)", "text"),
    "QCheckBox": ("toggled(bool)", "checked"),
    "QSpinBox": ("valueChanged(int)", "value"),
    "ctkSliderWidget": ("valueChanged(double)", "value"),
}


class _Parameter:
    """One attribute: its type, validators and default."""

    def __init__(self, name: str, hint: Any, owner: type) -> None:
        self.name = name
        extras = typing.get_args(hint)[1:] if typing.get_origin(hint) is typing.Annotated else ()
        self.kind = typing.get_args(hint)[0] if extras else hint
        self.validators = [e for e in extras if hasattr(e, "validate")]
        defaults = [e.value for e in extras if isinstance(e, Default)]
        self.default = getattr(owner, name, defaults[0] if defaults else _ZERO[self.kind])

    def read(self, node: Any) -> Any:
        """Return the value from the node's text."""
        text = node.GetParameter(self.name)
        return text == "True" if self.kind is bool else self.kind(text)

    def write(self, node: Any, value: Any) -> None:
        """Check the value and put it into the node as text."""
        if not isinstance(value, (int, float) if self.kind is float else self.kind):
            raise TypeError(f"{self.name} must be {self.kind.__name__}, not {type(value).__name__}")
        for validator in self.validators:
            validator.validate(value)
        node.SetParameter(self.name, str(self.kind(value)))


class _GuiConnection:
    """Widgets and parameters, kept equal both ways."""

    def __init__(self, wrapper: Any, widgets: dict[str, Any]) -> None:
        self.wrapper, self.widgets = wrapper, widgets
        self._is_writing = False
        self._slots: list[tuple[Any, str, Callable[[], None]]] = []
        self.write()
        for name, widget in widgets.items():
            signal, prop = _SIGNALS[widget.className()]
            slot = self._reader(name, widget, prop)
            widget.connect(signal, slot)
            self._slots.append((widget, signal, slot))
        self.tag = wrapper.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda _caller, _event: self.write())

    def _reader(self, name: str, widget: Any, prop: str) -> Callable[[], None]:
        def read() -> None:
            if not self._is_writing:
                setattr(self.wrapper, name, getattr(widget, prop))

        return read

    def write(self) -> None:
        """Show the parameters in the widgets."""
        if self._is_writing:
            return
        self._is_writing = True
        try:
            for name, widget in self.widgets.items():
                setattr(widget, _SIGNALS[widget.className()][1], getattr(self.wrapper, name))
        finally:
            self._is_writing = False

    def end(self) -> None:
        """Undo the connections."""
        for widget, signal, slot in self._slots:
            widget.disconnect(signal, slot)
        self.wrapper.RemoveObserver(self.tag)


def parameterNodeWrapper(owner: type) -> type:
    """Make the annotated attributes of a class live in the parameter node it is given."""
    hints = typing.get_type_hints(owner, include_extras=True)
    parameters = {name: _Parameter(name, hint, owner) for name, hint in hints.items()}

    def init(self: Any, node: Any) -> None:
        self.parameterNode = node
        self._connections = {}
        self._next_tag = 0
        for parameter in parameters.values():
            if not node.GetParameter(parameter.name) and parameter.default != "":
                parameter.write(node, parameter.default)

    def connect_gui(self: Any, ui: Any) -> None:
        found = {}
        for widget in vars(ui).values():
            name = widget.property("SlicerParameterName")
            if name:
                found[name] = widget
        connect_parameters(self, found)

    def connect_parameters(self: Any, widgets: dict[str, Any]) -> int:
        if unknown := set(widgets) - set(parameters):
            raise ValueError(f"Cannot find a param with the given name: {sorted(unknown)}")
        tag = self._next_tag
        self._next_tag += 1
        self._connections[tag] = _GuiConnection(self, widgets)
        return tag

    def disconnect_gui(self: Any, tag: int | None) -> None:
        if tag in self._connections:
            self._connections.pop(tag).end()

    owner.__init__ = init
    owner.connectGui = connect_gui
    owner.connectParametersToGui = connect_parameters
    owner.disconnectGui = disconnect_gui
    owner.AddObserver = lambda self, event, call, priority=0.0: self.parameterNode.AddObserver(event, call, priority)
    owner.RemoveObserver = lambda self, tag: self.parameterNode.RemoveObserver(tag)
    owner.StartModify = lambda self: self.parameterNode.StartModify()
    owner.EndModify = lambda self, was: self.parameterNode.EndModify(was)
    for name, parameter in parameters.items():
        setattr(owner, name, _attribute(parameter))
    return owner


def _attribute(parameter: _Parameter) -> property:
    return property(
        lambda self: parameter.read(self.parameterNode), lambda self, value: parameter.write(self.parameterNode, value)
    )


def module() -> types.ModuleType:
    """Make the module ``slicer.parameterNodeWrapper``."""
    made = types.ModuleType("slicer.parameterNodeWrapper", __doc__)
    made.__all__ = ["Choice", "Default", "WithinRange", "parameterNodeWrapper"]
    for name in made.__all__:
        setattr(made, name, globals()[name])
    return made
