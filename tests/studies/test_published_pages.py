import json
import re
from pathlib import Path

import pytest

from stpose_tf.studies import (
    forecast_study,
    ladder_table,
    occlusion_study,
    page_rendering,
    speed_study,
)

FOLDER = Path(__file__).parents[2] / "docs" / "experiments" / "cmu"
PAGES = {
    "table1": ladder_table,
    "table2": ladder_table,
    "occlusion": occlusion_study,
    "forecast": forecast_study,
    "speed": speed_study,
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_made_of_the_numbers_beside_it(name):
    content = json.loads((FOLDER / f"{name}.json").read_text())
    assert content["partial"] == []
    text = (FOLDER / f"{name}.md").read_text()
    pictures = re.findall(r"!\[.*\]\((.*)\)", text)
    assert all((FOLDER / picture).is_file() for picture in pictures)
    made = PAGES[name].make_page(content)
    assert page_rendering.to_markdown(made, pictures=pictures) == text


def test_the_summary_has_the_ladders_numbers():
    summary = (FOLDER.parents[1] / "experiments.md").read_text()
    ladder = (FOLDER / "table2.md").read_text()
    rows = re.findall(r"^\| \+? ?(\w.*?) \|(.*)$", ladder, re.MULTILINE)[1:8]
    assert len(rows) == 7
    for _, cells in rows:
        _, _, mpjpe, p_mpjpe, *_ = (cell.strip() for cell in cells.split("|"))
        assert "±" in mpjpe
        assert f"{mpjpe} / {p_mpjpe}" in summary
