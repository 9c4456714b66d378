"""Builds a page that runs a model; the command is `stpose_tf.build_web_page`."""

from stpose_tf import build_web_page, commands

if __name__ == "__main__":
    commands.run(build_web_page.define_flags, build_web_page.main)
