"""What a comparison found, as tables and a chart."""

from dataclasses import dataclass
from typing import Any

COLUMNS = {
    "domain": "held-out domain questions right",
    "general": "unseen general questions right",
    "unknown": "unknown products admitted",
    "retention": "general-world facts still known",
    "gold": "gold score",
    "reward": "reward",
}
SHARES = ("domain", "general", "unknown", "retention")


@dataclass(frozen=True)
class Report:
    """The same examination of several models."""

    suite: str
    table: Any
    """DataFrame, one row a model (the index): domain, general, unknown and retention are shares in
    [0, 1] with Wilson's 95 % interval; gold and reward means over the held-out prompts with a bootstrap
    interval. Each has `<column>_low` and `<column>_high`; nan where the suite does not measure it."""
    answers: Any
    """DataFrame, prompt by model: the replies to the held-out prompts."""
    details: Any
    """DataFrame, one row a model and probe: model, kind, prompt, text, right."""
    scores: Any
    """DataFrame, one row a model and prompt: model, prompt, gold, reward."""

    def plot(self):
        """A plotly figure: every column with its intervals, model beside model."""
        import plotly.graph_objects as go
        from plotly.subplots import make_subplots

        shown = [name for name in COLUMNS if self.table[name].notna().any()]
        shares = [name for name in shown if name in SHARES]
        means = [name for name in shown if name not in SHARES]
        panels = [panel for panel in (shares, means) if panel]
        figure = make_subplots(1, len(panels), column_widths=[len(panel) for panel in panels])
        colours = ("#8a8f98", "#3b6fb6", "#2f9e77", "#d9822b", "#a05195", "#c94f4f")
        for number, (model, row) in enumerate(self.table.iterrows()):
            for place, panel in enumerate(panels, start=1):
                bars = go.Bar(
                    name=str(model),
                    x=panel,
                    y=[row[name] for name in panel],
                    error_y={
                        "type": "data",
                        "array": [row[f"{name}_high"] - row[name] for name in panel],
                        "arrayminus": [row[name] - row[f"{name}_low"] for name in panel],
                    },
                    marker_color=colours[number % len(colours)],
                    legendgroup=str(model),
                    showlegend=place == 1,
                )
                figure.add_trace(bars, row=1, col=place)
        if shares:
            figure.update_yaxes(range=[0, 1.02], tickformat=".0%", row=1, col=1)
        return figure.update_layout(
            barmode="group", template="plotly_white", margin={"t": 30, "b": 30}, legend={"orientation": "h"}
        )

    def __repr__(self) -> str:
        means = self.table[[name for name in COLUMNS if self.table[name].notna().any()]]
        return f"Report on {self.suite}\n{means.round(3).to_string()}"
