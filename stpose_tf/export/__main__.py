"""Exports a trained model.

python tools/export.py --workdir=runs/tiny
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from stpose_tf import commands
from stpose_tf.export import exporter, formats, parity
from stpose_tf.training import checkpoints


def define_flags() -> None:
    """Defines the command's flags."""
    flags.DEFINE_string("workdir", None, "Work directory of a trained model.")
    flags.DEFINE_string("preset", None, "Folder of a preset; instead of --workdir.")
    flags.DEFINE_enum("format", "saved_model", list(formats.KNOWN), "What to write.")
    flags.DEFINE_string("out", None, "Where to; else export/FORMAT beside the model.")
    flags.DEFINE_bool("overwrite", False, "Replace an earlier export.")


def main(argv: Sequence[str]) -> None:
    """Exports the model and says how exact the export is."""
    del argv
    given = flags.FLAGS
    source = commands.model_source()
    out = Path(given.out) if given.out else source / "export" / given.format
    exporter.check_folder(out, overwrite=given.overwrite)
    generator, _ = checkpoints.load_generator(source)
    result = exporter.export(
        generator,
        out,
        format_name=given.format,
        preprocessor=checkpoints.load_preprocessor(source),
        overwrite=given.overwrite,
    )
    sys.stdout.write(
        f"{out}: within {result.pose_mm:.1g} mm of the model "
        f"(limit {parity.LIMIT_MM} mm)\n"
    )


if __name__ == "__main__":
    commands.run(define_flags, main)
