# SPDX-License-Identifier: Apache-2.0
"""``import SlicerDeidLib as deid``: the verbs of a run, and nothing that is not meant to be used."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest
import SlicerDeidLib as deid

VERBS = {"audit", "discover", "plan", "preview", "read_map", "read_policy", "run"}
MODULES = sorted(module.name for module in pkgutil.walk_packages(deid.__path__, "SlicerDeidLib."))


def test_the_verbs_of_a_run_are_public() -> None:
    assert set(deid.__all__) >= VERBS


def test_every_public_name_is_there_and_explains_itself() -> None:
    for name in deid.__all__:
        value = getattr(deid, name)
        if inspect.isclass(value) or inspect.isroutine(value):  # an alias of a type can hold no docstring
            assert inspect.getdoc(value), name


def test_public_names_are_listed_once_in_order_and_by_dir() -> None:
    assert list(deid.__all__) == sorted(set(deid.__all__))
    assert set(deid.__all__) <= set(dir(deid))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        deid.no_such_name  # noqa: B018


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_every_module_imports_and_holds_what_its_all_says(name: str) -> None:
    module = importlib.import_module(name)
    missing = [public for public in getattr(module, "__all__", ()) if not hasattr(module, public)]
    assert not missing
