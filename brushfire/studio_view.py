"""How a studio's pictures look in a notebook: a table of what they took, a sheet of them, a film."""

import base64
import html
from collections.abc import Sequence

from brushfire.studio import Drawn


class Html:
    """A piece of HTML that a notebook shows as it is."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _repr_html_(self) -> str:
        return self.text


def table(series: Sequence[Drawn]) -> Html:
    """What each took: seconds, memory, score, seed; or why it could not be drawn."""
    names = ("prompt", "renderer", "options", "seconds", "memory", "score", "seed", "model", "")
    rows = [
        (
            drawn.prompt,
            drawn.renderer,
            ", ".join(f"{name}={value}" for name, value in drawn.options.items() if name != "seed"),
            f"{drawn.seconds:.2f}" if drawn.error is None else "",
            f"{drawn.memory_mb:,} MB" if drawn.error is None else "",
            "" if drawn.score is None else f"{drawn.score:.3f}",
            "" if drawn.seed is None else str(drawn.seed),
            drawn.model or "",
            drawn.error or "",
        )
        for drawn in series
    ]
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return Html(f"<table><tr>{head}</tr>{body}</table>")


def sheet(series: Sequence[Drawn], height: int = 192) -> Html:
    """The pictures side by side, each under what tells it from the others."""
    figures = []
    for drawn in series:
        title = html.escape(drawn.title)
        inside = (
            f'<img height="{height}" src="data:image/png;base64,{base64.b64encode(drawn.png).decode()}">'
            if drawn.png
            else f"<i>{html.escape(drawn.error or '')}</i>"
        )
        figures.append(
            f'<figure style="display:inline-block;margin:4px;max-width:{height * 2}px">{inside}'
            f"<figcaption>{title}</figcaption></figure>"
        )
    return Html(f"<div>{''.join(figures)}</div>")


def video(drawn: Drawn, height: int = 256) -> Html:
    """The film of a picture's making, inside the notebook itself."""
    if drawn.film is None:
        return Html("<i>There is no film: the renderer showed no steps.</i>")
    data = base64.b64encode(drawn.film.read_bytes()).decode()
    return Html(f'<video controls loop height="{height}" src="data:video/mp4;base64,{data}"></video>')
