"""The vocabulary of queries: operators, conditions, the compiler and the lazy query set."""
