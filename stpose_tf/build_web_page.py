"""Builds a static page on which a trained model runs in the browser.

python tools/build_web_page.py --workdir=runs/cmu --out=page
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from stpose_tf import commands, errors
from stpose_tf.export import job as jobs
from stpose_tf.export import sample_windows
from stpose_tf.export.web import recordings, web_page
from stpose_tf.training import checkpoints

_SECONDS = 10.0


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_string("workdir", None, "Work directory of a trained model.")
    flags.DEFINE_string("preset", None, "Folder of a preset; instead of --workdir.")
    flags.DEFINE_string(
        "onnx", None, "The model exported to ONNX; else export/onnx by the model."
    )
    flags.DEFINE_list(
        "records",
        None,
        "Folders of records to play, instead of the run's own; made-up motion where "
        "there are none.",
    )
    flags.DEFINE_string(
        "node_modules", "node_modules", "npm's folder with onnxruntime-web."
    )
    flags.DEFINE_string("out", None, "Where to write the page.", required=True)
    flags.DEFINE_bool("overwrite", False, "Replace an earlier page.")


def main(argv: Sequence[str]) -> None:
    """Builds the page and says how to look at it."""
    del argv
    given = flags.FLAGS
    source = commands.model_source()
    out, modules = Path(given.out), Path(given.node_modules)
    exported = Path(given.onnx) if given.onnx else source / "export" / "onnx"
    web_page.check_folder(out, overwrite=given.overwrite)
    web_page.check_modules(modules)
    said = web_page.read_export(exported)
    preprocessor = checkpoints.load_preprocessor(source)
    generator, config = checkpoints.load_generator(source)
    with sample_windows.open_source(config, given.records) as windows:
        job = jobs.Job(generator=generator, preprocessor=preprocessor, source=windows)
        if said["weights_sha256"] != job.digest:
            raise errors.InputError(
                f"{exported}: expected an export of {source} (tools/export.py "
                "--format=onnx --overwrite). Received: one of other weights"
            )
        web_page.write(
            out,
            exported=exported,
            modules=modules,
            recordings=recordings.record(
                job, frames=round(_SECONDS * preprocessor["fps"])
            ),
            overwrite=given.overwrite,
        )
    sys.stdout.write(f"{out}: look at it with python -m http.server -d {out}\n")


if __name__ == "__main__":
    commands.run(define_flags, main)
