"""Opens a report in headless Chromium, as a user does: no message on the console, no request, and the slider works.

usage: report_page_test.py NIB [CHROMIUM]; exit status 0, or 77 for skipped, or 1 and what is wrong.
Speaks the DevTools protocol over a pipe: JSON texts ended by NUL, commands to descriptor 3, answers from 4.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from metrics_sample import write_run


WIDTH = 390  # pixels of a phone


class Page:
    def __init__(self, chromium, profile):
        to_browser, self.commands = os.pipe()
        self.answers, from_browser = os.pipe()

        def connect():
            # Above the two places first: one of them may be the other's.
            reading, writing = os.dup2(to_browser, 30), os.dup2(from_browser, 31)
            os.dup2(reading, 3), os.dup2(writing, 4)

        self.process = subprocess.Popen(
            [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--disable-background-networking", "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=connect, close_fds=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(to_browser), os.close(from_browser)
        self.events, self.rest, self.count, self.session = [], b"", 0, None
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def receive(self):
        while b"\0" not in self.rest:
            piece = os.read(self.answers, 1 << 16)
            if not piece:
                raise RuntimeError("Chromium ended")
            self.rest += piece
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **params):
        self.count += 1
        message = {"id": self.count, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def press(self, key):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode={"Home": 36, "ArrowRight": 39}[key])
        self.value("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")

    def open(self, path):
        before = len(self.events)
        self.call("Page.navigate", url="file://" + path)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events[before:]):
            self.events.append(self.receive())
        self.value("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")

    def close(self):
        self.process.kill()
        self.process.wait()


def check(truth, what):
    if not truth:
        raise AssertionError(what)


def check_slider(page):
    curve = "document.querySelector('#activations path.series').getAttribute('d')"
    shown = "document.getElementById('step-shown').textContent"
    page.value("document.getElementById('step').focus()")
    last = page.value(curve)
    check(page.value(shown) == "129 of 129", f"the last step is not shown at first: {page.value(shown)}")
    page.press("Home")
    first = page.value(curve)
    check(page.value(shown) == "0 of 129", f"Home does not lead to the first step: {page.value(shown)}")
    check(first != last, "the histogram does not follow the slider")
    page.press("ArrowRight")
    check(page.value(shown) == "1 of 129", f"the arrow does not lead to the next step: {page.value(shown)}")
    check(page.value(curve) != first, "the histogram does not follow the arrow key")


def check_one_run(page):
    check(page.value("document.querySelectorAll('svg[role=img]').length") == 2 + 4, "not all plots were drawn")
    check(page.value("document.querySelector('#loss path.raw') !== null"), "the recorded losses are not drawn")


def check_page(page):
    check(page.value("document.querySelectorAll('svg[role=img]').length") == 2 + 2 * 4, "not all plots were drawn")
    check(page.value("document.querySelectorAll('#verdict table .badge').length") >= 2 * 8, "no verdict of each run and check")
    check(page.value("[...document.querySelectorAll('svg[role=img], canvas')].every(e => e.getAttribute('aria-label'))"),
          "a picture has no label")
    check(not page.value("document.body.innerHTML.includes('NaN')"), "NaN stands in the page")
    names = page.value("[...document.querySelectorAll('#names li')].map(e => e.textContent)")
    check(names[:3] == ["</script><script>alert(1)</script>", "\"quo'ted\" & <b>bold</b>", "Zo\u00eb \u2603"], f"names: {names}")
    check(page.value("document.querySelectorAll('script').length") == 2, "a name became a script")
    check(page.value("document.documentElement.scrollWidth") <= WIDTH, "the page is wider than a phone")


def check_events(page, paths):
    for event in page.events:
        method = event.get("method")
        check(method not in ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"), f"console: {event}")
        if method == "Network.requestWillBeSent":
            url = event["params"]["request"]["url"]
            check(url in ["file://" + path for path in paths], f"request: {url}")


def main():
    nib = sys.argv[1]
    found = [shutil.which(name) for name in sys.argv[2:] or ("chromium", "chromium-browser", "google-chrome")]
    chromium = next(filter(None, found), None)
    if chromium is None:
        print("skipped: Chromium is not installed")
        return 77
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:  # Chromium may still write
        runs = [write_run(os.path.join(folder, name)) for name in ("first", "second <i>")]
        path = os.path.join(folder, "report.html")
        one = os.path.join(runs[0], "report.html")
        subprocess.run([nib, "report", *runs, "-o", path], check=True)
        subprocess.run([nib, "report", runs[0]], check=True)
        page = Page(chromium, os.path.join(folder, "profile"))
        try:
            page.call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=844, deviceScaleFactor=1, mobile=True)
            page.open(one)
            check_one_run(page)
            page.open(path)
            check_page(page)
            check_slider(page)
            check_events(page, (one, path))
        finally:
            page.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
