"""The paper's tables and this project's own studies: runs, measurements, reports."""
