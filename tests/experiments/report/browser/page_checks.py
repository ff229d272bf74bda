# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""What must hold for the report of every kind; a test of a kind inherits PageChecks."""
import csv
import io
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

from browser import Browser, LAPTOP, PHONE

ROOT = pathlib.Path(__file__).resolve().parents[4]
SCRIPTS = pathlib.Path(__file__).with_name("in_page.js").read_text(encoding="utf-8")
MB = 1_000_000


def program(*arguments, folder=None):
    """Standard output of the program, run in the folder."""
    done = subprocess.run([os.environ["OLV_CLI"], *map(str, arguments)], capture_output=True,
                          text=True, check=False, cwd=folder)
    assert done.returncode == 0, f"{arguments}: exit {done.returncode}: {done.stderr}"
    return done.stdout


def result_of_run(folder, *arguments, name="run.json"):
    """The path of the result of olivine run."""
    path = folder / name
    program("run", *arguments, "--json", "-o", path)
    return path


def pictures():
    folder = pathlib.Path(os.environ["OLV_PICTURES"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class ReportCase(unittest.TestCase):
    """A browser, and one report that make_results() and make_report() write once."""
    name = None  # of the pictures
    keeping = ()  # tests that leave the page as they found it: opening it takes longer than most

    @classmethod
    def make_results(cls, folder):
        """Writes result files into the folder; returns their paths."""
        raise NotImplementedError

    @classmethod
    def make_report(cls):
        """Writes the page; returns its path."""
        path = cls.folder / "report.html"
        program("report", *cls.results, "-o", path, folder=cls.folder)
        return path

    @classmethod
    def setUpClass(cls):
        cls._folder = tempfile.TemporaryDirectory(prefix="olivine_report_")
        cls.addClassCleanup(cls._folder.cleanup)
        cls.folder = pathlib.Path(cls._folder.name)
        cls.results = cls.make_results(cls.folder)
        cls.report = cls.make_report()
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)
        cls.browser.open(cls.report)  # one failure where it cannot be opened at all
        cls.is_fresh = True

    def setUp(self):
        self.browser.resize(LAPTOP)
        self.browser.emulate("light")
        if not self.is_fresh:
            self.browser.open(self.report)

    def tearDown(self):
        test = self._testMethodName
        type(self).is_fresh = hasattr(PageChecks, test) or test in self.keeping
        self.assertEqual(self.browser.faults(), [], "no console message, no request")

    def ask(self, call, *arguments):
        """Calls a function of in_page.js in the page."""
        return self.browser.run(f"{SCRIPTS}\nreturn {call}", *arguments)

    def tab_through(self):
        """What Tab does not reach, and where the focus is not seen."""
        wanted = self.ask("watchFocus()")
        self.browser.press(*[self.browser.keys.TAB] * (wanted + 3))
        seen = self.ask("focusSeen()")
        return seen["missed"], set(seen["invisible"])

    def check_keyboard(self):
        missed, invisible = self.tab_through()
        self.assertEqual(missed, [], "Tab reaches every control")
        if invisible:  # a pointer that the browser moves between two keys takes one ring away
            invisible &= self.tab_through()[1]
        self.assertEqual(invisible, set(), "the focus is visible")

    def figures(self):
        return self.browser.find_all("figure.chart")

    def show_each_layer(self, section):
        """Charts of layers first show repeated ones as one."""
        for select in self.browser.find_all(f"#{section} .controls select"):
            self.browser.choose(select, "Each layer, in order")

    def csv_of(self, figure):
        """Header and rows of a chart's CSV file."""
        head, *rows = csv.reader(io.StringIO(
            self.browser.saved(self.browser.find("[data-download=csv]", figure)), newline=""))
        return head, rows

    def records_of(self, figure):
        """Rows of a chart's CSV file by column."""
        head, rows = self.csv_of(figure)
        return [dict(zip(head, row)) for row in rows]


class PageChecks:
    """Mixed into a ReportCase."""
    charts = ()     # ids that must be there
    mega_bytes = 2  # without the library

    def test_charts_draw(self):
        drawn = {chart["id"]: chart for chart in self.ask("drawnCharts()")}
        for name in self.charts:
            self.assertIn(name, drawn)
        self.assertGreater(len(drawn), 0)
        for name, chart in drawn.items():
            with self.subTest(chart=name):
                self.assertTrue(chart["title"])
                self.assertGreater(chart["inked"], 0.003, "share of pixels that are not background")
                self.assertGreaterEqual(chart["colours"], 4)

    def test_texts_are_whole(self):
        texts = self.browser.run("return document.body.innerText") + str(self.ask("drawnTexts()"))
        self.assertNotRegex(texts, r"\b(undefined|NaN|null|Infinity)\b|\[object")

    def test_page_is_small_and_whole(self):
        text = self.report.read_text(encoding="utf-8")
        library = os.stat(os.environ["OLV_ECHARTS_JS"]).st_size
        self.assertLess(self.report.stat().st_size - library, self.mega_bytes * MB)
        self.assertIn("Licensed to the Apache Software Foundation", text)  # ECharts wants it kept
        self.assertNotRegex(re.sub(r"(?s)<script.*?</script>", "", text), r"(?i)https?://")

    def test_tables_and_downloads(self):
        press = self.browser.click  # the first as a reader does it
        for figure in self.figures():
            name = figure.get_attribute("id")
            with self.subTest(chart=name):
                summaries = self.browser.find_all("details.behind > summary", figure)
                for summary in summaries:
                    press(summary)
                shown = self.browser.wait(lambda: self.ask("tableText(arguments[0])", figure),
                                          f"the table of {name}")
                head, rows = self.csv_of(figure)
                self.assertEqual(len(shown["head"]), len(head))
                self.assertEqual(len(shown["rows"]), min(len(rows), 500))
                self.assertGreater(len(rows), 0)
                self.assertEqual({len(row) for row in rows}, {len(head)})
                self.assertEqual(len(set(head)), len(head), "columns have different names")
                for button in self.browser.find_all("[data-download=svg]", figure):
                    self.check_svg(self.browser.saved(button))
                for summary in summaries:
                    press(summary)
                press = self.browser.activate

    def test_files_arrive(self):
        figure = self.browser.find("figure.chart:has([data-download=csv]):has([data-download=svg])")
        buttons = {kind: self.browser.find(f"[data-download={kind}]", figure)
                   for kind in ("csv", "svg")}
        table = self.browser.download(buttons["csv"])
        self.assertEqual(table.suffix, ".csv")
        self.assertEqual(table.read_bytes().decode("utf-8"), self.browser.saved(buttons["csv"]))
        drawing = self.browser.download(buttons["svg"])
        self.assertEqual(drawing.suffix, ".svg")
        self.check_svg(drawing.read_text(encoding="utf-8"))

    def check_svg(self, text):
        elements = list(xml.etree.ElementTree.fromstring(text).iter())
        names = [element.tag.rpartition("}")[2] for element in elements]
        drawn = [name for name in names
                 if name in ("path", "rect", "circle", "line", "text", "polyline", "polygon")]
        self.assertGreater(len(drawn), 5)
        self.assertEqual(names[0], "svg")
        self.assertNotIn("script", names)
        self.assertNotIn("foreignObject", names)

    def test_dark_and_light(self):
        light = self.ask("drawnCharts()")
        self.browser.screenshot(pictures() / f"{self.name}_light.png")
        self.check_contrast()
        self.browser.emulate("dark")  # the page follows the system
        self.wait_for_theme("dark")
        dark = self.ask("drawnCharts()")
        for before, after in zip(light, dark):
            self.assertNotEqual(before["sum"], after["sum"], f"{after['id']} is drawn anew")
            self.assertGreater(after["inked"], 0.003)
        self.browser.screenshot(pictures() / f"{self.name}_dark.png")
        self.check_contrast()
        self.browser.click(self.browser.find("#theme-toggle"))  # until the reader decides
        self.wait_for_theme("light")
        self.assertEqual([chart["sum"] for chart in self.ask("drawnCharts()")],
                         [chart["sum"] for chart in light])

    def wait_for_theme(self, theme):
        self.browser.wait(lambda: self.browser.run(
            "return document.documentElement.dataset.theme") == theme, f"the theme {theme}")
        self.browser.settle()

    def check_contrast(self):
        """WCAG AA of all text outside canvases."""
        self.assertEqual(self.ask("paleTexts()"), [])

    def test_keyboard(self):
        self.check_keyboard()

    def test_controls_have_names(self):
        tree = self.browser.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        nodes = {node["nodeId"]: node for node in tree if not node["ignored"]}
        roles = {"button", "combobox", "checkbox", "slider", "link", "image", "textbox", "listbox",
                 "spinbutton", "radio"}

        def name(node):
            return node.get("name", {}).get("value")

        def is_part_of_image(node):
            parent = nodes.get(node.get("parentId"))
            return parent is not None and parent["role"]["value"] == "image" and name(parent)
        nameless = [node for node in nodes.values() if node["role"]["value"] in roles
                    and not name(node) and not is_part_of_image(node)]
        self.assertEqual(nameless, [])

    def test_paper(self):
        self.browser.emulate("dark")  # paper is light all the same
        pdf = self.browser.print(pictures() / f"{self.name}_print.pdf")
        self.assertTrue(pdf.startswith(b"%PDF"))
        pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
        self.assertGreater(pages, 0)
        self.assertLess(pages, 40)
        self.assertEqual(self.ask("emptyPaper()"), [])

    def test_fits_screens(self):
        for size in (LAPTOP, PHONE):
            with self.subTest(size=size):
                self.browser.resize(size)
                self.browser.settle()
                self.assertEqual(self.ask("tooWide()"), [])
        self.browser.screenshot(pictures() / f"{self.name}_phone.png")
