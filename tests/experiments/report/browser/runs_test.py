#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""Three runs of different schemes side by side."""
import json
import unittest

from page_checks import PageChecks, ReportCase, result_of_run

SCHEMES = ("w8a8-int8", "w4a4-ovp", "w4a4-ovp-2:4")


class Runs(PageChecks, ReportCase):
    name = "runs"

    @classmethod
    def make_results(cls, folder):
        return [result_of_run(folder, "--machine", "olive_64x64", "--workload", "deit_base",
                              "--scheme", scheme, name=f"{index}.json")
                for index, scheme in enumerate(SCHEMES)]

    def test_runs_are_compared(self):
        _, rows = self.csv_of(self.browser.find("#comparison"))
        self.assertEqual([row[0] for row in rows], list(SCHEMES))
        for path, row in zip(self.results, rows):
            total = json.loads(path.read_text(encoding="utf-8"))["total"]
            self.assertEqual(float(row[1]), total["time_s"])

    def test_choice_of_a_run_changes_the_details(self):
        self.show_each_layer("cycles")
        figure = self.browser.find("#cycles-by-layer")
        before = self.csv_of(figure)
        self.browser.choose(self.browser.find("#sections select"), SCHEMES[1])
        after = self.csv_of(figure)
        self.assertNotEqual(before, after)
        result = json.loads(self.results[1].read_text(encoding="utf-8"))
        self.assertEqual([row[0] for row in after[1]],
                         [layer["name"] for layer in result["layers"]])
        self.assertIn(SCHEMES[1], self.browser.find("h3", figure).text)


if __name__ == "__main__":
    unittest.main()
