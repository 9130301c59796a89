# SPDX-License-Identifier: Apache-2.0
"""The sample: a head, its scanner and its patients, made by the program."""
