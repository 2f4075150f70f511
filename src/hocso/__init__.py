"""Học Số: the learning kit for the Bình dân học vụ số campaign.

A module may import those below it in this list, never those above:
cli, web, reports, kpi, grading, records, kernels, course, learn (docs/architecture.md).
"""

__version__ = "0.1.0"
