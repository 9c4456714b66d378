"""A page of the small model, and a browser to look at it with."""

import http.server
import json
import os
import queue
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from stpose_tf.export import exporter, sample_windows
from stpose_tf.export.web import recordings, web_page

MODULES = "STPOSE_TF_NODE_MODULES"
ROOT = Path(__file__).parents[3]
FILES = (
    "onnxruntime-web/dist/ort.wasm.min.mjs",
    "onnxruntime-web/dist/ort-wasm-simd-threaded.mjs",
    "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
    "@mediapipe/pose/pose.js",
    "@mediapipe/pose/pose_landmark_heavy.tflite",
)


@pytest.fixture(scope="package")
def exported(job, tmp_path_factory):
    """The small model as ONNX."""
    pytest.importorskip("tf2onnx")
    pytest.importorskip("onnxruntime")
    folder = tmp_path_factory.mktemp("exported") / "onnx"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporter, "WINDOWS", 1)
        patch.setattr(sample_windows, "CONDITIONS", ("clean",))
        exporter.export(job, {"onnx": folder})
    return folder


@pytest.fixture(scope="package")
def recorded(job):
    return tuple(recordings.record(job, frames=90))


@pytest.fixture(scope="package")
def modules():
    folder = Path(os.environ.get(MODULES, ROOT / "node_modules"))
    if not (folder / "onnxruntime-web").is_dir():
        pytest.skip(f"no onnxruntime-web in {folder}: make node_modules, or {MODULES}")
    return folder


@pytest.fixture(scope="package")
def page(exported, modules, recorded, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page") / "page"
    web_page.write(folder, exported=exported, modules=modules, recordings=recorded)
    return folder


@pytest.fixture
def stand_in(tmp_path):
    """npm's folder with empty files in place of the packages'."""
    for name in FILES:
        file = tmp_path / "node_modules" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path / "node_modules"


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the page as a static host does, and takes a test's report."""

    def do_GET(self):
        self.server.asked.append(self.path)
        if self.path != "/test.html":
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.server.harness.encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.reports.put(json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


# Opens the page in a frame, as a visitor would, and reports what a script finds there.
HARNESS = """<!doctype html><iframe id="frame" src="/index.html" width="1000"
height="600" allow="camera"></iframe><script type="module">
const frame = document.getElementById("frame");
const report = (content) =>
  fetch("/report", {{ method: "POST", body: JSON.stringify(content) }});
try {{
  for (let tries = 0; !frame.contentWindow.stpose; tries++) {{
    if (tries > 2000) throw new Error("the page does not get ready");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }}
  const page = frame.contentWindow, stpose = page.stpose;
  const found = await (async () => {{ {script} }})();
  await report({{ found }});
}} catch (error) {{
  const status = frame.contentDocument?.getElementById("status")?.textContent;
  await report({{ error: `${{error}}; the page says: ${{status}}` }});
}}
</script>"""


@pytest.fixture
def visit(page, tmp_path):
    """Returns a function that runs a script in the page and returns its result.

    With it come the paths that were asked for.
    """
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium")

    def run(script, *, seconds=240):
        def handler(*arguments):
            return _Handler(*arguments, directory=str(page))

        server = http.server.ThreadingHTTPServer(("localhost", 0), handler)
        server.asked, server.reports = [], queue.Queue()
        server.harness = HARNESS.format(script=script)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        visitor = subprocess.Popen(
            [
                browser,
                "--headless=new",
                "--no-sandbox",
                "--no-first-run",
                "--disable-background-networking",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                "--enable-unsafe-swiftshader",
                f"--user-data-dir={tmp_path / 'browser'}",
                f"http://localhost:{server.server_port}/test.html",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            report = server.reports.get(timeout=seconds)
        finally:
            visitor.terminate()
            visitor.wait()
            server.shutdown()
            thread.join()
            server.server_close()
        assert "error" not in report, report
        return report["found"], server.asked

    return run
