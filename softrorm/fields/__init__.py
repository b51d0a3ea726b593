"""One class per field type of Softr Databases."""
