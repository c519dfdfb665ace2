"""Data larger than memory: partitioned Parquet, worked through one partition at a time."""

from alliance.dataset.dataset import Dataset as Dataset
from alliance.dataset.dataset import DatasetPulses as DatasetPulses
from alliance.dataset.dataset import DatasetRuptures as DatasetRuptures
from alliance.dataset.dataset import open_dataset as open_dataset
