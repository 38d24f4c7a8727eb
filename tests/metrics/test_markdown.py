"""Tables in Markdown, by hand."""

from base_vae.metrics.markdown import table


def test_a_table_is_straight_and_its_bars_are_not_taken_for_columns():
    assert table(["name", "n"], [["a|b", "1"], ["c", "1,000"]]) == (
        "| name | n     |\n"
        "| ---- | ----- |\n"
        "| a\\|b | 1     |\n"
        "| c    | 1,000 |"
    )  # fmt: skip
