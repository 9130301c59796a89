# SPDX-License-Identifier: Apache-2.0
"""The DICOM standard as tables."""
