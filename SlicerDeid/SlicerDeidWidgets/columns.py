# SPDX-License-Identifier: Apache-2.0
"""Columns: how the panel's plain tables look."""

from __future__ import annotations

from collections.abc import Sequence

_ROW_PX = 20


def setColumns(table: object, names: Sequence[str], widthsPx: Sequence[int]) -> None:
    """Give a QTableWidget its columns and low rows.

    Parameters
    ----------
    names : sequence of str
        Over the columns.
    widthsPx : sequence of int
        Of all columns but the last, which takes the rest.
    """
    table.setColumnCount(len(names))
    table.setHorizontalHeaderLabels(names)
    for column, width in enumerate(widthsPx):
        table.setColumnWidth(column, width)
    table.horizontalHeader().setStretchLastSection(True)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(_ROW_PX)
