# SPDX-License-Identifier: Apache-2.0
"""The command line: arguments to calls, records to words; every command imports its rooms inside itself."""
