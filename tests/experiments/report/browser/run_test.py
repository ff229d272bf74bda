#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""The report of a run on an array: BERT-base, whose page is to stay small."""
import unittest

from page_checks import PageChecks, ReportCase, program


class Run(PageChecks, ReportCase):
    name = "run"

    @classmethod
    def make_results(cls, folder):
        path = folder / "run.json"
        program("run", "--machine", "olive_64x64", "--workload", "bert_base", "--scheme",
                "w4a4-ovp", "--json", "-o", path)
        return [path]


if __name__ == "__main__":
    unittest.main()
