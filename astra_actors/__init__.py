"""The core of Astra: everything that decides, and nothing that waits. It never imports Ray and never reads a clock."""

__version__ = "0.1.0"
