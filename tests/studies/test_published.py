import statistics

import pytest

from stpose_tf.evaluation import forecasting, protocols
from stpose_tf.studies import ladders, published


def test_every_line_has_a_number_or_a_gap_for_every_column():
    for table in published.TABLES.values():
        for name, values in table.rows.items():
            assert len(values) == len(table.columns), (table.number, name)


@pytest.mark.parametrize("number", ["3", "4"])
def test_the_last_column_is_the_mean_of_the_actions(number):
    for name, values in published.TABLES[number].rows.items():
        *actions, average = values
        if None in actions:
            continue
        # Printed to 0.1 mm; one line averages something else.
        close = 0.75 if name.startswith("Yang") else 0.12
        assert average == pytest.approx(statistics.fmean(actions), abs=close), name


def test_humanevas_last_column_is_the_mean_of_six_cells():
    for name, values in published.TABLES["6"].rows.items():
        *cells, average = values
        close = 0.75 if name.startswith("Pavlakos") else 0.06
        assert average == pytest.approx(statistics.fmean(cells), abs=close)


def test_the_tables_repeat_each_other_where_they_should():
    one, two = published.TABLES["1"].rows, published.TABLES["2"].rows
    assert one["512 64 1,2,3,5,7 1"] == two["+Temporal KCS"]
    for number, place in (("3", 0), ("4", 1)):
        ours = published.TABLES[number].rows[published.OURS]
        assert ours[-1] == two["+2D Data"][place]


def test_columns_are_the_protocols():
    h36m = published.TABLES["3"].columns
    assert h36m[:-1] == tuple(protocols.H36M_ACTIONS.values())
    assert published.TABLES["4"].columns == h36m
    averaged = [c.label for c in protocols.get("humaneva_p2").cells if c.averaged]
    assert published.TABLES["6"].columns[:-1] == tuple(averaged)
    horizons = {column.split()[1] for column in published.TABLES["5"].columns}
    assert horizons == {f"{horizon}" for horizon in forecasting.HORIZONS_MS}


def test_the_sweeps_are_the_papers_18_lines_of_15_runs():
    lines = [label for labels in ladders.SWEEPS.values() for label in labels]
    assert len(lines) == 18
    assert set(lines) == set(published.TABLES["1"].rows) == set(ladders.TABLE_1)
    assert len(set(lines)) == 15
