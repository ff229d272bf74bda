#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""Single runs and errors, against what the program says of the same; and what the module shows."""
import ast
import contextlib
import io
import json
import pathlib
import re
import runpy
import tempfile
import unittest

from cases import MODULE, Sweeps, flat, program
import numpy as np
import olivine


class Run(unittest.TestCase):
    def check(self, machine, workload, scheme, *options, **arguments):
        """Every figure is, to the last bit, what the program prints."""
        layers = [f"--layers={','.join(arguments['layers'])}"] if "layers" in arguments else []
        sets = [f"--set={key}={value}" for key, value in arguments.get("settings", {}).items()]
        what = workload if isinstance(workload, str) else None
        source = ["--workload", what] if what else ["--gemm", "x".join(map(str, workload))]
        printed = json.loads(program("run", "--json", "--machine", machine, *source, "--scheme",
                                     scheme, *layers, *sets, *options))
        run = olivine.run(machine, workload, scheme, **arguments)
        for key in ("machine", "workload", "scheme"):
            self.assertEqual(run.pop(key), printed[key])
        self.assertEqual(run.pop("model_version"), olivine.model_version)
        self.assertLessEqual(run.pop("config").items(), printed["config"].items())
        columns = run.pop("layers")
        self.assertEqual(run, flat(printed["total"]))
        rows = [flat(layer) for layer in printed["layers"]]
        names = {name for row in rows for name in row} - {"calibrated"}
        self.assertEqual(set(columns), names)
        for name, column in columns.items():
            nothing = "" if column.dtype == object else 0
            self.assertEqual(column.tolist(), [row.get(name, nothing) for row in rows], name)

    def test_arrays_are_as_printed(self):
        self.check("olive_64x64", "bert_base", "w4a4-ovp")
        self.check("edge_16x16", "mobilenet_v2", "w8a8-int8-2:4",
                   settings={"array.rows": 8, "clock": "700MHz", "workload.batch": 3})
        self.check("adafloat_32x28", "deit_tiny", "w8a8-fp8", layers=["attention", "vector"])
        self.check("tpu_like_128x128", (129, 77, 1000), "w8a8-int8",
                   settings={"dram.model": "ideal"})

    def test_gpus_are_as_printed(self):
        self.check("h100_sxm", "bert_base", "w8a8-int8")
        self.check("rtx2080ti_mmaovp", (64, 48, 100, 5), "w4a4-ovp", settings={"sm.count": 7})
        self.check("a100_sxm", "resnet50", "w4a16-int4", layers=["conv2d", "head"])

    def test_takes_values_of_every_kind(self):
        def config(key, value):
            run = olivine.run("edge_16x16", (8, 8, 8), "w4a4-ovp", settings={key: value})
            return run["config"][key]
        for value in (32, 32.0, "32", np.int64(32), np.float32(32)):
            self.assertEqual(config("array.rows", value), 32)
        for value in (5e8, "500MHz", np.float64(5e8)):
            self.assertEqual(config("clock", value), 5e8)
        for value in (True, "true", np.bool_(True)):
            self.assertIs(config("array.ovp_decoders", value), True)

    def test_takes_files_by_path(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "mine.yaml"
            path.write_text("name: mine\narray: {rows: 5}\n", encoding="utf-8")
            for given in (path, str(path)):
                self.assertEqual(olivine.run(given, (8, 8, 8), "w4a4-ovp")["machine"], "mine")


class Errors(Sweeps):
    def refusal(self, function, *arguments, **named):
        with self.assertRaises(olivine.Error) as caught:
            function(*arguments, **named)
        self.assertIsInstance(caught.exception, ValueError)
        return str(caught.exception).split("\n")

    def check_as_printed(self, machine, workload, scheme, settings, *layers):
        """The lines of an error are those that the program prints of the same."""
        lines = self.refusal(olivine.run, machine, workload, scheme, settings, layers)
        gemm = "x".join(map(str, workload)) if isinstance(workload, tuple) else None
        source = f"--gemm={gemm}" if gemm else f"--workload={workload}"
        sets = [f"--set={key}={value}" for key, value in settings.items()]
        kinds = [f"--layers={','.join(layers)}"] if layers else []
        printed = program("run", f"--machine={machine}", source, f"--scheme={scheme}", *sets,
                          *kinds, status=2)
        for option, argument in (("--set:? ", "settings: "), ("--layers = ", "layers: "),
                                 (f"--gemm = {gemm}", "workload")):
            printed = re.sub(f"^error: {option}", f"error: {argument}", printed, flags=re.M)
        self.assertCountEqual([f"error: {line}" for line in lines], printed.splitlines())

    def test_of_a_run_are_those_of_the_program_bad(self):
        self.check_as_printed("edge_16x6", "bert_bas", "w4a4-ov", {}, "linaer", "vector")
        self.check_as_printed("edge_16x16", "bert_bas", "w4a4-ovp",
                              {"array.rows": 0, "clok": 1, "dram.model": "ideal"})
        self.check_as_printed("edge_16x16", "bert_bas", "w16a16-fp16", {})
        self.check_as_printed("rtx2080ti", "bert_bas", "w8a8-fp8", {})
        self.check_as_printed("edge_16x16", "bert_base", "w4a4-ovp", {"workload.bach": 1})
        self.check_as_printed("edge_16x16", (8, 0, -8), "w4a4-ovp", {"workload.batch": 1})
        self.check_as_printed("edge_16x16", (2**31, 2**31, 8), "w4a4-ovp", {})
        self.check_as_printed("olive_64x64", "resnet50", "w4a4-ovp", {"array.arithmetic": "float"})
        self.check_as_printed("h100_sxm", (8, 8, 8), "w4a4-ovp", {"sm.count": -1})

    def test_of_a_setting_do_not_blame_the_file_bad(self):
        path = self.folder / "mine.yaml"
        path.write_text("name: mine\ndram: {device: hbm2}\n", encoding="utf-8")
        self.check_as_printed(path, "resnet50", "w4a4-ovp", {"dram.device": "hbm9"})

    def test_of_a_run_without_closed_form_bad(self):
        self.assertIn("has no closed form", self.refusal(
            olivine.run, "edge_16x16", (8, 8, 8), "w4a4-ovp", {"dram.model": "banked"})[0])

    def test_of_a_sweep_name_the_place_bad(self):
        path = self.folder / "bad.yaml"
        del self.spec["axes"]["array.cols"]
        self.spec["axes"]["array.row"] = [4]
        path.write_text(json.dumps(self.spec, indent=1), encoding="utf-8")
        printed = program("sweep", "run", path, status=2).replace("error: ", "")
        self.assertIn("did you mean 'array.rows'?", printed)
        self.assertEqual(self.refusal(olivine.sweep, path), printed.strip().split("\n"))
        in_dict = self.refusal(olivine.sweep, self.spec)
        self.assertEqual(in_dict, [line.replace(str(path), "spec") for line in
                                   printed.strip().split("\n")])

    def test_of_a_sweep_leave_no_database_bad(self):
        database = self.folder / "small.db"
        self.spec["constraints"] = ["area_um2 < 1"]
        self.assertIn('"area_um2 < 1" excludes 24',
                      self.refusal(olivine.sweep, self.spec, database)[0])
        self.assertFalse(database.exists())
        self.assertIn("must be 0..1024", self.refusal(olivine.sweep, self.spec, threads=-1)[0])
        self.assertIn(str(database), self.refusal(olivine.results, database)[0])
        self.assertIn("missing.yaml", self.refusal(olivine.sweep, self.folder / "missing.yaml")[0])

    def test_of_another_sweeps_database_bad(self):
        database = self.folder / "small.db"
        olivine.sweep(self.spec, database)
        self.spec["machine"] = "olive_64x64"
        self.assertIn(str(database), self.refusal(olivine.sweep, self.spec, database)[0])
        self.assertIn(olivine.model_version,
                      self.refusal(olivine.results, database, model="0.0.0-none")[0])

    def test_of_types_are_type_errors_bad(self):
        for call in (lambda: olivine.run("edge_16x16", (8, 8), "w4a4-ovp"),
                     lambda: olivine.run("edge_16x16", (8, 8, 8), "w4a4-ovp", {"clock": [1]}),
                     lambda: olivine.run("edge_16x16", (8, 8, 8), "w4a4-ovp", layers="linear"),
                     lambda: olivine.sweep({"name": object()}),
                     lambda: olivine.sweep(3)):
            with self.assertRaises(TypeError):
                call()


class Stub(unittest.TestCase):
    def setUp(self):
        self.stub = ast.parse((MODULE / "olivine.pyi").read_text(encoding="utf-8"))

    @staticmethod
    def names(body):
        """Public names of a module or class in the file of signatures."""
        found = set()
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found.add(node.name)
            elif isinstance(node, ast.AnnAssign):
                found.add(node.target.id)
        return found

    @staticmethod
    def is_public(name):
        return not name.startswith("_") or name in (
            "__version__", "__len__", "__iter__", "__getitem__", "__contains__")

    def test_names_what_the_module_has(self):
        self.assertEqual(self.names(self.stub.body), set(filter(self.is_public, dir(olivine))))
        for node in self.stub.body:
            if isinstance(node, ast.ClassDef) and node.name != "Error":
                members = vars(getattr(olivine, node.name))
                self.assertEqual(self.names(node.body), set(filter(self.is_public, members)))

    def test_has_the_parameters_of_functions(self):
        functions = {node.name: (olivine, node) for node in self.stub.body
                     if isinstance(node, ast.FunctionDef)}
        for owner in (node for node in self.stub.body if isinstance(node, ast.ClassDef)):
            functions |= {node.name: (getattr(olivine, owner.name), node) for node in owner.body
                          if isinstance(node, ast.FunctionDef) and not node.decorator_list}
        self.assertIn("hypervolume", functions)
        for name, (owner, node) in functions.items():
            if name in ("__iter__", "__len__", "__contains__"):
                continue
            signature = getattr(owner, name).__doc__.split("\n")[0]
            shown = re.findall(r"[(,] ?(\w+): ", signature)
            self.assertEqual([argument.arg for argument in node.args.args], shown, signature)
            self.assertEqual(len(node.args.defaults), signature.count(" = "), signature)

    def test_versions_agree(self):
        self.assertTrue(olivine.model_version.startswith(olivine.__version__ + "-"))
        self.assertIn(olivine.__version__, program("--version"))


class Lists(unittest.TestCase):
    def test_are_those_of_the_program(self):
        for name in ("machines", "workloads", "schemes"):
            listed = [entry["name"] for entry in json.loads(program("list", name, "--json"))]
            self.assertEqual(getattr(olivine, name)(), listed)


class Example(unittest.TestCase):
    def test_runs_and_is_in_the_readme(self):
        code = (MODULE / "example.py").read_text(encoding="utf-8")
        shown = "".join(code.splitlines(keepends=True)[2:])  # without the SPDX lines
        readme = (MODULE / "README.md").read_text(encoding="utf-8")
        self.assertIn(f"```python\n{shown}```\n", readme)
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            names = runpy.run_path(str(MODULE / "example.py"))
        lines = output.getvalue().splitlines()
        self.assertRegex(lines[0], r"^\d+ ms, \d+ mJ, \d+% of it in DRAM; slowest: \S+$")
        self.assertEqual(len(lines), 1 + len(names["results"].front()))


if __name__ == "__main__":
    unittest.main()
