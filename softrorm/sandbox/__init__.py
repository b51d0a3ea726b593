"""The API, embedded: a second, independent reading of the documents that shares no code with the mapper."""
