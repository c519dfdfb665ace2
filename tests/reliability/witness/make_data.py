"""Write the small data sets that make_reference.R reads; run: python make_data.py."""

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent


def answers(latent: np.ndarray, loadings: np.ndarray, noise: np.ndarray, low: int, high: int):
    """Turn latent scores (rows, 1) into whole answers from low to high."""
    middle, step = (low + high) / 2 + 0.5, (high - low) / 5
    return np.clip(np.rint(middle + step * (latent * loadings + noise)), low, high)


def items_frame(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values, columns=[f"item_{i}" for i in range(1, values.shape[1] + 1)])


def one_form(seed: int, rows: int, loadings: list[float], low: int, high: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.7, (rows, len(loadings)))
    return items_frame(answers(rng.normal(size=(rows, 1)), np.array(loadings), noise, low, high))


def repeated(seed: int, counts: list[int], items: int, missed: float) -> pd.DataFrame:
    """Forms of clients over sessions: a level, a trend all share, changes, item leanings."""
    rng = np.random.default_rng(seed)
    client = np.repeat(np.arange(len(counts)), counts)
    session = np.concatenate([np.arange(count) for count in counts])
    trend = np.linspace(0, 0.8, max(counts)) + rng.normal(0, 0.15, max(counts))
    latent = rng.normal(size=len(counts))[client] + trend[session]
    latent = latent + rng.normal(0, 0.6, len(client))
    leaning = rng.normal(0, 0.5, (len(counts), items))[client] + rng.normal(0, 0.4, items)
    leaning = leaning + rng.normal(0, 0.15, (max(counts), items))[session]
    noise = rng.normal(0, 0.7, (len(client), items))
    values = answers(latent[:, None], np.ones(items), leaning + noise, 1, 7)
    frame = pd.concat(
        [pd.DataFrame({"client": client + 1, "session": session + 1}), items_frame(values)], axis=1
    )
    return frame[rng.random(len(frame)) >= missed]


def main() -> None:
    complete = one_form(1, 60, [1.0, 0.9, 0.8, 0.7, 0.9, 0.6], 1, 5)
    missing = one_form(2, 80, [0.9, 0.8, 0.7, 0.9, 1.1], 1, 7)
    missing = missing.mask(np.random.default_rng(3).random(missing.shape) < 0.04)
    reversed_ = one_form(4, 70, [0.9, 0.8, 1.0, 0.7, 0.8, 0.9, 0.6, 0.8, 1.0, 0.7, 0.9, 0.8], 1, 7)
    reversed_[["item_4", "item_10"]] = 8 - reversed_[["item_4", "item_10"]]
    rng = np.random.default_rng(5)
    client = rng.normal(5, 1, 40)
    pairs = pd.DataFrame(
        {"client": client, "therapist": 0.6 * client + 1.5 + rng.normal(0, 0.7, 40)}
    )
    files = {
        "complete": complete,
        "missing": missing,
        "reversed": reversed_,
        "pairs": pairs.round(2),
        "balanced": repeated(6, [6] * 24, 4, 0.0),
        "unbalanced": repeated(7, list(np.random.default_rng(8).integers(2, 13, 40)), 5, 0.15),
    }
    for name, frame in files.items():
        frame = frame if name == "pairs" else frame.astype("Int64")
        frame.to_csv(HERE / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
