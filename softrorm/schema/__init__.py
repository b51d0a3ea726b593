"""Schemas: creating tables from models."""
