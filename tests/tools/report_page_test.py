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
            # First moved above the two places, since one of the pipes may occupy the other's.
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


def check_phone(page):
    fits = "[...document.querySelectorAll('#verdict .scroll, #results .scroll')].every(e => e.scrollWidth <= e.clientWidth)"
    check(page.value(fits), "a table of the verdict or the results is cut off on a phone")
    covered = """[...document.querySelectorAll('.sample')].filter(e => {
        const name = document.createRange();
        name.selectNodeContents(e.lastChild);
        return e.querySelector('path').getBoundingClientRect().right > name.getBoundingClientRect().left;
    }).map(e => e.textContent)"""
    check(page.value(covered) == [], f"the line covers the name: {page.value(covered)}")


# For each plot, the labels of an axis's ticks: those that begin with a digit, in the order along the axis.
LABELS = """[...document.querySelectorAll('svg[role=img]')].flatMap(plot => ['middle', 'end'].map(anchor =>
    [...plot.querySelectorAll(`text[text-anchor=${anchor}]:not(.note):not(.letter)`)]
    .filter(e => /^-?[0-9]/.test(e.textContent))
    .map(e => ({ text: e.textContent, box: e.getBoundingClientRect().toJSON() }))))"""


def check_labels(page):
    for axis in page.value(LABELS):
        for label in axis:
            check(len(label["text"]) <= 9, f"a label of {len(label['text'])} characters: {label['text']}")
            check(label["box"]["left"] >= 0 and label["box"]["right"] <= WIDTH, f"a label leaves the page: {label}")
        for one, other in zip(axis, axis[1:]):
            a, b = one["box"], other["box"]
            apart = a["right"] <= b["left"] or b["right"] <= a["left"] or a["bottom"] <= b["top"] or b["bottom"] <= a["top"]
            check(apart, f"labels overlap: {one['text']} and {other['text']}")


def replace_data(path, change):
    """The page with data that nib report would not write."""
    with open(path, encoding="utf-8") as file:
        before, rest = file.read().split('<script type="application/json" id="data">')
    data, after = rest.split("</script>", 1)
    data = json.loads(data)
    for run in data["runs"]:
        change(run)
    with open(path, "w", encoding="utf-8") as file:
        # 1e999 is a valid number in JSON, and infinite in the page.
        text = json.dumps(data).replace("Infinity", "1e999").replace("NaN", "null").replace("<", "\\u003c")
        file.write(before + '<script type="application/json" id="data">' + text + "</script>" + after)


def with_number(number):
    def put(value):
        if isinstance(value, dict):
            return {key: put(each) for key, each in value.items()}
        if isinstance(value, list):
            return [put(each) for each in value]
        return number if isinstance(value, (int, float)) and not isinstance(value, bool) else value

    def change(run):
        for key in list(run):
            run[key] = put(run[key])
    return change


def with_vocabulary(size):
    def change(run):
        run["run"]["data"]["vocabulary"] = size
    return change


def with_range(low, high):
    def change(run):
        for picture in run["pictures"]:
            for frame in picture["activations"] + picture["gradients"] + picture["weights"]:
                frame.update(min=low, max=high, kind="relu")
    return change


def with_maps(units, rows):
    def change(run):
        for each in run["saturation"]:
            each.update(units=units, rows=rows)
    return change


# Data that once kept the script busy for ever, or ended it, and every number of the page replaced by an odd one.
WILD = [with_vocabulary(size) for size in (1, 0, -5, 1e308)] + [
    with_range(9e15, 9e15), with_range(9007199254740991, 9007199254740992), with_range(1, -1), with_range(-1e308, 1e308),
    with_maps(100000, 100000), with_maps(1e10, 1), with_maps(0, 0), with_maps(0.5, 2)] + [
    with_number(x) for x in (0, -1, 0.5, 1e-320, 9e15, 1e300, -1e308, float("inf"))]


def check_wild(page, path, source):
    for index, change in enumerate(WILD):
        shutil.copy(source, path)
        replace_data(path, change)
        page.open(path)
        for _ in range(2):  # with and without the log scale
            page.value("document.getElementById('log-steps').click()")
            page.value("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        check(page.value("document.querySelectorAll('#names li').length") == 3, f"the script did not come to its end: {index}")
        check(not page.value("document.querySelector('main').innerHTML.includes('NaN')"), f"NaN stands in the page: {index}")


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
        # Ticks at multiples of 5e-5 and 2e-4, which are not exact multiples in binary.
        fine, wild = write_run(os.path.join(folder, "fine"), rate=3e-4, scale=5e-4), os.path.join(folder, "wild.html")
        small = os.path.join(fine, "report.html")
        subprocess.run([nib, "report", *runs, "-o", path], check=True)
        subprocess.run([nib, "report", runs[0]], check=True)
        subprocess.run([nib, "report", fine], check=True)
        page = Page(chromium, os.path.join(folder, "profile"))
        try:
            page.call("Emulation.setDeviceMetricsOverride", width=WIDTH, height=844, deviceScaleFactor=1, mobile=True)
            page.open(one)
            check_one_run(page)
            page.open(path)
            check_page(page)
            check_phone(page)
            check_labels(page)
            check_slider(page)
            page.open(small)
            check_labels(page)
            check_wild(page, wild, one)
            check_events(page, (one, path, small, wild))
        finally:
            page.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
