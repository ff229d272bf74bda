# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Olivine authors
"""A headless Chromium without a network that opens pages and keeps count of what they do wrong."""
import base64
import json
import pathlib
import shutil
import sys
import tempfile
import time

try:
    from selenium import webdriver
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.chrome.service import Service
except ImportError:
    print("SKIPPED (no Selenium: Debian's python3-selenium)")
    sys.exit(77)

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
if not CHROMIUM or not DRIVER:
    print("SKIPPED (no chromium or no chromedriver)")
    sys.exit(77)

LAPTOP = (1280, 800)
PHONE = (390, 844)
READY_S = 20
DOWNLOAD_S = 120  # it is flushed to the disk, behind whatever else is
# A page may load itself and what it holds.
OWN = ("data:", "blob:", "about:")
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-extensions", "--hide-scrollbars", "--force-color-profile=srgb",
    "--host-resolver-rules=MAP * ~NOTFOUND")


class Browser:
    """One Chromium with a profile and a download folder of its own, both gone at the end."""
    keys = Keys

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="olivine_browser_")
        self.downloads = pathlib.Path(self._folder.name, "downloads")
        self.downloads.mkdir()
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in ARGUMENTS:
            options.add_argument(argument)
        options.add_argument(f"--user-data-dir={self._folder.name}/profile")
        options.add_argument(f"--window-size={LAPTOP[0]},{LAPTOP[1]}")
        options.add_experimental_option("prefs", {
            "download.default_directory": str(self.downloads),
            "download.prompt_for_download": False,
            "profile.default_content_setting_values.automatic_downloads": 1})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(DRIVER), options=options)
        self.driver.set_script_timeout(READY_S)
        self.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        self.page = "about:blank"
        self.driver.get(self.page)  # instead of the browser's start page, which loads much
        self.faults()
        self.resize(LAPTOP)

    def close(self):
        self.driver.quit()
        self._folder.cleanup()

    # ------------------------------------------------------------------------------- pages

    def open(self, path, fragment=""):
        """Opens the page and waits until it says that it is drawn; returns the seconds taken."""
        start = time.monotonic()
        self.page = pathlib.Path(path).resolve().as_uri()
        self.driver.get(self.page + fragment)
        ready = self.wait(lambda: self.run("return document.documentElement.dataset.ready"),
                          "the page to be drawn", READY_S)
        seconds = time.monotonic() - start
        assert ready == "true", f"{path}: {ready}: {self.texts('.failure')} {self.faults()}"
        return seconds

    def faults(self):
        """Console messages, and requests that leave the page, since the last call."""
        faults = [f"console: {entry['level']}: {entry['message']}"
                  for entry in self.driver.get_log("browser")]
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] != "Network.requestWillBeSent":
                continue
            url = message["params"]["request"]["url"]
            if url.split("#")[0] != self.page and not url.startswith(OWN):
                faults.append(f"request: {url}")
        return faults

    def busy_seconds(self):
        """Processor time of the page's main thread since it was opened, whatever else runs."""
        metrics = self.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return next(entry["value"] for entry in metrics if entry["name"] == "TaskDuration")

    # ------------------------------------------------------------------------------- elements

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def run_async(self, script, *arguments):
        """The script gets a function `done` that ends it."""
        return self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];" + script, *arguments)

    def find(self, selector, within=None):
        return (within or self.driver).find_element(By.CSS_SELECTOR, selector)

    def find_all(self, selector, within=None):
        return (within or self.driver).find_elements(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        return [element.text for element in self.find_all(selector)]

    def activate(self, element):
        """A click by script: no scrolling and painting, where only its effect is of interest."""
        self.run("arguments[0].click()", element)

    def click(self, element):
        """A click where the reader would: on the middle of the element, in view."""
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        element.click()

    def choose(self, select, label):
        """Chooses an option of a select element by its text."""
        for option in self.find_all("option", select):
            if option.text == label:
                option.click()
                return
        raise AssertionError(f"no option {label}: {select.text}")

    def click_at(self, element, x, y):
        """A click at pixels from the element's upper left corner."""
        self.run("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
        box = self.run("const {left, top} = arguments[0].getBoundingClientRect();"
                       "return [left, top]", element)
        for kind, count in (("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 1)):
            self.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {
                "type": kind, "x": box[0] + x, "y": box[1] + y, "button": "left",
                "clickCount": count})

    def press(self, *keys):
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def wait(self, condition, what, seconds=5):
        """The first true value of the condition."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.02)
        raise AssertionError(f"waited {seconds} s for {what}")

    def settle(self):
        """Waits until what was asked for is on the screen."""
        self.run_async("requestAnimationFrame(() => requestAnimationFrame(() => done()))")

    def saved(self, button):
        """What the button saves, without the file: a browser flushes each to the disk, which takes
        many seconds where others write, too."""
        return self.run("""
            const real = olivine.download;
            let saved = null;
            olivine.download = (name, type, text) => { saved = text; };
            try { arguments[0].click(); } finally { olivine.download = real; }
            return saved;""", button)

    def download(self, button):
        """Presses the button; returns the file that arrives, complete."""
        before = set(self.downloads.iterdir())
        self.click(button)

        def arrived():
            """It is written beside an empty file of its name, and then renamed."""
            new = set(self.downloads.iterdir()) - before
            is_under_way = any(path.suffix in (".crdownload", ".tmp") for path in new)
            return not is_under_way and [path for path in new if not path.name.startswith(".")
                                         and path.stat().st_size > 0]
        return self.wait(arrived, "a download", DOWNLOAD_S)[0]

    # ------------------------------------------------------------------------------- media

    def resize(self, size):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False})

    def emulate(self, scheme="light", medium=""):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "media": medium, "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        self.settle()

    def screenshot(self, path):
        """The whole page, not only what is in view."""
        self.run("window.scrollTo({top: 0, behavior: 'instant'})")
        self.settle()
        picture = self.driver.execute_cdp_cmd("Page.captureScreenshot", {
            "format": "png", "captureBeyondViewport": True})
        pathlib.Path(path).write_bytes(base64.b64decode(picture["data"]))

    def print(self, path):
        pdf = self.driver.execute_cdp_cmd("Page.printToPDF", {
            "printBackground": False, "preferCSSPageSize": True})
        data = base64.b64decode(pdf["data"])
        pathlib.Path(path).write_bytes(data)
        return data


__all__ = ["Browser", "LAPTOP", "PHONE"]
