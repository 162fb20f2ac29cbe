"""Queries for Excel and Power BI: as M, and inside a workbook that refreshes."""
