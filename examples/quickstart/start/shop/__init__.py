"""A very small shop: what customers put into their cart, and what they pay for it."""
