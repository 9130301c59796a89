# SPDX-License-Identifier: Apache-2.0
"""Slicer without the desktop application: what the panel's tests run on.

The real MRML, displayable managers and ``slicer.util`` come from the package ``slicer-core``; Qt comes from PySide6 on
the offscreen platform. What neither of them has is doubled here, with the semantics that were observed in real PythonQt
and CTK:

``pythonqt``       properties as attributes, ``connect`` by signature, strict assignment
``qtmodule``       the module ``qt``
``ctkmodule``      the module ``ctk``: the few widgets the panel uses
``application``    ``slicer.app``, ``slicer.modules``, the module manager
``scripted``       ``slicer.ScriptedLoadableModule``, ``slicer.i18n``, ``slicer.packaging``
``slicermodules``  the modules Sample Data and DICOM, as far as others offer something there
``parameternode``  ``slicer.parameterNodeWrapper``
``layout``         ``slicer.app.layoutManager()``: the real layout logic, offscreen windows
``views``          slice and 3-D views rendered to pictures
``boot``           puts it all into ``sys.modules``, once

The environment variable ``SLICERDEID_SLICER_PYTHON`` names a folder with Slicer's own Python files
(``Base/Python/slicer`` of its sources, or ``bin/Python/slicer`` of an installation); a file found there replaces our
double.
"""
