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

from metrics_sample import OF_CLASSES, OF_NUMBERS, write_run, write_table_run


WIDTH = 390  # pixels of a phone
PAPER = 688  # of A4 between the margins of the page


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
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)

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
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode={"Tab": 9, "Home": 36, "ArrowRight": 39}[key])
        self.value("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")

    def open(self, path):
        before = len(self.events)
        self.call("Page.navigate", url="file://" + path)
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events[before:]):
            self.events.append(self.receive())
        self.value("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")

    def resize(self, width):
        """Returns when everything was drawn at that width."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=width < 500)
        self.value("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn))))")

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


CURVES = 4  # loss, learning rate, norm of the gradients, speed
PICTURES = 5  # activations, two kinds of gradients, update:data, saturated units


def check_one_run(page):
    check(page.value("document.querySelectorAll('svg[role=img]').length") == CURVES + PICTURES, "not all plots were drawn")
    check(page.value("document.querySelector('#curves path.raw') !== null"), "the recorded losses are not drawn")
    highest = page.value("Math.max(...[...document.querySelectorAll('#maps canvas')].map(e => e.clientHeight))")
    check(100 < highest <= 320, f"a map of few units and many examples fills the page: {highest} pixels")
    pictures = page.value("[...document.querySelectorAll('#filters canvas')].map(e => [e.width, e.height])")
    check(pictures == [[95, 11]] * 2, f"filters of 5 x 5 in rows of 16: {pictures}")
    grey = page.value("""(() => {
        const data = document.querySelector('#filters canvas').getContext('2d').getImageData(0, 0, 95, 11).data;
        return [data[3], data[4 * 5 + 3], Math.abs(data[0] - 128) + Math.abs(data[4] - 128) > 0];
    })()""")
    check(grey == [255, 0, True], f"a filter, a gap, and weights: {grey}")
    check(page.value("document.querySelector('#curves circle.ring') !== null"), "the best model is not marked")
    # exp(-2.2) is 0.1108, and 1 / 27 is 0.0370.
    check("a probability of 11.1%" in page.value("document.querySelector('#answer .headline').textContent"), "no answer")
    check("by chance gives it 3.7%" in page.value("document.querySelector('#answer .compared').textContent"), "no guess")


# A list of what is wrong, empty for every page.
ACCESSIBLE = """(() => {
    const wrong = [], all = selector => [...document.querySelectorAll(selector)];
    const ids = all('[id]').map(e => e.id);
    if (new Set(ids).size !== ids.length) wrong.push('an id occurs twice');
    for (const e of all('[aria-labelledby], label[for], output[for]')) {
        const id = e.getAttribute('aria-labelledby') || e.getAttribute('for');
        if (!document.getElementById(id)) wrong.push(`no element ${id}`);
    }
    for (const e of all('#sections a')) if (!document.querySelector(e.getAttribute('href'))) wrong.push(`a link to nothing: ${e.href}`);
    for (const e of all('figure')) if (!e.querySelector('figcaption').textContent.trim()) wrong.push('a figure without a caption');
    for (const e of all('svg, canvas'))
        if (e.getAttribute('aria-hidden') !== 'true' && !(e.getAttribute('role') === 'img' && e.getAttribute('aria-label') && e.closest('figure')))
            wrong.push('a picture without a text');
    for (const e of all('table')) if (!e.getAttribute('aria-label')) wrong.push('a table without a name');
    for (const e of all('input')) if (!e.labels.length) wrong.push('an input without a label');
    let level = 0;
    for (const e of all('h1, h2, h3, h4, h5, h6').filter(e => e.checkVisibility())) {
        if (Number(e.tagName[1]) > level + 1) wrong.push(`a heading of level ${level + 1} is missed before ${e.textContent}`);
        level = Number(e.tagName[1]);
    }
    for (const e of all('.scroll')) {
        const cut = e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight;
        if (cut && !(e.tabIndex === 0 && e.getAttribute('aria-label'))) wrong.push('no key scrolls a table');
    }
    return wrong;
})()"""

# The elements that a keyboard must reach; the n-th of them has the focus, and shows it, after n strokes of Tab.
STOPS = "[...document.querySelectorAll('a, input, summary, [tabindex]')].filter(e => e.checkVisibility())"


def check_keyboard(page):
    page.value("document.activeElement.blur(), getSelection().removeAllRanges(), scrollTo(0, 0)")
    for index in range(page.value(f"{STOPS}.length")):
        page.press("Tab")
        check(page.value(f"{STOPS}[{index}] === document.activeElement"), f"stroke {index + 1} of Tab leads elsewhere")
        seen = page.value("getComputedStyle(document.activeElement).outlineStyle !== 'none'")
        check(seen, f"no focus is seen after stroke {index + 1} of Tab")


# The contrast of each colour of text to the colour behind it, by the formula of WCAG.
CONTRASTS = """(() => {
    const context = document.createElement('canvas').getContext('2d'), style = getComputedStyle(document.documentElement);
    const luminance = name => {
        context.fillStyle = style.getPropertyValue(name).trim();
        const parts = context.fillStyle.match(/[0-9a-f]{2}/g).map(x => parseInt(x, 16) / 255);
        const [r, g, b] = parts.map(x => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (a, b) => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05);
    const texts = ['--text', '--quiet', '--good', '--bad', '--accent', ...[0, 1, 2, 3, 4, 5, 6, 7].map(i => `--s${i}`)];
    return texts.flatMap(text => ['--card', '--page'].map(back => [`${text} on ${back}`, contrast(text, back)]));
})()"""


def check_accessible(page):
    for scheme in ("light", "dark"):
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        for width in (WIDTH, 1280):
            page.resize(width)
            wrong = page.value(ACCESSIBLE)
            check(wrong == [], f"{scheme}, {width} pixels wide: {wrong}")
            check(page.value("document.documentElement.scrollWidth") <= width, f"the page is wider than {width} pixels")
        faint = [each for each in page.value(CONTRASTS) if each[1] < 4.5]
        check(faint == [], f"{scheme}: too little contrast: {faint}")
    page.call("Emulation.setEmulatedMedia", features=[])
    page.resize(WIDTH)


def check_paper(page):
    page.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    page.resize(PAPER)
    page.value("dispatchEvent(new Event('beforeprint'))")
    beyond = page.value("""[...document.querySelectorAll("svg[role=img], canvas, table")]
        .filter(e => e.getBoundingClientRect().right > innerWidth).map(e => e.getAttribute('aria-label'))""")
    check(beyond == [], f"cut off on paper: {beyond}")
    check(page.value("[...document.querySelectorAll('details:not(.screen)')].every(e => e.open)"), "a part is folded away on paper")
    check(page.value("getComputedStyle(document.documentElement).getPropertyValue('--card').trim()") == "#fff", "paper is dark")
    page.value("dispatchEvent(new Event('afterprint'))")
    check(page.value("[...document.querySelectorAll('details')].some(e => !e.open)"), "all parts stay open after printing")
    page.call("Emulation.setEmulatedMedia", media="", features=[])
    page.resize(WIDTH)


def check_classes(page):
    check("280 of 285 validation rows: 98.2%" in page.value("document.querySelector('#answer .headline').textContent"), "no answer")
    cells = page.value("[...document.querySelectorAll('.confusion tbody tr:nth-child(2) > *')].map(e => e.textContent)")
    check(cells == ["\"second\" & </td>", "5", "20"] + [""] * 12, f"the second row of the confusion matrix: {cells}")
    mistakes = page.value("[...document.querySelectorAll('.mistakes li')].map(e => e.textContent)")
    check(mistakes == ["\"second\" & </td> predicted as <b>first</b>: 5 of 25"], f"mistakes: {mistakes}")


def check_series(page):
    lines = page.value("[...document.querySelectorAll('#filters svg')].map(e => e.querySelectorAll('path.series').length)")
    check(lines == [8 * 6] * 2, f"a line for each filter and input channel: {lines}")


def check_numbers(page):
    check_series(page)
    # The RMSE of the mean is 1 / sqrt(0.03).
    check("off by 1." in page.value("document.querySelector('#answer .headline').textContent"), "no answer")
    check("the mean is off by 5.774" in page.value("document.querySelector('#answer .compared').textContent"), "no guess")
    caption = page.value("document.querySelector('#predictions figcaption').textContent")
    check("40 in all" in caption and "off by less than 1, the worst one by 1;" in caption, f"caption: {caption}")
    check(page.value("document.querySelector('#predictions svg').textContent.includes('<i>price</i>')"), "no name of the target")


def check_page(page):
    check(page.value("document.querySelectorAll('svg[role=img]').length") == CURVES + 2 * PICTURES, "not all plots were drawn")
    check(page.value("document.querySelectorAll('#health table .badge').length") >= 2 * 8, "no verdict of each run and check")
    check("Run A, first, has the lowest" in page.value("document.querySelector('#answer .headline').textContent"), "no best run")
    check(not page.value("document.body.innerHTML.includes('NaN')"), "NaN stands in the page")
    names = page.value("[...document.querySelectorAll('#sampled li')].map(e => e.textContent)")
    check(names[:3] == ["</script><script>alert(1)</script>", "\"quo'ted\" & <b>bold</b>", "Zo\u00eb \u2603"], f"names: {names}")
    check(page.value("document.querySelectorAll('script').length") == 2, "a name became a script")
    check(page.value("document.documentElement.scrollWidth") <= WIDTH, "the page is wider than a phone")


def check_phone(page):
    fits = "[...document.querySelectorAll('#health .scroll, #answer .scroll')].every(e => e.scrollWidth <= e.clientWidth)"
    check(page.value(fits), "a table of the results or the verdict is cut off on a phone")
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


def with_filters(*shape):
    def change(run):
        for each in run["filters"]:
            each.update(shape=list(shape))
    return change


def with_maps(units, rows):
    def change(run):
        for each in run["saturation"]:
            each.update(units=units, rows=rows)
    return change


# Data that once kept the script busy for ever, or ended it, and every number of the page replaced by an odd one.
WILD = [with_vocabulary(size) for size in (1, 0, -5, 1e308)] + [
    with_range(9e15, 9e15), with_range(9007199254740991, 9007199254740992), with_range(1, -1), with_range(-1e308, 1e308),
    with_maps(100000, 100000), with_maps(1e10, 1), with_maps(0, 0), with_maps(0.5, 2),
    with_filters(1500), with_filters(1e10, 3, 1, 1), with_filters(-20, -3, 5, 5), with_filters(0, 3, 5, 5)] + [
    with_number(x) for x in (0, -1, 0.5, 1e-320, 9e15, 1e300, -1e308, float("inf"))]


def check_wild(page, path, source):
    for index, change in enumerate(WILD):
        shutil.copy(source, path)
        replace_data(path, change)
        page.open(path)
        for _ in range(2):  # with and without the log scale
            page.value("document.getElementById('log-steps').click()")
            page.value("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        check(page.value("document.querySelectorAll('#sampled li').length") == 3, f"the script did not come to its end: {index}")
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
        tables = [write_table_run(os.path.join(folder, name), what) for name, what in (("classes", OF_CLASSES), ("numbers", OF_NUMBERS))]
        for each in tables:
            subprocess.run([nib, "report", each], check=True)
        classes, numbers = [os.path.join(each, "report.html") for each in tables]
        page = Page(chromium, os.path.join(folder, "profile"))
        try:
            page.resize(WIDTH)
            page.open(one)
            check_one_run(page)
            check_keyboard(page)
            check_accessible(page)
            check_paper(page)
            for each, its_own in ((classes, check_classes), (numbers, check_numbers)):
                page.open(each)
                its_own(page)
                check_labels(page)
                check_accessible(page)
                check_paper(page)
            page.open(path)
            check_page(page)
            check_phone(page)
            check_labels(page)
            check_slider(page)
            check_accessible(page)
            check_paper(page)
            page.open(small)
            check_labels(page)
            check_wild(page, wild, one)
            check_events(page, (one, classes, numbers, path, small, wild))
        finally:
            page.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
