"""Reports: figures of the API as documents that go into a budget, and to a council.

A report is gathered once (``findings``), laid out as content that knows no form (``content``), and
written by a writer per form. The writers for DOCX and PDF need the extra ``report`` and load their
library when first asked for.
"""
