"""The eighteen products of Voorbeeldstad.

Categories follow iStandaarden 3.2 (lists WMO020 and JZ020), taakvelden the Iv3 scheme of 2023-2024.
Each law's cost of 2022 is divided over the products after the Iv3 details of the budgets of 2023.
Volumes per client, prices, stay and the course of use are illustrative: no public Dutch monthly
series, and no list of tariffs per code, exists.
"""

from __future__ import annotations

from training.sources.example.product import WMO, YOUTH, Product
from training.sources.example.wmo_products import WMO_PRODUCTS
from training.sources.example.youth_products import NEW_CODE, OLD_CODE, YOUTH_PRODUCTS

__all__ = [
    "NEW_CODE",
    "OLD_CODE",
    "PRODUCTS",
    "WMO",
    "WMO_PRODUCTS",
    "YOUTH",
    "YOUTH_PRODUCTS",
    "Product",
]

PRODUCTS = (*WMO_PRODUCTS, *YOUTH_PRODUCTS)
