"""A page as one self-contained HTML file, and as Markdown with pictures beside it."""

import html
from pathlib import Path

from stpose_tf.evaluation import markdown_table
from stpose_tf.studies import page, page_pictures

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #20252e; background: #fff;
  margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
pre { background: #f3f5f8; padding: .7rem 1rem; overflow-x: auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid #e3e7ee;
  white-space: nowrap; }
th { white-space: normal; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
tr.ours td { font-weight: 600; background: #eef6ff; }
.caption { color: #5b6472; font-size: .9rem; }
.warning { border-left: 4px solid #d81b60; background: #fdf0f5; padding: .4rem 1rem; }
svg { max-width: 100%; height: auto; }
"""


def write(folder: Path, name: str, made: page.Page) -> list[Path]:
    """Writes `<name>.html`, `<name>.md` and the pictures that the latter shows.

    Args:
        folder: Where to; is made.
        name: Of the files.
        made: The page.

    Returns:
        The HTML and the Markdown file.

    Raises:
        InputError: If the page has pictures and Matplotlib is not installed; the
            Markdown then lies there without them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    markdown, web = folder / f"{name}.md", folder / f"{name}.html"
    _replace(markdown, to_markdown(made, pictures=[]))
    pictures = [
        page_pictures.draw(block)
        for block in made.blocks
        if isinstance(block, page.Charts | page.Strip)
    ]
    files = [f"{name}-{number}.svg" for number in range(1, len(pictures) + 1)]
    for file, picture in zip(files, pictures, strict=True):
        _replace(folder / file, picture)
    _replace(markdown, to_markdown(made, pictures=files))
    _replace(web, to_html(made, pictures=pictures))
    return [web, markdown]


def to_markdown(made: page.Page, *, pictures: list[str]) -> str:
    """Returns the page as Markdown.

    Args:
        made: The page.
        pictures: Files of its pictures, in order; fewer leave the rest out.
    """
    left = iter(pictures)
    parts = [f"# {made.title}", f"    {made.command}"]
    for block in made.blocks:
        if block.heading:
            parts.append(f"## {block.heading}")
        if isinstance(block, page.Text):
            text = f"**{block.text}**" if block.warning and block.text else block.text
            parts += [text] if text else []
            parts += ["\n".join(f"- {item}" for item in block.items)][
                : len(block.items)
            ]
            continue
        if isinstance(block, page.Table):
            parts.append(markdown_table.render(block.header, block.rows))
        elif file := next(left, ""):
            parts.append(f"![{block.heading}]({file})")
        if block.caption:
            parts.append(f"*{block.caption}*")
    return "\n\n".join(parts) + "\n"


def to_html(made: page.Page, *, pictures: list[str]) -> str:
    """Returns the page as one file that loads nothing.

    Args:
        made: The page.
        pictures: Its pictures as SVG, in order.
    """
    left = iter(pictures)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(made.title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{html.escape(made.title)}</h1>",
        f"<pre>{html.escape(made.command)}</pre>",
    ]
    for block in made.blocks:
        if block.heading:
            parts.append(f"<h2>{html.escape(block.heading)}</h2>")
        if isinstance(block, page.Text):
            parts.append(_text(block))
            continue
        parts.append(_table(block) if isinstance(block, page.Table) else next(left))
        if block.caption:
            parts.append(f'<p class="caption">{html.escape(block.caption)}</p>')
    return "\n".join([*parts, "</body></html>", ""])


def _text(block: page.Text) -> str:
    paragraph = f"<p>{html.escape(block.text)}</p>" if block.text else ""
    items = "".join(f"<li>{html.escape(item)}</li>" for item in block.items)
    content = paragraph + (f"<ul>{items}</ul>" if items else "")
    return f'<div class="warning">{content}</div>' if block.warning else content


def _table(block: page.Table) -> str:
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in block.header)
    lines = []
    for number, row in enumerate(block.rows):
        kind = ' class="ours"' if number in block.emphasized else ""
        cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in row)
        lines.append(f"<tr{kind}>{cells}</tr>")
    body = "\n".join(lines)
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )


def _replace(path: Path, content: str) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(content, encoding="utf-8")
    partial.replace(path)
