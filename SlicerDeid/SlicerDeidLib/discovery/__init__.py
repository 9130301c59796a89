# SPDX-License-Identifier: Apache-2.0
"""Discovery: files below a root, zips included, to instances, series and patients."""
