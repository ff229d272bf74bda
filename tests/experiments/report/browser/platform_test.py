#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""The report of a platform of four accelerators."""
import json
import unittest

from page_checks import PageChecks, ReportCase, result_of_run


class Platform(PageChecks, ReportCase):
    name = "platform"

    @classmethod
    def make_results(cls, folder):
        return [result_of_run(folder, "--platform", "quad_olive_32x32", "--workload", "deit_tiny",
                              "--scheme", "w4a4-ovp", "--partition", "data")]

    def test_accelerators_are_there(self):
        result = json.loads(self.results[0].read_text(encoding="utf-8"))
        text = self.browser.find("main").text
        self.assertEqual(len(result["accelerators"]), 4)
        tables = [self.csv_of(figure) for figure in self.figures()]
        cells = {cell for _, rows in tables for row in rows for cell in row}
        for accelerator in result["accelerators"]:
            self.assertIn(accelerator["name"], cells | set(text.split()))


if __name__ == "__main__":
    unittest.main()
