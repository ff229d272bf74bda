#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""The harness itself: it must notice what a page does wrong."""
import pathlib
import tempfile
import time
import unittest

from browser import Browser

PAGE = """<!doctype html><html><head><link rel="icon" href="data:,"></head><body>
<button id="save">save</button><script>
document.getElementById("save").onclick = () => {{
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["a,b"]));
  link.download = "saved.csv";
  link.click();
}};
{}
document.documentElement.dataset.ready = "true";
</script></body></html>
"""


class Harness(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def faults_of(self, script, seconds=0):
        path = self.folder / "page.html"
        path.write_text(PAGE.format(script), encoding="utf-8")
        self.browser.open(path)
        time.sleep(seconds)
        return self.browser.faults()

    def test_a_good_page_has_no_faults(self):
        self.assertEqual(self.faults_of(""), [])
        saved = self.browser.download(self.browser.find("#save"))
        self.assertEqual(saved.read_text(encoding="utf-8"), "a,b")
        self.assertEqual(self.browser.faults(), [])

    def test_console_messages_are_faults(self):
        for call in ("console.log('said')", "console.error('said')",
                     "setTimeout(() => {throw new Error('said')})"):
            with self.subTest(call=call):
                faults = self.faults_of(call, 0.1)
                self.assertRegex(" ".join(faults), "^console: [A-Z]+: .*said")

    def test_requests_are_faults_and_reach_nothing(self):
        for call in ("new Image().src = 'https://olivine.invalid/a.png'",
                     "fetch('https://olivine.invalid/').catch(() => {})",
                     "new Image().src = 'beside.png'"):
            with self.subTest(call=call):
                faults = self.faults_of(call, 0.2)
                self.assertTrue([fault for fault in faults if fault.startswith("request: ")])

    def test_a_page_that_is_never_ready_fails(self):
        with self.assertRaisesRegex(AssertionError, "failed"):
            self.faults_of("document.documentElement.dataset.ready = 'failed';"
                           "throw new Error('no data')")
        self.browser.faults()


if __name__ == "__main__":
    unittest.main()
