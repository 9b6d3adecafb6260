//! The core: its tables as snapshots, its properties over random input.
