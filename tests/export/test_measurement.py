import subprocess
import sys
from pathlib import Path

import pytest

from stpose_tf import errors
from stpose_tf.export import exporter, measurement, sample_windows

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(job, tmp_path, monkeypatch):
    monkeypatch.setattr(exporter, "WINDOWS", 1)
    monkeypatch.setattr(sample_windows, "CONDITIONS", ("clean",))
    exporter.export(job, {"keras": tmp_path / "keras"})
    return tmp_path / "keras"


def test_a_table_has_a_row_for_each_part(folder):
    header, _, row = measurement.table({"keras": folder}).splitlines()
    cells = dict(
        zip(
            (cell.strip() for cell in header.split("|")),
            (cell.strip() for cell in row.split("|")),
            strict=True,
        )
    )
    assert (cells["Format"], cells["Part"]) == ("keras", "float32")
    size = (folder / "model.keras").stat().st_size
    assert float(cells["MB"]) == pytest.approx(size / 1e6, abs=0.05)
    assert float(cells["largest mm"]) < 0.01
    assert float(cells["frames/s"].replace(",", "")) > 1
    assert 50 < float(cells["peak MiB"].replace(",", "")) < 10_000


def test_what_does_not_run_is_said(folder):
    (folder / "model.keras").write_text("no model")
    with pytest.raises(errors.InputError, match=r"model\.keras: .* Received: "):
        measurement.table({"keras": folder})


def test_the_measuring_process_holds_no_runtime_but_its_own():
    code = (
        "import sys; import stpose_tf.export.probe; "
        "assert not {'tensorflow', 'keras', 'onnxruntime'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
