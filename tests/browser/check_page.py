#!/usr/bin/env python3
"""Opens pages in headless Chromium and fails unless each is drawn whole and asks for nothing from outside.

usage: check_page.py [--shots FOLDER] [--reporter PROGRAM] PAGE...

Every page is opened at the width of a phone and of a screen, in light and in dark. Of each: every image is decoded and
not of one colour, has a text instead of it, and is another in dark (SVG); the page is not wider than the window; it has
one main heading; no script of it has run; nothing was requested but the page itself and data: addresses.

With --reporter, `PROGRAM --report FOLDER` makes the page of a folder full of malice, which is opened too: a socket
counts who connects to the address that it names everywhere.

Exit code 77: there is no Chromium.
"""
import argparse
import base64
import fcntl
import json
import os
import pathlib
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--no-default-browser-check", "--remote-debugging-pipe"]

LOOK = """(async () => {
  const images = [...document.images];
  const seen = [];
  for (const image of images) {
    let decoded = true;
    try { await image.decode(); } catch (e) { decoded = false; }
    const canvas = document.createElement('canvas');
    canvas.width = 160; canvas.height = 120;
    const context = canvas.getContext('2d');
    let colors = 0, light = 0;
    if (decoded) {
      context.drawImage(image, 0, 0, 160, 120);
      const pixels = context.getImageData(0, 0, 160, 120).data, found = new Set();
      for (let i = 0; i < pixels.length; i += 4) {
        found.add(pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2]);
        light += (pixels[i] + pixels[i + 1] + pixels[i + 2]) / 3;
      }
      colors = found.size;
    }
    const box = image.getBoundingClientRect();
    seen.push({alt: image.alt, decoded, width: image.naturalWidth, shown: box.width * box.height, colors,
               light: light / (160 * 120), svg: image.src.startsWith('data:image/svg'),
               outside: !image.src.startsWith('data:')});
  }
  return JSON.stringify({images: seen, scroll: document.documentElement.scrollWidth,
    headings: document.querySelectorAll('h1').length, scripts: document.scripts.length, ran: typeof window.ran,
    handlers: [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length,
    background: getComputedStyle(document.body).backgroundColor,
    resources: performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith('data:'))});
})()"""


