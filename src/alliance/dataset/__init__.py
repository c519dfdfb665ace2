"""Data larger than memory: partitioned Parquet, worked through one partition at a time."""

from alliance.dataset.dataset import Dataset, DatasetPulses, DatasetRuptures, open_dataset

__all__ = ["Dataset", "DatasetPulses", "DatasetRuptures", "open_dataset"]
