"""Charts: what is drawn, and that nothing is drawn over anything else."""

from __future__ import annotations

import re

import pytest

from approvals.insights.charts import FIGURE, NARROWEST, Row, columns, stacked


def drawn(values: list[int], labels: list[str] | None = None) -> str:
    labels = labels or [str(at) for at in range(len(values))]
    return columns(title="T", told="D", labels=labels, series=[("decided", values)])


def right_edges(picture: str) -> list[float]:
    rects = re.findall(r'<rect[^>]* x="([\d.]+)%"[^>]* width="([\d.]+)%"', picture)
    return [float(x) + float(width) for x, width in rects]


@pytest.mark.parametrize("most", [1, 40, 999, 40_000])
def test_the_numbers_of_the_lines_have_a_margin_of_their_own(most: int) -> None:
    picture = drawn([most] * 24)

    figures = max(len(one) for one in re.findall(r'class="chart-mark"[^>]*>([\d,]+)<', picture))

    assert max(right_edges(picture)) <= 100 - 100 * figures * FIGURE / NARROWEST


def test_every_second_label_can_be_left_out_on_a_telephone() -> None:
    picture = drawn([1] * 7, ["a", "b", "c", "d", "e", "f", "g"])

    assert re.findall(r'<text class="chart-second"[^>]*>(\w)<', picture) == ["b", "d", "f"]


def test_a_columns_height_is_its_share_of_the_top_line() -> None:
    heights = re.findall(r'<rect[^>]* height="([\d.]+)"', drawn([10, 5, 0]))

    assert [float(one) for one in heights] == [154.0, 77.0]


def test_a_row_is_cut_by_the_share_of_each_part() -> None:
    rows = [Row(name="a" * 40, note="4 decided", parts=[3, 1, 0])]
    picture = stacked(title="T", told="D", rows=rows, series=["approve", "edit", "reject"])

    assert re.findall(r'x="([\d.]+)%" [^>]*width="([\d.]+)%"', picture) == [
        ("0.00", "75.00"), ("75.00", "25.00"),
    ]  # fmt: skip
    assert re.findall(r'<text class="chart-name ([\w-]+)"[^>]*>(\w+…)<', picture) == [
        ("chart-wide", "a" * 30 + "…"), ("chart-narrow", "a" * 16 + "…"),
    ]  # fmt: skip
