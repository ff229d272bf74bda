#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""The report of a run on a GPU."""
import json
import unittest

from page_checks import PageChecks, ReportCase, result_of_run


class GpuRun(PageChecks, ReportCase):
    name = "gpu_run"

    @classmethod
    def make_results(cls, folder):
        return [result_of_run(folder, "--machine", "h100_sxm", "--workload", "bert_base",
                              "--scheme", "w8a8-int8")]

    def test_layers_are_those_of_the_run(self):
        result = json.loads(self.results[0].read_text(encoding="utf-8"))
        names = [layer["name"] for layer in result["layers"]]
        figures = self.browser.find_all("figure.chart[id$=by-layer]")
        self.assertTrue(figures)
        for figure in figures:
            section = self.browser.run("return arguments[0].closest('section').id", figure)
            self.show_each_layer(section)
            _, rows = self.csv_of(figure)
            shown = [row[0] for row in rows]
            self.assertEqual(shown, [name for name in names if name in set(shown)])
            self.assertGreater(len(shown), len(names) / 2)


class GpuRuns(ReportCase):
    """Several of them in one page."""

    @classmethod
    def make_results(cls, folder):
        return [result_of_run(folder, "--machine", "h100_sxm", "--workload", "deit_tiny",
                              "--scheme", scheme, name=f"{scheme}.json")
                for scheme in ("w16a16-fp16", "w8a8-int8")]

    def test_both_are_there(self):
        text = self.browser.find("main").text
        self.assertIn("w16a16-fp16", text)
        self.assertIn("w8a8-int8", text)


if __name__ == "__main__":
    unittest.main()
