# SPDX-License-Identifier: Apache-2.0
"""Draw the icon of the extension and of the module: a head whose face fades away in front of a dashed line.

::

    python Testing/make_icon.py      writes SlicerDeid.png and SlicerDeid/Resources/Icons/SlicerDeid.png
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QGuiApplication, QImage, QLinearGradient, QPainter, QPainterPath, QPen

REPOSITORY = Path(__file__).resolve().parents[1]
TARGETS = (REPOSITORY / "SlicerDeid.png", REPOSITORY / "SlicerDeid" / "Resources" / "Icons" / "SlicerDeid.png")
SIZE_PX = 128  # what Slicer's Extensions Manager shows
CUT = (QPointF(92, 14), QPointF(62, 112))  # from forehead to chin: in front of it is the face
FADED = 0.28  # opacity of the face


def head() -> QPainterPath:
    """Return a head in profile, looking to the right, on a 128 x 128 canvas."""
    path = QPainterPath(QPointF(42, 112))
    path.cubicTo(46, 101, 43, 94, 37, 87)  # neck
    path.cubicTo(22, 71, 19, 46, 34, 31)  # back of the head
    path.cubicTo(49, 15, 77, 14, 91, 29)  # vertex and forehead
    path.cubicTo(97, 36, 97, 43, 97, 48)  # brow
    path.cubicTo(99, 55, 106, 62, 107, 66)  # nose
    path.cubicTo(107, 69, 103, 70, 100, 70)
    path.cubicTo(101, 74, 102, 76, 99, 78)  # upper lip
    path.cubicTo(102, 81, 101, 84, 98, 85)  # lower lip
    path.cubicTo(100, 92, 97, 97, 89, 97)  # chin
    path.cubicTo(81, 97, 77, 98, 76, 103)  # throat
    path.cubicTo(75, 107, 76, 110, 77, 112)
    path.closeSubpath()
    return path


def brain() -> QPainterPath:
    """Return the brain within that head."""
    path = QPainterPath(QPointF(36, 60))
    path.cubicTo(29, 44, 40, 29, 57, 27)
    path.cubicTo(70, 25, 78, 32, 78, 42)
    path.cubicTo(78, 51, 74, 57, 67, 58)
    path.cubicTo(63, 66, 56, 69, 51, 65)
    path.cubicTo(45, 70, 38, 67, 36, 60)
    path.closeSubpath()
    return path


def behind_cut() -> QPainterPath:
    """Return the half of the canvas that is kept."""
    top, bottom = CUT
    path = QPainterPath(QPointF(-20, top.y()))
    for point in (top, bottom, QPointF(-20, bottom.y() + 20), QPointF(-20, -20)):
        path.lineTo(point)
    path.closeSubpath()
    return path


def draw() -> QImage:
    """Draw the icon."""
    image = QImage(SIZE_PX, SIZE_PX, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    ground = QLinearGradient(0, 0, SIZE_PX, SIZE_PX)
    ground.setColorAt(0, QColor("#0f766e"))
    ground.setColorAt(1, QColor("#1e3a8a"))
    painter.setBrush(QBrush(ground))
    painter.drawRoundedRect(QRectF(4, 4, SIZE_PX - 8, SIZE_PX - 8), 26, 26)
    kept = head().intersected(behind_cut())
    painter.setOpacity(FADED)
    painter.fillPath(head().subtracted(kept), QColor("white"))
    painter.setOpacity(1)
    painter.fillPath(kept, QColor("white"))
    painter.fillPath(brain(), QColor("#f59e0b"))
    painter.setPen(QPen(QColor("white"), 2.6, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.RoundCap))
    pen = painter.pen()
    pen.setDashPattern([0.1, 2.2])
    painter.setPen(pen)
    painter.drawLine(CUT[0] + QPointF(3, 0), CUT[1] + QPointF(3, 0))
    painter.end()
    return image


def main() -> int:
    """Write the icon to both places."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    application = QGuiApplication(sys.argv[:1])
    image = draw()
    for target in TARGETS:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not image.save(str(target)):
            print(f"{target} could not be written", file=sys.stderr)
            return 1
    application.quit()
    return 0


if __name__ == "__main__":
    sys.exit(main())
