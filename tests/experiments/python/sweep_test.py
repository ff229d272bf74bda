#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""Sweeps and their results, against single runs, the program and a front by brute force."""
import copy
import csv
import gc
import io
import json
import os
import re
import signal
import threading
import time
import unittest

from cases import COLS, ROWS, SCHEMES, Sweeps, program
import numpy as np
import olivine


class Sweep(Sweeps):
    def test_points_are_those_of_single_runs(self):
        results = olivine.sweep(self.spec)
        self.assertEqual(len(results), len(ROWS) * len(COLS) * len(SCHEMES))
        for i in range(len(results)):
            arguments = ("edge_16x16", self.workload, results["scheme"][i],
                         {key: results[key][i] for key in ("array.rows", "array.cols")})
            if results["status"][i] == "failed":
                with self.assertRaisesRegex(olivine.Error, re.escape(results["failure"][i])):
                    olivine.run(*arguments)
                self.assertTrue(np.isnan(results["time_s"][i]))
                continue
            run = olivine.run(*arguments)
            for name in ("time_s", "energy_pj", "area_um2", "utilization", "macs", "cycles",
                         "stall_cycles", "dram_bytes"):
                self.assertEqual(results[name][i], run[name])
        failed = results["status"] == "failed"
        np.testing.assert_array_equal(failed, results["scheme"] == "w16a16-fp16")
        np.testing.assert_array_equal(failed, ~results.feasible)

    def test_takes_a_path_text_and_a_dict_alike(self):
        path = self.folder / "spec.yaml"
        path.write_text(json.dumps(self.spec), encoding="utf-8")
        text = f"""name: small
machine: edge_16x16
workload: {self.workload}
axes:
  scheme: [{', '.join(SCHEMES)}]
  array.rows: {{from: 4, to: 32, factor: 2}}
  array.cols: {COLS}
objectives: [time_s, area_um2, utilization]
"""
        with_arrays = copy.deepcopy(self.spec)
        with_arrays["axes"]["array.rows"] = np.array(ROWS)
        with_arrays["axes"]["array.cols"] = [np.int32(cols) for cols in COLS]
        expected = olivine.sweep(self.spec)
        for spec in (path, str(path), text, with_arrays):
            self.assert_same(olivine.sweep(spec), expected)

    def test_threads_change_nothing(self):
        expected = olivine.sweep(self.spec, threads=1)
        for threads in (2, 3, 8):
            self.assert_same(olivine.sweep(self.spec, threads=threads), expected)

    def test_goes_on_with_a_file(self):
        database = self.folder / "small.db"
        reports = []
        first = olivine.sweep(self.spec, database, progress=reports.append)
        self.assertEqual((reports[-1].computed, reports[-1].repeated), (24, 0))
        again = olivine.sweep(self.spec, str(database), progress=reports.append)
        self.assertEqual((reports[-1].computed, reports[-1].repeated), (0, 24))
        self.assert_same(first, again)
        self.assert_same(first, olivine.results(database))
        self.assert_same(first, olivine.results(database, olivine.model_version))
        self.spec["axes"]["array.rows"] = ROWS + [64]
        olivine.sweep(self.spec, database, progress=reports.append)
        self.assertEqual((reports[-1].computed, reports[-1].repeated), (6, 24))

    def test_progress_says_how_far_it_is(self):
        reports = []
        results = olivine.sweep(self.spec, progress=reports.append)
        last = reports[-1]
        self.assertEqual((last.asked, last.budget, last.failed, last.excluded), (24, 24, 12, 0))
        self.assertEqual(last.front, len(results.front()))
        self.assertEqual(last.best, results.ideal())

    def test_is_what_the_program_stores_and_exports(self):
        path, database = self.folder / "spec.yaml", self.folder / "small.db"
        self.spec["objectives"].append({"name": "per_pe", "value": "time_s * pes", "goal": "min"})
        path.write_text(json.dumps(self.spec), encoding="utf-8")
        program("sweep", "run", path, "--db", database)
        rows = list(csv.reader(io.StringIO(program("sweep", "export", database))))
        reports = []
        results = olivine.sweep(path, database, progress=reports.append)
        self.assertEqual(reports[-1].computed, 0)
        self.assertEqual(results.columns, rows[0])
        for name, *texts in zip(*rows):
            column = results[name]
            if column.dtype == object:
                self.assertEqual(column.tolist(), texts)
            elif column.dtype == bool:
                self.assertEqual(column.tolist(), [text == "true" for text in texts])
            else:
                np.testing.assert_array_equal(column, [float(text or "nan") for text in texts])


