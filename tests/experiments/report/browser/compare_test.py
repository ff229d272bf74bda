#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""The report of a comparison with measured times: made up, of two kinds of GPU."""
import math
import unittest

from page_checks import PageChecks, ReportCase, program


# FLOP/s, bytes/s
GPUS = {"A100-SXM4-80GB": (200e12, 1.5e12), "H100-SXM5-80GB": (550e12, 2.5e12)}


def measurements():
    """A roofline after 4 us, with a wave over the sizes as noise."""
    yield "device,source,library,M,N,K,dtype,sparse,value,unit,note"
    for device, (rate, bandwidth) in GPUS.items():
        for m in (1, 16, 64, 256, 1024, 4096):
            for n in (512, 1024, 4096):
                for k in (512, 2048, 8192):
                    roof_s = max(2 * m * n * k / rate, 2 * (m * k + k * n + m * n) / bandwidth)
                    time_us = (4 + 1e6 * roof_s) * (1 + 0.2 * math.sin(m + n + k))
                    yield f"{device},lab,torch cuBLAS,{m},{n},{k},bf16,dense,{time_us:.4f},us,"


class Compare(PageChecks, ReportCase):
    name = "compare"

    @classmethod
    def make_results(cls, folder):
        measured = folder / "measured.csv"
        measured.write_text("\n".join(measurements()) + "\n", encoding="utf-8")
        result = folder / "compare.json"
        program("compare", "--measured", measured, "--half", "all", "--json", "--points", "-o",
                result)
        return [result]

    def test_every_point_is_there(self):
        counts = [len(self.csv_of(figure)[1]) for figure in self.figures()]
        self.assertIn(2 * 6 * 3 * 3, counts)


if __name__ == "__main__":
    unittest.main()
