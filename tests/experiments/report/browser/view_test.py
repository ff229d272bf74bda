#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""The page of olivine view array: plays, steps and scrubs, by mouse and by keyboard."""
import unittest

from page_checks import ReportCase, pictures, program


class View(ReportCase):
    @classmethod
    def make_results(cls, folder):
        return [folder / "view.html"]

    @classmethod
    def make_report(cls):
        program("view", "array", "--rows", "4", "--cols", "4", "--dataflow", "ws", "--html",
                cls.results[0])
        return cls.results[0]

    def cycle(self):
        """The number of the frame shown, first to last."""
        return int(self.browser.find("#scrub").get_property("value"))

    def last(self):
        return int(self.browser.find("#scrub").get_attribute("max"))

    def test_steps_by_mouse_and_keyboard(self):
        self.assertGreater(self.last(), 5)
        first = self.browser.find("#cycle").text
        for action, wanted in (
                (lambda: self.browser.find("#forward").click(), 1),
                (lambda: self.browser.press(self.browser.keys.ARROW_RIGHT), 2),
                (lambda: self.browser.find("#back").click(), 1),
                (lambda: self.browser.press(self.browser.keys.END), self.last()),
                (lambda: self.browser.press(self.browser.keys.ARROW_RIGHT), self.last()),
                (lambda: self.browser.press(self.browser.keys.HOME), 0),
                (lambda: self.browser.find("#last").click(), self.last()),
                (lambda: self.browser.find("#first").click(), 0)):
            action()
            self.browser.settle()
            self.assertEqual(self.cycle(), wanted)
        self.assertEqual(self.browser.find("#cycle").text, first)
        self.browser.find("#forward").click()
        self.assertNotEqual(self.browser.find("#cycle").text, first)

    def test_plays_and_pauses(self):
        play = self.browser.find("#play")
        play.click()
        self.browser.wait(lambda: self.cycle() >= 2, "two cycles to pass", 15)
        play.click()
        stopped = self.cycle()
        self.browser.run_async("setTimeout(done, 700)")
        self.assertEqual(self.cycle(), stopped)

    def test_every_cycle_draws(self):
        drawings = set()
        for _ in range(self.last() + 1):
            drawings.add(self.browser.run("return document.querySelector('#stage').innerHTML"))
            self.assertTrue(self.browser.find("#caption").text)
            self.browser.press(self.browser.keys.ARROW_RIGHT)
            self.browser.settle()
        self.assertGreater(len(drawings), self.last() / 2)

    def test_address_opens_a_cycle(self):
        self.browser.driver.get(f"{self.report.as_uri()}#3")
        self.browser.driver.refresh()
        self.browser.settle()
        self.assertIn("3", self.browser.find("#cycle").text)

    def test_looks(self):
        self.browser.find("#last").click()
        for _ in range(self.last() // 2):
            self.browser.find("#back").click()
        self.browser.screenshot(pictures() / "view_light.png")
        self.assertEqual(self.ask("paleTexts()"), [])
        self.browser.print(pictures() / "view_print.pdf")
        self.browser.find("#theme").click()
        self.browser.settle()
        self.browser.screenshot(pictures() / "view_dark.png")
        self.assertEqual(self.ask("paleTexts()"), [])

    def test_keyboard_reaches_every_control(self):
        self.check_keyboard()

    def test_arrays_say_what_they_do(self):
        self.assertEqual(self.browser.faults(), [], "of the page that is open now")
        for name, cycle, text, options in (
                ("os", 8, "Fold 0 drains, fold 1 streams 3/6.", ""),
                ("sparse", 7, "Fold 0 streams 4/6, fold 1 preloads 4/4.",
                 "--dataflow ws --scheme w4a4-ovp-2:4"),
                ("stall", 0, "Waits for activations.",
                 "--machine edge_16x16 --rows 4 --cols 4 --gemm 4x4x4"),
                ("large", 20, "bars: left, top, below: held sum", "--rows 16 --cols 16")):
            with self.subTest(array=name):
                page = self.folder / f"{name}.html"
                program("view", "array", "--html", page, *options.split())
                self.browser.open(page, f"#{cycle}")
                self.assertIn(f"Cycle {cycle} of", self.browser.find("#cycle").text)
                self.assertIn(text, self.browser.run("return document.body.textContent"))
                self.assertGreaterEqual(len(self.browser.find_all(".pe")), 1)
                self.assertEqual(self.browser.faults(), [])


if __name__ == "__main__":
    unittest.main()
