"""Colours, type and spacing, said once: for Gradio's theme, the style sheet and the charts."""

from pathlib import Path

import gradio as gr

STATIC = Path(__file__).parent / "static"

# One colour per stage, everywhere: light mode, dark mode. All reach 4.5:1 on their ground.
STAGE_COLOURS = {
    "base": ("#5b6b79", "#a9b8c4"),
    "sft": ("#0b6b62", "#4fc3b3"),
    "reward": ("#a34a08", "#f2a65a"),
    "dpo": ("#3f4fb5", "#9aa8ff"),
    "kto": ("#1f6391", "#86c2ec"),
    "ppo": ("#94307f", "#e58fd2"),
    "grpo": ("#5f6400", "#c9cf62"),
    "best": ("#6b4a86", "#c3a6dd"),
    "rloo": ("#7a5210", "#ddb96c"),
}

_TEAL = gr.themes.Color(
    c50="#eef7f5",
    c100="#dcefec",
    c200="#b7ded8",
    c300="#86c7bd",
    c400="#4fc3b3",
    c500="#178577",
    c600="#0b6b62",
    c700="#08574f",
    c800="#0a4641",
    c900="#0c3a36",
    c950="#062421",
    name="deep-teal",
)
_STONE = gr.themes.Color(
    c50="#f6f8f7",
    c100="#edf1f0",
    c200="#dbe2e0",
    c300="#c1cbc8",
    c400="#8e9c98",
    c500="#64736f",
    c600="#4b5b57",
    c700="#34413e",
    c800="#1d2826",
    c900="#151d1c",
    c950="#0d1413",
    name="stone",
)
_TEXT = gr.themes.Size(
    name="text",
    xxs="12px",
    xs="13px",
    sm="15px",
    md="16px",
    lg="18px",
    xl="24px",
    xxl="32px",
)


def theme() -> gr.themes.Base:
    """Calm and bright: white cards on a pale ground, hairlines, one accent."""
    return gr.themes.Base(
        primary_hue=_TEAL,
        secondary_hue=_TEAL,
        neutral_hue=_STONE,
        text_size=_TEXT,
        radius_size=gr.themes.sizes.radius_md,
        spacing_size=gr.themes.sizes.spacing_md,
        # 400 and 700 only: the packaged weights between them lack most glyphs.
        font=(
            gr.themes.utils.fonts.LocalFont("IBM Plex Sans", weights=(400, 700)),
            "system-ui",
            "sans-serif",
        ),
        font_mono=(
            gr.themes.utils.fonts.LocalFont("IBM Plex Mono", weights=(400, 700)),
            "ui-monospace",
            "monospace",
        ),
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color="#14211f",
        body_text_color_dark="#e6edeb",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="#a3b3af",
        background_fill_primary="white",
        background_fill_primary_dark="*neutral_900",
        background_fill_secondary="*neutral_50",
        background_fill_secondary_dark="*neutral_950",
        border_color_primary="*neutral_200",
        border_color_primary_dark="*neutral_700",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        block_border_width="0px",
        block_shadow="none",
        block_padding="0px",
        block_label_text_size="*text_md",
        block_label_text_weight="600",
        block_title_text_size="*text_md",
        block_title_text_weight="600",
        block_title_text_color="*body_text_color",
        block_title_text_color_dark="*body_text_color",
        block_info_text_size="*text_sm",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="#a3b3af",
        input_background_fill="white",
        input_background_fill_dark="*neutral_800",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_600",
        input_border_width="1px",
        input_shadow="none",
        input_text_size="*text_md",
        input_border_color_focus="*primary_600",
        input_border_color_focus_dark="*primary_400",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_400",
        button_primary_background_fill_hover_dark="*primary_300",
        button_primary_text_color="white",
        button_primary_text_color_dark="#06201d",
        button_primary_border_color="*primary_600",
        button_primary_border_color_dark="*primary_400",
        button_secondary_background_fill="white",
        button_secondary_background_fill_dark="*neutral_800",
        button_secondary_border_color="*neutral_300",
        button_secondary_border_color_dark="*neutral_600",
        button_border_width="1px",
        button_large_text_size="*text_md",
        button_large_text_weight="600",
        button_medium_text_size="*text_md",
        button_small_text_size="*text_sm",
        slider_color="*primary_600",
        slider_color_dark="*primary_400",
        checkbox_background_color_selected="*primary_600",
        checkbox_background_color_selected_dark="*primary_500",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_400",
        link_text_color_hover="*primary_600",
        link_text_color_hover_dark="*primary_300",
        link_text_color_visited="*primary_700",
        link_text_color_visited_dark="*primary_400",
        error_background_fill="#fdf1e3",
        error_text_color="#8a3c05",
        error_border_color="#a34a08",
        error_background_fill_dark="#33230f",
        error_text_color_dark="#f7c48f",
        error_border_color_dark="#f2a65a",
    )


def stage_css() -> str:
    """The stage colours as CSS variables, so that script-drawn charts use the same ones."""
    light = "".join(f"--stage-{name}:{pair[0]};" for name, pair in STAGE_COLOURS.items())
    dark = "".join(f"--stage-{name}:{pair[1]};" for name, pair in STAGE_COLOURS.items())
    return f":root{{{light}}}\n.dark{{{dark}}}\n"


HEAD = (
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<script type="module" src="playground/elements.js"></script>'
)
