#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""The report of a record of olivine measure, with made-up times."""
import json
import os
import subprocess
import unittest

from page_checks import PageChecks, ReportCase


class Measure(PageChecks, ReportCase):
    name = "measure"

    @classmethod
    def make_results(cls, folder):
        path = folder / "record.json"
        path.write_bytes(subprocess.run([os.environ["OLV_MAKE_RECORD"]], capture_output=True,
                                        check=True).stdout)
        return [path]

    def test_every_timed_case_is_there(self):
        record = json.loads(self.results[0].read_text(encoding="utf-8"))
        timed = [case for case in record["results"] if case["status"] == "timed"]
        counts = [len(self.csv_of(figure)[1]) for figure in self.figures()]
        self.assertGreaterEqual(max(counts), len(timed))
        self.assertIn("measured", self.browser.find("#masthead .badge").text)


if __name__ == "__main__":
    unittest.main()
