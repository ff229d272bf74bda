#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""The report of a run on an array: BERT-base, whose page is to stay small."""
import json
import unittest

from page_checks import PageChecks, ReportCase, result_of_run


class Run(PageChecks, ReportCase):
    name = "run"
    charts = ("cycles-by-layer", "energy-by-layer", "dram-by-layer", "roofline", "floorplan")

    @classmethod
    def make_results(cls, folder):
        return [result_of_run(folder, "--machine", "olive_64x64", "--workload", "bert_base",
                              "--scheme", "w4a4-ovp")]

    def test_network_is_as_large_as_the_limit_is_meant_for(self):
        result = json.loads(self.results[0].read_text(encoding="utf-8"))
        self.assertGreaterEqual(len(result["layers"]), 74)

    def test_numbers_are_those_of_the_run(self):
        result = json.loads(self.results[0].read_text(encoding="utf-8"))
        self.show_each_layer("cycles")
        head, rows = self.csv_of(self.browser.find("#cycles-by-layer"))
        self.assertEqual([row[0] for row in rows], [layer["name"] for layer in result["layers"]])
        total = [name for name in head if name.lower().startswith("total")]
        self.assertTrue(total, head)
        column = head.index(total[0])
        self.assertEqual([float(row[column]) for row in rows],
                         [layer["cycles"] for layer in result["layers"]])
        self.assertAlmostEqual(sum(float(row[column]) for row in rows),
                               result["total"]["cycles"], delta=0.5)

    def test_floorplan_is_to_scale(self):
        result = json.loads(self.results[0].read_text(encoding="utf-8"))
        area = dict(result["total"]["area_um2"])
        total = area.pop("total")
        drawn = self.browser.run("""
            const areas = {};
            for (const {dataset: {block}, width, height} of
                 document.querySelectorAll("#floorplan rect[data-block]")) {
              const px2 = width.baseVal.value * height.baseVal.value;
              areas[block] = (areas[block] ?? 0) + px2;
            }
            return areas;""")
        self.assertEqual(set(drawn), {name for name, um2 in area.items() if um2 > 0})
        whole = sum(drawn.values())
        for name, px2 in drawn.items():  # single-precision coordinates in the browser
            self.assertAlmostEqual(px2 / whole, area[name] / total, delta=1e-5 * area[name] / total)


if __name__ == "__main__":
    unittest.main()
