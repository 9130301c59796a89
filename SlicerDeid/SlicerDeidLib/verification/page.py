# SPDX-License-Identifier: Apache-2.0
"""Page: one self-contained HTML page from headings, sentences and tables; everything in it is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote

from SlicerDeidLib.model.legible import legible_text

STYLE = """
:root { color-scheme: light dark; --line: #8884; --error: #c62828; --warning: #b26a00; --note: #607d8b;
--good: #2e7d32 }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem; margin-bottom: .2rem } h2 { font-size: 1.2rem; margin-top: 2rem }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem }
table { border-collapse: collapse; width: 100%; font-size: .93em } caption { text-align: left; font-weight: 600 }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid var(--line);
overflow-wrap: break-word } th { font-weight: 600; white-space: nowrap }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
.error { color: var(--error) } .warning { color: var(--warning) } .note { color: var(--note) }
.good { color: var(--good) } .lead { font-size: 1.1rem } summary { cursor: pointer; padding: .2rem 0 }
figure { margin: .6rem 0 } img { max-width: 100%; height: auto } figcaption { font-size: .9em }
.keep { border-left: 4px solid var(--error); padding: .4rem 1rem }
"""


class Page:
    """An HTML page that grows from top to bottom."""

    def __init__(self, title: str) -> None:
        self._title = _escaped(title)
        self._parts = [f"<h1>{self._title}</h1>"]

    def heading(self, text: str, level: int = 2) -> None:
        """Add a heading."""
        self._parts.append(f"<h{level}>{_escaped(text)}</h{level}>")

    def say(self, text: str, style: str = "") -> None:
        """Add a paragraph; ``style`` is one of the classes of ``STYLE``."""
        self._parts.append(f'<p class="{style}">{_escaped(text)}</p>')

    def listing(self, texts: Iterable[str]) -> None:
        """Add a list of sentences."""
        items = "".join(f"<li>{_escaped(text)}</li>" for text in texts)
        if items:
            self._parts.append(f"<ul>{items}</ul>")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], styles: Iterable[str] = ()) -> None:
        """Add a table; ``styles`` gives a class per row for its first cell."""
        rows, given = list(rows), list(styles)
        kinds = [_kind(value) for value in rows[0]] if rows else []
        head = "".join(
            f'<th class="{kind}">{_escaped(column)}</th>' for column, kind in zip(columns, kinds, strict=False)
        )
        body = "".join(
            f"<tr>{_cells(row, given[number] if number < len(given) else '')}</tr>" for number, row in enumerate(rows)
        )
        if body:
            self._parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")

    def folded(self, summary: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Add a table that opens on a click."""
        rows = list(rows)
        if rows:
            self._parts.append(f"<details><summary>{_escaped(summary)}</summary>")
            self.table(columns, rows)
            self._parts.append("</details>")

    def picture(self, path: str, caption: str) -> None:
        """Add a picture that lies beside the page: loaded when it is scrolled to."""
        source, text = escape(quote(path)), _escaped(caption)
        self._parts.append(
            f'<figure><img loading="lazy" src="{source}" alt="{text}"><figcaption>{text}</figcaption></figure>'
        )

    def html(self) -> str:
        """Return the whole page."""
        head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        body = "\n".join(self._parts)
        return (
            f'<!DOCTYPE html>\n<html lang="en"><head>{head}<title>{self._title}</title>'
            f"<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
        )


def _escaped(text: str) -> str:
    """Return a text that the browser takes for letters, and in which every letter is seen."""
    return escape(legible_text(text))


def _cells(row: Sequence[object], style: str) -> str:
    """Write the cells of one row, numbers to the right."""
    cells = []
    for place, value in enumerate(row):
        kind = _kind(value) or (style if place == 0 else "")
        text = f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
        cells.append(f'<td class="{kind}">{_escaped(text)}</td>' if kind else f"<td>{_escaped(text)}</td>")
    return "".join(cells)


def _kind(value: object) -> str:
    return "number" if isinstance(value, int | float) else ""
