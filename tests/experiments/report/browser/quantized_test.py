#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""The report of synthetic tensors with heavy tails that models/numerics has quantized."""
import json
import os
import subprocess
import unittest

from page_checks import ReportCase, pictures, result_of_run

COSTS = ("w8a8-int8", "w4a4-int4", "w4a4-ovp", "w4a4-ovp-2:4")


class Quantized(ReportCase):
    @classmethod
    def make_results(cls, folder):
        runs = [result_of_run(folder, "--machine", "olive_64x64", "--workload", "bert_base",
                              "--scheme", scheme, name=f"run_{index}.json")
                for index, scheme in enumerate(COSTS)]
        text = subprocess.run([os.environ["OLV_MAKE_QUALITY"], *map(str, runs)],
                              capture_output=True, check=True).stdout
        cls.quality = json.loads(text)
        path = folder / "quality.json"
        path.write_bytes(text)
        return [path]

    def rows(self, chart):
        head, rows = self.csv_of(self.browser.find(chart))
        return [dict(zip(head, row)) for row in rows]

    def test_outliers_are_what_int4_lacks(self):
        self.browser.screenshot(pictures() / "quantized.png")
        for layer in self.rows("#error"):
            sqnr = {scheme: float(layer[f"{scheme} (dB)"]) for scheme in
                    ("w4a4-int4", "w4a4-ovp", "w8a8-int8")}
            self.assertLess(sqnr["w4a4-int4"] + 2, sqnr["w4a4-ovp"], layer["layer"])
            self.assertLess(sqnr["w4a4-ovp"], sqnr["w8a8-int8"], layer["layer"])

    def test_every_outlier_has_its_victim(self):
        rows = self.rows("#totals")
        self.assertEqual({row["scheme"] for row in rows},
                         {scheme["scheme"] for scheme in self.quality["schemes"]
                          if "ovp" in scheme["scheme"]})
        for row in rows:
            self.assertGreater(float(row["Outliers (%)"]), 0)
            self.assertEqual(row["Outliers (%)"], row["Victims (%)"])
            self.assertLess(float(row["Outlier\u2013outlier pairs (%)"]),
                            float(row["Outliers (%)"]))

    def test_front_has_the_schemes_with_a_cost(self):
        rows = self.rows("#front")
        self.assertEqual({row["scheme"] for row in rows}, set(COSTS))
        best = {row["scheme"] for row in rows if row["on the front"] == "true"}
        self.assertEqual(best, {"w8a8-int8", "w4a4-ovp", "w4a4-ovp-2:4"})

    def test_operand_and_measure_can_be_chosen(self):
        before = self.rows("#error")
        selects = self.browser.find_all("#layers select")
        self.browser.choose(selects[0], "Activations")
        self.browser.choose(selects[1], "Cosine")
        self.browser.settle()
        after = self.rows("#error")
        self.assertNotEqual(before, after)
        wanted = self.quality["schemes"][0]
        cosines = [layer["activations"]["cosine"] for layer in wanted["layers"]]
        self.assertEqual([float(row[wanted["scheme"]]) for row in after], cosines)
        self.assertIn("Cosine of activations", self.browser.find("#error h3").text)


if __name__ == "__main__":
    unittest.main()
