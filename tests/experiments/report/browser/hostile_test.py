#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""Names that hold HTML: a page shows them as text and runs none of it."""
import json
import unittest

from page_checks import ReportCase, result_of_run

EVIL = "</script><img src=x onerror=\"document.title='broken'\"><b>&amp;"


class Hostile(ReportCase):
    name = "hostile"

    @classmethod
    def make_results(cls, folder):
        path = result_of_run(folder, "--machine", "edge_16x16", "--gemm", "64x48x100", "--scheme",
                             "w4a4-ovp")
        result = json.loads(path.read_text(encoding="utf-8"))
        result["workload"] = EVIL
        result["machine"] = EVIL
        result["layers"][0]["name"] = EVIL
        result["provenance"][EVIL] = EVIL
        path.write_text(json.dumps(result), encoding="utf-8")
        return [path]

    def test_names_are_text(self):
        self.assertNotEqual(self.browser.driver.title, "broken")
        self.assertIn(EVIL, self.browser.find("#content").text +
                      self.browser.find("#masthead").text)
        for figure in self.figures():
            for summary in self.browser.find_all("summary", figure):
                self.browser.click(summary)
            # A tooltip is HTML that the page makes itself.
            plot = self.browser.find(".plot", figure)
            self.browser.run("arguments[0].focus()", plot)
            self.browser.press(self.browser.keys.ARROW_RIGHT)
            self.browser.settle()
        self.assertEqual(self.browser.find_all("img[src=x], main b"), [])
        self.assertNotEqual(self.browser.driver.title, "broken")


if __name__ == "__main__":
    unittest.main()
