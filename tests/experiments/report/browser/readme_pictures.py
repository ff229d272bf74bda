#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""Makes the pictures of README.md anew: ./olivine pictures. Argument: the folder to write to."""
import base64
import pathlib
import sys
import tempfile

from browser import Browser
from page_checks import ROOT, program, result_of_run

SIZE = (1100, 860)
SCALE = 1.5  # pixels of the picture for one of the page


def photograph(browser, path, selector=None):
    """One element with a little of the page around it, or what a reader sees at first."""
    options = {"format": "png"}
    if selector:
        left, top, width, height = browser.run(
            "const {left, top, width, height} = document.querySelector(arguments[0])"
            ".getBoundingClientRect(); return [left + scrollX, top + scrollY, width, height]",
            selector)
        options |= {"captureBeyondViewport": True,
                    "clip": {"x": left - 8, "y": top - 8, "width": width + 16,
                             "height": height + 16, "scale": 1}}
    picture = browser.driver.execute_cdp_cmd("Page.captureScreenshot", options)
    path.write_bytes(base64.b64decode(picture["data"]))
    print(path)


def run_report(folder):
    """One network in two formats on the same array."""
    results = [result_of_run(folder, "--machine", "olive_64x64", "--workload", "bert_base",
                             "--scheme", scheme, name=f"{scheme}.json")
               for scheme in ("w4a4-ovp", "w8a8-int8")]
    page = folder / "run.html"
    program("report", *results, "-o", page)
    return page


def sweep_report(folder):
    spec = ROOT / "experiments/sweep/examples/bert_base.yaml"
    program("sweep", "run", spec, "--db", folder / "sweep.db")
    page = folder / "sweep.html"
    program("report", folder / "sweep.db", "-o", page)
    return page


def array_view(folder):
    page = folder / "view.html"
    program("view", "array", "--dataflow", "ws", "--html", page)
    return page


def main():
    target = pathlib.Path(sys.argv[1])
    browser = Browser()
    try:
        browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": SIZE[0], "height": SIZE[1], "deviceScaleFactor": SCALE, "mobile": False})
        browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-reduced-motion", "value": "reduce"}]})
        with tempfile.TemporaryDirectory(prefix="olivine_pictures_") as name:
            folder = pathlib.Path(name)
            browser.open(run_report(folder))
            photograph(browser, target / "run.png", "#energy-by-layer")
            browser.open(sweep_report(folder))
            photograph(browser, target / "sweep.png", "#pareto")
            browser.open(array_view(folder))
            browser.press(*(browser.keys.ARROW_RIGHT for _ in range(9)))
            photograph(browser, target / "array.png")
    finally:
        browser.close()


if __name__ == "__main__":
    main()
