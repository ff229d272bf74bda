#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""The report of a sweep: filter and front against brute force, and a point's machine file run."""
import csv
import io
import json
import shlex
import unittest

from page_checks import PageChecks, ReportCase, program

WORKLOAD = """\
name: small
blocks:
  - name: block
    layers:
      - {name: gemm, kind: linear, m: 64, n: 48, k: 100}
      - {name: scores, kind: attention, m: 16, n: 32, k: 24, batch: 4}
"""
# w16a16-fp16 has no PEs here: its points fail. The constraint makes others infeasible.
SPEC = """\
name: shapes
machine: edge_16x16
workload: small.yaml
axes:
  scheme: [w4a4-ovp, w8a8-int8, w16a16-fp16]
  array.dataflow: [ws, os, is]
  array.rows: {from: 4, to: 24, step: 4}
  array.cols: [4, 8, 16, 32]
  memory.weight_buffer: [2KiB, 8KiB, 32KiB]
constraints: [array.rows <= 3 * array.cols]
objectives: [time_s, energy_pj, area_um2]
"""


def front_of(points, names):
    """The points that no other dominates, all objectives to be small."""
    costs = [tuple(float(point[name]) for name in names) for point in points]
    distinct = sorted(set(costs))
    best = {cost for cost in distinct if not any(
        other != cost and all(a <= b for a, b in zip(other, cost)) for other in distinct)}
    return [cost for cost in costs if cost in best]


