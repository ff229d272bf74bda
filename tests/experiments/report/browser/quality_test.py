#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""The report of what formats do to a model: error by layer, outliers, accuracy and energy."""
import json
import unittest

from page_checks import PageChecks, ReportCase

LAYERS = 12
ERRORS = {"w8a8-int8": 1e-5, "w4a4-int4": 2e-2, "w4a4-ovp": 1e-3}
ENERGIES = {"w8a8-int8": 5e9, "w4a4-int4": 2e9, "w4a4-ovp": 2.2e9}


def tensor(error, layer):
    """An error that falls with the depth."""
    return {"elements": 589824, "mse": error / (layer + 1), "sqnr_db": 20 + layer - 1000 * error,
            "cosine": 1 - error, "outliers": 500 + layer, "victims": 480, "outlier_pairs": 20,
            "scale_min": 0.01, "scale_max": 0.02}


class Quality(PageChecks, ReportCase):
    name = "quality"

    @classmethod
    def make_results(cls, folder):
        path = folder / "quality.json"
        schemes = [{
            "scheme": scheme,
            "quality": {"mean_cosine": 1 - error, "rank_agreement": 1 - 2 * error},
            "time_s": 1e-3, "energy_pj": ENERGIES[scheme],
            "layers": [{"name": f"encoder.{layer}", "weights": tensor(error, layer),
                        "activations": tensor(2 * error, layer)} for layer in range(LAYERS)],
        } for scheme, error in ERRORS.items()]
        path.write_text(json.dumps({
            "schema": "olivine.quality/1", "model": "encoder", "machine": "olive_64x64",
            "provenance": {"version": "0.1.0"}, "schemes": schemes}), encoding="utf-8")
        return [path]

    def test_every_layer_and_scheme_is_there(self):
        cells = {cell for figure in self.figures() for row in self.csv_of(figure)[1]
                 for cell in row}
        self.assertLessEqual(set(ERRORS), cells | set(self.browser.find("main").text.split()))
        self.assertLessEqual({f"encoder.{layer}" for layer in range(LAYERS)}, cells)


if __name__ == "__main__":
    unittest.main()
