"""Fits of a few positive parameters by the mean |log(model / measured)|, and how well they hold."""
import math
import random


def nelder_mead(f, start, step, rounds=400):
    """The point that Nelder and Mead's simplex (Computer Journal 7, 1965) ends at, and f there."""
    n = len(start)
    simplex = [list(start)] + [[x + (step if i == j else 0) for j, x in enumerate(start)] for i in range(n)]
    points = sorted(([f(x), x] for x in simplex), key=lambda p: p[0])
    for _ in range(rounds):
        if points[-1][0] - points[0][0] < 1e-7:
            break
        centre = [sum(p[1][j] for p in points[:-1]) / n for j in range(n)]

        def along(t):
            x = [c + t * (w - c) for c, w in zip(centre, points[-1][1])]
            return [f(x), x]

        mirrored = along(-1)
        if mirrored[0] < points[0][0]:
            points[-1] = min(mirrored, along(-2), key=lambda p: p[0])
        elif mirrored[0] < points[-2][0]:
            points[-1] = mirrored
        else:
            inner = along(0.5)
            if inner[0] < points[-1][0]:
                points[-1] = inner
            else:
                best = points[0][1]
                shrunk = [[(a + b) / 2 for a, b in zip(p[1], best)] for p in points[1:]]
                points[1:] = [[f(x), x] for x in shrunk]
        points.sort(key=lambda p: p[0])
    return points[0][1], points[0][0]


def fit(model, cases, start, starts=3):
    """Parameters of least mean |log(model(case, parameters) / case.seconds)|, searched in their logarithms."""
    rng = random.Random(1)

    def loss(x):
        if max(x) > 40:
            return 1e9
        p = [math.exp(v) for v in x]
        return sum(abs(math.log(model(c, p) / c.seconds)) for c in cases) / len(cases)

    best = None
    for i in range(starts):
        x = [math.log(v) + (rng.uniform(-0.5, 0.5) if i else 0) for v in start]
        for step in (0.3, 0.1):
            x, value = nelder_mead(loss, x, step)
        if best is None or value < best[1]:
            best = (x, value)
    return [math.exp(v) for v in best[0]]


def errors(predictions, measured):
    """Median and 90th percentile of |prediction / measured - 1|."""
    e = sorted(abs(p / m - 1) for p, m in zip(predictions, measured))
    return (e[len(e) // 2], e[min(len(e) - 1, int(0.9 * len(e)))]) if e else (None, None)
