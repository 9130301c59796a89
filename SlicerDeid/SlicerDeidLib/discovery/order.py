# SPDX-License-Identifier: Apache-2.0
"""The order of a series' instances: along the slice normal, then by number, then by path."""

from __future__ import annotations

from collections.abc import Sequence

from SlicerDeidLib.model.instance import Instance, Vector


def order_instances(instances: Sequence[Instance]) -> tuple[Instance, ...]:
    """Sort by position along the normal of the first instance that has one, then InstanceNumber, then path."""
    normal = next((found for instance in instances if (found := _normal(instance))), None)

    def key(instance: Instance) -> tuple[bool, float, int, str]:
        lies = normal is not None and instance.position is not None
        place = _dot(instance.position, normal) if normal and instance.position else 0.0
        return not lies, round(place, 4), instance.instance_number or 0, instance.path.as_posix()

    return tuple(sorted(instances, key=key))


def _normal(instance: Instance) -> Vector | None:
    """Cross product of the row and column cosines."""
    if instance.row_cosines is None or instance.column_cosines is None:
        return None
    (a, b, c), (d, e, f) = instance.row_cosines, instance.column_cosines
    return b * f - c * e, c * d - a * f, a * e - b * d


def _dot(first: Vector, second: Vector) -> float:
    return sum(a * b for a, b in zip(first, second, strict=True))