class Browser:
    """Chromium, spoken to over its debugging pipe."""

    def __init__(self, program):
        self.home = tempfile.mkdtemp()
        down_read, down_write = os.pipe()
        up_read, up_write = os.pipe()
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in (down_read, up_write)]

        def place():
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self.process = subprocess.Popen([program, *FLAGS, f"--user-data-dir={self.home}", "about:blank"],
                                        preexec_fn=place, close_fds=False, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for fd in (down_read, up_write, *ends):
            os.close(fd)
        self.write_end, self.read_end = down_write, up_read
        self.buffer, self.number, self.events = b"", 0, []

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def message(self, until):
        while b"\0" not in self.buffer:
            if not select.select([self.read_end], [], [], max(0.0, until - time.time()))[0]:
                raise SystemExit("FAILED: the browser does not answer")
            part = os.read(self.read_end, 1 << 20)
            if not part:
                raise SystemExit("FAILED: the browser has ended")
            self.buffer += part
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, session=None, **parameters):
        self.number += 1
        request = {"id": self.number, "method": method, "params": parameters}
        if session:
            request["sessionId"] = session
        os.write(self.write_end, json.dumps(request).encode() + b"\0")
        until = time.time() + 60
        while True:
            answer = self.message(until)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"FAILED: {method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method):
        until = time.time() + 60
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self.message(until))

    def open(self, page, width, height, scheme, shot=None):
        """What LOOK finds on a page, and the addresses that were asked for."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Network", "Page"):
            self.call(domain + ".enable", session)
        self.call("Emulation.setDeviceMetricsOverride", session, width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", session, media="screen",
                  features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.events = []
        self.call("Page.navigate", session, url=page)
        self.wait_for("Page.loadEventFired")
        found = json.loads(self.call("Runtime.evaluate", session, expression=LOOK, awaitPromise=True,
                                     returnByValue=True)["result"]["value"])
        found["requests"] = [e["params"]["request"]["url"] for e in self.events
                             if e.get("method") == "Network.requestWillBeSent"]
        if shot:
            data = self.call("Page.captureScreenshot", session, captureBeyondViewport=True)["data"]
            shot.write_bytes(base64.b64decode(data))
        self.call("Target.closeTarget", targetId=target)
        return found


def faults(page, width, found, other_light):
    """What is wrong with a page, as sentences."""
    for number, image in enumerate(found["images"]):
        name = f"image {number} ({image['alt'][:60]!r})"
        if not image["decoded"] or image["width"] == 0:
            yield f"{name} is not drawn"
        elif image["colors"] < 3 or image["shown"] < 100:
            yield f"{name} is blank: {image['colors']} colours"
        if not image["alt"]:
            yield f"{name} has no text instead of it"
        if image["outside"]:
            yield f"{name} comes from outside"
    if found["scroll"] > width:
        yield f"the page is {found['scroll']} wide in a window of {width}"
    if found["headings"] != 1:
        yield f"{found['headings']} main headings"
    if found["scripts"] or found["handlers"] or found["ran"] != "undefined":
        yield "there are scripts"
    asked = [u for u in found["requests"] + found["resources"] if u != page and not u.startswith("data:")]
    if asked:
        yield f"asked for {asked}"
    if other_light:
        if other_light["background"] == found["background"]:
            yield "dark is no darker than light"
        for light, dark in zip(other_light["images"], found["images"]):
            if light["svg"] and "gnuplot" not in light["alt"] and not dark["light"] < light["light"] - 20:
                yield f"{light['alt'][:60]!r} is not dark in dark: {light['light']:.0f}, {dark['light']:.0f}"


def malice(folder, address):
    """A run whose every text and picture would like to do something."""
    folder.mkdir()
    script = f"</title></style></pre><script src='{address}'></script><script>ran = 1</script><img src='{address}' onerror='ran = 1'>"
    quote = f"\"'><svg onload='ran = 1'><image href='{address}'/></svg>"
    (folder / "settings.csv").write_text(f"setting,value\n{script.replace(',', ' ')},x\n")
    (folder / f"notes {quote.replace('/', ' ')}.txt").write_text(script + quote)
    (folder / "history.csv").write_text(f"epoch,loss,<img src={address}>,seconds\n0,1,2,1\n1,0.5,1,1\n")
    (folder / "summary.txt").write_text("Total params: " + script)
    (folder / "picture.gp").write_text(f"# title: {script}\n# about: gnuplot {quote}\n")
    (folder / "picture.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='480' height='330'"
        f" onload='parent.ran = 1'><script>parent.ran = 1</script><style>@import url({address});</style>"
        f"<image xlink:href='{address}' width='9' height='9'/><foreignObject width='90' height='90'>"
        f"<img xmlns='http://www.w3.org/1999/xhtml' src='{address}'/></foreignObject>"
        "<rect width='480' height='330' fill='#fff'/><circle cx='90' cy='90' r='60' fill='red'/>"
        "<circle cx='250' cy='90' r='60' fill='blue'/></svg>")
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "broken.h5").write_bytes(b"no checkpoint")


class Listener:
    """Counts who connects, and sends them away."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}/x.png"
        self.count = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            self.socket.accept()[0].close()
            self.count += 1

    def taken(self):
        time.sleep(0.2)
        seen, self.count = self.count, 0
        return seen


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--shots", type=pathlib.Path)
    options.add_argument("--reporter")
    options.add_argument("--images", type=int, default=1, help="each page has at least so many")
    options.add_argument("pages", nargs="+", type=pathlib.Path)
    chosen = options.parse_args()
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if not program:
        print("SKIPPED: there is no chromium; on Debian: apt-get install chromium")
        return 77
    listener = Listener()
    browser = Browser(program)
    failed = 0
    try:
        # that a request from a page would be seen
        bait = pathlib.Path(browser.home) / "bait.html"
        bait.write_text(f"<h1>x</h1><img alt=x src='{listener.address}'>")
        seen = browser.open(bait.as_uri(), 390, 800, "light")
        if listener.address not in seen["requests"] or listener.taken() == 0:
            print("FAILED: a page that does ask for something goes unnoticed")
            failed += 1
        if chosen.reporter:
            folder = pathlib.Path(browser.home) / "malice"
            malice(folder, listener.address)
            subprocess.run([chosen.reporter, "--report", folder], check=True, stdout=subprocess.DEVNULL)
            chosen.pages.append(folder / "report.html")
        for path in chosen.pages:
            page = path.resolve().as_uri()
            for width, height in ((390, 844), (1280, 900)):
                light = None
                for scheme in ("light", "dark"):
                    shot = chosen.shots / f"{path.parent.name}-{width}-{scheme}.png" if chosen.shots else None
                    found = browser.open(page, width, height, scheme, shot)
                    if len(found["images"]) < chosen.images:
                        print(f"FAILED: {path}: {len(found['images'])} images; expected {chosen.images} or more")
                        failed += 1
                    for fault in faults(page, width, found, light):
                        print(f"FAILED: {path} at {width}, {scheme}: {fault}")
                        failed += 1
                    light = light or found
            print(f"{path.parent.name}: {len(found['images'])} images, {len(found['requests'])} requests")
        if n := listener.taken():
            print(f"FAILED: {n} connections to what a page names")
            failed += 1
    finally:
        browser.close()
    return 1 if failed else 0


sys.exit(main())
