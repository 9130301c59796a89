# SPDX-License-Identifier: Apache-2.0
"""Headers: elements in, changes out; knows no file format."""