class Sweep(PageChecks, ReportCase):
    name = "sweep"
    keeping = ("test_points_and_front_are_those_of_the_database", "test_filter_of_an_axis",
               "test_filter_of_a_range", "test_points_that_failed_are_told",
               "test_front_is_walked_with_the_keyboard",
               "test_click_on_a_point_gives_a_machine_file_with_its_numbers")
    charts = ("pareto", "parallel-coordinates", "heat-map", "effect-shares", "effect-levels")

    @classmethod
    def make_results(cls, folder):
        (folder / "small.yaml").write_text(WORKLOAD, encoding="utf-8")
        (folder / "sweep.yaml").write_text(SPEC, encoding="utf-8")
        program("sweep", "run", "sweep.yaml", "--db", "shapes.db", folder=folder)
        exported = program("sweep", "export", "shapes.db", folder=folder)
        cls.points = [point for point in csv.DictReader(io.StringIO(exported))
                      if point["feasible"] == "1" or point["feasible"] == "true"]
        return [folder / "shapes.db"]

    def visible(self):
        return int(self.browser.find("#visible-count").get_attribute("data-visible"))

    def control(self, name):
        return self.browser.find(f"[data-sweep='{name}']")

    def filter(self, axis, dropped):
        """Takes one value out of an axis."""
        control = self.control(f"axis:{axis}")
        self.browser.click(self.browser.find("summary", control))
        for label in self.browser.find_all("label", control):
            if label.text == dropped:
                label.click()
                break
        else:
            self.fail(f"no value {dropped}")
        self.browser.click(self.browser.find("summary", control))
        self.browser.settle()

    def reset(self):
        self.browser.click(self.browser.find("#reset"))
        self.browser.settle()

    def check_points(self, points, names=("time_s", "energy_pj")):
        """The page shows these, and their front is the one of brute force."""
        self.assertEqual(self.visible(), len(points))
        shown = self.records_of(self.browser.find("#pareto"))
        key = ("scheme", "array.dataflow", "array.rows", "array.cols", "memory.weight_buffer",
               "time_s", "energy_pj", "area_um2")

        def keys(records):
            return sorted(tuple(record[name] for name in key[:4]) +
                          tuple(float(record[name]) for name in key[5:]) for record in records)
        self.assertEqual(keys(shown), keys(points))
        saved = io.StringIO(self.browser.saved(self.control("front-csv")), newline="")
        front = [tuple(float(record[name]) for name in names) for record in csv.DictReader(saved)]
        self.assertEqual(sorted(front), sorted(front_of(points, names)))
        rows = self.browser.find_all("#front-table tr[data-point]")
        self.assertEqual(len(rows), len(front))

    def test_points_and_front_are_those_of_the_database(self):
        self.assertGreater(len(self.points), 100)
        self.check_points(self.points)

    def test_filter_of_an_axis(self):
        self.filter("array.dataflow", "os")
        left = [point for point in self.points if point["array.dataflow"] != "os"]
        self.check_points(left)
        self.filter("scheme", "w8a8-int8")
        left = [point for point in left if point["scheme"] != "w8a8-int8"]
        self.check_points(left)
        self.reset()
        self.check_points(self.points)

    def test_filter_of_a_range(self):
        high = self.browser.find_all("input[type=range]", self.control("range:energy_pj"))[1]
        self.browser.run("arguments[0].focus()", high)
        self.browser.press(*[self.browser.keys.PAGE_DOWN] * 5)
        self.browser.settle()
        limits = self.browser.run(
            "const {ranges} = olivine.page.sweep.model;"
            "return [...ranges].map(([{name}, range]) => [name, ...range])")
        (name, low, most), = limits
        self.assertEqual(name, "energy_pj")
        left = [point for point in self.points if low <= float(point[name]) <= most]
        self.assertLess(len(left), len(self.points))
        self.assertGreater(len(left), 0)
        self.check_points(left)
        self.reset()

    def test_another_plane_has_another_front(self):
        select = self.browser.find("select", self.control("y-measure"))
        area = [option.text for option in self.browser.find_all("option", select)
                if "rea" in option.text.split()[0]][0]
        self.browser.choose(select, area)
        self.browser.settle()
        self.check_points(self.points, ("time_s", "area_um2"))

    def click_point(self, row):
        """Clicks the point where it is drawn."""
        plot = self.browser.find("#pareto .plot")
        at = self.browser.run(
            "const {model, plane} = olivine.page.sweep;"
            "const scale = (which) => olivine.sweep.toScale("
            "plane[which].column[arguments[0]], plane.isLog[which]);"
            "return plane.chart.instance.convertToPixel('grid', [scale('x'), scale('y')])", row)
        self.browser.click_at(plot, *at)
        self.browser.settle()

    def test_click_on_a_point_gives_a_machine_file_with_its_numbers(self):
        front = self.browser.run("return Array.from(olivine.page.sweep.plane.front)")
        for row in (front[0], front[len(front) // 2]):
            self.click_point(row)
            point = self.browser.find("#point")
            self.assertEqual(point.get_attribute("data-point"), str(row))
            path = self.browser.download(self.browser.find("#download-machine"))
            shown = self.browser.run(
                "return document.querySelector('#machine-file').textContent")
            self.assertEqual(path.read_text(encoding="utf-8"), shown)
            command = shlex.split(self.browser.run(
                "return document.querySelector('#machine-command').textContent"))
            self.assertEqual(command[0], "olivine")
            path.rename(self.folder / command[command.index("--machine") + 1])
            total = json.loads(program(*command[1:], "--json", folder=self.folder))["total"]
            values = {entry.get_attribute("data-name"): float(entry.get_attribute("data-value"))
                      for entry in self.browser.find_all("#point-metrics dd[data-value]", point)}
            for name, value in (("time_s", total["time_s"]),
                                ("energy_pj", total["energy_pj"]["total"]),
                                ("area_um2", total["area_um2"]["total"]),
                                ("cycles", total["cycles"]),
                                ("utilization", total["utilization"]),
                                ("dram_bytes", total["dram_bytes"]["total"])):
                self.assertEqual(values[name], value, name)

    def test_front_is_walked_with_the_keyboard(self):
        rows = self.browser.find_all("#front-table tr[data-point]")
        self.browser.run("arguments[0].focus()", rows[0])
        self.browser.press(self.browser.keys.ARROW_DOWN, self.browser.keys.ENTER)
        self.assertEqual(self.browser.find("#point").get_attribute("data-point"),
                         rows[1].get_attribute("data-point"))

    def test_other_views_follow_their_controls(self):
        for control, chart in (("heat-x", "#heat-map"), ("heat-measure", "#heat-map"),
                               ("effects-objective", "#effect-levels"), ("colour", "#pareto")):
            with self.subTest(control=control):
                before = self.ask("drawnCharts(arguments[0])[0].sum", chart)
                select = self.browser.find("select", self.control(control))
                chosen = select.get_property("selectedIndex")
                options = self.browser.find_all("option", select)
                options[len(options) - 1 if chosen != len(options) - 1 else 0].click()
                self.browser.settle()
                after = self.ask("drawnCharts(arguments[0])[0].sum", chart)
                self.assertNotEqual(after, before)

    def test_points_that_failed_are_told(self):
        self.assertIn("fp16", self.browser.find("#failures").text)


if __name__ == "__main__":
    unittest.main()