class Results(Sweeps):
    def sweep(self, **more):
        self.spec.update(more)
        return olivine.sweep(self.spec)

    @staticmethod
    def costs(results):
        """A row a point; lower is better."""
        signs = [1 if goal == "min" else -1 for goal in results.objectives.values()]
        return np.stack([sign * results[name] for name, sign in zip(results.objectives, signs)], 1)

    def brute_front(self, results, among):
        costs = self.costs(results)
        return [i for i in np.flatnonzero(among) if not any(
            (costs[j] <= costs[i]).all() and (costs[j] < costs[i]).any()
            for j in np.flatnonzero(among))]

    def test_front_is_what_nothing_dominates(self):
        for objectives in (["time_s"], ["time_s", "area_um2"],
                           ["energy_pj", "area_um2", "utilization"]):
            results = self.sweep(objectives=objectives)
            front = results.front()
            self.assertEqual(front.dtype, np.int64)
            self.assertCountEqual(front, self.brute_front(results, results.feasible))
            best_first = sorted(front, key=lambda i: (*self.costs(results)[i], i))
            self.assertEqual(front.tolist(), best_first)
            for name, goal in results.objectives.items():
                best = getattr(results[name][results.feasible], goal)()
                self.assertEqual(results.ideal()[name], best)

    def test_hypervolume_of_two_objectives_is_the_area_below_steps(self):
        results = self.sweep(objectives=["time_s", "area_um2"])
        costs = self.costs(results)[results.feasible]
        ideal, worst = costs.min(axis=0), costs.max(axis=0)
        steps = (self.costs(results)[results.front()] - ideal) / (worst - ideal)
        heights = np.append(1.0, steps[:-1, 1]) - steps[:, 1]
        self.assertAlmostEqual(results.hypervolume(), ((1 - steps[:, 0]) * heights).sum(), 12)

    def test_groups_have_fronts_of_their_own(self):
        results = self.sweep(group_by=["array.cols"])
        self.assertCountEqual(results.groups, [str(cols) for cols in COLS])
        fronts = [results.front(group) for group in results.groups]
        for group, front in zip(results.groups, fronts):
            among = results.feasible & (results["array.cols"] == int(group))
            self.assertCountEqual(front, self.brute_front(results, among))
            self.assertEqual(results.ideal(group)["time_s"], results["time_s"][among].min())
        self.assertEqual(results.front().tolist(), np.concatenate(fronts).tolist())
        with self.assertRaisesRegex(olivine.Error, "group = None: must be one of"):
            results.hypervolume()
        with self.assertRaisesRegex(olivine.Error, "group = 99: must be one of"):
            results.front("99")

    def test_constraints_over_results_decide_what_is_feasible(self):
        every = self.sweep()
        limit = float(np.median(every["time_s"][every.feasible]))
        results = self.sweep(constraints=[f"time_s <= {limit!r}"])
        np.testing.assert_array_equal(results.feasible, every["time_s"] <= limit)
        self.assertEqual(results.feasible.sum(), len(every.feasible) // 4)  # half of half

    def test_nothing_feasible_is_an_empty_front(self):
        results = self.sweep(constraints=["time_s < 0"])
        self.assertEqual(len(results), 24)
        self.assertEqual((results.front().tolist(), results.ideal(), results.hypervolume()),
                         ([], {}, 0))

    def test_columns_have_types(self):
        results = self.sweep(objectives=["time_s", {"name": "per_pe", "value": "time_s * pes"}])
        types = {"scheme": object, "array.rows": np.int64, "status": object, "failure": object,
                 "time_s": np.float64, "per_pe": np.float64, "feasible": np.bool_}
        for name, dtype in types.items():
            self.assertEqual(results[name].dtype, dtype, name)
            self.assertEqual(results[name].shape, (24,))
        ran = results.feasible
        np.testing.assert_array_equal(results["per_pe"][ran],
                                      results["time_s"][ran] * results["pes"][ran])
        self.assertTrue(np.isnan(results["per_pe"][~ran]).all())
        self.assertEqual(list(results), results.columns)
        self.assertEqual(list(results.to_dict()), results.columns)
        self.assertIn("time_s", results)
        self.assertNotIn("time", results)
        self.assertNotIn(3, results)
        with self.assertRaisesRegex(KeyError, "did you mean 'time_s'"):
            _ = results["time"]
        self.assertEqual(repr(results), f"<olivine.Results small: 24 points, "
                                        f"{len(results.front())} on the front>")

    def test_mixed_values_keep_their_kinds(self):
        """Free variables may be of any kind: only formulas see them."""
        for values, dtype in (([1, 2], np.int64), ([1, 2.5], np.float64),
                              ([1, "a"], object), ([1.5, "a", 2], object)):
            axes = {"free.x": values, "array.rows": ROWS}
            column = self.sweep(scheme="w4a4-ovp", axes=axes)["free.x"]
            self.assertEqual(column.dtype, dtype)
            self.assertCountEqual(column.tolist(), values * len(ROWS))

    def test_arrays_outlive_results_and_cannot_be_written(self):
        results = self.sweep()
        times = results["time_s"]
        expected = times.copy()
        with self.assertRaises(ValueError):
            times[0] = 0
        self.assertTrue(np.shares_memory(times, results["time_s"]))
        del results
        gc.collect()
        olivine.sweep(self.spec)
        np.testing.assert_array_equal(times, expected)


class Interruption(Sweeps):
    """Sweeps of seconds at least: whole networks, tens of thousands of points."""

    def setUp(self):
        super().setUp()
        self.database = self.folder / "large.db"
        extents = {"from": 1, "to": 256, "step": 1}
        self.spec = {"name": "large", "machine": "olive_64x64", "workload": "bert_base",
                     "scheme": "w4a4-ovp", "objectives": ["time_s", "energy_pj"],
                     "axes": {"array.rows": extents, "array.cols": extents}}

    def test_ctrl_c_stores_and_stops(self):
        """Without a function for progress: no line of Python runs that would see the signal."""
        killed_s = []

        def kill():
            while not self.database.exists() or not len(olivine.results(self.database)):
                time.sleep(0.1)
            killed_s.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)
        killer = threading.Thread(target=kill)
        killer.start()
        with self.assertRaises(KeyboardInterrupt):
            olivine.sweep(self.spec, self.database)
        killer.join()
        self.assertLess(time.monotonic() - killed_s[0], 10)
        stored = olivine.results(self.database)
        self.assertTrue(0 < len(stored) < 256 * 256)
        keys = ["array.rows", "array.cols"]
        values = [[int(stored[key][i]) for key in keys] for i in range(0, len(stored), 50)]
        self.spec["axes"] = {"shape": {"link": keys, "values": values}}
        direct = olivine.sweep(self.spec)
        for name in keys + ["time_s", "energy_pj", "area_um2"]:
            np.testing.assert_array_equal(direct[name], stored[name][::50])

    def test_what_was_stored_is_not_computed_again(self):
        reports = []

        def stop(now):
            reports.append(now)
            raise KeyboardInterrupt
        for _ in range(2):
            with self.assertRaises(KeyboardInterrupt):
                olivine.sweep(self.spec, self.database, progress=stop)
        self.assertGreater(reports[0].computed, 0)
        self.assertGreaterEqual(reports[1].repeated, reports[0].computed)

    def test_an_exception_of_progress_stops_it_too(self):
        def fail(now):
            raise LookupError(f"after {now.computed}")
        start = time.monotonic()
        with self.assertRaisesRegex(LookupError, r"after \d+"):
            olivine.sweep(self.spec, self.database, progress=fail)
        self.assertLess(time.monotonic() - start, 30)
        self.assertGreater(len(olivine.results(self.database)), 0)

    def test_other_threads_of_python_run_meanwhile(self):
        counts, is_over = [0], threading.Event()

        def count():
            while not is_over.is_set():
                counts[0] += 1
                time.sleep(0.001)
        counter = threading.Thread(target=count)
        counter.start()
        seen = []

        def stop_after_three(now):
            seen.append(counts[0])
            if len(seen) == 3:
                raise StopIteration
        with self.assertRaises(StopIteration):
            olivine.sweep(self.spec, progress=stop_after_three)
        is_over.set()
        counter.join()
        # Half a second apart: time for hundreds; for a few if the GIL were held in between.
        self.assertGreater(seen[1] - seen[0], 20)
        self.assertGreater(seen[2] - seen[1], 20)

    def test_sweeps_of_several_threads_do_not_disturb_each_other(self):
        self.spec["axes"] = {"array.rows": [16, 32], "array.cols": [16, 32]}
        expected = olivine.sweep(self.spec)
        results = [None] * 4

        def run(i):
            results[i] = olivine.sweep(self.spec, threads=2)
        threads = [threading.Thread(target=run, args=(i,)) for i in range(len(results))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for result in results:
            self.assert_same(result, expected)


if __name__ == "__main__":
    unittest.main()
