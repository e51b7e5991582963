"""Weights -> text: samplers, constraints, streams, receipts."""
