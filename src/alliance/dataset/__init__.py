"""Data larger than memory: partitioned Parquet, worked through one partition at a time."""

from alliance.dataset.dataset import Dataset, open_dataset
from alliance.dataset.found import DatasetPulses, DatasetRuptures

__all__ = ["Dataset", "DatasetPulses", "DatasetRuptures", "open_dataset"]
