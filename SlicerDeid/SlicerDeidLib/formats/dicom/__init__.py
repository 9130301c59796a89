# SPDX-License-Identifier: Apache-2.0
"""DICOM: elements read and written without decoding values, pixels decoded and encoded, media directories."""
