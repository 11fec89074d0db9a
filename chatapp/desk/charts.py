"""Charts as SVG: where the bars and lines of a small one are; a template draws them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import floor, log10

WIDTH, HEIGHT = 360, 170
LEFT, RIGHT, TOP, BOTTOM = 44, 6, 10, 24
INNER_WIDTH, INNER_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

Values = list[float | None]


@dataclass
class Series:
    name: str
    values: Values


@dataclass
class Chart:
    """`labels` are of the x axis, one a value. Bars stand on each other, lines do not."""

    title: str
    labels: list[str]
    series: list[Series]
    tell: Callable[[float], str] = field(default=lambda value: f"{value:,.0f}")
    is_bars: bool = True
    tone: str = ""  # what its colours say of it: "" or "trouble"

    width, height, left, right = WIDTH, HEIGHT, LEFT, WIDTH - RIGHT
    bottom = HEIGHT - BOTTOM

    @property
    def is_empty(self) -> bool:
        return not any(value for series in self.series for value in series.values)

    @property
    def top(self) -> float:
        """What the y axis ends with: 1, 2 or 5 with noughts."""
        columns = zip(*(series.values for series in self.series), strict=True)
        pick = sum if self.is_bars else max
        most = max((pick(value or 0 for value in column) for column in columns), default=0)
        if not most:
            return 1
        power = 10 ** floor(log10(most))
        return next(step * power for step in (1, 2, 5, 10) if step * power >= most * 0.999)

    @property
    def ticks(self) -> list[dict]:
        return [
            {"y": round(self._y(self.top * share), 1), "text": self.tell(self.top * share)}
            for share in (0, 0.5, 1)
        ]

    @property
    def marks(self) -> list[dict]:
        """Labels of the x axis: at its begin, in the middle, at its end."""
        last = len(self.labels) - 1
        places = {0: "start", last // 2: "middle", last: "end"} if last > 3 else {0: "start"}
        return [
            {
                "x": round(self._x(n) + {"start": 0, "middle": 0.5, "end": 1}[anchor] * self.step),
                "anchor": anchor,
                "text": self.labels[n],
            }
            for n, anchor in places.items()
        ]

    @property
    def step(self) -> float:
        return INNER_WIDTH / max(1, len(self.labels))

    @property
    def columns(self) -> Iterator[dict]:
        """What is told of each place on the x axis to whoever points at it."""
        for n, label in enumerate(self.labels):
            told = [
                f"{series.name} {self.tell(series.values[n])}"
                for series in self.series
                if series.values[n] is not None
            ]
            yield {"x": round(self._x(n), 2), "text": f"{label}: {', '.join(told) or '-'}"}

    @property
    def bars(self) -> Iterator[dict]:
        gap = min(2, self.step * 0.2)
        for n in range(len(self.labels)):
            below = 0.0
            for number, series in enumerate(self.series, 1):
                if value := series.values[n]:
                    above = below + value
                    y = self._y(above)
                    yield {
                        "number": number,
                        "x": round(self._x(n) + gap / 2, 2),
                        "y": round(y, 2),
                        "width": round(self.step - gap, 2),
                        "height": round(max(0.8, self._y(below) - y), 2),
                    }
                    below = above

    @property
    def lines(self) -> list[dict]:
        return [
            {"number": number, "path": self._path(series.values)}
            for number, series in enumerate(self.series, 1)
        ]

    @property
    def says(self) -> str:
        """In words, for whoever does not see it."""
        told = []
        for series in self.series:
            known = [value for value in series.values if value is not None]
            if known:
                least, most = self.tell(min(known)), self.tell(max(known))
                told.append(f"{series.name}: between {least} and {most}")
        return "; ".join(told) or "Nothing."

    def _path(self, values: Values) -> str:
        """With a gap where nothing is known; what is alone is a dash."""
        path, was_known = [], False
        for n, value in enumerate(values):
            if value is not None:
                x, y = self._x(n) + self.step / 2, self._y(value)
                is_alone = not was_known and values[n + 1 : n + 2] in ([], [None])
                begin = f"M{x - 2:.1f} {y:.1f}h4" if is_alone else f"M{x:.1f} {y:.1f}"
                path.append(f"L{x:.1f} {y:.1f}" if was_known else begin)
            was_known = value is not None
        return "".join(path)

    def _x(self, n: int) -> float:
        return LEFT + n * self.step

    def _y(self, value: float) -> float:
        return TOP + INNER_HEIGHT * (1 - value / self.top)
