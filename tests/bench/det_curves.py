"""The DET figure: drivers missed over strangers let in, one curve a gallery size."""

from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.ticker import FuncFormatter

from tests.bench.identification import FPIRS, Identification

_DPI = 110
_LEAST_FPIR = 2e-4
_LEAST_FNIR = 1e-3


def plot_det(measured: Identification, target: Path) -> None:
    """Draws FNIR over FPIR on logarithmic axes; a dot is the service as it is configured."""
    figure, axes = pyplot.subplots(figsize=(8, 6.6))
    for trial in measured.trials:
        fpir, fnir = trial.curve()
        (line,) = axes.plot(
            np.maximum(fpir, _LEAST_FPIR),
            np.maximum(fnir, _LEAST_FNIR),
            drawstyle="steps-post",
            label=f"{trial.size:,}: {trial.made_of}",
        )
        threshold, margin = measured.threshold(trial), measured.settings.margin
        let_in = trial.false_positives(threshold, margin).share
        missed = trial.misses(threshold, margin).share
        axes.plot(
            max(let_in, _LEAST_FPIR),
            max(missed, _LEAST_FNIR),
            marker="o" if let_in else "<",
            color=line.get_color(),
            markeredgecolor="black",
            clip_on=False,
            zorder=3,
        )
    for share in FPIRS:
        axes.axvline(share, color="#bbbbbb", linewidth=0.8, linestyle=":", zorder=0)
    axes.set(
        xscale="log",
        yscale="log",
        xlim=(_LEAST_FPIR, 1),
        ylim=(_LEAST_FNIR, 1),
        xlabel="strangers taken for somebody (FPIR)",
        ylabel="drivers missed (FNIR)",
        title="Drivers in galleries of several sizes",
    )
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g}%"))
    axes.grid(which="both", color="#eeeeee", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(title="gallery: templates in it", loc="upper right", fontsize=8)
    figure.text(
        0.01,
        0.005,
        "Dots: as configured, margin included; at the left edge: no stranger was let in. "
        f"Means over {measured.trials[0].draws} draws.\n"
        "Mixed pictures: the mean of two strangers' faces, pixel by pixel. Made vectors: means of "
        "three strangers' vectors, no pictures.",
        fontsize=8,
    )
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    figure.savefig(target, dpi=_DPI)
    pyplot.close(figure)
