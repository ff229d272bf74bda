# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""What the tests of the module share; without NumPy they are skipped."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy as np
except ImportError:
    print("SKIPPED (no NumPy)")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[3]
MODULE = ROOT / "experiments/python"


def program(*arguments, status=0):
    """Standard output of the program, or standard error where it is to fail."""
    done = subprocess.run([os.environ["OLV_CLI"], *map(str, arguments)], capture_output=True,
                          text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stderr if status else done.stdout


def flat(figures):
    """{"a": {"b": 1, "total": 2}} is {"a.b": 1, "a": 2}."""
    result = {}
    for key, value in figures.items():
        for part, item in (value.items() if isinstance(value, dict) else ()):
            result[key if part == "total" else f"{key}.{part}"] = item
        if not isinstance(value, dict):
            result[key] = value
    return result


# Points of microseconds: one GEMM, 4 x 3 x 2 combinations of which some schemes cannot run.
WORKLOAD = """name: small
blocks:
  - name: block
    layers:
      - {name: gemm, kind: linear, m: 64, n: 48, k: 100}
"""
ROWS, COLS, SCHEMES = [4, 8, 16, 32], [4, 12, 16], ["w4a4-ovp", "w16a16-fp16"]


class Sweeps(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.workload = self.folder / "small.yaml"
        self.workload.write_text(WORKLOAD, encoding="utf-8")
        self.spec = {
            "name": "small", "machine": "edge_16x16", "workload": str(self.workload),
            "axes": {"scheme": SCHEMES, "array.rows": ROWS, "array.cols": COLS},
            "objectives": ["time_s", "area_um2", "utilization"]}

    def assert_same(self, one, other):
        self.assertEqual(one.columns, other.columns)
        for name in one.columns:
            np.testing.assert_array_equal(one[name], other[name], err_msg=name)
